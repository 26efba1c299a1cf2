// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is initialised before any strategy runs: pages that are in no whole free
 * block, and early memory.
 */
#include <linux/log2.h>
#include <linux/math.h>
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
		__SetPageReserved(pfn_to_page(pfn));
	}
}

/* In the largest pieces, as memblock frees. */
static void edge_free(struct zone *zone, unsigned long pfn, unsigned long end)
{
	while (pfn < end) {
		unsigned int order =
			min(__builtin_ctzl(pfn | MEMMAP_BLOCK_PAGES),
			    ilog2(end - pfn));
		unsigned long next = pfn + (1UL << order), i;

		for (i = pfn; i < next; i++) {
			__ClearPageReserved(pfn_to_page(i));
			set_page_count(pfn_to_page(i), 0);
		}
		set_pageblock_migratetype(pfn_to_page(pfn), MIGRATE_MOVABLE);
		atomic_long_add(next - pfn, &zone->managed_pages);
		buddy_free(zone, pfn_to_page(pfn), order);
		pfn = next;
	}
}

/* What of a zone's ranges is in no whole free block. */
static void edges(struct host *host, unsigned int zone_index,
		  void (*fn)(struct zone *zone, unsigned long pfn,
			     unsigned long end))
{
	const struct topology_node *node =
		&host->topology->nodes[host->zone_node[zone_index]];
	struct zone *zone = &host->zone[zone_index];
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		const struct pfn_range *range = &node->ranges[i];
		unsigned long start, end;

		if (!host_core(range, &start, &end))
			start = end = range->end_pfn;
		fn(zone, range->start_pfn, start);
		fn(zone, end, range->end_pfn);
	}
}

/* What is beside a range in the blocks in which it begins and ends. */
static void holes_init(struct host *host, unsigned int zone_index)
{
	const struct topology_node *node =
		&host->topology->nodes[host->zone_node[zone_index]];
	struct zone *zone = &host->zone[zone_index];
	unsigned long zone_end = zone->zone_start_pfn + zone->spanned_pages;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		const struct pfn_range *range = &node->ranges[i];

		edge_init(zone,
			  max(round_down(range->start_pfn, MEMMAP_BLOCK_PAGES),
			      zone->zone_start_pfn),
			  range->start_pfn);
		edge_init(zone, range->end_pfn,
			  min(round_up(range->end_pfn, MEMMAP_BLOCK_PAGES),
			      zone_end));
	}
}

/**
 * host_free_edges - initialise and free what is not in whole free blocks
 * @host: the machine, reset
 *
 * A part of boot, before anything is pristine. Every struct page of a block that
 * is free in part must be written before the first page is freed, because the
 * allocator looks at neighbours.
 */
void host_free_edges(struct host *host)
{
	unsigned int i;

	/* Zones may share a block: holes first, then what is free, then free. */
	for (i = 0; i < host->nr_zones; i++)
		holes_init(host, i);
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_init);
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_free);
}

/**
 * host_set_early - say what is initialised before any strategy runs
 * @host: the machine; until then nothing is
 * @costs: have the rule
 */
void host_set_early(struct host *host, const struct machine_costs *costs)
{
	unsigned int i, mainline;

	for (i = 0; i < host->nr_zones; i++) {
		unsigned int nid = host->zone_node[i];

		for (mainline = 0; mainline < 2; mainline++)
			host->early_end[i][mainline] =
				machine_early_end(host->topology, costs, nid,
						  mainline);
		host->reserved[i] = costs->early_linux ?
					    machine_memmap_pages(host->topology,
								 nid) :
					    0;
	}
}

/**
 * host_late - the first block of a zone that is left to the strategy
 * @host: the machine
 * @zone: which
 * @mainline: the strategy is mainline's own
 *
 * Return: its first pfn.
 */
unsigned long host_late(const struct host *host, unsigned int zone,
			bool mainline)
{
	unsigned long mask = MEMMAP_BLOCK_PAGES - 1;

	return (min(host->early_end[zone][mainline], host->topology->end_pfn) +
		mask) &
	       ~mask;
}

/**
 * host_early_pages - how much is initialised before a strategy runs
 * @host: the machine
 * @mainline: the strategy is mainline's own
 *
 * Return: pages.
 */
unsigned long host_early_pages(const struct host *host, bool mainline)
{
	unsigned long late = 0;
	unsigned int i, j;

	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start, end;

			if (!host_core(&node->ranges[j], &start, &end))
				continue;
			start = max(start, host_late(host, i, mainline));
			late += end - min(start, end);
		}
	}
	return topology_pages(host->topology) - late;
}
