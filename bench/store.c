// SPDX-License-Identifier: GPL-2.0-only
/* How a descriptor is written, by size of the memmap and by threads. */
#include <immintrin.h>
#include "common.h"

/* MiB of memmap: in L2, around the last-level cache, far above it. */
static const long sizes[] = { 1, 8, 32, 256, 1024, -1 };
static const long threads[] = { 1, 2, -1 };

static void strategy(struct bench_state *s, const char *arg)
{
	struct host_shape *shape;
	struct host *host = bench_host(&shape, bench_arg(s, 0), bench_arg(s, 1));
	struct memmap_param param;

	memmap_param_parse(&param, arg);
	while (bench_next(s)) {
		u64 start;

		host_reset(host);
		host_boot_begin(host, &param);
		start = host_now();
		host_boot(host);
		host_wait(host);
		bench_time(s, host_now() - start);
	}
	bench_pages(s, host_pages(host));
	bench_host_end(host, shape);
}

static void cached(struct bench_state *s)
{
	strategy(s, "async,store=cached");
}

static void nt(struct bench_state *s)
{
	strategy(s, "async,store=nt");
}

static void automatic(struct bench_state *s)
{
	strategy(s, "async,store=auto");
}

static void yardstick(struct bench_state *s,
		      u64 (*run)(struct host *host, unsigned int threads))
{
	struct host_shape *shape;
	struct host *host = bench_host(&shape, bench_arg(s, 0), bench_arg(s, 1));

	while (bench_next(s)) {
		host_reset(host);
		bench_time(s, run(host, bench_arg(s, 1)));
	}
	bench_pages(s, host_pages(host));
	bench_host_end(host, shape);
}

static void mainline(struct bench_state *s)
{
	yardstick(s, mainline_run);
}

static void roofline(struct bench_state *s)
{
	yardstick(s, roofline_run);
}

/* One instruction a descriptor; the template must not point to itself. */
__attribute__((target("movdir64b")))
static void copy_movdir64b(struct page *to, const struct page *template,
			   unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		_movdir64b(to + i, template);
	_mm_sfence();
}

static bool have_movdir64b(void)
{
	unsigned int a = 7, b, c = 0, d;

	asm("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return c >> 28 & 1;
}

static void movdir64b(struct bench_state *s)
{
	struct page template = { .flags = 1 };
	struct host_shape *shape;
	struct host *host;

	if (!have_movdir64b()) {
		bench_skip(s, "this CPU has no movdir64b");
		return;
	}
	host = bench_host(&shape, bench_arg(s, 0), 1);
	while (bench_next(s)) {
		u64 start = host_now();

		copy_movdir64b(pfn_to_page(0), &template, host_pages(host));
		bench_time(s, host_now() - start);
	}
	bench_pages(s, host_pages(host));
	bench_host_end(host, shape);
}

void bench_store(void)
{
	static const struct bench benches[] = {
		{ "store/mainline", mainline, "mainline's two passes: the base", { sizes, threads }, true },
		{ "store/cached", cached, "against store/mainline", { sizes, threads }, true },
		{ "store/nt", nt, "against store/mainline and store/cached", { sizes, threads }, true },
		{ "store/auto", automatic, "against store/mainline; want the better of cached and nt", { sizes, threads }, true },
		{ "store/movdir64b", movdir64b, "against store/mainline; constant template, no lru", { sizes }, true },
		{ "store/roofline", roofline, "plain fill: the bound", { sizes, threads }, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
