// SPDX-License-Identifier: GPL-2.0-only
/* memmap time: every strategy for real, on the same memory, in turn. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/load_spec.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "cli/rounds.h"
#include "cli/verbs.h"

/*
 * Where the memmap does not fit this host, the yardsticks run on 4 GiB of the
 * machine: 64 MiB of memmap, so that looking at a huge machine costs little.
 */
#define YARDSTICK_BYTES (4UL << 30)
/* And what stays pristine is pulled from 1 GiB of it. */
#define PULL_PAGES (1UL << 18)

struct own {
	bool check;
	struct load_spec spec;
};

static const struct argp_option argp_options[] = {
	{ "load", 'l', "LOAD", 0,
	  "what touches memory for the first time, once boot goes on; see below",
	  0 },
	{ "verify", 'v', NULL, 0,
	  "compare every descriptor with what mainline leaves when it runs on one CPU; status 1 if one differs",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct own *own = state->input;

	switch (key) {
	case 'v':
		own->check = true;
		return 0;
	case 'l':
		load_spec_parse(&own->spec, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Run the strategies for real: real stores, one thread a CPU, the memmap of the whole machine. Prints how long boot waits, when all is initialised, and how that compares with a plain fill (roofline) and with mainline's two passes. Without --cmdline: every strategy but mainline's own.\n\n"
	       "  memmap time --mem 4G\n"
	       "  memmap time --cmdline memmap_init=@waits@,store=nt --runs 9\n"
	       "  memmap time --mem 4G --hot-add 16G,at=1s\n"
	       "  memmap time --machine \"pack:4 [numa(memory=16GiB)] core:8 pu:1\" --verify\n"
	       "  memmap time --cmdline memmap_init=idle --load tenth,sleep=50%\n"
	       "\v" LOAD_HELP
	       "\nHere the CPUs are those that take part, and complete is what it is beside the load.\n\n"
	       "Interrupted, it prints what it has. On a machine larger than this host @lazy@ still runs: only what it touches costs memory.\n\n"
	       "Next: 'memmap calibrate' writes this host as a machine file, for 'memmap predict'; 'memmap alloc' shows what an allocation costs.",
};

static void check_fits(const struct options *o, const struct topology *topology)
{
	char need[UNITS_TEXT], have[UNITS_TEXT];
	unsigned int i;

	for (i = 0; i < o->nr_choices; i++) {
		/* One that drains nothing touches only what is asked for. */
		if (strategy_is(o->choice[i].param.strategy, STRATEGY_LAZY))
			continue;
		usage_error(
			"%s: would touch %s of memmap for real, and this host has %s available; try --cmdline memmap_init=%s, or a smaller --mem",
			o->choice[i].text,
			format_bytes(need, topology_pages(topology) *
						   TOPOLOGY_DESCRIPTOR_BYTES),
			format_bytes(have, memory_available()),
			strategy_of(STRATEGY_LAZY)->name);
	}
}

static int print(struct options *o, const struct topology *topology,
		 const struct rounds *rounds, unsigned int nr_rounds, bool fits)
{
	struct result *result = xcalloc(rounds->nr_series, sizeof(*result));
	unsigned int extra = nr_rounds > o->runs ? nr_rounds - o->runs : 0;
	struct report *report = report_new(o, "measured");
	int status = EXIT_SUCCESS;
	unsigned int i, nr = 0;
	bool noisy = false;

	report_machine(report, topology, NULL);
	report_json(report, "runs", json_integer(nr_rounds));
	report_json(report, "runs_repeated", json_integer(extra));
	report_json(report, "noise_limit_pct", json_real(o->noise_pct));
	report_json(report, "peak_rss_bytes", json_integer(peak_rss_bytes()));
	for (i = 0; i < rounds->nr_series; i++) {
		if (!rounds->series[i].nr)
			continue;
		rounds_result(rounds, i, o->noise_pct, &result[nr]);
		result[nr].pages_total = topology_pages(topology);
		noisy |= result[nr].noisy;
		if (result[nr++].verdict == WRONG)
			status = EXIT_FAILURE;
	}
	report_head_machine(report, topology,
			    nr_rounds > 1 ? "measured, median of %u rounds" :
					    "measured, one round",
			    nr_rounds);
	if (extra)
		report_note(
			report,
			"%u more rounds were run, because a spread was over %g %%.",
			extra, o->noise_pct);
	results_add(report, topology, result, nr);
	results_notes(report, result, nr, o->noise_pct);
	rounds_plugs(rounds, topology, report);
	if (!fits)
		report_note(
			report,
			"early: nothing is, for the memmap does not fit this host; a kernel would initialise early memory first.");
	if (noisy)
		report_next(report, "memmap time --runs %u",
			    o->runs < MAX_RUNS / 4 ? 4 * o->runs : MAX_RUNS);
	report_next(
		report,
		"memmap calibrate -o here.json    this host as a machine file, then:");
	report_next(
		report,
		"memmap predict --machine here.json    the same strategies in virtual time");
	report_next(
		report,
		"memmap alloc    what an allocation costs while memory is pristine");
	if (report_print(report, o))
		status = EXIT_FAILURE;
	report_free(report);
	free(result);
	return status;
}

/* The yardsticks touch all they are given: give them less. */
static void run_yardsticks_apart(struct rounds *rounds, struct options *o)
{
	struct topology *topology = options_topology(o);
	struct host *host;
	unsigned int run;

	topology_set_memory(topology, YARDSTICK_BYTES);
	host = options_host(o, topology);
	rounds_init(rounds, o, host, NULL);
	host_prefault(host);
	for (run = 0; run < o->runs && !interrupted(); run++)
		rounds_run_yardsticks(rounds, host);
	host_destroy(host);
	topology_free(topology);
}

/* Return: how many rounds have begun. */
static unsigned int run_rounds(struct rounds *rounds, struct host *host,
			       const struct options *o, bool fits, bool check)
{
	unsigned int round, most = o->runs;

	for (round = 0; round < most && !interrupted(); round++) {
		progress(round < o->runs ? "rounds" : "rounds, run again",
			 round, most);
		rounds_run(rounds, host, fits ? ULONG_MAX : PULL_PAGES,
			   check && round == o->runs - 1);
		if (fits)
			rounds_run_yardsticks(rounds, host);
		/* One more in the place of one that was disturbed. */
		if (round + 1 == most && most < 2 * o->runs &&
		    rounds_noisy(rounds, o->noise_pct))
			most++;
	}
	progress("", 1, 1);
	if (interrupted())
		fprintf(stderr, "memmap: interrupted in round %u of %u%s\n",
			round, most,
			check && round < o->runs ? ", not verified" : "");
	return round;
}

/* As the host runs it: each CPU takes whole blocks. */
static struct host_load *host_load_of(const struct own *own,
				      const struct options *o,
				      const struct topology *topology,
				      bool fits)
{
	double bytes = topology_pages(topology) * PAGE_SIZE;
	struct host_load *on_host;
	struct load load;

	if (!own->spec.text)
		return NULL;
	if (!fits)
		usage_error(
			"--load: the memmap of all memory does not fit this host; want less, or 'memmap advise', which needs none");
	load = load_spec_on(&own->spec, topology->name, bytes, o->threads);
	on_host = xcalloc(1, sizeof(*on_host));
	*on_host = (struct host_load){
		.nr_cpus = load.nr_cpus,
		.bytes = load.share * bytes / load.nr_cpus,
		.at_ns = load.at_ns,
		.clear = load.clear,
		.asleep = load.asleep,
	};
	return on_host;
}

int verb_time(int argc, char **argv)
{
	struct options o = { .runs = 5 };
	struct own own = { 0 };
	struct host_load *load;
	const struct topology *topology;
	struct machine machine;
	struct rounds rounds;
	unsigned int nr_rounds;
	bool fits;
	struct host *host;
	int status;

	options_parse(&o,
		      OPTION_MACHINE | OPTION_MEM | OPTION_HOT_ADD |
			      OPTION_CMDLINE | OPTION_THREADS | OPTION_RUNS |
			      OPTIONS_TABLE,
		      &argp, &own, argc, argv);
	options_default_choices(&o, MEMMAP_MAINLINE);
	options_machine(&o, &machine);
	topology = machine.topology;
	options_limit_threads(&o, topology);
	fits = memory_fits(
		(topology_pages(topology) + topology_plug_pages(topology)) *
		TOPOLOGY_DESCRIPTOR_BYTES);
	if (!fits && topology->nr_plugs)
		usage_error(
			"--hot-add: the memmap of all memory does not fit this host; want less, or 'memmap predict', which needs none");
	if (!fits) {
		check_fits(&o, topology);
		run_yardsticks_apart(&rounds, &o);
	}
	load = host_load_of(&own, &o, topology, fits);
	host = options_host(&o, topology);
	if (fits) {
		rounds_init(&rounds, &o, host, load);
		rounds.cool = true;
		host_prefault(host);
		host_set_early(host, &machine.costs);
	}
	interrupt_catch();
	nr_rounds = run_rounds(&rounds, host, &o, fits, own.check);
	status = print(&o, topology, &rounds, nr_rounds, fits);
	rounds_free(&rounds);
	host_destroy(host);
	free(load);
	machine_free(&machine);
	options_free(&o);
	return status;
}
