// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks that are held: isolated although a page in them cannot move. What is
 * freed in them is out of use, until all of it is free and the block moves. The
 * price is the free part of each, so holding is asked for, with a budget.
 *
 * A commit holds the blocks that it plans to hold. Those that an earlier one has
 * held and that this one does not are in use again.
 */
#include <linux/dnuma.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "../../internal.h"
#include "kernel.h"

/**
 * struct held - a block that is held
 * @list: entry in held_blocks
 * @pfn: its first page
 * @wanted: the commit under way holds it, too
 */
struct held {
	struct list_head list;
	unsigned long pfn;
	bool wanted;
};

/* dnuma_lock protects it. */
static LIST_HEAD(held_blocks);

static struct held *held_find(unsigned long pfn)
{
	struct held *held;

	list_for_each_entry(held, &held_blocks, list)
		if (held->pfn == pfn)
			return held;
	return NULL;
}

/* Isolate the block, whatever is in it. */
static struct held *held_make(struct zone *zone, unsigned long pfn)
{
	struct held *held = kmalloc(sizeof(*held), GFP_KERNEL);
	unsigned long flags;
	bool done;

	if (!held)
		return NULL;
	spin_lock_irqsave(&zone->lock, flags);
	/* Not if somebody else has isolated it meanwhile. */
	done = dnuma_isolate(zone, pfn, pfn + DNUMA_BLOCK_PAGES);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!done) {
		kfree(held);
		return NULL;
	}
	/* What CPUs keep of it goes to the isolated lists as well. */
	drain_all_pages(zone);
	held->pfn = pfn;
	list_add(&held->list, &held_blocks);
	return held;
}

/**
 * dnuma_hold - blocks that cannot move are held, and move once they are free
 * @step: which; the first block of it is seen to
 * @why: out: why it has not moved
 *
 * Context: process context, may sleep; dnuma_lock and, for writing,
 * mem_hotplug_lock held.
 * Return: first page that has not moved.
 */
unsigned long dnuma_hold(const struct dnuma_step *step, enum dnuma_why *why)
{
	struct zone *zone = dnuma_zone(step->from, step->zone);
	struct held *held = held_find(step->start_pfn);
	unsigned long flags;
	bool taken;

	*why = DNUMA_STAYS;
	if (!held)
		held = held_make(zone, step->start_pfn);
	if (!held)
		return step->start_pfn;
	held->wanted = true;
	*why = DNUMA_HELD;
	spin_lock_irqsave(&zone->lock, flags);
	taken = dnuma_block_take(zone, step->start_pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!taken)
		return step->start_pfn;
	dnuma_block_move(step, step->start_pfn);
	list_del(&held->list);
	kfree(held);
	return step->start_pfn + DNUMA_BLOCK_PAGES;
}

/**
 * dnuma_hold_begin - a commit begins
 *
 * Context: dnuma_lock held.
 */
void dnuma_hold_begin(void)
{
	struct held *held;

	list_for_each_entry(held, &held_blocks, list)
		held->wanted = false;
}

/**
 * dnuma_hold_end - a commit ends: what it does not hold is in use again
 *
 * Context: process context; dnuma_lock and, for writing, mem_hotplug_lock held.
 */
void dnuma_hold_end(void)
{
	struct held *held, *next;

	list_for_each_entry_safe(held, next, &held_blocks, list) {
		if (held->wanted)
			continue;
		undo_isolate_page_range(held->pfn,
					held->pfn + DNUMA_BLOCK_PAGES,
					MIGRATE_MOVABLE);
		list_del(&held->list);
		kfree(held);
	}
}
