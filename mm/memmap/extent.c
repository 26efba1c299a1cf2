// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pristine extents: which pages of a zone have no descriptor yet.
 *
 * A sorted array per zone. Drains take from its low end and boards have few
 * holes, so it stays at tens of entries and a memmove() beats any tree. Every
 * writer holds zone->lock. Readers hold nothing: they look at a snapshot that
 * the seqcount vouches for, in a table that RCU keeps alive.
 *
 * The one ordering rule: descriptors are written first, the extent gives them
 * up afterwards. write_seqcount_begin() in extents_write_begin() orders the
 * two for a reader; it pairs with read_seqcount_retry() in
 * memmap_extents_test(). Non-temporal stores are fenced where they are made.
 */
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static void extents_write_begin(struct memmap_extents *set)
{
	lockdep_assert_held(&set->zone->lock);
	write_seqcount_begin(&set->seq);
}

static void extents_write_end(struct memmap_extents *set)
{
	write_seqcount_end(&set->seq);
}

/*
 * Readers look at entries while we move them: no torn words, please. Pairs
 * with the READ_ONCE()s in memmap_extents_test(), which the seqcount judges.
 */
static void extent_set(struct memmap_extent *to,
		       const struct memmap_extent *from)
{
	WRITE_ONCE(to->start_pfn, from->start_pfn);
	WRITE_ONCE(to->end_pfn, from->end_pfn);
	to->busy_pfn = from->busy_pfn;
	to->claimed = from->claimed;
}

static struct memmap_extent_table *
extents_table(const struct memmap_extents *set)
{
	return rcu_dereference_protected(set->table,
					 lockdep_is_held(&set->zone->lock));
}

/**
 * memmap_extents_full - is there no free entry left?
 * @set: the set
 *
 * Context: zone->lock held.
 * Return: true if an extent can neither be split nor added.
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

static void extents_account(struct memmap_extents *set, long nr_pages)
{
	/* Pairs with all who glance at it without zone->lock. */
	WRITE_ONCE(set->nr_pages, set->nr_pages + nr_pages);
}

static void extents_account_unclaimed(struct memmap_extents *set, long nr_pages)
{
	/* Pairs with the glances of workers in mm/memmap_drain.c */
	WRITE_ONCE(set->nr_unclaimed, set->nr_unclaimed + nr_pages);
}

/**
 * memmap_table_bytes - size of a table
 * @capacity: entries it can hold
 *
 * Return: bytes. Any context.
 */
size_t memmap_table_bytes(unsigned int capacity)
{
	return struct_size_t(struct memmap_extent_table, extent, capacity);
}

/*
 * The first table comes from whoever set the set up, before there was a slab.
 */
static void memmap_table_free(struct memmap_extent_table *table)
{
	if (table->allocated)
		kfree_rcu(table, rcu);
}

/**
 * memmap_extents_init - prepare an empty set
 * @set: the set
 * @zone: the zone it describes
 * @table: memory of memmap_table_bytes(@capacity) bytes
 * @capacity: entries @table can hold
 *
 * Context: before anybody else can see @set.
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
 * memmap_extents_reserve - make sure that entries can be added
 * @set: the set
 * @slots: free entries wanted
 *
 * Every worker needs one for its chunk, a split needs one as well.
 *
 * Context: process context, zone->lock not held; allocates.
 * Return: 0 or -ENOMEM, and then the set is as it was.
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

		/* Half as much again: others may split meanwhile. */
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
			/* Pairs with rcu_dereference() in memmap_extents_test() */
			rcu_assign_pointer(set->table, table);
			extents_write_end(set);
		} else {
			old = table;
		}
		spin_unlock_irqrestore(&set->zone->lock, flags);
		memmap_table_free(old);
	}
}

/**
 * memmap_extents_add - record pages as pristine
 * @set: the set
 * @start_pfn: first page; block-aligned
 * @end_pfn: behind the last page; block-aligned
 *
 * Merges with what touches it. Overlap with what is already there is a bug.
 *
 * Context: zone->lock held, or nobody else can see @set.
 * Return: false if the table is full; nothing was recorded then.
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
		!extent[at - 1].claimed;
	above = at < set->nr && extent[at].start_pfn == end_pfn &&
		!extent[at].claimed;
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
	extents_account(set, end_pfn - start_pfn);
	extents_account_unclaimed(set, end_pfn - start_pfn);
	extents_write_end(set);
	return true;
}

/**
 * memmap_extents_claim - reserve a chunk for a worker
 * @set: the set
 * @chunk_pages: pages wanted; a multiple of a block
 * @start_pfn: out: first page of the chunk
 * @end_pfn: out: behind its last page
 *
 * From the low end. Chunks end at multiples of @chunk_pages, so their list
 * does not depend on who claims first. A full table cannot split a chunk off:
 * the worker gets the whole extent then, so that nothing is left behind.
 *
 * Context: zone->lock held.
 * Return: false if nothing is unclaimed.
 */
bool memmap_extents_claim(struct memmap_extents *set, unsigned long chunk_pages,
			  unsigned long *start_pfn, unsigned long *end_pfn)
{
	struct memmap_extent *extent = extents_table(set)->extent;
	struct memmap_extent entry;
	unsigned int i;

	for (i = 0; i < set->nr && extent[i].claimed; i++)
		;
	if (i == set->nr)
		return false;

	entry = extent[i];
	entry.end_pfn =
		min(entry.end_pfn,
		    rounddown(entry.start_pfn, chunk_pages) + chunk_pages);
	entry.claimed = true;
	if (memmap_extents_full(set))
		entry.end_pfn = extent[i].end_pfn;
	if (entry.end_pfn == extent[i].end_pfn) {
		/* Readers do not look at claims: no seqcount needed. */
		extent[i].claimed = true;
	} else {
		extents_write_begin(set);
		WRITE_ONCE(extent[i].start_pfn, entry.end_pfn);
		extent[i].busy_pfn = entry.end_pfn;
		extent_insert(set, i, &entry);
		extents_write_end(set);
	}
	extents_account_unclaimed(set, -(entry.end_pfn - entry.start_pfn));
	*start_pfn = entry.start_pfn;
	*end_pfn = entry.end_pfn;
	return true;
}

static struct memmap_extent *extent_claimed(struct memmap_extents *set,
					    unsigned long start_pfn)
{
	unsigned int at = extent_search(set, start_pfn);
	struct memmap_extent *extent = &extents_table(set)->extent[at];

	if (at == set->nr || extent->start_pfn != start_pfn || !extent->claimed)
		return NULL;
	return extent;
}

/**
 * memmap_extents_busy - begin to write the next pages of a claimed chunk
 * @set: the set
 * @start_pfn: first page that the chunk still has
 * @nr_pages: pages wanted
 *
 * Context: zone->lock held; by the worker that claimed the chunk.
 * Return: behind the last page granted; @start_pfn if an allocator in need
 * has taken what was left of the chunk.
 */
unsigned long memmap_extents_busy(struct memmap_extents *set,
				  unsigned long start_pfn,
				  unsigned long nr_pages)
{
	struct memmap_extent *extent = extent_claimed(set, start_pfn);

	if (!extent)
		return start_pfn;
	extent->busy_pfn = min(extent->end_pfn, start_pfn + nr_pages);
	return extent->busy_pfn;
}

/**
 * memmap_extents_done - the pages just written are pristine no more
 * @set: the set
 * @start_pfn: as given to memmap_extents_busy()
 * @end_pfn: what that returned
 *
 * Context: zone->lock held; the descriptors are written and fenced.
 * Return: the end of the chunk now; @end_pfn if it is used up.
 */
unsigned long memmap_extents_done(struct memmap_extents *set,
				  unsigned long start_pfn,
				  unsigned long end_pfn)
{
	struct memmap_extent *extent = extent_claimed(set, start_pfn);
	unsigned long chunk_end_pfn;

	if (WARN_ON_ONCE(!extent || extent->busy_pfn != end_pfn))
		return end_pfn;

	chunk_end_pfn = extent->end_pfn;
	extents_write_begin(set);
	WRITE_ONCE(extent->start_pfn, end_pfn);
	if (end_pfn == chunk_end_pfn)
		extent_delete(set, extent - extents_table(set)->extent);
	extents_account(set, -(end_pfn - start_pfn));
	extents_write_end(set);
	return chunk_end_pfn;
}

/**
 * memmap_extents_first - the block that an allocator in need should take
 * @set: the set
 *
 * The lowest block that nobody has claimed; failing that, the last block of a
 * claimed chunk that its worker has not reached.
 *
 * Context: zone->lock held.
 * Return: its pfn, ULONG_MAX if there is none.
 */
unsigned long memmap_extents_first(const struct memmap_extents *set)
{
	const struct memmap_extent *extent = extents_table(set)->extent;
	unsigned int i;

	if (set->nr_unclaimed) {
		for (i = 0; i < set->nr; i++)
			if (!extent[i].claimed)
				return extent[i].start_pfn;
	}
	for (i = 0; i < set->nr; i++)
		if (extent[i].busy_pfn < extent[i].end_pfn)
			return extent[i].end_pfn - MEMMAP_BLOCK_PAGES;
	return ULONG_MAX;
}

/**
 * memmap_extents_find - the first pristine run within a range
 * @set: the set
 * @start_pfn: in: start of the range; out: of the run
 * @end_pfn: in: end of the range; out: of the run
 * @busy: out: the run is being written by a worker: wait, do not take it
 *
 * Context: zone->lock held.
 * Return: false if nothing in the range is pristine.
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
 * memmap_extents_remove - pages written by their taker are pristine no more
 * @set: the set
 * @start_pfn: first page; block-aligned
 * @end_pfn: behind the last page; block-aligned
 *
 * The range lies in one run of memmap_extents_find() that is not busy, or is
 * the block of memmap_extents_first(). What is left behind it of a claimed
 * chunk loses its claim: the worker ends where the hole begins.
 *
 * Context: zone->lock held; the descriptors are written and fenced.
 * Return: false if it would split an extent and the table is full; nothing
 * was removed then.
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

	/* A claimed entry keeps its start: its worker looks for it there. */
	head = extent->start_pfn < start_pfn;
	tail = extent->end_pfn > end_pfn;
	if (head && tail && memmap_extents_full(set))
		return false;

	rest = *extent;
	rest.start_pfn = end_pfn;
	rest.busy_pfn = end_pfn;
	rest.claimed = false;

	extents_write_begin(set);
	if (!extent->claimed)
		extents_account_unclaimed(set, -(end_pfn - start_pfn));
	else if (tail)
		extents_account_unclaimed(set, rest.end_pfn - rest.start_pfn);
	if (head) {
		WRITE_ONCE(extent->end_pfn, start_pfn);
		if (tail)
			extent_insert(set, at + 1, &rest);
	} else if (tail) {
		extent_set(extent, &rest);
	} else {
		extent_delete(set, at);
	}
	extents_account(set, -(end_pfn - start_pfn));
	extents_write_end(set);
	return true;
}

/**
 * memmap_extents_test - is the descriptor of a page still unwritten?
 * @set: the set
 * @pfn: the page
 *
 * A page only ever goes from pristine to written, so "true" may be stale by
 * the time it is read and "false" never is: the caller may then look at the
 * descriptor. In an NMI or an oops, "true" may also mean that the table is just
 * being changed.
 *
 * Context: any, no lock needed.
 * Return: true if pristine.
 */
bool memmap_extents_test(const struct memmap_extents *set, unsigned long pfn)
{
	const struct memmap_extent_table *table;
	/* A machine check may have stopped the writer: no use waiting then. */
	bool pristine, torn, once = in_nmi() || oops_in_progress;
	unsigned int low, high, seq;

	if (pfn < READ_ONCE(set->start_pfn) || pfn >= READ_ONCE(set->end_pfn) ||
	    !READ_ONCE(set->nr_pages)) {
		/* Pairs with write_seqcount_begin() in extents_write_begin() */
		smp_rmb();
		return false;
	}

	rcu_read_lock();
	do {
		/* Pairs with write_seqcount_begin() in extents_write_begin() */
		seq = once ? raw_seqcount_begin(&set->seq.seqcount) :
			     read_seqcount_begin(&set->seq);
		/* Pairs with rcu_assign_pointer() in memmap_extents_reserve() */
		table = rcu_dereference(set->table);
		low = 0;
		high = min(READ_ONCE(set->nr), table->capacity);
		pristine = false;
		while (low < high) {
			unsigned int mid = low + (high - low) / 2;

			if (READ_ONCE(table->extent[mid].end_pfn) <= pfn) {
				low = mid + 1;
			} else if (READ_ONCE(table->extent[mid].start_pfn) >
				   pfn) {
				high = mid;
			} else {
				pristine = true;
				break;
			}
		}
		torn = read_seqcount_retry(&set->seq, seq);
	} while (torn && !once);
	rcu_read_unlock();
	return pristine || torn;
}
