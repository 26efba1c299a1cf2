/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_MEMMAP_DEPS_H
#define _MM_MEMMAP_DEPS_H

/*
 * What this folder needs of mm/ and gets in another way from another version of
 * Linux. A port changes this file and no other one of the folder.
 */
#include <linux/mmzone.h>
#include <linux/page-isolation.h>
#include "../internal.h"

/**
 * memmap_set_pageblock_type - set the migrate type of a pageblock
 * @page: its first page; the pageblock is not isolated
 * @migratetype: the type
 *
 * Context: zone->lock held, or one CPU while the machine boots.
 */
static inline void memmap_set_pageblock_type(struct page *page, int migratetype)
{
	set_pageblock_migratetype(page, migratetype);
}

/**
 * memmap_count_free - count pages of whole movable pageblocks as free
 * @zone: their zone
 * @nr_pages: pages
 *
 * Context: zone->lock held.
 */
static inline void memmap_count_free(struct zone *zone, long nr_pages)
{
	__mod_zone_page_state(zone, NR_FREE_PAGES, nr_pages);
}

/**
 * memmap_boot_type - of which migrate type is memory that boot frees?
 * @pfn: first page
 * @nr_pages: pages; no two of them differ in memblock's flags
 *
 * Context: boot.
 * Return: MIGRATE_MOVABLE, or the type that the pages must keep.
 */
static inline int memmap_boot_type(unsigned long pfn, unsigned long nr_pages)
{
	return MIGRATE_MOVABLE;
}

/*
 * memmap_free_early() gives memory from memblock_alloc() to the buddy allocator,
 * when memblock_free_all() has run.
 */
#define memmap_free_early(start, bytes) memblock_free_late(__pa(start), bytes)

#endif /* _MM_MEMMAP_DEPS_H */
