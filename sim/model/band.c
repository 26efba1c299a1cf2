// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error bands: what the ranges of the inputs make of a result.
 *
 * Inputs are taken for independent and their effects for multiplicative, so
 * logarithms are added in quadrature. To these come two things that no input
 * stands for:
 *
 * RUN: two runs of one published row differ by up to 18 %, nine either way.
 *
 * CLOCK: a page costs a CPU more when others work too, for then the clock is
 * lower: a server's one-core turbo is up to a fifth above what all of its cores
 * reach. It counts where more than one CPU takes part.
 *
 * What a range does to a large machine, it does to the same machine with less
 * memory; so beyond BATCHES of them the band is that of a smaller one, with a
 * few chunks for each CPU. Where that takes long as well, nothing is run again:
 * what bounded the strategy, and for what share of the time, says by how much
 * the time follows an input (model/why.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/band.h"

#define RUN	    .09
#define CLOCK	    1.2
#define BATCHES	    2048UL
#define BATCHES_CPU 8UL
/* A per cent more or less, and what rounding to blocks may make of it. */
#define NUDGE	     .01
#define NUDGE_SPARED .002

/**
 * struct trial - a machine that is changed a little, and put back
 * @machine: as it is
 * @topology: with less memory, if it is large
 * @costs: as they are being tried
 * @node: for @costs
 * @link: for @costs
 * @param: with the store chosen for good
 * @base: its result, unchanged
 */
struct trial {
	const struct machine *machine;
	struct topology *topology;
	struct machine_costs costs;
	struct node_costs *node;
	struct machine_link *link;
	struct memmap_param param;
	struct simulation_result base;
};

/**
 * struct input - something that may be other than it is taken for
 * @name: of it
 * @range: how far
 * @label: what it rests on
 * @scale: makes it so many times as large
 * @cost: for @scale
 * @power: per cent that the time until complete follows a per cent more of it,
 *	as what bounded the strategy says
 * @early: the part of that which is early memory
 */
struct input {
	const char *name;
	struct machine_range range;
	enum machine_label label;
	void (*scale)(struct trial *trial, enum machine_cost_id cost,
		      double factor);
	enum machine_cost_id cost;
	double power;
	double early;
};

#define MAX_INPUTS 16

/*
 * A run of so many steps takes some ms; a CPU, until it starts, is some steps.
 * Where a run is longer nobody waits for others, nor for the small changes that
 * tell whether a result is stable.
 */
#define STEPS_CPU    8
#define STEPS	     50000
#define STEPS_MEMORY 100000

static struct topology *with_less_memory(const struct topology *from,
					 unsigned long pages)
{
	struct topology *topology = topology_from_nodes("", from->nr_nodes);
	unsigned long *share = xcalloc(from->nr_nodes, sizeof(*share));
	unsigned int i;

	topology->page_shift = from->page_shift;
	for (i = 0; i < from->nr_nodes; i++) {
		topology->nodes[i].nr_cpus = from->nodes[i].nr_cpus;
		topology->nodes[i].nr_cores = from->nodes[i].nr_cores;
		share[i] = (double)pages *
			   topology_node_pages(&from->nodes[i]) /
			   topology_pages(from);
	}
	topology_lay_out(topology, share);
	free(share);
	return topology;
}

static void put_back(struct trial *trial)
{
	const struct machine *machine = trial->machine;
	unsigned int nr_nodes = machine->topology->nr_nodes, i;

	trial->costs = machine->costs;
	for (i = 0; machine->costs.node && i < nr_nodes; i++) {
		trial->costs.node = trial->node;
		trial->node[i] = machine->costs.node[i];
		/* Where memory is laid out anew, its addresses mean nothing. */
		if (trial->topology != machine->topology)
			trial->node[i].early_end_pfn = 0;
	}
	for (i = 0; i < machine->costs.net.nr_links; i++) {
		trial->costs.net.link = trial->link;
		trial->link[i] = machine->costs.net.link[i];
	}
}

/* Batches of the machine with less memory; it has no more than it has. */
static unsigned long trial_pages(const struct machine *machine)
{
	unsigned long most =
		max(BATCHES, BATCHES_CPU * topology_cpus(machine->topology)) *
		MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES;

	return min(most, topology_pages(machine->topology));
}

static void trial_init(struct trial *trial, const struct machine *machine,
		       const struct memmap_param *param,
		       const struct simulation_result *whole)
{
	*trial = (struct trial){
		.machine = machine,
		.topology = machine->topology,
		.param = *param,
		.base = *whole,
	};
	/* Which kind of store is faster does not change within a band. */
	trial->param.store = whole->store;
	trial->node = xcalloc(machine->topology->nr_nodes,
			      sizeof(*trial->node));
	trial->link = xcalloc(machine->costs.net.nr_links,
			      sizeof(*trial->link));
	put_back(trial);
}

/* From now on the machine has less memory, if it is large. */
static void trial_shrink(struct trial *trial)
{
	unsigned long pages = trial_pages(trial->machine);

	if (pages == topology_pages(trial->machine->topology))
		return;
	trial->topology = with_less_memory(trial->machine->topology, pages);
	put_back(trial);
	simulation_run(trial->topology, &trial->costs, &trial->param,
		       &trial->base, NULL, NULL);
}

static void trial_free(struct trial *trial)
{
	if (trial->topology != trial->machine->topology)
		topology_free(trial->topology);
	free(trial->node);
	free(trial->link);
}

static void scale_cost(struct trial *trial, enum machine_cost_id cost,
		       double factor)
{
	*machine_costs_value(&trial->costs, cost) *= factor;
}

static void scale_memory(struct trial *trial, enum machine_cost_id cost,
			 double factor)
{
	unsigned int i;

	scale_cost(trial, cost, factor);
	for (i = 0; trial->machine->costs.node &&
		    i < trial->machine->topology->nr_nodes;
	     i++)
		trial->costs.node[i].bytes_per_s[cost - COST_NODE_CACHED] *=
			factor;
}

static void scale_links(struct trial *trial, enum machine_cost_id cost,
			double factor)
{
	unsigned int i;

	for (i = 0; i < trial->costs.net.nr_links; i++)
		trial->costs.net.link[i].bytes_per_s *= factor;
}

static void scale_latency(struct trial *trial, enum machine_cost_id cost,
			  double factor)
{
	unsigned int i;

	for (i = 0; i < trial->costs.net.nr_links; i++)
		trial->costs.net.link[i].latency_ns *= factor;
	for (i = 0; trial->machine->costs.node &&
		    i < trial->machine->topology->nr_nodes;
	     i++)
		trial->costs.node[i].latency_ns *= factor;
}

/* Cross-calls, wake-ups, migration, a lock: together, for they seldom count. */
static void scale_small(struct trial *trial, enum machine_cost_id cost,
			double factor)
{
	scale_cost(trial, COST_IPI, factor);
	scale_cost(trial, COST_WAKEUP, factor);
	scale_cost(trial, COST_MIGRATE, factor);
	scale_cost(trial, COST_LOCK, factor);
}

static void add_cost(const struct machine *machine, struct input **input,
		     enum machine_cost_id cost)
{
	*(*input)++ = (struct input){
		.name = machine_cost_name(cost),
		.range = machine_cost_range(machine, cost),
		.label = machine->cost[cost].label,
		.scale = scale_cost,
		.cost = cost,
	};
}

static bool any_smt(const struct topology *topology)
{
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++)
		if (topology_node_cores(&topology->nodes[i]) <
		    topology->nodes[i].nr_cpus)
			return true;
	return false;
}

/*
 * How the time follows an input: from what bounded it, see why.h. Early memory
 * is bounded by something as well; its stores are mainline's.
 */
static void follow(const struct trial *trial, struct input *input)
{
	const struct machine_costs *costs = &trial->machine->costs;
	const double *of = trial->base.why.of_kind;
	const double *of_early = trial->base.why.of_early;
	bool mainline = trial->param.strategy->flags & MEMMAP_MAINLINE;
	double factor = costs->remote_factor, gain = costs->smt_gain;
	/* Without links a distance is a factor of what a page costs. */
	bool far = !costs->net.nr_links;

	if (input->scale == scale_memory) {
		input->power = -of[WHY_MEMORY];
	} else if (input->scale == scale_links) {
		input->power = -of[WHY_LINK];
		input->early = -of_early[WHY_LINK];
	} else if (input->scale == scale_latency) {
		input->power = of[WHY_DISTANCE];
		input->early = of_early[WHY_DISTANCE];
	} else if (input->scale == scale_small) {
		input->power = of[WHY_CALLS] + of[WHY_LOCK];
	} else if (input->cost == COST_LINES_CACHED ||
		   input->cost == COST_LINES_NT) {
		input->power = -of[WHY_DISTANCE];
		if (input->cost == COST_LINES_CACHED)
			input->early = -of_early[WHY_DISTANCE];
	} else if (input->cost == COST_REMOTE && factor > 1) {
		input->power = of[WHY_DISTANCE] * factor / (factor - 1);
		input->early = of_early[WHY_DISTANCE] * factor / (factor - 1);
	} else if (input->cost == COST_SMT) {
		input->power = -of[WHY_CORES] * gain / (1 + gain);
	} else if (input->cost == COST_FAULT) {
		input->power = of[WHY_TOUCH] + of[WHY_HOST];
		input->early = of_early[WHY_TOUCH] + of_early[WHY_HOST];
	} else if (input->cost == COST_FAULTS_AT_ONCE) {
		input->power = -of[WHY_HOST];
	} else if (input->cost <= COST_PAGE_MAINLINE) {
		if (mainline || input->cost != COST_PAGE_MAINLINE)
			input->power = of[WHY_STORES] + far * of[WHY_DISTANCE];
		if (input->cost == COST_PAGE_MAINLINE)
			input->early = of_early[WHY_STORES] +
				       far * of_early[WHY_DISTANCE];
	}
	input->early *= of[WHY_EARLY];
	input->power += input->early;
}

/* All that this strategy may depend on; what is not there is left out. */
static unsigned int list_inputs(const struct trial *trial, struct input *input)
{
	const struct machine *machine = trial->machine;
	const struct machine_costs *costs = &machine->costs;
	bool mainline = trial->param.strategy->flags & MEMMAP_MAINLINE;
	bool nt = trial->base.store == MEMMAP_STORE_NT;
	unsigned int store = mainline ? 2 : nt, nr, i;
	struct input *first = input;

	add_cost(machine, &input, COST_PAGE_CACHED + store);
	if (trial->base.nr_cpus > 1)
		first->range.high *=
			exp(hypot(log(first->range.high), log(CLOCK)) -
			    log(first->range.high));
	*input = (struct input){
		.name = machine_cost_name(COST_NODE_CACHED + store),
		.scale = scale_memory,
		.cost = COST_NODE_CACHED + store,
	};
	input->range = machine_memory_range(machine, input->cost,
					    &input->label);
	input++;
	if (!mainline && trial->base.pages_early)
		add_cost(machine, &input, COST_PAGE_MAINLINE);
	if (costs->net.nr_links) {
		*input = (struct input){ .name = "links",
					 .scale = scale_links };
		input->range = machine_link_range(machine, false,
						  &input->label);
		input++;
		*input = (struct input){ .name = "latency of links",
					 .scale = scale_latency };
		input->range = machine_link_range(machine, true, &input->label);
		input++;
		add_cost(machine, &input, COST_LINES_CACHED + nt);
	} else if (machine->topology->nr_nodes > 1) {
		add_cost(machine, &input, COST_REMOTE);
	}
	if (any_smt(machine->topology))
		add_cost(machine, &input, COST_SMT);
	if (costs->fault_ns > 0) {
		add_cost(machine, &input, COST_FAULT);
		add_cost(machine, &input, COST_FAULTS_AT_ONCE);
	}
	add_cost(machine, &input, COST_WAKEUP);
	input[-1].name = "calls and wake-ups";
	input[-1].scale = scale_small;
	nr = input - first;
	for (i = 0; i < nr; i++)
		follow(trial, &first[i]);
	return nr;
}

/**
 * struct change - how much longer it takes with something changed, as logarithms
 * @boot_wait: until boot goes on
 * @complete: until all is initialised; as @boot_wait where it never is
 */
struct change {
	double boot_wait;
	double complete;
};

static double log_ratio(double a, double b)
{
	return a > 0 && b > 0 ? log(a / b) : 0;
}

/*
 * A trial has less memory, but as much early memory as the whole machine: the
 * change of each counts by its share of the whole time.
 */
static double total_change(const struct simulation_result *whole, double ns,
			   double early, double rest)
{
	double early_ns = whole->early_ns;

	return log_ratio(early_ns * exp(early) + (ns - early_ns) * exp(rest),
			 ns);
}

static struct change changed(const struct trial *trial,
			     const struct simulation_result *whole,
			     const struct simulation_result *r)
{
	const struct simulation_result *base = &trial->base;
	double early = log_ratio(r->early_ns, base->early_ns);
	struct change change;

	change.boot_wait =
		total_change(whole, whole->boot_wait_ns, early,
			     log_ratio(r->boot_wait_ns - r->early_ns,
				       base->boot_wait_ns - base->early_ns));
	change.complete = change.boot_wait;
	if (!isnan(whole->complete_ns))
		change.complete =
			total_change(whole, whole->complete_ns, early,
				     log_ratio(r->complete_ns - r->early_ns,
					       base->complete_ns -
						       base->early_ns));
	return change;
}

static void run(const struct trial *trial, struct simulation_result *result)
{
	simulation_run(trial->topology, &trial->costs, &trial->param, result,
		       NULL, NULL);
}

static unsigned long steps(const struct trial *trial,
			   const struct simulation_result *result)
{
	return result->nr_steps +
	       STEPS_CPU * topology_cpus(trial->machine->topology);
}

static struct change try_input(struct trial *trial, const struct input *input,
			       double factor,
			       const struct simulation_result *whole)
{
	struct simulation_result r;

	input->scale(trial, input->cost, factor);
	run(trial, &r);
	put_back(trial);
	return changed(trial, whole, &r);
}

/* What an input does at its two ends: in quadrature, each way by itself. */
static void widen(struct band *band, double at_low, double at_high)
{
	band->low = -hypot(band->low, fmin(0, fmin(at_low, at_high)));
	band->high = hypot(band->high, fmax(0, fmax(at_low, at_high)));
}

static bool beyond(double change)
{
	return fabs(change) > log1p(NUDGE) + NUDGE_SPARED;
}

/* Remember the input whose change moves the result most, for its size. */
static void note(struct banded *banded, const struct input *input,
		 double factor, double change)
{
	double elasticity = fabs(change / log(factor));

	if (elasticity <= banded->elasticity)
		return;
	banded->elasticity = elasticity;
	banded->binds = input->name;
	banded->label = input->label;
}

static void nudge_input(struct trial *trial, const struct input *input,
			struct banded *banded)
{
	static const double factors[] = { 1 - NUDGE, 1 + NUDGE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(factors); i++) {
		double change = try_input(trial, input, factors[i],
					  &banded->result)
					.complete;

		note(banded, input, factors[i], change);
		if (beyond(change))
			banded->unstable = input->name;
	}
}

static void stretch_input(struct trial *trial, const struct input *input,
			  struct banded *banded)
{
	const struct simulation_result *whole = &banded->result;
	struct change low = { 0 }, high = { 0 };

	if (input->range.low < 1)
		low = try_input(trial, input, input->range.low, whole);
	if (input->range.high > 1)
		high = try_input(trial, input, input->range.high, whole);
	widen(&banded->boot_wait, low.boot_wait, high.boot_wait);
	widen(&banded->complete, low.complete, high.complete);
}

/* No run at all: the time follows an input by what is said to bound it. */
static void follow_input(const struct input *input, struct banded *banded)
{
	const struct simulation_result *whole = &banded->result;
	double low = log(input->range.low), high = log(input->range.high);
	double power = input->power, boot_power = power;

	/* Boot waits for early memory alone, and that is all that follows. */
	if (!isnan(whole->complete_ns) &&
	    whole->boot_wait_ns < whole->complete_ns)
		boot_power = whole->boot_wait_ns > 0 ?
				     input->early * whole->complete_ns /
					     whole->boot_wait_ns :
				     0;
	note(banded, input, M_E, power);
	widen(&banded->boot_wait, boot_power * low, boot_power * high);
	widen(&banded->complete, power * low, power * high);
}

/* The machine as it is, but for its memory, which is laid out anew. */
static double with_memory_ns(const struct trial *trial, double pages)
{
	struct trial other = *trial;
	struct simulation_result result;

	other.topology = with_less_memory(trial->machine->topology, pages);
	put_back(&other);
	run(&other, &result);
	topology_free(other.topology);
	put_back(&other);
	return result.complete_ns;
}

static void nudge_memory(struct trial *trial, struct banded *banded)
{
	double pages = topology_pages(trial->machine->topology);
	double ns = with_memory_ns(trial, pages);

	if (beyond(log_ratio(with_memory_ns(trial, pages * (1 - NUDGE)), ns)) ||
	    beyond(log_ratio(with_memory_ns(trial, pages * (1 + NUDGE)), ns)))
		banded->unstable = "memory";
}

static void exponentiate(struct band *band)
{
	band->low = exp(band->low);
	band->high = exp(band->high);
}

/**
 * band_run - a strategy on a machine, with its error band
 * @machine: the machine
 * @param: the boot line
 * @watch: as in simulation_run(); of the run as it is
 * @arg: for @watch
 * @banded: the result
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int band_run(const struct machine *machine, const struct memmap_param *param,
	     const struct simulation_watch *watch, void *arg,
	     struct banded *banded)
{
	struct simulation_result *whole = &banded->result;
	struct input input[MAX_INPUTS];
	struct trial trial;
	unsigned int nr, i;
	bool large;

	*banded = (struct banded){ .label = MACHINE_DEFAULT };
	if (simulation_run(machine->topology, &machine->costs, param, whole,
			   watch, arg))
		return -1;
	trial_init(&trial, machine, param, whole);
	nr = list_inputs(&trial, input);
	large = whole->nr_steps * (double)trial_pages(machine) /
				topology_pages(machine->topology) +
			STEPS_CPU * topology_cpus(machine->topology) >
		STEPS;
	if (!large)
		trial_shrink(&trial);
	for (i = 0; i < nr; i++) {
		if (large || steps(&trial, &trial.base) > STEPS) {
			follow_input(&input[i], banded);
			continue;
		}
		nudge_input(&trial, &input[i], banded);
		stretch_input(&trial, &input[i], banded);
	}
	if (steps(&trial, whole) <= STEPS_MEMORY)
		nudge_memory(&trial, banded);
	trial_free(&trial);
	widen(&banded->boot_wait, -RUN, RUN);
	widen(&banded->complete, -RUN, RUN);
	exponentiate(&banded->boot_wait);
	exponentiate(&banded->complete);
	return 0;
}
