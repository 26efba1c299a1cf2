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
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>

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
	drain->chunk_pages = boot->param.chunk_bytes >> PAGE_SHIFT;
	drain->batch_pages = MEMMAP_BATCH_BLOCKS * MEMMAP_BLOCK_PAGES;
	drain->batch_ns = MEMMAP_BATCH_NS;
	drain->share = true;
	drain->threads = boot->param.threads;
	drain->start_ns = boot->exec->now(boot);
}

static bool drain_includes(const struct memmap_drain *drain,
			   const struct memmap_extents *set)
{
	return drain->nid == NUMA_NO_NODE ||
	       drain->nid == zone_to_nid(set->zone);
}

#define LOCAL 10
#define NEARER 8
#define SPEED_SHIFT 20
#define SPEED_GUESS 100000

static unsigned long distance_to(const struct memmap_drain *drain, int nid,
				 const struct memmap_extents *set)
{
	int to = zone_to_nid(set->zone);

	if (nid == to || nid == NUMA_NO_NODE || !drain->boot->exec->distance)
		return LOCAL;
	return drain->boot->exec->distance(drain->boot, nid, to);
}

static bool is_home(const struct memmap_worker *worker,
		    const struct memmap_extents *set)
{
	return zone_to_nid(set->zone) == worker->nid;
}

static void worker_measured(struct memmap_worker *worker)
{
	if (worker->is_new)
		atomic_dec(&worker->set->nr_new);
	worker->is_new = false;
}

static void worker_go_to(struct memmap_worker *worker,
			 const struct memmap_drain *drain,
			 struct memmap_extents *set)
{
	if (worker->set) {
		worker_measured(worker);
		atomic_dec(&worker->set->nr_workers);
		atomic_long_add(-worker->counted, &worker->set->speed);
		worker->counted = 0;
	}
	worker->set = set;
	if (!set)
		return;
	worker->distance = distance_to(drain, worker->nid, set);
	atomic_inc(&set->nr_workers);
	worker->nr_here = 0;
	if (!is_home(worker, set)) {
		worker->is_new = true;
		atomic_inc(&set->nr_new);
		worker->batch_pages = MEMMAP_BLOCK_PAGES;
	}
}

/**
 * memmap_worker_init - add a worker to a drain
 * @worker: the worker to fill in
 * @drain: the drain
 * @cpu: number of the worker's CPU, for reports
 * @nid: home node; the worker drains its extents first
 *
 * The caller must pass every worker to memmap_drain_finish() once.
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
	worker->speed = 1;
	/* With a quantum, one block first: how long it takes is not known. */
	worker->batch_pages = drain->batch_ns ? MEMMAP_BLOCK_PAGES :
						drain->batch_pages;
	for (i = 0; i < boot->nr_sets && !worker->set; i++)
		if (zone_to_nid(boot->sets[i]->zone) == nid &&
		    drain_includes(drain, boot->sets[i]))
			worker_go_to(worker, drain, boot->sets[i]);
	atomic_inc(&drain->nr_workers);
}

/*
 * How long will a zone take, and would a block of this worker be done by then?
 * Nobody knows yet how fast those are that are new there, and whether they
 * share a link: as slow as if all of them did.
 */
static unsigned long zone_time(const struct memmap_worker *worker,
			       const struct memmap_extents *set,
			       unsigned long distance, bool *in_time,
			       unsigned long *expected)
{
	unsigned long pages = READ_ONCE(set->nr_pages);
	unsigned long others = atomic_long_read(&set->speed);
	unsigned long nr_new = atomic_read(&set->nr_new);
	unsigned long nr = atomic_read(&set->nr_workers);
	unsigned long mine = worker->speed * LOCAL / distance + 1;

	if (set == worker->set) {
		others -= worker->counted;
		if (worker->is_new) {
			nr_new--;
			nr--;
		} else {
			*in_time = others * MEMMAP_BLOCK_PAGES <=
				   worker->counted * pages;
			*expected = worker->counted;
			return (pages << 10) / (others + worker->counted + 1);
		}
	}
	*in_time = 2 * others * (nr_new + 1) * MEMMAP_BLOCK_PAGES <=
		   mine * pages;
	*expected = mine;
	if (nr > nr_new)
		*expected = min(mine, others / (nr - nr_new) + 1);
	return (pages << 10) / (others + (nr_new + 1) * mine);
}

static struct memmap_extents *choose_zone(const struct memmap_drain *drain,
					  const struct memmap_worker *worker,
					  const struct memmap_extents *not_here)
{
	struct memmap_extents *best = NULL;
	unsigned long longest = 0, most = 0;
	unsigned int i, pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < drain->boot->nr_sets; i++) {
			struct memmap_extents *set = drain->boot->sets[i];
			unsigned long distance, time, expected;
			bool in_time;

			if (set == not_here || !READ_ONCE(set->nr_idle) ||
			    !drain_includes(drain, set))
				continue;
			distance = distance_to(drain, worker->nid, set);
			time = zone_time(worker, set, distance, &in_time, &expected);
			if (!in_time)
				continue;
			if (!pass) {
				longest = max(longest, time);
			} else {
				time = (time << 10) / (longest + 1);
				time = time * time * time * time * expected;
				if (!best || time > most) {
					best = set;
					most = time;
				}
			}
		}
	}
	return best;
}

static void worker_busy(const struct memmap_drain *drain,
			struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	unsigned long pages = worker->batch_pages;
	unsigned long left = worker->end_pfn - worker->start_pfn;

	if (drain->share && !set->nr_unclaimed)
		pages = min(pages, round_up(left / 2, MEMMAP_BLOCK_PAGES));
	worker->batch_end_pfn =
		memmap_extents_busy(set, worker->start_pfn, pages);
}

static bool worker_claim_here(struct memmap_drain *drain,
			      struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	bool home = zone_to_nid(set->zone) == worker->nid;
	unsigned long pages = home ? drain->chunk_pages : worker->batch_pages;
	unsigned long flags;
	bool claimed;

	/*
	 * Read without zone->lock: other CPUs change it meanwhile. When a page
	 * is taken out of the middle of a chunk, what is behind it becomes
	 * unclaimed again. No page is forgotten, because the worker of that
	 * chunk comes here once more.
	 */
	if (!READ_ONCE(set->nr_idle))
		return false;
	spin_lock_irqsave(&set->zone->lock, flags);
	claimed = memmap_extents_claim(set, pages, &worker->start_pfn,
				       &worker->end_pfn) ||
		  (drain->share &&
		   memmap_extents_share(set, pages, &worker->start_pfn,
					&worker->end_pfn));
	if (claimed)
		worker_busy(drain, worker);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	if (claimed) {
		worker->nr_chunks++;
		if (drain->boot->exec->claimed)
			drain->boot->exec->claimed(drain, worker);
	}
	return claimed;
}

/*
 * A worker claims from its home node first, because local memory is the fastest
 * to write. Then it helps other nodes, which may have few CPUs or none.
 */
static bool worker_claim(struct memmap_drain *drain,
			 struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	unsigned int tries;

	if (set && is_home(worker, set) && worker_claim_here(drain, worker))
		return true;
	if (set && !is_home(worker, set)) {
		bool in_time;

		zone_time(worker, set, worker->distance, &in_time, &worker->nr_dummy);
		if (in_time && ++worker->nr_here < 8 &&
		    worker_claim_here(drain, worker))
			return true;
		worker->nr_here = 0;
		set = in_time ? NULL : set;
	}
	for (tries = 0; tries <= drain->boot->nr_sets; tries++) {
		set = choose_zone(drain, worker, set);
		if (set != worker->set)
			worker_go_to(worker, drain, set);
		if (!set)
			return false;
		if (worker_claim_here(drain, worker))
			return true;
	}
	worker_go_to(worker, drain, NULL);
	return false;
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
 * Return: false if no unclaimed page is left for this worker.
 */
bool memmap_drain_begin(struct memmap_drain *drain,
			struct memmap_worker *worker)
{
	unsigned long flags;

	while (worker->batch_end_pfn <= worker->start_pfn) {
		if (worker->start_pfn == worker->end_pfn) {
			if (!worker_claim(drain, worker))
				return false;
			continue;
		}

		spin_lock_irqsave(&worker->set->zone->lock, flags);
		worker_busy(drain, worker);
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
	drain->boot->exec->free(drain->boot, set, start_pfn,
				end_pfn - start_pfn);
	worker->end_pfn = memmap_extents_done(set, start_pfn, end_pfn);
	worker->start_pfn = end_pfn;
	if (more && end_pfn < worker->end_pfn)
		worker_busy(drain, worker);
	spin_unlock_irqrestore(&set->zone->lock, flags);

	worker->nr_pages += end_pfn - start_pfn;
}

static void worker_speed(struct memmap_worker *worker, unsigned long batch_ns)
{
	unsigned long pages = worker->batch_end_pfn - worker->start_pfn;
	unsigned long speed = max((pages << SPEED_SHIFT) / batch_ns, 1UL);

	worker_measured(worker);
	atomic_long_add(speed - worker->counted, &worker->set->speed);
	worker->counted = speed;
	worker->speed = max(worker->speed, speed * worker->distance / LOCAL);
}

/**
 * memmap_drain_pace - size the next batch so that it ends within the quantum
 * @drain: the drain
 * @worker: the worker; it has written its batch and not ended it yet
 * @batch_ns: time that it took to write the batch
 * @spent_ns: time since the quantum began
 *
 * A batch that is begun is written to its end with interrupts off, even if the
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
	unsigned long nr = (worker->batch_end_pfn - worker->start_pfn) /
			   MEMMAP_BLOCK_PAGES;
	unsigned long block_ns = max(batch_ns / nr, 1UL), left_ns;
	bool more = true;

	worker_speed(worker, max(batch_ns, 1UL));
	left_ns = drain->batch_ns;
	if (drain->quantum_ns) {
		left_ns = spent_ns < drain->quantum_ns ?
				  drain->quantum_ns - spent_ns :
				  0;
		/*
		 * Some clocks stand still while interrupts are off, and no time has
		 * passed then. The quantum ends after this batch.
		 */
		more = batch_ns && left_ns >= block_ns;
		if (!more)
			left_ns = drain->quantum_ns;
		left_ns = min(left_ns, drain->batch_ns);
	}
	/* At least one block, or a drain on a slow CPU would never end. */
	nr = max(left_ns / block_ns, 1UL);
	if (left_ns)
		worker->batch_pages = min(nr * MEMMAP_BLOCK_PAGES,
					  drain->batch_pages);
	return more;
}

/*
 * The pages of a batch are counted as free, and no allocation can have them
 * while the batch is written. That must not last long, so a worker is not
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
 * Return: true if the quantum is over, false if no work is left.
 */
bool memmap_drain_run(struct memmap_drain *drain, struct memmap_worker *worker)
{
	const struct memmap_exec *exec = drain->boot->exec;
	u64 start_ns, last_ns, ns;
	bool more = true, found = true;

	start_ns = exec->now(drain->boot);
	last_ns = start_ns;

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
 * @worker: the worker; it has no chunk
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

	worker_go_to(worker, drain, NULL);
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
