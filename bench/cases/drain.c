// SPDX-License-Identifier: GPL-2.0-only
/* Strategies by chunk, on all CPUs: until the last page is initialised. */
#include <stdio.h>
#include "base/clock.h"
#include "cases/cases.h"
#include "common.h"
#include "shim.h"
#include "host/yardstick.h"

#define KIB (256L << 10)

static const long chunks[] = { 4, 32, 128, 1024, -1 }; /* MiB */

struct drain {
	struct host *host;
	char arg[64];
};

static u64 drain(struct host *host, const char *arg)
{
	struct memmap_param param;
	u64 start;

	memmap_param_parse(&param, arg);
	host_reset(host);
	host_boot_begin(host, &param);
	start = clock_ns();
	host_boot(host);
	host_wait(host);
	return clock_ns() - start;
}

static u64 subject(void *arg)
{
	struct drain *d = arg;

	return drain(d->host, d->arg);
}

static u64 serial(void *arg)
{
	struct drain *d = arg;

	return drain(d->host, "serial,store=nt");
}

static void turns(struct bench_state *s, const char *name)
{
	const long *threads = bench_threads;
	struct topology *topology;
	struct drain d;

	while (threads[1] != -1)
		threads++;
	d.host = bench_host(&topology, KIB, *threads);
	snprintf(d.arg, sizeof(d.arg), "%s,chunk=%ldM,store=nt", name,
		 bench_arg(s, 0));
	bench_turns(s, subject, serial, NULL, &d);
	bench_pages(s, host_pages(d.host));
	bench_host_end(d.host, topology);
}

static void local(struct bench_state *s)
{
	turns(s, "local");
}

static void parallel(struct bench_state *s)
{
	turns(s, "parallel");
}

static void async(struct bench_state *s)
{
	turns(s, "async");
}

/**
 * bench_drain - register strategies by chunk
 */
void bench_drain(void)
{
	static const char versus[] = "MiB a chunk, all CPUs; vs: serial";
	static const struct bench benches[] = {
		{ "drain/local", local, versus, { chunks }, true },
		{ "drain/parallel", parallel, versus, { chunks }, true },
		{ "drain/async", async, versus, { chunks }, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
