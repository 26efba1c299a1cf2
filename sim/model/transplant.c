// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits in virtual time. One CPU does it all, as in the kernel: it holds a
 * lock that no second commit gets.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/migration.h"
#include "model/transplant_internal.h"

#define B ((unsigned long)DNUMA_BLOCK_PAGES)

/* A struct page, and a cache line. */
#define LINE_BYTES 64UL

/* Plans for one commit, if each finds something to move. */
#define MAX_PLANS 8

/* The end of a list of blocks. */
#define NOWHERE UINT_MAX

/**
 * struct room - free blocks of a node that are at home
 * @first: the first of them, NOWHERE if there is none; block->next goes on
 * @last: the last one
 */
struct room {
	unsigned int first;
	unsigned int last;
};

/**
 * struct commit - a commit under way
 * @t: the machine
 * @wanted: where memory is to be
 * @result: what it costs
 * @plan: the plan under way
 * @room: of each node
 */
struct commit {
	struct transplant *t;
	const struct memlayout *wanted;
	struct transplant_result *result;
	struct dnuma_plan plan;
	struct room *room;
};

static void *there(void *memory)
{
	if (!memory)
		die_of_memory();
	return memory;
}

static bool is_empty(const struct block *block)
{
	return block->state == DNUMA_FREE || block->state == DNUMA_PRISTINE;
}

static bool at_home(const struct commit *c, unsigned long at)
{
	int nid = memlayout_lookup(c->wanted, at * B);

	return nid == (int)c->t->topology->nodes[c->t->block[at].node].id;
}

/* Room is used in the order in which it came. */
static void room_add(struct commit *c, unsigned long at)
{
	struct block *block = c->t->block;
	struct room *room = &c->room[block[at].node];

	block[at].next = NOWHERE;
	if (room->first == NOWHERE)
		room->first = at;
	else
		block[room->last].next = at;
	room->last = at;
}

/* Contents go where they need not go away again: to what is at home. */
static void find_all_room(struct commit *c)
{
	unsigned long at;
	unsigned int i;

	for (i = 0; i < c->t->topology->nr_nodes; i++)
		c->room[i].first = NOWHERE;
	for (at = 0; at < c->t->nr_blocks; at++)
		if (is_empty(&c->t->block[at]) && at_home(c, at))
			room_add(c, at);
}

/* On the old node, as alloc_contig_range() asks for it; else on those behind. */
static struct block *take_room(struct commit *c, unsigned int node)
{
	unsigned int nr = c->t->topology->nr_nodes, i;

	for (i = 0; i < nr; i++) {
		struct room *room = &c->room[(node + i) % nr];
		struct block *block;

		if (room->first == NOWHERE)
			continue;
		block = &c->t->block[room->first];
		room->first = block->next;
		return block;
	}
	return NULL;
}

static void spend(struct commit *c, enum dnuma_way way, double ns,
		  unsigned long pages_written)
{
	c->result->way[way].ns += ns;
	c->result->way[way].memmap_bytes += pages_written * LINE_BYTES;
	c->result->ns += ns;
}

/* What each CPU keeps for itself is given back: a call and a wake-up on each. */
static double drain_ns(const struct commit *c)
{
	return c->t->costs->ipi_ns + c->t->costs->wakeup_ns;
}

/* Node and zone of each struct page are exchanged; its line is read first. */
static double relabel_ns(const struct commit *c, unsigned long pages)
{
	return pages * c->t->costs->page_ns[WRITE_CACHED];
}

/* The ledger refuses what does not add up; then this program has a bug. */
static void must(int err)
{
	if (err)
		abort();
}

/* The contents of a block go to another one. False: there is no room. */
static bool migrate_block(struct commit *c, unsigned long at)
{
	struct transplant *t = c->t;
	struct block *from = &t->block[at], *to = take_room(c, from->node);
	unsigned long written = 0;
	double ns;

	if (!to)
		return false;
	ns = migration_ns(t->costs, t->topology->page_shift, B,
			  to->node != from->node);
	if (to->state == DNUMA_PRISTINE) {
		written = B;
		ns += t->costs->pull_ns + relabel_ns(c, B);
	}
	to->state = DNUMA_USED;
	from->state = DNUMA_FREE;
	must(dnuma_ledger_migrate(t->ledger, t->topology->nodes[from->node].id,
				  transplant_zone(t, at * B),
				  t->topology->nodes[to->node].id,
				  transplant_zone(t, (to - t->block) * B), B));
	c->result->migrated_pages += B;
	spend(c, DNUMA_EMPTY, ns, written);
	return true;
}

static void move_blocks(struct commit *c, const struct dnuma_step *step,
			unsigned long end)
{
	unsigned int to = transplant_index(c->t, step->to);
	unsigned long at;

	for (at = step->start_pfn / B; at < end; at++) {
		c->t->block[at].node = to;
		/* Free memory that has come home is room for others. */
		if (is_empty(&c->t->block[at]))
			room_add(c, at);
	}
	must(dnuma_ledger_move(c->t->ledger, step->from, step->to, step->zone,
			       end * B - step->start_pfn));
}

/* Carry out a step; return how far it came, in pages, and why no further. */
static unsigned long empty_step(struct commit *c, const struct dnuma_step *step,
				enum dnuma_why *why)
{
	unsigned long start = step->start_pfn / B, end = step->end_pfn / B, at;
	bool busy = false;

	/* Lists of the CPUs once more: pages on them cannot be isolated. */
	spend(c, DNUMA_EMPTY, 2 * drain_ns(c), 0);
	for (at = start; at < end; at++) {
		struct block *block = &c->t->block[at];

		busy = busy || block->pinned;
		/* What an attempt before has emptied stays empty. */
		if (block->pinned || block->state != DNUMA_USED)
			continue;
		if (!migrate_block(c, at)) {
			*why = DNUMA_NO_ROOM;
			return step->start_pfn;
		}
	}
	*why = DNUMA_BUSY;
	if (busy)
		return step->start_pfn;
	spend(c, DNUMA_EMPTY,
	      relabel_ns(c, step->end_pfn - step->start_pfn) +
		      2 * (end - start) * c->t->costs->lock_ns,
	      step->end_pfn - step->start_pfn);
	move_blocks(c, step, end);
	return step->end_pfn;
}

static unsigned long carry_out(struct commit *c, const struct dnuma_step *step,
			       enum dnuma_why *why)
{
	unsigned long pages = step->end_pfn - step->start_pfn;
	double lock_ns = c->t->costs->lock_ns;

	switch (step->way) {
	case DNUMA_REHOME:
		/* Two zones' locks for each extent, however long it is. */
		spend(c, DNUMA_REHOME, 2 * lock_ns, 0);
		break;
	case DNUMA_GRAB:
		spend(c, DNUMA_GRAB,
		      relabel_ns(c, pages) + 2 * pages / B * lock_ns, pages);
		break;
	case DNUMA_HOLD:
		spend(c, DNUMA_HOLD, 2 * lock_ns, 0);
		*why = DNUMA_HELD;
		return step->start_pfn;
	default:
		return empty_step(c, step, why);
	}
	move_blocks(c, step, step->end_pfn / B);
	return step->end_pfn;
}

/* Carry out one plan; return the pages that moved. */
static unsigned long run_plan(struct commit *c)
{
	struct transplant_result *r = c->result;
	enum dnuma_why why = DNUMA_CHANGED;
	struct memlayout *actual;
	unsigned long moved = 0;
	struct dnuma_step step;
	unsigned int i;
	int next;

	find_all_room(c);
	while ((next = dnuma_plan_next(&c->plan, &step)) == 1)
		dnuma_plan_report(&c->plan, carry_out(c, &step, &why), why);
	if (next < 0)
		die_of_memory();
	for (i = 0; i < DNUMA_NR_WAYS; i++) {
		if (r->nr_plans == 1)
			r->way[i].planned_pages = c->plan.count[i].planned_pages;
		r->way[i].moved_pages += c->plan.count[i].moved_pages;
		r->way[i].nr_tries += c->plan.count[i].nr_tries;
		moved += c->plan.count[i].moved_pages;
	}
	actual = there(dnuma_plan_actual(&c->plan, c->t->actual));
	memlayout_free(c->t->actual);
	c->t->actual = actual;
	return moved;
}

/* Would another plan move more? It would, where room has been made meanwhile. */
static bool try_again(const struct dnuma_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->left.nr; i++) {
		enum dnuma_why why = dnuma_plan_left(plan, i)->why;

		if (why == DNUMA_NO_ROOM || why == DNUMA_CHANGED)
			return true;
	}
	return false;
}

/**
 * transplant_commit - make a layout true
 * @t: the machine
 * @wanted: of all of its memory, see memlayout_complete()
 * @policy: what plans may do; makes sense
 * @result: out; dnuma_plan_free() gives @result->left back
 */
void transplant_commit(struct transplant *t, const struct memlayout *wanted,
		       const struct dnuma_policy *policy,
		       struct transplant_result *result)
{
	struct commit c = { .t = t, .wanted = wanted, .result = result };
	unsigned long moved;
	char line[DNUMA_LINE];

	memset(result, 0, sizeof(*result));
	c.room = xcalloc(t->topology->nr_nodes, sizeof(*c.room));
	do {
		dnuma_plan_free(&c.plan);
		if (dnuma_plan_make(&c.plan, t->actual, wanted, policy,
				    transplant_look, t))
			die_of_memory();
		if (c.plan.steps.nr) {
			result->drain_ns += drain_ns(&c);
			result->ns += drain_ns(&c);
		}
		result->nr_plans++;
		moved = run_plan(&c);
	} while (moved && result->nr_plans < MAX_PLANS && try_again(&c.plan));
	must(!dnuma_ledger_check(t->ledger, line));
	free(c.room);
	result->left = c.plan;
}
