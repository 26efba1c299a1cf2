// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual-time executor.
 *
 * CPUs that write to one node share its memory equally, so a node needs one
 * number: how much work each of its writers has been served so far. A batch
 * ends when that number has grown by the batch's own work; the batches of a
 * node wait in a heap by that mark, and a heap of nodes says which batch of
 * the machine ends next. A writer that comes or goes changes its node's speed
 * and nothing else: every event costs a logarithm, whatever the machine.
 *
 * How fast k writers are together follows from mean value analysis of a closed
 * queue: each writer alternates between its own work and one server, the
 * memory. That is what bends the curve before the plateau.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/math.h>
#include "mva.h"
#include "virtual.h"

#define DESCRIPTOR	64.0
#define DESCRIPTORS_PER_4K	64.0

struct vnode;

/**
 * struct vcpu - a CPU, or the thread that drains on it
 * @worker: its part in the drain
 * @node: home
 * @index: which of its node's CPUs
 * @at: node it writes to now
 * @mark: node work at which its batch ends
 * @start_ns: when it may begin; a start event while it waits
 * @stop_ns: end of its quantum, INFINITY without one
 * @active: has joined and not finished
 * @begun_ns: when its batch began
 */
struct vcpu {
	struct memmap_worker worker;
	unsigned int node;
	unsigned int index;
	struct vnode *at;
	double mark;
	double start_ns;
	double stop_ns;
	bool active;
	double begun_ns;
};

/**
 * struct vnode - a node's memory
 * @served: ns of solo work that each writer has been given
 * @since_ns: when @served was brought up to date
 * @nr: writers
 * @heap: their CPUs, the earliest mark first
 * @capacity: room in @heap
 * @pos: own place in the heap of nodes
 * @due_ns: when its first batch ends
 */
struct vnode {
	double served;
	double since_ns;
	unsigned int nr;
	struct vcpu **heap;
	unsigned int capacity;
	unsigned int pos;
	double due_ns;
};

struct vmachine {
	const struct host_shape *shape;
	const struct virtual_costs *costs;
	struct virtual_result *result;
	struct memmap_boot boot;
	double now_ns;
	struct vnode *node;
	struct vnode **order;
	struct vcpu *cpu;
	unsigned int nr_cpus;
	unsigned int boot_cpu;
	struct vcpu **starting;
	unsigned int first_starting;
	unsigned int nr_starting;
	struct zone *zone;
	struct memmap_extents *set;
	struct memmap_extents **set_ptr;
	double *slowdown;
	unsigned int nr_slowdown;
	double solo_ns;
	double bytes_per_s;
	bool begun;
	virtual_chunk_fn chunk;
	void *arg;
};

static struct vmachine *machine_of(struct memmap_boot *boot)
{
	return (struct vmachine *)((char *)boot - offsetof(struct vmachine, boot));
}

static void *xalloc(size_t nr, size_t bytes)
{
	void *p = calloc(nr ? nr : 1, bytes);

	if (!p)
		abort();
	return p;
}

static void slowdown_init(struct vmachine *m, unsigned int writers)
{
	m->nr_slowdown = writers;
	m->slowdown = xalloc(writers + 1, sizeof(*m->slowdown));
	mva_slowdown(m->solo_ns, DESCRIPTOR * 1e9 / m->bytes_per_s, writers,
		     m->slowdown);
}

static double slowdown(struct vmachine *m, unsigned int writers)
{
	return m->slowdown[writers <= m->nr_slowdown ? writers : m->nr_slowdown] *
	       (writers > m->nr_slowdown ? (double)writers / m->nr_slowdown : 1);
}

/* Heap of a node's writers, by mark. */
static void writers_down(struct vnode *node, unsigned int at)
{
	for (;;) {
		unsigned int least = at, child = 2 * at + 1, i;

		for (i = child; i < child + 2 && i < node->nr; i++)
			if (node->heap[i]->mark < node->heap[least]->mark)
				least = i;
		if (least == at)
			return;
		struct vcpu *swap = node->heap[at];

		node->heap[at] = node->heap[least];
		node->heap[least] = swap;
		at = least;
	}
}

static void writers_add(struct vnode *node, struct vcpu *cpu)
{
	unsigned int at = node->nr++;

	if (node->nr > node->capacity) {
		node->capacity = node->capacity ? 2 * node->capacity : 16;
		node->heap = realloc(node->heap,
				     node->capacity * sizeof(*node->heap));
		if (!node->heap)
			abort();
	}
	node->heap[at] = cpu;
	while (at && node->heap[(at - 1) / 2]->mark > cpu->mark) {
		node->heap[at] = node->heap[(at - 1) / 2];
		at = (at - 1) / 2;
		node->heap[at] = cpu;
	}
}

static struct vcpu *writers_pop(struct vnode *node)
{
	struct vcpu *cpu = node->heap[0];

	node->heap[0] = node->heap[--node->nr];
	writers_down(node, 0);
	return cpu;
}

/* Heap of nodes, by the time at which the next batch ends. */
static void nodes_place(struct vmachine *m, unsigned int at, struct vnode *node)
{
	m->order[at] = node;
	node->pos = at;
}

static void nodes_update(struct vmachine *m, struct vnode *node)
{
	unsigned int at = node->pos, nr = m->shape->nr_nodes;

	while (at && m->order[(at - 1) / 2]->due_ns > node->due_ns) {
		nodes_place(m, at, m->order[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child + 1 < nr && m->order[child + 1]->due_ns <
				      m->order[child]->due_ns)
			child++;
		if (child >= nr || m->order[child]->due_ns >= node->due_ns)
			break;
		nodes_place(m, at, m->order[child]);
		at = child;
	}
	nodes_place(m, at, node);
}

/* Bring a node's work up to now; then its set of writers may change. */
static void node_settle(struct vmachine *m, struct vnode *node)
{
	if (node->nr)
		node->served += (m->now_ns - node->since_ns) /
				slowdown(m, node->nr);
	node->since_ns = m->now_ns;
}

static void node_schedule(struct vmachine *m, struct vnode *node)
{
	node->due_ns = INFINITY;
	if (node->nr)
		node->due_ns = m->now_ns +
			fmax(0, node->heap[0]->mark - node->served) *
			slowdown(m, node->nr);
	nodes_update(m, node);
}

/* CPUs are started nearly in order: a sorted queue, filled from its end. */
static void cpu_start_at(struct vmachine *m, struct vcpu *cpu, double when)
{
	unsigned int at;

	cpu->start_ns = when;
	cpu->active = true;
	if (m->first_starting == m->nr_starting)
		m->first_starting = m->nr_starting = 0;
	for (at = m->nr_starting++; at > m->first_starting &&
	     m->starting[at - 1]->start_ns > when; at--)
		m->starting[at] = m->starting[at - 1];
	m->starting[at] = cpu;
}

/*
 * Distance costs the writer time, not the memory: where the memory is what
 * everybody waits for, a remote writer waits no longer than a local one.
 */
static double remote_factor(struct vmachine *m, const struct vnode *node,
			    bool remote)
{
	if (!remote)
		return 1;
	return fmax(1, m->costs->remote_factor / slowdown(m, node->nr + 1));
}

/*
 * The CPU looks for a batch and begins to write it, on what node it may lie.
 * Return: false if there is none.
 */
static bool cpu_begin(struct vmachine *m, struct memmap_drain *drain,
		      struct vcpu *cpu)
{
	struct vnode *node;
	double work, pages;
	unsigned int nid;

	if (!memmap_drain_begin(drain, &cpu->worker)) {
		cpu->active = false;
		return false;
	}
	nid = cpu->worker.set->zone->node;
	node = &m->node[nid];
	pages = cpu->worker.batch_end_pfn - cpu->worker.start_pfn;
	work = pages * (m->solo_ns * remote_factor(m, node, nid != cpu->node) +
			m->costs->fault_ns / DESCRIPTORS_PER_4K) +
	       m->costs->lock_ns * pages /
	       (MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES);

	node_settle(m, node);
	cpu->at = node;
	cpu->begun_ns = m->now_ns;
	cpu->mark = node->served + work;
	writers_add(node, cpu);
	node_schedule(m, node);
	return true;
}

/* Run the machine until no CPU has anything to do. */
static void run_events(struct vmachine *m, struct memmap_drain *drain)
{
	for (;;) {
		struct vnode *node = m->order[0];
		double next = node->due_ns;
		struct vcpu *cpu;
		bool more;

		if (m->first_starting < m->nr_starting &&
		    m->starting[m->first_starting]->start_ns <= next) {
			cpu = m->starting[m->first_starting++];
			m->now_ns = fmax(m->now_ns, cpu->start_ns);
			cpu_begin(m, drain, cpu);
			continue;
		}
		if (isinf(next))
			return;

		m->now_ns = next;
		node_settle(m, node);
		cpu = writers_pop(node);
		node_schedule(m, node);
		m->result->busy_ns += m->now_ns - cpu->begun_ns;
		more = m->now_ns < cpu->stop_ns;
		memmap_drain_end(drain, &cpu->worker, more);
		if (more)
			cpu_begin(m, drain, cpu);
	}
}

static u64 virtual_now(struct memmap_boot *boot)
{
	return machine_of(boot)->now_ns;
}

/* The boot CPU's own time is in the work of the batch. */
static void virtual_init(struct memmap_boot *boot, struct memmap_extents *set,
			 unsigned long start_pfn, unsigned long nr_pages)
{
}

static void virtual_free(struct memmap_boot *boot, struct memmap_extents *set,
			 unsigned long start_pfn, unsigned long nr_pages)
{
	machine_of(boot)->result->pages_initialised += nr_pages;
}

static void virtual_exec_run(struct memmap_drain *drain, int nid)
{
	struct vmachine *m = machine_of(drain->boot);
	struct vcpu *cpu = &m->cpu[m->boot_cpu];
	unsigned int home = cpu->node;

	/* No CPU there: the thread stays where it is and writes from afar. */
	if (nid != NUMA_NO_NODE && m->shape->nodes[nid].nr_cpus)
		cpu->node = nid;
	drain->batch_pages = drain->chunk_pages;
	memmap_worker_init(&cpu->worker, drain, m->boot_cpu, cpu->node);
	cpu->stop_ns = INFINITY;
	cpu_start_at(m, cpu, m->now_ns +
		     (cpu->node != home ? m->costs->migrate_ns : 0));
	run_events(m, drain);
	m->result->nr_cpus += !m->result->nr_cpus && cpu->worker.nr_pages;
	memmap_drain_finish(drain, &cpu->worker);
	cpu->node = home;
}

static bool takes_part(const struct memmap_drain *drain, const struct vcpu *cpu)
{
	return !drain->threads || cpu->index < drain->threads;
}

static bool virtual_cross_call(struct memmap_drain *drain)
{
	struct vmachine *m = machine_of(drain->boot);
	bool more = false;
	unsigned int i;

	m->result->nr_rounds++;
	for (i = 0; i < m->nr_cpus; i++) {
		struct vcpu *cpu = &m->cpu[i];
		double start = m->now_ns +
			       (i == m->boot_cpu ? 0 : m->costs->ipi_ns);

		if (!takes_part(drain, cpu))
			continue;
		if (!m->begun)
			memmap_worker_init(&cpu->worker, drain, i, cpu->node);
		else if (!cpu->active)
			continue;
		cpu->stop_ns = start + drain->quantum_ns;
		cpu_start_at(m, cpu, start);
	}
	m->begun = true;
	run_events(m, drain);

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

static void virtual_spawn(struct memmap_drain *drain, int nid)
{
	struct vmachine *m = machine_of(drain->boot);
	unsigned int i;

	drain->batch_pages = drain->chunk_pages;
	for (i = 0; i < m->nr_cpus; i++) {
		struct vcpu *cpu = &m->cpu[i];

		if (cpu->active || cpu->node != (unsigned int)nid ||
		    !takes_part(drain, cpu))
			continue;
		memmap_worker_init(&cpu->worker, drain, i, cpu->node);
		cpu->stop_ns = INFINITY;
		cpu_start_at(m, cpu, m->now_ns + m->costs->wakeup_ns);
	}
}

static void virtual_relax(struct memmap_boot *boot)
{
}

static void virtual_claimed(struct memmap_drain *drain,
			    const struct memmap_worker *worker)
{
	struct vmachine *m = machine_of(drain->boot);

	m->result->nr_chunks++;
	if (m->chunk)
		m->chunk(m->arg, m->now_ns, worker->cpu,
			 worker->set->zone->node, worker->start_pfn,
			 worker->end_pfn);
}

static const struct memmap_exec exec_virtual = {
	.name = "virtual",
	.now = virtual_now,
	.init = virtual_init,
	.free = virtual_free,
	.run = virtual_exec_run,
	.cross_call = virtual_cross_call,
	.spawn = virtual_spawn,
	.relax = virtual_relax,
	.claimed = virtual_claimed,
};

/*
 * Mainline: a thread a node, helped by as many as the node has CPUs; padata
 * cuts a node into four chunks a thread, rounded to sections. It steals from
 * nobody, so the slowest node decides.
 */
static void mainline_run_virtual(struct vmachine *m)
{
	unsigned long section = MEMMAP_CHUNK_BYTES >> PAGE_SHIFT, most = 0;
	struct memmap_drain *drain = &m->boot.drain;
	unsigned int i, nid;

	for (nid = 0; nid < m->shape->nr_nodes; nid++) {
		const struct host_node *node = &m->shape->nodes[nid];
		unsigned long pages = 0, threads = node->nr_cpus + !node->nr_cpus;

		for (i = 0; i < node->nr_ranges; i++)
			pages += node->ranges[i].end_pfn -
				 node->ranges[i].start_pfn;
		most = max(most, round_up(pages / (4 * threads) + 1, section));
	}
	memmap_drain_init(drain, &m->boot);
	drain->chunk_pages = most ? most : section;
	drain->batch_pages = drain->chunk_pages;
	for (nid = 0; nid < m->shape->nr_nodes; nid++)
		if (m->shape->nodes[nid].nr_cpus)
			virtual_spawn(drain, nid);
	run_events(m, drain);
}

static void zones_init(struct vmachine *m)
{
	unsigned int i, j;

	for (i = 0; i < m->shape->nr_nodes; i++) {
		const struct host_node *node = &m->shape->nodes[i];
		/* A slot per range and per claim; thieves come from everywhere. */
		unsigned int capacity = node->nr_ranges + 8 +
					min(m->nr_cpus, 512U);
		struct memmap_extents *set = &m->set[m->boot.nr_sets];
		struct zone *zone = &m->zone[m->boot.nr_sets];
		struct memmap_extent_table *table;
		unsigned long early;

		if (!node->nr_ranges)
			continue;
		table = malloc(memmap_table_bytes(capacity));
		if (!table)
			abort();
		buddy_zone_init(zone, i, node->ranges[0].start_pfn,
				node->ranges[node->nr_ranges - 1].end_pfn);
		memmap_extents_init(set, zone, table, capacity);
		memmap_boot_add(&m->boot, set);
		early = m->costs->early_bytes >> PAGE_SHIFT;
		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start = node->ranges[j].start_pfn;
			unsigned long end = node->ranges[j].end_pfn;
			unsigned long skip = min(early, end - start);

			m->result->pages_total += end - start;
			start += skip;
			early -= skip;
			memmap_boot_record(set, &start, &end);
		}
	}
	m->result->pages_initialised =
		m->result->pages_total - memmap_boot_pristine(&m->boot);
}

static void cpus_init(struct vmachine *m)
{
	unsigned int i, j, cpu = 0;

	for (i = 0; i < m->shape->nr_nodes; i++) {
		m->node[i].due_ns = INFINITY;
		nodes_place(m, i, &m->node[i]);
		for (j = 0; j < m->shape->nodes[i].nr_cpus; j++, cpu++) {
			m->cpu[cpu].node = i;
			m->cpu[cpu].index = j;
		}
	}
}

/* auto asks the machine; here the machine is its costs. */
static void choose_costs(struct vmachine *m, bool mainline)
{
	const struct virtual_costs *costs = m->costs;
	bool nt = m->boot.param.store == MEMMAP_STORE_NT ||
		  (m->boot.param.store == MEMMAP_STORE_AUTO &&
		   costs->page_ns[1] < costs->page_ns[0]);

	m->result->store = nt && !mainline ? MEMMAP_STORE_NT :
					     MEMMAP_STORE_CACHED;
	m->solo_ns = mainline ? costs->mainline_ns : costs->page_ns[nt];
	m->bytes_per_s = mainline ? costs->mainline_bytes_per_s :
				    costs->node_bytes_per_s[nt];
}

/**
 * virtual_run - one strategy on one machine, in virtual time
 * @shape: the machine
 * @costs: what things cost on it
 * @param: the boot line
 * @result: what came out
 * @chunk: told of every chunk; may be NULL
 * @arg: for @chunk
 *
 * Deterministic. Any number may run side by side.
 *
 * Return: 0, or -1 if the machine has no CPU.
 */
int virtual_run(const struct host_shape *shape,
		const struct virtual_costs *costs,
		const struct memmap_param *param, struct virtual_result *result,
		virtual_chunk_fn chunk, void *arg)
{
	struct vmachine m = {
		.shape = shape, .costs = costs, .result = result,
		.chunk = chunk, .arg = arg,
	};
	bool mainline = param->strategy->flags & MEMMAP_MAINLINE;
	unsigned int i, most = 1;

	memset(result, 0, sizeof(*result));
	for (i = 0; i < shape->nr_nodes; i++) {
		m.nr_cpus += shape->nodes[i].nr_cpus;
		most = max(most, shape->nodes[i].nr_cpus);
	}
	if (!m.nr_cpus)
		return -1;

	m.node = xalloc(shape->nr_nodes, sizeof(*m.node));
	m.order = xalloc(shape->nr_nodes, sizeof(*m.order));
	m.cpu = xalloc(m.nr_cpus, sizeof(*m.cpu));
	m.starting = xalloc(m.nr_cpus, sizeof(*m.starting));
	m.zone = xalloc(shape->nr_nodes, sizeof(*m.zone));
	m.set = xalloc(shape->nr_nodes, sizeof(*m.set));
	m.set_ptr = xalloc(shape->nr_nodes, sizeof(*m.set_ptr));
	memmap_boot_init(&m.boot, param, &exec_virtual, m.set_ptr);
	cpus_init(&m);
	zones_init(&m);
	choose_costs(&m, mainline);
	slowdown_init(&m, 4 * most);

	memmap_boot_early(&m.boot);
	if (mainline)
		mainline_run_virtual(&m);
	memmap_boot_late(&m.boot);
	result->boot_wait_ns = m.now_ns;
	run_events(&m, &m.boot.drain);
	result->complete_ns =
		memmap_boot_pristine(&m.boot) ? NAN : m.now_ns;
	if (!result->nr_cpus)
		for (i = 0; i < m.nr_cpus; i++)
			result->nr_cpus += !!m.cpu[i].worker.nr_pages;

	for (i = 0; i < shape->nr_nodes; i++)
		free(m.node[i].heap);
	for (i = 0; i < m.boot.nr_sets; i++)
		free(m.set[i].table);
	free(m.node);
	free(m.order);
	free(m.cpu);
	free(m.starting);
	free(m.zone);
	free(m.set);
	free(m.set_ptr);
	free(m.slowdown);
	return 0;
}
