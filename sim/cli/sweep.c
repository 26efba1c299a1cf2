// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap sweep: one table over nodes, memory and strategies, and from what
 * size on which strategy wins.
 *
 * Points are JSON from the moment they are computed: those of one process and
 * those merged from many go the same way from there.
 */
#include <argp.h>
#include <ctype.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cmd.h"
#include "base/units.h"
#include "machine/machine.h"
#include "cli/report.h"
#include "model/simulation.h"

#define MAX_POINTS 64

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

/**
 * struct point - one machine of the sweep
 * @nodes: copies of the machine's first node; 0: the machine as it is
 * @mem: bytes
 * @result: by strategy
 */
struct point {
	unsigned int nodes;
	unsigned long mem;
	struct simulation_result result[8];
};

/* A crossover is looked for until it is known to this factor. */
#define CROSSOVER_FACTOR 1.01

static const struct argp_option argp_options[] = {
	{ "machine", 'm', "SPEC", 0,
	  "machine to sweep over sizes of memory; with --nodes its first node is repeated, without links; default: nodes of 32 CPUs, default costs",
	  0 },
	{ "nodes", 'n', "LIST", 0,
	  "numbers of nodes, such as 1,2,4,8; default: the machine's, without one 1,4,16,64,256",
	  0 },
	{ "mem", 's', "LIST", 0, "sizes of the machine, such as 64G,1T,16T", 0 },
	{ "jobs", 'j', NULL, 0,
	  "print one command a point instead, for GNU parallel or a Slurm job array",
	  0 },
	{ "merge", 'M', NULL, 0,
	  "arguments are JSON files of such jobs: one table of them; crossovers are then known between two points only",
	  0 },
	{ "format", 'f', "FORMAT", 0, "text or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of standard output",
	  0 },
	{ 0 }
};

static void parse_list(struct options *o, const char *option, char *arg,
		       bool bytes)
{
	char *save, *text;

	if (!arg[strspn(arg, ",")])
		usage_error("%s: an empty list; want numbers with commas between",
			    option);
	for (text = strtok_r(arg, ",", &save); text;
	     text = strtok_r(NULL, ",", &save)) {
		if (o->nr_mem == MAX_POINTS || o->nr_nodes == MAX_POINTS)
			usage_error("%s: at most %u entries", option,
				    MAX_POINTS - 1);
		if (!bytes)
			o->nodes[o->nr_nodes++] = cmd_parse_count(option, text,
								  1024);
		else if (!parse_bytes(text, &o->mem[o->nr_mem++]))
			usage_error(
				"%s '%s': want sizes from 4K to 1P, such as 64G,1T",
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
		o->output = cmd_output_check("--output", arg);
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The machine as it is, but for its memory, which is laid out anew. */
static struct topology *whole_topology(const struct machine *machine,
				       struct machine_costs *costs)
{
	const struct topology *from = machine->topology;
	struct topology *topology = topology_from_nodes(from->name,
							from->nr_nodes);
	unsigned int i;

	topology->page_shift = from->page_shift;
	for (i = 0; i < from->nr_nodes; i++) {
		topology->nodes[i].nr_cpus = from->nodes[i].nr_cpus;
		if (from->nodes[i].nr_ranges)
			topology_add_range(topology, i, 0,
					   topology_node_pages(&from->nodes[i]));
	}
	if (costs->node) {
		costs->node = calloc(from->nr_nodes, sizeof(*costs->node));
		if (!costs->node)
			abort();
	}
	for (i = 0; costs->node && i < from->nr_nodes; i++) {
		costs->node[i] = machine->costs.node[i];
		costs->node[i].early_end_pfn = 0;
	}
	return topology;
}

/* Copies of one node: there is no saying what joins them. */
static struct topology *copied_shape(const struct machine *machine,
				     struct machine_costs *costs,
				     unsigned int nodes)
{
	struct topology *topology = topology_from_nodes("sweep", nodes);
	unsigned int i;

	topology->page_shift = machine->topology->page_shift;
	costs->node = NULL;
	costs->net.nr_links = 0;
	for (i = 0; i < nodes; i++) {
		topology->nodes[i].nr_cpus = machine->topology->nodes[0].nr_cpus;
		topology_add_range(topology, i, 0, 1);
	}
	return topology;
}

static void run_point(const struct machine *machine, struct point *point)
{
	struct machine_costs costs = machine->costs;
	struct topology *topology =
		point->nodes ? copied_shape(machine, &costs, point->nodes) :
			       whole_topology(machine, &costs);
	struct memmap_param param;
	unsigned int i;

	topology_set_memory(topology, point->mem);
	for (i = 0; memmap_strategies[i]; i++) {
		memmap_param_default(&param);
		param.strategy = memmap_strategies[i];
		simulation_run(topology, &costs, &param, &point->result[i],
			       NULL, NULL);
	}
	topology_free(topology);
	free(costs.node);
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

static const char *winner_name(const struct point *point)
{
	return memmap_strategies[winner(point)]->name;
}

static json_t *point_json(const struct machine *machine,
			  const struct point *point)
{
	json_t *waits = json_object();
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++)
		json_object_set_new(waits, memmap_strategies[i]->name,
				    json_real(point->result[i].boot_wait_ns));
	return json_pack("{si sI ss so}", "nodes",
			 (int)(point->nodes ? point->nodes :
					      machine->topology->nr_nodes),
			 "mem_bytes", (json_int_t)point->mem, "winner",
			 winner_name(point), "boot_wait_ns", waits);
}

static json_int_t point_integer(const json_t *point, const char *key)
{
	return json_integer_value(json_object_get(point, key));
}

static const char *point_winner(const json_t *point)
{
	return json_string_value(json_object_get(point, "winner"));
}

static int by_nodes_and_mem(const void *a, const void *b)
{
	static const char *const keys[] = { "nodes", "mem_bytes" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		json_int_t x = point_integer(*(json_t *const *)a, keys[i]);
		json_int_t y = point_integer(*(json_t *const *)b, keys[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* In order, and what two files both have once. */
static json_t *points_sorted(json_t *points)
{
	size_t nr = json_array_size(points), i;
	json_t **point = calloc(nr ? nr : 1, sizeof(*point));
	json_t *sorted = json_array();

	if (!point)
		abort();
	for (i = 0; i < nr; i++)
		point[i] = json_array_get(points, i);
	qsort(point, nr, sizeof(*point), by_nodes_and_mem);
	for (i = 0; i < nr; i++)
		if (!i || !json_equal(point[i], point[i - 1]))
			json_array_append(sorted, point[i]);
	free(point);
	json_decref(points);
	return sorted;
}

/*
 * Between two neighbours with different winners lies the size from which on
 * the second one wins. With a @machine it is looked for by halving.
 */
static json_t *crossover(const struct machine *machine, bool whole,
			 const json_t *below, const json_t *from)
{
	double low = point_integer(below, "mem_bytes");
	double high = point_integer(from, "mem_bytes");
	const char *wins = point_winner(from);

	while (machine && high > low * CROSSOVER_FACTOR &&
	       high - low > MEMMAP_BLOCK_PAGES << PAGE_SHIFT) {
		struct point point = {
			.nodes = whole ? 0 : point_integer(from, "nodes"),
			.mem = low / 2 + high / 2,
		};

		run_point(machine, &point);
		if (strcmp(winner_name(&point), wins))
			low = point.mem;
		else
			high = point.mem;
	}
	return json_pack("{sI ss ss sI sI}", "nodes",
			 point_integer(from, "nodes"), "from",
			 point_winner(below), "to", wins, "above_mem_bytes",
			 (json_int_t)low, "mem_bytes", (json_int_t)high);
}

static json_t *crossovers(const struct machine *machine, bool whole,
			  json_t *points)
{
	size_t nr = json_array_size(points), i;
	json_t **found = calloc(nr ? nr : 1, sizeof(*found));
	json_t *all = json_array();

	if (!found)
		abort();
#pragma omp parallel for schedule(dynamic)
	for (i = 1; i < nr; i++) {
		json_t *below = json_array_get(points, i - 1);
		json_t *from = json_array_get(points, i);

		if (point_integer(below, "nodes") ==
			    point_integer(from, "nodes") &&
		    strcmp(point_winner(below), point_winner(from)))
			found[i] = crossover(machine, whole, below, from);
	}
	for (i = 0; i < nr; i++)
		if (found[i])
			json_array_append_new(all, found[i]);
	free(found);
	return all;
}

static void print_table(json_t *points, json_t *all, const char *name,
			const char *label, const char *note, FILE *out)
{
	json_t *point, *waits;
	unsigned int i;
	size_t n;

	fprintf(out, "%s: until boot goes on, ms; %s\n%s\n%6s %10s", name,
		label, note, "nodes", "GiB");
	for (i = 0; memmap_strategies[i]; i++)
		fprintf(out, " %11s", memmap_strategies[i]->name);
	fprintf(out, "  wins of those that wait\n");
	json_array_foreach(points, n, point) {
		waits = json_object_get(point, "boot_wait_ns");
		fprintf(out, "%6lld %10.4g", point_integer(point, "nodes"),
			point_integer(point, "mem_bytes") / 0x1p30);
		for (i = 0; memmap_strategies[i]; i++)
			fprintf(out, " %11.3f",
				json_number_value(
					json_object_get(waits,
							memmap_strategies[i]
								->name)) /
					1e6);
		fprintf(out, "  %s\n", point_winner(point));
	}
	fprintf(out,
		"\nasync and ondemand never make boot wait. Crossovers of the others:\n");
	json_array_foreach(all, n, point)
		fprintf(out,
			"%6lld nodes: %s up to %.4g GiB, %s from %.4g GiB on\n",
			point_integer(point, "nodes"),
			json_string_value(json_object_get(point, "from")),
			point_integer(point, "above_mem_bytes") / 0x1p30,
			json_string_value(json_object_get(point, "to")),
			point_integer(point, "mem_bytes") / 0x1p30);
	if (!json_array_size(all))
		fprintf(out, "none: the same strategy wins at all sizes\n");
}

/* Takes @points over. @machine: NULL if they come from files. */
static void print(const struct options *o, const struct machine *machine,
		  const char *name, json_t *points, const char *label)
{
	bool whole = !o->nr_nodes;
	const char *note =
		machine && !whole && machine->costs.net.nr_links ?
			"Copies of the machine's first node; its links are left out.\n" :
			"";
	FILE *out = cmd_output(o->output);
	json_t *all, *root;

	points = points_sorted(points);
	all = crossovers(machine, whole, points);
	if (o->format == REPORT_JSON) {
		root = json_pack("{si ss ss sO sO}", "schema_version", 1,
				 "label", label, "machine", name, "points",
				 points, "crossovers", all);
		json_dumpf(root, out, JSON_INDENT(2));
		fputc('\n', out);
		json_decref(root);
	} else {
		print_table(points, all, name, label, note, out);
	}
	json_decref(points);
	json_decref(all);
	cmd_output_close(out, o->output);
}

static void check_point(const char *path, size_t n, const json_t *point)
{
	json_t *waits = json_object_get(point, "boot_wait_ns");
	unsigned int i;

	if (point_integer(point, "nodes") <= 0 ||
	    point_integer(point, "mem_bytes") <= 0 || !point_winner(point))
		usage_error(
			"%s: point %zu lacks nodes, mem_bytes or winner; want the output of 'memmap sweep --format json'",
			path, n + 1);
	for (i = 0; memmap_strategies[i]; i++)
		if (!json_is_number(
			    json_object_get(waits, memmap_strategies[i]->name)))
			usage_error(
				"%s: point %zu has no boot_wait_ns of %s; want the output of 'memmap sweep --format json'",
				path, n + 1, memmap_strategies[i]->name);
}

/* A point that two files have is one point, if they agree. */
static void add_point(json_t *points, const char *path, size_t n, json_t *point)
{
	json_t *other;
	size_t i;

	json_array_foreach(points, i, other) {
		if (json_equal(other, point))
			return;
		if (json_equal(json_object_get(other, "nodes"),
			       json_object_get(point, "nodes")) &&
		    json_equal(json_object_get(other, "mem_bytes"),
			       json_object_get(point, "mem_bytes")))
			usage_error(
				"%s: point %zu: another file has other times for the same nodes and memory; keep one of them",
				path, n + 1);
	}
	json_array_append(points, point);
}

static int merge(const struct options *o)
{
	json_t *points = json_array(), *root, *part, *point, *name = NULL;
	json_t *calibrated = json_string("calibrated");
	const char *label = "calibrated";
	json_error_t error;
	unsigned int i;
	size_t n;

	if (!o->files || !*o->files)
		usage_error(
			"--merge: want the JSON files of 'memmap sweep --format json' as arguments");
	for (i = 0; o->files[i]; i++) {
		root = json_load_file(o->files[i], 0, &error);
		if (!root)
			usage_error("%s:%d: %s", o->files[i], error.line,
				    error.text);
		part = json_object_get(root, "points");
		if (!json_is_array(part))
			usage_error(
				"%s: no \"points\" in it; want the output of 'memmap sweep --format json'",
				o->files[i]);
		if (!name)
			name = json_incref(json_object_get(root, "machine"));
		if (!json_is_string(name) ||
		    !json_equal(name, json_object_get(root, "machine")))
			usage_error(
				"%s: of another machine than %s; merge what belongs together",
				o->files[i], o->files[0]);
		json_array_foreach(part, n, point) {
			check_point(o->files[i], n, point);
			add_point(points, o->files[i], n, point);
		}
		/* All of it rests on what its weakest part rests on. */
		if (!json_equal(json_object_get(root, "label"), calibrated))
			label = "extrapolated";
		json_decref(root);
	}
	print(o, NULL, json_string_value(name), points, label);
	json_decref(name);
	json_decref(calibrated);
	return EXIT_SUCCESS;
}

/* As a shell reads it back. */
static void print_quoted(const char *text, FILE *out)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

/* A file of its own for each point of each machine. */
static void print_job_file(const struct options *o, unsigned int nodes,
			   unsigned long mem, FILE *out)
{
	const char *at;

	fprintf(out, "sweep-");
	for (at = o->machine; at && *at; at++)
		fputc(isalnum((unsigned char)*at) || *at == '.' ? *at : '-',
		      out);
	if (o->machine)
		fputc('-', out);
	if (o->nr_nodes)
		fprintf(out, "%un-", nodes);
	fprintf(out, "%luK.json", mem >> 10);
}

static void print_jobs(const struct options *o, FILE *out)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	unsigned int i, j;

	self[len > 0 ? len : 0] = '\0';

	for (i = 0; i < max(o->nr_nodes, 1U); i++)
		for (j = 0; j < o->nr_mem; j++) {
			print_quoted(len > 0 ? self : "memmap", out);
			fprintf(out,
				" sweep --mem %luK --format json --output ",
				o->mem[j] >> 10);
			print_job_file(o, o->nodes[i], o->mem[j], out);
			if (o->nr_nodes)
				fprintf(out, " --nodes %u", o->nodes[i]);
			if (o->machine) {
				fprintf(out, " --machine ");
				print_quoted(o->machine, out);
			}
			fprintf(out, "\n");
		}
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
	unsigned int i, nr, done = 0;
	struct machine machine;
	struct point *point;
	json_t *points;
	FILE *out;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.merge)
		return merge(&o);
	if (o.files && *o.files)
		usage_error("unexpected argument '%s'; files go with --merge",
			    *o.files);
	if (!o.nr_nodes && !o.machine)
		for (i = 1; i <= 256; i *= 4)
			o.nodes[o.nr_nodes++] = i;
	if (!o.nr_mem)
		for (; o.nr_mem < 6; o.nr_mem++)
			o.mem[o.nr_mem] = 4UL << 30 << 2 * o.nr_mem;
	if (o.jobs) {
		out = cmd_output(o.output);
		print_jobs(&o, out);
		cmd_output_close(out, o.output);
		return EXIT_SUCCESS;
	}

	cmd_machine(&machine,
		    o.machine ? o.machine : "[numa(memory=1GiB)] core:32 pu:1",
		    NULL);
	nr = max(o.nr_nodes, 1U) * o.nr_mem;
	point = calloc(nr, sizeof(*point));
	if (!point)
		abort();
#pragma omp parallel for schedule(dynamic)
	for (i = 0; i < nr; i++) {
#pragma omp critical
		cmd_progress("points", done++, nr);
		point[i].nodes = o.nodes[i / o.nr_mem];
		point[i].mem = o.mem[i % o.nr_mem];
		run_point(&machine, &point[i]);
	}
	cmd_progress("", 1, 1);
	points = json_array();
	for (i = 0; i < nr; i++)
		json_array_append_new(points, point_json(&machine, &point[i]));
	print(&o, &machine, machine.topology->name, points,
	      machine_label(&machine));
	machine_free(&machine);
	free(point);
	return EXIT_SUCCESS;
}
