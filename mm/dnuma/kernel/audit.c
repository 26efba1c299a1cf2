// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit: what each zone counts, beside what a walk of its pages finds.
 *
 *	managed == walked	pages in the zone that are not reserved
 *	free == buddy + pristine	while nothing else runs
 *	free <= managed <= present <= spanned
 */
#include <linux/dnuma.h>
#include <linux/memmap_pristine.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>
#include "../../internal.h"
#include "kernel.h"

/**
 * struct walk - what a walk of a zone finds
 * @managed: pages that are not reserved
 * @buddy: on a free list
 * @isolated: on a free list, but nobody can allocate them
 */
struct walk {
	unsigned long managed;
	unsigned long buddy;
	unsigned long isolated;
};

static void walk_pageblock(struct zone *zone, struct walk *walk,
			   unsigned long pfn, unsigned long end_pfn)
{
	unsigned long flags;

	/* Blocks on the free lists stay there meanwhile. */
	spin_lock_irqsave(&zone->lock, flags);
	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);
		unsigned long nr = 1;

		if (page_zone(page) == zone && PageBuddy(page)) {
			nr = 1UL << buddy_order(page);
			walk->managed += nr;
			if (is_migrate_isolate_page(page))
				walk->isolated += nr;
			else
				walk->buddy += nr;
		} else if (page_zone(page) == zone && !PageReserved(page)) {
			walk->managed++;
		}
		pfn += nr;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void walk_zone(struct zone *zone, struct walk *walk)
{
	unsigned long pfn = zone->zone_start_pfn, end_pfn = zone_end_pfn(zone);

	while (pfn < end_pfn) {
		/* A whole block, as none is longer; what is behind is not read. */
		unsigned long next = min(end_pfn,
					 ALIGN(pfn + 1, DNUMA_BLOCK_PAGES));

		if (memmap_zone_pfn_pristine(zone, pfn))
			walk->managed += next - pfn;
		else if (pfn_to_online_page(pfn))
			walk_pageblock(zone, walk, pfn, next);
		pfn = next;
		cond_resched();
	}
}

static void audit_zone(struct seq_file *m, struct zone *zone)
{
	unsigned long pristine = memmap_zone_pristine(zone);
	unsigned long managed = zone_managed_pages(zone);
	/* What is being written is free, and not counted until then. */
	unsigned long free = zone_page_state_snapshot(zone, NR_FREE_PAGES) +
			     memmap_zone_busy(zone);
	struct walk walk = { 0 };

	walk_zone(zone, &walk);
	seq_printf(m, "%d %s %lu %lu %lu %lu %lu %lu %lu %lu %lu %s\n",
		   zone_to_nid(zone), zone->name, zone->spanned_pages,
		   zone->present_pages, managed, walk.managed, free, walk.buddy,
		   pristine, walk.isolated, min_wmark_pages(zone),
		   managed == walk.managed && managed <= zone->present_pages &&
				   zone->present_pages <= zone->spanned_pages ?
			   "ok" :
			   "DIFFERENT");
}

/**
 * dnuma_audit_show - print the audit
 * @m: to there
 * @unused: unused
 *
 * Context: process context, may sleep.
 * Return: 0.
 */
int dnuma_audit_show(struct seq_file *m, void *unused)
{
	int nid;
	unsigned int i;

	seq_puts(m,
		 "node zone spanned present managed walked free buddy pristine isolated min\n");
	get_online_mems();
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (!zone_is_empty(dnuma_zone(nid, i)))
				audit_zone(m, dnuma_zone(nid, i));
	put_online_mems();
	return 0;
}
