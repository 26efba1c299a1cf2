/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_SETTLE_H
#define SIM_MODEL_SETTLE_H

/*
 * Pages settle where they are used, on a machine that is not here, in virtual
 * time.
 *
 *	settle.c            processes scan and touch their memory, daemons move
 *	     |  faults, batches      pages; what each of that takes
 *	mm/page_numa/       history, pool, queues: the kernel's
 */
#include <linux/page_numa.h>
#include "machine/costs.h"
#include "machine/topology.h"

/* Pages that Linux 6.12 makes inaccessible at a time: 256 MiB of 4 KiB. */
#define SETTLE_SCAN_BYTES (256UL << 20)

/**
 * struct settle_load - who uses memory that is elsewhere
 * @bytes: that each process uses; a process runs on each node that has CPUs and
 *	memory, with a thread on each CPU, and its pages are spread over all nodes
 *	that have memory
 * @shared: share of them that all processes use, 0 to 1
 * @sweep_ns: time in which a process touches each of its pages once
 * @seed: of what is random
 */
struct settle_load {
	unsigned long bytes;
	double shared;
	double sweep_ns;
	unsigned int seed;
};

/**
 * struct settle_pool - how pages are moved
 * @entries: of the pool; 0: each fault moves its page, as mainline does
 * @policy: of the pool
 * @delay_ns: a daemon is woken so long after a page waits for its node, if not
 *	for a batch before
 */
struct settle_pool {
	unsigned int entries;
	struct page_numa_policy policy;
	double delay_ns;
};

/* Shares of misplaced pages whose time is told. */
enum { SETTLE_50, SETTLE_90, SETTLE_99, SETTLE_NR_SHARES };

/**
 * struct settle_result - what happened
 * @ns: until these shares of the pages that were misplaced and are not shared
 *	were at home; NAN: never
 * @misplaced: pages of them at the beginning
 * @counts: the sums of all nodes
 * @faults: hint faults
 * @fault_moved: pages that faults have moved
 * @flushes: of TLBs, for migrations
 * @fault_ns: time of tasks in hint faults, all of them
 * @daemon_ns: time of daemons
 */
struct settle_result {
	double ns[SETTLE_NR_SHARES];
	unsigned long misplaced;
	struct page_numa_counts counts;
	unsigned long faults;
	unsigned long fault_moved;
	unsigned long flushes;
	double fault_ns;
	double daemon_ns;
};

unsigned int settle_processes(const struct topology *topology);
void settle_run(const struct topology *topology,
		const struct machine_costs *costs,
		const struct settle_load *load, const struct settle_pool *pool,
		struct settle_result *result);

#endif /* SIM_MODEL_SETTLE_H */
