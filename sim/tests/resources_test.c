// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPUs share beside memories and links: cores, a zone's lock, the host of
 * a guest; and how mainline shares out a node.
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
#include "model/simulation.h"

#define GIB_PAGES (1UL << 18)
#define SECTION	  (128UL << 20 >> PAGE_SHIFT)

/* Memory that never is what anybody waits for. */
static const struct machine_costs costs = {
	.page_ns = { 9, 4, 10 },
	.node_bytes_per_s = { 1e15, 1e15, 1e15 },
	.remote_factor = 1,
	.lines_in_flight = { 10, 10 },
	.smt_gain = 0.3,
	.faults_at_once = 1,
};

/* @gib of memory a node; @cpus[i] CPUs on @cores[i] cores. */
static struct topology *machine(unsigned int nr, const unsigned int *cpus,
				const unsigned int *cores, unsigned int gib)
{
	struct topology *topology = topology_from_nodes("test", nr);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = cpus[i];
		topology->nodes[i].nr_cores = cores[i];
		topology_add_range(topology, i, i * gib * GIB_PAGES,
				   (i + 1) * gib * GIB_PAGES);
	}
	return topology;
}

static double run(const struct topology *topology,
		  const struct machine_costs *c, const char *arg)
{
	struct simulation_result result;
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, arg), 0);
	assert_int_equal(simulation_run(topology, c, &param, &result, NULL,
					NULL),
			 0);
	assert_int_equal(result.pages_initialised, result.pages_total);
	return result.complete_ns;
}

/*
 * All of the second node's memory is written across a link. A zone's lock that
 * serves a thousand times as many pages changes nothing about that, although it
 * is one resource more in front of each memory.
 */
static void locks_leave_links_alone(void **state)
{
	static const unsigned int cpus[] = { 4, 0 }, cores[] = { 0, 0 };
	struct topology *topology = machine(2, cpus, cores, 8);
	struct machine_link link = { .from = 0, .to = 1, .bytes_per_s = 1e9 };
	struct machine_costs c = costs;
	double without;

	c.net.link = &link;
	c.net.nr_links = 1;
	without = run(topology, &c, "async,store=nt");
	c.lock_ns = 64;
	assert_true(fabs(run(topology, &c, "async,store=nt") / without - 1) <
		    0.001);
	topology_free(topology);
}

/*
 * Four CPUs on two cores, CPUs 0 and 1 are first threads:
 *
 *	threads=1 2 3 4 -> 1 2 2.3 2.6 times as fast as one
 *
 * Chunks are small, so that the last ones do not show. Where each CPU has a
 * core, four are four times as fast.
 */
static void threads_of_a_core_share_it(void **state)
{
	static const unsigned int cpus[] = { 4 }, cores[] = { 2 },
				  none[] = { 0 };
	static const double speed[] = { 1, 2, 2.3, 2.6 };
	struct topology *shared = machine(1, cpus, cores, 24);
	struct topology *apart = machine(1, cpus, none, 24);
	double one = run(shared, &costs, "async,threads=1,store=cached");
	char arg[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(speed); i++) {
		snprintf(arg, sizeof(arg),
			 "async,chunk=4M,threads=%u,store=cached", i + 1);
		assert_float_equal(one / run(shared, &costs, arg), speed[i],
				   0.01);
		assert_float_equal(one / run(apart, &costs, arg), i + 1, 0.01);
	}
	topology_free(shared);
	topology_free(apart);
}

/* Where all wait for the memory, a second thread of a core adds nothing. */
static void memory_hides_what_threads_add(void **state)
{
	static const unsigned int cpus[] = { 16 }, cores[] = { 8 };
	struct topology *topology = machine(1, cpus, cores, 24);
	struct machine_costs c = costs;
	double eight, sixteen;

	c.node_bytes_per_s[0] = 64e9 / 9; /* as fast as one CPU */
	eight = run(topology, &c, "async,chunk=4M,threads=8,store=cached");
	sixteen = run(topology, &c, "async,chunk=4M,store=cached");
	assert_float_equal(eight / sixteen, 1, 0.01);
	topology_free(topology);
}

/*
 * One CPU, and a second node without any. Its thread runs on the same CPU:
 * both nodes take twice as long as one.
 */
static void a_thread_without_a_cpu_shares_one(void **state)
{
	static const unsigned int cpus[] = { 1, 0 }, none[] = { 0, 0 };
	struct topology *two = machine(2, cpus, none, 16);
	struct topology *one = machine(1, cpus, none, 16);
	static const char *const strategies[] = { "async", "deferred" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++)
		assert_float_equal(run(two, &costs, strategies[i]) /
					   run(one, &costs, strategies[i]),
				   2, 0.01);
	topology_free(two);
	topology_free(one);
}

/* The same, but remote memory takes three times as long: 1 + 3, not 1 + 1. */
static void turns_on_a_cpu_do_not_hide_a_wait(void **state)
{
	static const unsigned int cpus[] = { 1, 0 }, none[] = { 0, 0 };
	struct topology *two = machine(2, cpus, none, 16);
	struct topology *one = machine(1, cpus, none, 16);
	struct machine_costs c = costs;

	c.remote_factor = 3;
	assert_float_equal(run(two, &c, "async") / run(one, &c, "async"), 4,
			   0.02);
	topology_free(two);
	topology_free(one);
}

/*
 * A zone's lock is held once a block by mainline, once a batch of 8 blocks by
 * us, by one CPU at a time. Held briefly it costs nothing that the page's own
 * cost has not in it.
 */
static void a_lock_is_held_by_one(void **state)
{
	static const unsigned int cpus[] = { 16, 16 }, none[] = { 0, 0 };
	struct topology *one = machine(1, cpus, none, 16);
	struct topology *two = machine(2, cpus, none, 16);
	double blocks = 16.0 * GIB_PAGES / MEMMAP_BLOCK_PAGES;
	struct machine_costs c = costs;

	c.lock_ns = 1000;
	assert_float_equal(run(one, &c, "deferred,threads=1"),
			   run(one, &costs, "deferred,threads=1"), 1);
	c.lock_ns = 20000;
	assert_float_equal(run(one, &c, "deferred") / (blocks * 20000), 1,
			   0.01);
	assert_float_equal(run(two, &c, "deferred") / run(one, &c, "deferred"),
			   1, 0.01);
	c.lock_ns = 200000;
	assert_float_equal(run(one, &c, "async,chunk=32M") /
				   (blocks / MEMMAP_BATCH_BLOCKS * 200000),
			   1, 0.01);
	topology_free(one);
	topology_free(two);
}

/*
 * A guest of 16 GiB touches 65536 pages of memmap first. Its host serves one
 * touch at a time, or two.
 */
static void a_host_serves_first_touches_in_turn(void **state)
{
	static const unsigned int cpus[] = { 2 }, none[] = { 0 };
	struct topology *topology = machine(1, cpus, none, 16);
	struct machine_costs c = costs;

	c.fault_ns = 19100;
	assert_float_equal(run(topology, &c, "deferred") / 65536 / 19100, 1,
			   0.01);
	c.faults_at_once = 2;
	/* Two CPUs, each with its own touches and its own stores. */
	assert_float_equal(run(topology, &c, "deferred") / 65536 /
				   (19100 + 640) * 2,
			   1, 0.01);
	topology_free(topology);
}

static void count(void *arg, double now_ns, unsigned int cpu, int nid,
		  unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long *most = arg;

	most[0]++;
	if (end_pfn - start_pfn > most[1])
		most[1] = end_pfn - start_pfn;
}

/*
 * padata: four chunks a thread in whole sections, no more threads than
 * sections, all at once for one thread. threads= counts, not the CPUs there
 * are.
 */
static void mainline_chunks(void **state)
{
	static const struct {
		const char *arg;
		unsigned int gib;
		unsigned long nr, most;
	} cases[] = {
		{ "deferred", 16, 64, 2 * SECTION },
		{ "deferred,threads=4", 16, 16, 8 * SECTION },
		{ "deferred,threads=3", 16, 12, 11 * SECTION },
		{ "deferred,threads=1", 16, 1, 128 * SECTION },
		{ "deferred", 1, 8, SECTION },
	};
	static const struct simulation_watch watch = { .chunk = count };
	static const unsigned int cpus[] = { 16 }, none[] = { 0 };
	struct simulation_result result;
	struct memmap_param param;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct topology *topology = machine(1, cpus, none,
						    cases[i].gib);
		unsigned long seen[2] = { 0 };

		memmap_param_parse(&param, cases[i].arg);
		simulation_run(topology, &costs, &param, &result, &watch, seen);
		assert_int_equal(seen[0], cases[i].nr);
		assert_int_equal(seen[1], cases[i].most);
		topology_free(topology);
	}
}

/*
 * Two nodes of 16 GiB. Mainline leaves nothing below 4 GiB for later, nor the
 * first section of a node. The other strategies get to see all but what holds
 * the memmap, which mainline writes in one pass, unless the machine says that
 * they do not; what is in no whole block is half a block at each end. The boot
 * CPU writes what is early alone, twice as slowly where it is remote; boot waits
 * for it.
 */
static void boot_waits_for_early_memory(void **state)
{
	static const unsigned int cpus[] = { 4, 4 }, none[] = { 0, 0 };
	struct topology *topology = machine(2, cpus, none, 16);
	struct machine_costs c = costs;
	struct simulation_result result;
	struct memmap_param param;
	unsigned int i, all;

	c.early_linux = true;
	c.remote_factor = 2;
	for (i = 0; memmap_strategies[i]; i++) {
		for (all = 0; all < 2; all++) {
			unsigned long low = 4 * GIB_PAGES + SECTION;
			unsigned long high = SECTION;
			bool mainline;
			double ns;

			memmap_param_default(&param);
			param.strategy = memmap_strategies[i];
			mainline = param.strategy->flags & MEMMAP_MAINLINE;
			if (!mainline && !all)
				low = high = 16 * GIB_PAGES / 64;
			ns = (low + 2 * high) * (mainline ? 10 : 4);
			if (mainline)
				ns += 16 * GIB_PAGES / 64 * (1 + 2) * 10 / 2;
			else if (!all)
				ns += MEMMAP_BLOCK_PAGES * (1 + 2) * 10;
			c.early_all = all;
			simulation_run(topology, &c, &param, &result, NULL,
				       NULL);
			assert_int_equal(result.pages_early, low + high);
			assert_float_equal(result.early_ns, ns, 1);
			assert_true(result.boot_wait_ns >= ns);
			if (!mainline && !(param.strategy->flags & MEMMAP_WAITS))
				assert_float_equal(result.boot_wait_ns, ns, 1);
		}
	}
	c.early_linux = false;
	simulation_run(topology, &c, &param, &result, NULL, NULL);
	assert_int_equal(result.pages_early, 0);
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_leave_links_alone),
		cmocka_unit_test(threads_of_a_core_share_it),
		cmocka_unit_test(memory_hides_what_threads_add),
		cmocka_unit_test(a_thread_without_a_cpu_shares_one),
		cmocka_unit_test(turns_on_a_cpu_do_not_hide_a_wait),
		cmocka_unit_test(a_lock_is_held_by_one),
		cmocka_unit_test(a_host_serves_first_touches_in_turn),
		cmocka_unit_test(mainline_chunks),
		cmocka_unit_test(boot_waits_for_early_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
