// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the strategies, and of populate, which works against them. */
#include "../strategies/strategies.h"
#include "drain_test.h"

/*
 * Every strategy, early and late: those that act leave nothing pristine once
 * the threads that they spawned, one a node here, have run; those that do not
 * act leave all of it.
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
		/* One drain for all, or one for each node. */
		KUNIT_EXPECT_TRUE(test,
				  m->nr_done == 1 || m->nr_done == NR_NODES);
	}
}

/* A strategy that acts early leaves nothing to do; others need CPUs or threads. */
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
 * One entry for 3 to 99: pages of blocks 10 to 12 out of its middle. The table
 * grows for the split; a second time and what was never pristine are no-ops.
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

/* bbbbbbbb|ccccc: it waits for the 8 a worker writes, takes the rest itself. */
static void populate_waits(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];

	memmap_worker_init(w, drain, 0, 0);
	KUNIT_ASSERT_TRUE(test, memmap_drain_begin(drain, w));
	KUNIT_EXPECT_EQ(test, w->start_pfn, 3 * B);
	KUNIT_EXPECT_EQ(test, w->batch_end_pfn, 11 * B);
	fake_init(&m->boot, w->set, 3 * B, 8 * B);
	m->waited_for = w;
	KUNIT_EXPECT_EQ(test, 0,
			memmap_populate(&m->boot, &m->set[0], 3 * B, 16 * B));
	KUNIT_EXPECT_PTR_EQ(test, m->waited_for, NULL);
	KUNIT_EXPECT_EQ(test, blocks_freed(m, 3, 16), 13UL);
	KUNIT_EXPECT_EQ(test, m->set[0].nr_pages, 84 * B);
	/* The worker's chunk is gone: it takes the next. */
	memmap_drain_run(drain, w);
	memmap_drain_finish(drain, w);
	expect_empty(m);
}

/*
 * A hole in the middle of a claimed chunk, whose tail nobody has any more:
 * its worker, or another one, comes back for it.
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
	fake_init(&m->boot, w->set, 3 * B, 8 * B);
	memmap_drain_end(drain, w, true);
	KUNIT_EXPECT_EQ(test, w->end_pfn, 12 * B);
	memmap_drain_run(drain, w);
	memmap_drain_finish(drain, w);
	expect_empty(m);
}

static struct kunit_case memmap_strategy_cases[] = {
	KUNIT_CASE(strategy_each),	   KUNIT_CASE(strategy_early),
	KUNIT_CASE(populate_range),	   KUNIT_CASE(populate_waits),
	KUNIT_CASE(populate_splits_chunk), {}
};

static struct kunit_suite memmap_strategy_suite = {
	.name = "memmap_strategy",
	.exit = machine_exit,
	.test_cases = memmap_strategy_cases,
};

kunit_test_suite(memmap_strategy_suite);

MODULE_DESCRIPTION("Tests of strategies and populate");
MODULE_LICENSE("GPL");
