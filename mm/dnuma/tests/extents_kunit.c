// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of pristine memory that goes to another zone: two sets of extents, drawn
 * as in mm/memmap/tests/extent_test.h.
 */
#include <linux/dnuma.h>
#include <linux/sched.h>
#include "../../memmap/tests/extent_test.h"
#include "random.h"

struct pair {
	struct fixture *from;
	struct fixture *to;
};

static struct pair pair_make(struct kunit *test, unsigned int from_capacity,
			     unsigned int to_capacity)
{
	struct pair pair;

	pair.from = fixture_init(test, from_capacity);
	pair.to = fixture_init(test, to_capacity);
	return pair;
}

/* Rehome blocks under both locks, in the order that the caller has them. */
static unsigned long rehome(struct pair *pair, unsigned long start,
			    unsigned long end)
{
	unsigned long flags, moved_end;

	spin_lock_irqsave(&pair->from->zone->lock, flags);
	spin_lock_nested(&pair->to->zone->lock, SINGLE_DEPTH_NESTING);
	moved_end = dnuma_extents_rehome(&pair->from->set, &pair->to->set,
					 start * B, end * B);
	spin_unlock(&pair->to->zone->lock);
	spin_unlock_irqrestore(&pair->from->zone->lock, flags);
	return moved_end / B;
}

/* From the beginning, the middle and the end; over two extents; all of it. */
static void rehome_draws(struct kunit *test)
{
	struct pair pair = pair_make(test, 8, 8);

	add(pair.from, 0, 12);
	add(pair.from, 14, 16);
	add(pair.to, 16, 18);
	KUNIT_EXPECT_EQ(test, rehome(&pair, 0, 2), 2UL);
	EXPECT_DRAWN(test, pair.from, "..##########..##");
	EXPECT_DRAWN(test, pair.to, "##..............##");
	KUNIT_EXPECT_EQ(test, rehome(&pair, 6, 8), 8UL);
	EXPECT_DRAWN(test, pair.from, "..####..####..##");
	EXPECT_DRAWN(test, pair.to, "##....##........##");
	/* It joins what it touches, on both sides. */
	KUNIT_EXPECT_EQ(test, rehome(&pair, 2, 6), 6UL);
	EXPECT_DRAWN(test, pair.to, "########........##");
	KUNIT_EXPECT_EQ(test, pair.to->set.nr, 2U);
	/* To the hole, and no further. */
	KUNIT_EXPECT_EQ(test, rehome(&pair, 10, 16), 12UL);
	EXPECT_DRAWN(test, pair.from, "........##....##");
	KUNIT_EXPECT_EQ(test, rehome(&pair, 12, 16), 12UL);
	KUNIT_EXPECT_EQ(test, rehome(&pair, 14, 16), 16UL);
	KUNIT_EXPECT_EQ(test, rehome(&pair, 8, 10), 10UL);
	EXPECT_DRAWN(test, pair.from, "");
	EXPECT_DRAWN(test, pair.to, "############..####");
}

/* A worker's chunk is cut short; its batch stays until it is written. */
static void rehome_beside_worker(struct kunit *test)
{
	struct pair pair = pair_make(test, 8, 8);
	unsigned long start, end;

	add(pair.from, 0, 16);
	KUNIT_ASSERT_TRUE(test, claim(pair.from, 8, &start, &end));
	KUNIT_ASSERT_EQ(test, busy(pair.from, 0, 2), 2UL);
	KUNIT_EXPECT_EQ(test, rehome(&pair, 0, 4), 0UL);
	KUNIT_EXPECT_EQ(test, rehome(&pair, 4, 6), 6UL);
	EXPECT_DRAWN(test, pair.from, "bbcc..##|########");
	EXPECT_DRAWN(test, pair.to, "....##");
	KUNIT_EXPECT_EQ(test, done(pair.from, 0, 2), 4UL);
	/* Two extents that touch are two runs, and both go. */
	KUNIT_EXPECT_EQ(test, rehome(&pair, 6, 16), 16UL);
	EXPECT_DRAWN(test, pair.from, "..cc");
	EXPECT_DRAWN(test, pair.to, "....############");
}

/* A table without a free entry: as far as it goes, and nothing is lost. */
static void rehome_full(struct kunit *test)
{
	struct pair pair = pair_make(test, 1, 1);

	add(pair.from, 0, 8);
	/* A hole in the middle would need a second entry. */
	KUNIT_EXPECT_EQ(test, rehome(&pair, 2, 4), 2UL);
	EXPECT_DRAWN(test, pair.from, "########");
	EXPECT_DRAWN(test, pair.to, "");
	KUNIT_EXPECT_EQ(test, rehome(&pair, 6, 8), 8UL);
	/* What does not touch would need one there. */
	KUNIT_EXPECT_EQ(test, rehome(&pair, 0, 2), 0UL);
	KUNIT_EXPECT_EQ(test, rehome(&pair, 4, 6), 6UL);
	EXPECT_DRAWN(test, pair.from, "####");
	EXPECT_DRAWN(test, pair.to, "....####");
}

/* Random blocks go there and back; each is in one of the two all the time. */
static bool random_rehome(struct kunit *test, u32 seed)
{
	struct pair pair = pair_make(test, 1 + random_below(&seed, 12),
				     1 + random_below(&seed, 12));
	char where[NR_BLOCKS] = { 0 }, drawn[2][NR_BLOCKS + 1];
	unsigned int step, i, side;

	add(pair.from, 4, NR_BLOCKS - 4);
	memset(where + 4, 'a', NR_BLOCKS - 8);
	for (step = 0; step < 60; step++) {
		unsigned long start = random_below(&seed, NR_BLOCKS - 1);
		unsigned long end = min(start + 1 + random_below(&seed, 20),
					(unsigned long)NR_BLOCKS);
		bool back = random_below(&seed, 2);
		struct pair way = { back ? pair.to : pair.from,
				    back ? pair.from : pair.to };
		unsigned long moved_end = rehome(&way, start, end);
		bool full = way.from->set.nr == table_of(way.from)->capacity ||
			    way.to->set.nr == table_of(way.to)->capacity;

		for (; start < moved_end; start++) {
			if (where[start] != (back ? 'b' : 'a'))
				return false;
			where[start] = back ? 'a' : 'b';
		}
		if (moved_end < end && !full &&
		    where[moved_end] == (back ? 'b' : 'a'))
			return false;
		for (side = 0; side < 2; side++) {
			for (i = 0; i < NR_BLOCKS; i++)
				drawn[side][i] = where[i] == "ab"[side] ? '#' :
									  '.';
			drawn[side][i] = '\0';
			trimmed(drawn[side]);
		}
		if (strcmp(check(test, pair.from), drawn[0]) ||
		    strcmp(check(test, pair.to), drawn[1]))
			return false;
	}
	return true;
}

static void rehome_random(struct kunit *test)
{
	u32 seed;

	for (seed = 1; seed <= NR_SEEDS; seed++) {
		if (!random_rehome(test, seed))
			KUNIT_FAIL(test, "seed %u", seed);
		/* With lockdep, in an emulator: half a minute. */
		cond_resched();
	}
}

static struct kunit_case dnuma_extents_cases[] = {
	KUNIT_CASE(rehome_draws),
	KUNIT_CASE(rehome_beside_worker),
	KUNIT_CASE(rehome_full),
	KUNIT_CASE(rehome_random),
	{}
};

static struct kunit_suite dnuma_extents_suite = {
	.name = "dnuma_extents",
	.test_cases = dnuma_extents_cases,
};

kunit_test_suite(dnuma_extents_suite);

MODULE_DESCRIPTION("Tests of pristine memory that changes its node");
MODULE_LICENSE("GPL");
