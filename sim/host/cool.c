// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memmap that was written a moment ago is in the caches in part, and all of a
 * small one is. At boot nothing of it is: so it has to leave them before it is
 * written again, or the figures of small machines are those of a cache.
 */
#include <cpuid.h>
#include <immintrin.h>
#include "host/internal.h"

#define LINE 64

/**
 * struct cooling - lines that all CPUs write back and forget, each its share
 * @start: the first one
 * @bytes: all of them
 * @threads: CPUs
 */
struct cooling {
	char *start;
	size_t bytes;
	unsigned int threads;
};

__attribute__((target("clflushopt"))) static void flush_opt(char *at, char *end)
{
	for (; at < end; at += LINE)
		_mm_clflushopt(at);
	_mm_sfence();
}

static void flush(char *at, char *end)
{
	for (; at < end; at += LINE)
		_mm_clflush(at);
	_mm_mfence();
}

static bool have_opt(void)
{
	unsigned int a, b = 0, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_CLFLUSHOPT;
}

static void cool(void *arg, unsigned int cpu)
{
	struct cooling *c = arg;
	size_t share = (c->bytes / c->threads + LINE) & ~(LINE - 1UL);
	size_t from = min(share * cpu, c->bytes);
	size_t to = min(from + share, c->bytes);

	if (have_opt())
		flush_opt(c->start + from, c->start + to);
	else
		flush(c->start + from, c->start + to);
}

/**
 * host_cool - take the memmap out of all caches, as it is when a machine boots
 * @host: the machine; all of its memmap has been touched
 */
void host_cool(struct host *host)
{
	unsigned int i, j;

	for (i = 0; i < host->topology->nr_nodes; i++) {
		const struct topology_node *node = &host->topology->nodes[i];

		for (j = 0; j < node->nr_ranges; j++) {
			const struct pfn_range *range = &node->ranges[j];
			struct cooling c = {
				.start = (char *)pfn_to_page(range->start_pfn),
				.bytes = (range->end_pfn - range->start_pfn) *
					 sizeof(struct page),
				.threads = host->threads,
			};

			host_on_each_cpu(host, cool, &c);
		}
	}
}
