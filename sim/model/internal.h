/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_INTERNAL_H
#define SIM_MODEL_INTERNAL_H

/* A simulation under way: what simulation.c sets up and executor.c runs. */
#include "base/heap.h"
#include "model/load.h"
#include "model/simulation.h"
#include "model/writers.h"

/**
 * struct sim_cpu - a CPU, or the thread that drains on it
 * @drain: what it drains
 * @worker: its part in that
 * @node: home
 * @index: which of its node's CPUs
 * @start_ns: when it begins, or its quantum does
 * @active: takes part in @drain and has not run out of work
 * @thread: leaves the drain when it finds nothing more
 * @begun_ns: when its batch began
 * @quantum_ns: what it has written for since it was called
 * @nr_calls: how often it was called again
 * @written: its batch is, and waits to be handed over
 * @plugs: it is no CPU of a drain, nor of a load: see plug.c
 * @next: of those that wait for the same thing
 */
struct sim_cpu {
	struct memmap_drain *drain;
	struct memmap_worker worker;
	unsigned int node;
	unsigned int index;
	double start_ns;
	bool active;
	bool thread;
	double begun_ns;
	double quantum_ns;
	unsigned long nr_calls;
	bool written;
	bool plugs;
	struct sim_cpu *next;
};

struct load_run;
struct plug_run;

/**
 * struct simulation - a machine in virtual time
 * @topology: its nodes
 * @costs: what things cost on it
 * @result: filled in as it runs
 * @boot: the state that strategies and drains work on
 * @now_ns: the clock
 * @spawning_ns: the boot CPU starts threads for so long, beside what goes on
 * @initialised_ns: when a page was initialised last
 * @mode: how struct pages are written
 * @writers: CPUs that write a batch
 * @cpu: CPUs, node by node; behind them a thread for each node, used where a
 *	node has no CPU: Linux lets it run where there is room, this program on
 *	the boot CPU's node
 * @first_cpu: the first CPU of each node; one more at the end
 * @nr_cpus: CPUs
 * @boot_cpu: the first CPU
 * @starting: CPUs that will start, the next first: starting.c
 * @zone: a zone a node
 * @set: its extents
 * @set_ptr: for @boot
 * @pristine: pages of each node that are left to the strategy at first
 * @early_why: what bounded early memory
 * @page_work: a page, in pages of the kind of store that is chosen: more where
 *	blocks are written with the other one, to find out which is faster
 * @quantum_ns: of a drain that runs by cross-calls; 0: of no other
 * @load: who touches memory meanwhile; NULL: nobody does, or not yet
 * @plug: hot-added memory; NULL: there is none, or not yet
 * @watch: may be NULL
 * @arg: for @watch
 */
struct simulation {
	const struct topology *topology;
	const struct machine_costs *costs;
	struct simulation_result *result;
	struct memmap_boot boot;
	double now_ns;
	double spawning_ns;
	double initialised_ns;
	enum write_mode mode;
	struct writers *writers;
	struct sim_cpu *cpu;
	unsigned int *first_cpu;
	unsigned int nr_cpus;
	unsigned int boot_cpu;
	struct heap starting;
	struct zone *zone;
	struct memmap_extents *set;
	struct memmap_extents **set_ptr;
	unsigned long *pristine;
	struct why early_why;
	double page_work;
	double quantum_ns;
	struct load_run *load;
	struct plug_run *plug;
	const struct simulation_watch *watch;
	void *arg;
};

extern const struct memmap_exec virtual_executor;

void virtual_spawn(struct memmap_drain *drain, int nid);
void virtual_run_events(struct simulation *sim);

/* padata.c */
void mainline_chunk(const struct simulation *sim, struct memmap_drain *drain,
		    const struct memmap_extents *set);

/* starting.c */
void starting_add(struct simulation *sim, struct memmap_drain *drain,
		  struct sim_cpu *cpu, double when);
struct sim_cpu *starting_first(const struct simulation *sim);
void starting_pop(struct simulation *sim);

/* nearest.c */
unsigned int *nearest_nodes(struct simulation *sim, unsigned int home);

/* load.c */
void load_start(struct simulation *sim, const struct load *load);
bool load_begin(struct simulation *sim, struct sim_cpu *cpu);
bool load_end(struct simulation *sim, struct sim_cpu *cpu);
void load_freed(struct simulation *sim, unsigned int nid,
		unsigned long nr_pages);
void load_arrived(struct simulation *sim, struct memmap_extents *set);
void load_spawned(struct simulation *sim, struct sim_cpu *cpu);
void load_finished(struct simulation *sim, struct sim_cpu *cpu);
bool load_sleeps(const struct simulation *sim);
void load_free(struct simulation *sim);

/* simulation.c */
struct memmap_extents *simulation_add_set(struct simulation *sim,
					  unsigned int nid,
					  unsigned long start_pfn,
					  unsigned long end_pfn);

/* plug.c */
void plug_start(struct simulation *sim);
bool plug_begin(struct simulation *sim, struct sim_cpu *cpu);
bool plug_end(struct simulation *sim, struct sim_cpu *cpu);
unsigned long plug_written(struct simulation *sim, unsigned long start_pfn,
			   unsigned long nr_pages);
void plug_drained(struct simulation *sim);
void plug_free(struct simulation *sim);

#endif /* SIM_MODEL_INTERNAL_H */
