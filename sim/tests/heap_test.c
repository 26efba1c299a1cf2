// SPDX-License-Identifier: GPL-2.0-only
/* sim/base/heap.h against a plain array that is searched for its least key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/heap.h"

#define NR_ENTRIES 600
#define NONE	   (~0U)

/* Entries are pointers, so that each can be told where it is. */
struct item {
	unsigned int key;
	unsigned int place;
};

static bool item_before(const void *a, const void *b)
{
	const struct item *item = *(struct item *const *)a;
	const struct item *other = *(struct item *const *)b;

	return item->key < other->key;
}

static void item_moved(void *entry, unsigned int at)
{
	(*(struct item **)entry)->place = at;
}

static const struct heap_order by_key = {
	.bytes = sizeof(struct item *),
	.before = item_before,
	.moved = item_moved,
};

/* The same items on every host. */
static unsigned int rnd(unsigned int below)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

/* Every entry knows its place, and none comes before the one above it. */
static bool heap_is_right(const struct heap *heap)
{
	unsigned int i;

	for (i = 0; i < heap->nr; i++) {
		struct item *const *item = heap_at(heap, &by_key, i);

		if ((*item)->place != i ||
		    (i &&
		     item_before(item, heap_at(heap, &by_key, (i - 1) / 2))))
			return false;
	}
	return true;
}

static unsigned int least_key(const struct item *item, unsigned int nr)
{
	unsigned int least = NONE, i;

	for (i = 0; i < nr; i++)
		if (item[i].place != NONE && item[i].key < least)
			least = item[i].key;
	return least;
}

static void pop(struct heap *heap)
{
	struct item *first = *(struct item **)heap_first(heap);

	heap_pop(heap, &by_key);
	first->place = NONE;
}

/*
 * Scenario: 20,000 random pushes, pops and changes of a key, with few different
 * keys so that many are equal.
 * Expectation: the first entry always has the least key of all that are in, and
 * each entry's place is where moved() said last.
 */
static void random_operations(void **state)
{
	static struct item item[NR_ENTRIES];
	struct heap heap = { 0 };
	unsigned int step, i;

	for (i = 0; i < NR_ENTRIES; i++)
		item[i].place = NONE;
	for (step = 0; step < 20000; step++) {
		struct item *one = &item[rnd(NR_ENTRIES)];

		/* It grows first and shrinks towards the end. */
		if (one->place != NONE && rnd(3)) {
			one->key = rnd(50);
			heap_update(&heap, &by_key, one->place);
		} else if (heap.nr && rnd(20000) < step) {
			pop(&heap);
		} else if (one->place == NONE) {
			one->key = rnd(50);
			heap_push(&heap, &by_key, &one);
		}
		assert_true(heap_is_right(&heap));
		if (heap.nr)
			assert_int_equal((*(struct item **)heap_first(&heap))
						 ->key,
					 least_key(item, NR_ENTRIES));
		else
			assert_null(heap_first(&heap));
	}
	heap_free(&heap);
}

/*
 * Scenario: the check above looks at a heap of which one key was changed
 * without heap_update().
 * Expectation: it says that the heap is wrong.
 */
static void check_can_fail(void **state)
{
	struct item item[3] = { { 1 }, { 2 }, { 3 } }, *one;
	struct heap heap = { 0 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		one = &item[i];
		heap_push(&heap, &by_key, &one);
	}
	assert_true(heap_is_right(&heap));
	item[2].key = 0;
	assert_false(heap_is_right(&heap));
	item[2].key = 3;
	item[1].place = 2;
	assert_false(heap_is_right(&heap));
	heap_free(&heap);
}

/*
 * Scenario: heaps of 0 to 40 entries, appended in any order and built at once.
 * Expectation: popping them gives all keys in order.
 */
static void build_sorts(void **state)
{
	static struct item item[40];
	struct heap heap = { 0 };
	unsigned int nr, i;

	for (nr = 0; nr <= 40; nr++) {
		unsigned int last = 0;

		heap_clear(&heap);
		for (i = 0; i < nr; i++) {
			struct item *one = &item[i];

			one->key = rnd(30);
			heap_append(&heap, &by_key, &one);
		}
		heap_build(&heap, &by_key);
		assert_int_equal(heap.nr, nr);
		assert_true(heap_is_right(&heap));
		for (i = 0; i < nr; i++) {
			unsigned int key =
				(*(struct item **)heap_first(&heap))->key;

			assert_true(key >= last);
			last = key;
			pop(&heap);
		}
		assert_null(heap_first(&heap));
	}
	heap_free(&heap);
}

struct wide {
	double key;
	uint64_t payload[3];
};

static bool wide_before(const void *a, const void *b)
{
	const struct wide *wide = a, *other = b;

	return wide->key < other->key;
}

/*
 * Scenario: entries of the largest size, and nobody is told where they are.
 * Expectation: each comes out whole, in order.
 */
static void largest_entries(void **state)
{
	static const struct heap_order order = {
		.bytes = sizeof(struct wide),
		.before = wide_before,
	};
	struct heap heap = { 0 };
	unsigned int i;

	_Static_assert(sizeof(struct wide) == HEAP_ENTRY_BYTES, "the largest");
	for (i = 0; i < 1000; i++) {
		/* 7 and 1000 have no common divisor: every key once. */
		uint64_t key = i * 7 % 1000;
		struct wide wide = { key, { key, key + 1, key + 2 } };

		heap_push(&heap, &order, &wide);
	}
	for (i = 0; i < 1000; i++) {
		const struct wide *first = heap_first(&heap);

		assert_true(first->key == i);
		assert_int_equal(first->payload[0], i);
		assert_int_equal(first->payload[2], i + 2);
		heap_pop(&heap, &order);
	}
	heap_free(&heap);
	assert_null(heap_first(&heap));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(check_can_fail),
		cmocka_unit_test(build_sorts),
		cmocka_unit_test(largest_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
