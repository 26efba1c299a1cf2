// SPDX-License-Identifier: GPL-2.0-only
#include <omp.h>
#include <stdlib.h>
#include "base/clock.h"
#include "common.h"

long bench_threads[34];

/**
 * bench_threads_init - fill in bench_threads
 */
void bench_threads_init(void)
{
	long cpus = omp_get_num_procs(), nr = 1;
	unsigned int i = 0;

	for (; nr < cpus; nr *= 2)
		bench_threads[i++] = nr;
	bench_threads[i++] = cpus;
	bench_threads[i] = -1;
}

/**
 * bench_host - a machine of one node, which owns one range of memory
 * @topology: the result's
 * @kib: its memmap in KiB; all of it is touched, so that no benchmark pays for
 *	page faults
 * @nr_threads: its CPUs
 *
 * Return: the machine; ends the process where this host cannot hold it.
 */
struct host *bench_host(struct topology **topology, long kib,
			unsigned int nr_threads)
{
	unsigned long pages = kib << 10 >> 6;
	struct error error = { 0 };
	struct host *host;

	*topology = topology_from_nodes("bench", 1);
	(*topology)->nodes[0].nr_cpus = nr_threads;
	topology_add_range(*topology, 0, 0, pages);
	host = host_create(*topology, nr_threads, &error);
	if (!host) {
		error_print(&error, stderr);
		exit(EXIT_FAILURE);
	}
	host_prefault(host);
	host_reset(host);
	return host;
}

/**
 * bench_host_end - take a machine down
 * @host: from bench_host()
 * @topology: its topology
 */
void bench_host_end(struct host *host, struct topology *topology)
{
	host_destroy(host);
	topology_free(topology);
}

/**
 * bench_boot - from nothing to memory that no worker drains any more
 * @host: the machine
 * @arg: what the boot line would say; with "ondemand" the memory stays pristine
 */
void bench_boot(struct host *host, const char *arg)
{
	struct memmap_param param;

	memmap_param_parse(&param, arg);
	host_reset(host);
	host_boot_begin(host, &param);
	host_boot(host);
	host_wait(host);
}

/**
 * struct start_line - all CPUs begin at one moment
 * @fn: what they do
 * @arg: for @fn
 * @waiting: CPUs that are not ready yet
 * @start: when the last one was ready
 * @end: when the last one was done
 */
struct start_line {
	void (*fn)(void *arg, unsigned int cpu);
	void *arg;
	unsigned int waiting;
	u64 start;
	u64 end;
};

static void later(u64 *time, u64 now)
{
	u64 old = __atomic_load_n(time, __ATOMIC_RELAXED);

	while (old < now &&
	       !__atomic_compare_exchange_n(time, &old, now, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void run_cpu(void *arg, unsigned int cpu)
{
	struct start_line *line = arg;

	/* Pairs with the load below: the last one lets all go. */
	__atomic_sub_fetch(&line->waiting, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&line->waiting, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	later(&line->start, clock_ns());
	line->fn(line->arg, cpu);
	later(&line->end, clock_ns());
}

/**
 * bench_on_each_cpu - run something on all CPUs of a machine at once
 * @host: the machine
 * @fn: what
 * @arg: its argument
 *
 * Return: ns from when the last CPU was ready to when the last one was done:
 * without what it takes to wake them.
 */
u64 bench_on_each_cpu(struct host *host,
		      void (*fn)(void *arg, unsigned int cpu), void *arg)
{
	struct start_line line = {
		.fn = fn,
		.arg = arg,
		.waiting = host_threads(host),
	};

	if (line.waiting == 1)
		run_cpu(&line, 0);
	else
		host_on_each_cpu(host, run_cpu, &line);
	return line.end - line.start;
}
