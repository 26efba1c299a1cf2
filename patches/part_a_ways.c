// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mainline 7.3 does to deferred struct pages, and what part A does, in user
 * space. Both end with each block of MAX_PAGE_ORDER in a free list.
 *
 * Compiled without vector registers, as the kernel is.
 */
#include <linux/pageblock-flags.h>
#include "mm/memmap/extent.c" /* for its count, to begin again */
#include "part_a_ways.h"

#define PIECE_BYTES  (2UL << 20)
#define CHECK_FLAGS  0xffUL
#define PAGEBLOCKS   (MAX_ORDER_NR_PAGES / pageblock_nr_pages)
#define MAX_SECTIONS 4096

void roofline_fill(char *to, size_t bytes, bool nt);

struct page *vmemmap;
static struct zone zone;
static struct list_head half_blocks;
static u8 types[MAX_SECTIONS * PAGES_PER_SECTION >> pageblock_order];
static unsigned long nr_pages, next;

void ways_reset(unsigned long nr)
{
	nr_pages = nr;
	next = 0;
	zone = (struct zone){ .spanned_pages = nr };
	spin_lock_init(&zone.lock);
	INIT_LIST_HEAD(&half_blocks);
	INIT_LIST_HEAD(
		&zone.free_area[MAX_PAGE_ORDER].free_list[MIGRATE_MOVABLE]);
	memmap_extents_free();
	nr_extents = 0;
	memmap_extents_init();
	memmap_extents_add(&zone, 0, nr);
}

unsigned long ways_free_pages(void)
{
	return zone.free_area[MAX_PAGE_ORDER].nr_free * MAX_ORDER_NR_PAGES;
}

static void set_types(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i += pageblock_nr_pages)
		WRITE_ONCE(types[(pfn + i) >> pageblock_order],
			   MIGRATE_MOVABLE);
}

/* split_large_buddy(): it frees pageblocks, and each meets the one before it. */
static noinline void free_block(struct page *page, unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < PAGEBLOCKS; i++) {
		struct page *half = page + i * pageblock_nr_pages;
		u8 type = READ_ONCE(types[(pfn >> pageblock_order) + i]);

		if (i && PageBuddy(page) && page->private == pageblock_order) {
			list_del(&page->buddy_list);
			__ClearPageBuddy(page);
			set_page_private(page, 0);
			memmap_free_block(&zone, page, type);
			continue;
		}
		set_page_private(half, pageblock_order);
		__SetPageBuddy(half);
		list_add_tail(&half->buddy_list, &half_blocks);
	}
}

/* Kept out of line: three loops must not be fused into one. */
static noinline void init_pages(unsigned long pfn, unsigned long end_pfn)
{
	for (; pfn < end_pfn; pfn++)
		__init_single_page(pfn_to_page(pfn), pfn, zone_idx(&zone),
				   zone.node);
}

static noinline void free_core(struct page *page)
{
	unsigned long i;

	for (i = 0; i < MAX_ORDER_NR_PAGES; i++) {
		__ClearPageReserved(page + i);
		set_page_count(page + i, 0);
	}
	atomic_long_add(MAX_ORDER_NR_PAGES, &zone.managed_pages);
}

static noinline void free_prepare(struct page *page)
{
	unsigned long i;

	for (i = 1; i < MAX_ORDER_NR_PAGES; i++)
		page[i].flags &= ~CHECK_FLAGS;
	page->flags &= ~CHECK_FLAGS;
	page->private = 0;
}

/* Threads take sections in turn, as padata has them. */
void way_today(void)
{
	unsigned long pfn, end, flags;

	while ((pfn = __atomic_fetch_add(&next, PAGES_PER_SECTION,
					 __ATOMIC_RELAXED)) < nr_pages) {
		end = pfn + PAGES_PER_SECTION;
		for (; pfn < end; pfn += MAX_ORDER_NR_PAGES) {
			struct page *page = pfn_to_page(pfn);

			init_pages(pfn, pfn + MAX_ORDER_NR_PAGES);
			set_types(pfn, MAX_ORDER_NR_PAGES);
			free_core(page);
			free_prepare(page);
			spin_lock_irqsave(&zone.lock, flags);
			free_block(page, pfn);
			spin_unlock_irqrestore(&zone.lock, flags);
		}
	}
}

/* deferred_init_blocks() and __free_blocks_core(), a section at a time. */
void way_part_a(void)
{
	struct memmap_chunk chunk;
	unsigned long pfn, flags, i;

	while (memmap_extents_claim(&chunk, 0)) {
		for (pfn = chunk.start_pfn; pfn < chunk.end_pfn;
		     pfn += PAGES_PER_SECTION) {
			memmap_page_init(&zone, pfn, PAGES_PER_SECTION);
			set_types(pfn, PAGES_PER_SECTION);
			atomic_long_add(PAGES_PER_SECTION, &zone.managed_pages);
			spin_lock_irqsave(&zone.lock, flags);
			for (i = 0; i < PAGES_PER_SECTION;
			     i += MAX_ORDER_NR_PAGES)
				free_block(pfn_to_page(pfn + i), pfn + i);
			spin_unlock_irqrestore(&zone.lock, flags);
		}
		memmap_extents_done(&chunk);
	}
}

static void fill(bool nt)
{
	unsigned long at, bytes = nr_pages * sizeof(struct page);

	while ((at = __atomic_fetch_add(&next, PIECE_BYTES, __ATOMIC_RELAXED)) <
	       bytes)
		roofline_fill((char *)vmemmap + at, PIECE_BYTES, nt);
}

void way_fill_nt(void)
{
	fill(true);
}

void way_fill_cached(void)
{
	fill(false);
}
