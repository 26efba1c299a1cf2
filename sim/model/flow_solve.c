// SPDX-License-Identifier: GPL-2.0-only
/*
 * Max-min fair sharing by progressive filling: flow.h says what is computed.
 *
 * All rates rise together, so one number, the level, is the rate of every class
 * that is not frozen yet. Bounds are met in sorted order. Freezing a class can
 * only raise the level at which a resource fills up, so the lowest of these
 * levels stays a floor under all of them until a bound lies above it; only
 * then are the resources looked at again.
 *
 * Only what may have changed is solved: flow_solve() starts at the classes
 * touched since the last call and takes in all that are connected to them.
 * Nodes that share no link stay independent of each other.
 */
#include <math.h>
#include <stdlib.h>
#include "model/flow_internal.h"

static bool fills_before(const void *a, const void *b)
{
	const struct filling *filling = a, *other = b;

	return filling->level < other->level;
}

static const struct heap_order by_level = {
	.bytes = sizeof(struct filling),
	.before = fills_before,
};

static double fills_at(const struct resource *r)
{
	return r->nr_live ? fmax(r->left, 0) / r->demand : INFINITY;
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
	struct filling filling = { .resource = resource };
	unsigned long nr = 0;
	double offered = 0;
	unsigned int i;

	if (r->seen)
		return;
	r->seen = true;
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
	filling.level = fills_at(r);
	heap_append(&sys->filling, &by_level, &filling);
}

/* Everything that is connected to what was touched. */
static void collect(struct flow_sys *sys)
{
	unsigned int i, j;

	sys->nr_part = 0;
	heap_clear(&sys->filling);
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
	for (i = 0; i < sys->filling.nr; i++) {
		const struct filling *filling = heap_at(&sys->filling,
							&by_level, i);

		sys->resource[filling->resource].seen = false;
	}
	heap_build(&sys->filling, &by_level);
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

/*
 * The resource that fills first, and at what level; NULL: none ever does.
 * A class that freezes does so at no more than that level, so resources only
 * ever fill later than they said: what the heap holds is a lower bound, and to
 * ask its first one again is enough.
 */
static struct resource *tightest(struct flow_sys *sys, double *level)
{
	struct filling *first;

	while ((first = heap_first(&sys->filling))) {
		struct resource *r = &sys->resource[first->resource];

		if (!r->nr_live) {
			heap_pop(&sys->filling, &by_level);
			continue;
		}
		*level = fills_at(r);
		if (*level <= first->level)
			return r;
		first->level = *level;
		heap_update(&sys->filling, &by_level, 0);
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
