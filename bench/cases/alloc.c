// SPDX-License-Identifier: GPL-2.0-only
/* What a user of memory pays: the pull, and allocations on all threads. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hist.h"
#include "cases/cases.h"
#include "common.h"
#include "shim.h"
#include "host/buddy.h"

#define KIB	    (64L << 10) /* of memmap: 4 GiB of memory */
#define STORM_PAGES (1UL << 18) /* 1 GiB in all */
#define CONTENT	    (64UL << 20) /* what a thread clears, far above L2 */
#define MAX_THREADS 4096

static const long orders[] = { 0, 9, 10, -1 };
static const long stores[] = { MEMMAP_STORE_CACHED, MEMMAP_STORE_NT, -1 };

struct load {
	struct host *host;
	unsigned int order;
	unsigned long nr; /* allocations a thread */
	const char *strategy;
	char *content[MAX_THREADS];
	struct page **page[MAX_THREADS];
	u64 longest[MAX_THREADS];
	double waits; /* sum over turns of the longest wait */
	unsigned int turns;
};

static struct page *load_alloc(struct load *load)
{
	struct page *page = buddy_alloc(host_boot_state(load->host),
					host_zone(load->host, 0), load->order,
					MIGRATE_MOVABLE);

	if (!page)
		abort();
	return page;
}

/* Allocate and clear, with a clock on each wait. */
static void storm_cpu(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	size_t bytes = PAGE_SIZE << load->order, at = 0;
	u64 longest = 0, start;
	unsigned long i;

	for (i = 0; i < load->nr; i++) {
		start = clock_ns();
		load_alloc(load);
		longest = max(longest, clock_ns() - start);
		memset(load->content[cpu] + at, i, bytes);
		/* The content counts: the compiler must not drop it. */
		asm volatile("" : : "r"(load->content[cpu]) : "memory");
		at = (at + bytes) % CONTENT;
	}
	load->longest[cpu] = longest;
}

/* Allocate all and free all, as often as makes the same number of calls. */
static void ready_cpu(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	unsigned long round, i;

	for (round = 0; round < 1UL << load->order; round++) {
		for (i = 0; i < load->nr; i++)
			load->page[cpu][i] = load_alloc(load);
		for (i = 0; i < load->nr; i++)
			buddy_free(host_zone(load->host, 0), load->page[cpu][i],
				   load->order);
	}
}

static void load_begin(struct load *load, unsigned int threads)
{
	unsigned int i;

	load->nr = (STORM_PAGES >> load->order) / threads;
	for (i = 0; i < threads; i++) {
		load->page[i] = calloc(load->nr, sizeof(*load->page[i]));
		load->content[i] = malloc(CONTENT);
		if (!load->page[i] || !load->content[i])
			abort();
		memset(load->content[i], 1, CONTENT);
	}
}

static void load_end(struct load *load, unsigned int threads)
{
	unsigned int i;

	for (i = 0; i < threads; i++) {
		free(load->page[i]);
		free(load->content[i]);
	}
}

/* All threads allocate from one node as its boot left it. */
static u64 storm(struct load *load, const char *strategy)
{
	struct memmap_param param;
	u64 ns;

	memmap_param_parse(&param, strategy);
	host_reset(load->host);
	host_boot_begin(load->host, &param);
	host_boot(load->host);
	ns = bench_on_each_cpu(load->host, storm_cpu, load);
	host_wait(load->host);
	return ns;
}

static u64 storm_subject(void *arg)
{
	struct load *load = arg;
	unsigned int cpu;
	u64 longest = 0, ns = storm(load, load->strategy);

	for (cpu = 0; cpu < host_threads(load->host); cpu++)
		longest = max(longest, load->longest[cpu]);
	load->waits += longest;
	load->turns++;
	return ns;
}

static u64 storm_ready(void *arg)
{
	return storm(arg, "serial");
}

static void run_storm(struct bench_state *s, const char *strategy)
{
	unsigned int threads = bench_arg(s, 1);
	struct topology *topology;
	struct load *load = calloc(1, sizeof(*load));

	if (!load)
		abort();
	load->strategy = strategy;
	load->order = bench_arg(s, 0);
	load->host = bench_host(&topology, KIB, threads);
	load_begin(load, threads);
	bench_turns(s, storm_subject, storm_ready, NULL, load);
	bench_counter(s, "longest_wait_us", load->waits / load->turns / 1e3);
	bench_counter(s, "pages", STORM_PAGES);
	load_end(load, threads);
	bench_host_end(load->host, topology);
	free(load);
}

static void storm_ondemand(struct bench_state *s)
{
	run_storm(s, "ondemand");
}

static void storm_async(struct bench_state *s)
{
	run_storm(s, "async");
}

static void storm_serial(struct bench_state *s)
{
	run_storm(s, "serial");
}

/* Nothing is cleared: the allocator alone, once no page is pristine. */
static u64 ready(struct load *load, const char *strategy)
{
	bench_boot(load->host, strategy);
	host_pull_all(load->host, ULONG_MAX);
	return bench_on_each_cpu(load->host, ready_cpu, load);
}

static u64 ready_ondemand(void *arg)
{
	return ready(arg, "ondemand");
}

static u64 ready_serial(void *arg)
{
	return ready(arg, "serial");
}

static void run_ready(struct bench_state *s)
{
	unsigned int threads = bench_arg(s, 1);
	struct topology *topology;
	struct load *load = calloc(1, sizeof(*load));

	if (!load)
		abort();
	load->order = bench_arg(s, 0);
	load->host = bench_host(&topology, KIB, threads);
	load_begin(load, threads);
	bench_turns(s, ready_ondemand, ready_serial, NULL, load);
	bench_counter(s, "pages", STORM_PAGES);
	load_end(load, threads);
	bench_host_end(load->host, topology);
	free(load);
}

struct pull {
	struct host *host;
	enum memmap_store store;
	struct hist hold;
};

static u64 pull_with(struct pull *pull, enum memmap_store store)
{
	struct memmap_param param;
	u64 start;

	memmap_param_parse(&param, "ondemand");
	param.store = store;
	host_reset(pull->host);
	host_boot_begin(pull->host, &param);
	host_boot(pull->host);
	start = clock_ns();
	host_pull_all(pull->host, ULONG_MAX);
	return clock_ns() - start;
}

static u64 pull_subject(void *arg)
{
	struct pull *pull = arg;

	return pull_with(pull, pull->store);
}

static u64 pull_cached(void *arg)
{
	return pull_with(arg, MEMMAP_STORE_CACHED);
}

/* The lock's hold: once more, a block an allocation, with the clock on. */
static void pull_profile(struct pull *pull)
{
	struct zone *zone = host_zone(pull->host, 0);
	struct memmap_param param;

	memmap_param_parse(&param, "ondemand");
	param.store = pull->store;
	host_reset(pull->host);
	host_boot_begin(pull->host, &param);
	host_boot(pull->host);
	/* What boot initialised goes first and is no pull. */
	while (zone->free_area[MAX_PAGE_ORDER].nr_free)
		buddy_alloc(host_boot_state(pull->host), zone, MAX_PAGE_ORDER,
			    MIGRATE_MOVABLE);
	buddy_profile_begin(zone);
	while (memmap_boot_pristine(host_boot_state(pull->host)))
		buddy_alloc(host_boot_state(pull->host), zone, MAX_PAGE_ORDER,
			    MIGRATE_MOVABLE);
	buddy_profile_end(zone, &pull->hold);
}

/* Every block under the lock, as allocations that found none would. */
static void run_pull(struct bench_state *s)
{
	struct pull *pull = calloc(1, sizeof(*pull));
	struct topology *topology;

	if (!pull)
		abort();
	pull->store = bench_arg(s, 0);
	pull->host = bench_host(&topology, KIB, 1);
	bench_turns(s, pull_subject, pull_cached, NULL, pull);
	pull_profile(pull);
	bench_counter(s, "hold_p50_ns", hist_quantile(&pull->hold, .5));
	bench_counter(s, "hold_p99_ns", hist_quantile(&pull->hold, .99));
	bench_counter(s, "hold_max_ns", pull->hold.max);
	bench_pages(s, host_pages(pull->host));
	bench_host_end(pull->host, topology);
	free(pull);
}

/**
 * bench_alloc - register what a user of memory pays
 */
void bench_alloc(void)
{
	static const char storms[] = "order/threads; vs: memory ready";
	static const struct bench benches[] = {
		{ "alloc/pull",
		  run_pull,
		  "1 cached, 2 nt; vs: cached; hold: of zone->lock",
		  { stores },
		  true },
		{ "alloc/ready",
		  run_ready,
		  "order/threads; vs: never pristine",
		  { orders, bench_threads },
		  true },
		{ "alloc/storm_ondemand",
		  storm_ondemand,
		  storms,
		  { orders, bench_threads },
		  true },
		{ "alloc/storm_async",
		  storm_async,
		  storms,
		  { orders, bench_threads },
		  true },
		{ "alloc/storm_ready",
		  storm_serial,
		  storms,
		  { orders, bench_threads },
		  true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
