// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine memory goes to another node: no struct page has its node in it yet,
 * so nothing is written but two tables of extents.
 *
 *	from	|####----------######|	the part to the right of the cut goes
 *	to	|.....##########.....|	where it joins what it touches
 */
#include <linux/dnuma.h>
#include <linux/memmap_init.h>

/**
 * dnuma_extents_rehome - pristine pages go to another zone
 * @from: the extents of the zone that they are in
 * @to: the extents of the zone that they go to; neither table is replaced
 *	meanwhile, see memmap_extents_reserve()
 * @start_pfn: first page; a multiple of a block
 * @end_pfn: first page behind the range; a multiple as well
 *
 * Goes as far as it can: to the first page that is not pristine any more, that
 * a worker is writing now, or for which a table has no entry. A worker's chunk
 * is cut short, as by a pull.
 *
 * A page is in @to before it leaves @from. A reader that asks the
 * zones one after another without a lock may still miss it in both: it has to
 * ask again if a commit ran meanwhile.
 *
 * Context: zone->lock of both zones held; the caller accounts the pages.
 * Return: first page that is still in @from, or @end_pfn.
 */
unsigned long dnuma_extents_rehome(struct memmap_extents *from,
				   struct memmap_extents *to,
				   unsigned long start_pfn,
				   unsigned long end_pfn)
{
	while (start_pfn < end_pfn) {
		unsigned long start = start_pfn, end = end_pfn;
		bool busy;

		if (!memmap_extents_find(from, &start, &end, &busy) || busy ||
		    start != start_pfn || !memmap_extents_add(to, start, end))
			break;
		/* No struct page of theirs is written: they stay pristine. */
		if (!memmap_extents_remove(from, start, end)) {
			/* What the range took of the table it gives back. */
			memmap_extents_remove(to, start, end);
			break;
		}
		start_pfn = end;
	}
	return start_pfn;
}
