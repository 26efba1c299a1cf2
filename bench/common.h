/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include "host/host.h"
#include "bench.h"

/* 1, 2, 4 ... and all CPUs of this host; ended by -1. */
extern long bench_threads[];

/* One node, one range, so many KiB of memmap; the memmap is touched. */
struct host *bench_host(struct topology **topology, long kib,
			unsigned int threads);
void bench_host_end(struct host *host, struct topology *topology);

/* From nothing to memory that nobody drains any more; "ondemand" stays so. */
void bench_boot(struct host *host, const char *arg);

/*
 * All CPUs run fn at once. Return: ns from when the last one was ready to when
 * the last one was done: without what it takes to wake them.
 */
u64 bench_on_each_cpu(struct host *host,
		      void (*fn)(void *arg, unsigned int cpu), void *arg);

#endif /* BENCH_COMMON_H */
