/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_CALIBRATE_H
#define SIM_CLI_CALIBRATE_H

/*
 * This host, timed for its machine file; and strategies beside it, to see
 * whether predictions from that file come true.
 */
#include "cli/options.h"
#include "check/calibration.h"
#include "host/host.h"

/* What is measured as such. */
enum direct {
	DIRECT_CALL,
	DIRECT_WAKEUP,
	DIRECT_SPAWN,
	DIRECT_MIGRATE,
	DIRECT_PULL,
	NR_DIRECT
};

/**
 * struct costing - the costs of this host, as far as they are measured
 * @machine: this host; its costs are solved by costing_solve()
 * @cpus: CPUs of each node, while no more than --threads of them run
 * @calibration: the runs
 * @value: what was measured as such, by enum direct
 * @nr: how often
 */
struct costing {
	struct machine machine;
	unsigned int *cpus;
	struct calibration calibration;
	double *value[NR_DIRECT];
	unsigned int nr[NR_DIRECT];
};

void costing_init(struct costing *costing, const struct options *options);
void costing_free(struct costing *costing);
void costing_round(struct costing *costing, struct host *host);
bool costing_noisy(const struct costing *costing, double noise_pct);
void costing_solve(struct costing *costing);

int calibrate_check(struct costing *costing, struct options *options);

#endif /* SIM_CLI_CALIBRATE_H */
