// SPDX-License-Identifier: GPL-2.0-only
/* Tests of layouts: drawn ones, and random ones against a plain array. */
#include "dnuma_test.h"

/* Ranges that touch are one if they are on one node. */
static void layout_merges(struct kunit *test)
{
	struct memlayout *layout = drawn(test, "0011..1");
	char text[NR_BLOCKS + 1];

	KUNIT_EXPECT_EQ(test, layout->nr, 3U);
	KUNIT_EXPECT_STREQ(test, draw(layout, text), "0011..1");
	memlayout_append(layout, 7 * B, 7 * B, 2);
	memlayout_append(layout, 7 * B, 9 * B, 1);
	KUNIT_EXPECT_EQ(test, layout->nr, 3U);
	KUNIT_EXPECT_STREQ(test, draw(layout, text), "0011..111");
	memlayout_free(layout);
}

/* Pages at the borders, and beyond all memory. */
static void layout_lookup(struct kunit *test)
{
	struct memlayout *layout = drawn(test, ".01..2");

	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, 0), NUMA_NO_NODE);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, B - 1), NUMA_NO_NODE);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, B), 0);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, 2 * B - 1), 0);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, 2 * B), 1);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, 3 * B), NUMA_NO_NODE);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, 6 * B - 1), 2);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, 6 * B), NUMA_NO_NODE);
	KUNIT_EXPECT_EQ(test, memlayout_lookup(layout, ULONG_MAX),
			NUMA_NO_NODE);
	memlayout_free(layout);
}

/* Changes over a hole, beyond the memory, and none at all. */
static void layout_complete(struct kunit *test)
{
	static const struct {
		const char *base, *changes, *result;
	} cases[] = {
		{ "0000..1111", "", "0000..1111" },
		{ "0000..1111", "..22222", "0022..2111" },
		{ "0000..1111", "111111111111", "1111..1111" },
		{ "0000..1111", "....33", "0000..1111" },
		{ "0000", "3.3.3", "3030" },
		{ "", "111", "" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct memlayout *base = drawn(test, cases[i].base);
		struct memlayout *changes = drawn(test, cases[i].changes);
		struct memlayout *want = drawn(test, cases[i].result);
		struct memlayout *is = memlayout_complete(base, changes);
		char text[NR_BLOCKS + 1];

		KUNIT_ASSERT_NOT_NULL(test, is);
		KUNIT_EXPECT_STREQ(test, draw(is, text), cases[i].result);
		KUNIT_EXPECT_TRUE(test, memlayout_equal(is, want));
		memlayout_free(is);
		memlayout_free(want);
		memlayout_free(changes);
		memlayout_free(base);
	}
}

/* Each range of a difference is on one node before and on another after. */
static void layout_diff(struct kunit *test)
{
	struct memlayout *old = drawn(test, "000011..22");
	struct memlayout *new = drawn(test, "001111..33");
	struct memlayout_diff diff = { .old = old, .new = new };

	KUNIT_ASSERT_TRUE(test, memlayout_diff_next(&diff));
	KUNIT_EXPECT_EQ(test, diff.start_pfn, 2 * B);
	KUNIT_EXPECT_EQ(test, diff.end_pfn, 4 * B);
	KUNIT_EXPECT_EQ(test, diff.from, 0);
	KUNIT_EXPECT_EQ(test, diff.to, 1);
	KUNIT_ASSERT_TRUE(test, memlayout_diff_next(&diff));
	KUNIT_EXPECT_EQ(test, diff.start_pfn, 8 * B);
	KUNIT_EXPECT_EQ(test, diff.end_pfn, 10 * B);
	KUNIT_EXPECT_EQ(test, diff.from, 2);
	KUNIT_EXPECT_EQ(test, diff.to, 3);
	KUNIT_EXPECT_FALSE(test, memlayout_diff_next(&diff));
	KUNIT_EXPECT_FALSE(test, memlayout_diff_next(&diff));
	memlayout_free(new);
	memlayout_free(old);
}

/* Do two layouts differ in what two drawings differ in? */
static bool diff_matches(const struct memlayout *old,
			 const struct memlayout *new, const char *a,
			 const char *b)
{
	struct memlayout_diff diff = { .old = old, .new = new };
	unsigned long pfn = 0, block;
	unsigned int nr = 0, want = 0;
	bool ok = true;

	while (memlayout_diff_next(&diff)) {
		ok = ok && diff.start_pfn >= pfn &&
		     diff.start_pfn < diff.end_pfn;
		pfn = diff.end_pfn;
		for (block = diff.start_pfn / B; block < pfn / B; block++, nr++)
			ok = ok && a[block] == '0' + diff.from &&
			     b[block] == '0' + diff.to && a[block] != b[block];
	}
	for (block = 0; a[block] && b[block]; block++)
		want += a[block] != b[block] && a[block] != '.' &&
			b[block] != '.';
	return ok && nr == want;
}

static bool diff_is(struct kunit *test, const char *a, const char *b)
{
	struct memlayout *old = drawn(test, a), *new = drawn(test, b);
	bool ok = diff_matches(old, new, a, b);

	memlayout_free(new);
	memlayout_free(old);
	return ok;
}

/* Layouts complete, compare and differ as arrays of characters do. */
static bool random_layouts(struct kunit *test, u32 seed)
{
	static char base[NR_BLOCKS + 1], changes[NR_BLOCKS + 1];
	static char want[NR_BLOCKS + 1], text[NR_BLOCKS + 1];
	struct memlayout *b, *c, *w, *is;
	unsigned int i;
	bool ok;

	random_drawing(&seed, base);
	random_drawing(&seed, changes);
	for (i = 0; i <= NR_BLOCKS; i++)
		want[i] = base[i] == '.' || changes[i] == '.' ? base[i] :
								changes[i];
	b = drawn(test, base);
	c = drawn(test, changes);
	w = drawn(test, want);
	is = memlayout_complete(b, c);
	KUNIT_ASSERT_NOT_NULL(test, is);
	ok = memlayout_equal(is, w) &&
	     memlayout_equal(is, b) == !strcmp(base, want) &&
	     diff_is(test, base, want) && diff_is(test, want, base) &&
	     diff_is(test, base, changes) &&
	     !strcmp(draw(is, text), trimmed(want));
	memlayout_free(is);
	memlayout_free(w);
	memlayout_free(c);
	memlayout_free(b);
	return ok;
}

static void layout_random(struct kunit *test)
{
	u32 seed;

	for (seed = 1; seed <= NR_SEEDS; seed++)
		if (!random_layouts(test, seed))
			KUNIT_FAIL(test, "seed %u", seed);
}

/* The comparisons above must be able to fail. */
static void layout_control(struct kunit *test)
{
	struct memlayout *a = drawn(test, "0011"), *b = drawn(test, "0012");

	KUNIT_EXPECT_FALSE(test, memlayout_equal(a, b));
	KUNIT_EXPECT_TRUE(test, diff_matches(a, b, "0011", "0012"));
	KUNIT_EXPECT_FALSE(test, diff_matches(a, b, "0011", "0011"));
	KUNIT_EXPECT_FALSE(test, diff_matches(a, b, "0011", "0022"));
	KUNIT_EXPECT_FALSE(test, diff_matches(b, a, "0011", "0012"));
	KUNIT_EXPECT_FALSE(test, diff_matches(a, a, "0011", "0012"));
	b->range[b->nr - 1].start_pfn++;
	KUNIT_EXPECT_FALSE(test, memlayout_equal(b, b) &&
					 memlayout_lookup(b, 3 * B) == 2);
	memlayout_free(b);
	memlayout_free(a);
}

static struct kunit_case dnuma_layout_cases[] = { KUNIT_CASE(layout_merges),
						  KUNIT_CASE(layout_lookup),
						  KUNIT_CASE(layout_complete),
						  KUNIT_CASE(layout_diff),
						  KUNIT_CASE(layout_random),
						  KUNIT_CASE(layout_control),
						  {} };

static struct kunit_suite dnuma_layout_suite = {
	.name = "dnuma_layout",
	.test_cases = dnuma_layout_cases,
};

kunit_test_suite(dnuma_layout_suite);

MODULE_DESCRIPTION("Tests of memory layouts");
MODULE_LICENSE("GPL");
