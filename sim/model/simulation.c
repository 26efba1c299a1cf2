// SPDX-License-Identifier: GPL-2.0-only
/* A simulation from its topology to its result; executor.c lets time pass. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/internal.h"
#include "shim/zone.h"

/*
 * Mainline: a thread a node, helped by as many as the node has CPUs, or as
 * threads= allows. No thread helps another node, so the slowest node decides.
 */
static void mainline_run_deferred(struct simulation *sim)
{
	struct memmap_drain *drain;
	unsigned int nid;

	drain = xcalloc(sim->topology->nr_nodes, sizeof(*drain));
	for (nid = 0; nid < sim->topology->nr_nodes; nid++) {
		memmap_drain_init(&drain[nid], &sim->boot);
		drain[nid].nid = nid;
		drain[nid].fixed_chunks = true;
		virtual_spawn(&drain[nid], nid);
	}
	virtual_run_events(sim);
	free(drain);
}

/* Record the memory of a node that is left to the strategy. */
static void record_node(struct simulation *sim, unsigned int nid,
			struct memmap_extents *set)
{
	const struct topology_node *node = &sim->topology->nodes[nid];
	bool mainline = sim->boot.param.strategy->flags & MEMMAP_MAINLINE;
	unsigned long early_end = machine_early_end(sim->topology, sim->costs,
						    nid, mainline);
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		unsigned long start = node->ranges[i].start_pfn;
		unsigned long end = node->ranges[i].end_pfn;

		sim->result->pages_total += end - start;
		start = max(start, early_end);
		if (start < end)
			memmap_boot_record(set, &start, &end);
	}
}

static void zones_init(struct simulation *sim)
{
	unsigned int i;

	for (i = 0; i < sim->topology->nr_nodes; i++) {
		const struct topology_node *node = &sim->topology->nodes[i];
		struct memmap_extents *set;

		if (!node->nr_ranges)
			continue;
		set = simulation_add_set(sim, i, node->ranges[0].start_pfn,
					 node->ranges[node->nr_ranges - 1]
						 .end_pfn);
		record_node(sim, i, set);
		sim->pristine[i] = set->nr_pages;
	}
	sim->result->pages_early = sim->result->pages_total -
				   memmap_boot_pristine(&sim->boot);
	sim->result->pages_initialised = sim->result->pages_early;
}

/*
 * What of a node's ranges is in no whole block: half a block at each end of its
 * memory, for where that begins and ends among what is reserved is not known.
 * What a machine file makes of it would change by all of itself with 1 % of
 * memory. The ends of a hole do not move then.
 */
static unsigned long edge_pages(const struct topology_node *node)
{
	unsigned long pages = min(topology_node_pages(node),
				  MEMMAP_BLOCK_PAGES);
	unsigned int i;

	for (i = 1; i < node->nr_ranges; i++) {
		pages += node->ranges[i - 1].end_pfn % MEMMAP_BLOCK_PAGES;
		pages += -node->ranges[i].start_pfn % MEMMAP_BLOCK_PAGES;
	}
	return pages;
}

/*
 * Early memory of a node, in pages that are written as the strategy writes.
 * Beside what holds the memmap these are edges, which are written and freed page
 * by page, as mainline does it.
 *
 * Mainline writes what holds the memmap in one pass, half of what its threads do
 * to a page. They are taken to write it as well.
 */
static unsigned long early_pages(const struct simulation *sim, bool mainline,
				 unsigned int nid)
{
	const struct topology_node *node = &sim->topology->nodes[nid];
	const double *page_ns = sim->costs->page_ns;
	unsigned long memmap = machine_memmap_pages(sim->topology, nid);
	unsigned long early = topology_node_pages(node) - sim->pristine[nid];

	if (machine_memmap_is_early(sim->costs, mainline))
		return memmap + edge_pages(node) * page_ns[WRITE_MAINLINE] /
					page_ns[sim->mode];
	if (sim->costs->early_linux && mainline)
		early += min(memmap, sim->pristine[nid]) / 2;
	return early;
}

/*
 * What comes early the boot CPU writes alone, node by node, in the same way as
 * what comes later.
 */
static void run_early(struct simulation *sim, bool mainline)
{
	struct writers *writers;
	unsigned int nid;

	if (!sim->result->pages_early)
		return;
	writers = writers_new(sim->topology, sim->costs, sim->mode);
	for (nid = 0; nid < sim->topology->nr_nodes; nid++) {
		unsigned long pages = early_pages(sim, mainline, nid);

		if (!pages)
			continue;
		writers_add(writers, sim->now_ns, sim->cpu[sim->boot_cpu].node,
			    nid, pages, sim);
		do {
			sim->now_ns = writers_due(writers, sim->now_ns);
		} while (!writers_pop(writers, sim->now_ns));
	}
	writers_why(writers, 0, sim->now_ns, &sim->early_why);
	writers_free(writers);
	sim->result->early_ns = sim->now_ns;
}

static void cpus_init(struct simulation *sim)
{
	unsigned int i, j, cpu = 0;

	for (i = 0; i < sim->topology->nr_nodes; i++) {
		sim->first_cpu[i] = cpu;
		for (j = 0; j < sim->topology->nodes[i].nr_cpus; j++, cpu++) {
			sim->cpu[cpu].node = i;
			sim->cpu[cpu].index = j;
		}
		sim->cpu[sim->nr_cpus + i].node = sim->cpu[sim->boot_cpu].node;
	}
	sim->first_cpu[i] = cpu;
}

/*
 * Half of the blocks that are samples are written with the other kind of store.
 * Whose they are depends on who comes first; here they are everybody's, so that
 * it changes no order.
 */
static double with_samples(const struct simulation *sim, double other)
{
	double blocks = (double)memmap_boot_pristine(&sim->boot) /
			MEMMAP_BLOCK_PAGES;

	return 1 +
	       (other - 1) / 2 * fmin(1, SIMULATION_SAMPLES / fmax(blocks, 1));
}

/* store=auto measures on a real machine; here the costs say what it finds. */
static void choose_store(struct simulation *sim, bool mainline)
{
	const struct machine_costs *costs = sim->costs;
	bool nt = sim->boot.param.store == MEMMAP_STORE_NT ||
		  (sim->boot.param.store == MEMMAP_STORE_AUTO &&
		   costs->page_ns[1] < costs->page_ns[0]);

	sim->mode = mainline ? WRITE_MAINLINE : nt ? WRITE_NT : WRITE_CACHED;
	sim->result->store = sim->mode == WRITE_NT ? MEMMAP_STORE_NT :
						     MEMMAP_STORE_CACHED;
	if (sim->boot.param.store == MEMMAP_STORE_AUTO && !mainline)
		sim->page_work = with_samples(sim, costs->page_ns[!nt] /
							   costs->page_ns[nt]);
}

/* Mainline leaves nothing pristine, and nobody clears memory in its two passes. */
static void load_after_boot(struct simulation *sim, const struct load *load,
			    bool mainline)
{
	enum memmap_store store = sim->result->store;

	if (load && mainline) {
		sim->result->nr_steps += writers_steps(sim->writers);
		writers_free(sim->writers);
		/* What store= says is of descriptors. */
		sim->boot.param.store = MEMMAP_STORE_AUTO;
		choose_store(sim, false);
		sim->writers = writers_new(sim->topology, sim->costs,
					   sim->mode);
		sim->page_work = 1;
		sim->result->store = store;
	}
	load_start(sim, load);
}

static void simulation_free(struct simulation *sim)
{
	unsigned int i;

	for (i = 0; i < sim->boot.nr_sets; i++)
		free(sim->set[i].table);
	load_free(sim);
	plug_free(sim);
	writers_free(sim->writers);
	heap_free(&sim->starting);
	free(sim->cpu);
	free(sim->first_cpu);
	free(sim->pristine);
	free(sim->zone);
	free(sim->set);
	free(sim->set_ptr);
}

/**
 * simulation_run_load - one strategy on one machine, in virtual time
 * @topology: the machine
 * @costs: what things cost on it
 * @param: the boot line
 * @load: who touches memory then; NULL: nobody does
 * @result: what came out
 * @watch: told what goes on; may be NULL
 * @arg: for @watch
 *
 * Deterministic. Any number may run side by side.
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int simulation_run_load(const struct topology *topology,
			const struct machine_costs *costs,
			const struct memmap_param *param,
			const struct load *load,
			struct simulation_result *result,
			const struct simulation_watch *watch, void *arg)
{
	struct simulation sim = {
		.topology = topology,
		.costs = costs,
		.result = result,
		.nr_cpus = topology_cpus(topology),
		.page_work = 1,
		.watch = watch,
		.arg = arg,
	};
	bool mainline = param->strategy->flags & MEMMAP_MAINLINE;
	unsigned int nr_threads = sim.nr_cpus + topology->nr_nodes, i;
	unsigned long plug_left = 0;

	memset(result, 0, sizeof(*result));
	if (!sim.nr_cpus)
		return -1;

	sim.cpu = xcalloc(nr_threads, sizeof(*sim.cpu));
	sim.first_cpu = xcalloc(topology->nr_nodes + 1UL,
				sizeof(*sim.first_cpu));
	sim.pristine = xcalloc(topology->nr_nodes, sizeof(*sim.pristine));
	sim.zone = xcalloc(topology->nr_nodes, sizeof(*sim.zone));
	sim.set = xcalloc(topology->nr_nodes, sizeof(*sim.set));
	sim.set_ptr = xcalloc(topology->nr_nodes, sizeof(*sim.set_ptr));
	memmap_boot_init(&sim.boot, param, &virtual_executor, sim.set_ptr);
	sim.boot.param.chunk_bytes = topology_core_bytes(topology,
							 param->chunk_bytes);
	cpus_init(&sim);
	zones_init(&sim);
	choose_store(&sim, mainline);
	/* Its writers go before the strategy's come: they are large. */
	run_early(&sim, mainline);
	sim.writers = writers_new(topology, costs, sim.mode);

	memmap_boot_early(&sim.boot);
	if (mainline)
		mainline_run_deferred(&sim);
	memmap_boot_late(&sim.boot);
	result->boot_wait_ns = sim.now_ns;
	if (!(param->strategy->flags & MEMMAP_WAITS))
		result->boot_wait_ns += sim.spawning_ns;
	load_after_boot(&sim, load, mainline);
	plug_start(&sim);
	virtual_run_events(&sim);
	for (i = 0; i < topology->nr_plugs; i++)
		plug_left += result->plug[i].pages_left;
	if (memmap_boot_pristine(&sim.boot) > plug_left)
		result->complete_ns = NAN;
	else
		result->complete_ns = fmax(result->boot_wait_ns,
					   sim.initialised_ns);
	if (!result->nr_cpus)
		for (i = 0; i < nr_threads; i++)
			result->nr_cpus += !!sim.cpu[i].worker.nr_pages;
	/* A thread of a node without CPUs runs on a CPU of another node. */
	result->nr_cpus = min(result->nr_cpus, sim.nr_cpus);
	writers_why(sim.writers, result->early_ns, sim.now_ns, &result->why);
	memcpy(result->why.of_early, sim.early_why.of_kind,
	       sizeof(result->why.of_early));
	result->nr_steps += writers_steps(sim.writers);
	simulation_free(&sim);
	return 0;
}

/**
 * simulation_run - the same without a load
 * @topology: the machine
 * @costs: what things cost on it
 * @param: the boot line
 * @result: what came out
 * @watch: told what goes on; may be NULL
 * @arg: for @watch
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int simulation_run(const struct topology *topology,
		   const struct machine_costs *costs,
		   const struct memmap_param *param,
		   struct simulation_result *result,
		   const struct simulation_watch *watch, void *arg)
{
	return simulation_run_load(topology, costs, param, NULL, result, watch,
				   arg);
}

/**
 * simulation_run_two_passes - a strategy that writes as mainline does
 * @topology: the machine
 * @costs: what things cost on it
 * @strategy: who writes: one CPU, for mainline without its threads
 * @result: what came out
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int simulation_run_two_passes(const struct topology *topology,
			      const struct machine_costs *costs,
			      const struct memmap_strategy *strategy,
			      struct simulation_result *result)
{
	struct machine_costs two = *costs;
	struct memmap_param param;
	unsigned int i;
	int failed;

	two.page_ns[WRITE_CACHED] = costs->page_ns[WRITE_MAINLINE];
	two.node_bytes_per_s[WRITE_CACHED] =
		costs->node_bytes_per_s[WRITE_MAINLINE];
	if (costs->node)
		two.node = xcalloc(topology->nr_nodes, sizeof(*two.node));
	for (i = 0; costs->node && i < topology->nr_nodes; i++) {
		two.node[i] = costs->node[i];
		two.node[i].bytes_per_s[WRITE_CACHED] =
			two.node[i].bytes_per_s[WRITE_MAINLINE];
	}
	memmap_param_default(&param);
	param.strategy = strategy;
	param.store = MEMMAP_STORE_CACHED;
	failed = simulation_run(topology, &two, &param, result, NULL, NULL);
	free(two.node);
	return failed;
}
