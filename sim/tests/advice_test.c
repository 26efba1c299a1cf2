// SPDX-License-Identifier: GPL-2.0-only
/* Which answer is the best, and when that is not certain. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <linux/kernel.h>
#include "model/advice.h"

/* Boot goes on after @boot, the load is done after @done; memory is written. */
static struct banded answer(double boot, double done, unsigned long written)
{
	return (struct banded){
		.result = {
			.boot_wait_ns = boot,
			.complete_ns = boot,
			.load_start_ns = boot,
			.load_done_ns = done,
			.pages_total = 1000,
			.pages_initialised = written,
		},
	};
}

static void influenced(struct banded *banded, const char *name, double low,
		       double high)
{
	struct influence *influence =
		&banded->influence[banded->nr_influences++];

	influence->name = name;
	influence->low.load_done = log(low);
	influence->high.load_done = log(high);
}

/* What makes both twice as slow makes neither the better one. */
static void what_both_suffer_cancels(void **state)
{
	struct banded a = answer(100, 1000, 1000), b = answer(200, 1200, 1000);
	struct difference d;

	influenced(&a, "memory", .5, 2);
	influenced(&b, "memory", .5, 2);
	d = advice_difference(&a, &b, ADVICE_LOAD, 900);
	assert_float_equal(d.ns, 200, 1e-9);
	assert_true(d.low > 0 && d.high < 500);
	assert_true(advice_apart(d));
	/* The same the other way round. */
	d = advice_difference(&b, &a, ADVICE_LOAD, 900);
	assert_true(d.ns < 0 && d.high < 0);
}

/* And what only one of them suffers may turn them round. */
static void what_one_suffers_counts(void **state)
{
	struct banded a = answer(100, 1000, 1000), b = answer(200, 1200, 1000);
	struct difference d;

	influenced(&a, "pull", .9, 1.3);
	d = advice_difference(&a, &b, ADVICE_LOAD, 900);
	assert_false(advice_apart(d));
	assert_true(d.low < 0 && d.high > 200);
	/* Unknown to the other, or to the one: that makes no difference. */
	d = advice_difference(&b, &a, ADVICE_LOAD, 900);
	assert_false(advice_apart(d));
}

/* Two boots differ: a difference below that is none. */
static void two_boots_differ(void **state)
{
	struct banded a = answer(100, 1000, 1000), b = answer(105, 1005, 1000);

	assert_false(advice_apart(advice_difference(&a, &b, ADVICE_LOAD, 900)));
	b = answer(130, 1030, 1000);
	assert_true(advice_apart(advice_difference(&a, &b, ADVICE_LOAD, 900)));
}

static void memory_breaks_ties(void **state)
{
	struct banded all[] = {
		answer(100, 1000, 1000),
		answer(101, 1001, 400),
		answer(102, 1002, 395),
		answer(300, 1200, 0),
	};
	unsigned int first;
	bool tied[4];

	/* The third spares half a per cent more: that is nothing. */
	assert_int_equal(advice_pick(all, 4, ADVICE_LOAD, 900, tied, &first),
			 1);
	assert_int_equal(first, 0);
	assert_true(tied[0] && tied[1] && tied[2] && !tied[3]);

	assert_int_equal(advice_pick(all, 4, ADVICE_MEMORY, 900, tied, &first),
			 3);
	assert_true(!tied[0] && !tied[1] && !tied[2] && tied[3]);
	assert_int_equal(advice_pick(all, 1, ADVICE_BOOT, 900, tied, &first),
			 0);
}

/* What is never ready comes last where that decides. */
static void never_is_last(void **state)
{
	struct banded all[] = { answer(100, 1000, 0), answer(500, 1400, 1000) };
	unsigned int first;
	bool tied[2];

	all[0].result.complete_ns = NAN;
	assert_int_equal(advice_pick(all, 2, ADVICE_READY, 900, tied, &first),
			 1);
	assert_false(tied[0]);
	all[1].result.complete_ns = NAN;
	assert_int_equal(advice_pick(all, 2, ADVICE_READY, 900, tied, &first),
			 0);
	assert_true(tied[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_both_suffer_cancels),
		cmocka_unit_test(what_one_suffers_counts),
		cmocka_unit_test(two_boots_differ),
		cmocka_unit_test(memory_breaks_ties),
		cmocka_unit_test(never_is_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
