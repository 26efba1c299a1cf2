// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the strategies, and of populate while a drain runs. */
#include "../strategies/strategies.h"
#include "drain_test.h"

/*
 * Run both parts of every strategy, and the threads that it spawns. A strategy
 * with a part leaves no page pristine; one without leaves all of them.
 */
static void strategy_each(struct kunit *test)
{
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++) {
		const struct memmap_strategy *strategy = memmap_strategies[i];
		struct machine *m = machine_init(test, 8);

		m->boot.param.strategy = strategy;
		m->boot.param.quantum_ns = 150;
		memmap_boot_early(&m->boot);
		memmap_boot_late(&m->boot);
		if (strategy->late && !(strategy->flags & MEMMAP_WAITS)) {
			KUNIT_EXPECT_EQ(test, m->nr_workers,
					(unsigned int)NR_NODES);
			KUNIT_EXPECT_EQ(test, m->nr_done, 0U);
			interleave(m, 8);
		}
		if (!strategy->early && !strategy->late) {
			KUNIT_EXPECT_EQ(test, memmap_boot_pristine(&m->boot),
					NR_PRISTINE * B);
			KUNIT_EXPECT_EQ(test, blocks_freed(m, 0, NR_BLOCKS),
					0UL);
			KUNIT_EXPECT_EQ(test, m->nr_done, 0U);
			continue;
		}
		expect_empty(m);
		/* It ran one drain of all nodes, or one for each node. */
		KUNIT_EXPECT_TRUE(test,
				  m->nr_done == 1 || m->nr_done == NR_NODES);
	}
}

/* An early part drains everything; without one, all is pristine after it. */
static void strategy_early(struct kunit *test)
{
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++) {
		struct machine *m = machine_init(test, 8);

		m->boot.param.strategy = memmap_strategies[i];
		memmap_boot_early(&m->boot);
		KUNIT_EXPECT_EQ(test, !memmap_boot_pristine(&m->boot),
				!!memmap_strategies[i]->early);
	}
}

/*
 * More memory comes: a drain of boot goes on, and so does one of hot-added memory,
 * but for one that only uses idle CPUs. The next one does what that left.
 */
static void strategy_more(struct kunit *test)
{
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++) {
		const struct memmap_strategy *strategy = memmap_strategies[i];
		struct machine *m = machine_init(test, 8);
		bool stops = strategy == memmap_strategy_find("idle", 4);

		if (!strategy->late || strategy->flags & MEMMAP_WAITS)
			continue;
		m->boot.param.strategy = strategy;
		memmap_boot_early(&m->boot);
		memmap_boot_late(&m->boot);
		memmap_boot_more(&m->boot);
		KUNIT_EXPECT_FALSE(test, m->boot.drain.stop);
		m->nr_workers = 0;
		memmap_boot_added(&m->boot);
		memmap_boot_more(&m->boot);
		interleave(m, 8);
		KUNIT_EXPECT_EQ(test, !!memmap_boot_pristine(&m->boot), stops);
		m->nr_workers = 0;
		memmap_boot_added(&m->boot);
		interleave(m, 8);
		expect_empty(m);
	}
}

/*
 * Populate pages of blocks 10 to 12 out of the extent from 3 to 99: the table
 * grows for the split. Populating them again, or pages that were never
 * pristine, changes nothing.
 */
static void populate_range(struct kunit *test)
{
	struct machine *m = machine_init(test, 2);
	struct memmap_extents *set = &m->set[0];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 0,
				memmap_populate(&m->boot, set, 10 * B + 7,
						12 * B + 1));
		KUNIT_EXPECT_EQ(test, blocks_freed(m, 10, 13), 3UL);
		KUNIT_EXPECT_EQ(test, blocks_freed(m, 0, NR_BLOCKS), 3UL);
		KUNIT_EXPECT_EQ(test, set->nr_pages, 94 * B);
	}
	KUNIT_EXPECT_EQ(test, 0, memmap_populate(&m->boot, set, 0, 3 * B));
	KUNIT_EXPECT_EQ(test, set->nr_pages, 94 * B);
	KUNIT_EXPECT_EQ(test, 0,
			memmap_populate(&m->boot, set, 0, ULONG_MAX / 2));
	KUNIT_EXPECT_EQ(test, set->nr_pages, 0UL);
	KUNIT_EXPECT_EQ(test, blocks_freed(m, 0, 100), 97UL);
}

/*
 * Blocks 3 to 15 while a worker writes its first batch, which is block 3:
 * populate waits for it and initialises the rest.
 */
static void populate_waits(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];

	memmap_worker_init(w, drain, 0, 0);
	KUNIT_ASSERT_TRUE(test, memmap_drain_begin(drain, w));
	KUNIT_EXPECT_EQ(test, w->start_pfn, 3 * B);
	KUNIT_EXPECT_EQ(test, w->batch_end_pfn, 4 * B);
	fake_init(&m->boot, w->set, 3 * B, B);
	m->waited_for = w;
	KUNIT_EXPECT_EQ(test, 0,
			memmap_populate(&m->boot, &m->set[0], 3 * B, 16 * B));
	KUNIT_EXPECT_PTR_EQ(test, m->waited_for, NULL);
	KUNIT_EXPECT_EQ(test, blocks_freed(m, 3, 16), 13UL);
	KUNIT_EXPECT_EQ(test, m->set[0].nr_pages, 84 * B);
	/* Nothing is left of the worker's chunk: it claims the next one. */
	memmap_drain_run(drain, w);
	memmap_drain_finish(drain, w);
	expect_empty(m);
}

/*
 * Populate a block in the middle of a claimed chunk: the blocks behind it
 * become unclaimed, and the worker claims them later.
 */
static void populate_splits_chunk(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];

	memmap_worker_init(w, drain, 0, 0);
	KUNIT_ASSERT_TRUE(test, memmap_drain_begin(drain, w));
	KUNIT_EXPECT_EQ(test, 0,
			memmap_populate(&m->boot, &m->set[0], 12 * B, 13 * B));
	fake_init(&m->boot, w->set, 3 * B, B);
	memmap_drain_end(drain, w, true);
	KUNIT_EXPECT_EQ(test, w->end_pfn, 12 * B);
	memmap_drain_run(drain, w);
	memmap_drain_finish(drain, w);
	expect_empty(m);
}

static struct kunit_case memmap_strategy_cases[] = {
	KUNIT_CASE(strategy_each),
	KUNIT_CASE(strategy_early),
	KUNIT_CASE(strategy_more),
	KUNIT_CASE(populate_range),
	KUNIT_CASE(populate_waits),
	KUNIT_CASE(populate_splits_chunk),
	{},
};

static struct kunit_suite memmap_strategy_suite = {
	.name = "memmap_strategy",
	.exit = machine_exit,
	.test_cases = memmap_strategy_cases,
};

kunit_test_suite(memmap_strategy_suite);

MODULE_DESCRIPTION("Tests of strategies and populate");
MODULE_LICENSE("GPL");
