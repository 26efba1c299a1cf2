// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks: the threads of this process that stand for CPUs.
 *
 *	CPU 0            CPU 1            CPU 2
 *	the caller's     a thread         a thread	takes cross-calls
 *	a thread         a thread         a thread	the kernel thread of async
 *
 * They live as long as the machine and wait on a semaphore each, as idle CPUs
 * wait for an interrupt. The two of a CPU are pinned to the same place, so that
 * boot and drain share a CPU as they do in a kernel.
 */
#include <numa.h>
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include "base/die.h"
#include "host/internal.h"

/**
 * task_pin - move the calling thread to a CPU of this host
 * @os_cpu: its number in this host's system, -1 for any
 */
void task_pin(int os_cpu)
{
	cpu_set_t set;

	if (os_cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(os_cpu, &set);
	/* If a thread may not be bound, figures are noisier, not wrong. */
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void task_idle(struct host_task *task)
{
	task_pin(task->host->os_cpu[task->cpu]);
	/* As in the kernel: boot is not interrupted for it. */
	if (task == host_kthread(task->host, task->cpu))
		sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){});
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

/**
 * task_wake - let a task do something
 * @task: idle
 * @fn: what; NULL ends the task
 * @arg: for @fn
 */
void task_wake(struct host_task *task, void (*fn)(void *arg, unsigned int cpu),
	       void *arg)
{
	task->fn = fn;
	task->arg = arg;
	sem_post(&task->wake);
}

/**
 * task_wait - until a task has done what task_wake() told it
 * @task: the task
 */
void task_wait(struct host_task *task)
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

/**
 * tasks_start - two threads for each CPU: the CPU itself and its kernel thread
 * @host: the machine
 *
 * The caller's thread becomes the first CPU.
 *
 * Return: 0, or -1 if this host does not let so many threads start.
 */
int tasks_start(struct host *host)
{
	unsigned int i, nr = 2 * host->threads;

	pthread_getaffinity_np(pthread_self(), sizeof(host->caller_cpus),
			       &host->caller_cpus);
	choose_os_cpus(host);
	host->tasks = xcalloc(nr, sizeof(*host->tasks));
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
	task_pin(host->os_cpu[0]);
	return 0;
}

/**
 * tasks_stop - end all tasks
 * @host: the machine
 *
 * The caller's thread may run where it could before tasks_start().
 */
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
		task_wake(host_cpu(host, cpu), fn, arg);
	fn(arg, 0);
	for (cpu = 1; cpu < host->threads; cpu++)
		task_wait(host_cpu(host, cpu));
}
