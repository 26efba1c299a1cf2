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
 * @twin: place of the same use in the list of @other
 * @usage: what a flow takes for each unit of its rate
 */
struct use {
	int other;
	unsigned int twin;
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
 * @capacity: as given
 * @usable: what the curve leaves of it
 * @left: not taken by frozen classes
 * @demand: how fast the load grows with the level
 * @exact: @demand when it was last summed up: what is left of a long series
 *	of subtractions is mostly rounding
 * @nr_live: classes not frozen
 * @curve: see flow_curve_fn; may be NULL
 * @arg: for @curve
 * @uses: who crosses it, classes with flows first
 * @nr_busy: how many of these have flows
 * @seen: in the part being solved
 */
struct resource {
	double capacity;
	double usable;
	double left;
	double demand;
	double exact;
	unsigned int nr_live;
	flow_curve_fn curve;
	void *arg;
	struct uses uses;
	unsigned int nr_busy;
	bool seen;
};

/**
 * struct class - flows that are equal in everything
 * @bound: highest rate
 * @rate: of each flow, as of the last solution
 * @nr: how many flows
 * @uses: resources that they cross
 * @touched: changed since the last solution
 * @seen: in the part being solved
 * @frozen: @rate is final
 */
struct class
{
	double bound;
	double rate;
	unsigned long nr;
	struct uses uses;
	bool touched;
	bool seen;
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
 * struct flow_sys - classes of flows and the resources that they share
 * @resource: resources
 * @nr_resources: how many
 * @class: classes
 * @nr_classes: how many
 * @touched: classes changed since the last solution
 * @nr_touched: how many
 * @part: classes being solved
 * @nr_part: how many
 * @filling: struct filling, resources of that part, the first to fill first
 *
 * @touched and @part have room for all classes.
 */
struct flow_sys {
	struct resource *resource;
	unsigned int nr_resources;
	struct class *class;
	unsigned int nr_classes;
	int *touched;
	unsigned int nr_touched;
	int *part;
	unsigned int nr_part;
	struct heap filling;
};

#endif /* SIM_MODEL_FLOW_INTERNAL_H */
