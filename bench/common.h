/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

/* What the benchmarks share: a machine of one node on this host's memory. */
#include "host/host.h"

/* 1, 2, 4 ... and all CPUs of this host; ended by -1. */
extern long bench_threads[];

void bench_threads_init(void);
struct host *bench_host(struct topology **topology, long kib,
			unsigned int nr_threads);
void bench_host_end(struct host *host, struct topology *topology);
void bench_boot(struct host *host, const char *arg);
u64 bench_on_each_cpu(struct host *host,
		      void (*fn)(void *arg, unsigned int cpu), void *arg);

#endif /* BENCH_COMMON_H */
