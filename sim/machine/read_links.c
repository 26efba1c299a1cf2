// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a machine file that only some machines need: links between
 * nodes, memory that is reserved, and Linux's own rule of what is early.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "machine/internal.h"
#include "machine/json_value.h"
#include "machine/route.h"

#define MAX_SWITCHES 1024U
#define EACH	     UINT_MAX

/* Zones of x86-64 end here; only the last zone of a node is left for later. */
#define DMA_END_PFN   (16UL << 20 >> PAGE_SHIFT)
#define DMA32_END_PFN (4UL << 30 >> PAGE_SHIFT)
#define SECTION_PAGES (128UL << 20 >> PAGE_SHIFT)

struct points {
	const char *name[MAX_SWITCHES];
	unsigned int nr_nodes;
	unsigned int nr_switches;
};

/* A node's number, "each", or any other text: a switch of that name. */
static int find_point(struct points *points, const struct json_place *at,
		      const char *key, const json_t *value, unsigned int *point,
		      struct error *error)
{
	const char *text = json_string_value(value);
	unsigned int i;

	if (!text)
		return json_place_count(at, key, value, 0, points->nr_nodes - 1,
					point, error);
	*point = EACH;
	if (!strcmp(text, "each"))
		return 0;
	for (i = 0; i < points->nr_switches; i++)
		if (!strcmp(points->name[i], text))
			break;
	if (i == MAX_SWITCHES)
		return json_place_error(at, error,
					"more than %u switches; want fewer",
					MAX_SWITCHES);
	if (i == points->nr_switches)
		points->name[points->nr_switches++] = text;
	*point = points->nr_nodes + i;
	return 0;
}

static int load_link(struct machine *machine, struct points *points,
		     const struct json_place *at, const json_t *entry,
		     struct error *error)
{
	static const char *const keys[] = { "from",	   "to",
					    "bytes_per_s", "latency_ns",
					    "label",	   "source",
					    NULL };
	unsigned int from, to, i, j;
	struct machine_link link;
	enum machine_label label;
	const char *source;

	if (json_place_keys(at, entry, keys, error) ||
	    find_point(points, at, "from", json_object_get(entry, "from"),
		       &from, error) ||
	    find_point(points, at, "to", json_object_get(entry, "to"), &to,
		       error) ||
	    json_place_number(at, "bytes_per_s",
			      json_object_get(entry, "bytes_per_s"), 1, 1e18,
			      &link.bytes_per_s, error) ||
	    json_place_number(at, "latency_ns",
			      json_object_get(entry, "latency_ns"), 0, 1e9,
			      &link.latency_ns, error) ||
	    json_place_label(at, json_object_get(entry, "label"), &label, error))
		return -1;
	source = json_string_value(json_object_get(entry, "source"));
	if (from == to && from != EACH)
		return json_place_error(
			at, error,
			"joins a point with itself; want two of them");

	for (i = 0; i < (from == EACH ? points->nr_nodes : 1); i++) {
		for (j = 0; j < (to == EACH ? points->nr_nodes : 1); j++) {
			link.from = from == EACH ? i : from;
			link.to = to == EACH ? j : to;
			/* A mesh has one link a pair, not two. */
			if (link.from == link.to ||
			    (from == to && link.from > link.to))
				continue;
			machine_add_link(machine, &link, label, source);
		}
	}
	return 0;
}

/* A store must find its way from each CPU to all memory. */
static int check_ways(const struct machine *machine, const char *path,
		      struct error *error)
{
	const struct topology *topology = machine->topology;
	struct routes *routes = routes_new(topology->nr_nodes,
					   &machine->costs.net);
	unsigned int i, j;

	for (i = 0; i < topology->nr_nodes; i++)
		for (j = 0;
		     topology->nodes[i].nr_cpus && j < topology->nr_nodes; j++)
			if (topology->nodes[j].nr_ranges &&
			    isinf(route_latency_ns(routes, i, j)))
				error_set(error, path, 0, NULL,
					  "\"links\": no way from node %u to node %u; add one, or leave all links out",
					  i, j);
	routes_free(routes);
	return error_is_set(error) ? -1 : 0;
}

/**
 * machine_load_links - "links" of a machine file
 * @machine: with its nodes
 * @path: for messages
 * @links: the list
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_links(struct machine *machine, const char *path,
		       const json_t *links, struct error *error)
{
	struct points points = { .nr_nodes = machine->topology->nr_nodes };
	struct json_place at = { path, "links", 0 };
	json_t *entry;

	if (!json_is_array(links))
		return error_set(error, path, 0, NULL,
				 "\"links\": want a list");
	json_array_foreach(links, at.index, entry)
		if (load_link(machine, &points, &at, entry, error))
			return -1;
	machine->costs.net.nr_switches = points.nr_switches;
	return machine->costs.net.nr_links ? check_ways(machine, path, error) :
					     0;
}

/**
 * machine_first_deferred - the first page that Linux leaves for later
 * @node: with all of its memory, reserved or not
 *
 * As defer_init() has it: all of the lower zones come early, then at least one
 * section, up to the next multiple of one.
 *
 * Return: its pfn; ULONG_MAX if there is none.
 */
unsigned long machine_first_deferred(const struct topology_node *node)
{
	unsigned long end = node->ranges[node->nr_ranges - 1].end_pfn;
	unsigned long zone = end > DMA32_END_PFN ? DMA32_END_PFN :
			     end > DMA_END_PFN	 ? DMA_END_PFN :
						   0;
	unsigned long seen = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		unsigned long start = max(node->ranges[i].start_pfn, zone);
		unsigned long stop = node->ranges[i].end_pfn, pfn = start;

		if (start >= stop)
			continue;
		if (seen < SECTION_PAGES)
			pfn += SECTION_PAGES - seen;
		pfn = (pfn + SECTION_PAGES - 1) / SECTION_PAGES * SECTION_PAGES;
		if (pfn < stop)
			return pfn;
		seen += stop - start;
	}
	return ULONG_MAX;
}

static int reserve(struct machine *machine, const struct json_place *at,
		   unsigned long start, unsigned long end, struct error *error)
{
	unsigned int n, i;

	for (n = 0; n < machine->topology->nr_nodes; n++) {
		struct topology_node *node = &machine->topology->nodes[n];

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
			if (node->nr_ranges == TOPOLOGY_MAX_RANGES)
				return json_place_error(
					at, error,
					"node %u falls into more than %u ranges",
					n, TOPOLOGY_MAX_RANGES);
			memmove(r + 2, r + 1,
				(node->nr_ranges++ - i - 1) * sizeof(*r));
			r[1] = behind;
			i++;
		}
	}
	return 0;
}

static int load_reserved(struct machine *machine, const char *path,
			 const json_t *reserved, struct error *error)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	struct json_place at = { path, "reserved", 0 };
	double start, bytes;
	json_t *entry;

	if (reserved && !json_is_array(reserved))
		return error_set(error, path, 0, NULL,
				 "\"reserved\": want a list");
	json_array_foreach(reserved, at.index, entry) {
		if (json_place_keys(&at, entry, keys, error) ||
		    json_place_number(&at, "start_bytes",
				      json_object_get(entry, "start_bytes"), 0,
				      MACHINE_MAX_BYTES, &start, error) ||
		    json_place_number(&at, "bytes",
				      json_object_get(entry, "bytes"), 1,
				      MACHINE_MAX_BYTES, &bytes, error))
			return -1;
		/* A page that is reserved in part is not free. */
		if (reserve(machine, &at, floor(start / PAGE_SIZE),
			    ceil((start + bytes) / PAGE_SIZE), error))
			return -1;
	}
	return 0;
}

/**
 * machine_load_early - what no strategy gets to see
 * @machine: with its nodes
 * @path: for messages
 * @root: of the machine file
 * @error: what is wrong with it
 *
 * "early": "linux" follows Linux's rule on the memory as it is, before
 * "reserved" is taken out of it.
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_early(struct machine *machine, const char *path,
		       const json_t *root, struct error *error)
{
	const json_t *early = json_object_get(root, "early");
	const char *text = json_string_value(early);
	unsigned int i;

	if (early && (!text || strcmp(text, "linux")))
		return error_set(
			error, path, 0, NULL,
			"\"early\": want \"linux\", or \"early_bytes\" with a number");
	if (early && json_object_get(root, "early_bytes"))
		return error_set(error, path, 0, NULL,
				 "want either \"early\" or \"early_bytes\"");
	for (i = 0; early && i < machine->topology->nr_nodes; i++) {
		const struct topology_node *node = &machine->topology->nodes[i];

		if (node->nr_ranges)
			machine_node(machine, i)->early_end_pfn =
				machine_first_deferred(node);
	}
	return load_reserved(machine, path, json_object_get(root, "reserved"),
			     error);
}
