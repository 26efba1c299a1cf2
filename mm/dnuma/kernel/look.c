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

/**
 * dnuma_folio_stays - can a folio not be migrated, as far as can be seen?
 * @folio: the folio; nobody need hold it
 *
 * Context: any.
 * Return: why not; DNUMA_NR_OBSTACLES if it can.
 */
enum dnuma_obstacle dnuma_folio_stays(struct folio *folio)
{
	/* More than a block moves as one or not at all. */
	if (folio_order(folio) > MAX_PAGE_ORDER)
		return DNUMA_LARGE;
	if (folio_test_hugetlb(folio))
		return hugepage_migration_supported(folio_hstate(folio)) ?
			       DNUMA_NR_OBSTACLES :
			       DNUMA_LARGE;
	if (folio_test_lru(folio))
		return folio_maybe_dma_pinned(folio) ? DNUMA_PINNED :
						       DNUMA_NR_OBSTACLES;
	/* What list_del() leaves in a full slab looks like the mark below. */
	if (folio_test_slab(folio))
		return DNUMA_SLAB;
	if (__folio_test_movable(folio))
		return DNUMA_NR_OBSTACLES;
	if (folio_test_pgtable(folio))
		return DNUMA_PAGE_TABLE;
	/* Of a process or a file, and off the LRU: somebody works on it. */
	if (folio_mapped(folio) || READ_ONCE(folio->mapping))
		return DNUMA_FAILED;
	return DNUMA_KERNEL;
}

/**
 * dnuma_page_look - what is at a page?
 * @pfn: the page
 * @end_pfn: where to stop
 * @folio: out: the folio that it belongs to; NULL: it is not in use, or reserved
 * @reserved: out: it is reserved, offline or poisoned
 *
 * Nobody holds the page, so it may be another one a moment later: sizes are only
 * believed as far as they fit a block.
 *
 * Context: any; the struct page is initialised.
 * Return: pages for which the same holds; those of a free buddy may go beyond
 * @end_pfn.
 */
unsigned long dnuma_page_look(unsigned long pfn, unsigned long end_pfn,
			      struct folio **folio, bool *reserved)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long nr;

	*folio = NULL;
	*reserved = PageReserved(page) || PageOffline(page) ||
		    PageHWPoison(page);
	if (*reserved)
		return 1;
	if (PageBuddy(page)) {
		unsigned int order = buddy_order_unsafe(page);

		return order <= MAX_PAGE_ORDER ? 1UL << order : 1;
	}
	/* Not in use: on the list of a CPU, or about to be freed. */
	if (!PageCompound(page) && !page_ref_count(page))
		return 1;
	*folio = page_folio(page);
	nr = folio_nr_pages(*folio) - folio_page_idx(*folio, page);
	return clamp(nr, 1UL, end_pfn - pfn);
}

static enum dnuma_state look_pages(unsigned long pfn, unsigned long end_pfn)
{
	enum dnuma_state state = DNUMA_USED;
	struct folio *folio;
	unsigned long nr;
	bool reserved;

	for (; pfn < end_pfn; pfn += nr) {
		nr = dnuma_page_look(pfn, end_pfn, &folio, &reserved);
		if (reserved)
			return DNUMA_UNMOVABLE;
		if (folio && dnuma_folio_stays(folio) != DNUMA_NR_OBSTACLES)
			return DNUMA_UNMOVABLE;
		if (!folio && nr == DNUMA_BLOCK_PAGES)
			state = DNUMA_FREE;
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
