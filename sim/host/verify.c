// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the memmap right? Every struct page against what mainline's serial loop
 * leaves.
 *
 * The reference is made page by page from mainline's own first pass, so that
 * it needs no second memmap. Where a page lies in a free block says whether it
 * is a head; which blocks there are follows from the free ranges alone,
 * because a buddy allocator merges pages to the same blocks in any order. Only
 * the list pointers of heads depend on order: those are checked by walking.
 */
#include <string.h>
#include "host/internal.h"
#include "host/verify.h"
#include "shim/internal.h"

/**
 * struct check - a verification under way
 * @host: the machine
 * @zone: which zone
 * @listed: pages in its free lists
 * @result: the findings so far
 */
struct check {
	struct host *host;
	unsigned int zone;
	unsigned long listed;
	struct verify_result *result;
};

/* Are all pages in ranges? Blocks go on where one range ends and one begins. */
static bool ranges_hold(const struct topology_node *node,
			unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned int i;

	for (i = 0; i < node->nr_ranges && start_pfn < end_pfn; i++)
		if (start_pfn >= node->ranges[i].start_pfn &&
		    start_pfn < node->ranges[i].end_pfn)
			start_pfn = node->ranges[i].end_pfn;
	return start_pfn >= end_pfn;
}

/* Order of the free block that @pfn heads; -1 if it heads none. */
static int head_order(const struct topology_node *node, unsigned long pfn)
{
	int order, best = -1;

	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned long start = pfn & ~((1UL << order) - 1);

		if (!ranges_hold(node, start, start + (1UL << order)))
			break;
		best = start == pfn ? order : -1;
	}
	return best;
}

static bool page_right(struct zone *zone, const struct topology_node *node,
		       unsigned long pfn, const struct page *template,
		       bool inside)
{
	const struct page *page = pfn_to_page(pfn);
	struct page expect = *template;
	int order;

	if (inside)
		order = pfn % MEMMAP_BLOCK_PAGES ? -1 : MAX_PAGE_ORDER;
	else
		order = head_order(node, pfn);

	if (order >= 0) {
		expect.lru = page->lru;
		__SetPageBuddy(&expect);
		set_page_private(&expect, order);
	} else {
		expect.lru.next = (struct list_head *)&page->lru;
		expect.lru.prev = (struct list_head *)&page->lru;
	}
	return !memcmp(&expect, page, sizeof(expect));
}

static void check_range(struct check *check, const struct pfn_range *range)
{
	struct host *host = check->host;
	struct zone *zone = &host->zone[check->zone];
	const struct topology_node *node =
		&host->topology->nodes[host->zone_node[check->zone]];
	struct verify_result *result = check->result;
	unsigned long pfn, core, core_end;
	struct page template;

	__init_single_page(&template, 0, zone_idx(zone), zone->node);
	set_page_count(&template, 0);
	if (!host_core(range, &core, &core_end))
		core = core_end = range->end_pfn;

	for (pfn = range->start_pfn; pfn < range->end_pfn; pfn++) {
		bool inside = pfn >= core && pfn < core_end;

		if (inside && zone->pristine && pfn % MEMMAP_BLOCK_PAGES == 0 &&
		    memmap_extents_test(zone->pristine, pfn)) {
			result->pristine += MEMMAP_BLOCK_PAGES;
			pfn += MEMMAP_BLOCK_PAGES - 1;
			continue;
		}
		result->pages++;
		if (page_right(zone, node, pfn, &template, inside))
			continue;
		if (!result->wrong++)
			result->first_wrong_pfn = pfn;
	}
}

/*
 * Every listed block is where it claims to be, and there are as many as the
 * counters say. As each head's struct page is compared too, a block that is
 * listed twice or not at all shows in the number of pages.
 */
static void check_lists(struct check *check)
{
	struct zone *zone = &check->host->zone[check->zone];
	unsigned int order, type;

	check->listed = 0;
	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned long nr = 0;

		for (type = 0; type < MIGRATE_TYPES; type++) {
			struct list_head *head =
				&zone->free_area[order].free_list[type];
			struct list_head *at = head->next;

			for (; at != head; at = at->next) {
				struct page *page =
					(struct page *)((char *)at -
							offsetof(struct page,
								 buddy_list));

				if (at->next->prev != at || !PageBuddy(page) ||
				    page->private != order ||
				    ++nr > zone->spanned_pages) {
					check->result->lists_ok = false;
					return;
				}
			}
		}
		if (nr != zone->free_area[order].nr_free)
			check->result->accounting_ok = false;
		check->listed += nr << order;
	}
}

/**
 * host_verify - compare the whole memmap with what it should be
 * @host: the machine; nothing drains, nothing is allocated
 * @result: the findings
 *
 * Return: true if everything is as serial mainline would leave it.
 */
bool host_verify(struct host *host, struct verify_result *result)
{
	struct check check = { .host = host, .result = result };
	unsigned int i, j;

	*result = (struct verify_result){
		.lists_ok = true,
		.accounting_ok = true,
	};
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];
		struct zone *zone = &host->zone[i];
		unsigned long pages = 0, pristine = 0;

		check.zone = i;
		for (j = 0; j < node->nr_ranges; j++) {
			check_range(&check, &node->ranges[j]);
			pages += node->ranges[j].end_pfn -
				 node->ranges[j].start_pfn;
		}
		for (j = 0; j < host->nr_plugged; j++) {
			const struct topology_plug *plug =
				&host->topology->plug[j];

			if (plug->node != host->zone_node[i])
				continue;
			check_range(&check, &plug->range);
			pages += plug->range.end_pfn - plug->range.start_pfn;
		}
		check_lists(&check);
		if (zone->pristine)
			pristine = zone->pristine->nr_pages;
		if (check.listed + pristine != pages ||
		    (unsigned long)zone_page_state(zone, NR_FREE_PAGES) !=
			    pages ||
		    (unsigned long)atomic_long_read(&zone->managed_pages) !=
			    pages)
			result->accounting_ok = false;
	}
	return !result->wrong && result->lists_ok && result->accounting_ok;
}
