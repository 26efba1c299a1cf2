// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in a block that may be emptied, page by page, as far as can be seen
 * without holding its pages. It may be wrong a moment later; migration finds out.
 */
#include <linux/dnuma_defrag.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/pagemap.h>
#include "../../internal.h"
#include "defrag.h"
#include "kernel.h"

/*
 * References beyond those of page tables, page cache and buffers, with one of the
 * caller. Before migration they may be those of a CPU's LRU batch.
 */
static bool has_more_references(struct folio *folio)
{
	int refs = 1 + folio_mapcount(folio);

	if (folio->mapping &&
	    (!folio_test_anon(folio) || folio_test_swapcache(folio)))
		refs += folio_nr_pages(folio);
	if (folio_test_private(folio))
		refs++;
	return folio_ref_count(folio) > refs;
}

/* Would migration have to write it first, which only MIGRATE_SYNC does? */
static bool has_to_be_written(struct folio *folio)
{
	struct address_space *mapping;
	bool written = false;

	/* Its mapping may go unless it is locked. */
	if (!folio_trylock(folio))
		return false;
	mapping = folio_mapping(folio);
	if (mapping && folio_test_dirty(folio))
		written = !mapping->a_ops->migrate_folio;
	folio_unlock(folio);
	return written;
}

/* What can only be seen with a reference. */
static enum dnuma_obstacle look_closely(struct page *page, struct folio *folio,
					enum dnuma_when when)
{
	enum dnuma_obstacle kind = DNUMA_NR_OBSTACLES;

	if (!folio_try_get(folio))
		return kind;
	/* It may have been freed and allocated again. */
	if (page_folio(page) == folio && folio_test_lru(folio)) {
		if (has_to_be_written(folio))
			kind = DNUMA_DIRTY;
		else if (when == DNUMA_TRIED && has_more_references(folio))
			kind = DNUMA_PINNED;
	}
	folio_put(folio);
	return kind;
}

static enum dnuma_obstacle
folio_obstacle(const struct dnuma_defrag_request *request, struct page *page,
	       struct folio *folio, enum dnuma_when when)
{
	enum dnuma_obstacle kind = dnuma_folio_stays(folio);

	/* Those that are still there when it is isolated do not move. */
	if (kind == DNUMA_PAGE_TABLE && when == DNUMA_SEEN &&
	    dnuma_tables_move(request))
		return DNUMA_NR_OBSTACLES;
	if (kind != DNUMA_NR_OBSTACLES)
		return kind;
	/* What isolate_migratepages_block() leaves alone. */
	if (folio_test_hugetlb(folio) ||
	    folio_order(folio) >= min(request->order, pageblock_order))
		return DNUMA_LARGE;
	if (!folio_test_lru(folio))
		return kind;
	if (!sysctl_compact_unevictable_allowed && folio_test_mlocked(folio))
		return DNUMA_MLOCKED;
	if (folio_test_writeback(folio))
		return DNUMA_WRITEBACK;
	if (folio_test_locked(folio))
		return DNUMA_LOCKED;
	if (when == DNUMA_TRIED ||
	    (folio_test_dirty(folio) && !folio_test_anon(folio)))
		return look_closely(page, folio, when);
	return kind;
}

/*
 * Is all of a block in one zone, and are its pageblocks of a type that everybody
 * may use? Types of pageblocks do not matter once they are isolated.
 */
static bool block_usable(unsigned long start_pfn, unsigned int order,
			 enum dnuma_when when)
{
	unsigned long last_pfn = start_pfn + (1UL << order) - 1, pfn;
	struct page *page = pfn_to_online_page(start_pfn);
	struct page *last = pfn_to_online_page(last_pfn);
	struct zone *zone;

	if (!page || !last || is_zone_device_page(page))
		return false;
	zone = page_zone(page);
	if (page_zone(last) != zone || !zone_spans_pfn(zone, start_pfn) ||
	    !zone_spans_pfn(zone, last_pfn))
		return false;
	for (pfn = start_pfn; when == DNUMA_SEEN && pfn <= last_pfn;
	     pfn += pageblock_nr_pages)
		if (get_pageblock_migratetype(pfn_to_page(pfn)) >=
		    MIGRATE_PCPTYPES)
			return false;
	return true;
}

/**
 * dnuma_in_buddy - is a block one free buddy, or part of one?
 * @pfn: its first page
 * @order: of the block
 *
 * Context: any; exact with zone->lock.
 * Return: true if it is.
 */
bool dnuma_in_buddy(unsigned long pfn, unsigned int order)
{
	for (; order <= MAX_PAGE_ORDER; order++) {
		struct page *page = pfn_to_page(ALIGN_DOWN(pfn, 1UL << order));

		if (PageBuddy(page) && buddy_order_unsafe(page) >= order)
			return true;
	}
	return false;
}

/**
 * dnuma_block_free - is a block free as a whole, and for everybody?
 * @start_pfn: its first page, a multiple of its size
 * @order: of the block
 *
 * Context: mem_hotplug_lock held.
 * Return: true if it is.
 */
bool dnuma_block_free(unsigned long start_pfn, unsigned int order)
{
	return block_usable(start_pfn, order, DNUMA_SEEN) &&
	       dnuma_in_buddy(start_pfn, order);
}

/**
 * dnuma_block_look - what is in a block?
 * @request: for whom it may be emptied
 * @start_pfn: its first page, a multiple of its size; not pristine
 * @when: what has been done to it
 * @block: out
 *
 * Context: mem_hotplug_lock held; neither sleeps nor waits.
 */
void dnuma_block_look(const struct dnuma_defrag_request *request,
		      unsigned long start_pfn, enum dnuma_when when,
		      struct dnuma_defrag_block *block)
{
	unsigned long end_pfn = start_pfn + (1UL << request->order);
	unsigned long pfn, nr;
	bool room;

	memset(block, 0, sizeof(*block));
	block->start_pfn = start_pfn;
	if (!block_usable(start_pfn, request->order, when)) {
		block->pages[DNUMA_FOREIGN_BLOCK] = end_pfn - start_pfn;
		return;
	}
	block->free = dnuma_in_buddy(start_pfn, request->order);
	/* Movable pages are migrated to such pageblocks while there are any. */
	room = get_pageblock_migratetype(pfn_to_page(start_pfn)) ==
	       MIGRATE_MOVABLE;
	for (pfn = start_pfn; !block->free && pfn < end_pfn; pfn += nr) {
		enum dnuma_obstacle kind = DNUMA_RESERVED;
		struct folio *folio;
		bool reserved;

		nr = dnuma_page_look(pfn, end_pfn, &folio, &reserved);
		if (!folio && !reserved) {
			if (room)
				block->room += min(nr, end_pfn - pfn);
			continue;
		}
		if (folio)
			kind = folio_obstacle(request, pfn_to_page(pfn), folio,
					      when);
		if (kind == DNUMA_NR_OBSTACLES)
			block->movable += nr;
		else
			block->pages[kind] += nr;
	}
}
