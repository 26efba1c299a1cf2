// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zones that get memory, and zones that lose it.
 *
 * Before the first block moves, each zone that gets one spans it, has lists for
 * each CPU if it had no memory, and those who keep something for each node with
 * memory have been told (MEM_GOING_ONLINE). When it has its first block it joins
 * the zonelists, and its node N_MEMORY. A zone that has lost its last block
 * leaves them again. It is the same as in online_pages() and offline_pages(),
 * but for a block in place of a section; their notifiers are sent for ranges of
 * no pages, as no memory goes on or off.
 */
#include <linux/bitmap.h>
#include <linux/dnuma.h>
#include <linux/memmap_pristine.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/writeback.h>
/* Needs the headers before it. */
#include <linux/compaction.h>
#include "../../internal.h"
#include "kernel.h"

static unsigned int zone_bit(struct zone *zone)
{
	return zone_to_nid(zone) * MAX_NR_ZONES + zone_idx(zone);
}

/*
 * Tell those who keep something for each node with memory: of the node's first
 * memory of any kind, or of its first that the kernel can use for itself.
 */
static int node_notify(unsigned long action, int nid, bool first)
{
	struct memory_notify arg = {
		.status_change_nid = first ? nid : NUMA_NO_NODE,
		.status_change_nid_normal = nid,
	};

	return notifier_to_errno(memory_notify(action, &arg));
}

/*
 * bad_range() reads the span in interrupts, under zone->lock. So interrupts are
 * off while the span is written.
 */
static void zone_span_set(struct zone *zone, unsigned long start_pfn,
			  unsigned long end_pfn)
{
	unsigned long flags;

	local_irq_save(flags);
	zone_span_writelock(zone);
	zone->zone_start_pfn = start_pfn;
	zone->spanned_pages = end_pfn - start_pfn;
	zone_span_writeunlock(zone);
	local_irq_restore(flags);
}

static void node_span_update(pg_data_t *pgdat)
{
	unsigned long start_pfn = ULONG_MAX, end_pfn = 0;
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = &pgdat->node_zones[i];

		if (zone_is_empty(zone))
			continue;
		start_pfn = min(start_pfn, zone->zone_start_pfn);
		end_pfn = max(end_pfn, zone_end_pfn(zone));
	}
	pgdat->node_start_pfn = end_pfn ? start_pfn : 0;
	pgdat->node_spanned_pages = end_pfn ? end_pfn - start_pfn : 0;
}

static void zone_grow(struct zone *zone, unsigned long start_pfn,
		      unsigned long end_pfn)
{
	/* Of another zone's blocks within the span compaction must know. */
	clear_zone_contiguous(zone);
	if (zone_is_empty(zone)) {
		init_currently_empty_zone(zone, start_pfn, end_pfn - start_pfn);
	} else {
		start_pfn = min(start_pfn, zone->zone_start_pfn);
		end_pfn = max(end_pfn, zone_end_pfn(zone));
	}
	zone_span_set(zone, start_pfn, end_pfn);
	node_span_update(zone->zone_pgdat);
}

/**
 * dnuma_zone_has - is a page in a zone?
 * @zone: the zone
 * @pfn: the page
 *
 * Context: mem_hotplug_lock held.
 * Return: true if the page is online and in the zone, pristine or not.
 */
bool dnuma_zone_has(struct zone *zone, unsigned long pfn)
{
	struct page *page;

	/* Checked first: the page may be initialised meanwhile. */
	if (memmap_zone_pfn_pristine(zone, pfn))
		return true;
	page = pfn_to_online_page(pfn);
	return page && page_zone(page) == zone;
}

/*
 * The span ends where the zone's pages end. Only where memory itself ends does a
 * subsection belong to a zone in part; else one step is a subsection.
 */
static void zone_shrink(struct zone *zone)
{
	unsigned long start_pfn = zone->zone_start_pfn;
	unsigned long end_pfn = zone_end_pfn(zone);

	/* What is left of it are struct pages of holes. */
	if (!populated_zone(zone))
		end_pfn = start_pfn;
	while (start_pfn < end_pfn && !dnuma_zone_has(zone, start_pfn)) {
		unsigned long next = ALIGN(start_pfn + 1, PAGES_PER_SUBSECTION);

		start_pfn = dnuma_zone_has(zone, next - 1) ? start_pfn + 1 :
							     next;
		cond_resched();
	}
	while (start_pfn < end_pfn && !dnuma_zone_has(zone, end_pfn - 1)) {
		unsigned long next = ALIGN_DOWN(end_pfn - 1,
						PAGES_PER_SUBSECTION);

		end_pfn = dnuma_zone_has(zone, next) ? end_pfn - 1 : next;
		cond_resched();
	}
	if (start_pfn >= end_pfn) {
		start_pfn = 0;
		end_pfn = 0;
	}
	zone_span_set(zone, start_pfn, end_pfn);
	node_span_update(zone->zone_pgdat);
}

/* In a contiguous zone compaction reads no struct page to learn the zone. */
static void zone_check_contiguous(struct zone *zone)
{
	const struct memlayout *actual = dnuma_actual();
	unsigned int i;

	if (zone->contiguous)
		return;
	for (i = 0; i < actual->nr; i++) {
		const struct memlayout_range *r = &actual->range[i];

		/* A walk of the whole zone, so only if it may succeed. */
		if (r->nid == zone_to_nid(zone) &&
		    r->start_pfn <= zone->zone_start_pfn &&
		    r->end_pfn >= zone_end_pfn(zone))
			set_zone_contiguous(zone);
	}
}

/* A node's first memory stays in its tier, if nobody knows which one it is in. */
static void tiers_inherit(const nodemask_t *first,
			  const struct dnuma_plan *plan)
{
	nodemask_t nodes = *first;
	unsigned int i;

	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *step = dnuma_plan_step(plan, i);

		if (!node_isset(step->to, nodes))
			continue;
		node_clear(step->to, nodes);
		memory_tier_inherit(step->to, step->from);
	}
}

/**
 * dnuma_zones_begin - make zones ready for what a plan gives them
 * @zones: out; dnuma_zones_end() ends it, unless an error is returned
 * @plan: the plan; nothing of it has moved
 *
 * Context: process context, allocates memory; mem_hotplug_lock held for writing.
 * Return: 0; -ENOMEM, or what a notifier says: then all is as it was.
 */
int dnuma_zones_begin(struct dnuma_zones *zones, const struct dnuma_plan *plan)
{
	unsigned long start_pfn, end_pfn;
	unsigned int i;
	int nid, err = 0;

	nodes_clear(zones->gained);
	nodes_clear(zones->first);
	zones->empty = bitmap_zalloc(nr_node_ids * MAX_NR_ZONES, GFP_KERNEL);
	if (!zones->empty)
		return -ENOMEM;
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = dnuma_zone(nid, i);

			if (!populated_zone(zone))
				set_bit(zone_bit(zone), zones->empty);
			if (!dnuma_plan_span(plan, nid, i, &start_pfn, &end_pfn))
				continue;
			if (!node_state(nid, N_MEMORY))
				node_set(nid, zones->first);
			if (!node_state(nid, N_NORMAL_MEMORY))
				node_set(nid, zones->gained);
		}
	for_each_node_mask(nid, zones->gained) {
		err = node_notify(MEM_GOING_ONLINE, nid,
				  node_isset(nid, zones->first));
		if (!err)
			continue;
		for_each_node_mask(nid, zones->gained)
			node_notify(MEM_CANCEL_ONLINE, nid,
				    node_isset(nid, zones->first));
		bitmap_free(zones->empty);
		return err;
	}
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = dnuma_zone(nid, i);

			if (!dnuma_plan_span(plan, nid, i, &start_pfn, &end_pfn))
				continue;
			zone_grow(zone, start_pfn, end_pfn);
			if (!populated_zone(zone))
				setup_zone_pageset(zone);
		}
	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *step = dnuma_plan_step(plan, i);

		clear_zone_contiguous(dnuma_zone(step->from, step->zone));
	}
	tiers_inherit(&zones->first, plan);
	return 0;
}

static void node_states_update(int nid)
{
	bool any = false, normal = false;
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++) {
		if (!populated_zone(dnuma_zone(nid, i)))
			continue;
		any = true;
		normal = normal || i <= ZONE_NORMAL;
	}
	if (any)
		node_set_state(nid, N_MEMORY);
	else
		node_clear_state(nid, N_MEMORY);
	if (normal)
		node_set_state(nid, N_NORMAL_MEMORY);
	else
		node_clear_state(nid, N_NORMAL_MEMORY);
}

/**
 * dnuma_zones_moved - a step has moved memory
 * @zones: as dnuma_zones_begin() left it
 * @step: the step
 *
 * If the zone had none, it can now be allocated from.
 *
 * Context: process context, may sleep; mem_hotplug_lock held for writing.
 */
void dnuma_zones_moved(struct dnuma_zones *zones, const struct dnuma_step *step)
{
	struct zone *zone = dnuma_zone(step->to, step->zone);

	if (populated_zone(zone) &&
	    test_and_clear_bit(zone_bit(zone), zones->empty)) {
		node_states_update(step->to);
		build_all_zonelists(NULL);
		kswapd_run(step->to);
		kcompactd_run(step->to);
	}
	/* Reserves follow the pages, so that no zone is short meanwhile. */
	init_per_zone_wmark_min();
}

/* A zone without a page, although it had some, or was made ready for some. */
static void zone_dead(struct zone *zone)
{
	int nid = zone_to_nid(zone);

	node_states_update(nid);
	build_all_zonelists(NULL);
	zone_pcp_reset(zone);
	if (node_state(nid, N_MEMORY))
		return;
	kcompactd_stop(nid);
	kswapd_stop(nid);
}

/**
 * dnuma_zones_end - nothing moves any more
 * @zones: as dnuma_zones_begin() left it
 * @plan: the plan, as far as it was carried out
 *
 * Context: process context, may sleep; mem_hotplug_lock held for writing.
 */
void dnuma_zones_end(struct dnuma_zones *zones, const struct dnuma_plan *plan)
{
	nodemask_t lost = NODE_MASK_NONE;
	unsigned int i;
	int nid;

	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *step = dnuma_plan_step(plan, i);
		struct zone *from = dnuma_zone(step->from, step->zone);
		struct zone *to = dnuma_zone(step->to, step->zone);

		zone_shrink(from);
		zone_shrink(to);
		if (!populated_zone(from) &&
		    !test_and_set_bit(zone_bit(from), zones->empty)) {
			zone_dead(from);
			if (!node_state(step->from, N_MEMORY))
				node_set(step->from, lost);
		}
		/* Made ready, but nothing came. */
		if (!populated_zone(to))
			zone_pcp_reset(to);
	}
	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *step = dnuma_plan_step(plan, i);

		zone_check_contiguous(dnuma_zone(step->from, step->zone));
		zone_check_contiguous(dnuma_zone(step->to, step->zone));
	}
	init_per_zone_wmark_min();
	writeback_set_ratelimit();
	for_each_node_mask(nid, zones->gained)
		node_notify(node_state(nid, N_MEMORY) ? MEM_ONLINE :
							MEM_CANCEL_ONLINE,
			    nid, node_isset(nid, zones->first));
	for_each_node_mask(nid, lost)
		node_notify(MEM_OFFLINE, nid, true);
	bitmap_free(zones->empty);
}
