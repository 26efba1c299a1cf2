// SPDX-License-Identifier: GPL-2.0-only
/* A flow system: what it consists of, how it is changed and asked. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "model/flow_internal.h"

static void touch(struct flow_sys *sys, int class)
{
	if (sys->class[class].touched)
		return;
	sys->class[class].touched = true;
	list_add(&sys->touched, class);
}

/* A class is in the list of a resource from now on. */
static void list_class(struct flow_sys *sys, int resource, int class)
{
	struct resource *r = &sys->resource[resource];

	r->class = xgrow(r->class, r->nr_classes, sizeof(*r->class));
	r->class[r->nr_classes++] = class;
}

/* Classes without flows leave the lists of their resources. */
static void clear_lists(struct flow_sys *sys)
{
	unsigned int i, j, nr;

	for (i = 0; i < sys->nr_classes; i++)
		sys->class[i].listed = sys->class[i].nr;
	for (i = 0; i < sys->nr_resources; i++) {
		struct resource *r = &sys->resource[i];

		for (j = 0, nr = 0; j < r->nr_classes; j++)
			if (sys->class[r->class[j]].listed)
				r->class[nr++] = r->class[j];
		r->nr_classes = nr;
	}
	sys->nr_idle_uses = 0;
}

/*
 * A class has flows again, or none any more. Most that have none will have some
 * soon, so they stay listed until they are the most.
 */
static void set_busy(struct flow_sys *sys, int class, bool busy)
{
	struct class *c = &sys->class[class];
	unsigned int i;

	if (!busy) {
		sys->nr_uses -= c->nr_uses;
		sys->nr_idle_uses += c->nr_uses;
		return;
	}
	sys->nr_uses += c->nr_uses;
	if (c->listed) {
		sys->nr_idle_uses -= c->nr_uses;
		return;
	}
	if (sys->nr_idle_uses > 2 * sys->nr_uses)
		clear_lists(sys);
	c->listed = true;
	for (i = 0; i < c->nr_uses; i++)
		list_class(sys, c->use[i].resource, class);
}

/* The place of a usage in the table, or the free one where it would be. */
static unsigned int *usage_place(const struct usages *usages, double value)
{
	unsigned int mask = (1U << usages->bits) - 1, at;
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	at = bits * 0x9e3779b97f4a7c15 >> (64 - usages->bits);
	while (usages->place[at] &&
	       usages->value[usages->place[at] - 1] != value)
		at = (at + 1) & mask;
	return &usages->place[at];
}

/* The number of a usage, which is a new one if it was not there. */
static unsigned int usage_find(struct usages *usages, double value)
{
	unsigned int *place, i;

	if (!usages->bits || 2 * usages->nr >= 1U << usages->bits) {
		usages->bits = usages->bits ? usages->bits + 1 : 4;
		free(usages->place);
		usages->place = xcalloc(1UL << usages->bits,
					sizeof(*usages->place));
		for (i = 0; i < usages->nr; i++)
			*usage_place(usages, usages->value[i]) = i + 1;
	}
	place = usage_place(usages, value);
	if (!*place) {
		usages->value = xgrow(usages->value, usages->nr,
				      sizeof(*usages->value));
		usages->value[usages->nr++] = value;
		*place = usages->nr;
	}
	return *place - 1;
}

/**
 * flow_new - an empty system
 *
 * Return: the system; flow_free() it.
 */
struct flow_sys *flow_new(void)
{
	return xcalloc(1, sizeof(struct flow_sys));
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
	for (i = 0; i < sys->nr_resources; i++) {
		free(sys->resource[i].class);
		bundle_free(&sys->bundle[i]);
	}
	for (i = 0; i < sys->nr_classes; i++)
		free(sys->class[i].use);
	free(sys->resource);
	free(sys->bundle);
	free(sys->asked);
	free(sys->class);
	free(sys->usages.value);
	free(sys->usages.place);
	free(sys->touched.at);
	free(sys->bundles.at);
	free(sys->part.at);
	free(sys->changed.at);
	free(sys->come.at);
	free(sys->lifted.at);
	free(sys->singles.at);
	free(sys->crossed.at);
	heap_free(&sys->meeting);
	heap_free(&sys->filling);
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
	sys->resource = xgrow(sys->resource, nr, sizeof(*sys->resource));
	sys->bundle = xgrow(sys->bundle, nr, sizeof(*sys->bundle));
	sys->asked = xgrow(sys->asked, nr, sizeof(*sys->asked));
	sys->asked[nr] = 0;
	sys->bundle[nr] = (struct bundle){ .lowest = INFINITY };
	sys->resource[nr] = (struct resource){ .capacity = capacity,
					       .usable = capacity };
	return sys->nr_resources++;
}

/**
 * flow_set_curve - let a resource bend
 * @sys: the system
 * @resource: which; before a class crosses it
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
	sys->class = xgrow(sys->class, class, sizeof(*sys->class));
	sys->class[class] = (struct class){ .bound = bound,
					    .nr = nr,
					    .holder = -1,
					    .first_holder = -1,
					    .listed = nr };
	sys->nr_classes++;
	touch(sys, class);
	return class;
}

/**
 * flow_use - make the flows of a class cross a resource
 * @sys: the system
 * @class: from flow_add_class()
 * @resource: from flow_add_resource(); at most once for each class, and before
 *	the first solution in which it has flows
 * @usage: what a flow takes for each unit of its rate, greater than 0: 2 for
 *	stores that read a line before they write it
 *
 * Return: 0 or -EINVAL.
 */
int flow_use(struct flow_sys *sys, int class, int resource, double usage)
{
	struct class *c;

	if (class < 0 || (unsigned int)class >= sys->nr_classes ||
	    resource < 0 || (unsigned int)resource >= sys->nr_resources ||
	    !(usage > 0) || isinf(usage))
		return -EINVAL;
	c = &sys->class[class];
	if (c->nr_stands)
		return -EINVAL;
	c->use = xgrow(c->use, c->nr_uses, sizeof(*c->use));
	c->use[c->nr_uses++] = (struct use){ resource,
					     usage_find(&sys->usages, usage) };
	if (c->listed)
		list_class(sys, resource, class);
	sys->nr_uses += !!c->nr;
	sys->nr_idle_uses += c->listed && !c->nr;
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
	bool changes = !c->nr != !nr;

	if (c->nr == nr)
		return;
	c->nr = nr;
	if (changes)
		set_busy(sys, class, nr);
	touch(sys, class);
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
	*nr = sys->part.nr;
	return sys->part.at;
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
	const struct class *c = &sys->class[class];

	if (!c->nr_stands)
		return 0;
	return c->holder >= 0 ? sys->bundle[c->holder].level : c->bound;
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
	unsigned int i, j;

	for (i = 0; i < r->nr_classes; i++) {
		const struct class *c = &sys->class[r->class[i]];

		for (j = 0; j < c->nr_uses; j++)
			if (c->use[j].resource == resource)
				load += flow_rate(sys, r->class[i]) *
					usage(sys, &c->use[j]) * c->nr;
	}
	return load;
}

/**
 * flow_bound - the highest rate of each flow of a class
 * @sys: the system
 * @class: which
 *
 * Return: as given to flow_add_class().
 */
double flow_bound(const struct flow_sys *sys, int class)
{
	return sys->class[class].bound;
}

/**
 * flow_holder - why a class is no faster, as of the last flow_solve()
 * @sys: the system
 * @class: which; it has flows
 *
 * Return: the resource that is full and on which nobody is faster; -1 where the
 * bound is reached.
 */
int flow_holder(const struct flow_sys *sys, int class)
{
	return sys->class[class].holder;
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
