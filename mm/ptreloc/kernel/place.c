// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages for tables that move: any page of the same node, but for a range; or
 * pages of a block that was free and is filled with tables; or free pages of a
 * given block.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>
#include <linux/spinlock.h>
#include "../../internal.h"
#include "kernel.h"

/**
 * ptreloc_order_init - an order that has not begun
 * @order: it; wants and page are set by the caller
 *
 * Context: any.
 */
void ptreloc_order_init(struct ptreloc_order *order)
{
	memset(order, 0, sizeof(*order));
	INIT_LIST_HEAD(&order->block);
	INIT_LIST_HEAD(&order->rejects);
	INIT_LIST_HEAD(&order->tables);
	order->last = ULONG_MAX;
	/* A table that stays is no reason to kill a process. */
	order->gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
}

static void free_list(struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/**
 * ptreloc_order_end - free what an order has not used
 * @order: it
 *
 * Context: process context.
 */
void ptreloc_order_end(struct ptreloc_order *order)
{
	struct page *page, *next;

	free_list(&order->block);
	free_list(&order->rejects);
	list_for_each_entry_safe(page, next, &order->tables, lru) {
		list_del(&page->lru);
		ptreloc_free_table(page);
	}
}

/**
 * ptreloc_in_range - is a page in the range of an order?
 * @order: it
 * @pfn: of the page
 *
 * Context: any.
 * Return: true if it is.
 */
bool ptreloc_in_range(struct ptreloc_order *order, unsigned long pfn)
{
	return pfn >= order->start_pfn && pfn < order->end_pfn;
}

/**
 * ptreloc_page_near - a page of the node where a table is, outside of a range
 * @order: gives the range, and keeps pages that are in it until it ends
 * @pfn: of the table
 *
 * Context: process context, may sleep.
 * Return: the page, or NULL.
 */
struct page *ptreloc_page_near(struct ptreloc_order *order, unsigned long pfn)
{
	int nid = page_to_nid(pfn_to_page(pfn));
	struct page *page;

	for (;;) {
		page = alloc_pages_node(nid, order->gfp, 0);
		if (!page || !ptreloc_in_range(order, page_to_pfn(page)))
			return page;
		list_add(&page->lru, &order->rejects);
	}
}

/**
 * ptreloc_page_packed - a page of a block that holds nothing but such pages
 * @order: keeps the block
 * @pfn: of the table; blocks are of its node, if it has any
 *
 * Context: process context, may sleep.
 * Return: the page; any page of the node, where no block is free; or NULL.
 */
struct page *ptreloc_page_packed(struct ptreloc_order *order, unsigned long pfn)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY;
	int nid = page_to_nid(pfn_to_page(pfn));
	struct page *page;
	unsigned long i;

	if (list_empty(&order->block)) {
		page = alloc_pages_node(nid, gfp, pageblock_order);
		if (!page)
			return ptreloc_page_near(order, pfn);
		split_page(page, pageblock_order);
		for (i = 0; i < pageblock_nr_pages; i++)
			list_add_tail(&page[i].lru, &order->block);
	}
	page = list_first_entry(&order->block, struct page, lru);
	list_del(&page->lru);
	return page;
}

/* The free pages that the allocator keeps as one, and that @page is part of. */
static struct page *free_head(struct page *page, unsigned int *order)
{
	unsigned long pfn = page_to_pfn(page);

	for (*order = 0; *order < NR_PAGE_ORDERS; ++*order) {
		struct page *head = pfn_to_page(pfn & ~0UL << *order);

		if (PageBuddy(head) && buddy_order(head) >= *order) {
			*order = buddy_order(head);
			return head;
		}
	}
	return NULL;
}

/* Take a run of free pages out of the allocator. Return: where it begins. */
static struct page *isolate(struct zone *zone, struct page *page,
			    unsigned int *order)
{
	struct page *head;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	head = free_head(page, order);
	if (head && !__isolate_free_page(head, *order))
		head = NULL;
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!head)
		return NULL;
	post_alloc_hook(head, *order, GFP_KERNEL);
	set_page_refcounted(head);
	split_page(head, *order);
	return head;
}

/**
 * ptreloc_take_free - take free pages of a block
 * @zone: that it is of
 * @start_pfn: of the block, whose struct pages are initialised
 * @list: gets some of its free pages, if there are any
 *
 * Context: process context.
 * Return: how many.
 */
unsigned int ptreloc_take_free(struct zone *zone, unsigned long start_pfn,
			       struct list_head *list)
{
	unsigned long end_pfn = start_pfn + pageblock_nr_pages, pfn;
	unsigned int order, nr = 0;

	for (pfn = start_pfn; pfn < end_pfn && !nr; pfn++) {
		struct page *head = isolate(zone, pfn_to_page(pfn), &order);
		unsigned long i;

		for (i = 0; head && i < 1UL << order; i++) {
			struct page *page = head + i;

			/* More than a block may be free as one. */
			if (page_to_pfn(page) < start_pfn ||
			    page_to_pfn(page) >= end_pfn) {
				__free_page(page);
				continue;
			}
			list_add_tail(&page->lru, list);
			nr++;
		}
	}
	return nr;
}
