// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine's costs from timings of its own.
 *
 * Costs are solved one after the other, each from a run that depends on it and
 * on those before:
 *
 *	a page				one CPU, each node by a CPU of its own
 *	a page of a distant node	one CPU, all nodes from where it is
 *	a memory's rate			a CPU on each core
 *	a core's second thread		all CPUs
 *
 * Where a cost does not show in its run, it is bounded from one side: a memory
 * in front of which CPUs are as fast together as alone may have any rate beyond.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "base/stats.h"
#include "check/calibration.h"

/* Nineteen of twenty runs take no longer, and no less. */
#define LOW_QUANTILE  .05
#define HIGH_QUANTILE .95

/*
 * A memory that takes so many times what its CPUs write keeps none of them
 * waiting: the queue makes 16 writers 0.02 % slower, two 0.1 %.
 */
#define NEVER_FULL 16.0
/* A cost that changes its run by less than this, at its most, does not show. */
#define SHOWS 1.05
/* A memory that makes less of a difference is that of one CPU. */
#define HARDLY 1.005
/* No memory is in the way while a page is solved. */
#define NO_LIMIT 1e15

static void add_run(struct calibration *calibration, enum machine_cost_id cost,
		    enum write_mode mode,
		    const struct memmap_strategy *strategy,
		    unsigned int threads)
{
	const struct topology *topology = calibration->topology;
	struct calibration_run *run;
	unsigned int i;

	calibration->run = xgrow(calibration->run, calibration->nr,
				 sizeof(*calibration->run));
	run = &calibration->run[calibration->nr++];
	*run = (struct calibration_run){ .cost = cost, .mode = mode };
	memmap_param_default(&run->param);
	if (mode != WRITE_MAINLINE) {
		run->param.strategy = strategy;
		run->param.store = mode == WRITE_NT ? MEMMAP_STORE_NT :
						      MEMMAP_STORE_CACHED;
	}
	run->param.threads = threads;
	run->alone = mode == WRITE_MAINLINE && cost == COST_PAGE_MAINLINE;
	run->cpus = 1;
	if (cost >= COST_NODE_CACHED && cost != COST_REMOTE) {
		run->cpus = 0;
		for (i = 0; i < topology->nr_nodes; i++)
			run->cpus += threads ? min(topology->nodes[i].nr_cpus,
						   threads) :
					       topology->nodes[i].nr_cpus;
	}
	run->what = xasprintf("%s%s, %u CPU%s",
			      mode == WRITE_MAINLINE ? "mainline's two passes" :
						       strategy->name,
			      mode == WRITE_MAINLINE ? "" :
			      mode == WRITE_NT	     ? ",store=nt" :
						       ",store=cached",
			      run->cpus, run->cpus == 1 ? "" : "s");
}

/**
 * calibration_init - list what has to be timed on a machine
 * @calibration: the result; calibration_free() it
 * @machine: with the CPUs that run and the links that it says
 * @strategies: who drains
 */
void calibration_init(struct calibration *calibration,
		      const struct machine *machine,
		      const struct calibration_strategies *strategies)
{
	const struct topology *topology = machine->topology;
	unsigned int cores = 0, memories = 0, i;
	bool smt = false;

	*calibration = (struct calibration){ .topology = topology,
					     .strategies = *strategies };
	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		cores = max(cores, topology_node_cores(node));
		smt |= topology_node_cores(node) < node->nr_cpus;
		memories += !!node->nr_ranges;
	}
	add_run(calibration, COST_PAGE_CACHED, WRITE_CACHED, strategies->visits,
		0);
	add_run(calibration, COST_PAGE_NT, WRITE_NT, strategies->visits, 0);
	if (memories > 1 && !machine->costs.net.nr_links)
		add_run(calibration, COST_REMOTE, WRITE_CACHED,
			strategies->reference, 0);
	add_run(calibration, COST_PAGE_MAINLINE, WRITE_MAINLINE, NULL, 0);
	if (topology_cpus(topology) < 2)
		return;
	for (i = 0; i < NR_WRITE_MODES; i++)
		add_run(calibration, COST_NODE_CACHED + i, i,
			strategies->background, smt ? cores : 0);
	for (i = 0; smt && i < NR_WRITE_MODES; i++)
		add_run(calibration, COST_SMT, i, strategies->background, 0);
}

/**
 * calibration_free - forget all timings
 * @calibration: the calibration
 */
void calibration_free(struct calibration *calibration)
{
	unsigned int i;

	for (i = 0; i < calibration->nr; i++) {
		free(calibration->run[i].what);
		free(calibration->run[i].ns);
	}
	free(calibration->run);
}

/**
 * calibration_add - a run took so long
 * @run: the run
 * @ns: from its first page to its last, early memory apart
 */
void calibration_add(struct calibration_run *run, double ns)
{
	run->ns = xgrow(run->ns, run->nr, sizeof(*run->ns));
	run->ns[run->nr++] = ns;
}

/**
 * calibration_model_ns - how long the model says that a run takes
 * @calibration: the machine, and which strategies are run
 * @run: the run
 * @costs: of the machine
 *
 * Return: ns, from the first page to the last, without early memory.
 */
double calibration_model_ns(const struct calibration *calibration,
			    const struct calibration_run *run,
			    const struct machine_costs *costs)
{
	const struct topology *topology = calibration->topology;
	struct machine_costs late = *costs;
	struct simulation_result result;
	unsigned int i;

	late.early_linux = false;
	late.early_bytes = 0;
	if (costs->node)
		late.node = xcalloc(topology->nr_nodes, sizeof(*late.node));
	for (i = 0; costs->node && i < topology->nr_nodes; i++) {
		late.node[i] = costs->node[i];
		late.node[i].early_end_pfn = 0;
	}
	if (run->alone)
		simulation_run_two_passes(topology, &late,
					  calibration->strategies.reference,
					  &result);
	else
		simulation_run(topology, &late, &run->param, &result, NULL,
			       NULL);
	free(late.node);
	return result.complete_ns - result.early_ns;
}

/**
 * struct fit - a cost that is sought
 * @calibration: the machine
 * @run: what was timed
 * @costs: all other costs; this one is changed
 * @least: where it is sought
 * @most: up to here
 */
struct fit {
	const struct calibration *calibration;
	const struct calibration_run *run;
	struct machine_costs *costs;
	double least;
	double most;
};

/* Of the fastest node; the others keep their share of it. */
static void set_memory(struct machine_costs *costs, unsigned int nr_nodes,
		       enum write_mode mode, double bytes_per_s)
{
	double *common = &costs->node_bytes_per_s[mode], fastest = *common;
	unsigned int i;

	for (i = 0; costs->node && i < nr_nodes; i++)
		fastest = fmax(fastest, costs->node[i].bytes_per_s[mode]);
	for (i = 0; costs->node && i < nr_nodes; i++)
		costs->node[i].bytes_per_s[mode] *= bytes_per_s / fastest;
	*common *= bytes_per_s / fastest;
}

static void set_cost(struct fit *fit, double value)
{
	enum machine_cost_id cost = fit->run->cost;

	if (cost >= COST_NODE_CACHED && cost <= COST_NODE_MAINLINE)
		set_memory(fit->costs, fit->calibration->topology->nr_nodes,
			   cost - COST_NODE_CACHED, value);
	else
		*machine_costs_value(fit->costs, cost) = value;
}

static double model_ns(struct fit *fit, double value)
{
	set_cost(fit, value);
	return calibration_model_ns(fit->calibration, fit->run, fit->costs);
}

/*
 * The value at which the model takes @ns, by false position with logarithms
 * (the Illinois rule). The end that is nearer where it never does.
 */
static double solve(struct fit *fit, double ns)
{
	double a = log(fit->least), b = log(fit->most);
	double at_a = log(model_ns(fit, fit->least) / ns);
	double at_b = log(model_ns(fit, fit->most) / ns);
	unsigned int i;

	if ((at_a > 0) == (at_b > 0))
		return fabs(at_a) < fabs(at_b) ? fit->least : fit->most;
	for (i = 0; i < 60 && fabs(b - a) > 1e-6; i++) {
		double x = (a * at_b - b * at_a) / (at_b - at_a);
		double at_x = log(model_ns(fit, exp(x)) / ns);

		if ((at_x > 0) == (at_b > 0)) {
			at_a /= 2;
		} else {
			a = b;
			at_a = at_b;
		}
		b = x;
		at_b = at_x;
		if (fabs(at_x) < 1e-6)
			break;
	}
	return exp(b);
}

static void set_range(struct machine *machine, enum machine_cost_id cost,
		      double value, double low, double high)
{
	if (value > 0)
		machine_set_range(machine, cost,
				  fmax(fmin(low / value, 1), 1e-3),
				  fmax(high / value, 1));
}

static void set_source(struct machine *machine, enum machine_cost_id cost,
		       char *source)
{
	free(machine->cost[cost].source);
	machine->cost[cost].source = source;
}

static bool is_node(enum machine_cost_id cost)
{
	return cost >= COST_NODE_CACHED && cost <= COST_NODE_MAINLINE;
}

/* Where a cost is sought; a memory takes at least what a CPU alone writes. */
static void set_bounds(struct fit *fit)
{
	const struct topology *topology = fit->calibration->topology;
	enum machine_cost_id cost = fit->run->cost;
	unsigned int cpus = 1, i;

	for (i = 0; i < topology->nr_nodes; i++)
		cpus = max(cpus, topology->nodes[i].nr_cpus);
	if (is_node(cost)) {
		fit->least = 64e9 / fit->costs->page_ns[fit->run->mode];
		fit->most = NEVER_FULL * cpus * fit->least;
	} else if (cost == COST_SMT) {
		fit->least = .01;
		fit->most = 1;
	} else if (cost == COST_REMOTE) {
		fit->least = .1;
		fit->most = 100;
	} else {
		fit->least = 1e-3;
		fit->most = 1e6;
	}
}

static const char *bounded(const struct fit *fit, double value)
{
	if (is_node(fit->run->cost) && value >= .999 * fit->most)
		return "; as fast together as each alone, so it takes at least this";
	if (is_node(fit->run->cost) && value <= 1.001 * fit->least)
		return "; no faster together than one alone";
	return "";
}

static void keep_nodes(struct machine *machine, enum write_mode mode)
{
	unsigned int n;

	for (n = 0; machine->costs.node && n < machine->topology->nr_nodes;
	     n++) {
		struct machine_cost *cost =
			&machine->node_cost[n * MACHINE_NR_NODE_COSTS + mode];

		cost->label = MACHINE_CALIBRATED;
		free(cost->source);
		cost->source = xstrdup(
			"its share of the fastest node's, as this host says, and that by memmap calibrate");
	}
}

static void solve_run(const struct calibration *calibration,
		      const struct calibration_run *run,
		      struct machine *machine)
{
	struct fit fit = { calibration, run, &machine->costs };
	double ns = stats_median(run->ns, run->nr);
	double fast = stats_quantile(run->ns, run->nr, LOW_QUANTILE);
	double slow = stats_quantile(run->ns, run->nr, HIGH_QUANTILE);
	double pages = topology_pages(calibration->topology), value, low, high;

	set_bounds(&fit);
	if (is_node(run->cost) &&
	    model_ns(&fit, fit.least) < HARDLY * model_ns(&fit, fit.most)) {
		set_memory(&machine->costs, calibration->topology->nr_nodes,
			   run->mode, NO_LIMIT);
		return;
	}
	value = solve(&fit, ns);
	low = solve(&fit, fast);
	high = solve(&fit, slow);
	machine->cost[run->cost].label =
		run->cpus == 1 && run->cost != COST_REMOTE ? MACHINE_MEASURED :
							     MACHINE_CALIBRATED;
	set_cost(&fit, value);
	if (is_node(run->cost))
		keep_nodes(machine, run->mode);
	set_source(machine, run->cost,
		   xasprintf("memmap calibrate, %s; median of %u run%s, %.3g to %.3g ns a page%s",
			     run->what, run->nr, run->nr == 1 ? "" : "s",
			     fast / pages, slow / pages, bounded(&fit, value)));
	if (run->nr > 1)
		set_range(machine, run->cost, value, fmin(low, high),
			  fmax(low, high));
}

/* Of the kinds of store the one in which a second thread shows most. */
static void solve_smt(const struct calibration *calibration,
		      struct machine *machine)
{
	const struct calibration_run *best = NULL;
	double most = SHOWS;
	unsigned int i;

	for (i = 0; i < calibration->nr; i++) {
		struct fit fit = { calibration, &calibration->run[i],
				   &machine->costs };
		double kept = machine->costs.smt_gain, shows;

		if (fit.run->cost != COST_SMT)
			continue;
		set_bounds(&fit);
		shows = model_ns(&fit, fit.least) / model_ns(&fit, fit.most);
		machine->costs.smt_gain = kept;
		if (shows > most) {
			most = shows;
			best = fit.run;
		}
	}
	if (best)
		solve_run(calibration, best, machine);
}

/**
 * calibration_solve - the costs with which the model says what was measured
 * @calibration: with all timings
 * @machine: gets these costs; others are left alone
 */
void calibration_solve(const struct calibration *calibration,
		       struct machine *machine)
{
	struct machine_costs *costs = &machine->costs;
	unsigned int nr_nodes = calibration->topology->nr_nodes, i;

	for (i = 0; i < NR_WRITE_MODES; i++)
		set_memory(costs, nr_nodes, i, NO_LIMIT);
	for (i = 0; i < calibration->nr; i++)
		if (calibration->run[i].cost != COST_SMT)
			solve_run(calibration, &calibration->run[i], machine);
	solve_smt(calibration, machine);
	for (i = 0; i < NR_WRITE_MODES; i++) {
		if (machine->cost[COST_NODE_CACHED + i].label >=
		    MACHINE_CALIBRATED)
			continue;
		set_memory(costs, nr_nodes, i,
			   NEVER_FULL * 64e9 / costs->page_ns[i]);
		machine_set_range(machine, COST_NODE_CACHED + i, 1 / NEVER_FULL,
				  1);
		machine->cost[COST_NODE_CACHED + i].label = MACHINE_DERIVED;
		set_source(
			machine, COST_NODE_CACHED + i,
			xstrdup("more than a CPU alone writes, which is all that memmap calibrate can know"));
	}
}

/**
 * calibration_set - a cost that was measured as such
 * @machine: the machine
 * @cost: which
 * @value: as often as it was measured
 * @nr: how often
 * @what: in words
 */
void calibration_set(struct machine *machine, enum machine_cost_id cost,
		     const double *value, unsigned int nr, const char *what)
{
	double median = stats_median(value, nr);

	*machine_cost_value(machine, cost) = median;
	machine->cost[cost].label = MACHINE_MEASURED;
	set_source(machine, cost,
		   xasprintf("memmap calibrate, %s; median of %u", what, nr));
	if (nr > 1)
		set_range(machine, cost, median,
			  stats_quantile(value, nr, LOW_QUANTILE),
			  stats_quantile(value, nr, HIGH_QUANTILE));
}

/**
 * calibration_set_pull - what a pull costs beside its stores
 * @machine: the machine; its pages are solved
 * @block_ns: what a pull took, as often as it was measured
 * @nr: how often
 * @what: in words
 */
void calibration_set_pull(struct machine *machine, const double *block_ns,
			  unsigned int nr, const char *what)
{
	const double *page_ns = machine->costs.page_ns;
	double stores = MEMMAP_BLOCK_PAGES *
			fmin(page_ns[WRITE_CACHED], page_ns[WRITE_NT]);
	double *value = xcalloc(nr, sizeof(*value));
	unsigned int i;

	for (i = 0; i < nr; i++)
		value[i] = fmax(block_ns[i] - stores, 0);
	calibration_set(machine, COST_PULL, value, nr, what);
	free(value);
}

/**
 * calibration_name_rest - say of each other cost that it was not measured
 * @machine: the machine
 */
void calibration_name_rest(struct machine *machine)
{
	unsigned int i;

	for (i = 0; i < MACHINE_NR_COSTS; i++)
		if (machine->cost[i].label == MACHINE_DEFAULT)
			set_source(
				machine, i,
				xstrdup(MACHINE_DEFAULT_SET
					"; memmap calibrate has not measured it"));
}
