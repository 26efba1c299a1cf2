// SPDX-License-Identifier: GPL-2.0-only
/*
 * In what state a block is, as far as can be seen without holding its pages. A
 * look may be wrong a moment later; the step that relies on it says so then.
 */
#include <linux/dnuma.h>
#include <linux/hugetlb.h>
#include <linux/memory_hotplug.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include "../../internal.h"
#include "kernel.h"

/* Slab, page tables, stacks, and what a device has pinned for long. */
static bool folio_stays(struct folio *folio)
{
	/* More than a block moves as one or not at all. */
	if (folio_order(folio) > MAX_PAGE_ORDER)
		return true;
	if (folio_test_hugetlb(folio))
		return !hugepage_migration_supported(folio_hstate(folio));
	if (folio_test_lru(folio))
		return folio_maybe_dma_pinned(folio);
	return !__folio_test_movable(folio);
}

/*
 * Look at the pages from one on. Nobody holds them, so each may be another one
 * a moment later: sizes are only believed as far as they fit the block.
 */
static enum dnuma_state look_pages(unsigned long pfn, unsigned long end_pfn)
{
	enum dnuma_state state = DNUMA_USED;
	unsigned long nr;

	for (; pfn < end_pfn; pfn += nr) {
		struct page *page = pfn_to_page(pfn);
		struct folio *folio;

		nr = 1;
		if (PageReserved(page) || PageOffline(page) ||
		    PageHWPoison(page))
			return DNUMA_UNMOVABLE;
		if (PageBuddy(page)) {
			unsigned int order = buddy_order_unsafe(page);

			if (order <= MAX_PAGE_ORDER)
				nr = 1UL << order;
			if (nr == DNUMA_BLOCK_PAGES)
				state = DNUMA_FREE;
			continue;
		}
		/* Not in use: on the list of a CPU, or about to be freed. */
		if (!PageCompound(page) && !page_ref_count(page))
			continue;
		folio = page_folio(page);
		if (folio_stays(folio))
			return DNUMA_UNMOVABLE;
		nr = folio_nr_pages(folio) - folio_page_idx(folio, page);
		nr = clamp(nr, 1UL, end_pfn - pfn);
	}
	return state;
}

static enum dnuma_state look_block(struct zone *zone, unsigned long start_pfn)
{
	unsigned long end_pfn = start_pfn + DNUMA_BLOCK_PAGES, pfn;

	/* All of it in one zone, or the block is none. */
	if (start_pfn < zone->zone_start_pfn || end_pfn > zone_end_pfn(zone))
		return DNUMA_OFFLINE;
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages) {
		struct page *page = pfn_to_online_page(pfn);
		int mt;

		if (!page || page_zone(page) != zone ||
		    page_zone(pfn_to_page(pfn + pageblock_nr_pages - 1)) != zone)
			return DNUMA_OFFLINE;
		if (is_zone_device_page(page))
			return DNUMA_FOREIGN;
		mt = get_pageblock_migratetype(page);
		if (is_migrate_cma(mt) || is_migrate_highatomic(mt))
			return DNUMA_FOREIGN;
		/* Somebody empties it for himself. */
		if (is_migrate_isolate(mt))
			return DNUMA_UNMOVABLE;
	}
	return look_pages(start_pfn, end_pfn);
}

/**
 * dnuma_look - in what state blocks are; a dnuma_look_fn
 * @arg: unused
 * @start_pfn: first page of a block
 * @end_pfn: where to stop
 * @run: out
 *
 * Context: mem_hotplug_lock held.
 */
void dnuma_look(void *arg, unsigned long start_pfn, unsigned long end_pfn,
		struct dnuma_run *run)
{
	int nid = memlayout_lookup(dnuma_actual(), start_pfn);
	struct page *page;

	run->end_pfn = start_pfn + DNUMA_BLOCK_PAGES;
	run->zone = 0;
	run->state = DNUMA_OFFLINE;
	if (!dnuma_pristine_look(nid, start_pfn, end_pfn, run)) {
		page = pfn_to_online_page(start_pfn);
		/* Initialised a moment ago it would be no longer pristine. */
		if (page && page_to_nid(page) == nid) {
			run->zone = page_zonenum(page);
			run->state = look_block(page_zone(page), start_pfn);
		}
	}
	cond_resched();
}
