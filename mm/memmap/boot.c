// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of memmap initialisation: which zones have pristine pages, and the
 * two points of boot at which the strategy is called.
 */
#include <linux/align.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "deps.h"

/**
 * memmap_boot_init - prepare the state, with no zone yet
 * @boot: the state to fill in
 * @param: what the boot line says
 * @exec: the executor
 * @sets: array with room for a pointer for each zone
 *
 * Context: any.
 */
void memmap_boot_init(struct memmap_boot *boot,
		      const struct memmap_param *param,
		      const struct memmap_exec *exec,
		      struct memmap_extents **sets)
{
	memset(boot, 0, sizeof(*boot));
	boot->param = *param;
	boot->exec = exec;
	boot->sets = sets;
	boot->store = param->store;
	boot->sample_ns[0] = U64_MAX;
	boot->sample_ns[1] = U64_MAX;
}

/**
 * memmap_boot_add - add the extents of a zone
 * @boot: the state; its array has room
 * @set: the extents, initialised and still empty; before the strategy runs the
 *	caller adds all zones of a node before those of the next
 *
 * Context: one caller at a time.
 */
void memmap_boot_add(struct memmap_boot *boot, struct memmap_extents *set)
{
	boot->sets[boot->nr_sets] = set;
	/* The allocator and walkers may read it at any time, without a lock. */
	smp_store_release(&set->zone->pristine, set);
	/* Who sees the number sees the set: memmap_boot_nr_sets() pairs. */
	smp_store_release(&boot->nr_sets, boot->nr_sets + 1);
}

/**
 * memmap_boot_record - record the whole blocks of a free range as pristine
 * @set: the extents of the zone
 * @start_pfn: in: first free page; out: first page recorded
 * @end_pfn: in: first page behind the range; out: first page behind what was
 *	recorded
 *
 * The zone counts the recorded pages as managed and free. The pages before and
 * behind them are less than a block each, and are left to the caller. It has to
 * write their struct pages before it frees any page, because the buddy
 * allocator reads the struct pages of neighbours within a block.
 *
 * Context: one CPU, before any allocation of these pages; takes zone->lock.
 * Return: false if nothing was recorded, because the range has no whole block
 * or the table is full.
 */
bool memmap_boot_record(struct memmap_extents *set, unsigned long *start_pfn,
			unsigned long *end_pfn)
{
	unsigned long start = *start_pfn, end = *end_pfn;
	unsigned long flags;
	bool recorded;

	start = ALIGN(start, MEMMAP_BLOCK_PAGES);
	end = ALIGN_DOWN(end, MEMMAP_BLOCK_PAGES);
	if (start < *start_pfn || start >= end)
		return false;

	spin_lock_irqsave(&set->zone->lock, flags);
	recorded = memmap_extents_add(set, start, end);
	if (recorded) {
		atomic_long_add(end - start, &set->zone->managed_pages);
		memmap_count_free(set->zone, end - start);
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	if (!recorded)
		return false;

	*start_pfn = start;
	*end_pfn = end;
	return true;
}

static unsigned long tail_locked(const struct memmap_extents *set,
				 unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long pfn = start_pfn, tail = end_pfn, run_pfn, run_end_pfn;
	bool busy;

	while (pfn < end_pfn) {
		run_pfn = pfn;
		run_end_pfn = end_pfn;
		if (!memmap_extents_find(set, &run_pfn, &run_end_pfn, &busy))
			return end_pfn;
		if (busy)
			tail = end_pfn;
		else if (run_pfn != pfn || tail == end_pfn)
			tail = run_pfn;
		pfn = run_end_pfn;
	}
	return tail;
}

/**
 * memmap_boot_tail - how much is pristine at the end of a range?
 * @set: the extents of the zone
 * @start_pfn: first page of the range
 * @end_pfn: first page behind it
 *
 * Context: any; takes zone->lock. The answer may be outdated at once.
 * Return: first page from which on all are pristine, and no worker is writing
 * them; @end_pfn if the last page is not.
 */
unsigned long memmap_boot_tail(struct memmap_extents *set,
			       unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long flags, tail;

	spin_lock_irqsave(&set->zone->lock, flags);
	tail = tail_locked(set, start_pfn, end_pfn);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return tail;
}

/**
 * memmap_boot_forget - pristine memory leaves its zone as it is
 * @set: the extents of the zone
 * @start_pfn: first page; a multiple of MEMMAP_BLOCK_PAGES
 * @end_pfn: first page behind the range; a multiple as well
 *
 * This takes back memmap_boot_record(): no struct page is written.
 *
 * Context: any; takes zone->lock.
 * Return: false if not all of the range is pristine, or a worker is writing
 * some, or the table is full. Nothing has changed then.
 */
bool memmap_boot_forget(struct memmap_extents *set, unsigned long start_pfn,
			unsigned long end_pfn)
{
	unsigned long pfn, run_end_pfn, flags;
	long nr_pages = end_pfn - start_pfn;
	bool busy, good;

	spin_lock_irqsave(&set->zone->lock, flags);
	good = tail_locked(set, start_pfn, end_pfn) == start_pfn;
	for (pfn = start_pfn; good && pfn < end_pfn; pfn = run_end_pfn) {
		run_end_pfn = end_pfn;
		memmap_extents_find(set, &pfn, &run_end_pfn, &busy);
		/* Only a range inside one extent splits it: then it is all. */
		good = memmap_extents_remove(set, pfn, run_end_pfn);
	}
	if (good) {
		atomic_long_add(-nr_pages, &set->zone->managed_pages);
		memmap_count_free(set->zone, -nr_pages);
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return good;
}

/**
 * memmap_boot_early - call the early part of the strategy
 * @boot: the state
 *
 * Context: the boot CPU, before others start; all extents are recorded.
 */
void memmap_boot_early(struct memmap_boot *boot)
{
	memmap_drain_init(&boot->drain, boot);
	if (boot->param.strategy->early)
		boot->param.strategy->early(boot);
}

/**
 * memmap_boot_late - call the late part of the strategy
 * @boot: the state
 *
 * Context: process context, may sleep; all CPUs are up, user space has not
 * started.
 */
void memmap_boot_late(struct memmap_boot *boot)
{
	if (boot->param.strategy->late) {
		memmap_drain_init(&boot->drain, boot);
		boot->param.strategy->late(boot);
	}
}

/**
 * memmap_boot_added - do with hot-added memory what the strategy does
 * @boot: the state; its last drain has ended
 *
 * Context: process context, may sleep; no memory was hot-added for
 * MEMMAP_SETTLE_MS.
 */
void memmap_boot_added(struct memmap_boot *boot)
{
	memmap_drain_init(&boot->drain, boot);
	boot->drain.added = true;
	boot->param.strategy->late(boot);
}

/**
 * memmap_boot_more - memory was hot-added, and more may come
 * @boot: the state
 *
 * A drain of hot-added memory by threads that only use idle CPUs stops, and the
 * next memmap_boot_added() goes on with it. The drain of boot does not stop.
 *
 * Context: any. A drain that is being begun meanwhile may not see it, and goes
 * on until the next memory comes.
 */
void memmap_boot_more(struct memmap_boot *boot)
{
	if (READ_ONCE(boot->drain.added) && READ_ONCE(boot->drain.after_boot))
		/* Pairs with READ_ONCE() in memmap_drain_begin(). */
		WRITE_ONCE(boot->drain.stop, true);
}

/**
 * memmap_boot_pristine - count the pristine pages of all zones
 * @boot: the state
 *
 * Context: any.
 * Return: pages; outdated at once while a drain or an allocation runs.
 */
unsigned long memmap_boot_pristine(const struct memmap_boot *boot)
{
	unsigned int nr = memmap_boot_nr_sets(boot), i;
	unsigned long nr_pages = 0;

	for (i = 0; i < nr; i++)
		nr_pages += READ_ONCE(boot->sets[i]->nr_pages);
	return nr_pages;
}
