// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads on the page allocator: every CPU touching memory of its own, and all
 * CPUs wanting memory of one node.
 *
 * guest.mib=N	MiB that all threads together touch (default 1024; a guest under
 *		an emulator costs its host every page that it touches)
 * guest.rounds=N  how often; the first round finds pristine memory, the others
 *		only what is initialised
 * guest.ready=N  where threads initialise memory: wait for them before that, at
 *		most N seconds
 * guest.loads=N  seconds of loads that check what they have written (default 10)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "loads.h"

struct toucher {
	pthread_t thread;
	int cpu;
	int node; /* -1: wherever the kernel likes */
	size_t bytes;
	double start, end;
	double longest; /* wait for one page, seconds */
	bool failed;
};

static pthread_barrier_t barrier;

static void *touch(void *data)
{
	struct toucher *self = data;
	volatile char *mem;
	double before, after;
	size_t at;

	pin_to_cpu(self->cpu);
	if (self->node >= 0)
		bind_to_node(self->node);
	mem = mmap(NULL, self->bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	self->failed = mem == MAP_FAILED;
	/* One fault a page: what the allocator's fast path is made for. */
	if (!self->failed)
		madvise((void *)mem, self->bytes, MADV_NOHUGEPAGE);
	pthread_barrier_wait(&barrier);
	self->start = before = now();
	for (at = 0; !self->failed && at < self->bytes; at += PAGE) {
		mem[at] = 1;
		after = now();
		if (after - before > self->longest)
			self->longest = after - before;
		before = after;
	}
	self->end = before;
	pthread_barrier_wait(&barrier);
	if (!self->failed)
		munmap((void *)mem, self->bytes);
	return NULL;
}

/*
 * Two system calls that nothing else makes tell a watcher of the guest where a
 * @watched round begins and ends.
 */
static bool touch_all(const char *what, int round, int node, size_t bytes,
		      bool watched)
{
	int cpu, cpus = online_cpus();
	struct toucher *all = calloc(cpus, sizeof(*all));
	double start = 1e30, end = 0, longest = 0, slowest = 0;
	size_t pages = 0;
	bool good = true;

	pthread_barrier_init(&barrier, NULL, cpus);
	if (watched)
		getpgid(0);
	for (cpu = 0; cpu < cpus; cpu++) {
		all[cpu].cpu = cpu;
		all[cpu].node = node;
		all[cpu].bytes = bytes / cpus & ~(PAGE - 1);
		pthread_create(&all[cpu].thread, NULL, touch, &all[cpu]);
	}
	for (cpu = 0; cpu < cpus; cpu++) {
		struct toucher *one = &all[cpu];

		pthread_join(one->thread, NULL);
		good &= !one->failed;
		pages += one->bytes / PAGE;
		if (one->start < start)
			start = one->start;
		if (one->end > end)
			end = one->end;
		if (one->longest > longest)
			longest = one->longest;
		if (one->end - one->start > slowest)
			slowest = one->end - one->start;
	}
	if (watched)
		getsid(0);
	pthread_barrier_destroy(&barrier);
	say("%s round=%d node=%d threads=%d pages=%zu seconds=%.6f pages_per_s=%.0f slowest_thread_s=%.6f longest_wait_us=%.0f",
	    what, round, node, cpus, pages, end - start, pages / (end - start),
	    slowest, longest * 1e6);
	free(all);
	return good;
}

/* Bytes to touch: what was asked for, but never the last tenth there is. */
static size_t budget(long have_kib)
{
	size_t want = param_long("mib", 1024) * MIB;
	size_t have = have_kib * 1024UL / 10 * 9;

	return want < have ? want : have;
}

static bool threads_drain(void)
{
	char *strategy = read_file(MEMMAP_DIR "/strategy");
	bool drain = strategy && (!strncmp(strategy, "async", 5) ||
				  !strncmp(strategy, "idle", 4));

	free(strategy);
	return drain;
}

void job_pagefault(void)
{
	int round, rounds = param_long("rounds", 3);
	long left = param_long("ready", 0) * 10;

	if (left && threads_drain()) {
		while (left-- && pristine_kib(-1))
			usleep(100000);
		report(!pristine_kib(-1), "ready", "%ld KiB are pristine",
		       pristine_kib(-1));
	}
	for (round = 1; round <= rounds; round++) {
		/* The last round finds nothing but initialised memory. */
		bool watched = round > 1 && round == rounds;

		if (!touch_all("pagefault", round, -1,
			       budget(field("/proc/meminfo", "MemFree")),
			       watched))
			report(false, "pagefault", "mmap: %s", strerror(errno));
	}
}

void job_storm(void)
{
	int round, rounds = param_long("rounds", 3);
	int nodes[MAX_NODES], count = memory_nodes(nodes);
	/* The last node: the first one holds the kernel. */
	int node = param_long("node", nodes[count - 1]);

	for (round = 1; round <= rounds; round++)
		/* The first round finds the node as the boot left it. */
		if (!touch_all("storm", round, node,
			       budget(node_free_kib(node)), round == 1))
			report(false, "storm", "mmap: %s", strerror(errno));
}

/* Many short-lived processes and files: slab, page tables, page cache. */
static void churn(void)
{
	static char block[64 * 1024];
	int i, j;

	for (i = 0; i < 64; i++) {
		char path[32] = "/tmp/XXXXXX";
		int fd = mkstemp(path);
		pid_t pid;

		for (j = 0; fd >= 0 && j < 64; j++)
			if (write(fd, block, sizeof(block)) < 0)
				break;
		pid = fork();
		if (!pid) {
			memset(malloc(4 * MIB), 1, 4 * MIB);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		close(fd);
		if (i % 2)
			unlink(path);
	}
}

void job_load(void)
{
	long before = field("/proc/meminfo", "MemTotal");

	job_pagefault();
	job_storm();
	churn();
	loads_start(128 * MIB);
	sleep(param_long("loads", 10));
	loads_stop("loads");
	write_file("/proc/sys/vm/drop_caches", "3");
	report(field("/proc/meminfo", "MemTotal") == before, "load",
	       "MemTotal stayed the same");
}
