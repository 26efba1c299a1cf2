// SPDX-License-Identifier: GPL-2.0-only
/* The nodes of a machine file: CPUs and memory. */
#include <jansson.h>
#include <stdlib.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/json_value.h"

#define MAX_END_PFN (MACHINE_MAX_BYTES >> PAGE_SHIFT)

static int load_ranges(const struct json_place *at, struct topology_node *node,
		       const json_t *ranges, struct error *error)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	unsigned long start, pages, last = 0;
	json_t *range;
	size_t i;

	if (!json_is_array(ranges) ||
	    json_array_size(ranges) > TOPOLOGY_MAX_RANGES)
		return json_place_error(at, error,
					"\"ranges\": want a list of at most %u",
					TOPOLOGY_MAX_RANGES);
	json_array_foreach(ranges, i, range) {
		if (json_place_keys(at, range, keys, error) ||
		    json_place_pages(at, "start_bytes",
				     json_object_get(range, "start_bytes"),
				     &start, error) ||
		    json_place_pages(at, "bytes",
				     json_object_get(range, "bytes"), &pages,
				     error))
			return -1;
		if (start < last || !pages)
			return json_place_error(
				at, error,
				"range %zu is empty, overlaps the one before it, or is out of order; sort them by start_bytes",
				i);
		last = start + pages;
		node->ranges[node->nr_ranges++] = (struct pfn_range){ start,
								      last };
	}
	return 0;
}

struct placed {
	struct pfn_range range;
	unsigned int node;
};

static int by_start(const void *a, const void *b)
{
	const struct placed *one = a, *other = b;

	return one->range.start_pfn < other->range.start_pfn ?
		       -1 :
		       one->range.start_pfn > other->range.start_pfn;
}

/* Nodes may come in any order, but a page belongs to one of them. */
static int check_overlap(const struct topology *topology, const char *path,
			 struct error *error)
{
	struct placed *placed;
	unsigned int n, i;
	size_t nr = 0, at;

	for (n = 0; n < topology->nr_nodes; n++)
		nr += topology->nodes[n].nr_ranges;
	placed = xcalloc(nr, sizeof(*placed));
	for (n = 0, nr = 0; n < topology->nr_nodes; n++)
		for (i = 0; i < topology->nodes[n].nr_ranges; i++)
			placed[nr++] = (struct placed){
				topology->nodes[n].ranges[i], n
			};
	qsort(placed, nr, sizeof(*placed), by_start);
	for (at = 1; at < nr; at++)
		if (placed[at].range.start_pfn < placed[at - 1].range.end_pfn)
			break;
	if (at < nr)
		error_set(error, path, 0, NULL,
			  "memory of nodes %u and %u overlaps at byte %lu; give it to one of them",
			  placed[at - 1].node, placed[at].node,
			  placed[at].range.start_pfn << PAGE_SHIFT);
	free(placed);
	return error_is_set(error) ? -1 : 0;
}

/**
 * machine_entry_count - how many nodes an entry of "nodes" stands for
 * @at: its place
 * @entry: the entry
 * @count: the result, 1 if it does not say
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_entry_count(const struct json_place *at, const json_t *entry,
			unsigned int *count, struct error *error)
{
	const json_t *value = json_object_get(entry, "count");

	*count = 1;
	return value ? json_place_count(at, "count", value, 1,
					MACHINE_MAX_NODES, count, error) :
		       0;
}

static int count_nodes(const char *path, const json_t *nodes, unsigned int *nr,
		       struct error *error)
{
	static const char *const keys[] = { "count",	 "cpus",
					    "mem_bytes", "ranges",
					    "costs",	 "early_end_bytes",
					    "source",	 NULL };
	struct json_place at = { path, "nodes", 0 };
	unsigned int count;
	json_t *entry;

	if (!json_is_array(nodes) || !json_array_size(nodes))
		return error_set(error, path, 0, NULL,
				 "\"nodes\": want a list with at least one node");
	*nr = 0;
	json_array_foreach(nodes, at.index, entry) {
		if (json_place_keys(&at, entry, keys, error) ||
		    machine_entry_count(&at, entry, &count, error))
			return -1;
		*nr += count;
		if (*nr > MACHINE_MAX_NODES)
			return json_place_error(&at, error,
						"more than %u nodes; want fewer",
						MACHINE_MAX_NODES);
	}
	return 0;
}

/* One node of an entry; @pfn: memory without an address goes there. */
static int load_node(const struct json_place *at, struct topology_node *node,
		     const json_t *entry, unsigned long *pfn,
		     struct error *error)
{
	const json_t *ranges = json_object_get(entry, "ranges");
	unsigned long pages;

	if (json_place_count(at, "cpus", json_object_get(entry, "cpus"), 0,
			     MACHINE_MAX_CPUS, &node->nr_cpus, error))
		return -1;
	if (ranges) {
		if (load_ranges(at, node, ranges, error))
			return -1;
	} else {
		if (json_place_pages(at, "mem_bytes",
				     json_object_get(entry, "mem_bytes"),
				     &pages, error))
			return -1;
		if (pages)
			node->ranges[node->nr_ranges++] =
				(struct pfn_range){ *pfn, *pfn + pages };
	}
	if (node->nr_ranges)
		*pfn = max(*pfn, node->ranges[node->nr_ranges - 1].end_pfn);
	return 0;
}

/**
 * machine_load_nodes - "nodes" of a machine file, without their costs
 * @machine: gets its topology
 * @path: for messages
 * @root: of the file
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_nodes(struct machine *machine, const char *path,
		       const json_t *root, struct error *error)
{
	json_t *nodes = json_object_get(root, "nodes"), *entry;
	struct json_place at = { path, "nodes", 0 };
	unsigned int nr = 0, nid = 0, count;
	unsigned long pfn = 256, cpus = 0;

	if (count_nodes(path, nodes, &nr, error))
		return -1;
	machine->topology = topology_from_nodes(path, nr);
	json_array_foreach(nodes, at.index, entry) {
		json_t *ranges = json_object_get(entry, "ranges");

		if (machine_entry_count(&at, entry, &count, error))
			return -1;
		if (!ranges == !json_object_get(entry, "mem_bytes") ||
		    (ranges && count > 1))
			return json_place_error(
				&at, error,
				"want either \"mem_bytes\" or, for a single node, \"ranges\"");
		for (; count; count--, nid++) {
			struct topology_node *node =
				&machine->topology->nodes[nid];

			if (load_node(&at, node, entry, &pfn, error))
				return -1;
			cpus += node->nr_cpus;
		}
	}
	machine->topology->end_pfn = pfn;
	if (check_overlap(machine->topology, path, error))
		return -1;
	if (!cpus || cpus > MACHINE_MAX_CPUS)
		return error_set(error, path, 0, NULL, "%lu CPUs; want 1 to %u",
				 cpus, MACHINE_MAX_CPUS);
	if (pfn > MAX_END_PFN)
		return error_set(error, path, 0, NULL,
				 "memory ends above 1 PiB; want less of it");
	return 0;
}
