// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drains: claim a chunk, write its descriptors, hand it to the buddy
 * allocator, a batch at a time.
 *
 * Between two holds of zone->lock a worker writes one batch. It tells the
 * extent before, so that nobody else takes those pages, and afterwards gives
 * them to the buddy allocator and up in the extent under the same hold: no
 * instant shows a page in both or in neither.
 */
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/**
 * memmap_drain_init - describe the work that the boot line asked for
 * @drain: to be filled in
 * @boot: the memory
 *
 * Context: any.
 */
void memmap_drain_init(struct memmap_drain *drain, struct memmap_boot *boot)
{
	memset(drain, 0, sizeof(*drain));
	drain->boot = boot;
	drain->nid = NUMA_NO_NODE;
	drain->chunk_pages = boot->param.chunk_bytes >> PAGE_SHIFT;
	drain->batch_pages = MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES;
	drain->threads = boot->param.threads;
	drain->start_ns = boot->exec->now(boot);
}

static bool drain_includes(const struct memmap_drain *drain,
			   const struct memmap_extents *set)
{
	return drain->nid == NUMA_NO_NODE ||
	       drain->nid == zone_to_nid(set->zone);
}

static void worker_go_to(struct memmap_worker *worker,
			 struct memmap_extents *set)
{
	if (worker->set)
		atomic_dec(&worker->set->nr_workers);
	if (set)
		atomic_inc(&set->nr_workers);
	worker->set = set;
}

/**
 * memmap_worker_init - let a CPU join a drain
 * @worker: its state
 * @drain: the drain
 * @cpu: its number in reports
 * @nid: the node whose extents come first
 *
 * Every worker must come to memmap_drain_finish() once.
 *
 * Context: any.
 */
void memmap_worker_init(struct memmap_worker *worker,
			struct memmap_drain *drain, unsigned int cpu, int nid)
{
	struct memmap_boot *boot = drain->boot;
	unsigned int i;

	memset(worker, 0, sizeof(*worker));
	worker->cpu = cpu;
	worker->nid = nid;
	/* How long one takes here is not known yet. */
	worker->batch_pages = drain->quantum_ns ? MEMMAP_BLOCK_PAGES :
						  drain->batch_pages;
	for (i = 0; i < boot->nr_sets && !worker->set; i++)
		if (zone_to_nid(boot->sets[i]->zone) == nid &&
		    drain_includes(drain, boot->sets[i]))
			worker_go_to(worker, boot->sets[i]);
	atomic_inc(&drain->nr_workers);
}

static bool worker_claim_here(struct memmap_drain *drain,
			      struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	unsigned long flags;
	bool claimed;

	/*
	 * A glance without the lock. It may come back: a chunk that loses its
	 * middle gives up its claim, but its worker comes here once more.
	 */
	if (!READ_ONCE(set->nr_unclaimed))
		return false;

	spin_lock_irqsave(&set->zone->lock, flags);
	claimed = memmap_extents_claim(set, drain->chunk_pages,
				       &worker->start_pfn, &worker->end_pfn);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	if (claimed) {
		worker->nr_chunks++;
		if (drain->boot->exec->claimed)
			drain->boot->exec->claimed(drain, worker);
	}
	return claimed;
}

/*
 * Where the most is left for each of those who are there already, so that no
 * memory lies idle while workers queue for another. Where no more is left than
 * a chunk for each of them, they are through before somebody from afar would
 * be. Nobody holds a lock here: this is advice, a claim decides.
 */
static struct memmap_extents *set_in_need(const struct memmap_drain *drain)
{
	struct memmap_extents *best = NULL;
	unsigned long most = 0;
	unsigned int i, nr;

	for (i = 0; i < drain->boot->nr_sets; i++) {
		struct memmap_extents *set = drain->boot->sets[i];
		unsigned long left = READ_ONCE(set->nr_unclaimed);

		if (!left || !drain_includes(drain, set))
			continue;
		nr = atomic_read(&set->nr_workers);
		if (nr && left <= nr * drain->chunk_pages)
			continue;
		left /= nr + 1;
		if (!best || left > most) {
			best = set;
			most = left;
		}
	}
	return best;
}

/*
 * Own node first, so that its CPUs write to their own memory; then the others,
 * so that nodes with few CPUs or none finish as well.
 */
static bool worker_claim(struct memmap_drain *drain,
			 struct memmap_worker *worker)
{
	while (!worker->set || !worker_claim_here(drain, worker)) {
		worker_go_to(worker, set_in_need(drain));
		if (!worker->set)
			return false;
	}
	return true;
}

/**
 * memmap_drain_begin - find the next batch to write
 * @drain: the drain
 * @worker: the caller's state; names the batch on return
 *
 * Context: any; takes zone->lock.
 * Return: false if nothing is left that could be claimed.
 */
bool memmap_drain_begin(struct memmap_drain *drain,
			struct memmap_worker *worker)
{
	unsigned long flags;

	while (worker->batch_end_pfn <= worker->start_pfn) {
		if (worker->start_pfn == worker->end_pfn &&
		    !worker_claim(drain, worker))
			return false;

		spin_lock_irqsave(&worker->set->zone->lock, flags);
		worker->batch_end_pfn =
			memmap_extents_busy(worker->set, worker->start_pfn,
					    worker->batch_pages);
		spin_unlock_irqrestore(&worker->set->zone->lock, flags);
		/* Nothing granted: all that was left has been pulled. */
		if (worker->batch_end_pfn == worker->start_pfn)
			worker->end_pfn = worker->start_pfn;
	}
	return true;
}

/**
 * memmap_drain_end - hand over the batch just written
 * @drain: the drain
 * @worker: as memmap_drain_begin() left it
 * @more: the worker goes on at once: grant it the next batch of its chunk
 *
 * Context: any; takes zone->lock.
 */
void memmap_drain_end(struct memmap_drain *drain, struct memmap_worker *worker,
		      bool more)
{
	struct memmap_extents *set = worker->set;
	unsigned long start_pfn = worker->start_pfn;
	unsigned long end_pfn = worker->batch_end_pfn;
	unsigned long flags;

	spin_lock_irqsave(&set->zone->lock, flags);
	drain->boot->exec->free(drain->boot, set, start_pfn,
				end_pfn - start_pfn);
	worker->end_pfn = memmap_extents_done(set, start_pfn, end_pfn);
	if (more && end_pfn < worker->end_pfn)
		worker->batch_end_pfn =
			memmap_extents_busy(set, end_pfn, worker->batch_pages);
	spin_unlock_irqrestore(&set->zone->lock, flags);

	worker->start_pfn = end_pfn;
	worker->nr_pages += end_pfn - start_pfn;
}

/**
 * memmap_drain_pace - how much comes next, and does it still fit?
 * @drain: the drain
 * @worker: has written its batch and not handed it over yet
 * @batch_ns: in so much time
 * @spent_ns: of its quantum so far
 *
 * What has begun when the quantum ends goes on with interrupts off. So a CPU
 * that is slow, or far from the memory, gets fewer blocks at a time.
 *
 * Context: any.
 * Return: false if the quantum is over.
 */
bool memmap_drain_pace(const struct memmap_drain *drain,
		       struct memmap_worker *worker, unsigned long batch_ns,
		       unsigned long spent_ns)
{
	unsigned long nr = (worker->batch_end_pfn - worker->start_pfn) /
			   MEMMAP_BLOCK_PAGES;
	unsigned long block_ns = max(batch_ns / nr, 1UL), left_ns;
	bool more;

	if (!drain->quantum_ns)
		return true;

	left_ns = spent_ns < drain->quantum_ns ? drain->quantum_ns - spent_ns :
						 0;
	/* A clock that needs interrupts stands: one batch then. */
	more = batch_ns && left_ns >= block_ns;
	/* At least one in any case, or a slow machine would never end. */
	nr = max((more ? left_ns : drain->quantum_ns) / block_ns, 1UL);
	worker->batch_pages = min(nr * MEMMAP_BLOCK_PAGES, drain->batch_pages);
	return more;
}

/*
 * A batch being written is free memory that nobody else can have. Whoever
 * writes one stays on its CPU for as long, some tens of microseconds, or an
 * allocator could fail beside it. With PREEMPT_RT zone->lock sleeps.
 */
static void batch_enter(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
}

static void batch_leave(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
}

/**
 * memmap_drain_run - drain until nothing is left or the quantum is over
 * @drain: the drain
 * @worker: the caller's state
 *
 * Context: any; with a quantum, no longer than that, unless a single block
 * takes longer. Without one, process context: it lets others run between
 * batches.
 * Return: true if the quantum ended it.
 */
bool memmap_drain_run(struct memmap_drain *drain, struct memmap_worker *worker)
{
	const struct memmap_exec *exec = drain->boot->exec;
	u64 start_ns = 0, last_ns, ns;
	bool more = true, found = true;

	if (drain->quantum_ns)
		start_ns = exec->now(drain->boot);
	last_ns = start_ns;

	while (more && found) {
		batch_enter();
		found = memmap_drain_begin(drain, worker);
		if (found) {
			exec->init(drain->boot, worker->set, worker->start_pfn,
				   worker->batch_end_pfn - worker->start_pfn);
			if (drain->quantum_ns) {
				ns = exec->now(drain->boot);
				more = memmap_drain_pace(drain, worker,
							 ns - last_ns,
							 ns - start_ns);
				last_ns = ns;
			}
			memmap_drain_end(drain, worker,
					 more && drain->quantum_ns);
		}
		batch_leave();
		if (!drain->quantum_ns)
			exec->relax(drain->boot);
	}
	return !more;
}

/**
 * memmap_drain_finish - a worker leaves for good
 * @drain: the drain
 * @worker: the caller's state
 *
 * Context: process context, may sleep in exec->done. The last worker to leave
 * reports; @drain may be gone then unless the caller owns it.
 */
void memmap_drain_finish(struct memmap_drain *drain,
			 struct memmap_worker *worker)
{
	struct memmap_boot *boot = drain->boot;

	worker_go_to(worker, NULL);
	if (worker->nr_pages) {
		atomic_long_add(worker->nr_pages, &drain->nr_pages);
		atomic_inc(&drain->nr_active);
	}
	/*
	 * A full barrier, which pairs with that of every other worker: the last
	 * one sees what all have added.
	 */
	if (!atomic_dec_and_test(&drain->nr_workers))
		return;
	drain->end_ns = boot->exec->now(boot);
	if (boot->exec->done)
		boot->exec->done(drain);
}
