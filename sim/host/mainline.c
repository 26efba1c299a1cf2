// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux 6.12 does. Per top-order block, one loop writes every struct page
 * as that of an allocated page, a second loop goes over all of them again to
 * make them free, then the block is freed. Threads take sections in turn, as
 * padata would have them.
 */
#include <stdlib.h>
#include "base/clock.h"
#include "base/die.h"
#include "host/buddy.h"
#include "host/internal.h"
#include "host/yardstick.h"
#include "shim/internal.h"

#define SECTION_PAGES (1UL << 15) /* 128 MiB on x86-64 */

/**
 * struct piece - a section of a zone, or what of it is memory
 * @zone: the zone
 * @start_pfn: first page
 * @end_pfn: behind the last page
 */
struct piece {
	struct zone *zone;
	unsigned long start_pfn;
	unsigned long end_pfn;
};

/**
 * struct work - all pieces of a machine, for its CPUs to take
 * @piece: the pieces
 * @nr: how many
 * @next: the next one to take
 * @threads: CPUs that work
 */
struct work {
	struct piece *piece;
	unsigned long nr;
	unsigned long next;
	unsigned int threads;
};

/* Kept out of line: the two loops must not be fused into one. */
static noinline void init_pages(struct zone *zone, unsigned long pfn,
				unsigned long end_pfn)
{
	for (; pfn < end_pfn; pfn++)
		__init_single_page(pfn_to_page(pfn), pfn, zone_idx(zone),
				   zone->node);
}

static noinline void free_core(struct zone *zone, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long flags, i;

	for (i = 0; i < MEMMAP_BLOCK_PAGES; i++) {
		__ClearPageReserved(page + i);
		set_page_count(page + i, 0);
	}
	atomic_long_add(MEMMAP_BLOCK_PAGES, &zone->managed_pages);
	spin_lock_irqsave(&zone->lock, flags);
	memmap_page_free(zone, pfn, MIGRATE_MOVABLE);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/**
 * mainline_range - initialise and free a range as mainline does
 * @zone: the zone, reset
 * @start_pfn: first page; block-aligned
 * @end_pfn: behind the last; block-aligned
 */
void mainline_range(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn)
{
	for (; start_pfn < end_pfn; start_pfn += MEMMAP_BLOCK_PAGES) {
		init_pages(zone, start_pfn, start_pfn + MEMMAP_BLOCK_PAGES);
		free_core(zone, start_pfn);
	}
}

static void mainline_cpu(void *arg, unsigned int cpu)
{
	struct work *work = arg;
	unsigned long at;

	if (cpu >= work->threads)
		return;
	while ((at = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) <
	       work->nr) {
		struct piece *piece = &work->piece[at];

		mainline_range(piece->zone, piece->start_pfn, piece->end_pfn);
	}
}

/* @late: without early memory. */
static void cut(struct host *host, struct work *work, bool late)
{
	unsigned long most = topology_pages(host->topology) / SECTION_PAGES;
	unsigned int i, j;

	/* A range may begin and end within a section. */
	for (i = 0; i < host->topology->nr_nodes; i++)
		most += 2UL * host->topology->nodes[i].nr_ranges;
	work->piece = xcalloc(most, sizeof(*work->piece));
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long pfn, end;

			if (!host_core(&node->ranges[j], &pfn, &end))
				continue;
			if (late)
				pfn = max(pfn, host_late(host, i, true));
			while (pfn < end) {
				unsigned long to = (pfn / SECTION_PAGES + 1) *
						   SECTION_PAGES;

				work->piece[work->nr++] = (struct piece){
					&host->zone[i],
					pfn,
					min(to, end),
				};
				pfn = to;
			}
		}
	}
}

static void run(struct host *host, unsigned int threads, bool late)
{
	struct work work = { .threads = threads };

	cut(host, &work, late);
	if (!late)
		host_free_edges(host);
	if (threads == 1)
		mainline_cpu(&work, 0);
	else
		host_on_each_cpu(host, mainline_cpu, &work);
	free(work.piece);
}

/**
 * mainline_run - initialise all of the machine as mainline does
 * @host: the machine, reset
 * @threads: CPUs that work
 *
 * Return: ns.
 */
u64 mainline_run(struct host *host, unsigned int threads)
{
	u64 start = clock_ns();

	run(host, threads, false);
	return clock_ns() - start;
}

/**
 * mainline_late - the same, of what is left after mainline_early()
 * @host: the machine
 * @threads: CPUs that work
 *
 * Return: ns.
 */
u64 mainline_late(struct host *host, unsigned int threads)
{
	u64 start = clock_ns();

	run(host, threads, true);
	return clock_ns() - start;
}

/* What holds the memmap is reserved, and written in one pass. */
static void reserved_pass(struct host *host, unsigned int zone)
{
	unsigned int nid = host->zone_node[zone], i;
	const struct topology_node *node = &host->topology->nodes[nid];
	unsigned long left = host->reserved[zone];

	for (i = 0; i < node->nr_ranges && left; i++) {
		unsigned long pfn, end;

		if (!host_core(&node->ranges[i], &pfn, &end))
			continue;
		pfn = max(pfn, host_late(host, zone, true));
		for (; pfn < end && left; pfn++, left--)
			__init_single_page(pfn_to_page(pfn), pfn,
					   zone_idx(&host->zone[zone]), nid);
	}
}

/**
 * mainline_early - initialise and free what mainline's threads do not get to see
 * @host: the machine, reset
 *
 * What is not in whole free blocks, and early memory: that the boot CPU writes
 * alone. What holds the memmap its threads write once more, for here it is free.
 */
void mainline_early(struct host *host)
{
	unsigned int i, j;

	host_free_edges(host);
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start, end;

			if (host_core(&node->ranges[j], &start, &end))
				mainline_range(&host->zone[i], start,
					       min(end,
						   host_late(host, i, true)));
		}
		reserved_pass(host, i);
	}
}
