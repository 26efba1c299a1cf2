// SPDX-License-Identifier: GPL-2.0-only
/* A flow system: what it consists of, how it is changed and asked. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "model/flow_internal.h"

/* Room for one more: twice as much whenever it is used up, a power of two. */
static void uses_add(struct uses *uses, int other, double usage)
{
	uses->use = xgrow(uses->use, uses->nr, sizeof(*uses->use));
	uses->use[uses->nr++] = (struct use){ other, usage };
}

static void touch(struct flow_sys *sys, int class)
{
	if (sys->class[class].touched)
		return;
	sys->class[class].touched = true;
	sys->touched[sys->nr_touched++] = class;
}

/* Classes without flows leave the lists of their resources. */
static void clear_lists(struct flow_sys *sys)
{
	unsigned int i, j, nr;

	for (i = 0; i < sys->nr_classes; i++)
		sys->class[i].listed = sys->class[i].nr;
	for (i = 0; i < sys->nr_resources; i++) {
		struct uses *uses = &sys->resource[i].uses;

		for (j = 0, nr = 0; j < uses->nr; j++)
			if (sys->class[uses->use[j].other].listed)
				uses->use[nr++] = uses->use[j];
		uses->nr = nr;
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
		sys->nr_uses -= c->uses.nr;
		sys->nr_idle_uses += c->uses.nr;
		return;
	}
	sys->nr_uses += c->uses.nr;
	if (c->listed) {
		sys->nr_idle_uses -= c->uses.nr;
		return;
	}
	if (sys->nr_idle_uses > 2 * sys->nr_uses)
		clear_lists(sys);
	c->listed = true;
	for (i = 0; i < c->uses.nr; i++)
		uses_add(&sys->resource[c->uses.use[i].other].uses, class,
			 c->uses.use[i].usage);
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
	free(sys->crossed);
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
	sys->crossed = xgrow(sys->crossed, nr, sizeof(*sys->crossed));
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
	sys->class[class] = (struct class){
		.bound = bound, .nr = nr, .holder = -1, .listed = nr
	};
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
	uses_add(&c->uses, resource, usage);
	if (c->listed)
		uses_add(&sys->resource[resource].uses, class, usage);
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

	for (i = 0; i < r->uses.nr; i++) {
		const struct use *u = &r->uses.use[i];

		load += sys->class[u->other].rate * u->usage *
			sys->class[u->other].nr;
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
