// SPDX-License-Identifier: GPL-2.0-only
/* What a result depends on: each input, how far off it may be, how to change it. */
#include <math.h>
#include "model/band_internal.h"

/* See sim/model/band.c. */
#define CLOCK 1.2

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
	scale_cost(trial, COST_SPAWN, factor);
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

static void add_memory(const struct machine *machine, struct input **input,
		       enum machine_cost_id cost)
{
	**input = (struct input){
		.name = machine_cost_name(cost),
		.scale = scale_memory,
		.cost = cost,
	};
	(*input)->range = machine_memory_range(machine, cost, &(*input)->label);
	(*input)++;
}

/* A load clears memory by the faster kind of store, after mainline as well. */
static struct input *list_load_inputs(const struct trial *trial,
				      struct input *input, bool mainline)
{
	const struct machine *machine = trial->machine;
	bool nt = machine->costs.page_ns[WRITE_NT] <
		  machine->costs.page_ns[WRITE_CACHED];

	add_cost(machine, &input, COST_PULL);
	if (mainline) {
		add_cost(machine, &input, COST_PAGE_CACHED + nt);
		add_memory(machine, &input, COST_NODE_CACHED + nt);
	}
	return input;
}

/**
 * band_inputs - all that a strategy may depend on
 * @trial: the strategy and its machine
 * @input: the result: room for BAND_INPUTS; what is not there is left out
 *
 * Return: how many.
 */
unsigned int band_inputs(const struct trial *trial, struct input *input)
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
	add_memory(machine, &input, COST_NODE_CACHED + store);
	if (!mainline && (trial->base.pages_early || trial->topology->nr_plugs))
		add_cost(machine, &input, COST_PAGE_MAINLINE);
	if (trial->topology->nr_plugs) {
		add_cost(machine, &input, COST_ONLINE);
		if (!trial->load)
			add_cost(machine, &input, COST_PULL);
	}
	if (trial->load)
		input = list_load_inputs(trial, input, mainline);
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
