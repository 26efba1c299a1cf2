/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stdlib.h>
#include "host.h"
#include "bench.h"

/* One node, one range, so many MiB of memmap; the memmap is touched. */
static inline struct host *bench_host(struct host_shape **shape, long mib,
				      unsigned int threads)
{
	unsigned long pages = mib << 20 >> 6;
	char err[256];
	struct host *host;

	*shape = shape_from_nodes("bench", 1);
	(*shape)->nodes[0].nr_cpus = threads;
	(*shape)->nodes[0].nr_ranges = 1;
	(*shape)->nodes[0].ranges[0] = (struct host_range) { 0, pages };
	(*shape)->end_pfn = pages;
	host = host_create(*shape, threads, err, sizeof(err));
	if (!host)
		abort();
	host_prefault(host);
	host_reset(host);
	return host;
}

static inline void bench_host_end(struct host *host, struct host_shape *shape)
{
	host_destroy(host);
	shape_free(shape);
}

#endif /* BENCH_COMMON_H */
