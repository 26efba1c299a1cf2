// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directed tests of those who read the zone of a page that nobody holds and then
 * take its lock. A block changes its node in between:
 *
 *	commit		zone->lock		   move the block   unlock
 *	other CPU		zone = page_zone(), zone->lock waits ...... looks
 *
 * Whoever does not look at the zone again edits the free lists of the zone that
 * the block has left. The tests move a free block of the machine itself, and
 * bring it back.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/dnuma.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "../../../internal.h"
#include "../kernel.h"

/* Longest wait for the other CPU; an emulator may not run it for a while. */
#define MAX_WAIT_MS 2000

/* From the beginning of @op to the lock, with lockdep, in an emulator. */
#define REACH_LOCK_MS 100

/**
 * struct race - what the two CPUs do
 * @op: what the other CPU does with the block; returns what came of it
 * @zone: the zone that the block leaves
 * @pfn: its first page
 * @go: the zone is locked, so @op may begin
 * @met: it begins
 * @result: of @op
 */
struct race {
	int (*op)(struct race *race);
	struct zone *zone;
	unsigned long pfn;
	bool go;
	bool met;
	int result;
};

static struct race race;

static int race_thread(void *unused)
{
	/* Pairs with smp_store_release() in race_hook(). */
	while (!smp_load_acquire(&race.go) && !kthread_should_stop())
		cond_resched();
	if (race.go) {
		WRITE_ONCE(race.met, true);
		race.result = race.op(&race);
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* The zone is locked: let the other CPU run into it. */
static void race_hook(unsigned long pfn)
{
	unsigned int ms;

	if (pfn != race.pfn)
		return;
	/* Pairs with smp_load_acquire() in race_thread(). */
	smp_store_release(&race.go, true);
	for (ms = 0; ms < MAX_WAIT_MS && !READ_ONCE(race.met); ms++)
		mdelay(1);
	/* From there to the lock. A guest's lock does not say who waits. */
	mdelay(REACH_LOCK_MS);
}

/* A free block of the top order, and another node with memory. */
static bool race_find(int *to)
{
	struct zone *zone;
	unsigned long flags;

	for_each_populated_zone(zone) {
		struct list_head *list = &zone->free_area[MAX_PAGE_ORDER]
						  .free_list[MIGRATE_MOVABLE];
		struct page *page;

		spin_lock_irqsave(&zone->lock, flags);
		/* The first one is taken by the next allocation that needs one. */
		page = list_empty(list) ?
			       NULL :
			       list_last_entry(list, struct page, buddy_list);
		spin_unlock_irqrestore(&zone->lock, flags);
		if (!page)
			continue;
		race.zone = zone;
		race.pfn = page_to_pfn(page);
		for_each_node_state(*to, N_MEMORY)
			if (*to != zone_to_nid(zone))
				return true;
	}
	return false;
}

static int race_commit(int nid)
{
	const struct dnuma_request request = {
		.policy.window_pages = DNUMA_WINDOW_PAGES,
	};
	char *text = kvmalloc(DNUMA_LINE, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	snprintf(text, DNUMA_LINE, "%llu-%llu %d\n", PFN_PHYS((u64)race.pfn),
		 PFN_PHYS((u64)race.pfn + DNUMA_BLOCK_PAGES), nid);
	err = dnuma_stage(text, strlen(text), false);
	return err ? err : dnuma_commit(&request);
}

/* Are as many blocks on the free lists of a zone as it counts? */
static bool lists_match(struct zone *zone)
{
	unsigned int order, type;
	bool match = true;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		struct free_area *area = &zone->free_area[order];
		unsigned long nr = 0;

		for (type = 0; type < MIGRATE_TYPES; type++)
			nr += list_count_nodes(&area->free_list[type]);
		match = match && nr == area->nr_free;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return match;
}

/* Run @op while the block of @race changes its node. */
static void race_run(struct kunit *test, int (*op)(struct race *race))
{
	struct task_struct *thread;
	int to, err;

	memset(&race, 0, sizeof(race));
	race.op = op;
	if (num_online_cpus() < 2 || !race_find(&to))
		kunit_skip(test, "wants two CPUs and two nodes with memory");
	thread = kthread_create(race_thread, NULL, "dnuma-race");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	/* This CPU has interrupts off and waits: not the same one. */
	set_cpus_allowed_ptr(current,
			     cpumask_of(cpumask_first(cpu_online_mask)));
	kthread_bind(thread, cpumask_last(cpu_online_mask));
	wake_up_process(thread);

	dnuma_race_hook = race_hook;
	err = race_commit(to);
	dnuma_race_hook = NULL;
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_TRUE(test, race.met);
	KUNIT_EXPECT_EQ(test, pfn_to_nid(race.pfn), to);
	KUNIT_EXPECT_EQ(test, race_commit(zone_to_nid(race.zone)), 0);
	KUNIT_EXPECT_EQ(test, pfn_to_nid(race.pfn), zone_to_nid(race.zone));
	KUNIT_EXPECT_TRUE(test, lists_match(race.zone));
	KUNIT_EXPECT_TRUE(test,
			  lists_match(dnuma_zone(to, zone_idx(race.zone))));
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

static int op_isolate(struct race *r)
{
	int err = start_isolate_page_range(r->pfn, r->pfn + pageblock_nr_pages,
					   MIGRATE_MOVABLE, 0, GFP_KERNEL);

	if (!err)
		undo_isolate_page_range(r->pfn, r->pfn + pageblock_nr_pages,
					MIGRATE_MOVABLE);
	return err;
}

/* Isolation gives up: its caller tries again, or another block. */
static void race_isolate(struct kunit *test)
{
	race_run(test, op_isolate);
	KUNIT_EXPECT_EQ(test, race.result, -EBUSY);
}

static int op_compact(struct race *r)
{
	struct compact_control cc = {
		.zone = r->zone,
		.mode = MIGRATE_SYNC,
	};

	return isolate_freepages_range(&cc, r->pfn,
				       r->pfn + pageblock_nr_pages) != 0;
}

/* The free scanner takes nothing from a zone that is not its own. */
static void race_compact(struct kunit *test)
{
	race_run(test, op_compact);
	KUNIT_EXPECT_EQ(test, race.result, 0);
}

#ifdef CONFIG_MEMORY_FAILURE
static int op_poison(struct race *r)
{
	struct page *page = pfn_to_page(r->pfn);

	if (!take_page_off_buddy(page))
		return -EBUSY;
	page_ref_inc(page);
	put_page_back_buddy(page);
	return 0;
}

/* The page is taken from the free lists of the zone where it is now. */
static void race_poison(struct kunit *test)
{
	race_run(test, op_poison);
	KUNIT_EXPECT_EQ(test, race.result, 0);
}
#endif

static struct kunit_case dnuma_race_cases[] = { KUNIT_CASE(race_isolate),
						KUNIT_CASE(race_compact),
#ifdef CONFIG_MEMORY_FAILURE
						KUNIT_CASE(race_poison),
#endif
						{} };

/* As if nobody had committed anything. */
static void dnuma_race_exit(struct kunit_suite *suite)
{
	mutex_lock(&dnuma_lock);
	dnuma_unstage();
	dnuma_plan_free(&dnuma_outcome.plan);
	memset(&dnuma_outcome, 0, sizeof(dnuma_outcome));
	mutex_unlock(&dnuma_lock);
}

static struct kunit_suite dnuma_race_suite = {
	.name = "dnuma_race",
	.suite_exit = dnuma_race_exit,
	.test_cases = dnuma_race_cases,
};

kunit_test_suite(dnuma_race_suite);

MODULE_DESCRIPTION("Tests of those who meet memory that changes its node");
MODULE_LICENSE("GPL");
