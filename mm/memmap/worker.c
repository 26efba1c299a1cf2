// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers of a drain: in which zone one writes, and how much at a time.
 *
 *	home	a worker claims the memory of its own node first, because it is
 *		the fastest to write
 *	help	then it goes to the zone that would take longest, and at each
 *		chunk it looks for one that has become more in need
 *	end	batches become smaller, who is slow begins nothing that others
 *		would end earlier, and most of a crowd leave: so nobody waits
 *		for the last one
 *
 * Each worker counts the speed of its last batch in its zone. That is all that
 * is known about CPUs, links and memory.
 */
#include <linux/indirect_call_wrapper.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "worker.h"

/* Pages a ms, nearly: 2^20 ns. */
#define SPEED_SHIFT 20

/* What is thought of a worker that has written nothing: 10 ns a page. */
#define SPEED_GUESS ((1UL << SPEED_SHIFT) / 10)

/* Zones that a worker goes to and finds nothing to claim, before it gives up. */
#define MOST_TRIES 4

/*
 * A helper goes to another zone if that needs it more by a part in so many.
 * Speeds change that much from batch to batch where CPUs share a link.
 */
#define NEED_MORE 8

/* A helper looks at no more zones than these for each chunk that it writes. */
#define CHUNK_ZONES 32

/* Most of a crowd leave when there are fewer blocks than this for each. */
#define CROWD_BLOCKS 4

static bool drain_includes(const struct memmap_drain *drain,
			   const struct memmap_extents *set)
{
	return drain->nid == NUMA_NO_NODE ||
	       drain->nid == zone_to_nid(set->zone);
}

static bool worker_at_home(const struct memmap_worker *worker,
			   const struct memmap_extents *set)
{
	return zone_to_nid(set->zone) == worker->nid;
}

static unsigned int *new_of_node(struct memmap_extents *set,
				 const struct memmap_worker *worker)
{
	return &set->nr_new_of[(unsigned int)worker->nid % MEMMAP_NEW_OF];
}

/**
 * memmap_worker_count - count a worker in its zone
 * @worker: the worker
 * @nr: 1 if it comes, -1 if it leaves, 0 if it stays
 * @speed: that of its last batch; 0: it is new there or leaves
 *
 * Context: zone->lock held.
 */
void memmap_worker_count(struct memmap_worker *worker, int nr,
			 unsigned long speed)
{
	struct memmap_extents *set = worker->set;
	unsigned int *new_of = new_of_node(set, worker);
	bool was_new = nr <= 0 && !worker->speed_here;
	bool is_new = nr >= 0 && !speed;
	int more_new = is_new - was_new;

	/*
	 * These pair with READ_ONCE() in comes_in_time(), set_in_need(),
	 * memmap_worker_stays() and worker_crowded().
	 */
	WRITE_ONCE(set->nr_workers, set->nr_workers + nr);
	WRITE_ONCE(set->nr_new, set->nr_new + more_new);
	WRITE_ONCE(*new_of, *new_of + more_new);
	if (worker_at_home(worker, set))
		WRITE_ONCE(set->nr_new_home, set->nr_new_home + more_new);
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
			memmap_worker_count(worker, -1, 0);
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
	memmap_worker_count(worker, 1, 0);
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
	if (nid != NUMA_NO_NODE && nid != drain->home) {
		drain->home = nid;
		drain->nr_at_home = 0;
	}
	worker->index = drain->nr_at_home++;
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

/*
 * Is the end near, and the worker one too many on a link or a memory? A crowd
 * that is n times too large writes no more than one worker in n, and each of its
 * last blocks takes n times as long. One of n stays: by the number within its
 * node, for others may share another link.
 */
static bool worker_crowded(const struct memmap_drain *drain,
			   const struct memmap_worker *worker,
			   unsigned long left)
{
	const struct memmap_extents *set = worker->set;
	unsigned long alone;

	if (left / READ_ONCE(set->nr_workers) >=
	    CROWD_BLOCKS * MEMMAP_BLOCK_PAGES)
		return false;
	alone = worker_guess(drain, worker, set);
	return worker->index % (alone / (2 * worker->speed_here) + 1);
}

/**
 * memmap_worker_stays - may a worker begin another block in its zone?
 * @drain: the drain
 * @worker: the worker
 *
 * A worker that is slow here is not to begin what others would end earlier.
 *
 * Context: any.
 * Return: false if it should leave the rest to the others.
 */
bool memmap_worker_stays(const struct memmap_drain *drain,
			 const struct memmap_worker *worker)
{
	const struct memmap_extents *set = worker->set;
	unsigned long others, left;

	if (drain->fixed_chunks || !worker->speed_here)
		return true;
	/* Without zone->lock they may not fit together. */
	left = READ_ONCE(set->nr_idle);
	others = max(READ_ONCE(set->speed), worker->speed_here) -
		 worker->speed_here;
	return !worker_crowded(drain, worker, left) &&
	       in_time(worker->speed_here, others,
		       READ_ONCE(set->nr_workers) - READ_ONCE(set->nr_new),
		       left);
}

/**
 * memmap_worker_share - what a worker will write of what is left in its zone
 * @worker: the worker; it has written a batch there
 *
 * By its speed. Those that are new there are thought to be like the others.
 *
 * Context: zone->lock held.
 * Return: pages.
 */
unsigned long memmap_worker_share(const struct memmap_worker *worker)
{
	const struct memmap_extents *set = worker->set;
	unsigned int known = set->nr_workers - set->nr_new;

	return set->nr_idle * known / set->nr_workers * worker->speed_here /
	       set->speed;
}

/**
 * memmap_worker_busy - begin the next batch of a worker's chunk
 * @drain: the drain
 * @worker: the worker
 *
 * Batches become smaller as the end comes near: half of the worker's share of
 * what is left. So all workers of a zone end within the time of a block.
 *
 * Context: zone->lock held.
 */
void memmap_worker_busy(const struct memmap_drain *drain,
			struct memmap_worker *worker)
{
	const struct memmap_exec *exec = drain->boot->exec;
	struct memmap_extents *set = worker->set;
	unsigned long pages = worker->batch_pages, share;

	if (!drain->fixed_chunks && worker->speed_here) {
		share = rounddown(memmap_worker_share(worker) / 2,
				  MEMMAP_BLOCK_PAGES);
		pages = min(pages, max(share, MEMMAP_BLOCK_PAGES));
	}
	worker->batch_end_pfn = memmap_extents_busy(set, worker,
						    worker->start_pfn, pages);
	pages = worker->batch_end_pfn - worker->start_pfn;
	/* The kernel's executor; tests have others. */
	if (pages && exec->busy)
		INDIRECT_CALL_1(exec->busy, memmap_page_busy, drain->boot, set,
				pages);
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
		memmap_worker_busy(drain, worker);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	if (claimed) {
		worker->nr_chunks++;
		if (drain->boot->exec->claimed)
			drain->boot->exec->claimed(drain, worker);
	}
	return claimed || shared;
}

/* The time that a zone will take, times what a worker does for it. */
static unsigned long need_of(unsigned long left, unsigned long all,
			     unsigned long mine)
{
	return (left << 8) / all * mine;
}

/*
 * Would a worker as fast as @mine be in time in a zone that it is not in? The CPUs
 * of that node may be new there, for all begin at once: they are taken to be as
 * fast as this one at home. One alone may be the thread of a node without CPUs.
 */
static bool comes_in_time(const struct memmap_worker *worker,
			  const struct memmap_extents *set, unsigned long mine,
			  unsigned long left)
{
	unsigned long others = READ_ONCE(set->speed);
	unsigned int nr = READ_ONCE(set->nr_workers) - READ_ONCE(set->nr_new);
	unsigned int nr_home = READ_ONCE(set->nr_new_home);

	if (nr_home > 1) {
		others += nr_home * worker->speed;
		nr += nr_home;
	}
	return in_time(mine, others, nr, left);
}

/*
 * Choose another zone for a worker: the one that would take longest, and of two
 * that take as long the nearer one; NULL if no zone needs it by @least.
 *
 * No lock is held, so the answer may be outdated; only a claim is certain.
 */
static struct memmap_extents *set_in_need(struct memmap_drain *drain,
					  const struct memmap_worker *worker,
					  unsigned long least)
{
	struct memmap_extents *best = NULL;
	unsigned int nr_sets = memmap_boot_nr_sets(drain->boot), i;
	bool too_late = true;

	/* Pairs with WRITE_ONCE() below. */
	if (worker->speed <= READ_ONCE(drain->too_late))
		return NULL;
	for (i = 0; i < nr_sets; i++) {
		struct memmap_extents *set = drain->boot->sets[i];
		unsigned long left = READ_ONCE(set->nr_idle);
		unsigned int nr_new = READ_ONCE(set->nr_new), new_of;
		unsigned long mine, all, need;

		if (!left || !drain_includes(drain, set))
			continue;
		if (set == worker->set) {
			too_late = false;
			continue;
		}
		/* The distance only matters where a neighbour would be in time. */
		if (!comes_in_time(worker, set, worker->speed, left))
			continue;
		too_late = false;
		/*
		 * Those of its node who are new there have to share a link with
		 * it, which may be slower than a CPU. They know how slow it is
		 * when they have written a block; until then they are at no
		 * more than half of what is left.
		 */
		new_of = READ_ONCE(*new_of_node(set, worker));
		if (new_of * MEMMAP_BLOCK_PAGES > left / 2)
			continue;
		mine = worker_guess(drain, worker, set);
		if (!comes_in_time(worker, set, mine / (2 * (new_of + 1)), left))
			continue;
		/* Those that are new there are thought to be like this one. */
		all = READ_ONCE(set->speed) + (nr_new + 1) * mine;
		need = need_of(left, all, mine);
		if (need >= least) {
			best = set;
			least = need + 1;
		}
	}
	/* Many workers end at about the same time: one look is enough then. */
	if (too_late)
		WRITE_ONCE(drain->too_late, worker->speed);
	return best;
}

/* A helper that is needed more elsewhere: where? */
static struct memmap_extents *
set_more_in_need(struct memmap_drain *drain, const struct memmap_worker *worker)
{
	const struct memmap_extents *set = worker->set;
	unsigned long all, need;

	if (drain->fixed_chunks || !worker->speed_here ||
	    worker_at_home(worker, set) ||
	    worker->nr_chunks % (1 + drain->boot->nr_sets / CHUNK_ZONES))
		return NULL;
	all = max(READ_ONCE(set->speed), worker->speed_here);
	need = need_of(READ_ONCE(set->nr_idle), all, worker->speed_here);
	return set_in_need(drain, worker, need + need / NEED_MORE + 1);
}

/**
 * memmap_worker_claim - claim a chunk, of whatever zone
 * @drain: the drain
 * @worker: the worker; has no chunk
 *
 * Context: any; takes zone->lock.
 * Return: false if no zone needs the worker.
 */
bool memmap_worker_claim(struct memmap_drain *drain,
			 struct memmap_worker *worker)
{
	struct memmap_extents *set = worker->set;
	unsigned int tries = 0;

	if (set && memmap_worker_stays(drain, worker)) {
		set = set_more_in_need(drain, worker);
		if (set)
			worker_go_to(drain, worker, set);
		if (worker_claim_here(drain, worker))
			return true;
	}
	do {
		/* Others were faster again and again: they do not need it. */
		set = tries++ < MOST_TRIES ? set_in_need(drain, worker, 0) :
					     NULL;
		if (!worker_go_to(drain, worker, set))
			set = worker->set;
	} while (set && !worker_claim_here(drain, worker));
	return set;
}

/**
 * memmap_worker_leave - leave what is left of a chunk to those who are faster
 * @worker: the worker; it is writing no batch
 *
 * Context: any; takes zone->lock.
 */
void memmap_worker_leave(struct memmap_worker *worker)
{
	unsigned long flags;

	spin_lock_irqsave(&worker->set->zone->lock, flags);
	memmap_extents_leave(worker->set, worker, worker->start_pfn);
	spin_unlock_irqrestore(&worker->set->zone->lock, flags);
	worker->end_pfn = worker->start_pfn;
}

/**
 * memmap_worker_stop - a worker leaves its chunk and its zone
 * @worker: the worker; it is writing no batch
 *
 * Context: any; takes zone->lock.
 */
void memmap_worker_stop(struct memmap_worker *worker)
{
	unsigned long flags;

	if (worker->start_pfn != worker->end_pfn)
		memmap_worker_leave(worker);
	if (!worker->set)
		return;
	spin_lock_irqsave(&worker->set->zone->lock, flags);
	memmap_worker_count(worker, -1, 0);
	spin_unlock_irqrestore(&worker->set->zone->lock, flags);
	worker->set = NULL;
}

/**
 * memmap_worker_timed - note how fast a worker is in its zone
 * @worker: the worker
 * @drain: the drain
 * @batch_ns: time that a batch took, at least 1
 * @pages: of the batch
 *
 * And so what it would reach in other zones.
 *
 * Context: any.
 */
void memmap_worker_timed(struct memmap_worker *worker,
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
