/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KUNIT_TEST_H
#define _KUNIT_TEST_H

/*
 * As much of KUnit as the overlay's tests use, on cmocka: a suite becomes a
 * group and the file a program. A failed expectation ends its test here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/types.h>
#include <linux/slab.h>

struct kunit {
	void *priv;
	void *allocs;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn)                      \
	{                                   \
		.run_case = fn, .name = #fn \
	}

/* Every allocation begins with a cache line that links to the one before. */
#define KUNIT_LINE 64UL

static inline void *kunit_kzalloc(struct kunit *test, size_t size, int gfp)
{
	void **link = aligned_alloc(KUNIT_LINE, (size + 2 * KUNIT_LINE - 1) &
							~(KUNIT_LINE - 1));

	if (!link)
		return NULL;
	memset(link, 0, KUNIT_LINE + size);
	*link = test->allocs;
	test->allocs = link;
	return (char *)link + KUNIT_LINE;
}

#define kunit_check(ok, text, left, right)                                  \
	do {                                                                \
		if (!(ok)) {                                                \
			print_error("%s: %lld, %lld\n", text,               \
				    (long long)(left), (long long)(right)); \
			_fail(__FILE__, __LINE__);                          \
		}                                                           \
	} while (0)

#define kunit_compare(left, op, right)                                        \
	do {                                                                  \
		const long long left_ = (long long)(left);                    \
		const long long right_ = (long long)(right);                  \
                                                                              \
		kunit_check(left_ op right_, #left " " #op " " #right, left_, \
			    right_);                                          \
	} while (0)

#define KUNIT_EXPECT_EQ(test, left, right) kunit_compare(left, ==, right)
#define KUNIT_ASSERT_EQ(test, left, right) kunit_compare(left, ==, right)
#define KUNIT_EXPECT_NE(test, left, right) kunit_compare(left, !=, right)
#define KUNIT_EXPECT_LE(test, left, right) kunit_compare(left, <=, right)
#define KUNIT_ASSERT_LE(test, left, right) kunit_compare(left, <=, right)
#define KUNIT_EXPECT_GT(test, left, right) kunit_compare(left, >, right)
#define KUNIT_ASSERT_GT(test, left, right) kunit_compare(left, >, right)
#define KUNIT_EXPECT_TRUE(test, cond)	   kunit_check(cond, #cond, 0, 1)
#define KUNIT_ASSERT_TRUE(test, cond)	   kunit_check(cond, #cond, 0, 1)
#define KUNIT_EXPECT_FALSE(test, cond)	   kunit_check(!(cond), "!" #cond, 1, 0)
#define KUNIT_ASSERT_FALSE(test, cond)	   kunit_check(!(cond), "!" #cond, 1, 0)
#define KUNIT_EXPECT_PTR_EQ(test, left, right)                             \
	_assert_int_equal((uintptr_t)(left), (uintptr_t)(right), __FILE__, \
			  __LINE__)
#define KUNIT_ASSERT_NOT_NULL(test, ptr) \
	kunit_check((ptr) != NULL, #ptr " != NULL", 0, 0)
#define KUNIT_EXPECT_STREQ(test, left, right) \
	_assert_string_equal(left, right, __FILE__, __LINE__)
#define KUNIT_FAIL(test, fmt, ...) fail_msg(fmt, ##__VA_ARGS__)
#define kunit_skip(test, fmt, ...) skip()

#define MODULE_LICENSE(text)	 _Static_assert(1, text)
#define MODULE_DESCRIPTION(text) _Static_assert(1, text)

#include "run.h"

#endif /* _KUNIT_TEST_H */
