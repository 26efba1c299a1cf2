// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load beside the drains: threads that take blocks, clear as much memory and
 * sleep between two blocks. They share the CPUs with the kernel threads, which
 * are of idle priority, and the zones' locks with them as well.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/die.h"
#include "host/buddy.h"
#include "host/internal.h"
#include "host/load.h"

#define BLOCK_BYTES (MEMMAP_BLOCK_PAGES * PAGE_SIZE)

struct taken {
	struct page *page;
	struct zone *zone;
};

/* One of its CPUs; @nr blocks are taken. */
struct load_cpu {
	struct host_load_run *run;
	unsigned int cpu;
	pthread_t thread;
	struct taken *taken;
	unsigned long nr;
	u64 done_ns;
};

struct host_load_run {
	struct host *host;
	struct host_load load;
	u64 start_ns;
	u64 ready_ns;
	struct load_cpu cpus[];
};

static void sleep_ns(double ns)
{
	struct timespec left = { ns / 1e9, (long)ns % 1000000000 };

	if (ns > 0)
		while (nanosleep(&left, &left))
			;
}

/* Of the nearest node that has one; a pristine one is initialised. */
static bool take(struct host *host, unsigned int cpu, struct taken *taken)
{
	unsigned int first = (unsigned long)cpu * host->nr_boot_zones /
			     host->threads,
		     i;

	for (i = 0; i < host->nr_boot_zones; i++) {
		taken->zone = &host->zone[(first + i) % host->nr_boot_zones];
		taken->page = buddy_alloc(&host->boot, taken->zone,
					  MAX_PAGE_ORDER, MIGRATE_MOVABLE);
		if (taken->page)
			return true;
	}
	return false;
}

static void *load_thread(void *arg)
{
	struct load_cpu *me = arg;
	const struct host_load *load = &me->run->load;
	unsigned long want = load->bytes / BLOCK_BYTES;
	/* The memory itself is not there: one buffer stands for all of it. */
	char *content = xrealloc(NULL, 1, BLOCK_BYTES);
	u64 start;

	task_pin(me->run->host->os_cpu[me->cpu]);
	memset(content, 1, BLOCK_BYTES);
	sleep_ns(load->at_ns);
	while (me->nr < want &&
	       take(me->run->host, me->cpu, &me->taken[me->nr])) {
		me->nr++;
		if (!READ_ONCE(me->run->ready_ns) &&
		    !memmap_boot_pristine(&me->run->host->boot))
			WRITE_ONCE(me->run->ready_ns, clock_ns());
		if (!load->clear)
			continue;
		start = clock_ns();
		memset(content, me->nr, BLOCK_BYTES);
		/* The compiler must not think that nobody reads it. */
		asm volatile("" : : "r"(content) : "memory");
		sleep_ns(load->asleep / (1 - load->asleep) *
			 (clock_ns() - start));
	}
	me->done_ns = clock_ns();
	free(content);
	return NULL;
}

/**
 * host_load_start - let a load run from now on
 * @host: the machine, which has booted
 * @load: what
 *
 * Return: for host_load_end().
 */
struct host_load_run *host_load_start(struct host *host,
				      const struct host_load *load)
{
	struct host_load_run *run =
		xcalloc(1, sizeof(*run) + load->nr_cpus * sizeof(run->cpus[0]));
	unsigned int i;

	run->host = host;
	run->load = *load;
	run->start_ns = clock_ns();
	for (i = 0; i < load->nr_cpus; i++) {
		struct load_cpu *one = &run->cpus[i];

		one->run = run;
		/* Spread over all nodes. */
		one->cpu = (unsigned long)i * host->threads / load->nr_cpus;
		one->taken = xcalloc(load->bytes / BLOCK_BYTES + 1,
				     sizeof(*one->taken));
		if (pthread_create(&one->thread, NULL, load_thread, one))
			die_of_memory();
	}
	return run;
}

/**
 * host_load_end - wait for a load, and give back what it has taken
 * @run: from host_load_start()
 * @ready_ns: ns from its start until it saw that nothing is pristine any more
 *
 * Return: ns from its start until the last of its CPUs was done.
 */
u64 host_load_end(struct host_load_run *run, u64 *ready_ns)
{
	u64 last = run->start_ns, start = last;
	unsigned int i;

	for (i = 0; i < run->load.nr_cpus; i++) {
		pthread_join(run->cpus[i].thread, NULL);
		last = max(last, run->cpus[i].done_ns);
	}
	for (i = 0; i < run->load.nr_cpus; i++) {
		struct load_cpu *one = &run->cpus[i];

		while (one->nr--)
			buddy_free(one->taken[one->nr].zone,
				   one->taken[one->nr].page, MAX_PAGE_ORDER);
		free(one->taken);
	}
	*ready_ns = run->ready_ns ? run->ready_ns - start : last - start;
	free(run);
	return last - start;
}
