// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents of a simulation: more of them, and which of what is written is
 * hot-added memory.
 */
#include <math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/internal.h"
#include "shim/zone.h"

/**
 * simulation_add_set - extents of a node, which has none yet
 * @sim: the simulation
 * @nid: the node
 * @start_pfn: of its zone
 * @end_pfn: of its zone
 *
 * Return: the extents.
 */
struct memmap_extents *simulation_add_set(struct simulation *sim,
					  unsigned int nid,
					  unsigned long start_pfn,
					  unsigned long end_pfn)
{
	/* A slot per range and per claim; any CPU may claim here. */
	unsigned int capacity = sim->topology->nodes[nid].nr_ranges + 8 +
				sim->topology->nr_plugs + sim->nr_cpus;
	struct memmap_extents *set = &sim->set[sim->boot.nr_sets];
	struct zone *zone = &sim->zone[sim->boot.nr_sets];
	struct memmap_extent_table *table;

	sim_zone_init(zone, nid, start_pfn, end_pfn);
	/* Not cleared: most of it is never used. */
	table = xrealloc(NULL, 1, memmap_table_bytes(capacity));
	memmap_extents_init(set, zone, table, capacity);
	memmap_boot_add(&sim->boot, set);
	return set;
}

/**
 * plug_written - somebody has written struct pages: how many of hot-added memory?
 * @sim: the simulation
 * @start_pfn: the first one
 * @nr_pages: how many; some may be of memory that was there at boot, for what
 *	borders on it is one extent with it
 *
 * Return: pages.
 */
unsigned long plug_written(struct simulation *sim, unsigned long start_pfn,
			   unsigned long nr_pages)
{
	const struct topology_plug *plug = sim->topology->plug;
	struct plug_result *result = sim->result->plug;
	unsigned long end_pfn = start_pfn + nr_pages, all = 0;
	unsigned int i;

	for (i = 0; i < sim->topology->nr_plugs; i++) {
		unsigned long from = max(start_pfn, plug[i].range.start_pfn);
		unsigned long to = min(end_pfn, plug[i].range.end_pfn);

		if (from >= to)
			continue;
		all += to - from;
		result[i].pages_left -= to - from;
		if (!result[i].pages_left)
			result[i].ready_ns = sim->now_ns -
					     fmax(sim->result->boot_wait_ns,
						  plug[i].at_ns);
	}
	return all;
}
