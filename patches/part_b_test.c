// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part B's table of extents, in user space: patches/check.sh compiles it with
 * the file that the part adds.
 *
 * Whatever is added and removed, the table says of each page what an array of
 * flags says, and it is sorted, merged and never too full. Readers without the
 * lock find no page unpristine whose struct page has not been written.
 */
#include "part_table_test.h"
#include <linux/spinlock.h>
#include "pristine.h"

#define BLOCKS	 512UL
#define CAPACITY 8
#define STEPS	 20000
#define READERS	 3

static struct zone zone;
static struct memmap_pristine set;
static bool flags[BLOCKS];
static u8 written[BLOCKS];

static bool all_are(unsigned long block, unsigned long end, bool value)
{
	for (; block < end; block++)
		if (flags[block] != value)
			return false;
	return true;
}

static void change(unsigned long block, unsigned long end, bool add)
{
	unsigned long slots = set.nr;
	bool was_full, changed;

	if (!all_are(block, end, !add))
		return;
	spin_lock(&zone.lock);
	was_full = pristine_full(&set);
	changed = add ? pristine_add(&set, pfn_of(block), pfn_of(end)) :
			pristine_remove(&set, pfn_of(block), pfn_of(end));
	spin_unlock(&zone.lock);
	expect(changed || was_full, "refused although there was an entry");
	if (changed)
		memset(flags + block, add, end - block);
	else
		expect(!pristine_reserve(&set, 1) && set.nr == slots &&
			       !pristine_full(&set),
		       "no entry after it was reserved");
}

static void compare(void)
{
	unsigned long block, at, end, runs = 0, pages = 0;

	for (block = 0; block < BLOCKS; block++) {
		pages += flags[block] * MAX_ORDER_NR_PAGES;
		runs += flags[block] && (!block || !flags[block - 1]);
		expect(pristine_test(&set, pfn_of(block) + 5) == flags[block],
		       "a reader finds another answer");
		at = pfn_of(block);
		end = at + MAX_ORDER_NR_PAGES;
		expect(pristine_find(&set, &at, &end) == flags[block] &&
			       at == pfn_of(block),
		       "a writer finds another answer");
	}
	expect(set.nr == runs, "extents that touch are not one");
	expect(set.nr_pages == pages, "the number of pages is wrong");
}

/* A page that is in no extent has been written. */
static void *reader(void *unused)
{
	unsigned long block = 0;

	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		block = (block + 7) % BLOCKS;
		if (!pristine_test(&set, pfn_of(block)))
			expect(__atomic_load_n(&written[block],
					       __ATOMIC_RELAXED),
			       "not pristine, and not written");
	}
	return NULL;
}

static void race(void)
{
	pthread_t threads[READERS];
	unsigned long i, block;

	change(0, BLOCKS, true);
	for (i = 0; i < READERS; i++)
		pthread_create(&threads[i], NULL, reader, NULL);
	for (i = 0; i < BLOCKS; i++) {
		/* Each block once, in an order that splits extents. */
		block = i * 197 % BLOCKS;
		__atomic_store_n(&written[block], 1, __ATOMIC_RELAXED);
		change(block, block + 1, false);
		if (flags[block])
			change(block, block + 1, false);
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	expect(!set.nr && !set.nr_pages, "something is left");
}

int main(void)
{
	void *first = calloc(1, pristine_table_bytes(CAPACITY));
	int i;

	pristine_init(&set, &zone, first, CAPACITY);
	srand(1);
	for (i = 0; i < STEPS; i++) {
		unsigned long block = rand() % BLOCKS;
		unsigned long end = block + 1 + rand() % 32;

		change(block, min(end, BLOCKS), rand() & 1);
		if (i % 16 == 0)
			compare();
	}
	compare();
	for (i = 0; i < (int)BLOCKS; i++)
		change(i, i + 1, false);
	race();
	for (i = 0; i < (int)nr_replaced; i++)
		free(replaced[i]);
	free(set.table);
	free(first);
	return 0;
}
