// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap predict: the table of memmap time, in virtual time, for a machine
 * that is not here.
 */
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "machine/machine.h"
#include "cli/report.h"
#include "model/simulation.h"

#define MAX_STRATEGIES 64

static const char *const default_cmdlines[] = {
	"memmap_init=serial", "memmap_init=local",    "memmap_init=parallel",
	"memmap_init=async",  "memmap_init=ondemand", "memmap_init=deferred",
};

struct options {
	const char *machine;
	const char *mem;
	const char *output;
	const char *chunks;
	enum report_format format;
	struct cmd_strategy strategy[MAX_STRATEGIES];
	unsigned int nr_strategies;
};

static const struct argp_option argp_options[] = {
	{ "machine", 'm', "SPEC", 0,
	  "name of the library ('list' shows them), machine file (JSON), hwloc XML file or synthetic string; default: this host's topology with default costs",
	  0 },
	{ "cmdline", 'c', "LINE", 0,
	  "kernel command line with memmap_init=...; repeat for more; default: all six strategies",
	  0 },
	{ "mem", 's', "SIZE", 0, "memory of the whole machine", 0 },
	{ "chunks", 'k', "FILE", 0,
	  "write the list of chunks there, as CSV: strategy, node, first pfn, pfn behind the last; strategies as given, then by node, then by pfn",
	  0 },
	{ "format", 'f', "FORMAT", 0, "text, json or csv", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of standard output",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
		if (!strcmp(arg, "list")) {
			struct error error = { 0 };

			if (machine_library_list(stdout, &error))
				cmd_fail(&error);
			exit(EXIT_SUCCESS);
		}
		o->machine = arg;
		return 0;
	case 'c':
		if (o->nr_strategies == MAX_STRATEGIES)
			usage_error("--cmdline: at most %u", MAX_STRATEGIES);
		cmd_parse_cmdline(&o->strategy[o->nr_strategies++], arg);
		return 0;
	case 's':
		o->mem = arg;
		return 0;
	case 'k':
		o->chunks = cmd_output_check("--chunks", arg);
		return 0;
	case 'f':
		if (!report_format_parse(arg, &o->format))
			usage_error("--format '%s': want text, json or csv",
				    arg);
		return 0;
	case 'o':
		o->output = cmd_output_check("--output", arg);
		return 0;
	case ARGP_KEY_ARG:
		usage_error(
			"unexpected argument '%s'; options begin with --, see 'memmap predict --help'",
			arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct chunk {
	int nid;
	unsigned long start_pfn;
	unsigned long end_pfn;
};

struct chunks {
	struct chunk *chunk;
	unsigned long nr;
};

static void record_chunk(void *arg, double now_ns, unsigned int cpu, int nid,
			 unsigned long start_pfn, unsigned long end_pfn)
{
	struct chunks *chunks = arg;
	unsigned long nr = chunks->nr++;

	if (!(nr & (nr - 1))) {
		chunks->chunk = realloc(chunks->chunk,
					(2 * nr + 1) * sizeof(*chunks->chunk));
		if (!chunks->chunk)
			abort();
	}
	chunks->chunk[nr] = (struct chunk){ nid, start_pfn, end_pfn };
}

static int by_node_and_pfn(const void *a, const void *b)
{
	const struct chunk *one = a, *other = b;

	if (one->nid != other->nid)
		return one->nid - other->nid;
	return one->start_pfn < other->start_pfn ? -1 : 1;
}

static void write_chunks(struct chunks *chunks,
			 const struct cmd_strategy *strategy, FILE *out)
{
	unsigned long i;

	if (chunks->nr)
		qsort(chunks->chunk, chunks->nr, sizeof(*chunks->chunk),
		      by_node_and_pfn);
	for (i = 0; i < chunks->nr; i++)
		fprintf(out, "%s,%d,%lu,%lu\n", strategy->param.strategy->name,
			chunks->chunk[i].nid, chunks->chunk[i].start_pfn,
			chunks->chunk[i].end_pfn);
	free(chunks->chunk);
}

/*
 * What a page takes if all nodes are written at once, each at its memory's
 * own speed: the fullest of the slow ones decides.
 */
static double memory_page_ns(const struct machine *machine, unsigned int nt)
{
	const struct machine_costs *costs = &machine->costs;
	double most = 0;
	unsigned int i;

	for (i = 0; i < machine->topology->nr_nodes; i++) {
		const struct topology_node *node = &machine->topology->nodes[i];
		double rate = costs->node_bytes_per_s[nt];

		if (costs->node && costs->node[i].bytes_per_s[nt] > 0)
			rate = costs->node[i].bytes_per_s[nt];
		most = fmax(most, 64e9 * topology_node_pages(node) / rate);
	}
	return most / fmax(1, topology_pages(machine->topology));
}

static double drained_pages(const struct simulation_result *r)
{
	return fmax(1, r->pages_initialised - r->pages_early);
}

/* What a page costs a CPU beside the memory: its stores, and the first touch. */
static double cpu_page_ns(const struct machine_costs *costs, bool nt)
{
	return costs->page_ns[nt] + costs->fault_ns / 64;
}

static void fill_row(struct report_row *row,
		     const struct cmd_strategy *strategy,
		     const struct simulation_result *r,
		     const struct machine *machine)
{
	const struct machine_costs *costs = &machine->costs;
	bool nt = r->store == MEMMAP_STORE_NT;
	double cpus = fmax(r->nr_cpus, 1);

	*row = (struct report_row){
		.strategy = strategy->param.strategy->name,
		.cmdline = strategy->text,
		.threads = r->nr_cpus,
		.boot_wait_ns = r->boot_wait_ns,
		.complete_ns = r->complete_ns,
		.ns_per_page =
			isnan(r->complete_ns) ?
				fmax(cpu_page_ns(costs, nt),
				     64e9 / costs->node_bytes_per_s[nt]) +
					costs->pull_ns / MEMMAP_BLOCK_PAGES :
				r->complete_ns / drained_pages(r),
		/* What these CPUs could do without a queue. */
		.roofline_bytes_per_s =
			fmin(64e9 / cpu_page_ns(costs, nt) * cpus,
			     fmin(64e9 / memory_page_ns(machine, nt),
				  costs->node_bytes_per_s[nt] * cpus)),
		.mainline_ns_per_page = NAN,
		.pages_total = r->pages_total,
		.pages_initialised = r->pages_initialised,
		.memory_touched_bytes = r->pages_initialised * 64,
		.store = nt ? "nt" : "cached",
		.label = machine_page_label(machine,
					    strategy->param.strategy->flags &
						    MEMMAP_MAINLINE,
					    nt),
	};
	row->bytes_per_s = 64e9 / row->ns_per_page;
	if (isnan(r->complete_ns))
		row->roofline_bytes_per_s = NAN;
}

/* Mainline's two passes by one CPU, wherever the memory is. */
static double mainline_serial_ns(const struct machine *machine)
{
	struct machine_costs costs = machine->costs;
	unsigned int nr = machine->topology->nr_nodes, i;
	struct simulation_result result;
	struct memmap_param param;

	costs.page_ns[0] = costs.mainline_ns;
	costs.node_bytes_per_s[0] = costs.mainline_bytes_per_s;
	if (costs.node) {
		costs.node = calloc(nr, sizeof(*costs.node));
		if (!costs.node)
			abort();
		for (i = 0; i < nr; i++) {
			costs.node[i] = machine->costs.node[i];
			costs.node[i].bytes_per_s[0] =
				costs.node[i].mainline_bytes_per_s;
		}
	}
	memmap_param_default(&param);
	param.strategy = memmap_strategy_find("serial", strlen("serial"));
	param.store = MEMMAP_STORE_CACHED;
	simulation_run(machine->topology, &costs, &param, &result, NULL, NULL);
	if (costs.node)
		free(costs.node);
	return result.complete_ns / drained_pages(&result);
}

/* Mainline as it is: its threads on their own nodes, which steal nothing. */
static double mainline_deferred_ns(const struct machine *machine)
{
	struct simulation_result result;
	struct memmap_param param;

	memmap_param_default(&param);
	simulation_run(machine->topology, &machine->costs, &param, &result,
		       NULL, NULL);
	return result.complete_ns / drained_pages(&result);
}

int cmd_predict(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Predict what each strategy does on a machine that is not here: the kernel's own planner and strategies, in virtual time. Nothing is measured; the output says what each figure rests on."
		       "\v"
		       "Start with:        memmap predict --machine server-16s-32t\n"
		       "Which there are:   memmap predict --machine list\n"
		       "What one rests on: memmap machine show server-16s-32t\n"
		       "Your own:          lstopo m.xml (package hwloc-nox), then --machine m.xml; or a machine file,\n"
		       "                   from 'memmap machine import m.xml', with numbers of yours\n"
		       "One strategy:      --cmdline memmap_init=parallel,chunk=64M\n\n"
		       "The column mainline is mainline's deferred initialisation, predicted as well; for\n"
		       "a single CPU, its two passes by that CPU. What boot does else is not in a figure.\n"
		       "Numbers that a machine does not give come from a default set and are labelled so.",
	};
	static const struct simulation_watch watch = { .chunk = record_chunk };
	struct options o = { 0 };
	struct simulation_result *result;
	struct report_row *rows;
	struct machine machine;
	struct report report;
	struct chunks *chunks;
	double one_cpu_ns = 0, deferred_ns = 0;
	unsigned int i, done = 0;
	int failed = 0;
	FILE *out;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.nr_strategies)
		for (i = 0; i < ARRAY_SIZE(default_cmdlines); i++)
			cmd_parse_cmdline(&o.strategy[o.nr_strategies++],
					  default_cmdlines[i]);
	cmd_machine(&machine, o.machine, o.mem);
	chunks = calloc(o.nr_strategies, sizeof(*chunks));
	result = calloc(o.nr_strategies, sizeof(*result));
	rows = calloc(o.nr_strategies, sizeof(*rows));
	if (!result || !rows || !chunks)
		abort();

		/* Strategies know nothing of each other: side by side. */
#pragma omp parallel for schedule(dynamic) reduction(| : failed)
	for (i = 0; i < o.nr_strategies + 2; i++) {
#pragma omp critical
		cmd_progress("strategies and yardsticks", done++,
			     o.nr_strategies + 2);
		if (i == o.nr_strategies)
			one_cpu_ns = mainline_serial_ns(&machine);
		else if (i > o.nr_strategies)
			deferred_ns = mainline_deferred_ns(&machine);
		else
			failed |=
				simulation_run(machine.topology, &machine.costs,
					       &o.strategy[i].param, &result[i],
					       o.chunks ? &watch : NULL,
					       &chunks[i]);
	}
	cmd_progress("", 1, 1);
	if (failed)
		usage_error("--machine %s: it has no CPU",
			    machine.topology->name);
	if (o.chunks) {
		out = cmd_output(o.chunks);
		fprintf(out, "strategy,node,start_pfn,end_pfn\n");
		for (i = 0; i < o.nr_strategies; i++)
			write_chunks(&chunks[i], &o.strategy[i], out);
		cmd_output_close(out, o.chunks);
	}

	report = (struct report){
		.label = machine_label(&machine),
		.machine = machine.topology->name,
		.notes = machine.notes,
		.nr_nodes = machine.topology->nr_nodes,
		.mem_bytes = topology_bytes(machine.topology),
		.runs = 1,
		.peak_rss_bytes = report_peak_rss(),
		.nr_rows = o.nr_strategies,
		.rows = rows,
	};
	for (i = 0; i < machine.topology->nr_nodes; i++)
		report.nr_cpus += machine.topology->nodes[i].nr_cpus;
	for (i = 0; i < o.nr_strategies; i++) {
		fill_row(&rows[i], &o.strategy[i], &result[i], &machine);
		rows[i].mainline_ns_per_page = rows[i].threads <= 1 ?
						       one_cpu_ns :
						       deferred_ns;
	}
	out = cmd_output(o.output);
	report_print(&report, o.format, out);
	if (o.format == REPORT_TEXT)
		fprintf(out,
			"Mainline's two passes by one CPU alone: %.4g s for all of it.\n",
			one_cpu_ns * topology_pages(machine.topology) / 1e9);
	cmd_output_close(out, o.output);
	machine_free(&machine);
	free(result);
	free(rows);
	free(chunks);
	return EXIT_SUCCESS;
}
