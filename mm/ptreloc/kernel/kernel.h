/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_PTRELOC_KERNEL_H
#define _MM_PTRELOC_KERNEL_H

/*
 * The kernel's half of page tables that move:
 *
 *	debugfs.c   which tables: those of a process, of a range, the sparse ones
 *	sparse.c    a plan for a zone, and its execution
 *	hooks.c     readers without a lock look twice from now on
 *	walk.c      all tables of a process, of all processes
 *	evacuate.c  a range, and blocks that are isolated
 *	place.c     pages for the new tables
 *	lock.c      locks of tables, where they lie in slab
 *	move.c      one table, by the steps of ../steps.h
 */
#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * struct ptreloc_stats - what has happened since boot
 * @moved: tables, in use
 * @deposited: tables that wait for the split of a huge page
 * @gone: tables that were no longer there when they were locked
 * @no_page: there was no page for the new table
 * @merged: entries in which a CPU had set a bit during a move
 * @longest_ns: longest time that a table was locked
 */
struct ptreloc_stats {
	unsigned long moved;
	unsigned long deposited;
	unsigned long gone;
	unsigned long no_page;
	unsigned long merged;
	unsigned long longest_ns;
};

/**
 * struct ptreloc_order - which tables move, and where to
 * @wants: should the table in this page move? Also called with a spinlock held
 * @page: a page for the table in that page, not charged; NULL: it stays
 * @gfp: how pages are allocated, and charged
 * @start_pfn: of a range
 * @end_pfn: its end
 * @block: a free block that is being filled, its pages linked by lru
 * @rejects: pages that are of no use, until the order is done
 * @tables: tables whose locks are of no use, likewise
 * @nr_tables: so many
 * @plan: of sparse.c
 * @last: start of the last table that was looked at
 * @last_deposits: the table of pmds whose deposits were looked at last
 */
struct ptreloc_order {
	bool (*wants)(struct ptreloc_order *order, unsigned long pfn);
	struct page *(*page)(struct ptreloc_order *order, unsigned long pfn);
	gfp_t gfp;
	unsigned long start_pfn;
	unsigned long end_pfn;
	struct list_head block;
	struct list_head rejects;
	struct list_head tables;
	unsigned int nr_tables;
	struct sparse *plan;
	unsigned long last;
	void *last_deposits;
};

extern struct mutex ptreloc_mutex;
extern struct ptreloc_stats ptreloc_stats;

int ptreloc_move(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd,
		 struct page *old, struct page *page);
struct page *ptreloc_make_table(struct page *page, gfp_t gfp);
void ptreloc_free_table(struct page *page);

bool ptreloc_holds(struct ptreloc_order *order, unsigned long pfn);
void ptreloc_give_locks_back(void);

void ptreloc_order_init(struct ptreloc_order *order);
bool ptreloc_in_range(struct ptreloc_order *order, unsigned long pfn);
void ptreloc_order_end(struct ptreloc_order *order);
struct page *ptreloc_page_near(struct ptreloc_order *order, unsigned long pfn);
struct page *ptreloc_page_packed(struct ptreloc_order *order,
				 unsigned long pfn);
unsigned int ptreloc_take_free(struct zone *zone, unsigned long start_pfn,
			       struct list_head *list);

int ptreloc_mm(struct ptreloc_order *order, struct mm_struct *mm);
int ptreloc_all(struct ptreloc_order *order);

/**
 * struct ptreloc_result - what the planner said, and did, of all zones
 * @tables: that the plans move
 * @moved: that moved
 * @cleared: blocks
 * @huge_before: see struct ptreloc_plan
 * @huge_after: likewise
 */
struct ptreloc_result {
	unsigned long tables;
	unsigned long moved;
	unsigned int cleared;
	unsigned int huge_before;
	unsigned int huge_after;
};

int ptreloc_sparse(unsigned long budget, struct ptreloc_result *result);

#endif /* _MM_PTRELOC_KERNEL_H */
