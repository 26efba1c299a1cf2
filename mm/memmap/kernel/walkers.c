// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks for the page allocator and for code that walks pfns. They are behind a
 * static key, which is switched off when no page is pristine any more.
 */
#define pr_fmt(fmt) "memmap_init: " fmt

#include <linux/cpu.h>
#include <linux/cpuset.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/jump_label.h>
#include <linux/memmap_init.h>
#include <linux/memmap_pristine.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/vmcore_info.h>
#include <linux/workqueue.h>
#include <trace/events/memmap_init.h>
#include "../deps.h"
#include "kernel.h"

DEFINE_PER_CPU(unsigned long, memmap_nr_pulls);

#ifdef CONFIG_DEBUG_VM
/*
 * Negative control for tests: switch the guard in pfn_to_online_page() off. The
 * memmap is poisoned with CONFIG_DEBUG_VM, so a test must fail then.
 */
static bool memmap_noguard __ro_after_init;

static int __init memmap_noguard_setup(char *arg)
{
	memmap_noguard = true;
	return 0;
}
early_param("memmap_init_noguard", memmap_noguard_setup);
#else
#define memmap_noguard false
#endif

/*
 * Counts pristine pages that go from one zone to another. Writers are one at a
 * time, as they hold mem_hotplug_lock for writing.
 */
static seqcount_t memmap_moves = SEQCNT_ZERO(memmap_moves);

/**
 * memmap_move_begin - pristine pages leave a zone for another from now on
 *
 * Context: mem_hotplug_lock held for writing, zone->lock of both zones held,
 * interrupts off.
 */
void memmap_move_begin(void)
{
	write_seqcount_begin(&memmap_moves);
}

/**
 * memmap_move_end - they have arrived
 *
 * Context: as for memmap_move_begin().
 */
void memmap_move_end(void)
{
	write_seqcount_end(&memmap_moves);
}

static bool any_set_has(unsigned long pfn)
{
	unsigned int nr = memmap_boot_nr_sets(&memmap_boot), i;

	/* The struct page, which names the zone, must not be read: try all. */
	for (i = 0; i < nr; i++)
		if (memmap_extents_test(memmap_boot.sets[i], pfn))
			return true;
	return false;
}

/**
 * __memmap_pfn_pristine - memmap_pfn_pristine() while any page is pristine
 * @pfn: the page
 *
 * A page that goes from one zone to another while the zones are asked in turn
 * may be missed in both: they are asked again then.
 *
 * Context: any.
 * Return: true if the page is pristine.
 */
bool __memmap_pfn_pristine(unsigned long pfn)
{
	/* An NMI may have stopped the writer: waiting for it would hang. */
	bool once = in_nmi() || oops_in_progress, moved;
	unsigned int seq;

	/*
	 * The caller may have seen that a section is online: what is pristine
	 * there must be seen then. Pairs with smp_wmb() in
	 * memmap_online_pristine().
	 */
	smp_rmb();
	do {
		/* Pairs with write_seqcount_begin() in memmap_move_begin(). */
		seq = once ? raw_seqcount_begin(&memmap_moves) :
			     read_seqcount_begin(&memmap_moves);
		if (any_set_has(pfn))
			return true;
		moved = read_seqcount_retry(&memmap_moves, seq);
	} while (moved && !once);
	return moved;
}
EXPORT_SYMBOL_GPL(__memmap_pfn_pristine);

/**
 * __memmap_pfn_hidden - memmap_pfn_hidden() while any page is pristine
 * @pfn: the page
 *
 * Context: any.
 * Return: true if the page is pristine and the guard is on.
 */
bool __memmap_pfn_hidden(unsigned long pfn)
{
	return !memmap_noguard && __memmap_pfn_pristine(pfn);
}

/**
 * __memmap_zone_pfn_pristine - memmap_zone_pfn_pristine() while any page is
 *	pristine
 * @zone: the zone
 * @pfn: the page
 *
 * Context: any.
 * Return: true if the page is a pristine page of the zone.
 */
bool __memmap_zone_pfn_pristine(const struct zone *zone, unsigned long pfn)
{
	return zone->pristine && memmap_extents_test(zone->pristine, pfn);
}
EXPORT_SYMBOL_GPL(__memmap_zone_pfn_pristine);

/**
 * __memmap_zone_pristine - memmap_zone_pristine() while any page is pristine
 * @zone: the zone
 *
 * Context: any; the number is exact only under zone->lock.
 * Return: pages.
 */
unsigned long __memmap_zone_pristine(const struct zone *zone)
{
	return zone->pristine ? READ_ONCE(zone->pristine->nr_pages) : 0;
}

/**
 * __memmap_zone_busy - memmap_zone_busy() while any page is pristine
 * @zone: the zone
 *
 * Context: any; the number is exact only under zone->lock.
 * Return: pages.
 */
unsigned long __memmap_zone_busy(const struct zone *zone)
{
	const struct memmap_extents *set = zone->pristine;
	unsigned long idle = set ? READ_ONCE(set->nr_idle) : 0;

	/* Without the lock the second may be from after the first. */
	return set ? max(READ_ONCE(set->nr_pages), idle) - idle : 0;
}

/**
 * __memmap_node_busy - memmap_node_busy() while any page is pristine
 * @nid: the node, or NUMA_NO_NODE
 *
 * Context: any; no lock holds the zones still.
 * Return: pages.
 */
unsigned long __memmap_node_busy(int nid)
{
	unsigned int nr = memmap_boot_nr_sets(&memmap_boot), i;
	unsigned long pages = 0;

	for (i = 0; i < nr; i++) {
		struct zone *zone = memmap_boot.sets[i]->zone;

		if (nid == NUMA_NO_NODE || nid == zone_to_nid(zone))
			pages += __memmap_zone_busy(zone);
	}
	return pages;
}

/**
 * __memmap_wait_busy - memmap_wait_busy() while any page is pristine
 * @ac: which zones an allocation may take from
 * @gfp: flags of the allocation
 *
 * Context: process context, sleeps.
 * Return: true if the allocation is to be tried again.
 */
bool __memmap_wait_busy(const struct alloc_context *ac, gfp_t gfp)
{
	struct zoneref *ref;
	struct zone *zone;

	for_each_zone_zonelist_nodemask(zone, ref, ac->zonelist,
					ac->highest_zoneidx, ac->nodemask) {
		if (!__memmap_zone_busy(zone) ||
		    !cpuset_zone_allowed(zone, gfp))
			continue;
		schedule_timeout_uninterruptible(1);
		return true;
	}
	return false;
}

/*
 * True when boot has written all struct pages of reserved memory. The last ones
 * are those of gigantic pages from the boot line, which page_alloc_init_late()
 * may write. Until then set_zone_contiguous() must not read struct pages.
 */
static bool memmap_booted;

static bool may_update_zones(void)
{
	/*
	 * The last pristine page of a zone has been initialised or removed. This
	 * barrier pairs with the one in update_zones_at_boot(): either that
	 * function sees that no page is pristine, or its flag is seen here.
	 */
	smp_mb();
	return READ_ONCE(memmap_booted);
}

/**
 * memmap_update_zones - switch off what is needed only for pristine memory
 *
 * In a zone without pristine pages, pageblock_pfn_to_page() may skip its checks
 * (zone->contiguous). If no zone has pristine pages, the static key of all
 * hooks is switched off. Nothing happens before update_zones_at_boot(), which
 * does the same.
 *
 * Context: process context, may sleep.
 */
void memmap_update_zones(void)
{
	unsigned int i;

	if (!may_update_zones())
		return;
	/* In the order of mem_hotplug_begin() */
	cpus_read_lock();
	get_online_mems();
	for (i = 0; i < memmap_boot.nr_sets; i++) {
		struct memmap_extents *set = memmap_boot.sets[i];

		if (!READ_ONCE(set->nr_pages) && !set->zone->contiguous &&
		    !zone_is_empty(set->zone))
			set_zone_contiguous(set->zone);
	}
	/* No memory comes online meanwhile, and none goes to another zone. */
	if (!memmap_boot_pristine(&memmap_boot))
		static_branch_disable_cpuslocked(&memmap_pristine_key);
	put_online_mems();
	cpus_read_unlock();
}

static int __init update_zones_at_boot(void)
{
	/* A full barrier, which pairs with the one in may_update_zones(). */
	smp_store_mb(memmap_booted, true);
	memmap_update_zones();
	return 0;
}
core_initcall(update_zones_at_boot);

static void update_work_fn(struct work_struct *work)
{
	memmap_update_zones();
}
static DECLARE_WORK(update_work, update_work_fn);

/*
 * schedule_work() wakes a thread, which is not allowed under zone->lock. So it
 * is called in an interrupt, which comes when the lock is free.
 */
static void update_irq_fn(struct irq_work *work)
{
	schedule_work(&update_work);
}
static DEFINE_IRQ_WORK(update_irq, update_irq_fn);

/**
 * memmap_update_zones_later - run memmap_update_zones() soon
 *
 * Context: any, also with zone->lock held.
 */
void memmap_update_zones_later(void)
{
	if (may_update_zones())
		irq_work_queue(&update_irq);
}

/**
 * __memmap_pull_block - memmap_pull_block() while any page is pristine
 * @zone: the zone
 * @migratetype: the free list that the allocation found empty
 *
 * Context: zone->lock held.
 * Return: true if that free list now has a block of the top order.
 */
bool __memmap_pull_block(struct zone *zone, int migratetype)
{
	struct free_area *area = &zone->free_area[MAX_PAGE_ORDER];
	int mt;

	if (!__memmap_zone_pristine(zone))
		return false;

	/*
	 * A pristine block stands for a free movable block. So an allocation of
	 * movable memory takes it, as it would take that one. Others convert a
	 * free block of another type as long as there is one, as they do in
	 * mainline.
	 */
	if (migratetype != MIGRATE_MOVABLE)
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			if (!free_area_empty(area, mt))
				return false;

	if (!memmap_pull(&memmap_boot, zone, migratetype))
		return false;
	this_cpu_inc(memmap_nr_pulls);
	trace_memmap_init_pull(zone_to_nid(zone), zone_idx(zone), migratetype,
			       zone->pristine->nr_pages);
	if (!zone->pristine->nr_pages)
		memmap_update_zones_later();
	return true;
}

static int populate_all_sets(unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned int nr = memmap_boot_nr_sets(&memmap_boot), i;
	int ret;

	for (i = 0; i < nr; i++) {
		struct memmap_extents *set = memmap_boot.sets[i];

		if (end_pfn <= READ_ONCE(set->start_pfn) ||
		    start_pfn >= READ_ONCE(set->end_pfn) ||
		    !READ_ONCE(set->nr_pages))
			continue;
		ret = memmap_populate(&memmap_boot, set, start_pfn, end_pfn);
		if (ret)
			return ret;
		if (!READ_ONCE(set->nr_pages))
			memmap_update_zones_later();
	}
	return 0;
}

/**
 * __memmap_populate_range - memmap_populate_range() while any page is pristine
 * @start_pfn: first page
 * @end_pfn: first page behind the range
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there is no memory to split an extent.
 */
int __memmap_populate_range(unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned int seq;
	int ret;

	do {
		/* Pairs with write_seqcount_begin() in memmap_move_begin(). */
		seq = read_seqcount_begin(&memmap_moves);
		ret = populate_all_sets(start_pfn, end_pfn);
	} while (!ret && read_seqcount_retry(&memmap_moves, seq));
	if (ret)
		return ret;
	/* Pairs with raw_write_seqcount_begin() in extents_write_begin(). */
	smp_rmb();
	return 0;
}
EXPORT_SYMBOL_GPL(__memmap_populate_range);

#ifdef CONFIG_VMCORE_INFO
/**
 * memmap_vmcoreinfo - tell dump tools where the extents are
 *
 * A dump tool must not read the struct pages of pristine pages. All pages in an
 * extent are free.
 *
 * Context: crash_save_vmcoreinfo_init().
 */
void memmap_vmcoreinfo(void)
{
	VMCOREINFO_SYMBOL(memmap_boot);
	VMCOREINFO_OFFSET(memmap_boot, sets);
	VMCOREINFO_OFFSET(memmap_boot, nr_sets);
	VMCOREINFO_OFFSET(memmap_extents, table);
	VMCOREINFO_OFFSET(memmap_extents, nr);
	VMCOREINFO_OFFSET(memmap_extent_table, extent);
	VMCOREINFO_STRUCT_SIZE(memmap_extent);
	VMCOREINFO_OFFSET(memmap_extent, start_pfn);
	VMCOREINFO_OFFSET(memmap_extent, end_pfn);
}
#endif
