// SPDX-License-Identifier: GPL-2.0-only
/* What a user of memory pays: the pull, and allocations on all threads. */
#include <string.h>
#include "hist.h"
#include "common.h"

static const long orders[] = { 0, 9, 10, -1 };
static const long threads[] = { 1, 2, -1 };
static const long stores[] = { 1, 2, -1 };	/* enum memmap_store */

struct load {
	struct host *host;
	unsigned int order;
	unsigned long nr;
};

static void boot(struct host *host, const char *arg, enum memmap_store store)
{
	struct memmap_param param;

	memmap_param_parse(&param, arg);
	param.store = store;
	host_reset(host);
	host_boot_begin(host, &param);
	host_boot(host);
	host_wait(host);
}

/* One block under the lock, as an allocation that found none would. */
static void pull(struct bench_state *s)
{
	struct host_shape *shape;
	struct host *host = bench_host(&shape, 256, 1);

	while (bench_next(s)) {
		u64 start;

		boot(host, "ondemand", bench_arg(s, 0));
		start = host_now();
		host_pull_all(host, ULONG_MAX);
		bench_time(s, host_now() - start);
	}
	bench_pages(s, host_pages(host));
	bench_host_end(host, shape);
}

static void clear_and_alloc(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	struct zone *zone = host_zone(load->host, 0);
	size_t bytes = PAGE_SIZE << load->order;
	char *content = malloc(bytes);
	unsigned long i;

	if (!content)
		abort();
	for (i = 0; i < load->nr; i++) {
		if (!buddy_alloc(host_boot_state(load->host), zone, load->order,
				 MIGRATE_MOVABLE))
			break;
		memset(content, i, bytes);
		/* The content counts: the compiler must not drop it. */
		asm volatile("" : : "r" (content) : "memory");
	}
	free(content);
}

/* All threads allocate 1 GiB in all from one node, and clear it. */
static void storm(struct bench_state *s, const char *arg)
{
	unsigned int nr_threads = bench_arg(s, 1);
	struct host_shape *shape;
	struct host *host = bench_host(&shape, 256, nr_threads);
	struct load load = { host, bench_arg(s, 0), 0 };

	load.nr = (1UL << 18 >> load.order) / nr_threads;
	while (bench_next(s)) {
		u64 start;

		boot(host, arg, MEMMAP_STORE_CACHED);
		start = host_now();
		host_on_each_cpu(host, clear_and_alloc, &load);
		bench_time(s, host_now() - start);
	}
	bench_counter(s, "pages", 1 << 18);
	bench_host_end(host, shape);
}

static void storm_pristine(struct bench_state *s)
{
	storm(s, "ondemand");
}

static void storm_ready(struct bench_state *s)
{
	storm(s, "serial");
}

void bench_alloc(void)
{
	static const struct bench benches[] = {
		{ "alloc/pull", pull, "store 1 cached against 2 nt; time is lock hold", { stores }, true },
		{ "alloc/storm_pristine", storm_pristine, "against alloc/storm_ready", { orders, threads }, true },
		{ "alloc/storm_ready", storm_ready, "memory ready: the base", { orders, threads }, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
