/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_SIMULATION_H
#define SIM_MODEL_SIMULATION_H

/*
 * A strategy on a machine that is not here, in virtual time.
 *
 * The strategy, its drains, claims and extents are the kernel's own code. Only
 * writing a batch is replaced: by the time that it takes.
 *
 *	mm/memmap/       strategy, drain: who drains, and when
 *	      |  run, cross_call, spawn
 *	executor.c       CPUs: each claims a batch, writes it, hands it over
 *	load.c           and CPUs that take memory and clear it
 *	plug.c           and one that brings hot-added memory online
 *	      |  a batch begins     ^  a batch ends
 *	writers.c        batches: how much of each is written
 *	      |  numbers of writers ^  rates
 *	memory_system.c  the machine's memories and links, which writers share
 *	flow.c, mva.c    how they share them
 *
 * The clock goes from one event to the next: a CPU starts, or a batch ends.
 */
#include <linux/memmap_init.h>
#include "machine/costs.h"
#include "machine/topology.h"
#include "model/load.h"
#include "model/why.h"

/* Blocks that store=auto writes with both kinds in turn (mm/memmap/page.c). */
#define SIMULATION_SAMPLES 64UL

/**
 * struct plug_result - a piece of hot-added memory
 * @online_ns: from its arrival until all of it is online; of memory that arrives
 *	before boot goes on, from then
 * @ready_ns: from the same until all of its struct pages are written; NAN: never
 * @pages_left: that nobody has written
 */
struct plug_result {
	double online_ns;
	double ready_ns;
	unsigned long pages_left;
};

/**
 * struct simulation_result - one strategy on one machine
 * @early_ns: until the memory is initialised that no strategy gets to see; the
 *	times below count from the same start
 * @boot_wait_ns: until boot goes on
 * @complete_ns: until all is initialised; NAN if that never happens
 * @pages_total: pages of the machine
 * @pages_early: initialised before any strategy runs
 * @pages_initialised: those, and by the strategy
 * @pages_pulled: of these, by a load in need
 * @load_start_ns: when a load began; 0 without one, as the next
 * @load_done_ns: when it had touched all
 * @nr_cpus: CPUs that drained at least one page
 * @nr_chunks: chunks claimed
 * @nr_rounds: cross-calls of the CPU that was called most often
 * @nr_steps: how much work it was to simulate; the same for the same machine
 * @store: MEMMAP_STORE_CACHED or MEMMAP_STORE_NT
 * @why: what bounded it, and for what share of @complete_ns; of @boot_wait_ns
 *	where that never is
 * @busy_ns: sum over CPUs of the time spent writing
 * @plug: hot-added memory, by its number in the topology; it is in no other
 *	figure
 */
struct simulation_result {
	double early_ns;
	double boot_wait_ns;
	double complete_ns;
	unsigned long pages_total;
	unsigned long pages_early;
	unsigned long pages_initialised;
	unsigned long pages_pulled;
	double load_start_ns;
	double load_done_ns;
	unsigned int nr_cpus;
	unsigned long nr_chunks;
	unsigned long nr_rounds;
	unsigned long nr_steps;
	enum memmap_store store;
	struct why why;
	double busy_ns;
	struct plug_result plug[TOPOLOGY_MAX_PLUGS];
};

/**
 * struct simulation_watch - functions that are told what happens
 * @chunk: a CPU has claimed a chunk; in the order of virtual time; may be NULL
 * @drained: the last worker of a drain has finished; @nid as in the drain; may
 *	be NULL
 */
struct simulation_watch {
	void (*chunk)(void *arg, double now_ns, unsigned int cpu, int nid,
		      unsigned long start_pfn, unsigned long end_pfn);
	void (*drained)(void *arg, int nid, unsigned long nr_pages,
			double start_ns, double end_ns);
};

int simulation_run(const struct topology *topology,
		   const struct machine_costs *costs,
		   const struct memmap_param *param,
		   struct simulation_result *result,
		   const struct simulation_watch *watch, void *arg);
int simulation_run_load(const struct topology *topology,
			const struct machine_costs *costs,
			const struct memmap_param *param,
			const struct load *load,
			struct simulation_result *result,
			const struct simulation_watch *watch, void *arg);
int simulation_run_two_passes(const struct topology *topology,
			      const struct machine_costs *costs,
			      const struct memmap_strategy *strategy,
			      struct simulation_result *result);

#endif /* SIM_MODEL_SIMULATION_H */
