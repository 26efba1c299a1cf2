/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_TESTS_MEMMAP_EXTENT_TEST_H
#define _MM_TESTS_MEMMAP_EXTENT_TEST_H

/*
 * A zone of 96 blocks and its extents, for tests. All numbers are blocks. The
 * state of the extents is drawn with one letter for each block, and '|' between
 * two extents that touch:
 *
 *	.  not pristine		#  pristine, unclaimed
 *	b  in a busy batch	c  claimed, not busy	l  claimed, and left
 *
 * A drawing ends with the last pristine block. check() makes sure that no block
 * behind it is pristine.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define B	  ((unsigned long)MEMMAP_BLOCK_PAGES)
#define NR_BLOCKS 96UL
#define NONE	  (ULONG_MAX / B) /* what ULONG_MAX is in blocks */

struct fixture {
	struct zone *zone;
	struct memmap_extents set;
	struct memmap_worker worker;
	const struct memmap_worker *owner; /* who claims; @worker at first */
	char drawn[2 * NR_BLOCKS + 1];
};

/* The test is the only user: no other CPU can replace the table. */
static inline struct memmap_extent_table *table_of(const struct fixture *f)
{
	return rcu_dereference_protected(f->set.table, true);
}

static inline struct fixture *fixture_init(struct kunit *test,
					   unsigned int capacity)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct memmap_extent_table *table;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->zone = kunit_kzalloc(test, sizeof(*f->zone), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->zone);
	table = kunit_kzalloc(test, memmap_table_bytes(capacity), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, table);
	f->owner = &f->worker;
	spin_lock_init(&f->zone->lock);
	memmap_extents_init(&f->set, f->zone, table, capacity);
	test->priv = f;
	return f;
}

static inline void fixture_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f && table_of(f) && table_of(f)->allocated)
		kfree(table_of(f));
}

/* The operations on extents, with numbers of blocks and under zone->lock. */
static inline bool add(struct fixture *f, unsigned long start,
		       unsigned long end)
{
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&f->zone->lock, flags);
	ok = memmap_extents_add(&f->set, start * B, end * B);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	return ok;
}

static inline bool claim(struct fixture *f, unsigned long chunk,
			 unsigned long *start, unsigned long *end)
{
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&f->zone->lock, flags);
	ok = memmap_extents_claim(&f->set, f->owner, chunk * B, start, end);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	*start /= B;
	*end /= B;
	return ok;
}

/* Claim a chunk; the drawing shows which one. */
static inline bool claim_some(struct fixture *f, unsigned long chunk)
{
	unsigned long start = 0, end = 0;

	return claim(f, chunk, &start, &end);
}

static inline bool share(struct fixture *f, unsigned long *start,
			 unsigned long *end)
{
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&f->zone->lock, flags);
	ok = memmap_extents_share(&f->set, f->owner, start, end);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	*start /= B;
	*end /= B;
	return ok;
}

static inline void leave(struct fixture *f, unsigned long start)
{
	unsigned long flags;

	spin_lock_irqsave(&f->zone->lock, flags);
	memmap_extents_leave(&f->set, f->owner, start * B);
	spin_unlock_irqrestore(&f->zone->lock, flags);
}

static inline unsigned long busy(struct fixture *f, unsigned long start,
				 unsigned long nr)
{
	unsigned long flags, end;

	spin_lock_irqsave(&f->zone->lock, flags);
	end = memmap_extents_busy(&f->set, f->owner, start * B, nr * B);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	return end / B;
}

static inline unsigned long done(struct fixture *f, unsigned long start,
				 unsigned long end)
{
	unsigned long flags;

	spin_lock_irqsave(&f->zone->lock, flags);
	end = memmap_extents_done(&f->set, f->owner, start * B, end * B);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	return end / B;
}

static inline bool take(struct fixture *f, unsigned long start,
			unsigned long end)
{
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&f->zone->lock, flags);
	ok = memmap_extents_remove(&f->set, start * B, end * B);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	return ok;
}

static inline unsigned long first(struct fixture *f)
{
	unsigned long flags, pfn;

	spin_lock_irqsave(&f->zone->lock, flags);
	pfn = memmap_extents_first(&f->set);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	return pfn / B;
}

static inline bool find(struct fixture *f, unsigned long *start,
			unsigned long *end, bool *is_busy)
{
	unsigned long flags;
	bool ok;

	*start *= B;
	*end *= B;
	spin_lock_irqsave(&f->zone->lock, flags);
	ok = memmap_extents_find(&f->set, start, end, is_busy);
	spin_unlock_irqrestore(&f->zone->lock, flags);
	*start /= B;
	*end /= B;
	return ok;
}

/* Draw the table; check that sums, order and memmap_extents_test() agree. */
static inline const char *check(struct kunit *test, struct fixture *f)
{
	unsigned long nr = 0, idle = 0, block = 0;
	char *to = f->drawn;
	unsigned int i;

	for (i = 0; i < f->set.nr; i++) {
		const struct memmap_extent *e = &table_of(f)->extent[i];
		unsigned long start = e->start_pfn / B, end = e->end_pfn / B;

		KUNIT_ASSERT_LE(test, block, start);
		KUNIT_ASSERT_GT(test, end, start);
		KUNIT_ASSERT_LE(test, end, NR_BLOCKS);
		KUNIT_ASSERT_EQ(test, e->start_pfn % B + e->end_pfn % B, 0UL);
		KUNIT_ASSERT_LE(test, e->start_pfn, e->busy_pfn);
		KUNIT_ASSERT_LE(test, e->busy_pfn, e->end_pfn);
		if (i && block == start)
			*to++ = '|';
		for (; block < end; block++) {
			if (block < start)
				*to++ = '.';
			else if (block * B < e->busy_pfn)
				*to++ = 'b';
			else
				*to++ = e->left ? 'l' : e->owner ? 'c' : '#';
			KUNIT_ASSERT_EQ(test, block >= start,
					memmap_extents_test(&f->set, block * B));
			KUNIT_ASSERT_EQ(test, block >= start,
					memmap_extents_test(&f->set,
							    block * B + B - 1));
		}
		nr += end - start;
		idle += end - e->busy_pfn / B;
	}
	for (; block <= NR_BLOCKS; block++)
		KUNIT_ASSERT_FALSE(test,
				   memmap_extents_test(&f->set, block * B));
	*to = '\0';
	KUNIT_ASSERT_EQ(test, f->set.nr_pages, nr * B);
	KUNIT_ASSERT_EQ(test, f->set.nr_idle, idle * B);
	KUNIT_ASSERT_LE(test, f->set.nr, table_of(f)->capacity);
	return f->drawn;
}

#define EXPECT_DRAWN(test, f, text) \
	KUNIT_EXPECT_STREQ(test, check(test, f), text)

#endif /* _MM_TESTS_MEMMAP_EXTENT_TEST_H */
