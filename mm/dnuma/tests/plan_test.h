/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_TESTS_PLAN_TEST_H
#define _MM_DNUMA_TESTS_PLAN_TEST_H

/*
 * A machine whose blocks are characters, for tests of plans and commits:
 *
 *	node	"0000..1111"	see dnuma_test.h
 *	state	"pfux..cooo"	pristine, free, used, unmovable, foreign, offline
 *	zone	"0000..1111"
 */
#include "dnuma_test.h"

struct blocks {
	char node[NR_BLOCKS + 1];
	char state[NR_BLOCKS + 1];
	char zone[NR_BLOCKS + 1];
	u32 slice; /* not 0: how blocks that are alike are cut into runs */
};

static const char test_states[] = "pfuxco";

/* dnuma_look_fn */
static inline void look(void *arg, unsigned long start_pfn,
			unsigned long end_pfn, struct dnuma_run *run)
{
	struct blocks *b = arg;
	unsigned long at = start_pfn / B, end = at + 1;

	while (end * B < end_pfn && b->state[end] == b->state[at] &&
	       b->zone[end] == b->zone[at] &&
	       (!b->slice || random_below(&b->slice, 3)))
		end++;
	run->end_pfn = end * B;
	run->state = strchr(test_states, b->state[at]) - test_states;
	run->zone = b->zone[at] - '0';
}

static inline struct blocks *blocks_drawn(struct kunit *test, const char *node,
					  const char *state, const char *zone)
{
	struct blocks *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_LE(test, strlen(node), (size_t)NR_BLOCKS);
	KUNIT_ASSERT_EQ(test, strlen(node), strlen(state));
	KUNIT_ASSERT_EQ(test, strlen(node), strlen(zone));
	memcpy(b->node, node, strlen(node) + 1);
	memcpy(b->state, state, strlen(node) + 1);
	memcpy(b->zone, zone, strlen(node) + 1);
	return b;
}

static inline void random_blocks(u32 *seed, struct blocks *b)
{
	unsigned int i = 0;

	memset(b, 0, sizeof(*b));
	random_drawing(seed, b->node);
	while (i < NR_BLOCKS) {
		unsigned long run = 1 + random_below(seed, 8);
		char state = test_states[random_below(seed, 6)];

		for (; run-- && i < NR_BLOCKS; i++) {
			b->state[i] = state;
			b->zone[i] = i < NR_BLOCKS / 3 ? '0' : '1';
		}
	}
}

#define PLAN_TEXT 4096

/* All steps of a plan and then all that it leaves, a line each. */
static inline const char *plan_text(const struct dnuma_plan *plan,
				    char text[PLAN_TEXT])
{
	struct dnuma_shape shape = test_shape(NULL);
	char line[DNUMA_LINE];
	unsigned int i;
	size_t at = 0;

	text[0] = '\0';
	for (i = 0; i < plan->steps.nr && at < PLAN_TEXT; i++)
		at += snprintf(text + at, PLAN_TEXT - at, "%s\n",
			       dnuma_step_line(&shape, dnuma_plan_step(plan, i),
					       line));
	for (i = 0; i < plan->left.nr && at < PLAN_TEXT; i++)
		at += snprintf(text + at, PLAN_TEXT - at, "%s\n",
			       dnuma_left_line(&shape, dnuma_plan_left(plan, i),
					       line));
	return text;
}

static inline void make_plan(struct kunit *test, struct dnuma_plan *plan,
			     struct blocks *b, const char *wanted,
			     unsigned long window, unsigned long hold)
{
	struct dnuma_policy policy = { window * B, hold * B };
	struct memlayout *from = drawn(test, b->node);
	struct memlayout *to = drawn(test, wanted);

	KUNIT_ASSERT_EQ(test, 0,
			dnuma_plan_make(plan, from, to, &policy, look, b));
	memlayout_free(to);
	memlayout_free(from);
}

#endif /* _MM_DNUMA_TESTS_PLAN_TEST_H */
