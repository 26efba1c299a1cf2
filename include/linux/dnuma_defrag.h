/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_DNUMA_DEFRAG_H
#define _LINUX_DNUMA_DEFRAG_H

/**
 * DOC: targeted defragmentation, the part that is data
 *
 * A *request* asks for a number of free blocks of an order, on a node or in a
 * range. The functions below choose the blocks that are cheapest to empty and
 * keep the account of what became of each. They touch no lock, page or zone:
 * their caller, the shell, does::
 *
 *   text       "node=1 order=9 nr=16"     dnuma_defrag_parse()
 *        |
 *   request    struct dnuma_defrag_request
 *        |     dnuma_defrag_count()       (how many blocks are free anyhow?)
 *        |
 *        |     dnuma_defrag_begin()       a round
 *        |     dnuma_defrag_look()        (each block: what is in it?)
 *        |     dnuma_defrag_batch()       the cheapest of them
 *        |     (the shell isolates them and migrates what is in them)
 *        |     dnuma_defrag_made(), dnuma_defrag_failed()
 *        |     dnuma_defrag_again()       another round?
 *        |     dnuma_defrag_end()
 *        |
 *   answer     struct dnuma_defrag        every block is free, or untried, or
 *                                         stands under what is in its way
 */

#include <linux/dnuma.h>
#include <linux/types.h>

extern const char *const dnuma_obstacle_names[DNUMA_NR_OBSTACLES];

/**
 * struct dnuma_defrag_request - what is asked for
 * @start_pfn: first page of the range; 0 if there is none
 * @end_pfn: first page behind it; ULONG_MAX if there is none
 * @nid: the node; NUMA_NO_NODE: any
 * @order: of each block, 1 to MAX_PAGE_ORDER
 * @wait: block=1: wait for locked pages and for those that are being written
 * @nr: how many blocks
 */
struct dnuma_defrag_request {
	unsigned long start_pfn;
	unsigned long end_pfn;
	int nid;
	unsigned int order;
	bool wait;
	unsigned long nr;
};

/**
 * struct dnuma_defrag_block - what is in a block
 * @start_pfn: its first page
 * @free: it is free as a whole
 * @movable: pages that would have to be migrated
 * @room: pages that are free, and to which movable ones are migrated
 * @pages: those that stand in the way, by kind
 */
struct dnuma_defrag_block {
	unsigned long start_pfn;
	bool free;
	unsigned long movable;
	unsigned long room;
	unsigned long pages[DNUMA_NR_OBSTACLES];
};

/**
 * struct dnuma_defrag_choice - a block that may be emptied
 * @start_pfn: its first page
 * @cost: pages to migrate, and waiting counted as pages
 * @movable: pages to migrate
 */
struct dnuma_defrag_choice {
	unsigned long start_pfn;
	u32 cost;
	u32 movable;
};

/* Where page tables can move; mm/dnuma/kernel/defrag.c. */
extern void (*dnuma_defrag_tables)(unsigned long start_pfn,
				   unsigned long end_pfn);

/* Blocks that are chosen at a time, at most: 1 MiB of choices on 64 bits. */
#define DNUMA_DEFRAG_CHOICES 65536

/**
 * struct dnuma_defrag - a request under way, and then the answer
 * @request: what is asked for
 * @had: blocks that were free at first
 * @made: blocks that were emptied
 * @migrated_pages: pages whose contents went elsewhere
 * @now: blocks that are free at the moment of the answer
 * @blocks: blocks that were looked at in the last round: the sum of what follows
 * @free: of these, free at the time, or made since
 * @pristine: of these, pristine
 * @untried: movable, and not tried, because there were enough or an error came
 * @untried_pages: pages to migrate in them
 * @room: pages that blocks can still be made of; ULONG_MAX: not known
 * @stuck: by kind: blocks in whose way it is; each counts once, under the first
 * @pages: by kind: pages in blocks that were not made; in a block may be several
 * @choice: for this round, the cheapest first; before that a heap, the dearest
 *	first
 * @nr: entries of @choice
 * @capacity: entries that it has room for
 * @next: entry that is tried next
 * @dropped: movable blocks of this round that had no room in @choice
 * @after: what was tried last in the rounds before: only dearer ones follow
 */
struct dnuma_defrag {
	struct dnuma_defrag_request request;
	unsigned long had;
	unsigned long made;
	unsigned long migrated_pages;
	unsigned long now;
	unsigned long blocks;
	unsigned long free;
	unsigned long pristine;
	unsigned long untried;
	unsigned long untried_pages;
	unsigned long room;
	unsigned long stuck[DNUMA_NR_OBSTACLES];
	unsigned long pages[DNUMA_NR_OBSTACLES];
	struct dnuma_defrag_choice *choice;
	unsigned int nr;
	unsigned int capacity;
	unsigned int next;
	unsigned long dropped;
	struct dnuma_defrag_choice after;
};

bool dnuma_defrag_parse(const struct dnuma_shape *shape, const char *text,
			size_t bytes, struct dnuma_defrag_request *request,
			struct memlayout_error *error);
unsigned int dnuma_defrag_choices(const struct dnuma_defrag_request *request);
void dnuma_defrag_count(struct dnuma_defrag *defrag, unsigned long blocks,
			unsigned long free);
void dnuma_defrag_begin(struct dnuma_defrag *defrag);
void dnuma_defrag_look(struct dnuma_defrag *defrag,
		       const struct dnuma_defrag_block *block);
bool dnuma_defrag_can(const struct dnuma_defrag_request *request,
		      const struct dnuma_defrag_block *block);
void dnuma_defrag_sort(struct dnuma_defrag *defrag);
unsigned int dnuma_defrag_batch(const struct dnuma_defrag *defrag);
void dnuma_defrag_made(struct dnuma_defrag *defrag);
void dnuma_defrag_failed(struct dnuma_defrag *defrag,
			 const struct dnuma_defrag_block *block,
			 enum dnuma_obstacle why);
bool dnuma_defrag_again(const struct dnuma_defrag *defrag);
void dnuma_defrag_end(struct dnuma_defrag *defrag);

#endif /* _LINUX_DNUMA_DEFRAG_H */
