// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap time: every strategy for real, on the same memory, in turn.
 *
 * Rounds, not blocks of runs: in each round every strategy and both yardsticks
 * run once, so that a slow minute of a shared machine is everybody's.
 */
#include <argp.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "cli/cmd.h"
#include "cli/report.h"
#include "host/verify.h"
#include "host/yardstick.h"

#define MAX_RUNS       1000
#define MAX_STRATEGIES 64
#define DESCRIPTOR     sizeof(struct page)
/*
 * Where the memmap does not fit this host, the yardsticks run on 4 GiB of the
 * machine: 64 MiB of memmap, so that looking at a huge machine costs little.
 */
#define YARDSTICK_PAGES (1UL << 20)

static const char *const default_cmdlines[] = {
	"memmap_init=serial", "memmap_init=local",    "memmap_init=parallel",
	"memmap_init=async",  "memmap_init=ondemand",
};

struct options {
	const char *machine;
	const char *mem;
	const char *output;
	enum report_format format;
	struct cmd_strategy strategy[MAX_STRATEGIES];
	unsigned int nr_strategies;
	unsigned int threads;
	unsigned int runs;
	bool verify;
};

/* One strategy's runs. */
struct series {
	double boot_wait_ns[MAX_RUNS];
	double complete_ns[MAX_RUNS];
	double drain_ns_per_page[MAX_RUNS];
	double mainline_ns[MAX_RUNS];
	double roofline_ns[MAX_RUNS];
	unsigned long initialised;
	unsigned int threads;
	enum memmap_store store;
	enum report_verdict verdict;
};

static const struct argp_option argp_options[] = {
	{ "machine", 'm', "SPEC", 0,
	  "hwloc XML file, or synthetic string such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"; default: this host",
	  0 },
	{ "cmdline", 'c', "LINE", 0,
	  "kernel command line with memmap_init=STRATEGY[,chunk=SIZE][,store=auto|cached|nt][,quantum=TIME][,threads=N]; repeat for more; STRATEGY is serial, local, parallel, async, ondemand or deferred; default: the first five",
	  0 },
	{ "mem", 's', "SIZE", 0, "memory of the whole machine, such as 64G", 0 },
	{ "threads", 't', "N", 0, "CPU threads; default: this host's CPUs", 0 },
	{ "runs", 'r', "N", 0, "rounds; figures are medians; default 5", 0 },
	{ "verify", 'v', NULL, 0,
	  "compare every descriptor with what serial mainline leaves; status 1 if one differs",
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
	case 't':
		o->threads = cmd_parse_count("--threads", arg, 4096);
		return 0;
	case 'r':
		o->runs = cmd_parse_count("--runs", arg, MAX_RUNS);
		return 0;
	case 'v':
		o->verify = true;
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
			"unexpected argument '%s'; options begin with --, see 'memmap time --help'",
			arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median; NAN sorts nowhere, so a series holds none or nothing else. */
static double median(double *value, unsigned int nr)
{
	if (isnan(value[0]))
		return NAN;
	qsort(value, nr, sizeof(*value), compare);
	return nr & 1 ? value[nr / 2] : (value[nr / 2 - 1] + value[nr / 2]) / 2;
}

/* Boot thread alone, or every CPU? The yardsticks get as many. */
static unsigned int strategy_threads(const struct memmap_param *param,
				     unsigned int threads)
{
	return param->strategy->flags & MEMMAP_ALL_CPUS ? threads : 1;
}

static void verify(struct host *host, const struct cmd_strategy *strategy,
		   struct series *series)
{
	struct verify_result result;

	if (host_verify(host, &result)) {
		if (series->verdict == REPORT_UNCHECKED)
			series->verdict = REPORT_VERIFIED;
		return;
	}
	series->verdict = REPORT_WRONG;
	fprintf(stderr, "memmap: %s: %lu of %lu descriptors wrong",
		strategy->text, result.wrong, result.pages);
	if (result.wrong)
		fprintf(stderr, ", the first at pfn %#lx",
			result.first_wrong_pfn);
	fprintf(stderr, "; free lists %s, accounting %s\n",
		result.lists_ok ? "intact" : "BROKEN",
		result.accounting_ok ? "exact" : "WRONG");
}

static void run_strategy(struct host *host, const struct cmd_strategy *strategy,
			 struct series *series, unsigned int run,
			 unsigned long pull_pages, bool check)
{
	struct memmap_boot *boot = host_boot_state(host);
	unsigned long before, left;
	u64 start, waited, end;

	host_reset(host);
	if (strategy->param.strategy->flags & MEMMAP_MAINLINE) {
		series->boot_wait_ns[run] = mainline_run(host, series->threads);
		series->complete_ns[run] = series->boot_wait_ns[run];
		series->drain_ns_per_page[run] = series->complete_ns[run] /
						 host_pages(host);
		series->initialised = host_pages(host);
		series->store = MEMMAP_STORE_CACHED;
		if (check)
			verify(host, strategy, series);
		return;
	}

	start = clock_ns();
	host_boot_begin(host, &strategy->param);
	host_boot(host);
	waited = clock_ns();
	host_wait(host);
	end = clock_ns();

	left = memmap_boot_pristine(boot);
	series->boot_wait_ns[run] = waited - start;
	series->complete_ns[run] = left ? NAN : (double)(end - start);
	series->initialised = host_pages(host) - left;
	series->drain_ns_per_page[run] = (double)(end - start) /
					 host_pages(host);
	if (left) {
		before = left;
		start = clock_ns();
		host_pull_all(host, pull_pages);
		end = clock_ns();
		left = memmap_boot_pristine(boot);
		series->drain_ns_per_page[run] = (double)(end - start) /
						 (before - left);
	}
	series->store = boot->store;
	if (check)
		verify(host, strategy, series);
}

/* Yardsticks with the threads of a strategy; once for all that have as many. */
static void run_yardsticks(struct host *host, struct series *series,
			   unsigned int nr, unsigned int run)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < i && series[j].threads != series[i].threads;
		     j++)
			;
		if (j < i) {
			series[i].mainline_ns[run] = series[j].mainline_ns[run];
			series[i].roofline_ns[run] = series[j].roofline_ns[run];
			continue;
		}
		host_reset(host);
		series[i].mainline_ns[run] =
			(double)mainline_run(host, series[i].threads) /
			host_pages(host);
		host_reset(host);
		series[i].roofline_ns[run] =
			(double)roofline_run(host, series[i].threads) /
			host_pages(host);
	}
}

static void fill_row(struct report_row *row,
		     const struct cmd_strategy *strategy, struct series *series,
		     unsigned int runs, unsigned long pages)
{
	double *spread = series->complete_ns;

	*row = (struct report_row){
		.strategy = strategy->param.strategy->name,
		.cmdline = strategy->text,
		.threads = series->threads,
		.boot_wait_ns = median(series->boot_wait_ns, runs),
		.complete_ns = median(series->complete_ns, runs),
		.ns_per_page = median(series->drain_ns_per_page, runs),
		.mainline_ns_per_page = median(series->mainline_ns, runs),
		.roofline_bytes_per_s = DESCRIPTOR * 1e9 /
					median(series->roofline_ns, runs),
		.pages_total = pages,
		.pages_initialised = series->initialised,
		.memory_touched_bytes = series->initialised * DESCRIPTOR,
		.store = series->store == MEMMAP_STORE_NT     ? "nt" :
			 series->store == MEMMAP_STORE_CACHED ? "cached" :
								"auto",
		.verdict = series->verdict,
		.label = "measured",
	};
	row->bytes_per_s = DESCRIPTOR * 1e9 / row->ns_per_page;
	/* median() has sorted them */
	if (isnan(spread[0]))
		spread = series->boot_wait_ns;
	row->spread_pct = 100 * (spread[runs - 1] - spread[0]) /
			  spread[runs / 2];
}

static struct host *create(const struct topology *topology,
			   unsigned int threads)
{
	struct error error = { 0 };
	struct host *host = host_create(topology, threads, &error);

	if (!host)
		cmd_fail(&error);
	return host;
}

static void check_fits(const struct options *o, const struct topology *topology,
		       bool fits)
{
	unsigned int i;

	for (i = 0; i < o->nr_strategies; i++) {
		const struct memmap_strategy *strategy =
			o->strategy[i].param.strategy;

		/* One that drains nothing touches only what is asked for. */
		if (fits || (!strategy->early && !strategy->late &&
			     !(strategy->flags & MEMMAP_MAINLINE)))
			continue;
		usage_error(
			"%s: would touch %.1f GiB of memmap for real, and this host has %.1f GiB available; try --cmdline memmap_init=ondemand, or a smaller --mem",
			o->strategy[i].text,
			topology_pages(topology) * DESCRIPTOR / 0x1p30,
			cmd_free_bytes() / 0x1p30);
	}
}

static int print(const struct options *o, const struct topology *topology,
		 struct series *series)
{
	struct report_row *rows = calloc(o->nr_strategies, sizeof(*rows));
	struct report report = {
		.label = "measured",
		.machine = topology->name,
		.nr_nodes = topology->nr_nodes,
		.mem_bytes = topology_bytes(topology),
		.runs = o->runs,
		.peak_rss_bytes = report_peak_rss(),
		.nr_rows = o->nr_strategies,
		.rows = rows,
	};
	FILE *out = cmd_output(o->output);
	int status = EXIT_SUCCESS;
	unsigned int i;

	if (!rows)
		abort();
	for (i = 0; i < topology->nr_nodes; i++)
		report.nr_cpus += topology->nodes[i].nr_cpus;
	for (i = 0; i < o->nr_strategies; i++) {
		fill_row(&rows[i], &o->strategy[i], &series[i], o->runs,
			 topology_pages(topology));
		if (series[i].verdict == REPORT_WRONG)
			status = EXIT_FAILURE;
	}
	report_print(&report, o->format, out);
	cmd_output_close(out, o->output);
	free(rows);
	return status;
}

int cmd_time(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Run the strategies for real: real stores, one thread a CPU, the memmap of the whole machine. Prints how long boot waits, when all is initialised, and how that compares with a plain fill (roofline) and with mainline's two passes."
		       "\vInterrupted, it prints what it has after the round under way. On a machine larger than this host ondemand still runs: only what it touches costs memory.",
	};
	struct options o = { .runs = 5, .threads = omp_get_num_procs() };
	unsigned long yard_bytes = YARDSTICK_PAGES << PAGE_SHIFT;
	struct topology *topology, *yard = NULL;
	struct series *series;
	const volatile bool *interrupted;
	struct host *host;
	unsigned int i, run;
	int status;
	bool fits;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.nr_strategies)
		for (i = 0; i < ARRAY_SIZE(default_cmdlines); i++)
			cmd_parse_cmdline(&o.strategy[o.nr_strategies++],
					  default_cmdlines[i]);
	topology = cmd_topology(o.machine, o.mem);
	fits = topology_pages(topology) * DESCRIPTOR <=
	       cmd_free_bytes() / 4 * 3;
	check_fits(&o, topology, fits);

	series = calloc(o.nr_strategies, sizeof(*series));
	if (!series)
		abort();
	for (i = 0; i < o.nr_strategies; i++)
		series[i].threads = strategy_threads(&o.strategy[i].param,
						     o.threads);

	if (!fits) {
		/* The yardsticks touch all they are given: give them less. */
		yard = cmd_topology(o.machine, o.mem);
		topology_set_memory(yard, yard_bytes);
		host = create(yard, o.threads);
		host_prefault(host);
		for (run = 0; run < o.runs; run++)
			run_yardsticks(host, series, o.nr_strategies, run);
		host_destroy(host);
		topology_free(yard);
	}

	host = create(topology, o.threads);
	if (fits)
		host_prefault(host);
	interrupted = cmd_catch_interrupt();
	for (run = 0; run < o.runs; run++) {
		for (i = 0; i < o.nr_strategies; i++) {
			cmd_progress(o.strategy[i].text,
				     run * o.nr_strategies + i,
				     o.runs * o.nr_strategies);
			run_strategy(host, &o.strategy[i], &series[i], run,
				     fits ? ULONG_MAX : 1 << 18,
				     o.verify && run == o.runs - 1);
		}
		if (fits)
			run_yardsticks(host, series, o.nr_strategies, run);
		if (*interrupted && run + 1 < o.runs) {
			o.runs = run + 1;
			fprintf(stderr, "memmap: interrupted: %u rounds%s\n",
				o.runs, o.verify ? ", not verified" : "");
		}
	}
	cmd_progress("", 1, 1);

	status = print(&o, topology, series);
	host_destroy(host);
	topology_free(topology);
	free(series);
	return status;
}
