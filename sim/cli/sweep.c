// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap sweep: one table over nodes, memory and strategies, and from what
 * size on which strategy wins.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/die.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/sweep.h"
#include "cli/verbs.h"

#define MAX_POINTS 64

/* What is swept over if no machine is named: nodes of 32 CPUs. */
#define DEFAULT_LOAD	"tenth"
#define DEFAULT_MACHINE "[numa(memory=1GiB)] core:32 pu:1"

/**
 * struct sweep - what is asked for
 * @options: the common options
 * @machine: the machine; not if points come from files
 * @nodes: copies of the machine's first node
 * @nr_nodes: how many of these; 0: the machine's own nodes
 * @mem: sizes in bytes
 * @nr_mem: how many
 * @spec: the load
 * @jobs: print commands
 * @merge: read files
 * @files: these; NULL behind the last
 * @point: per size, the result
 * @points: those that are complete; threads that were interrupted while they
 *	looked for crossovers may still read them
 */
struct sweep {
	struct options options;
	struct machine machine;
	unsigned int nodes[MAX_POINTS];
	unsigned int nr_nodes;
	unsigned long mem[MAX_POINTS];
	unsigned int nr_mem;
	struct load_spec spec;
	bool jobs;
	bool merge;
	char **files;
	json_t **point;
	json_t *points;
};

static const struct argp_option argp_options[] = {
	{ "nodes", 'n', "LIST", 0,
	  "numbers of nodes, such as 1,2,4,8: that many copies of the machine's first node, without links; default: the machine's nodes, without --machine 1,4,16,64,256",
	  0 },
	{ "mem", 's', "LIST", 0,
	  "sizes of the machine, such as 64G,1T,16T; default: 4G to 4T", 0 },
	{ "load", 'l', "LOAD", 0,
	  "who touches memory once boot goes on, see 'memmap help advise'; default tenth",
	  0 },
	{ "jobs", 'j', NULL, 0,
	  "print one command a point instead, for a job array or a tool that runs lines side by side",
	  0 },
	{ "merge", 'M', NULL, 0,
	  "arguments are JSON files of such jobs: one table of them; crossovers are then known between two points only",
	  0 },
	{ 0 }
};

static void parse_list(struct sweep *s, const char *option, char *arg,
		       bool bytes)
{
	char *save, *text;

	if (!arg[strspn(arg, ",")])
		usage_error("%s: an empty list; want numbers with commas between",
			    option);
	for (text = strtok_r(arg, ",", &save); text;
	     text = strtok_r(NULL, ",", &save)) {
		unsigned long *mem = &s->mem[s->nr_mem];

		if (s->nr_mem == MAX_POINTS || s->nr_nodes == MAX_POINTS)
			usage_error("%s: at most %u entries", option,
				    MAX_POINTS);
		if (!bytes) {
			s->nodes[s->nr_nodes++] =
				option_count(option, text, 1,
					     MACHINE_MAX_NODES);
			continue;
		}
		if (!parse_bytes(text, mem) || *mem < MACHINE_MIN_BYTES ||
		    *mem > MACHINE_MAX_BYTES)
			usage_error(
				"%s '%s': want sizes from 4K to 1P, such as 64G,1T",
				option, text);
		s->nr_mem++;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sweep *s = state->input;

	switch (key) {
	case 'n':
		parse_list(s, "--nodes", arg, false);
		return 0;
	case 's':
		parse_list(s, "--mem", arg, true);
		return 0;
	case 'l':
		load_spec_parse(&s->spec, arg);
		return 0;
	case 'j':
		s->jobs = true;
		return 0;
	case 'M':
		s->merge = true;
		return 0;
	case ARGP_KEY_ARGS:
		s->files = state->argv + state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[FILE.json...]",
	.doc = "Predict all strategies over numbers of nodes and sizes of memory: until a load has touched its memory, boot included. Print which wins and from what size on.\n\n"
	       "  memmap sweep --nodes 1,4,16 --mem 64G,1T,16T\n"
	       "  memmap sweep --machine cxl-2s-4m-6t --mem 1T,6T --load all\n"
	       "  memmap sweep --jobs >jobs.sh; sh jobs.sh; memmap sweep --merge sweep-*.json\n"
	       "\v"
	       "Next: 'memmap advise --machine SPEC --mem SIZE --load LOAD' says why one wins; 'memmap predict --machine SPEC --mem SIZE' has all columns of a size.",
};

/* As a shell reads it back; control characters as $'\033', which does no harm. */
static void print_quoted(const char *text, FILE *out)
{
	const char *at;
	bool plain = true;

	for (at = text; *at; at++)
		plain = plain && !iscntrl((unsigned char)*at);
	fputs(plain ? "'" : "$'", out);
	for (at = text; *at; at++) {
		if (iscntrl((unsigned char)*at))
			fprintf(out, "\\%03o", (unsigned char)*at);
		else if (!plain && (*at == '\\' || *at == '\''))
			fprintf(out, "\\%c", *at);
		else if (*at == '\'')
			fputs("'\\''", out);
		else
			putc(*at, out);
	}
	putc('\'', out);
}

/* A file of its own for each point of each machine. */
static void print_job_file(const struct sweep *s, unsigned int nodes,
			   unsigned long mem, FILE *out)
{
	const char *at;

	fprintf(out, "sweep-");
	for (at = s->options.machine; at && *at; at++)
		fputc(isalnum((unsigned char)*at) || *at == '.' ? *at : '-',
		      out);
	if (s->options.machine)
		fputc('-', out);
	if (s->nr_nodes)
		fprintf(out, "%un-", nodes);
	fprintf(out, "%luK.json", mem >> 10);
}

static int print_jobs(struct sweep *s)
{
	FILE *out = output_stream(&s->options.output);
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	unsigned int i, j, k;

	self[len > 0 ? len : 0] = '\0';
	for (i = 0; i < max(s->nr_nodes, 1U); i++)
		for (j = 0; j < s->nr_mem; j++) {
			print_quoted(len > 0 ? self : "memmap", out);
			fprintf(out,
				" sweep --mem %luK --format json --output ",
				s->mem[j] >> 10);
			print_job_file(s, s->nodes[i], s->mem[j], out);
			if (s->nr_nodes)
				fprintf(out, " --nodes %u", s->nodes[i]);
			if (strcmp(s->spec.text, DEFAULT_LOAD)) {
				fprintf(out, " --load ");
				print_quoted(s->spec.text, out);
			}
			for (k = 0; k < s->options.nr_hot_adds; k++) {
				fprintf(out, " --hot-add ");
				print_quoted(s->options.hot_add[k], out);
			}
			if (s->options.machine) {
				fprintf(out, " --machine ");
				print_quoted(s->options.machine, out);
			}
			fprintf(out, "\n");
		}
	return commit(&s->options.output);
}

/*
 * Two columns a strategy: "boot_wait_ns.NAME", for programs, and
 * "load_done_ns.NAME"; "online_ns.NAME", for programs, if memory is hot-added.
 */
static struct table *points_table(struct report *report, bool plugs,
				  char ***keys)
{
	static const char *const times[] = { "boot_wait_ns", "load_done_ns",
					     "online_ns" };
	unsigned int nr_times = ARRAY_SIZE(times) - !plugs, nr, i, j, at = 0;
	struct table_column *column;
	struct table *table;

	for (nr = 0; memmap_strategies[nr]; nr++)
		;
	column = xcalloc(nr_times * nr + 3, sizeof(*column));
	*keys = xcalloc(nr_times * nr + 1, sizeof(**keys));
	column[0] = (struct table_column){ "nodes", "nodes", TABLE_COUNT };
	column[1] = (struct table_column){ "mem_bytes", "memory", TABLE_BYTES };
	for (j = 0; j < nr_times; j++)
		for (i = 0; i < nr; i++, at++) {
			const char *name = memmap_strategies[i]->name;

			(*keys)[at] = xasprintf("%s.%s", times[j], name);
			column[at + 2] = (struct table_column){
				(*keys)[at], j == 1 ? name : NULL, TABLE_NS,
				.optional = j == 1
			};
		}
	column[at + 2] = (struct table_column){ "winner", "wins", TABLE_WORDS };
	table = report_table(report, "points", NULL, column, at + 3);
	free(column);
	return table;
}

/* In text: until all that is hot-added is online, the first and the last. */
static void plug_notes(struct report *report, const json_t *points)
{
	char nodes_mem[UNITS_TEXT], least_ns[UNITS_TEXT], most_ns[UNITS_TEXT];
	const json_t *point, *ns;
	size_t n;

	json_array_foreach(points, n, point) {
		const json_t *online = json_object_get(point, "online_ns");
		const char *name, *first = NULL, *last = NULL;
		double least = 0, most = 0;

		json_object_foreach((json_t *)online, name, ns) {
			double value = json_number_value(ns);

			if (!first || value < least) {
				first = name;
				least = value;
			}
			if (!last || value > most) {
				last = name;
				most = value;
			}
		}
		if (first)
			report_note(
				report,
				"hot-added, %u nodes of %s: online after %s with %s, after %s with %s.",
				(unsigned int)point_integer(point, "nodes"),
				format_bytes(nodes_mem,
					     point_integer(point, "mem_bytes")),
				format_ns(least_ns, least), first,
				format_ns(most_ns, most), last);
	}
}

static void fill_times(struct table *table, const json_t *times)
{
	const json_t *ns;
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++) {
		ns = json_object_get(times, memmap_strategies[i]->name);
		if (json_is_number(ns))
			table_put_number(table, json_number_value(ns));
		else
			table_put_none(table);
	}
}

static void fill_points(struct table *table, const json_t *points, bool plugs)
{
	const json_t *point;
	size_t n;

	json_array_foreach(points, n, point) {
		table_put_count(table, point_integer(point, "nodes"));
		table_put_count(table, point_integer(point, "mem_bytes"));
		fill_times(table, json_object_get(point, "boot_wait_ns"));
		fill_times(table, json_object_get(point, "load_done_ns"));
		if (plugs)
			fill_times(table, json_object_get(point, "online_ns"));
		table_put_text(table, point_winner(point));
		table_end_row(table);
	}
}

static void add_crossovers(struct report *report, const json_t *all)
{
	static const struct table_column columns[] = {
		{ "nodes", "nodes", TABLE_COUNT },
		{ "from", "wins", TABLE_WORDS },
		{ "above_mem_bytes", "up to", TABLE_BYTES },
		{ "to", "then", TABLE_WORDS },
		{ "mem_bytes", "from", TABLE_BYTES },
	};
	struct table *table = report_table(report, "crossovers",
					   "Crossovers:", columns,
					   ARRAY_SIZE(columns));
	const json_t *one;
	size_t n;

	json_array_foreach(all, n, one) {
		table_put_count(table, point_integer(one, "nodes"));
		table_put_text(table,
			       json_string_value(json_object_get(one, "from")));
		table_put_count(table, point_integer(one, "above_mem_bytes"));
		table_put_text(table,
			       json_string_value(json_object_get(one, "to")));
		table_put_count(table, point_integer(one, "mem_bytes"));
		table_end_row(table);
	}
	if (!json_array_size(all))
		report_note(report,
			    "No crossovers: the same strategy wins at all sizes.");
}

/*
 * Takes @points over. @machine: NULL if they come from files; then @named is
 * what these say of it. @load: its text. @hot_add: a list of what is hot-added.
 */
static int print(struct sweep *s, const struct machine *machine, json_t *named,
		 json_t *load, json_t *hot_add, json_t *points,
		 const char *label)
{
	struct report *report = report_new(&s->options, label);
	char **keys;
	bool whole = !s->nr_nodes;
	struct table *table;
	unsigned int i;
	json_t *all;
	int status;

	points = sweep_sort(points);
	s->points = points;
	all = sweep_crossovers(interrupted() ? NULL : machine, &s->spec, whole,
			       points);
	if (machine)
		report_machine(report, machine->topology, NULL);
	else
		report_machine_json(report, json_incref(named));
	report_json(report, "load", json_incref(load));
	report_json(report, "hot_add", json_incref(hot_add));
	report_head(
		report,
		"%s: until the load %s has touched its memory, boot included; %s",
		machine ? machine->topology->name :
			  json_string_value(json_object_get(named, "name")),
		json_string_value(load), label);
	if (machine && !whole && machine->costs.net.nr_links)
		report_head(
			report,
			"Copies of the machine's first node; its links are left out.");
	table = points_table(report, json_array_size(hot_add), &keys);
	fill_points(table, points, json_array_size(hot_add));
	plug_notes(report, points);
	report_note(
		report,
		"wins: the first, or of those as good, for two boots differ by some per cent, the one that leaves the most memory untouched. memmap advise says what the inputs may be off.");
	add_crossovers(report, all);
	report_next(
		report,
		"memmap predict --machine SPEC --mem SIZE    all columns of one size");
	if (machine)
		report_next(
			report,
			"memmap advise --machine SPEC --mem SIZE --load '%s'    why one wins",
			json_string_value(load));
	if (machine)
		report_next(
			report,
			"memmap sweep --jobs    the same points as one command each, to run side by side");
	status = report_print(report, &s->options);
	report_free(report);
	if (!interrupted())
		json_decref(points);
	json_decref(all);
	for (i = 0; keys[i]; i++)
		free(keys[i]);
	free(keys);
	return status;
}

static int merge(struct sweep *s)
{
	const char *label = "calibrated";
	json_t *machine, *load, *hot_add, *points;
	int status;

	points = sweep_merge(s->files, &machine, &load, &hot_add, &label);
	status = print(s, NULL, machine, load, hot_add, points, label);
	json_decref(machine);
	json_decref(hot_add);
	json_decref(load);
	options_free(&s->options);
	return status;
}

/* In the words of --hot-add, also if the machine file has it. */
static json_t *plug_texts(const struct topology *topology)
{
	json_t *texts = json_array();
	unsigned int i;

	for (i = 0; i < topology->nr_plugs; i++) {
		const struct topology_plug *plug = &topology->plug[i];

		json_array_append_new(
			texts, json_sprintf("%luM,node=%u,at=%.0fns",
					    (plug->range.end_pfn -
					     plug->range.start_pfn) >>
						    (20 - topology->page_shift),
					    topology->nodes[plug->node].id,
					    plug->at_ns));
	}
	return texts;
}

static void run_point(void *arg, unsigned int i)
{
	struct sweep *s = arg;

	s->point[i] = sweep_point(&s->machine, &s->spec,
				  s->nodes[i / s->nr_mem],
				  s->mem[i % s->nr_mem]);
}

static void choose_sizes(struct sweep *s)
{
	unsigned int i;

	if (!s->nr_nodes && !s->options.machine)
		for (i = 1; i <= 256; i *= 4)
			s->nodes[s->nr_nodes++] = i;
	if (!s->nr_mem)
		for (; s->nr_mem < 6; s->nr_mem++)
			s->mem[s->nr_mem] = 4UL << 30 << 2 * s->nr_mem;
}

/* What does not fit the smallest machine is refused before any runs. */
static void check_load(const struct sweep *s)
{
	const struct topology *topology = s->machine.topology;
	unsigned int cpus = topology_cpus(topology), i;
	unsigned long least = s->mem[0];

	for (i = 1; i < s->nr_mem; i++)
		least = min(least, s->mem[i]);
	for (i = 0; i < s->nr_nodes; i++)
		cpus = min(i ? cpus : UINT_MAX,
			   s->nodes[i] * topology->nodes[0].nr_cpus);
	load_spec_on(&s->spec, "the smallest of them", least, cpus);
}

int verb_sweep(int argc, char **argv)
{
	/* Not on the stack: see parallel_for(). */
	static struct sweep sweep;
	struct options *o = &sweep.options;
	struct error error = { 0 };
	unsigned int i, nr;
	json_t *points, *load, *hot_add;
	bool *done;
	int status;

	load_spec_parse(&sweep.spec, DEFAULT_LOAD);
	options_parse(o, OPTION_MACHINE | OPTION_HOT_ADD | OPTIONS_TABLE, &argp,
		      &sweep, argc, argv);
	if (sweep.merge)
		return merge(&sweep);
	if (sweep.files && *sweep.files)
		usage_error("unexpected argument '%s'; files go with --merge",
			    *sweep.files);
	choose_sizes(&sweep);
	if (sweep.jobs) {
		status = print_jobs(&sweep);
		options_free(o);
		return status;
	}

	if (machine_load(&sweep.machine,
			 o->machine ? o->machine : DEFAULT_MACHINE, NULL,
			 &error))
		fail(&error);
	options_plug(o, sweep.machine.topology);
	say_assumed(sweep.machine.topology);
	if (!topology_cpus(sweep.machine.topology))
		usage_error("--machine %s: it has no CPU",
			    sweep.machine.topology->name);
	check_load(&sweep);
	nr = max(sweep.nr_nodes, 1U) * sweep.nr_mem;
	sweep.point = xcalloc(nr, sizeof(*sweep.point));
	done = xcalloc(nr, sizeof(*done));
	interrupt_catch();
	parallel_for("points", nr, run_point, &sweep, done);
	points = json_array();
	for (i = 0; i < nr; i++)
		if (done[i])
			json_array_append_new(points, sweep.point[i]);
	load = json_text(sweep.spec.text);
	hot_add = plug_texts(sweep.machine.topology);
	status = print(&sweep, &sweep.machine, NULL, load, hot_add, points,
		       machine_label(&sweep.machine));
	json_decref(load);
	json_decref(hot_add);
	if (interrupted())
		return status;
	machine_free(&sweep.machine);
	options_free(o);
	free(sweep.point);
	free(done);
	return status;
}
