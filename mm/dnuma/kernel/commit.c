// SPDX-License-Identifier: GPL-2.0-only
/*
 * A commit: from the text of a layout to a report of what has moved.
 *
 *	stage	the text is checked and kept
 *	commit	it is read again, for memory may have come or gone meanwhile;
 *		plans are made and carried out until one moves nothing more
 *	report	what was planned and moved, and what is left and why
 *
 * No memory comes or goes meanwhile: device_hotplug_lock is held throughout.
 * mem_hotplug_lock, which others wait for, is held for a window at a time; in
 * between the zones add up, and only the actual layout is that of before.
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/workqueue.h>
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

/* Protects what follows; held for the whole of a commit. */
DEFINE_MUTEX(dnuma_lock);
struct dnuma_outcome dnuma_outcome;
static struct staged staged;

/* What the last commit was to change, and how; for another try. */
static struct memlayout *committed;
static struct dnuma_request last_request;

/* A second commit is refused and does not wait. */
static unsigned long committing;

/**
 * dnuma_committing - is a commit or a retry under way?
 *
 * Between its windows the actual layout does not say where memory is.
 *
 * Context: any. With mem_hotplug_lock held the answer false stays true.
 * Return: true if one is.
 */
bool dnuma_committing(void)
{
	return test_bit(0, &committing);
}

/**
 * dnuma_read_staged - read the layout that waits for its commit
 * @error: out, if NULL is returned: what is wrong
 *
 * Context: dnuma_lock and device_hotplug_lock held, so that memory stays.
 * Return: what the lines name, or NULL.
 */
struct memlayout *dnuma_read_staged(struct memlayout_error *error)
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
 * dnuma_unstage - no layout waits for its commit any more
 *
 * Context: dnuma_lock held.
 */
void dnuma_unstage(void)
{
	kvfree(staged.text);
	staged.text = NULL;
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
	dnuma_unstage();
	staged.text = text;
	staged.bytes = bytes;
	lock_device_hotplug();
	layout = dnuma_read_staged(&error);
	unlock_device_hotplug();
	for (i = 0; i < bytes; i++)
		lines += text[i] == '\n';
	if (!layout && more && error.line == lines)
		error.text[0] = '\0';
	memlayout_free(layout);
	memset(&dnuma_outcome.error, 0, sizeof(dnuma_outcome.error));
	if (error.text[0]) {
		dnuma_outcome.error = error;
		dnuma_unstage();
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
				snprintf(dnuma_outcome.ledger, DNUMA_LINE,
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
			snprintf(dnuma_outcome.ledger, DNUMA_LINE,
				 "node %d %s: present %lu, want %ld, managed %lu, want %ld",
				 nid, zone->name, zone->present_pages,
				 a->present, zone_managed_pages(zone),
				 a->managed);
		}
	if (!dnuma_outcome.ledger[0])
		dnuma_ledger_check(ledger, dnuma_outcome.ledger);
	if (dnuma_outcome.ledger[0])
		pr_err("dnuma: accounts: %s\n", dnuma_outcome.ledger);
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
		return dnuma_hold(step, why);
	}
}

/*
 * Carry out all steps; add to @moved the pages that moved. After each window those
 * who wait for mem_hotplug_lock get it. Return 0 or an error.
 */
static int run_steps(struct dnuma_plan *plan, unsigned long window_pages,
		     struct dnuma_zones *zones, struct dnuma_ledger *ledger,
		     long *moved)
{
	unsigned long tried_pages = 0;
	struct dnuma_step step;
	int next;

	while ((next = dnuma_plan_next(plan, &step)) == 1) {
		enum dnuma_why why = DNUMA_CHANGED;
		unsigned long end_pfn = carry_out(&step, &why);
		unsigned long pages = end_pfn - step.start_pfn;

		dnuma_plan_report(plan, end_pfn, why);
		*moved += pages;
		if (pages) {
			dnuma_zones_moved(zones, &step);
			if (dnuma_ledger_move(ledger, step.from, step.to,
					      step.zone, pages))
				snprintf(dnuma_outcome.ledger, DNUMA_LINE,
					 "%lu pages from node %d to %d", pages,
					 step.from, step.to);
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		tried_pages += step.end_pfn - step.start_pfn;
		if (tried_pages < window_pages)
			continue;
		tried_pages = 0;
		mem_hotplug_done();
		cond_resched();
		mem_hotplug_begin();
	}
	return next;
}

/*
 * Carry out one plan, with mem_hotplug_lock held for writing. Return the pages that
 * moved, or an error number.
 */
static long run_plan(unsigned long window_pages, struct dnuma_ledger *ledger)
{
	struct dnuma_plan *plan = &dnuma_outcome.plan;
	struct memlayout *actual;
	struct dnuma_zones zones;
	long moved = 0;
	int next;

	next = dnuma_pristine_prepare(plan);
	if (!next)
		next = dnuma_zones_begin(&zones, plan);
	if (next)
		return next;
	if (plan->count[DNUMA_EMPTY].planned_pages)
		dnuma_empty_begin();
	next = run_steps(plan, window_pages, &zones, ledger, &moved);
	if (plan->count[DNUMA_EMPTY].planned_pages)
		dnuma_empty_end();
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

static void count_plan(bool first)
{
	unsigned int i;

	for (i = 0; i < DNUMA_NR_WAYS; i++) {
		const struct dnuma_count *count = &dnuma_outcome.plan.count[i];

		if (first)
			dnuma_outcome.count[i].planned_pages =
				count->planned_pages;
		dnuma_outcome.count[i].moved_pages += count->moved_pages;
		dnuma_outcome.count[i].nr_tries += count->nr_tries;
	}
}

/**
 * dnuma_settle - let CPUs give back what they keep for themselves
 *
 * Such pages look as if they could not move.
 *
 * Context: process context, sleeps.
 */
void dnuma_settle(void)
{
	lru_add_drain_all();
	drain_all_pages(NULL);
}

static int run_plans(const struct memlayout *wanted,
		     const struct dnuma_policy *policy,
		     struct dnuma_ledger *ledger)
{
	unsigned int nr = 0;
	long moved;
	int err;

	do {
		dnuma_settle();
		dnuma_plan_free(&dnuma_outcome.plan);
		get_online_mems();
		err = dnuma_plan_make(&dnuma_outcome.plan, dnuma_actual(),
				      wanted, policy, dnuma_look, NULL);
		put_online_mems();
		if (err)
			return err;
		mem_hotplug_begin();
		moved = run_plan(policy->window_pages, ledger);
		mem_hotplug_done();
		count_plan(!nr && !dnuma_outcome.nr_retries);
		nr++;
	} while (moved > 0 && nr < MAX_PLANS && try_again(&dnuma_outcome.plan));
	dnuma_outcome.nr_plans += nr;
	return moved < 0 ? moved : 0;
}

/* With device_hotplug_lock held; @before is where memory was. */
static int commit_changes(const struct memlayout *changes,
			  const struct dnuma_policy *policy,
			  const struct memlayout *before)
{
	struct memlayout *wanted = memlayout_complete(before, changes);
	struct dnuma_ledger *ledger = ledger_open();
	int err = -ENOMEM;

	if (wanted && ledger && !dnuma_wanted_set(wanted)) {
		dnuma_hold_begin();
		err = run_plans(wanted, policy, ledger);
		mem_hotplug_begin();
		dnuma_hold_end();
		ledger_close(ledger);
		ledger = NULL;
		dnuma_tell_kernel(before);
		mem_hotplug_done();
	}
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

/* With device_hotplug_lock held. */
static int commit_or_retry(const struct memlayout *changes,
			   const struct dnuma_policy *policy)
{
	static const struct memlayout none;
	u64 start = ktime_get_ns();
	struct memlayout *before;
	int err;

	err = online_nodes(changes);
	dnuma_outcome.err = err;
	if (err)
		return err;
	before = memlayout_complete(dnuma_actual(), &none);
	err = before ? commit_changes(changes, policy, before) : -ENOMEM;
	if (before)
		dnuma_tell_users(before);
	memlayout_free(before);
	dnuma_outcome.us += div_u64(ktime_get_ns() - start, NSEC_PER_USEC);
	dnuma_outcome.err = err;
	return err;
}

/* Is anything left that may move later? */
static bool worth_retrying(void)
{
	const struct dnuma_plan *plan = &dnuma_outcome.plan;
	unsigned int i;

	for (i = 0; i < plan->left.nr; i++) {
		enum dnuma_why why = dnuma_plan_left(plan, i)->why;

		if (why != DNUMA_EDGE && why != DNUMA_KIND &&
		    why != DNUMA_ABSENT)
			return true;
	}
	return false;
}

static void retry_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(retry_work, retry_fn);

static void retry_later(void)
{
	if (last_request.retry_s && worth_retrying())
		queue_delayed_work(system_long_wq, &retry_work,
				   last_request.retry_s * HZ);
}

static void retry_fn(struct work_struct *work)
{
	/* Pairs with clear_bit_unlock() at the end of a commit. */
	if (test_and_set_bit_lock(0, &committing))
		return;
	mutex_lock(&dnuma_lock);
	lock_device_hotplug();
	dnuma_outcome.nr_retries++;
	commit_or_retry(committed, &last_request.policy);
	unlock_device_hotplug();
	retry_later();
	mutex_unlock(&dnuma_lock);
	clear_bit_unlock(0, &committing);
}

static int commit_locked(const struct dnuma_request *request)
{
	struct memlayout *changes;
	int err;

	memset(&dnuma_outcome.error, 0, sizeof(dnuma_outcome.error));
	lock_device_hotplug();
	changes = dnuma_read_staged(&dnuma_outcome.error);
	if (!changes) {
		unlock_device_hotplug();
		return -EINVAL;
	}
	memlayout_free(committed);
	committed = changes;
	last_request = *request;
	dnuma_outcome.nr++;
	dnuma_outcome.nr_plans = 0;
	dnuma_outcome.nr_retries = 0;
	dnuma_outcome.us = 0;
	dnuma_outcome.migrated_pages = 0;
	dnuma_outcome.ledger[0] = '\0';
	memset(dnuma_outcome.count, 0, sizeof(dnuma_outcome.count));
	err = commit_or_retry(changes, &request->policy);
	unlock_device_hotplug();
	retry_later();
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
	cancel_delayed_work(&retry_work);
	mutex_lock(&dnuma_lock);
	err = commit_locked(request);
	mutex_unlock(&dnuma_lock);
	clear_bit_unlock(0, &committing);
	return err;
}
