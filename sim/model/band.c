// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error bands: what the ranges of the inputs make of a result.
 *
 * Inputs are taken for independent and their effects for multiplicative, so
 * logarithms are added in quadrature. To these come two things that no input
 * stands for: two runs of one thing differ (BAND_RUN), and
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
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/band_internal.h"

#define BATCHES	    2048UL
#define BATCHES_CPU 8UL
/* A per cent more or less, and what rounding to blocks may make of it. */
#define NUDGE	     .01
#define NUDGE_SPARED .002

/*
 * A run of so many steps takes some ms; a CPU, until it starts, is some steps.
 * Where a run is longer nobody waits for others, nor for the small changes that
 * tell whether a result is stable.
 */
#define STEPS_CPU    8
#define STEPS	     50000
#define STEPS_MEMORY 100000

/* It comes as much sooner as there is less memory before. */
static void plug_less(struct topology *topology, const struct topology *from,
		      const struct topology_plug *plug)
{
	unsigned long section = topology_section_pages(topology);
	double less = (double)topology_pages(topology) / topology_pages(from);
	unsigned long pages = (plug->range.end_pfn - plug->range.start_pfn) *
			      less;

	topology_plug(topology, plug->node,
		      max(rounddown(pages, section), section),
		      plug->at_ns * less);
}

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
	/* A load meets them, and the same share of what there is is to come. */
	for (i = 0; i < from->nr_plugs; i++)
		plug_less(topology, from, &from->plug[i]);
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

static void run(const struct trial *trial, struct simulation_result *result)
{
	simulation_run_load(trial->topology, &trial->costs, &trial->param,
			    trial->load, result, NULL, NULL);
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
		       const struct load *load,
		       const struct simulation_result *whole)
{
	*trial = (struct trial){
		.machine = machine,
		.topology = machine->topology,
		.param = *param,
		.load = load,
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

/*
 * From now on the machine has less memory, if it is large; and the store that
 * is chosen needs no samples any more.
 */
static void trial_shrink(struct trial *trial)
{
	unsigned long pages = trial_pages(trial->machine);

	if (pages < topology_pages(trial->machine->topology))
		trial->topology = with_less_memory(trial->machine->topology,
						   pages);
	put_back(trial);
	if (trial->load) {
		/* What drains have done by then is to be the same share. */
		trial->scaled = *trial->load;
		trial->scaled.at_ns *= (double)pages /
				       topology_pages(trial->machine->topology);
		trial->load = &trial->scaled;
	}
	run(trial, &trial->base);
}

static void trial_free(struct trial *trial)
{
	if (trial->topology != trial->machine->topology)
		topology_free(trial->topology);
	free(trial->node);
	free(trial->link);
}

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
	change.load_done = change.complete;
	if (trial->load)
		change.load_done =
			total_change(whole, whole->load_done_ns, early,
				     log_ratio(r->load_done_ns - r->early_ns,
					       base->load_done_ns -
						       base->early_ns));
	return change;
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
					.load_done;

		note(banded, input, factors[i], change);
		if (beyond(change))
			banded->unstable = input->name;
	}
}

static void widen_all(struct banded *banded, const struct input *input,
		      struct change low, struct change high)
{
	widen(&banded->boot_wait, low.boot_wait, high.boot_wait);
	widen(&banded->complete, low.complete, high.complete);
	widen(&banded->load_done, low.load_done, high.load_done);
	banded->influence[banded->nr_influences++] =
		(struct influence){ input->name, low, high };
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
	widen_all(banded, input, low, high);
}

static struct change times(struct change change, double factor)
{
	return (struct change){ change.boot_wait * factor,
				change.complete * factor,
				change.load_done * factor };
}

/*
 * A load is bounded by more than a strategy is, so one run is made: with the
 * farther end of the range. What the other end does follows in proportion.
 */
static void stretch_briefly(struct trial *trial, const struct input *input,
			    struct banded *banded)
{
	double low = log(input->range.low), high = log(input->range.high);
	double end = high > -low ? high : low;
	struct change change;

	if (!end)
		return;
	change = try_input(trial, input, exp(end), &banded->result);
	note(banded, input, exp(end), change.load_done);
	widen_all(banded, input, times(change, low / end),
		  times(change, high / end));
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
	widen_all(banded, input,
		  (struct change){ boot_power * low, power * low, power * low },
		  (struct change){ boot_power * high, power * high,
				   power * high });
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
	return trial->load ? result.load_done_ns : result.complete_ns;
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
 * band_run_load - a strategy on a machine, with its error band
 * @machine: the machine
 * @param: the boot line
 * @load: who touches memory then; NULL: nobody does
 * @watch: as in simulation_run(); of the run as it is
 * @arg: for @watch
 * @banded: the result
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int band_run_load(const struct machine *machine,
		  const struct memmap_param *param, const struct load *load,
		  const struct simulation_watch *watch, void *arg,
		  struct banded *banded)
{
	struct simulation_result *whole = &banded->result;
	struct input input[BAND_INPUTS];
	struct trial trial;
	unsigned int nr, i;
	bool large;

	*banded = (struct banded){ .label = MACHINE_DEFAULT };
	if (simulation_run_load(machine->topology, &machine->costs, param, load,
				whole, watch, arg))
		return -1;
	trial_init(&trial, machine, param, load, whole);
	nr = band_inputs(&trial, input);
	large = whole->nr_steps * (double)trial_pages(machine) /
				topology_pages(machine->topology) +
			STEPS_CPU * topology_cpus(machine->topology) >
		STEPS;
	if (!large || load)
		trial_shrink(&trial);
	for (i = 0; i < nr; i++) {
		if (large || steps(&trial, &trial.base) > STEPS) {
			if (load)
				stretch_briefly(&trial, &input[i], banded);
			else
				follow_input(&input[i], banded);
			continue;
		}
		nudge_input(&trial, &input[i], banded);
		stretch_input(&trial, &input[i], banded);
	}
	if (steps(&trial, whole) <= STEPS_MEMORY)
		nudge_memory(&trial, banded);
	trial_free(&trial);
	widen(&banded->boot_wait, -BAND_RUN, BAND_RUN);
	widen(&banded->complete, -BAND_RUN, BAND_RUN);
	widen(&banded->load_done, -BAND_RUN, BAND_RUN);
	exponentiate(&banded->boot_wait);
	exponentiate(&banded->complete);
	exponentiate(&banded->load_done);
	return 0;
}

/**
 * band_run - boot alone: without a load, and no memory is hot-added
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
	struct topology topology = *machine->topology;
	struct machine bare = *machine;

	topology.nr_plugs = 0;
	bare.topology = &topology;
	return band_run_load(&bare, param, NULL, watch, arg, banded);
}

/* All pieces together: until they are online, or until they are written. */
static double plugs_ns(const struct topology *topology,
		       const struct simulation_result *r, bool ready)
{
	double ns = 0;
	unsigned int i;

	for (i = 0; i < topology->nr_plugs; i++)
		ns += ready ? r->plug[i].ready_ns : r->plug[i].online_ns;
	return ns;
}

/* What an input does to hot-added memory with its range's ends tried in turn. */
static void stretch_plugs(struct trial *trial, const struct input *input,
			  struct banded *banded)
{
	const double end[] = { input->range.low, input->range.high };
	double change[2][2] = { 0 };
	unsigned int i, ready;

	for (i = 0; i < 2; i++) {
		struct simulation_result r;

		if (end[i] == 1)
			continue;
		input->scale(trial, input->cost, end[i]);
		run(trial, &r);
		put_back(trial);
		for (ready = 0; ready < 2; ready++)
			change[ready][i] =
				log_ratio(plugs_ns(trial->topology, &r, ready),
					  plugs_ns(trial->topology,
						   &banded->result, ready));
		note(banded, input, end[i], change[0][i]);
	}
	widen(&banded->online, change[0][0], change[0][1]);
	widen(&banded->ready, change[1][0], change[1][1]);
}

/**
 * band_run_plugs - a strategy and hot-added memory, with its error band
 * @machine: the machine
 * @param: the boot line
 * @banded: the result; @online and @ready are the only bands in it, and @binds
 *	and @label are of @online
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int band_run_plugs(const struct machine *machine,
		   const struct memmap_param *param, struct banded *banded)
{
	struct input input[BAND_INPUTS];
	struct trial trial;
	unsigned int nr, i;

	*banded = (struct banded){ .label = MACHINE_DEFAULT };
	if (simulation_run(machine->topology, &machine->costs, param,
			   &banded->result, NULL, NULL))
		return -1;
	trial_init(&trial, machine, param, NULL, &banded->result);
	nr = band_inputs(&trial, input);
	for (i = 0; i < nr; i++)
		stretch_plugs(&trial, &input[i], banded);
	trial_free(&trial);
	widen(&banded->online, -BAND_RUN, BAND_RUN);
	widen(&banded->ready, -BAND_RUN, BAND_RUN);
	exponentiate(&banded->online);
	exponentiate(&banded->ready);
	return 0;
}
