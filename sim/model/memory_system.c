// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a machine's costs mean for the flows of model/flow.h.
 *
 * An ordinary store reads the line before it writes it, so it crosses each link
 * in both directions. A memory's curve is mean value analysis of a closed
 * queue: each writer alternates between its own work and one server. That is
 * what bends the curve before the plateau.
 *
 * Three more things are shared: a core by its threads, a zone's lock by the
 * writers to that zone, the host of a guest by all first touches. Each is a
 * resource that fills up. What a page costs a CPU alone has the hold of the
 * lock in it, for it was measured so; a first touch is added to it.
 */
#include <math.h>
#include <stdlib.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "machine/route.h"
#include "model/memory_system.h"
#include "model/mva.h"

/* Bytes of a struct page, and how many lie in a page of the host. */
#define STRUCT_PAGE	    64.0
#define STRUCT_PAGES_PER_4K 64.0

/**
 * struct memory - the memory of a node
 * @resource: in the flow system
 * @lock: its zone->lock, in the flow system; -1: the memory fills up earlier
 * @capacity: in units of a CPU alone in front of its own memory
 * @slowdown: times as slow as alone, by number of local writers; memories that
 *	are equal share one table
 * @most: last entry of @slowdown
 * @nr: writers, when it was last asked for its curve
 * @each: what each of them would take of it, on average
 * @reached: the part of it that they reach
 * @part: see memory_part(); NAN: not known yet
 */
struct memory {
	int resource;
	int lock;
	double capacity;
	double *slowdown;
	unsigned int most;
	unsigned long nr;
	double each;
	double reached;
	double part;
};

/**
 * struct place - what a resource of the flow system is
 * @kind: a memory, a link, ...
 * @place: which of them
 */
struct place {
	enum why_kind kind;
	unsigned int place;
};

/**
 * struct cores - of a node, whose threads the writers of this node are
 * @resource: in the flow system; -1: there is a core for each of them
 * @nr: cores
 * @nr_threads: of all these cores
 * @smt_gain: what a second thread adds to the first
 */
struct cores {
	int resource;
	unsigned int nr;
	unsigned int nr_threads;
	double smt_gain;
};

/**
 * struct memory_system - all memories and links of a machine
 * @costs: what things cost on it
 * @mode: how struct pages are written, the same for all
 * @store_ns: a page by a CPU alone in front of its own memory
 * @page_ns: the same with its share of a first touch
 * @nr_nodes: nodes
 * @nr_writers: most writers at once
 * @memory: by node
 * @cores: by node
 * @faults: the host of a guest, in the flow system; -1: there is none
 * @flow: memories are resources 0 to @nr_nodes - 1; link i is @nr_nodes + 2 i
 *	in its direction, @nr_nodes + 2 i + 1 against it
 * @routes: NULL where no links are given
 * @class: of writers, by target and home, counted from 1; without links all
 *	other homes are one if their writers have a core each; 0: not asked for
 *	yet. Most never are, so this stays zero pages
 * @alone: see memory_system_alone(), by home and target; 0: not asked for yet
 * @place: by resource
 * @nr_places: how many
 */
struct memory_system {
	const struct machine_costs *costs;
	enum write_mode mode;
	double store_ns;
	double page_ns;
	unsigned int nr_nodes;
	unsigned int nr_writers;
	struct memory *memory;
	struct cores *cores;
	int faults;
	struct flow_sys *flow;
	struct routes *routes;
	int *class;
	double *alone;
	struct place *place;
	unsigned int nr_places;
};

static int add_resource(struct memory_system *ms, double capacity,
			enum why_kind kind, unsigned int place)
{
	ms->place = xgrow(ms->place, ms->nr_places, sizeof(*ms->place));
	ms->place[ms->nr_places++] = (struct place){ kind, place };
	return flow_add_resource(ms->flow, capacity);
}

/* See flow_curve_fn. Remote writers queue less often: their mean counts. */
static double memory_curve(unsigned long nr, double offered, void *arg)
{
	struct memory *memory = arg;
	double each = offered * memory->capacity / nr, reached;

	if (memory->nr == nr && memory->each == each)
		return memory->reached;
	memory->part = NAN;
	memory->nr = nr;
	memory->each = each;

	if (fabs(each - 1) < 1e-12 && nr <= memory->most)
		reached = nr / memory->slowdown[nr];
	else
		reached = 1 / mva_page_ns(1 / each, 1 / memory->capacity, nr);
	memory->reached = fmin(reached / memory->capacity, 1);
	return memory->reached;
}

/* Work on a page's part of what one zone->lock or one host has to serve. */
static double lock_page_ns(const struct memory_system *ms)
{
	/* Mainline frees block by block. */
	return ms->costs->lock_ns /
	       (ms->mode == WRITE_MAINLINE ?
			MEMMAP_BLOCK_PAGES :
			MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES);
}

static double fault_page_ns(const struct memory_system *ms)
{
	return ms->costs->fault_ns / STRUCT_PAGES_PER_4K;
}

static void add_memories(struct memory_system *ms)
{
	unsigned int i, j;

	ms->memory = xcalloc(ms->nr_nodes, sizeof(*ms->memory));
	for (i = 0; i < ms->nr_nodes; i++) {
		struct memory *memory = &ms->memory[i];

		memory->capacity = machine_costs_memory(ms->costs, i,
							ms->mode) *
				   ms->page_ns / (STRUCT_PAGE * 1e9);
		for (j = 0; j < i && !memory->slowdown; j++)
			if (ms->memory[j].capacity == memory->capacity)
				memory->slowdown = ms->memory[j].slowdown;
		if (!memory->slowdown) {
			memory->slowdown = xcalloc(ms->nr_writers + 1,
						   sizeof(double));
			mva_slowdown(1, 1 / memory->capacity, ms->nr_writers,
				     memory->slowdown);
		}
		memory->most = ms->nr_writers;
		memory->resource = add_resource(ms, memory->capacity,
						WHY_MEMORY, i);
		flow_set_curve(ms->flow, memory->resource, memory_curve,
			       memory);
	}
}

static void add_links(struct memory_system *ms)
{
	const struct machine_net *net = &ms->costs->net;
	unsigned int i, j;

	for (i = 0; i < net->nr_links; i++)
		for (j = 0; j < 2; j++)
			add_resource(ms,
				     ms->page_ns * net->link[i].bytes_per_s /
					     (STRUCT_PAGE * 1e9),
				     WHY_LINK, 2 * i + j);
	if (net->nr_links)
		ms->routes = routes_new(ms->nr_nodes, net);
}

/* See flow_curve_fn: what so many writers get out of the cores. */
static double cores_curve(unsigned long nr, double offered, void *arg)
{
	const struct cores *cores = arg;
	double first = min(nr, cores->nr);
	double second = min(nr, cores->nr_threads) - first;

	return (first + cores->smt_gain * second) / cores->nr_threads;
}

/* Behind the links, whose numbers cross_link() knows. */
static void add_locks(struct memory_system *ms)
{
	unsigned int i;

	for (i = 0; i < ms->nr_nodes; i++) {
		struct memory *memory = &ms->memory[i];

		memory->lock = -1;
		if (memory->capacity * lock_page_ns(ms) > ms->page_ns)
			memory->lock =
				add_resource(ms, ms->page_ns / lock_page_ns(ms),
					     WHY_LOCK, i);
	}
}

/*
 * A thread for a node without CPUs runs on a CPU of the first node that has
 * any: sim/model/simulation.c puts it there.
 */
static void add_cores(struct memory_system *ms, const struct topology *topology)
{
	unsigned int nr_cpuless = 0, i;

	for (i = 0; i < ms->nr_nodes; i++)
		if (!topology->nodes[i].nr_cpus)
			nr_cpuless++;
	ms->cores = xcalloc(ms->nr_nodes, sizeof(*ms->cores));
	for (i = 0; i < ms->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];
		struct cores *cores = &ms->cores[i];

		cores->resource = -1;
		cores->nr = topology_node_cores(node);
		cores->nr_threads = node->nr_cpus;
		cores->smt_gain = ms->costs->smt_gain;
		if (!cores->nr ||
		    (cores->nr == cores->nr_threads && !nr_cpuless))
			continue;
		cores->resource = add_resource(ms, cores->nr_threads, WHY_CORES,
					       i);
		flow_set_curve(ms->flow, cores->resource, cores_curve, cores);
		nr_cpuless = 0;
	}
}

static void add_host(struct memory_system *ms)
{
	ms->faults = -1;
	if (ms->costs->fault_ns > 0)
		ms->faults = add_resource(ms,
					  ms->costs->faults_at_once *
						  ms->page_ns /
						  fault_page_ns(ms),
					  WHY_HOST, 0);
}

/**
 * memory_system_new - the memories and links of a machine, without writers
 * @topology: its nodes
 * @costs: what things cost on it; must outlive the memory system
 * @mode: how struct pages are written, the same for all
 *
 * Return: the memory system; memory_system_free() it.
 */
struct memory_system *memory_system_new(const struct topology *topology,
					const struct machine_costs *costs,
					enum write_mode mode)
{
	struct memory_system *ms = xcalloc(1, sizeof(*ms));
	unsigned int i;

	ms->costs = costs;
	ms->mode = mode;
	ms->store_ns = costs->page_ns[mode];
	ms->page_ns = ms->store_ns + fault_page_ns(ms);
	ms->nr_nodes = topology->nr_nodes;
	for (i = 0; i < topology->nr_nodes; i++)
		ms->nr_writers += max(topology->nodes[i].nr_cpus, 1U);
	ms->flow = flow_new();
	add_memories(ms);
	add_links(ms);
	add_locks(ms);
	add_cores(ms, topology);
	add_host(ms);

	ms->class = xcalloc(ms->nr_nodes * (ms->nr_nodes + 1UL),
			    sizeof(*ms->class));
	ms->alone = xcalloc((unsigned long)ms->nr_nodes * ms->nr_nodes,
			    sizeof(*ms->alone));
	return ms;
}

/**
 * memory_system_free - forget a memory system
 * @ms: from memory_system_new()
 */
void memory_system_free(struct memory_system *ms)
{
	unsigned int i, j;

	for (i = 0; i < ms->nr_nodes; i++) {
		double *slowdown = ms->memory[i].slowdown;

		for (j = i; j < ms->nr_nodes; j++)
			if (ms->memory[j].slowdown == slowdown)
				ms->memory[j].slowdown = NULL;
		free(slowdown);
	}
	free(ms->memory);
	free(ms->cores);
	free(ms->class);
	free(ms->alone);
	free(ms->place);
	flow_free(ms->flow);
	routes_free(ms->routes);
	free(ms);
}

/**
 * memory_system_flows - the flow system: its classes are writers
 * @ms: the memory system
 *
 * Return: the flow system; the caller sets how many writers there are and
 * solves.
 */
struct flow_sys *memory_system_flows(struct memory_system *ms)
{
	return ms->flow;
}

/**
 * memory_system_page_ns - the work of a page
 * @ms: the memory system
 *
 * Return: ns of a CPU alone in front of its own memory, for one struct page.
 */
double memory_system_page_ns(const struct memory_system *ms)
{
	return ms->page_ns;
}

struct crossing {
	struct memory_system *ms;
	int class;
};

static void cross_link(void *arg, unsigned int link, bool back, double share)
{
	const struct crossing *crossing = arg;
	struct memory_system *ms = crossing->ms;
	int along = ms->nr_nodes + 2 * link + back;
	int against = ms->nr_nodes + 2 * link + !back;

	flow_use(ms->flow, crossing->class, along, share);
	if (ms->mode != WRITE_NT)
		flow_use(ms->flow, crossing->class, against, share);
}

/**
 * memory_system_latency_ns - what a memory answers later than the nearest
 * @ms: the memory system
 * @home: node of the CPU
 * @target: node of the memory
 *
 * Return: ns, there and back; 0 where no links are given and the node has no
 * latency of its own.
 */
double memory_system_latency_ns(const struct memory_system *ms,
				unsigned int home, unsigned int target)
{
	double wait_ns = 0;

	if (ms->costs->node)
		wait_ns = ms->costs->node[target].latency_ns;
	if (ms->routes)
		wait_ns += 2 * route_latency_ns(ms->routes, home, target);
	return fmax(wait_ns, 0);
}

static double alone(const struct memory_system *ms, unsigned int home,
		    unsigned int target)
{
	const struct machine_costs *costs = ms->costs;
	double wait_ns, factor = 1;

	if (!ms->routes && home != target)
		factor = costs->remote_factor;
	wait_ns = memory_system_latency_ns(ms, home, target) /
		  costs->lines_in_flight[ms->mode == WRITE_NT];
	return ms->page_ns /
	       (ms->page_ns + wait_ns + (factor - 1) * ms->store_ns);
}

/**
 * memory_system_alone - what a CPU reaches alone
 * @ms: the memory system
 * @home: node of the CPU
 * @target: node of the memory that it writes to
 *
 * A worker asks for the distance of many nodes each time it chooses one, so the
 * way between two nodes is walked once.
 *
 * Return: as a part of what it reaches in front of the nearest memory.
 */
double memory_system_alone(struct memory_system *ms, unsigned int home,
			   unsigned int target)
{
	double *known = &ms->alone[(unsigned long)home * ms->nr_nodes + target];

	if (!*known)
		*known = alone(ms, home, target);
	return *known;
}

static int class_new(struct memory_system *ms, unsigned int home,
		     unsigned int target)
{
	struct crossing crossing = { .ms = ms };
	const struct cores *cores = &ms->cores[home];
	double most = memory_system_alone(ms, home, target);
	int class = flow_add_class(ms->flow, most, 0);
	/*
	 * While one thread of a core waits for memory the other goes on; tasks
	 * that take turns on a CPU wait in their own time.
	 */
	double of_core = cores->nr < cores->nr_threads ? 1 : 1 / most;

	flow_use(ms->flow, class, ms->memory[target].resource, 1);
	if (ms->memory[target].lock >= 0)
		flow_use(ms->flow, class, ms->memory[target].lock, 1);
	if (cores->resource >= 0)
		flow_use(ms->flow, class, cores->resource, of_core);
	if (ms->faults >= 0)
		flow_use(ms->flow, class, ms->faults, 1);
	crossing.class = class;
	if (ms->routes)
		route_walk(ms->routes, home, target, cross_link, &crossing);
	return class;
}

/**
 * memory_system_class - the class of writers that share home and target
 * @ms: the memory system
 * @home: node of the CPUs
 * @target: node of the memory
 *
 * Return: the class in memory_system_flows(). Classes are numbered from 0, in
 * the order in which they are first asked for.
 */
int memory_system_class(struct memory_system *ms, unsigned int home,
			unsigned int target)
{
	unsigned int column = home;
	int *class;

	if (!ms->routes && home != target && ms->cores[home].resource < 0)
		column = ms->nr_nodes;
	class = &ms->class[target * (ms->nr_nodes + 1UL) + column];
	if (!*class)
		*class = class_new(ms, home, target) + 1;
	return *class - 1;
}

/*
 * A memory that bends is not what its writers wait for alone: between two
 * visits they work for themselves. Its part is by how much of a per cent they
 * would be faster if it were faster by one.
 */
static double memory_part(struct memory *memory)
{
	const double more = 1.001;
	double is, would;

	if (isnan(memory->part)) {
		is = mva_page_ns(1 / memory->each, 1 / memory->capacity,
				 memory->nr);
		would = mva_page_ns(1 / memory->each,
				    1 / (memory->capacity * more), memory->nr);
		memory->part = fmin(fmax(log(is / would) / log(more), 0), 1);
	}
	return memory->part;
}

/**
 * memory_system_why - what holds the writers of a class
 * @ms: the memory system, solved
 * @class: which; it has writers
 * @part: filled in; the parts of all are 1
 *
 * Return: how many parts.
 */
unsigned int memory_system_why(struct memory_system *ms, int class,
			       struct why_part part[WHY_PARTS])
{
	int holder = flow_holder(ms->flow, class);
	double rest = 1, near = flow_bound(ms->flow, class);
	unsigned int nr = 0;

	if (holder >= 0) {
		const struct place *place = &ms->place[holder];

		if (place->kind == WHY_MEMORY)
			rest = 1 - memory_part(&ms->memory[place->place]);
		else
			rest = 0;
		part[nr++] = (struct why_part){ place->kind, place->place,
						1 - rest };
	}
	if (!(rest > 0))
		return nr;
	part[nr++] = (struct why_part){
		WHY_STORES, 0, rest * near * ms->store_ns / ms->page_ns
	};
	part[nr++] = (struct why_part){ WHY_DISTANCE, 0, rest * (1 - near) };
	part[nr++] = (struct why_part){
		WHY_TOUCH, 0, rest * near * (1 - ms->store_ns / ms->page_ns)
	};
	return nr;
}
