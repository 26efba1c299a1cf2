// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of commits, carried out on an array of blocks. A plan sees what each
 * block's state looks like; the truth may be another: 'U' looks used, and has a
 * pinned page; 'F' looked free, and is used by now; 'P' likewise pristine.
 */
#include <linux/ctype.h>
#include "plan_test.h"

struct truth {
	struct blocks *b;
	const char *state;
	struct dnuma_ledger *ledger;
	unsigned int room; /* blocks that can be migrated */
	char tries[1024];
};

static void ledger_put(struct kunit *test, struct dnuma_ledger *ledger, int nid,
		       unsigned int zone, char state)
{
	struct dnuma_account has = { B, B, 0, 0 };

	if (state == 'f' || state == 'p')
		has.free = B;
	if (state == 'x' || state == 'c' || state == 'o')
		has.managed = B / 2;
	KUNIT_ASSERT_EQ(test, 0, dnuma_ledger_open(ledger, nid, zone, &has));
}

/* A ledger of all blocks; a block on another node has all its pages there. */
static struct dnuma_ledger *ledger_of(struct kunit *test,
				      const struct blocks *b, const char *state)
{
	struct dnuma_ledger *ledger = dnuma_ledger_alloc(NR_NODES, 2);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ledger);
	for (i = 0; b->node[i]; i++)
		if (b->node[i] != '.')
			ledger_put(test, ledger, b->node[i] - '0',
				   b->zone[i] - '0', state[i]);
	return ledger;
}

/* Move what of a step can be moved, as a kernel would. */
static unsigned long carry_out(struct truth *t, const struct dnuma_step *step,
			       enum dnuma_why *why)
{
	unsigned long at = step->start_pfn / B, end = step->end_pfn / B, i;
	char good = "pfu"[step->way];

	*why = step->way == DNUMA_EMPTY ? DNUMA_BUSY : DNUMA_CHANGED;
	for (i = at; i < end && t->state[i] == good; i++)
		;
	if (step->way == DNUMA_EMPTY && i < end)
		return step->start_pfn;
	if (step->way == DNUMA_EMPTY && end - at > t->room) {
		*why = DNUMA_NO_ROOM;
		return step->start_pfn;
	}
	if (step->way == DNUMA_EMPTY)
		t->room -= end - at;
	memset(t->b->node + at, '0' + step->to, i - at);
	return i * B;
}

/* Carry out a plan; note each try as in "[4,8)!": it went wrong. */
static void carry_all(struct kunit *test, struct dnuma_plan *plan,
		      struct truth *t)
{
	struct dnuma_step step;
	enum dnuma_why why;
	size_t at = 0;

	t->tries[0] = '\0';
	while (dnuma_plan_next(plan, &step) == 1) {
		unsigned long end = step.way == DNUMA_HOLD ?
					    step.start_pfn :
					    carry_out(t, &step, &why);
		unsigned long pages = end - step.start_pfn;

		if (step.way == DNUMA_HOLD)
			why = DNUMA_HELD;
		if (at < sizeof(t->tries))
			at += snprintf(t->tries + at, sizeof(t->tries) - at,
				       "%s%lu-%lu%s", at ? " " : "",
				       step.start_pfn / B, step.end_pfn / B,
				       end < step.end_pfn ? "!" : "");
		/* Contents go to free pages, somewhere; here to none at all. */
		if (t->ledger && step.way == DNUMA_EMPTY && pages)
			dnuma_ledger_at(t->ledger, step.from, step.zone)->free +=
				pages;
		if (t->ledger)
			KUNIT_ASSERT_EQ(test, 0,
					dnuma_ledger_move(t->ledger, step.from,
							  step.to, step.zone,
							  pages));
		if (t->ledger && step.way == DNUMA_EMPTY && pages)
			dnuma_ledger_at(t->ledger, step.to, step.zone)->free -=
				pages;
		dnuma_plan_report(plan, end, why);
	}
}

/* How windows are searched, and how what is grabbed goes on behind a failure. */
static void commit_tries(struct kunit *test)
{
	static const struct {
		const char *truth;
		unsigned int room;
		const char *tries, *after, *left;
	} cases[] = {
		{ "uuuuuuuu", 8, "0-8", "11111111", "" },
		{ "uuuuUuuu", 8, "0-8! 0-4 4-8! 4-6! 4-5! 5-6 6-8", "11110111",
		  "16M-20M 0->1 busy\n" },
		{ "UUUUuuuu", 8, "0-8! 0-4! 0-2! 0-1! 1-2! 2-4! 2-3! 3-4! 4-8",
		  "00001111", "0-16M 0->1 busy\n" },
		{ "uuuuuuuu", 5, "0-8!", "00000000", "0-32M 0->1 no room\n" },
		{ "ffffffff", 0, "0-8", "11111111", "" },
		{ "ffFfffFf", 0, "0-8! 3-8! 7-8", "11011101",
		  "8M-12M 0->1 changed\n24M-28M 0->1 changed\n" },
		{ "ppppppPP", 0, "0-8! 7-8!", "11111100",
		  "24M-32M 0->1 changed\n" },
		{ "xx", 0, "0-2! 1-2!", "00", "0-8M 0->1 held\n" },
	};
	char *text = kunit_kzalloc(test, PLAN_TEXT, GFP_KERNEL);
	struct truth *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i, j;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_NOT_NULL(test, t);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t nr = strlen(cases[i].truth);
		struct memlayout *from, *actual;
		char drawing[NR_BLOCKS + 1];
		struct dnuma_plan plan;

		t->b = blocks_drawn(test, &"00000000"[8 - nr],
				    &"........"[8 - nr], &"11111111"[8 - nr]);
		for (j = 0; j < nr; j++)
			t->b->state[j] = tolower(cases[i].truth[j]);
		t->state = cases[i].truth;
		t->room = cases[i].room;
		from = drawn(test, t->b->node);
		make_plan(test, &plan, t->b, "11111111", 8, 8);
		carry_all(test, &plan, t);
		KUNIT_EXPECT_STREQ(test, t->tries, cases[i].tries);
		actual = dnuma_plan_actual(&plan, from);
		KUNIT_ASSERT_NOT_NULL(test, actual);
		KUNIT_EXPECT_STREQ(test, draw(actual, drawing), cases[i].after);
		KUNIT_EXPECT_STREQ(test, t->b->node, cases[i].after);
		plan.steps.nr = 0;
		KUNIT_EXPECT_STREQ(test, plan_text(&plan, text), cases[i].left);
		dnuma_plan_free(&plan);
		memlayout_free(actual);
		memlayout_free(from);
	}
}

/* Is each block that is not at home in the list, and no other one? */
static bool left_is(const struct dnuma_plan *plan, const char *node,
		    const char *wanted)
{
	char seen[NR_BLOCKS] = { 0 };
	unsigned long at;
	unsigned int i;

	for (i = 0; i < plan->left.nr; i++) {
		const struct dnuma_left *l = dnuma_plan_left(plan, i);

		for (at = l->start_pfn / B; at < l->end_pfn / B; at++)
			if (node[at] != '0' + l->from ||
			    wanted[at] != '0' + l->to || seen[at]++)
				return false;
	}
	for (at = 0; node[at]; at++) {
		bool differs = node[at] != wanted[at];

		if (!!seen[at] != differs)
			return false;
	}
	return true;
}

/* Does the ledger say what the array of blocks says? */
static bool ledger_is(struct kunit *test, struct dnuma_ledger *ledger,
		      const struct blocks *b, const char *state)
{
	struct dnuma_ledger *want = ledger_of(test, b, state);
	char line[DNUMA_LINE];
	bool ok = dnuma_ledger_check(ledger, line) &&
		  !memcmp(ledger->account, want->account,
			  NR_NODES * 2 * sizeof(want->account[0]));

	dnuma_ledger_free(want);
	return ok;
}

/*
 * A commit in which random blocks are not what they looked like. Afterwards the
 * layouts differ in what is left; another plan is about that and nothing else.
 */
static bool random_commit(struct kunit *test, struct truth *t,
			  const char *wanted, char *truth, u32 *seed)
{
	struct memlayout *from = drawn(test, t->b->node), *actual;
	unsigned long window = 1 + random_below(seed, 12);
	char drawing[NR_BLOCKS + 1], again[NR_BLOCKS + 1];
	struct dnuma_plan plan;
	unsigned int i;
	bool ok;

	for (i = 0; i < NR_BLOCKS; i++) {
		truth[i] = t->b->state[i];
		if (strchr("pfu", truth[i]) && !random_below(seed, 6))
			truth[i] = toupper(truth[i]);
	}
	truth[i] = '\0';
	t->state = truth;
	t->room = random_below(seed, 60);
	make_plan(test, &plan, t->b, wanted, window, random_below(seed, 4));
	carry_all(test, &plan, t);
	actual = dnuma_plan_actual(&plan, from);
	KUNIT_ASSERT_NOT_NULL(test, actual);
	memcpy(again, t->b->node, sizeof(again));
	ok = left_is(&plan, t->b->node, wanted) &&
	     !strcmp(draw(actual, drawing), trimmed(again)) &&
	     ledger_is(test, t->ledger, t->b, t->b->state);
	dnuma_plan_free(&plan);
	memlayout_free(actual);
	memlayout_free(from);
	return ok;
}

static void commit_random(struct kunit *test)
{
	struct truth *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	static char wanted[NR_BLOCKS + 1], truth[NR_BLOCKS + 1];
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->b = kunit_kzalloc(test, sizeof(*t->b), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->b);
	for (seed = 1; seed <= NR_SEEDS; seed++) {
		unsigned int round;
		u32 state = seed;

		random_blocks(&state, t->b);
		t->ledger = ledger_of(test, t->b, t->b->state);
		for (round = 0; round < 3; round++) {
			random_change(&state, t->b->node, wanted);
			if (!random_commit(test, t, wanted, truth, &state))
				KUNIT_FAIL(test, "seed %u, round %u", seed,
					   round);
		}
		dnuma_ledger_free(t->ledger);
	}
}

/* Layout A, B, and A again: each account is what it was, to the page. */
static void commit_there_and_back(struct kunit *test)
{
	struct truth *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	static char first[NR_BLOCKS + 1], second[NR_BLOCKS + 1];
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->b = kunit_kzalloc(test, sizeof(*t->b), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->b);
	for (seed = 1; seed <= NR_SEEDS; seed++) {
		struct dnuma_plan plan;
		u32 state = seed;

		random_blocks(&state, t->b);
		memcpy(first, t->b->node, sizeof(first));
		random_change(&state, first, second);
		t->ledger = ledger_of(test, t->b, t->b->state);
		t->state = t->b->state;
		t->room = UINT_MAX;
		make_plan(test, &plan, t->b, second, 8, 0);
		carry_all(test, &plan, t);
		dnuma_plan_free(&plan);
		make_plan(test, &plan, t->b, first, 8, 0);
		carry_all(test, &plan, t);
		if (plan.left.nr || strcmp(first, t->b->node) ||
		    !ledger_is(test, t->ledger, t->b, t->b->state))
			KUNIT_FAIL(test, "seed %u", seed);
		dnuma_plan_free(&plan);
		dnuma_ledger_free(t->ledger);
	}
}

/* A commit that ends early: what was not tried is still a difference. */
static void commit_cut_short(struct kunit *test)
{
	struct blocks *b = blocks_drawn(test, "00000000", "ffffuuuu",
					"11111111");
	struct memlayout *from = drawn(test, b->node), *actual;
	char drawing[NR_BLOCKS + 1];
	struct dnuma_plan plan;
	struct dnuma_step step;

	make_plan(test, &plan, b, "11111111", 2, 0);
	KUNIT_ASSERT_EQ(test, 1, dnuma_plan_next(&plan, &step));
	dnuma_plan_report(&plan, step.end_pfn, DNUMA_CHANGED);
	actual = dnuma_plan_actual(&plan, from);
	KUNIT_ASSERT_NOT_NULL(test, actual);
	KUNIT_EXPECT_STREQ(test, draw(actual, drawing), "11000000");
	dnuma_plan_free(&plan);
	memlayout_free(actual);
	memlayout_free(from);
}

/* A block that is relabelled but not accounted, or not listed, is told. */
static void commit_control(struct kunit *test)
{
	struct blocks *b = blocks_drawn(test, "00001111", "ffffffff",
					"11111111");
	struct dnuma_ledger *ledger = ledger_of(test, b, b->state);
	struct dnuma_plan plan;

	make_plan(test, &plan, b, "00001111", 8, 0);
	KUNIT_EXPECT_TRUE(test, ledger_is(test, ledger, b, b->state));
	KUNIT_EXPECT_TRUE(test, left_is(&plan, b->node, "00001111"));
	b->node[0] = '1';
	KUNIT_EXPECT_FALSE(test, ledger_is(test, ledger, b, b->state));
	KUNIT_EXPECT_FALSE(test, left_is(&plan, b->node, "00001111"));
	KUNIT_EXPECT_EQ(test, 0, dnuma_ledger_move(ledger, 0, 1, 1, B));
	KUNIT_EXPECT_TRUE(test, ledger_is(test, ledger, b, b->state));
	dnuma_plan_free(&plan);
	dnuma_ledger_free(ledger);
}

static struct kunit_case dnuma_commit_cases[] = {
	KUNIT_CASE(commit_tries),	   KUNIT_CASE(commit_random),
	KUNIT_CASE(commit_there_and_back), KUNIT_CASE(commit_cut_short),
	KUNIT_CASE(commit_control),	   {}
};

static struct kunit_suite dnuma_commit_suite = {
	.name = "dnuma_commit",
	.test_cases = dnuma_commit_cases,
};

kunit_test_suite(dnuma_commit_suite);

MODULE_DESCRIPTION("Tests of commits of memory layouts");
MODULE_LICENSE("GPL");
