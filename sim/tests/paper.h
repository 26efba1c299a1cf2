/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_PAPER_H
#define SIM_TESTS_PAPER_H

/* Predictions that paper and pencil can follow; cmocka.h must come first. */
#include "model/simulation.h"

/* Costs that they have in common. */
/* clang-format off */
#define PAPER_COSTS \
	.page_ns = { 9, 4, 10 }, \
	.remote_factor = 1.5, \
	.lines_in_flight = { 10, 10 }, \
	.ipi_ns = 2000, \
	.wakeup_ns = 20000, \
	.migrate_ns = 50000, \
	.faults_at_once = 1
/* clang-format on */

/* What a boot line does on a machine, beside a load or none. */
static inline struct simulation_result run(const struct topology *topology,
					   const struct machine_costs *c,
					   const char *arg,
					   const struct load *load)
{
	struct simulation_result result;
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, arg), 0);
	assert_int_equal(simulation_run_load(topology, c, &param, load, &result,
					     NULL, NULL),
			 0);
	return result;
}

#endif /* SIM_TESTS_PAPER_H */
