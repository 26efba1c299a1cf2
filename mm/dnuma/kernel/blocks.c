// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks change their node.
 *
 *	free list of one zone	|####|
 *		isolate		    its pageblocks are MIGRATE_ISOLATE: what is
 *				    freed in them goes to no list of a CPU, and
 *				    nobody allocates there
 *		(empty)		    what is in use is migrated elsewhere
 *		take		    off the free lists, under zone->lock: owned
 *		relabel		    node of each struct page, account of the zones
 *		give		    to the free lists of the other zone
 *	free list of the other	|####|
 *
 * An owned block is on no list, has no reference and no PageBuddy, and is still
 * MIGRATE_ISOLATE: so nobody can allocate, isolate or merge it. Code that has
 * read page_zone() before and takes the lock of the old zone afterwards finds
 * either that or the other zone, and has to look again: compaction's
 * isolate_freepages_block(), set_migratetype_isolate(), take_page_off_buddy().
 */
#include <linux/bug.h>
#include <linux/dnuma.h>
#include <linux/gfp.h>
#include <linux/memory_hotplug.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include "../../internal.h"
#include "kernel.h"

#ifdef CONFIG_DEBUG_VM
/*
 * Negative control for tests: free blocks are relabelled where they are, on the
 * free list of their old zone. The kernel must notice.
 */
static bool dnuma_noown __ro_after_init;

static int __init dnuma_noown_setup(char *arg)
{
	dnuma_noown = true;
	return 0;
}
early_param("dnuma_noown", dnuma_noown_setup);
#else
#define dnuma_noown false
#endif

/* How often pages are tried that were isolated and could not be migrated. */
#define MIGRATE_TRIES 5

#define PAGEBLOCKS (DNUMA_BLOCK_PAGES / pageblock_nr_pages)

/**
 * dnuma_all_free - is all of a range on the free lists of a zone?
 * @zone: the zone
 * @start_pfn: first page
 * @end_pfn: first page behind the range
 *
 * Context: zone->lock held.
 * Return: true if it is.
 */
bool dnuma_all_free(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn)
{
	unsigned long pfn = start_pfn;

	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);

		if (!PageBuddy(page) || page_zone(page) != zone)
			return false;
		pfn += 1UL << buddy_order(page);
	}
	return true;
}

/**
 * dnuma_block_take - take an isolated block off the free lists
 * @zone: its zone
 * @start_pfn: its first page
 *
 * Context: zone->lock held.
 * Return: false if a page is not free: then all is as before.
 */
bool dnuma_block_take(struct zone *zone, unsigned long start_pfn)
{
	unsigned long end_pfn = start_pfn + DNUMA_BLOCK_PAGES, pfn;
	unsigned int order;

	if (!dnuma_all_free(zone, start_pfn, end_pfn))
		return false;
	for (pfn = start_pfn; pfn < end_pfn; pfn += 1UL << order) {
		struct page *page = pfn_to_page(pfn);

		order = buddy_order(page);
		/* It refuses nothing that is MIGRATE_ISOLATE. */
		WARN_ON_ONCE(!__isolate_free_page(page, order));
	}
	/* Counted are pageblocks with pages on the lists of the zone. */
	zone->nr_isolate_pageblock -= PAGEBLOCKS;
	return true;
}

/**
 * dnuma_isolate - what is free in pageblocks, or is freed from now on, stays free
 * @zone: their zone
 * @start_pfn: first page; of a pageblock
 * @end_pfn: first page behind the last pageblock
 *
 * Whatever is in them: start_isolate_page_range() refuses pageblocks with
 * unmovable pages, wherever these are.
 *
 * Context: zone->lock held; undo_isolate_page_range() ends it.
 * Return: false if they are not all in the zone, or one is isolated already.
 */
bool dnuma_isolate(struct zone *zone, unsigned long start_pfn,
		   unsigned long end_pfn)
{
	unsigned long pfn;

	if (!zone_spans_pfn(zone, start_pfn) ||
	    !zone_spans_pfn(zone, end_pfn - 1))
		return false;
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages)
		if (page_zone(pfn_to_page(pfn)) != zone ||
		    is_migrate_isolate_page(pfn_to_page(pfn)))
			return false;
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages) {
		/* It only looks at the span. */
		WARN_ON_ONCE(!move_freepages_block_isolate(zone,
							   pfn_to_page(pfn),
							   MIGRATE_ISOLATE));
		zone->nr_isolate_pageblock++;
	}
	return true;
}

/* Isolate and take a block that is free as a whole. zone->lock is held. */
static bool block_grab(struct zone *zone, unsigned long start_pfn)
{
	unsigned long end_pfn = start_pfn + DNUMA_BLOCK_PAGES, pfn;
	struct page *page = pfn_to_page(start_pfn);

	if (page_zone(page) != zone || !PageBuddy(page) ||
	    buddy_order(page) != MAX_PAGE_ORDER)
		return false;
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages)
		if (get_pageblock_migratetype(pfn_to_page(pfn)) >=
		    MIGRATE_PCPTYPES)
			return false;
	/*
	 * Isolated first, so that __isolate_free_page() does not look at the
	 * watermark: that of the zone belongs to the pages that leave as well.
	 */
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages) {
		if (WARN_ON_ONCE(!move_freepages_block_isolate(zone,
							       pfn_to_page(pfn),
							       MIGRATE_ISOLATE)))
			return false;
		zone->nr_isolate_pageblock++;
	}
	return dnuma_block_take(zone, start_pfn);
}

/*
 * Write the node into the struct pages of a block that is owned. Whoever finds
 * the pages by their pfn, memory_failure() for one, may set a flag at the same
 * moment: so flags are exchanged and not just stored.
 */
static void block_relabel(unsigned long pfn, int nid)
{
	unsigned long end_pfn = pfn + DNUMA_BLOCK_PAGES;

	for (; pfn < end_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);
		unsigned long old = READ_ONCE(page->flags), new;

		do {
			new = old & ~(NODES_MASK << NODES_PGSHIFT);
			new |= ((unsigned long)nid & NODES_MASK)
			       << NODES_PGSHIFT;
		} while (!try_cmpxchg(&page->flags, &old, new));
	}
}

/**
 * dnuma_account_pages - pages have gone to another zone, in all but free pages
 * @step: from which zone to which
 * @start_pfn: first page
 * @end_pfn: first page behind them; all are present and managed
 *
 * MemTotal is the sum of all zones and stays, so it is not touched.
 *
 * Context: mem_hotplug_lock held for writing.
 */
void dnuma_account_pages(const struct dnuma_step *step, unsigned long start_pfn,
			 unsigned long end_pfn)
{
	struct zone *from = dnuma_zone(step->from, step->zone);
	struct zone *to = dnuma_zone(step->to, step->zone);
	unsigned long nr = end_pfn - start_pfn, early = 0, pfn, next;

	for (pfn = start_pfn; pfn < end_pfn; pfn = next) {
		next = min(end_pfn, SECTION_ALIGN_UP(pfn + 1));
		if (early_section(__pfn_to_section(pfn)))
			early += next - pfn;
	}
	/*
	 * A zone never has more managed pages than are present. populated_zone()
	 * reads present_pages without a lock, as beside hot-plug: a zone that is
	 * born or dies may be taken for what it was a moment ago.
	 */
	data_race(to->present_pages += nr);
	to->present_early_pages += early;
	to->zone_pgdat->node_present_pages += nr;
	atomic_long_add(nr, &to->managed_pages);
	atomic_long_sub(nr, &from->managed_pages);
	from->zone_pgdat->node_present_pages -= nr;
	from->present_early_pages -= early;
	/* Read as above. */
	data_race(from->present_pages -= nr);
}

/*
 * Put a block that is owned and relabelled onto the free lists of its zone, which
 * is locked.
 */
static void block_give(struct zone *zone, unsigned long start_pfn)
{
	unsigned long end_pfn = start_pfn + DNUMA_BLOCK_PAGES, pfn;

	lockdep_assert_held(&zone->lock);
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages)
		set_pageblock_migratetype(pfn_to_page(pfn), MIGRATE_MOVABLE);
	__putback_isolated_page(pfn_to_page(start_pfn), MAX_PAGE_ORDER,
				MIGRATE_MOVABLE);
}

/**
 * dnuma_block_move - a block that is owned goes to the other node
 * @step: from where to where
 * @pfn: its first page
 *
 * Context: mem_hotplug_lock held for writing; takes zone->lock.
 */
void dnuma_block_move(const struct dnuma_step *step, unsigned long pfn)
{
	struct zone *to = dnuma_zone(step->to, step->zone);
	unsigned long flags;

	block_relabel(pfn, step->to);
	dnuma_account_pages(step, pfn, pfn + DNUMA_BLOCK_PAGES);
	spin_lock_irqsave(&to->lock, flags);
	block_give(to, pfn);
	spin_unlock_irqrestore(&to->lock, flags);
}

#ifdef CONFIG_DYNAMIC_NUMA_KUNIT_TEST
void (*dnuma_race_hook)(unsigned long pfn);

/*
 * For tests: the zone that a free block leaves is locked until the block is in the
 * other one. A CPU that waits for the lock finds then that the block has gone.
 */
static bool grab_in_race(const struct dnuma_step *step, unsigned long pfn)
{
	struct zone *from = dnuma_zone(step->from, step->zone);
	struct zone *to = dnuma_zone(step->to, step->zone);
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&from->lock, flags);
	dnuma_race_hook(pfn);
	taken = block_grab(from, pfn);
	if (taken) {
		block_relabel(pfn, step->to);
		dnuma_account_pages(step, pfn, pfn + DNUMA_BLOCK_PAGES);
		spin_lock_nested(&to->lock, SINGLE_DEPTH_NESTING);
		block_give(to, pfn);
		spin_unlock(&to->lock);
	}
	spin_unlock_irqrestore(&from->lock, flags);
	return taken;
}
#else
#define dnuma_race_hook false

static inline bool grab_in_race(const struct dnuma_step *step,
				unsigned long pfn)
{
	return false;
}
#endif

/* Take a free block off the free lists and move it. */
static bool grab_and_move(const struct dnuma_step *step, unsigned long pfn)
{
	struct zone *from = dnuma_zone(step->from, step->zone);
	unsigned long flags;
	bool taken;

	if (dnuma_race_hook)
		return grab_in_race(step, pfn);
	if (dnuma_noown) {
		block_relabel(pfn, step->to);
		dnuma_account_pages(step, pfn, pfn + DNUMA_BLOCK_PAGES);
		return true;
	}
	spin_lock_irqsave(&from->lock, flags);
	taken = block_grab(from, pfn);
	spin_unlock_irqrestore(&from->lock, flags);
	if (taken)
		dnuma_block_move(step, pfn);
	return taken;
}

/**
 * dnuma_grab - free blocks change their node
 * @step: which
 * @why: out: why the block at the returned page has not
 *
 * Context: process context, may sleep; mem_hotplug_lock held for writing.
 * Return: first page that has not moved; the end of the step if all have.
 */
unsigned long dnuma_grab(const struct dnuma_step *step, enum dnuma_why *why)
{
	unsigned long pfn;

	*why = DNUMA_CHANGED;
	for (pfn = step->start_pfn; pfn < step->end_pfn;
	     pfn += DNUMA_BLOCK_PAGES) {
		if (!grab_and_move(step, pfn))
			break;
		cond_resched();
	}
	return pfn;
}

/* Take all blocks of an isolated range, or none. */
static bool range_take(struct zone *zone, unsigned long start_pfn,
		       unsigned long end_pfn)
{
	unsigned long pfn, flags;

	/* Nothing is allocated here, so what is free stays free. */
	if (test_pages_isolated(start_pfn, end_pfn, 0))
		return false;
	for (pfn = start_pfn; pfn < end_pfn; pfn += DNUMA_BLOCK_PAGES) {
		bool taken;

		spin_lock_irqsave(&zone->lock, flags);
		taken = dnuma_block_take(zone, pfn);
		spin_unlock_irqrestore(&zone->lock, flags);
		if (WARN_ON_ONCE(!taken))
			return false;
	}
	return true;
}

/*
 * Wait for what keeps pages from being migrated without a write: that they are
 * read or written. Return 0 or -EINTR.
 */
static int wait_for_pages(struct list_head *pages)
{
	struct folio *folio;

	list_for_each_entry(folio, pages, lru)
		if (folio_wait_locked_killable(folio) ||
		    folio_wait_writeback_killable(folio))
			return -EINTR;
	return 0;
}

/**
 * dnuma_migrate - migrate what is in a range
 * @cc: zone, mode and flags; MIGRATE_SYNC_LIGHT waits for pages that are being
 *	written, and writes none itself
 * @start_pfn: first page; its pageblocks are isolated
 * @end_pfn: first page behind the range
 * @target: allocates pages to migrate to
 * @private: its argument
 * @migrated_pages: pages that were migrated are added
 *
 * As __alloc_contig_migrate_range(), which would let all CPUs give back their LRU
 * batches each time; the callers do that once, see dnuma_empty_begin().
 *
 * Context: process context, may sleep. MIGRATE_ASYNC waits for no page.
 * Return: 0, -ENOMEM, -EBUSY or -EINTR. 0 does not say that all is free.
 */
int dnuma_migrate(struct compact_control *cc, unsigned long start_pfn,
		  unsigned long end_pfn, new_folio_t target,
		  unsigned long private, unsigned long *migrated_pages)
{
	unsigned long pfn = start_pfn;
	unsigned int tries = 0, moved;
	int err = 0;

	while (pfn < end_pfn || !list_empty(&cc->migratepages)) {
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		if (list_empty(&cc->migratepages)) {
			cc->nr_migratepages = 0;
			err = isolate_migratepages_range(cc, pfn, end_pfn);
			/* MIGRATE_ASYNC does not wait for too many others. */
			if (err == -EAGAIN && list_empty(&cc->migratepages))
				err = -EBUSY;
			if (err && err != -EAGAIN)
				break;
			pfn = cc->migrate_pfn;
			tries = 0;
		} else if (++tries == MIGRATE_TRIES) {
			err = -EBUSY;
			break;
		} else if (cc->mode == MIGRATE_SYNC_LIGHT) {
			err = wait_for_pages(&cc->migratepages);
			if (err)
				break;
		}
		moved = 0;
		err = migrate_pages(&cc->migratepages, target, NULL, private,
				    cc->mode, MR_CONTIG_RANGE, &moved);
		*migrated_pages += moved;
		if (err == -ENOMEM)
			break;
	}
	if (err < 0)
		putback_movable_pages(&cc->migratepages);
	return min(err, 0);
}

/**
 * dnuma_empty_begin - blocks are emptied from now on
 *
 * Pages in the LRU batches of CPUs cannot be isolated: there are none until
 * dnuma_empty_end().
 *
 * Context: process context, sleeps.
 */
void dnuma_empty_begin(void)
{
	lru_cache_disable();
}

/**
 * dnuma_empty_end - no more blocks are emptied
 *
 * Context: any.
 */
void dnuma_empty_end(void)
{
	lru_cache_enable();
}

/**
 * dnuma_empty - blocks in use are emptied and change their node, all or none
 * @step: which
 * @why: out: why they have not
 *
 * Context: process context, may sleep; after dnuma_empty_begin();
 * mem_hotplug_lock held for writing.
 * Return: the end of the step if all have moved, else its start.
 */
unsigned long dnuma_empty(const struct dnuma_step *step, enum dnuma_why *why)
{
	struct zone *from = dnuma_zone(step->from, step->zone);
	struct compact_control cc = {
		.order = -1,
		.zone = from,
		.mode = MIGRATE_SYNC,
		.ignore_skip_hint = true,
		.no_set_skip_hint = true,
		.alloc_contig = true,
		.gfp_mask = GFP_USER | __GFP_MOVABLE | __GFP_RETRY_MAYFAIL |
			    __GFP_NOWARN,
	};
	/* To the old node first. */
	struct migration_target_control mtc = {
		.nid = step->from,
		.gfp_mask = cc.gfp_mask,
		.reason = MR_CONTIG_RANGE,
	};
	unsigned long pfn;
	int err;

	INIT_LIST_HEAD(&cc.migratepages);
	*why = DNUMA_BUSY;
	if (start_isolate_page_range(step->start_pfn, step->end_pfn,
				     MIGRATE_MOVABLE, 0, cc.gfp_mask))
		return step->start_pfn;
	/* What was freed before goes to the isolated lists as well. */
	drain_all_pages(from);
	/* What it misses is found by range_take(). */
	err = dnuma_migrate(&cc, step->start_pfn, step->end_pfn,
			    alloc_migration_target, (unsigned long)&mtc,
			    &dnuma_outcome.migrated_pages);
	if (err && err != -EBUSY) {
		*why = err == -ENOMEM ? DNUMA_NO_ROOM : DNUMA_BUSY;
		goto undo;
	}
	if (!range_take(from, step->start_pfn, step->end_pfn))
		goto undo;
	for (pfn = step->start_pfn; pfn < step->end_pfn;
	     pfn += DNUMA_BLOCK_PAGES)
		dnuma_block_move(step, pfn);
	return step->end_pfn;
undo:
	undo_isolate_page_range(step->start_pfn, step->end_pfn,
				MIGRATE_MOVABLE);
	return step->start_pfn;
}
