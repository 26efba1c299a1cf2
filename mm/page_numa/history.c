// SPDX-License-Identifier: GPL-2.0-only
/*
 * A byte for each page, found by the page's number alone:
 *
 *	pfn	   0        32768    65536    98304
 *	present	   |   1    |   0    |   1    |
 *	byte	   |########|        |########|
 *
 * Where no memory is in use there is no history of it, and none is allocated.
 * The caller of page_numa_byte() holds rcu_read_lock(): who removes a section
 * waits for a grace period before its bytes go.
 */
#include <linux/bitops.h>
#include <linux/page_numa.h>

/**
 * page_numa_used - what a page's byte is after a use
 * @old: what it was
 * @nid: the node that has used the page
 *
 * Whether the page waits does not change by this.
 *
 * Context: any.
 * Return: the byte.
 */
u8 page_numa_used(u8 old, int nid)
{
	u8 uses = (old >> PAGE_NUMA_USES_SHIFT) & PAGE_NUMA_USES_MAX;
	u8 node = nid & PAGE_NUMA_NODE_MASK;

	if (!uses || (old & PAGE_NUMA_NODE_MASK) != node)
		uses = 1;
	else if (uses < PAGE_NUMA_USES_MAX)
		uses++;
	return (old & PAGE_NUMA_QUEUED) | uses << PAGE_NUMA_USES_SHIFT | node;
}

/**
 * page_numa_byte - the history of a page
 * @history: of the machine
 * @pfn: the page
 *
 * Context: any, under rcu_read_lock(), for as long as the byte is used.
 * Return: its byte; NULL if its section has none.
 */
u8 *page_numa_byte(const struct page_numa_history *history, unsigned long pfn)
{
	if (pfn >= history->nr_pages)
		return NULL;
	/* Pairs with the barrier in page_numa_add(): the bytes are zeroed. */
	if (!test_bit_acquire(pfn >> history->section_shift, history->present))
		return NULL;
	return &history->byte[pfn];
}

/**
 * page_numa_add - the bytes of a section are there from now on
 * @history: of the machine
 * @pfn: a page of the section
 *
 * Context: the shell has filled the section's bytes with zeroes, and nobody
 * else adds or removes this section at the same time.
 * Return: false if they were there before, or there is no room for them.
 */
bool page_numa_add(struct page_numa_history *history, unsigned long pfn)
{
	unsigned long section = pfn >> history->section_shift;

	if (pfn >= history->nr_pages || test_bit(section, history->present))
		return false;
	/* Pairs with test_bit_acquire() in page_numa_byte(). */
	smp_mb__before_atomic();
	set_bit(section, history->present);
	return true;
}

/**
 * page_numa_remove - nobody looks for the bytes of a section any more
 * @history: of the machine
 * @pfn: a page of the section
 *
 * The shell then calls synchronize_rcu() and page_numa_forget(), and may free
 * the bytes.
 *
 * Context: nobody else adds or removes this section at the same time.
 * Return: false if there were none.
 */
bool page_numa_remove(struct page_numa_history *history, unsigned long pfn)
{
	unsigned long section = pfn >> history->section_shift;

	if (pfn >= history->nr_pages || !test_bit(section, history->present))
		return false;
	/* Who has seen it set is waited for by synchronize_rcu(). */
	clear_bit(section, history->present);
	return true;
}
