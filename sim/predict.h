/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_PREDICT_H
#define SIM_PREDICT_H

#include "virtual.h"

/**
 * struct predict_machine - a machine with what things cost on it
 * @shape: its nodes
 * @costs: its costs
 * @label: what the costs rest on: measured, calibrated or extrapolated
 */
struct predict_machine {
	struct host_shape *shape;
	struct virtual_costs costs;
	const char *label;
};

extern const struct virtual_costs default_costs;

/* Bad input ends the process with status 2. */
void predict_machine_load(struct predict_machine *machine, const char *spec,
			  const char *mem);

#endif /* SIM_PREDICT_H */
