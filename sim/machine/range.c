// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far off a number may be, by what it rests on. A machine file may say so
 * itself ("low" and "high" of a cost); else it is what is known of numbers of
 * the kind. A range is what nineteen of twenty would lie in.
 */
#include <math.h>
#include "machine/internal.h"

/*
 * A timing of this very thing: three published runs are within 1.2 % of each
 * other where one thread ran, and the two kernels that ran one thread, with
 * padata and without, within 4 %.
 */
#define TIMED             \
	{                 \
		.95, 1.05 \
	}

/* An order of magnitude. */
#define MAGNITUDE          \
	{                  \
		1 / 3.0, 3 \
	}

/*
 * A page: 17.1 ns in two passes is the default. Published with one thread and
 * the same kernel: 12.1, 17.4 and 21.7 ns; older servers and kernels took up to
 * 28, a newer server of this project's 10.
 *
 * From another kind of store: what differs between the machines on which both
 * are known. On some, non-temporal stores are no faster than ordinary ones.
 */
static const struct machine_range page_range[] = {
	[MACHINE_DEFAULT] = { .5, 1.65 },   [MACHINE_DERIVED] = { .8, 1.25 },
	[MACHINE_DATASHEET] = { .5, 1.65 }, [MACHINE_CALIBRATED] = TIMED,
	[MACHINE_MEASURED] = TIMED,
};

static const struct machine_range page_nt_derived = { .8, 2.5 };

/*
 * A memory's rate: the default is two sockets of 2017; others have two channels
 * of DDR3 or twelve of DDR5. A data sheet's rate is what 0.63 of its channels
 * take, which were 0.53 to 0.73 where channels and transfers were published
 * (skylake-8167m of sim/check/data with 39 and with 52 threads).
 */
static const struct machine_range memory_range[] = {
	[MACHINE_DEFAULT] = { .25, 3 },
	[MACHINE_DERIVED] = { .8, 1.25 },
	[MACHINE_DATASHEET] = { .53 / .63, .73 / .63 },
	[MACHINE_CALIBRATED] = TIMED,
	[MACHINE_MEASURED] = TIMED,
};

/* Links reach their rate or less. */
static const struct machine_range link_range[] = {
	[MACHINE_DEFAULT] = { .7, 1.3 }, [MACHINE_DERIVED] = { .7, 1.3 },
	[MACHINE_DATASHEET] = { .7, 1 }, [MACHINE_CALIBRATED] = TIMED,
	[MACHINE_MEASURED] = TIMED,
};

static const struct machine_range latency_range[] = {
	[MACHINE_DEFAULT] = { .7, 1.5 },   [MACHINE_DERIVED] = { .7, 1.5 },
	[MACHINE_DATASHEET] = { .8, 1.3 }, [MACHINE_CALIBRATED] = TIMED,
	[MACHINE_MEASURED] = TIMED,
};

/*
 * What else there is, where it is not given. remote_factor: no slower at all
 * on fujitsu-8n-512g, twice as slow on glueless-8n-1t. Lines in flight: 10 of
 * an Intel core before 2019, 12 to 22 since. Second threads of a core: nothing
 * on two Xeons, 0.29 on an EPYC. First touches: a host of a guest clears and
 * maps 4 KiB in 2.9 us, in 5.9 if others share that memory (Firecracker's own
 * benchmark of page faults), and a guest of a guest took 19 to 25. How many are
 * served at once is 1 where that is known.
 */
static const struct machine_range other_default[MACHINE_NR_COSTS] = {
	[COST_REMOTE] = { 1 / 1.6, 2.2 / 1.6 },
	[COST_LINES_CACHED] = { 1, 2.2 },
	[COST_LINES_NT] = { 1, 2.2 },
	[COST_IPI] = MAGNITUDE,
	[COST_WAKEUP] = MAGNITUDE,
	[COST_SPAWN] = MAGNITUDE,
	[COST_MIGRATE] = MAGNITUDE,
	[COST_SMT] = { .1 / .3, .5 / .3 },
	[COST_LOCK] = MAGNITUDE,
	[COST_PULL] = MAGNITUDE,
	[COST_ONLINE] = MAGNITUDE,
	[COST_FAULT] = { .5, 2 },
	[COST_FAULTS_AT_ONCE] = { 1, 1 },
};

/* Of another machine of the kind, or from a data sheet. */
static const struct machine_range other_given = { .5, 1.3 };
static const struct machine_range other_timed = TIMED;

static bool is_page(enum machine_cost_id cost)
{
	return cost <= COST_PAGE_MAINLINE;
}

static bool is_memory(enum machine_cost_id cost)
{
	return cost >= COST_NODE_CACHED && cost <= COST_NODE_MAINLINE;
}

static struct machine_range of_label(enum machine_cost_id cost,
				     enum machine_label label)
{
	if (cost == COST_PAGE_NT && label == MACHINE_DERIVED)
		return page_nt_derived;
	if (is_page(cost))
		return page_range[label];
	if (is_memory(cost))
		return memory_range[label];
	return label == MACHINE_DEFAULT	   ? other_default[cost] :
	       label >= MACHINE_CALIBRATED ? other_timed :
					     other_given;
}

/**
 * machine_cost_range - how far off a cost may be
 * @machine: the machine
 * @cost: which
 *
 * Return: as parts of the cost.
 */
struct machine_range machine_cost_range(const struct machine *machine,
					enum machine_cost_id cost)
{
	const struct machine_cost *from = &machine->cost[cost];

	return from->range.low > 0 ? from->range : of_label(cost, from->label);
}

/**
 * machine_set_range - say how far off a cost may be
 * @machine: the machine
 * @cost: which
 * @low: the least, as a part of its value
 * @high: the most
 */
void machine_set_range(struct machine *machine, enum machine_cost_id cost,
		       double low, double high)
{
	machine->cost[cost].range = (struct machine_range){ low, high };
}

static bool of_node(const struct machine *machine, unsigned int node,
		    enum machine_cost_id cost)
{
	return machine->costs.node[node].bytes_per_s[cost - COST_NODE_CACHED] >
	       0;
}

/**
 * machine_memory_range - how far off the rates of all memories may be
 * @machine: the machine
 * @cost: by which kind of store
 * @label: what they rest on: the worst of them counts
 *
 * Return: as parts of the rates.
 */
struct machine_range machine_memory_range(const struct machine *machine,
					  enum machine_cost_id cost,
					  enum machine_label *label)
{
	struct machine_range range = { 1, 1 };
	unsigned int n;

	*label = MACHINE_MEASURED;
	for (n = 0; n < machine->topology->nr_nodes; n++) {
		struct machine_range one = machine_cost_range(machine, cost);
		const struct machine_cost *from = &machine->cost[cost];

		if (!machine->topology->nodes[n].nr_ranges)
			continue;
		if (machine->costs.node && of_node(machine, n, cost)) {
			from = &machine->node_cost[n * MACHINE_NR_NODE_COSTS +
						   cost - COST_NODE_CACHED];
			one = from->range.low > 0 ? from->range :
						    of_label(cost, from->label);
		}
		range.low = fmin(range.low, one.low);
		range.high = fmax(range.high, one.high);
		if (from->label < *label)
			*label = from->label;
	}
	return range;
}

/**
 * machine_link_range - how far off all links may be
 * @machine: the machine
 * @latency: not their rates but their latencies
 * @label: what they rest on: the worst of them counts
 *
 * Return: as parts of the rates or latencies.
 */
struct machine_range machine_link_range(const struct machine *machine,
					bool latency, enum machine_label *label)
{
	const struct machine_range *ranges = latency ? latency_range :
						       link_range;
	struct machine_range range = { 1, 1 };
	unsigned int i;

	*label = MACHINE_MEASURED;
	for (i = 0; i < machine->costs.net.nr_links; i++) {
		enum machine_label of = machine->link_cost[i].label;

		range.low = fmin(range.low, ranges[of].low);
		range.high = fmax(range.high, ranges[of].high);
		if (of < *label)
			*label = of;
	}
	return range;
}
