/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MEMMAP_PRISTINE_H
#define _LINUX_MEMMAP_PRISTINE_H

/*
 * What the rest of the kernel asks about pristine memory: pages whose
 * descriptors nobody has written yet. Every question is a no-op branch once
 * nothing is pristine, and no code at all without CONFIG_MEMMAP_INIT_SELECT.
 *
 * Whoever finds memory by its pfn must not look at the struct page of a
 * pristine one. pfn_to_online_page() says NULL for it; who cannot do with that
 * asks memmap_pfn_pristine(), or calls memmap_populate_range() first.
 */

#include <linux/jump_label.h>
#include <linux/mmzone.h>
#include <linux/types.h>

bool __memmap_pfn_pristine(unsigned long pfn);
bool __memmap_pfn_hidden(unsigned long pfn);
bool __memmap_zone_pfn_pristine(const struct zone *zone, unsigned long pfn);
unsigned long __memmap_zone_pristine(const struct zone *zone);
bool __memmap_pull_block(struct zone *zone, int migratetype);
int __memmap_populate_range(unsigned long start_pfn, unsigned long end_pfn);

#ifdef CONFIG_MEMMAP_INIT_SELECT

DECLARE_STATIC_KEY_FALSE(memmap_pristine_key);

void memmap_vmcoreinfo(void);

static inline bool memmap_pristine_enabled(void)
{
	return static_branch_unlikely(&memmap_pristine_key);
}

#else /* !CONFIG_MEMMAP_INIT_SELECT */

static inline void memmap_vmcoreinfo(void)
{
}

/* What follows is compiled away then, and what it would call does not exist. */
static inline bool memmap_pristine_enabled(void)
{
	return false;
}

#endif /* CONFIG_MEMMAP_INIT_SELECT */

/**
 * memmap_pfn_pristine - is the struct page of @pfn still unwritten?
 * @pfn: the page
 *
 * "true" may be stale by the time it is read, "false" never is.
 *
 * Context: any.
 */
static inline bool memmap_pfn_pristine(unsigned long pfn)
{
	return memmap_pristine_enabled() && __memmap_pfn_pristine(pfn);
}

/* The same for pfn_to_online_page() alone: a test can switch this one off. */
static inline bool memmap_pfn_hidden(unsigned long pfn)
{
	return memmap_pristine_enabled() && __memmap_pfn_hidden(pfn);
}

/**
 * memmap_zone_pfn_pristine - is @pfn a pristine page of @zone?
 * @zone: the zone
 * @pfn: the page
 *
 * Context: any.
 */
static inline bool memmap_zone_pfn_pristine(const struct zone *zone,
					    unsigned long pfn)
{
	return memmap_pristine_enabled() &&
	       __memmap_zone_pfn_pristine(zone, pfn);
}

/**
 * memmap_zone_pristine - pristine pages of a zone
 * @zone: the zone
 *
 * All of them are free, in blocks of the top order.
 *
 * Context: any; exact under zone->lock.
 */
static inline unsigned long memmap_zone_pristine(const struct zone *zone)
{
	return memmap_pristine_enabled() ? __memmap_zone_pristine(zone) : 0;
}

/**
 * memmap_pull_block - initialise a block for an allocation that found none
 * @zone: the zone
 * @migratetype: the free list that ran short
 *
 * Context: zone->lock held.
 * Return: true if that list has a block of the top order now.
 */
static inline bool memmap_pull_block(struct zone *zone, int migratetype)
{
	return memmap_pristine_enabled() &&
	       __memmap_pull_block(zone, migratetype);
}

/**
 * memmap_populate_range - make sure that struct pages may be looked at
 * @start_pfn: first page
 * @end_pfn: behind the last page
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int memmap_populate_range(unsigned long start_pfn,
					unsigned long end_pfn)
{
	return memmap_pristine_enabled() ?
		       __memmap_populate_range(start_pfn, end_pfn) :
		       0;
}

#endif /* _LINUX_MEMMAP_PRISTINE_H */
