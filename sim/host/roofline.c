// SPDX-License-Identifier: GPL-2.0-only
/*
 * The roofline: how fast can these CPUs fill these bytes at all? By the widest
 * stores that they have, round the cache and through it; the faster one counts.
 * The bytes are not zero, because some CPUs do not write zeroes to memory.
 */
#include <immintrin.h>
#include "base/clock.h"
#include "host/internal.h"
#include "host/yardstick.h"

#define PIECE (2UL << 20)

/**
 * struct fill - a fill under way
 * @start: first byte
 * @bytes: all of it
 * @next: where the next CPU goes on
 * @threads: CPUs that work
 * @nt: round the cache
 */
struct fill {
	char *start;
	size_t bytes;
	size_t next;
	unsigned int threads;
	bool nt;
};

__attribute__((target("avx512f"))) static void
fill_avx512(char *to, size_t bytes, bool nt)
{
	__m512i value = _mm512_set1_epi64(0x5a5a5a5a5a5a5a5a);
	size_t i;

	if (nt)
		for (i = 0; i < bytes; i += 64)
			_mm512_stream_si512((void *)(to + i), value);
	else
		for (i = 0; i < bytes; i += 64)
			_mm512_store_si512(to + i, value);
	_mm_sfence();
}

__attribute__((target("avx2"))) static void fill_avx2(char *to, size_t bytes,
						      bool nt)
{
	__m256i value = _mm256_set1_epi64x(0x5a5a5a5a5a5a5a5a);
	size_t i;

	if (nt)
		for (i = 0; i < bytes; i += 32)
			_mm256_stream_si256((void *)(to + i), value);
	else
		for (i = 0; i < bytes; i += 32)
			_mm256_store_si256((void *)(to + i), value);
	_mm_sfence();
}

static void fill_sse2(char *to, size_t bytes, bool nt)
{
	__m128i value = _mm_set1_epi64x(0x5a5a5a5a5a5a5a5a);
	size_t i;

	if (nt)
		for (i = 0; i < bytes; i += 16)
			_mm_stream_si128((void *)(to + i), value);
	else
		for (i = 0; i < bytes; i += 16)
			_mm_store_si128((void *)(to + i), value);
	_mm_sfence();
}

/**
 * roofline_fill - fill bytes as fast as this CPU can
 * @to: 64-byte aligned
 * @bytes: a multiple of 64
 * @nt: round the cache
 */
void roofline_fill(char *to, size_t bytes, bool nt)
{
	if (__builtin_cpu_supports("avx512f"))
		fill_avx512(to, bytes, nt);
	else if (__builtin_cpu_supports("avx2"))
		fill_avx2(to, bytes, nt);
	else
		fill_sse2(to, bytes, nt);
}

static void fill_cpu(void *arg, unsigned int cpu)
{
	struct fill *fill = arg;
	size_t at;

	if (cpu >= fill->threads)
		return;
	while ((at = __atomic_fetch_add(&fill->next, PIECE, __ATOMIC_RELAXED)) <
	       fill->bytes)
		roofline_fill(fill->start + at, min(PIECE, fill->bytes - at),
			      fill->nt);
}

static u64 fill_run(struct host *host, unsigned int threads, bool nt)
{
	struct fill fill = { .threads = threads, .nt = nt };
	u64 ns = 0, start;
	unsigned int i, j;

	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		for (j = 0; j < node->nr_ranges; j++) {
			const struct pfn_range *range = &node->ranges[j];

			fill.start = (char *)pfn_to_page(range->start_pfn);
			fill.bytes = (range->end_pfn - range->start_pfn) *
				     sizeof(struct page);
			fill.next = 0;
			start = clock_ns();
			if (threads == 1)
				fill_cpu(&fill, 0);
			else
				host_on_each_cpu(host, fill_cpu, &fill);
			ns += clock_ns() - start;
		}
	}
	return ns;
}

/**
 * roofline_run - fill the memmap as fast as these CPUs can
 * @host: the machine, reset; its memmap holds garbage afterwards
 * @threads: CPUs that work
 *
 * Return: ns.
 */
u64 roofline_run(struct host *host, unsigned int threads)
{
	u64 nt = fill_run(host, threads, true);
	u64 cached = fill_run(host, threads, false);

	return min(nt, cached);
}
