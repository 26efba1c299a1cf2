// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hot-added memory in virtual time: what paper and pencil say, and what must hold
 * on any machine.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/kernel.h>
#include "machine/machine.h"
#include "model/band.h"
#include "tests/paper.h"
#include "tests/random_machine.h"

#define SECTION (1UL << 15)
/* A while and a thread that wakes up. */
#define SETTLE_NS (MEMMAP_SETTLE_MS * 1e6 + 20000)

static const struct machine_costs costs = {
	PAPER_COSTS,	  .node_bytes_per_s = { 1e15, 1e15, 1e15 },
	.lock_ns = 100,	  .pull_ns = 400,
	.online_ns = 1e5,
};

/* One node of one CPU and @gib GiB, and @plug GiB at @at_ns. */
static struct topology *machine(unsigned int gib, unsigned int plug,
				double at_ns)
{
	struct topology *topology = topology_from_nodes("test", 1);

	topology->nodes[0].nr_cpus = 1;
	topology_add_range(topology, 0, 0, gib * GIB_PAGES);
	assert_null(topology_plug(topology, 0, plug * GIB_PAGES, at_ns));
	return topology;
}

/* Boot waits for the strategy: the books, and two passes by one CPU. */
static void written_as_it_comes(void **state)
{
	static const char *const args[] = { "serial", "local", "parallel",
					    "deferred" };
	struct topology *topology = machine(1, 4, 5e9);
	double ns = 32 * 1e5 + 4 * GIB_PAGES * 10.;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(args); i++) {
		struct simulation_result r = run(topology, &costs, args[i],
						 NULL);

		assert_float_equal(r.plug[0].online_ns, ns, 1e-6 * ns);
		assert_float_equal(r.plug[0].ready_ns, ns, 1e-6 * ns);
		assert_int_equal(r.plug[0].pages_left, 0);
		/* It is no part of boot. */
		assert_true(r.complete_ns < 1e9);
		assert_int_equal(r.pages_initialised, GIB_PAGES);
	}
	topology_free(topology);
}

/* The memmap of 4 GiB is 64 MiB: 16 blocks are pulled for it. */
static void left_as_it_is(void **state)
{
	struct topology *topology = machine(1, 4, 5e9);
	double books = 32 * 1e5, pulls = 16 * (1024 * 4 + 400.);
	struct simulation_result r = run(topology, &costs, "ondemand", NULL);

	assert_float_equal(r.plug[0].online_ns, books + pulls, 1e3);
	assert_true(isnan(r.plug[0].ready_ns));
	assert_int_equal(r.plug[0].pages_left, 4 * GIB_PAGES);
	assert_int_equal(r.pages_initialised, 16 * MEMMAP_BLOCK_PAGES);

	/* Nothing is pristine any more when it comes: nothing is pulled. */
	r = run(topology, &costs, "async", NULL);
	assert_float_equal(r.plug[0].online_ns, books, 1e3);
	assert_float_equal(r.plug[0].ready_ns,
			   books + SETTLE_NS + 4 * GIB_PAGES * 4.,
			   1e-2 * r.plug[0].ready_ns);
	assert_int_equal(r.plug[0].pages_left, 0);
	assert_true(r.complete_ns < 1e9);
	assert_int_equal(r.pages_initialised, GIB_PAGES);
	topology_free(topology);
}

/* A drain that is under way takes what comes; nobody waits a while. */
static void joins_a_drain(void **state)
{
	struct topology *topology = machine(256, 1, 0);
	struct simulation_result r = run(topology, &costs, "async", NULL);

	assert_true(r.plug[0].ready_ns < 257 * GIB_PAGES * 4.1);
	assert_int_equal(r.plug[0].pages_left, 0);
	topology_free(topology);
}

/*
 * What came first is being drained when more comes: threads of idle leave it and
 * go on a while later, those of async take it.
 */
static void idle_stays_away(void **state)
{
	struct topology *topology = machine(8, 256, 5e9);
	double books = 2048 * 1e5, ns = 256 * GIB_PAGES * 4.;
	double more = books + SETTLE_NS + ns / 4;
	struct simulation_result r;

	assert_null(topology_plug(topology, 0, GIB_PAGES, 5e9 + more));
	r = run(topology, &costs, "idle", NULL);
	assert_true(r.plug[0].ready_ns > more + SETTLE_NS + ns / 2);
	assert_true(r.plug[0].ready_ns < more + SETTLE_NS + ns);
	assert_true(r.plug[1].ready_ns > SETTLE_NS + ns / 2);
	assert_int_equal(r.plug[0].pages_left + r.plug[1].pages_left, 0);
	r = run(topology, &costs, "async", NULL);
	assert_float_equal(r.plug[0].ready_ns, books + SETTLE_NS + ns,
			   1e-2 * r.plug[0].ready_ns);
	assert_true(r.plug[1].ready_ns < ns);
	topology_free(topology);
}

/* A node that has nothing but what is hot-added. */
static void node_of_its_own(void **state)
{
	static const char *const args[] = { "serial", "parallel", "async",
					    "idle", "ondemand" };
	struct topology *topology = topology_from_nodes("test", 2);
	unsigned int i;

	topology->nodes[0].nr_cpus = 4;
	topology_add_range(topology, 0, 0, GIB_PAGES);
	assert_null(topology_plug(topology, 1, GIB_PAGES, 1e9));
	assert_null(topology_plug(topology, 1, GIB_PAGES, 2e9));
	for (i = 0; i < ARRAY_SIZE(args); i++) {
		struct simulation_result r = run(topology, &costs, args[i],
						 NULL);
		bool never = isnan(r.complete_ns);

		assert_true(r.plug[1].online_ns > 0);
		assert_int_equal(isnan(r.plug[1].ready_ns), never);
		assert_int_equal(r.plug[1].pages_left, never ? GIB_PAGES : 0);
	}
	topology_free(topology);
}

/* Nobody looks at it before boot goes on; of two at once one waits. */
static void waits_for_boot_and_its_turn(void **state)
{
	struct topology *topology = machine(1, 1, 0);
	struct simulation_result r, two;

	r = run(topology, &costs, "serial", NULL);
	assert_float_equal(r.plug[0].online_ns, 8e5 + GIB_PAGES * 10., 1e2);
	assert_null(topology_plug(topology, 0, GIB_PAGES, 0));
	two = run(topology, &costs, "serial", NULL);
	assert_float_equal(two.plug[0].online_ns, r.plug[0].online_ns, 1e2);
	assert_float_equal(two.plug[1].online_ns, 2 * r.plug[0].online_ns, 1e2);
	topology_free(topology);
}

/* A load that has used up the memory of boot goes on in what comes. */
static void a_load_takes_it(void **state)
{
	static const char *const args[] = { "serial", "async", "ondemand",
					    "deferred" };
	struct topology *topology = machine(1, 4, 0), *alone = machine(5, 1, 1);
	const struct load load = { .share = 3, .clear = true };
	const struct load same = { .share = .6, .clear = true };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(args); i++) {
		struct simulation_result r = run(topology, &costs, args[i],
						 &load);
		struct simulation_result all = run(alone, &costs, args[i],
						   &same);

		/* It has no less to do than with all of it there. */
		assert_true(r.load_done_ns - r.load_start_ns >
			    .98 * (all.load_done_ns - all.load_start_ns));
	}
	topology_free(topology);
	topology_free(alone);
}

/* So many GiB of the first node, long after boot. */
static void plug_alone(struct topology *topology, unsigned int gib)
{
	topology->nr_plugs = 0;
	assert_null(topology_plug(topology, 0, gib * GIB_PAGES, 1e12));
}

/*
 * On machines that are drawn: twice the memory is not online earlier; what writes
 * nothing takes what its books take and a 64th of what writing takes, and what a
 * page costs is nothing to it but that.
 */
static void any_machine(void **state)
{
	unsigned int seed, i, checked = 0;

	for (seed = 1; seed <= 32; seed++) {
		struct simulation_result one, two;
		struct random_machine m;
		double books, page_ns;

		random_machine_init(&m, seed, seed % RANDOM_NR_KINDS);
		if (topology_cpus(m.topology) > 64) {
			random_machine_free(&m);
			continue;
		}
		checked++;
		m.costs.online_ns = 5e4;
		books = 16 * GIB_PAGES / SECTION * m.costs.online_ns;
		page_ns = m.costs.page_ns[0] + m.costs.fault_ns / 64;
		for (i = 0; memmap_strategies[i]; i++) {
			bool waits = memmap_strategies[i]->flags & MEMMAP_WAITS;

			plug_alone(m.topology, 8);
			one = run(m.topology, &m.costs,
				  memmap_strategies[i]->name, NULL);
			plug_alone(m.topology, 16);
			two = run(m.topology, &m.costs,
				  memmap_strategies[i]->name, NULL);
			assert_true(two.plug[0].online_ns >
				    one.plug[0].online_ns);
			assert_true(two.plug[0].online_ns > books * .999);
			assert_true(isnan(two.plug[0].ready_ns) ||
				    two.plug[0].ready_ns > one.plug[0].ready_ns);
			if (waits)
				assert_true(two.plug[0].online_ns >
					    books + 16 * GIB_PAGES *
							    m.costs.page_ns[2] *
							    .99);
			else
				/* What it pulls may be far away. */
				assert_true(two.plug[0].online_ns <
					    books + 16 * GIB_PAGES / 64 *
							    (8 * page_ns + 1));
		}
		random_machine_free(&m);
	}
	assert_true(checked >= 5);
}

/* Each input has its say in the band, and what is not timed is extrapolated. */
static void bands(void **state)
{
	static const char *const args[] = { "serial", "ondemand", "async" };
	struct error error = { 0 };
	struct machine m;
	unsigned int i;

	assert_int_equal(machine_load(&m, "microvm-4g", NULL, &error), 0);
	assert_null(topology_plug(m.topology, 0, 16 * GIB_PAGES, 5e9));
	for (i = 0; i < ARRAY_SIZE(args); i++) {
		struct memmap_param param;
		struct banded banded;

		assert_int_equal(memmap_param_parse(&param, args[i]), 0);
		assert_int_equal(band_run_plugs(&m, &param, &banded), 0);
		assert_true(banded.online.low < 1 / 1.09);
		assert_true(banded.online.high > 1.09);
		assert_non_null(banded.binds);
		/* The others write, at a host that maps what they write. */
		if (i == 2)
			assert_string_equal(banded.binds, "online_ns");
	}
	machine_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_as_it_comes),
		cmocka_unit_test(left_as_it_is),
		cmocka_unit_test(joins_a_drain),
		cmocka_unit_test(idle_stays_away),
		cmocka_unit_test(node_of_its_own),
		cmocka_unit_test(waits_for_boot_and_its_turn),
		cmocka_unit_test(a_load_takes_it),
		cmocka_unit_test(any_machine),
		cmocka_unit_test(bands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
