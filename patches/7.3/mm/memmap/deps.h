/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_MEMMAP_DEPS_H
#define _MM_MEMMAP_DEPS_H

/*
 * What this folder needs of mm/ and gets in another way from another version of
 * Linux. A port changes this file and no other one of the folder.
 */
#include <linux/kexec_handover.h>
#include <linux/mmzone.h>
#include <linux/page-isolation.h>
#include "../internal.h"
#include "../mm_init.h"
#include "../page_alloc.h"

/**
 * memmap_set_pageblock_type - set the migrate type of a pageblock
 * @page: its first page; the pageblock is not isolated
 * @migratetype: the type
 *
 * Context: zone->lock held, or one CPU while the machine boots.
 */
static inline void memmap_set_pageblock_type(struct page *page, int migratetype)
{
	init_pageblock_migratetype(page, migratetype, false);
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
	__mod_zone_page_state(zone, NR_FREE_PAGES_BLOCKS, nr_pages);
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
	/* Kexec handover's scratch memory, which is to hold nothing unmovable */
	if (kho_scratch_overlap(PFN_PHYS(pfn), nr_pages << PAGE_SHIFT))
		return MIGRATE_CMA;
	return MIGRATE_MOVABLE;
}

/*
 * memmap_free_early() gives memory from memblock_alloc() to the buddy allocator,
 * when memblock_free_all() has run.
 */
#define memmap_free_early(start, bytes) memblock_free(start, bytes)

#endif /* _MM_MEMMAP_DEPS_H */
