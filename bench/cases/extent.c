// SPDX-License-Identifier: GPL-2.0-only
/* Extents by how many there are, against the same work on a single one. */
#include <stdlib.h>
#include "base/clock.h"
#include "cases/cases.h"
#include "common.h"
#include "shim.h"
#include "shim/zone.h"

#define TIMES 2000

static const long counts[] = { 1, 16, 256, 4096, -1 };

struct fixture {
	struct zone zone;
	struct memmap_extents set;
	long nr;
};

struct pair {
	struct fixture *many, *one;
	void (*work)(struct fixture *f);
};

/* Of every four blocks three are pristine: as many extents as asked for. */
static struct fixture *fixture(long nr)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct memmap_extent_table *table = malloc(memmap_table_bytes(nr + 8));
	long i;

	if (!f || !table)
		abort();
	sim_zone_init(&f->zone, 0, 0, ULONG_MAX);
	memmap_extents_init(&f->set, &f->zone, table, nr + 8);
	for (i = 0; i < nr; i++)
		memmap_extents_add(&f->set, (4 * i) * MEMMAP_BLOCK_PAGES,
				   (4 * i + 3) * MEMMAP_BLOCK_PAGES);
	f->nr = nr;
	return f;
}

static void fixture_free(struct fixture *f)
{
	free(f->set.table);
	free(f);
}

static u64 timed(struct pair *pair, struct fixture *f)
{
	u64 start = clock_ns();

	pair->work(f);
	return clock_ns() - start;
}

static u64 many(void *arg)
{
	struct pair *pair = arg;

	return timed(pair, pair->many);
}

static u64 one(void *arg)
{
	struct pair *pair = arg;

	return timed(pair, pair->one);
}

static void turns(struct bench_state *s, void (*work)(struct fixture *f))
{
	struct pair pair = { fixture(bench_arg(s, 0)), fixture(1), work };

	bench_turns(s, many, one, NULL, &pair);
	bench_counter(s, "operations", TIMES);
	fixture_free(pair.many);
	fixture_free(pair.one);
}

/* The lockless question, all over the zone. */
static void query_work(struct fixture *f)
{
	unsigned long end = 4 * f->nr * MEMMAP_BLOCK_PAGES, pfn = 0;
	unsigned int i, hits = 0;

	for (i = 0; i < TIMES; i++) {
		hits += memmap_extents_test(&f->set, pfn);
		pfn = (pfn + 7919 * 1024) % end;
	}
	/* The answer counts: the compiler must not drop the question. */
	asm volatile("" : : "r"(hits));
}

/* The block an allocator would get, and back. */
static void take_work(struct fixture *f)
{
	unsigned int i;

	for (i = 0; i < TIMES; i++) {
		unsigned long pfn = memmap_extents_first(&f->set);

		memmap_extents_remove(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
		memmap_extents_add(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
	}
}

/* A block out of the middle of an extent, and back: a split and a merge. */
static void split_work(struct fixture *f)
{
	unsigned long pfn = (f->nr / 2 * 4 + 1) * MEMMAP_BLOCK_PAGES;
	unsigned int i;

	for (i = 0; i < TIMES; i++) {
		memmap_extents_remove(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
		memmap_extents_add(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
	}
}

static void query(struct bench_state *s)
{
	turns(s, query_work);
}

static void take(struct bench_state *s)
{
	turns(s, take_work);
}

static void split(struct bench_state *s)
{
	turns(s, split_work);
}

/**
 * bench_extent - register operations on extents by their number
 */
void bench_extent(void)
{
	static const char versus[] = "extents, 2000 operations; vs: one extent";
	static const struct bench benches[] = {
		{ "extent/query", query, versus, { counts }, true, true },
		{ "extent/take", take, versus, { counts }, true, true },
		{ "extent/split", split, versus, { counts }, true, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
