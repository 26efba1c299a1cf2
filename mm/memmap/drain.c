// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drains: workers claim chunks, write them and link them into the buddy
 * allocator, a batch at a time.
 *
 *	zone->lock held:	claim a chunk, mark its first batch busy
 *	not held:		write the struct pages of the batch
 *	zone->lock held:	link the batch into the buddy allocator and remove
 *				it from the extent; mark the next batch busy
 *
 * A busy batch is taken by no other CPU, so writing it needs no lock. The last
 * two steps are under one hold of the lock, so every free page is either in the
 * buddy allocator or in an extent whenever the lock is free.
 */
#include <linux/indirect_call_wrapper.h>
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "worker.h"

/*
 * So long may a batch take that has more than one block: its pages are busy, and
 * other workers may come who would be done with all that is left by then.
 */
#define MOST_BATCH_NS 1000000UL

/**
 * memmap_drain_init - describe a drain of all nodes as the boot line wants it
 * @drain: the drain to fill in
 * @boot: the memory to initialise
 *
 * Context: any.
 */
void memmap_drain_init(struct memmap_drain *drain, struct memmap_boot *boot)
{
	memset(drain, 0, sizeof(*drain));
	drain->boot = boot;
	drain->nid = NUMA_NO_NODE;
	drain->home = NUMA_NO_NODE;
	drain->chunk_pages = boot->param.chunk_bytes >> PAGE_SHIFT;
	drain->batch_pages = MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES;
	drain->threads = boot->param.threads;
	drain->start_ns = boot->exec->now(boot);
}

/**
 * memmap_drain_begin - get the next batch to write
 * @drain: the drain
 * @worker: the worker; on return the batch is [@worker->start_pfn,
 *	@worker->batch_end_pfn)
 *
 * Claims a chunk if the worker has none.
 *
 * Context: any; takes zone->lock.
 * Return: false if no unclaimed page is left for this worker, or it is to stop.
 */
bool memmap_drain_begin(struct memmap_drain *drain,
			struct memmap_worker *worker)
{
	unsigned long flags;

	/* Of several that begin at once any one may say when. */
	if (!READ_ONCE(drain->start_ns))
		WRITE_ONCE(drain->start_ns,
			   drain->boot->exec->now(drain->boot));

	while (worker->batch_end_pfn <= worker->start_pfn) {
		/* Pairs with WRITE_ONCE() wherever a drain is stopped. */
		if (READ_ONCE(drain->stop))
			return false;
		if (worker->start_pfn != worker->end_pfn &&
		    !memmap_worker_stays(drain, worker))
			memmap_worker_leave(worker);
		if (worker->start_pfn == worker->end_pfn) {
			if (!memmap_worker_claim(drain, worker))
				return false;
			continue;
		}

		spin_lock_irqsave(&worker->set->zone->lock, flags);
		memmap_worker_busy(drain, worker);
		spin_unlock_irqrestore(&worker->set->zone->lock, flags);
		/* No batch: pulls have taken what was left of the chunk. */
		if (worker->batch_end_pfn == worker->start_pfn)
			worker->end_pfn = worker->start_pfn;
	}
	return true;
}

/**
 * memmap_drain_end - link a batch that is written into the buddy allocator
 * @drain: the drain
 * @worker: the worker, as memmap_drain_begin() left it
 * @more: also begin the next batch of the chunk, under the same hold of the
 *	lock
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
	/* The kernel's executor; tests have others. */
	INDIRECT_CALL_1(drain->boot->exec->free, memmap_page_link, drain->boot,
			set, start_pfn, end_pfn - start_pfn);
	worker->start_pfn = end_pfn;
	worker->end_pfn = memmap_extents_done(set, worker, start_pfn, end_pfn);
	memmap_worker_count(worker, 0, worker->measured);
	if (more && end_pfn < worker->end_pfn &&
	    memmap_worker_stays(drain, worker))
		memmap_worker_busy(drain, worker);
	spin_unlock_irqrestore(&set->zone->lock, flags);

	worker->nr_pages += end_pfn - start_pfn;
}

/**
 * memmap_drain_pace - size the next batch so that it ends within the quantum
 * @drain: the drain
 * @worker: the worker; it has written its batch and not ended it yet
 * @batch_ns: time that it took to write the batch
 * @spent_ns: time since the quantum began
 *
 * A batch that is begun is written to its end before others run, even if the
 * quantum is over meanwhile. So the next batch gets as many blocks as still
 * fit, which are fewer on a CPU that is slow or far from the memory.
 *
 * Context: any.
 * Return: false if no block fits any more and the quantum has to end.
 */
bool memmap_drain_pace(const struct memmap_drain *drain,
		       struct memmap_worker *worker, unsigned long batch_ns,
		       unsigned long spent_ns)
{
	unsigned long pages = worker->batch_end_pfn - worker->start_pfn;
	unsigned long nr = pages / MEMMAP_BLOCK_PAGES;
	unsigned long block_ns = max(batch_ns / nr, 1UL), left_ns;
	bool more;

	memmap_worker_timed(worker, drain, max(batch_ns, 1UL), pages);
	if (!drain->quantum_ns) {
		nr = max(MOST_BATCH_NS / block_ns, 1UL);
		worker->batch_pages = min(nr * MEMMAP_BLOCK_PAGES,
					  drain->batch_pages);
		return true;
	}

	left_ns = spent_ns < drain->quantum_ns ? drain->quantum_ns - spent_ns :
						 0;
	/*
	 * Some clocks stand still while no tick comes, and no time has passed
	 * then. The quantum ends after this batch.
	 */
	more = batch_ns && left_ns >= block_ns;
	/* At least one block, or a drain on a slow CPU would never end. */
	nr = max((more ? left_ns : drain->quantum_ns) / block_ns, 1UL);
	worker->batch_pages = min(nr * MEMMAP_BLOCK_PAGES, drain->batch_pages);
	return more;
}

/*
 * No allocation can have the pages of a batch while it is written, and they are
 * not counted as free. That must not last long, so a worker is not
 * preempted for that time, some tens of microseconds. With PREEMPT_RT it is,
 * because zone->lock may sleep there.
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
 * memmap_drain_run - drain until no work is left or the quantum is over
 * @drain: the drain
 * @worker: the worker
 *
 * Context: any if the drain has a quantum. The function then returns within the
 * quantum, or after one block if that alone takes longer. Without a quantum:
 * process context, other threads may run between batches.
 * Return: true if the quantum is over, false if no work is left for the worker.
 */
bool memmap_drain_run(struct memmap_drain *drain, struct memmap_worker *worker)
{
	const struct memmap_exec *exec = drain->boot->exec;
	u64 start_ns = exec->now(drain->boot), last_ns = start_ns, ns;
	bool more = true, found = true;

	while (more && found) {
		batch_enter();
		found = memmap_drain_begin(drain, worker);
		if (found) {
			exec->init(drain->boot, worker->set, worker->start_pfn,
				   worker->batch_end_pfn - worker->start_pfn);
			ns = exec->now(drain->boot);
			more = memmap_drain_pace(drain, worker, ns - last_ns,
						 ns - start_ns);
			last_ns = ns;
			memmap_drain_end(drain, worker,
					 more && drain->quantum_ns);
		}
		batch_leave();
		if (!drain->quantum_ns) {
			exec->relax(drain->boot);
			last_ns = exec->now(drain->boot);
		}
	}
	return !more;
}

/**
 * memmap_drain_finish - remove a worker from a drain
 * @drain: the drain
 * @worker: the worker; it is writing no batch
 *
 * The last worker ends the drain and reports it. Its owner may then free
 * @drain, so other callers must not use it afterwards.
 *
 * Context: process context, may sleep in exec->done.
 */
void memmap_drain_finish(struct memmap_drain *drain,
			 struct memmap_worker *worker)
{
	struct memmap_boot *boot = drain->boot;

	/* It may never have begun, or been stopped: pulls take its pages. */
	memmap_worker_stop(worker);
	if (worker->nr_pages) {
		atomic_long_add(worker->nr_pages, &drain->nr_pages);
		atomic_inc(&drain->nr_active);
	}
	/*
	 * This is a full barrier and pairs with the same of every other worker:
	 * the last one sees the sums of all.
	 */
	if (!atomic_dec_and_test(&drain->nr_workers))
		return;
	drain->end_ns = boot->exec->now(boot);
	if (boot->exec->done)
		boot->exec->done(drain);
}

/**
 * memmap_drain_threads - how many background threads a node is to have at most
 * @drain: the drain
 * @nid: the node
 *
 * As many as there are batches in its memory, or in that of an average zone,
 * which they may help: one more would have less than a batch to write, and takes
 * longer to create.
 *
 * Context: any; before the drain begins.
 * Return: at least 1; no more than the boot line allows.
 */
unsigned int memmap_drain_threads(const struct memmap_drain *drain, int nid)
{
	const struct memmap_boot *boot = drain->boot;
	unsigned long all = 0, own = 0, most;
	unsigned int i;

	for (i = 0; i < boot->nr_sets; i++) {
		const struct memmap_extents *set = boot->sets[i];
		unsigned long pages = READ_ONCE(set->nr_pages);

		all += pages;
		if (zone_to_nid(set->zone) == nid)
			own += pages;
	}
	most = max(own, all / max(boot->nr_sets, 1U)) / drain->batch_pages + 1;
	return drain->threads ? min(most, drain->threads) : most;
}

/**
 * memmap_drain_spawn - start the background workers of all nodes
 * @boot: the state; @boot->drain is what they drain
 *
 * Context: process context, one drain at a time.
 */
void memmap_drain_spawn(struct memmap_boot *boot)
{
	struct memmap_worker boot_thread;
	unsigned int i, j;

	/*
	 * The boot thread is a worker while it spawns the others. Otherwise the
	 * first of them could finish before the second one is added, would be
	 * the last worker, and would end the drain.
	 */
	memmap_worker_init(&boot_thread, &boot->drain, 0, NUMA_NO_NODE);

	for (i = 0; i < boot->nr_sets; i++) {
		int nid = zone_to_nid(boot->sets[i]->zone);

		/* Once for each node, where the first of its zones is. */
		for (j = 0; zone_to_nid(boot->sets[j]->zone) != nid; j++)
			;
		if (j == i)
			boot->exec->spawn(&boot->drain, nid);
	}
	memmap_drain_finish(&boot->drain, &boot_thread);
}
