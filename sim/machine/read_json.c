// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine files: nodes, memory, and what things cost, each number with where
 * it comes from.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
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

/* How many nodes an entry stands for; 1 if it does not say. */
static int entry_count(const struct json_place *at, const json_t *entry,
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
		    entry_count(&at, entry, &count, error))
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

static int load_nodes(struct machine *machine, const char *path, json_t *root,
		      struct error *error)
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

		if (entry_count(&at, entry, &count, error))
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

/* A number, or an object of a number, its label and its source. */
static int load_cost(const struct json_place *at, const char *key,
		     const json_t *value, double *number,
		     enum machine_label *label, const char **source,
		     struct error *error)
{
	static const char *const keys[] = { "value", "label", "source", NULL };
	const json_t *text;

	/* Without a source a number cannot call itself calibrated. */
	*label = MACHINE_DEFAULT;
	*source = "not said";
	if (json_is_object(value)) {
		if (json_place_keys(at, value, keys, error))
			return -1;
		text = json_object_get(value, "source");
		if (text && !json_is_string(text))
			return json_place_error(at, error,
						"\"%s\": \"source\": want a text",
						key);
		if (text)
			*source = json_string_value(text);
		if (json_place_label(at, json_object_get(value, "label"), label,
				     error))
			return -1;
		value = json_object_get(value, "value");
	}
	return json_place_number(at, key, value, 0, 1e18, number, error);
}

static int load_machine_cost(struct machine *machine, const char *path,
			     const char *key, const json_t *value,
			     struct error *error)
{
	const struct json_place at = { path, NULL, 0 };
	enum machine_label label;
	const char *source;
	unsigned int i;
	double number;

	for (i = 0; i < MACHINE_NR_COSTS && strcmp(machine_cost_name(i), key);
	     i++)
		;
	if (i == MACHINE_NR_COSTS)
		return json_place_error(
			&at, error,
			"\"costs\": unknown key \"%s\"; 'memmap machine show' lists all of them",
			key);
	if (load_cost(&at, key, value, &number, &label, &source, error))
		return -1;
	if (number <= 0 && !machine_cost_may_be_0(i))
		return json_place_error(&at, error,
					"\"%s\": want a number above 0", key);
	machine_set_cost(machine, i, number, label, source);
	return 0;
}

static int load_node_own(struct machine *machine, const struct json_place *at,
			 unsigned int nid, const json_t *entry,
			 struct error *error)
{
	json_t *costs = json_object_get(entry, "costs");
	json_t *early = json_object_get(entry, "early_end_bytes");
	enum machine_label label;
	const char *key, *source;
	unsigned int i;
	json_t *value;
	double number;

	if (costs && !json_is_object(costs))
		return json_place_error(at, error,
					"\"costs\": want an object in braces");
	json_object_foreach(costs, key, value) {
		for (i = 0; i < MACHINE_NR_NODE_COSTS &&
			    strcmp(machine_node_cost_name(i), key);
		     i++)
			;
		if (i == MACHINE_NR_NODE_COSTS)
			return json_place_error(
				at, error,
				"\"costs\": unknown key \"%s\"; a node may have its own %s, %s, %s and %s",
				key, machine_node_cost_name(0),
				machine_node_cost_name(1),
				machine_node_cost_name(2),
				machine_node_cost_name(3));
		if (load_cost(at, key, value, &number, &label, &source, error))
			return -1;
		machine_set_node(machine, nid, i, number, label, source);
	}
	return early ? json_place_pages(at, "early_end_bytes", early,
					&machine_node(machine, nid)
						 ->early_end_pfn,
					error) :
		       0;
}

static int load_own(struct machine *machine, const char *path, json_t *root,
		    struct error *error)
{
	struct json_place at = { path, "nodes", 0 };
	unsigned int nid = 0, count;
	json_t *entry;

	json_array_foreach(json_object_get(root, "nodes"), at.index, entry) {
		if (entry_count(&at, entry, &count, error))
			return -1;
		for (; count; count--)
			if (load_node_own(machine, &at, nid++, entry, error))
				return -1;
	}
	return 0;
}

/* An optional text; free() it. */
static int load_text(const struct json_place *at, const json_t *root,
		     const char *key, char **text, struct error *error)
{
	const json_t *value = json_object_get(root, key);

	if (value && !json_is_string(value))
		return json_place_error(at, error, "\"%s\": want a text", key);
	if (value) {
		free(*text);
		*text = xstrdup(json_string_value(value));
	}
	return 0;
}

static int load_root(struct machine *machine, const char *path, json_t *root,
		     struct error *error)
{
	static const char *const keys[] = {
		"schema_version", "name",  "source",	  "notes",
		"nodes",	  "costs", "early_bytes", "early",
		"reserved",	  "links", NULL
	};
	const struct json_place at = { path, NULL, 0 };
	json_t *costs = json_object_get(root, "costs"), *value;
	unsigned long early;
	const char *key;

	if (json_place_keys(&at, root, keys, error))
		return -1;
	value = json_object_get(root, "schema_version");
	if (value && json_integer_value(value) != 1)
		return json_place_error(
			&at, error,
			"\"schema_version\": want 1, which is all that this program knows");
	if (!json_object_get(root, "name"))
		return json_place_error(&at, error, "\"name\": want a text");
	machine->source = xstrdup("not said");
	if (load_nodes(machine, path, root, error) ||
	    load_text(&at, root, "name", &machine->topology->name, error) ||
	    load_text(&at, root, "source", &machine->source, error) ||
	    load_text(&at, root, "notes", &machine->notes, error))
		return -1;
	value = json_object_get(root, "early_bytes");
	if (value) {
		if (json_place_pages(&at, "early_bytes", value, &early, error))
			return -1;
		machine->costs.early_bytes = early * PAGE_SIZE;
	}
	if (costs && !json_is_object(costs))
		return json_place_error(&at, error,
					"\"costs\": want an object in braces");
	json_object_foreach(costs, key, value)
		if (load_machine_cost(machine, path, key, value, error))
			return -1;
	if (load_own(machine, path, root, error))
		return -1;
	value = json_object_get(root, "links");
	if (value && machine_load_links(machine, path, value, error))
		return -1;
	return machine_load_early(machine, path, root, error);
}

/**
 * machine_load_json - read a machine file
 * @machine: costs set to the defaults
 * @path: the file
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_json(struct machine *machine, const char *path,
		      struct error *error)
{
	json_error_t syntax;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &syntax);
	int failed;

	if (!root)
		return error_set(error, path, max(syntax.line, 0), NULL, "%s",
				 syntax.text);
	failed = load_root(machine, path, root, error);
	json_decref(root);
	return failed;
}
