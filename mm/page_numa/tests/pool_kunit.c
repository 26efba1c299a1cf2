// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the pool: what waits, for whom, in which order, and what is full. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/page_numa.h>
#include <linux/slab.h>
#include <linux/string.h>

#define SECTION_SHIFT 7
#define SECTION_PAGES 128UL
#define NR_PAGES      (8 * SECTION_PAGES)
#define NR_NODES      4
#define NR_SEEDS      200

static unsigned long random_below(u32 *seed, unsigned long n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/**
 * struct machine - a machine for tests
 * @history: of its pages
 * @present: of @history
 * @byte: of @history
 * @home: the node that each page is on
 * @batch: what a daemon has taken
 * @pool: of the machine
 */
struct machine {
	struct page_numa_history history;
	unsigned long present[1];
	u8 byte[NR_PAGES];
	u8 home[NR_PAGES];
	struct page_numa_batch batch;
	struct page_numa_pool *pool;
};

static struct machine *machine_make(struct kunit *test, unsigned int entries)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->history.byte = m->byte;
	m->history.present = m->present;
	m->history.nr_pages = NR_PAGES;
	m->history.section_shift = SECTION_SHIFT;
	for (pfn = 0; pfn < NR_PAGES; pfn += SECTION_PAGES)
		page_numa_add(&m->history, pfn);
	m->pool = page_numa_pool_alloc(&m->history, entries, NR_NODES);
	KUNIT_ASSERT_NOT_NULL(test, m->pool);
	return m;
}

static enum page_numa_verdict use(struct machine *m, unsigned long pfn,
				  int user, unsigned long *waiting)
{
	return page_numa_fault(m->pool, pfn, 0, m->home[pfn], user, waiting);
}

static struct page_numa_counts sum(struct machine *m)
{
	struct page_numa_counts all;

	page_numa_count_all(m->pool, &all);
	return all;
}

/* Nothing lost, nothing twice: counters, free entries, queued bits. */
static bool all_adds_up(struct machine *m)
{
	struct page_numa_counts c = sum(m);
	unsigned long pfn, bits = 0;

	for (pfn = 0; pfn < NR_PAGES; pfn++)
		bits += !!(m->byte[pfn] & PAGE_NUMA_QUEUED);
	return c.queued ==
		       c.migrated + c.stale + c.dropped + c.waiting + c.taken &&
	       m->pool->nr_free + c.waiting == m->pool->nr_entries &&
	       bits == c.waiting + c.taken;
}

static void pool_sizes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, page_numa_entries(0), 512);
	KUNIT_EXPECT_EQ(test, page_numa_entries(1UL << 18), 512);
	/* 16 GiB, 1 TiB, 16 TiB, 64 TiB of pages of 4 KiB. */
	KUNIT_EXPECT_EQ(test, page_numa_entries(1UL << 22), 2048);
	KUNIT_EXPECT_EQ(test, page_numa_entries(1UL << 28), 16384);
	KUNIT_EXPECT_EQ(test, page_numa_entries((1UL << 28) - 1), 16383);
	KUNIT_EXPECT_EQ(test, page_numa_entries(1UL << 32), 65536);
	KUNIT_EXPECT_EQ(test, page_numa_entries(1UL << 34), 65536);
	KUNIT_EXPECT_EQ(test, sizeof(struct page_numa_entry), 16);
}

/* First in, first out, by target; a page waits once. */
static void pool_order(struct kunit *test)
{
	static const unsigned long pfn[] = { 7, 900, 3, 512, 100 };
	struct machine *m = machine_make(test, 16);
	unsigned long waiting = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pfn); i++) {
		KUNIT_EXPECT_EQ(test, use(m, pfn[i], 1, &waiting),
				PAGE_NUMA_NEW);
		KUNIT_EXPECT_EQ(test, waiting, i + 1);
		KUNIT_EXPECT_EQ(test, use(m, pfn[i], 1, &waiting),
				PAGE_NUMA_LEAVE);
	}
	KUNIT_EXPECT_EQ(test, use(m, 8, 2, &waiting), PAGE_NUMA_NEW);
	KUNIT_EXPECT_EQ(test, waiting, 1);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 0, &m->batch), 5);
	for (i = 0; i < ARRAY_SIZE(pfn); i++) {
		KUNIT_EXPECT_EQ(test, m->batch.item[i].pfn, pfn[i]);
		KUNIT_EXPECT_EQ(test, m->batch.item[i].end, PAGE_NUMA_DROPPED);
	}
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	/* Not again while it is in the daemon's hands; then it may. */
	KUNIT_EXPECT_EQ(test, use(m, 7, 1, &waiting), PAGE_NUMA_LEAVE);
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	KUNIT_EXPECT_EQ(test, use(m, 7, 1, &waiting), PAGE_NUMA_NEW);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 3, 0, &m->batch), 0);
	page_numa_done(m->pool, 3, &m->batch);
	KUNIT_EXPECT_EQ(test, sum(m).dropped, 5);
	page_numa_pool_free(m->pool);
}

/* Whoever finds the pool full finds a daemon awake. */
static void pool_wakes(struct kunit *test)
{
	static const unsigned int entries[] = { 1, 7, 8, 9, 100, 4096, 4097 };
	static const unsigned int wake[] = { 1, 1, 1, 1, 12, 512, 512 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		struct machine *m = machine_make(test, entries[i]);
		unsigned long pfn, waiting;
		bool awake = false;

		KUNIT_EXPECT_EQ(test, m->pool->wake, wake[i]);
		for (pfn = 0; pfn < NR_PAGES; pfn++) {
			if (use(m, pfn, 1 + pfn % 3, &waiting) != PAGE_NUMA_NEW)
				break;
			awake = awake || waiting == m->pool->wake;
		}
		KUNIT_EXPECT_TRUE(test, awake || m->pool->nr_free);
		page_numa_pool_free(m->pool);
	}
}

/* At home, too seldom, without history: nothing waits. */
static void pool_leaves(struct kunit *test)
{
	struct machine *m = machine_make(test, 16);
	unsigned long waiting;

	KUNIT_EXPECT_EQ(test, use(m, 1, 0, &waiting), PAGE_NUMA_LEAVE);
	m->pool->policy.uses = 2;
	KUNIT_EXPECT_EQ(test, use(m, 1, 3, &waiting), PAGE_NUMA_LEAVE);
	KUNIT_EXPECT_EQ(test, use(m, 1, 0, &waiting), PAGE_NUMA_LEAVE);
	KUNIT_EXPECT_EQ(test, use(m, 1, 3, &waiting), PAGE_NUMA_LEAVE);
	KUNIT_EXPECT_EQ(test, use(m, 1, 3, &waiting), PAGE_NUMA_NEW);
	page_numa_remove(&m->history, 0);
	KUNIT_EXPECT_EQ(test, use(m, 2, 3, &waiting), PAGE_NUMA_ABSENT);
	KUNIT_EXPECT_EQ(test,
			page_numa_fault(m->pool, NR_PAGES, 0, 0, 3, &waiting),
			PAGE_NUMA_ABSENT);
	KUNIT_EXPECT_EQ(test, sum(m).queued, 1);
	/* Its section has gone meanwhile. */
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 3, 0, &m->batch), 1);
	KUNIT_EXPECT_EQ(test, m->batch.item[0].end, PAGE_NUMA_STALE);
	page_numa_done(m->pool, 3, &m->batch);
	KUNIT_EXPECT_EQ(test, sum(m).stale, 1);
	page_numa_pool_free(m->pool);
}

/* No entry is free: both policies, and the page can be queued later. */
static void pool_full(struct kunit *test)
{
	struct machine *m = machine_make(test, 2);
	struct machine *none = machine_make(test, 0);
	unsigned long waiting;

	KUNIT_EXPECT_EQ(test, use(m, 1, 1, &waiting), PAGE_NUMA_NEW);
	KUNIT_EXPECT_EQ(test, use(m, 2, 2, &waiting), PAGE_NUMA_NEW);
	KUNIT_EXPECT_EQ(test, use(m, 3, 1, &waiting), PAGE_NUMA_MOVE);
	m->pool->policy.fallback = false;
	KUNIT_EXPECT_EQ(test, use(m, 4, 1, &waiting), PAGE_NUMA_FULL);
	KUNIT_EXPECT_EQ(test, sum(m).full, 2);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	/* An entry is free again as soon as its page is taken. */
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 0, &m->batch), 1);
	KUNIT_EXPECT_EQ(test, use(m, 4, 1, &waiting), PAGE_NUMA_NEW);
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	page_numa_pool_free(m->pool);
	/* A pool of nothing moves each page in its fault, as mainline does. */
	KUNIT_EXPECT_EQ(test, use(none, 3, 1, &waiting), PAGE_NUMA_MOVE);
	page_numa_pool_free(none->pool);
}

/* Used from elsewhere before the daemon comes: it need not move. */
static void pool_stale(struct kunit *test)
{
	struct machine *m = machine_make(test, 16);
	unsigned long waiting;

	use(m, 1, 1, &waiting);
	use(m, 2, 1, &waiting);
	use(m, 3, 1, &waiting);
	KUNIT_EXPECT_EQ(test, use(m, 2, 2, &waiting), PAGE_NUMA_LEAVE);
	KUNIT_EXPECT_EQ(test, use(m, 3, 0, &waiting), PAGE_NUMA_LEAVE);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 0, &m->batch), 3);
	KUNIT_EXPECT_EQ(test, m->batch.item[0].end, PAGE_NUMA_DROPPED);
	KUNIT_EXPECT_EQ(test, m->batch.item[1].end, PAGE_NUMA_STALE);
	KUNIT_EXPECT_EQ(test, m->batch.item[2].end, PAGE_NUMA_STALE);
	m->batch.item[0].end = PAGE_NUMA_MIGRATED;
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_EQ(test, sum(m).migrated, 1);
	KUNIT_EXPECT_EQ(test, sum(m).stale, 2);
	/* Now it waits for the node that wants it. */
	KUNIT_EXPECT_EQ(test, use(m, 2, 2, &waiting), PAGE_NUMA_NEW);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	page_numa_pool_free(m->pool);
}

/* A batch is not longer than it may be. */
static void pool_batch(struct kunit *test)
{
	struct machine *m = machine_make(test, NR_PAGES);
	unsigned long pfn, waiting;

	for (pfn = 0; pfn < NR_PAGES; pfn++)
		use(m, pfn, 3, &waiting);
	KUNIT_EXPECT_EQ(test, waiting, NR_PAGES);
	KUNIT_EXPECT_EQ(test, m->pool->nr_free, 0);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 3, 0, &m->batch),
			PAGE_NUMA_BATCH);
	page_numa_done(m->pool, 3, &m->batch);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 3, 0, &m->batch),
			NR_PAGES - PAGE_NUMA_BATCH);
	KUNIT_EXPECT_EQ(test, m->batch.item[0].pfn, PAGE_NUMA_BATCH);
	page_numa_done(m->pool, 3, &m->batch);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	page_numa_pool_free(m->pool);
}

/* So many pages a second; what did not move is not among them. */
static void pool_rate(struct kunit *test)
{
	struct machine *m = machine_make(test, NR_PAGES);
	unsigned long pfn, waiting;
	unsigned int i;

	m->pool->policy.rate_pages = 100;
	for (pfn = 0; pfn < 300; pfn++)
		use(m, pfn, 1, &waiting);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 5000, &m->batch), 100);
	KUNIT_EXPECT_EQ(test, m->batch.wait_ms, 1000);
	for (i = 0; i < 70; i++)
		m->batch.item[i].end = PAGE_NUMA_MIGRATED;
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 5400, &m->batch), 30);
	KUNIT_EXPECT_EQ(test, m->batch.wait_ms, 600);
	for (i = 0; i < 30; i++)
		m->batch.item[i].end = PAGE_NUMA_MIGRATED;
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 5999, &m->batch), 0);
	KUNIT_EXPECT_EQ(test, m->batch.wait_ms, 1);
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 6000, &m->batch), 100);
	page_numa_done(m->pool, 1, &m->batch);
	/* A large page goes whole; nothing follows it. */
	m->pool->policy.rate_pages = 512;
	page_numa_forget(m->pool, 0, NR_PAGES);
	page_numa_fault(m->pool, 0, 9, 0, 1, &waiting);
	page_numa_fault(m->pool, 512, 9, 0, 1, &waiting);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 8000, &m->batch), 1);
	KUNIT_EXPECT_EQ(test, m->batch.item[0].order, 9);
	KUNIT_EXPECT_EQ(test, m->batch.wait_ms, 1000);
	/* No limit: no wait. */
	m->pool->policy.rate_pages = 0;
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 8000, &m->batch), 1);
	KUNIT_EXPECT_EQ(test, m->batch.wait_ms, 0);
	page_numa_done(m->pool, 1, &m->batch);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	page_numa_pool_free(m->pool);
}

/* Memory goes away: what waits there is dropped, the rest keeps its order. */
static void pool_forgets(struct kunit *test)
{
	struct machine *m = machine_make(test, 64);
	unsigned long pfn, waiting;
	unsigned int i;

	for (pfn = 0; pfn < 4 * SECTION_PAGES; pfn += SECTION_PAGES / 4)
		use(m, pfn, 1 + pfn / SECTION_PAGES % 2, &waiting);
	page_numa_remove(&m->history, SECTION_PAGES);
	page_numa_forget(m->pool, SECTION_PAGES, 2 * SECTION_PAGES);
	KUNIT_EXPECT_EQ(test, sum(m).dropped, 4);
	KUNIT_EXPECT_EQ(test, sum(m).waiting, 12);
	KUNIT_EXPECT_EQ(test, m->pool->nr_free, 64 - 12);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 2, 0, &m->batch), 4);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, m->batch.item[i].pfn,
				3 * SECTION_PAGES + i * SECTION_PAGES / 4);
	page_numa_done(m->pool, 2, &m->batch);
	/* The queue goes on after its last entry has gone. */
	page_numa_forget(m->pool, 2 * SECTION_PAGES, NR_PAGES);
	KUNIT_EXPECT_EQ(test, use(m, 1, 1, &waiting), PAGE_NUMA_NEW);
	KUNIT_EXPECT_EQ(test, waiting, 5);
	KUNIT_EXPECT_EQ(test, page_numa_take(m->pool, 1, 0, &m->batch), 5);
	KUNIT_EXPECT_EQ(test, m->batch.item[4].pfn, 1);
	page_numa_done(m->pool, 1, &m->batch);
	page_numa_pool_free(m->pool);
}

/* What a shell would do with a page that it has taken, or not. */
static void move(struct machine *m, int nid, u32 *seed)
{
	unsigned int i;

	for (i = 0; i < m->batch.nr; i++) {
		struct page_numa_item *item = &m->batch.item[i];

		if (item->end == PAGE_NUMA_STALE || !random_below(seed, 8))
			continue;
		item->end = m->home[item->pfn] == nid ? PAGE_NUMA_STALE :
							PAGE_NUMA_MIGRATED;
		m->home[item->pfn] = nid;
	}
}

/* Random uses, daemons, sections and policies: all adds up after each. */
static void pool_random(struct kunit *test)
{
	u32 seed;

	for (seed = 1; seed <= NR_SEEDS; seed++) {
		u32 state = seed;
		struct machine *m = machine_make(test,
						 random_below(&state, 200));
		unsigned long waiting, pfn, ms = 0, step;
		int nid;

		for (step = 0; step < 400; step++) {
			nid = random_below(&state, NR_NODES);
			pfn = random_below(&state, NR_PAGES);
			switch (random_below(&state, 16)) {
			case 0:
				ms += random_below(&state, 700);
				page_numa_take(m->pool, nid, ms, &m->batch);
				move(m, nid, &state);
				page_numa_done(m->pool, nid, &m->batch);
				break;
			case 1:
				m->pool->policy.uses = 1 +
						       random_below(&state, 3);
				m->pool->policy.fallback = random_below(&state,
									2);
				m->pool->policy.rate_pages =
					random_below(&state, 3) * 20;
				break;
			case 2:
				page_numa_forget(m->pool, pfn, pfn + 60);
				break;
			default:
				use(m, pfn, nid, &waiting);
			}
		}
		if (!all_adds_up(m))
			KUNIT_FAIL(test, "seed %u", seed);
		page_numa_pool_free(m->pool);
	}
}

/* Each fault that all_adds_up() looks for is found. */
static void pool_control(struct kunit *test)
{
	struct machine *m = machine_make(test, 16);
	unsigned long waiting;

	use(m, 1, 1, &waiting);
	KUNIT_EXPECT_TRUE(test, all_adds_up(m));
	m->pool->queue[1]->counts.dropped++;
	KUNIT_EXPECT_FALSE(test, all_adds_up(m));
	m->pool->queue[1]->counts.dropped--;
	m->pool->nr_free--;
	KUNIT_EXPECT_FALSE(test, all_adds_up(m));
	m->pool->nr_free++;
	m->byte[2] |= PAGE_NUMA_QUEUED;
	KUNIT_EXPECT_FALSE(test, all_adds_up(m));
	page_numa_pool_free(m->pool);
}

static struct kunit_case page_numa_pool_cases[] = {
	KUNIT_CASE(pool_sizes),	  KUNIT_CASE(pool_order),
	KUNIT_CASE(pool_leaves),  KUNIT_CASE(pool_full),
	KUNIT_CASE(pool_wakes),	  KUNIT_CASE(pool_stale),
	KUNIT_CASE(pool_batch),	  KUNIT_CASE(pool_rate),
	KUNIT_CASE(pool_forgets), KUNIT_CASE(pool_random),
	KUNIT_CASE(pool_control), {}
};

static struct kunit_suite page_numa_pool_suite = {
	.name = "page_numa_pool",
	.test_cases = page_numa_pool_cases,
};

kunit_test_suite(page_numa_pool_suite);

MODULE_DESCRIPTION("Tests of the pool of pages that wait to move");
MODULE_LICENSE("GPL");
