// SPDX-License-Identifier: GPL-2.0-only
/* What must hold of any prediction, whatever the machine. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "model/mva.h"
#include "model/simulation.h"

#define GIB_PAGES (1UL << 18)

static const struct machine_costs costs = {
	.page_ns = { 9, 4, 10 },
	.node_bytes_per_s = { 40e9, 80e9, 40e9 },
	.remote_factor = 1.5,
	.lines_in_flight = { 10, 10 },
	.ipi_ns = 2000,
	.wakeup_ns = 20000,
	.migrate_ns = 50000,
	.lock_ns = 1000,
	.faults_at_once = 1,
};

static struct topology *machine(unsigned int nr, const unsigned int *cpus,
				const unsigned int *gib)
{
	struct topology *topology = topology_from_nodes("test", nr);
	unsigned long pfn = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = cpus[i];
		if (!gib[i])
			continue;
		topology_add_range(topology, i, pfn, pfn + gib[i] * GIB_PAGES);
		pfn += gib[i] * GIB_PAGES;
	}
	return topology;
}

static double run(const struct topology *topology,
		  const struct machine_costs *c, const char *arg,
		  struct simulation_result *result)
{
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, arg), 0);
	assert_int_equal(simulation_run(topology, c, &param, result, NULL, NULL),
			 0);
	return result->complete_ns;
}

/* Alone: no queue. Many: the memory's own speed. Never faster than either. */
static void mva_asymptotes(void **state)
{
	unsigned int k;

	assert_float_equal(mva_page_ns(10, 1, 1), 10, 1e-9);
	assert_float_equal(mva_page_ns(10, 1, 4000), 1, 1e-2);
	assert_float_equal(mva_page_ns(10, 0, 8), 10.0 / 8, 1e-9);
	for (k = 1; k < 200; k++) {
		double page = mva_page_ns(10, 1, k);

		assert_true(page >= 10.0 / k - 1e-9 && page >= 1 - 1e-9);
		/* One more writer never slows the whole down. */
		assert_true(mva_page_ns(10, 1, k + 1) <= page + 1e-9);
	}
}

/* A memory slower than one CPU: that CPU alone is bound by it. */
static void mva_memory_bound_alone(void **state)
{
	assert_float_equal(mva_page_ns(10, 20, 1), 10, 1e-9);
	assert_float_equal(mva_page_ns(10, 20, 8), 10, 1e-9);
}

static const char *const strategies[] = {
	"serial",
	"local",
	"parallel",
	"async",
	"deferred",
	"parallel,store=cached",
	"async,threads=2",
	"parallel,chunk=4M",
	"parallel,quantum=100us",
};

/* Every page once, and no faster than CPUs and memory allow. */
static void work_is_conserved(void **state)
{
	static const unsigned int cpus[] = { 4, 0, 16, 1 };
	static const unsigned int gib[] = { 3, 7, 0, 16 };
	struct topology *topology = machine(4, cpus, gib);
	struct machine_costs c = costs;
	struct simulation_result r;
	unsigned int i;

	/* The second time no memory is as fast as one CPU. */
	for (i = 0; i < 2 * ARRAY_SIZE(strategies); i++) {
		double all = 64e9 * 26 * GIB_PAGES, ns;
		bool nt;

		if (i == ARRAY_SIZE(strategies)) {
			c.node_bytes_per_s[WRITE_CACHED] = 2e9;
			c.node_bytes_per_s[WRITE_MAINLINE] = 2e9;
			c.node_bytes_per_s[1] = 4e9;
		}
		ns = run(topology, &c, strategies[i % ARRAY_SIZE(strategies)],
			 &r);
		nt = r.store == MEMMAP_STORE_NT;

		assert_int_equal(r.pages_initialised, 26 * GIB_PAGES);
		assert_int_equal(r.pages_total, 26 * GIB_PAGES);
		/* capacity of the memories, and of the CPUs */
		assert_true(ns >=
			    64e9 * 16 * GIB_PAGES / c.node_bytes_per_s[nt] - 1);
		assert_true(ns >= all / 64e9 * costs.page_ns[nt] / 21 - 1);
		assert_true(r.boot_wait_ns <= ns);
		assert_true(r.busy_ns <= ns * 21 + 1);
	}
	topology_free(topology);
}

/* More memory bandwidth, nearer nodes, faster CPUs: never slower. */
static void more_capacity_is_never_slower(void **state)
{
	static const unsigned int cpus[] = { 8, 8, 0 };
	static const unsigned int gib[] = { 16, 8, 8 };
	struct topology *topology = machine(3, cpus, gib);
	struct simulation_result r;
	unsigned int i, step;

	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		double last = INFINITY;

		for (step = 1; step <= 8; step++) {
			struct machine_costs c = costs;
			double ns;

			c.node_bytes_per_s[0] = 10e9 * step;
			c.node_bytes_per_s[1] = 20e9 * step;
			c.node_bytes_per_s[WRITE_MAINLINE] = 10e9 * step;
			c.remote_factor = 1 + 2.0 / step;
			ns = run(topology, &c, strategies[i], &r);
			assert_true(ns <= last * 1.01);
			last = ns;
		}
	}
	topology_free(topology);
}

static void rename_node(struct topology *topology, unsigned int to,
			const struct topology_node *node)
{
	topology->nodes[to].nr_cpus = node->nr_cpus;
	topology->nodes[to].ranges[0] = node->ranges[0];
}

/*
 * The order of nodes changes nothing: 20 machines of 2 to 7 unlike nodes, each
 * once more with its nodes in another order. Node 0 stays, for the boot
 * CPU is there. Where two nodes are equally in need of a worker, the first one
 * gets it, which is why the tail may differ by a batch.
 */
static void relabelled_nodes_change_nothing(void **state)
{
	static const unsigned int some_cpus[] = { 0, 1, 4, 8, 16, 32 };
	unsigned int seed = 1, round, nr, i;

	for (round = 0; round < 20; round++) {
		unsigned int cpus[8], gib[8];
		struct topology *topology[2];
		struct simulation_result r[2];

		nr = 2 + round % 6;
		for (i = 0; i < nr; i++) {
			seed = seed * 1664525 + 1013904223;
			cpus[i] = i ? some_cpus[(seed >> 8) % 6] : 8;
			gib[i] = 1 + (seed >> 16) % 32;
		}
		topology[0] = machine(nr, cpus, gib);
		topology[1] = machine(nr, cpus, gib);
		for (i = 1; i < nr; i++)
			rename_node(topology[1], nr - i,
				    &topology[0]->nodes[i]);
		for (i = 0; i < ARRAY_SIZE(strategies); i++) {
			double a = run(topology[0], &costs, strategies[i],
				       &r[0]);
			double b = run(topology[1], &costs, strategies[i],
				       &r[1]);

			assert_true(fabs(a / b - 1) < 0.01);
			assert_int_equal(r[0].nr_chunks, r[1].nr_chunks);
			assert_int_equal(r[0].pages_initialised,
					 r[1].pages_initialised);
		}
		topology_free(topology[0]);
		topology_free(topology[1]);
	}
}

/* The same run twice gives the same result. */
static void deterministic(void **state)
{
	static const unsigned int cpus[] = { 3, 5 };
	static const unsigned int gib[] = { 5, 3 };
	struct topology *topology = machine(2, cpus, gib);
	struct simulation_result a, b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		run(topology, &costs, strategies[i], &a);
		run(topology, &costs, strategies[i], &b);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	topology_free(topology);
}

struct seen {
	unsigned char block[8 * 256];
	unsigned long nr;
};

static void see(void *arg, double now_ns, unsigned int cpu, int nid,
		unsigned long start_pfn, unsigned long end_pfn)
{
	struct seen *seen = arg;
	unsigned long pfn;

	seen->nr++;
	for (pfn = start_pfn; pfn < end_pfn; pfn += MEMMAP_BLOCK_PAGES)
		assert_int_equal(seen->block[pfn / MEMMAP_BLOCK_PAGES]++, 0);
}

/* The list of chunks depends on the machine, not on which CPU is faster. */
static void chunks_do_not_depend_on_speed(void **state)
{
	static const unsigned int few[] = { 1, 0 }, many[] = { 16, 7 };
	static const unsigned int gib[] = { 5, 3 };
	struct topology *a = machine(2, few, gib);
	struct topology *b = machine(2, many, gib);
	struct memmap_param param;
	struct simulation_result r;
	static const struct simulation_watch watch = { .chunk = see };
	struct seen sa = { .nr = 0 }, sb = { .nr = 0 };

	memmap_param_parse(&param, "parallel,chunk=64M");
	simulation_run(a, &costs, &param, &r, &watch, &sa);
	simulation_run(b, &costs, &param, &r, &watch, &sb);
	assert_int_equal(sa.nr, 8 * 16);
	assert_int_equal(sb.nr, 8 * 16);
	assert_memory_equal(sa.block, sb.block, sizeof(sa.block));
	topology_free(a);
	topology_free(b);
}

/* Without memory nothing is written; without a CPU no strategy can run. */
static void no_memory_or_no_cpu(void **state)
{
	static const unsigned int none[] = { 0 }, one[] = { 1 };
	struct topology *topology = machine(1, one, none);
	struct memmap_param param;
	struct simulation_result r;

	run(topology, &costs, "parallel", &r);
	assert_int_equal(r.pages_total, 0);
	topology_free(topology);
	topology = machine(1, none, one);
	memmap_param_parse(&param, "serial");
	assert_int_equal(simulation_run(topology, &costs, &param, &r, NULL,
					NULL),
			 -1);
	topology_free(topology);
}

/*
 * No CPU is where the memory is:
 *
 *	node 0: 16 CPUs, no memory ---- link ---- node 1: no CPUs, 16 GiB
 *
 * 256 MiB of memmap cross the link, at 5 GB/s or at what the memory takes.
 */
static void a_link_is_what_all_wait_for(void **state)
{
	static const unsigned int cpus[] = { 16, 0 }, gib[] = { 0, 16 };
	struct topology *topology = machine(2, cpus, gib);
	struct machine_link link = { .from = 1, .to = 0 };
	struct machine_costs c = costs;
	double bytes = 64e9 * 16 * GIB_PAGES;
	struct simulation_result r;
	unsigned int i;

	c.net = (struct machine_net){ .nr_links = 1, .link = &link };
	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		bool alone = !strcmp(strategies[i], "serial") ||
			     !strcmp(strategies[i], "local") ||
			     !strcmp(strategies[i], "deferred");
		double slow, fast;

		link.bytes_per_s = 5e9;
		slow = run(topology, &c, strategies[i], &r);
		assert_true(slow >= bytes / 5e9 - 1);
		if (!alone)
			assert_true(slow <= bytes / 5e9 * 1.05);
		link.bytes_per_s = 1e15;
		fast = run(topology, &c, strategies[i], &r);
		assert_true(fast >= bytes / costs.node_bytes_per_s[1] - 1);
		assert_true(fast <= slow);
		assert_int_equal(r.pages_initialised, 16 * GIB_PAGES);
	}
	topology_free(topology);
}

/*
 * A store that waits 200 ns there and back, ten at a time, takes 20 ns longer:
 * one CPU at 4 ns a page is six times as slow.
 */
static void latency_is_shared_by_lines_in_flight(void **state)
{
	static const unsigned int cpus[] = { 1, 0 }, gib[] = { 0, 16 };
	struct topology *topology = machine(2, cpus, gib);
	struct machine_link link[] = {
		{ .from = 0, .to = 2, .bytes_per_s = 1e15, .latency_ns = 60 },
		{ .from = 2, .to = 1, .bytes_per_s = 1e15, .latency_ns = 40 },
		/* Less latency, but more links: no store takes it. */
		{ .from = 0, .to = 3, .bytes_per_s = 1e15, .latency_ns = 1 },
		{ .from = 3, .to = 4, .bytes_per_s = 1e15, .latency_ns = 1 },
		{ .from = 4, .to = 1, .bytes_per_s = 1e15, .latency_ns = 1 },
	};
	struct machine_costs c = costs;
	struct simulation_result r;
	double ns;

	c.lock_ns = 0;
	c.net = (struct machine_net){ .nr_switches = 3,
				      .nr_links = ARRAY_SIZE(link),
				      .link = link };
	ns = run(topology, &c, "serial,store=nt", &r);
	assert_float_equal(ns / (16 * GIB_PAGES), 24, 1e-6);
	c.lines_in_flight[1] = 5;
	ns = run(topology, &c, "serial,store=nt", &r);
	assert_float_equal(ns / (16 * GIB_PAGES), 44, 1e-6);
	topology_free(topology);
}

/*
 * Nodes 0 and 1 write to node 2 across links of their own, which are wide:
 * its memory is what they wait for, and only they use it.
 */
static void remote_writers_meet_at_the_memory(void **state)
{
	static const unsigned int cpus[] = { 16, 16, 0 }, gib[] = { 0, 0, 16 };
	struct topology *topology = machine(3, cpus, gib);
	struct node_costs node[3] = {
		[2] = { .bytes_per_s = { 10e9, 20e9, 10e9 } },
	};
	struct machine_link link[] = {
		{ .from = 0, .to = 2, .bytes_per_s = 60e9 },
		{ .from = 1, .to = 2, .bytes_per_s = 60e9 },
		{ .from = 0, .to = 1, .bytes_per_s = 60e9 },
	};
	double bytes = 64e9 * 16 * GIB_PAGES, ns;
	struct machine_costs c = costs;
	struct simulation_result r;

	c.node = node;
	c.net = (struct machine_net){ .nr_links = 3, .link = link };
	ns = run(topology, &c, "parallel,store=nt", &r);
	assert_true(ns >= bytes / 20e9 - 1 && ns <= bytes / 20e9 * 1.05);
	/* Now the links are the narrow place, and there are two of them. */
	link[0].bytes_per_s = link[1].bytes_per_s = 5e9;
	ns = run(topology, &c, "parallel,store=nt", &r);
	assert_true(ns >= bytes / 10e9 - 1 && ns <= bytes / 10e9 * 1.05);
	/* An ordinary store reads the line first, against the link. */
	ns = run(topology, &c, "parallel,store=cached", &r);
	assert_true(ns >= bytes / 10e9 - 1 && ns <= bytes / 10e9 * 1.05);
	topology_free(topology);
}

/*
 * Two routes to a node, through a switch each: each carries half of the stores,
 * whatever their latencies are. A third one of more links carries none.
 */
static void equal_routes_share(void **state)
{
	static const unsigned int cpus[] = { 16, 0 }, gib[] = { 0, 16 };
	struct topology *topology = machine(2, cpus, gib);
	struct machine_link link[] = {
		{ .from = 0, .to = 2, .bytes_per_s = 3e9, .latency_ns = 0.1 },
		{ .from = 1, .to = 2, .bytes_per_s = 3e9, .latency_ns = 0.7 },
		{ .from = 3, .to = 0, .bytes_per_s = 3e9, .latency_ns = 0.7 },
		{ .from = 3, .to = 1, .bytes_per_s = 3e9, .latency_ns = 0.2 },
		{ .from = 0, .to = 4, .bytes_per_s = 3e9 },
		{ .from = 4, .to = 5, .bytes_per_s = 3e9 },
		{ .from = 5, .to = 1, .bytes_per_s = 3e9 },
	};
	double bytes = 64e9 * 16 * GIB_PAGES, ns;
	struct machine_costs c = costs;
	struct simulation_result r;

	c.net = (struct machine_net){ .nr_switches = 4,
				      .nr_links = ARRAY_SIZE(link),
				      .link = link };
	ns = run(topology, &c, "parallel", &r);
	assert_true(ns >= bytes / 6e9 - 1 && ns <= bytes / 6e9 * 1.05);
	topology_free(topology);
}

/* Links that cost nothing are no links, and a factor of 1 is no factor. */
static void free_links_change_nothing(void **state)
{
	static const unsigned int cpus[] = { 8, 0, 4 }, gib[] = { 4, 8, 2 };
	struct topology *topology = machine(3, cpus, gib);
	struct machine_link link[] = {
		{ .from = 0, .to = 1, .bytes_per_s = 1e15 },
		{ .from = 1, .to = 2, .bytes_per_s = 1e15 },
	};
	struct machine_costs with = costs, without = costs;
	struct simulation_result a, b;
	unsigned int i;

	without.remote_factor = 1;
	with.net = (struct machine_net){ .nr_links = 2, .link = link };
	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		double na = run(topology, &with, strategies[i], &a);
		double nb = run(topology, &without, strategies[i], &b);

		/* The order of CPUs that are equal may differ. */
		assert_true(fabs(na / nb - 1) < 0.02);
		assert_int_equal(a.nr_chunks, b.nr_chunks);
	}
	topology_free(topology);
}

/*
 * A ring of nodes: wider, faster links never slow it down. Seen from the other
 * side it is the same ring, also where two routes lead to the node across.
 */
static void a_ring_of_links(void **state)
{
	static const unsigned int cpus[] = { 8, 0, 16, 4 };
	static const unsigned int gib[] = { 4, 9, 1, 6 };
	struct topology *one = machine(4, cpus, gib);
	struct topology *mirrored = machine(4, cpus, gib);
	struct machine_link link[4];
	struct machine_costs c = costs;
	struct simulation_result r;
	unsigned int i, j, step;

	c.net = (struct machine_net){ .nr_links = 4, .link = link };
	rename_node(mirrored, 1, &one->nodes[3]);
	rename_node(mirrored, 3, &one->nodes[1]);
	for (i = 0; i < ARRAY_SIZE(strategies); i++) {
		double last = INFINITY;

		for (step = 1; step <= 8; step++) {
			double ns, same;

			for (j = 0; j < 4; j++)
				link[j] = (struct machine_link){
					.from = j,
					.to = (j + 1) % 4,
					.bytes_per_s = 2e9 * step,
					.latency_ns = 400.0 / step,
				};
			ns = run(one, &c, strategies[i], &r);
			assert_int_equal(r.pages_initialised, 20 * GIB_PAGES);
			assert_true(ns <= last * 1.01);
			last = ns;
			same = run(mirrored, &c, strategies[i], &r);
			assert_true(fabs(ns / same - 1) < 0.01);
		}
	}
	topology_free(one);
	topology_free(mirrored);
}

/*
 * Pages of 64 KiB instead of 4 KiB: the same memory has a sixteenth of the
 * struct pages, and a chunk of the same bytes a sixteenth of the pages.
 */
static void larger_pages_are_fewer(void **state)
{
	static const unsigned int cpus[] = { 4 };
	static const unsigned int small[] = { 64 }, large[] = { 4 };
	struct topology *topology[2] = {
		machine(1, cpus, small),
		machine(1, cpus, large),
	};
	struct machine_costs c = costs;
	struct simulation_result r[2];
	unsigned int i;

	topology[1]->page_shift = 16;
	assert_int_equal(topology_bytes(topology[0]),
			 topology_bytes(topology[1]));
	c.early_bytes = 1UL << 30;
	for (i = 0; i < 2; i++) {
		run(topology[i], &c, "parallel,chunk=256M", &r[i]);
		assert_int_equal(r[i].nr_chunks, 63 * 4);
		assert_int_equal(r[i].pages_early << topology[i]->page_shift,
				 1UL << 30);
		topology_free(topology[i]);
	}
	assert_int_equal(r[0].pages_total, 16 * r[1].pages_total);
	assert_true(r[1].complete_ns < r[0].complete_ns / 4);
}

/* A quantum bounds the time between two cross-calls. */
static void shorter_quanta_take_more_rounds(void **state)
{
	static const unsigned int cpus[] = { 4 }, gib[] = { 16 };
	struct topology *topology = machine(1, cpus, gib);
	struct simulation_result a, b;

	run(topology, &costs, "parallel,quantum=2ms", &a);
	run(topology, &costs, "parallel,quantum=500us", &b);
	assert_true(b.nr_rounds > 2 * a.nr_rounds);
	assert_int_equal(a.nr_chunks, b.nr_chunks);
	topology_free(topology);
}

/* The others are created by these, and the node without memory has none. */
static void boot_waits_for_a_thread_of_each_node(void **state)
{
	static const unsigned int cpus[] = { 4, 0, 16, 1 };
	static const unsigned int gib[] = { 3, 7, 0, 16 };
	struct topology *topology = machine(4, cpus, gib);
	struct machine_costs c = costs;
	struct simulation_result r;
	double ns;

	ns = run(topology, &c, "async", &r);
	assert_float_equal(r.boot_wait_ns, 0, 1e-9);
	c.spawn_ns = 30000;
	assert_float_equal(run(topology, &c, "async", &r), ns + 30000, 1);
	assert_float_equal(r.boot_wait_ns, 3 * 30000, 1e-6);
	run(topology, &c, "ondemand", &r);
	assert_float_equal(r.boot_wait_ns, 0, 1e-9);
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mva_asymptotes),
		cmocka_unit_test(mva_memory_bound_alone),
		cmocka_unit_test(work_is_conserved),
		cmocka_unit_test(more_capacity_is_never_slower),
		cmocka_unit_test(relabelled_nodes_change_nothing),
		cmocka_unit_test(deterministic),
		cmocka_unit_test(chunks_do_not_depend_on_speed),
		cmocka_unit_test(no_memory_or_no_cpu),
		cmocka_unit_test(boot_waits_for_a_thread_of_each_node),
		cmocka_unit_test(shorter_quanta_take_more_rounds),
		cmocka_unit_test(a_link_is_what_all_wait_for),
		cmocka_unit_test(latency_is_shared_by_lines_in_flight),
		cmocka_unit_test(remote_writers_meet_at_the_memory),
		cmocka_unit_test(equal_routes_share),
		cmocka_unit_test(free_links_change_nothing),
		cmocka_unit_test(a_ring_of_links),
		cmocka_unit_test(larger_pages_are_fewer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
