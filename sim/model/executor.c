// SPDX-License-Identifier: GPL-2.0-only
/*
 * The executor in virtual time: a clock and the CPUs of a machine.
 *
 * A CPU is about to start, or it writes a batch and will be done when
 * sim/model/writers.c says so. Then it claims the next one, by the kernel's own
 * code.
 */
#include <math.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include "model/internal.h"

/* Of what is left to a CPU a batch is one in so many. */
#define BATCHES_LEFT 16

static struct simulation *simulation_of(struct memmap_boot *boot)
{
	return (struct simulation *)((char *)boot -
				     offsetof(struct simulation, boot));
}

/*
 * What a page costs was timed with batches of MEMMAP_BATCH_BLOCKS and has their
 * part of the lock in it. A drain with smaller ones has more holds a page.
 */
static double page_work(const struct simulation *sim,
			const struct memmap_drain *drain)
{
	double holds = 1.0 / drain->batch_pages -
		       1.0 / (MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES);

	return sim->page_work + fmax(holds, 0) * sim->costs->lock_ns /
					sim->costs->page_ns[sim->mode];
}

/* The CPU claims a batch, of any node's memory, and begins to write it. */
static void cpu_begin(struct simulation *sim, struct sim_cpu *cpu)
{
	if (plug_begin(sim, cpu) || load_begin(sim, cpu))
		return;
	if (cpu->drain->fixed_chunks && cpu->worker.set)
		mainline_chunk(sim, cpu->drain, cpu->worker.set);
	if (!memmap_drain_begin(cpu->drain, &cpu->worker)) {
		cpu->active = false;
		if (cpu->thread) {
			memmap_drain_finish(cpu->drain, &cpu->worker);
			load_finished(sim, cpu);
		}
		return;
	}
	cpu->begun_ns = sim->now_ns;
	writers_add(sim->writers, sim->now_ns, cpu->node,
		    cpu->worker.set->zone->node,
		    page_work(sim, cpu->drain) *
			    (cpu->worker.batch_end_pfn - cpu->worker.start_pfn),
		    cpu);
}

/*
 * A CPU that runs by cross-calls calls itself again when its quantum is over.
 * No quantum is shorter than a block.
 */
static double calls_ns(struct simulation *sim, struct sim_cpu *cpu,
		       double block_ns)
{
	double quantum_ns = fmax(sim->quantum_ns, block_ns);
	unsigned long calls;

	if (!sim->quantum_ns)
		return 0;
	calls = cpu->quantum_ns / quantum_ns;
	cpu->quantum_ns -= calls * quantum_ns;
	cpu->nr_calls += calls;
	return calls * sim->costs->ipi_ns;
}

/*
 * While there is much to do, batches are larger than in a kernel: that saves
 * events. They are a small part of what is left, so that others who come
 * meanwhile do not wait for them, and of the time that has gone, for a worker
 * that begins does not know who else will come. Two cases are left out: a node
 * without CPUs, where one thread is alone until many come at once, and a load
 * that sleeps, for a CPU that it wakes on is had for the rest of a batch.
 */
static void batch_grow(const struct simulation *sim,
		       const struct memmap_drain *drain,
		       struct memmap_worker *worker)
{
	unsigned int nid = worker->set->zone->node;
	double gone_ns = sim->now_ns - drain->start_ns;
	unsigned long share, most;

	if (drain->fixed_chunks) {
		worker->batch_pages = drain->chunk_pages;
	} else if (worker->speed_here && sim->topology->nodes[nid].nr_cpus &&
		   !load_sleeps(sim)) {
		share = rounddown(memmap_worker_share(worker) / BATCHES_LEFT,
				  MEMMAP_BLOCK_PAGES);
		/* In pages per 2^20 ns. */
		most = rounddown((unsigned long)(gone_ns / BATCHES_LEFT *
						 worker->measured / (1 << 20)),
				 MEMMAP_BLOCK_PAGES);
		most = min(most, drain->chunk_pages);
		worker->batch_pages = max(worker->batch_pages,
					  min(share, most));
	}
}

/* The CPU has written its batch: it hands that over and claims the next. */
static void cpu_end(struct simulation *sim, struct sim_cpu *cpu)
{
	double batch_ns = sim->now_ns - cpu->begun_ns, wait_ns;
	unsigned long pages = cpu->worker.batch_end_pfn - cpu->worker.start_pfn;

	cpu->written = false;
	cpu->quantum_ns += batch_ns;
	sim->result->busy_ns += batch_ns;
	wait_ns = calls_ns(sim, cpu, batch_ns * MEMMAP_BLOCK_PAGES / pages);
	memmap_drain_pace(cpu->drain, &cpu->worker, batch_ns, 0);
	batch_grow(sim, cpu->drain, &cpu->worker);
	memmap_drain_end(cpu->drain, &cpu->worker, !wait_ns);
	if (wait_ns)
		starting_add(sim, cpu->drain, cpu, sim->now_ns + wait_ns);
	else
		cpu_begin(sim, cpu);
}

/**
 * virtual_run_events - let time pass until no CPU has anything to do
 * @sim: the simulation
 */
void virtual_run_events(struct simulation *sim)
{
	for (;;) {
		struct sim_cpu *cpu = starting_first(sim);
		double start = cpu ? cpu->start_ns : INFINITY, due = INFINITY;

		/* Rates are only asked for once all of this moment are in. */
		if (start > sim->now_ns)
			due = writers_due(sim->writers, sim->now_ns);
		if (cpu && start <= fmax(due, sim->now_ns)) {
			starting_pop(sim);
			sim->now_ns = fmax(sim->now_ns, start);
			if (cpu->written)
				cpu_end(sim, cpu);
			else
				cpu_begin(sim, cpu);
			continue;
		}
		if (isinf(due))
			return;

		sim->now_ns = due;
		cpu = writers_pop(sim->writers, due);
		if (cpu && !plug_end(sim, cpu) && !load_end(sim, cpu))
			cpu_end(sim, cpu);
	}
}

static u64 virtual_now(struct memmap_boot *boot)
{
	return simulation_of(boot)->now_ns;
}

/* Takes no time here: writers.c charges it with the batch. */
static void virtual_init_pages(struct memmap_boot *boot,
			       struct memmap_extents *set,
			       unsigned long start_pfn, unsigned long nr_pages)
{
}

static void virtual_free(struct memmap_boot *boot, struct memmap_extents *set,
			 unsigned long start_pfn, unsigned long nr_pages)
{
	struct simulation *sim = simulation_of(boot);
	unsigned long boot_pages = nr_pages;

	boot_pages -= plug_written(sim, start_pfn, nr_pages);
	sim->result->pages_initialised += boot_pages;
	if (boot_pages)
		sim->initialised_ns = sim->now_ns;
	load_freed(sim, zone_to_nid(set->zone), nr_pages);
}

static void virtual_run(struct memmap_drain *drain, int nid)
{
	struct simulation *sim = simulation_of(drain->boot);
	struct sim_cpu *cpu = &sim->cpu[sim->boot_cpu];
	unsigned int home = cpu->node;

	/* No CPU there: the thread stays where it is and writes from afar. */
	if (nid != NUMA_NO_NODE && sim->topology->nodes[nid].nr_cpus)
		cpu->node = nid;
	memmap_worker_init(&cpu->worker, drain, sim->boot_cpu, cpu->node);
	starting_add(sim, drain, cpu,
		     sim->now_ns +
			     (cpu->node != home ? sim->costs->migrate_ns : 0));
	virtual_run_events(sim);
	/* The same CPU for every node. */
	if (cpu->worker.nr_pages && !sim->result->nr_cpus)
		sim->result->nr_cpus = 1;
	memmap_drain_finish(drain, &cpu->worker);
	cpu->node = home;
}

static bool takes_part(const struct memmap_drain *drain,
		       const struct sim_cpu *cpu)
{
	return !drain->threads || cpu->index < drain->threads;
}

static void virtual_cross_call(struct memmap_drain *drain)
{
	struct simulation *sim = simulation_of(drain->boot);
	unsigned int i;

	/* Quanta end between two batches, which may be longer. */
	sim->quantum_ns = drain->quantum_ns;
	drain->quantum_ns = 0;
	for (i = 0; i < sim->nr_cpus; i++) {
		struct sim_cpu *cpu = &sim->cpu[i];
		double start = sim->now_ns +
			       (i == sim->boot_cpu ? 0 : sim->costs->ipi_ns);

		if (!takes_part(drain, cpu))
			continue;
		memmap_worker_init(&cpu->worker, drain, i, cpu->node);
		starting_add(sim, drain, cpu, start);
	}
	virtual_run_events(sim);
	for (i = 0; i < sim->nr_cpus; i++) {
		struct sim_cpu *cpu = &sim->cpu[i];

		if (!takes_part(drain, cpu))
			continue;
		sim->result->nr_cpus += !!cpu->worker.nr_pages;
		sim->result->nr_rounds = max(sim->result->nr_rounds,
					     cpu->nr_calls + 1);
		memmap_drain_finish(drain, &cpu->worker);
	}
	sim->quantum_ns = 0;
}

static void spawn_on(struct memmap_drain *drain, unsigned int i, int nid)
{
	struct simulation *sim = simulation_of(drain->boot);
	struct sim_cpu *cpu = &sim->cpu[i];

	if (cpu->active)
		return;
	memmap_worker_init(&cpu->worker, drain, i, nid);
	cpu->thread = true;
	load_spawned(sim, cpu);
	starting_add(sim, drain, cpu,
		     sim->now_ns + sim->costs->spawn_ns + sim->costs->wakeup_ns);
}

/**
 * virtual_spawn - start the threads of a node
 * @drain: what they drain
 * @nid: the node
 *
 * Boot starts one of them, and that one the others. All begin when that of the
 * first node does, because the number of a node must not decide.
 */
void virtual_spawn(struct memmap_drain *drain, int nid)
{
	struct simulation *sim = simulation_of(drain->boot);
	unsigned int most = drain->threads, i;

	sim->spawning_ns += sim->costs->spawn_ns;
	if (!drain->fixed_chunks)
		most = memmap_drain_threads(drain, nid);
	if (!sim->topology->nodes[nid].nr_cpus)
		spawn_on(drain, sim->nr_cpus + nid, nid);
	for (i = sim->first_cpu[nid]; i < sim->first_cpu[nid + 1]; i++)
		if (!most || sim->cpu[i].index < most)
			spawn_on(drain, i, nid);
}

static void virtual_relax(struct memmap_boot *boot)
{
}

/* A table of distances that is as good as can be: by the speed of stores. */
static unsigned int virtual_distance(struct memmap_boot *boot, int nid,
				     int to_nid)
{
	struct writers *writers = simulation_of(boot)->writers;

	return MEMMAP_DISTANCE_LOCAL / writers_alone(writers, nid, to_nid);
}

static void virtual_claimed(struct memmap_drain *drain,
			    const struct memmap_worker *worker)
{
	struct simulation *sim = simulation_of(drain->boot);

	sim->result->nr_chunks++;
	if (sim->watch && sim->watch->chunk)
		sim->watch->chunk(sim->arg, sim->now_ns, worker->cpu,
				  worker->set->zone->node, worker->start_pfn,
				  worker->end_pfn);
}

static void virtual_done(struct memmap_drain *drain)
{
	struct simulation *sim = simulation_of(drain->boot);

	if (sim->watch && sim->watch->drained)
		sim->watch->drained(sim->arg, drain->nid,
				    atomic_long_read(&drain->nr_pages),
				    drain->start_ns, drain->end_ns);
	plug_drained(sim);
}

const struct memmap_exec virtual_executor = {
	.name = "virtual",
	.now = virtual_now,
	.init = virtual_init_pages,
	.free = virtual_free,
	.run = virtual_run,
	.cross_call = virtual_cross_call,
	.spawn = virtual_spawn,
	.relax = virtual_relax,
	.distance = virtual_distance,
	.claimed = virtual_claimed,
	.done = virtual_done,
};
