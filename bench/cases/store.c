// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a struct page is written, by size of the memmap and by threads: the stores
 * alone, each thread its share of one range, nothing linked into free lists but
 * by mainline's second pass, which cannot be had without.
 */
#include <hwloc.h>
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "cases/cases.h"
#include "common.h"
#include "shim.h"
#include "host/yardstick.h"

static long sizes[6]; /* KiB of memmap */

struct writers {
	struct host *host;
	struct topology *topology;
	enum memmap_store store;
	void (*write)(const struct writers *w, unsigned long start_pfn,
		      unsigned long end_pfn);
};

static void share(void *arg, unsigned int cpu)
{
	const struct writers *w = arg;
	unsigned long blocks = host_pages(w->host) / MEMMAP_BLOCK_PAGES;
	unsigned int nr = host_threads(w->host);

	w->write(w, blocks * cpu / nr * MEMMAP_BLOCK_PAGES,
		 blocks * (cpu + 1) / nr * MEMMAP_BLOCK_PAGES);
}

static u64 timed(struct writers *w,
		 void (*write)(const struct writers *w, unsigned long start_pfn,
			       unsigned long end_pfn))
{
	w->write = write;
	return bench_on_each_cpu(w->host, share, w);
}

/* A block at a time, as a drain does. */
static void write_ours(const struct writers *w, unsigned long start_pfn,
		       unsigned long end_pfn)
{
	struct memmap_boot *boot = host_boot_state(w->host);

	for (; start_pfn < end_pfn; start_pfn += MEMMAP_BLOCK_PAGES)
		memmap_page_init(boot, boot->sets[0], start_pfn,
				 MEMMAP_BLOCK_PAGES);
}

static void write_mainline(const struct writers *w, unsigned long start_pfn,
			   unsigned long end_pfn)
{
	mainline_range(host_zone(w->host, 0), start_pfn, end_pfn);
}

static void write_roofline(const struct writers *w, unsigned long start_pfn,
			   unsigned long end_pfn)
{
	roofline_fill((char *)pfn_to_page(start_pfn),
		      (end_pfn - start_pfn) * sizeof(struct page), true);
}

static void write_roofline_cached(const struct writers *w,
				  unsigned long start_pfn,
				  unsigned long end_pfn)
{
	roofline_fill((char *)pfn_to_page(start_pfn),
		      (end_pfn - start_pfn) * sizeof(struct page), false);
}

/* One instruction a struct page; the template must not point to itself. */
__attribute__((target("movdir64b"))) static void
write_movdir64b(const struct writers *w, unsigned long start_pfn,
		unsigned long end_pfn)
{
	struct page template = { .flags = 1 };

	for (; start_pfn < end_pfn; start_pfn++)
		_movdir64b(pfn_to_page(start_pfn), &template);
	_mm_sfence();
}

static u64 ours(void *arg)
{
	struct writers *w = arg;
	struct memmap_boot *boot = host_boot_state(w->host);
	struct memmap_param param;

	/* Its decision is a part of auto: it begins anew. */
	memmap_param_parse(&param, "ondemand");
	param.store = w->store;
	host_reset(w->host);
	host_boot_begin(w->host, &param);
	boot->store = w->store;
	return timed(w, write_ours);
}

static u64 mainline(void *arg)
{
	struct writers *w = arg;

	host_reset(w->host);
	return timed(w, write_mainline);
}

static u64 movdir64b(void *arg)
{
	return timed(arg, write_movdir64b);
}

static u64 roofline(void *arg)
{
	u64 nt = timed(arg, write_roofline);
	u64 cached = timed(arg, write_roofline_cached);

	return min(nt, cached);
}

static void turns(struct bench_state *s, bench_fn subject,
		  enum memmap_store store)
{
	struct writers w = { .store = store };

	w.host = bench_host(&w.topology, bench_arg(s, 0), bench_arg(s, 1));
	bench_turns(s, subject, mainline, roofline, &w);
	bench_pages(s, host_pages(w.host));
	bench_host_end(w.host, w.topology);
}

static void run_mainline(struct bench_state *s)
{
	turns(s, mainline, MEMMAP_STORE_AUTO);
}

static void run_cached(struct bench_state *s)
{
	turns(s, ours, MEMMAP_STORE_CACHED);
}

static void run_nt(struct bench_state *s)
{
	turns(s, ours, MEMMAP_STORE_NT);
}

static void run_auto(struct bench_state *s)
{
	turns(s, ours, MEMMAP_STORE_AUTO);
}

static bool have_movdir64b(void)
{
	unsigned int a = 7, b, c = 0, d;

	asm("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c >> 28 & 1;
}

static void run_movdir64b(struct bench_state *s)
{
	turns(s, movdir64b, MEMMAP_STORE_AUTO);
}

static long cache_kib(hwloc_topology_t topology, hwloc_obj_type_t type,
		      long otherwise)
{
	hwloc_obj_t cache = hwloc_get_obj_by_type(topology, type, 0);

	return cache ? (long)(cache->attr->cache.size >> 10) : otherwise;
}

/* Half the L2 cache; half, twice and 16 times the last one. */
static void choose_sizes(void)
{
	long most = sysconf(_SC_PHYS_PAGES) / 4 * (sysconf(_SC_PAGESIZE) >> 10);
	hwloc_topology_t topology;
	unsigned int i, nr = 0;
	long l2, last, want[4];

	if (hwloc_topology_init(&topology) || hwloc_topology_load(topology))
		abort();
	l2 = cache_kib(topology, HWLOC_OBJ_L2CACHE, 1024);
	last = cache_kib(topology, HWLOC_OBJ_L3CACHE, l2 * 4);
	hwloc_topology_destroy(topology);

	want[0] = l2 / 2;
	want[1] = last / 2;
	want[2] = last * 2;
	want[3] = last * 16;
	for (i = 0; i < ARRAY_SIZE(want); i++)
		if (want[i] <= most)
			sizes[nr++] = want[i];
	sizes[nr] = -1;
}

/**
 * bench_store - register ways to write struct pages
 */
void bench_store(void)
{
	static const char versus[] =
		"KiB/threads; vs: mainline's two passes; of_bound: plain fill";
	static const struct bench benches[] = {
		{ "store/mainline",
		  run_mainline,
		  versus,
		  { sizes, bench_threads },
		  true },
		{ "store/cached",
		  run_cached,
		  versus,
		  { sizes, bench_threads },
		  true },
		{ "store/nt", run_nt, versus, { sizes, bench_threads }, true },
		{ "store/auto",
		  run_auto,
		  versus,
		  { sizes, bench_threads },
		  true },
		/* The last one, for it may be left out. */
		{ "store/movdir64b",
		  run_movdir64b,
		  versus,
		  { sizes, bench_threads },
		  true },
	};
	unsigned int nr = ARRAY_SIZE(benches) - !have_movdir64b();
	unsigned int i;

	choose_sizes();
	if (nr < ARRAY_SIZE(benches))
		fprintf(stderr,
			"store/movdir64b is left out: this CPU does not have the instruction\n");
	for (i = 0; i < nr; i++)
		bench_register(&benches[i]);
}
