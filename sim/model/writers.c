// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who writes where, how fast, and who is done first.
 *
 * Writers that share home and target are one class of flows (sim/model/flow.h). They
 * are bound by their CPU and its distance, and cross the target's memory and
 * the links between; an ordinary store reads the line before it writes it, so
 * it crosses each link in both directions. The memory's curve is mean value
 * analysis of a closed queue: each writer alternates between its own work and
 * one server. That is what bends the curve before the plateau.
 *
 * All of a class run at one rate, so a class needs one number: how much work
 * each of its writers has been served so far. A batch ends when that number
 * has grown by the batch's own work; the batches of a class wait in a heap by
 * that mark, and a heap of classes says which batch of the machine ends next.
 * A writer that comes when another goes changes no rate and costs a logarithm.
 *
 * What a page costs beside its stores, a lock or a fault of the host, is a CPU's
 * own work wherever the memory lies.
 *
 * Rates are in units of a CPU alone in front of its own memory, work is in ns
 * of such a CPU.
 *
 * Where thieves tie thousands of classes together, solving for all of them at
 * every coming and going would take longer than the machine itself. So after a
 * solution of many classes the next one has to wait a little (SOLVE_LAG_NS).
 * Until then who goes leaves his share unused, and who comes waits for one, or
 * takes the place of one who went: nothing is ever over its capacity.
 */
#include <math.h>
#include <stdlib.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include "model/flow.h"
#include "model/mva.h"
#include "machine/route.h"
#include "model/writers.h"

#define DESCRIPTOR	   64.0
#define DESCRIPTORS_PER_4K 64.0

/* Up to so many classes nothing waits; for each one above, so long. */
#define SOLVE_AT_ONCE 64
#define SOLVE_LAG_NS  8.0

struct batch {
	double mark;
	void *who;
};

/* A batch that waits for the next solution. */
struct waiting {
	struct writer_group *group;
	double work;
	void *who;
};

/**
 * struct writer_group - writers that share home and target
 * @class: in the flow system, and in the list of groups
 * @alone: rate of a writer that nobody hinders
 * @served: work that each writer has been given
 * @since_ns: when @served was brought up to date
 * @rate: of each writer, since then
 * @due_ns: when its first batch ends; INFINITY without one
 * @heap: batches, the earliest mark first
 * @nr: how many
 * @solved_nr: how many there may be at this rate
 * @capacity: room in @heap
 * @pos: own place in the heap of classes
 * @dirty: batches have come or gone
 */
struct writer_group {
	int class;
	double alone;
	double served;
	double since_ns;
	double rate;
	double due_ns;
	struct batch *heap;
	unsigned int nr;
	unsigned int solved_nr;
	unsigned int capacity;
	unsigned int pos;
	bool dirty;
};

/**
 * struct memory - of a node
 * @resource: in the flow system
 * @capacity: in CPUs alone
 * @slowdown: of so many local writers; shared by equal memories
 */
struct memory {
	int resource;
	double capacity;
	double *slowdown;
};

struct writers {
	const struct machine_costs *costs;
	enum writers_kind kind;
	double store_ns; /* a page, by a CPU alone: its stores */
	double solo_ns; /* and with all else */
	unsigned int nr_nodes;
	unsigned int most; /* writers at once */
	struct memory *memory;
	struct flow_sys *flow;
	struct routes *routes;
	int *group_of; /* by home and target; -1 */
	struct writer_group **group;
	struct writer_group **order;
	struct writer_group **dirty;
	unsigned int nr_dirty;
	unsigned int nr_groups;
	struct waiting *waiting;
	unsigned int nr_waiting;
	unsigned int nr_batches; /* being written */
	double solve_ns; /* no solution before */
};

static void *xalloc(size_t nr, size_t bytes)
{
	void *p = calloc(nr ? nr : 1, bytes);

	if (!p)
		abort();
	return p;
}

static void *xgrow(void *array, size_t nr, size_t bytes)
{
	void *p = realloc(array, nr * bytes);

	if (!p)
		abort();
	return p;
}

/* See flow_curve_fn. Writers from afar queue less often: their mean counts. */
static double memory_curve(unsigned long nr, double offered, void *arg)
{
	const struct memory *memory = arg;
	double each = offered * memory->capacity / nr, reached;

	if (fabs(each - 1) < 1e-12)
		reached = nr / memory->slowdown[nr];
	else
		reached = 1 / mva_page_ns(1 / each, 1 / memory->capacity, nr);
	return fmin(reached / memory->capacity, 1);
}

static double node_bytes_per_s(const struct writers *w, unsigned int i)
{
	const struct machine_costs *costs = w->costs;
	double bytes = 0;

	if (costs->node)
		bytes = w->kind == WRITERS_MAINLINE ?
				costs->node[i].mainline_bytes_per_s :
				costs->node[i].bytes_per_s[w->kind];
	if (bytes > 0)
		return bytes;
	return w->kind == WRITERS_MAINLINE ? costs->mainline_bytes_per_s :
					     costs->node_bytes_per_s[w->kind];
}

static void memories_init(struct writers *w)
{
	unsigned int i, j;

	w->memory = xalloc(w->nr_nodes, sizeof(*w->memory));
	for (i = 0; i < w->nr_nodes; i++) {
		struct memory *memory = &w->memory[i];

		memory->capacity = node_bytes_per_s(w, i) * w->solo_ns /
				   (DESCRIPTOR * 1e9);
		for (j = 0; j < i && !memory->slowdown; j++)
			if (w->memory[j].capacity == memory->capacity)
				memory->slowdown = w->memory[j].slowdown;
		if (!memory->slowdown) {
			memory->slowdown = xalloc(w->most + 1, sizeof(double));
			mva_slowdown(1, 1 / memory->capacity, w->most,
				     memory->slowdown);
		}
		memory->resource = flow_add_resource(w->flow, memory->capacity);
		flow_set_curve(w->flow, memory->resource, memory_curve, memory);
	}
}

/**
 * writers_new - nobody writes yet
 * @topology: the machine
 * @costs: what things cost on it
 * @kind: of stores, the same for all
 *
 * Return: the writers; writers_free() them.
 */
struct writers *writers_new(const struct topology *topology,
			    const struct machine_costs *costs,
			    enum writers_kind kind)
{
	struct writers *w = xalloc(1, sizeof(*w));
	unsigned int i, j;

	w->costs = costs;
	w->kind = kind;
	w->store_ns = kind == WRITERS_MAINLINE ? costs->mainline_ns :
						 costs->page_ns[kind];
	w->solo_ns = w->store_ns + costs->fault_ns / DESCRIPTORS_PER_4K +
		     costs->lock_ns /
			     (MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES);
	w->nr_nodes = topology->nr_nodes;
	for (i = 0; i < topology->nr_nodes; i++)
		w->most += max(topology->nodes[i].nr_cpus, 1U);
	w->waiting = xalloc(w->most + w->nr_nodes, sizeof(*w->waiting));
	w->flow = flow_new();
	memories_init(w);

	/* Link i is resource nr_nodes + 2 i on its way there, + 1 back. */
	for (i = 0; i < costs->net.nr_links; i++)
		for (j = 0; j < 2; j++)
			flow_add_resource(w->flow,
					  w->solo_ns *
						  costs->net.link[i].bytes_per_s /
						  (DESCRIPTOR * 1e9));
	if (costs->net.nr_links)
		w->routes = routes_new(w->nr_nodes, &costs->net);

	i = w->nr_nodes * (w->routes ? w->nr_nodes : 2);
	w->group_of = xalloc(i, sizeof(*w->group_of));
	while (i--)
		w->group_of[i] = -1;
	return w;
}

/**
 * writers_free - the end of all writers
 * @w: from writers_new()
 */
void writers_free(struct writers *w)
{
	unsigned int i, j;

	for (i = 0; i < w->nr_nodes; i++) {
		double *slowdown = w->memory[i].slowdown;

		for (j = i; j < w->nr_nodes; j++)
			if (w->memory[j].slowdown == slowdown)
				w->memory[j].slowdown = NULL;
		free(slowdown);
	}
	for (i = 0; i < w->nr_groups; i++) {
		free(w->group[i]->heap);
		free(w->group[i]);
	}
	free(w->memory);
	free(w->group_of);
	free(w->group);
	free(w->order);
	free(w->dirty);
	free(w->waiting);
	flow_free(w->flow);
	routes_free(w->routes);
	free(w);
}

/* Heap of classes, by the time at which the next batch ends. */
static void order_place(struct writers *w, unsigned int at,
			struct writer_group *group)
{
	w->order[at] = group;
	group->pos = at;
}

static void order_update(struct writers *w, struct writer_group *group)
{
	unsigned int at = group->pos, nr = w->nr_groups;

	while (at && w->order[(at - 1) / 2]->due_ns > group->due_ns) {
		order_place(w, at, w->order[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child + 1 < nr &&
		    w->order[child + 1]->due_ns < w->order[child]->due_ns)
			child++;
		if (child >= nr || w->order[child]->due_ns >= group->due_ns)
			break;
		order_place(w, at, w->order[child]);
		at = child;
	}
	order_place(w, at, group);
}

struct crossing {
	struct writers *w;
	int class;
};

static void cross_link(void *arg, unsigned int link, bool back, double share)
{
	const struct crossing *crossing = arg;
	struct writers *w = crossing->w;
	int there = w->nr_nodes + 2 * link + back;
	int back_again = w->nr_nodes + 2 * link + !back;

	flow_use(w->flow, crossing->class, there, share);
	if (w->kind != WRITERS_NT)
		flow_use(w->flow, crossing->class, back_again, share);
}

/* The way from @home to @target, as flows see it. */
static int group_flow(struct writers *w, unsigned int home, unsigned int target,
		      double *alone)
{
	const struct machine_costs *costs = w->costs;
	struct crossing crossing = { .w = w };
	double wait_ns = 0, factor = 1;

	if (costs->node)
		wait_ns = costs->node[target].latency_ns;
	if (w->routes)
		wait_ns += 2 * route_latency_ns(w->routes, home, target);
	else if (home != target)
		factor = costs->remote_factor;
	wait_ns = fmax(wait_ns, 0) /
		  costs->lines_in_flight[w->kind == WRITERS_NT];

	*alone = w->solo_ns /
		 (w->solo_ns + wait_ns + (factor - 1) * w->store_ns);
	crossing.class = flow_add_class(w->flow, *alone, 0);
	flow_use(w->flow, crossing.class, w->memory[target].resource, 1);
	if (w->routes)
		route_walk(w->routes, home, target, cross_link, &crossing);
	return crossing.class;
}

static struct writer_group *group_find(struct writers *w, unsigned int home,
				       unsigned int target)
{
	/* Without links all remote homes are alike. */
	int *group_of = &w->group_of[w->routes ? home * w->nr_nodes + target :
						 2 * target + (home != target)];
	unsigned int nr = w->nr_groups;

	if (*group_of >= 0)
		return w->group[*group_of];
	if (!(nr & (nr - 1))) {
		w->group = xgrow(w->group, 2 * nr + 1, sizeof(*w->group));
		w->order = xgrow(w->order, 2 * nr + 1, sizeof(*w->order));
		w->dirty = xgrow(w->dirty, 2 * nr + 1, sizeof(*w->dirty));
	}
	w->group[nr] = xalloc(1, sizeof(**w->group));
	*group_of = group_flow(w, home, target, &w->group[nr]->alone);
	w->group[nr]->class = *group_of;
	w->group[nr]->due_ns = INFINITY;
	order_place(w, nr, w->group[nr]);
	w->nr_groups++;
	return w->group[nr];
}

/* Bring a group's work up to now; then its rate or its batches may change. */
static void group_update(struct writer_group *group, double now_ns)
{
	if (group->nr)
		group->served += (now_ns - group->since_ns) * group->rate;
	else
		group->served = 0;
	group->since_ns = now_ns;
}

static void group_schedule(struct writers *w, struct writer_group *group,
			   double now_ns)
{
	group->due_ns = INFINITY;
	if (group->nr)
		group->due_ns = now_ns +
				fmax(0, group->heap[0].mark - group->served) /
					group->rate;
	order_update(w, group);
}

static void group_dirty(struct writers *w, struct writer_group *group)
{
	if (!group->dirty)
		w->dirty[w->nr_dirty++] = group;
	group->dirty = true;
}

static void group_push(struct writers *w, struct writer_group *group,
		       double work, void *who)
{
	struct batch batch = { .mark = group->served + work, .who = who };
	unsigned int at;

	if (group->nr == group->capacity) {
		group->capacity = group->capacity ? 2 * group->capacity : 16;
		group->heap = xgrow(group->heap, group->capacity,
				    sizeof(*group->heap));
	}
	for (at = group->nr++;
	     at && group->heap[(at - 1) / 2].mark > batch.mark;
	     at = (at - 1) / 2)
		group->heap[at] = group->heap[(at - 1) / 2];
	group->heap[at] = batch;
	w->nr_batches++;
	group_dirty(w, group);
}

/**
 * writers_add - a CPU begins a batch
 * @w: the writers
 * @now_ns: when
 * @home: node of the CPU
 * @target: node of the memory
 * @pages: descriptors to write
 * @who: handed back by writers_pop()
 */
void writers_add(struct writers *w, double now_ns, unsigned int home,
		 unsigned int target, unsigned long pages, void *who)
{
	struct writer_group *group = group_find(w, home, target);
	double work = pages * w->solo_ns;

	if (group->nr < group->solved_nr) {
		group_update(group, now_ns);
		group_push(w, group, work, who);
		group_schedule(w, group, now_ns);
	} else {
		w->waiting[w->nr_waiting++] = (struct waiting){ .group = group,
								.work = work,
								.who = who };
	}
}

static void admit_waiting(struct writers *w, double now_ns)
{
	unsigned int i;

	for (i = 0; i < w->nr_waiting; i++) {
		struct waiting *waiting = &w->waiting[i];

		group_update(waiting->group, now_ns);
		group_push(w, waiting->group, waiting->work, waiting->who);
	}
	w->nr_waiting = 0;
}

static void solve(struct writers *w, double now_ns)
{
	unsigned int i, nr;
	const int *solved;

	admit_waiting(w, now_ns);
	for (i = 0; i < w->nr_dirty; i++) {
		struct writer_group *group = w->dirty[i];

		group->solved_nr = group->nr;
		flow_set_nr(w->flow, group->class, group->nr);
	}
	flow_solve(w->flow);
	solved = flow_solved(w->flow, &nr);
	for (i = 0; i < nr; i++) {
		struct writer_group *group = w->group[solved[i]];
		double rate = flow_rate(w->flow, solved[i]);

		if (rate == group->rate)
			continue;
		group_update(group, now_ns);
		group->rate = rate;
		group_schedule(w, group, now_ns);
	}
	for (i = 0; i < w->nr_dirty; i++) {
		w->dirty[i]->dirty = false;
		group_schedule(w, w->dirty[i], now_ns);
	}
	w->nr_dirty = 0;
	w->solve_ns = now_ns;
	if (nr > SOLVE_AT_ONCE)
		w->solve_ns += nr * SOLVE_LAG_NS;
}

/**
 * writers_due - when does the next batch end?
 * @w: the writers
 * @now_ns: all that happened before is known
 *
 * Return: ns, or when to ask again; INFINITY if nobody writes.
 */
double writers_due(struct writers *w, double now_ns)
{
	bool changed = w->nr_dirty || w->nr_waiting;
	double due = w->nr_groups ? w->order[0]->due_ns : INFINITY;

	/* Once for all that end at this moment. */
	if (!changed || due <= now_ns)
		return due;
	if (w->nr_batches && now_ns < w->solve_ns)
		return fmin(due, w->solve_ns);
	solve(w, now_ns);
	return w->order[0]->due_ns;
}

/**
 * writers_pop - take out a batch that ends now
 * @w: the writers
 * @now_ns: what writers_due() said
 *
 * Return: who was writing it; NULL if none ends now.
 */
void *writers_pop(struct writers *w, double now_ns)
{
	struct writer_group *group = w->order[0];
	unsigned int at = 0;
	struct batch last;
	void *who;

	if (group->due_ns > now_ns)
		return NULL;
	who = group->heap[0].who;
	group_update(group, now_ns);
	w->nr_batches--;
	last = group->heap[--group->nr];
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child + 1 < group->nr &&
		    group->heap[child + 1].mark < group->heap[child].mark)
			child++;
		if (child >= group->nr || group->heap[child].mark >= last.mark)
			break;
		group->heap[at] = group->heap[child];
		at = child;
	}
	group->heap[at] = last;
	group_dirty(w, group);
	group_schedule(w, group, now_ns);
	return who;
}
