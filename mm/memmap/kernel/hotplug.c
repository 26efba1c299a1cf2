// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hot-added memory comes online pristine, and goes offline as it is.
 *
 * online_pages() lets a strategy that boot does not wait for leave the struct
 * pages of new memory unwritten. They become extents of their zone before their
 * sections are online. offline_pages() isolates what is initialised; whatever is
 * pristine behind that leaves the extents, and nobody writes it.
 */
#define pr_fmt(fmt) "memmap_init: " fmt

#include <linux/align.h>
#include <linux/container_of.h>
#include <linux/jump_label.h>
#include <linux/memmap_init.h>
#include <linux/memmap_pristine.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "../deps.h"
#include "kernel.h"

/* Entries of the first table of a zone that has had no pristine page yet */
#define FIRST_EXTENTS 16

/**
 * memmap_zone_extents - give a zone extents, if it has none
 * @zone: the zone
 *
 * Context: process context, allocates memory; mem_hotplug_lock held for
 * writing, so that one caller at a time adds a zone.
 * Return: 0 or -ENOMEM.
 */
int memmap_zone_extents(struct zone *zone)
{
	struct memmap_extent_table *table;
	struct memmap_zone *mz;

	if (zone->pristine)
		return 0;
	if (memmap_boot.nr_sets == memmap_max_sets)
		return -ENOMEM;
	mz = kzalloc(sizeof(*mz), GFP_KERNEL);
	table = kmalloc(memmap_table_bytes(FIRST_EXTENTS), GFP_KERNEL);
	if (!mz || !table) {
		kfree(mz);
		kfree(table);
		return -ENOMEM;
	}
	memmap_extents_init(&mz->set, zone, table, FIRST_EXTENTS);
	table->allocated = true;
	memmap_boot_add(&memmap_boot, &mz->set);
	return 0;
}

/**
 * memmap_online_eager - how much of new memory is initialised as it comes online?
 * @zone: the zone that the memory goes to
 * @start_pfn: first page
 * @nr_pages: pages; they end at a section
 *
 * With memmap_on_memory, the memmap of a memory block is its first pages, and
 * what comes online begins behind it, perhaps inside a block of the top order.
 *
 * Context: online_pages(): mem_hotplug_lock held for writing, allocates memory.
 * Return: how many pages, from the first one on, must be initialised now. The
 * others become pristine.
 */
unsigned long memmap_online_eager(struct zone *zone, unsigned long start_pfn,
				  unsigned long nr_pages)
{
	unsigned long end_pfn = start_pfn + nr_pages;

	if (memmap_boot.param.strategy->flags & MEMMAP_WAITS)
		return nr_pages;
	if (memmap_zone_extents(zone) ||
	    memmap_extents_reserve(zone->pristine, 1)) {
		pr_warn_once(
			"no memory for extents: hot-added memory is initialised at once\n");
		return nr_pages;
	}
	/* It may be off since the last page was initialised. */
	static_branch_enable_cpuslocked(&memmap_pristine_key);
	highest_memmap_pfn = max(highest_memmap_pfn, end_pfn - 1);
	return min(ALIGN(start_pfn, MEMMAP_BLOCK_PAGES), end_pfn) - start_pfn;
}

/* There is no memory for a larger table: initialise what cannot be recorded. */
static void online_written(struct zone *zone, unsigned long start_pfn,
			   unsigned long end_pfn)
{
	unsigned long pfn, flags;

	for (pfn = start_pfn; pfn < end_pfn; pfn += MEMMAP_BLOCK_PAGES) {
		memmap_page_init(&memmap_boot, zone->pristine, pfn,
				 MEMMAP_BLOCK_PAGES);
		spin_lock_irqsave(&zone->lock, flags);
		memmap_page_free(zone, pfn, MIGRATE_MOVABLE);
		atomic_long_add(MEMMAP_BLOCK_PAGES, &zone->managed_pages);
		spin_unlock_irqrestore(&zone->lock, flags);
	}
}

/**
 * memmap_online_pristine - new memory is pristine memory of its zone from now on
 * @zone: the zone
 * @start_pfn: first page; a multiple of MEMMAP_BLOCK_PAGES, as the next one
 * @end_pfn: first page behind the range
 *
 * An allocation may have pages of it before their sections are online. Only
 * those who walk pfns look at that, and skip them.
 *
 * Context: online_pages(), when the zone spans the range and before its sections
 * are online; mem_hotplug_lock held for writing.
 */
void memmap_online_pristine(struct zone *zone, unsigned long start_pfn,
			    unsigned long end_pfn)
{
	unsigned long start = start_pfn, end = end_pfn;

	if (start_pfn >= end_pfn)
		return;
	/* A worker may have taken the entry that was reserved. */
	while (!memmap_boot_record(zone->pristine, &start, &end))
		if (memmap_extents_reserve(zone->pristine, 1)) {
			online_written(zone, start_pfn, end_pfn);
			break;
		}
	container_of(zone->pristine, struct memmap_zone, set)->nr_recorded +=
		end_pfn - start_pfn;
	totalram_pages_add(end_pfn - start_pfn);
	/* Pairs with smp_rmb() in __memmap_pfn_pristine(). */
	smp_wmb();
	memmap_drain_added();
}

/**
 * __memmap_pristine_tail - memmap_pristine_tail() while any page is pristine
 * @zone: the zone
 * @start_pfn: first page of the range
 * @end_pfn: first page behind it
 *
 * Context: process context.
 * Return: see memmap_pristine_tail().
 */
unsigned long __memmap_pristine_tail(struct zone *zone, unsigned long start_pfn,
				     unsigned long end_pfn)
{
	/* It may have to be split. */
	if (!zone->pristine || memmap_extents_reserve(zone->pristine, 1))
		return end_pfn;
	return memmap_boot_tail(zone->pristine, start_pfn, end_pfn);
}

/**
 * __memmap_offline_pristine - memmap_offline_pristine() while any page is
 *	pristine
 * @zone: the zone
 * @start_pfn: first page, from memmap_pristine_tail()
 * @end_pfn: first page behind the range
 *
 * Who finds a page in no extent may read its struct page, so the sections are
 * offline first. They are online again if some of the memory is in use.
 *
 * Context: offline_pages(); mem_hotplug_lock held for writing.
 * Return: see memmap_offline_pristine().
 */
bool __memmap_offline_pristine(struct zone *zone, unsigned long start_pfn,
			       unsigned long end_pfn)
{
	offline_mem_sections(start_pfn, end_pfn);
	if (!memmap_boot_forget(zone->pristine, start_pfn, end_pfn)) {
		online_mem_sections(start_pfn, end_pfn);
		return false;
	}
	container_of(zone->pristine, struct memmap_zone, set)->nr_recorded -=
		end_pfn - start_pfn;
	totalram_pages_add(-(long)(end_pfn - start_pfn));
	if (!READ_ONCE(zone->pristine->nr_pages))
		memmap_update_zones_later();
	return true;
}
