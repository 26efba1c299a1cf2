// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine files: nodes, memory, and what things cost, each number with where
 * it comes from. A number that is not given is derived from those that are or
 * taken from a default set, and labelled so.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "machine.h"

#define MAX_NODES	1024U
#define MAX_CPUS	65536U
#define MAX_END_PFN	(1UL << 46 >> PAGE_SHIFT << 4)

/*
 * A two-socket server of the years 2017 to 2020, from Jordan's 2020 series
 * (sim/data/published.csv, skylake-8167m): one thread 1717.7 ms for 100663296
 * pages is 17.1 ns a page in two passes; 138 ms on all threads is 46.7 GB/s of
 * payload. Ordinary and non-temporal stores in one pass: 8.8 and 3.6 of 10.2
 * ns, measured on a 2-core Xeon. The small costs are orders of magnitude.
 */
static const struct virtual_costs default_costs = {
	.page_ns = { 14.7, 6.0 },
	.mainline_ns = 17.1,
	.node_bytes_per_s = { 46.7e9, 85e9 },
	.mainline_bytes_per_s = 46.7e9,
	.remote_factor = 1.6,
	.lines_in_flight = 10,
	.ipi_ns = 2000,
	.wakeup_ns = 20000,
	.migrate_ns = 50000,
	.lock_ns = 1000,
	.pull_ns = 300,
	.fault_ns = 0,
	.early_bytes = 128UL << 20,
};

#define CACHED_RATIO	(8.8 / 10.2)
#define NT_RATIO	(3.6 / 10.2)

enum { PAGE_CACHED, PAGE_NT, MAINLINE, NODE_CACHED, NODE_NT, NODE_MAINLINE,
       REMOTE, IPI, WAKEUP, MIGRATE, LOCK, PULL, FAULT, NR_COSTS };

static const struct {
	const char *name;
	size_t offset;
} cost_table[] = {
	[PAGE_CACHED] = { "page_cached_ns", offsetof(struct virtual_costs, page_ns[0]) },
	[PAGE_NT] = { "page_nt_ns", offsetof(struct virtual_costs, page_ns[1]) },
	[MAINLINE] = { "page_mainline_ns", offsetof(struct virtual_costs, mainline_ns) },
	[NODE_CACHED] = { "node_cached_bytes_per_s",
			  offsetof(struct virtual_costs, node_bytes_per_s[0]) },
	[NODE_NT] = { "node_nt_bytes_per_s",
		      offsetof(struct virtual_costs, node_bytes_per_s[1]) },
	[NODE_MAINLINE] = { "node_mainline_bytes_per_s",
			    offsetof(struct virtual_costs, mainline_bytes_per_s) },
	[REMOTE] = { "remote_factor", offsetof(struct virtual_costs, remote_factor) },
	[IPI] = { "ipi_ns", offsetof(struct virtual_costs, ipi_ns) },
	[WAKEUP] = { "wakeup_ns", offsetof(struct virtual_costs, wakeup_ns) },
	[MIGRATE] = { "migrate_ns", offsetof(struct virtual_costs, migrate_ns) },
	[LOCK] = { "lock_ns", offsetof(struct virtual_costs, lock_ns) },
	[PULL] = { "pull_ns", offsetof(struct virtual_costs, pull_ns) },
	[FAULT] = { "fault_ns", offsetof(struct virtual_costs, fault_ns) },
};

static const char *const label_names[] = {
	[MACHINE_DEFAULT] = "default",
	[MACHINE_DATASHEET] = "datasheet",
	[MACHINE_CALIBRATED] = "calibrated",
	[MACHINE_MEASURED] = "measured",
};

double *machine_cost_value(struct machine *machine, unsigned int i)
{
	return (double *)((char *)&machine->costs + cost_table[i].offset);
}

const char *machine_cost_name(unsigned int i)
{
	return i < NR_COSTS ? cost_table[i].name : NULL;
}

static void set_cost(struct machine *machine, unsigned int i, double value,
		     enum machine_label label, const char *source)
{
	*machine_cost_value(machine, i) = value;
	machine->cost[i].label = label;
	free(machine->cost[i].source);
	machine->cost[i].source = source ? strdup(source) : NULL;
}

/**
 * machine_set - give a cost a value
 * @machine: the machine
 * @name: of the cost; must exist
 * @value: in the unit of its name
 * @label: what it rests on
 * @source: in words
 */
void machine_set(struct machine *machine, const char *name, double value,
		 enum machine_label label, const char *source)
{
	unsigned int i;

	for (i = 0; i < NR_COSTS; i++)
		if (!strcmp(cost_table[i].name, name))
			set_cost(machine, i, value, label, source);
}

static double need_number(const char *path, const char *where, const char *key,
			  const json_t *value, double least, double most)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || !(number >= least) || !(number <= most))
		usage_error("%s: %s: \"%s\": want a number from %g to %g", path,
			    where, key, least, most);
	return number;
}

static void known_keys(const char *path, const char *where, json_t *object,
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
			usage_error("%s: %s: unknown key \"%s\"; check its spelling, or put it into \"notes\"",
				    path, where, key);
	}
}

static unsigned long whole_pages(const char *path, const char *where,
				 const char *key, const json_t *value)
{
	double bytes = need_number(path, where, key, value, 0, 0x1p50);

	if (fmod(bytes, PAGE_SIZE))
		usage_error("%s: %s: \"%s\": %.0f is not a multiple of 4096",
			    path, where, key, bytes);
	return bytes / PAGE_SIZE;
}

static void load_ranges(const char *path, const char *where,
			struct host_node *node, json_t *ranges)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	unsigned long last = 0;
	json_t *range;
	size_t i;

	if (!json_is_array(ranges) || json_array_size(ranges) > HOST_MAX_RANGES)
		usage_error("%s: %s: \"ranges\": want a list of at most %u",
			    path, where, HOST_MAX_RANGES);
	json_array_foreach(ranges, i, range) {
		struct host_range *r = &node->ranges[node->nr_ranges++];

		known_keys(path, where, range, keys);
		r->start_pfn = whole_pages(path, where, "start_bytes",
					   json_object_get(range, "start_bytes"));
		r->end_pfn = r->start_pfn +
			     whole_pages(path, where, "bytes",
					 json_object_get(range, "bytes"));
		if (r->start_pfn < last || r->start_pfn == r->end_pfn)
			usage_error("%s: %s: range %zu is empty, overlaps the one before it, or is out of order",
				    path, where, i);
		last = r->end_pfn;
	}
}

static void load_nodes(struct machine *machine, const char *path, json_t *root)
{
	static const char *const keys[] = {
		"count", "cpus", "mem_bytes", "ranges", "source", NULL
	};
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
		known_keys(path, where, entry, keys);
		nr += count ? need_number(path, where, "count", count, 1,
					  MAX_NODES) : 1;
		if (nr > MAX_NODES)
			usage_error("%s: more than %u nodes", path, MAX_NODES);
	}
	machine->shape = shape_from_nodes(path, nr);
	json_array_foreach(nodes, n, entry) {
		json_t *ranges = json_object_get(entry, "ranges");
		json_t *mem = json_object_get(entry, "mem_bytes");
		unsigned int count = 1;

		snprintf(where, sizeof(where), "node entry %zu", n);
		if (json_object_get(entry, "count"))
			count = json_number_value(json_object_get(entry, "count"));
		if (!ranges == !mem || (ranges && count > 1))
			usage_error("%s: %s: want either \"mem_bytes\" or, for a single node, \"ranges\"",
				    path, where);
		for (i = 0; i < count; i++, at++) {
			struct host_node *node = &machine->shape->nodes[at];

			node->nr_cpus = need_number(path, where, "cpus",
				json_object_get(entry, "cpus"), 0, MAX_CPUS);
			cpus += node->nr_cpus;
			if (ranges) {
				load_ranges(path, where, node, ranges);
				if (node->nr_ranges && node->ranges[0].start_pfn < pfn &&
				    pfn > 256)
					usage_error("%s: %s: its memory begins below the end of the node before it",
						    path, where);
			} else if (whole_pages(path, where, "mem_bytes", mem)) {
				node->nr_ranges = 1;
				node->ranges[0].start_pfn = pfn;
				node->ranges[0].end_pfn = pfn +
					whole_pages(path, where, "mem_bytes", mem);
			}
			if (node->nr_ranges)
				pfn = node->ranges[node->nr_ranges - 1].end_pfn;
		}
	}
	machine->shape->end_pfn = pfn;
	if (!cpus || cpus > MAX_CPUS)
		usage_error("%s: %lu CPUs; want 1 to %u", path, cpus, MAX_CPUS);
	if (pfn > MAX_END_PFN)
		usage_error("%s: memory ends above 1 PiB", path);
}

static void load_cost(struct machine *machine, const char *path,
		      const char *key, json_t *value)
{
	static const char *const keys[] = { "value", "label", "source", NULL };
	enum machine_label label = MACHINE_CALIBRATED;
	const char *text, *source = NULL;
	unsigned int i, j;
	double number;

	for (i = 0; i < NR_COSTS && strcmp(cost_table[i].name, key); i++)
		;
	if (i == NR_COSTS)
		usage_error("%s: costs: unknown key \"%s\"; 'memmap machine show' lists all of them",
			    path, key);
	if (json_is_object(value)) {
		known_keys(path, key, value, keys);
		source = json_string_value(json_object_get(value, "source"));
		text = json_string_value(json_object_get(value, "label"));
		for (j = 0; text && j < ARRAY_SIZE(label_names) &&
		     strcmp(label_names[j], text); j++)
			;
		if (text && j == ARRAY_SIZE(label_names))
			usage_error("%s: costs: \"%s\": label \"%s\": want measured, calibrated, datasheet or default",
				    path, key, text);
		if (text)
			label = j;
		value = json_object_get(value, "value");
	}
	number = need_number(path, "costs", key, value, 0, 1e18);
	if (number <= 0 && i <= REMOTE)
		usage_error("%s: costs: \"%s\": want a number above 0", path,
			    key);
	set_cost(machine, i, number, label, source);
}

/* What follows from what is given, where it is not given itself. */
static void derive(struct machine *machine, unsigned int to, unsigned int from,
		   double factor, const char *why)
{
	if (machine->cost[to].label == MACHINE_DEFAULT &&
	    !machine->cost[to].source &&
	    machine->cost[from].label != MACHINE_DEFAULT)
		set_cost(machine, to, factor * *machine_cost_value(machine, from),
			 MACHINE_DATASHEET, why);
}

static void derive_costs(struct machine *machine)
{
	static const char ratio[] =
		"from the other kinds of store, by the ratios 10.2 : 8.8 : 3.6 of a 2-core Xeon";
	static const char traffic[] =
		"from the other kinds of store: ordinary ones move each line twice";

	derive(machine, MAINLINE, PAGE_CACHED, 1 / CACHED_RATIO, ratio);
	derive(machine, PAGE_CACHED, MAINLINE, CACHED_RATIO, ratio);
	derive(machine, PAGE_NT, MAINLINE, NT_RATIO, ratio);
	derive(machine, NODE_CACHED, NODE_MAINLINE, 1, traffic);
	derive(machine, NODE_MAINLINE, NODE_CACHED, 1, traffic);
	derive(machine, NODE_NT, NODE_CACHED, 2, traffic);
}

static void machine_load_json(struct machine *machine, const char *path)
{
	static const char *const keys[] = {
		"schema_version", "name", "source", "notes", "nodes", "costs",
		"early_bytes", NULL
	};
	json_t *root, *costs, *value, *early;
	json_error_t error;
	const char *key, *text;

	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		usage_error("%s:%d: %s", path, error.line, error.text);
	known_keys(path, "machine", root, keys);
	load_nodes(machine, path, root);
	text = json_string_value(json_object_get(root, "name"));
	if (!text)
		usage_error("%s: \"name\": want a text", path);
	free(machine->shape->name);
	machine->shape->name = strdup(text);
	text = json_string_value(json_object_get(root, "source"));
	machine->source = strdup(text ? text : "not said");
	early = json_object_get(root, "early_bytes");
	if (early)
		machine->costs.early_bytes =
			whole_pages(path, "machine", "early_bytes", early) *
			PAGE_SIZE;
	costs = json_object_get(root, "costs");
	if (costs && !json_is_object(costs))
		usage_error("%s: \"costs\": want an object in braces", path);
	json_object_foreach(costs, key, value)
		load_cost(machine, path, key, value);
	json_decref(root);
}

/**
 * machine_load - a machine with its costs
 * @machine: the result
 * @spec: a JSON file, an hwloc XML file, a synthetic string; NULL: this host
 * @mem: memory to give it, NULL for what it has
 *
 * Bad input ends the process with status 2.
 */
void machine_load(struct machine *machine, const char *spec, const char *mem)
{
	size_t len = spec ? strlen(spec) : 0;

	memset(machine, 0, sizeof(*machine));
	machine->costs = default_costs;
	if (len > 5 && !strcmp(spec + len - 5, ".json")) {
		machine_load_json(machine, spec);
		cmd_shape_memory(machine->shape, mem);
	} else {
		machine->shape = cmd_shape(spec, mem);
		machine->source = strdup("topology only; costs from the default set");
	}
	derive_costs(machine);
}

/**
 * machine_label - what predictions for a machine rest on
 * @machine: the machine
 *
 * Return: "calibrated" if the costs of a page do, else "extrapolated".
 */
const char *machine_label(const struct machine *machine)
{
	return machine->cost[PAGE_CACHED].label >= MACHINE_CALIBRATED ||
	       machine->cost[MAINLINE].label >= MACHINE_CALIBRATED ?
		"calibrated" : "extrapolated";
}

static json_t *node_json(const struct host_node *node)
{
	json_t *ranges = json_array();
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		json_array_append_new(ranges, json_pack("{sI sI}",
			"start_bytes",
			(json_int_t)(node->ranges[i].start_pfn << PAGE_SHIFT),
			"bytes", (json_int_t)((node->ranges[i].end_pfn -
				 node->ranges[i].start_pfn) << PAGE_SHIFT)));
	return json_pack("{si so}", "cpus", (int)node->nr_cpus, "ranges", ranges);
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

	for (i = 0; i < machine->shape->nr_nodes; i++)
		json_array_append_new(nodes, node_json(&machine->shape->nodes[i]));
	for (i = 0; i < NR_COSTS; i++)
		json_object_set_new(costs, cost_table[i].name, json_pack(
			"{sf ss ss}",
			"value", *machine_cost_value(machine, i),
			"label", label_names[machine->cost[i].label],
			"source", machine->cost[i].source ?
			machine->cost[i].source : "default set"));
	root = json_pack("{si ss ss so sI so}", "schema_version", 1,
			 "name", machine->shape->name, "source", machine->source,
			 "nodes", nodes, "early_bytes",
			 (json_int_t)machine->costs.early_bytes, "costs", costs);
	json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(root);
}

/**
 * machine_show - for a reader
 * @machine: the machine
 * @out: where
 */
void machine_show(struct machine *machine, FILE *out)
{
	const struct host_shape *shape = machine->shape;
	unsigned int i, cpus = 0, bare = 0;

	for (i = 0; i < shape->nr_nodes; i++) {
		cpus += shape->nodes[i].nr_cpus;
		bare += !shape->nodes[i].nr_cpus;
	}
	fprintf(out, "%s\n  %s\n  %u nodes (%u without CPUs), %u CPUs, %.4g GiB\n",
		shape->name, machine->source, shape->nr_nodes, bare, cpus,
		shape_pages(shape) / 0x1p18);
	for (i = 0; i < NR_COSTS; i++)
		fprintf(out, "  %-26s %12.6g  %-10s %s\n", cost_table[i].name,
			*machine_cost_value(machine, i),
			label_names[machine->cost[i].label],
			machine->cost[i].source ? machine->cost[i].source :
			"default set");
}

/**
 * machine_free - the end of a machine
 * @machine: as loaded
 */
void machine_free(struct machine *machine)
{
	unsigned int i;

	shape_free(machine->shape);
	free(machine->source);
	for (i = 0; i < NR_COSTS; i++)
		free(machine->cost[i].source);
}
