// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap alloc: what does a user of memory notice?
 *
 * The same load on memory that is pristine, being drained and ready, in turn.
 * Each allocation is touched as its user would: the price of a pull stands
 * beside the price of clearing what it gave.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/die.h"
#include "base/hist.h"
#include "base/stats.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "host/buddy.h"
#include "host/host.h"

/**
 * struct mode - memory in one state, and what the load met there
 * @name: for the table
 * @choice: how the machine boots; no text: go on with what the last mode used
 *	and freed, which is initialised by now
 * @alloc: times of allocations, all runs
 * @hold: times that the zone lock was held, all runs
 * @allocs_per_s: per run
 * @nr: runs
 * @failed: threads that ran out of memory, all runs
 * @pulled_pages: initialised while the load ran, last run
 */
struct mode {
	char *name;
	struct boot_choice choice;
	struct hist alloc;
	struct hist hold;
	double *allocs_per_s;
	unsigned int nr;
	unsigned long failed;
	unsigned long pulled_pages;
};

/**
 * struct load - what the threads do
 * @options: the common options
 * @count: allocations a thread
 * @order: of each
 * @touch: clear what was given
 * @nr_modes: memory in how many states
 * @modes: the states; the last one is ready memory, the measure of the others
 * @host: the machine
 * @page: what each thread has got
 * @zone: from where
 * @hist: times, per thread
 * @done: allocations, per thread
 */
struct load {
	struct options options;
	unsigned int count;
	unsigned int order;
	bool touch;
	unsigned int nr_modes;
	struct mode *modes;
	struct host *host;
	struct page **page;
	struct zone **zone;
	struct hist *hist;
	unsigned int *done;
};

static const struct argp_option argp_options[] = {
	{ "count", 'n', "N", 0, "allocations a thread; default 100000", 0 },
	{ "order", 'k', "N", 0, "2^N pages an allocation, 0 to 10; default 0",
	  0 },
	{ "no-touch", 'x', NULL, 0, "allocate only, clear nothing", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct load *load = state->input;

	switch (key) {
	case 'n':
		load->count = option_count("--count", arg, 1, 1 << 28);
		return 0;
	case 'k':
		load->order = option_count("--order", arg, 0, MAX_PAGE_ORDER);
		return 0;
	case 'x':
		load->touch = false;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Threads allocate and clear memory while it is pristine, while it is being drained and when it is ready, in turn. Prints what an allocation costs and how long the zone lock is held.\n\n"
	       "  memmap alloc --mem 8G\n"
	       "  memmap alloc --order 9 --count 2000\n"
	       "  memmap alloc --machine \"pack:32 [numa(memory=512GiB)] core:8 pu:1\"\n"
	       "\v"
	       "On a machine larger than this host, ready memory is what was used before. Interrupted, it prints what it has.\n\n"
	       "Next: 'memmap time' shows how long each strategy takes to make memory ready.",
};

/* Nearest zone first, as a zonelist would have it, then round. */
static struct page *load_alloc(struct load *load, unsigned int cpu,
			       struct zone **zone)
{
	unsigned int nr = host_nr_zones(load->host), i;
	unsigned int first = (unsigned long)cpu * nr / load->options.threads;

	for (i = 0; i < nr; i++) {
		struct page *page;

		*zone = host_zone(load->host, (first + i) % nr);
		page = buddy_alloc(host_boot_state(load->host), *zone,
				   load->order, MIGRATE_MOVABLE);
		if (page)
			return page;
	}
	return NULL;
}

static void load_run(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	size_t bytes = PAGE_SIZE << load->order;
	size_t at = (size_t)cpu * load->count;
	struct hist *hist = &load->hist[cpu];
	/* The memory itself is not there: one buffer stands for all of it. */
	char *content = load->touch ? malloc(bytes) : NULL;
	unsigned int i;

	for (i = 0; i < load->count; i++) {
		u64 start = clock_ns();

		load->page[at + i] = load_alloc(load, cpu, &load->zone[at + i]);
		hist_add(hist, clock_ns() - start);
		if (!load->page[at + i])
			break;
		if (content) {
			memset(content, i, bytes);
			/* The compiler must not think that nobody reads it. */
			asm volatile("" : : "r"(content) : "memory");
		}
	}
	load->done[cpu] = i;
	free(content);
}

static void load_free(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	size_t at = (size_t)cpu * load->count;
	unsigned int i;

	for (i = 0; i < load->done[cpu]; i++)
		buddy_free(load->zone[at + i], load->page[at + i], load->order);
}

static void boot(struct host *host, const struct boot_choice *choice)
{
	host_reset(host);
	host_boot_begin(host, &choice->param);
	host_boot(host);
}

static void run_mode(struct load *load, struct mode *mode)
{
	unsigned int threads = load->options.threads, i;
	unsigned long before, done = 0;
	u64 start, end;

	if (mode->choice.text)
		boot(load->host, &mode->choice);
	for (i = 0; i < host_nr_zones(load->host); i++)
		buddy_profile_begin(host_zone(load->host, i));

	memset(load->hist, 0, threads * sizeof(*load->hist));
	before = memmap_boot_pristine(host_boot_state(load->host));
	start = clock_ns();
	host_on_each_cpu(load->host, load_run, load);
	end = clock_ns();
	mode->pulled_pages = before -
			     memmap_boot_pristine(host_boot_state(load->host));

	for (i = 0; i < threads; i++) {
		hist_merge(&mode->alloc, &load->hist[i]);
		done += load->done[i];
		mode->failed += load->done[i] < load->count;
	}
	for (i = 0; i < host_nr_zones(load->host); i++)
		buddy_profile_end(host_zone(load->host, i), &mode->hold);
	mode->allocs_per_s[mode->nr++] = done * 1e9 / (end - start);
	host_on_each_cpu(load->host, load_free, load);
	host_wait(load->host);
}

static struct mode *add_mode(struct load *load, const char *state,
			     const struct memmap_strategy *strategy)
{
	struct mode *mode;

	load->modes = xrealloc(load->modes, load->nr_modes + 1, sizeof(*mode));
	mode = &load->modes[load->nr_modes++];
	memset(mode, 0, sizeof(*mode));
	mode->name = xasprintf("%s (%s)", state,
			       strategy ? strategy->name : "used once");
	if (strategy)
		boot_choose_strategy(&mode->choice, strategy, "");
	mode->allocs_per_s = xcalloc(2 * load->options.runs, sizeof(double));
	return mode;
}

/*
 * Memory that is not ready when boot goes on, then memory that is. A machine
 * whose memmap this host cannot hold is only ever used in part.
 */
static void choose_modes(struct load *load, bool fits)
{
	const struct memmap_strategy *strategy;
	unsigned int nr;

	for (nr = 0; memmap_strategies[nr]; nr++)
		;
	while (nr--) {
		strategy = memmap_strategies[nr];
		if (strategy_is(strategy, STRATEGY_LAZY))
			add_mode(load, "pristine", strategy);
		else if (fits && strategy_is(strategy, STRATEGY_BACKGROUND))
			add_mode(load, "draining", strategy);
	}
	add_mode(load, "ready", fits ? strategy_of(STRATEGY_REFERENCE) : NULL);
}

static double spread_pct(const struct mode *mode)
{
	return stats_spread_pct(mode->allocs_per_s, mode->nr);
}

static bool noisy(const struct load *load)
{
	unsigned int i;

	for (i = 0; i < load->nr_modes; i++)
		if (spread_pct(&load->modes[i]) > load->options.noise_pct)
			return true;
	return false;
}

/* Return: how many rounds have begun. */
static unsigned int run_rounds(struct load *load)
{
	const struct options *o = &load->options;
	unsigned int round, most = o->runs, i;

	for (round = 0; round < most && !interrupted(); round++) {
		for (i = 0; i < load->nr_modes && !interrupted(); i++) {
			progress(load->modes[i].name,
				 round * load->nr_modes + i,
				 most * load->nr_modes);
			run_mode(load, &load->modes[i]);
		}
		/* One more in the place of one that was disturbed. */
		if (round + 1 == most && most < 2 * o->runs && noisy(load))
			most++;
	}
	progress("", 1, 1);
	if (interrupted())
		fprintf(stderr, "memmap: interrupted in round %u of %u\n",
			round, most);
	return round;
}

static const struct table_column columns[] = {
	{ "memory", "memory", TABLE_WORDS },
	{ "cmdline", NULL, TABLE_WORDS },
	{ "alloc.p50_ns", "p50", TABLE_NS },
	{ "alloc.p99_ns", "p99", TABLE_NS },
	{ "alloc.p99_9_ns", "p99.9", TABLE_NS, .optional = true },
	{ "alloc.max_ns", "max", TABLE_NS },
	{ "allocs_per_s", "allocs/s", TABLE_NUMBER, .optional = true },
	{ "spread_pct", "spread", TABLE_PERCENT, 1, .seldom = true },
	{ "noisy", "", TABLE_BOOL, .yes = "NOISY", .no = "", .seldom = true },
	{ NULL, "of ready", TABLE_FACTOR, 2 },
	{ "lock_hold.p50_ns", "lock p50", TABLE_NS, .optional = true },
	{ "lock_hold.p99_ns", "p99", TABLE_NS, .optional = true },
	{ "lock_hold.p99_9_ns", NULL, TABLE_NS },
	{ "lock_hold.max_ns", "max", TABLE_NS, .optional = true },
	{ "pages_initialised", "initialised", TABLE_COUNT, .optional = true },
	{ "threads_out_of_memory", NULL, TABLE_COUNT },
};

static void add_rows(const struct load *load, struct table *table)
{
	const struct mode *ready = &load->modes[load->nr_modes - 1], *m;
	double measure = stats_median(ready->allocs_per_s, ready->nr), rate;
	bool disturbed;

	for (m = load->modes; m <= ready; m++) {
		if (!m->nr)
			continue;
		rate = stats_median(m->allocs_per_s, m->nr);
		disturbed = spread_pct(m) > load->options.noise_pct;
		table_put_text(table, m->name);
		table_put_text(table, m->choice.text);
		table_put_count(table, hist_quantile(&m->alloc, .5));
		table_put_count(table, hist_quantile(&m->alloc, .99));
		table_put_count(table, hist_quantile(&m->alloc, .999));
		table_put_count(table, m->alloc.max);
		table_put_number(table, rate);
		table_put_number(table, spread_pct(m));
		table_put_bool(table, disturbed);
		table_put_number(table, rate / measure);
		table_put_count(table, hist_quantile(&m->hold, .5));
		table_put_count(table, hist_quantile(&m->hold, .99));
		table_put_count(table, hist_quantile(&m->hold, .999));
		table_put_count(table, m->hold.max);
		table_put_count(table, m->pulled_pages);
		table_put_count(table, m->failed);
		if (disturbed)
			table_colour(table, TABLE_WARNING);
		table_end_row(table);
	}
}

static int print(struct load *load, const struct topology *topology,
		 unsigned int nr_rounds)
{
	struct options *o = &load->options;
	unsigned int extra = nr_rounds > o->runs ? nr_rounds - o->runs : 0, i;
	struct report *report = report_new(o, "measured");
	int status;

	report_head_machine(report, topology, "measured, median of %u round%s",
			    nr_rounds, nr_rounds == 1 ? "" : "s");
	report_head(report, "%u threads, %u allocations of order %u each, %s",
		    o->threads, load->count, load->order,
		    load->touch ? "cleared after" : "not touched");
	report_machine(report, topology, NULL);
	report_json(report, "threads", json_integer(o->threads));
	report_json(report, "count", json_integer(load->count));
	report_json(report, "order", json_integer(load->order));
	report_json(report, "runs", json_integer(nr_rounds));
	report_json(report, "runs_repeated", json_integer(extra));
	report_json(report, "noise_limit_pct", json_real(o->noise_pct));
	add_rows(load, report_table(report, "results", NULL, columns,
				    ARRAY_SIZE(columns)));
	report_note(
		report,
		"p50 to max: an allocation; lock p50 to max: zone lock held. initialised: pages, while the load ran.");
	if (extra)
		report_note(
			report,
			"%u more rounds were run, because a spread was over %g %%.",
			extra, o->noise_pct);
	if (noisy(load)) {
		report_note(
			report,
			"NOISY: the middle half of the runs is more than %g %% of the median apart: do not compare this row. Stop what else runs here, or give more --runs.",
			o->noise_pct);
		report_next(report, "memmap alloc --runs %u",
			    o->runs < MAX_RUNS / 4 ? 4 * o->runs : MAX_RUNS);
	}
	for (i = 0; i < load->nr_modes; i++)
		if (load->modes[i].failed)
			report_note(
				report,
				"%s: memory ran out for %lu threads; use a smaller --count or a larger --mem",
				load->modes[i].name, load->modes[i].failed);
	report_next(
		report,
		"memmap time    how long each strategy takes to make memory ready");
	report_next(report,
		    "memmap alloc --order 9    the same with huge pages");
	status = report_print(report, o);
	report_free(report);
	return status;
}

static void load_alloc_tables(struct load *load)
{
	unsigned int threads = load->options.threads;
	size_t slots = (size_t)threads * load->count;

	if (slots * (sizeof(*load->page) + sizeof(*load->zone)) >
	    memory_available() / 4)
		usage_error(
			"--count '%u' with %u threads: more than this host can keep account of; use a smaller one",
			load->count, threads);
	load->page = xcalloc(slots, sizeof(*load->page));
	load->zone = xcalloc(slots, sizeof(*load->zone));
	load->hist = xcalloc(threads, sizeof(*load->hist));
	load->done = xcalloc(threads, sizeof(*load->done));
}

static void load_free_tables(struct load *load)
{
	unsigned int i;

	for (i = 0; i < load->nr_modes; i++) {
		free(load->modes[i].name);
		free(load->modes[i].choice.text);
		free(load->modes[i].allocs_per_s);
	}
	free(load->modes);
	free(load->page);
	free(load->zone);
	free(load->hist);
	free(load->done);
}

int verb_alloc(int argc, char **argv)
{
	struct load load = { .options.runs = 3, .count = 100000, .touch = true };
	struct options *o = &load.options;
	struct topology *topology;
	bool fits;
	int status;

	options_parse(o,
		      OPTION_MACHINE | OPTION_MEM | OPTION_THREADS |
			      OPTION_RUNS | OPTIONS_TABLE,
		      &argp, &load, argc, argv);
	topology = options_topology(o);
	fits = memory_fits(topology_pages(topology) * TOPOLOGY_DESCRIPTOR_BYTES);
	choose_modes(&load, fits);
	load_alloc_tables(&load);
	load.host = options_host(o, topology);
	if (fits)
		host_prefault(load.host);
	interrupt_catch();
	status = print(&load, topology, run_rounds(&load));
	host_destroy(load.host);
	topology_free(topology);
	load_free_tables(&load);
	options_free(o);
	return status;
}
