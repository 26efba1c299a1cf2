/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MEMMAP_PRISTINE_H
#define _LINUX_MEMMAP_PRISTINE_H

/**
 * DOC: pristine memory as the rest of the kernel sees it
 *
 * A pristine page is a free page whose struct page has not been written yet.
 * Code that finds memory by its pfn must not read that struct page, because it
 * holds garbage. There are three ways to stay clear of it::
 *
 *   pfn_to_online_page()       returns NULL for a pristine page
 *   memmap_pfn_pristine()      tells a pristine page from an offline one
 *   memmap_populate_range()    initialises the range; then its struct pages
 *                              may be read
 *
 * The functions here cost one no-op while no memory is pristine (a static key
 * is off then), and nothing without CONFIG_MEMMAP_INIT_SELECT.
 */

#include <linux/jump_label.h>
#include <linux/mmzone.h>
#include <linux/types.h>

struct alloc_context;

bool __memmap_pfn_pristine(unsigned long pfn);
bool __memmap_pfn_hidden(unsigned long pfn);
bool __memmap_zone_pfn_pristine(const struct zone *zone, unsigned long pfn);
unsigned long __memmap_zone_pristine(const struct zone *zone);
unsigned long __memmap_zone_busy(const struct zone *zone);
unsigned long __memmap_node_busy(int nid);
bool __memmap_wait_busy(const struct alloc_context *ac, gfp_t gfp);
unsigned long __memmap_pristine_tail(struct zone *zone, unsigned long start_pfn,
				     unsigned long end_pfn);
bool __memmap_offline_pristine(struct zone *zone, unsigned long start_pfn,
			       unsigned long end_pfn);
bool __memmap_pull_block(struct zone *zone, int migratetype);
int __memmap_populate_range(unsigned long start_pfn, unsigned long end_pfn);

#ifdef CONFIG_MEMMAP_INIT_SELECT

DECLARE_STATIC_KEY_FALSE(memmap_pristine_key);

void memmap_vmcoreinfo(void);
unsigned long memmap_online_eager(struct zone *zone, unsigned long start_pfn,
				  unsigned long nr_pages);
void memmap_online_pristine(struct zone *zone, unsigned long start_pfn,
			    unsigned long end_pfn);

/* Is any memory pristine? Once this is false, only hot-added memory is. */
static inline bool memmap_pristine_enabled(void)
{
	return static_branch_unlikely(&memmap_pristine_key);
}

#else /* !CONFIG_MEMMAP_INIT_SELECT */

static inline void memmap_vmcoreinfo(void)
{
}

static inline unsigned long memmap_online_eager(struct zone *zone,
						unsigned long start_pfn,
						unsigned long nr_pages)
{
	return nr_pages;
}

static inline void memmap_online_pristine(struct zone *zone,
					  unsigned long start_pfn,
					  unsigned long end_pfn)
{
}

/* The functions below then call nothing, so the compiler drops the calls. */
static inline bool memmap_pristine_enabled(void)
{
	return false;
}

#endif /* CONFIG_MEMMAP_INIT_SELECT */

/**
 * memmap_pfn_pristine - is a page pristine?
 * @pfn: the page
 *
 * The answer true may be outdated when the caller reads it. The answer false
 * is final while the page is online: its struct page may then be read.
 *
 * Context: any.
 * Return: true if the struct page of @pfn has not been written yet.
 */
static inline bool memmap_pfn_pristine(unsigned long pfn)
{
	return memmap_pristine_enabled() && __memmap_pfn_pristine(pfn);
}

/**
 * memmap_pfn_hidden - must pfn_to_online_page() return NULL for a page?
 * @pfn: the page
 *
 * The same as memmap_pfn_pristine(), but memmap_init_noguard on the boot line
 * of a debug kernel makes it false, to prove that tests find a missing guard.
 *
 * Context: any; for pfn_to_online_page() only.
 * Return: true if the page is pristine and the guard is on.
 */
static inline bool memmap_pfn_hidden(unsigned long pfn)
{
	return memmap_pristine_enabled() && __memmap_pfn_hidden(pfn);
}

/**
 * memmap_zone_pfn_pristine - is a page a pristine page of this zone?
 * @zone: the zone
 * @pfn: the page
 *
 * Context: any.
 * Return: true if @pfn is pristine and belongs to @zone; see
 * memmap_pfn_pristine().
 */
static inline bool memmap_zone_pfn_pristine(const struct zone *zone,
					    unsigned long pfn)
{
	return memmap_pristine_enabled() &&
	       __memmap_zone_pfn_pristine(zone, pfn);
}

/**
 * memmap_zone_pristine - count the pristine pages of a zone
 * @zone: the zone
 *
 * All of them are free, in whole blocks of the top order.
 *
 * Context: any; the number is exact only under zone->lock.
 * Return: pages.
 */
static inline unsigned long memmap_zone_pristine(const struct zone *zone)
{
	return memmap_pristine_enabled() ? __memmap_zone_pristine(zone) : 0;
}

/**
 * memmap_zone_busy - count the pristine pages of a zone that are being written
 * @zone: the zone
 *
 * No allocation can have them until then, so NR_FREE_PAGES does not count them.
 * Their workers are not preempted meanwhile.
 *
 * Context: any; the number is exact only under zone->lock.
 * Return: pages.
 */
static inline unsigned long memmap_zone_busy(const struct zone *zone)
{
	return memmap_pristine_enabled() ? __memmap_zone_busy(zone) : 0;
}

/**
 * memmap_node_busy - memmap_zone_busy() of all zones of a node
 * @nid: the node; NUMA_NO_NODE: of all nodes
 *
 * It is free memory, and what a user is told of that counts it.
 *
 * Context: any.
 * Return: pages.
 */
static inline unsigned long memmap_node_busy(int nid)
{
	return memmap_pristine_enabled() ? __memmap_node_busy(nid) : 0;
}

/**
 * memmap_wait_busy - wait for what is being written, before anybody is killed
 * @ac: which zones an allocation may take from
 * @gfp: flags of the allocation
 *
 * Sleeps for a tick if any of these zones has such pages.
 *
 * Context: process context, sleeps.
 * Return: true if the allocation is to be tried again.
 */
static inline bool memmap_wait_busy(const struct alloc_context *ac, gfp_t gfp)
{
	return memmap_pristine_enabled() && __memmap_wait_busy(ac, gfp);
}

/**
 * memmap_pull_block - initialise a block for an allocation
 * @zone: the zone
 * @migratetype: the free list that the allocation found empty
 *
 * Context: zone->lock held.
 * Return: true if that free list now has a block of the top order.
 */
static inline bool memmap_pull_block(struct zone *zone, int migratetype)
{
	return memmap_pristine_enabled() &&
	       __memmap_pull_block(zone, migratetype);
}

/**
 * memmap_populate_range - make sure that struct pages may be read
 * @start_pfn: first page
 * @end_pfn: first page behind the range
 *
 * Initialises the pristine pages of the range, and those that share a block of
 * the top order with them.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there is no memory to split an extent.
 */
static inline int memmap_populate_range(unsigned long start_pfn,
					unsigned long end_pfn)
{
	return memmap_pristine_enabled() ?
		       __memmap_populate_range(start_pfn, end_pfn) :
		       0;
}

/**
 * memmap_pristine_tail - how much of memory that goes offline is pristine?
 * @zone: the zone of the range
 * @start_pfn: first page
 * @end_pfn: first page behind the range
 *
 * Context: process context, may sleep. The answer may be outdated at once.
 * Return: first page from which on all of the range are pristine; @end_pfn if
 * the last one is not.
 */
static inline unsigned long memmap_pristine_tail(struct zone *zone,
						 unsigned long start_pfn,
						 unsigned long end_pfn)
{
	return memmap_pristine_enabled() ?
		       __memmap_pristine_tail(zone, start_pfn, end_pfn) :
		       end_pfn;
}

/**
 * memmap_offline_pristine - pristine memory goes offline as it is
 * @zone: the zone of the range
 * @start_pfn: first page, from memmap_pristine_tail()
 * @end_pfn: first page behind the range
 *
 * Its sections are offline then, and no struct page has been written.
 *
 * Context: process context, mem_hotplug_lock held for writing.
 * Return: false if not all of it is pristine any more, and nothing has changed.
 */
static inline bool memmap_offline_pristine(struct zone *zone,
					   unsigned long start_pfn,
					   unsigned long end_pfn)
{
	return !memmap_pristine_enabled() || start_pfn >= end_pfn ||
	       __memmap_offline_pristine(zone, start_pfn, end_pfn);
}

#endif /* _LINUX_MEMMAP_PRISTINE_H */
