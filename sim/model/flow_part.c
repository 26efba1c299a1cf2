// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of a flow system that is solved, and what stands meanwhile: what
 * joins the part is lifted out of the loads of its resources, and put back at
 * its new rate. flow_solve.c says why a part is enough.
 */
#include <math.h>
#include "model/flow_internal.h"

/* After so many changes of a bundle, or solutions, sums are summed up anew. */
#define MOST_CHANGES   65536
#define MOST_SOLUTIONS 1024

static struct resource *cross(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resource[resource];

	if (!r->crossed)
		list_add(&sys->crossed, resource);
	r->crossed = true;
	return r;
}

/**
 * part_lift - a bundle joins the part: it is in no load any more
 * @sys: the system
 * @bundle: which; it may have joined before
 */
void part_lift(struct flow_sys *sys, int bundle)
{
	struct bundle *b = &sys->bundle[bundle];
	struct cell_at at = { 0 };

	if (b->lifted)
		return;
	while (next_cell(b, &at))
		cross(sys, at.resource)->load -= b->level * at.cell->weight;
	if (b->nr_changes > MOST_CHANGES)
		bundle_sum_up(sys, b);
	b->lifted = true;
	list_add(&sys->lifted, bundle);
}

/* So many flows more of a class stand at its bound. */
static void load_class(struct flow_sys *sys, const struct class *c, double nr)
{
	/* Not infinity times 0. */
	double load = nr ? c->bound * nr : 0;
	unsigned int i;

	for (i = 0; i < c->nr_uses; i++) {
		struct resource *r = cross(sys, c->use[i].resource);

		r->load += load * usage(sys, &c->use[i]);
		r->fastest = fmax(r->fastest, c->bound);
	}
}

/* A class that is in no bundle joins the part. */
static void lift_class(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];

	load_class(sys, c, -(double)c->nr_stands);
	c->nr_stands = 0;
	c->single = c->nr;
	if (c->single)
		list_add(&sys->singles, class);
}

/* Bundles that cross a resource, stand, and are faster than @rate. */
static bool lift_faster(struct flow_sys *sys, int resource, double rate)
{
	unsigned int nr = sys->lifted.nr, i;

	for (i = 0; i < sys->bundles.nr; i++) {
		const struct bundle *b = &sys->bundle[sys->bundles.at[i]];

		if (b->level > rate && stands(b) && bundle_find(b, resource))
			part_lift(sys, sys->bundles.at[i]);
	}
	return sys->lifted.nr > nr;
}

/* Classes that do and are in no bundle. */
static bool lift_faster_classes(struct flow_sys *sys, int resource, double rate)
{
	struct resource *r = &sys->resource[resource];
	double fastest = 0;
	bool any = false;
	unsigned int i;

	if (r->fastest <= rate)
		return false;
	for (i = 0; i < r->nr_classes; i++) {
		const struct class *c = &sys->class[r->class[i]];

		if (!stands_alone(c))
			continue;
		if (c->bound > rate) {
			lift_class(sys, r->class[i]);
			any = true;
		} else {
			fastest = fmax(fastest, c->bound);
		}
	}
	r->fastest = fastest;
	return any;
}

/**
 * part_lift_faster - what crosses a resource, stands and is faster joins
 * @sys: the system
 * @resource: the resource
 * @rate: faster than this
 *
 * Return: whether any was.
 */
bool part_lift_faster(struct flow_sys *sys, int resource, double rate)
{
	bool bundles = lift_faster(sys, resource, rate);

	return lift_faster_classes(sys, resource, rate) || bundles;
}

static void bend(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resource[resource];
	unsigned long nr = 0;
	double offered = 0;
	unsigned int i;

	r->usable = r->capacity;
	if (!r->curve || isinf(r->capacity))
		return;
	for (i = 0; i < r->nr_classes; i++) {
		const struct class *c = &sys->class[r->class[i]];

		/* Not 0 times infinity. */
		if (!c->nr)
			continue;
		offered += c->bound * usage_of(sys, c, resource) * c->nr;
		nr += c->nr;
	}
	if (nr)
		r->usable *= r->curve(nr, offered / r->capacity, r->arg);
}

/* What a resource holds may change if what crosses it does. */
static void ask_first(struct flow_sys *sys, int resource)
{
	sys->asked[resource] = sys->nr_solutions;
	cross(sys, resource);
	bend(sys, resource);
	if (sys->bundle[resource].nr)
		part_lift(sys, resource);
}

static inline void ask(struct flow_sys *sys, int resource)
{
	if (sys->asked[resource] != sys->nr_solutions)
		ask_first(sys, resource);
}

static void ask_all(struct flow_sys *sys, const struct class *c)
{
	const struct use *use = c->use, *end = use + c->nr_uses;

	for (; use < end; use++)
		ask(sys, use->resource);
}

static bool goes(const struct class *c)
{
	return !c->nr && c->nr_stands && c->holder >= 0;
}

/* A class of a bundle has no flows any more; often all have none. */
static void collect_going(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];
	struct bundle *b = &sys->bundle[c->holder];
	struct cell_at at = { 0 };
	unsigned int i;

	part_lift(sys, c->holder);
	if (b->nr_going < b->nr) {
		list_add(&sys->changed, class);
		ask_all(sys, c);
		bundle_leave(sys, class);
		b->nr_going--;
		return;
	}
	for (i = 0; i < b->nr; i++)
		list_add(&sys->changed, b->class[i]);
	while (next_cell(b, &at))
		ask(sys, at.resource);
	bundle_leave_all(sys, b);
	b->nr_going = 0;
}

/*
 * A class that was touched. Where one comes, what held it when it came last is a
 * good guess: CPUs that begin together do so again and again.
 */
static void collect_class(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];

	if (!c->nr_stands) {
		c->holder = c->first_holder;
		list_add(&sys->come, class);
	}
	if (c->holder < 0)
		list_add(&sys->changed, class);
	if (c->holder < 0 && isinf(c->bound)) {
		lift_class(sys, class);
	} else if (c->holder < 0) {
		load_class(sys, c, (double)c->nr - (double)c->nr_stands);
		c->nr_stands = c->nr;
	} else {
		part_lift(sys, c->holder);
		if (c->nr_stands)
			bundle_change(sys, class);
		else
			bundle_enter(sys, c->holder, class);
	}
	ask_all(sys, c);
}

/**
 * part_collect - the part at first: what was touched, and what is held there
 * @sys: the system
 */
void part_collect(struct flow_sys *sys)
{
	unsigned int i;

	sys->nr_solutions++;
	for (i = 0; i < sys->touched.nr; i++) {
		struct class *c = &sys->class[sys->touched.at[i]];

		c->touched = false;
		if (goes(c))
			sys->bundle[c->holder].nr_going++;
	}
	for (i = 0; i < sys->touched.nr; i++)
		if (goes(&sys->class[sys->touched.at[i]]))
			collect_going(sys, sys->touched.at[i]);
	for (i = 0; i < sys->touched.nr; i++) {
		const struct class *c = &sys->class[sys->touched.at[i]];

		/* Who left and came back meanwhile has changed nothing. */
		if (c->nr != c->nr_stands)
			collect_class(sys, sys->touched.at[i]);
	}
	sys->touched.nr = 0;
	/* Grows meanwhile: whose rate changes, changes what others are left. */
	for (i = 0; i < sys->lifted.nr; i++) {
		struct cell_at at = { 0 };

		while (next_cell(&sys->bundle[sys->lifted.at[i]], &at))
			if (sys->bundle[at.resource].nr)
				part_lift(sys, at.resource);
	}
}

/**
 * part_collect_connected - all that is connected joins
 * @sys: the system
 */
void part_collect_connected(struct flow_sys *sys)
{
	unsigned int i;

	/* Grows meanwhile. */
	for (i = 0; i < sys->crossed.nr; i++)
		part_lift_faster(sys, sys->crossed.at[i], 0);
}

/**
 * part_collect_bundles - all bundles join
 * @sys: the system
 */
void part_collect_bundles(struct flow_sys *sys)
{
	unsigned int i;

	for (i = 0; i < sys->bundles.nr; i++)
		part_lift(sys, sys->bundles.at[i]);
}

/* A bundle stands from now on, and takes what it takes. */
static void stand(struct flow_sys *sys, struct bundle *b)
{
	struct cell_at at = { 0 };

	b->lifted = false;
	b->frozen = false;
	while (next_cell(b, &at))
		sys->resource[at.resource].load += b->level * at.cell->weight;
}

/* What is left of many additions and subtractions is summed up anew. */
static void sum_up_loads(struct flow_sys *sys)
{
	unsigned int i, j;

	for (i = 0; i < sys->nr_resources; i++)
		sys->resource[i].load = 0;
	for (i = 0; i < sys->bundles.nr; i++)
		stand(sys, &sys->bundle[sys->bundles.at[i]]);
	for (i = 0; i < sys->nr_classes; i++) {
		const struct class *c = &sys->class[i];

		for (j = 0; stands_alone(c) && j < c->nr_uses; j++)
			sys->resource[c->use[j].resource].load +=
				c->bound * c->nr_stands *
				usage(sys, &c->use[j]);
	}
}

/**
 * part_end - what was solved stands from now on
 * @sys: the system
 */
void part_end(struct flow_sys *sys)
{
	unsigned int i, j;

	for (i = 0; i < sys->changed.nr; i++) {
		const struct class *c = &sys->class[sys->changed.at[i]];

		/* Unless it is below. */
		if (!c->nr || (c->holder < 0 && !c->single))
			list_add(&sys->part, sys->changed.at[i]);
	}
	for (i = 0; i < sys->singles.nr; i++) {
		struct class *c = &sys->class[sys->singles.at[i]];

		if (!c->single)
			continue;
		list_add(&sys->part, sys->singles.at[i]);
		c->single = false;
		load_class(sys, c, c->nr);
		c->nr_stands = c->nr;
	}
	for (i = 0; i < sys->lifted.nr; i++) {
		struct bundle *b = &sys->bundle[sys->lifted.at[i]];

		for (j = 0; j < b->nr; j++)
			list_add(&sys->part, b->class[j]);
		stand(sys, b);
		if (!b->nr && b->listed)
			bundle_clear(sys, b);
	}
	for (i = 0; i < sys->come.nr; i++) {
		struct class *c = &sys->class[sys->come.at[i]];

		c->first_holder = c->holder;
	}
	for (i = 0; i < sys->crossed.nr; i++)
		sys->resource[sys->crossed.at[i]].crossed = false;
	sys->come.nr = 0;
	sys->changed.nr = 0;
	sys->singles.nr = 0;
	sys->lifted.nr = 0;
	sys->crossed.nr = 0;
	if (sys->nr_solutions % MOST_SOLUTIONS == 0)
		sum_up_loads(sys);
}
