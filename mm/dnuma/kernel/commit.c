// SPDX-License-Identifier: GPL-2.0-only
/*
 * A commit: from the text of a layout to a report of what has moved.
 *
 *	stage	the text is checked and kept
 *	commit	it is read again, for memory may have come or gone meanwhile;
 *		plans are made and carried out until one moves nothing more
 *	report	what was planned and moved, and what is left and why
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/mutex.h>
#include <linux/node.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include "../../internal.h"
#include "kernel.h"

/* Plans for one commit, if each makes room for what the one before has left. */
#define MAX_PLANS 8

/**
 * struct staged - a layout that waits for its commit
 * @text: as it was written; NULL: there is none
 * @bytes: of @text
 */
struct staged {
	char *text;
	size_t bytes;
};

/**
 * struct outcome - what became of the last commit, or why there was none
 * @nr: commits so far
 * @err: of the last one; an error number
 * @error: what was wrong with the text; @error.text empty: nothing
 * @plan: its last plan
 * @count: sums of all of its plans
 * @nr_plans: plans
 * @us: how long it took
 * @ledger: what does not add up; empty if all does
 */
struct outcome {
	unsigned int nr;
	int err;
	struct memlayout_error error;
	struct dnuma_plan plan;
	struct dnuma_count count[DNUMA_NR_WAYS];
	unsigned int nr_plans;
	u64 us;
	char ledger[DNUMA_LINE];
};

/* Protects what follows; held for the whole of a commit. */
static DEFINE_MUTEX(dnuma_lock);
static struct staged staged;
static struct outcome outcome;

/* A second commit is refused and does not wait. */
static unsigned long committing;

/*
 * Read what is staged. On return mem_hotplug_lock need not be held, but whoever
 * reads on holds device_hotplug_lock, so that memory stays.
 */
static struct memlayout *read_staged(struct memlayout_error *error)
{
	struct dnuma_shape shape;

	dnuma_shape_get(&shape);
	if (!shape.memory) {
		strscpy(error->text,
			"there was no memory for the layout at boot");
		return NULL;
	}
	if (!staged.text) {
		strscpy(error->text,
			"no layout is there to commit; write lines START-END NODE to layout first");
		return NULL;
	}
	return memlayout_parse(&shape, staged.text, staged.bytes, error);
}

/**
 * dnuma_stage - keep a layout for the next commit
 * @text: lines of a layout; kept, and given back with kvfree()
 * @bytes: of @text
 * @more: the last line may go on in another write, so it need not be right
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINVAL and the report says which line is wrong and why.
 */
int dnuma_stage(char *text, size_t bytes, bool more)
{
	struct memlayout_error error = { 0 };
	struct memlayout *layout;
	unsigned int lines = 1;
	size_t i;

	mutex_lock(&dnuma_lock);
	kvfree(staged.text);
	staged.text = text;
	staged.bytes = bytes;
	lock_device_hotplug();
	layout = read_staged(&error);
	unlock_device_hotplug();
	for (i = 0; i < bytes; i++)
		lines += text[i] == '\n';
	if (!layout && more && error.line == lines)
		error.text[0] = '\0';
	memlayout_free(layout);
	memset(&outcome.error, 0, sizeof(outcome.error));
	if (error.text[0]) {
		outcome.error = error;
		kvfree(staged.text);
		staged.text = NULL;
	}
	mutex_unlock(&dnuma_lock);
	return error.text[0] ? -EINVAL : 0;
}

/* All zones' pages before anything moves; what a zone does not have is 0. */
static struct dnuma_ledger *ledger_open(void)
{
	struct dnuma_ledger *ledger;
	unsigned int i;
	int nid;

	ledger = dnuma_ledger_alloc(nr_node_ids, MAX_NR_ZONES);
	if (!ledger)
		return NULL;
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = dnuma_zone(nid, i);
			/* What is free changes all the time: not counted. */
			const struct dnuma_account has = {
				.present = zone->present_pages,
				.managed = zone_managed_pages(zone),
				.free = zone_managed_pages(zone),
			};

			if (dnuma_ledger_open(ledger, nid, i, &has))
				snprintf(outcome.ledger, DNUMA_LINE,
					 "node %d %s: before the commit", nid,
					 zone->name);
		}
	return ledger;
}

/* Does each zone have what the ledger says? */
static void ledger_close(struct dnuma_ledger *ledger)
{
	unsigned int i;
	int nid;

	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = dnuma_zone(nid, i);
			const struct dnuma_account *a = dnuma_ledger_at(ledger,
									nid, i);

			if (a->present == zone->present_pages &&
			    a->managed == zone_managed_pages(zone))
				continue;
			snprintf(outcome.ledger, DNUMA_LINE,
				 "node %d %s: present %lu, want %ld, managed %lu, want %ld",
				 nid, zone->name, zone->present_pages,
				 a->present, zone_managed_pages(zone),
				 a->managed);
		}
	if (!outcome.ledger[0])
		dnuma_ledger_check(ledger, outcome.ledger);
	if (outcome.ledger[0])
		pr_err("dnuma: accounts: %s\n", outcome.ledger);
	dnuma_ledger_free(ledger);
}

static unsigned long carry_out(const struct dnuma_step *step,
			       enum dnuma_why *why)
{
	switch (step->way) {
	case DNUMA_REHOME:
		return dnuma_rehome(step, why);
	case DNUMA_GRAB:
		return dnuma_grab(step, why);
	case DNUMA_EMPTY:
		return dnuma_empty(step, why);
	default:
		*why = DNUMA_STAYS;
		return step->start_pfn;
	}
}

/* Carry out one plan. Return the pages that moved, or an error number. */
static long run_plan(struct dnuma_ledger *ledger)
{
	struct dnuma_plan *plan = &outcome.plan;
	struct memlayout *actual;
	struct dnuma_zones zones;
	struct dnuma_step step;
	long moved = 0;
	int next;

	next = dnuma_pristine_prepare(plan);
	if (!next)
		next = dnuma_zones_begin(&zones, plan);
	if (next)
		return next;
	while ((next = dnuma_plan_next(plan, &step)) == 1) {
		enum dnuma_why why = DNUMA_CHANGED;
		unsigned long end_pfn = carry_out(&step, &why);
		unsigned long pages = end_pfn - step.start_pfn;

		dnuma_plan_report(plan, end_pfn, why);
		moved += pages;
		if (pages) {
			dnuma_zones_moved(&zones, &step);
			if (dnuma_ledger_move(ledger, step.from, step.to,
					      step.zone, pages))
				snprintf(outcome.ledger, DNUMA_LINE,
					 "%lu pages from node %d to %d", pages,
					 step.from, step.to);
		}
		if (fatal_signal_pending(current)) {
			next = -EINTR;
			break;
		}
	}
	actual = dnuma_plan_actual(plan, dnuma_actual());
	while (!actual) {
		/* Blocks have moved, so it has to be said. */
		cond_resched();
		actual = dnuma_plan_actual(plan, dnuma_actual());
	}
	dnuma_actual_set(actual);
	dnuma_zones_end(&zones, plan);
	return next < 0 ? next : moved;
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

static void count_plan(void)
{
	unsigned int i;

	for (i = 0; i < DNUMA_NR_WAYS; i++) {
		if (outcome.nr_plans == 1)
			outcome.count[i].planned_pages =
				outcome.plan.count[i].planned_pages;
		outcome.count[i].moved_pages +=
			outcome.plan.count[i].moved_pages;
		outcome.count[i].nr_tries += outcome.plan.count[i].nr_tries;
	}
}

/* Pages that a CPU keeps for itself look as if they could not move. */
static void settle(void)
{
	lru_add_drain_all();
	drain_all_pages(NULL);
}

static int run_plans(const struct memlayout *wanted,
		     const struct dnuma_policy *policy,
		     struct dnuma_ledger *ledger)
{
	long moved;
	int err;

	do {
		settle();
		dnuma_plan_free(&outcome.plan);
		err = dnuma_plan_make(&outcome.plan, dnuma_actual(), wanted,
				      policy, dnuma_look, NULL);
		if (err)
			return err;
		outcome.nr_plans++;
		moved = run_plan(ledger);
		count_plan();
	} while (moved > 0 && outcome.nr_plans < MAX_PLANS &&
		 try_again(&outcome.plan));
	return moved < 0 ? moved : 0;
}

/* With mem_hotplug_lock held for writing. */
static int commit_changes(const struct memlayout *changes,
			  const struct dnuma_policy *policy)
{
	struct memlayout *wanted, *kept;
	struct dnuma_ledger *ledger;
	int err = -ENOMEM;

	wanted = memlayout_complete(dnuma_actual(), changes);
	kept = memlayout_complete(dnuma_actual(), changes);
	ledger = ledger_open();
	if (!wanted || !kept || !ledger) {
		memlayout_free(kept);
		goto out;
	}
	dnuma_wanted_set(kept);
	err = run_plans(wanted, policy, ledger);
	ledger_close(ledger);
	ledger = NULL;
out:
	dnuma_ledger_free(ledger);
	memlayout_free(wanted);
	return err;
}

/* A node that was only possible gets its device and its zonelists. */
static int online_nodes(const struct memlayout *changes)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < changes->nr && err >= 0; i++)
		if (!node_online(changes->range[i].nid))
			err = try_online_node(changes->range[i].nid);
	return err < 0 ? err : 0;
}

static int commit_locked(const struct dnuma_request *request)
{
	struct memlayout *changes;
	u64 start = ktime_get_ns();
	int err;

	memset(&outcome.error, 0, sizeof(outcome.error));
	lock_device_hotplug();
	changes = read_staged(&outcome.error);
	if (!changes) {
		unlock_device_hotplug();
		return -EINVAL;
	}
	outcome.nr++;
	outcome.nr_plans = 0;
	outcome.ledger[0] = '\0';
	memset(outcome.count, 0, sizeof(outcome.count));
	err = online_nodes(changes);
	if (!err) {
		mem_hotplug_begin();
		err = commit_changes(changes, &request->policy);
		mem_hotplug_done();
	}
	memlayout_free(changes);
	unlock_device_hotplug();
	outcome.us = div_u64(ktime_get_ns() - start, NSEC_PER_USEC);
	return err;
}

/**
 * dnuma_commit - make the layout that is staged true
 * @request: what the commit may do
 *
 * Memory that cannot move is left where it is, and the report says why: that is
 * no error.
 *
 * Context: process context, sleeps for as long as it takes.
 * Return: 0; -EBUSY if another commit runs; -EINVAL if the text does not fit the
 * machine (any more); -ENOMEM; -EINTR after a fatal signal; what a notifier
 * says.
 */
int dnuma_commit(const struct dnuma_request *request)
{
	int err;

	if (test_and_set_bit_lock(0, &committing))
		return -EBUSY;
	mutex_lock(&dnuma_lock);
	err = commit_locked(request);
	outcome.err = err;
	mutex_unlock(&dnuma_lock);
	clear_bit_unlock(0, &committing);
	return err;
}

static void show_left(struct seq_file *m, const struct dnuma_shape *shape,
		      const struct dnuma_plan *plan)
{
	char line[DNUMA_LINE];
	unsigned int i;

	for (i = 0; i < plan->left.nr; i++)
		seq_printf(m, "%s\n",
			   dnuma_left_line(shape, dnuma_plan_left(plan, i),
					   line));
}

static void show_outcome(struct seq_file *m)
{
	struct dnuma_shape shape;
	unsigned int i;

	seq_printf(m, "commit %u: %s, %u plans, %llu us\n", outcome.nr,
		   outcome.err ? "ended early" : "done", outcome.nr_plans,
		   outcome.us);
	if (outcome.err)
		seq_printf(m, "error %d\n", outcome.err);
	for (i = 0; i < DNUMA_NR_WAYS; i++)
		seq_printf(m, "%s planned %lu moved %lu tries %lu\n",
			   dnuma_way_names[i], outcome.count[i].planned_pages,
			   outcome.count[i].moved_pages,
			   outcome.count[i].nr_tries);
	seq_printf(m, "accounts %s\n",
		   outcome.ledger[0] ? outcome.ledger : "ok");
	dnuma_shape_get(&shape);
	show_left(m, &shape, &outcome.plan);
}

/**
 * dnuma_report_show - print what became of the last commit
 * @m: to there
 * @unused: unused
 *
 * Context: process context, may sleep.
 * Return: 0.
 */
int dnuma_report_show(struct seq_file *m, void *unused)
{
	mutex_lock(&dnuma_lock);
	lock_device_hotplug();
	if (outcome.error.text[0]) {
		if (outcome.error.line)
			seq_printf(m, "line %u: ", outcome.error.line);
		if (outcome.error.value[0])
			seq_printf(m, "'%s': ", outcome.error.value);
		seq_printf(m, "%s\n", outcome.error.text);
	}
	if (outcome.nr)
		show_outcome(m);
	unlock_device_hotplug();
	mutex_unlock(&dnuma_lock);
	return 0;
}

/* What a commit would do now, as 'memmap layout --plan' writes it. */
static int plan_show(struct seq_file *m, const struct memlayout *changes)
{
	const struct dnuma_policy policy = { DNUMA_WINDOW_PAGES, 0 };
	struct dnuma_plan plan = { 0 };
	struct memlayout *wanted;
	struct dnuma_shape shape;
	char line[DNUMA_LINE];
	int err = -ENOMEM;
	unsigned int i;

	settle();
	dnuma_shape_get(&shape);
	wanted = memlayout_complete(dnuma_actual(), changes);
	if (wanted)
		err = dnuma_plan_make(&plan, dnuma_actual(), wanted, &policy,
				      dnuma_look, NULL);
	for (i = 0; !err && i < plan.steps.nr; i++)
		seq_printf(m, "%s\n",
			   dnuma_step_line(&shape, dnuma_plan_step(&plan, i),
					   line));
	if (!err)
		show_left(m, &shape, &plan);
	dnuma_plan_free(&plan);
	memlayout_free(wanted);
	return err;
}

/**
 * dnuma_plan_show - print what a commit would do
 * @m: to there
 * @unused: unused
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if no layout is staged; -ENOMEM.
 */
int dnuma_plan_show(struct seq_file *m, void *unused)
{
	struct memlayout_error error = { 0 };
	struct memlayout *changes;
	int err = -EINVAL;

	mutex_lock(&dnuma_lock);
	lock_device_hotplug();
	changes = read_staged(&error);
	if (changes) {
		mem_hotplug_begin();
		err = plan_show(m, changes);
		mem_hotplug_done();
	}
	memlayout_free(changes);
	unlock_device_hotplug();
	mutex_unlock(&dnuma_lock);
	return err;
}
