// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine extents: which pages of a zone have no initialised struct page yet.
 *
 *	zone	|......######......cccccccc####################|
 *			^           ^       ^
 *	table	      extent 0    extent 1  extent 2
 *		      unclaimed   claimed   unclaimed
 *
 * The extents of a zone are a sorted array. Machines have few holes in their
 * memory and drains take from the low end, so the array has tens of entries
 * and moving them is faster than any tree. Writers hold zone->lock. Readers
 * hold no lock: the seqcount tells them whether what they read was consistent,
 * and RCU keeps the table that they read.
 *
 * There is one rule of order: struct pages are written before their pages leave
 * the extent. So a reader that finds a page in no extent may read its struct
 * page. raw_write_seqcount_begin() in extents_write_begin() orders the two and
 * pairs with read_seqcount_retry() in memmap_extents_test(). Non-temporal
 * stores need a fence of their own, which memmap_page_init() has.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/*
 * raw: an allocation in an NMI may pull when it has got zone->lock by trylock. So
 * there is no other writer, but lockdep would take the seqcount for a lock that
 * an NMI waits for.
 */
static void extents_write_begin(struct memmap_extents *set)
{
	lockdep_assert_held(&set->zone->lock);
	raw_write_seqcount_begin(&set->seq);
}

/*
 * Readers may read an entry while it is written. They discard what they read
 * then, because the seqcount has changed. WRITE_ONCE() pairs with the
 * READ_ONCE()s in memmap_extents_test().
 */
static void extent_set(struct memmap_extent *to,
		       const struct memmap_extent *from)
{
	WRITE_ONCE(to->start_pfn, from->start_pfn);
	WRITE_ONCE(to->end_pfn, from->end_pfn);
	to->busy_pfn = from->busy_pfn;
	to->owner = from->owner;
	to->left = from->left;
}

static struct memmap_extent_table *
extents_table(const struct memmap_extents *set)
{
	return rcu_dereference_protected(set->table,
					 lockdep_is_held(&set->zone->lock));
}

/**
 * memmap_extents_full - is every entry of the table in use?
 * @set: the extents of a zone
 *
 * Context: zone->lock held.
 * Return: true if no extent can be split or added.
 */
bool memmap_extents_full(const struct memmap_extents *set)
{
	return set->nr == extents_table(set)->capacity;
}

static void extent_insert(struct memmap_extents *set, unsigned int at,
			  const struct memmap_extent *entry)
{
	struct memmap_extent *extent = extents_table(set)->extent;
	unsigned int i;

	for (i = set->nr; i > at; i--)
		extent_set(&extent[i], &extent[i - 1]);
	extent_set(&extent[at], entry);
	WRITE_ONCE(set->nr, set->nr + 1);
}

static void extent_delete(struct memmap_extents *set, unsigned int at)
{
	struct memmap_extent *extent = extents_table(set)->extent;
	unsigned int i;

	WRITE_ONCE(set->nr, set->nr - 1);
	for (i = at; i < set->nr; i++)
		extent_set(&extent[i], &extent[i + 1]);
}

/* Index of the first entry that ends behind @pfn; set->nr if none does. */
static unsigned int extent_search(const struct memmap_extents *set,
				  unsigned long pfn)
{
	unsigned int low = 0, high = set->nr;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (extents_table(set)->extent[mid].end_pfn <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void extents_account(struct memmap_extents *set, long nr_pages,
			    long nr_idle)
{
	/* Both pair with READ_ONCE() wherever they are read without the lock. */
	WRITE_ONCE(set->nr_pages, set->nr_pages + nr_pages);
	WRITE_ONCE(set->nr_idle, set->nr_idle + nr_idle);
}

/**
 * memmap_extents_init - prepare the extents of a zone, with none yet
 * @set: the extents
 * @zone: the zone
 * @table: memory of memmap_table_bytes(@capacity) bytes
 * @capacity: entries that @table can hold
 *
 * Context: any, before another CPU can see @set.
 */
void memmap_extents_init(struct memmap_extents *set, struct zone *zone,
			 struct memmap_extent_table *table,
			 unsigned int capacity)
{
	memset(set, 0, sizeof(*set));
	set->zone = zone;
	seqcount_spinlock_init(&set->seq, &zone->lock);
	table->capacity = capacity;
	table->allocated = false;
	rcu_assign_pointer(set->table, table);
	set->start_pfn = ULONG_MAX;
	memmap_template_init(set);
}

/**
 * memmap_extents_reserve - make sure that the table has free entries
 * @set: the extents of a zone
 * @slots: free entries wanted
 *
 * Each worker needs one for its chunk, and each split of an extent needs one.
 *
 * Context: process context, zone->lock not held; allocates memory.
 * Return: 0, or -ENOMEM and the extents are as they were.
 */
int memmap_extents_reserve(struct memmap_extents *set, unsigned int slots)
{
	struct memmap_extent_table *table, *old;
	unsigned int capacity, i;
	unsigned long flags;

	for (;;) {
		spin_lock_irqsave(&set->zone->lock, flags);
		capacity = set->nr + slots;
		old = extents_table(set);
		if (old->capacity >= capacity)
			old = NULL;
		spin_unlock_irqrestore(&set->zone->lock, flags);
		if (!old)
			return 0;

		/* Half as much again: other CPUs may split extents now. */
		capacity += capacity / 2;
		table = kmalloc(memmap_table_bytes(capacity), GFP_KERNEL);
		if (!table)
			return -ENOMEM;
		table->capacity = capacity;
		table->allocated = true;

		spin_lock_irqsave(&set->zone->lock, flags);
		old = extents_table(set);
		if (old->capacity < capacity && set->nr <= capacity) {
			for (i = 0; i < set->nr; i++)
				extent_set(&table->extent[i], &old->extent[i]);
			extents_write_begin(set);
			/* Pairs with rcu_dereference() in memmap_extents_test(). */
			rcu_assign_pointer(set->table, table);
			raw_write_seqcount_end(&set->seq);
		} else {
			old = table;
		}
		spin_unlock_irqrestore(&set->zone->lock, flags);
		/* The first table may be from memblock: its owner frees it. */
		if (old->allocated)
			kfree_rcu(old, rcu);
	}
}

/**
 * memmap_extents_add - record pages as pristine
 * @set: the extents of a zone
 * @start_pfn: first page; a multiple of MEMMAP_BLOCK_PAGES
 * @end_pfn: first page behind the range; a multiple as well
 *
 * The range is merged with unclaimed extents that touch it. It must not overlap
 * an extent.
 *
 * Context: zone->lock held.
 * Return: false if the table is full and nothing was recorded.
 */
bool memmap_extents_add(struct memmap_extents *set, unsigned long start_pfn,
			unsigned long end_pfn)
{
	struct memmap_extent *extent = extents_table(set)->extent;
	struct memmap_extent entry = {
		.start_pfn = start_pfn,
		.end_pfn = end_pfn,
		.busy_pfn = start_pfn,
	};
	unsigned int at = extent_search(set, start_pfn);
	bool below, above;

	if (start_pfn >= end_pfn)
		return true;
	if (WARN_ON_ONCE(at < set->nr && extent[at].start_pfn < end_pfn))
		return true;

	below = at > 0 && extent[at - 1].end_pfn == start_pfn &&
		!extent[at - 1].owner;
	above = at < set->nr && extent[at].start_pfn == end_pfn &&
		!extent[at].owner;
	if (!below && !above && memmap_extents_full(set))
		return false;

	extents_write_begin(set);
	if (below && above) {
		WRITE_ONCE(extent[at - 1].end_pfn, extent[at].end_pfn);
		extent_delete(set, at);
	} else if (below) {
		WRITE_ONCE(extent[at - 1].end_pfn, end_pfn);
	} else if (above) {
		WRITE_ONCE(extent[at].start_pfn, start_pfn);
		extent[at].busy_pfn = start_pfn;
	} else {
		extent_insert(set, at, &entry);
	}
	WRITE_ONCE(set->start_pfn, min(set->start_pfn, start_pfn));
	WRITE_ONCE(set->end_pfn, max(set->end_pfn, end_pfn));
	extents_account(set, end_pfn - start_pfn, end_pfn - start_pfn);
	raw_write_seqcount_end(&set->seq);
	return true;
}

/**
 * memmap_extents_claim - claim a chunk for a worker
 * @set: the extents of a zone
 * @owner: the worker
 * @chunk_pages: pages wanted; a multiple of a block
 * @start_pfn: out: first page of the chunk
 * @end_pfn: out: first page behind the chunk
 *
 * The chunk is taken from the lowest unclaimed extent. Chunks end at multiples
 * of @chunk_pages, so the list of chunks does not depend on the order in which
 * workers claim. If the table is full, the chunk cannot be split off its extent
 * and the worker gets the whole extent, so that no page is left over.
 *
 * Context: zone->lock held.
 * Return: false if no page is unclaimed.
 */
bool memmap_extents_claim(struct memmap_extents *set,
			  const struct memmap_worker *owner,
			  unsigned long chunk_pages, unsigned long *start_pfn,
			  unsigned long *end_pfn)
{
	struct memmap_extent *extent = extents_table(set)->extent;
	struct memmap_extent entry;
	unsigned int i;

	for (i = 0; i < set->nr && extent[i].owner; i++)
		;
	if (i == set->nr)
		return false;

	entry = extent[i];
	entry.end_pfn =
		min(entry.end_pfn,
		    rounddown(entry.start_pfn, chunk_pages) + chunk_pages);
	entry.owner = owner;
	if (memmap_extents_full(set))
		entry.end_pfn = extent[i].end_pfn;
	if (entry.end_pfn == extent[i].end_pfn) {
		/* Readers do not read @owner, so the seqcount may stay. */
		extent[i].owner = owner;
	} else {
		extents_write_begin(set);
		WRITE_ONCE(extent[i].start_pfn, entry.end_pfn);
		extent[i].busy_pfn = entry.end_pfn;
		extent_insert(set, i, &entry);
		raw_write_seqcount_end(&set->seq);
	}
	*start_pfn = entry.start_pfn;
	*end_pfn = entry.end_pfn;
	return true;
}

/**
 * memmap_extents_share - take from a chunk what its worker has not reached yet
 * @set: the extents of a zone
 * @owner: the worker that takes it
 * @start_pfn: out: first page of what was taken
 * @end_pfn: out: first page behind it
 *
 * It is half of the chunk with most left, so that nobody waits for a worker
 * that is slow or that claimed last; or all of it, if its worker has left it.
 *
 * Context: zone->lock held; no page is unclaimed.
 * Return: false if no chunk has a block to spare, or the table is full.
 */
bool memmap_extents_share(struct memmap_extents *set,
			  const struct memmap_worker *owner,
			  unsigned long *start_pfn, unsigned long *end_pfn)
{
	struct memmap_extent *extent = extents_table(set)->extent, *from = NULL;
	struct memmap_extent half = { .owner = owner };
	unsigned long most = 0, start;
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		start = extent[i].start_pfn;
		/* Its worker looks for the chunk by its start, which stays. */
		if (!extent[i].left)
			start = max(extent[i].busy_pfn,
				    start + MEMMAP_BLOCK_PAGES);
		if (extent[i].end_pfn - start > most) {
			most = extent[i].end_pfn - start;
			from = &extent[i];
		}
	}
	if (!from || (!from->left && memmap_extents_full(set)))
		return false;

	*end_pfn = from->end_pfn;
	if (from->left) {
		/* Readers read neither, so the seqcount may stay. */
		from->left = false;
		from->owner = owner;
		*start_pfn = from->start_pfn;
		return true;
	}
	*start_pfn = *end_pfn - round_up(most / 2, MEMMAP_BLOCK_PAGES);
	half.start_pfn = *start_pfn;
	half.busy_pfn = *start_pfn;
	half.end_pfn = *end_pfn;
	extents_write_begin(set);
	WRITE_ONCE(from->end_pfn, *start_pfn);
	extent_insert(set, from - extent + 1, &half);
	raw_write_seqcount_end(&set->seq);
	return true;
}

/*
 * The chunk of @owner, if it is still there: pulls may have taken it, and since
 * then hot-added memory may have come to the same place.
 */
static struct memmap_extent *extent_claimed(struct memmap_extents *set,
					    const struct memmap_worker *owner,
					    unsigned long start_pfn)
{
	unsigned int at = extent_search(set, start_pfn);
	struct memmap_extent *extent = &extents_table(set)->extent[at];

	if (at == set->nr || extent->start_pfn != start_pfn ||
	    extent->owner != owner || extent->left)
		return NULL;
	return extent;
}

/**
 * memmap_extents_busy - begin the next batch of a claimed chunk
 * @set: the extents of a zone
 * @owner: the worker that claimed the chunk; no batch of it is being written
 * @start_pfn: first page that is left of the chunk
 * @nr_pages: pages wanted
 *
 * From now on no other CPU takes the pages of the batch.
 *
 * Context: zone->lock held.
 * Return: first page behind the batch; @start_pfn if pulls have taken all that
 * was left of the chunk.
 */
unsigned long memmap_extents_busy(struct memmap_extents *set,
				  const struct memmap_worker *owner,
				  unsigned long start_pfn,
				  unsigned long nr_pages)
{
	struct memmap_extent *extent = extent_claimed(set, owner, start_pfn);

	if (!extent)
		return start_pfn;
	extent->busy_pfn = min(extent->end_pfn, start_pfn + nr_pages);
	extents_account(set, 0, start_pfn - extent->busy_pfn);
	return extent->busy_pfn;
}

/**
 * memmap_extents_leave - leave what is left of a chunk to others
 * @set: the extents of a zone
 * @owner: the worker that claimed the chunk; no batch of it is being written
 * @start_pfn: first page that is left of the chunk
 *
 * It stays a claimed chunk, which memmap_extents_share() hands on.
 *
 * Context: zone->lock held.
 */
void memmap_extents_leave(struct memmap_extents *set,
			  const struct memmap_worker *owner,
			  unsigned long start_pfn)
{
	struct memmap_extent *extent = extent_claimed(set, owner, start_pfn);

	/* Pulls may have taken it all. */
	if (extent)
		extent->left = true;
}

/**
 * memmap_extents_done - remove a batch, which has been written
 * @set: the extents of a zone
 * @owner: the worker that wrote it
 * @start_pfn: the page that was passed to memmap_extents_busy()
 * @end_pfn: the page that it returned
 *
 * Context: zone->lock held; the struct pages are written and fenced.
 * Return: end of what is left of the chunk; @end_pfn if nothing is left.
 */
unsigned long memmap_extents_done(struct memmap_extents *set,
				  const struct memmap_worker *owner,
				  unsigned long start_pfn,
				  unsigned long end_pfn)
{
	struct memmap_extent *extent = extent_claimed(set, owner, start_pfn);
	unsigned long chunk_end_pfn;

	if (WARN_ON_ONCE(!extent || extent->busy_pfn != end_pfn))
		return end_pfn;

	chunk_end_pfn = extent->end_pfn;
	extents_write_begin(set);
	WRITE_ONCE(extent->start_pfn, end_pfn);
	if (end_pfn == chunk_end_pfn)
		extent_delete(set, extent - extents_table(set)->extent);
	extents_account(set, start_pfn - end_pfn, 0);
	raw_write_seqcount_end(&set->seq);
	return chunk_end_pfn;
}

/**
 * memmap_extents_first - choose the block that a pull takes
 * @set: the extents of a zone
 *
 * This is the lowest unclaimed block. If all blocks are claimed, it is the last
 * block of a chunk: its worker comes to that one last.
 *
 * Context: zone->lock held.
 * Return: first page of the block; ULONG_MAX if workers are writing all that is
 * pristine, or nothing is.
 */
unsigned long memmap_extents_first(const struct memmap_extents *set)
{
	const struct memmap_extent *extent = extents_table(set)->extent;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (!extent[i].owner)
			return extent[i].start_pfn;
	for (i = 0; i < set->nr; i++)
		if (extent[i].busy_pfn < extent[i].end_pfn)
			return extent[i].end_pfn - MEMMAP_BLOCK_PAGES;
	return ULONG_MAX;
}

/**
 * memmap_extents_find - find the first run of pristine pages in a range
 * @set: the extents of a zone
 * @start_pfn: in: start of the range; out: start of the run
 * @end_pfn: in: end of the range; out: end of the run
 * @busy: out: a worker is writing the run, so the caller must not take it
 *
 * Context: zone->lock held.
 * Return: false if no page of the range is pristine.
 */
bool memmap_extents_find(const struct memmap_extents *set,
			 unsigned long *start_pfn, unsigned long *end_pfn,
			 bool *busy)
{
	unsigned int at = extent_search(set, *start_pfn);
	const struct memmap_extent *extent = &extents_table(set)->extent[at];

	if (at == set->nr || extent->start_pfn >= *end_pfn)
		return false;

	*start_pfn = max(*start_pfn, extent->start_pfn);
	*busy = *start_pfn < extent->busy_pfn;
	*end_pfn = min(*end_pfn, *busy ? extent->busy_pfn : extent->end_pfn);
	return true;
}

/**
 * memmap_extents_remove - remove pages that the caller has written
 * @set: the extents of a zone
 * @start_pfn: first page; a multiple of MEMMAP_BLOCK_PAGES
 * @end_pfn: first page behind the range; a multiple as well
 *
 * The range is the block of memmap_extents_first(), or lies in a run of
 * memmap_extents_find() that is not busy. If it is cut out of a claimed chunk,
 * the part behind it becomes unclaimed: the worker ends where the hole begins.
 *
 * Context: zone->lock held; the struct pages are written and fenced.
 * Return: false if an extent would have to be split and the table is full;
 * nothing was removed then.
 */
bool memmap_extents_remove(struct memmap_extents *set, unsigned long start_pfn,
			   unsigned long end_pfn)
{
	unsigned int at = extent_search(set, start_pfn);
	struct memmap_extent *extent = &extents_table(set)->extent[at];
	struct memmap_extent rest;
	bool head, tail;

	if (WARN_ON_ONCE(at == set->nr || start_pfn < extent->start_pfn ||
			 end_pfn > extent->end_pfn ||
			 start_pfn < extent->busy_pfn))
		return false;

	/* The worker of a claimed extent looks for it by its start. */
	head = extent->start_pfn < start_pfn;
	tail = extent->end_pfn > end_pfn;
	if (head && tail && memmap_extents_full(set))
		return false;

	rest = *extent;
	rest.start_pfn = end_pfn;
	rest.busy_pfn = end_pfn;
	rest.owner = NULL;
	rest.left = false;

	extents_write_begin(set);
	if (head) {
		WRITE_ONCE(extent->end_pfn, start_pfn);
		if (tail)
			extent_insert(set, at + 1, &rest);
	} else if (tail) {
		extent_set(extent, &rest);
	} else {
		extent_delete(set, at);
	}
	extents_account(set, start_pfn - end_pfn, start_pfn - end_pfn);
	raw_write_seqcount_end(&set->seq);
	return true;
}
