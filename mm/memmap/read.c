// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine extents for readers that hold no lock. extent.c is the other half,
 * and says in which order pages are written and leave an extent.
 */
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>

/**
 * memmap_extents_test - is a page pristine?
 * @set: the extents of a zone
 * @pfn: the page
 *
 * A page that is initialised never becomes pristine again while it is online. So
 * the answer true may be outdated when the caller reads it, and the answer false
 * is final: the struct page may then be read. In an NMI or an oops, the answer is
 * also true while another CPU changes the table.
 *
 * Context: any; no lock needed.
 * Return: true if the page is pristine.
 */
bool memmap_extents_test(const struct memmap_extents *set, unsigned long pfn)
{
	const struct memmap_extent_table *table;
	/* An NMI may have stopped the writer: waiting for it would hang. */
	bool pristine, torn, once = in_nmi() || oops_in_progress;
	unsigned int low, high, seq;

	if (pfn < READ_ONCE(set->start_pfn) || pfn >= READ_ONCE(set->end_pfn) ||
	    !READ_ONCE(set->nr_pages)) {
		/* Pairs with raw_write_seqcount_begin() in extents_write_begin(). */
		smp_rmb();
		return false;
	}

	rcu_read_lock();
	do {
		/* Pairs with raw_write_seqcount_begin() in extents_write_begin(). */
		seq = once ? raw_seqcount_begin(&set->seq.seqcount) :
			     read_seqcount_begin(&set->seq);
		/* Pairs with rcu_assign_pointer() in memmap_extents_reserve(). */
		table = rcu_dereference(set->table);
		low = 0;
		high = min(READ_ONCE(set->nr), table->capacity);
		pristine = false;
		while (low < high) {
			unsigned int mid = low + (high - low) / 2;

			if (READ_ONCE(table->extent[mid].end_pfn) <= pfn) {
				low = mid + 1;
			} else if (READ_ONCE(table->extent[mid].start_pfn) >
				   pfn) {
				high = mid;
			} else {
				pristine = true;
				break;
			}
		}
		torn = read_seqcount_retry(&set->seq, seq);
	} while (torn && !once);
	rcu_read_unlock();
	return pristine || torn;
}
