// SPDX-License-Identifier: GPL-2.0-only
/* memmap calibrate: this host as a machine file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/die.h"
#include "base/stats.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "host/yardstick.h"

#define WAKEUPS 1000

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	usage_error("unexpected argument '%s'; to write a file: --output %s",
		    arg, arg);
}

static const struct argp argp = {
	.parser = parse,
	.doc = "Measure this host with the real initialiser and write its machine file (JSON). Takes some seconds; each number is the best of its runs, and how much longer the worst took stands beside it: on a busy host it says that.\n\n"
	       "  memmap calibrate --output here.json\n"
	       "  memmap calibrate --runs 15 | jq .costs\n"
	       "\v"
	       "Interrupted, it writes the costs that it has, and says so in the file's notes; a file that is there already stays as it is, and they go to standard output.\n\n"
	       "Next: 'memmap predict --machine here.json', beside 'memmap time'.",
};

/**
 * struct job - a number to be measured
 * @cost: its name in a machine file
 * @rate: bytes per second of a node; else ns per page
 * @role: the strategy that measures it; STRATEGY_NR_ROLES: mainline's two
 *	passes
 * @store: its option; ""
 */
struct job {
	const char *cost;
	bool rate;
	enum strategy_role role;
	const char *store;
};

/* One CPU alone, then all of them. */
static const struct job jobs[] = {
	{ "page_cached_ns", false, STRATEGY_REFERENCE, ",store=cached" },
	{ "page_nt_ns", false, STRATEGY_REFERENCE, ",store=nt" },
	{ "page_mainline_ns", false, STRATEGY_NR_ROLES, "" },
	{ "node_cached_bytes_per_s", true, STRATEGY_BACKGROUND,
	  ",store=cached" },
	{ "node_nt_bytes_per_s", true, STRATEGY_BACKGROUND, ",store=nt" },
	{ "node_mainline_bytes_per_s", true, STRATEGY_NR_ROLES, "" },
};

/* These, and what a wake-up takes. */
#define NR_COSTS ((unsigned int)ARRAY_SIZE(jobs) + 1)

/* A page by the real initialiser; by mainline's two passes without @choice. */
static double page_ns(struct host *host, const struct boot_choice *choice,
		      unsigned int threads)
{
	u64 start;

	host_reset(host);
	if (!choice)
		return (double)mainline_run(host, threads) / host_pages(host);
	host_boot_begin(host, &choice->param);
	start = clock_ns();
	host_boot(host);
	host_wait(host);
	return (double)(clock_ns() - start) / host_pages(host);
}

/*
 * The best of some runs: all that is not the machine only adds. Runs that were
 * far apart are run again, up to as many times.
 *
 * Return: false if interrupted before a run was complete.
 */
static bool measure(struct machine *machine, struct host *host,
		    const struct job *job, const struct options *o)
{
	bool mainline = job->role == STRATEGY_NR_ROLES;
	unsigned int threads = job->rate ? host_threads(host) : 1;
	unsigned int run, most = o->runs;
	double *ns = xcalloc(2 * o->runs, sizeof(*ns)), best, worst;
	struct boot_choice choice = { 0 };
	char *source;

	if (!mainline)
		boot_choose_strategy(&choice, strategy_of(job->role),
				     job->store);
	for (run = 0; run < most && !interrupted(); run++) {
		ns[run] = page_ns(host, mainline ? NULL : &choice, threads);
		if (run + 1 == most && most < 2 * o->runs &&
		    stats_spread_pct(ns, most) > o->noise_pct)
			most++;
	}
	if (!run)
		goto out;
	best = stats_quantile(ns, run, 0);
	worst = stats_quantile(ns, run, 1);
	source = xasprintf(
		"memmap calibrate, %s%s, %u thread%s; best of %u, the worst took %.0f %% longer",
		mainline ? "mainline's two passes" :
			   strategy_of(job->role)->name,
		job->store, threads, threads == 1 ? "" : "s", run,
		100 * (worst / best - 1));
	machine_set(machine, job->cost,
		    job->rate ? 64e9 / host_nr_zones(host) / best : best,
		    MACHINE_MEASURED, source);
	free(source);
out:
	free(choice.text);
	free(ns);
	return run;
}

static void nothing(void *arg, unsigned int cpu)
{
}

static bool measure_wakeup(struct machine *machine, struct host *host)
{
	u64 start = clock_ns();
	unsigned int i;

	for (i = 0; i < WAKEUPS && !interrupted(); i++)
		host_on_each_cpu(host, nothing, NULL);
	if (i < WAKEUPS)
		return false;
	machine_set(machine, "wakeup_ns",
		    (double)(clock_ns() - start) / WAKEUPS, MACHINE_MEASURED,
		    "memmap calibrate, wake all CPU threads and wait");
	return true;
}

/* Return: how many costs were measured; fewer than NR_COSTS if interrupted. */
static unsigned int calibrate(struct machine *machine, struct host *host,
			      const struct options *o)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		progress(jobs[i].cost, i, NR_COSTS);
		nr += measure(machine, host, &jobs[i], o);
	}
	progress("wakeup_ns", i, NR_COSTS);
	nr += measure_wakeup(machine, host);
	progress("", 1, 1);
	return nr;
}

/* A part does not take the place of a file that may be whole. */
static int write_part(struct machine *machine, struct options *o,
		      unsigned int nr)
{
	struct output out = { .fd = STDOUT_FILENO }, *to = &o->output;
	int status;

	fprintf(stderr, "memmap: interrupted; %u of %u costs were measured%s\n",
		nr, NR_COSTS,
		nr ? ", and are printed" : "; nothing is written");
	if (!nr)
		return EXIT_SUCCESS;
	if (to->target && !access(to->target, F_OK)) {
		fprintf(stderr, "memmap: --output '%s': stays as it was\n",
			to->path);
		to = &out;
	}
	free(machine->notes);
	machine->notes = xasprintf(
		"calibration was interrupted: %u of %u costs were measured, the others follow from these or come from the default set",
		nr, NR_COSTS);
	machine_write(machine, output_stream(to));
	status = commit(to);
	output_free(&out);
	return status;
}

int verb_calibrate(int argc, char **argv)
{
	struct options o = { .runs = 5 };
	struct error error = { 0 };
	struct machine machine;
	struct host *host;
	unsigned int nr;
	int status;

	options_parse(&o,
		      OPTION_THREADS | OPTION_RUNS | OPTION_OUTPUT |
			      OPTION_QUIET,
		      &argp, NULL, argc, argv);
	options_machine(&o, &machine);
	free(machine.source);
	machine.source = xstrdup("memmap calibrate");
	host = host_create(machine.topology, o.threads, &error);
	if (!host)
		fail(&error);
	host_prefault(host);
	interrupt_catch();
	nr = calibrate(&machine, host, &o);
	host_destroy(host);
	if (nr < NR_COSTS) {
		status = write_part(&machine, &o, nr);
	} else {
		machine_write(&machine, output_stream(&o.output));
		status = commit(&o.output);
	}
	/* Standard output may be the machine file itself. */
	if (!status && nr == NR_COSTS && !o.quiet &&
	    !output_is_stdout(&o.output))
		printf("Next:\n"
		       "  memmap predict --machine '%s'    this host in virtual time, to lay beside memmap time\n"
		       "  memmap machine show '%s'    every number, and where it comes from\n",
		       o.output.path, o.output.path);
	machine_free(&machine);
	options_free(&o);
	return status;
}
