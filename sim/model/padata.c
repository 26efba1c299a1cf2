// SPDX-License-Identifier: GPL-2.0-only
/* How mainline shares out a node's memory among its threads. */
#include <linux/math.h>
#include <linux/minmax.h>
#include "model/internal.h"

/*
 * What padata hands to a thread at a time, as padata_do_multithreaded() of
 * Linux 6.12 has it: a quarter of a thread's share, in whole sections; no more
 * threads than there are sections, and a thread alone does all at once.
 */
static unsigned long padata_chunk(unsigned long pages, unsigned long threads,
				  unsigned long section)
{
	threads = min(max(pages / section, 1UL), threads);
	if (threads == 1)
		return round_up(pages, section);
	return round_up(max(pages / (4 * threads), section), section);
}

static unsigned long mainline_threads(const struct simulation *sim,
				      const struct memmap_drain *drain)
{
	unsigned long threads = max(sim->topology->nodes[drain->nid].nr_cpus,
				    1U);

	return drain->threads ? min(threads, drain->threads) : threads;
}

/**
 * mainline_chunk - set the chunk of the next claim as mainline has it
 * @sim: the simulation
 * @drain: of a node
 * @set: its extents
 *
 * Mainline shares out each range of a node's memory by itself, so that each has
 * chunks of its own. It waits for a range before it begins the next; here the
 * threads go on, which makes no difference but to the last chunk of a range.
 */
void mainline_chunk(const struct simulation *sim, struct memmap_drain *drain,
		    const struct memmap_extents *set)
{
	const struct topology_node *node = &sim->topology->nodes[drain->nid];
	unsigned long section = topology_section_pages(sim->topology);
	unsigned long early_end, start, end, pfn = 0;
	unsigned int i;

	for (i = 0; i < set->nr && set->table->extent[i].owner; i++)
		;
	if (i == set->nr)
		return;
	pfn = set->table->extent[i].start_pfn;
	early_end = machine_early_end(sim->topology, sim->costs, drain->nid,
				      true);
	for (i = 0; i < node->nr_ranges; i++) {
		start = max(node->ranges[i].start_pfn, early_end);
		end = node->ranges[i].end_pfn;
		if (pfn >= end)
			continue;
		drain->chunk_pages =
			padata_chunk(round_up(end, section) - min(start, end),
				     mainline_threads(sim, drain), section);
		return;
	}
}
