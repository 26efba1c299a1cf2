// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine memory on demand: a pull initialises one block when the allocator's
 * free lists run short; populate initialises a given range for code that has to
 * read its struct pages.
 *
 * Both hold zone->lock while they write a block and move it to a free list, a
 * few microseconds. Without the lock, an allocation could fail because it finds
 * the block in neither place.
 */
#include <linux/errno.h>
#include <linux/indirect_call_wrapper.h>
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/**
 * memmap_pull - initialise one block for an allocation
 * @boot: the machine's memory
 * @zone: the zone to allocate from
 * @migratetype: type of the free list that gets the block
 *
 * Context: zone->lock held, interrupts off, for the time that the stores of one
 * block take.
 * Return: true if the free list has got a block of the top order.
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

	/* The kernel's executor; tests have others. */
	INDIRECT_CALL_1(boot->exec->init, memmap_page_init, boot, set, pfn,
			MEMMAP_BLOCK_PAGES);
	memmap_page_busy(boot, set, MEMMAP_BLOCK_PAGES);
	memmap_page_free(zone, pfn, migratetype);
	/* The block is at an end of an extent, so no entry has to be free. */
	memmap_extents_remove(set, pfn, pfn + MEMMAP_BLOCK_PAGES);
	return true;
}

/* Initialise a block; zone->lock is held. */
static void populate_block(struct memmap_boot *boot, struct memmap_extents *set,
			   unsigned long pfn)
{
	const struct memmap_exec *exec = boot->exec;

	/* The kernel's executor; tests have others. */
	INDIRECT_CALL_1(exec->init, memmap_page_init, boot, set, pfn,
			MEMMAP_BLOCK_PAGES);
	if (exec->busy)
		INDIRECT_CALL_1(exec->busy, memmap_page_busy, boot, set,
				MEMMAP_BLOCK_PAGES);
	INDIRECT_CALL_1(exec->free, memmap_page_link, boot, set, pfn,
			MEMMAP_BLOCK_PAGES);
	memmap_extents_remove(set, pfn, pfn + MEMMAP_BLOCK_PAGES);
}

/*
 * Initialise the first pristine block of a range.
 * Return: the page to go on from; 0 to try again later, because a worker is
 * writing the block or the table is full.
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
			populate_block(boot, set, run_pfn);
		}
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return next;
}

/**
 * memmap_populate - initialise every pristine page of a range
 * @boot: the machine's memory
 * @set: the extents of a zone
 * @start_pfn: first page; rounded down to a block
 * @end_pfn: first page behind the range; rounded up to a block
 *
 * Waits for blocks that a worker is writing.
 *
 * Context: process context, may sleep; takes zone->lock once for each block.
 * Return: 0, or -ENOMEM if there is no memory to split an extent.
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
			/* Sleep, as the worker may need this CPU to go on. */
			schedule_timeout_uninterruptible(1);
		}
		boot->exec->relax(boot);
	}
	return 0;
}
