/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_LOAD_H
#define SIM_HOST_LOAD_H

/* What takes memory of a machine on the host once its boot has gone on. */
#include "host/host.h"

/**
 * struct host_load - CPUs that take memory when boot has ended
 * @nr_cpus: CPUs, spread over all that there are
 * @bytes: each takes so much
 * @at_ns: when they begin
 * @clear: they clear what they take
 * @asleep: of the time that clearing takes, each sleeps so much
 */
struct host_load {
	unsigned int nr_cpus;
	unsigned long bytes;
	double at_ns;
	bool clear;
	double asleep;
};

struct host_load_run;

struct host_load_run *host_load_start(struct host *host,
				      const struct host_load *load);
u64 host_load_end(struct host_load_run *run, u64 *ready_ns);

#endif /* SIM_HOST_LOAD_H */
