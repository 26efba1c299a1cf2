// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine memory changes its node: two tables of extents change, and counters.
 * No struct page is written: a drain or a pull writes the new node later.
 */
#include <linux/dnuma.h>
#include <linux/memmap_init.h>
#include <linux/memmap_pristine.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>
#include "../../internal.h"
#include "../../memmap/kernel/kernel.h"
#include "kernel.h"

/**
 * dnuma_pristine_prepare - give zones the tables that a plan needs
 * @plan: the plan
 *
 * Context: process context, allocates memory; mem_hotplug_lock held for
 * writing, so that one caller at a time adds a zone.
 * Return: 0 or -ENOMEM.
 */
int dnuma_pristine_prepare(const struct dnuma_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *step = dnuma_plan_step(plan, i);
		int err;

		if (step->way != DNUMA_REHOME)
			continue;
		err = memmap_zone_extents(dnuma_zone(step->to, step->zone));
		if (err)
			return err;
	}
	return 0;
}

/**
 * dnuma_pristine_look - is a block pristine?
 * @nid: its node
 * @start_pfn: its first page
 * @end_pfn: where to stop
 * @run: out: the whole run of pristine blocks, if it is
 *
 * Context: mem_hotplug_lock held; takes zone->lock.
 * Return: true if it is.
 */
bool dnuma_pristine_look(int nid, unsigned long start_pfn,
			 unsigned long end_pfn, struct dnuma_run *run)
{
	unsigned int i;

	if (!memmap_pristine_enabled())
		return false;
	for (i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = dnuma_zone(nid, i);
		unsigned long start = start_pfn, end = end_pfn, flags;
		bool found, busy;

		if (!zone->pristine)
			continue;
		spin_lock_irqsave(&zone->lock, flags);
		found = memmap_extents_find(zone->pristine, &start, &end,
					    &busy);
		spin_unlock_irqrestore(&zone->lock, flags);
		if (!found || start != start_pfn)
			continue;
		run->end_pfn = end;
		run->zone = i;
		run->state = DNUMA_PRISTINE;
		return true;
	}
	return false;
}

static unsigned long rehome_locked(const struct dnuma_step *step,
				   struct zone *from, struct zone *to)
{
	unsigned long moved_pfn, nr;

	/* Pairs with read_seqcount_retry() in __memmap_pfn_pristine(). */
	memmap_move_begin();
	moved_pfn = dnuma_extents_rehome(from->pristine, to->pristine,
					 step->start_pfn, step->end_pfn);
	memmap_move_end();
	nr = moved_pfn - step->start_pfn;
	container_of(to->pristine, struct memmap_zone, set)->nr_recorded += nr;
	container_of(from->pristine, struct memmap_zone, set)->nr_recorded -= nr;
	/* Pristine pages are free. */
	__mod_zone_page_state(from, NR_FREE_PAGES, -(long)nr);
	dnuma_account_pages(step, step->start_pfn, moved_pfn);
	__mod_zone_page_state(to, NR_FREE_PAGES, nr);
	return moved_pfn;
}

/**
 * dnuma_rehome - pristine blocks change their node
 * @step: which
 * @why: out: why the block at the returned page has not
 *
 * Context: process context, allocates memory; mem_hotplug_lock held for
 * writing.
 * Return: first page that has not moved; the end of the step if all have.
 */
unsigned long dnuma_rehome(const struct dnuma_step *step, enum dnuma_why *why)
{
	struct zone *from = dnuma_zone(step->from, step->zone);
	struct zone *to = dnuma_zone(step->to, step->zone);
	/* Two zones' locks: that of the lower node first. */
	struct zone *first = step->from < step->to ? from : to;
	struct zone *second = step->from < step->to ? to : from;
	unsigned long moved_pfn = step->start_pfn, flags;

	*why = DNUMA_CHANGED;
	/* Each end of the range may split an extent. */
	if (!from->pristine || memmap_extents_reserve(from->pristine, 2) ||
	    memmap_extents_reserve(to->pristine, 2))
		return moved_pfn;
	spin_lock_irqsave(&first->lock, flags);
	spin_lock_nested(&second->lock, SINGLE_DEPTH_NESTING);
	moved_pfn = rehome_locked(step, from, to);
	spin_unlock(&second->lock);
	spin_unlock_irqrestore(&first->lock, flags);
	return moved_pfn;
}
