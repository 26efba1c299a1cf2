// SPDX-License-Identifier: GPL-2.0-only
/*
 * The executor in virtual time: a clock and the CPUs of a machine.
 *
 * A CPU is about to start, or it writes a batch and will be done when
 * sim/model/writers.c says so. Then it claims the next one, by the kernel's own
 * code.
 */
#include <math.h>
#include <linux/numa.h>
#include "model/internal.h"

static struct simulation *simulation_of(struct memmap_boot *boot)
{
	return (struct simulation *)((char *)boot -
				     offsetof(struct simulation, boot));
}

/* The CPU claims a batch, of any node's memory, and begins to write it. */
static void cpu_begin(struct simulation *sim, struct sim_cpu *cpu)
{
	if (load_begin(sim, cpu))
		return;
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
		    sim->page_work *
			    (cpu->worker.batch_end_pfn - cpu->worker.start_pfn),
		    cpu);
}

/* The CPU has written its batch: it hands that over and claims the next. */
static void cpu_end(struct simulation *sim, struct sim_cpu *cpu)
{
	double batch_ns = sim->now_ns - cpu->begun_ns;
	bool more;

	cpu->written = false;
	sim->result->busy_ns += batch_ns;
	more = memmap_drain_pace(cpu->drain, &cpu->worker, batch_ns,
				 sim->now_ns - cpu->start_ns);
	memmap_drain_end(cpu->drain, &cpu->worker, more);
	if (more)
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
		if (cpu && !load_end(sim, cpu))
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

	sim->result->pages_initialised += nr_pages;
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
	drain->batch_pages = drain->chunk_pages;
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

static bool virtual_cross_call(struct memmap_drain *drain)
{
	struct simulation *sim = simulation_of(drain->boot);
	bool more = false;
	unsigned int i;

	sim->result->nr_rounds++;
	for (i = 0; i < sim->nr_cpus; i++) {
		struct sim_cpu *cpu = &sim->cpu[i];
		double start = sim->now_ns +
			       (i == sim->boot_cpu ? 0 : sim->costs->ipi_ns);

		if (!takes_part(drain, cpu))
			continue;
		if (!sim->cross_called)
			memmap_worker_init(&cpu->worker, drain, i, cpu->node);
		else if (!cpu->active)
			continue;
		starting_add(sim, drain, cpu, start);
	}
	sim->cross_called = true;
	virtual_run_events(sim);

	for (i = 0; i < sim->nr_cpus; i++)
		more |= sim->cpu[i].active;
	for (i = 0; !more && i < sim->nr_cpus; i++) {
		if (!takes_part(drain, &sim->cpu[i]))
			continue;
		sim->result->nr_cpus += !!sim->cpu[i].worker.nr_pages;
		memmap_drain_finish(drain, &sim->cpu[i].worker);
	}
	return more;
}

static void spawn_on(struct memmap_drain *drain, unsigned int i, int nid)
{
	struct simulation *sim = simulation_of(drain->boot);
	struct sim_cpu *cpu = &sim->cpu[i];

	if (cpu->active)
		return;
	memmap_worker_init(&cpu->worker, drain, i, nid);
	cpu->thread = true;
	starting_add(sim, drain, cpu, sim->now_ns + sim->costs->wakeup_ns);
}

/**
 * virtual_spawn - start the threads of a node
 * @drain: what they drain
 * @nid: the node
 */
void virtual_spawn(struct memmap_drain *drain, int nid)
{
	struct simulation *sim = simulation_of(drain->boot);
	unsigned int i;

	drain->batch_pages = drain->chunk_pages;
	if (!sim->topology->nodes[nid].nr_cpus)
		spawn_on(drain, sim->nr_cpus + nid, nid);
	for (i = sim->first_cpu[nid]; i < sim->first_cpu[nid + 1]; i++)
		if (takes_part(drain, &sim->cpu[i]))
			spawn_on(drain, i, nid);
}

static void virtual_relax(struct memmap_boot *boot)
{
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
	.claimed = virtual_claimed,
	.done = virtual_done,
};
