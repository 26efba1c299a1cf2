/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_FLOW_INTERNAL_H
#define SIM_MODEL_FLOW_INTERNAL_H

/*
 * A flow system from inside: flow.c builds it, flow_solve.c solves it, or the
 * part of it that flow_part.c collects; flow_bundle.c has the classes that one
 * resource holds.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/die.h"
#include "base/heap.h"
#include "model/flow.h"

/**
 * struct use - that a class crosses a resource
 * @resource: which
 * @usage: what a flow takes for each unit of its rate, as a number of struct
 *	usages
 *
 * On a large machine there are millions, of a few thousand usages.
 */
struct use {
	int resource;
	unsigned int usage;
};

/**
 * struct usages - all usages that there are, each once
 * @value: the usages
 * @nr: how many
 * @place: a table that is searched by value: a number, counted from 1; 0: free
 * @bits: it has 2^@bits places
 */
struct usages {
	double *value;
	unsigned int nr;
	unsigned int *place;
	unsigned int bits;
};

/**
 * struct resource - something of which there is only so much
 * @load: what classes that stand take of it
 * @left: not taken by them, nor by frozen classes of the part
 * @demand: how fast the load grows with the level
 * @exact: @demand when it was last summed up: what is left of a long series
 *	of subtractions is mostly rounding
 * @highest: rate of a class of the part that crosses it
 * @usable: what the curve leaves of the capacity
 * @nr_live: classes of the part that are not frozen and cross it
 * @crossed: by a class of the part
 * @fills_at: the level at which it fills up in this solution
 * @fastest: no class that stands at its bound and crosses it is faster
 * @class: who crosses it: all classes with flows, and some that had some
 * @nr_classes: how many
 * @capacity: as given
 * @curve: see flow_curve_fn; may be NULL
 * @arg: for @curve
 *
 * What is used for each crossing comes first, and is a cache line.
 */
struct resource {
	double load;
	double left;
	double demand;
	double exact;
	double highest;
	double usable;
	unsigned int nr_live;
	bool crossed;
	double fills_at;
	double fastest;
	int *class;
	unsigned int nr_classes;
	double capacity;
	flow_curve_fn curve;
	void *arg;
};

/**
 * struct cell - what a bundle is to a resource
 * @weight: what its classes take of it for each unit of their rate
 * @nr: classes that cross it
 */
struct cell {
	double weight;
	unsigned int nr;
};

#define PAGE_CELLS 64

/**
 * struct cell_page - the same of PAGE_CELLS resources in a row
 * @used: a bit for each that some class crosses
 * @cell: the cells
 */
struct cell_page {
	uint64_t used;
	struct cell cell[PAGE_CELLS];
};

/**
 * struct bundle - the classes that a resource holds, all at one rate
 * @class: these classes; all have flows
 * @nr: how many
 * @room: for so many
 * @page: what they are to resources; NULL where none of a page is crossed
 * @nr_pages: how many
 * @nr_going: classes that were touched and have no flows any more
 * @nr_changes: of classes, since the weights were summed up
 * @level: the rate
 * @lowest: no class has a lower bound
 * @place: in the list of bundles that are not empty
 * @listed: in that list
 * @lifted: it is solved now
 * @frozen: @level is final
 */
struct bundle {
	int *class;
	unsigned int nr;
	unsigned int room;
	struct cell_page **page;
	unsigned int nr_pages;
	unsigned int nr_going;
	unsigned int nr_changes;
	double level;
	double lowest;
	unsigned int place;
	bool listed;
	bool lifted;
	bool frozen;
};

/**
 * struct class - flows that are equal in everything
 * @bound: highest rate
 * @nr: how many flows
 * @nr_stands: how many are in the loads of their resources or in a bundle; 0
 *	for one that is single
 * @use: resources that they cross
 * @nr_uses: how many
 * @holder: the resource that lets them be no faster, or did; -1: their bound
 *	does. Who has flows and a holder is in its bundle
 * @first_holder: what held them when they came last; -1: nothing did
 * @place: in the bundle
 * @listed: in the lists of their resources
 * @touched: changed since the last solution
 * @single: it is solved now, and in no bundle
 * @frozen: of one that is single: it meets its bound
 */
struct class
{
	double bound;
	unsigned long nr;
	unsigned long nr_stands;
	struct use *use;
	unsigned int nr_uses;
	int holder;
	int first_holder;
	unsigned int place;
	bool listed;
	bool touched;
	bool single;
	bool frozen;
};

/**
 * struct filling - a resource that is not full yet
 * @level: at which it fills, or less
 * @resource: which
 */
struct filling {
	double level;
	int resource;
};

/**
 * struct meeting - a class or a bundle that meets a bound
 * @bound: the bound; of a bundle, no class has a lower one
 * @class: which; -1: it is a bundle
 * @bundle: which, then
 */
struct meeting {
	double bound;
	int class;
	int bundle;
};

/**
 * struct list - numbers of classes, resources or bundles
 * @at: the numbers
 * @nr: how many
 * @room: for so many
 */
struct list {
	int *at;
	unsigned int nr;
	unsigned int room;
};

/**
 * struct flow_sys - classes of flows and the resources that they share
 * @resource: resources
 * @bundle: by the resource that holds it
 * @asked: by resource, the number of the solution that asked it what it holds
 * @nr_resources: how many
 * @class: classes
 * @nr_classes: how many
 * @usages: of all classes
 * @nr_uses: of classes that have flows
 * @nr_idle_uses: of those that are listed and have none
 * @nr_solutions: so far
 * @touched: classes changed since the last solution
 * @bundles: those that are not empty
 * @part: classes that were solved
 * @changed: classes that were touched and are in no bundle
 * @come: classes that had no flows before
 * @lifted: bundles that are solved now
 * @singles: classes that are, and are in no bundle; and some that are no more
 * @nr_live: classes being solved that are not frozen
 * @crossed: resources that they cross
 * @meeting: struct meeting, of classes and bundles being solved, the lowest
 *	bound first
 * @filling: struct filling, those that are not full yet, the first to fill first
 */
struct flow_sys {
	struct resource *resource;
	struct bundle *bundle;
	unsigned int *asked;
	unsigned int nr_resources;
	struct class *class;
	unsigned int nr_classes;
	struct usages usages;
	unsigned long nr_uses;
	unsigned long nr_idle_uses;
	unsigned int nr_solutions;
	struct list touched;
	struct list bundles;
	struct list part;
	struct list changed;
	struct list come;
	struct list lifted;
	struct list singles;
	unsigned int nr_live;
	struct list crossed;
	struct heap meeting;
	struct heap filling;
};

/**
 * struct cell_at - a resource that a bundle crosses; begin with { 0 }
 * @cell: what the bundle is to it
 * @resource: which
 * @page: the next page
 * @left: of the page before, cells that are still to come
 */
struct cell_at {
	const struct cell *cell;
	int resource;
	unsigned int page;
	uint64_t left;
};

/**
 * next_cell - the next resource that a bundle crosses
 * @bundle: the bundle
 * @at: where it is
 *
 * Return: false: there is none.
 */
static inline bool next_cell(const struct bundle *bundle, struct cell_at *at)
{
	unsigned int bit;

	while (!at->left) {
		if (at->page >= bundle->nr_pages)
			return false;
		if (bundle->page[at->page])
			at->left = bundle->page[at->page]->used;
		at->page++;
	}
	bit = __builtin_ctzll(at->left);
	at->left &= at->left - 1;
	at->resource = (at->page - 1) * PAGE_CELLS + bit;
	at->cell = &bundle->page[at->page - 1]->cell[bit];
	return true;
}

/* A bundle that was not lifted. */
static inline bool stands(const struct bundle *bundle)
{
	return bundle->nr && !bundle->lifted;
}

/* A class that was not lifted and is at its bound. */
static inline bool stands_alone(const struct class *c)
{
	return c->nr_stands && c->holder < 0;
}

static inline double usage(const struct flow_sys *sys, const struct use *use)
{
	return sys->usages.value[use->usage];
}

static inline double usage_of(const struct flow_sys *sys, const struct class *c,
			      int resource)
{
	const struct use *use = c->use;

	while (use->resource != resource)
		use++;
	return usage(sys, use);
}

static inline void list_add(struct list *list, int number)
{
	if (list->nr == list->room) {
		list->room = list->room ? 2 * list->room : 16;
		list->at = xrealloc(list->at, list->room, sizeof(*list->at));
	}
	list->at[list->nr++] = number;
}

const struct cell *bundle_find(const struct bundle *bundle, int resource);
void bundle_enter(struct flow_sys *sys, int bundle, int class);
void bundle_change(struct flow_sys *sys, int class);
void bundle_leave(struct flow_sys *sys, int class);
void bundle_leave_all(struct flow_sys *sys, struct bundle *bundle);
void bundle_sum_up(struct flow_sys *sys, struct bundle *bundle);
void bundle_clear(struct flow_sys *sys, struct bundle *bundle);
void bundle_free(struct bundle *bundle);

void part_lift(struct flow_sys *sys, int bundle);
bool part_lift_faster(struct flow_sys *sys, int resource, double rate);
void part_collect(struct flow_sys *sys);
void part_collect_connected(struct flow_sys *sys);
void part_collect_bundles(struct flow_sys *sys);
void part_end(struct flow_sys *sys);

#endif /* SIM_MODEL_FLOW_INTERNAL_H */
