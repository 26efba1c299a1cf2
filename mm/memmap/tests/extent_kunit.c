// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the pristine extents, which compare drawings; see extent_test.h. */
#include "extent_test.h"

/* No extents: every operation finds none; adding an empty range adds none. */
static void extent_empty(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);
	unsigned long start = 0, end = NR_BLOCKS;
	bool is_busy;

	EXPECT_DRAWN(test, f, "");
	KUNIT_EXPECT_FALSE(test, claim_some(f, 4));
	KUNIT_EXPECT_FALSE(test, find(f, &start, &end, &is_busy));
	KUNIT_EXPECT_EQ(test, first(f), NONE);
	KUNIT_EXPECT_EQ(test, busy(f, 3, 1), 3UL);
	KUNIT_EXPECT_TRUE(test, add(f, 5, 5));
	EXPECT_DRAWN(test, f, "");
}

/* Ranges that touch an extent above, below, and two extents: they merge. */
static void extent_add_merges(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);

	KUNIT_EXPECT_TRUE(test, add(f, 8, 10));
	KUNIT_EXPECT_TRUE(test, add(f, 2, 4));
	EXPECT_DRAWN(test, f, "..##....##");
	KUNIT_EXPECT_TRUE(test, add(f, 7, 8));
	EXPECT_DRAWN(test, f, "..##...###");
	KUNIT_EXPECT_TRUE(test, add(f, 4, 5));
	EXPECT_DRAWN(test, f, "..###..###");
	KUNIT_EXPECT_TRUE(test, add(f, 5, 7));
	EXPECT_DRAWN(test, f, "..########");
	KUNIT_EXPECT_EQ(test, f->set.nr, 1U);
}

/* Ranges that touch a claimed chunk: the chunk does not grow. */
static void extent_add_beside_claim(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);

	add(f, 4, 8);
	KUNIT_EXPECT_TRUE(test, claim_some(f, 4));
	KUNIT_EXPECT_TRUE(test, add(f, 2, 4));
	KUNIT_EXPECT_TRUE(test, add(f, 8, 9));
	EXPECT_DRAWN(test, f, "..##|cccc|#");
}

/* Two entries, both in use: a range is refused, unless it merges with one. */
static void extent_add_full(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 2);

	KUNIT_EXPECT_TRUE(test, add(f, 0, 2));
	KUNIT_EXPECT_TRUE(test, add(f, 4, 6));
	KUNIT_EXPECT_FALSE(test, add(f, 8, 9));
	EXPECT_DRAWN(test, f, "##..##");
	KUNIT_EXPECT_TRUE(test, add(f, 6, 7));
	KUNIT_EXPECT_TRUE(test, add(f, 2, 4));
	EXPECT_DRAWN(test, f, "#######");
	KUNIT_EXPECT_TRUE(test, add(f, 8, 9));
	EXPECT_DRAWN(test, f, "#######.#");
}

/* .######## in chunks of 4, which end at multiples of 4: the first is short. */
static void extent_claim_boundaries(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 8);
	unsigned long start, end;

	add(f, 1, 9);
	KUNIT_EXPECT_TRUE(test, claim(f, 4, &start, &end));
	KUNIT_EXPECT_EQ(test, start, 1UL);
	KUNIT_EXPECT_EQ(test, end, 4UL);
	EXPECT_DRAWN(test, f, ".ccc|#####");
	KUNIT_EXPECT_TRUE(test, claim_some(f, 4));
	KUNIT_EXPECT_TRUE(test, claim_some(f, 4));
	EXPECT_DRAWN(test, f, ".ccc|cccc|c");
	KUNIT_EXPECT_FALSE(test, claim_some(f, 4));
}

/*
 * ..########..##### in chunks of 4: they begin at 2, 4, 8, 12 and 16, whichever
 * of them are drained before the next one is claimed.
 */
static void extent_claim_order(struct kunit *test)
{
	static const unsigned long starts[] = { 2, 4, 8, 12, 16 };
	static const unsigned long ends[] = { 4, 8, 10, 16, 17 };
	unsigned int pattern, i;

	for (pattern = 0; pattern < 1U << ARRAY_SIZE(starts); pattern++) {
		struct fixture *f = fixture_init(test, 16);
		unsigned long start, end;

		add(f, 2, 10);
		add(f, 12, 17);
		for (i = 0; i < ARRAY_SIZE(starts); i++) {
			KUNIT_ASSERT_TRUE(test, claim(f, 4, &start, &end));
			KUNIT_EXPECT_EQ(test, start, starts[i]);
			KUNIT_EXPECT_EQ(test, end, ends[i]);
			if (!(pattern & 1U << i))
				continue;
			KUNIT_EXPECT_EQ(test, busy(f, start, 4), end);
			KUNIT_EXPECT_EQ(test, done(f, start, end), end);
		}
		KUNIT_EXPECT_FALSE(test, claim(f, 4, &start, &end));
		check(test, f);
	}
}

/* One entry: a chunk cannot be split off, so the claim takes all: cccccccccc */
static void extent_claim_full(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 1);
	unsigned long start, end;

	add(f, 0, 10);
	KUNIT_EXPECT_TRUE(test, claim(f, 4, &start, &end));
	KUNIT_EXPECT_EQ(test, end, 10UL);
	EXPECT_DRAWN(test, f, "cccccccccc");
}

/* A chunk of 6 in batches of 2 and 4: bbcccc, ..cccc, ..bbbb, no page left. */
static void extent_busy_done(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);

	add(f, 0, 10);
	claim_some(f, 6);
	KUNIT_EXPECT_EQ(test, busy(f, 0, 2), 2UL);
	EXPECT_DRAWN(test, f, "bbcccc|####");
	KUNIT_EXPECT_EQ(test, done(f, 0, 2), 6UL);
	EXPECT_DRAWN(test, f, "..cccc|####");
	KUNIT_EXPECT_EQ(test, busy(f, 2, 8), 6UL);
	EXPECT_DRAWN(test, f, "..bbbb|####");
	KUNIT_EXPECT_EQ(test, done(f, 2, 6), 6UL);
	EXPECT_DRAWN(test, f, "......####");
	/* Block 6 is not claimed, block 2 is not pristine: no batch. */
	KUNIT_EXPECT_EQ(test, busy(f, 6, 1), 6UL);
	KUNIT_EXPECT_EQ(test, busy(f, 2, 1), 2UL);
	EXPECT_DRAWN(test, f, "......####");
}

/*
 * bbcccccc: others take half of what is not busy, until each has a block. What
 * no batch has begun of keeps its first block, by which its worker finds it.
 */
static void extent_share(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 8);
	unsigned long start = 0, end = 0;

	add(f, 0, 8);
	claim_some(f, 8);
	busy(f, 0, 2);
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	KUNIT_EXPECT_EQ(test, start, 5UL);
	KUNIT_EXPECT_EQ(test, end, 8UL);
	EXPECT_DRAWN(test, f, "bbccc|ccc");
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	EXPECT_DRAWN(test, f, "bbc|cc|ccc");
	KUNIT_EXPECT_EQ(test, busy(f, 5, 1), 6UL);
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	EXPECT_DRAWN(test, f, "bbc|cc|bc|c");
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	EXPECT_DRAWN(test, f, "bb|c|cc|bc|c");
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	EXPECT_DRAWN(test, f, "bb|c|c|c|b|c|c");
	KUNIT_EXPECT_FALSE(test, share(f, &start, &end));
	KUNIT_EXPECT_EQ(test, done(f, 0, 2), 2UL);
}

/* Two entries, both in use: no half can be split off, but what was left can go. */
static void extent_share_full(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 2);
	unsigned long start = 0, end = 0;

	add(f, 0, 8);
	claim_some(f, 4);
	claim_some(f, 4);
	KUNIT_EXPECT_FALSE(test, share(f, &start, &end));
	busy(f, 0, 1);
	KUNIT_EXPECT_EQ(test, done(f, 0, 1), 4UL);
	leave(f, 1);
	leave(f, 4);
	EXPECT_DRAWN(test, f, ".lll|llll");
	KUNIT_EXPECT_EQ(test, busy(f, 1, 1), 1UL);
	KUNIT_EXPECT_FALSE(test, claim_some(f, 4));
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	KUNIT_EXPECT_EQ(test, start, 4UL);
	KUNIT_EXPECT_EQ(test, end, 8UL);
	KUNIT_EXPECT_TRUE(test, share(f, &start, &end));
	EXPECT_DRAWN(test, f, ".ccc|cccc");
	KUNIT_EXPECT_EQ(test, busy(f, 1, 1), 2UL);
}

/* llll: a pull takes the last block, and one from the middle; leaving nothing. */
static void extent_left_and_taken(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);
	unsigned long start = 0, end = 0;

	add(f, 0, 5);
	claim_some(f, 5);
	leave(f, 0);
	KUNIT_EXPECT_EQ(test, first(f), 4UL);
	KUNIT_EXPECT_TRUE(test, take(f, 4, 5));
	KUNIT_EXPECT_TRUE(test, take(f, 1, 2));
	EXPECT_DRAWN(test, f, "l.##");
	KUNIT_EXPECT_TRUE(test, take(f, 0, 1));
	leave(f, 0);
	EXPECT_DRAWN(test, f, "..##");
	KUNIT_EXPECT_TRUE(test, claim_some(f, 5));
	KUNIT_EXPECT_EQ(test, busy(f, 2, 2), 4UL);
	KUNIT_EXPECT_FALSE(test, share(f, &start, &end));
}

/*
 * bbcccc: pulls take blocks 5, 4, 3 and 2 and then find none. The worker ends
 * its batch, and its chunk is at an end.
 */
static void extent_tail_taken(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 2);
	unsigned long block;

	add(f, 0, 6);
	claim_some(f, 8);
	busy(f, 0, 2);
	for (block = 5; block >= 2; block--) {
		KUNIT_EXPECT_EQ(test, first(f), block);
		KUNIT_EXPECT_TRUE(test, take(f, block, block + 1));
		check(test, f);
	}
	EXPECT_DRAWN(test, f, "bb");
	KUNIT_EXPECT_EQ(test, first(f), NONE);
	KUNIT_EXPECT_EQ(test, done(f, 0, 2), 2UL);
	EXPECT_DRAWN(test, f, "");
}

/* cc|##: a pull takes the lowest unclaimed block, then the last claimed one. */
static void extent_first_prefers_unclaimed(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);

	add(f, 0, 4);
	claim_some(f, 2);
	KUNIT_EXPECT_EQ(test, first(f), 2UL);
	take(f, 2, 3);
	KUNIT_EXPECT_EQ(test, first(f), 3UL);
	take(f, 3, 4);
	KUNIT_EXPECT_EQ(test, first(f), 1UL);
	EXPECT_DRAWN(test, f, "cc");
}

/* Remove blocks at the begin, at the end, in the middle, and all of them. */
static void extent_remove(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 2);

	add(f, 0, 8);
	KUNIT_EXPECT_TRUE(test, take(f, 0, 1));
	EXPECT_DRAWN(test, f, ".#######");
	KUNIT_EXPECT_TRUE(test, take(f, 7, 8));
	EXPECT_DRAWN(test, f, ".######");
	KUNIT_EXPECT_TRUE(test, take(f, 3, 5));
	EXPECT_DRAWN(test, f, ".##..##");
	/* Both entries in use: no further split, but whole ones may go. */
	add(f, 7, 9);
	KUNIT_EXPECT_FALSE(test, take(f, 6, 7));
	EXPECT_DRAWN(test, f, ".##..####");
	KUNIT_EXPECT_TRUE(test, take(f, 1, 3));
	KUNIT_EXPECT_TRUE(test, take(f, 5, 9));
	EXPECT_DRAWN(test, f, "");
	KUNIT_EXPECT_EQ(test, f->set.nr, 0U);
}

/*
 * bccccc: remove blocks of a claimed chunk
 *	the last one		bcccc
 *	one in the middle	bc.##	blocks behind it become unclaimed
 *	the next to the batch	b..##	the worker ends with its batch
 */
static void extent_remove_claimed(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);

	add(f, 0, 6);
	claim_some(f, 6);
	busy(f, 0, 1);
	KUNIT_EXPECT_TRUE(test, take(f, 5, 6));
	EXPECT_DRAWN(test, f, "bcccc");
	KUNIT_EXPECT_TRUE(test, take(f, 2, 3));
	EXPECT_DRAWN(test, f, "bc.##");
	KUNIT_EXPECT_TRUE(test, take(f, 1, 2));
	EXPECT_DRAWN(test, f, "b..##");
	KUNIT_EXPECT_EQ(test, done(f, 0, 1), 1UL);
	EXPECT_DRAWN(test, f, "...##");
}

/* Remove the first block of a chunk: the rest of it becomes unclaimed. */
static void extent_remove_claimed_first(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 4);

	add(f, 0, 4);
	claim_some(f, 4);
	KUNIT_EXPECT_TRUE(test, take(f, 0, 1));
	EXPECT_DRAWN(test, f, ".###");
	KUNIT_EXPECT_EQ(test, busy(f, 0, 1), 0UL);
	KUNIT_EXPECT_TRUE(test, claim_some(f, 4));
	KUNIT_EXPECT_TRUE(test, take(f, 1, 4));
	EXPECT_DRAWN(test, f, "");
	KUNIT_EXPECT_EQ(test, busy(f, 1, 1), 1UL);
}

/*
 * A worker waits with a chunk. Pulls take all of it, the memory goes, and new
 * memory comes to the same place. Another worker claims that: only this one may
 * go on there.
 */
static void extent_added_anew(struct kunit *test)
{
	struct memmap_worker *other = kunit_kzalloc(test, sizeof(*other),
						    GFP_KERNEL);
	struct fixture *f = fixture_init(test, 4);

	KUNIT_ASSERT_NOT_NULL(test, other);
	add(f, 0, 4);
	claim_some(f, 4);
	KUNIT_EXPECT_TRUE(test, take(f, 0, 4));
	KUNIT_EXPECT_TRUE(test, add(f, 0, 4));
	KUNIT_EXPECT_EQ(test, busy(f, 0, 1), 0UL);
	f->owner = other;
	KUNIT_EXPECT_TRUE(test, claim_some(f, 4));
	KUNIT_EXPECT_EQ(test, busy(f, 0, 1), 1UL);
	f->owner = &f->worker;
	KUNIT_EXPECT_EQ(test, busy(f, 0, 1), 0UL);
	leave(f, 0);
	EXPECT_DRAWN(test, f, "bccc");
	f->owner = other;
	KUNIT_EXPECT_EQ(test, done(f, 0, 1), 4UL);
	EXPECT_DRAWN(test, f, ".ccc");
}

/* .bbcc|###..##: where does what is pristine at the end of a range begin? */
static void extent_tail(struct kunit *test)
{
	static const struct {
		unsigned long start, end, tail;
	} cases[] = {
		{ 10, 12, 10 }, { 0, 12, 10 }, { 11, 12, 11 }, { 0, 11, 10 },
		{ 10, 13, 13 }, { 0, 10, 10 }, { 0, 8, 3 },    { 5, 8, 5 },
		{ 3, 7, 3 },	{ 1, 3, 3 },   { 1, 4, 3 },    { 0, 1, 1 },
	};
	struct fixture *f = fixture_init(test, 4);
	unsigned int i;

	add(f, 1, 8);
	add(f, 10, 12);
	claim_some(f, 5);
	busy(f, 1, 2);
	EXPECT_DRAWN(test, f, ".bbcc|###..##");
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ(test,
				memmap_boot_tail(&f->set, cases[i].start * B,
						 cases[i].end * B),
				cases[i].tail * B);
}

/* ..bbcc|##..#: a run ends where the extent, the batch or the range ends. */
static void extent_find(struct kunit *test)
{
	static const struct {
		unsigned long start, end, run, run_end;
		bool is_busy;
	} cases[] = {
		{ 0, 20, 2, 4, true },	{ 3, 20, 3, 4, true },
		{ 2, 3, 2, 3, true },	{ 4, 20, 4, 6, false },
		{ 4, 5, 4, 5, false },	{ 6, 20, 6, 8, false },
		{ 7, 20, 7, 8, false }, { 8, 20, 10, 11, false },
	};
	struct fixture *f = fixture_init(test, 4);
	unsigned long start, end;
	unsigned int i;
	bool is_busy;

	add(f, 2, 8);
	add(f, 10, 11);
	claim_some(f, 6);
	busy(f, 2, 2);
	EXPECT_DRAWN(test, f, "..bbcc|##..#");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		start = cases[i].start;
		end = cases[i].end;
		KUNIT_ASSERT_TRUE(test, find(f, &start, &end, &is_busy));
		KUNIT_EXPECT_EQ(test, start, cases[i].run);
		KUNIT_EXPECT_EQ(test, end, cases[i].run_end);
		KUNIT_EXPECT_EQ(test, is_busy, cases[i].is_busy);
	}
	start = 8;
	end = 10;
	KUNIT_EXPECT_FALSE(test, find(f, &start, &end, &is_busy));
	start = 11;
	end = 20;
	KUNIT_EXPECT_FALSE(test, find(f, &start, &end, &is_busy));
}

/* bc|##.# in a table of 3, which grows three times: the extents stay as is. */
static void extent_reserve(struct kunit *test)
{
	struct fixture *f = fixture_init(test, 3);
	unsigned int slots;

	add(f, 0, 4);
	add(f, 5, 6);
	claim_some(f, 2);
	busy(f, 0, 1);
	KUNIT_EXPECT_EQ(test, memmap_extents_reserve(&f->set, 0), 0);
	KUNIT_EXPECT_EQ(test, table_of(f)->capacity, 3U);
	for (slots = 1; slots <= 64; slots *= 4) {
		KUNIT_EXPECT_EQ(test, memmap_extents_reserve(&f->set, slots),
				0);
		KUNIT_EXPECT_LE(test, f->set.nr + slots, table_of(f)->capacity);
		EXPECT_DRAWN(test, f, "bc|##.#");
	}
	KUNIT_EXPECT_TRUE(test, add(f, 8, 9));
	KUNIT_EXPECT_EQ(test, done(f, 0, 1), 2UL);
	EXPECT_DRAWN(test, f, ".c|##.#..#");
}

static struct kunit_case memmap_extent_cases[] = {
	KUNIT_CASE(extent_empty),
	KUNIT_CASE(extent_add_merges),
	KUNIT_CASE(extent_add_beside_claim),
	KUNIT_CASE(extent_add_full),
	KUNIT_CASE(extent_claim_boundaries),
	KUNIT_CASE(extent_claim_order),
	KUNIT_CASE(extent_claim_full),
	KUNIT_CASE(extent_busy_done),
	KUNIT_CASE(extent_share),
	KUNIT_CASE(extent_share_full),
	KUNIT_CASE(extent_left_and_taken),
	KUNIT_CASE(extent_tail_taken),
	KUNIT_CASE(extent_first_prefers_unclaimed),
	KUNIT_CASE(extent_remove),
	KUNIT_CASE(extent_remove_claimed),
	KUNIT_CASE(extent_remove_claimed_first),
	KUNIT_CASE(extent_added_anew),
	KUNIT_CASE(extent_tail),
	KUNIT_CASE(extent_find),
	KUNIT_CASE(extent_reserve),
	{}
};

static struct kunit_suite memmap_extent_suite = {
	.name = "memmap_extent",
	.exit = fixture_exit,
	.test_cases = memmap_extent_cases,
};

kunit_test_suite(memmap_extent_suite);

MODULE_DESCRIPTION("Tests of the pristine extents");
MODULE_LICENSE("GPL");
