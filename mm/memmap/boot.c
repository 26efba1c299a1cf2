// SPDX-License-Identifier: GPL-2.0-only
/*
 * A boot: the extents of all zones, and the two moments at which the strategy
 * acts.
 */
#include <linux/align.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/string.h>

/**
 * memmap_boot_init - begin a boot
 * @boot: to be filled in
 * @param: what the boot line asks for
 * @exec: who carries it out
 * @sets: room for one pointer per zone
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
 * memmap_boot_add - add a zone's extents
 * @boot: the boot
 * @set: initialised, still empty; zones come in the order of their nodes
 *
 * Context: one CPU, before any allocation from the zone.
 */
void memmap_boot_add(struct memmap_boot *boot, struct memmap_extents *set)
{
	boot->sets[boot->nr_sets++] = set;
	set->zone->pristine = set;
}

/**
 * memmap_boot_record - keep the whole blocks of a free range pristine
 * @set: the extents of its zone
 * @start_pfn: in: first free page; out: first page recorded
 * @end_pfn: in: behind the last free page; out: behind the last one recorded
 *
 * The unaligned head and tail are the caller's: it writes their descriptors
 * before it frees anything, because the buddy allocator looks at neighbours
 * within a block. The zone counts the recorded pages as managed and free.
 *
 * Context: one CPU, before any allocation from the zone.
 * Return: false if nothing was recorded: no whole block, or the table is full.
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
		__mod_zone_page_state(set->zone, NR_FREE_PAGES, end - start);
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	if (!recorded)
		return false;

	*start_pfn = start;
	*end_pfn = end;
	return true;
}

/**
 * memmap_boot_early - all extents are known; only the boot CPU runs
 * @boot: the boot
 *
 * Context: process context, before SMP.
 */
void memmap_boot_early(struct memmap_boot *boot)
{
	memmap_drain_init(&boot->drain, boot);
	if (boot->param.strategy->early)
		boot->param.strategy->early(boot);
}

/**
 * memmap_boot_late - CPUs and threads are there, user space is not
 * @boot: the boot
 *
 * Context: process context, may sleep.
 */
void memmap_boot_late(struct memmap_boot *boot)
{
	if (boot->param.strategy->late) {
		memmap_drain_init(&boot->drain, boot);
		boot->param.strategy->late(boot);
	}
}

/**
 * memmap_boot_pristine - pages that are not initialised yet
 * @boot: the boot
 *
 * Return: pages; while a drain runs, a moment's value. Any context.
 */
unsigned long memmap_boot_pristine(const struct memmap_boot *boot)
{
	unsigned long nr_pages = 0;
	unsigned int i;

	for (i = 0; i < boot->nr_sets; i++)
		nr_pages += READ_ONCE(boot->sets[i]->nr_pages);
	return nr_pages;
}
