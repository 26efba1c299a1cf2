// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table's lock lies in its struct page, or, where a lock is larger than a word,
 * as with lockdep, in slab. Slab does not move, but each table that moves gets a
 * new lock. So a range is left by tables that are in it and by those whose locks
 * are, and slab pages that have become empty are given back.
 */
#include <linux/mm.h>
#include <linux/pfn.h>
#include "../../internal.h"
#include "kernel.h"

#if ALLOC_SPLIT_PTLOCKS
static unsigned long lock_pfn(struct page *page)
{
	spinlock_t *lock = READ_ONCE(page_ptdesc(page)->ptl);

	return lock ? PHYS_PFN(__pa(lock)) : page_to_pfn(page);
}
#else
static unsigned long lock_pfn(struct page *page)
{
	return page_to_pfn(page);
}

static void ptlock_cache_shrink(void)
{
}
#endif

/**
 * ptreloc_holds - does a range hold a table, or its lock?
 * @order: gives the range
 * @pfn: of the table, which is not freed meanwhile
 *
 * Context: any.
 * Return: true if it holds one of them.
 */
bool ptreloc_holds(struct ptreloc_order *order, unsigned long pfn)
{
	return ptreloc_in_range(order, pfn) ||
	       ptreloc_in_range(order, lock_pfn(pfn_to_page(pfn)));
}

/**
 * ptreloc_give_locks_back - free the slab pages that locks have left
 *
 * Context: process context, may sleep; cpus_read_lock() held.
 */
void ptreloc_give_locks_back(void)
{
	ptlock_cache_shrink();
}
