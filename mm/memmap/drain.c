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
	drain->threads = boot->param.threads;
	drain->start_ns = boot->exec->now(boot);
}

static bool drain_includes(const struct memmap_drain *drain,
			   const struct memmap_extents *set)
{
	return drain->nid == NUMA_NO_NODE ||
	       drain->nid == zone_to_nid(set->zone);
}

/* Pages a ms, nearly: 2^20 ns. */
#define SPEED_SHIFT 20

/* What is thought of a worker that has written nothing: 10 ns a page. */
#define SPEED_GUESS ((1UL << SPEED_SHIFT) / 10)

/* Zones that a worker goes to and finds nothing to claim, before it gives up. */
#define MOST_TRIES 4

static bool worker_at_home(const struct memmap_worker *worker,
			   const struct memmap_extents *set)
{
	return zone_to_nid(set->zone) == worker->nid;
}

/*
 * Count a worker in its zone, whose lock is held: @nr is 1 if it comes, -1 if it
 * leaves, 0 if it stays; @speed is that of its last batch, 0 as long as it is
 * new there, because nobody knows yet how fast it is.
 */
static void worker_count(struct memmap_worker *worker, int nr,
			 unsigned long speed)
{
	struct memmap_extents *set = worker->set;
	bool was_new = nr <= 0 && !worker->speed_here;
	bool is_new = nr >= 0 && !speed;

	/* These pair with READ_ONCE() in set_in_need() and worker_stays(). */
	WRITE_ONCE(set->nr_workers, set->nr_workers + nr);
	WRITE_ONCE(set->nr_new, set->nr_new + is_new - was_new);
	WRITE_ONCE(set->speed, set->speed + speed - worker->speed_here);
	worker->speed_here = speed;
}

static unsigned long worker_distance(const struct memmap_drain *drain,
				     const struct memmap_worker *worker,
				     const struct memmap_extents *set)
{
	const struct memmap_exec *exec = drain->boot->exec;

	if (worker_at_home(worker, set) || worker->nid == NUMA_NO_NODE ||
	    !exec->distance)
		return MEMMAP_DISTANCE_LOCAL;
	return exec->distance(drain->boot, worker->nid, zone_to_nid(set->zone));
}

/* How fast the worker is expected to be in a zone where it has not been. */
static unsigned long worker_guess(const struct memmap_drain *drain,
				  const struct memmap_worker *worker,
				  const struct memmap_extents *set)
{
	return max(worker->speed * MEMMAP_DISTANCE_LOCAL /
			   worker_distance(drain, worker, set),
		   1UL);
}

/*
 * Let @worker claim its chunks from @set; NULL: from no zone. The last worker of
 * a zone stays while pages are in no batch there, because nobody else may come
 * for them; then the answer is false.
 */
static bool worker_go_to(const struct memmap_drain *drain,
			 struct memmap_worker *worker,
			 struct memmap_extents *set)
{
	struct memmap_extents *old = worker->set;
	unsigned long flags;
	bool last;

	if (old) {
		spin_lock_irqsave(&old->zone->lock, flags);
		last = old->nr_idle && old->nr_workers == 1;
		if (!last)
			worker_count(worker, -1, 0);
		spin_unlock_irqrestore(&old->zone->lock, flags);
		if (last)
			return false;
	}
	worker->set = set;
	if (!set)
		return true;
	/* How long a block takes there is not known. */
	worker->batch_pages = MEMMAP_BLOCK_PAGES;
	worker->measured = 0;
	spin_lock_irqsave(&set->zone->lock, flags);
	worker_count(worker, 1, 0);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return true;
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
 * Context: any, one caller at a time for a drain; takes zone->lock.
 */
void memmap_worker_init(struct memmap_worker *worker,
			struct memmap_drain *drain, unsigned int cpu, int nid)
{
	struct memmap_boot *boot = drain->boot;
	unsigned int i;

	memset(worker, 0, sizeof(*worker));
	worker->cpu = cpu;
	worker->nid = nid;
	worker->speed = SPEED_GUESS;
	/* Workers are added node by node: most are of the node of the last one. */
	for (i = 0; i < boot->nr_sets && !worker->set; i++) {
		struct memmap_extents *set = boot->sets[drain->last_set];

		if (zone_to_nid(set->zone) == nid && drain_includes(drain, set))
			worker_go_to(drain, worker, set);
		else if (++drain->last_set == boot->nr_sets)
			drain->last_set = 0;
	}
	atomic_inc(&drain->nr_workers);
}

/*
 * Would a block of a worker that is as fast as @mine be written before the
 * others, who are @nr and as fast as @others together, have written @left pages
 * and the blocks that they are at?
 */
static bool in_time(unsigned long mine, unsigned long others, unsigned int nr,
		    unsigned long left)
{
	return others * MEMMAP_BLOCK_PAGES <=
	       mine * (left + nr * MEMMAP_BLOCK_PAGES);
}

/* A worker that is slow here is not to begin what others would end earlier. */
static bool worker_stays(const struct memmap_drain *drain,
			 const struct memmap_worker *worker)
{
	const struct memmap_extents *set = worker->set;
	unsigned long others;

	if (drain->fixed_chunks || !worker->speed_here)
		return true;
	/* Without zone->lock they may not fit together. */
	others = max(READ_ONCE(set->speed), worker->speed_here) -
		 worker->speed_here;
	return in_time(worker->speed_here, others,
		       READ_ONCE(set->nr_workers) - READ_ONCE(set->nr_new),
		       READ_ONCE(set->nr_idle));
}

/*
 * Begin the next batch of the worker's chunk. Batches become smaller as the end
 * comes near: half of the worker's share of what is left. So all workers of a
 * zone end within the time of a block. zone->lock is held.
 */
static void worker_busy(const struct memmap_drain *drain,
			struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	unsigned long pages = worker->batch_pages, share;

	if (!drain->fixed_chunks && worker->speed_here) {
		share = set->nr_idle / 2 * worker->speed_here / set->speed;
		share = max(rounddown(share, MEMMAP_BLOCK_PAGES),
			    MEMMAP_BLOCK_PAGES);
		pages = min(pages, share);
	}
	worker->batch_end_pfn = memmap_extents_busy(set, worker,
						    worker->start_pfn, pages);
}

static bool worker_claim_here(struct memmap_drain *drain,
			      struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	bool claimed, shared = false;
	unsigned long flags;

	/*
	 * Read without zone->lock: other CPUs change it meanwhile. When a page
	 * is taken out of the middle of a chunk, what is behind it becomes
	 * unclaimed again. No page is forgotten, because the worker of that
	 * chunk comes here once more.
	 */
	if (!READ_ONCE(set->nr_idle))
		return false;

	spin_lock_irqsave(&set->zone->lock, flags);
	claimed = memmap_extents_claim(set, worker, drain->chunk_pages,
				       &worker->start_pfn, &worker->end_pfn);
	if (!claimed && !drain->fixed_chunks)
		shared = memmap_extents_share(set, worker, &worker->start_pfn,
					      &worker->end_pfn);
	if (claimed || shared)
		worker_busy(drain, worker);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	if (claimed) {
		worker->nr_chunks++;
		if (drain->boot->exec->claimed)
			drain->boot->exec->claimed(drain, worker);
	}
	return claimed || shared;
}

/*
 * Choose another zone for a worker that finds nothing where it is: the one that
 * would take longest, and of two that take as long the nearer one.
 *
 * No lock is held, so the answer may be outdated; only a claim is certain.
 */
static struct memmap_extents *set_in_need(struct memmap_drain *drain,
					  const struct memmap_worker *worker)
{
	struct memmap_extents *best = NULL;
	unsigned int nr_sets = memmap_boot_nr_sets(drain->boot), i;
	unsigned long most = 0;
	bool all_busy = true;

	/* Pairs with WRITE_ONCE() below. */
	if (READ_ONCE(drain->all_busy))
		return NULL;
	for (i = 0; i < nr_sets; i++) {
		struct memmap_extents *set = drain->boot->sets[i];
		unsigned long left = READ_ONCE(set->nr_idle);
		unsigned long others = READ_ONCE(set->speed);
		unsigned int nr_new = READ_ONCE(set->nr_new);
		unsigned int nr = READ_ONCE(set->nr_workers) - nr_new;
		unsigned long mine = worker->speed, need;

		if (!left || !drain_includes(drain, set))
			continue;
		all_busy = false;
		if (set == worker->set)
			continue;
		/*
		 * All who are new there may have to share one link, and that
		 * may be slower than a CPU. The distance only matters where
		 * even a neighbour would be in time.
		 */
		if (!in_time(mine / (2 * (nr_new + 1)), others, nr, left))
			continue;
		mine = worker_guess(drain, worker, set);
		if (!in_time(mine / (2 * (nr_new + 1)), others, nr, left))
			continue;
		/* Those that are new there are thought to be like this one. */
		need = (left << 8) / (others + (nr_new + 1) * mine) * mine;
		if (!best || need > most) {
			best = set;
			most = need;
		}
	}
	/* Many workers end at about the same time: one look is enough then. */
	if (all_busy)
		WRITE_ONCE(drain->all_busy, true);
	return best;
}

/*
 * A worker claims from its home node first, because local memory is the fastest
 * to write. Then it helps other nodes, which may have few CPUs or none.
 */
static bool worker_claim(struct memmap_drain *drain,
			 struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	unsigned int tries = 0;

	if (set && worker_stays(drain, worker) &&
	    worker_claim_here(drain, worker))
		return true;
	do {
		/* Others were faster again and again: they do not need it. */
		set = tries++ < MOST_TRIES ? set_in_need(drain, worker) : NULL;
		if (!worker_go_to(drain, worker, set))
			set = worker->set;
	} while (set && !worker_claim_here(drain, worker));
	return set;
}

/* Leave what is left of a chunk to those who are faster here. */
static void worker_leave(struct memmap_worker *worker)
{
	unsigned long flags;

	spin_lock_irqsave(&worker->set->zone->lock, flags);
	memmap_extents_leave(worker->set, worker, worker->start_pfn);
	spin_unlock_irqrestore(&worker->set->zone->lock, flags);
	worker->end_pfn = worker->start_pfn;
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

	/* Of several that begin at once any one may say when. */
	if (!READ_ONCE(drain->start_ns))
		WRITE_ONCE(drain->start_ns,
			   drain->boot->exec->now(drain->boot));

	while (worker->batch_end_pfn <= worker->start_pfn) {
		if (worker->start_pfn != worker->end_pfn &&
		    !worker_stays(drain, worker))
			worker_leave(worker);
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
	worker->start_pfn = end_pfn;
	worker->end_pfn = memmap_extents_done(set, worker, start_pfn, end_pfn);
	worker_count(worker, 0, worker->measured);
	if (more && end_pfn < worker->end_pfn && worker_stays(drain, worker))
		worker_busy(drain, worker);
	spin_unlock_irqrestore(&set->zone->lock, flags);

	worker->nr_pages += end_pfn - start_pfn;
}

/* How fast the worker is here, and so what it would reach in other zones. */
static void worker_measured(struct memmap_worker *worker,
			    const struct memmap_drain *drain,
			    unsigned long batch_ns, unsigned long pages)
{
	unsigned long speed = max((pages << SPEED_SHIFT) / batch_ns, 1UL);

	worker->measured = speed;
	if (!worker_at_home(worker, worker->set))
		speed = speed * worker_distance(drain, worker, worker->set) /
			MEMMAP_DISTANCE_LOCAL;
	if (!worker->nr_pages || speed > worker->speed)
		worker->speed = speed;
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

	worker_measured(worker, drain, max(batch_ns, 1UL), pages);
	worker->batch_pages = drain->batch_pages;
	if (!drain->quantum_ns)
		return true;

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
 * Return: true if the quantum is over, false if no work is left for the worker.
 */
bool memmap_drain_run(struct memmap_drain *drain, struct memmap_worker *worker)
{
	const struct memmap_exec *exec = drain->boot->exec;
	u64 start_ns = exec->now(drain->boot), last_ns = start_ns, ns;
	bool more = true, found = true;

	/* Pairs with WRITE_ONCE() wherever a drain is stopped. */
	while (more && found && !READ_ONCE(drain->stop)) {
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
	unsigned long flags;

	/* It may never have begun, or been stopped: pulls take its pages. */
	if (worker->start_pfn != worker->end_pfn)
		worker_leave(worker);
	if (worker->set) {
		spin_lock_irqsave(&worker->set->zone->lock, flags);
		worker_count(worker, -1, 0);
		spin_unlock_irqrestore(&worker->set->zone->lock, flags);
		worker->set = NULL;
	}
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
