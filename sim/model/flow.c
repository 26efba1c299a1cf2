// SPDX-License-Identifier: GPL-2.0-only
/*
 * Max-min fair sharing by progressive filling: flow.h says what is computed.
 *
 * All rates rise together, so one number, the level, is the rate of everybody
 * who is not frozen yet. Bounds are met in sorted order. Freezing a class can
 * only raise the level at which a resource fills up, so the lowest of these
 * levels stays a floor under all of them until a bound lies above it; only
 * then are the resources looked at again.
 *
 * Only what may have changed is solved: flow_solve() starts at the classes
 * touched since the last call and takes in whatever is connected to them.
 * Nodes that share no link stay independent of each other.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "model/flow.h"

/*
 * Seen from a class, @other is a resource; seen from a resource, a class. @twin
 * is the place of the same use in the other's list.
 */
struct use {
	int other;
	unsigned int twin;
	double usage;
};

struct uses {
	struct use *use;
	unsigned int nr;
};

/**
 * struct resource - something of which there is only so much
 * @capacity: as given
 * @usable: what the curve leaves of it
 * @left: not taken by frozen classes
 * @demand: how fast the load grows with the level
 * @exact: @demand when it was last summed up: what is left of a long series
 *	of subtractions is mostly rounding
 * @fills: level at which it fills, or less: what the heap is ordered by
 * @nr_live: classes not frozen
 * @curve: see flow_curve_fn; may be NULL
 * @arg: for @curve
 * @uses: who crosses it, classes with flows first
 * @nr_busy: how many of these have flows
 * @seen: in the part being solved
 */
struct resource {
	double capacity;
	double usable;
	double left;
	double demand;
	double exact;
	double fills;
	unsigned int nr_live;
	flow_curve_fn curve;
	void *arg;
	struct uses uses;
	unsigned int nr_busy;
	bool seen;
};

struct class
{
	double bound;
	double rate;
	unsigned long nr;
	struct uses uses;
	bool touched;
	bool seen;
	bool frozen;
};

/* @touched, @part, @full have room for all classes or resources there are. */
struct flow_sys {
	struct resource *resource;
	struct class *class;
	unsigned int nr_resources;
	unsigned int nr_classes;
	int *touched; /* classes changed since the last solution */
	unsigned int nr_touched;
	int *part; /* classes being solved */
	unsigned int nr_part;
	int *full; /* resources being solved */
	unsigned int nr_full;
};

/* Doubling at powers of two needs no separate capacity field. */
static void *grow(void *array, unsigned int nr, size_t size)
{
	void *bigger;

	if (nr & (nr - 1))
		return array;
	bigger = realloc(array, (nr ? 2UL * nr : 1) * size);
	if (!bigger)
		abort();
	return bigger;
}

static void uses_add(struct uses *uses, int other, unsigned int twin,
		     double usage)
{
	uses->use = grow(uses->use, uses->nr, sizeof(*uses->use));
	uses->use[uses->nr++] = (struct use){ other, twin, usage };
}

static void uses_place(struct flow_sys *sys, struct resource *r,
		       unsigned int at, struct use use)
{
	r->uses.use[at] = use;
	sys->class[use.other].uses.use[use.twin].twin = at;
}

/* A class was or is idle: change places with one at the edge of the busy. */
static void use_set_busy(struct flow_sys *sys, const struct use *use, bool busy)
{
	struct resource *r = &sys->resource[use->other];
	unsigned int from = use->twin;
	unsigned int to = busy ? r->nr_busy++ : --r->nr_busy;
	struct use moved = r->uses.use[from];

	uses_place(sys, r, from, r->uses.use[to]);
	uses_place(sys, r, to, moved);
}

static void touch(struct flow_sys *sys, int class)
{
	if (sys->class[class].touched)
		return;
	sys->class[class].touched = true;
	sys->touched[sys->nr_touched++] = class;
}

/**
 * flow_new - an empty system
 *
 * Running out of memory ends the process, here and in all of this file.
 *
 * Return: the system; flow_free() it.
 */
struct flow_sys *flow_new(void)
{
	struct flow_sys *sys = calloc(1, sizeof(*sys));

	if (!sys)
		abort();
	return sys;
}

/**
 * flow_free - forget a system
 * @sys: from flow_new(), or NULL
 */
void flow_free(struct flow_sys *sys)
{
	unsigned int i;

	if (!sys)
		return;
	for (i = 0; i < sys->nr_resources; i++)
		free(sys->resource[i].uses.use);
	for (i = 0; i < sys->nr_classes; i++)
		free(sys->class[i].uses.use);
	free(sys->resource);
	free(sys->class);
	free(sys->touched);
	free(sys->part);
	free(sys->full);
	free(sys);
}

/**
 * flow_add_resource - something of which there is only so much
 * @sys: the system
 * @capacity: greater than 0; INFINITY for one that never fills
 *
 * Return: its number, counted from 0, or -EINVAL.
 */
int flow_add_resource(struct flow_sys *sys, double capacity)
{
	int nr = sys->nr_resources;

	if (!(capacity > 0))
		return -EINVAL;
	sys->resource = grow(sys->resource, nr, sizeof(*sys->resource));
	sys->full = grow(sys->full, nr, sizeof(*sys->full));
	sys->resource[nr] = (struct resource){ .capacity = capacity,
					       .usable = capacity };
	return sys->nr_resources++;
}

/**
 * flow_set_curve - let a resource bend
 * @sys: the system
 * @resource: which; before anybody crosses it
 * @curve: see flow_curve_fn
 * @arg: handed to @curve
 */
void flow_set_curve(struct flow_sys *sys, int resource, flow_curve_fn curve,
		    void *arg)
{
	sys->resource[resource].curve = curve;
	sys->resource[resource].arg = arg;
}

/**
 * flow_add_class - flows that are alike
 * @sys: the system
 * @bound: no flow of the class is ever faster; greater than 0, INFINITY for
 *	none, which is only legal for a class that crosses a finite resource
 * @nr: number of flows; 0 for a class that is idle at the moment
 *
 * Return: its number, counted from 0, or -EINVAL.
 */
int flow_add_class(struct flow_sys *sys, double bound, unsigned long nr)
{
	int class = sys->nr_classes;

	if (!(bound > 0))
		return -EINVAL;
	sys->class = grow(sys->class, class, sizeof(*sys->class));
	sys->touched = grow(sys->touched, class, sizeof(*sys->touched));
	sys->part = grow(sys->part, class, sizeof(*sys->part));
	sys->class[class] = (struct class){ .bound = bound, .nr = nr };
	sys->nr_classes++;
	touch(sys, class);
	return class;
}

/**
 * flow_use - make the flows of a class cross a resource
 * @sys: the system
 * @class: from flow_add_class()
 * @resource: from flow_add_resource(); at most once for each class
 * @usage: what a flow takes for each unit of its rate, greater than 0: 2 for
 *	stores that read a line before they write it
 *
 * Return: 0 or -EINVAL.
 */
int flow_use(struct flow_sys *sys, int class, int resource, double usage)
{
	struct resource *r;
	struct class *c;

	if (class < 0 || (unsigned int)class >= sys->nr_classes ||
	    resource < 0 || (unsigned int)resource >= sys->nr_resources ||
	    !(usage > 0) || isinf(usage))
		return -EINVAL;
	c = &sys->class[class];
	r = &sys->resource[resource];
	uses_add(&c->uses, resource, r->uses.nr, usage);
	uses_add(&r->uses, class, c->uses.nr - 1, usage);
	if (c->nr)
		use_set_busy(sys, &c->uses.use[c->uses.nr - 1], true);
	touch(sys, class);
	return 0;
}

/**
 * flow_set_nr - change the number of flows in a class
 * @sys: the system
 * @class: which
 * @nr: how many; 0 takes the class out of the system
 */
void flow_set_nr(struct flow_sys *sys, int class, unsigned long nr)
{
	struct class *c = &sys->class[class];
	unsigned int i;

	if (c->nr == nr)
		return;
	for (i = 0; !c->nr != !nr && i < c->uses.nr; i++)
		use_set_busy(sys, &c->uses.use[i], nr);
	c->nr = nr;
	touch(sys, class);
}

static void collect_class(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];

	if (c->seen)
		return;
	c->seen = true;
	c->rate = 0;
	c->frozen = !c->nr;
	sys->part[sys->nr_part++] = class;
}

static void collect_resource(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resource[resource];
	unsigned long nr = 0;
	double offered = 0;
	unsigned int i;

	if (r->seen)
		return;
	r->seen = true;
	sys->full[sys->nr_full++] = resource;
	r->demand = 0;
	r->nr_live = 0;
	for (i = 0; i < r->nr_busy; i++) {
		const struct use *u = &r->uses.use[i];
		const struct class *c = &sys->class[u->other];

		r->demand += u->usage * c->nr;
		offered += c->bound * u->usage * c->nr;
		nr += c->nr;
		r->nr_live++;
		collect_class(sys, u->other);
	}
	r->exact = r->demand;
	r->usable = r->capacity;
	if (r->curve && nr && !isinf(r->capacity))
		r->usable *= r->curve(nr, offered / r->capacity, r->arg);
	r->left = r->usable;
}

/* Everything that is connected to what was touched. */
static void collect(struct flow_sys *sys)
{
	unsigned int i, j;

	sys->nr_part = 0;
	sys->nr_full = 0;
	for (i = 0; i < sys->nr_touched; i++) {
		sys->class[sys->touched[i]].touched = false;
		collect_class(sys, sys->touched[i]);
	}
	sys->nr_touched = 0;
	/* An idle class was touched when it fell idle: others gain by that. */
	for (i = 0; i < sys->nr_part; i++) {
		const struct uses *uses = &sys->class[sys->part[i]].uses;

		for (j = 0; j < uses->nr; j++)
			collect_resource(sys, uses->use[j].other);
	}
	for (i = 0; i < sys->nr_part; i++)
		sys->class[sys->part[i]].seen = false;
	for (i = 0; i < sys->nr_full; i++)
		sys->resource[sys->full[i]].seen = false;
}

static int by_bound(const void *a, const void *b, void *arg)
{
	int one = *(const int *)a, other = *(const int *)b;
	const struct class *class = arg;

	if (class[one].bound != class[other].bound)
		return class[one].bound < class[other].bound ? -1 : 1;
	return one - other;
}

static void freeze(struct flow_sys *sys, struct class *c, double rate)
{
	unsigned int i, j;

	c->rate = rate;
	c->frozen = true;
	for (i = 0; i < c->uses.nr; i++) {
		const struct use *u = &c->uses.use[i];
		struct resource *r = &sys->resource[u->other];

		r->left -= rate * u->usage * c->nr;
		r->demand -= u->usage * c->nr;
		if (!--r->nr_live || r->demand > r->exact * 1e-6)
			continue;
		r->demand = 0;
		for (j = 0; j < r->nr_busy; j++) {
			u = &r->uses.use[j];
			if (!sys->class[u->other].frozen)
				r->demand += u->usage * sys->class[u->other].nr;
		}
		r->exact = r->demand;
	}
}

/* @full is a heap by @fills: let the entry sink to its place. */
static void sink(struct flow_sys *sys, unsigned int at)
{
	int *full = sys->full;
	unsigned int child;
	int moved = full[at];

	for (; (child = 2 * at + 1) < sys->nr_full; at = child) {
		if (child + 1 < sys->nr_full &&
		    sys->resource[full[child + 1]].fills <
			    sys->resource[full[child]].fills)
			child++;
		if (sys->resource[moved].fills <=
		    sys->resource[full[child]].fills)
			break;
		full[at] = full[child];
	}
	full[at] = moved;
}

static double fills(const struct resource *r)
{
	return r->nr_live ? fmax(r->left, 0) / r->demand : INFINITY;
}

static void heap_init(struct flow_sys *sys)
{
	unsigned int i;

	for (i = 0; i < sys->nr_full; i++)
		sys->resource[sys->full[i]].fills =
			fills(&sys->resource[sys->full[i]]);
	for (i = sys->nr_full / 2; i--;)
		sink(sys, i);
}

/*
 * The resource that fills first, and at what level; NULL: none ever does.
 * A class that freezes does so at no more than that level, so resources only
 * ever fill later than they said: what the heap holds is a lower bound, and to
 * ask its top again is enough.
 */
static struct resource *tightest(struct flow_sys *sys, double *level)
{
	while (sys->nr_full) {
		struct resource *r = &sys->resource[sys->full[0]];

		*level = fills(r);
		if (*level <= r->fills && r->nr_live)
			return r;
		r->fills = *level;
		if (!r->nr_live)
			sys->full[0] = sys->full[--sys->nr_full];
		sink(sys, 0);
	}
	*level = INFINITY;
	return NULL;
}

/**
 * flow_solve - compute all rates
 * @sys: the system
 *
 * Rates of parts of the system that nothing touched since the last call stay
 * as they are.
 */
void flow_solve(struct flow_sys *sys)
{
	double floor = 0, level;
	unsigned int at = 0, i;

	collect(sys);
	if (sys->nr_part > 1)
		qsort_r(sys->part, sys->nr_part, sizeof(*sys->part), by_bound,
			sys->class);
	heap_init(sys);
	while (at < sys->nr_part) {
		struct class *c = &sys->class[sys->part[at]];
		struct resource *r;

		if (c->frozen) {
			at++;
			continue;
		}
		if (c->bound <= floor) {
			/* The bound itself, not a product that rounds. */
			freeze(sys, c, c->bound);
			continue;
		}
		r = tightest(sys, &level);
		if (level > floor) {
			floor = level;
			continue;
		}
		for (i = 0; i < r->nr_busy; i++) {
			c = &sys->class[r->uses.use[i].other];
			if (!c->frozen)
				freeze(sys, c, level);
		}
	}
}

/**
 * flow_solved - which classes the last flow_solve() looked at
 * @sys: the system
 * @nr: how many
 *
 * Return: their numbers; the rates of all others are what they were.
 */
const int *flow_solved(const struct flow_sys *sys, unsigned int *nr)
{
	*nr = sys->nr_part;
	return sys->part;
}

/**
 * flow_rate - rate of each flow of a class, as of the last flow_solve()
 * @sys: the system
 * @class: which
 *
 * Return: the rate; 0 for a class without flows.
 */
double flow_rate(const struct flow_sys *sys, int class)
{
	return sys->class[class].rate;
}

/**
 * flow_load - what all flows together take from a resource
 * @sys: the system
 * @resource: which
 *
 * Return: never more than flow_capacity(), but for rounding.
 */
double flow_load(const struct flow_sys *sys, int resource)
{
	const struct resource *r = &sys->resource[resource];
	double load = 0;
	unsigned int i;

	for (i = 0; i < r->nr_busy; i++) {
		const struct use *u = &r->uses.use[i];

		load += sys->class[u->other].rate * u->usage *
			sys->class[u->other].nr;
	}
	return load;
}

/**
 * flow_capacity - what could be taken from a resource in the last solution
 * @sys: the system
 * @resource: which
 *
 * Return: the capacity, less what its curve withholds.
 */
double flow_capacity(const struct flow_sys *sys, int resource)
{
	return sys->resource[resource].usable;
}
