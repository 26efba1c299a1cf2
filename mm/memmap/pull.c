// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine memory on demand: one block for an allocator whose free lists ran
 * short, or a given range for someone who must see its descriptors.
 *
 * Both stay under zone->lock from the first store to the last list operation:
 * a block is a few microseconds, and no window opens in which the zone looks
 * emptier than it is.
 */
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/**
 * memmap_pull - initialise one block for an allocation that found none
 * @boot: the machine's memory
 * @zone: the zone to allocate from
 * @migratetype: the free list that ran short
 *
 * Context: zone->lock held, interrupts off; for one block's stores longer.
 * Return: true if the free list of the top order has a block more.
 */
bool memmap_pull(struct memmap_boot *boot, struct zone *zone, int migratetype)
{
	struct memmap_extents *set = zone->pristine;
	unsigned long pfn;

	if (!set || !set->nr_pages)
		return false;
	pfn = memmap_extents_first(set);
	if (pfn == ULONG_MAX)
		return false;

	boot->exec->init(boot, set, pfn, MEMMAP_BLOCK_PAGES);
	memmap_page_free(zone, pfn, migratetype);
	/* Always from an end of an extent, so it needs no free entry. */
	memmap_extents_remove(set, pfn, pfn + MEMMAP_BLOCK_PAGES);
	return true;
}

/*
 * One step through a range.
 * Return: pages to go on behind, 0 to try again later.
 */
static unsigned long populate_step(struct memmap_boot *boot,
				   struct memmap_extents *set,
				   unsigned long start_pfn,
				   unsigned long end_pfn)
{
	unsigned long run_pfn = start_pfn, run_end_pfn = end_pfn;
	unsigned long flags, next = end_pfn;
	bool busy;

	spin_lock_irqsave(&set->zone->lock, flags);
	if (memmap_extents_find(set, &run_pfn, &run_end_pfn, &busy)) {
		next = 0;
		if (!busy && !memmap_extents_full(set)) {
			next = run_pfn + MEMMAP_BLOCK_PAGES;
			boot->exec->init(boot, set, run_pfn,
					 MEMMAP_BLOCK_PAGES);
			boot->exec->free(boot, set, run_pfn,
					 MEMMAP_BLOCK_PAGES);
			memmap_extents_remove(set, run_pfn, next);
		}
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return next;
}

/**
 * memmap_populate - initialise every pristine page of a range
 * @boot: the machine's memory
 * @set: the zone's extents
 * @start_pfn: first page; rounded down to a block
 * @end_pfn: behind the last page; rounded up to a block
 *
 * Waits for blocks that a worker is writing.
 *
 * Context: process context, may sleep; takes zone->lock once a block.
 * Return: 0, or -ENOMEM if the extents cannot be split.
 */
int memmap_populate(struct memmap_boot *boot, struct memmap_extents *set,
		    unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long pfn = round_down(start_pfn, MEMMAP_BLOCK_PAGES);

	pfn = max(pfn, READ_ONCE(set->start_pfn));
	end_pfn = round_up(end_pfn, MEMMAP_BLOCK_PAGES);
	end_pfn = min(end_pfn, READ_ONCE(set->end_pfn));

	while (pfn < end_pfn && READ_ONCE(set->nr_pages)) {
		unsigned long next = populate_step(boot, set, pfn, end_pfn);

		if (next) {
			pfn = next;
		} else {
			if (memmap_extents_reserve(set, 1))
				return -ENOMEM;
			/* Sleep: a worker may want this very CPU. */
			schedule_timeout_uninterruptible(1);
		}
		boot->exec->relax(boot);
	}
	return 0;
}
