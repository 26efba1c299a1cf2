// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables that lie sparsely are packed, zone by zone: count what each block
 * holds, have a plan made, carry it out.
 *
 *	count      every page of the zone; tables of all processes
 *	plan       ../plan.c
 *	carry out  tables of all processes once more; each that is in a block to
 *	           be cleared goes to a free page of the block that the plan says
 *
 * Counts and plan are of a moment and pages change hands: what is not found where
 * the plan has it stays.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/pageblock-flags.h>
#include <linux/ptreloc.h>
#include <linux/ptreloc_hooks.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include "../../internal.h"
#include "kernel.h"

/* A block that is not left. */
#define NO_TRANSFER U32_MAX

/**
 * struct sparse - a zone whose tables are packed
 * @zone: it
 * @start_pfn: of its first block
 * @nr: blocks
 * @block: what each holds
 * @first: of each block, the first transfer from it; NO_TRANSFER if it stays
 * @stock: of each block, free pages that were taken from it
 * @plan: what moves
 * @next: the transfer that the table at hand is part of
 */
struct sparse {
	struct zone *zone;
	unsigned long start_pfn;
	unsigned int nr;
	struct ptreloc_block *block;
	u32 *first;
	struct list_head *stock;
	struct ptreloc_plan plan;
	u32 next;
};

static unsigned int block_of(const struct sparse *sparse, unsigned long pfn)
{
	return (pfn - sparse->start_pfn) / pageblock_nr_pages;
}

static bool in_zone(const struct sparse *sparse, unsigned long pfn)
{
	return pfn >= sparse->start_pfn && block_of(sparse, pfn) < sparse->nr;
}

static unsigned long pfn_of(const struct sparse *sparse, unsigned int block)
{
	return sparse->start_pfn + (unsigned long)block * pageblock_nr_pages;
}

/*
 * Is it in use, and can migration move it? A hint: it is looked at unlocked. What
 * list_del() leaves in a page of slab looks like the mark of a movable one.
 */
static bool is_movable(struct page *page)
{
	struct page *head = compound_head(page);

	if (PageSlab(head))
		return false;
	return PageLRU(head) || __PageMovable(head) || PageHuge(head);
}

/* Is a block part of more that is free as one, and has no mark of its own? */
static bool in_free_run(unsigned long pfn)
{
	unsigned int order;

	for (order = pageblock_order + 1; order < NR_PAGE_ORDERS; order++) {
		struct page *head = pfn_to_page(pfn & ~0UL << order);

		if (PageBuddy(head) && buddy_order_unsafe(head) >= order)
			return true;
	}
	return false;
}

/*
 * Is a page in no use, and not in the allocator: on the list of a CPU, which has
 * taken it with many others? It goes back when that list is drained.
 */
static bool is_on_cpu_list(struct page *page)
{
	return !page_ref_count(page) && !PageCompound(page) && !PageSlab(page);
}

/* Can pages of a block be used for tables? Those of CMA and others cannot. */
static bool is_usable(struct sparse *sparse, unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return page && page_zone(page) == sparse->zone &&
	       get_pageblock_migratetype(page) < MIGRATE_PCPTYPES;
}

/*
 * Pages of a block that are free, and that can move; the others are pinned, as
 * are all of a block that is not of this zone, not initialised, or kept for a
 * purpose.
 */
static void count_block(struct sparse *sparse, unsigned int block)
{
	struct ptreloc_block *count = &sparse->block[block];
	unsigned long pfn = pfn_of(sparse, block), i, order;
	unsigned int nr_free = 0;

	count->pinned = pageblock_nr_pages;
	if (!is_usable(sparse, pfn))
		return;
	if (in_free_run(pfn)) {
		count->pinned = 0;
		return;
	}
	for (i = 0; i < pageblock_nr_pages; i++) {
		struct page *page = pfn_to_page(pfn + i);

		if (PageBuddy(page)) {
			/* Unlocked, so it may be any number; see its use. */
			order = buddy_order_unsafe(page);
			if (order > MAX_PAGE_ORDER)
				continue;
			order = min(1UL << order, pageblock_nr_pages - i);
			nr_free += order;
			i += order - 1;
		} else if (is_movable(page)) {
			count->movable++;
		} else if (is_on_cpu_list(page)) {
			nr_free++;
		}
	}
	count->pinned -= nr_free + count->movable;
}

/* A table of a process: it can move, so it is not pinned. None is wanted yet. */
static bool count_table(struct ptreloc_order *order, unsigned long pfn)
{
	struct sparse *sparse = order->plan;
	struct ptreloc_block *block;

	if (!in_zone(sparse, pfn))
		return false;
	block = &sparse->block[block_of(sparse, pfn)];
	if (block->pinned) {
		block->pinned--;
		block->tables++;
	}
	return false;
}

static struct ptreloc_transfer *transfer_of(struct sparse *sparse, u32 i)
{
	return i < sparse->plan.nr ? &sparse->plan.transfer[i] : NULL;
}

/* Is it in a block that is to be left, and is something of the plan to do? */
static bool wants_table(struct ptreloc_order *order, unsigned long pfn)
{
	struct sparse *sparse = order->plan;
	struct ptreloc_transfer *transfer;
	unsigned int block;
	u32 i;

	if (!in_zone(sparse, pfn))
		return false;
	block = block_of(sparse, pfn);
	for (i = sparse->first[block];
	     (transfer = transfer_of(sparse, i)) && transfer->from == block;
	     i++) {
		if (!transfer->nr)
			continue;
		sparse->next = i;
		return true;
	}
	return false;
}

static struct page *take_page(struct ptreloc_order *order, unsigned long pfn)
{
	struct sparse *sparse = order->plan;
	struct ptreloc_transfer *transfer = transfer_of(sparse, sparse->next);
	struct list_head *stock = &sparse->stock[transfer->to];
	struct page *page;

	pfn = pfn_of(sparse, transfer->to);
	if (list_empty(stock))
		ptreloc_take_free(sparse->zone, pfn, stock);
	if (list_empty(stock)) {
		/* A CPU that needed one page has taken many, for its list. */
		drain_all_pages(sparse->zone);
		ptreloc_take_free(sparse->zone, pfn, stock);
	}
	if (list_empty(stock)) {
		/* Somebody has used them: what was to go there stays. */
		transfer->nr = 0;
		return NULL;
	}
	page = list_first_entry(stock, struct page, lru);
	list_del(&page->lru);
	transfer->nr--;
	return page;
}

static int sparse_alloc(struct sparse *sparse, struct zone *zone)
{
	unsigned long start = pageblock_start_pfn(zone->zone_start_pfn);
	unsigned int i;

	memset(sparse, 0, sizeof(*sparse));
	sparse->zone = zone;
	sparse->start_pfn = start;
	/* What is left over at the end is no whole block. */
	sparse->nr = (zone_end_pfn(zone) - start) / pageblock_nr_pages;
	if (!sparse->nr)
		return 0;
	sparse->block = kvcalloc(sparse->nr, sizeof(*sparse->block),
				 GFP_KERNEL);
	sparse->first = kvcalloc(sparse->nr, sizeof(*sparse->first),
				 GFP_KERNEL);
	sparse->stock = kvcalloc(sparse->nr, sizeof(*sparse->stock),
				 GFP_KERNEL);
	if (!sparse->block || !sparse->first || !sparse->stock)
		return -ENOMEM;
	for (i = 0; i < sparse->nr; i++) {
		sparse->first[i] = NO_TRANSFER;
		INIT_LIST_HEAD(&sparse->stock[i]);
	}
	return 0;
}

static void sparse_free(struct sparse *sparse)
{
	struct page *page, *next;
	unsigned int i;

	for (i = 0; sparse->stock && i < sparse->nr; i++)
		list_for_each_entry_safe(page, next, &sparse->stock[i], lru) {
			list_del(&page->lru);
			__free_page(page);
		}
	ptreloc_plan_free(&sparse->plan);
	kvfree(sparse->block);
	kvfree(sparse->first);
	kvfree(sparse->stock);
}

static int sparse_count(struct sparse *sparse, struct ptreloc_order *order)
{
	unsigned int i;

	for (i = 0; i < sparse->nr; i++) {
		count_block(sparse, i);
		cond_resched();
	}
	order->wants = count_table;
	return ptreloc_all(order);
}

static int sparse_carry_out(struct sparse *sparse, struct ptreloc_order *order)
{
	unsigned int i;

	for (i = sparse->plan.nr; i--;)
		sparse->first[sparse->plan.transfer[i].from] = i;
	order->wants = wants_table;
	order->page = take_page;
	return ptreloc_all(order);
}

/*
 * Free pages that the allocator leaves when it makes a huge page: as in
 * __zone_watermark_ok().
 */
static unsigned long reserve_of(struct zone *zone)
{
	return min_wmark_pages(zone) + zone->lowmem_reserve[ZONE_MOVABLE];
}

static int sparse_zone(struct zone *zone, unsigned long budget,
		       struct ptreloc_result *result)
{
	struct ptreloc_order order;
	struct sparse sparse;
	unsigned long before = ptreloc_stats.moved + ptreloc_stats.deposited;
	int err;

	ptreloc_order_init(&order);
	order.plan = &sparse;
	err = sparse_alloc(&sparse, zone);
	if (!err)
		err = sparse_count(&sparse, &order);
	if (!err)
		err = ptreloc_plan(sparse.block, sparse.nr, pageblock_nr_pages,
				   reserve_of(zone), budget, &sparse.plan);
	if (!err) {
		result->tables += sparse.plan.tables;
		result->cleared += sparse.plan.cleared;
		result->huge_before += sparse.plan.huge_before;
		result->huge_after += sparse.plan.huge_after;
		err = sparse_carry_out(&sparse, &order);
	}
	result->moved += ptreloc_stats.moved + ptreloc_stats.deposited - before;
	sparse_free(&sparse);
	return err;
}

/**
 * ptreloc_sparse - pack the tables that lie sparsely, in all zones
 * @budget: most tables that move, of each zone
 * @result: filled in
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, or -EINTR after a fatal signal.
 */
int ptreloc_sparse(unsigned long budget, struct ptreloc_result *result)
{
	struct zone *zone;
	int err = 0;

	memset(result, 0, sizeof(*result));
	ptreloc_begin();
	get_online_mems();
	mutex_lock(&ptreloc_mutex);
	/* Pages that CPUs keep for themselves look as if they were pinned. */
	lru_add_drain_all();
	drain_all_pages(NULL);
	for_each_populated_zone(zone)
		err = err ?: sparse_zone(zone, budget, result);
	/* So do those of the old tables, and their blocks are not whole. */
	drain_all_pages(NULL);
	mutex_unlock(&ptreloc_mutex);
	put_online_mems();
	return err;
}
