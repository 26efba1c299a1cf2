// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual-time executor.
 *
 * A clock and a list of CPUs: those that are about to start, and those that
 * write a batch and will be done when sim/model/writers.c says so. Then they claim
 * the next one, by the kernel's own code.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include "model/simulation.h"
#include "model/writers.h"
#include "shim/zone.h"

/**
 * struct sim_cpu - a CPU, or the thread that drains on it
 * @drain: what it drains
 * @worker: its part in that
 * @node: home
 * @index: which of its node's CPUs
 * @start_ns: when it begins, or its quantum does
 * @active: has joined and not finished
 * @thread: leaves the drain when it finds nothing more
 * @begun_ns: when its batch began
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
};

/*
 * Behind the @nr_cpus CPUs follows a thread for each node without any: Linux
 * lets it run where there is room, here on the boot CPU's node.
 */
struct simulation {
	const struct topology *topology;
	const struct machine_costs *costs;
	struct simulation_result *result;
	struct memmap_boot boot;
	double now_ns;
	struct writers *writers;
	struct sim_cpu *cpu;
	unsigned int nr_cpus;
	unsigned int boot_cpu;
	struct sim_cpu **starting;
	unsigned int nr_starting;
	struct zone *zone;
	struct memmap_extents *set;
	struct memmap_extents **set_ptr;
	bool begun;
	const struct simulation_watch *watch;
	void *arg;
};

static struct simulation *simulation_of(struct memmap_boot *boot)
{
	return (struct simulation *)((char *)boot -
				     offsetof(struct simulation, boot));
}

static void *xalloc(size_t nr, size_t bytes)
{
	void *p = calloc(nr ? nr : 1, bytes);

	if (!p)
		abort();
	return p;
}

/*
 * Of CPUs that start at one instant the first of each node come first: what a
 * node is called must not decide who finds work at home.
 */
static bool starts_before(const struct sim_cpu *cpu,
			  const struct sim_cpu *other)
{
	if (cpu->start_ns != other->start_ns)
		return cpu->start_ns < other->start_ns;
	if (cpu->index != other->index)
		return cpu->index < other->index;
	return cpu < other;
}

/* A heap: the one that starts first is at its root. */
static void cpu_start_at(struct simulation *m, struct memmap_drain *drain,
			 struct sim_cpu *cpu, double when)
{
	unsigned int at;

	cpu->drain = drain;
	cpu->start_ns = when;
	cpu->active = true;
	for (at = m->nr_starting++;
	     at && starts_before(cpu, m->starting[(at - 1) / 2]);
	     at = (at - 1) / 2)
		m->starting[at] = m->starting[(at - 1) / 2];
	m->starting[at] = cpu;
}

static struct sim_cpu *cpu_pop_starting(struct simulation *m)
{
	struct sim_cpu *first = m->starting[0], *last;
	unsigned int at = 0;

	last = m->starting[--m->nr_starting];
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child + 1 < m->nr_starting &&
		    starts_before(m->starting[child + 1], m->starting[child]))
			child++;
		if (child >= m->nr_starting ||
		    !starts_before(m->starting[child], last))
			break;
		m->starting[at] = m->starting[child];
		at = child;
	}
	m->starting[at] = last;
	return first;
}

/*
 * The CPU looks for a batch and begins to write it, on what node it may lie.
 * Return: false if there is none.
 */
static bool cpu_begin(struct simulation *m, struct sim_cpu *cpu)
{
	if (!memmap_drain_begin(cpu->drain, &cpu->worker)) {
		cpu->active = false;
		if (cpu->thread)
			memmap_drain_finish(cpu->drain, &cpu->worker);
		return false;
	}
	cpu->begun_ns = m->now_ns;
	writers_add(m->writers, m->now_ns, cpu->node,
		    cpu->worker.set->zone->node,
		    cpu->worker.batch_end_pfn - cpu->worker.start_pfn, cpu);
	return true;
}

/* When the next CPU begins; INFINITY if none is about to. */
static double next_start(const struct simulation *m)
{
	return m->nr_starting ? m->starting[0]->start_ns : INFINITY;
}

/* Run the machine until no CPU has anything to do. */
static void run_events(struct simulation *m)
{
	for (;;) {
		double start = next_start(m), due = INFINITY;
		struct sim_cpu *cpu;
		bool more;

		/* Rates are only asked for once all of this moment are in. */
		if (start > m->now_ns)
			due = writers_due(m->writers, m->now_ns);
		if (start <= fmax(due, m->now_ns) && !isinf(start)) {
			cpu = cpu_pop_starting(m);
			m->now_ns = fmax(m->now_ns, start);
			cpu_begin(m, cpu);
			continue;
		}
		if (isinf(due))
			return;

		m->now_ns = due;
		cpu = writers_pop(m->writers, due);
		if (!cpu)
			continue;
		m->result->busy_ns += m->now_ns - cpu->begun_ns;
		more = memmap_drain_pace(cpu->drain, &cpu->worker,
					 m->now_ns - cpu->begun_ns,
					 m->now_ns - cpu->start_ns);
		memmap_drain_end(cpu->drain, &cpu->worker, more);
		if (more)
			cpu_begin(m, cpu);
	}
}

static u64 simulated_now(struct memmap_boot *boot)
{
	return simulation_of(boot)->now_ns;
}

/* The boot CPU's own time is in the work of the batch. */
static void simulated_init(struct memmap_boot *boot, struct memmap_extents *set,
			   unsigned long start_pfn, unsigned long nr_pages)
{
}

static void simulated_free(struct memmap_boot *boot, struct memmap_extents *set,
			   unsigned long start_pfn, unsigned long nr_pages)
{
	simulation_of(boot)->result->pages_initialised += nr_pages;
}

static void simulated_run(struct memmap_drain *drain, int nid)
{
	struct simulation *m = simulation_of(drain->boot);
	struct sim_cpu *cpu = &m->cpu[m->boot_cpu];
	unsigned int home = cpu->node;

	/* No CPU there: the thread stays where it is and writes from afar. */
	if (nid != NUMA_NO_NODE && m->topology->nodes[nid].nr_cpus)
		cpu->node = nid;
	drain->batch_pages = drain->chunk_pages;
	memmap_worker_init(&cpu->worker, drain, m->boot_cpu, cpu->node);
	cpu_start_at(m, drain, cpu,
		     m->now_ns + (cpu->node != home ? m->costs->migrate_ns : 0));
	run_events(m);
	m->result->nr_cpus += !m->result->nr_cpus && cpu->worker.nr_pages;
	memmap_drain_finish(drain, &cpu->worker);
	cpu->node = home;
}

static bool takes_part(const struct memmap_drain *drain,
		       const struct sim_cpu *cpu)
{
	return !drain->threads || cpu->index < drain->threads;
}

static bool simulated_cross_call(struct memmap_drain *drain)
{
	struct simulation *m = simulation_of(drain->boot);
	bool more = false;
	unsigned int i;

	m->result->nr_rounds++;
	for (i = 0; i < m->nr_cpus; i++) {
		struct sim_cpu *cpu = &m->cpu[i];
		double start = m->now_ns +
			       (i == m->boot_cpu ? 0 : m->costs->ipi_ns);

		if (!takes_part(drain, cpu))
			continue;
		if (!m->begun)
			memmap_worker_init(&cpu->worker, drain, i, cpu->node);
		else if (!cpu->active)
			continue;
		cpu_start_at(m, drain, cpu, start);
	}
	m->begun = true;
	run_events(m);

	for (i = 0; i < m->nr_cpus; i++)
		more |= m->cpu[i].active;
	for (i = 0; !more && i < m->nr_cpus; i++) {
		if (!takes_part(drain, &m->cpu[i]))
			continue;
		m->result->nr_cpus += !!m->cpu[i].worker.nr_pages;
		memmap_drain_finish(drain, &m->cpu[i].worker);
	}
	return more;
}

static void spawn_on(struct memmap_drain *drain, unsigned int i, int nid)
{
	struct simulation *m = simulation_of(drain->boot);
	struct sim_cpu *cpu = &m->cpu[i];

	if (cpu->active)
		return;
	memmap_worker_init(&cpu->worker, drain, i, nid);
	cpu->thread = true;
	cpu_start_at(m, drain, cpu, m->now_ns + m->costs->wakeup_ns);
}

static void simulated_spawn(struct memmap_drain *drain, int nid)
{
	struct simulation *m = simulation_of(drain->boot);
	unsigned int i;

	drain->batch_pages = drain->chunk_pages;
	if (!m->topology->nodes[nid].nr_cpus)
		spawn_on(drain, m->nr_cpus + nid, nid);
	for (i = 0; i < m->nr_cpus; i++)
		if (m->cpu[i].node == (unsigned int)nid &&
		    takes_part(drain, &m->cpu[i]))
			spawn_on(drain, i, nid);
}

static void simulated_relax(struct memmap_boot *boot)
{
}

static void simulated_claimed(struct memmap_drain *drain,
			      const struct memmap_worker *worker)
{
	struct simulation *m = simulation_of(drain->boot);

	m->result->nr_chunks++;
	if (m->watch && m->watch->chunk)
		m->watch->chunk(m->arg, m->now_ns, worker->cpu,
				worker->set->zone->node, worker->start_pfn,
				worker->end_pfn);
}

static void simulated_done(struct memmap_drain *drain)
{
	struct simulation *m = simulation_of(drain->boot);

	if (m->watch && m->watch->drained)
		m->watch->drained(m->arg, drain->nid,
				  atomic_long_read(&drain->nr_pages),
				  drain->start_ns, drain->end_ns);
}

static const struct memmap_exec simulated_executor = {
	.name = "virtual",
	.now = simulated_now,
	.init = simulated_init,
	.free = simulated_free,
	.run = simulated_run,
	.cross_call = simulated_cross_call,
	.spawn = simulated_spawn,
	.relax = simulated_relax,
	.claimed = simulated_claimed,
	.done = simulated_done,
};

/*
 * Mainline: a thread a node, helped by as many as the node has CPUs; padata
 * cuts a node into four chunks a thread, rounded to sections. It steals from
 * nobody, so the slowest node decides.
 */
static void mainline_simulate(struct simulation *m)
{
	unsigned long section = MEMMAP_CHUNK_BYTES >> PAGE_SHIFT;
	struct memmap_drain *drain;
	unsigned int nid;

	drain = xalloc(m->topology->nr_nodes, sizeof(*drain));
	for (nid = 0; nid < m->topology->nr_nodes; nid++) {
		const struct topology_node *node = &m->topology->nodes[nid];
		unsigned long pages = topology_node_pages(node);
		unsigned long threads = max(node->nr_cpus, 1U);

		memmap_drain_init(&drain[nid], &m->boot);
		drain[nid].nid = nid;
		drain[nid].chunk_pages = round_up(pages / (4 * threads) + 1,
						  section);
		simulated_spawn(&drain[nid], nid);
	}
	run_events(m);
	free(drain);
}

static void zones_init(struct simulation *m)
{
	unsigned int i, j;

	for (i = 0; i < m->topology->nr_nodes; i++) {
		const struct topology_node *node = &m->topology->nodes[i];
		/* A slot per range and per claim; thieves come from everywhere. */
		unsigned int capacity = node->nr_ranges + 8 + m->nr_cpus;
		struct memmap_extents *set = &m->set[m->boot.nr_sets];
		struct zone *zone = &m->zone[m->boot.nr_sets];
		struct memmap_extent_table *table;
		unsigned long early, early_end = 0;

		if (!node->nr_ranges)
			continue;
		table = malloc(memmap_table_bytes(capacity));
		if (!table)
			abort();
		sim_zone_init(zone, i, node->ranges[0].start_pfn,
			      node->ranges[node->nr_ranges - 1].end_pfn);
		memmap_extents_init(set, zone, table, capacity);
		memmap_boot_add(&m->boot, set);
		early = m->costs->early_bytes >> PAGE_SHIFT;
		if (m->costs->node && m->costs->node[i].early_end_pfn) {
			early_end = m->costs->node[i].early_end_pfn;
			early = 0;
		}
		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start = node->ranges[j].start_pfn;
			unsigned long end = node->ranges[j].end_pfn;
			unsigned long skip = min(early, end - start);

			m->result->pages_total += end - start;
			start = max(start + skip, early_end);
			early -= skip;
			if (start < end)
				memmap_boot_record(set, &start, &end);
		}
	}
	m->result->pages_early = m->result->pages_total -
				 memmap_boot_pristine(&m->boot);
	m->result->pages_initialised = m->result->pages_early;
}

static void cpus_init(struct simulation *m)
{
	unsigned int i, j, cpu = 0;

	for (i = 0; i < m->topology->nr_nodes; i++) {
		for (j = 0; j < m->topology->nodes[i].nr_cpus; j++, cpu++) {
			m->cpu[cpu].node = i;
			m->cpu[cpu].index = j;
		}
		m->cpu[m->nr_cpus + i].node = m->cpu[m->boot_cpu].node;
	}
}

/* auto asks the machine; here the machine is its costs. */
static void choose_costs(struct simulation *m, bool mainline)
{
	const struct machine_costs *costs = m->costs;
	bool nt = m->boot.param.store == MEMMAP_STORE_NT ||
		  (m->boot.param.store == MEMMAP_STORE_AUTO &&
		   costs->page_ns[1] < costs->page_ns[0]);

	m->result->store = nt && !mainline ? MEMMAP_STORE_NT :
					     MEMMAP_STORE_CACHED;
	m->writers = writers_new(m->topology, costs,
				 mainline ? WRITERS_MAINLINE :
				 nt	  ? WRITERS_NT :
					    WRITERS_CACHED);
}

/**
 * simulation_run - one strategy on one machine, in virtual time
 * @topology: the machine
 * @costs: what things cost on it
 * @param: the boot line
 * @result: what came out
 * @watch: told what goes on; may be NULL
 * @arg: for @watch
 *
 * Deterministic. Any number may run side by side.
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int simulation_run(const struct topology *topology,
		   const struct machine_costs *costs,
		   const struct memmap_param *param,
		   struct simulation_result *result,
		   const struct simulation_watch *watch, void *arg)
{
	struct simulation m = {
		.topology = topology,
		.costs = costs,
		.result = result,
		.watch = watch,
		.arg = arg,
	};
	bool mainline = param->strategy->flags & MEMMAP_MAINLINE;
	unsigned int nr_threads, i;

	memset(result, 0, sizeof(*result));
	for (i = 0; i < topology->nr_nodes; i++)
		m.nr_cpus += topology->nodes[i].nr_cpus;
	if (!m.nr_cpus)
		return -1;

	nr_threads = m.nr_cpus + topology->nr_nodes;
	m.cpu = xalloc(nr_threads, sizeof(*m.cpu));
	m.starting = xalloc(nr_threads, sizeof(*m.starting));
	m.zone = xalloc(topology->nr_nodes, sizeof(*m.zone));
	m.set = xalloc(topology->nr_nodes, sizeof(*m.set));
	m.set_ptr = xalloc(topology->nr_nodes, sizeof(*m.set_ptr));
	memmap_boot_init(&m.boot, param, &simulated_executor, m.set_ptr);
	cpus_init(&m);
	zones_init(&m);
	choose_costs(&m, mainline);

	memmap_boot_early(&m.boot);
	if (mainline)
		mainline_simulate(&m);
	memmap_boot_late(&m.boot);
	result->boot_wait_ns = m.now_ns;
	run_events(&m);
	result->complete_ns = memmap_boot_pristine(&m.boot) ? NAN : m.now_ns;
	if (!result->nr_cpus)
		for (i = 0; i < nr_threads; i++)
			result->nr_cpus += !!m.cpu[i].worker.nr_pages;
	/* A thread for a node without CPUs runs on one that has its own. */
	result->nr_cpus = min(result->nr_cpus, m.nr_cpus);

	for (i = 0; i < m.boot.nr_sets; i++)
		free(m.set[i].table);
	writers_free(m.writers);
	free(m.cpu);
	free(m.starting);
	free(m.zone);
	free(m.set);
	free(m.set_ptr);
	return 0;
}
