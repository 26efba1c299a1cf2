// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of plans: by hand; against the best of all plans; against memory in
 * which the tables really move, page by page, and all that can be moved is moved
 * out of the way.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/ptreloc.h>
#include <linux/sched.h>
#include <linux/string.h>

#define NR_SEEDS    400
#define MAX_BLOCKS  96
#define BLOCK_PAGES 32
/* The forecast may be off by so many blocks, where others act meanwhile. */
#define TOLERANCE 2

static unsigned long random_below(u32 *seed, unsigned long n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* What a page is; what is neither of these can be moved. */
enum kind { FREE_PAGE, TABLE, PINNED, MOVABLE, NR_KINDS };

/**
 * struct memory - pages, in blocks
 * @nr: blocks
 * @kind: enum kind of each page
 * @block: what the planner is told
 */
struct memory {
	unsigned int nr;
	u8 kind[MAX_BLOCKS * BLOCK_PAGES];
	struct ptreloc_block block[MAX_BLOCKS];
};

static unsigned int count(const struct memory *m, unsigned int block,
			  enum kind kind)
{
	unsigned int i, nr = 0;

	for (i = 0; i < BLOCK_PAGES; i++)
		nr += m->kind[block * BLOCK_PAGES + i] == kind;
	return nr;
}

/* Make a page of one kind one of another kind. Return: was there one? */
static bool turn(struct memory *m, unsigned int block, enum kind from,
		 enum kind to)
{
	unsigned int i;

	for (i = 0; i < BLOCK_PAGES; i++) {
		if (m->kind[block * BLOCK_PAGES + i] != from)
			continue;
		m->kind[block * BLOCK_PAGES + i] = to;
		return true;
	}
	return false;
}

static void describe(struct memory *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		m->block[i].tables = count(m, i, TABLE);
		m->block[i].pinned = count(m, i, PINNED);
		m->block[i].movable = count(m, i, MOVABLE);
	}
}

/*
 * Memory of a machine that has been in use: tables are scattered over some
 * blocks, something pinned over fewer, movable pages over all.
 */
static void fill(struct memory *m, u32 *seed, unsigned int nr)
{
	unsigned int tables = random_below(seed, 8), i, k;
	unsigned int movable = random_below(seed, BLOCK_PAGES);

	/* Hundreds of memories take long in an emulator. */
	cond_resched();
	memset(m, 0, sizeof(*m));
	m->nr = nr;
	for (i = 0; i < nr; i++) {
		unsigned int few = random_below(seed, 3) ? 0 : 1 + tables;
		unsigned int pins = random_below(seed, 4) ? 0 : 5;

		for (k = random_below(seed, few * 3 + 1); k; k--)
			turn(m, i, FREE_PAGE, TABLE);
		for (k = random_below(seed, pins + 1); k; k--)
			turn(m, i, FREE_PAGE, PINNED);
		for (k = random_below(seed, movable + 1); k; k--)
			turn(m, i, FREE_PAGE, MOVABLE);
	}
	describe(m);
}

static bool is_clear(const struct memory *m, unsigned int block)
{
	return !count(m, block, TABLE) && !count(m, block, PINNED);
}

/* Blocks that are whole and free when compaction has done all that it can. */
static unsigned int compact(struct memory *m)
{
	unsigned int whole = 0, i, full = m->nr, least;

	for (;;) {
		/* The clear block that has the fewest movable pages, not none. */
		full = m->nr;
		for (i = 0; i < m->nr; i++)
			if (is_clear(m, i) && count(m, i, MOVABLE) &&
			    (full == m->nr ||
			     count(m, i, MOVABLE) < count(m, full, MOVABLE)))
				full = i;
		if (full == m->nr)
			break;
		/* Out with them, into blocks that are lost, then fullest ones. */
		while (count(m, full, MOVABLE)) {
			least = m->nr;
			for (i = 0; i < m->nr; i++) {
				unsigned int room = count(m, i, FREE_PAGE);

				if (i == full || !room || room == BLOCK_PAGES)
					continue;
				if (least == m->nr ||
				    (!is_clear(m, i) && is_clear(m, least)) ||
				    (is_clear(m, i) == is_clear(m, least) &&
				     room < count(m, least, FREE_PAGE)))
					least = i;
			}
			if (least == m->nr)
				goto out;
			turn(m, full, MOVABLE, FREE_PAGE);
			turn(m, least, FREE_PAGE, MOVABLE);
		}
	}
out:
	for (i = 0; i < m->nr; i++)
		whole += count(m, i, FREE_PAGE) == BLOCK_PAGES;
	return whole;
}

/* Move the tables as planned; those that are gone or find no room stay. */
static void carry_out(struct memory *m, const struct ptreloc_plan *plan)
{
	unsigned int i, k;

	for (i = 0; i < plan->nr; i++) {
		const struct ptreloc_transfer *t = &plan->transfer[i];

		for (k = 0; k < t->nr; k++)
			if (count(m, t->from, TABLE) &&
			    turn(m, t->to, FREE_PAGE, TABLE))
				turn(m, t->from, TABLE, FREE_PAGE);
	}
}

/* The best that any choice of sources and of clear blocks comes to. */
static unsigned int best_of_all(const struct memory *m, unsigned long reserve,
				unsigned long budget)
{
	unsigned int set, i, best = 0, clear_all = 0, whole;
	unsigned long room_all = 0;

	for (i = 0; i < m->nr; i++) {
		room_all += count(m, i, FREE_PAGE);
		clear_all += is_clear(m, i);
	}
	whole = (room_all - min(room_all, reserve)) / BLOCK_PAGES;
	for (set = 0; set < 1U << m->nr; set++) {
		unsigned int clear = clear_all, tables = 0, room = 0;
		bool possible = true;

		/* In the set: a source is cleared, a clear block takes tables. */
		for (i = 0; i < m->nr && possible; i++) {
			bool in = set >> i & 1;

			if (m->block[i].pinned)
				possible = !in;
			if (is_clear(m, i)) {
				clear -= in;
				room += in ? count(m, i, FREE_PAGE) : 0;
			} else if (in) {
				clear++;
				tables += m->block[i].tables;
			} else {
				room += count(m, i, FREE_PAGE);
			}
		}
		if (!possible || tables > room || tables > budget)
			continue;
		best = max(best, min(clear, whole));
	}
	return best;
}

/* Three tables in three blocks, and a block that is lost anyway. */
static void plan_by_hand(struct kunit *test)
{
	static const struct ptreloc_block block[] = {
		{ .tables = 1 }, { .tables = 1 }, { .tables = 2 },
		{ .tables = 9 }, { .pinned = 4 }, { .movable = 3 },
	};
	struct ptreloc_plan plan;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ptreloc_plan(block, 6, 16, 0, 100, &plan), 0);
	/* All go to block 4, which has room for 12; one more block is clear. */
	KUNIT_EXPECT_EQ(test, plan.cleared, 3);
	KUNIT_EXPECT_EQ(test, plan.tables, 4);
	KUNIT_ASSERT_EQ(test, plan.nr, 3);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, plan.transfer[i].from, i);
		KUNIT_EXPECT_EQ(test, plan.transfer[i].to, 4);
	}
	KUNIT_EXPECT_EQ(test, plan.huge_before, 1);
	KUNIT_EXPECT_EQ(test, plan.huge_after, 4);
	ptreloc_plan_free(&plan);

	/* 75 pages are free. Of 36 two blocks can be made: one more is enough. */
	KUNIT_ASSERT_EQ(test, ptreloc_plan(block, 6, 16, 39, 100, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.cleared, 1);
	KUNIT_EXPECT_EQ(test, plan.huge_after, 2);
	ptreloc_plan_free(&plan);

	/* All of them are kept: nothing moves. */
	KUNIT_ASSERT_EQ(test, ptreloc_plan(block, 6, 16, 76, 100, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	KUNIT_EXPECT_EQ(test, plan.huge_after, 0);
	ptreloc_plan_free(&plan);

	/* With a budget of one table, one block. */
	KUNIT_ASSERT_EQ(test, ptreloc_plan(block, 6, 16, 0, 1, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.cleared, 1);
	KUNIT_EXPECT_EQ(test, plan.huge_after, 2);
	ptreloc_plan_free(&plan);
}

/* Blocks enough for 128 that are whole: so many are cleared, and one more. */
static void plan_with_a_margin(struct kunit *test)
{
	enum { NR = 400, PAGES = 16, FREE = NR * (PAGES - 1) };
	struct ptreloc_block *block = kunit_kzalloc(test, NR * sizeof(*block),
						    GFP_KERNEL);
	struct ptreloc_plan plan;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < NR / 2; i++) {
		block[i].tables = 1;
		block[NR / 2 + i].pinned = 1;
	}
	KUNIT_ASSERT_EQ(test,
			ptreloc_plan(block, NR, PAGES, FREE - 128 * PAGES, 1000,
				     &plan),
			0);
	KUNIT_EXPECT_EQ(test, plan.cleared, 129);
	KUNIT_EXPECT_EQ(test, plan.huge_after, 128);
	ptreloc_plan_free(&plan);
}

/* Room only in a clear block: two blocks cleared for one that is not clear. */
static void plan_into_a_clear_block(struct kunit *test)
{
	struct ptreloc_block block[4] = {
		{ .tables = 6 }, { .tables = 6 }, {}, { .pinned = 16 }
	};
	struct ptreloc_plan plan;

	/* One goes to the other: no clear block is needed. */
	KUNIT_ASSERT_EQ(test, ptreloc_plan(block, 4, 16, 0, 100, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.cleared, 1);
	KUNIT_EXPECT_EQ(test, plan.huge_after, 2);
	ptreloc_plan_free(&plan);

	/* Full of movable pages: nothing is gained, so nothing moves. */
	block[0].movable = 10;
	block[1].movable = 10;
	KUNIT_ASSERT_EQ(test, ptreloc_plan(block, 4, 16, 0, 100, &plan), 0);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	KUNIT_EXPECT_EQ(test, plan.huge_after, plan.huge_before);
	ptreloc_plan_free(&plan);
}

static void must_be_sound(struct kunit *test, const struct memory *m,
			  const struct ptreloc_plan *plan)
{
	unsigned int i, k;

	for (i = 0; i < plan->nr; i++) {
		KUNIT_ASSERT_GT(test, plan->transfer[i].nr, 0);
		KUNIT_ASSERT_EQ(test, m->block[plan->transfer[i].from].pinned,
				0);
		for (k = 0; k < plan->nr; k++)
			KUNIT_ASSERT_TRUE(test, plan->transfer[i].from !=
							plan->transfer[k].to);
	}
	KUNIT_ASSERT_LE(test, plan->huge_before, plan->huge_after);
}

/* Small memories: the best plan of all is at most two blocks better. */
static void plan_is_near_the_best(struct kunit *test)
{
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct ptreloc_plan plan;
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (seed = 1; seed <= NR_SEEDS; seed++) {
		u32 random = seed;
		unsigned long budget, reserve;
		unsigned int best;

		fill(m, &random, 4 + random_below(&random, 7));
		budget = random_below(&random, 60);
		reserve = random_below(&random, 2 * BLOCK_PAGES);
		best = best_of_all(m, reserve, budget);
		KUNIT_ASSERT_EQ(test,
				ptreloc_plan(m->block, m->nr, BLOCK_PAGES,
					     reserve, budget, &plan),
				0);
		must_be_sound(test, m, &plan);
		KUNIT_EXPECT_LE(test, plan.tables, budget);
		KUNIT_EXPECT_LE(test, plan.huge_after, best);
		KUNIT_EXPECT_LE(test, best, plan.huge_after + TOLERANCE);
		ptreloc_plan_free(&plan);
	}
}

/* How far the forecast is from what comes of it, with so much else going on. */
static unsigned int error_of(struct kunit *test, struct memory *m, u32 seed,
			     unsigned int changes, bool pins_unknown)
{
	struct ptreloc_plan plan;
	unsigned int whole, i;

	fill(m, &seed, MAX_BLOCKS / 2 + random_below(&seed, MAX_BLOCKS / 2));
	for (i = 0; i < m->nr && pins_unknown; i++) {
		m->block[i].movable += m->block[i].pinned;
		m->block[i].pinned = 0;
	}
	KUNIT_ASSERT_EQ(test,
			ptreloc_plan(m->block, m->nr, BLOCK_PAGES, 0, 1000,
				     &plan),
			0);
	must_be_sound(test, m, &plan);
	/* A table goes, another one comes; a page is used, another is free. */
	for (i = 0; i < changes; i++) {
		turn(m, random_below(&seed, m->nr), TABLE, FREE_PAGE);
		turn(m, random_below(&seed, m->nr), MOVABLE, FREE_PAGE);
		turn(m, random_below(&seed, m->nr), FREE_PAGE, MOVABLE);
	}
	carry_out(m, &plan);
	whole = compact(m);
	i = max(whole, plan.huge_after) - min(whole, plan.huge_after);
	ptreloc_plan_free(&plan);
	return i;
}

/* If nothing else happens, the forecast is what comes of it. */
static void forecast_comes_true(struct kunit *test)
{
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (seed = 1; seed <= NR_SEEDS; seed++)
		KUNIT_EXPECT_EQ(test, error_of(test, m, seed, 0, false), 0);
}

/* If something does, it is two blocks off at most. */
static void forecast_is_near(struct kunit *test)
{
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (seed = 1; seed <= NR_SEEDS; seed++)
		KUNIT_EXPECT_LE(test, error_of(test, m, seed, 3, false),
				TOLERANCE);
}

/* A planner that is not told what is pinned is off by more, and is found. */
static void forecast_can_fail(struct kunit *test)
{
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int wrong = 0;
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (seed = 1; seed <= NR_SEEDS; seed++)
		wrong += error_of(test, m, seed, 0, true) > TOLERANCE;
	KUNIT_EXPECT_GT(test, wrong, NR_SEEDS / 2);
}

static struct kunit_case ptreloc_plan_cases[] = {
	KUNIT_CASE(plan_by_hand),
	KUNIT_CASE(plan_with_a_margin),
	KUNIT_CASE(plan_into_a_clear_block),
	KUNIT_CASE(plan_is_near_the_best),
	KUNIT_CASE(forecast_comes_true),
	KUNIT_CASE(forecast_is_near),
	KUNIT_CASE(forecast_can_fail),
	{}
};

static struct kunit_suite ptreloc_plan_suite = {
	.name = "ptreloc_plan",
	.test_cases = ptreloc_plan_cases,
};

kunit_test_suite(ptreloc_plan_suite);

MODULE_DESCRIPTION("Tests of plans for page tables that move");
MODULE_LICENSE("GPL");
