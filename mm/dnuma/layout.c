// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts: which memory is on which node.
 *
 *	memory	|000000000000|....|0000000011111111111111111111|
 *		 ^                 ^       ^
 *	range	 0                 1       2
 *
 * A sorted array, searched by halves. Nothing on a hot path reads it, and who
 * reads it needs no lock, because a layout never changes: a new one takes its
 * place.
 */
#include <linux/bug.h>
#include <linux/dnuma.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/overflow.h>
#include <linux/slab.h>

/**
 * memlayout_alloc - an empty layout
 * @capacity: ranges that it can hold
 *
 * Context: process context, allocates memory.
 * Return: the layout, or NULL.
 */
struct memlayout *memlayout_alloc(unsigned int capacity)
{
	struct memlayout *layout;

	layout = kvmalloc(struct_size_t(struct memlayout, range, capacity),
			  GFP_KERNEL);
	if (!layout)
		return NULL;
	layout->nr = 0;
	layout->capacity = capacity;
	return layout;
}

/**
 * memlayout_free - give a layout back
 * @layout: nobody reads it any more; may be NULL
 *
 * Context: process context.
 */
void memlayout_free(struct memlayout *layout)
{
	kvfree(layout);
}

/**
 * memlayout_append - add memory behind all that a layout has
 * @layout: the layout; nobody else sees it yet
 * @start_pfn: first page
 * @end_pfn: first page behind it
 * @nid: its node
 *
 * Context: any.
 */
void memlayout_append(struct memlayout *layout, unsigned long start_pfn,
		      unsigned long end_pfn, int nid)
{
	struct memlayout_range *last = NULL;

	if (start_pfn >= end_pfn)
		return;
	if (layout->nr)
		last = &layout->range[layout->nr - 1];
	if (WARN_ON_ONCE(last && start_pfn < last->end_pfn))
		return;
	if (last && last->end_pfn == start_pfn && last->nid == nid) {
		last->end_pfn = end_pfn;
		return;
	}
	if (WARN_ON_ONCE(layout->nr == layout->capacity))
		return;
	layout->range[layout->nr++] = (struct memlayout_range){
		.start_pfn = start_pfn,
		.end_pfn = end_pfn,
		.nid = nid,
	};
}

/* Index of the first range that ends behind @pfn; layout->nr if none does. */
static unsigned int layout_search(const struct memlayout *layout,
				  unsigned long pfn)
{
	unsigned int low = 0, high = layout->nr;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (layout->range[mid].end_pfn <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * memlayout_lookup - the node of a page
 * @layout: the layout
 * @pfn: the page
 *
 * Context: any.
 * Return: the node, NUMA_NO_NODE if there is no memory.
 */
int memlayout_lookup(const struct memlayout *layout, unsigned long pfn)
{
	unsigned int at = layout_search(layout, pfn);

	if (at == layout->nr || layout->range[at].start_pfn > pfn)
		return NUMA_NO_NODE;
	return layout->range[at].nid;
}

/**
 * memlayout_equal - do two layouts say the same?
 * @a: a layout
 * @b: another
 *
 * Context: any.
 * Return: true if each page is on the same node in both.
 */
bool memlayout_equal(const struct memlayout *a, const struct memlayout *b)
{
	unsigned int i;

	/* Ranges that touch are one, so there is one way to say a thing. */
	if (a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->range[i].start_pfn != b->range[i].start_pfn ||
		    a->range[i].end_pfn != b->range[i].end_pfn ||
		    a->range[i].nid != b->range[i].nid)
			return false;
	return true;
}

/**
 * memlayout_complete - a layout with some of its memory on other nodes
 * @base: the layout; says where memory is
 * @changes: what is said here wins; where @base has no memory it says nothing
 *
 * Context: process context, allocates memory.
 * Return: a layout of the memory of @base, or NULL.
 */
struct memlayout *memlayout_complete(const struct memlayout *base,
				     const struct memlayout *changes)
{
	const struct memlayout_range *r, *c;
	struct memlayout *layout;
	unsigned int i, at = 0;

	/* Each range of @changes cuts at most two pieces off what is there. */
	layout = memlayout_alloc(base->nr + 2 * changes->nr);
	if (!layout)
		return NULL;
	for (i = 0; i < base->nr; i++) {
		unsigned long pfn;

		r = &base->range[i];
		pfn = r->start_pfn;
		while (at < changes->nr && changes->range[at].end_pfn <= pfn)
			at++;
		while (pfn < r->end_pfn) {
			unsigned long end = r->end_pfn;
			int nid = r->nid;

			c = at < changes->nr ? &changes->range[at] : NULL;
			if (c && c->start_pfn <= pfn) {
				end = min(end, c->end_pfn);
				nid = c->nid;
			} else if (c) {
				end = min(end, c->start_pfn);
			}
			memlayout_append(layout, pfn, end, nid);
			pfn = end;
			if (c && c->end_pfn <= pfn)
				at++;
		}
	}
	return layout;
}

/**
 * memlayout_diff_next - the next range whose node differs
 * @diff: two layouts, and on return the range
 *
 * Ranges come in the order of pages. Two in a row may differ in the same way.
 *
 * Context: any.
 * Return: false when there is none left.
 */
bool memlayout_diff_next(struct memlayout_diff *diff)
{
	while (diff->at_old < diff->old->nr && diff->at_new < diff->new->nr) {
		const struct memlayout_range *a, *b;

		a = &diff->old->range[diff->at_old];
		b = &diff->new->range[diff->at_new];
		diff->start_pfn = max(a->start_pfn, b->start_pfn);
		diff->end_pfn = min(a->end_pfn, b->end_pfn);
		diff->from = a->nid;
		diff->to = b->nid;
		if (a->end_pfn <= b->end_pfn)
			diff->at_old++;
		if (b->end_pfn <= a->end_pfn)
			diff->at_new++;
		if (diff->start_pfn < diff->end_pfn && diff->from != diff->to)
			return true;
	}
	return false;
}
