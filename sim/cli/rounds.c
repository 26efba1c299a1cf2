// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/die.h"
#include "base/stats.h"
#include "cli/interrupt.h"
#include "cli/plugs.h"
#include "cli/rounds.h"
#include "host/verify.h"
#include "host/yardstick.h"

/* CPUs that take part: the boot CPU alone, or so many of each node. */
static unsigned int choice_threads(const struct boot_choice *choice,
				   const struct host *host)
{
	if (!(choice->param.strategy->flags & MEMMAP_ALL_CPUS))
		return 1;
	return host_cpus(host, choice->param.threads);
}

static struct yardstick *yardstick_of(const struct rounds *rounds,
				      unsigned int threads)
{
	unsigned int i;

	for (i = 0; i < rounds->nr_yardsticks; i++)
		if (rounds->yardstick[i].threads == threads)
			return &rounds->yardstick[i];
	return NULL;
}

/**
 * rounds_init - nothing has run yet
 * @rounds: for rounds_free()
 * @options: which strategies, and how many rounds; there may be twice as many
 * @host: whose CPUs take part
 * @load: what takes memory once boot has gone on; NULL: nothing
 */
void rounds_init(struct rounds *rounds, const struct options *options,
		 const struct host *host, const struct host_load *load)
{
	unsigned int most = 2 * options->runs, i;

	*rounds = (struct rounds){
		.load = load,
		.nr_series = options->nr_choices,
	};
	rounds->series = xcalloc(rounds->nr_series, sizeof(*rounds->series));
	rounds->yardstick = xcalloc(rounds->nr_series,
				    sizeof(*rounds->yardstick));
	for (i = 0; i < rounds->nr_series; i++) {
		struct series *s = &rounds->series[i];
		struct yardstick *y;

		s->choice = &options->choice[i];
		s->threads = choice_threads(s->choice, host);
		s->early_ns = xcalloc(most, sizeof(double));
		s->boot_wait_ns = xcalloc(most, sizeof(double));
		s->complete_ns = xcalloc(most, sizeof(double));
		s->ns_per_page = xcalloc(most, sizeof(double));
		if (load)
			s->load_done_ns = xcalloc(most, sizeof(double));
		if (host_topology(host)->nr_plugs)
			s->plugged = xcalloc(most, sizeof(*s->plugged));
		if (yardstick_of(rounds, s->threads))
			continue;
		y = &rounds->yardstick[rounds->nr_yardsticks++];
		y->threads = s->threads;
		y->mainline_ns = xcalloc(most, sizeof(double));
		y->roofline_ns = xcalloc(most, sizeof(double));
	}
}

/**
 * rounds_free - forget all figures
 * @rounds: the rounds
 */
void rounds_free(struct rounds *rounds)
{
	unsigned int i;

	for (i = 0; i < rounds->nr_series; i++) {
		free(rounds->series[i].early_ns);
		free(rounds->series[i].boot_wait_ns);
		free(rounds->series[i].complete_ns);
		free(rounds->series[i].load_done_ns);
		free(rounds->series[i].ns_per_page);
		free(rounds->series[i].plugged);
		free(rounds->yardstick[i].mainline_ns);
		free(rounds->yardstick[i].roofline_ns);
	}
	free(rounds->series);
	free(rounds->yardstick);
}

static void verify(struct host *host, struct series *series)
{
	struct verify_result result;

	if (host_verify(host, &result)) {
		if (series->verdict == UNCHECKED)
			series->verdict = VERIFIED;
		return;
	}
	series->verdict = WRONG;
	fprintf(stderr, "memmap: %s: %lu of %lu descriptors wrong",
		series->choice->text, result.wrong, result.pages);
	if (result.wrong)
		fprintf(stderr, ", the first at pfn %#lx",
			result.first_wrong_pfn);
	fprintf(stderr, "; free lists %s, accounting %s\n",
		result.lists_ok ? "intact" : "BROKEN",
		result.accounting_ok ? "exact" : "WRONG");
}

static bool of_mainline(const struct series *series)
{
	return series->choice->param.strategy->flags & MEMMAP_MAINLINE;
}

/* From nothing to boot having gone on, or mainline's own way there. */
static void boot(struct host *host, const struct series *series, double *early,
		 double *waited)
{
	u64 start = clock_ns();

	if (of_mainline(series)) {
		mainline_early(host);
		*early = clock_ns() - start;
		mainline_late(host, series->threads);
	} else {
		host_boot_begin(host, &series->choice->param);
		*early = clock_ns() - start;
		host_boot(host);
	}
	*waited = clock_ns() - start;
}

/* Of what is not early, if anything is left; else of all. */
static double page_ns(const struct host *host, bool mainline, double early_ns,
		      double ns)
{
	unsigned long all = host_pages(host),
		      late = all - host_early_pages(host, mainline);

	return late ? (ns - early_ns) / late : ns / all;
}

static void run_series(struct host *host, struct series *series,
		       const struct host_load *load, unsigned long pull_pages)
{
	struct host_load_run *load_run = NULL;
	struct memmap_boot *state = host_boot_state(host);
	unsigned int run = series->nr++;
	unsigned long before, left;
	double early, waited, all;
	u64 began = clock_ns(), start;

	boot(host, series, &early, &waited);
	start = clock_ns();
	if (load)
		load_run = host_load_start(host, load);
	if (series->plugged)
		host_plug(host, series->choice->param.strategy, began, waited,
			  &series->plugged[run]);
	host_wait(host);
	all = waited + (clock_ns() - start);
	/* What was hot-added is no part of boot. */
	if (series->plugged)
		all = fmax(waited, series->plugged[run].drained_ns);

	if (load) {
		u64 ready;

		series->load_done_ns[run] = host_load_end(load_run, &ready);
		/* Who drains nothing leaves it to the load. */
		if (strategy_is(series->choice->param.strategy, STRATEGY_LAZY))
			all = waited + ready;
	}
	left = memmap_boot_pristine(state);
	series->early_ns[run] = early;
	series->boot_wait_ns[run] = waited;
	series->complete_ns[run] = left ? NAN : all;
	series->initialised = host_pages(host) + host_plugged(host) - left;
	if (!left)
		series->initialised -= host_plugged(host);
	series->ns_per_page[run] = page_ns(host, of_mainline(series), early,
					   all);
	if (left) {
		before = left;
		start = clock_ns();
		host_pull_all(host, pull_pages);
		all = clock_ns() - start;
		left = memmap_boot_pristine(state);
		series->ns_per_page[run] = all / (before - left);
	}
	series->store = state->store;
}

static void reset(const struct rounds *rounds, struct host *host)
{
	host_reset(host);
	if (rounds->cool)
		host_cool(host);
}

/**
 * rounds_run - each strategy once
 * @rounds: the rounds
 * @host: the machine
 * @pull_pages: where a strategy leaves memory pristine, pull so much of it
 * @check: compare every descriptor
 *
 * Ends early if interrupted.
 */
void rounds_run(struct rounds *rounds, struct host *host,
		unsigned long pull_pages, bool check)
{
	unsigned int i;

	for (i = 0; i < rounds->nr_series && !interrupted(); i++) {
		struct series *s = &rounds->series[i];

		reset(rounds, host);
		run_series(host, s, rounds->load, pull_pages);
		if (check)
			verify(host, s);
	}
}

/**
 * rounds_run_yardsticks - mainline and roofline, each once for each number of
 *	CPUs that take part in a strategy
 * @rounds: the rounds
 * @host: the machine
 *
 * Ends early if interrupted.
 */
void rounds_run_yardsticks(struct rounds *rounds, struct host *host)
{
	unsigned int i;

	for (i = 0; i < rounds->nr_yardsticks && !interrupted(); i++) {
		struct yardstick *y = &rounds->yardstick[i];

		reset(rounds, host);
		y->mainline_ns[y->nr] = (double)mainline_run(host, y->threads) /
					host_pages(host);
		reset(rounds, host);
		y->roofline_ns[y->nr] = (double)roofline_run(host, y->threads) /
					host_pages(host);
		y->nr++;
	}
}

/**
 * rounds_noisy - is any strategy's spread over the limit?
 * @rounds: the rounds
 * @noise_pct: the limit
 */
bool rounds_noisy(const struct rounds *rounds, double noise_pct)
{
	unsigned int i;

	for (i = 0; i < rounds->nr_series; i++)
		if (stats_spread_pct(rounds->series[i].ns_per_page,
				     rounds->series[i].nr) > noise_pct)
			return true;
	return false;
}

/**
 * rounds_result - what a strategy's runs say
 * @rounds: the rounds
 * @i: which strategy; it has run
 * @noise_pct: a spread above it is noisy
 * @result: the result
 *
 * The roofline is the best of its runs: what else goes on in the machine only
 * ever takes away, and a bound that a disturbed run has lowered is none.
 */
void rounds_result(const struct rounds *rounds, unsigned int i,
		   double noise_pct, struct result *result)
{
	const struct series *s = &rounds->series[i];
	const struct yardstick *y = yardstick_of(rounds, s->threads);
	double spread = stats_spread_pct(s->ns_per_page, s->nr);

	*result = (struct result){
		.choice = s->choice,
		.threads = s->threads,
		.early_ns = stats_median(s->early_ns, s->nr),
		.boot_wait_ns = stats_median(s->boot_wait_ns, s->nr),
		.complete_ns = stats_median(s->complete_ns, s->nr),
		.load_done_ns = s->load_done_ns ?
					stats_median(s->load_done_ns, s->nr) :
					NAN,
		/* Bands are of predictions; what was measured has a spread. */
		.boot_wait_low_ns = NAN,
		.boot_wait_high_ns = NAN,
		.complete_low_ns = NAN,
		.complete_high_ns = NAN,
		.ns_per_page = stats_median(s->ns_per_page, s->nr),
		.spread_pct = spread,
		.boot_wait_spread_pct = stats_spread_pct(s->boot_wait_ns, s->nr),
		.noisy = spread > noise_pct,
		.roofline_bytes_per_s = sizeof(struct page) * 1e9 /
					stats_least(y->roofline_ns, y->nr),
		.mainline_ns_per_page = stats_median(y->mainline_ns, y->nr),
		.pages_initialised = s->initialised,
		.store = s->store == MEMMAP_STORE_NT	 ? "nt" :
			 s->store == MEMMAP_STORE_CACHED ? "cached" :
							   "auto",
		.verdict = s->verdict,
		.label = "measured",
	};
}

/* What the runs of a strategy say of one piece: a column of their results. */
static double *of_runs(const struct series *s, size_t offset, unsigned int i)
{
	double *ns = xcalloc(s->nr, sizeof(*ns));
	unsigned int run;

	for (run = 0; run < s->nr; run++)
		ns[run] = ((double *)((char *)&s->plugged[run] + offset))[i];
	return ns;
}

static double online_ns(const struct series *s, unsigned int i, double *spread)
{
	double *ns = of_runs(s, offsetof(struct host_plugged, online_ns), i);
	double median = stats_median(ns, s->nr);

	*spread = stats_spread_pct(ns, s->nr);
	free(ns);
	return median;
}

/**
 * rounds_plugs - what the runs say of hot-added memory
 * @rounds: the rounds
 * @topology: the machine
 * @report: gets a table
 */
void rounds_plugs(const struct rounds *rounds, const struct topology *topology,
		  struct report *report)
{
	struct table *table = plugs_table(report);
	const struct series *mainline = NULL, *s;
	unsigned int i, j;
	double spread;

	for (i = 0; i < rounds->nr_series; i++)
		if (of_mainline(&rounds->series[i]) && rounds->series[i].nr)
			mainline = &rounds->series[i];
	for (i = 0; i < rounds->nr_series; i++)
		for (j = 0; j < topology->nr_plugs; j++) {
			struct plug_row row = {
				.plug = &topology->plug[j],
				.mainline_ns = NAN,
				.label = "measured",
			};
			double *ready;

			s = &rounds->series[i];
			if (!s->nr)
				continue;
			row.choice = s->choice;
			row.online_ns = online_ns(s, j, &row.spread_pct);
			ready = of_runs(s,
					offsetof(struct host_plugged, ready_ns),
					j);
			row.ready_ns = stats_median(ready, s->nr);
			free(ready);
			if (mainline)
				row.mainline_ns = online_ns(mainline, j,
							    &spread);
			plugs_add(table, topology, &row);
		}
	plugs_notes(report, topology);
}
