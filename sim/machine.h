/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdio.h>
#include "virtual.h"

enum machine_label {
	MACHINE_DEFAULT,	/* from the default set: extrapolated */
	MACHINE_DATASHEET,	/* from the machine's data sheet: extrapolated */
	MACHINE_CALIBRATED,	/* derived from a timing of the machine */
	MACHINE_MEASURED,	/* measured on the machine */
};

/**
 * struct machine_cost - where one of struct virtual_costs comes from
 * @label: what it rests on
 * @source: in words, NULL for the default set
 */
struct machine_cost {
	enum machine_label label;
	char *source;
};

#define MACHINE_NR_COSTS	13

/**
 * struct machine - a machine that need not be here
 * @shape: its nodes
 * @costs: what things cost
 * @cost: where each cost comes from, in the order of machine_cost_names
 * @source: where the rest comes from
 */
struct machine {
	struct host_shape *shape;
	struct virtual_costs costs;
	struct machine_cost cost[MACHINE_NR_COSTS];
	char *source;
};

/* JSON files, hwloc XML, synthetic strings, NULL: this host; ends with 2. */
void machine_load(struct machine *machine, const char *spec, const char *mem);
const char *machine_label(const struct machine *machine);
double *machine_cost_value(struct machine *machine, unsigned int i);
const char *machine_cost_name(unsigned int i);
void machine_set(struct machine *machine, const char *name, double value,
		 enum machine_label label, const char *source);
void machine_write(struct machine *machine, FILE *out);
void machine_free(struct machine *machine);
void machine_show(struct machine *machine, FILE *out);

#endif /* SIM_MACHINE_H */
