// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the page allocator and those who walk pfns call, behind a static key
 * that is off once nothing is pristine any more.
 */
#define pr_fmt(fmt) "memmap_init: " fmt

#include <linux/export.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/jump_label.h>
#include <linux/memmap_init.h>
#include <linux/memmap_pristine.h>
#include <linux/memory_hotplug.h>
#include <linux/printk.h>
#include <linux/vmcore_info.h>
#include <linux/workqueue.h>
#include <trace/events/memmap_init.h>
#include "../../internal.h"
#include "kernel.h"

DEFINE_PER_CPU(unsigned long, memmap_nr_pulls);

#ifdef CONFIG_DEBUG_VM
/*
 * Negative control for tests: with the memmap poisoned, a walker that gets to
 * see pristine struct pages must be caught.
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

bool __memmap_pfn_pristine(unsigned long pfn)
{
	unsigned int i;

	/* A node's set is told from its pfns: its struct pages say nothing. */
	for (i = 0; i < memmap_boot.nr_sets; i++)
		if (memmap_extents_test(memmap_boot.sets[i], pfn))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(__memmap_pfn_pristine);

bool __memmap_pfn_hidden(unsigned long pfn)
{
	return !memmap_noguard && __memmap_pfn_pristine(pfn);
}

bool __memmap_zone_pfn_pristine(const struct zone *zone, unsigned long pfn)
{
	return zone->pristine && memmap_extents_test(zone->pristine, pfn);
}

unsigned long __memmap_zone_pristine(const struct zone *zone)
{
	return zone->pristine ? READ_ONCE(zone->pristine->nr_pages) : 0;
}

/*
 * page_alloc_init_late() may still have to write the tails of gigantic pages
 * from the boot line; until then nobody may look at a zone as a whole.
 */
static bool memmap_booted;

static bool may_update_zones(void)
{
	/*
	 * Pairs with update_zones_at_boot(): it sees that the caller's last pristine page
	 * is gone, or the caller sees its flag.
	 */
	smp_mb();
	return READ_ONCE(memmap_booted);
}

/**
 * memmap_update_zones - look whether anything is still pristine
 *
 * A zone with nothing pristine may skip the checks that pageblock_pfn_to_page()
 * makes. Once no zone has anything, all hooks are switched off. Before the
 * initcalls it leaves that to them.
 *
 * Context: process context, may sleep.
 */
void memmap_update_zones(void)
{
	unsigned int i;

	if (!may_update_zones())
		return;
	get_online_mems();
	for (i = 0; i < memmap_boot.nr_sets; i++) {
		struct memmap_extents *set = memmap_boot.sets[i];

		if (!READ_ONCE(set->nr_pages) && !set->zone->contiguous &&
		    !zone_is_empty(set->zone))
			set_zone_contiguous(set->zone);
	}
	put_online_mems();
	if (!memmap_boot_pristine(&memmap_boot))
		static_branch_disable(&memmap_pristine_key);
}

static int __init update_zones_at_boot(void)
{
	/* Full barrier: pairs with may_update_zones(). */
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

/* A wakeup must not happen under zone->lock; an interrupt comes after it. */
static void update_irq_fn(struct irq_work *work)
{
	schedule_work(&update_work);
}
static DEFINE_IRQ_WORK(update_irq, update_irq_fn);

void memmap_update_zones_later(void)
{
	if (may_update_zones())
		irq_work_queue(&update_irq);
}

bool __memmap_pull_block(struct zone *zone, int migratetype)
{
	struct free_area *area = &zone->free_area[MAX_PAGE_ORDER];
	int mt;

	if (!__memmap_zone_pristine(zone))
		return false;

	/*
	 * Movable requests would have found a pristine block in their own
	 * list. Others claim a block of another type if there is one, so
	 * that no memory is initialised while any is left.
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

int __memmap_populate_range(unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned int i;
	int ret;

	for (i = 0; i < memmap_boot.nr_sets; i++) {
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
	/* Pairs with write_seqcount_begin() in extents_write_begin() */
	smp_rmb();
	return 0;
}
EXPORT_SYMBOL_GPL(__memmap_populate_range);

#ifdef CONFIG_VMCORE_INFO
/**
 * memmap_vmcoreinfo - tell a dump tool where the extents are
 *
 * It must not judge pages by struct pages that nobody has written: all pages
 * in an extent are free.
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
