// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the ledger: what is refused, and that sums stay. */
#include <linux/errno.h>
#include "dnuma_test.h"

static struct dnuma_ledger *ledger_make(struct kunit *test)
{
	struct dnuma_ledger *ledger = dnuma_ledger_alloc(NR_NODES, 2);
	static const struct dnuma_account has = { 10 * B, 9 * B, 4 * B, 0 };
	int nid;

	KUNIT_ASSERT_NOT_NULL(test, ledger);
	for (nid = 0; nid < NR_NODES - 1; nid++)
		KUNIT_ASSERT_EQ(test, 0,
				dnuma_ledger_open(ledger, nid, 1, &has));
	return ledger;
}

/* Entries that no kernel may make: each is refused, and changes nothing. */
static void ledger_refuses(struct kunit *test)
{
	struct dnuma_ledger *ledger = ledger_make(test);
	static const struct dnuma_account bad[] = {
		{ -1, 0, 0, 0 }, { 1, 2, 0, 0 },  { 2, 1, 2, 0 },
		{ 2, 2, -1, 0 }, { 2, 2, 0, -1 }, { 4, 4, 2, 3 },
	};
	struct dnuma_account before[NR_NODES * 2];
	char line[DNUMA_LINE];
	unsigned int i;

	memcpy(before, ledger->account, sizeof(before));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dnuma_ledger_open(ledger, 3, 0, &bad[i]));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dnuma_ledger_move(ledger, 0, 1, 1, 5 * B));
	KUNIT_EXPECT_EQ(test, -EINVAL, dnuma_ledger_move(ledger, 3, 1, 1, B));
	KUNIT_EXPECT_EQ(test, -EINVAL, dnuma_ledger_move(ledger, 0, 1, 2, B));
	KUNIT_EXPECT_EQ(test, -EINVAL, dnuma_ledger_move(ledger, 0, 4, 1, B));
	KUNIT_EXPECT_EQ(test, -EINVAL, dnuma_ledger_move(ledger, -1, 1, 1, B));
	/* More than is in use, more than is free. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dnuma_ledger_migrate(ledger, 0, 1, 1, 1, 5 * B));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dnuma_ledger_migrate(ledger, 0, 1, 3, 1, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dnuma_ledger_hold(ledger, 0, 1, 4 * B + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, dnuma_ledger_hold(ledger, 0, 1, -1));
	KUNIT_EXPECT_EQ(test, -EINVAL, dnuma_ledger_hold(ledger, 0, 2, 1));
	KUNIT_EXPECT_EQ(test, 0,
			memcmp(before, ledger->account, sizeof(before)));
	KUNIT_EXPECT_TRUE(test, dnuma_ledger_check(ledger, line));
	dnuma_ledger_free(ledger);
}

/* A block is emptied and moves; a node gets its first memory. */
static void ledger_moves(struct kunit *test)
{
	struct dnuma_ledger *ledger = ledger_make(test);
	struct dnuma_account *a;
	char line[DNUMA_LINE];

	KUNIT_EXPECT_EQ(test, 0, dnuma_ledger_migrate(ledger, 0, 1, 1, 1, 100));
	KUNIT_EXPECT_EQ(test, 0, dnuma_ledger_move(ledger, 0, 3, 1, B));
	a = dnuma_ledger_at(ledger, 0, 1);
	KUNIT_EXPECT_EQ(test, a->present, (long)(9 * B));
	KUNIT_EXPECT_EQ(test, a->managed, (long)(8 * B));
	KUNIT_EXPECT_EQ(test, a->free, (long)(3 * B + 100));
	a = dnuma_ledger_at(ledger, 1, 1);
	KUNIT_EXPECT_EQ(test, a->free, (long)(4 * B - 100));
	a = dnuma_ledger_at(ledger, 3, 1);
	KUNIT_EXPECT_EQ(test, a->present, (long)B);
	KUNIT_EXPECT_EQ(test, a->managed, (long)B);
	KUNIT_EXPECT_EQ(test, a->free, (long)B);
	/* Within a zone nothing changes. */
	KUNIT_EXPECT_EQ(test, 0, dnuma_ledger_migrate(ledger, 1, 1, 1, 1, 7));
	KUNIT_EXPECT_EQ(test, dnuma_ledger_at(ledger, 1, 1)->free,
			(long)(4 * B - 100));
	KUNIT_EXPECT_EQ(test, 0, dnuma_ledger_hold(ledger, 1, 1, B));
	KUNIT_EXPECT_EQ(test, dnuma_ledger_at(ledger, 1, 1)->held, (long)B);
	KUNIT_EXPECT_TRUE(test, dnuma_ledger_check(ledger, line));
	KUNIT_EXPECT_EQ(test, 0, dnuma_ledger_hold(ledger, 1, 1, -(long)B));
	KUNIT_EXPECT_TRUE(test, dnuma_ledger_check(ledger, line));
	dnuma_ledger_free(ledger);
}

/* Random entries, good and bad: sums stay, and no account breaks a rule. */
static void ledger_random(struct kunit *test)
{
	char line[DNUMA_LINE];
	u32 seed;

	for (seed = 1; seed <= NR_SEEDS; seed++) {
		struct dnuma_ledger *ledger = ledger_make(test);
		unsigned int step;
		u32 state = seed;

		for (step = 0; step < 100; step++) {
			unsigned int a = random_below(&state, NR_NODES);
			unsigned int b = random_below(&state, NR_NODES);
			unsigned int zone = random_below(&state, 2);
			unsigned long pages = random_below(&state, 3 * B);

			switch (random_below(&state, 3)) {
			case 0:
				dnuma_ledger_move(ledger, a, b, zone, pages);
				break;
			case 1:
				dnuma_ledger_migrate(ledger, a, zone, b, 1,
						     pages);
				break;
			case 2:
				dnuma_ledger_hold(ledger, a, zone,
						  (long)pages - B);
				break;
			}
		}
		if (!dnuma_ledger_check(ledger, line))
			KUNIT_FAIL(test, "seed %u: %s", seed, line);
		dnuma_ledger_free(ledger);
	}
}

/* A page that is counted twice, or not at all, is told, and where. */
static void ledger_control(struct kunit *test)
{
	struct dnuma_ledger *ledger = ledger_make(test);
	char line[DNUMA_LINE];

	dnuma_ledger_at(ledger, 1, 1)->free++;
	KUNIT_EXPECT_FALSE(test, dnuma_ledger_check(ledger, line));
	KUNIT_EXPECT_STREQ(test, line, "sums: present +0 managed +0 free +1");
	dnuma_ledger_at(ledger, 0, 1)->free--;
	KUNIT_EXPECT_TRUE(test, dnuma_ledger_check(ledger, line));
	dnuma_ledger_at(ledger, 2, 1)->managed -= 2;
	KUNIT_EXPECT_FALSE(test, dnuma_ledger_check(ledger, line));
	KUNIT_EXPECT_STREQ(test, line, "sums: present +0 managed -2 free +0");
	dnuma_ledger_at(ledger, 2, 1)->managed = 4 * B - 1;
	KUNIT_EXPECT_FALSE(test, dnuma_ledger_check(ledger, line));
	KUNIT_EXPECT_STREQ(
		test, line,
		"node 2 zone 1: present 10240 managed 4095 free 4096 held 0");
	dnuma_ledger_free(ledger);
}

static struct kunit_case dnuma_ledger_cases[] = { KUNIT_CASE(ledger_refuses),
						  KUNIT_CASE(ledger_moves),
						  KUNIT_CASE(ledger_random),
						  KUNIT_CASE(ledger_control),
						  {} };

static struct kunit_suite dnuma_ledger_suite = {
	.name = "dnuma_ledger",
	.test_cases = dnuma_ledger_cases,
};

kunit_test_suite(dnuma_ledger_suite);

MODULE_DESCRIPTION("Tests of the ledger of nodes and zones");
MODULE_LICENSE("GPL");
