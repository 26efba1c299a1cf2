// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a machine file that only some machines need: links between
 * nodes, memory that is reserved, and Linux's own rule of what is early.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "machine/internal.h"
#include "machine/route.h"

#define MAX_SWITCHES 1024U
#define EACH	     UINT_MAX

/* Zones of x86-64 end here; only the last zone of a node is left for later. */
#define DMA_END_PFN   (16UL << 20 >> PAGE_SHIFT)
#define DMA32_END_PFN (4UL << 30 >> PAGE_SHIFT)
#define SECTION_PAGES (128UL << 20 >> PAGE_SHIFT)

struct points {
	const char *path;
	const char *where;
	const char *name[MAX_SWITCHES];
	unsigned int nr_nodes;
	unsigned int nr_switches;
};

/* A node's number, "each", or any other text: a switch of that name. */
static unsigned int find_point(struct points *points, const char *key,
			       const json_t *value)
{
	const char *text = json_string_value(value);
	unsigned int i;

	if (!text)
		return machine_json_count(points->path, points->where, key,
					  value, 0, points->nr_nodes - 1);
	if (!strcmp(text, "each"))
		return EACH;
	for (i = 0; i < points->nr_switches; i++)
		if (!strcmp(points->name[i], text))
			return points->nr_nodes + i;
	if (i == MAX_SWITCHES)
		usage_error("%s: %s: more than %u switches", points->path,
			    points->where, MAX_SWITCHES);
	points->name[points->nr_switches++] = text;
	return points->nr_nodes + i;
}

static void load_link(struct machine *machine, struct points *points,
		      json_t *entry)
{
	static const char *const keys[] = { "from",	   "to",
					    "bytes_per_s", "latency_ns",
					    "label",	   "source",
					    NULL };
	const char *path = points->path, *where = points->where;
	enum machine_label label = MACHINE_DEFAULT;
	struct machine_link link;
	const char *source;
	unsigned int from, to, i, j;

	machine_json_keys(path, where, entry, keys);
	from = find_point(points, "from", json_object_get(entry, "from"));
	to = find_point(points, "to", json_object_get(entry, "to"));
	link.bytes_per_s =
		machine_json_number(path, where, "bytes_per_s",
				    json_object_get(entry, "bytes_per_s"), 1,
				    1e18);
	link.latency_ns =
		machine_json_number(path, where, "latency_ns",
				    json_object_get(entry, "latency_ns"), 0,
				    1e9);
	if (json_object_get(entry, "label"))
		label = machine_json_label(path, where,
					   json_object_get(entry, "label"));
	source = json_string_value(json_object_get(entry, "source"));
	if (from == to && from != EACH)
		usage_error("%s: %s: joins a point with itself", path, where);

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
}

/**
 * machine_load_links - "links" of a machine file
 * @machine: with its nodes
 * @path: for messages
 * @links: the list
 */
void machine_load_links(struct machine *machine, const char *path,
			json_t *links)
{
	const struct topology *topology = machine->topology;
	struct points points = { .path = path, .nr_nodes = topology->nr_nodes };
	struct routes *routes;
	unsigned int i, j;
	json_t *entry;
	char where[32];
	size_t n;

	if (!json_is_array(links))
		usage_error("%s: \"links\": want a list", path);
	points.where = where;
	json_array_foreach(links, n, entry) {
		snprintf(where, sizeof(where), "link %zu", n);
		load_link(machine, &points, entry);
	}
	machine->costs.net.nr_switches = points.nr_switches;
	if (!machine->costs.net.nr_links)
		return;

	routes = routes_new(topology->nr_nodes, &machine->costs.net);
	for (i = 0; i < topology->nr_nodes; i++)
		for (j = 0;
		     topology->nodes[i].nr_cpus && j < topology->nr_nodes; j++)
			if (topology->nodes[j].nr_ranges &&
			    isinf(route_latency_ns(routes, i, j)))
				usage_error(
					"%s: \"links\": no way from node %u to node %u; add one, or leave all links out",
					path, i, j);
	routes_free(routes);
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

static void reserve(struct machine *machine, const char *path,
		    unsigned long start, unsigned long end)
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
				usage_error(
					"%s: \"reserved\": node %u falls into more than %u ranges",
					path, n, TOPOLOGY_MAX_RANGES);
			memmove(r + 2, r + 1,
				(node->nr_ranges++ - i - 1) * sizeof(*r));
			r[1] = behind;
			i++;
		}
	}
}

/**
 * machine_load_early - what no strategy gets to see
 * @machine: with its nodes
 * @path: for messages
 * @root: of the machine file
 *
 * "early": "linux" follows Linux's rule on the memory as it is, before
 * "reserved" is taken out of it.
 */
void machine_load_early(struct machine *machine, const char *path, json_t *root)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	json_t *early = json_object_get(root, "early"), *reserved, *entry;
	const char *text = json_string_value(early);
	char where[40];
	unsigned int i;
	size_t n;

	if (early && (!text || strcmp(text, "linux")))
		usage_error(
			"%s: \"early\": want \"linux\", or \"early_bytes\" with a number",
			path);
	if (early && json_object_get(root, "early_bytes"))
		usage_error("%s: want either \"early\" or \"early_bytes\"",
			    path);
	for (i = 0; early && i < machine->topology->nr_nodes; i++) {
		const struct topology_node *node = &machine->topology->nodes[i];

		if (node->nr_ranges)
			machine_node(machine, i)->early_end_pfn =
				machine_first_deferred(node);
	}
	reserved = json_object_get(root, "reserved");
	if (reserved && !json_is_array(reserved))
		usage_error("%s: \"reserved\": want a list", path);
	json_array_foreach(reserved, n, entry) {
		double start, bytes;

		snprintf(where, sizeof(where), "reserved entry %zu", n);
		machine_json_keys(path, where, entry, keys);
		start = machine_json_number(path, where, "start_bytes",
					    json_object_get(entry,
							    "start_bytes"),
					    0, 0x1p50);
		bytes = machine_json_number(path, where, "bytes",
					    json_object_get(entry, "bytes"), 1,
					    0x1p50);
		/* A page that is reserved in part is not free. */
		reserve(machine, path, floor(start / PAGE_SIZE),
			ceil((start + bytes) / PAGE_SIZE));
	}
}
