/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KUNIT_RUN_H
#define _KUNIT_RUN_H

/* kunit_test_suite(): the program that runs a suite. From <kunit/test.h>. */

struct kunit_run {
	struct kunit test;
	const struct kunit_suite *suite;
	const struct kunit_case *test_case;
};

static inline int kunit_setup(void **state)
{
	struct kunit_run *run = *state;

	return run->suite->init ? run->suite->init(&run->test) : 0;
}

static inline void kunit_body(void **state)
{
	struct kunit_run *run = *state;

	run->test_case->run_case(&run->test);
}

static inline int kunit_teardown(void **state)
{
	struct kunit_run *run = *state;

	if (run->suite->exit)
		run->suite->exit(&run->test);
	while (run->test.allocs) {
		void **link = run->test.allocs;

		run->test.allocs = *link;
		free(link);
	}
	return 0;
}

static inline int kunit_main(const struct kunit_suite *suite)
{
	struct CMUnitTest *tests;
	struct kunit_run *runs;
	size_t n = 0, i;
	int failed;

	while (suite->test_cases[n].run_case)
		n++;
	tests = calloc(n + 1, sizeof(*tests));
	runs = calloc(n + 1, sizeof(*runs));
	for (i = 0; tests && runs && i < n; i++) {
		runs[i].suite = suite;
		runs[i].test_case = &suite->test_cases[i];
		tests[i] = (struct CMUnitTest){
			.name = suite->test_cases[i].name,
			.test_func = kunit_body,
			.setup_func = kunit_setup,
			.teardown_func = kunit_teardown,
			.initial_state = &runs[i],
		};
	}
	failed = tests && runs ? _cmocka_run_group_tests(suite->name, tests, n,
							 NULL, NULL) :
				 1;
	free(tests);
	free(runs);
	return failed;
}

#define kunit_test_suite(suite)              \
	int main(void)                       \
	{                                    \
		return kunit_main(&(suite)); \
	}                                    \
	_Static_assert(1, "")

#endif /* _KUNIT_RUN_H */
