// SPDX-License-Identifier: GPL-2.0-only
/* Tests of plans: their text, and random ones block by block. */
#include <linux/errno.h>
#include "plan_test.h"

/* Nothing differs; everything does; each state; zones; holes; windows; hold. */
static void plan_texts(struct kunit *test)
{
	static const struct {
		const char *node, *wanted, *state, *zone;
		unsigned long window, hold;
		const char *text;
	} cases[] = {
		{ "0011", "0011", "pfux", "1111", 8, 0, "" },
		/* The cheapest way first, then the order of pages. */
		{ "00000000", "11111111", "uufpxcop", "11111111", 8, 0,
		  "12M-16M 0->1 Normal rehome\n"
		  "28M-32M 0->1 Normal rehome\n"
		  "8M-12M 0->1 Normal grab\n"
		  "0-8M 0->1 Normal empty\n"
		  "16M-20M 0->1 unmovable\n"
		  "20M-24M 0->1 foreign\n"
		  "24M-28M 0->1 offline\n" },
		/* A step has one pair of nodes and one type of zone. */
		{ "00001111", "22112230", "ffffffff", "00011111", 8, 0,
		  "0-8M 0->2 DMA32 grab\n"
		  "8M-12M 0->1 DMA32 grab\n"
		  "12M-16M 0->1 Normal grab\n"
		  "16M-24M 1->2 Normal grab\n"
		  "24M-28M 1->3 Normal grab\n"
		  "28M-32M 1->0 Normal grab\n" },
		/* Windows cut what is grabbed and emptied, not the rest. */
		{ "0000000000000", "1111111111111", "ppppppuuuuuuf",
		  "1111111111111", 4, 0,
		  "0-24M 0->1 Normal rehome\n"
		  "48M-52M 0->1 Normal grab\n"
		  "24M-32M 0->1 Normal empty\n"
		  "32M-48M 0->1 Normal empty\n" },
		/* Three blocks may be held: two of the first run, one more. */
		{ "00000000", "11111111", "xxffxxxx", "11111111", 8, 3,
		  "8M-16M 0->1 Normal grab\n"
		  "0-8M 0->1 Normal hold\n"
		  "16M-20M 0->1 Normal hold\n"
		  "20M-32M 0->1 unmovable\n" },
		/* A hole ends a step. */
		{ "00..00", "11..11", "ff..ff", "11..11", 8, 0,
		  "0-8M 0->1 Normal grab\n"
		  "16M-24M 0->1 Normal grab\n" },
	};
	char *text = kunit_kzalloc(test, PLAN_TEXT, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct blocks *b = blocks_drawn(test, cases[i].node,
						cases[i].state, cases[i].zone);
		struct dnuma_plan plan;

		make_plan(test, &plan, b, cases[i].wanted, cases[i].window,
			  cases[i].hold);
		KUNIT_EXPECT_STREQ(test, plan_text(&plan, text), cases[i].text);
		dnuma_plan_free(&plan);
	}
}

/* What is less than a block of one node stays: at both ends, and all of it. */
static void plan_edges(struct kunit *test)
{
	struct dnuma_policy policy = { 8 * B, 0 };
	struct blocks *b = blocks_drawn(test, "0000", "ffff", "1111");
	char *text = kunit_kzalloc(test, PLAN_TEXT, GFP_KERNEL);
	struct memlayout *from = memlayout_alloc(2);
	struct memlayout *to = memlayout_alloc(2);
	struct dnuma_plan plan;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_NOT_NULL(test, from);
	KUNIT_ASSERT_NOT_NULL(test, to);
	memlayout_append(from, 256, 2 * B + 256, 0);
	memlayout_append(from, 3 * B + 256, 3 * B + 512, 2);
	memlayout_append(to, 0, 4 * B, 1);
	KUNIT_EXPECT_EQ(test, 0,
			dnuma_plan_make(&plan, from, to, &policy, look, b));
	KUNIT_EXPECT_STREQ(test, plan_text(&plan, text),
			   "4M-8M 0->1 Normal grab\n"
			   "1M-4M 0->1 edge\n"
			   "8M-9M 0->1 edge\n"
			   "13M-14M 2->1 edge\n");
	dnuma_plan_free(&plan);
	memlayout_free(to);
	memlayout_free(from);
}

static void bad_look(void *arg, unsigned long start_pfn, unsigned long end_pfn,
		     struct dnuma_run *run)
{
	run->end_pfn = end_pfn;
	run->state = DNUMA_FREE;
}

/* A window of no block, and one that cuts a block. */
static void plan_policy_bad(struct kunit *test)
{
	static const unsigned long windows[] = { 0, 1, 1536 };
	struct memlayout *from = drawn(test, "00"), *to = drawn(test, "11");
	struct dnuma_plan plan;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		struct dnuma_policy policy = { windows[i], 0 };

		KUNIT_EXPECT_EQ(test, -EINVAL,
				dnuma_plan_make(&plan, from, to, &policy,
						bad_look, NULL));
		dnuma_plan_free(&plan);
	}
	memlayout_free(to);
	memlayout_free(from);
}

/* The pages that a zone is to get: its span has to grow to hold them. */
static void plan_span(struct kunit *test)
{
	struct blocks *b = blocks_drawn(test, "00001111", "ffpxuufx",
					"00111111");
	unsigned long start, end;
	struct dnuma_plan plan;

	make_plan(test, &plan, b, "11220022", 8, 0);
	KUNIT_EXPECT_TRUE(test, dnuma_plan_span(&plan, 1, 0, &start, &end));
	KUNIT_EXPECT_EQ(test, start, 0UL);
	KUNIT_EXPECT_EQ(test, end, 2 * B);
	KUNIT_EXPECT_TRUE(test, dnuma_plan_span(&plan, 2, 1, &start, &end));
	KUNIT_EXPECT_EQ(test, start, 2 * B);
	KUNIT_EXPECT_EQ(test, end, 7 * B);
	KUNIT_EXPECT_FALSE(test, dnuma_plan_span(&plan, 1, 1, &start, &end));
	KUNIT_EXPECT_FALSE(test, dnuma_plan_span(&plan, 3, 1, &start, &end));
	dnuma_plan_free(&plan);
}

static const char way_states[] = "pfux";

/* Is each block that differs planned once, as its state says, in order? */
static bool plan_covers(const struct dnuma_plan *plan, const struct blocks *b,
			const char *wanted, unsigned long window,
			unsigned long hold)
{
	char seen[NR_BLOCKS] = { 0 };
	const struct dnuma_step *last = NULL;
	unsigned long at, held = 0;
	unsigned int i;

	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *s = dnuma_plan_step(plan, i);

		if (last &&
		    (s->way < last->way ||
		     (s->way == last->way && s->start_pfn < last->end_pfn)))
			return false;
		if ((s->way == DNUMA_GRAB || s->way == DNUMA_EMPTY) &&
		    s->start_pfn / (window * B) !=
			    (s->end_pfn - 1) / (window * B))
			return false;
		for (at = s->start_pfn / B; at < s->end_pfn / B; at++) {
			if (b->state[at] != way_states[s->way] ||
			    b->node[at] != '0' + s->from ||
			    wanted[at] != '0' + s->to ||
			    b->zone[at] != '0' + (int)s->zone || seen[at]++)
				return false;
			held += s->way == DNUMA_HOLD;
		}
		last = s;
	}
	for (i = 0; i < plan->left.nr; i++) {
		const struct dnuma_left *l = dnuma_plan_left(plan, i);

		for (at = l->start_pfn / B; at < l->end_pfn / B; at++)
			if (b->state[at] != (l->why == DNUMA_STAYS ? 'x' :
					     l->why == DNUMA_KIND  ? 'c' :
								     'o') ||
			    (l->why == DNUMA_STAYS && held < hold) ||
			    seen[at]++)
				return false;
	}
	for (at = 0; b->node[at]; at++)
		if (seen[at] !=
		    (b->node[at] != '.' && b->node[at] != wanted[at]))
			return false;
	return held <= hold;
}

/* Random plans; each does not depend on how its blocks are cut into runs. */
static void plan_random(struct kunit *test)
{
	struct blocks *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	char *text = kunit_kzalloc(test, 2 * PLAN_TEXT, GFP_KERNEL);
	static char wanted[NR_BLOCKS + 1];
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_NOT_NULL(test, text);
	for (seed = 1; seed <= NR_SEEDS; seed++) {
		unsigned long window, hold;
		struct dnuma_plan plan, again;
		u32 state = seed;

		random_blocks(&state, b);
		random_change(&state, b->node, wanted);
		window = 1 + random_below(&state, 12);
		hold = random_below(&state, 8);
		make_plan(test, &plan, b, wanted, window, hold);
		b->slice = seed;
		make_plan(test, &again, b, wanted, window, hold);
		if (!plan_covers(&plan, b, wanted, window, hold) ||
		    strcmp(plan_text(&plan, text),
			   plan_text(&again, text + PLAN_TEXT)))
			KUNIT_FAIL(test, "seed %u", seed);
		dnuma_plan_free(&again);
		dnuma_plan_free(&plan);
	}
}

/* A plan with a block too few, too many, in the wrong way or order is told. */
static void plan_control(struct kunit *test)
{
	struct blocks *b = blocks_drawn(test, "000000", "ffuufx", "111111");
	struct dnuma_step *step, keep;
	struct dnuma_plan plan;

	make_plan(test, &plan, b, "111111", 4, 0);
	KUNIT_EXPECT_TRUE(test, plan_covers(&plan, b, "111111", 4, 0));
	step = plan.steps.entry;
	keep = step[0];
	step[0].end_pfn -= B;
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 4, 0));
	step[0].end_pfn += 2 * B;
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 4, 0));
	step[0] = keep;
	step[0].way = DNUMA_EMPTY;
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 4, 0));
	step[0] = keep;
	step[0].to = 2;
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 4, 0));
	step[0] = step[1];
	step[1] = keep;
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 4, 0));
	step[1] = step[0];
	step[0] = keep;
	KUNIT_EXPECT_TRUE(test, plan_covers(&plan, b, "111111", 4, 0));
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 1, 0));
	plan.left.nr = 0;
	KUNIT_EXPECT_FALSE(test, plan_covers(&plan, b, "111111", 4, 0));
	dnuma_plan_free(&plan);
}

static struct kunit_case dnuma_plan_cases[] = { KUNIT_CASE(plan_texts),
						KUNIT_CASE(plan_edges),
						KUNIT_CASE(plan_policy_bad),
						KUNIT_CASE(plan_span),
						KUNIT_CASE(plan_random),
						KUNIT_CASE(plan_control),
						{} };

static struct kunit_suite dnuma_plan_suite = {
	.name = "dnuma_plan",
	.test_cases = dnuma_plan_cases,
};

kunit_test_suite(dnuma_plan_suite);

MODULE_DESCRIPTION("Tests of transplant plans");
MODULE_LICENSE("GPL");
