/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_WHY_H
#define SIM_CLI_WHY_H

/* The table of what bounded each strategy. */
#include "cli/report.h"
#include "machine/machine.h"
#include "model/simulation.h"

struct table *why_table(struct report *report);
void why_add(struct table *table, const struct boot_choice *choice,
	     const struct machine *machine,
	     const struct simulation_result *result);

#endif /* SIM_CLI_WHY_H */
