/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_BAND_INTERNAL_H
#define SIM_MODEL_BAND_INTERNAL_H

/* Error bands from inside: band_inputs.c lists the inputs, band.c tries them. */
#include "model/band.h"

/**
 * struct trial - a machine that is changed a little, and put back
 * @machine: as it is
 * @topology: with less memory, if it is large
 * @costs: as they are being tried
 * @node: for @costs
 * @link: for @costs
 * @param: with the store chosen for good
 * @load: of a size that fits @topology; NULL: none
 * @scaled: for @load
 * @base: its result, unchanged
 */
struct trial {
	const struct machine *machine;
	struct topology *topology;
	struct machine_costs costs;
	struct node_costs *node;
	struct machine_link *link;
	struct memmap_param param;
	const struct load *load;
	struct load scaled;
	struct simulation_result base;
};

/**
 * struct input - something that may be other than it is taken for
 * @name: of it
 * @range: how far
 * @label: what it rests on
 * @scale: makes it so many times as large
 * @cost: for @scale
 * @power: per cent that the time until complete follows a per cent more of it,
 *	as what bounded the strategy says
 * @early: the part of that which is early memory
 */
struct input {
	const char *name;
	struct machine_range range;
	enum machine_label label;
	void (*scale)(struct trial *trial, enum machine_cost_id cost,
		      double factor);
	enum machine_cost_id cost;
	double power;
	double early;
};

unsigned int band_inputs(const struct trial *trial, struct input *input);

#endif /* SIM_MODEL_BAND_INTERNAL_H */
