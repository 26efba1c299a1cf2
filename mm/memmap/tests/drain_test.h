/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_TESTS_MEMMAP_DRAIN_TEST_H
#define _MM_TESTS_MEMMAP_DRAIN_TEST_H

/*
 * A machine of two nodes, for tests of drains and strategies. Its executor
 * writes no struct pages. It counts instead that each block is initialised
 * once, is then freed once, and is pristine until then. One thread is all
 * CPUs: it runs a batch of one worker after a batch of another.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define B	     ((unsigned long)MEMMAP_BLOCK_PAGES)
#define NR_NODES     2
#define NR_CPUS_USED 4
#define NR_BLOCKS    256UL
#define CHUNK	     16UL

struct machine {
	struct memmap_boot boot; /* first: see machine_of() */
	struct kunit *test;
	struct memmap_extents *sets[NR_NODES];
	struct memmap_extents set[NR_NODES];
	struct memmap_worker worker[NR_CPUS_USED];
	unsigned int nr_workers;
	struct memmap_worker *waited_for;
	u64 clock_ns;
	bool clock_stands;
	u64 block_ns;
	u32 seed;
	unsigned int nr_done;
	unsigned long counted[NR_NODES];
	u8 inits[NR_BLOCKS];
	u8 frees[NR_BLOCKS];
	u8 chunk_begins[NR_BLOCKS];
};

static inline struct machine *machine_of(struct memmap_boot *boot)
{
	return (struct machine *)boot;
}

static inline unsigned long random_below(struct machine *m, unsigned long n)
{
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 8) % n;
}

static inline u64 fake_now(struct memmap_boot *boot)
{
	struct machine *m = machine_of(boot);

	if (!m->clock_stands && !m->block_ns)
		m->clock_ns += 100;
	return m->clock_ns;
}

/* What counts as free is what an allocation could have: no batch is in it. */
static inline void expect_counted(struct machine *m)
{
	unsigned long freed[NR_NODES] = { 0 }, block;
	int nid;

	for (block = 0; block < NR_BLOCKS; block++)
		freed[block >= 128] += m->frees[block];
	for (nid = 0; nid < NR_NODES; nid++)
		KUNIT_EXPECT_EQ(m->test, m->counted[nid],
				m->set[nid].nr_idle + freed[nid] * B);
}

static inline void fake_busy(struct memmap_boot *boot,
			     struct memmap_extents *set, unsigned long nr_pages)
{
	machine_of(boot)->counted[zone_to_nid(set->zone)] -= nr_pages;
}

static inline void fake_init(struct memmap_boot *boot,
			     struct memmap_extents *set,
			     unsigned long start_pfn, unsigned long nr_pages)
{
	struct machine *m = machine_of(boot);
	unsigned long block;

	expect_counted(m);
	m->clock_ns += m->block_ns * (nr_pages / B);
	for (block = start_pfn / B; block < (start_pfn + nr_pages) / B; block++)
		KUNIT_EXPECT_EQ(m->test, ++m->inits[block], 1);
}

static inline void fake_free(struct memmap_boot *boot,
			     struct memmap_extents *set,
			     unsigned long start_pfn, unsigned long nr_pages)
{
	struct machine *m = machine_of(boot);
	unsigned long block;

	for (block = start_pfn / B; block < (start_pfn + nr_pages) / B;
	     block++) {
		KUNIT_EXPECT_EQ(m->test, m->inits[block], 1);
		KUNIT_EXPECT_EQ(m->test, ++m->frees[block], 1);
		KUNIT_EXPECT_TRUE(m->test, memmap_extents_test(set, block * B));
	}
	m->counted[zone_to_nid(set->zone)] += nr_pages;
}

static inline void fake_run(struct memmap_drain *drain, int nid)
{
	struct memmap_worker worker;

	memmap_worker_init(&worker, drain, 0, nid);
	memmap_drain_run(drain, &worker);
	memmap_drain_finish(drain, &worker);
}

static inline void fake_cross_call(struct memmap_drain *drain)
{
	struct machine *m = machine_of(drain->boot);
	bool more = true;
	unsigned int cpu;

	for (; m->nr_workers < NR_CPUS_USED; m->nr_workers++)
		memmap_worker_init(&m->worker[m->nr_workers], drain,
				   m->nr_workers, m->nr_workers % NR_NODES);
	while (more) {
		more = false;
		for (cpu = 0; cpu < NR_CPUS_USED; cpu++)
			more |= memmap_drain_run(drain, &m->worker[cpu]);
	}
	for (cpu = 0; cpu < NR_CPUS_USED; cpu++)
		memmap_drain_finish(drain, &m->worker[cpu]);
}

static inline void fake_spawn(struct memmap_drain *drain, int nid)
{
	struct machine *m = machine_of(drain->boot);

	memmap_worker_init(&m->worker[m->nr_workers], drain, m->nr_workers,
			   nid);
	m->nr_workers++;
}

/* Node 1 is twice as far from node 0 as itself, and the other way round. */
static inline unsigned int fake_distance(struct memmap_boot *boot, int nid,
					 int to_nid)
{
	return nid == to_nid ? MEMMAP_DISTANCE_LOCAL :
			       2 * MEMMAP_DISTANCE_LOCAL;
}

/* Populate waits for a worker and calls this: end the worker's batch. */
static inline void fake_relax(struct memmap_boot *boot)
{
	struct machine *m = machine_of(boot);

	if (m->waited_for)
		memmap_drain_end(&boot->drain, m->waited_for, false);
	m->waited_for = NULL;
}

static inline void fake_claimed(struct memmap_drain *drain,
				const struct memmap_worker *worker)
{
	machine_of(drain->boot)->chunk_begins[worker->start_pfn / B]++;
}

static inline void fake_done(struct memmap_drain *drain)
{
	machine_of(drain->boot)->nr_done++;
}

static const struct memmap_exec fake_exec = {
	.name = "fake",
	.now = fake_now,
	.busy = fake_busy,
	.init = fake_init,
	.free = fake_free,
	.run = fake_run,
	.cross_call = fake_cross_call,
	.spawn = fake_spawn,
	.relax = fake_relax,
	.distance = fake_distance,
	.claimed = fake_claimed,
	.done = fake_done,
};

/*
 * Node 0 has blocks 3 to 99, node 1 those from 128 to 199 and 210 to 255:
 * 215 in all, with @capacity entries for each node.
 */
#define NR_PRISTINE (97UL + 72 + 46)

static inline struct machine *machine_init(struct kunit *test,
					   unsigned int capacity)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct memmap_extent_table *table;
	struct memmap_param param;
	struct zone *zone;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->seed = 1;
	test->priv = m;
	memmap_param_default(&param);
	param.chunk_bytes = CHUNK * B << PAGE_SHIFT;
	memmap_boot_init(&m->boot, &param, &fake_exec, m->sets);
	for (i = 0; i < NR_NODES; i++) {
		zone = kunit_kzalloc(test, sizeof(*zone), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, zone);
		table = kunit_kzalloc(test, memmap_table_bytes(capacity),
				      GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, table);
		spin_lock_init(&zone->lock);
		zone->node = i;
		memmap_extents_init(&m->set[i], zone, table, capacity);
		memmap_boot_add(&m->boot, &m->set[i]);
		KUNIT_EXPECT_PTR_EQ(test, zone->pristine, &m->set[i]);
	}
	for (i = 0; i < 3; i++) {
		static const unsigned long start[] = { 3, 128, 210 };
		static const unsigned long end[] = { 100, 200, 256 };
		struct memmap_extents *set = &m->set[i > 0];
		unsigned long flags;

		spin_lock_irqsave(&set->zone->lock, flags);
		KUNIT_EXPECT_TRUE(test, memmap_extents_add(set, start[i] * B,
							   end[i] * B));
		m->counted[i > 0] += (end[i] - start[i]) * B;
		spin_unlock_irqrestore(&set->zone->lock, flags);
	}
	KUNIT_EXPECT_EQ(test, memmap_boot_pristine(&m->boot), NR_PRISTINE * B);
	memmap_drain_init(&m->boot.drain, &m->boot);
	return m;
}

static inline void machine_exit(struct kunit *test)
{
	struct machine *m = test->priv;
	unsigned int i;

	for (i = 0; m && i < m->boot.nr_sets; i++) {
		/* The workers have finished. */
		struct memmap_extent_table *table =
			rcu_dereference_protected(m->set[i].table, true);

		if (table->allocated)
			kfree(table);
	}
}

static inline unsigned long blocks_freed(struct machine *m, unsigned long start,
					 unsigned long end)
{
	unsigned long nr = 0;

	for (; start < end; start++) {
		KUNIT_EXPECT_EQ(m->test, m->inits[start], m->frees[start]);
		nr += m->frees[start];
	}
	return nr;
}

/* No page is pristine, all counters are 0, and each block was freed once. */
static inline void expect_empty(struct machine *m)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(m->test, memmap_boot_pristine(&m->boot), 0UL);
	KUNIT_EXPECT_EQ(m->test, blocks_freed(m, 0, NR_BLOCKS), NR_PRISTINE);
	expect_counted(m);
	for (i = 0; i < NR_NODES; i++) {
		KUNIT_EXPECT_EQ(m->test, m->set[i].nr, 0U);
		KUNIT_EXPECT_EQ(m->test, m->set[i].nr_idle, 0UL);
		KUNIT_EXPECT_EQ(m->test, m->set[i].speed, 0UL);
	}
}

static inline bool pull(struct machine *m, struct memmap_extents *set)
{
	unsigned long flags, pfn;

	spin_lock_irqsave(&set->zone->lock, flags);
	pfn = memmap_extents_first(set);
	/* No page that counts as free and is in no free list is out of reach. */
	KUNIT_EXPECT_EQ(m->test, pfn != ULONG_MAX, set->nr_idle != 0);
	if (pfn != ULONG_MAX) {
		fake_init(&m->boot, set, pfn, B);
		fake_busy(&m->boot, set, B);
		fake_free(&m->boot, set, pfn, B);
		KUNIT_EXPECT_TRUE(m->test,
				  memmap_extents_remove(set, pfn, pfn + B));
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return pfn != ULONG_MAX;
}

/*
 * Run all workers to their end, in random order. If @pulls is not 0, one step
 * in @pulls also pulls a block.
 */
static inline void interleave(struct machine *m, unsigned int pulls)
{
	struct memmap_drain *drain = &m->boot.drain;
	bool writing[NR_CPUS_USED] = {}, left[NR_CPUS_USED] = {};
	unsigned int nr = m->nr_workers, nr_left = 0, i;

	while (nr_left < nr) {
		struct memmap_worker *worker =
			&m->worker[i = random_below(m, nr)];

		if (pulls && !random_below(m, pulls))
			pull(m, &m->set[random_below(m, NR_NODES)]);
		if (left[i])
			continue;
		if (writing[i]) {
			fake_init(&m->boot, worker->set, worker->start_pfn,
				  worker->batch_end_pfn - worker->start_pfn);
			memmap_drain_end(drain, worker, random_below(m, 2));
			writing[i] = false;
		} else if (memmap_drain_begin(drain, worker)) {
			writing[i] = true;
		} else {
			memmap_drain_finish(drain, worker);
			left[i] = true;
			nr_left++;
		}
	}
}

#endif /* _MM_TESTS_MEMMAP_DRAIN_TEST_H */
