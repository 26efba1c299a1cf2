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
 * So many times a part may grow; then all that is connected is solved. Where
 * there are few classes it is at once: that takes no longer, and nothing that
 * was rounded stays.
 */
#define MOST_ROUNDS 6
#define FEW_CLASSES 64

/* After so many subtractions a load is summed up anew. */
#define MOST_JOINED 4096

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

static void cross(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resource[resource];

	r->crossed = true;
	r->nr_part = 0;
	r->part_demand = 0;
	sys->crossed[sys->nr_crossed++] = resource;
}

/* A class joins the part: it is neither in the loads nor frozen any more. */
static void join(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];
	double load = c->rate * c->nr_stands, nr = c->nr;
	unsigned int stood = !!c->nr_stands, busy = !!c->nr, i;

	for (i = 0; i < c->uses.nr; i++) {
		const struct use *u = &c->uses.use[i];
		struct resource *r = &sys->resource[u->other];

		if (!r->crossed)
			cross(sys, u->other);
		r->load -= load * u->usage;
		r->part_demand += nr * u->usage;
		r->nr_part += busy;
		r->nr_stand -= stood;
		r->nr_joined += stood;
	}
	if (stood && c->holder >= 0)
		sys->resource[c->holder].nr_holds--;
	c->nr_stands = 0;
	sys->part[sys->nr_part++] = class;
}

/* Those that cross a resource, stand, and are faster than @rate. */
static bool join_faster(struct flow_sys *sys, const struct resource *r,
			double rate)
{
	unsigned int nr = sys->nr_part, i;

	for (i = 0; r->nr_stand && i < r->uses.nr; i++) {
		const struct class *c = &sys->class[r->uses.use[i].other];

		if (c->nr_stands && c->rate > rate)
			join(sys, r->uses.use[i].other);
	}
	return sys->nr_part > nr;
}

/* Those that stand and are held by a resource. */
static void join_held(struct flow_sys *sys, const struct resource *r)
{
	int resource = r - sys->resource;
	unsigned int i;

	for (i = 0; r->nr_holds && i < r->uses.nr; i++) {
		const struct class *c = &sys->class[r->uses.use[i].other];

		if (c->nr_stands && c->holder == resource)
			join(sys, r->uses.use[i].other);
	}
}

static void bend(struct flow_sys *sys, struct resource *r)
{
	unsigned long nr = 0;
	double offered = 0;
	unsigned int i;

	r->usable = r->capacity;
	if (!r->curve || isinf(r->capacity))
		return;
	for (i = 0; i < r->uses.nr; i++) {
		const struct use *u = &r->uses.use[i];
		const struct class *c = &sys->class[u->other];

		/* Not 0 times infinity. */
		if (!c->nr)
			continue;
		offered += c->bound * u->usage * c->nr;
		nr += c->nr;
	}
	if (nr)
		r->usable *= r->curve(nr, offered / r->capacity, r->arg);
}

/* What was touched, and what is held where that has changed the load. */
static void collect(struct flow_sys *sys)
{
	unsigned int i, nr;

	sys->nr_part = 0;
	sys->nr_crossed = 0;
	for (i = 0; i < sys->nr_touched; i++) {
		struct class *c = &sys->class[sys->touched[i]];

		c->touched = false;
		/* Who left and came back meanwhile has changed nothing. */
		if (c->nr == c->nr_stands)
			continue;
		join(sys, sys->touched[i]);
		/* What has no flows has no part in what follows. */
		c->rate = 0;
		c->frozen = true;
	}
	sys->nr_touched = 0;
	for (i = 0, nr = sys->nr_crossed; i < nr; i++) {
		struct resource *r = &sys->resource[sys->crossed[i]];

		bend(sys, r);
		join_held(sys, r);
	}
}

/* A part that keeps growing: everything that is connected. */
static void collect_connected(struct flow_sys *sys)
{
	unsigned int i;

	/* Grows meanwhile. */
	for (i = 0; i < sys->nr_crossed; i++)
		join_faster(sys, &sys->resource[sys->crossed[i]], 0);
}

static void sum_up_demand(const struct flow_sys *sys, struct resource *r)
{
	unsigned int i;

	r->demand = 0;
	for (i = 0; i < r->uses.nr; i++) {
		const struct use *u = &r->uses.use[i];
		const struct class *c = &sys->class[u->other];

		if (!c->nr_stands && !c->frozen)
			r->demand += u->usage * c->nr;
	}
	r->exact = r->demand;
}

/* What is left of a long series of subtractions is mostly rounding. */
static void sum_up_load(const struct flow_sys *sys, struct resource *r)
{
	unsigned int i;

	r->load = 0;
	r->nr_joined = 0;
	for (i = 0; r->nr_stand && i < r->uses.nr; i++) {
		const struct use *u = &r->uses.use[i];
		const struct class *c = &sys->class[u->other];

		r->load += c->rate * c->nr_stands * u->usage;
	}
}

static void freeze(struct flow_sys *sys, struct class *c, double rate,
		   int holder)
{
	double nr = c->nr, load = rate * nr;
	unsigned int i;

	c->rate = rate;
	c->frozen = true;
	c->holder = holder;
	sys->nr_live--;
	for (i = 0; i < c->uses.nr; i++) {
		const struct use *u = &c->uses.use[i];
		struct resource *r = &sys->resource[u->other];

		r->left -= load * u->usage;
		r->demand -= nr * u->usage;
		r->highest = rate;
		if (--r->nr_live && r->demand <= r->exact * 1e-6)
			sum_up_demand(sys, r);
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

/* What stands leaves nothing: who has more than a fair part joins. */
static bool is_overfull(struct flow_sys *sys, struct resource *r)
{
	double left, all = 0;
	unsigned int i;

	if (!r->nr_stand || r->nr_joined > MOST_JOINED)
		sum_up_load(sys, r);
	left = r->usable - r->load;
	if (left > (r->nr_part ? TINY : -TINY) * r->usable)
		return false;
	for (i = 0; i < r->uses.nr; i++)
		all += r->uses.use[i].usage *
		       sys->class[r->uses.use[i].other].nr;
	return join_faster(sys, r, r->usable / all);
}

/* Let the part meet what the others leave. */
static void begin(struct flow_sys *sys)
{
	unsigned int i;
	bool grown;

	do {
		grown = false;
		for (i = 0; i < sys->nr_crossed; i++)
			grown |= is_overfull(sys,
					     &sys->resource[sys->crossed[i]]);
	} while (grown);

	heap_clear(&sys->filling);
	for (i = 0; i < sys->nr_crossed; i++) {
		struct resource *r = &sys->resource[sys->crossed[i]];
		struct filling filling = { .resource = sys->crossed[i] };

		r->left = r->usable - r->load;
		r->demand = r->part_demand;
		r->exact = r->part_demand;
		r->nr_live = r->nr_part;
		r->highest = 0;
		r->fills_at = INFINITY;
		filling.level = fills_at(r);
		if (r->nr_live)
			heap_append(&sys->filling, &by_level, &filling);
	}
	heap_build(&sys->filling, &by_level);

	heap_clear(&sys->meeting);
	for (i = 0; i < sys->nr_part; i++) {
		struct class *c = &sys->class[sys->part[i]];
		struct meeting meeting = { c->bound, sys->part[i] };

		if (!c->nr)
			continue;
		c->frozen = false;
		sys->nr_live++;
		heap_append(&sys->meeting, &by_bound, &meeting);
	}
	heap_build(&sys->meeting, &by_bound);
}

static void fill(struct flow_sys *sys)
{
	double floor = 0, level;
	struct meeting *meeting;
	unsigned int i;

	while (sys->nr_live) {
		struct class *c;
		struct resource *r;

		/* Most are held before, and their bounds are never looked at. */
		meeting = heap_first(&sys->meeting);
		if (meeting && meeting->bound <= floor) {
			c = &sys->class[meeting->class];
			/* The bound itself, not a product that rounds. */
			if (!c->frozen)
				freeze(sys, c, c->bound, -1);
			heap_pop(&sys->meeting, &by_bound);
			continue;
		}
		r = tightest(sys, &level);
		if (level > floor) {
			floor = level;
			continue;
		}
		r->fills_at = level;
		for (i = 0; r->nr_live && i < r->uses.nr; i++) {
			c = &sys->class[r->uses.use[i].other];
			if (!c->nr_stands && !c->frozen)
				freeze(sys, c, level, r - sys->resource);
		}
	}
}

/* May what stands keep its rates? Who may not joins the part. */
static bool others_may_stand(struct flow_sys *sys)
{
	unsigned int nr = sys->nr_part, i, crossed = sys->nr_crossed;

	for (i = 0; i < crossed; i++) {
		struct resource *r = &sys->resource[sys->crossed[i]];

		if (r->nr_holds && (fabs(r->left) > TINY * r->usable ||
				    r->highest > r->level * (1 + TINY)))
			join_held(sys, r);
		if (!isinf(r->fills_at))
			join_faster(sys, r, r->fills_at * (1 + TINY));
	}
	return nr == sys->nr_part;
}

/* What was solved stands from now on. */
static void end(struct flow_sys *sys)
{
	unsigned int i;

	for (i = 0; i < sys->nr_crossed; i++) {
		struct resource *r = &sys->resource[sys->crossed[i]];

		r->crossed = false;
		r->nr_stand += r->nr_part;
		if (!isinf(r->usable))
			r->load = r->usable - r->left;
		/* Not where some stand: their level must not wander. */
		if (!isinf(r->fills_at) && !r->nr_holds)
			r->level = r->fills_at;
	}
	for (i = 0; i < sys->nr_part; i++) {
		struct class *c = &sys->class[sys->part[i]];

		c->nr_stands = c->nr;
		if (c->nr && c->holder >= 0)
			sys->resource[c->holder].nr_holds++;
	}
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

	collect(sys);
	if (!sys->nr_part)
		return;
	do {
		if (++round > MOST_ROUNDS || sys->nr_classes <= FEW_CLASSES)
			collect_connected(sys);
		begin(sys);
		fill(sys);
	} while (!others_may_stand(sys));
	end(sys);
}
