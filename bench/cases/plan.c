// SPDX-License-Identifier: GPL-2.0-only
/* The parser, the two solvers, and the simulator by machine size. */
#include <math.h>
#include "base/clock.h"
#include "model/flow.h"
#include "model/mva.h"
#include "model/simulation.h"
#include "cases/cases.h"
#include "common.h"
#include "shim.h"

static const long writers[] = { 8, 64, 512, 4096, -1 };
static const long resources[] = { 8, 64, 512, 4096, -1 };
static const long nodes[] = { 4, 16, 64, 256, -1 };

static void parse(struct bench_state *s)
{
	struct memmap_param param;

	while (bench_next(s))
		memmap_param_parse(
			&param,
			"parallel,chunk=128M,store=nt,quantum=500us,threads=8");
}

static void mva(struct bench_state *s)
{
	volatile double page_ns;

	while (bench_next(s))
		page_ns = mva_page_ns(10, 1, bench_arg(s, 0));
	bench_counter(s, "page_ns", page_ns);
}

/* Each node's CPUs write to it and to the next one, over the link between. */
static void flow(struct bench_state *s)
{
	int nr = bench_arg(s, 0), i;
	struct flow_sys *sys = flow_new();
	bool more = false;

	for (i = 0; i < nr; i++) {
		flow_add_resource(sys, 100 + i % 7); /* controller */
		flow_add_resource(sys, 20 + i % 3); /* link */
	}
	for (i = 0; i < nr; i++) {
		int local = flow_add_class(sys, INFINITY, 24);
		int remote = flow_add_class(sys, 5, 8);

		flow_use(sys, local, 2 * i, 1);
		flow_use(sys, remote, 2 * ((i + 1) % nr), 1);
		flow_use(sys, remote, 2 * i + 1, 1);
		/* What it reads at home ties all nodes into one system. */
		flow_use(sys, remote, 2 * i, .1);
	}
	while (bench_next(s)) {
		/* All hang together: one change, and all is solved anew. */
		more = !more;
		flow_set_nr(sys, 0, 24 + more);
		flow_solve(sys);
	}
	flow_free(sys);
}

/* 256 GiB and 32 CPUs a node: the cost a node must not grow with their number. */
static void simulate(struct bench_state *s)
{
	static const struct machine_costs costs = {
		.page_ns = { 9, 4, 10 },
		.node_bytes_per_s = { 40e9, 80e9, 40e9 },
		.remote_factor = 1.5,
		.lines_in_flight = { 10, 10 },
		.ipi_ns = 2000,
		.lock_ns = 1000,
		.faults_at_once = 1,
	};
	unsigned int nr = bench_arg(s, 0), i;
	struct topology *topology = topology_from_nodes("bench", nr);
	struct simulation_result result;
	struct memmap_param param;
	u64 ns = 0, runs = 0;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = 32;
		topology_add_range(topology, i, (unsigned long)i << 26,
				   (unsigned long)(i + 1) << 26);
	}
	memmap_param_parse(&param, "parallel");
	while (bench_next(s)) {
		u64 start = clock_ns();

		simulation_run(topology, &costs, &param, &result, NULL, NULL);
		start = clock_ns() - start;
		bench_time(s, start);
		ns += start;
		runs++;
	}
	bench_counter(s, "us_per_node", runs ? ns / 1e3 / runs / nr : 0);
	bench_counter(s, "us_per_cpu", runs ? ns / 1e3 / runs / nr / 32 : 0);
	topology_free(topology);
}

/**
 * bench_plan - register parser, solvers and simulator
 */
void bench_plan(void)
{
	static const struct bench benches[] = {
		{ "plan/parse", parse, "once a boot", { NULL }, false },
		{ "plan/mva",
		  mva,
		  "writers; at most n",
		  { writers },
		  false,
		  true },
		{ "plan/flow",
		  flow,
		  "nodes; at most n log n",
		  { resources },
		  false,
		  true },
		{ "plan/simulate",
		  simulate,
		  "nodes of 32 CPUs; at most n log n",
		  { nodes },
		  true,
		  true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
