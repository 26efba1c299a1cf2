// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calibration comes back: a machine whose costs are known is timed in virtual
 * time, its costs are solved from these timings alone, and the machine that
 * comes out takes as long as the one that went in, by every strategy.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "base/error.h"
#include "check/calibration.h"

#define GIB_PAGES (1UL << 18)

/* What a host has: a page, by kind of store; its memory, in times of a CPU. */
struct known {
	unsigned int nodes, cpus, cores, gib;
	double page_ns[NR_WRITE_MODES];
	double memory[NR_WRITE_MODES];
	double remote_factor;
	double smt_gain;
};

static struct topology *topology_of(const struct known *known)
{
	struct topology *topology = topology_from_nodes("test", known->nodes);
	unsigned long pages = known->gib * GIB_PAGES;
	unsigned int i;

	for (i = 0; i < known->nodes; i++) {
		topology->nodes[i].nr_cpus = known->cpus;
		topology->nodes[i].nr_cores = known->cores;
		topology_add_range(topology, i, i * pages, (i + 1) * pages);
	}
	return topology;
}

static void known_costs(struct machine *machine, const struct known *known)
{
	struct machine_costs *costs = &machine->costs;
	unsigned int i;

	for (i = 0; i < NR_WRITE_MODES; i++) {
		costs->page_ns[i] = known->page_ns[i];
		costs->node_bytes_per_s[i] = known->memory[i] * 64e9 /
					     known->page_ns[i];
	}
	costs->remote_factor = known->remote_factor;
	costs->smt_gain = known->smt_gain;
	costs->wakeup_ns = 30000;
}

static void strategies_of(struct calibration_strategies *strategies)
{
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, "serial"), 0);
	strategies->reference = param.strategy;
	assert_int_equal(memmap_param_parse(&param, "local"), 0);
	strategies->visits = param.strategy;
	assert_int_equal(memmap_param_parse(&param, "async"), 0);
	strategies->background = param.strategy;
}

/* Each run @runs times, up to @spread longer or shorter. */
static void calibrate(struct machine *to, const struct machine *from,
		      unsigned int runs, double spread)
{
	struct calibration_strategies strategies;
	struct calibration calibration;
	unsigned int i, j;

	strategies_of(&strategies);
	calibration_init(&calibration, to, &strategies);
	for (i = 0; i < calibration.nr; i++)
		for (j = 0; j < runs; j++)
			calibration_add(
				&calibration.run[i],
				(1 + spread * (2.0 * j - runs + 1) / runs) *
					calibration_model_ns(&calibration,
							     &calibration.run[i],
							     &from->costs));
	/* It is measured as such, before all that begins with it. */
	to->costs.wakeup_ns = from->costs.wakeup_ns;
	calibration_solve(&calibration, to);
	calibration_free(&calibration);
}

static double complete_ns(const struct machine *machine, const char *line)
{
	struct simulation_result result;
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, line), 0);
	simulation_run(machine->topology, &machine->costs, &param, &result,
		       NULL, NULL);
	return result.complete_ns - result.early_ns;
}

static void times_come_back(const struct machine *machine,
			    const struct machine *back, double within)
{
	static const char *const lines[] = {
		"serial,store=nt",    "serial,store=cached",
		"local,store=nt",     "local,store=cached",
		"parallel,store=nt",  "parallel,store=cached",
		"async,store=nt",     "async,store=cached",
		"async,threads=1",    "async,threads=2",
		"parallel,chunk=64M", "deferred",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		double ns = complete_ns(machine, lines[i]);
		double again = complete_ns(back, lines[i]);

		if (fabs(again / ns - 1) > within)
			fail_msg("%s: %g ns, after calibration %g ns", lines[i],
				 ns, again);
	}
}

static void near(double value, double want)
{
	if (fabs(value / want - 1) > .01)
		fail_msg("%g, want %g", value, want);
}

/*
 * @limits: the memory is what all CPUs wait for, so its rate can be found; else
 * it must be what keeps none of them waiting.
 */
static void comes_back(const struct known *known, bool limits)
{
	struct machine machine, back;
	unsigned int i;

	machine_new(&machine, topology_of(known), "test");
	machine_new(&back, topology_of(known), "test");
	known_costs(&machine, known);
	calibrate(&back, &machine, 1, 0);

	for (i = 0; i < NR_WRITE_MODES; i++) {
		near(back.costs.page_ns[i], machine.costs.page_ns[i]);
		if (limits)
			near(back.costs.node_bytes_per_s[i],
			     machine.costs.node_bytes_per_s[i]);
		else if (known->cpus > 1)
			assert_true(back.costs.node_bytes_per_s[i] >=
				    known->cpus * 64e9 / known->page_ns[i]);
	}
	if (known->nodes > 1)
		near(back.costs.remote_factor, machine.costs.remote_factor);
	/* What CPUs that steal meet at a memory of one CPU is not known. */
	times_come_back(&machine, &back, known->cpus > 1 ? .01 : .03);
	machine_free(&machine);
	machine_free(&back);
}

/* Two CPUs are twice as fast as one: that is not to come out as 25 % more. */
static void perfect_scaling(void **state)
{
	static const struct known two = {
		1, 2, 0, 24, { 9, 4, 10 }, { 1e6, 1e6, 1e6 }
	};
	static const struct known many = {
		1, 16, 0, 64, { 9, 4, 10 }, { 1e6, 1e6, 1e6 }
	};

	comes_back(&two, false);
	comes_back(&many, false);
}

static void saturated_memory(void **state)
{
	static const struct known two = {
		1, 2, 0, 24, { 9, 4, 10 }, { 1.3, 1.1, 1.5 }
	};
	static const struct known many = { 1,  16,	     0,
					   64, { 9, 4, 10 }, { 6, 3, 8 } };
	/* As many CPUs as it takes: where the curve bends most. */
	static const struct known bend = { 1,	       8, 0, 64, { 9, 4, 10 },
					   { 8, 8, 8 } };

	comes_back(&two, true);
	comes_back(&many, true);
	comes_back(&bend, true);
}

static void several_nodes(void **state)
{
	static const struct known two = { 2,	       4,  0, 32, { 9, 4, 10 },
					  { 3, 2, 3 }, 1.8 };
	static const struct known four = {
		4, 8, 0, 64, { 14, 6, 17 }, { 3, 5, 4 }, 1.3
	};

	comes_back(&two, true);
	comes_back(&four, true);
}

/*
 * What a second thread adds is found where the memory leaves room for it. Where
 * it does not, the default stays, and says that it was not measured.
 */
static void pairs_of_threads(void **state)
{
	static const struct known room = {
		1, 8, 4, 32, { 9, 4, 10 }, { 40, 40, 40 }, 1, .42
	};
	static const struct known nodes = {
		2, 8, 4, 32, { 9, 4, 10 }, { 40, 40, 3 }, 1.5, .2
	};
	static const struct known full = {
		1, 8, 4, 32, { 9, 4, 10 }, { 1.2, 1.2, 1.2 }, 1, .42
	};
	const struct known *const all[] = { &room, &nodes, &full };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct machine machine, back;

		machine_new(&machine, topology_of(all[i]), "test");
		machine_new(&back, topology_of(all[i]), "test");
		known_costs(&machine, all[i]);
		calibrate(&back, &machine, 1, 0);
		calibration_name_rest(&back);
		if (all[i] == &full) {
			assert_int_equal(back.cost[COST_SMT].label,
					 MACHINE_DEFAULT);
			assert_non_null(strstr(back.cost[COST_SMT].source,
					       "not measured"));
		} else {
			near(back.costs.smt_gain, all[i]->smt_gain);
			assert_int_equal(back.cost[COST_SMT].label,
					 MACHINE_CALIBRATED);
		}
		times_come_back(&machine, &back, .01);
		machine_free(&machine);
		machine_free(&back);
	}
}

/* One CPU says nothing of what more would get out of the memory. */
static void one_cpu(void **state)
{
	static const struct known one = {
		1, 1, 0, 8, { 9, 4, 10 }, { 5, 5, 5 }
	};
	static const struct known nodes = { 2,		 1,  0, 8, { 9, 4, 10 },
					    { 5, 5, 5 }, 1.6 };

	comes_back(&one, false);
	comes_back(&nodes, false);
}

/*
 * Negative control: the rate that was measured, written as a capacity, as
 * calibrate once did, is 25 % off on two CPUs, and the comparison sees it.
 */
static void a_rate_is_no_capacity(void **state)
{
	static const struct known two = {
		1, 2, 0, 24, { 9, 4, 10 }, { 1e6, 1e6, 1e6 }
	};
	struct machine machine;
	double ns;

	machine_new(&machine, topology_of(&two), "test");
	known_costs(&machine, &two);
	ns = complete_ns(&machine, "async,store=nt");
	machine.costs.node_bytes_per_s[WRITE_NT] = 2 * 64e9 / 4;
	assert_true(complete_ns(&machine, "async,store=nt") / ns > 1.2);
	machine_free(&machine);
}

/* The spread of the runs is a range of each cost, and one run has none. */
static void spread_becomes_a_range(void **state)
{
	static const struct known known = { 1,		4, 0, 24, { 9, 4, 10 },
					    { 2, 2, 2 } };
	struct machine machine, back;
	unsigned int i;

	machine_new(&machine, topology_of(&known), "test");
	known_costs(&machine, &known);
	machine_new(&back, topology_of(&known), "test");
	calibrate(&back, &machine, 21, .1);
	for (i = COST_PAGE_CACHED; i <= COST_NODE_MAINLINE; i++) {
		struct machine_range range = machine_cost_range(&back, i);

		near(*machine_cost_value(&back, i),
		     *machine_cost_value(&machine, i));
		assert_true(range.low > .84 && range.low < .93);
		assert_true(range.high > 1.07 && range.high < 1.18);
		assert_non_null(strstr(back.cost[i].source, "median of 21"));
	}
	machine_free(&back);
	machine_new(&back, topology_of(&known), "test");
	calibrate(&back, &machine, 1, 0);
	assert_true(back.cost[COST_PAGE_NT].range.low == 0);
	machine_free(&back);
	machine_free(&machine);
}

/* A pull is its stores and something; no stores can take longer than it. */
static void a_pull_is_more_than_its_stores(void **state)
{
	static const struct known known = { 1,		2, 0, 24, { 9, 4, 10 },
					    { 2, 2, 2 } };
	const double block_ns[] = { 4296, 4396, 4496 }, faster[] = { 4000 };
	struct machine machine;

	machine_new(&machine, topology_of(&known), "test");
	known_costs(&machine, &known);
	calibration_set_pull(&machine, block_ns, 3, "pulls");
	near(machine.costs.pull_ns, 300);
	assert_true(machine_cost_range(&machine, COST_PULL).low < .8);
	calibration_set_pull(&machine, faster, 1, "pulls");
	assert_true(machine.costs.pull_ns == 0);
	machine_free(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(perfect_scaling),
		cmocka_unit_test(saturated_memory),
		cmocka_unit_test(several_nodes),
		cmocka_unit_test(pairs_of_threads),
		cmocka_unit_test(one_cpu),
		cmocka_unit_test(a_rate_is_no_capacity),
		cmocka_unit_test(spread_becomes_a_range),
		cmocka_unit_test(a_pull_is_more_than_its_stores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
