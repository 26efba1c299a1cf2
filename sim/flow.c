// SPDX-License-Identifier: GPL-2.0-only
/*
 * Max-min fair sharing by progressive filling: flow.h says what is computed.
 *
 * The level is the rate divided by the weight; it only ever rises. A heap
 * holds, for each resource that somebody still waits for, the level at which
 * it fills up, and for each class the level of its bound. Freezing a class
 * can only raise the level at which the other resources fill, so that keys
 * never fall below the level reached, and each use is looked at a constant
 * number of times: O(uses * log(resources + classes)).
 *
 * Only what may have changed is solved again: flow_solve() starts at the
 * resources and classes touched since the last call and takes in whatever is
 * connected to them. Nodes that share no link stay independent of each other.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow.h"

struct use {
	int class;
	int resource;
	double usage;
};

struct resource {
	double capacity;	/* as given */
	double usable;		/* after the curve */
	double left;		/* not taken by frozen classes */
	double demand;		/* growth per unit of level of those not frozen */
	double exact;		/* @demand when it was last summed up */
	unsigned long nr_live;	/* classes not frozen: decides, @demand rounds */
	flow_curve_fn curve;
	void *arg;
	int *uses;
	unsigned int nr_uses;
	bool dirty;
	bool seen;
};

struct class {
	double weight;
	double bound;
	double rate;
	unsigned long nr;
	int *uses;
	unsigned int nr_uses;
	bool dirty;
	bool seen;
	bool frozen;
};

/*
 * Heap items: resource r is item 2r, class c is item 2c + 1. Numbers do not
 * depend on addresses, so equal keys are always taken in the same order.
 */
struct flow_sys {
	struct resource *resources;
	struct class *classes;
	struct use *uses;
	int *work;		/* items of the component being solved */
	int *heap;
	int *where;		/* item -> place in @heap, -1 outside */
	double *key;		/* by item */
	int *touched;		/* items changed since the last solution */
	unsigned int nr_resources;
	unsigned int nr_classes;
	unsigned int nr_uses;
	unsigned int nr_heap;
	unsigned int nr_touched;
	unsigned int nr_items;	/* room in the arrays indexed by item */
	unsigned long nr_solved;
};

static inline int resource_item(int resource)
{
	return 2 * resource;
}

static inline int class_item(int class)
{
	return 2 * class + 1;
}

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

static void make_items(struct flow_sys *sys, unsigned int nr)
{
	unsigned int old = sys->nr_items, i;

	if (nr <= old)
		return;
	while (sys->nr_items < nr)
		sys->nr_items = sys->nr_items ? 2 * sys->nr_items : 64;
	nr = sys->nr_items;
	sys->work = realloc(sys->work, nr * sizeof(*sys->work));
	sys->heap = realloc(sys->heap, nr * sizeof(*sys->heap));
	sys->where = realloc(sys->where, nr * sizeof(*sys->where));
	sys->key = realloc(sys->key, nr * sizeof(*sys->key));
	sys->touched = realloc(sys->touched, nr * sizeof(*sys->touched));
	if (!sys->work || !sys->heap || !sys->where || !sys->key ||
	    !sys->touched)
		abort();
	for (i = old; i < nr; i++)
		sys->where[i] = -1;
}

static void touch_resource(struct flow_sys *sys, int resource)
{
	if (sys->resources[resource].dirty)
		return;
	sys->resources[resource].dirty = true;
	sys->touched[sys->nr_touched++] = resource_item(resource);
}

/*
 * A class whose count falls to 0 leaves the system, and what it crossed must
 * be solved again: so its resources are touched, not only the class.
 */
static void touch_class(struct flow_sys *sys, int class)
{
	struct class *c = &sys->classes[class];
	unsigned int i;

	if (c->dirty)
		return;
	c->dirty = true;
	sys->touched[sys->nr_touched++] = class_item(class);
	for (i = 0; i < c->nr_uses; i++)
		touch_resource(sys, sys->uses[c->uses[i]].resource);
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
		free(sys->resources[i].uses);
	for (i = 0; i < sys->nr_classes; i++)
		free(sys->classes[i].uses);
	free(sys->resources);
	free(sys->classes);
	free(sys->uses);
	free(sys->work);
	free(sys->heap);
	free(sys->where);
	free(sys->key);
	free(sys->touched);
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
	int resource = sys->nr_resources;
	struct resource *r;

	if (!(capacity > 0))
		return -EINVAL;
	sys->resources = grow(sys->resources, resource, sizeof(*r));
	make_items(sys, resource_item(++sys->nr_resources));
	r = &sys->resources[resource];
	*r = (struct resource){ .capacity = capacity, .usable = capacity };
	return resource;
}

/**
 * flow_add_class - flows that are alike
 * @sys: the system
 * @weight: share of a full resource in proportion to others; greater than 0
 * @bound: no flow of the class is ever faster; greater than 0, INFINITY for
 *	none, which is only legal for a class that crosses a resource
 * @nr: number of flows; 0 for a class that is idle at the moment
 *
 * Return: its number, counted from 0, or -EINVAL.
 */
int flow_add_class(struct flow_sys *sys, double weight, double bound,
		   unsigned long nr)
{
	int class = sys->nr_classes;
	struct class *c;

	if (!(weight > 0) || !(bound > 0) || isinf(weight))
		return -EINVAL;
	sys->classes = grow(sys->classes, class, sizeof(*c));
	make_items(sys, class_item(++sys->nr_classes));
	c = &sys->classes[class];
	*c = (struct class){ .weight = weight, .bound = bound, .nr = nr };
	touch_class(sys, class);
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
	r = &sys->resources[resource];
	c = &sys->classes[class];
	sys->uses = grow(sys->uses, sys->nr_uses, sizeof(*sys->uses));
	sys->uses[sys->nr_uses] = (struct use){ class, resource, usage };
	r->uses = grow(r->uses, r->nr_uses, sizeof(*r->uses));
	r->uses[r->nr_uses++] = sys->nr_uses;
	c->uses = grow(c->uses, c->nr_uses, sizeof(*c->uses));
	c->uses[c->nr_uses++] = sys->nr_uses;
	sys->nr_uses++;
	touch_class(sys, class);
	touch_resource(sys, resource);
	return 0;
}

/**
 * flow_set_capacity - change a capacity
 * @sys: the system
 * @resource: which
 * @capacity: as in flow_add_resource()
 */
void flow_set_capacity(struct flow_sys *sys, int resource, double capacity)
{
	assert(capacity > 0);
	if (sys->resources[resource].capacity == capacity)
		return;
	sys->resources[resource].capacity = capacity;
	touch_resource(sys, resource);
}

/**
 * flow_set_curve - let a resource bend
 * @sys: the system
 * @resource: which
 * @curve: see flow_curve_fn; NULL for all of the capacity at any time
 * @arg: handed to @curve
 */
void flow_set_curve(struct flow_sys *sys, int resource, flow_curve_fn curve,
		    void *arg)
{
	sys->resources[resource].curve = curve;
	sys->resources[resource].arg = arg;
	touch_resource(sys, resource);
}

/**
 * flow_set_bound - change the bound of each flow of a class
 * @sys: the system
 * @class: which
 * @bound: as in flow_add_class()
 */
void flow_set_bound(struct flow_sys *sys, int class, double bound)
{
	assert(bound > 0);
	if (sys->classes[class].bound == bound)
		return;
	sys->classes[class].bound = bound;
	touch_class(sys, class);
}

/**
 * flow_set_nr - change the number of flows in a class
 * @sys: the system
 * @class: which
 * @nr: how many; 0 takes the class out of the system
 */
void flow_set_nr(struct flow_sys *sys, int class, unsigned long nr)
{
	if (sys->classes[class].nr == nr)
		return;
	sys->classes[class].nr = nr;
	touch_class(sys, class);
}

/* Equal levels: the lower item number first, for the same result every time. */
static bool before(const struct flow_sys *sys, int a, int b)
{
	if (sys->key[a] != sys->key[b])
		return sys->key[a] < sys->key[b];
	return a < b;
}

static void heap_place(struct flow_sys *sys, unsigned int place, int item)
{
	sys->heap[place] = item;
	sys->where[item] = place;
}

static void heap_up(struct flow_sys *sys, unsigned int place)
{
	int item = sys->heap[place];

	while (place) {
		unsigned int parent = (place - 1) / 2;

		if (!before(sys, item, sys->heap[parent]))
			break;
		heap_place(sys, place, sys->heap[parent]);
		place = parent;
	}
	heap_place(sys, place, item);
}

static void heap_down(struct flow_sys *sys, unsigned int place)
{
	int item = sys->heap[place];

	for (;;) {
		unsigned int child = 2 * place + 1;

		if (child >= sys->nr_heap)
			break;
		if (child + 1 < sys->nr_heap &&
		    before(sys, sys->heap[child + 1], sys->heap[child]))
			child++;
		if (!before(sys, sys->heap[child], item))
			break;
		heap_place(sys, place, sys->heap[child]);
		place = child;
	}
	heap_place(sys, place, item);
}

static void heap_remove(struct flow_sys *sys, int item)
{
	int place = sys->where[item], last;

	if (place < 0)
		return;
	last = sys->heap[--sys->nr_heap];
	sys->where[item] = -1;
	if (last == item)
		return;
	heap_place(sys, place, last);
	heap_up(sys, place);
	heap_down(sys, sys->where[last]);
}

static void heap_set(struct flow_sys *sys, int item, double key)
{
	if (isinf(key)) {
		heap_remove(sys, item);
		return;
	}
	sys->key[item] = key;
	if (sys->where[item] < 0)
		heap_place(sys, sys->nr_heap++, item);
	heap_up(sys, sys->where[item]);
	heap_down(sys, sys->where[item]);
}

/* Everything that is connected to what was touched, into sys->work. */
static unsigned int collect(struct flow_sys *sys)
{
	unsigned int nr = 0, done, i;

	for (i = 0; i < sys->nr_touched; i++) {
		int item = sys->touched[i];

		if (item & 1) {
			struct class *c = &sys->classes[item / 2];

			c->dirty = false;
			if (!c->seen)
				sys->work[nr++] = item;
			c->seen = true;
		} else {
			struct resource *r = &sys->resources[item / 2];

			r->dirty = false;
			if (!r->seen)
				sys->work[nr++] = item;
			r->seen = true;
		}
	}
	sys->nr_touched = 0;

	for (done = 0; done < nr; done++) {
		int item = sys->work[done];
		struct resource *r = &sys->resources[item / 2];
		struct class *c = &sys->classes[item / 2];

		/* An idle class connects nothing. */
		if ((item & 1) && !c->nr)
			continue;
		for (i = 0; i < ((item & 1) ? c->nr_uses : r->nr_uses); i++) {
			const struct use *u;

			u = &sys->uses[(item & 1) ? c->uses[i] : r->uses[i]];
			if ((item & 1) && !sys->resources[u->resource].seen) {
				sys->resources[u->resource].seen = true;
				sys->work[nr++] = resource_item(u->resource);
			}
			if (!(item & 1) && sys->classes[u->class].nr &&
			    !sys->classes[u->class].seen) {
				sys->classes[u->class].seen = true;
				sys->work[nr++] = class_item(u->class);
			}
		}
	}
	return nr;
}

static double fill_level(const struct resource *r)
{
	if (!r->nr_live || isinf(r->usable))
		return INFINITY;
	return fmax(r->left, 0) / r->demand;
}

/* What is left of a long series of subtractions is mostly rounding: sum anew. */
static void refresh_demand(struct flow_sys *sys, struct resource *r)
{
	unsigned int i;

	if (!r->nr_live || r->demand > r->exact * 1e-6)
		return;
	r->demand = 0;
	for (i = 0; i < r->nr_uses; i++) {
		const struct use *u = &sys->uses[r->uses[i]];
		const struct class *c = &sys->classes[u->class];

		if (!c->frozen)
			r->demand += c->weight * u->usage * c->nr;
	}
	r->exact = r->demand;
}

static void prepare_resource(struct flow_sys *sys, int resource)
{
	struct resource *r = &sys->resources[resource];
	unsigned long nr = 0;
	double offered = 0;
	unsigned int i;

	r->demand = 0;
	r->nr_live = 0;
	for (i = 0; i < r->nr_uses; i++) {
		const struct use *u = &sys->uses[r->uses[i]];
		const struct class *c = &sys->classes[u->class];

		if (!c->nr)
			continue;
		r->demand += c->weight * u->usage * c->nr;
		offered += c->bound * u->usage * c->nr;
		nr += c->nr;
		r->nr_live++;
	}
	r->exact = r->demand;
	r->usable = r->capacity;
	if (r->curve && nr && !isinf(r->capacity))
		r->usable *= r->curve(nr, offered / r->capacity, r->arg);
	r->left = r->usable;
	heap_set(sys, resource_item(resource), fill_level(r));
}

static void freeze(struct flow_sys *sys, int class, double rate)
{
	struct class *c = &sys->classes[class];
	unsigned int i;

	c->rate = rate;
	c->frozen = true;
	heap_remove(sys, class_item(class));
	for (i = 0; i < c->nr_uses; i++) {
		const struct use *u = &sys->uses[c->uses[i]];
		struct resource *r = &sys->resources[u->resource];

		r->left -= rate * u->usage * c->nr;
		r->demand -= c->weight * u->usage * c->nr;
		r->nr_live--;
		refresh_demand(sys, r);
		if (sys->where[resource_item(u->resource)] >= 0)
			heap_set(sys, resource_item(u->resource),
				 fill_level(r));
	}
}

/**
 * flow_solve - compute all rates
 * @sys: the system
 *
 * A class without a bound must cross a resource of finite capacity. Rates of
 * parts of the system that nothing touched since the last call stay as they
 * are.
 */
void flow_solve(struct flow_sys *sys)
{
	unsigned int nr = collect(sys), i;

	sys->nr_solved += nr;
	for (i = 0; i < nr; i++) {
		int item = sys->work[i];
		struct class *c = &sys->classes[item / 2];

		if (!(item & 1)) {
			sys->resources[item / 2].seen = false;
			prepare_resource(sys, item / 2);
			continue;
		}
		c->seen = false;
		c->frozen = !c->nr;
		c->rate = 0;
		if (c->nr)
			heap_set(sys, item, c->bound / c->weight);
	}

	while (sys->nr_heap) {
		int item = sys->heap[0];
		double level = sys->key[item];
		struct resource *r;

		if (item & 1) {
			/* The bound itself, not a product that rounds. */
			freeze(sys, item / 2, sys->classes[item / 2].bound);
			continue;
		}
		heap_remove(sys, item);
		r = &sys->resources[item / 2];
		for (i = 0; i < r->nr_uses; i++) {
			const struct use *u = &sys->uses[r->uses[i]];
			struct class *c = &sys->classes[u->class];

			if (!c->frozen)
				freeze(sys, u->class, c->weight * level);
		}
	}

	/* Whoever is left has nothing that stops it. */
	for (i = 0; i < nr; i++) {
		struct class *c = &sys->classes[sys->work[i] / 2];

		if ((sys->work[i] & 1) && !c->frozen)
			c->rate = INFINITY;
	}
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
	return sys->classes[class].rate;
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
	const struct resource *r = &sys->resources[resource];
	double load = 0;
	unsigned int i;

	for (i = 0; i < r->nr_uses; i++) {
		const struct use *u = &sys->uses[r->uses[i]];
		const struct class *c = &sys->classes[u->class];

		load += c->rate * u->usage * c->nr;
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
	return sys->resources[resource].usable;
}

/**
 * flow_nr_solved - work done so far, for tests of the partial solution
 * @sys: the system
 *
 * Return: resources and classes solved, summed over all calls.
 */
unsigned long flow_nr_solved(const struct flow_sys *sys)
{
	return sys->nr_solved;
}
