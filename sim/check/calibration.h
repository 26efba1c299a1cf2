/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_CALIBRATION_H
#define SIM_CHECK_CALIBRATION_H

/*
 * What a machine's costs must be, for the model to say what was measured.
 *
 *	calibration_init() -> a list of runs, each for one cost
 *	each is run for real, several times -> calibration_add()
 *	calibration_solve() -> the costs, each with its range
 *
 * A rate that was measured is not a capacity: the model has CPUs wait for each
 * other at a memory (model/mva.h), and the rate that was measured has that
 * waiting in it. So each cost is what makes the simulation of a run take as long
 * as the run did.
 */
#include "machine/machine.h"
#include "model/simulation.h"

/**
 * struct calibration_run - something to be timed
 * @cost: what it says
 * @mode: how struct pages are written
 * @alone: mainline's two passes by one CPU; @param does not count
 * @param: the boot line
 * @cpus: that take part
 * @what: in words
 * @nr: times that it was run
 * @ns: of each, from the first page to the last; without early memory
 */
struct calibration_run {
	enum machine_cost_id cost;
	enum write_mode mode;
	bool alone;
	struct memmap_param param;
	unsigned int cpus;
	char *what;
	unsigned int nr;
	double *ns;
};

/**
 * struct calibration_strategies - who drains, by what it does
 * @reference: one CPU, from where it is
 * @visits: one CPU, at each node in turn
 * @background: all CPUs, or threads= of each node
 */
struct calibration_strategies {
	const struct memmap_strategy *reference;
	const struct memmap_strategy *visits;
	const struct memmap_strategy *background;
};

/**
 * struct calibration - all that is to be timed on a machine
 * @topology: the machine, with the CPUs that run
 * @strategies: which strategies are run
 * @nr: runs
 * @run: in the order in which they are solved
 */
struct calibration {
	const struct topology *topology;
	struct calibration_strategies strategies;
	unsigned int nr;
	struct calibration_run *run;
};

void calibration_init(struct calibration *calibration,
		      const struct machine *machine,
		      const struct calibration_strategies *strategies);
void calibration_free(struct calibration *calibration);
void calibration_add(struct calibration_run *run, double ns);
double calibration_model_ns(const struct calibration *calibration,
			    const struct calibration_run *run,
			    const struct machine_costs *costs);
void calibration_solve(const struct calibration *calibration,
		       struct machine *machine);
void calibration_set(struct machine *machine, enum machine_cost_id cost,
		     const double *value, unsigned int nr, const char *what);
void calibration_set_pull(struct machine *machine, const double *block_ns,
			  unsigned int nr, const char *what);
void calibration_name_rest(struct machine *machine);

#endif /* SIM_CHECK_CALIBRATION_H */
