/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PTRELOC_H
#define _LINUX_PTRELOC_H

/**
 * DOC: page tables that move
 *
 * A process that has shrunk leaves its page tables scattered: one table, 4 KiB,
 * keeps 2 MiB from becoming a huge page. The lowest tables of user memory can
 * move, so that few blocks hold all of them::
 *
 *   planner    ptreloc_plan()          mm/ptreloc/plan.c
 *      |         which blocks to clear, and where their tables go
 *   mover      ptreloc_step()          mm/ptreloc/steps.h
 *      |         one table: lock, copy, switch, flush, merge, clear
 *   hooks      readers that take no lock look twice
 *
 * A *block* is a pageblock, what a huge page needs whole. Neither file knows a
 * struct page: the planner sees counts, and the mover's steps call functions
 * that their user defines. So a program in user space can plan for a machine
 * that it makes up, and go through every order in which the steps of a mover
 * and of others may happen.
 */

#include <linux/types.h>

/**
 * enum ptreloc_step - what a mover does, one after the other
 * @PTRELOC_LOCK_PMD: nobody else changes what the pmd points to
 * @PTRELOC_LOOK: it points to a table, the old one; if not, there is no move
 * @PTRELOC_LOCK_OLD: nobody else changes entries of the old table
 * @PTRELOC_LOCK_NEW: nor of the new one, once it can be found
 * @PTRELOC_COPY: all entries
 * @PTRELOC_SWITCH: the pmd points to the new table
 * @PTRELOC_FLUSH: CPUs forget entries, and where the old table is
 * @PTRELOC_MERGE: accessed and dirty bits of the old table go into the new one
 * @PTRELOC_CLEAR: the old table
 * @PTRELOC_UNLOCK_NEW: the new table is like any other
 * @PTRELOC_UNLOCK_OLD: those who wait for this lock find an empty table
 * @PTRELOC_UNLOCK_PMD: the pmd is like any other
 * @PTRELOC_RETIRE: free the old table after a grace period of RCU
 * @PTRELOC_END: there are no more steps
 */
enum ptreloc_step {
	PTRELOC_LOCK_PMD,
	PTRELOC_LOOK,
	PTRELOC_LOCK_OLD,
	PTRELOC_LOCK_NEW,
	PTRELOC_COPY,
	PTRELOC_SWITCH,
	PTRELOC_FLUSH,
	PTRELOC_MERGE,
	PTRELOC_CLEAR,
	PTRELOC_UNLOCK_NEW,
	PTRELOC_UNLOCK_OLD,
	PTRELOC_UNLOCK_PMD,
	PTRELOC_RETIRE,
	PTRELOC_END,
};

/**
 * struct ptreloc_block - what a block holds, in pages; the rest is free
 * @tables: page tables that can move
 * @pinned: what can never move
 * @movable: what compaction can move
 */
struct ptreloc_block {
	u16 tables;
	u16 pinned;
	u16 movable;
};

/**
 * struct ptreloc_transfer - tables that move from one block to another
 * @from: number of the block they leave
 * @to: number of the block they go to
 * @nr: how many
 */
struct ptreloc_transfer {
	u32 from;
	u32 to;
	u32 nr;
};

/**
 * struct ptreloc_plan - which tables move, and what that is good for
 * @transfer: in the order to carry them out: a block that takes few moves
 *	is cleared first
 * @nr: how many
 * @tables: tables that they move
 * @cleared: blocks that hold a table before and none after
 * @huge_before: blocks that can be whole and free now: what is movable in them
 *	fits elsewhere
 * @huge_after: the same when all transfers are done; the forecast
 */
struct ptreloc_plan {
	struct ptreloc_transfer *transfer;
	unsigned int nr;
	unsigned long tables;
	unsigned int cleared;
	unsigned int huge_before;
	unsigned int huge_after;
};

int ptreloc_plan(const struct ptreloc_block *block, unsigned int nr,
		 unsigned int block_pages, unsigned long reserve,
		 unsigned long budget, struct ptreloc_plan *plan);
void ptreloc_plan_free(struct ptreloc_plan *plan);

#endif /* _LINUX_PTRELOC_H */
