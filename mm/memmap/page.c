// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page store: writes the struct pages of free blocks, in one pass, and those
 * of reserved memory.
 *
 * Mainline writes every struct page as that of an allocated page and then walks
 * all of them again to free them, so each cache line goes to memory twice. Here
 * they are written as those of free pages at once. The buddy allocator then
 * reads only the first struct page of each block, so the others need not be in
 * the cache, and stores that bypass it are faster on many machines.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/pageblock-flags.h>
#include <linux/prefetch.h>
#include <linux/stddef.h>
#include <asm/memmap_store.h>
#include "deps.h"

#define PAGE_WORDS (sizeof(struct page) / sizeof(unsigned long))
#define LRU_WORD   (offsetof(struct page, lru) / sizeof(unsigned long))

/* Blocks timed with each kind of store before one of them is chosen. */
#define SAMPLES 32

/**
 * memmap_template_init - write the template of a zone's free struct pages
 * @set: the extents of the zone; @set->zone is valid
 *
 * With SPARSEMEM_VMEMMAP, page->flags names only node and zone. So the struct
 * pages of all free pages of a zone are equal, but for page->lru, which points
 * to itself.
 *
 * Context: any.
 */
void memmap_template_init(struct memmap_extents *set)
{
	__init_single_page(&set->template, 0, zone_idx(set->zone),
			   zone_to_nid(set->zone));
	set_page_count(&set->template, 0);
}

/**
 * struct page_words - a struct page in registers
 * @at: its words
 *
 * They have to be found at constant places, or compilers keep them in memory.
 * Each load from there waits for the stores before it that have the same place
 * in another page, and by where the stack is a page takes up to 1.8 times as long.
 */
struct page_words {
	unsigned long at[PAGE_WORDS];
};

static __always_inline void word_store(struct page *page,
				       const struct page_words *words,
				       unsigned int i, bool nt)
{
	unsigned long *to = (unsigned long *)page, value;

	if (i >= PAGE_WORDS)
		return;
	value = i == LRU_WORD || i == LRU_WORD + 1 ? (unsigned long)&page->lru :
						     words->at[i];
	if (nt)
		memmap_store_nt(&to[i], value);
	else
		to[i] = value;
}

static __always_inline void page_store(struct page *page,
				       const struct page_words *words, bool nt)
{
	/* The largest struct page has so many, see __mm_zero_struct_page(). */
	BUILD_BUG_ON(PAGE_WORDS > 12);
	word_store(page, words, 0, nt);
	word_store(page, words, 1, nt);
	word_store(page, words, 2, nt);
	word_store(page, words, 3, nt);
	word_store(page, words, 4, nt);
	word_store(page, words, 5, nt);
	word_store(page, words, 6, nt);
	word_store(page, words, 7, nt);
	word_store(page, words, 8, nt);
	word_store(page, words, 9, nt);
	word_store(page, words, 10, nt);
	word_store(page, words, 11, nt);
}

static noinline void block_store_cached(struct page *page,
					const struct page *template)
{
	struct page_words words = *(const struct page_words *)template;
	unsigned long i;

	for (i = 0; i < MEMMAP_BLOCK_PAGES; i++)
		page_store(page + i, &words, false);
}

static noinline void block_store_nt(struct page *page,
				    const struct page *template)
{
	struct page_words words = *(const struct page_words *)template;
	unsigned long i;

	/*
	 * The first one is soon linked into a free list: keep it in the cache.
	 * It is written last, because stores leave a CPU in order: the others
	 * would wait while its line is read.
	 */
	prefetchw(page);
	for (i = 1; i < MEMMAP_BLOCK_PAGES; i++)
		page_store(page + i, &words, true);
	page_store(page, &words, false);
}

static void block_store(struct page *page, const struct page *template, bool nt)
{
	if (nt)
		block_store_nt(page, template);
	else
		block_store_cached(page, template);
}

/*
 * Which kind of store is faster depends on the machine. So the first blocks are
 * written with both kinds in turn, and the best time of each kind decides. The
 * best time, because interrupts, and page faults of a hypervisor's host, make a
 * block take longer and never less.
 */
static void block_store_sample(struct memmap_boot *boot, struct page *page,
			       const struct page *template)
{
	int n = atomic_inc_return(&boot->nr_samples);
	bool nt = n & 1;
	u64 ns = boot->exec->now(boot);

	block_store(page, template, nt);
	memmap_store_fence();
	ns = boot->exec->now(boot) - ns;

	/* CPUs may race here, and one sample is lost then: 63 are left. */
	if (ns < READ_ONCE(boot->sample_ns[nt]))
		WRITE_ONCE(boot->sample_ns[nt], ns);
	if (n == 2 * SAMPLES)
		/* Pairs with READ_ONCE() in memmap_page_init(). */
		WRITE_ONCE(boot->store,
			   READ_ONCE(boot->sample_ns[1]) <
					   READ_ONCE(boot->sample_ns[0]) ?
				   MEMMAP_STORE_NT :
				   MEMMAP_STORE_CACHED);
}

/**
 * memmap_page_init - write the struct pages of free blocks
 * @boot: says which stores to use
 * @set: the extents of the zone
 * @start_pfn: first page; a multiple of MEMMAP_BLOCK_PAGES
 * @nr_pages: a multiple of MEMMAP_BLOCK_PAGES
 *
 * On return the stores are ordered before all later stores of this CPU.
 *
 * Context: any; no other CPU may take these pages, because zone->lock is held
 * or a worker has marked them busy.
 */
void memmap_page_init(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long start_pfn, unsigned long nr_pages)
{
	struct page *page = pfn_to_page(start_pfn);
	struct page *end = page + nr_pages;

	for (; page < end; page += MEMMAP_BLOCK_PAGES) {
		/* Pairs with WRITE_ONCE() in block_store_sample(). */
		enum memmap_store store = READ_ONCE(boot->store);

		if (store == MEMMAP_STORE_AUTO && MEMMAP_HAVE_NT)
			block_store_sample(boot, page, &set->template);
		else
			block_store(page, &set->template,
				    store == MEMMAP_STORE_NT);
	}
	memmap_store_fence();
}

/**
 * memmap_page_reserve - write the struct pages of reserved memory
 * @boot: says which stores to use
 * @zone: the zone of the pages
 * @start_pfn: first page
 * @nr_pages: any number
 *
 * Most of it is the memmap itself, whose own struct pages nobody reads. So they
 * bypass the cache unless the boot line says otherwise.
 *
 * Context: boot, before any other CPU is up.
 */
void memmap_page_reserve(const struct memmap_boot *boot, struct zone *zone,
			 unsigned long start_pfn, unsigned long nr_pages)
{
	struct page *page = pfn_to_page(start_pfn), reserved;
	bool nt = MEMMAP_HAVE_NT && boot->store != MEMMAP_STORE_CACHED;
	struct page_words words;
	unsigned long i;

	__init_single_page(&reserved, 0, zone_idx(zone), zone_to_nid(zone));
	__SetPageReserved(&reserved);
	words = *(const struct page_words *)&reserved;
	for (i = 0; i < nr_pages; i++) {
		if (nt)
			page_store(page + i, &words, true);
		else
			page_store(page + i, &words, false);
	}
	memmap_store_fence();
}

/**
 * memmap_page_busy - pages of a zone are about to leave their extent
 * @boot: unused
 * @set: the extents of the zone
 * @nr_pages: pages; pristine, so that they have counted as free
 *
 * Context: zone->lock held.
 */
void memmap_page_busy(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long nr_pages)
{
	memmap_count_free(set->zone, -(long)nr_pages);
}

/**
 * memmap_page_free - link a block that is written into the buddy allocator
 * @zone: the zone of the block, which does not count its pages as free
 * @pfn: first page of the block
 * @migratetype: type of the free list that gets the block
 *
 * A block of the top order has no buddy to merge with.
 *
 * Context: zone->lock held.
 */
void memmap_page_free(struct zone *zone, unsigned long pfn, int migratetype)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long i;

	for (i = 0; i < MEMMAP_BLOCK_PAGES; i += pageblock_nr_pages)
		memmap_set_pageblock_type(page + i, migratetype);
	/* A small machine does not group by mobility and has one type only. */
	memmap_free_block(zone, page, get_pageblock_migratetype(page));
}

/**
 * memmap_page_link - link blocks of a drain into the buddy allocator
 * @boot: unused
 * @set: the extents of the zone
 * @start_pfn: first page; a multiple of MEMMAP_BLOCK_PAGES
 * @nr_pages: a multiple of MEMMAP_BLOCK_PAGES; they do not count as free
 *
 * Context: zone->lock held.
 */
void memmap_page_link(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long start_pfn, unsigned long nr_pages)
{
	unsigned long pfn, end_pfn = start_pfn + nr_pages;

	for (pfn = start_pfn; pfn < end_pfn; pfn += MEMMAP_BLOCK_PAGES)
		memmap_page_free(set->zone, pfn, MIGRATE_MOVABLE);
}
