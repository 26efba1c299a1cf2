// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot of a machine on real memory, as Linux does it: what is not in whole
 * free blocks is initialised at once, the rest is recorded and left to the
 * strategy.
 */
#include "base/die.h"
#include "host/buddy.h"
#include "host/internal.h"
#include "shim/internal.h"

/**
 * host_core - the whole blocks of a range
 * @range: the range
 * @start_pfn: their first page
 * @end_pfn: behind their last page
 *
 * Return: false if there is none.
 */
bool host_core(const struct pfn_range *range, unsigned long *start_pfn,
	       unsigned long *end_pfn)
{
	*start_pfn = (range->start_pfn + MEMMAP_BLOCK_PAGES - 1) /
		     MEMMAP_BLOCK_PAGES * MEMMAP_BLOCK_PAGES;
	*end_pfn = range->end_pfn / MEMMAP_BLOCK_PAGES * MEMMAP_BLOCK_PAGES;
	return *start_pfn < *end_pfn;
}

static void edge_init(struct zone *zone, unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++) {
		__init_single_page(pfn_to_page(pfn), pfn, zone_idx(zone),
				   zone->node);
		pfn_to_page(pfn)->flags |= PG_RESERVED;
	}
}

static void edge_free(struct zone *zone, unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++) {
		__ClearPageReserved(pfn_to_page(pfn));
		set_pageblock_migratetype(pfn_to_page(pfn), MIGRATE_MOVABLE);
		atomic_long_add(1, &zone->managed_pages);
		buddy_free(zone, pfn_to_page(pfn), 0);
	}
}

/*
 * Blocks that are free in part: every struct page in them must be written
 * before the first page is freed, because the allocator looks at neighbours.
 */
static void edges(struct host *host, unsigned int zone_index,
		  void (*fn)(struct zone *zone, unsigned long pfn,
			     unsigned long end),
		  bool whole_blocks)
{
	const struct topology_node *node =
		&host->topology->nodes[host->zone_node[zone_index]];
	struct zone *zone = &host->zone[zone_index];
	unsigned long zone_end = zone->zone_start_pfn + zone->spanned_pages;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		const struct pfn_range *range = &node->ranges[i];
		unsigned long start, end, low = range->start_pfn;
		unsigned long high = range->end_pfn;

		if (!host_core(range, &start, &end))
			start = end = high;
		if (whole_blocks) {
			/* begin and end of the blocks that the range only touches */
			unsigned long mask = MEMMAP_BLOCK_PAGES - 1;

			low = max(low & ~mask, zone->zone_start_pfn);
			high = min((high + mask) & ~mask, zone_end);
			if (start == end)
				start = end = high;
		}
		fn(zone, low, start);
		fn(zone, end, high);
	}
}

/**
 * host_free_edges - initialise and free what is not in whole free blocks
 * @host: the machine, reset
 *
 * A part of boot, before anything is pristine.
 */
void host_free_edges(struct host *host)
{
	unsigned int i;

	/* Zones may share a block: holes first, then what is free, then free. */
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_init, true);
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_init, false);
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_free, false);
}

/**
 * host_boot_begin - zones, extents, edges
 * @host: the machine, reset
 * @param: what the boot line asks for
 */
void host_boot_begin(struct host *host, const struct memmap_param *param)
{
	unsigned int i, j;

	memmap_boot_init(&host->boot, param, &host_executor, host->set_ptr);
	host->boot.param.chunk_bytes = topology_core_bytes(host->topology,
							   param->chunk_bytes);
	host_free_edges(host);
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];
		/* A slot per range, per claim (CPU or thread), some to split. */
		unsigned int capacity = node->nr_ranges +
					2 * min(host->threads, 64U) + 4;
		struct memmap_extent_table *table =
			xrealloc(NULL, 1, memmap_table_bytes(capacity));

		memmap_extents_init(&host->set[i], &host->zone[i], table,
				    capacity);
		memmap_boot_add(&host->boot, &host->set[i]);
		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start = node->ranges[j].start_pfn;
			unsigned long end = node->ranges[j].end_pfn;

			memmap_boot_record(&host->set[i], &start, &end);
		}
	}
}

/**
 * host_boot - run the strategy until boot would go on
 * @host: after host_boot_begin()
 */
void host_boot(struct host *host)
{
	memmap_boot_early(&host->boot);
	memmap_boot_late(&host->boot);
}

/**
 * host_wait - wait until the background threads have finished
 * @host: the machine
 */
void host_wait(struct host *host)
{
	executor_wait(host);
}

/**
 * host_pull_all - pull what is pristine, as allocations would
 * @host: the machine
 * @max_pages: no more than this
 */
void host_pull_all(struct host *host, unsigned long max_pages)
{
	unsigned long flags, pulled = 0;
	unsigned int i;
	bool more;

	for (i = 0; i < host->nr_zones; i++) {
		struct zone *zone = &host->zone[i];

		do {
			if (pulled >= max_pages)
				return;
			spin_lock_irqsave(&zone->lock, flags);
			more = memmap_pull(&host->boot, zone, MIGRATE_MOVABLE);
			spin_unlock_irqrestore(&zone->lock, flags);
			pulled += MEMMAP_BLOCK_PAGES;
		} while (more);
	}
}
