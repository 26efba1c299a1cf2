// SPDX-License-Identifier: GPL-2.0-only
/*
 * knuma_migrated/N: moves pages that wait to go to node N, many at a time.
 *
 *	sleep until a page waits, then until pool->wake do, or DELAY_MS
 *	take up to PAGE_NUMA_BATCH of them
 *	look at each: is it there, in its place, free to move? isolate it
 *	migrate_pages() for all: one flush of TLBs
 *	say what became of each
 */
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/memcontrol.h>
#include <linux/memory-tiers.h>
#include <linux/memory_hotplug.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/sched/numa_balancing.h>
#include <linux/sched/sysctl.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "../../internal.h"
#include "kernel.h"

/* How long a page waits for others, as memmap numa of the host assumes. */
#define DELAY_MS 10

/*
 * A page on an LRU list has been initialised and is not being freed. One that is
 * in use and on none is held by somebody: dropped. A free one is stale.
 */
static struct folio *lru_folio_get(unsigned long pfn, enum page_numa_end *end)
{
	struct page *page = pfn_to_online_page(pfn);
	struct folio *folio;

	*end = PAGE_NUMA_STALE;
	if (!page || PageTail(page))
		return NULL;
	folio = page_folio(page);
	if (!folio_test_lru(folio) && folio_ref_count(folio))
		*end = PAGE_NUMA_DROPPED;
	if (!folio_test_lru(folio) || !folio_try_get(folio))
		return NULL;
	/* Before there was a reference, it could be freed and used again. */
	if (page_folio(page) == folio && folio_test_lru(folio))
		return folio;
	folio_put(folio);
	return NULL;
}

static enum page_numa_end isolate(const struct page_numa_item *item, int nid,
				  struct list_head *folios,
				  struct page_numa_moved *moved)
{
	enum page_numa_end end;
	struct folio *folio = lru_folio_get(item->pfn, &end);

	if (!folio)
		return end;
	end = PAGE_NUMA_STALE;
	if (folio_nid(folio) == nid || folio_order(folio) != item->order)
		goto out;
	end = PAGE_NUMA_DROPPED;
	if (migrate_misplaced_folio_prepare(folio, NULL, nid))
		goto out;
	/* It is isolated, with a reference of its own. */
	moved->nid = folio_nid(folio);
	moved->memcg = get_mem_cgroup_from_folio(folio);
	list_add_tail(&folio->lru, folios);
	end = PAGE_NUMA_MIGRATED;
out:
	folio_put(folio);
	return end;
}

/* Those that are left on the list have not moved; they are mostly in order. */
static void mark_unmoved(struct page_numa_batch *batch,
			 struct list_head *folios)
{
	struct folio *folio;
	unsigned int i, at = 0;

	list_for_each_entry(folio, folios, lru) {
		for (i = 0; i < batch->nr; i++, at++) {
			if (at == batch->nr)
				at = 0;
			if (batch->item[at].pfn == folio_pfn(folio))
				break;
		}
		if (i < batch->nr)
			batch->item[at].end = PAGE_NUMA_DROPPED;
	}
}

static void count_moved(struct page_numa_daemon *daemon, unsigned int i)
{
	const struct page_numa_item *item = &daemon->batch.item[i];
	struct page_numa_moved *moved = &daemon->moved[i];
	unsigned long pages = 1UL << item->order;

	if (item->end == PAGE_NUMA_MIGRATED) {
		count_memcg_events(moved->memcg, NUMA_PAGE_MIGRATE, pages);
		if ((sysctl_numa_balancing_mode &
		     NUMA_BALANCING_MEMORY_TIERING) &&
		    !node_is_toptier(moved->nid) &&
		    node_is_toptier(daemon->nid))
			mod_lruvec_state(mem_cgroup_lruvec(moved->memcg,
							   NODE_DATA(
								   daemon->nid)),
					 PGPROMOTE_SUCCESS, pages);
	}
	mem_cgroup_put(moved->memcg);
	moved->memcg = NULL;
}

static void batch_move(struct page_numa_daemon *daemon)
{
	struct page_numa_batch *batch = &daemon->batch;
	unsigned int i, succeeded = 0;
	LIST_HEAD(folios);

	for (i = 0; i < batch->nr; i++)
		if (batch->item[i].end != PAGE_NUMA_STALE)
			batch->item[i].end = isolate(&batch->item[i],
						     daemon->nid, &folios,
						     &daemon->moved[i]);
	if (list_empty(&folios))
		return;
	migrate_pages(&folios, alloc_misplaced_dst_folio, NULL, daemon->nid,
		      MIGRATE_ASYNC, MR_NUMA_MISPLACED, &succeeded);
	mark_unmoved(batch, &folios);
	putback_movable_pages(&folios);
	count_vm_numa_events(NUMA_PAGE_MIGRATE, succeeded);
	for (i = 0; i < batch->nr; i++)
		count_moved(daemon, i);
}

/* Parameters may change at any time. */
static void policy_update(struct page_numa_pool *pool)
{
	unsigned long rate = 0;

	/* 0 MB/s is no memory there, and no limit in the pool. */
	if (sysctl_numa_balancing_mode & NUMA_BALANCING_MEMORY_TIERING)
		rate = max(1UL,
			   (unsigned long)sysctl_numa_balancing_promote_rate_limit
				   << (20 - PAGE_SHIFT));
	/* Pair with READ_ONCE() in the pool. */
	WRITE_ONCE(pool->policy.rate_pages, rate);
	WRITE_ONCE(pool->policy.fallback, !READ_ONCE(page_numa_drop));
}

static void batch_run(struct page_numa_daemon *daemon)
{
	struct page_numa_pool *pool = daemon->machine->pool;

	policy_update(pool);
	/* Pages of a batch do not go offline. */
	get_online_mems();
	page_numa_take(pool, daemon->nid, ktime_to_ms(ktime_get()),
		       &daemon->batch);
	batch_move(daemon);
	page_numa_done(pool, daemon->nid, &daemon->batch);
	put_online_mems();
}

/* Do so many pages wait? A hint: the fault that adds one wakes the daemon. */
static bool wait_over(const struct page_numa_daemon *daemon, unsigned long nr)
{
	const struct page_numa_pool *pool = daemon->machine->pool;

	return READ_ONCE(pool->queue[daemon->nid]->counts.waiting) >= nr ||
	       kthread_should_stop();
}

static int daemon_main(void *data)
{
	struct page_numa_daemon *daemon = data;
	unsigned int wake = daemon->machine->pool->wake;

	set_freezable();
	while (!kthread_should_stop()) {
		wait_event_freezable(daemon->wait, wait_over(daemon, 1));
		wait_event_freezable_timeout(daemon->wait,
					     wait_over(daemon, wake),
					     msecs_to_jiffies(DELAY_MS));
		batch_run(daemon);
		if (daemon->batch.wait_ms)
			wait_event_freezable_timeout(daemon->wait,
						     kthread_should_stop(),
						     msecs_to_jiffies(
							     daemon->batch
								     .wait_ms));
		cond_resched();
	}
	return 0;
}

/**
 * page_numa_daemon_run - start the daemon of a node
 * @machine: of all nodes
 * @nid: the node
 *
 * Context: process context, allocates memory.
 * Return: the daemon; NULL without memory for it: hint faults then move the
 * pages that go to this node.
 */
struct page_numa_daemon *page_numa_daemon_run(struct page_numa_machine *machine,
					      int nid)
{
	struct page_numa_daemon *daemon;
	struct task_struct *task;

	daemon = kvzalloc_node(sizeof(*daemon), GFP_KERNEL, nid);
	if (!daemon)
		return NULL;
	daemon->machine = machine;
	daemon->nid = nid;
	init_waitqueue_head(&daemon->wait);
	task = kthread_create_on_node(daemon_main, daemon, nid,
				      "knuma_migrated/%d", nid);
	if (IS_ERR(task)) {
		kvfree(daemon);
		return NULL;
	}
	daemon->task = task;
	/* Copies end there. A node without CPUs lets any CPU do it. */
	if (!cpumask_empty(cpumask_of_node(nid)))
		set_cpus_allowed_ptr(task, cpumask_of_node(nid));
	wake_up_process(task);
	return daemon;
}

/**
 * page_numa_daemon_stop - end the daemon of a node
 * @daemon: the daemon; may be NULL. No fault can wake it any more.
 *
 * Context: process context, may sleep; not under mem_hotplug_lock.
 */
void page_numa_daemon_stop(struct page_numa_daemon *daemon)
{
	if (!daemon)
		return;
	kthread_stop(daemon->task);
	kvfree(daemon);
}
