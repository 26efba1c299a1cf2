// SPDX-License-Identifier: GPL-2.0-only
/* The executor on real memory: the tasks of host/task.c carry drains out. */
#include "base/clock.h"
#include "host/internal.h"

static struct host *host_of(struct memmap_boot *boot)
{
	return (struct host *)((char *)boot - offsetof(struct host, boot));
}

static u64 executor_now(struct memmap_boot *boot)
{
	return clock_ns();
}

static void executor_run(struct memmap_drain *drain, int nid)
{
	struct host *host = host_of(drain->boot);
	struct memmap_worker worker;
	unsigned int cpu;

	/* As set_cpus_allowed_ptr(): to a CPU of that node, and back. */
	for (cpu = 0; cpu < host->threads && nid != NUMA_NO_NODE; cpu++) {
		if (host->cpu_nid[cpu] == nid) {
			task_pin(host->os_cpu[cpu]);
			break;
		}
	}
	memmap_worker_init(&worker, drain, 0,
			   nid == NUMA_NO_NODE ? host->cpu_nid[0] : nid);
	memmap_drain_run(drain, &worker);
	memmap_drain_finish(drain, &worker);
	task_pin(host->os_cpu[0]);
}

static bool takes_part(const struct memmap_drain *drain, unsigned int index)
{
	return !drain->threads || index < drain->threads;
}

/*
 * A quantum after the other, as if the next interrupt came at once: to be woken
 * as a thread is would cost more than the quantum.
 */
static void quanta(void *arg, unsigned int cpu)
{
	struct memmap_drain *drain = arg;
	struct host *host = host_of(drain->boot);

	if (takes_part(drain, host->cpu_index[cpu]))
		while (memmap_drain_run(drain, &host_cpu(host, cpu)->worker))
			;
}

static void executor_cross_call(struct memmap_drain *drain)
{
	struct host *host = host_of(drain->boot);
	unsigned int cpu;

	for (cpu = 0; cpu < host->threads; cpu++)
		if (takes_part(drain, host->cpu_index[cpu]))
			memmap_worker_init(&host_cpu(host, cpu)->worker, drain,
					   cpu, host->cpu_nid[cpu]);
	host_on_each_cpu(host, quanta, drain);
	for (cpu = 0; cpu < host->threads; cpu++)
		if (takes_part(drain, host->cpu_index[cpu]))
			memmap_drain_finish(drain,
					    &host_cpu(host, cpu)->worker);
}

static void background(void *arg, unsigned int cpu)
{
	struct memmap_drain *drain = arg;
	struct host_task *task = host_kthread(host_of(drain->boot), cpu), *next;

	while ((next = task->next)) {
		task->next = next->next;
		next->next = NULL;
		task_wake(next, background, drain);
	}
	memmap_drain_run(drain, &task->worker);
	memmap_drain_finish(drain, &task->worker);
}

static void spawn_on(struct host *host, struct memmap_drain *drain,
		     unsigned int cpu, struct host_task **list)
{
	struct host_task *task = host_kthread(host, cpu);

	host->spawned[cpu] = true;
	memmap_worker_init(&task->worker, drain, cpu, host->cpu_nid[cpu]);
	task->next = *list;
	*list = task;
}

/*
 * Boot starts one thread of a node, which starts the others, as in the kernel.
 * A node without threads is drained by those of other nodes, which help when
 * theirs is done. The first call also starts the thread of
 * CPU 0, whatever its node, so that there is one in any case.
 */
static void executor_spawn(struct memmap_drain *drain, int nid)
{
	struct host *host = host_of(drain->boot);
	unsigned int most = memmap_drain_threads(drain, nid), cpu;
	struct host_task *list = NULL;

	if (!host->spawned[0])
		spawn_on(host, drain, 0, &list);
	for (cpu = 1; cpu < host->threads; cpu++)
		if (host->cpu_nid[cpu] == nid && !host->spawned[cpu] &&
		    host->cpu_index[cpu] < most)
			spawn_on(host, drain, cpu, &list);
	if (list)
		task_wake(list, background, drain);
}

/**
 * executor_wait - until all kernel threads that drain have finished
 * @host: the machine
 */
void executor_wait(struct host *host)
{
	unsigned int cpu;

	for (cpu = 0; cpu < host->threads; cpu++) {
		if (!host->spawned[cpu])
			continue;
		task_wait(host_kthread(host, cpu));
		host->spawned[cpu] = false;
	}
}

static void executor_relax(struct memmap_boot *boot)
{
}

const struct memmap_exec host_executor = {
	.name = "host",
	.now = executor_now,
	.busy = memmap_page_busy,
	.init = memmap_page_init,
	.free = memmap_page_link,
	.run = executor_run,
	.cross_call = executor_cross_call,
	.spawn = executor_spawn,
	.relax = executor_relax,
};
