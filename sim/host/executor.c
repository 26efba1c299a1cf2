// SPDX-License-Identifier: GPL-2.0-only
/*
 * The OpenMP executor: threads are CPUs.
 *
 * One parallel region lives as long as the machine. Its threads wait on a
 * semaphore each, as idle CPUs wait for an interrupt. The caller's own thread
 * is the boot CPU. Beside each CPU stands a second thread pinned to the same
 * place: the kernel thread that async starts there, so that boot and drain
 * share a CPU as they do in a kernel.
 */
#include <numa.h>
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "host/internal.h"

static struct host *host_of(struct memmap_boot *boot)
{
	return (struct host *)((char *)boot - offsetof(struct host, boot));
}

static struct host_task *cpu_task(struct host *host, unsigned int cpu)
{
	return &host->tasks[cpu];
}

static struct host_task *kthread_task(struct host *host, unsigned int cpu)
{
	return &host->tasks[host->threads + cpu];
}

static void pin(int os_cpu)
{
	cpu_set_t set;

	if (os_cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(os_cpu, &set);
	/* Where it is forbidden the figures are noisier, not wrong. */
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void task_idle(struct host_task *task)
{
	pin(task->host->os_cpu[task->cpu]);
	sem_post(&task->done);
	for (;;) {
		while (sem_wait(&task->wake))
			;
		if (!task->fn)
			return;
		task->fn(task->arg, task->cpu);
		sem_post(&task->done);
	}
}

static void task_wake(struct host_task *task,
		      void (*fn)(void *arg, unsigned int cpu), void *arg)
{
	task->fn = fn;
	task->arg = arg;
	sem_post(&task->wake);
}

static void task_wait(struct host_task *task)
{
	while (sem_wait(&task->done))
		;
}

static void *team_main(void *arg)
{
	struct host *host = arg;
	int nr = 2 * host->threads - 1;

	/* A setting of this thread, not of the process. */
	omp_set_dynamic(0);
#pragma omp parallel num_threads(nr)
	task_idle(&host->tasks[1 + omp_get_thread_num()]);
	return NULL;
}

/* CPUs this process may use, node by node, so that neighbours share a node. */
static void choose_os_cpus(struct host *host)
{
	unsigned int nr = 0, cpu, i;
	int order[CPU_SETSIZE];
	cpu_set_t set;
	int node;

	if (sched_getaffinity(0, sizeof(set), &set))
		CPU_ZERO(&set);
	for (node = numa_available() < 0 ? 0 : numa_max_node(); node >= 0;
	     node--)
		for (cpu = CPU_SETSIZE; cpu-- > 0;)
			if (CPU_ISSET(cpu, &set) &&
			    (numa_available() < 0 ||
			     numa_node_of_cpu(cpu) == node))
				order[nr++] = cpu;
	for (i = 0; i < host->threads; i++)
		host->os_cpu[i] = host->threads <= nr ? order[nr - 1 - i] : -1;
}

static void tasks_free(struct host *host)
{
	unsigned int i;

	for (i = 0; i < 2 * host->threads; i++) {
		sem_destroy(&host->tasks[i].wake);
		sem_destroy(&host->tasks[i].done);
	}
	free(host->tasks);
}

int tasks_start(struct host *host)
{
	unsigned int i, nr = 2 * host->threads;

	pthread_getaffinity_np(pthread_self(), sizeof(host->caller_cpus),
			       &host->caller_cpus);
	choose_os_cpus(host);
	host->tasks = calloc(nr, sizeof(*host->tasks));
	if (!host->tasks)
		return -1;
	for (i = 0; i < nr; i++) {
		host->tasks[i].host = host;
		host->tasks[i].cpu = i % host->threads;
		sem_init(&host->tasks[i].wake, 0, 0);
		sem_init(&host->tasks[i].done, 0, 0);
	}
	if (omp_get_thread_limit() < (int)nr ||
	    pthread_create(&host->team, NULL, team_main, host)) {
		tasks_free(host);
		return -1;
	}
	for (i = 1; i < nr; i++)
		task_wait(&host->tasks[i]);
	pin(host->os_cpu[0]);
	return 0;
}

void tasks_stop(struct host *host)
{
	unsigned int i;

	for (i = 1; i < 2 * host->threads; i++)
		task_wake(&host->tasks[i], NULL, NULL);
	pthread_join(host->team, NULL);
	tasks_free(host);
	pthread_setaffinity_np(pthread_self(), sizeof(host->caller_cpus),
			       &host->caller_cpus);
}

/**
 * host_on_each_cpu - run something on every CPU at once
 * @host: the machine
 * @fn: what
 * @arg: its argument
 *
 * Context: the boot CPU. Returns when all have.
 */
void host_on_each_cpu(struct host *host,
		      void (*fn)(void *arg, unsigned int cpu), void *arg)
{
	unsigned int cpu;

	for (cpu = 1; cpu < host->threads; cpu++)
		task_wake(cpu_task(host, cpu), fn, arg);
	fn(arg, 0);
	for (cpu = 1; cpu < host->threads; cpu++)
		task_wait(cpu_task(host, cpu));
}

static u64 executor_now(struct memmap_boot *boot)
{
	return clock_ns();
}

static void executor_free(struct memmap_boot *boot, struct memmap_extents *set,
			  unsigned long start_pfn, unsigned long nr_pages)
{
	unsigned long pfn;

	for (pfn = start_pfn; pfn < start_pfn + nr_pages;
	     pfn += MEMMAP_BLOCK_PAGES)
		memmap_page_free(set->zone, pfn, MIGRATE_MOVABLE);
}

static void executor_run(struct memmap_drain *drain, int nid)
{
	struct host *host = host_of(drain->boot);
	struct memmap_worker worker;
	unsigned int cpu;

	/* As set_cpus_allowed_ptr(): to a CPU of that node, and back. */
	for (cpu = 0; cpu < host->threads && nid != NUMA_NO_NODE; cpu++) {
		if (host->cpu_nid[cpu] == nid) {
			pin(host->os_cpu[cpu]);
			break;
		}
	}
	memmap_worker_init(&worker, drain, 0,
			   nid == NUMA_NO_NODE ? host->cpu_nid[0] : nid);
	memmap_drain_run(drain, &worker);
	memmap_drain_finish(drain, &worker);
	pin(host->os_cpu[0]);
}

static bool takes_part(const struct memmap_drain *drain, unsigned int index)
{
	return !drain->threads || index < drain->threads;
}

static void quantum(void *arg, unsigned int cpu)
{
	struct memmap_drain *drain = arg;
	struct host *host = host_of(drain->boot);
	struct host_task *task = cpu_task(host, cpu);

	task->more = takes_part(drain, host->cpu_index[cpu]) &&
		     memmap_drain_run(drain, &task->worker);
}

static bool executor_cross_call(struct memmap_drain *drain)
{
	struct host *host = host_of(drain->boot);
	bool more = false;
	unsigned int cpu;

	if (!host->drain_begun) {
		host->drain_begun = true;
		for (cpu = 0; cpu < host->threads; cpu++)
			if (takes_part(drain, host->cpu_index[cpu]))
				memmap_worker_init(&cpu_task(host, cpu)->worker,
						   drain, cpu,
						   host->cpu_nid[cpu]);
	}
	host_on_each_cpu(host, quantum, drain);
	for (cpu = 0; cpu < host->threads; cpu++)
		more |= cpu_task(host, cpu)->more;
	for (cpu = 0; !more && cpu < host->threads; cpu++)
		if (takes_part(drain, host->cpu_index[cpu]))
			memmap_drain_finish(drain,
					    &cpu_task(host, cpu)->worker);
	return more;
}

static void background(void *arg, unsigned int cpu)
{
	struct memmap_drain *drain = arg;
	struct host_task *task = kthread_task(host_of(drain->boot), cpu);

	memmap_drain_run(drain, &task->worker);
	memmap_drain_finish(drain, &task->worker);
}

static void spawn_on(struct host *host, struct memmap_drain *drain,
		     unsigned int cpu)
{
	struct host_task *task = kthread_task(host, cpu);

	host->spawned[cpu] = true;
	memmap_worker_init(&task->worker, drain, cpu, host->cpu_nid[cpu]);
	task_wake(task, background, drain);
}

/*
 * A node for which no thread stands is drained by the others, which steal. If
 * no node of the machine has had a thread yet, CPU 0's must do.
 */
static void executor_spawn(struct memmap_drain *drain, int nid)
{
	struct host *host = host_of(drain->boot);
	unsigned int cpu;

	if (!host->spawned[0])
		spawn_on(host, drain, 0);
	for (cpu = 1; cpu < host->threads; cpu++)
		if (host->cpu_nid[cpu] == nid && !host->spawned[cpu] &&
		    takes_part(drain, host->cpu_index[cpu]))
			spawn_on(host, drain, cpu);
}

void executor_wait(struct host *host)
{
	unsigned int cpu;

	for (cpu = 0; cpu < host->threads; cpu++) {
		if (!host->spawned[cpu])
			continue;
		task_wait(kthread_task(host, cpu));
		host->spawned[cpu] = false;
	}
}

static void executor_relax(struct memmap_boot *boot)
{
}

const struct memmap_exec omp_executor = {
	.name = "omp",
	.now = executor_now,
	.init = memmap_page_init,
	.free = executor_free,
	.run = executor_run,
	.cross_call = executor_cross_call,
	.spawn = executor_spawn,
	.relax = executor_relax,
};
