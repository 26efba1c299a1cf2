// SPDX-License-Identifier: GPL-2.0-only
/*
 * Max-min fair sharing by progressive filling: flow.h says what is computed.
 *
 * All rates rise together, so one number, the level, is the rate of every class
 * that is not frozen yet. The lowest bound is met next, or a resource is full
 * before that. Freezing a class can only raise the level at which a resource
 * fills up, so the lowest of these levels stays a floor under all of them until
 * a bound lies above it; only then are the resources looked at again.
 *
 * What one resource held rises together again, and mostly the same resource
 * holds it again: it is frozen as one, a bundle (flow_bundle.c). Where another
 * one is full before, those who cross that leave their bundle for its, and who
 * meets the bound is in none: it is single.
 *
 * Most changes matter to few: a class that comes shares with those that its
 * full resources hold, and where it finds room, nobody notices. So only a part
 * is solved, at first the classes that were touched and what their resources
 * hold. All others stand: they keep their rates and take what they took. Then
 * each resource that the part crosses is asked whether what stands may: nobody
 * is faster than its level, and those that it holds are at it. Who fails is
 * lifted, joins the part, and it is solved again. What is left to stand in the
 * end has the certificate of max-min fairness, which one allocation only has.
 */
#include <math.h>
#include "model/flow_internal.h"

/* Loads and rates that differ by less are equal; a share of either. */
#define TINY 1e-10

/*
 * So many times a part may grow; then all bundles are solved. Where there are
 * few classes all that is connected is, at once: that takes no longer, and
 * nothing that was rounded stays.
 */
#define MOST_ROUNDS 6
#define FEW_CLASSES 64

static bool fills_before(const void *a, const void *b)
{
	const struct filling *filling = a, *other = b;

	return filling->level < other->level;
}

static const struct heap_order by_level = {
	.bytes = sizeof(struct filling),
	.before = fills_before,
};

static bool meets_before(const void *a, const void *b)
{
	const struct meeting *meeting = a, *other = b;

	return meeting->bound < other->bound;
}

static const struct heap_order by_bound = {
	.bytes = sizeof(struct meeting),
	.before = meets_before,
};

static double fills_at(const struct resource *r)
{
	return r->nr_live ? fmax(r->left, 0) / r->demand : INFINITY;
}

static bool rises(const struct flow_sys *sys, const struct class *c)
{
	const struct bundle *b;

	if (c->single)
		return !c->frozen;
	if (!c->nr_stands || c->holder < 0)
		return false;
	b = &sys->bundle[c->holder];
	return b->lifted && !b->frozen;
}

static void sum_up_demand(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resource[resource];
	unsigned int i;

	r->demand = 0;
	for (i = 0; i < r->nr_classes; i++) {
		const struct class *c = &sys->class[r->class[i]];

		if (rises(sys, c))
			r->demand += usage_of(sys, c, resource) * c->nr;
	}
	r->exact = r->demand;
}

/* Some that cross it do not rise any more. */
static void less_demand(struct flow_sys *sys, int resource, double level,
			double weight, unsigned int nr)
{
	struct resource *r = &sys->resource[resource];

	r->left -= level * weight;
	r->demand -= weight;
	r->highest = level;
	r->nr_live -= nr;
	if (r->nr_live && r->demand <= r->exact * 1e-6)
		sum_up_demand(sys, resource);
}

static void freeze_bundle(struct flow_sys *sys, struct bundle *b, double level)
{
	struct cell_at at = { 0 };

	b->level = level;
	b->frozen = true;
	sys->nr_live -= b->nr;
	while (next_cell(b, &at))
		less_demand(sys, at.resource, level, at.cell->weight,
			    at.cell->nr);
}

/* A class that rises does not any more; @holder: what holds it, -1: its bound */
static void freeze(struct flow_sys *sys, int class, double level, int holder)
{
	struct class *c = &sys->class[class];
	double nr = c->nr;
	unsigned int i;

	sys->nr_live--;
	if (!c->single)
		bundle_leave(sys, class);
	c->single = holder < 0;
	c->frozen = c->single;
	c->holder = holder;
	if (holder >= 0)
		bundle_enter(sys, holder, class);
	for (i = 0; i < c->nr_uses; i++)
		less_demand(sys, c->use[i].resource, level,
			    nr * usage(sys, &c->use[i]), 1);
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

/* What stands leaves nothing: who has more than a fair part joins. */
static bool is_overfull(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resource[resource];
	double left = r->usable - r->load, all = r->demand;
	unsigned int i;

	if (left > (r->nr_live ? TINY : -TINY) * r->usable)
		return false;
	for (i = 0; i < sys->bundles.nr; i++) {
		const struct bundle *b = &sys->bundle[sys->bundles.at[i]];
		const struct cell *cell;

		cell = stands(b) ? bundle_find(b, resource) : NULL;
		if (cell)
			all += cell->weight;
	}
	for (i = 0; i < r->nr_classes; i++) {
		const struct class *c = &sys->class[r->class[i]];

		if (stands_alone(c))
			all += usage_of(sys, c, resource) * c->nr_stands;
	}
	return part_lift_faster(sys, resource, r->usable / all);
}

/* What the part would take of all that it crosses. */
static void add_demand(struct flow_sys *sys)
{
	unsigned int i, j, nr;

	for (i = 0; i < sys->crossed.nr; i++) {
		struct resource *r = &sys->resource[sys->crossed.at[i]];

		r->demand = 0;
		r->nr_live = 0;
	}
	sys->nr_live = 0;
	for (i = 0; i < sys->lifted.nr; i++) {
		struct bundle *b = &sys->bundle[sys->lifted.at[i]];
		struct cell_at at = { 0 };

		b->frozen = false;
		sys->nr_live += b->nr;
		while (next_cell(b, &at)) {
			struct resource *r = &sys->resource[at.resource];

			r->demand += at.cell->weight;
			r->nr_live += at.cell->nr;
		}
	}
	for (i = 0, nr = 0; i < sys->singles.nr; i++) {
		struct class *c = &sys->class[sys->singles.at[i]];

		/* A resource has held it in an earlier round. */
		if (!c->single)
			continue;
		sys->singles.at[nr++] = sys->singles.at[i];
		c->frozen = false;
		sys->nr_live++;
		for (j = 0; j < c->nr_uses; j++) {
			struct resource *r = &sys->resource[c->use[j].resource];

			r->demand += c->nr * usage(sys, &c->use[j]);
			r->nr_live++;
		}
	}
	sys->singles.nr = nr;
}

/* Let the part meet what the others leave. */
static void begin(struct flow_sys *sys)
{
	unsigned int i;
	bool grown;

	do {
		add_demand(sys);
		grown = false;
		for (i = 0; i < sys->crossed.nr; i++)
			grown |= is_overfull(sys, sys->crossed.at[i]);
	} while (grown);

	heap_clear(&sys->filling);
	for (i = 0; i < sys->crossed.nr; i++) {
		struct resource *r = &sys->resource[sys->crossed.at[i]];
		struct filling filling = { .resource = sys->crossed.at[i] };

		r->left = r->usable - r->load;
		r->exact = r->demand;
		r->highest = 0;
		r->fills_at = INFINITY;
		filling.level = fills_at(r);
		if (r->nr_live)
			heap_append(&sys->filling, &by_level, &filling);
	}
	heap_build(&sys->filling, &by_level);

	heap_clear(&sys->meeting);
	for (i = 0; i < sys->lifted.nr; i++) {
		const struct bundle *b = &sys->bundle[sys->lifted.at[i]];
		struct meeting meeting = { b->lowest, -1, sys->lifted.at[i] };

		if (b->nr)
			heap_append(&sys->meeting, &by_bound, &meeting);
	}
	for (i = 0; i < sys->singles.nr; i++) {
		int class = sys->singles.at[i];
		struct meeting meeting = { sys->class[class].bound, class, -1 };

		heap_append(&sys->meeting, &by_bound, &meeting);
	}
	heap_build(&sys->meeting, &by_bound);
}

/* The classes of a bundle whose bounds are met leave it. */
static void meet_in_bundle(struct flow_sys *sys, struct bundle *b, double floor)
{
	double lowest = INFINITY;
	unsigned int i;

	for (i = b->nr; i-- > 0;) {
		int class = b->class[i];
		double bound = sys->class[class].bound;

		if (bound > floor) {
			lowest = fmin(lowest, bound);
			continue;
		}
		freeze(sys, class, bound, -1);
		list_add(&sys->singles, class);
	}
	b->lowest = lowest;
}

/* The first of those whose bounds are met next. */
static void meet(struct flow_sys *sys, struct meeting *first, double floor)
{
	struct bundle *b;

	if (first->class >= 0) {
		const struct class *c = &sys->class[first->class];

		/* The bound itself, not a product that rounds. */
		if (c->single && !c->frozen)
			freeze(sys, first->class, c->bound, -1);
		heap_pop(&sys->meeting, &by_bound);
		return;
	}
	b = &sys->bundle[first->bundle];
	if (!b->frozen)
		meet_in_bundle(sys, b, floor);
	if (b->frozen || !b->nr) {
		heap_pop(&sys->meeting, &by_bound);
		return;
	}
	first->bound = b->lowest;
	heap_update(&sys->meeting, &by_bound, 0);
}

/*
 * A resource is full: it holds all that crosses it and rises.
 * Return: false: what it held before stands, and has to join.
 */
static bool hold(struct flow_sys *sys, int resource, double level)
{
	struct resource *r = &sys->resource[resource];
	struct bundle *b = &sys->bundle[resource];
	unsigned int i;

	r->fills_at = level;
	if (stands(b)) {
		part_lift(sys, resource);
		return false;
	}
	if (!b->lifted)
		part_lift(sys, resource);
	if (!b->frozen)
		freeze_bundle(sys, b, level);
	for (i = 0; r->nr_live && i < r->nr_classes; i++)
		if (rises(sys, &sys->class[r->class[i]]))
			freeze(sys, r->class[i], level, resource);
	return true;
}

/* Return: false: the part has grown. */
static bool fill(struct flow_sys *sys)
{
	double floor = 0, level;

	while (sys->nr_live) {
		/* Most are held before, and their bounds are never looked at. */
		struct meeting *first = heap_first(&sys->meeting);
		double met = floor * (1 + TINY);
		struct resource *r;

		/* Who needs no more than there is, but for rounding, is not held. */
		if (first && first->bound <= met) {
			meet(sys, first, met);
			continue;
		}
		r = tightest(sys, &level);
		if (level > floor)
			floor = level;
		else if (!hold(sys, r - sys->resource, level))
			return false;
	}
	return true;
}

/* May what stands keep its rates? Who may not joins the part. */
static bool others_may_stand(struct flow_sys *sys)
{
	unsigned int i, crossed = sys->crossed.nr;
	bool may = true;

	for (i = 0; i < crossed; i++) {
		int resource = sys->crossed.at[i];
		const struct resource *r = &sys->resource[resource];
		const struct bundle *b = &sys->bundle[resource];

		if (stands(b) && (fabs(r->left) > TINY * r->usable ||
				  r->highest > b->level * (1 + TINY))) {
			part_lift(sys, resource);
			may = false;
		}
		if (!isinf(r->fills_at) &&
		    part_lift_faster(sys, resource, r->fills_at * (1 + TINY)))
			may = false;
	}
	return may;
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
	unsigned int round = 0;

	sys->part.nr = 0;
	part_collect(sys);
	if (!sys->changed.nr && !sys->singles.nr && !sys->lifted.nr)
		return;
	do {
		if (sys->nr_classes <= FEW_CLASSES)
			part_collect_connected(sys);
		else if (++round > MOST_ROUNDS)
			part_collect_bundles(sys);
		begin(sys);
	} while (!fill(sys) || !others_may_stand(sys));
	part_end(sys);
}
