// SPDX-License-Identifier: GPL-2.0-only
/* A flow system: what it consists of, how it is changed and asked. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "model/flow_internal.h"

static void uses_add(struct uses *uses, int other, unsigned int twin,
		     double usage)
{
	uses->use = xgrow(uses->use, uses->nr, sizeof(*uses->use));
	uses->use[uses->nr++] = (struct use){ other, twin, usage };
}

static void uses_place(struct flow_sys *sys, struct resource *r,
		       unsigned int at, struct use use)
{
	r->uses.use[at] = use;
	sys->class[use.other].uses.use[use.twin].twin = at;
}

/*
 * Busy uses come first in a resource's list: one that becomes busy or idle
 * changes places with the one at the border.
 */
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
	for (i = 0; i < sys->nr_resources; i++)
		free(sys->resource[i].uses.use);
	for (i = 0; i < sys->nr_classes; i++)
		free(sys->class[i].uses.use);
	free(sys->resource);
	free(sys->class);
	free(sys->touched);
	free(sys->part);
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
	sys->touched = xgrow(sys->touched, class, sizeof(*sys->touched));
	sys->part = xgrow(sys->part, class, sizeof(*sys->part));
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
