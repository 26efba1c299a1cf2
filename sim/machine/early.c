// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a strategy does not get to see: what mainline initialises early,
 * what a machine file says is early, and what it calls reserved.
 */
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <linux/minmax.h>
#include "machine/internal.h"
#include "machine/json_value.h"

static void reserve(struct topology *topology, unsigned long start,
		    unsigned long end)
{
	unsigned int n, i;

	for (n = 0; n < topology->nr_nodes; n++) {
		struct topology_node *node = &topology->nodes[n];

		for (i = 0; i < node->nr_ranges; i++) {
			struct pfn_range *r = &node->ranges[i];
			struct pfn_range behind = { end, r->end_pfn };

			if (end <= r->start_pfn || start >= r->end_pfn)
				continue;
			if (start <= r->start_pfn && end >= r->end_pfn) {
				memmove(r, r + 1,
					(--node->nr_ranges - i) * sizeof(*r));
				i--;
				continue;
			}
			if (start <= r->start_pfn) {
				r->start_pfn = end;
				continue;
			}
			r->end_pfn = start;
			if (end >= behind.end_pfn)
				continue;
			topology_add_range(topology, n, behind.start_pfn,
					   behind.end_pfn);
			r = &node->ranges[++i];
			memmove(r + 1, r,
				(node->nr_ranges - i - 1) * sizeof(*r));
			*r = behind;
		}
	}
}

static int load_reserved(struct topology *topology, const char *path,
			 const json_t *reserved, struct error *error)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	struct json_place at = { path, "reserved", 0 };
	double page = 1UL << topology->page_shift;
	double start, bytes;
	json_t *entry;

	if (reserved && !json_is_array(reserved))
		return json_place_error(JSON_ROOT(path), "reserved", error,
					"want a list");
	json_array_foreach(reserved, at.index, entry) {
		if (json_place_keys(&at, entry, keys, error) ||
		    json_place_number(&at, "start_bytes",
				      json_object_get(entry, "start_bytes"), 0,
				      MACHINE_MAX_END, &start, error) ||
		    json_place_number(&at, "bytes",
				      json_object_get(entry, "bytes"), 1,
				      MACHINE_MAX_END, &bytes, error))
			return -1;
		/* A page that is reserved in part is not free. */
		reserve(topology, floor(start / page),
			ceil((start + bytes) / page));
	}
	return 0;
}

/**
 * machine_memmap_is_early - is only what holds the memmap written early?
 * @costs: say how much is early
 * @mainline: the strategy is mainline's own
 */
bool machine_memmap_is_early(const struct machine_costs *costs, bool mainline)
{
	return costs->early_linux && !costs->early_all && !mainline;
}

/**
 * machine_memmap_pages - what holds the memmap of a node
 * @topology: the machine
 * @node: the place of the node among the nodes
 *
 * Return: pages; they are reserved, and so are their struct pages written early.
 */
unsigned long machine_memmap_pages(const struct topology *topology,
				   unsigned int node)
{
	return topology_node_pages(&topology->nodes[node]) *
		       TOPOLOGY_DESCRIPTOR_BYTES >>
	       topology->page_shift;
}

/**
 * machine_early_end - where the memory begins that a strategy gets to see
 * @topology: the machine
 * @costs: say how much is early
 * @node: the place of a node among the nodes
 * @mainline: the strategy is mainline's own
 *
 * Return: a pfn: what the node has below is early. ULONG_MAX: all it has.
 */
unsigned long machine_early_end(const struct topology *topology,
				const struct machine_costs *costs,
				unsigned int node, bool mainline)
{
	const struct node_costs *own = costs->node ? &costs->node[node] : NULL;
	const struct topology_node *n = &topology->nodes[node];
	unsigned long early = costs->early_bytes >> topology->page_shift;
	unsigned int i;

	if (machine_memmap_is_early(costs, mainline))
		early = machine_memmap_pages(topology, node);
	else if (own && own->early_end_pfn)
		return own->early_end_pfn;
	else if (costs->early_linux && n->nr_ranges)
		return topology_first_deferred(topology, node);
	for (i = 0; i < n->nr_ranges; i++) {
		unsigned long pages = n->ranges[i].end_pfn -
				      n->ranges[i].start_pfn;

		if (early < pages)
			return n->ranges[i].start_pfn + early;
		early -= pages;
	}
	return ULONG_MAX;
}

/**
 * machine_load_early - what no strategy gets to see
 * @machine: with its nodes
 * @path: for messages
 * @root: of the machine file
 * @error: what is wrong with it
 *
 * Linux's rule is applied to the memory as it is, before "reserved" is taken out
 * of it.
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_early(struct machine *machine, const char *path,
		       const json_t *root, struct error *error)
{
	const json_t *early = json_object_get(root, "early");
	const char *text = json_string_value(early);
	struct topology *topology = machine->topology;
	unsigned int i;

	if (early && (!text || strcmp(text, "linux")))
		return json_place_error(
			JSON_ROOT(path), "early", error,
			"want \"linux\", or \"early_bytes\" with a number");
	if (early && json_object_get(root, "early_bytes"))
		return json_place_error(
			JSON_ROOT(path), "early", error,
			"want either \"early\" or \"early_bytes\"");
	machine->costs.early_all = early;
	for (i = 0; machine->costs.early_linux && i < topology->nr_nodes; i++) {
		if (!topology->nodes[i].nr_ranges ||
		    machine_node(machine, i)->early_end_pfn)
			continue;
		machine_node(machine, i)->early_end_pfn =
			topology_first_deferred(topology, i);
	}
	return load_reserved(topology, path, json_object_get(root, "reserved"),
			     error);
}
