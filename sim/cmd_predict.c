// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap predict: the table of memmap time, in virtual time, for a machine
 * that is not here.
 */
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "machine.h"
#include "report.h"
#include "virtual.h"

#define MAX_STRATEGIES	64

static const char *const default_cmdlines[] = {
	"memmap_init=serial", "memmap_init=local", "memmap_init=parallel",
	"memmap_init=async", "memmap_init=ondemand", "memmap_init=deferred",
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
	  "machine file (JSON), hwloc XML file or synthetic string; 'memmap machine' lists the library; default: this host's shape with default costs", 0 },
	{ "cmdline", 'c', "LINE", 0,
	  "kernel command line with memmap_init=...; repeat for more; default: all six strategies", 0 },
	{ "mem", 's', "SIZE", 0, "memory of the whole machine", 0 },
	{ "chunks", 'k', "FILE", 0,
	  "write the list of chunks there, a line each: node, first pfn, end pfn", 0 },
	{ "format", 'f', "FORMAT", 0, "text, json or csv", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of standard output", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
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
		o->chunks = arg;
		return 0;
	case 'f':
		if (!report_format_parse(arg, &o->format))
			usage_error("--format '%s': want text, json or csv",
				    arg);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		usage_error("unexpected argument '%s'; options begin with --, see 'memmap predict --help'",
			    arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_chunk(void *arg, double now_ns, unsigned int cpu, int nid,
			unsigned long start_pfn, unsigned long end_pfn)
{
	fprintf(arg, "%d %lu %lu\n", nid, start_pfn, end_pfn);
}

static void fill_row(struct report_row *row, const struct cmd_strategy *strategy,
		     const struct virtual_result *r,
		     const struct virtual_costs *costs, unsigned int nr_nodes)
{
	bool nt = r->store == MEMMAP_STORE_NT;
	double written = r->pages_initialised;
	double roofline = costs->node_bytes_per_s[nt];

	*row = (struct report_row) {
		.strategy = strategy->param.strategy->name,
		.cmdline = strategy->text,
		.threads = r->nr_cpus,
		.boot_wait_ns = r->boot_wait_ns,
		.complete_ns = r->complete_ns,
		.ns_per_page = isnan(r->complete_ns) ? costs->page_ns[nt] :
			       r->complete_ns / written,
		/* What the CPUs of this strategy could do without a queue. */
		.roofline_bytes_per_s =
			fmin(64e9 / costs->page_ns[nt] * fmax(r->nr_cpus, 1),
			     roofline * fmin(fmax(r->nr_cpus, 1), nr_nodes)),
		.mainline_ns_per_page = NAN,
		.pages_total = r->pages_total,
		.pages_initialised = r->pages_initialised,
		.memory_touched_bytes = r->pages_initialised * 64,
		.store = nt ? "nt" : "cached",
	};
	row->bytes_per_s = 64e9 / row->ns_per_page;
	if (isnan(r->complete_ns))
		row->roofline_bytes_per_s = NAN;
}

/* Mainline's two passes: one CPU for all nodes, or each node's own at once. */
static double mainline_page_ns(const struct machine *machine, unsigned int cpus)
{
	const struct virtual_costs *costs = &machine->costs;
	double nodes = machine->shape->nr_nodes;

	if (cpus <= 1)
		return costs->mainline_ns *
		       (1 + (nodes - 1) * costs->remote_factor) / nodes;
	return fmax(costs->mainline_ns / cpus,
		    64e9 / costs->mainline_bytes_per_s / nodes);
}

int cmd_predict(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Predict what each strategy does on a machine that is not here: the kernel's own planner and strategies, in virtual time. Nothing is measured; the output says what each figure rests on.",
	};
	struct options o = { 0 };
	struct virtual_result *result;
	struct report_row *rows;
	struct machine machine;
	struct report report;
	FILE *out, *chunks = NULL;
	unsigned int i;
	int failed = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.nr_strategies)
		for (i = 0; i < ARRAY_SIZE(default_cmdlines); i++)
			cmd_parse_cmdline(&o.strategy[o.nr_strategies++],
					  default_cmdlines[i]);
	machine_load(&machine, o.machine, o.mem);
	if (o.chunks)
		chunks = cmd_output(o.chunks);
	result = calloc(o.nr_strategies, sizeof(*result));
	rows = calloc(o.nr_strategies, sizeof(*rows));
	if (!result || !rows)
		abort();

	/* Strategies know nothing of each other: side by side. */
#pragma omp parallel for schedule(dynamic) if (!chunks) reduction(| : failed)
	for (i = 0; i < o.nr_strategies; i++)
		failed |= virtual_run(machine.shape, &machine.costs,
				      &o.strategy[i].param, &result[i],
				      chunks ? print_chunk : NULL, chunks);
	if (failed)
		usage_error("--machine %s: it has no CPU", machine.shape->name);
	if (chunks)
		cmd_output_close(chunks, o.chunks);

	report = (struct report) {
		.label = machine_label(&machine),
		.machine = machine.shape->name,
		.nr_nodes = machine.shape->nr_nodes,
		.mem_bytes = shape_pages(machine.shape) << PAGE_SHIFT,
		.runs = 1,
		.peak_rss_bytes = report_peak_rss(),
		.nr_rows = o.nr_strategies,
		.rows = rows,
	};
	for (i = 0; i < machine.shape->nr_nodes; i++)
		report.nr_cpus += machine.shape->nodes[i].nr_cpus;
	for (i = 0; i < o.nr_strategies; i++) {
		fill_row(&rows[i], &o.strategy[i], &result[i], &machine.costs,
			 machine.shape->nr_nodes);
		rows[i].mainline_ns_per_page =
			mainline_page_ns(&machine, rows[i].threads);
	}
	out = cmd_output(o.output);
	report_print(&report, o.format, out);
	cmd_output_close(out, o.output);
	machine_free(&machine);
	free(result);
	free(rows);
	return EXIT_SUCCESS;
}
