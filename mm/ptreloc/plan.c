// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans: which page tables move, so that blocks come free.
 *
 *	block     0    1    2    3    4    5
 *	tables    1    1    2   90    0    0
 *	pinned    0    0    0    0   40    0
 *
 *	move      0 -> 4, 1 -> 4, 2 -> 4	3 blocks are clear
 *
 * A block that holds something pinned is lost already, so it is the best place
 * for tables; then blocks that hold many tables; then, if there is no room left,
 * blocks that hold neither, of which each costs what a cleared one gains.
 *
 * Blocks with few tables are cleared first: they cost the least for each block
 * gained, and a plan that is cut short has gained the most.
 *
 * A block without tables and pinned pages is *clear*. It can be whole and free
 * once what is movable in it is elsewhere, for which there must be room: of all
 * clear blocks, at most free pages / block size can be whole. Free pages that the
 * allocator keeps for itself, below a watermark, do not count.
 */
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/ptreloc.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

/*
 * One in so many is cleared beyond the blocks that can be whole: of some, others
 * will have taken a page before all of them are used.
 */
#define MARGIN 128

/**
 * struct entry - a block that takes part
 * @key: blocks with a smaller one come first
 * @block: its number
 * @tables: that it holds
 * @room: free pages
 */
struct entry {
	u32 key;
	u32 block;
	u16 tables;
	u16 room;
};

/**
 * struct planner - what a plan is made from
 * @entry: sources first, those with few tables first; then blocks with pinned
 *	pages, the fullest first; then clear blocks, the emptiest first
 * @sources: blocks that have tables and nothing pinned
 * @pinned: blocks that have something pinned, and room
 * @clear: blocks that have neither tables nor anything pinned, and room
 * @all_clear: the same with those that have no room
 * @whole: most blocks that can be whole and free, for so many free pages are
 *	there and may be used
 */
struct planner {
	struct entry *entry;
	unsigned int sources;
	unsigned int pinned;
	unsigned int clear;
	unsigned int all_clear;
	unsigned int whole;
};

static int by_key(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->block < b->block ? -1 : a->block > b->block;
}

static unsigned int room_of(const struct ptreloc_block *block,
			    unsigned int block_pages)
{
	return block_pages - block->tables - block->pinned - block->movable;
}

/* Is it a source (0), has it something pinned (1), or is it clear (2)? */
static unsigned int kind_of(const struct ptreloc_block *block)
{
	if (block->pinned)
		return 1;
	return block->tables ? 0 : 2;
}

/* Add all blocks of a kind that matter, sorted; count them. */
static unsigned int add_kind(struct entry *entry,
			     const struct ptreloc_block *block, unsigned int nr,
			     unsigned int block_pages, unsigned int kind)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		unsigned int room = room_of(&block[i], block_pages);

		if (kind_of(&block[i]) != kind || (kind && !room))
			continue;
		entry[n++] = (struct entry){
			.key = kind == 0 ? block[i].tables :
			       kind == 1 ? room :
					   block_pages - room,
			.block = i,
			.tables = block[i].tables,
			.room = room,
		};
	}
	sort(entry, n, sizeof(*entry), by_key, NULL);
	return n;
}

static void planner_fill(struct planner *planner,
			 const struct ptreloc_block *block, unsigned int nr,
			 unsigned int block_pages, unsigned long reserve)
{
	struct entry *entry = planner->entry;
	unsigned long room = 0;
	unsigned int i;

	planner->sources = add_kind(entry, block, nr, block_pages, 0);
	entry += planner->sources;
	planner->pinned = add_kind(entry, block, nr, block_pages, 1);
	entry += planner->pinned;
	planner->clear = add_kind(entry, block, nr, block_pages, 2);
	for (i = 0; i < nr; i++) {
		planner->all_clear += kind_of(&block[i]) == 2;
		room += room_of(&block[i], block_pages);
	}
	planner->whole = (room - min(room, reserve)) / block_pages;
}

/**
 * struct choice - how far to go
 * @sources: so many sources are cleared, those with few tables first
 * @fresh: so many clear blocks take tables
 */
struct choice {
	unsigned int sources;
	unsigned int fresh;
};

/*
 * Clear one source more after the other, as long as their tables have room and
 * the budget lasts. The choice that leaves the most blocks clear is the best; of
 * equal ones the first, which moves the least. More clear blocks than can be
 * whole, and a margin, are good for nothing.
 */
static struct choice choose(const struct planner *planner, unsigned long budget)
{
	const struct entry *pinned = planner->entry + planner->sources;
	const struct entry *clear = pinned + planner->pinned;
	unsigned int enough = planner->whole + planner->whole / MARGIN;
	unsigned long tables = 0, room = 0;
	struct choice at = {}, best = {};
	unsigned int i;

	for (i = 0; i < planner->sources; i++)
		room += planner->entry[i].room;
	for (i = 0; i < planner->pinned; i++)
		room += pinned[i].room;
	for (i = 0; i < planner->sources; i++) {
		if (planner->all_clear + best.sources - best.fresh >= enough)
			break;
		tables += planner->entry[i].tables;
		room -= planner->entry[i].room;
		if (tables > budget)
			break;
		while (room < tables && at.fresh < planner->clear)
			room += clear[at.fresh++].room;
		if (room < tables)
			break;
		at.sources = i + 1;
		if ((int)(at.sources - at.fresh) >
		    (int)(best.sources - best.fresh))
			best = at;
	}
	return best;
}

/* Where tables go next; entries are used up in the order of @next. */
static struct entry *next_room(const struct planner *planner,
			       const struct choice *choice, unsigned int *next)
{
	unsigned int kept = planner->sources - choice->sources, i;

	for (;; (*next)++) {
		struct entry *entry;

		i = *next;
		if (i < planner->pinned)
			entry = &planner->entry[planner->sources + i];
		else if (i < planner->pinned + kept)
			/* The one with most tables first. */
			entry = &planner->entry[planner->sources - 1 -
						(i - planner->pinned)];
		else
			entry = &planner->entry[planner->sources + i - kept];
		if (entry->room)
			return entry;
	}
}

static void fill_transfers(const struct planner *planner,
			   const struct choice *choice,
			   struct ptreloc_plan *plan)
{
	unsigned int i, next = 0;

	for (i = 0; i < choice->sources; i++) {
		struct entry *from = &planner->entry[i];

		while (from->tables) {
			struct entry *to = next_room(planner, choice, &next);
			u16 nr = min(from->tables, to->room);

			plan->transfer[plan->nr++] = (struct ptreloc_transfer){
				.from = from->block,
				.to = to->block,
				.nr = nr,
			};
			plan->tables += nr;
			from->tables -= nr;
			to->room -= nr;
		}
	}
}

/**
 * ptreloc_plan - which page tables should move, and where to
 * @block: all blocks of a zone
 * @nr: how many
 * @block_pages: pages of a block, at most 65535
 * @reserve: free pages that no huge page is made of
 * @budget: most tables that may move
 * @plan: filled in; ptreloc_plan_free() frees what it holds
 *
 * No block is both left and gone to, and each that is left is cleared.
 *
 * Context: process context, allocates memory.
 * Return: 0, or -ENOMEM.
 */
int ptreloc_plan(const struct ptreloc_block *block, unsigned int nr,
		 unsigned int block_pages, unsigned long reserve,
		 unsigned long budget, struct ptreloc_plan *plan)
{
	struct planner planner = {};
	struct choice choice;

	memset(plan, 0, sizeof(*plan));
	if (!nr)
		return 0;
	planner.entry = kvmalloc_array(nr, sizeof(*planner.entry), GFP_KERNEL);
	if (!planner.entry)
		return -ENOMEM;
	planner_fill(&planner, block, nr, block_pages, reserve);
	choice = choose(&planner, budget);
	plan->huge_before = min(planner.all_clear, planner.whole);
	plan->huge_after = min(planner.all_clear + choice.sources - choice.fresh,
			       planner.whole);
	if (choice.sources) {
		/* Each one ends a source, or uses up the room of a block. */
		plan->transfer = kvmalloc_array(2UL * nr,
						sizeof(*plan->transfer),
						GFP_KERNEL);
		if (!plan->transfer) {
			kvfree(planner.entry);
			return -ENOMEM;
		}
		fill_transfers(&planner, &choice, plan);
	}
	plan->cleared = choice.sources;
	kvfree(planner.entry);
	return 0;
}

/**
 * ptreloc_plan_free - free what a plan holds
 * @plan: it; it is empty then
 *
 * Context: process context.
 */
void ptreloc_plan_free(struct ptreloc_plan *plan)
{
	kvfree(plan->transfer);
	memset(plan, 0, sizeof(*plan));
}
