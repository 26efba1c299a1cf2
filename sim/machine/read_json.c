// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine files: nodes, memory, and what things cost, each number with where
 * it comes from.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "machine/internal.h"

#define MAX_END_PFN (1UL << 46 >> PAGE_SHIFT << 4)

/**
 * machine_json_number - a number within bounds
 * @path: for messages
 * @where: the same
 * @key: the same
 * @value: NULL is an error
 * @least: smallest
 * @most: largest
 *
 * Return: the number.
 */
double machine_json_number(const char *path, const char *where, const char *key,
			   const json_t *value, double least, double most)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || !(number >= least) || !(number <= most))
		usage_error("%s: %s: \"%s\": want a number from %g to %g", path,
			    where, key, least, most);
	return number;
}

/**
 * machine_json_count - a whole number within bounds
 * @path: for messages
 * @where: the same
 * @key: the same
 * @value: NULL is an error
 * @least: smallest
 * @most: largest
 *
 * Return: the number.
 */
unsigned int machine_json_count(const char *path, const char *where,
				const char *key, const json_t *value,
				unsigned int least, unsigned int most)
{
	double number = machine_json_number(path, where, key, value, least,
					    most);

	if (number != floor(number))
		usage_error("%s: %s: \"%s\": %g: want a whole number", path,
			    where, key, number);
	return number;
}

/**
 * machine_json_keys - an object and nothing in it that nobody knows
 * @path: for messages
 * @where: the same
 * @object: what should be one
 * @known: keys, then NULL
 */
void machine_json_keys(const char *path, const char *where, json_t *object,
		       const char *const *known)
{
	const char *key;
	json_t *value;
	unsigned int i;

	if (!json_is_object(object))
		usage_error("%s: %s: want an object in braces", path, where);
	json_object_foreach(object, key, value) {
		for (i = 0; known[i] && strcmp(known[i], key); i++)
			;
		if (!known[i])
			usage_error(
				"%s: %s: unknown key \"%s\"; check its spelling, or put it into \"notes\"",
				path, where, key);
	}
}

static unsigned long whole_pages(const char *path, const char *where,
				 const char *key, const json_t *value)
{
	double bytes = machine_json_number(path, where, key, value, 0, 0x1p50);

	if (fmod(bytes, PAGE_SIZE))
		usage_error("%s: %s: \"%s\": %.0f is not a multiple of 4096",
			    path, where, key, bytes);
	return bytes / PAGE_SIZE;
}

static void load_ranges(const char *path, const char *where,
			struct topology_node *node, json_t *ranges)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	unsigned long last = 0;
	json_t *range;
	size_t i;

	if (!json_is_array(ranges) ||
	    json_array_size(ranges) > TOPOLOGY_MAX_RANGES)
		usage_error("%s: %s: \"ranges\": want a list of at most %u",
			    path, where, TOPOLOGY_MAX_RANGES);
	json_array_foreach(ranges, i, range) {
		struct pfn_range *r = &node->ranges[node->nr_ranges++];

		machine_json_keys(path, where, range, keys);
		r->start_pfn =
			whole_pages(path, where, "start_bytes",
				    json_object_get(range, "start_bytes"));
		r->end_pfn = r->start_pfn +
			     whole_pages(path, where, "bytes",
					 json_object_get(range, "bytes"));
		if (r->start_pfn < last || r->start_pfn == r->end_pfn)
			usage_error(
				"%s: %s: range %zu is empty, overlaps the one before it, or is out of order",
				path, where, i);
		last = r->end_pfn;
	}
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
static void check_overlap(const struct topology *topology, const char *path)
{
	struct placed *placed;
	unsigned int n, i;
	size_t nr = 0, at;

	for (n = 0; n < topology->nr_nodes; n++)
		nr += topology->nodes[n].nr_ranges;
	placed = calloc(nr + 1, sizeof(*placed));
	if (!placed)
		abort();
	for (n = 0, nr = 0; n < topology->nr_nodes; n++)
		for (i = 0; i < topology->nodes[n].nr_ranges; i++)
			placed[nr++] = (struct placed){
				topology->nodes[n].ranges[i], n
			};
	qsort(placed, nr, sizeof(*placed), by_start);
	for (at = 1; at < nr; at++)
		if (placed[at].range.start_pfn < placed[at - 1].range.end_pfn)
			usage_error(
				"%s: memory of nodes %u and %u overlaps at byte %lu",
				path, placed[at - 1].node, placed[at].node,
				placed[at].range.start_pfn << PAGE_SHIFT);
	free(placed);
}

static void load_nodes(struct machine *machine, const char *path, json_t *root)
{
	static const char *const keys[] = { "count",	 "cpus",
					    "mem_bytes", "ranges",
					    "costs",	 "early_end_bytes",
					    "source",	 NULL };
	json_t *nodes = json_object_get(root, "nodes"), *entry;
	unsigned long pfn = 256, cpus = 0;
	unsigned int nr = 0, at = 0, i;
	char where[32];
	size_t n;

	if (!json_is_array(nodes) || !json_array_size(nodes))
		usage_error("%s: \"nodes\": want a list with at least one node",
			    path);
	json_array_foreach(nodes, n, entry) {
		json_t *count = json_object_get(entry, "count");

		snprintf(where, sizeof(where), "node entry %zu", n);
		machine_json_keys(path, where, entry, keys);
		nr += count ? machine_json_count(path, where, "count", count, 1,
						 MACHINE_MAX_NODES) :
			      1;
		if (nr > MACHINE_MAX_NODES)
			usage_error("%s: more than %u nodes", path,
				    MACHINE_MAX_NODES);
	}
	machine->topology = topology_from_nodes(path, nr);
	json_array_foreach(nodes, n, entry) {
		json_t *ranges = json_object_get(entry, "ranges");
		json_t *mem = json_object_get(entry, "mem_bytes");
		unsigned int count = 1;

		snprintf(where, sizeof(where), "node entry %zu", n);
		if (json_object_get(entry, "count"))
			count = json_number_value(
				json_object_get(entry, "count"));
		if (!ranges == !mem || (ranges && count > 1))
			usage_error(
				"%s: %s: want either \"mem_bytes\" or, for a single node, \"ranges\"",
				path, where);
		for (i = 0; i < count; i++, at++) {
			struct topology_node *node =
				&machine->topology->nodes[at];

			node->nr_cpus =
				machine_json_count(path, where, "cpus",
						   json_object_get(entry,
								   "cpus"),
						   0, MACHINE_MAX_CPUS);
			cpus += node->nr_cpus;
			if (ranges) {
				load_ranges(path, where, node, ranges);
			} else if (whole_pages(path, where, "mem_bytes", mem)) {
				node->nr_ranges = 1;
				node->ranges[0].start_pfn = pfn;
				node->ranges[0].end_pfn =
					pfn + whole_pages(path, where,
							  "mem_bytes", mem);
			}
			if (node->nr_ranges)
				pfn = max(pfn, node->ranges[node->nr_ranges - 1]
						       .end_pfn);
		}
	}
	check_overlap(machine->topology, path);
	machine->topology->end_pfn = pfn;
	if (!cpus || cpus > MACHINE_MAX_CPUS)
		usage_error("%s: %lu CPUs; want 1 to %u", path, cpus,
			    MACHINE_MAX_CPUS);
	if (pfn > MAX_END_PFN)
		usage_error("%s: memory ends above 1 PiB", path);
}

/**
 * machine_json_label - what a number rests on
 * @path: for messages
 * @where: the same
 * @value: the label's name
 *
 * Return: the label.
 */
enum machine_label machine_json_label(const char *path, const char *where,
				      const json_t *value)
{
	const char *text = json_string_value(value);
	unsigned int i;

	for (i = 0; text && i < MACHINE_NR_LABELS; i++)
		if (!strcmp(machine_labels[i], text))
			return i;
	usage_error(
		"%s: %s: label \"%s\": want measured, calibrated, datasheet, derived or default",
		path, where, text ? text : "");
}

/* A number, or an object of a number, its label and its source. */
static double load_cost(const char *path, const char *where, const char *key,
			json_t *value, enum machine_label *label,
			const char **source)
{
	static const char *const keys[] = { "value", "label", "source", NULL };
	json_t *text;

	/* Who does not say where a number comes from cannot call it calibrated. */
	*label = MACHINE_DEFAULT;
	*source = "not said";
	if (json_is_object(value)) {
		machine_json_keys(path, key, value, keys);
		text = json_object_get(value, "source");
		if (text && !json_is_string(text))
			usage_error("%s: %s: \"%s\": \"source\": want a text",
				    path, where, key);
		if (text)
			*source = json_string_value(text);
		if (json_object_get(value, "label"))
			*label = machine_json_label(path, key,
						    json_object_get(value,
								    "label"));
		value = json_object_get(value, "value");
	}
	return machine_json_number(path, where, key, value, 0, 1e18);
}

static void load_machine_cost(struct machine *machine, const char *path,
			      const char *key, json_t *value)
{
	enum machine_label label;
	const char *source;
	unsigned int i;
	double number;

	for (i = 0; i < MACHINE_NR_COSTS && strcmp(machine_cost_name(i), key);
	     i++)
		;
	if (i == MACHINE_NR_COSTS)
		usage_error(
			"%s: costs: unknown key \"%s\"; 'memmap machine show' lists all of them",
			path, key);
	number = load_cost(path, "costs", key, value, &label, &source);
	if (number <= 0 && !machine_cost_may_be_0(i))
		usage_error("%s: costs: \"%s\": want a number above 0", path,
			    key);
	machine_set_cost(machine, i, number, label, source);
}

static void load_node_own(struct machine *machine, const char *path,
			  const char *where, unsigned int node, json_t *entry)
{
	json_t *costs = json_object_get(entry, "costs");
	json_t *early = json_object_get(entry, "early_end_bytes");
	enum machine_label label;
	const char *key, *source;
	unsigned int i;
	json_t *value;
	double number;

	if (costs && !json_is_object(costs))
		usage_error("%s: %s: \"costs\": want an object in braces", path,
			    where);
	json_object_foreach(costs, key, value) {
		for (i = 0; i < MACHINE_NR_NODE_COSTS &&
			    strcmp(machine_node_cost_name(i), key);
		     i++)
			;
		if (i == MACHINE_NR_NODE_COSTS)
			usage_error(
				"%s: %s: costs: unknown key \"%s\"; a node may have its own %s, %s, %s and %s",
				path, where, key, machine_node_cost_name(0),
				machine_node_cost_name(1),
				machine_node_cost_name(2),
				machine_node_cost_name(3));
		number = load_cost(path, where, key, value, &label, &source);
		machine_set_node(machine, node, i, number, label, source);
	}
	if (early)
		machine_node(machine, node)->early_end_pfn =
			whole_pages(path, where, "early_end_bytes", early);
}

/**
 * machine_load_json - read a machine file
 * @machine: costs set to the defaults
 * @path: the file
 */
void machine_load_json(struct machine *machine, const char *path)
{
	static const char *const keys[] = {
		"schema_version", "name",  "source",	  "notes",
		"nodes",	  "costs", "early_bytes", "early",
		"reserved",	  "links", NULL
	};
	json_t *root, *nodes, *costs, *value, *early;
	json_error_t error;
	unsigned int count, at = 0;
	const char *key, *text;
	char where[32];
	size_t i;

	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		usage_error("%s:%d: %s", path, error.line > 0 ? error.line : 1,
			    error.text);
	machine_json_keys(path, "machine", root, keys);
	value = json_object_get(root, "schema_version");
	if (value && json_integer_value(value) != 1)
		usage_error(
			"%s: \"schema_version\": want 1, which is all that this program knows",
			path);
	load_nodes(machine, path, root);
	nodes = json_object_get(root, "nodes");
	text = json_string_value(json_object_get(root, "name"));
	if (!text)
		usage_error("%s: \"name\": want a text", path);
	free(machine->topology->name);
	machine->topology->name = strdup(text);
	text = json_string_value(json_object_get(root, "source"));
	machine->source = strdup(text ? text : "not said");
	text = json_string_value(json_object_get(root, "notes"));
	machine->notes = text ? strdup(text) : NULL;
	early = json_object_get(root, "early_bytes");
	if (early)
		machine->costs.early_bytes = whole_pages(path, "machine",
							 "early_bytes", early) *
					     PAGE_SIZE;
	costs = json_object_get(root, "costs");
	if (costs && !json_is_object(costs))
		usage_error("%s: \"costs\": want an object in braces", path);
	json_object_foreach(costs, key, value)
		load_machine_cost(machine, path, key, value);
	for (i = 0; i < json_array_size(nodes); i++) {
		json_t *entry = json_array_get(nodes, i);

		snprintf(where, sizeof(where), "node entry %zu", i);
		count = json_number_value(json_object_get(entry, "count"));
		for (count = fmax(count, 1); count; count--)
			load_node_own(machine, path, where, at++, entry);
	}
	if (json_object_get(root, "links"))
		machine_load_links(machine, path,
				   json_object_get(root, "links"));
	machine_load_early(machine, path, root);
	json_decref(root);
}

static json_t *cost_json(double value, const struct machine_cost *cost)
{
	return json_pack("{sf ss ss}", "value", value, "label",
			 machine_labels[cost->label], "source",
			 cost->source ? cost->source : MACHINE_DEFAULT_SET);
}

static json_t *node_json(struct machine *machine, unsigned int n)
{
	const struct topology_node *node = &machine->topology->nodes[n];
	json_t *ranges = json_array(), *costs = json_object(), *entry;
	unsigned long early = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		json_array_append_new(
			ranges,
			json_pack("{sI sI}", "start_bytes",
				  (json_int_t)(node->ranges[i].start_pfn
					       << PAGE_SHIFT),
				  "bytes",
				  (json_int_t)((node->ranges[i].end_pfn -
						node->ranges[i].start_pfn)
					       << PAGE_SHIFT)));
	for (i = 0; machine->node_cost && i < MACHINE_NR_NODE_COSTS; i++) {
		double value = *machine_node_value(machine, n, i);

		if (value > 0)
			json_object_set_new(
				costs, machine_node_cost_name(i),
				cost_json(value,
					  &machine->node_cost
						   [n * MACHINE_NR_NODE_COSTS +
						    i]));
	}
	entry = json_pack("{si so so}", "cpus", (int)node->nr_cpus, "ranges",
			  ranges, "costs", costs);
	if (machine->costs.node && node->nr_ranges)
		early = min(machine->costs.node[n].early_end_pfn,
			    node->ranges[node->nr_ranges - 1].end_pfn);
	if (early)
		json_object_set_new(entry, "early_end_bytes",
				    json_integer(early << PAGE_SHIFT));
	return entry;
}

static json_t *point_json(const struct machine *machine, unsigned int point)
{
	unsigned int nr = machine->topology->nr_nodes;

	return point < nr ? json_integer(point) :
			    json_sprintf("switch %u", point - nr);
}

static json_t *links_json(const struct machine *machine)
{
	json_t *links = json_array();
	unsigned int i;

	for (i = 0; i < machine->costs.net.nr_links; i++) {
		const struct machine_link *link = &machine->costs.net.link[i];
		const struct machine_cost *cost = &machine->link_cost[i];

		json_array_append_new(links,
				      json_pack("{so so sf sf ss ss}", "from",
						point_json(machine, link->from),
						"to",
						point_json(machine, link->to),
						"bytes_per_s",
						link->bytes_per_s, "latency_ns",
						link->latency_ns, "label",
						machine_labels[cost->label],
						"source",
						cost->source ? cost->source :
							       "not said"));
	}
	return links;
}

/**
 * machine_write - as a machine file
 * @machine: the machine
 * @out: where
 */
void machine_write(struct machine *machine, FILE *out)
{
	json_t *nodes = json_array(), *costs = json_object(), *root;
	unsigned int i;

	for (i = 0; i < machine->topology->nr_nodes; i++)
		json_array_append_new(nodes, node_json(machine, i));
	for (i = 0; i < MACHINE_NR_COSTS; i++)
		json_object_set_new(costs, machine_cost_name(i),
				    cost_json(*machine_cost_value(machine, i),
					      &machine->cost[i]));
	root = json_pack("{si ss ss so so so sI}", "schema_version", 1, "name",
			 machine->topology->name, "source", machine->source,
			 "nodes", nodes, "links", links_json(machine), "costs",
			 costs, "early_bytes",
			 (json_int_t)machine->costs.early_bytes);
	if (machine->notes)
		json_object_set_new(root, "notes", json_string(machine->notes));
	json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(root);
}
