// SPDX-License-Identifier: GPL-2.0-only
/* What must hold when pages settle, whatever the machine and the pool. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <linux/kernel.h>
#include "machine/machine.h"
#include "model/migration.h"
#include "model/settle.h"

#define MIB	  (1UL << 20)
#define GIB_PAGES (1UL << 18)

/* Nodes of 4 GiB with 8 CPUs each; then so many without CPUs. */
static struct topology *machine(unsigned int nr, unsigned int nr_more)
{
	struct topology *topology = topology_from_nodes("test", nr + nr_more);
	unsigned int i;

	for (i = 0; i < nr + nr_more; i++) {
		topology->nodes[i].nr_cpus = i < nr ? 8 : 0;
		topology_add_range(topology, i, 4 * i * GIB_PAGES,
				   4 * (i + 1) * GIB_PAGES);
	}
	return topology;
}

/* Each page is touched right after it is marked: bursts. */
static const struct settle_load bursts = {
	.bytes = 64 * MIB,
	.sweep_ns = 1e6,
	.seed = 1,
};

static struct settle_result run(const struct topology *topology,
				const struct settle_load *load,
				unsigned int entries, bool fallback)
{
	const struct settle_pool how = {
		.entries = entries,
		.policy = { .uses = 2, .fallback = fallback },
		.delay_ns = 10e6,
	};
	struct settle_result result;

	settle_run(topology, machine_defaults(), load, &how, &result);
	return result;
}

/* By paper and pencil: what faults take, how many pages there were to move. */
static void todays_linux(void **state)
{
	const struct machine_costs *costs = machine_defaults();
	struct topology *topology = machine(2, 0);
	struct settle_result r = run(topology, &bursts, 0, false);
	double ns = 1000.0 * r.faults +
		    r.fault_moved * migration_ns(costs, 12, 1, true);

	/* Half of the pages of each of two processes. */
	assert_int_equal(r.misplaced, 64 * MIB >> 12);
	assert_true(r.fault_moved >= 0.99 * r.misplaced);
	assert_true(r.fault_moved <= r.misplaced);
	assert_int_equal(r.flushes, r.fault_moved);
	assert_int_equal(r.counts.queued, 0);
	assert_true(fabs(r.fault_ns / ns - 1) < 1e-6);
	/* A second until the first scan at most; the second one is a use more. */
	assert_true(r.ns[SETTLE_50] >= 1e9 && r.ns[SETTLE_99] < 2.1e9);
	topology_free(topology);
}

/* Nothing is lost, each page moves once, and batches share their flush. */
static void all_is_told(void **state)
{
	struct topology *topology = machine(3, 1);
	struct settle_result r = run(topology, &bursts, 1U << 20, false);
	const struct page_numa_counts *c = &r.counts;

	assert_int_equal(r.misplaced, 3 * 3 * (64 * MIB >> 12) / 4);
	assert_int_equal(c->full, 0);
	assert_int_equal(c->queued, c->migrated + c->stale + c->dropped +
					    c->waiting + c->taken);
	assert_int_equal(c->stale + c->dropped, 0);
	assert_int_equal(r.fault_moved, 0);
	assert_true(c->migrated >= 0.99 * r.misplaced);
	assert_true(c->queued <= r.misplaced);
	assert_true(r.flushes <= c->migrated / 400);
	topology_free(topology);
}

/* A larger pool is full less often, and pages are home no later. */
static void larger_is_better(void **state)
{
	static const unsigned int entries[] = { 16, 64, 1024, 16384, 1U << 20 };
	struct topology *topology = machine(2, 0);
	double full = 1, ns = INFINITY;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		struct settle_result r = run(topology, &bursts, entries[i],
					     false);
		double part = (double)r.counts.full /
			      (r.counts.full + r.counts.queued);

		assert_true(part <= full);
		assert_true(r.ns[SETTLE_99] <= ns * 1.02);
		/* It is never the reason that a page stays for ever. */
		assert_true(r.counts.migrated >= 0.99 * r.misplaced);
		full = part;
		ns = r.ns[SETTLE_99];
	}
	assert_true(full == 0);
	topology_free(topology);
}

/* Who finds it full moves the page: as fast as today, with fewer flushes. */
static void fallback_is_no_slower(void **state)
{
	struct topology *topology = machine(2, 0);
	struct settle_result today = run(topology, &bursts, 0, true);
	struct settle_result r = run(topology, &bursts, 1024, true);

	assert_true(r.counts.full > 0 && r.counts.migrated > 0);
	assert_true(r.fault_moved + r.counts.migrated <= r.misplaced);
	assert_true(r.ns[SETTLE_99] <= 1.1 * today.ns[SETTLE_99]);
	assert_true(r.fault_ns < today.fault_ns);
	assert_true(r.flushes < today.flushes);
	topology_free(topology);
}

/* Pages that all use have no home; the others come to rest among them. */
static void shared_pages(void **state)
{
	struct topology *topology = machine(3, 0);
	struct settle_load load = bursts;
	struct settle_result r;

	load.shared = 0.5;
	r = run(topology, &load, 1U << 20, false);
	assert_true(r.misplaced < 2 * (64 * MIB >> 12) * 0.55);
	assert_true(r.misplaced > 2 * (64 * MIB >> 12) * 0.45);
	assert_true(!isnan(r.ns[SETTLE_99]));
	topology_free(topology);
}

/* More nodes than a page's byte tells apart. */
static void many_nodes(void **state)
{
	struct topology *topology = machine(70, 0);
	struct settle_load load = bursts;
	struct settle_result r;

	load.bytes = 2 * MIB;
	r = run(topology, &load, 1U << 20, false);
	assert_true(r.counts.migrated >= 0.99 * r.misplaced);
	topology_free(topology);
}

/* So many pages a second to each node, and no more. */
static void rate_is_kept(void **state)
{
	struct topology *topology = machine(2, 0);
	struct settle_pool how = {
		.entries = 1U << 20,
		.policy = { .uses = 1, .rate_pages = 4096 },
		.delay_ns = 10e6,
	};
	struct settle_result r;

	settle_run(topology, machine_defaults(), &bursts, &how, &r);
	/* 8192 pages to each node are three windows, begun one after the other. */
	assert_int_equal(r.misplaced, 4 * 4096);
	assert_true(r.ns[SETTLE_99] >= 1e9);
	assert_true(r.ns[SETTLE_99] <= 3.2e9);
	topology_free(topology);
}

/* Equal arguments, equal results. */
static void same_again(void **state)
{
	struct topology *topology = machine(3, 1);
	struct settle_result a = run(topology, &bursts, 1000, true);
	struct settle_result b = run(topology, &bursts, 1000, true);

	assert_memory_equal(&a, &b, sizeof(a));
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(todays_linux),
		cmocka_unit_test(all_is_told),
		cmocka_unit_test(larger_is_better),
		cmocka_unit_test(fallback_is_no_slower),
		cmocka_unit_test(shared_pages),
		cmocka_unit_test(many_nodes),
		cmocka_unit_test(rate_is_kept),
		cmocka_unit_test(same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
