// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads in virtual time: what must hold of any of them, and what paper and
 * pencil say of the simple ones.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <linux/kernel.h>
#include "tests/paper.h"

#define GIB_PAGES  (1UL << 18)
#define GIB_BLOCKS (GIB_PAGES / MEMMAP_BLOCK_PAGES)

static const struct machine_costs costs = {
	PAPER_COSTS,
	.node_bytes_per_s = { 40e9, 80e9, 40e9 },
	.lock_ns = 100,
	.pull_ns = 400,
};

/* Nodes of @cpus CPUs and @gib GiB each. */
static struct topology *machine(unsigned int nr, unsigned int cpus,
				unsigned int gib)
{
	struct topology *topology = topology_from_nodes("test", nr);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = cpus;
		topology_add_range(topology, i, i * gib * GIB_PAGES,
				   (i + 1) * gib * GIB_PAGES);
	}
	return topology;
}

static double load_ns(const struct simulation_result *r)
{
	return r->load_done_ns - r->load_start_ns;
}

/* A block: 1024 descriptors and the pull, then 65536 times 64 bytes. */
static void one_cpu_is_arithmetic(void **state)
{
	struct topology *topology = machine(1, 1, 4);
	struct load load = { .share = .25, .clear = true };
	double clear = 65536 * 4, pull = 1024 * 4 + 400;
	struct simulation_result r;

	r = run(topology, &costs, "serial", &load);
	assert_float_equal(load_ns(&r), GIB_BLOCKS * clear, 1);
	assert_int_equal(r.pages_pulled, 0);

	r = run(topology, &costs, "ondemand", &load);
	assert_float_equal(load_ns(&r), GIB_BLOCKS * (clear + pull), 1e3);
	assert_int_equal(r.pages_pulled, GIB_PAGES);
	assert_int_equal(r.pages_initialised, GIB_PAGES);
	assert_true(isnan(r.complete_ns));

	load.clear = false;
	r = run(topology, &costs, "ondemand", &load);
	assert_float_equal(load_ns(&r), GIB_BLOCKS * pull, 1e3);
	r = run(topology, &costs, "deferred", &load);
	assert_float_equal(load_ns(&r), 0, 0);
	topology_free(topology);
}

/* In a guest, each 4 KiB of memory is a first touch, as of its memmap. */
static void first_touches_of_a_guest(void **state)
{
	struct topology *topology = machine(1, 1, 1);
	struct load load = { .share = 1, .clear = true };
	struct machine_costs c = costs;
	struct simulation_result r;

	c.fault_ns = 6400;
	r = run(topology, &c, "serial", &load);
	assert_float_equal(load_ns(&r), GIB_BLOCKS * 65536 * (4 + 100.), 1e3);
	topology_free(topology);
}

/* One zone->lock: CPUs pull one after another. */
static void pulls_of_a_zone_queue(void **state)
{
	struct topology *topology = machine(1, 8, 4), *two = machine(2, 4, 2);
	struct load load = { .share = .5 };
	struct simulation_result alone, all, apart;

	load.nr_cpus = 1;
	alone = run(topology, &costs, "ondemand", &load);
	load.nr_cpus = 8;
	all = run(topology, &costs, "ondemand", &load);
	apart = run(two, &costs, "ondemand", &load);
	assert_float_equal(load_ns(&all), load_ns(&alone),
			   1e-3 * load_ns(&alone));
	assert_float_equal(load_ns(&apart), load_ns(&alone) / 2,
			   1e-2 * load_ns(&alone));
	topology_free(topology);
	topology_free(two);
}

/* All of it is touched, whatever is being written meanwhile, and ends. */
static void all_memory_is_touched(void **state)
{
	static const char *const strategies[] = { "serial",	    "local",
						  "parallel",	    "async",
						  "ondemand",	    "deferred",
						  "async,threads=1" };
	static const double at[] = { 0, 1e4, 1e6, 1e9 };
	static const unsigned int cpus[] = { 1, 3, 12, 0 };
	struct topology *topology = machine(3, 4, 2);
	unsigned int i, j, k;

	topology->nodes[2].nr_cpus = 0;
	for (i = 0; i < ARRAY_SIZE(strategies); i++)
		for (j = 0; j < ARRAY_SIZE(at); j++)
			for (k = 0; k < ARRAY_SIZE(cpus); k++) {
				struct load load = { 1, cpus[k], at[j], true };
				struct simulation_result r, again;

				r = run(topology, &costs, strategies[i], &load);
				assert_int_equal(r.pages_initialised,
						 r.pages_total);
				assert_false(isnan(r.complete_ns));
				assert_true(r.load_done_ns > r.load_start_ns);
				assert_float_equal(r.load_start_ns,
						   r.boot_wait_ns + at[j], 1);
				/* What 6 GiB take with the CPUs there are. */
				assert_true(load_ns(&r) >=
					    6 * GIB_BLOCKS * 65536 * 4. / 8 - 1);
				again = run(topology, &costs, strategies[i],
					    &load);
				assert_true(again.load_done_ns ==
					    r.load_done_ns);
			}
	topology_free(topology);
}

/* A load takes what the drain has done; the earlier it comes, the more pulls. */
static void later_loads_pull_less(void **state)
{
	struct topology *topology = machine(2, 4, 16);
	double at[] = { 0, 2e5, 2e6, 1e9 };
	struct simulation_result r;
	unsigned long last = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		struct load load = { .1, 0, at[i], true };

		r = run(topology, &costs, "async", &load);
		assert_true(r.pages_pulled <= last);
		last = r.pages_pulled;
	}
	assert_int_equal(last, 0);
	topology_free(topology);
}

/* Threads in the background give way: a load is not much slower for them. */
static void drains_give_way(void **state)
{
	struct topology *topology = machine(1, 4, 64);
	struct load load = { .1, 0, 0, true }, none = { 0 };
	struct simulation_result ready, drained, idle;

	ready = run(topology, &costs, "serial", &load);
	drained = run(topology, &costs, "async", &load);
	idle = run(topology, &costs, "async", &none);
	assert_true(load_ns(&drained) < 1.1 * load_ns(&ready));
	assert_true(load_ns(&drained) > load_ns(&ready));
	assert_true(drained.complete_ns > idle.complete_ns);
	topology_free(topology);
}

/* A CPU that sleeps for half of the time takes twice as long, but for the end. */
static void sleep_is_arithmetic(void **state)
{
	struct topology *topology = machine(1, 1, 4);
	struct load load = { .share = .25, .clear = true, .asleep = .5 };
	double clear = 65536 * 4, pull = 1024 * 4 + 400;
	struct simulation_result r;

	r = run(topology, &costs, "serial", &load);
	assert_float_equal(load_ns(&r), (2 * GIB_BLOCKS - 1) * clear, 1);
	r = run(topology, &costs, "ondemand", &load);
	assert_float_equal(load_ns(&r),
			   (2 * GIB_BLOCKS - 1) * clear + GIB_BLOCKS * pull,
			   1e3);
	topology_free(topology);
}

/*
 * Beside a load that is always there the threads of idle have to wait for its
 * end. What it leaves them they take, no more, and the load pays less for pulls.
 */
static void idle_takes_what_is_left(void **state)
{
	static const double idle[] = { 0, .1, .5, .9 };
	struct topology *topology = machine(2, 4, 256);
	double all_ns = 256 * GIB_PAGES * 4. / 4, last_ns = INFINITY;
	unsigned long last_pulled = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idle); i++) {
		struct load load = { .5, 0, 0, true, idle[i] };
		struct simulation_result r, ondemand;
		double ns;

		r = run(topology, &costs, "idle", &load);
		ondemand = run(topology, &costs, "ondemand", &load);
		ns = r.complete_ns - r.boot_wait_ns;
		assert_int_equal(r.pages_initialised, r.pages_total);
		assert_true(r.pages_pulled <= ondemand.pages_pulled);
		assert_true(r.pages_pulled <= last_pulled);
		assert_true(load_ns(&r) < 1.01 * load_ns(&ondemand));
		assert_true(ns < last_ns);
		/* The load writes some of it: no more than half. */
		if (idle[i] > 0)
			assert_true(ns > all_ns / 2);
		else
			assert_true(r.complete_ns > r.load_done_ns);
		last_pulled = r.pages_pulled;
		last_ns = ns;
	}
	topology_free(topology);
}

/* Without a load, and with one that touches nothing, all is as before. */
static void a_load_of_nothing(void **state)
{
	static const char *const strategies[] = { "serial",   "local",
						  "parallel", "async",
						  "ondemand", "deferred" };
	struct topology *topology = machine(2, 4, 4);
	const struct load none = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		struct simulation_result a, b;

		a = run(topology, &costs, strategies[i], NULL);
		b = run(topology, &costs, strategies[i], &none);
		assert_true(a.boot_wait_ns == b.boot_wait_ns);
		assert_true(a.complete_ns == b.complete_ns ||
			    isnan(a.complete_ns));
		assert_true(b.load_done_ns == b.boot_wait_ns);
		assert_int_equal(a.pages_initialised, b.pages_initialised);
	}
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cpu_is_arithmetic),
		cmocka_unit_test(first_touches_of_a_guest),
		cmocka_unit_test(pulls_of_a_zone_queue),
		cmocka_unit_test(all_memory_is_touched),
		cmocka_unit_test(later_loads_pull_less),
		cmocka_unit_test(drains_give_way),
		cmocka_unit_test(sleep_is_arithmetic),
		cmocka_unit_test(idle_takes_what_is_left),
		cmocka_unit_test(a_load_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
