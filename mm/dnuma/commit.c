// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits: what of a plan comes next, and what became of it.
 *
 *	next	|..............x.|	a window is emptied, and fails
 *	next	|.......|		its halves; the first one moves
 *	next	        |......x.|	the second one does not
 *	next	        |...|	and so on, until one block is left, which
 *	...			stays, and all others have moved
 *
 * Emptying costs a fixed amount each time, whatever the size: so a window is
 * tried as a whole first. What is grabbed or rehomed goes block by block, and
 * says how far it came.
 */
#include <linux/bug.h>
#include <linux/dnuma.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include "internal.h"

/**
 * dnuma_plan_next - what to try next
 * @plan: the plan; the step before has been reported
 * @step: out: a step of the plan, or a part of one
 *
 * Context: process context, allocates memory.
 * Return: 1; 0 when nothing is left to try; -ENOMEM if there is no memory to
 * note what becomes of the step: the commit ends early, and what was not tried
 * stays a difference between the layouts.
 */
int dnuma_plan_next(struct dnuma_plan *plan, struct dnuma_step *step)
{
	const struct dnuma_step *part;

	if (WARN_ON_ONCE(plan->now.start_pfn < plan->now.end_pfn))
		return 0;
	if (!plan->parts.nr && plan->next == plan->steps.nr)
		return 0;
	/* Before anything moves: afterwards it would be too late. */
	if (dnuma_list_room(&plan->moved, 1) ||
	    dnuma_list_room(&plan->left, 1) || dnuma_list_room(&plan->parts, 2))
		return -ENOMEM;
	part = plan->parts.entry;
	if (plan->parts.nr)
		plan->now = part[--plan->parts.nr];
	else
		plan->now = *dnuma_plan_step(plan, plan->next++);
	plan->count[plan->now.way].nr_tries++;
	*step = plan->now;
	return 1;
}

static void moved_add(struct dnuma_plan *plan, const struct dnuma_step *step,
		      unsigned long end_pfn)
{
	struct memlayout_range *moved = plan->moved.entry, *last = NULL;

	if (step->start_pfn >= end_pfn)
		return;
	plan->count[step->way].moved_pages += end_pfn - step->start_pfn;
	if (plan->moved.nr)
		last = &moved[plan->moved.nr - 1];
	if (last && last->end_pfn == step->start_pfn && last->nid == step->to) {
		last->end_pfn = end_pfn;
		return;
	}
	moved[plan->moved.nr++] = (struct memlayout_range){
		.start_pfn = step->start_pfn,
		.end_pfn = end_pfn,
		.nid = step->to,
	};
}

static void part_add(struct dnuma_plan *plan, const struct dnuma_step *step,
		     unsigned long start_pfn, unsigned long end_pfn)
{
	struct dnuma_step *part = plan->parts.entry;

	if (start_pfn >= end_pfn)
		return;
	part += plan->parts.nr++;
	*part = *step;
	part->start_pfn = start_pfn;
	part->end_pfn = end_pfn;
}

/**
 * dnuma_plan_report - say what became of a step
 * @plan: the plan, after dnuma_plan_next()
 * @moved_end_pfn: all blocks before this page have moved; the end of the step
 *	if all have, its start if none has
 * @why: why the block at @moved_end_pfn has not; unused if all have
 *
 * What is emptied moves as a whole or not at all. It is tried again in halves,
 * unless there is no room: then smaller parts have none either. Of what is
 * owned in another way, the block that failed stays, and what is behind it is
 * tried.
 *
 * Context: any.
 */
void dnuma_plan_report(struct dnuma_plan *plan, unsigned long moved_end_pfn,
		       enum dnuma_why why)
{
	struct dnuma_step step = plan->now;
	unsigned long start_pfn = moved_end_pfn, half, failed_pfn;

	if (WARN_ON_ONCE(moved_end_pfn < step.start_pfn ||
			 moved_end_pfn > step.end_pfn ||
			 moved_end_pfn % DNUMA_BLOCK_PAGES))
		return;
	plan->now.end_pfn = plan->now.start_pfn;
	moved_add(plan, &step, moved_end_pfn);
	if (start_pfn == step.end_pfn)
		return;

	half = rounddown((step.end_pfn - start_pfn) / 2, DNUMA_BLOCK_PAGES);
	if (step.way == DNUMA_EMPTY && why != DNUMA_NO_ROOM && half) {
		part_add(plan, &step, start_pfn + half, step.end_pfn);
		part_add(plan, &step, start_pfn, start_pfn + half);
		return;
	}
	failed_pfn = why == DNUMA_NO_ROOM ? step.end_pfn :
					    start_pfn + DNUMA_BLOCK_PAGES;
	dnuma_left_add(plan, &step, start_pfn, failed_pfn, why);
	part_add(plan, &step, failed_pfn, step.end_pfn);
}

static int moved_order(const void *a, const void *b)
{
	const struct memlayout_range *x = a, *y = b;

	return x->start_pfn < y->start_pfn ? -1 : x->start_pfn > y->start_pfn;
}

static int left_order(const void *a, const void *b)
{
	const struct dnuma_left *x = a, *y = b;

	return x->start_pfn < y->start_pfn ? -1 : x->start_pfn > y->start_pfn;
}

/**
 * dnuma_plan_actual - where memory is after a commit
 * @plan: the plan, as far as it was carried out; what it has left is in the
 *	order of pages afterwards
 * @actual: where memory was when the plan was made
 *
 * Context: process context, allocates memory.
 * Return: a layout, or NULL; the next call may have more luck.
 */
struct memlayout *dnuma_plan_actual(struct dnuma_plan *plan,
				    const struct memlayout *actual)
{
	const struct memlayout_range *moved = plan->moved.entry;
	struct memlayout *changes, *layout;
	unsigned int i;

	if (plan->moved.nr)
		sort(plan->moved.entry, plan->moved.nr,
		     sizeof(struct memlayout_range), moved_order, NULL);
	if (plan->left.nr)
		sort(plan->left.entry, plan->left.nr, sizeof(struct dnuma_left),
		     left_order, NULL);
	changes = memlayout_alloc(plan->moved.nr);
	if (!changes)
		return NULL;
	for (i = 0; i < plan->moved.nr; i++)
		memlayout_append(changes, moved[i].start_pfn, moved[i].end_pfn,
				 moved[i].nid);
	layout = memlayout_complete(actual, changes);
	memlayout_free(changes);
	return layout;
}
