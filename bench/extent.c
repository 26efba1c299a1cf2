// SPDX-License-Identifier: GPL-2.0-only
/* Extents by how many there are. */
#include "common.h"

static const long counts[] = { 1, 16, 256, 4096, -1 };

struct fixture {
	struct zone zone;
	struct memmap_extents set;
	unsigned long end_pfn;
};

/* Every other block is pristine: as many extents as asked for. */
static struct fixture *fixture(long nr)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct memmap_extent_table *table = malloc(memmap_table_bytes(nr + 8));
	long i;

	if (!f || !table)
		abort();
	buddy_zone_init(&f->zone, 0, 0, ULONG_MAX);
	memmap_extents_init(&f->set, &f->zone, table, nr + 8);
	for (i = 0; i < nr; i++)
		memmap_extents_add(&f->set, (4 * i) * MEMMAP_BLOCK_PAGES,
				   (4 * i + 3) * MEMMAP_BLOCK_PAGES);
	f->end_pfn = 4 * nr * MEMMAP_BLOCK_PAGES;
	return f;
}

static void fixture_free(struct fixture *f)
{
	free(f->set.table);
	free(f);
}

static void query(struct bench_state *s)
{
	struct fixture *f = fixture(bench_arg(s, 0));
	unsigned long pfn = 0, hits = 0;

	while (bench_next(s)) {
		hits += memmap_extents_test(&f->set, pfn);
		pfn = (pfn + 7919 * 1024) % f->end_pfn;
	}
	bench_counter(s, "hits", hits);
	fixture_free(f);
}

/* A block out of the middle of an extent, and back: a split and a merge. */
static void split(struct bench_state *s)
{
	long nr = bench_arg(s, 0);
	struct fixture *f = fixture(nr);
	unsigned long pfn = (nr / 2 * 4 + 1) * MEMMAP_BLOCK_PAGES;

	while (bench_next(s)) {
		memmap_extents_remove(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
		memmap_extents_add(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
	}
	fixture_free(f);
}

/* The block an allocator would get, and back. */
static void take(struct bench_state *s)
{
	struct fixture *f = fixture(bench_arg(s, 0));

	while (bench_next(s)) {
		unsigned long pfn = memmap_extents_first(&f->set);

		memmap_extents_remove(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
		memmap_extents_add(&f->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
	}
	fixture_free(f);
}

void bench_extent(void)
{
	static const struct bench benches[] = {
		{ "extent/query", query, "against itself by count: log n", { counts }, false },
		{ "extent/take", take, "against extent/split", { counts }, false },
		{ "extent/split", split, "against itself by count: n, a move", { counts }, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		bench_register(&benches[i]);
}
