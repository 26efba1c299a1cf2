// SPDX-License-Identifier: GPL-2.0-only
/* The state behind linux/: memmap, pageblocks, zones, outdated tables. */
#include <stdlib.h>
#include <string.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/rcupdate.h>
#include "shim/zone.h"

struct page *vmemmap;
u8 *sim_pageblock;

/* Outdated extent tables: see linux/rcupdate.h. */
static struct rcu_head *rcu_list;

/**
 * sim_rcu_defer - free memory once no thread reads it any more
 * @head: in the memory
 * @pointer: the memory
 *
 * Context: any thread.
 */
void sim_rcu_defer(struct rcu_head *head, void *pointer)
{
	head->pointer = pointer;
	head->next = __atomic_load_n(&rcu_list, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&rcu_list, &head->next, head, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/**
 * sim_rcu_barrier - free what sim_rcu_defer() was given
 *
 * Context: no thread reads it any more.
 */
void sim_rcu_barrier(void)
{
	struct rcu_head *head = rcu_list;

	rcu_list = NULL;
	while (head) {
		struct rcu_head *next = head->next;

		free(head->pointer);
		head = next;
	}
}

/**
 * set_pageblock_migratetype - set the migrate type of a pageblock
 * @page: one of its pages
 * @migratetype: MIGRATE_MOVABLE or another
 */
void set_pageblock_migratetype(struct page *page, int migratetype)
{
	sim_pageblock[page_to_pfn(page) >> 9] = migratetype;
}

/**
 * get_pageblock_migratetype - the migrate type of a pageblock
 * @page: one of its pages
 *
 * Return: as set; MIGRATE_UNMOVABLE, 0, before.
 */
int get_pageblock_migratetype(const struct page *page)
{
	return sim_pageblock[page_to_pfn(page) >> 9];
}

/**
 * sim_zone_init - an empty zone
 * @zone: the zone
 * @nid: its node
 * @start_pfn: first page it spans
 * @end_pfn: behind the last
 */
void sim_zone_init(struct zone *zone, int nid, unsigned long start_pfn,
		   unsigned long end_pfn)
{
	unsigned int order, type;

	memset(zone, 0, sizeof(*zone));
	zone->node = nid;
	zone->zone_start_pfn = start_pfn;
	zone->spanned_pages = end_pfn - start_pfn;
	spin_lock_init(&zone->lock);
	for (order = 0; order < NR_PAGE_ORDERS; order++)
		for (type = 0; type < MIGRATE_TYPES; type++)
			INIT_LIST_HEAD(&zone->free_area[order].free_list[type]);
}
