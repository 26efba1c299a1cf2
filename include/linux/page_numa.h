/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PAGE_NUMA_H
#define _LINUX_PAGE_NUMA_H

/**
 * DOC: pages that are used from afar, and the pool of those that wait to move
 *
 * A *hint fault* says which node has used a page. Today the task that faults
 * moves the page, alone, while it waits. Here it notes what it saw, in a byte,
 * and puts the page's number into a queue of the node that wants it; a daemon
 * of that node moves many pages with one call::
 *
 *   hint fault    page_numa_fault()        mm/page_numa/pool.c
 *        |          history: a byte a page    mm/page_numa/history.c
 *        |          pool: an entry, if one is free
 *   queue         first in, first out; one for each node
 *        |
 *   daemon        page_numa_take()         up to PAGE_NUMA_BATCH pages
 *        |          (the shell looks at each page again, isolates and moves)
 *        +------- page_numa_done()         migrated, stale or dropped
 *
 * A page that waits is not pinned: nobody has a reference to it, so it may be
 * freed, split or moved by others. What is in the history and in the queues is
 * a hint: the daemon looks at a page again when it takes it out.
 *
 * None of this knows a struct page, a zone or a clock: pages are numbers, the
 * shell is the kernel or a program in user space.
 */

#include <linux/spinlock.h>
#include <linux/types.h>

/*
 * The byte of a page. A history that was never written is all zeroes, and that
 * is a valid one: nobody has used the page.
 *
 *	  7       6 5      4 3 2 1 0
 *	queued    uses     node
 *
 * uses: how often in a row that node has used it, up to 3.
 * node: modulo 32. On a machine with more nodes, two that differ by 32 are
 * taken for one here; the queue has the whole number.
 */
#define PAGE_NUMA_QUEUED     0x80
#define PAGE_NUMA_USES_SHIFT 5
#define PAGE_NUMA_USES_MAX   3
#define PAGE_NUMA_NODE_MASK  0x1f

/**
 * struct page_numa_history - a byte for each page, found by its number alone
 * @byte: of page 0; memory that the shell has reserved and fills in by section
 * @present: a bit for each section: its bytes are there
 * @nr_pages: pages that @byte and @present have room for
 * @section_shift: a section has 1 << @section_shift pages
 *
 * Sections come when their memory comes into use and go when it is removed.
 */
struct page_numa_history {
	u8 *byte;
	unsigned long *present;
	unsigned long nr_pages;
	unsigned int section_shift;
};

u8 page_numa_used(u8 old, int nid);
u8 *page_numa_byte(const struct page_numa_history *history, unsigned long pfn);
bool page_numa_add(struct page_numa_history *history, unsigned long pfn);
bool page_numa_remove(struct page_numa_history *history, unsigned long pfn);

/* Most pages that a daemon takes at once: NR_MAX_BATCHED_MIGRATION of mainline. */
#define PAGE_NUMA_BATCH 512

/* The fewest and the most entries of a pool that is sized by its machine. */
#define PAGE_NUMA_MIN_ENTRIES 512
#define PAGE_NUMA_MAX_ENTRIES 65536

/**
 * struct page_numa_policy - may be changed at any time
 * @uses: queue a page when its new node has used it so often in a row, 1 to 3;
 *	1 where the caller has a filter of its own
 * @fallback: when the pool is empty, the caller moves the page itself; else the
 *	page stays until it is used again
 * @rate_pages: most pages that go to one node in a second; 0: no limit
 */
struct page_numa_policy {
	unsigned int uses;
	bool fallback;
	unsigned long rate_pages;
};

/**
 * struct page_numa_entry - a page that waits
 * @pfn: its number
 * @next: the entry behind it in its queue, or the next free one
 * @order: it has 1 << @order pages
 */
struct page_numa_entry {
	unsigned long pfn;
	u32 next;
	u8 order;
};

/**
 * struct page_numa_counts - what has become of entries
 * @queued: went into a queue
 * @migrated: of those, moved
 * @stale: of those, needed not move: used from elsewhere since, or gone
 * @dropped: of those, could not move, or their memory was removed
 * @waiting: of those, are in the queue
 * @taken: of those, are in the hands of a daemon
 * @full: found no free entry; in none of the above
 *
 * At any moment @queued is the sum of @migrated, @stale, @dropped, @waiting and
 * @taken.
 */
struct page_numa_counts {
	unsigned long queued;
	unsigned long migrated;
	unsigned long stale;
	unsigned long dropped;
	unsigned long waiting;
	unsigned long taken;
	unsigned long full;
};

/**
 * struct page_numa_queue - pages that wait to go to a node
 * @lock: protects all below
 * @first: entry that waits longest
 * @last: entry that came last; both make no sense while none waits
 * @counts: of this node
 * @window_ms: when the second began that @window_pages counts
 * @window_pages: pages that were taken in it
 */
struct page_numa_queue {
	spinlock_t lock; /* of the fields of this struct */
	u32 first;
	u32 last;
	struct page_numa_counts counts;
	unsigned long window_ms;
	unsigned long window_pages;
};

/**
 * struct page_numa_pool - all entries of a machine, and a queue for each node
 * @history: of its pages
 * @policy: how it is used
 * @entry: all entries
 * @nr_entries: how many
 * @wake: a daemon is woken when so many pages wait for its node: a batch, or
 *	less, so that the pool is never full while all daemons sleep
 * @lock: protects @free and @nr_free; never held together with a queue's
 * @free: first free entry; makes no sense if @nr_free is 0
 * @nr_free: how many are free
 * @nr_nodes: nodes, numbered from 0
 * @queue: of each node; each has cache lines of its own
 */
struct page_numa_pool {
	struct page_numa_history *history;
	struct page_numa_policy policy;
	struct page_numa_entry *entry;
	unsigned int nr_entries;
	unsigned int wake;
	spinlock_t lock; /* of the free entries */
	u32 free;
	unsigned int nr_free;
	unsigned int nr_nodes;
	struct page_numa_queue *queue[];
};

/**
 * enum page_numa_verdict - what a hint fault does next
 * @PAGE_NUMA_LEAVE: nothing: the page is at home, was used too seldom from
 *	there, or waits already
 * @PAGE_NUMA_NEW: nothing, the page waits from now on
 * @PAGE_NUMA_FULL: nothing, though the page should move: no entry is free
 * @PAGE_NUMA_MOVE: move the page itself: no entry is free, and the policy says
 *	so
 * @PAGE_NUMA_ABSENT: the same: the page's section has no history yet; have it
 *	filled in
 */
enum page_numa_verdict {
	PAGE_NUMA_LEAVE,
	PAGE_NUMA_NEW,
	PAGE_NUMA_FULL,
	PAGE_NUMA_MOVE,
	PAGE_NUMA_ABSENT,
};

/**
 * enum page_numa_end - what became of a page that a daemon has taken
 * @PAGE_NUMA_DROPPED: it could not move
 * @PAGE_NUMA_STALE: it need not: it is used from elsewhere by now, is where it
 *	should be, or is free
 * @PAGE_NUMA_MIGRATED: it moved
 */
enum page_numa_end {
	PAGE_NUMA_DROPPED,
	PAGE_NUMA_STALE,
	PAGE_NUMA_MIGRATED,
};

/**
 * struct page_numa_item - a page that a daemon has taken
 * @pfn: its number
 * @order: it had 1 << @order pages when it was queued
 * @end: enum page_numa_end; PAGE_NUMA_DROPPED until somebody says otherwise
 */
struct page_numa_item {
	unsigned long pfn;
	u8 order;
	u8 end;
};

/**
 * struct page_numa_batch - pages that a daemon moves together
 * @wait_ms: 0, or the policy lets no more pages go to this node for so long
 * @nr: how many items
 * @item: the pages
 */
struct page_numa_batch {
	unsigned int wait_ms;
	unsigned int nr;
	struct page_numa_item item[PAGE_NUMA_BATCH];
};

unsigned int page_numa_entries(unsigned long nr_pages);
struct page_numa_pool *page_numa_pool_alloc(struct page_numa_history *history,
					    unsigned int nr_entries,
					    unsigned int nr_nodes);
void page_numa_pool_free(struct page_numa_pool *pool);
enum page_numa_verdict page_numa_fault(struct page_numa_pool *pool,
				       unsigned long pfn, unsigned int order,
				       int home, int user,
				       unsigned long *waiting);
unsigned int page_numa_take(struct page_numa_pool *pool, int nid,
			    unsigned long now_ms,
			    struct page_numa_batch *batch);
void page_numa_done(struct page_numa_pool *pool, int nid,
		    const struct page_numa_batch *batch);
void page_numa_forget(struct page_numa_pool *pool, unsigned long start_pfn,
		      unsigned long end_pfn);
void page_numa_count(struct page_numa_pool *pool, int nid,
		     struct page_numa_counts *counts);
void page_numa_count_all(struct page_numa_pool *pool,
			 struct page_numa_counts *sum);

#endif /* _LINUX_PAGE_NUMA_H */
