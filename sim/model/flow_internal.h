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
 * @left: not taken by classes that stand, nor by frozen ones of the part
 * @demand: how fast the load grows with the level
 * @exact: @demand when it was last summed up: what is left of a long series
 *	of subtractions is mostly rounding
 * @load: what classes that stand take of it
 * @part_demand: @demand before any class of the part is frozen
 * @nr_live: classes of the part that are not frozen
 * @nr_part: classes of the part that cross it
 * @nr_stand: classes that stand and cross it
 * @nr_holds: of these, those that would be faster if it had more
 * @nr_joined: classes whose leaving has changed @load since it was summed up
 * @crossed: a class of the part crosses it
 * @usable: what the curve leaves of the capacity
 * @level: the rate of what it holds
 * @fills_at: the level at which it fills up in this solution
 * @highest: rate of a class of the part that crosses it
 * @uses: who crosses it: all classes with flows, and some that had some
 * @capacity: as given
 * @curve: see flow_curve_fn; may be NULL
 * @arg: for @curve
 *
 * What is used for each crossing comes first, and is a cache line.
 */
struct resource {
	double left;
	double demand;
	double exact;
	double load;
	double part_demand;
	unsigned int nr_live;
	unsigned int nr_part;
	unsigned int nr_stand;
	unsigned int nr_holds;
	unsigned int nr_joined;
	bool crossed;
	double usable;
	double level;
	double fills_at;
	double highest;
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
 * @nr_live: of these, those that are not frozen
 * @crossed: resources that they cross
 * @nr_crossed: how many
 * @meeting: struct meeting, classes of the part that have flows, the lowest
 *	bound first
 * @filling: struct filling, those that are not full yet, the first to fill first
 *
 * @touched and @part have room for all classes, @crossed for all resources.
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
	unsigned int nr_live;
	int *crossed;
	unsigned int nr_crossed;
	struct heap meeting;
	struct heap filling;
};

#endif /* SIM_MODEL_FLOW_INTERNAL_H */
