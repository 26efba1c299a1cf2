// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long it takes until a CPU that is told to do something does it: one way,
 * from the telling to the first instruction there. The way back is in no cost of
 * the model, for nobody who waits for boot has to go it.
 */
#include <stdlib.h>
#include "base/clock.h"
#include "base/die.h"
#include "host/internal.h"
#include "host/yardstick.h"

/* CPUs work or sleep for so long between two quanta, or before they are woken. */
#define PAUSE_NS 500000

/**
 * struct stamps - when each task began
 * @start_ns: by task
 */
struct stamps {
	u64 *start_ns;
};

static void stamp(void *arg, unsigned int cpu)
{
	struct stamps *stamps = arg;

	stamps->start_ns[cpu] = clock_ns();
}

/* As a boot CPU that works: nothing of this thread goes to sleep. */
static void pause_here(void)
{
	u64 end = clock_ns() + PAUSE_NS;

	while (clock_ns() < end)
		;
}

static struct stamps stamps_begin(struct host *host)
{
	struct stamps stamps = {
		.start_ns = xcalloc(host->threads, sizeof(*stamps.start_ns)),
	};

	pause_here();
	return stamps;
}

/* Return: ns from @start_ns until a task began, the mean of those from @first on. */
static double mean_ns(const struct stamps *stamps, unsigned int first,
		      unsigned int nr, u64 start_ns)
{
	double sum = 0;
	unsigned int cpu;

	for (cpu = first; cpu < nr; cpu++)
		sum += stamps->start_ns[cpu] - start_ns;
	free(stamps->start_ns);
	return sum / (nr - first);
}

/**
 * host_call_ns - one cross-call, until it arrives
 * @host: the machine, of two CPUs or more
 *
 * Return: ns, the mean over all CPUs but the boot CPU.
 */
double host_call_ns(struct host *host)
{
	struct stamps stamps = stamps_begin(host);
	u64 start = clock_ns();

	host_on_each_cpu(host, stamp, &stamps);
	return mean_ns(&stamps, 1, host->threads, start);
}

/**
 * host_wakeup_ns - wake a kernel thread on each CPU, until it runs
 * @host: the machine, of any number of CPUs
 *
 * Return: ns, the mean over all CPUs.
 */
double host_wakeup_ns(struct host *host)
{
	struct stamps stamps = stamps_begin(host);
	u64 start = clock_ns();
	unsigned int cpu;

	for (cpu = 0; cpu < host->threads; cpu++)
		task_wake(host_kthread(host, cpu), stamp, &stamps);
	for (cpu = 0; cpu < host->threads; cpu++)
		task_wait(host_kthread(host, cpu));
	return mean_ns(&stamps, 0, host->threads, start);
}

/**
 * host_spawn_ns - what it takes to wake a kernel thread
 * @host: the machine, of any number of CPUs
 *
 * The threads of this program live as long as the machine, so to start one is to
 * wake it. A kernel has to create it.
 *
 * Return: ns, of the CPU that wakes it.
 */
double host_spawn_ns(struct host *host)
{
	struct host_task *task = host_kthread(host, host->threads - 1);
	struct stamps stamps = stamps_begin(host);
	u64 start = clock_ns(), end;

	task_wake(task, stamp, &stamps);
	end = clock_ns();
	task_wait(task);
	free(stamps.start_ns);
	return end - start;
}

/**
 * host_migrate_ns - the boot thread moves to another CPU
 * @host: the machine, of two CPUs or more
 *
 * Return: ns, the mean of there and back.
 */
double host_migrate_ns(struct host *host)
{
	u64 start;

	pause_here();
	start = clock_ns();
	task_pin(host->os_cpu[host->threads - 1]);
	task_pin(host->os_cpu[0]);
	return (clock_ns() - start) / 2.0;
}
