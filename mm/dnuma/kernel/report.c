// SPDX-License-Identifier: GPL-2.0-only
/* What became of the last commit, and what the next one would do. */
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/math.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include "kernel.h"

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

	seq_printf(m, "commit %u: %s, %u plans, %u retries, %llu us\n",
		   dnuma_outcome.nr, dnuma_outcome.err ? "ended early" : "done",
		   dnuma_outcome.nr_plans, dnuma_outcome.nr_retries,
		   dnuma_outcome.us);
	if (dnuma_outcome.err)
		seq_printf(m, "error %d\n", dnuma_outcome.err);
	for (i = 0; i < DNUMA_NR_WAYS; i++)
		seq_printf(m, "%s planned %lu moved %lu tries %lu\n",
			   dnuma_way_names[i],
			   dnuma_outcome.count[i].planned_pages,
			   dnuma_outcome.count[i].moved_pages,
			   dnuma_outcome.count[i].nr_tries);
	seq_printf(m, "migrated %lu\n", dnuma_outcome.migrated_pages);
	seq_printf(m, "accounts %s\n",
		   dnuma_outcome.ledger[0] ? dnuma_outcome.ledger : "ok");
	dnuma_shape_get(&shape);
	show_left(m, &shape, &dnuma_outcome.plan);
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
	if (dnuma_outcome.error.text[0]) {
		if (dnuma_outcome.error.line)
			seq_printf(m, "line %u: ", dnuma_outcome.error.line);
		if (dnuma_outcome.error.value[0])
			seq_printf(m, "'%s': ", dnuma_outcome.error.value);
		seq_printf(m, "%s\n", dnuma_outcome.error.text);
	}
	if (dnuma_outcome.nr)
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

	dnuma_settle();
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

/* The blocks of a range of the actual layout, and what is less than a block. */
static void show_blocks(struct seq_file *m, const struct dnuma_shape *shape,
			const struct memlayout_range *range)
{
	unsigned long end_pfn = rounddown(range->end_pfn, DNUMA_BLOCK_PAGES);
	unsigned long pfn = range->start_pfn;
	struct dnuma_run run, next;
	char line[DNUMA_LINE];

	while (pfn < range->end_pfn) {
		run = (struct dnuma_run){ .state = DNUMA_OFFLINE };
		if (pfn % DNUMA_BLOCK_PAGES || pfn >= end_pfn)
			run.end_pfn = min(range->end_pfn,
					  ALIGN(pfn + 1, DNUMA_BLOCK_PAGES));
		else
			dnuma_look(NULL, pfn, end_pfn, &run);
		/* As many as are alike. */
		while (!(run.end_pfn % DNUMA_BLOCK_PAGES) &&
		       run.end_pfn < end_pfn) {
			dnuma_look(NULL, run.end_pfn, end_pfn, &next);
			if (next.state != run.state || next.zone != run.zone)
				break;
			run.end_pfn = next.end_pfn;
		}
		seq_printf(m, "%s\n",
			   dnuma_blocks_line(shape, pfn, &run, range->nid,
					     line));
		pfn = run.end_pfn;
	}
}

/**
 * dnuma_blocks_show - print in what state each block is
 * @m: to there
 * @unused: unused
 *
 * Context: process context, may sleep.
 * Return: 0.
 */
int dnuma_blocks_show(struct seq_file *m, void *unused)
{
	struct dnuma_shape shape;
	unsigned int i;

	lock_device_hotplug();
	dnuma_settle();
	dnuma_shape_get(&shape);
	get_online_mems();
	for (i = 0; shape.memory && i < shape.memory->nr; i++)
		show_blocks(m, &shape, &shape.memory->range[i]);
	put_online_mems();
	unlock_device_hotplug();
	return 0;
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
	changes = dnuma_read_staged(&error);
	if (changes) {
		get_online_mems();
		err = plan_show(m, changes);
		put_online_mems();
	}
	memlayout_free(changes);
	unlock_device_hotplug();
	mutex_unlock(&dnuma_lock);
	return err;
}
