/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_SHIM_INTERNAL_H
#define SIM_SHIM_INTERNAL_H

/* What the core takes of mm/internal.h. */

#include <linux/mm.h>

/**
 * __init_single_page - write a struct page as that of a page in use
 * @page: the struct page
 * @pfn: its page
 * @zone: index of the zone
 * @nid: node
 *
 * Mainline's first pass; the core makes its template of a free page from it.
 */
static inline void __init_single_page(struct page *page, unsigned long pfn,
				      unsigned long zone, int nid)
{
	*page = (struct page){
		.flags = (unsigned long)nid << 58 | zone << 56 | 0xffUL << 40,
		.page_type = PAGE_TYPE_NONE,
		._refcount = { 1 },
	};
	INIT_LIST_HEAD(&page->lru);
}

/**
 * memmap_free_block - link a block of the top order into a free list
 * @zone: its zone
 * @page: its first page
 * @migratetype: type of the list
 *
 * Context: zone->lock held.
 */
static inline void memmap_free_block(struct zone *zone, struct page *page,
				     int migratetype)
{
	struct free_area *area = &zone->free_area[MAX_PAGE_ORDER];

	__mod_zone_page_state(zone, NR_FREE_PAGES, MAX_ORDER_NR_PAGES);
	set_page_private(page, MAX_PAGE_ORDER);
	__SetPageBuddy(page);
	list_add_tail(&page->buddy_list, &area->free_list[migratetype]);
	area->nr_free++;
}

#endif /* SIM_SHIM_INTERNAL_H */
