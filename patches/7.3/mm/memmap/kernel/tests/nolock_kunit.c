// SPDX-License-Identifier: GPL-2.0-only
/*
 * alloc_pages_nolock() and memory that is pristine. It is called from any
 * context, an NMI as well, and pulls there; and where the NMI came while this CPU
 * held zone->lock, as in the middle of a pull, it neither waits nor pulls. These
 * tests use the machine's own memory.
 */
#include <asm/apic.h>
#include <asm/nmi.h>
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include "../kernel.h"

/* Pages of this order are from the lists of the CPU, like those that BPF takes. */
#define ORDER 3
/* Free memory that is initialised, and must be taken before anything is pulled. */
#define MOST_PAGES (SZ_512M >> PAGE_SHIFT >> ORDER)
/* An NMI to the CPU itself comes at once, in an emulator a moment later. */
#define MAX_WAIT_MS 1000

/**
 * struct taker - takes pages, perhaps in an NMI
 * @pages: what it has, by page->lru
 * @set: a zone with pristine memory
 * @pulls: it ends after as many
 * @most: or with as many pages
 * @pulled: pulls that there were
 * @done: it has ended
 */
static struct taker {
	struct list_head pages;
	struct memmap_extents *set;
	unsigned long pulls;
	unsigned int most;
	unsigned long pulled;
	bool done;
} taker = { .pages = LIST_HEAD_INIT(taker.pages) };

/* On one CPU, so that others do not count. */
static void take(void)
{
	unsigned long before = this_cpu_read(memmap_nr_pulls);
	unsigned int nr;

	taker.pulled = 0;
	for (nr = 0; nr < taker.most && taker.pulled < taker.pulls; nr++) {
		struct page *page =
			alloc_pages_nolock(0, zone_to_nid(taker.set->zone),
					   ORDER);

		if (!page)
			break;
		list_add(&page->lru, &taker.pages);
		taker.pulled = this_cpu_read(memmap_nr_pulls) - before;
	}
	WRITE_ONCE(taker.done, true);
}

static int take_in_nmi(unsigned int type, struct pt_regs *regs)
{
	if (READ_ONCE(taker.done))
		return NMI_DONE;
	take();
	return NMI_HANDLED;
}

/* Return: false if no NMI came. The caller stays on its CPU. */
static bool send_nmi(void)
{
	unsigned int ms;

	WRITE_ONCE(taker.done, false);
	__apic_send_IPI_mask(cpumask_of(smp_processor_id()), NMI_VECTOR);
	for (ms = 0; ms < MAX_WAIT_MS && !READ_ONCE(taker.done); ms++)
		mdelay(1);
	return READ_ONCE(taker.done);
}

/* The zone that has most; the test is of no use without any. */
static int nolock_init(struct kunit *test)
{
	unsigned int i;

	taker.done = true;
	taker.set = NULL;
	taker.most = MOST_PAGES;
	taker.pulls = 1;
	for (i = 0; i < memmap_boot_nr_sets(&memmap_boot); i++) {
		struct memmap_extents *set = memmap_boot.sets[i];

		if (!taker.set || set->nr_pages > taker.set->nr_pages)
			taker.set = set;
	}
	if (!taker.set || taker.set->nr_pages < MOST_PAGES << ORDER)
		kunit_skip(test, "hardly any memory is pristine");
	return register_nmi_handler(NMI_LOCAL, take_in_nmi, NMI_FLAG_FIRST,
				    "memmap_nolock");
}

static void nolock_exit(struct kunit *test)
{
	struct page *page, *next;

	unregister_nmi_handler(NMI_LOCAL, "memmap_nolock");
	list_for_each_entry_safe(page, next, &taker.pages, lru) {
		list_del(&page->lru);
		__free_pages(page, ORDER);
	}
}

static void nolock_pulls(struct kunit *test)
{
	migrate_disable();
	take();
	migrate_enable();
	KUNIT_EXPECT_EQ(test, taker.pulled, 1);
}

static void nolock_pulls_in_nmi(struct kunit *test)
{
	bool came;

	preempt_disable();
	came = send_nmi();
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, came);
	KUNIT_EXPECT_EQ(test, taker.pulled, 1);
}

static void nolock_leaves_locked_zone(struct kunit *test)
{
	unsigned long flags, before, after;
	bool came;

	/* More than are left of a block, so that the next one would be pulled. */
	taker.most = 2 * MEMMAP_BLOCK_PAGES >> ORDER;
	taker.pulls = ULONG_MAX;
	spin_lock_irqsave(&taker.set->zone->lock, flags);
	before = taker.set->nr_pages;
	came = send_nmi();
	after = taker.set->nr_pages;
	spin_unlock_irqrestore(&taker.set->zone->lock, flags);
	KUNIT_EXPECT_TRUE(test, came);
	KUNIT_EXPECT_EQ(test, after, before);
}

static struct kunit_case nolock_cases[] = { KUNIT_CASE(nolock_pulls),
					    KUNIT_CASE(nolock_pulls_in_nmi),
					    KUNIT_CASE(
						    nolock_leaves_locked_zone),
					    {} };

static struct kunit_suite nolock_suite = {
	.name = "memmap_nolock",
	.init = nolock_init,
	.exit = nolock_exit,
	.test_cases = nolock_cases,
};
kunit_test_suite(nolock_suite);
