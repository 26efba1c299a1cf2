// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pristine extents against a model: an array that says for each block
 * whether it is pristine and which worker has claimed it. The same random
 * operations, from a fixed seed, are done on both.
 */
#include <linux/sched.h>
#include "extent_test.h"

#define NR_WORKERS  5
#define NR_STEPS    4000
#define CHECK_STEPS 8
#define CHUNK	    8UL

/* The owner of a block: the number of a worker, or one of these */
#define WRITTEN	  (-2)
#define UNCLAIMED (-1)

struct model_worker {
	struct memmap_worker worker;
	bool active;
	unsigned long start;
	unsigned long batch_end; /* equal to start without a batch */
};

struct model {
	struct kunit *test;
	struct fixture *f;
	u32 seed;
	int owner[NR_BLOCKS + 1];
	struct model_worker worker[NR_WORKERS];
};

static unsigned long random_below(struct model *m, unsigned long n)
{
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 8) % n;
}

static bool being_written(const struct model *m, unsigned long block)
{
	int owner = m->owner[block];

	return owner >= 0 && block < m->worker[owner].batch_end;
}

static unsigned long lowest(const struct model *m, int owner)
{
	unsigned long block = 0;

	while (block < NR_BLOCKS && m->owner[block] != owner)
		block++;
	return block;
}

/* The end of the run of blocks from @block that all have its owner. */
static unsigned long run_end(const struct model *m, unsigned long block)
{
	int owner = m->owner[block];

	while (block < NR_BLOCKS && m->owner[block] == owner)
		block++;
	return block;
}

/*
 * Add a range of written blocks, unless no entry is free. A worker may want to
 * go on there, as memory is hot-added: its chunk has gone.
 */
static void model_add(struct model *m)
{
	unsigned long start = random_below(m, NR_BLOCKS), end, block;
	bool full = m->f->set.nr == table_of(m->f)->capacity;

	if (m->owner[start] != WRITTEN)
		return;
	end = min(run_end(m, start), start + 1 + random_below(m, 24));
	if (!add(m->f, start, end)) {
		KUNIT_ASSERT_TRUE(m->test, full);
		return;
	}
	for (block = start; block < end; block++)
		m->owner[block] = UNCLAIMED;
}

/* Claim: from the lowest unclaimed block to a boundary or the extent's end. */
static void model_claim(struct model *m, unsigned int id)
{
	struct model_worker *w = &m->worker[id];
	unsigned long low = lowest(m, UNCLAIMED), start, end, block, bound;
	bool full = m->f->set.nr == table_of(m->f)->capacity;

	if (w->active)
		return;
	m->f->owner = &w->worker;
	KUNIT_ASSERT_EQ(m->test, claim(m->f, CHUNK, &start, &end),
			low < NR_BLOCKS);
	if (low == NR_BLOCKS)
		return;
	bound = low / CHUNK * CHUNK + CHUNK;
	KUNIT_ASSERT_EQ(m->test, start, low);
	KUNIT_ASSERT_GT(m->test, end, low);
	KUNIT_ASSERT_LE(m->test, end, run_end(m, low));
	KUNIT_ASSERT_TRUE(m->test, full || end <= bound);
	for (block = start; block < end; block++)
		m->owner[block] = id;
	w->active = true;
	w->start = start;
	w->batch_end = start;
}

/* Begin a batch, or end the one that the worker has begun. */
static void model_work(struct model *m, unsigned int id)
{
	struct model_worker *w = &m->worker[id];
	unsigned long nr = 1 + random_below(m, 4), end, block;
	bool mine = m->owner[w->start] == (int)id;

	if (!w->active)
		return;
	m->f->owner = &w->worker;
	if (w->batch_end == w->start) {
		end = mine ? min(run_end(m, w->start), w->start + nr) :
			     w->start;
		KUNIT_ASSERT_EQ(m->test, busy(m->f, w->start, nr), end);
		w->batch_end = end;
		w->active = mine;
		return;
	}
	KUNIT_ASSERT_EQ(m->test, done(m->f, w->start, w->batch_end),
			run_end(m, w->start));
	for (block = w->start; block < w->batch_end; block++)
		m->owner[block] = WRITTEN;
	w->start = w->batch_end;
	w->active = m->owner[w->start] == (int)id;
}

/* Blocks were removed: those behind them in the same chunk become unclaimed. */
static void model_taken(struct model *m, unsigned long start, unsigned long end)
{
	int owner = m->owner[start];
	unsigned long block;

	for (block = start; block < end; block++) {
		KUNIT_ASSERT_EQ(m->test, m->owner[block], owner);
		KUNIT_ASSERT_FALSE(m->test, being_written(m, block));
		m->owner[block] = WRITTEN;
	}
	for (; owner >= 0 && m->owner[block] == owner; block++)
		m->owner[block] = UNCLAIMED;
}

/* Pull a block. This may fail only if every pristine block is being written. */
static void model_pull(struct model *m)
{
	unsigned long block = first(m->f), low = lowest(m, UNCLAIMED), i;

	if (block == NONE) {
		for (i = 0; i < NR_BLOCKS; i++)
			KUNIT_ASSERT_TRUE(m->test, m->owner[i] == WRITTEN ||
							   being_written(m, i));
		return;
	}
	if (low < NR_BLOCKS)
		KUNIT_ASSERT_EQ(m->test, block, low);
	else
		KUNIT_ASSERT_EQ(m->test, block + 1, run_end(m, block));
	KUNIT_ASSERT_TRUE(m->test, take(m->f, block, block + 1));
	model_taken(m, block, block + 1);
}

/* Populate: find the first run in a range and remove a part of it. */
static void model_populate(struct model *m)
{
	unsigned long from = random_below(m, NR_BLOCKS), start = from;
	unsigned long to = from + 1 + random_below(m, NR_BLOCKS - from),
		      end = to;
	bool full = m->f->set.nr == table_of(m->f)->capacity;
	bool is_busy;

	while (from < to && m->owner[from] == WRITTEN)
		from++;
	KUNIT_ASSERT_EQ(m->test, find(m->f, &start, &end, &is_busy), from < to);
	if (from == to)
		return;
	KUNIT_ASSERT_EQ(m->test, start, from);
	KUNIT_ASSERT_LE(m->test, end, min(to, run_end(m, from)));
	KUNIT_ASSERT_EQ(m->test, is_busy, being_written(m, start));
	if (is_busy)
		return;
	start += random_below(m, end - start);
	end = start + 1 + random_below(m, end - start);
	if (take(m->f, start, end))
		model_taken(m, start, end);
	else
		KUNIT_ASSERT_TRUE(m->test, full);
}

/* Compare the drawing, without its bars, with the model. */
static void model_check(struct model *m)
{
	const char *drawn = check(m->test, m->f);
	unsigned long block;

	for (block = 0; block < NR_BLOCKS; block++) {
		char want = m->owner[block] == WRITTEN	 ? '.' :
			    m->owner[block] == UNCLAIMED ? '#' :
			    being_written(m, block)	 ? 'b' :
							   'c';

		while (*drawn == '|')
			drawn++;
		KUNIT_ASSERT_EQ(m->test, *drawn ? *drawn : '.', want);
		drawn += !!*drawn;
	}
}

static void model_run(struct kunit *test, unsigned int capacity, u32 seed,
		      bool grow)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int step, i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->seed = seed;
	m->f = fixture_init(test, capacity);
	for (i = 0; i <= NR_BLOCKS; i++)
		m->owner[i] = WRITTEN;

	for (step = 0; step < NR_STEPS; step++) {
		unsigned int id = random_below(m, NR_WORKERS);

		switch (random_below(m, 16)) {
		case 0 ... 1:
			model_add(m);
			break;
		case 2 ... 4:
			model_claim(m, id);
			break;
		case 5 ... 11:
			model_work(m, id);
			break;
		case 12 ... 13:
			model_pull(m);
			break;
		case 14:
			model_populate(m);
			break;
		case 15:
			if (grow && !random_below(m, 100))
				KUNIT_ASSERT_EQ(test, 0,
						memmap_extents_reserve(&m->f->set,
								       1 + id));
			break;
		}
		/* Not after each step: it tests all pages, slow with lockdep. */
		if (!(step % CHECK_STEPS))
			model_check(m);
		cond_resched();
	}
	model_check(m);
}

/* Enough entries: no operation is refused because the table is full. */
static void model_roomy(struct kunit *test)
{
	u32 seed;

	for (seed = 1; seed <= 8; seed++)
		model_run(test, NR_BLOCKS, seed, false);
}

/* One to four entries: a refused operation changes nothing. */
static void model_tight(struct kunit *test)
{
	unsigned int capacity;

	for (capacity = 1; capacity <= 4; capacity++)
		model_run(test, capacity, 100 + capacity, false);
}

/* The table begins with one entry and grows while workers write batches. */
static void model_growing(struct kunit *test)
{
	model_run(test, 1, 200, true);
}

static struct kunit_case memmap_model_cases[] = { KUNIT_CASE(model_roomy),
						  KUNIT_CASE(model_tight),
						  KUNIT_CASE(model_growing),
						  {} };

static struct kunit_suite memmap_model_suite = {
	.name = "memmap_model",
	.exit = fixture_exit,
	.test_cases = memmap_model_cases,
};

kunit_test_suite(memmap_model_suite);

MODULE_DESCRIPTION("The pristine extents against a model");
MODULE_LICENSE("GPL");
