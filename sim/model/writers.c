// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writers that share home and target form a group, which is one class of flows
 * (model/memory_system.h).
 *
 * All of a group run at one rate, so a group needs one number: how much work
 * each of its writers has been served so far. A batch ends when that number has
 * grown by the batch's own work. The batches of a group are in a heap by that
 * mark, the groups in a heap by the time at which their next batch ends. When
 * one writer ends and another begins in the same group, no rate changes.
 *
 * Work is in ns of a CPU alone in front of its own memory.
 *
 * Where CPUs that help other nodes tie thousands of groups together, a solution
 * for all of them at every beginning and end would take longer than the machine
 * itself. So after a solution of many groups the next one has to wait a little
 * (SOLVE_LAG_NS). Until then a batch that ends leaves its share unused, and one
 * that begins waits for a share, or takes that of one that has ended: nothing
 * is ever over its capacity.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/heap.h"
#include "model/writers.h"

/* Up to so many groups nothing waits; for each of them else, so long. */
#define SOLVE_AT_ONCE 64
#define SOLVE_LAG_NS  8.0

/**
 * struct batch - being written
 * @mark: ends when its group has been served so much
 * @writer: as given to writers_add()
 */
struct batch {
	double mark;
	void *writer;
};

/**
 * struct waiting - a batch that waits for the next solution
 * @group: where it belongs
 * @work: how much it is
 * @writer: as given to writers_add()
 */
struct waiting {
	struct group *group;
	double work;
	void *writer;
};

/**
 * struct group - writers that share home and target
 * @class: in the flow system, and in the list of groups
 * @served: work that each writer has been given
 * @since_ns: when @served was brought up to date
 * @rate: of each writer, since then
 * @batches: struct batch, the earliest mark first
 * @solved_nr: how many there may be at this rate
 * @place: in the heap of groups
 * @target: node of the memory
 * @part: what holds its writers
 * @nr_parts: how many
 * @written: work done since then and not recorded
 * @dirty: batches have begun or ended since the last solution
 */
struct group {
	int class;
	double served;
	double since_ns;
	double rate;
	struct heap batches;
	unsigned int solved_nr;
	unsigned int place;
	unsigned int target;
	struct why_part part[WHY_PARTS];
	unsigned int nr_parts;
	double written;
	bool dirty;
};

/**
 * struct due - that a batch of a group ends
 * @ns: when its first one does; INFINITY without one
 * @group: the group
 */
struct due {
	double ns;
	struct group *group;
};

/**
 * struct writers - all writers of a machine
 * @ms: what they share
 * @page_ns: the work of a page
 * @group: by class
 * @nr_groups: how many
 * @by_due: struct due, one for each group, the next first
 * @dirty: groups that are dirty
 * @nr_dirty: how many
 * @waiting: batches that wait for the next solution
 * @nr_waiting: how many
 * @nr_batches: batches that are being written
 * @nr_steps: batches that have ended, and rates that were looked at
 * @solve_ns: no solution before
 * @why: what holds the writers
 */
struct writers {
	struct memory_system *ms;
	double page_ns;
	struct group **group;
	unsigned int nr_groups;
	struct heap by_due;
	struct group **dirty;
	unsigned int nr_dirty;
	struct waiting *waiting;
	unsigned int nr_waiting;
	unsigned int nr_batches;
	unsigned long nr_steps;
	double solve_ns;
	struct why_record *why;
};

static bool batch_before(const void *a, const void *b)
{
	const struct batch *batch = a, *other = b;

	return batch->mark < other->mark;
}

static const struct heap_order by_mark = {
	.bytes = sizeof(struct batch),
	.before = batch_before,
};

static bool due_before(const void *a, const void *b)
{
	const struct due *due = a, *other = b;

	return due->ns < other->ns;
}

static void due_moved(void *entry, unsigned int at)
{
	((struct due *)entry)->group->place = at;
}

static const struct heap_order by_due = {
	.bytes = sizeof(struct due),
	.before = due_before,
	.moved = due_moved,
};

/**
 * writers_new - the writers of a machine, none of them yet
 * @topology: the machine
 * @costs: what things cost on it; must outlive the writers
 * @mode: how struct pages are written, the same for all
 *
 * Return: the writers; writers_free() them.
 */
struct writers *writers_new(const struct topology *topology,
			    const struct machine_costs *costs,
			    enum write_mode mode)
{
	struct writers *w = xcalloc(1, sizeof(*w));

	/*
	 * A batch for each CPU, and for a thread of each node without CPUs; a
	 * load's CPU may begin before a thread has ended its batch there.
	 */
	w->waiting = xcalloc(2 * topology_cpus(topology) + topology->nr_nodes,
			     sizeof(*w->waiting));
	w->ms = memory_system_new(topology, costs, mode);
	w->page_ns = memory_system_page_ns(w->ms);
	w->why = why_new(topology->nr_nodes);
	return w;
}

/**
 * writers_free - forget all writers
 * @w: from writers_new()
 */
void writers_free(struct writers *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_groups; i++) {
		heap_free(&w->group[i]->batches);
		free(w->group[i]);
	}
	heap_free(&w->by_due);
	free(w->group);
	free(w->dirty);
	free(w->waiting);
	memory_system_free(w->ms);
	why_free(w->why);
	free(w);
}

static struct group *group_find(struct writers *w, unsigned int home,
				unsigned int target)
{
	unsigned int nr = w->nr_groups;
	int class = memory_system_class(w->ms, home, target);
	struct due due = { .ns = INFINITY };
	struct group *group;

	if ((unsigned int)class < nr)
		return w->group[class];
	w->group = xgrow(w->group, nr, sizeof(*w->group));
	w->dirty = xgrow(w->dirty, nr, sizeof(*w->dirty));
	group = xcalloc(1, sizeof(*group));
	group->class = class;
	group->target = target;
	due.group = group;
	heap_push(&w->by_due, &by_due, &due);
	w->group[w->nr_groups++] = group;
	return group;
}

/* Bring a group's work up to now; then its rate or its batches may change. */
static void group_update(struct group *group, double now_ns)
{
	double work = (now_ns - group->since_ns) * group->rate;

	if (group->batches.nr)
		group->served += work;
	else
		group->served = 0;
	group->written += work * group->batches.nr;
	group->since_ns = now_ns;
}

/* What was written until now was held by what held it. */
static void group_record(struct writers *w, struct group *group)
{
	why_pages(w->why, group->target, group->part, group->nr_parts,
		  group->written);
	group->written = 0;
}

/* A new solution: is it still the same that holds these writers? */
static void group_held(struct writers *w, struct group *group, double now_ns)
{
	struct why_part part[WHY_PARTS];
	unsigned int nr, i;

	if (!group->batches.nr)
		return;
	nr = memory_system_why(w->ms, group->class, part);
	for (i = 0; i < nr && nr == group->nr_parts; i++)
		if (part[i].kind != group->part[i].kind ||
		    part[i].place != group->part[i].place ||
		    part[i].part != group->part[i].part)
			break;
	if (nr == group->nr_parts && i == nr)
		return;
	group_update(group, now_ns);
	group_record(w, group);
	memcpy(group->part, part, sizeof(part));
	group->nr_parts = nr;
}

static void group_set_due(struct writers *w, struct group *group, double now_ns)
{
	const struct batch *first = heap_first(&group->batches);
	struct due *due = heap_at(&w->by_due, &by_due, group->place);

	due->ns = INFINITY;
	if (first)
		due->ns = now_ns +
			  fmax(0, first->mark - group->served) / group->rate;
}

static void group_schedule(struct writers *w, struct group *group,
			   double now_ns)
{
	group_set_due(w, group, now_ns);
	heap_update(&w->by_due, &by_due, group->place);
}

static void group_dirty(struct writers *w, struct group *group)
{
	if (!group->dirty)
		w->dirty[w->nr_dirty++] = group;
	group->dirty = true;
}

static void group_push(struct writers *w, struct group *group, double work,
		       void *writer)
{
	struct batch batch = { .mark = group->served + work, .writer = writer };

	heap_push(&group->batches, &by_mark, &batch);
	w->nr_batches++;
	group_dirty(w, group);
}

/**
 * writers_add - a CPU begins a batch
 * @w: the writers
 * @now_ns: when
 * @home: node of the CPU
 * @target: node of the memory
 * @pages: struct pages to write
 * @writer: handed back by writers_pop()
 */
void writers_add(struct writers *w, double now_ns, unsigned int home,
		 unsigned int target, unsigned long pages, void *writer)
{
	struct group *group = group_find(w, home, target);
	double work = pages * w->page_ns;

	why_writer(w->why, now_ns, target, 1);
	if (group->batches.nr < group->solved_nr) {
		group_update(group, now_ns);
		group_push(w, group, work, writer);
		group_schedule(w, group, now_ns);
	} else {
		w->waiting[w->nr_waiting++] = (struct waiting){
			.group = group,
			.work = work,
			.writer = writer,
		};
	}
}

static void admit_waiting(struct writers *w, double now_ns)
{
	unsigned int i;

	for (i = 0; i < w->nr_waiting; i++) {
		struct waiting *waiting = &w->waiting[i];

		group_update(waiting->group, now_ns);
		group_push(w, waiting->group, waiting->work, waiting->writer);
	}
	w->nr_waiting = 0;
}

static void solve(struct writers *w, double now_ns)
{
	struct flow_sys *flow = memory_system_flows(w->ms);
	unsigned int i, nr;
	const int *solved;
	bool many;

	admit_waiting(w, now_ns);
	for (i = 0; i < w->nr_dirty; i++) {
		struct group *group = w->dirty[i];

		group->solved_nr = group->batches.nr;
		flow_set_nr(flow, group->class, group->batches.nr);
	}
	flow_solve(flow);
	solved = flow_solved(flow, &nr);
	w->nr_steps += nr;
	/* Where many move, all are put in order again: that is less work. */
	many = nr > SOLVE_AT_ONCE && nr > w->nr_groups / 8;
	for (i = 0; i < nr; i++) {
		struct group *group = w->group[solved[i]];
		double rate = flow_rate(flow, solved[i]);

		group_held(w, group, now_ns);
		if (rate == group->rate)
			continue;
		group_update(group, now_ns);
		group->rate = rate;
		/* Those that are dirty come below. */
		if (group->dirty)
			continue;
		if (many)
			group_set_due(w, group, now_ns);
		else
			group_schedule(w, group, now_ns);
	}
	for (i = 0; i < w->nr_dirty; i++) {
		w->dirty[i]->dirty = false;
		if (many)
			group_set_due(w, w->dirty[i], now_ns);
		else
			group_schedule(w, w->dirty[i], now_ns);
	}
	if (many)
		heap_build(&w->by_due, &by_due);
	w->nr_dirty = 0;
	w->solve_ns = now_ns;
	if (nr > SOLVE_AT_ONCE)
		w->solve_ns += nr * SOLVE_LAG_NS;
}

/* When the next batch ends, at the rates of the last solution. */
static double first_due(const struct writers *w)
{
	const struct due *first = heap_first(&w->by_due);

	return first ? first->ns : INFINITY;
}

/**
 * writers_due - when does the next batch end?
 * @w: the writers
 * @now_ns: all that happened before is known
 *
 * Return: ns, or when to ask again; INFINITY if there are no writers.
 */
double writers_due(struct writers *w, double now_ns)
{
	bool changed = w->nr_dirty || w->nr_waiting;
	double due = first_due(w);

	/* One solution for all batches that end at this moment. */
	if (!changed || due <= now_ns)
		return due;
	if (w->nr_batches && now_ns < w->solve_ns)
		return fmin(due, w->solve_ns);
	solve(w, now_ns);
	return first_due(w);
}

static void *first_writer(const struct group *group)
{
	const struct batch *first = heap_first(&group->batches);

	return first->writer;
}

/**
 * writers_pop - take out a batch that ends now
 * @w: the writers
 * @now_ns: what writers_due() said
 *
 * Return: the writer that was given to writers_add(); NULL if none ends now.
 */
void *writers_pop(struct writers *w, double now_ns)
{
	const struct due *first = heap_first(&w->by_due);
	struct group *group;
	void *writer;

	if (!first || first->ns > now_ns)
		return NULL;
	group = first->group;
	writer = first_writer(group);
	group_update(group, now_ns);
	why_writer(w->why, now_ns, group->target, -1);
	w->nr_steps++;
	w->nr_batches--;
	heap_pop(&group->batches, &by_mark);
	/* Most likely the next to end: thousands of writers fit in no cache. */
	if (group->batches.nr)
		__builtin_prefetch(first_writer(group));
	group_dirty(w, group);
	group_schedule(w, group, now_ns);
	return writer;
}

/**
 * writers_latency_ns - how far a node's memory is, by nothing else
 * @w: the writers
 * @home: node of a CPU
 * @target: node of the memory
 *
 * Return: what its answer takes, more than that of the nearest.
 */
double writers_latency_ns(const struct writers *w, unsigned int home,
			  unsigned int target)
{
	return memory_system_latency_ns(w->ms, home, target);
}

/**
 * writers_alone - how fast a CPU writes a node's memory, if nobody else does
 * @w: the writers
 * @home: node of a CPU
 * @target: node of the memory
 *
 * Return: as a part of what it reaches in front of the nearest.
 */
double writers_alone(const struct writers *w, unsigned int home,
		     unsigned int target)
{
	return memory_system_alone(w->ms, home, target);
}

/**
 * writers_steps - how much work this was for the program itself
 * @w: the writers
 *
 * Return: batches that have ended, and rates that were looked at.
 */
unsigned long writers_steps(const struct writers *w)
{
	return w->nr_steps;
}

/**
 * writers_why - what bounded them
 * @w: the writers; all batches have ended
 * @early_ns: until early memory was written
 * @end_ns: until all was initialised
 * @why: the shares
 */
void writers_why(struct writers *w, double early_ns, double end_ns,
		 struct why *why)
{
	unsigned int i;

	for (i = 0; i < w->nr_groups; i++)
		group_record(w, w->group[i]);
	why_result(w->why, early_ns, end_ns, why);
}
