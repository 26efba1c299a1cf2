// SPDX-License-Identifier: GPL-2.0-only
/* Strategies by chunk, on a memmap far above the cache. */
#include <stdio.h>
#include "common.h"

#define MIB	256

static const long chunks[] = { 4, 32, 128, 1024, -1 };	/* MiB */

static void drain(struct bench_state *s, const char *name)
{
	struct host_shape *shape;
	struct host *host = bench_host(&shape, MIB, 2);
	struct memmap_param param;
	char arg[64];

	snprintf(arg, sizeof(arg), "%s,chunk=%ldM,store=nt", name,
		 bench_arg(s, 0));
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

static void serial(struct bench_state *s)
{
	drain(s, "serial");
}

static void local(struct bench_state *s)
{
	drain(s, "local");
}

static void parallel(struct bench_state *s)
{
	drain(s, "parallel");
}

static void async(struct bench_state *s)
{
	drain(s, "async");
}

void bench_drain(void)
{
	static const struct bench benches[] = {
		{ "drain/serial", serial, "one CPU: the base", { chunks }, true },
		{ "drain/local", local, "against drain/serial", { chunks }, true },
		{ "drain/parallel", parallel, "against drain/serial, two CPUs", { chunks }, true },
		{ "drain/async", async, "against drain/serial, two CPUs", { chunks }, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
