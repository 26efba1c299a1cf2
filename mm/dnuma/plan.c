// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plans: how the actual layout becomes the wanted one.
 *
 *	actual	|000000000000000000000000|11111111|
 *	wanted	|00000000|1111111111111111|1111111|
 *	state	         |pp|ffff|uu|x|fff|
 *
 *	plan	         rehome pp; grab ffff, fff; empty uu
 *	left	         x: unmovable
 *
 * The cheapest way comes first: what is pristine moves for nothing, what is free
 * without waiting, and both are at home before a migration looks for room. A
 * plan is a pure function of two layouts and the states, so kernel and user
 * space come to the same one.
 */
#include <linux/bug.h>
#include <linux/dnuma.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "internal.h"

/* Names in texts; users see them, so they stay. */
const char *const dnuma_state_names[DNUMA_NR_STATES] = {
	[DNUMA_PRISTINE] = "pristine", [DNUMA_FREE] = "free",
	[DNUMA_USED] = "used",	       [DNUMA_UNMOVABLE] = "unmovable",
	[DNUMA_FOREIGN] = "foreign",   [DNUMA_OFFLINE] = "offline",
};

const char *const dnuma_way_names[DNUMA_NR_WAYS] = {
	[DNUMA_REHOME] = "rehome",
	[DNUMA_GRAB] = "grab",
	[DNUMA_EMPTY] = "empty",
	[DNUMA_HOLD] = "hold",
};

const char *const dnuma_why_names[DNUMA_NR_WHYS] = {
	[DNUMA_CHANGED] = "changed", [DNUMA_BUSY] = "busy",
	[DNUMA_NO_ROOM] = "no room", [DNUMA_HELD] = "held",
	[DNUMA_STAYS] = "unmovable", [DNUMA_KIND] = "foreign",
	[DNUMA_ABSENT] = "offline",  [DNUMA_EDGE] = "edge",
};

/* How many entries a list gets at first. */
#define LIST_ENTRIES 16

/**
 * dnuma_list_room - make sure that a list has free entries
 * @list: the list
 * @nr: entries wanted
 *
 * Context: process context, allocates memory.
 * Return: 0, or -ENOMEM and the list is as it was.
 */
int dnuma_list_room(struct dnuma_list *list, unsigned int nr)
{
	unsigned int capacity = max(list->capacity, LIST_ENTRIES / 2U);
	void *entry;

	if (list->capacity - list->nr >= nr)
		return 0;
	capacity = max(2 * capacity, list->nr + nr);
	entry = kvmalloc_array(capacity, list->bytes, GFP_KERNEL);
	if (!entry)
		return -ENOMEM;
	if (list->nr)
		memcpy(entry, list->entry, list->nr * list->bytes);
	kvfree(list->entry);
	list->entry = entry;
	list->capacity = capacity;
	return 0;
}

/**
 * dnuma_list_free - give a list's entries back
 * @list: the list; empty afterwards
 *
 * Context: process context.
 */
void dnuma_list_free(struct dnuma_list *list)
{
	kvfree(list->entry);
	list->entry = NULL;
	list->nr = 0;
	list->capacity = 0;
}

/**
 * dnuma_left_add - note what stays where it is; the list has room
 * @plan: the plan
 * @step: which nodes it is about
 * @start_pfn: first page
 * @end_pfn: first page behind it
 * @why: why it stays
 *
 * Context: any.
 */
void dnuma_left_add(struct dnuma_plan *plan, const struct dnuma_step *step,
		    unsigned long start_pfn, unsigned long end_pfn,
		    enum dnuma_why why)
{
	struct dnuma_left *left = plan->left.entry, *last = NULL;

	if (start_pfn >= end_pfn)
		return;
	if (plan->left.nr)
		last = &left[plan->left.nr - 1];
	if (last && last->end_pfn == start_pfn && last->why == why &&
	    last->from == step->from && last->to == step->to) {
		last->end_pfn = end_pfn;
		return;
	}
	left[plan->left.nr++] = (struct dnuma_left){
		.start_pfn = start_pfn,
		.end_pfn = end_pfn,
		.from = step->from,
		.to = step->to,
		.why = why,
	};
}

/* Add a step, or make the last one longer; windows are cut afterwards. */
static void step_add(struct dnuma_list *steps, const struct dnuma_step *step)
{
	struct dnuma_step *entry = steps->entry, *last = NULL;

	if (steps->nr)
		last = &entry[steps->nr - 1];
	if (last && last->end_pfn == step->start_pfn &&
	    last->way == step->way && last->from == step->from &&
	    last->to == step->to && last->zone == step->zone) {
		last->end_pfn = step->end_pfn;
		return;
	}
	entry[steps->nr++] = *step;
}

static const enum dnuma_way way_of[] = {
	[DNUMA_PRISTINE] = DNUMA_REHOME,
	[DNUMA_FREE] = DNUMA_GRAB,
	[DNUMA_USED] = DNUMA_EMPTY,
	[DNUMA_UNMOVABLE] = DNUMA_HOLD,
};

/* Plan blocks that are alike; @held counts against the policy's budget. */
static void plan_run(struct dnuma_plan *plan, struct dnuma_list *steps,
		     struct dnuma_step *step, enum dnuma_state state,
		     const struct dnuma_policy *policy, unsigned long *held)
{
	unsigned long end_pfn = step->end_pfn, budget;

	if (state == DNUMA_FOREIGN || state == DNUMA_OFFLINE) {
		dnuma_left_add(plan, step, step->start_pfn, end_pfn,
			       state == DNUMA_FOREIGN ? DNUMA_KIND :
							DNUMA_ABSENT);
		return;
	}
	step->way = way_of[state];
	if (step->way == DNUMA_HOLD) {
		budget = rounddown(policy->hold_pages, DNUMA_BLOCK_PAGES);
		budget -= min(budget, *held);
		step->end_pfn = min(end_pfn, step->start_pfn + budget);
		*held += step->end_pfn - step->start_pfn;
		dnuma_left_add(plan, step, step->end_pfn, end_pfn, DNUMA_STAYS);
	}
	if (step->start_pfn < step->end_pfn)
		step_add(steps, step);
}

/* Plan all whole blocks of a range that differs. */
static int plan_range(struct dnuma_plan *plan, struct dnuma_list *steps,
		      const struct memlayout_diff *diff,
		      const struct dnuma_policy *policy, unsigned long *held,
		      dnuma_look_fn *look, void *arg)
{
	unsigned long pfn = round_up(diff->start_pfn, DNUMA_BLOCK_PAGES);
	unsigned long end = rounddown(diff->end_pfn, DNUMA_BLOCK_PAGES);
	struct dnuma_step step = { .from = diff->from, .to = diff->to };

	if (dnuma_list_room(&plan->left, 2))
		return -ENOMEM;
	dnuma_left_add(plan, &step, diff->start_pfn, min(pfn, diff->end_pfn),
		       DNUMA_EDGE);
	while (pfn < end) {
		struct dnuma_run run = { .end_pfn = end };

		look(arg, pfn, end, &run);
		if (WARN_ON_ONCE(run.end_pfn <= pfn || run.end_pfn > end ||
				 run.state > DNUMA_OFFLINE))
			return -EINVAL;
		/* One entry for the run, one for the end of the range. */
		if (dnuma_list_room(&plan->left, 2) ||
		    dnuma_list_room(steps, 1))
			return -ENOMEM;
		step.start_pfn = pfn;
		step.end_pfn = run.end_pfn;
		step.zone = run.zone;
		plan_run(plan, steps, &step, run.state, policy, held);
		pfn = run.end_pfn;
	}
	/* Less than a block at the end, unless that was the beginning. */
	dnuma_left_add(plan, &step, max(pfn, diff->start_pfn), diff->end_pfn,
		       DNUMA_EDGE);
	return 0;
}

static int step_order(const void *a, const void *b)
{
	const struct dnuma_step *x = a, *y = b;

	if (x->way != y->way)
		return x->way < y->way ? -1 : 1;
	return x->start_pfn < y->start_pfn ? -1 : x->start_pfn > y->start_pfn;
}

/* Cut what is grabbed or emptied at multiples of the window. */
static int cut_windows(struct dnuma_plan *plan, const struct dnuma_list *steps,
		       const struct dnuma_policy *policy)
{
	const struct dnuma_step *from = steps->entry;
	unsigned int i;

	for (i = 0; i < steps->nr; i++) {
		struct dnuma_step step = from[i];
		unsigned long end_pfn = step.end_pfn;
		unsigned long window = policy->window_pages;

		if (step.way != DNUMA_GRAB && step.way != DNUMA_EMPTY)
			window = 0;
		plan->count[step.way].planned_pages += end_pfn - step.start_pfn;
		while (step.start_pfn < end_pfn) {
			struct dnuma_step *to;

			step.end_pfn = end_pfn;
			if (window)
				step.end_pfn =
					min(end_pfn,
					    rounddown(step.start_pfn, window) +
						    window);
			if (dnuma_list_room(&plan->steps, 1))
				return -ENOMEM;
			to = plan->steps.entry;
			to[plan->steps.nr++] = step;
			step.start_pfn = step.end_pfn;
		}
	}
	return 0;
}

/**
 * dnuma_plan_make - plan how a layout becomes another
 * @plan: out; given back by dnuma_plan_free(), after an error as well
 * @actual: where memory is
 * @wanted: where it should be
 * @policy: what the plan may do
 * @look: says in what state blocks are; called once for each block that
 *	differs, in the order of pages
 * @arg: for @look
 *
 * Context: process context, allocates memory.
 * Return: 0; -ENOMEM; -EINVAL if the policy or what @look says makes no sense.
 */
int dnuma_plan_make(struct dnuma_plan *plan, const struct memlayout *actual,
		    const struct memlayout *wanted,
		    const struct dnuma_policy *policy, dnuma_look_fn *look,
		    void *arg)
{
	struct dnuma_list steps = { .bytes = sizeof(struct dnuma_step) };
	struct memlayout_diff diff = { .old = actual, .new = wanted };
	unsigned long held = 0;
	int err = 0;

	memset(plan, 0, sizeof(*plan));
	plan->steps.bytes = sizeof(struct dnuma_step);
	plan->left.bytes = sizeof(struct dnuma_left);
	plan->moved.bytes = sizeof(struct memlayout_range);
	plan->parts.bytes = sizeof(struct dnuma_step);
	if (!policy->window_pages || policy->window_pages % DNUMA_BLOCK_PAGES)
		return -EINVAL;
	while (!err && memlayout_diff_next(&diff))
		err = plan_range(plan, &steps, &diff, policy, &held, look, arg);
	if (!err && steps.nr) {
		sort(steps.entry, steps.nr, sizeof(struct dnuma_step),
		     step_order, NULL);
		err = cut_windows(plan, &steps, policy);
	}
	dnuma_list_free(&steps);
	return err;
}

/**
 * dnuma_plan_free - give a plan back
 * @plan: the plan; empty afterwards
 *
 * Context: process context.
 */
void dnuma_plan_free(struct dnuma_plan *plan)
{
	dnuma_list_free(&plan->steps);
	dnuma_list_free(&plan->left);
	dnuma_list_free(&plan->moved);
	dnuma_list_free(&plan->parts);
}

/**
 * dnuma_plan_step - a step of a plan
 * @plan: the plan
 * @i: less than @plan->steps.nr
 *
 * Context: any.
 * Return: the step; valid until the plan changes.
 */
const struct dnuma_step *dnuma_plan_step(const struct dnuma_plan *plan,
					 unsigned int i)
{
	return (const struct dnuma_step *)plan->steps.entry + i;
}

/**
 * dnuma_plan_left - memory that a plan leaves where it is
 * @plan: the plan
 * @i: less than @plan->left.nr
 *
 * Context: any.
 * Return: the memory and the reason; valid until the plan changes.
 */
const struct dnuma_left *dnuma_plan_left(const struct dnuma_plan *plan,
					 unsigned int i)
{
	return (const struct dnuma_left *)plan->left.entry + i;
}

/**
 * dnuma_plan_span - which pages a zone is to get
 * @plan: the plan
 * @nid: node of the zone
 * @zone: its type
 * @start_pfn: out: the first of them
 * @end_pfn: out: first page behind the last
 *
 * The span of the zone has to hold them before the first block is relabelled.
 *
 * Context: any.
 * Return: false if it gets none.
 */
bool dnuma_plan_span(const struct dnuma_plan *plan, int nid, unsigned int zone,
		     unsigned long *start_pfn, unsigned long *end_pfn)
{
	unsigned int i;

	*start_pfn = ULONG_MAX;
	*end_pfn = 0;
	for (i = 0; i < plan->steps.nr; i++) {
		const struct dnuma_step *step = dnuma_plan_step(plan, i);

		if (step->to != nid || step->zone != zone)
			continue;
		*start_pfn = min(*start_pfn, step->start_pfn);
		*end_pfn = max(*end_pfn, step->end_pfn);
	}
	return *start_pfn < *end_pfn;
}
