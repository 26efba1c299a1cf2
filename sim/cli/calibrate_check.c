// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap calibrate --check: do predictions for this host come true?
 *
 *	round 0:  each run for a cost	each strategy
 *	round 1:  each run for a cost	each strategy
 *	...
 *	costs -> predictions		medians
 *
 * Costs and strategies are timed in the same rounds, so that a slow minute of
 * this host slows both.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/calibrate.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/predict.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/rounds.h"

static const struct table_column columns[] = {
	{ "machine", NULL, TABLE_WORDS, .not_in = 1 << TABLE_JSON },
	{ "strategy", "strategy", TABLE_WORDS },
	{ "cmdline", NULL, TABLE_WORDS },
	{ "threads", "CPUs", TABLE_COUNT, .optional = true },
	{ "figure", "figure", TABLE_WORDS },
	{ "measured_ns", "measured", TABLE_NS },
	{ "predicted_ns", "predicted", TABLE_NS },
	{ "ratio", "ratio", TABLE_FACTOR, 3 },
	{ "low_ns", NULL, TABLE_NS },
	{ "high_ns", NULL, TABLE_NS },
	{ NULL, "band", TABLE_WORDS, .optional = true },
	{ "spread_pct", "spread", TABLE_PERCENT, 1 },
	{ "noisy", "", TABLE_BOOL, .yes = "NOISY", .no = "", .seldom = true },
	{ "in_band", "in band", TABLE_BOOL, .yes = "yes", .no = "NO" },
	{ "binds", NULL, TABLE_WORDS },
	{ "label", "rests on", TABLE_WORDS, .optional = true },
};

/**
 * struct figure - something that was measured and predicted
 * @name: what it is
 * @measured: ns
 * @predicted: ns
 * @low: the least that it should be
 * @high: the most
 * @spread_pct: of what was measured
 */
struct figure {
	const char *name;
	double measured;
	double predicted;
	double low;
	double high;
	double spread_pct;
};

/**
 * struct comparison - how well predictions came true
 * @table: gets a row for each figure
 * @name: of the machine
 * @noise_pct: a spread above it is noisy
 * @nr: figures
 * @nr_outside: outside of their band
 * @worst: the ratio that is farthest off
 */
struct comparison {
	struct table *table;
	const char *name;
	double noise_pct;
	unsigned int nr;
	unsigned int nr_outside;
	double worst;
};

static void put(struct comparison *comparison, const struct result *measured,
		const struct result *predicted, const struct figure *f)
{
	struct table *table = comparison->table;
	double ratio = f->predicted / f->measured;
	bool inside = f->measured >= f->low && f->measured <= f->high;

	table_put_text(table, comparison->name);
	table_put_text(table, measured->choice->param.strategy->name);
	table_put_text(table, measured->choice->text);
	table_put_count(table, measured->threads);
	table_put_text(table, f->name);
	table_put_number(table, f->measured);
	table_put_number(table, f->predicted);
	table_put_number(table, ratio);
	table_put_number(table, f->low);
	table_put_number(table, f->high);
	report_put_band(table, f->low / f->predicted, f->high / f->predicted);
	table_put_number(table, f->spread_pct);
	table_put_bool(table, f->spread_pct > comparison->noise_pct);
	table_put_bool(table, inside);
	table_put_text(table, predicted->binds);
	table_put_text(table, predicted->label);
	if (!inside)
		table_colour(table, TABLE_WRONG);
	else if (f->spread_pct > comparison->noise_pct)
		table_colour(table, TABLE_WARNING);
	table_end_row(table);

	comparison->nr++;
	comparison->nr_outside += !inside;
	if (fabs(log(ratio)) >= fabs(log(comparison->worst)))
		comparison->worst = ratio;
}

/* Boot waits, then what comes after it: complete, or a page that is pulled. */
static void compare(struct comparison *comparison,
		    const struct machine *machine,
		    const struct result *measured,
		    const struct result *predicted)
{
	enum machine_cost_id page = strcmp(predicted->store, "nt") ?
					    COST_PAGE_CACHED :
					    COST_PAGE_NT;
	struct machine_range range = machine_cost_range(machine, page);
	struct figure f = {
		.name = "boot waits",
		.measured = measured->boot_wait_ns,
		.predicted = predicted->boot_wait_ns,
		.low = predicted->boot_wait_low_ns,
		.high = predicted->boot_wait_high_ns,
		.spread_pct = measured->boot_wait_spread_pct,
	};

	/* Nothing is early and nothing waits: there is nothing to compare. */
	if (f.predicted > 0)
		put(comparison, measured, predicted, &f);
	if (measured->choice->param.strategy->flags & MEMMAP_WAITS)
		return;
	f.spread_pct = measured->spread_pct;
	if (isnan(measured->complete_ns) || isnan(predicted->complete_ns)) {
		f.name = "page pulled";
		f.measured = measured->ns_per_page;
		f.predicted = predicted->ns_per_page;
		f.low = f.predicted * range.low * (1 - BAND_RUN);
		f.high = f.predicted * range.high * (1 + BAND_RUN);
	} else {
		f.name = "complete";
		f.measured = measured->complete_ns;
		f.predicted = predicted->complete_ns;
		f.low = predicted->complete_low_ns;
		f.high = predicted->complete_high_ns;
	}
	put(comparison, measured, predicted, &f);
}

/* Return: how many rounds were run. */
static unsigned int run_rounds(struct costing *costing, const struct options *o,
			       const struct machine *shape,
			       struct rounds *rounds)
{
	unsigned int round, most = o->runs;
	struct host *host;

	for (round = 0; round < most && !interrupted(); round++) {
		progress("rounds", round, most);
		/* A process has one memmap, so the machines take turns. */
		if (!o->machine) {
			host = options_host(o, costing->machine.topology);
			host_prefault(host);
			costing_round(costing, host);
			host_destroy(host);
		}
		host = options_host(o, shape->topology);
		host_prefault(host);
		if (!round)
			rounds_init(rounds, o, host, NULL);
		rounds->cool = true;
		host_set_early(host, &shape->costs);
		rounds_run(rounds, host, ULONG_MAX, false);
		rounds_run_yardsticks(rounds, host);
		host_destroy(host);
		if (round + 1 == most && most < 2 * o->runs &&
		    rounds_noisy(rounds, o->noise_pct))
			most++;
	}
	progress("", 1, 1);
	return round;
}

/* The shape that strategies run on, with the costs that were solved. */
static void predict(struct comparison *comparison, const struct options *o,
		    const struct rounds *rounds, const struct machine *machine)
{
	unsigned int i;

	for (i = 0; i < rounds->nr_series; i++) {
		struct result measured, predicted;
		struct banded banded;

		rounds_result(rounds, i, o->noise_pct, &measured);
		if (band_run(machine, &measured.choice->param, NULL, NULL,
			     &banded))
			usage_error("--machine %s: it has no CPU",
				    machine->topology->name);
		predict_result(&predicted, measured.choice, machine, &banded);
		compare(comparison, machine, &measured, &predicted);
	}
}

/* What was solved, in the shape that was run: the same nodes. */
static void take_costs(struct machine *shape, struct machine *solved)
{
	unsigned int nr_nodes = shape->topology->nr_nodes, i, n;

	for (i = 0; i < MACHINE_NR_COSTS; i++) {
		const struct machine_cost *from = &solved->cost[i];

		machine_set(shape, machine_cost_name(i),
			    *machine_cost_value(solved, i), from->label,
			    from->source);
		if (from->range.low > 0)
			machine_set_range(shape, i, from->range.low,
					  from->range.high);
	}
	for (n = 0; solved->costs.node && n < nr_nodes; n++)
		for (i = 0; i < NR_WRITE_MODES; i++)
			*machine_node_value(shape, n, i) =
				*machine_node_value(solved, n, i);
}

static void check_fits(const struct topology *topology)
{
	char need[UNITS_TEXT], have[UNITS_TEXT];
	unsigned long bytes = topology_pages(topology) *
			      TOPOLOGY_DESCRIPTOR_BYTES;

	if (!memory_fits(bytes))
		usage_error(
			"--check would touch %s of memmap for real, and this host has %s available; use a smaller --mem",
			format_bytes(need, bytes),
			format_bytes(have, memory_available()));
}

static int print(struct options *o, const struct machine *machine,
		 const struct rounds *rounds, unsigned int nr_rounds)
{
	struct report *report = report_new(o, "calibrated");
	struct comparison comparison = {
		.name = machine->topology->name,
		.noise_pct = o->noise_pct,
		.worst = 1,
	};
	int status;

	report_machine(report, machine->topology, NULL);
	report_head_machine(report, machine->topology,
			    "measured, median of %u rounds, and predicted",
			    nr_rounds);
	comparison.table = report_table(report, "results", NULL, columns,
					ARRAY_SIZE(columns));
	predict(&comparison, o, rounds, machine);
	report_json(report, "runs", json_integer(nr_rounds));
	report_json(report, "noise_limit_pct", json_real(o->noise_pct));
	report_json(report, "figures", json_integer(comparison.nr));
	report_json(report, "figures_in_band",
		    json_integer(comparison.nr - comparison.nr_outside));
	report_json(report, "worst_ratio", json_real(comparison.worst));
	report_note(
		report,
		"ratio: predicted over measured; the worst is %.3f. %u of %u figures are measured within their band.",
		comparison.worst, comparison.nr - comparison.nr_outside,
		comparison.nr);
	report_note(
		report,
		"NOISY: the middle half of the runs is more than %g %% of the median apart; something else runs here.",
		o->noise_pct);
	report_next(
		report,
		"memmap calibrate -o here.json    these costs as a machine file");
	report_next(
		report,
		"memmap calibrate --check --mem 1G    the same on another size");
	status = report_print(report, o);
	report_free(report);
	return status || comparison.nr_outside ? EXIT_FAILURE : EXIT_SUCCESS;
}

/**
 * calibrate_check - compare predictions with what this host does
 * @costing: nothing of it measured yet; not used with --machine
 * @o: --machine for costs, --mem and --cmdline for what is compared
 *
 * Return: exit status.
 */
int calibrate_check(struct costing *costing, struct options *o)
{
	unsigned int nr_rounds;
	struct machine shape;
	struct rounds rounds;
	int status;

	options_default_choices(o, 0);
	options_machine(o, &shape);
	if (topology_cpus(shape.topology) != o->threads)
		usage_error(
			"--machine %s has %u CPUs and %u run here; give the file that 'memmap calibrate' wrote on this host, or --threads",
			shape.topology->name, topology_cpus(shape.topology),
			o->threads);
	check_fits(shape.topology);
	interrupt_catch();
	nr_rounds = run_rounds(costing, o, &shape, &rounds);
	if (interrupted()) {
		fprintf(stderr, "memmap: interrupted; nothing is compared\n");
		return EXIT_FAILURE;
	}
	if (!o->machine) {
		costing_solve(costing);
		take_costs(&shape, &costing->machine);
	}
	status = print(o, &shape, &rounds, nr_rounds);
	rounds_free(&rounds);
	machine_free(&shape);
	return status;
}
