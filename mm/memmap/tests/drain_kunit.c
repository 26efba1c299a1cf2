// SPDX-License-Identifier: GPL-2.0-only
/* Tests of drains: with one worker, with several, and with pulls meanwhile. */
#include "drain_test.h"

/* One worker without a quantum drains all chunks of both nodes in one run. */
static void drain_single(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;

	memmap_worker_init(&m->worker[0], drain, 0, 0);
	KUNIT_EXPECT_FALSE(test, memmap_drain_run(drain, &m->worker[0]));
	KUNIT_EXPECT_EQ(test, m->nr_done, 0U);
	memmap_drain_finish(drain, &m->worker[0]);
	expect_empty(m);
	KUNIT_EXPECT_EQ(test, m->nr_done, 1U);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&drain->nr_pages),
			(long)(NR_PRISTINE * B));
	KUNIT_EXPECT_EQ(test, atomic_read(&drain->nr_active), 1);
	/* 3 to 99: 7; 128 to 199: 5; 210 to 255: 3, cut at multiples of 16. */
	KUNIT_EXPECT_EQ(test, m->worker[0].nr_chunks, 15UL);
	KUNIT_EXPECT_GT(test, drain->end_ns, drain->start_ns);
}

/*
 * Four workers, a batch at a time, in 20 random orders: each block is drained
 * once and counted, and the chunks are the same 15 in every order.
 */
static void drain_interleaved(struct kunit *test)
{
	unsigned long block;
	unsigned int seed;

	for (seed = 1; seed <= 20; seed++) {
		struct machine *m = machine_init(test, 8);

		m->seed = seed;
		while (m->nr_workers < NR_CPUS_USED)
			fake_spawn(&m->boot.drain, m->nr_workers % NR_NODES);
		interleave(m, 0);
		expect_empty(m);
		KUNIT_EXPECT_EQ(test, m->nr_done, 1U);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&m->boot.drain.nr_pages),
				(long)(NR_PRISTINE * B));
		for (block = 0; block < NR_BLOCKS; block++)
			KUNIT_EXPECT_EQ(test, m->chunk_begins[block],
					block == 3 || block == 210 ||
						(block % CHUNK == 0 && block &&
						 block < 256 &&
						 !(block >= 100 &&
						   block < 128) &&
						 !(block >= 200 &&
						   block < 210)));
	}
}

/* The same with pulls meanwhile: each block is still initialised once. */
static void drain_with_pulls(struct kunit *test)
{
	unsigned int seed;

	for (seed = 1; seed <= 20; seed++) {
		struct machine *m = machine_init(test, 8);

		m->seed = seed;
		while (m->nr_workers < NR_CPUS_USED)
			fake_spawn(&m->boot.drain, m->nr_workers % NR_NODES);
		interleave(m, 1 + seed % 4);
		expect_empty(m);
	}
}

/* Few entries for each zone: claims without a free entry leave no page over. */
static void drain_full_table(struct kunit *test)
{
	unsigned int capacity;

	for (capacity = 2; capacity <= 4; capacity++) {
		struct machine *m = machine_init(test, capacity);

		while (m->nr_workers < NR_CPUS_USED)
			fake_spawn(&m->boot.drain, m->nr_workers % NR_NODES);
		interleave(m, 8);
		expect_empty(m);
	}
}

/*
 * A chunk of 16 blocks, and quanta that end with their first block: the second
 * quantum goes on with the chunk of the first one, the seventeenth claims the
 * next chunk.
 */
static void drain_quantum(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];
	unsigned int quanta = 0, i;

	drain->quantum_ns = 50;
	memmap_worker_init(w, drain, 0, 1);
	for (i = 1; i <= CHUNK; i++) {
		KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
		KUNIT_EXPECT_EQ(test, w->nr_pages, i * B);
		KUNIT_EXPECT_EQ(test, w->nr_chunks, 1UL);
	}
	KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
	KUNIT_EXPECT_EQ(test, w->nr_chunks, 2UL);
	/* No batch is busy between quanta: pulls can take every block. */
	while (pull(m, &m->set[1]))
		;
	KUNIT_EXPECT_EQ(test, m->set[1].nr_pages, 0UL);
	while (memmap_drain_run(drain, w))
		KUNIT_ASSERT_LE(test, ++quanta, NR_BLOCKS);
	memmap_drain_finish(drain, w);
	expect_empty(m);
}

/*
 * A block takes 100 ns, a quantum is 1000 ns: the worker writes one block to
 * see how long it takes, then eight, then the one that still fits. Then a block
 * takes 1500 ns: one batch is too long, because it was sized for the time
 * before. After that each quantum is one block.
 */
static void drain_pace(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];
	u64 begun;

	drain->quantum_ns = 1000;
	m->block_ns = 100;
	memmap_worker_init(w, drain, 0, 0);
	begun = m->clock_ns;
	KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
	KUNIT_EXPECT_EQ(test, w->nr_pages, 10 * B);
	KUNIT_EXPECT_EQ(test, m->clock_ns - begun, (u64)1000);

	m->block_ns = 1500;
	KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
	begun = m->clock_ns;
	KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
	KUNIT_EXPECT_EQ(test, m->clock_ns - begun, m->block_ns);
	KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
	KUNIT_EXPECT_EQ(test, m->clock_ns - begun, 2 * m->block_ns);
}

/*
 * Some clocks stand still while no tick comes. A quantum that waited for
 * such a clock would never end, so it ends after one batch.
 */
static void drain_clock_stands(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];

	drain->quantum_ns = MEMMAP_QUANTUM_NS;
	m->clock_stands = true;
	memmap_worker_init(w, drain, 0, 1);
	KUNIT_EXPECT_TRUE(test, memmap_drain_run(drain, w));
	KUNIT_EXPECT_EQ(test, w->nr_pages, B);
}

/* A drain of node 1 leaves node 0 alone, even if that is the worker's home. */
static void drain_one_node(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);

	m->boot.drain.nid = 1;
	fake_run(&m->boot.drain, 0);
	KUNIT_EXPECT_EQ(test, m->set[0].nr_pages, 97 * B);
	KUNIT_EXPECT_EQ(test, m->set[0].nr_idle, 97 * B);
	KUNIT_EXPECT_EQ(test, m->set[1].nr_pages, 0UL);
	KUNIT_EXPECT_EQ(test, blocks_freed(m, 128, NR_BLOCKS), 72UL + 46);
}

/* A worker drains its home node first and then node 1, which has no CPU. */
static void drain_steals(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_worker *w = &m->worker[0];
	struct memmap_drain *drain = &m->boot.drain;

	memmap_worker_init(w, drain, 0, 0);
	while (memmap_drain_begin(drain, w)) {
		if (w->set == &m->set[1])
			KUNIT_EXPECT_EQ(test, m->set[0].nr_pages, 0UL);
		fake_init(&m->boot, w->set, w->start_pfn,
			  w->batch_end_pfn - w->start_pfn);
		memmap_drain_end(drain, w, true);
	}
	memmap_drain_finish(drain, w);
	expect_empty(m);
}

/*
 * Worker 1 is twenty times as slow, in front of its own memory too. When node 1
 * has no more than worker 1 can reach, it begins nothing that worker 0 would
 * end earlier; but it is the last one there, so it stays until worker 0 comes.
 */
static void drain_slow_worker(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	u64 due[2], clock = 0;
	unsigned int i, left = 0;
	bool writing[2];

	for (i = 0; i < 2; i++) {
		memmap_worker_init(&m->worker[i], drain, i, i);
		writing[i] = memmap_drain_begin(drain, &m->worker[i]);
		due[i] = i ? 2000 : 100;
	}
	while (left < 2) {
		struct memmap_worker *w;
		unsigned long nr;

		i = !writing[0] || (writing[1] && due[1] < due[0]);
		w = &m->worker[i];
		clock = due[i];
		nr = (w->batch_end_pfn - w->start_pfn) / B;
		fake_init(&m->boot, w->set, w->start_pfn, nr * B);
		memmap_drain_pace(drain, w, nr * (i ? 2000 : 100), 0);
		memmap_drain_end(drain, w, true);
		writing[i] = memmap_drain_begin(drain, w);
		if (!writing[i]) {
			memmap_drain_finish(drain, w);
			left++;
			continue;
		}
		nr = (w->batch_end_pfn - w->start_pfn) / B;
		due[i] = clock + nr * (i ? 2000 : 100);
	}
	expect_empty(m);
	/* Both together: 215 blocks at 100 and 2000 ns, and a slow block more. */
	KUNIT_EXPECT_LE(test, clock, NR_PRISTINE * 2000 * 100 / 2100 + 2000);
}

/* Batches of 8 blocks: 118 of node 1, or 107 of an average zone, and one more. */
static void drain_threads(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;

	KUNIT_EXPECT_EQ(test, memmap_drain_threads(drain, 1), 15U);
	KUNIT_EXPECT_EQ(test, memmap_drain_threads(drain, 0), 14U);
	KUNIT_EXPECT_EQ(test, memmap_drain_threads(drain, 2), 14U);
	drain->threads = 3;
	KUNIT_EXPECT_EQ(test, memmap_drain_threads(drain, 1), 3U);
	drain->threads = 200;
	KUNIT_EXPECT_EQ(test, memmap_drain_threads(drain, 1), 15U);
}

/* A drain is stopped in the middle of a chunk: pulls get all that is left. */
static void drain_stops(struct kunit *test)
{
	struct machine *m = machine_init(test, 8);
	struct memmap_drain *drain = &m->boot.drain;
	struct memmap_worker *w = &m->worker[0];

	memmap_worker_init(w, drain, 0, 0);
	KUNIT_ASSERT_TRUE(test, memmap_drain_begin(drain, w));
	fake_init(&m->boot, w->set, w->start_pfn,
		  w->batch_end_pfn - w->start_pfn);
	memmap_drain_end(drain, w, false);
	WRITE_ONCE(drain->stop, true);
	KUNIT_EXPECT_FALSE(test, memmap_drain_run(drain, w));
	KUNIT_EXPECT_TRUE(test, w->start_pfn < w->end_pfn);
	memmap_drain_finish(drain, w);
	KUNIT_EXPECT_EQ(test, m->nr_done, 1U);
	while (pull(m, &m->set[0]) || pull(m, &m->set[1]))
		;
	expect_empty(m);
}

static struct kunit_case memmap_drain_cases[] = {
	KUNIT_CASE(drain_single),
	KUNIT_CASE(drain_interleaved),
	KUNIT_CASE(drain_with_pulls),
	KUNIT_CASE(drain_full_table),
	KUNIT_CASE(drain_quantum),
	KUNIT_CASE(drain_pace),
	KUNIT_CASE(drain_clock_stands),
	KUNIT_CASE(drain_one_node),
	KUNIT_CASE(drain_steals),
	KUNIT_CASE(drain_slow_worker),
	KUNIT_CASE(drain_stops),
	KUNIT_CASE(drain_threads),
	{},
};

static struct kunit_suite memmap_drain_suite = {
	.name = "memmap_drain",
	.exit = machine_exit,
	.test_cases = memmap_drain_cases,
};

kunit_test_suite(memmap_drain_suite);

MODULE_DESCRIPTION("Tests of drains");
MODULE_LICENSE("GPL");
