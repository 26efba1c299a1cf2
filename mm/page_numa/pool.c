// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool: an array of entries for the whole machine. Each is free, or in the
 * queue of one node; entries are linked by their index.
 *
 *	free	 3 -> 0 -> 5
 *	node 0	 1 -> 4			first in, first out
 *	node 1	 2
 *
 * An entry is taken from the free ones under pool->lock, filled in, and put into
 * a queue under that queue's lock. In between it belongs to who took it. No two
 * of these locks are held at once, and both are held for a few instructions.
 *
 * The queued bit in a page's byte keeps a page from waiting twice. It guards no
 * other data, so the byte needs no ordering, only that no change is lost. Who
 * reads it without changing it takes it for a hint.
 *
 * The policy may change at any time. Reads of it pair with WRITE_ONCE() by the
 * shell, and nothing depends on one value being newer than another.
 */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/page_numa.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A second of the rate limit. */
#define WINDOW_MS 1000

/**
 * struct chain - entries that nobody else sees, linked by their next
 * @first: of them
 * @last: of them
 * @nr: how many; if 0, the others make no sense
 */
struct chain {
	u32 first;
	u32 last;
	unsigned int nr;
};

/**
 * page_numa_entries - how many entries a machine's pool has
 * @nr_pages: pages that it has
 *
 * Context: any.
 * Return: the square root of @nr_pages, within bounds.
 */
unsigned int page_numa_entries(unsigned long nr_pages)
{
	return clamp_t(unsigned long, int_sqrt(nr_pages), PAGE_NUMA_MIN_ENTRIES,
		       PAGE_NUMA_MAX_ENTRIES);
}

/**
 * page_numa_pool_alloc - a pool in which no page waits
 * @history: of the machine's pages
 * @nr_entries: entries; 0: it is full at once
 * @nr_nodes: nodes, numbered from 0
 *
 * Context: process context, allocates memory.
 * Return: the pool, whose policy is to queue at the first use, to fall back, and
 * no limit; or NULL.
 */
struct page_numa_pool *page_numa_pool_alloc(struct page_numa_history *history,
					    unsigned int nr_entries,
					    unsigned int nr_nodes)
{
	size_t bytes = struct_size_t(struct page_numa_pool, queue, nr_nodes);
	struct page_numa_pool *pool = kvmalloc(bytes, GFP_KERNEL);
	unsigned int i;

	if (!pool)
		return NULL;
	memset(pool, 0, bytes);
	pool->history = history;
	pool->policy.uses = 1;
	pool->policy.fallback = true;
	pool->nr_nodes = nr_nodes;
	/* Short of that in each queue, half of the entries are free. */
	pool->wake = clamp_t(unsigned int, nr_entries / 2 / max(nr_nodes, 1U),
			     1, PAGE_NUMA_BATCH);
	spin_lock_init(&pool->lock);
	for (i = 0; i < nr_nodes; i++) {
		pool->queue[i] = kmalloc(sizeof(*pool->queue[i]), GFP_KERNEL);
		if (!pool->queue[i])
			goto failed;
		memset(pool->queue[i], 0, sizeof(*pool->queue[i]));
		spin_lock_init(&pool->queue[i]->lock);
	}
	if (!nr_entries)
		return pool;
	pool->entry = kvmalloc_array(nr_entries, sizeof(*pool->entry),
				     GFP_KERNEL);
	if (!pool->entry)
		goto failed;
	for (i = 0; i < nr_entries; i++)
		pool->entry[i].next = i + 1;
	pool->nr_entries = nr_entries;
	pool->nr_free = nr_entries;
	return pool;

failed:
	page_numa_pool_free(pool);
	return NULL;
}

/**
 * page_numa_pool_free - give a pool back
 * @pool: the pool; may be NULL
 *
 * Context: process context; nobody uses the pool any more.
 */
void page_numa_pool_free(struct page_numa_pool *pool)
{
	unsigned int i;

	if (!pool)
		return;
	for (i = 0; i < pool->nr_nodes; i++)
		kfree(pool->queue[i]);
	kvfree(pool->entry);
	kvfree(pool);
}

static bool entry_get(struct page_numa_pool *pool, u32 *at)
{
	bool got;

	spin_lock(&pool->lock);
	got = pool->nr_free > 0;
	if (got) {
		*at = pool->free;
		pool->free = pool->entry[*at].next;
		pool->nr_free--;
	}
	spin_unlock(&pool->lock);
	return got;
}

static void entries_put(struct page_numa_pool *pool, const struct chain *chain)
{
	if (!chain->nr)
		return;
	spin_lock(&pool->lock);
	pool->entry[chain->last].next = pool->free;
	pool->free = chain->first;
	pool->nr_free += chain->nr;
	spin_unlock(&pool->lock);
}

static void chain_add(struct page_numa_pool *pool, struct chain *chain, u32 at)
{
	if (chain->nr++)
		pool->entry[chain->last].next = at;
	else
		chain->first = at;
	chain->last = at;
}

static unsigned long queue_append(struct page_numa_pool *pool,
				  struct page_numa_queue *queue, u32 at)
{
	unsigned long waiting;

	spin_lock(&queue->lock);
	if (queue->counts.waiting)
		pool->entry[queue->last].next = at;
	else
		queue->first = at;
	queue->last = at;
	queue->counts.queued++;
	waiting = ++queue->counts.waiting;
	spin_unlock(&queue->lock);
	return waiting;
}

static void page_not_queued(struct page_numa_pool *pool, unsigned long pfn)
{
	u8 *byte, old;

	rcu_read_lock();
	byte = page_numa_byte(pool->history, pfn);
	if (byte) {
		old = READ_ONCE(*byte);
		while (!try_cmpxchg_relaxed(byte, &old,
					    (u8)(old & ~PAGE_NUMA_QUEUED)))
			;
	}
	rcu_read_unlock();
}

/* Note a use; PAGE_NUMA_NEW: the page has got the queued bit. */
static enum page_numa_verdict page_used(struct page_numa_pool *pool,
					unsigned long pfn, int home, int user)
{
	u8 *byte = page_numa_byte(pool->history, pfn), old, new;
	unsigned int uses = READ_ONCE(pool->policy.uses);
	enum page_numa_verdict verdict;

	if (!byte)
		return PAGE_NUMA_ABSENT;
	old = READ_ONCE(*byte);
	do {
		new = page_numa_used(old, user);
		verdict = PAGE_NUMA_LEAVE;
		if (user != home && !(old & PAGE_NUMA_QUEUED) &&
		    (new >> PAGE_NUMA_USES_SHIFT) >= uses) {
			verdict = PAGE_NUMA_NEW;
			new |= PAGE_NUMA_QUEUED;
		}
		/* The same node as ever: a write would only move its line. */
		if (new == old)
			break;
	} while (!try_cmpxchg_relaxed(byte, &old, new));
	return verdict;
}

/* Find an entry for a page that has got the queued bit. */
static enum page_numa_verdict page_queue(struct page_numa_pool *pool,
					 unsigned long pfn, unsigned int order,
					 int nid, unsigned long *waiting)
{
	struct page_numa_queue *queue = pool->queue[nid];
	u32 at;

	if (entry_get(pool, &at)) {
		pool->entry[at].pfn = pfn;
		pool->entry[at].order = order;
		*waiting = queue_append(pool, queue, at);
		return PAGE_NUMA_NEW;
	}
	page_not_queued(pool, pfn);
	spin_lock(&queue->lock);
	queue->counts.full++;
	spin_unlock(&queue->lock);
	return READ_ONCE(pool->policy.fallback) ? PAGE_NUMA_MOVE :
						  PAGE_NUMA_FULL;
}

/**
 * page_numa_fault - a node has used a page
 * @pool: of the machine
 * @pfn: the page
 * @order: it has 1 << @order pages
 * @home: the node that it is on
 * @user: the node that has used it, or that its memory policy wants it on
 * @waiting: out, of PAGE_NUMA_NEW: pages that now wait for @user. The shell
 *	wakes the daemon of @user at once if that is @pool->wake, soon if it is 1.
 *
 * Context: any but interrupts; takes spinlocks, may be called under a page
 * table's.
 * Return: what the caller does next.
 */
enum page_numa_verdict page_numa_fault(struct page_numa_pool *pool,
				       unsigned long pfn, unsigned int order,
				       int home, int user,
				       unsigned long *waiting)
{
	enum page_numa_verdict verdict;

	if (WARN_ON_ONCE(user < 0 || (unsigned int)user >= pool->nr_nodes))
		return PAGE_NUMA_LEAVE;
	/* To the end: page_numa_forget() finds all that has the queued bit. */
	rcu_read_lock();
	verdict = page_used(pool, pfn, home, user);
	if (verdict == PAGE_NUMA_NEW)
		verdict = page_queue(pool, pfn, order, user, waiting);
	rcu_read_unlock();
	return verdict;
}

/* Does the node that queued a page still want it? The page may be gone. */
static bool still_wanted(struct page_numa_pool *pool, unsigned long pfn,
			 int nid)
{
	bool wanted = false;
	u8 *byte;

	rcu_read_lock();
	byte = page_numa_byte(pool->history, pfn);
	if (byte)
		wanted = (READ_ONCE(*byte) & PAGE_NUMA_NODE_MASK) ==
			 (nid & PAGE_NUMA_NODE_MASK);
	rcu_read_unlock();
	return wanted;
}

/* Pages that may still go to this node in this second. */
static unsigned long window_left(struct page_numa_queue *queue,
				 unsigned long rate_pages, unsigned long now_ms)
{
	if (!rate_pages)
		return ULONG_MAX;
	if (now_ms - queue->window_ms >= WINDOW_MS) {
		queue->window_ms = now_ms;
		queue->window_pages = 0;
	}
	return rate_pages - min(queue->window_pages, rate_pages);
}

/**
 * page_numa_take - a daemon takes pages that wait
 * @pool: of the machine
 * @nid: the daemon's node, to which they go
 * @now_ms: a clock that does not go backwards, for the rate limit
 * @batch: out: the pages, those first that have waited longest
 *
 * Pages that are used from elsewhere by now are PAGE_NUMA_STALE, and their
 * memory may be gone; of the others the shell has to look whether they are
 * still what they were. A large page may exceed what is left of the rate limit.
 *
 * Context: process context, takes spinlocks; page_numa_done() must follow.
 * Return: how many pages are in @batch.
 */
unsigned int page_numa_take(struct page_numa_pool *pool, int nid,
			    unsigned long now_ms, struct page_numa_batch *batch)
{
	struct page_numa_queue *queue = pool->queue[nid];
	unsigned long rate = READ_ONCE(pool->policy.rate_pages), left;
	struct chain taken = {};
	unsigned int i;

	batch->nr = 0;
	batch->wait_ms = 0;
	spin_lock(&queue->lock);
	left = window_left(queue, rate, now_ms);
	while (queue->counts.waiting && left && batch->nr < PAGE_NUMA_BATCH) {
		u32 at = queue->first;
		const struct page_numa_entry *entry = &pool->entry[at];
		unsigned long pages = 1UL << entry->order;

		batch->item[batch->nr++] = (struct page_numa_item){
			.pfn = entry->pfn,
			.order = entry->order,
			.end = PAGE_NUMA_DROPPED,
		};
		queue->first = entry->next;
		chain_add(pool, &taken, at);
		queue->counts.waiting--;
		queue->counts.taken++;
		if (rate) {
			queue->window_pages += pages;
			left -= min(left, pages);
		}
	}
	if (queue->counts.waiting && !left)
		batch->wait_ms = WINDOW_MS - (now_ms - queue->window_ms);
	spin_unlock(&queue->lock);
	entries_put(pool, &taken);

	for (i = 0; i < batch->nr; i++)
		if (!still_wanted(pool, batch->item[i].pfn, nid))
			batch->item[i].end = PAGE_NUMA_STALE;
	return batch->nr;
}

/**
 * page_numa_done - what became of the pages that a daemon has taken
 * @pool: of the machine
 * @nid: the daemon's node
 * @batch: from page_numa_take(), with the end of each page
 *
 * From now on they can be queued again.
 *
 * Context: process context, takes spinlocks.
 */
void page_numa_done(struct page_numa_pool *pool, int nid,
		    const struct page_numa_batch *batch)
{
	struct page_numa_queue *queue = pool->queue[nid];
	unsigned long nr[PAGE_NUMA_MIGRATED + 1] = {}, unmoved = 0;
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		const struct page_numa_item *item = &batch->item[i];

		page_not_queued(pool, item->pfn);
		nr[item->end]++;
		if (item->end != PAGE_NUMA_MIGRATED)
			unmoved += 1UL << item->order;
	}
	spin_lock(&queue->lock);
	queue->counts.migrated += nr[PAGE_NUMA_MIGRATED];
	queue->counts.stale += nr[PAGE_NUMA_STALE];
	queue->counts.dropped += nr[PAGE_NUMA_DROPPED];
	queue->counts.taken -= batch->nr;
	/* A new second may have begun, in which they were not counted. */
	queue->window_pages -= min(queue->window_pages, unmoved);
	spin_unlock(&queue->lock);
}

/* Take the pages of a range out of a queue; they are counted as dropped. */
static struct chain queue_forget(struct page_numa_pool *pool,
				 struct page_numa_queue *queue,
				 unsigned long start_pfn, unsigned long end_pfn)
{
	struct chain gone = {}, stay = {};
	unsigned long i;
	u32 at, next;

	spin_lock(&queue->lock);
	at = queue->first;
	for (i = 0; i < queue->counts.waiting; i++, at = next) {
		const struct page_numa_entry *entry = &pool->entry[at];

		next = entry->next;
		chain_add(pool,
			  entry->pfn >= start_pfn && entry->pfn < end_pfn ?
				  &gone :
				  &stay,
			  at);
	}
	queue->first = stay.first;
	queue->last = stay.last;
	queue->counts.waiting = stay.nr;
	queue->counts.dropped += gone.nr;
	spin_unlock(&queue->lock);
	return gone;
}

/**
 * page_numa_forget - pages of a range do not wait any more
 * @pool: of the machine
 * @start_pfn: first page
 * @end_pfn: first page behind the range
 *
 * For memory that is removed, after page_numa_remove() and synchronize_rcu().
 * What a daemon has taken is not among them: it finds no memory there.
 *
 * Context: process context, takes spinlocks.
 */
void page_numa_forget(struct page_numa_pool *pool, unsigned long start_pfn,
		      unsigned long end_pfn)
{
	unsigned int nid, i;

	for (nid = 0; nid < pool->nr_nodes; nid++) {
		struct chain gone = queue_forget(pool, pool->queue[nid],
						 start_pfn, end_pfn);
		u32 at = gone.first;

		for (i = 0; i < gone.nr; i++, at = pool->entry[at].next)
			page_not_queued(pool, pool->entry[at].pfn);
		entries_put(pool, &gone);
	}
}

/**
 * page_numa_count - how many entries of a node there were
 * @pool: of the machine
 * @nid: the node
 * @counts: out: all as of the same moment
 *
 * Context: any but interrupts; takes a spinlock.
 */
void page_numa_count(struct page_numa_pool *pool, int nid,
		     struct page_numa_counts *counts)
{
	spin_lock(&pool->queue[nid]->lock);
	*counts = pool->queue[nid]->counts;
	spin_unlock(&pool->queue[nid]->lock);
}

/**
 * page_numa_count_all - how many entries of all nodes there were
 * @pool: of the machine
 * @sum: out: each node's as of one moment, the nodes one after the other
 *
 * Context: any but interrupts; takes spinlocks.
 */
void page_numa_count_all(struct page_numa_pool *pool,
			 struct page_numa_counts *sum)
{
	struct page_numa_counts one;
	unsigned int nid;

	*sum = (struct page_numa_counts){};
	for (nid = 0; nid < pool->nr_nodes; nid++) {
		page_numa_count(pool, nid, &one);
		sum->queued += one.queued;
		sum->migrated += one.migrated;
		sum->stale += one.stale;
		sum->dropped += one.dropped;
		sum->waiting += one.waiting;
		sum->taken += one.taken;
		sum->full += one.full;
	}
}
