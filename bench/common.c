// SPDX-License-Identifier: GPL-2.0-only
/* What the benchmarks share: a machine of one node, and its threads. */
#include <omp.h>
#include <stdlib.h>
#include "base/clock.h"
#include "common.h"

long bench_threads[34];

__attribute__((constructor)) static void count_threads(void)
{
	long cpus = omp_get_num_procs(), nr = 1;
	unsigned int i = 0;

	for (; nr < cpus; nr *= 2)
		bench_threads[i++] = nr;
	bench_threads[i++] = cpus;
	bench_threads[i] = -1;
}

struct host *bench_host(struct topology **topology, long kib,
			unsigned int nr_threads)
{
	unsigned long pages = kib << 10 >> 6;
	char err[256];
	struct host *host;

	*topology = topology_from_nodes("bench", 1);
	(*topology)->nodes[0].nr_cpus = nr_threads;
	(*topology)->nodes[0].nr_ranges = 1;
	(*topology)->nodes[0].ranges[0] = (struct pfn_range){ 0, pages };
	(*topology)->end_pfn = pages;
	host = host_create(*topology, nr_threads, &error);
	if (!host)
		abort();
	host_prefault(host);
	host_reset(host);
	return host;
}

void bench_host_end(struct host *host, struct topology *topology)
{
	host_destroy(host);
	topology_free(topology);
}

void bench_boot(struct host *host, const char *arg)
{
	struct memmap_param param;

	memmap_param_parse(&param, arg);
	host_reset(host);
	host_boot_begin(host, &param);
	host_boot(host);
	host_wait(host);
}

struct start_line {
	void (*fn)(void *arg, unsigned int cpu);
	void *arg;
	unsigned int waiting;
	u64 start, end;
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

	/* Pairs with the load below: whoever is last lets all go. */
	__atomic_sub_fetch(&line->waiting, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&line->waiting, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	later(&line->start, clock_ns());
	line->fn(line->arg, cpu);
	later(&line->end, clock_ns());
}

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
