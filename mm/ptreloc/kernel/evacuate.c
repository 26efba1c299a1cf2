// SPDX-License-Identifier: GPL-2.0-only
/*
 * All page tables leave memory that is wanted for something else: a range that
 * goes offline, or blocks that targeted defragmentation has isolated.
 */
#include <linux/dnuma_defrag.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/ptreloc_hooks.h>
#include "kernel.h"

static int evacuate(struct ptreloc_order *order)
{
	int err;

	mutex_lock(&ptreloc_mutex);
	err = ptreloc_all(order);
	mutex_unlock(&ptreloc_mutex);
	ptreloc_order_end(order);
	return err;
}

/**
 * ptreloc_evacuate_cpuslocked - move page tables, and their locks, out of a range
 * @start_pfn: of the range
 * @end_pfn: its end
 *
 * New tables may come into it meanwhile, and after.
 *
 * Context: process context, may sleep; cpus_read_lock() held, as it is while
 * memory goes offline.
 * Return: 0, or -EINTR after a fatal signal.
 */
int ptreloc_evacuate_cpuslocked(unsigned long start_pfn, unsigned long end_pfn)
{
	struct ptreloc_order order;
	int err;

	if (ptreloc_spoilt(PTRELOC_SPOIL_EVACUATE))
		return 0;
	ptreloc_begin_cpuslocked();
	ptreloc_order_init(&order);
	order.wants = ptreloc_holds;
	order.page = ptreloc_page_near;
	order.start_pfn = start_pfn;
	order.end_pfn = end_pfn;
	err = evacuate(&order);
	ptreloc_give_locks_back();
	return err;
}

#ifdef CONFIG_DYNAMIC_NUMA
/* Blocks that have slab in their way are not emptied, so locks do not matter. */
static bool is_isolated(struct ptreloc_order *order, unsigned long pfn)
{
	return ptreloc_in_range(order, pfn) &&
	       is_migrate_isolate_page(pfn_to_page(pfn));
}

/* No page of an isolated pageblock is allocated, so any page will do. */
static struct page *page_on_node(struct ptreloc_order *order, unsigned long pfn)
{
	return alloc_pages_node(page_to_nid(pfn_to_page(pfn)), order->gfp, 0);
}

/*
 * Page tables leave the isolated pageblocks of a range. As nothing is reclaimed
 * for a page that is migrated, nothing is for a table: it stays if there is no
 * free page on its node, or no room in its memory cgroup.
 */
static void evacuate_isolated(unsigned long start_pfn, unsigned long end_pfn)
{
	struct ptreloc_order order;

	if (ptreloc_spoilt(PTRELOC_SPOIL_EVACUATE))
		return;
	ptreloc_begin_cpuslocked();
	ptreloc_order_init(&order);
	order.wants = is_isolated;
	order.page = page_on_node;
	order.gfp = __GFP_IO | __GFP_FS | __GFP_NOWARN | __GFP_THISNODE;
	order.start_pfn = start_pfn;
	order.end_pfn = end_pfn;
	evacuate(&order);
}

static int __init evacuate_init(void)
{
	dnuma_defrag_tables = evacuate_isolated;
	return 0;
}
late_initcall(evacuate_init);
#endif
