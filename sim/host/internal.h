/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_INTERNAL_H
#define SIM_HOST_INTERNAL_H

#include <sched.h>
#include <semaphore.h>
#include "host/host.h"

/**
 * struct host_task - something that can run: a CPU, or a kernel thread on one
 * @host: the machine
 * @cpu: the CPU
 * @fn: what to do when woken; NULL: the machine goes away
 * @arg: its argument
 * @wake: posted when @fn is set
 * @done: posted when @fn has returned
 * @worker: its part in the drain
 * @more: the last quantum ended before the work did
 */
struct host_task {
	struct host *host;
	unsigned int cpu;
	void (*fn)(void *arg, unsigned int cpu);
	void *arg;
	sem_t wake;
	sem_t done;
	struct memmap_worker worker;
	bool more;
};

/**
 * struct host - a machine in this process
 * @topology: as described
 * @threads: CPUs
 * @cpu_nid: home node per CPU
 * @cpu_index: which of its node's CPUs it is
 * @os_cpu: where it is pinned, -1 for nowhere
 * @caller_cpus: the caller's own affinity, to give back
 * @tasks: CPUs first (0 is the caller's own thread), then a kernel thread each
 * @team: the thread that opened the parallel region
 * @memmap_bytes: address space reserved
 * @nr_zones: zones, one per node with memory
 * @zone: the zones
 * @zone_node: which node of the topology a zone is
 * @set: extents per zone
 * @set_ptr: for struct memmap_boot
 * @boot: the boot under way
 * @drain_begun: cross-call workers have joined
 * @spawned: kernel threads that drain, to be waited for
 */
struct host {
	const struct topology *topology;
	unsigned int threads;
	int *cpu_nid;
	unsigned int *cpu_index;
	int *os_cpu;
	cpu_set_t caller_cpus;
	struct host_task *tasks;
	pthread_t team;
	size_t memmap_bytes;
	size_t pageblock_bytes;
	unsigned int nr_zones;
	struct zone *zone;
	unsigned int *zone_node;
	struct memmap_extents *set;
	struct memmap_extents **set_ptr;
	struct memmap_boot boot;
	bool drain_begun;
	bool *spawned;
};

extern const struct memmap_exec omp_executor;

int tasks_start(struct host *host);
void tasks_stop(struct host *host);
void executor_wait(struct host *host);

/* Whole blocks of a range; false if there is none. */
bool host_core(const struct pfn_range *range, unsigned long *start_pfn,
	       unsigned long *end_pfn);
void host_zones_init(struct host *host);
void host_free_edges(struct host *host);

#endif /* SIM_HOST_INTERNAL_H */
