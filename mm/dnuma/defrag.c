// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targeted defragmentation: which blocks are emptied, and the account of it.
 *
 * A round looks at all blocks and keeps the cheapest of those that can be
 * emptied, in a heap whose first entry is the dearest: so the next one that is
 * cheaper takes its place. Then they are sorted and tried, as many at a time as
 * are missing. If too many fail, another round looks for dearer ones.
 */
#include <linux/dnuma_defrag.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include <linux/string.h>

/*
 * What it costs to wait for a page, in pages that are migrated: an estimate. A
 * request to a disk takes a millisecond, and to migrate a page some microseconds.
 */
#define WAIT_COST 512

/*
 * Blocks that are chosen beyond those that are missing, for some will fail: as
 * many again, and a few where little is asked for. More rounds follow if more
 * than these fail, so it only says how often all blocks are looked at.
 */
#define SPARE 16

const char *const dnuma_obstacle_names[DNUMA_NR_OBSTACLES] = {
	[DNUMA_RESERVED] = "reserved", [DNUMA_FOREIGN_BLOCK] = "foreign",
	[DNUMA_SLAB] = "slab",	       [DNUMA_PAGE_TABLE] = "page-table",
	[DNUMA_KERNEL] = "kernel",     [DNUMA_LARGE] = "large",
	[DNUMA_PINNED] = "pinned",     [DNUMA_DIRTY] = "dirty",
	[DNUMA_MLOCKED] = "mlocked",   [DNUMA_WRITEBACK] = "writeback",
	[DNUMA_LOCKED] = "locked",     [DNUMA_NO_TARGET] = "no-room",
	[DNUMA_FAILED] = "busy",
};

/**
 * dnuma_defrag_choices - how many blocks a round chooses
 * @request: what is asked for
 *
 * Context: any.
 * Return: entries that the caller allocates for them.
 */
unsigned int dnuma_defrag_choices(const struct dnuma_defrag_request *request)
{
	unsigned long most = DNUMA_DEFRAG_CHOICES;

	return min(2 * min(request->nr, most) + SPARE, most);
}

/* What is free outside of the range is not known, and is room as well. */
static bool has_range(const struct dnuma_defrag_request *request)
{
	return request->end_pfn != ULONG_MAX;
}

/**
 * dnuma_defrag_begin - a round begins: no block has been looked at
 * @defrag: the request
 *
 * Context: any.
 */
void dnuma_defrag_begin(struct dnuma_defrag *defrag)
{
	defrag->blocks = 0;
	defrag->free = 0;
	defrag->pristine = 0;
	defrag->untried = 0;
	defrag->untried_pages = 0;
	defrag->room = has_range(&defrag->request) ? ULONG_MAX : 0;
	memset(defrag->stuck, 0, sizeof(defrag->stuck));
	memset(defrag->pages, 0, sizeof(defrag->pages));
	defrag->nr = 0;
	defrag->next = 0;
	defrag->dropped = 0;
}

/**
 * dnuma_defrag_count - blocks of which it only matters whether they are free
 * @defrag: the request
 * @blocks: how many
 * @free: how many of them are free; the others count as untried
 *
 * Context: any.
 */
void dnuma_defrag_count(struct dnuma_defrag *defrag, unsigned long blocks,
			unsigned long free)
{
	defrag->blocks += blocks;
	defrag->free += free;
	defrag->untried += blocks - free;
}

/* The most lasting obstacle in a block, or DNUMA_NR_OBSTACLES. */
static enum dnuma_obstacle first_obstacle(const struct dnuma_defrag_block *block)
{
	unsigned int kind;

	for (kind = 0; kind < DNUMA_NR_OBSTACLES; kind++)
		if (block->pages[kind])
			break;
	return kind;
}

/**
 * dnuma_defrag_can - is it worth while to try a block?
 * @request: what is asked for
 * @block: what is in it
 *
 * Context: any.
 * Return: false if something in it cannot be migrated, as far as can be seen.
 */
bool dnuma_defrag_can(const struct dnuma_defrag_request *request,
		      const struct dnuma_defrag_block *block)
{
	return first_obstacle(block) >=
	       (request->wait ? DNUMA_WRITEBACK : DNUMA_NR_OBSTACLES);
}

static void stand_in_way(struct dnuma_defrag *defrag,
			 const struct dnuma_defrag_block *block,
			 enum dnuma_obstacle why)
{
	enum dnuma_obstacle first = first_obstacle(block);
	unsigned int kind;

	for (kind = 0; kind < DNUMA_NR_OBSTACLES; kind++)
		defrag->pages[kind] += block->pages[kind];
	if (first == DNUMA_NR_OBSTACLES) {
		first = why;
		defrag->pages[why] += block->movable;
	}
	defrag->stuck[first]++;
}

static bool dearer(const struct dnuma_defrag_choice *a,
		   const struct dnuma_defrag_choice *b)
{
	if (a->cost != b->cost)
		return a->cost > b->cost;
	return a->start_pfn > b->start_pfn;
}

/* Let entry @at of the first @nr sink until none below it is dearer. */
static void sink(struct dnuma_defrag_choice *heap, unsigned int nr,
		 unsigned int at)
{
	const struct dnuma_defrag_choice moved = heap[at];
	unsigned int child;

	for (; (child = 2 * at + 1) < nr; at = child) {
		if (child + 1 < nr && dearer(&heap[child + 1], &heap[child]))
			child++;
		if (!dearer(&heap[child], &moved))
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

/* Let entry @at rise until the one above it is dearer. */
static void rise(struct dnuma_defrag_choice *heap, unsigned int at)
{
	const struct dnuma_defrag_choice moved = heap[at];
	unsigned int above;

	for (; at; at = above) {
		above = (at - 1) / 2;
		if (!dearer(&moved, &heap[above]))
			break;
		heap[at] = heap[above];
	}
	heap[at] = moved;
}

static void choose(struct dnuma_defrag *defrag,
		   const struct dnuma_defrag_choice *choice)
{
	if (defrag->nr < defrag->capacity) {
		defrag->choice[defrag->nr] = *choice;
		rise(defrag->choice, defrag->nr++);
		return;
	}
	defrag->dropped++;
	if (dearer(&defrag->choice[0], choice)) {
		defrag->choice[0] = *choice;
		sink(defrag->choice, defrag->nr, 0);
	}
}

/**
 * dnuma_defrag_look - take note of what is in a block
 * @defrag: the request
 * @block: what is in it
 *
 * Context: any.
 */
void dnuma_defrag_look(struct dnuma_defrag *defrag,
		       const struct dnuma_defrag_block *block)
{
	/* One for the attempt, so that nothing is as cheap as no attempt. */
	const struct dnuma_defrag_choice choice = {
		.start_pfn = block->start_pfn,
		.movable = block->movable,
		.cost = 1 + block->movable +
			WAIT_COST * (block->pages[DNUMA_WRITEBACK] +
				     block->pages[DNUMA_LOCKED]),
	};

	if (block->free) {
		dnuma_defrag_count(defrag, 1, 1);
		return;
	}
	if (!has_range(&defrag->request))
		defrag->room += block->room;
	if (!dnuma_defrag_can(&defrag->request, block)) {
		defrag->blocks++;
		stand_in_way(defrag, block, DNUMA_FAILED);
		return;
	}
	/* As cheap as those that were tried before: it was one of them. */
	if (defrag->after.cost && !dearer(&choice, &defrag->after)) {
		defrag->blocks++;
		stand_in_way(defrag, block, DNUMA_FAILED);
		return;
	}
	dnuma_defrag_count(defrag, 1, 0);
	defrag->untried_pages += block->movable;
	choose(defrag, &choice);
}

static int compare(const void *a, const void *b)
{
	return dearer(a, b) - dearer(b, a);
}

/**
 * dnuma_defrag_sort - all blocks have been looked at: sort what is chosen
 * @defrag: the request
 *
 * Context: any.
 */
void dnuma_defrag_sort(struct dnuma_defrag *defrag)
{
	sort(defrag->choice, defrag->nr, sizeof(*defrag->choice), compare,
	     NULL);
}

/**
 * dnuma_defrag_batch - how many blocks are tried next, together
 * @defrag: the request
 *
 * No more than are missing: none is emptied that nobody has asked for. No more
 * than a window, for the free pages in them are out of use meanwhile. And no more
 * than there is room for: a free block is made of as many free pages as it has, of
 * itself and of other blocks. What is emptied into a free block gains nothing.
 *
 * Context: any; after dnuma_defrag_sort().
 * Return: entries of @defrag->choice from @defrag->next on; 0: there are enough,
 * or no more are chosen.
 */
unsigned int dnuma_defrag_batch(const struct dnuma_defrag *defrag)
{
	const struct dnuma_defrag_request *request = &defrag->request;
	unsigned long most = min(DNUMA_WINDOW_PAGES, defrag->room) >>
			     request->order;

	if (defrag->free >= request->nr)
		return 0;
	return min(min(most, request->nr - defrag->free),
		   (unsigned long)(defrag->nr - defrag->next));
}

static void tried(struct dnuma_defrag *defrag)
{
	defrag->after = defrag->choice[defrag->next++];
	defrag->untried--;
	defrag->untried_pages -= defrag->after.movable;
}

/**
 * dnuma_defrag_made - the next block of the batch is free
 * @defrag: the request
 *
 * Context: any.
 */
void dnuma_defrag_made(struct dnuma_defrag *defrag)
{
	unsigned long size = 1UL << defrag->request.order;

	tried(defrag);
	defrag->free++;
	defrag->made++;
	if (!has_range(&defrag->request))
		defrag->room -= min(defrag->room, size);
}

/**
 * dnuma_defrag_failed - the next block of the batch could not be emptied
 * @defrag: the request
 * @block: what is in it now
 * @why: what was in the way, if nothing can be seen
 *
 * Context: any.
 */
void dnuma_defrag_failed(struct dnuma_defrag *defrag,
			 const struct dnuma_defrag_block *block,
			 enum dnuma_obstacle why)
{
	tried(defrag);
	stand_in_way(defrag, block, why);
}

/**
 * dnuma_defrag_again - is there reason for another round?
 * @defrag: the request
 *
 * It ends: each round tries what is dearer than all that was tried before.
 *
 * Context: any; after a round.
 * Return: true if blocks are missing and there was no room to choose them all.
 */
bool dnuma_defrag_again(const struct dnuma_defrag *defrag)
{
	return defrag->free < defrag->request.nr && defrag->dropped &&
	       defrag->next == defrag->nr;
}

/**
 * dnuma_defrag_end - the last round has ended
 * @defrag: the request
 *
 * Blocks that were not tried because there was no room have that in their way.
 *
 * Context: any.
 */
void dnuma_defrag_end(struct dnuma_defrag *defrag)
{
	if (defrag->free >= defrag->request.nr ||
	    defrag->room >> defrag->request.order)
		return;
	defrag->stuck[DNUMA_NO_TARGET] += defrag->untried;
	defrag->pages[DNUMA_NO_TARGET] += defrag->untried_pages;
	defrag->untried = 0;
	defrag->untried_pages = 0;
}
