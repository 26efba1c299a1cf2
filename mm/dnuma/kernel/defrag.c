// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targeted defragmentation: blocks are emptied and stay where they are.
 *
 *	|#.#..##.|	isolate, as many blocks as are missing, so that none of
 *			them fills up with what another one held
 *	|#.#..##.|--+	migrate, on the node
 *	|........|  |
 *	|........|	put back: free for everybody
 *
 * Nothing is written and nothing is reclaimed: pages go to free pages of their
 * node, or stay, and it is said why. So anonymous pages need no swap, and dirty
 * pages stay dirty.
 *
 * With block=0 nothing here waits for a locked page, for a page that is being
 * written, or for RCU:
 *
 *	mem_hotplug_lock	try_get_online_mems() of the caller, or -EBUSY; so
 *				cpus_read_trylock()
 *	page tables		stay; those who walk them hold mmap_lock
 *	LRU batches		lru_add_drain() of this CPU alone; what others keep
 *				is in the way. lru_cache_disable() waits for RCU
 *				and for work on every CPU.
 *	lists of CPUs		drain_all_pages(NULL) does not wait for another
 *				drain, and empties the lists from here
 *	isolation		under zone->lock
 *	migration		MIGRATE_ASYNC, with folio_trylock() and without
 *				folio_wait_writeback(); it gives up, and does not
 *				sleep, where too many pages are isolated
 *	allocations		GFP_NOWAIT; targets without __GFP_RECLAIM
 *	result			looked at under zone->lock. test_pages_isolated()
 *				would wait for pages of hugetlb that are being freed.
 *
 * Rmap takes the read-write semaphores of anon_vmas and mappings, as it does for
 * every MIGRATE_ASYNC.
 */
#include <linux/dnuma_defrag.h>
#include <linux/gfp.h>
#include <linux/memory_hotplug.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/pageblock-flags.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include "../../internal.h"
#include "defrag.h"
#include "kernel.h"

/* No reclaim: it writes pages, and waits for them. No other node. */
#define TARGET_GFP \
	(__GFP_IO | __GFP_FS | __GFP_MOVABLE | __GFP_NOWARN | __GFP_THISNODE)

/**
 * struct attempt - a block that is being emptied
 * @zone: its zone
 * @type: of its first pageblock, for all of them
 * @isolated: its pageblocks are isolated, by this attempt
 */
struct attempt {
	struct zone *zone;
	int type;
	bool isolated;
};

/*
 * Moves the page tables of processes out of isolated pageblocks of a range, with
 * what dnuma_defrag() holds; NULL: they stay. Set while the kernel boots.
 */
void (*dnuma_defrag_tables)(unsigned long start_pfn, unsigned long end_pfn);

/**
 * dnuma_tables_move - do page tables of processes move out of blocks?
 * @request: for which blocks are emptied
 *
 * Context: any.
 * Return: true if they do, and the request may wait for those who use them.
 */
bool dnuma_tables_move(const struct dnuma_defrag_request *request)
{
	return dnuma_defrag_tables && request->wait;
}

static struct folio *defrag_target(struct folio *src, unsigned long nid)
{
	gfp_t gfp = TARGET_GFP;

	if (folio_test_large(src))
		gfp |= __GFP_COMP;
	if (is_highmem(folio_zone(src)) ||
	    zone_idx(folio_zone(src)) == ZONE_MOVABLE)
		gfp |= __GFP_HIGHMEM;
	return __folio_alloc_node(gfp, folio_order(src), nid);
}

/* Blocks from one on that are pristine; 0: it is not. */
static unsigned long pristine_blocks(const struct dnuma_defrag_request *request,
				     int nid, unsigned long pfn,
				     unsigned long end_pfn)
{
	struct dnuma_run run;

	if (pfn_to_online_page(pfn) ||
	    !dnuma_pristine_look(nid, pfn, end_pfn, &run))
		return 0;
	return (min(run.end_pfn, end_pfn) - pfn) >> request->order;
}

/* The blocks of a range of a node: count them, or look at what is in them. */
static void walk_range(struct dnuma_defrag *defrag, int nid, unsigned long pfn,
		       unsigned long end_pfn, bool look)
{
	const struct dnuma_defrag_request *request = &defrag->request;
	unsigned long size = 1UL << request->order, nr;
	struct dnuma_defrag_block block;

	for (; pfn < end_pfn; pfn += nr * size) {
		cond_resched();
		nr = pristine_blocks(request, nid, pfn, end_pfn);
		if (nr) {
			dnuma_defrag_count(defrag, nr, nr);
			defrag->pristine += nr;
			continue;
		}
		nr = 1;
		if (look) {
			dnuma_block_look(request, pfn, DNUMA_SEEN, &block);
			dnuma_defrag_look(defrag, &block);
			continue;
		}
		dnuma_defrag_count(defrag, 1,
				   dnuma_block_free(pfn, request->order));
		if (defrag->free >= request->nr)
			return;
	}
}

static void walk(struct dnuma_defrag *defrag, bool look)
{
	const struct dnuma_defrag_request *request = &defrag->request;
	const struct memlayout *layout = dnuma_actual();
	unsigned long size = 1UL << request->order;
	unsigned int i;

	dnuma_defrag_begin(defrag);
	for (i = 0; i < layout->nr; i++) {
		const struct memlayout_range *r = &layout->range[i];

		if (request->nid != NUMA_NO_NODE && request->nid != r->nid)
			continue;
		walk_range(defrag, r->nid,
			   round_up(max(r->start_pfn, request->start_pfn), size),
			   round_down(min(r->end_pfn, request->end_pfn), size),
			   look);
		if (!look && defrag->free >= request->nr)
			break;
	}
}

static void block_isolate(const struct dnuma_defrag_request *request,
			  unsigned long start_pfn, struct attempt *attempt)
{
	unsigned long end_pfn = start_pfn + (1UL << request->order);
	struct page *page = pfn_to_online_page(start_pfn);
	unsigned long flags;

	attempt->isolated = false;
	if (!page)
		return;
	attempt->zone = page_zone(page);
	spin_lock_irqsave(&attempt->zone->lock, flags);
	attempt->type = get_pageblock_migratetype(page);
	if (attempt->type < MIGRATE_PCPTYPES)
		attempt->isolated = dnuma_isolate(attempt->zone,
						  pageblock_start_pfn(start_pfn),
						  pageblock_align(end_pfn));
	spin_unlock_irqrestore(&attempt->zone->lock, flags);
}

/* Free pages on the lists of CPUs go to the isolated lists. */
static void drain(const struct dnuma_defrag_request *request,
		  const struct attempt *attempt, unsigned int nr)
{
	struct zone *last = NULL;
	unsigned int i;

	if (!request->wait) {
		drain_all_pages(NULL);
		return;
	}
	for (i = 0; i < nr; i++)
		if (attempt[i].isolated && attempt[i].zone != last) {
			last = attempt[i].zone;
			drain_all_pages(last);
		}
}

static int block_migrate(struct dnuma_defrag *defrag, unsigned long start_pfn,
			 struct zone *zone)
{
	struct compact_control cc = {
		.order = defrag->request.order,
		.zone = zone,
		.mode = defrag->request.wait ? MIGRATE_SYNC_LIGHT :
					       MIGRATE_ASYNC,
		.ignore_skip_hint = true,
		.no_set_skip_hint = true,
		.gfp_mask = TARGET_GFP,
	};

	INIT_LIST_HEAD(&cc.migratepages);
	return dnuma_migrate(&cc, start_pfn,
			     start_pfn + (1UL << defrag->request.order),
			     defrag_target, zone_to_nid(zone),
			     &defrag->migrated_pages);
}

/* Page tables leave the blocks of a batch, by one walk of all processes. */
static void batch_move_tables(const struct dnuma_defrag *defrag,
			      const struct attempt *attempt, unsigned int nr)
{
	const struct dnuma_defrag_choice *choice = &defrag->choice[defrag->next];
	unsigned long size = 1UL << defrag->request.order;
	unsigned long start_pfn = ULONG_MAX, end_pfn = 0;
	struct dnuma_defrag_block block;
	unsigned int i;

	if (!dnuma_tables_move(&defrag->request))
		return;
	for (i = 0; i < nr; i++) {
		if (!attempt[i].isolated)
			continue;
		dnuma_block_look(&defrag->request, choice[i].start_pfn,
				 DNUMA_ISOLATED, &block);
		if (!block.pages[DNUMA_PAGE_TABLE])
			continue;
		start_pfn = min(start_pfn, block.start_pfn);
		end_pfn = max(end_pfn, block.start_pfn + size);
	}
	/* Pages of isolated blocks that become free are on no list of a CPU. */
	if (start_pfn < end_pfn)
		dnuma_defrag_tables(start_pfn, end_pfn);
}

/* Migrate what is in an isolated block. Return 0 if all of it is free then. */
static int block_empty(struct dnuma_defrag *defrag, unsigned long start_pfn,
		       const struct attempt *attempt)
{
	const struct dnuma_defrag_request *request = &defrag->request;
	struct dnuma_defrag_block block;
	unsigned long flags;
	int err = -EBUSY;
	bool free;

	if (!attempt->isolated)
		return err;
	dnuma_block_look(request, start_pfn, DNUMA_ISOLATED, &block);
	if (dnuma_defrag_can(request, &block))
		err = block_migrate(defrag, start_pfn, attempt->zone);
	spin_lock_irqsave(&attempt->zone->lock, flags);
	/* Part of a larger one, or several that cannot merge yet. */
	free = dnuma_in_buddy(start_pfn, request->order) ||
	       dnuma_all_free(attempt->zone, start_pfn,
			      start_pfn + (1UL << request->order));
	spin_unlock_irqrestore(&attempt->zone->lock, flags);
	if (free)
		return 0;
	return err ? err : -EBUSY;
}

static void put_back(const struct dnuma_defrag *defrag, unsigned long start_pfn,
		     struct attempt *attempt)
{
	unsigned long end_pfn = start_pfn + (1UL << defrag->request.order);

	if (attempt->isolated)
		undo_isolate_page_range(start_pfn, end_pfn, attempt->type);
	attempt->isolated = false;
}

static void report(struct dnuma_defrag *defrag, unsigned long start_pfn,
		   const struct attempt *attempt, int err)
{
	struct dnuma_defrag_block block;

	if (!err) {
		dnuma_defrag_made(defrag);
		return;
	}
	dnuma_block_look(&defrag->request, start_pfn,
			 attempt->isolated ? DNUMA_TRIED : DNUMA_SEEN, &block);
	dnuma_defrag_failed(defrag, &block,
			    err == -ENOMEM ? DNUMA_NO_TARGET : DNUMA_FAILED);
}

/*
 * Empty the next blocks that are chosen, @nr of them. If there is no room, the
 * dearest that have not been tried are put back, for another batch: what is free
 * in them is room. Return 0 or -EINTR.
 */
static int batch_empty(struct dnuma_defrag *defrag, struct attempt *attempt,
		       unsigned int nr)
{
	const struct dnuma_defrag_choice *choice;
	unsigned int i;
	int err = 0;

	choice = &defrag->choice[defrag->next];
	for (i = 0; i < nr; i++)
		block_isolate(&defrag->request, choice[i].start_pfn,
			      &attempt[i]);
	drain(&defrag->request, attempt, nr);
	batch_move_tables(defrag, attempt, nr);
	for (i = 0; i < nr && err != -EINTR; i++) {
		err = block_empty(defrag, choice[i].start_pfn, &attempt[i]);
		while (err == -ENOMEM && nr > i + 1) {
			nr--;
			put_back(defrag, choice[nr].start_pfn, &attempt[nr]);
			err = block_empty(defrag, choice[i].start_pfn,
					  &attempt[i]);
		}
		report(defrag, choice[i].start_pfn, &attempt[i], err);
	}
	for (i = 0; i < nr; i++)
		put_back(defrag, choice[i].start_pfn, &attempt[i]);
	return err == -EINTR ? err : 0;
}

static int rounds(struct dnuma_defrag *defrag, struct attempt *attempt,
		  unsigned int most)
{
	unsigned int nr;
	int err = 0;

	do {
		walk(defrag, true);
		dnuma_defrag_sort(defrag);
		while (!err && (nr = dnuma_defrag_batch(defrag)))
			err = batch_empty(defrag, attempt, min(nr, most));
	} while (!err && dnuma_defrag_again(defrag));
	dnuma_defrag_end(defrag);
	return err;
}

/* Less room for choices means more rounds, no worse answer. */
static int choices_alloc(struct dnuma_defrag *defrag)
{
	unsigned int nr = dnuma_defrag_choices(&defrag->request);

	for (; nr; nr /= 2) {
		defrag->choice = kmalloc_array(nr, sizeof(*defrag->choice),
					       GFP_NOWAIT | __GFP_NOWARN);
		if (defrag->choice)
			break;
	}
	defrag->capacity = nr;
	return nr ? 0 : -ENOMEM;
}

static int defrag_empty(struct dnuma_defrag *defrag)
{
	const struct dnuma_defrag_request *request = &defrag->request;
	struct attempt *attempt;
	/* Blocks of one pageblock cannot be isolated at the same time. */
	unsigned int most = request->order < pageblock_order ?
				    1 :
				    DNUMA_WINDOW_PAGES >> request->order;
	int err;

	attempt = kcalloc(most, sizeof(*attempt), GFP_NOWAIT);
	err = attempt ? choices_alloc(defrag) : -ENOMEM;
	if (!err) {
		if (request->wait)
			dnuma_empty_begin();
		else
			lru_add_drain();
		err = rounds(defrag, attempt, most);
		if (request->wait)
			dnuma_empty_end();
	}
	kfree(defrag->choice);
	defrag->choice = NULL;
	kfree(attempt);
	return err;
}

/* Count what is free at the moment of the answer, and keep the account. */
static void count_now(struct dnuma_defrag *defrag)
{
	struct dnuma_defrag now = { .request = defrag->request };

	walk(&now, false);
	defrag->now = now.free;
}

/**
 * dnuma_defrag - make free blocks
 * @defrag: the request; out: the answer
 *
 * Blocks that are free, or pristine, count; only those that are missing are made.
 * They stay free for everybody. Fewer than were asked for is no error.
 *
 * Context: process context; cpus_read_lock() and mem_hotplug_lock held. With
 * block=1 sleeps for as long as pages are locked or written; with block=0 see
 * above.
 * Return: 0; -ENOMEM; -EINTR after a fatal signal. The answer is there anyhow.
 */
int dnuma_defrag(struct dnuma_defrag *defrag)
{
	int err = 0;

	walk(defrag, false);
	defrag->had = defrag->free;
	if (defrag->free < defrag->request.nr)
		err = defrag_empty(defrag);
	count_now(defrag);
	return err;
}
