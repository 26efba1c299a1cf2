// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bundles: all classes that one resource holds. They have one rate, so what they
 * take of any resource is that rate times a weight, and a change of the rate is
 * a change of one number for each resource, however many classes there are and
 * however many links each of them crosses.
 */
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "model/flow_internal.h"

/**
 * bundle_find - what a bundle is to a resource
 * @bundle: the bundle
 * @resource: the resource
 *
 * Return: its cell; NULL if no class of the bundle crosses it.
 */
const struct cell *bundle_find(const struct bundle *bundle, int resource)
{
	unsigned int page = resource / PAGE_CELLS, at = resource % PAGE_CELLS;

	if (page >= bundle->nr_pages || !bundle->page[page] ||
	    !(bundle->page[page]->used >> at & 1))
		return NULL;
	return &bundle->page[page]->cell[at];
}

static struct cell_page *new_page(struct bundle *bundle, unsigned int page)
{
	if (page >= bundle->nr_pages) {
		bundle->page = xrealloc(bundle->page, page + 1UL,
					sizeof(*bundle->page));
		while (bundle->nr_pages <= page)
			bundle->page[bundle->nr_pages++] = NULL;
	}
	if (!bundle->page[page])
		bundle->page[page] = xcalloc(1, sizeof(**bundle->page));
	return bundle->page[page];
}

static struct cell_page *page_of(struct bundle *bundle, unsigned int page)
{
	if (page < bundle->nr_pages && bundle->page[page])
		return bundle->page[page];
	return new_page(bundle, page);
}

/* A class of the bundle has so many flows more; it comes, or goes: 1, -1. */
static void weigh_class(const struct flow_sys *sys, struct bundle *bundle,
			const struct class *c, double flows, int nr)
{
	const struct use *use = c->use, *end = use + c->nr_uses;
	struct cell_page *p = NULL;
	unsigned int page = 0;

	for (; use < end; use++) {
		unsigned int resource = use->resource;
		unsigned int at = resource % PAGE_CELLS;
		struct cell *cell;

		/* Ways lead from one resource to its neighbour, mostly. */
		if (!p || resource / PAGE_CELLS != page) {
			page = resource / PAGE_CELLS;
			p = page_of(bundle, page);
		}
		cell = &p->cell[at];
		cell->nr += nr;
		cell->weight += flows * usage(sys, use);
		p->used |= 1ULL << at;
		if (!cell->nr) {
			/* Nothing that was rounded is left. */
			cell->weight = 0;
			p->used &= ~(1ULL << at);
		}
	}
	bundle->nr_changes++;
}

/**
 * bundle_enter - a resource holds a class from now on
 * @sys: the system
 * @bundle: that resource's
 * @class: the class, which has flows and is in no bundle
 */
void bundle_enter(struct flow_sys *sys, int bundle, int class)
{
	struct bundle *b = &sys->bundle[bundle];
	struct class *c = &sys->class[class];

	if (b->nr == b->room) {
		b->room = b->room ? 2 * b->room : 4;
		b->class = xrealloc(b->class, b->room, sizeof(*b->class));
	}
	c->holder = bundle;
	c->nr_stands = c->nr;
	c->place = b->nr;
	b->class[b->nr++] = class;
	b->lowest = fmin(b->lowest, c->bound);
	weigh_class(sys, b, c, c->nr, 1);
	if (!b->listed) {
		b->listed = true;
		b->place = sys->bundles.nr;
		list_add(&sys->bundles, bundle);
	}
}

/**
 * bundle_change - a class of a bundle has more or fewer flows
 * @sys: the system
 * @class: the class; it has some
 */
void bundle_change(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];

	weigh_class(sys, &sys->bundle[c->holder], c,
		    (double)c->nr - (double)c->nr_stands, 0);
	c->nr_stands = c->nr;
}

/**
 * bundle_leave - a class is in its bundle no longer
 * @sys: the system
 * @class: the class
 */
void bundle_leave(struct flow_sys *sys, int class)
{
	struct class *c = &sys->class[class];
	struct bundle *b = &sys->bundle[c->holder];
	int last = b->class[--b->nr];

	b->class[c->place] = last;
	sys->class[last].place = c->place;
	weigh_class(sys, b, c, -(double)c->nr_stands, -1);
	c->nr_stands = 0;
}

static void clear_cells(struct bundle *bundle)
{
	unsigned int i;

	for (i = 0; i < bundle->nr_pages; i++)
		if (bundle->page[i] && bundle->page[i]->used)
			*bundle->page[i] = (struct cell_page){ 0 };
	bundle->nr_changes = 0;
}

/**
 * bundle_sum_up - nothing that was rounded remains
 * @sys: the system
 * @bundle: the bundle; what it takes is in no load
 */
void bundle_sum_up(struct flow_sys *sys, struct bundle *bundle)
{
	unsigned int i;

	clear_cells(bundle);
	for (i = 0; i < bundle->nr; i++) {
		const struct class *c = &sys->class[bundle->class[i]];

		weigh_class(sys, bundle, c, c->nr_stands, 1);
	}
	bundle->nr_changes = 0;
}

/**
 * bundle_leave_all - no class is in a bundle any longer
 * @sys: the system
 * @bundle: the bundle; what it takes is in no load
 */
void bundle_leave_all(struct flow_sys *sys, struct bundle *bundle)
{
	while (bundle->nr)
		sys->class[bundle->class[--bundle->nr]].nr_stands = 0;
	clear_cells(bundle);
}

/**
 * bundle_clear - a bundle is empty
 * @sys: the system
 * @bundle: no class is in it
 */
void bundle_clear(struct flow_sys *sys, struct bundle *bundle)
{
	int last = sys->bundles.at[--sys->bundles.nr];

	sys->bundles.at[bundle->place] = last;
	sys->bundle[last].place = bundle->place;
	bundle->listed = false;
	bundle->lowest = INFINITY;
}

/**
 * bundle_free - give back its memory
 * @bundle: the bundle
 */
void bundle_free(struct bundle *bundle)
{
	unsigned int i;

	for (i = 0; i < bundle->nr_pages; i++)
		free(bundle->page[i]);
	free(bundle->page);
	free(bundle->class);
}
