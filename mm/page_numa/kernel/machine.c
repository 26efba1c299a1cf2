// SPDX-License-Identifier: GPL-2.0-only
/*
 * When there is a history, a pool and daemons:
 *
 *	nodes with memory   page_numa=   before a hint fault   from then on
 *	one                 any          -                     -
 *	more                off          -                     -
 *	more                auto         key                   all
 *	more                on           all                   all
 *
 * Who notices a change queues a work, which makes true what the table says. So
 * that nothing waits for anything in a circle: the work holds no lock of memory
 * hotplug, the notifier not the work's lock.
 */
#define pr_fmt(fmt) "page_numa: " fmt

#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/page_numa_hint.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "kernel.h"

enum mode {
	MODE_OFF,
	MODE_AUTO,
	MODE_ON,
};

DEFINE_STATIC_KEY_FALSE(page_numa_key);
struct page_numa_machine __rcu *page_numa_machine;

static enum mode mode __ro_after_init = MODE_AUTO;
/* There was a hint fault; or there was no memory for all that it asks for. */
static bool asked, failed;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "page_numa."

static unsigned int entries;
module_param(entries, uint, 0444);

bool page_numa_drop;
module_param_named(drop, page_numa_drop, bool, 0644);

static void machine_free(struct page_numa_machine *machine)
{
	int nid;

	for_each_node(nid)
		page_numa_daemon_stop(
			rcu_dereference_protected(machine->daemon[nid], true));
	page_numa_array_free(machine);
	page_numa_pool_free(machine->pool);
	kvfree(machine);
}

static struct page_numa_machine *machine_alloc(void)
{
	struct page_numa_machine *machine;
	unsigned int nr = entries ?: page_numa_entries(totalram_pages());

	machine = kvzalloc(struct_size(machine, daemon, nr_node_ids),
			   GFP_KERNEL);
	if (!machine)
		return NULL;
	if (page_numa_array_alloc(machine)) {
		kvfree(machine);
		return NULL;
	}
	machine->pool = page_numa_pool_alloc(&machine->history, nr,
					     nr_node_ids);
	if (!machine->pool) {
		machine_free(machine);
		return NULL;
	}
	return machine;
}

/* A daemon for each node that has memory by now. */
static void daemons_run(struct page_numa_machine *machine)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		if (!rcu_access_pointer(machine->daemon[nid]))
			rcu_assign_pointer(machine->daemon[nid],
					   page_numa_daemon_run(machine, nid));
}

static void publish(struct page_numa_machine *machine)
{
	mutex_lock(&page_numa_sections);
	rcu_assign_pointer(page_numa_machine, machine);
	mutex_unlock(&page_numa_sections);
}

static void stop(struct page_numa_machine *machine)
{
	static_branch_disable(&page_numa_key);
	WRITE_ONCE(asked, false);
	if (!machine)
		return;
	publish(NULL);
	/* Faults and readers of debugfs have let go of it. */
	synchronize_rcu();
	machine_free(machine);
}

static struct page_numa_machine *start(void)
{
	struct page_numa_machine *machine = machine_alloc();

	if (!machine) {
		pr_warn("no memory; hint faults move pages\n");
		failed = true;
		static_branch_disable(&page_numa_key);
		return NULL;
	}
	pr_info("%u pages may wait to move\n", machine->pool->nr_entries);
	publish(machine);
	return machine;
}

static void update(struct work_struct *work)
{
	struct page_numa_machine *machine =
		rcu_dereference_protected(page_numa_machine, true);

	if (mode == MODE_OFF || num_node_state(N_MEMORY) < 2) {
		stop(machine);
		return;
	}
	if (failed)
		return;
	static_branch_enable(&page_numa_key);
	if (!machine && (mode == MODE_ON || READ_ONCE(asked)))
		machine = start();
	if (!machine)
		return;
	daemons_run(machine);
	page_numa_array_fill(machine);
}

/* One at a time: a work does not run twice at once, and nobody else does this. */
static DECLARE_WORK(update_work, update);

/**
 * page_numa_update - something has changed on which nodes, daemons or sections
 *	depend
 *
 * Context: any.
 */
void page_numa_update(void)
{
	schedule_work(&update_work);
}

/**
 * page_numa_first_fault - there are hint faults, and nothing is there for them
 *
 * Context: any.
 */
void page_numa_first_fault(void)
{
	if (READ_ONCE(failed))
		return;
	/* Pairs with READ_ONCE() in update(), which runs later or once more. */
	WRITE_ONCE(asked, true);
	page_numa_update();
}

static int notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	const struct memory_notify *mem = arg;
	struct page_numa_machine *machine;

	if (action != MEM_ONLINE && action != MEM_OFFLINE)
		return NOTIFY_OK;
	/* Daemons hold get_online_mems(), so none has a page of this memory. */
	if (action == MEM_OFFLINE && mem->nr_pages) {
		mutex_lock(&page_numa_sections);
		/* That lock is publish()'s, too. */
		machine = rcu_dereference_protected(page_numa_machine, true);
		if (machine)
			page_numa_array_empty(machine, mem->start_pfn,
					      mem->start_pfn + mem->nr_pages);
		mutex_unlock(&page_numa_sections);
	}
	if (mem->status_change_nid >= 0)
		page_numa_update();
	return NOTIFY_OK;
}

static int __init page_numa_setup(char *text)
{
	static const char *const name[] = { "off", "auto", "on" };
	int found = match_string(name, ARRAY_SIZE(name), text);

	if (found < 0)
		pr_warn("page_numa=%s: want off, auto or on\n", text);
	else
		mode = found;
	return 1;
}
__setup("page_numa=", page_numa_setup);

static int __init noautonuma_setup(char *text)
{
	mode = MODE_OFF;
	return 1;
}
__setup("noautonuma", noautonuma_setup);

static int __init page_numa_init(void)
{
	hotplug_memory_notifier(notify, DEFAULT_CALLBACK_PRI);
	if (mode != MODE_OFF && num_node_state(N_MEMORY) > 1)
		page_numa_update();
	return 0;
}
late_initcall(page_numa_init);
