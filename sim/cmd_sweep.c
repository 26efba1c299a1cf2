// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap sweep: one table over nodes, memory and strategies, and from what
 * size on which strategy wins.
 */
#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "machine.h"
#include "report.h"
#include "topology.h"

#define MAX_POINTS	64

struct options {
	const char *machine;
	const char *output;
	enum report_format format;
	unsigned int nodes[MAX_POINTS];
	unsigned int nr_nodes;
	unsigned long mem[MAX_POINTS];
	unsigned int nr_mem;
	bool jobs;
	bool merge;
	char **files;
};

struct point {
	unsigned int nodes;
	unsigned long mem;
	struct virtual_result result[8];
};

static const struct argp_option argp_options[] = {
	{ "machine", 'm', "SPEC", 0,
	  "machine whose first node is repeated; default: 32 CPUs a node, default costs", 0 },
	{ "nodes", 'n', "LIST", 0, "numbers of nodes, such as 1,2,4,8", 0 },
	{ "mem", 's', "LIST", 0, "sizes of the machine, such as 64G,1T,16T", 0 },
	{ "jobs", 'j', NULL, 0,
	  "print one command a point instead, for GNU parallel or a Slurm job array", 0 },
	{ "merge", 'M', NULL, 0, "arguments are JSON files of such jobs: one table of them", 0 },
	{ "format", 'f', "FORMAT", 0, "text or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of standard output", 0 },
	{ 0 }
};

static void parse_list(struct options *o, const char *option, char *arg,
		       bool bytes)
{
	char *save, *text;

	for (text = strtok_r(arg, ",", &save); text;
	     text = strtok_r(NULL, ",", &save)) {
		if (o->nr_mem == MAX_POINTS || o->nr_nodes == MAX_POINTS)
			usage_error("%s: at most %u entries", option,
				    MAX_POINTS - 1);
		if (!bytes)
			o->nodes[o->nr_nodes++] =
				cmd_parse_count(option, text, 1024);
		else if (!parse_bytes(text, &o->mem[o->nr_mem++]))
			usage_error("%s '%s': want sizes from 4K to 1P, such as 64G,1T",
				    option, text);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
		o->machine = arg;
		return 0;
	case 'n':
		parse_list(o, "--nodes", arg, false);
		return 0;
	case 's':
		parse_list(o, "--mem", arg, true);
		return 0;
	case 'j':
		o->jobs = true;
		return 0;
	case 'M':
		o->merge = true;
		return 0;
	case 'f':
		if (!report_format_parse(arg, &o->format) ||
		    o->format == REPORT_CSV)
			usage_error("--format '%s': want text or json", arg);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void run_point(const struct options *o, const struct machine *machine,
		      struct point *point)
{
	struct host_shape *shape = shape_from_nodes("sweep", point->nodes);
	struct virtual_costs costs = machine->costs;
	struct memmap_param param;
	unsigned int i;

	/* Made of copies of one node, so there is no saying what joins them. */
	costs.node = NULL;
	costs.net.nr_links = 0;
	for (i = 0; i < point->nodes; i++) {
		shape->nodes[i].nr_cpus = machine->shape->nodes[0].nr_cpus;
		shape->nodes[i].nr_ranges = 1;
		shape->nodes[i].ranges[0] = (struct host_range) { 0, 1 };
	}
	shape_set_memory(shape, point->mem);
	for (i = 0; memmap_strategies[i]; i++) {
		memmap_param_default(&param);
		param.strategy = memmap_strategies[i];
		virtual_run(shape, &costs, &param, &point->result[i],
			    NULL, NULL);
	}
	shape_free(shape);
}

/* The strategy whose boot waits least, of those that leave nothing for later. */
static unsigned int winner(const struct point *point)
{
	unsigned int i, best = 0;

	for (i = 1; memmap_strategies[i]; i++)
		if ((memmap_strategies[i]->flags & MEMMAP_WAITS) &&
		    point->result[i].boot_wait_ns <
		    point->result[best].boot_wait_ns)
			best = i;
	return best;
}

static json_t *point_json(const struct point *point)
{
	json_t *waits = json_object();
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++)
		json_object_set_new(waits, memmap_strategies[i]->name,
				    json_real(point->result[i].boot_wait_ns));
	return json_pack("{si sI ss so}", "nodes", (int)point->nodes,
			 "mem_bytes", (json_int_t)point->mem, "winner",
			 memmap_strategies[winner(point)]->name,
			 "boot_wait_ns", waits);
}

static void print_table(json_t *points, const char *label, FILE *out)
{
	const char *last = NULL;
	json_int_t last_nodes = -1;
	json_t *point;
	unsigned int i;
	size_t n;

	fprintf(out, "until boot goes on, ms; %s\n\n%6s %10s", label, "nodes",
		"GiB");
	for (i = 0; memmap_strategies[i]; i++)
		fprintf(out, " %11s", memmap_strategies[i]->name);
	fprintf(out, "  wins of those that wait\n");
	json_array_foreach(points, n, point) {
		json_int_t nodes = json_integer_value(json_object_get(point, "nodes"));
		json_t *waits = json_object_get(point, "boot_wait_ns");
		const char *wins =
			json_string_value(json_object_get(point, "winner"));

		fprintf(out, "%6lld %10.4g", nodes,
			json_integer_value(json_object_get(point, "mem_bytes")) /
			0x1p30);
		for (i = 0; memmap_strategies[i]; i++)
			fprintf(out, " %11.3f", json_number_value(
				json_object_get(waits,
						memmap_strategies[i]->name)) / 1e6);
		fprintf(out, "  %s%s\n", wins,
			nodes == last_nodes && last && strcmp(last, wins) ?
			"  <- from here on" : "");
		last = wins;
		last_nodes = nodes;
	}
}

static void print(const struct options *o, json_t *points, const char *label)
{
	FILE *out = cmd_output(o->output);

	if (o->format == REPORT_JSON) {
		json_t *root = json_pack("{si ss sO}", "schema_version", 1,
					 "label", label, "points", points);

		json_dumpf(root, out, JSON_INDENT(2));
		fputc('\n', out);
		json_decref(root);
	} else {
		print_table(points, label, out);
	}
	cmd_output_close(out, o->output);
}

static int merge(const struct options *o)
{
	json_t *points = json_array(), *root, *part;
	json_error_t error;
	unsigned int i;

	if (!o->files || !*o->files)
		usage_error("--merge: want the JSON files of 'memmap sweep --format json' as arguments");
	for (i = 0; o->files[i]; i++) {
		root = json_load_file(o->files[i], 0, &error);
		if (!root)
			usage_error("%s:%d: %s", o->files[i], error.line,
				    error.text);
		part = json_object_get(root, "points");
		if (!json_is_array(part))
			usage_error("%s: no \"points\" in it; want the output of 'memmap sweep --format json'",
				    o->files[i]);
		json_array_extend(points, part);
		json_decref(root);
	}
	print(o, points, "merged");
	json_decref(points);
	return EXIT_SUCCESS;
}

static int print_jobs(const struct options *o)
{
	unsigned int i, j;

	for (i = 0; i < o->nr_nodes; i++)
		for (j = 0; j < o->nr_mem; j++) {
			printf("memmap sweep --nodes %u --mem %luK --format json --output sweep-%u-%lu.json",
			       o->nodes[i], o->mem[j] >> 10, o->nodes[i],
			       o->mem[j] >> 30);
			if (o->machine)
				printf(" --machine '%s'", o->machine);
			printf("\n");
		}
	return EXIT_SUCCESS;
}

int cmd_sweep(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "[FILE.json...]",
		.doc = "Predict all strategies over numbers of nodes and sizes of memory; print who wins and from what size on.",
	};
	struct options o = { .machine = NULL };
	unsigned int i, nr;
	struct machine machine;
	struct point *point;
	json_t *points;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.merge)
		return merge(&o);
	if (o.files && *o.files)
		usage_error("unexpected argument '%s'; files go with --merge",
			    *o.files);
	if (!o.nr_nodes)
		for (i = 1; i <= 256; i *= 4)
			o.nodes[o.nr_nodes++] = i;
	if (!o.nr_mem)
		for (; o.nr_mem < 6; o.nr_mem++)
			o.mem[o.nr_mem] = 4UL << 30 << 2 * o.nr_mem;
	if (o.jobs)
		return print_jobs(&o);

	machine_load(&machine, o.machine ? o.machine :
		     "[numa(memory=1GiB)] core:32 pu:1", NULL);
	nr = o.nr_nodes * o.nr_mem;
	point = calloc(nr, sizeof(*point));
	if (!point)
		abort();
#pragma omp parallel for schedule(dynamic)
	for (i = 0; i < nr; i++) {
		point[i].nodes = o.nodes[i / o.nr_mem];
		point[i].mem = o.mem[i % o.nr_mem];
		run_point(&o, &machine, &point[i]);
	}
	points = json_array();
	for (i = 0; i < nr; i++)
		json_array_append_new(points, point_json(&point[i]));
	print(&o, points, machine_label(&machine));
	json_decref(points);
	machine_free(&machine);
	free(point);
	return EXIT_SUCCESS;
}
