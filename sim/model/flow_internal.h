/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_FLOW_INTERNAL_H
#define SIM_MODEL_FLOW_INTERNAL_H

/* A flow system from inside: flow.c builds it, flow_solve.c solves it. */
#include <stdbool.h>
#include "base/heap.h"
#include "model/flow.h"

/**
 * struct use - that a class crosses a resource; both have a list of them
 * @other: in a class's list the resource, in a resource's list the class
 * @usage: what a flow takes for each unit of its rate
 */
struct use {
	int other;
	double usage;
};

/**
 * struct uses - a list of them
 * @use: the uses
 * @nr: how many
 */
struct uses {
	struct use *use;
	unsigned int nr;
};

/**
 * struct resource - something of which there is only so much
 * @usable: what the curve leaves of the capacity
 * @load: what classes that stand take of it
 * @left: not taken by these, nor by frozen ones of the part being solved
 * @demand: how fast the load grows with the level
 * @exact: @demand when it was last summed up: what is left of a long series
 *	of subtractions is mostly rounding
 * @highest: rate of a class of the part that crosses it
 * @nr_live: classes of the part that are not frozen
 * @nr_holds: classes that stand and would be faster if it had more
 * @nr_part: classes of the part that cross it
 * @part_demand: @demand before any of them is frozen
 * @level: the rate of what it holds
 * @fills_at: the level at which it fills up in this solution
 * @crossed: a class of the part crosses it
 * @uses: who crosses it: all classes with flows, and some that had some
 * @capacity: as given
 * @curve: see flow_curve_fn; may be NULL
 * @arg: for @curve
 */
struct resource {
	double usable;
	double load;
	double left;
	double demand;
	double exact;
	double highest;
	unsigned int nr_live;
	unsigned int nr_holds;
	unsigned int nr_part;
	double part_demand;
	double level;
	double fills_at;
	bool crossed;
	struct uses uses;
	double capacity;
	flow_curve_fn curve;
	void *arg;
};

/**
 * struct class - flows that are equal in everything
 * @bound: highest rate
 * @rate: of each flow, as of the last solution
 * @nr: how many flows
 * @nr_stands: how many are in the loads of their resources, at @rate; 0 for a
 *	class of the part that is being solved
 * @uses: resources that they cross
 * @holder: the resource that lets them be no faster; -1: their bound does
 * @listed: in the lists of their resources
 * @touched: changed since the last solution
 * @frozen: @rate is final
 */
struct class
{
	double bound;
	double rate;
	unsigned long nr;
	unsigned long nr_stands;
	struct uses uses;
	int holder;
	bool listed;
	bool touched;
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
 * struct meeting - a class that meets its bound
 * @bound: its bound
 * @class: which
 */
struct meeting {
	double bound;
	int class;
};

/**
 * struct flow_sys - classes of flows and the resources that they share
 * @resource: resources
 * @nr_resources: how many
 * @class: classes
 * @nr_classes: how many
 * @nr_uses: of classes that have flows
 * @nr_idle_uses: of those that are listed and have none
 * @touched: classes changed since the last solution
 * @nr_touched: how many
 * @part: classes being solved
 * @nr_part: how many
 * @crossed: resources that they cross
 * @nr_crossed: how many
 * @meeting: classes of the part that have flows, by bound
 * @nr_meeting: how many
 * @filling: struct filling, those that are not full yet, the first to fill first
 *
 * @touched, @part and @meeting have room for all classes, @crossed for all
 * resources.
 */
struct flow_sys {
	struct resource *resource;
	unsigned int nr_resources;
	struct class *class;
	unsigned int nr_classes;
	unsigned long nr_uses;
	unsigned long nr_idle_uses;
	int *touched;
	unsigned int nr_touched;
	int *part;
	unsigned int nr_part;
	int *crossed;
	unsigned int nr_crossed;
	struct meeting *meeting;
	unsigned int nr_meeting;
	struct heap filling;
};

#endif /* SIM_MODEL_FLOW_INTERNAL_H */
