// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a free page looks like, and how it is written.
 *
 * Mainline writes every descriptor as that of an allocated page and then goes
 * over all of them again to free them: every cache line twice. A page that
 * goes to the buddy allocator can be written as a free one at once; then only
 * the head of each block is ever looked at again, and stores that bypass the
 * cache pay.
 */
#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <asm/memmap_store.h>
#include "../internal.h"

#define PAGE_WORDS (sizeof(struct page) / sizeof(unsigned long))
#define LRU_WORD   (offsetof(struct page, lru) / sizeof(unsigned long))

/* Blocks timed with each kind of store before one of them is chosen. */
#define SAMPLES 32

/**
 * memmap_template_init - make the descriptor that every free page shares
 * @set: its zone is known
 *
 * With SPARSEMEM_VMEMMAP page->flags names node and zone only; lru, which
 * points to itself, is the one field that differs from page to page.
 *
 * Context: any.
 */
void memmap_template_init(struct memmap_extents *set)
{
	__init_single_page(&set->template, 0, zone_idx(set->zone),
			   zone_to_nid(set->zone));
	set_page_count(&set->template, 0);
}

/*
 * Unrolled, with the words of the template in registers: a loop over eight
 * words costs more than the memory it writes to.
 */
static __always_inline void page_store(struct page *page,
				       const unsigned long *word, bool nt)
{
	unsigned long *to = (unsigned long *)page;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < PAGE_WORDS; i++) {
		unsigned long value = word[i];

		if (i == LRU_WORD || i == LRU_WORD + 1)
			value = (unsigned long)&page->lru;
		if (nt)
			memmap_store_nt(&to[i], value);
		else
			to[i] = value;
	}
}

static noinline void block_store_cached(struct page *page,
					const struct page *template)
{
	unsigned long word[PAGE_WORDS], i;

	memcpy(word, template, sizeof(word));
	for (i = 0; i < MEMMAP_BLOCK_PAGES; i++)
		page_store(page + i, word, false);
}

static noinline void block_store_nt(struct page *page,
				    const struct page *template)
{
	unsigned long word[PAGE_WORDS], i;

	memcpy(word, template, sizeof(word));
	/* The head is linked into a free list at once: keep it in the cache. */
	page_store(page, word, false);
	for (i = 1; i < MEMMAP_BLOCK_PAGES; i++)
		page_store(page + i, word, true);
	memmap_store_fence();
}

static void block_store(struct page *page, const struct page *template, bool nt)
{
	if (nt)
		block_store_nt(page, template);
	else
		block_store_cached(page, template);
}

/*
 * Which store is faster is a property of the machine, so ask it: the first
 * blocks alternate and the best time of each kind decides. The best, because
 * a fault of the host under a VM or an interrupt only ever adds.
 */
static void block_store_sample(struct memmap_boot *boot, struct page *page,
			       const struct page *template)
{
	int n = atomic_inc_return(&boot->nr_samples);
	bool nt = n & 1;
	u64 ns = boot->exec->now(boot);

	block_store(page, template, nt);
	ns = boot->exec->now(boot) - ns;

	/* Samples race only with samples: a lost one is no harm. */
	if (ns < READ_ONCE(boot->sample_ns[nt]))
		WRITE_ONCE(boot->sample_ns[nt], ns);
	if (n == 2 * SAMPLES)
		/* Read without a lock in memmap_page_init(): either will do. */
		WRITE_ONCE(boot->store,
			   READ_ONCE(boot->sample_ns[1]) <
					   READ_ONCE(boot->sample_ns[0]) ?
				   MEMMAP_STORE_NT :
				   MEMMAP_STORE_CACHED);
}

/**
 * memmap_page_init - write the descriptors of free pages
 * @boot: says how
 * @set: the extents they are pristine in
 * @start_pfn: first page; block-aligned
 * @nr_pages: a multiple of MEMMAP_BLOCK_PAGES
 *
 * On return the stores are ordered before any later one of this CPU.
 *
 * Context: any; the pages belong to the caller.
 */
void memmap_page_init(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long start_pfn, unsigned long nr_pages)
{
	struct page *page = pfn_to_page(start_pfn);
	struct page *end = page + nr_pages;

	for (; page < end; page += MEMMAP_BLOCK_PAGES) {
		/* Pairs with WRITE_ONCE() in block_store_sample() */
		enum memmap_store store = READ_ONCE(boot->store);

		if (store == MEMMAP_STORE_AUTO && MEMMAP_HAVE_NT)
			block_store_sample(boot, page, &set->template);
		else
			block_store(page, &set->template,
				    store == MEMMAP_STORE_NT);
	}
}

/**
 * memmap_page_free - link a block just written into the buddy allocator
 * @zone: its zone
 * @pfn: its first page
 * @migratetype: the free list to put it on
 *
 * The zone has counted these pages as free since boot, so nothing is counted
 * here. Nothing merges either: a top-order block has no buddy.
 *
 * Context: zone->lock held.
 */
void memmap_page_free(struct zone *zone, unsigned long pfn, int migratetype)
{
	struct free_area *area = &zone->free_area[MAX_PAGE_ORDER];
	struct page *page = pfn_to_page(pfn);
	unsigned long i;

	for (i = 0; i < MEMMAP_BLOCK_PAGES; i += pageblock_nr_pages)
		set_pageblock_migratetype(page + i, migratetype);
	/* Machines too small to group by mobility have one type for all. */
	migratetype = get_pageblock_migratetype(page);

	set_page_private(page, MAX_PAGE_ORDER);
	__SetPageBuddy(page);
	list_add_tail(&page->buddy_list, &area->free_list[migratetype]);
	area->nr_free++;
}
