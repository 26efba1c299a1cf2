/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_INTERNAL_H
#define SIM_HOST_INTERNAL_H

/* What the files of this room know of a machine on real memory. */

#include <sched.h>
#include <semaphore.h>
#include "host/host.h"

/**
 * struct host_task - a thread that stands for a CPU, or for a kernel thread on it
 * @host: the machine
 * @cpu: the CPU
 * @fn: what to do when woken; NULL: end
 * @arg: its argument
 * @wake: posted when @fn is set
 * @done: posted when @fn has returned
 * @worker: its part in the drain
 * @next: another thread of its node, which it has to start
 */
struct host_task {
	struct host *host;
	unsigned int cpu;
	void (*fn)(void *arg, unsigned int cpu);
	void *arg;
	sem_t wake;
	sem_t done;
	struct memmap_worker worker;
	struct host_task *next;
};

/**
 * struct host - a machine in this process
 * @topology: as described
 * @threads: CPUs
 * @cpu_nid: home node per CPU
 * @cpu_index: which of its node's CPUs it is
 * @os_cpu: where it is pinned, -1 for nowhere
 * @caller_cpus: the caller's own affinity, to give back
 * @tasks: one for each CPU, then one for a kernel thread on each
 * @team: the thread that all tasks but CPU 0's are started from
 * @memmap_bytes: address space reserved for the memmap
 * @pageblock_bytes: and for the migrate types of pageblocks
 * @nr_zones: zones, one per node with memory
 * @nr_boot_zones: those that have some at boot; they come first
 * @nr_plugged: pieces of hot-added memory that are online
 * @zone: the zones
 * @zone_node: which node of the topology a zone is
 * @early_end: where the early memory of a zone ends, for other strategies and
 *	for mainline's own; 0: it has none
 * @reserved: pages of a zone that mainline writes early as well
 * @set: extents per zone
 * @set_ptr: for struct memmap_boot
 * @boot: the boot under way
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
	unsigned int nr_boot_zones;
	unsigned int nr_plugged;
	struct zone *zone;
	unsigned int *zone_node;
	unsigned long (*early_end)[2];
	unsigned long *reserved;
	struct memmap_extents *set;
	struct memmap_extents **set_ptr;
	struct memmap_boot boot;
	bool *spawned;
};

/**
 * host_cpu - the task that stands for a CPU
 * @host: the machine
 * @cpu: less than @host->threads
 *
 * Return: the task; that of CPU 0 is the caller's own thread.
 */
static inline struct host_task *host_cpu(struct host *host, unsigned int cpu)
{
	return &host->tasks[cpu];
}

/**
 * host_kthread - the task that stands for a kernel thread on a CPU
 * @host: the machine
 * @cpu: less than @host->threads
 *
 * Return: the task.
 */
static inline struct host_task *host_kthread(struct host *host,
					     unsigned int cpu)
{
	return &host->tasks[host->threads + cpu];
}

/* task.c */
int tasks_start(struct host *host);
void tasks_stop(struct host *host);
void task_pin(int os_cpu);
void task_wake(struct host_task *task, void (*fn)(void *arg, unsigned int cpu),
	       void *arg);
void task_wait(struct host_task *task);

/* boot.c */
void host_add_set(struct host *host, unsigned int zone);

/* executor.c */
extern const struct memmap_exec host_executor;

void executor_wait(struct host *host);

/* host.c */
void host_zones_init(struct host *host);

/* early.c */
bool host_core(const struct pfn_range *range, unsigned long *start_pfn,
	       unsigned long *end_pfn);
void host_free_edges(struct host *host);
unsigned long host_late(const struct host *host, unsigned int zone,
			bool mainline);

#endif /* SIM_HOST_INTERNAL_H */
