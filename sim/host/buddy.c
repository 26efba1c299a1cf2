// SPDX-License-Identifier: GPL-2.0-only
/*
 * A buddy allocator as Linux has it, less what the memmap has no part in: no
 * per-CPU lists, no watermarks. What matters is the same: free lists per
 * order and migrate type under one zone lock, and the place where an
 * allocation that found nothing pulls a pristine block.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/page-isolation.h>
#include "base/hist.h"
#include "base/clock.h"
#include "base/die.h"
#include "host/buddy.h"

static void list_block(struct zone *zone, struct page *page, unsigned int order,
		       int migratetype)
{
	set_page_private(page, order);
	__SetPageBuddy(page);
	list_add_tail(&page->buddy_list,
		      &zone->free_area[order].free_list[migratetype]);
	zone->free_area[order].nr_free++;
}

static void unlist_block(struct zone *zone, struct page *page,
			 unsigned int order)
{
	list_del(&page->buddy_list);
	INIT_LIST_HEAD(&page->buddy_list);
	__ClearPageBuddy(page);
	set_page_private(page, 0);
	zone->free_area[order].nr_free--;
}

/* Halve a block until it has the order wanted; the upper halves stay free. */
static void expand(struct zone *zone, struct page *page, unsigned int low,
		   unsigned int high, int migratetype)
{
	while (high > low) {
		high--;
		list_block(zone, page + (1UL << high), high, migratetype);
	}
}

static struct page *alloc_type(struct zone *zone, unsigned int order, int from,
			       int to)
{
	unsigned int o;

	for (o = order; o <= MAX_PAGE_ORDER; o++) {
		struct list_head *list = &zone->free_area[o].free_list[from];
		struct page *page;

		if (list->next == list)
			continue;
		page = (struct page *)((char *)list->next -
				       offsetof(struct page, buddy_list));
		unlist_block(zone, page, o);
		if (o == MAX_PAGE_ORDER && from != to) {
			set_pageblock_migratetype(page, to);
			set_pageblock_migratetype(page + 512, to);
		}
		expand(zone, page, order, o, to);
		return page;
	}
	return NULL;
}

/* A whole initialised block changes its type. */
static struct page *alloc_claim(struct zone *zone, unsigned int order, int to)
{
	struct page *page = alloc_type(zone, MAX_PAGE_ORDER, MIGRATE_MOVABLE,
				       to);

	if (page)
		expand(zone, page, order, MAX_PAGE_ORDER, to);
	return page;
}

/**
 * buddy_alloc - take 2^@order pages
 * @boot: where a pristine block comes from
 * @zone: the zone
 * @order: 0 to MAX_PAGE_ORDER
 * @migratetype: MIGRATE_MOVABLE or another
 *
 * Free lists of its own type first, then a pristine block, then another type's
 * lists: the order in which Linux tries. But a request that is not movable claims
 * an initialised top-order block of another type before it has one initialised.
 *
 * Context: any thread; takes zone->lock.
 * Return: the first page, refcount 1, or NULL.
 */
struct page *buddy_alloc(struct memmap_boot *boot, struct zone *zone,
			 unsigned int order, int migratetype)
{
	u64 start = zone->hold ? 1 : 0;
	unsigned long flags;
	struct page *page;
	int type;

	spin_lock_irqsave(&zone->lock, flags);
	if (start)
		start = clock_ns();
	page = alloc_type(zone, order, migratetype, migratetype);
	if (!page && migratetype != MIGRATE_MOVABLE)
		page = alloc_claim(zone, order, migratetype);
	if (!page && memmap_pull(boot, zone, migratetype))
		page = alloc_type(zone, order, migratetype, migratetype);
	for (type = 0; !page && type < MIGRATE_TYPES; type++)
		page = alloc_type(zone, order, type, migratetype);
	if (page) {
		__mod_zone_page_state(zone, NR_FREE_PAGES, -(1L << order));
		set_page_count(page, 1);
	}
	if (start)
		hist_add(zone->hold, clock_ns() - start);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

/**
 * buddy_free - give 2^@order pages back
 * @zone: their zone
 * @page: the first of them
 * @order: as allocated
 *
 * Context: any thread; takes zone->lock.
 */
void buddy_free(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page), flags;
	unsigned long end = zone->zone_start_pfn + zone->spanned_pages;

	spin_lock_irqsave(&zone->lock, flags);
	__mod_zone_page_state(zone, NR_FREE_PAGES, 1L << order);
	set_page_count(page, 0);
	for (; order < MAX_PAGE_ORDER; order++) {
		unsigned long other_pfn = pfn ^ (1UL << order);
		struct page *other = pfn_to_page(other_pfn);

		if (other_pfn < zone->zone_start_pfn || other_pfn >= end ||
		    other->flags != page->flags || !PageBuddy(other) ||
		    other->private != order)
			break;
		unlist_block(zone, other, order);
		pfn &= other_pfn;
	}
	list_block(zone, pfn_to_page(pfn), order,
		   get_pageblock_migratetype(pfn_to_page(pfn)));
	spin_unlock_irqrestore(&zone->lock, flags);
}

/**
 * buddy_profile_begin - record how long allocations hold the zone lock
 * @zone: the zone; an allocation's pull is a part of it
 *
 * Context: no allocation is under way.
 */
void buddy_profile_begin(struct zone *zone)
{
	free(zone->hold);
	zone->hold = xcalloc(1, sizeof(*zone->hold));
}

/**
 * buddy_profile_end - record no longer
 * @zone: the zone
 * @hist: what was recorded is added to it
 *
 * Context: no allocation is under way.
 */
void buddy_profile_end(struct zone *zone, struct hist *hist)
{
	if (zone->hold)
		hist_merge(hist, zone->hold);
	free(zone->hold);
	zone->hold = NULL;
}
