// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where memory is, and where it should be.
 *
 *	actual	from memblock at boot; memory that goes on or off changes it, and
 *		so does each plan of a commit, at its end. Replaced with
 *		device_hotplug_lock and, for writing, mem_hotplug_lock held.
 *	wanted	as of the last commit: what could not move, and memory that was
 *		taken out and comes back, belongs there.
 *
 * Both are replaced as a whole and read under RCU, or with one of these locks;
 * with mem_hotplug_lock alone not while dnuma_committing().
 */
#include <linux/dnuma.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/memmap_pristine.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/numa.h>
#include <linux/rcupdate.h>
#include "../../internal.h"
#include "kernel.h"

static struct memlayout __rcu *actual_layout;
static struct memlayout __rcu *wanted_layout;

/* The nodes that may have memory; they do not change after boot. */
static int possible[MAX_NUMNODES] __ro_after_init;
static unsigned int nr_possible __ro_after_init;

/* Nodes to add to those that firmware names */
static unsigned int extra_nodes __initdata;

static int __init dnuma_nodes_setup(char *arg)
{
	return kstrtouint(arg, 0, &extra_nodes);
}
early_param("dnuma_nodes", dnuma_nodes_setup);

/**
 * dnuma_possible_nodes - make more nodes possible, as dnuma_nodes= says
 *
 * They have no memory and no CPU at first. Numbers that firmware has not used
 * are taken, the lowest first.
 *
 * Context: setup_nr_node_ids(), once or more.
 */
void __init dnuma_possible_nodes(void)
{
	int nid;

	for (nid = 0; nid < MAX_NUMNODES && extra_nodes; nid++)
		if (!node_test_and_set(nid, node_possible_map))
			extra_nodes--;
	if (extra_nodes)
		pr_warn("dnuma_nodes=: no numbers for %u of the nodes; CONFIG_NODES_SHIFT says how many there may be\n",
			extra_nodes);
	extra_nodes = 0;
}

/**
 * dnuma_actual - where memory is
 *
 * Context: device_hotplug_lock held; or mem_hotplug_lock, and no commit runs.
 * Return: the layout, NULL if there was no memory for it at boot.
 */
const struct memlayout *dnuma_actual(void)
{
	return rcu_dereference_protected(actual_layout, true);
}

static void layout_replace(struct memlayout __rcu **at,
			   struct memlayout *layout)
{
	/* Pairs with rcu_dereference() in dnuma_pfn_to_nid(). */
	layout = unrcu_pointer(xchg(at, RCU_INITIALIZER(layout)));
	synchronize_rcu();
	memlayout_free(layout);
}

/**
 * dnuma_actual_set - memory is elsewhere now
 * @layout: where
 *
 * Context: process context, sleeps; mem_hotplug_lock held for writing.
 */
void dnuma_actual_set(struct memlayout *layout)
{
	layout_replace(&actual_layout, layout);
}

/* What @over says, and where it says nothing what @under says. */
static struct memlayout *layout_over(const struct memlayout *over,
				     const struct memlayout *under)
{
	struct memlayout *layout = memlayout_alloc(2 * over->nr + under->nr);
	unsigned int at = 0, i;

	if (!layout)
		return NULL;
	for (i = 0; i <= over->nr; i++) {
		unsigned long start_pfn = i ? over->range[i - 1].end_pfn : 0;
		unsigned long end_pfn = i < over->nr ?
						over->range[i].start_pfn :
						ULONG_MAX;

		/* The gap before range i of @over. */
		for (; at < under->nr; at++) {
			const struct memlayout_range *r = &under->range[at];

			memlayout_append(layout, max(r->start_pfn, start_pfn),
					 min(r->end_pfn, end_pfn), r->nid);
			if (r->end_pfn > end_pfn)
				break;
		}
		if (i < over->nr)
			memlayout_append(layout, end_pfn,
					 over->range[i].end_pfn,
					 over->range[i].nid);
	}
	return layout;
}

/**
 * dnuma_wanted_set - memory should be elsewhere now
 * @layout: where; what was said before of memory that is out stays
 *
 * Context: process context, sleeps; dnuma_lock held.
 * Return: 0 or -ENOMEM.
 */
int dnuma_wanted_set(const struct memlayout *layout)
{
	static const struct memlayout none;
	const struct memlayout *before;
	struct memlayout *wanted;

	before = rcu_dereference_protected(wanted_layout, true);
	wanted = layout_over(layout, before ? before : &none);
	if (!wanted)
		return -ENOMEM;
	layout_replace(&wanted_layout, wanted);
	return 0;
}

/**
 * dnuma_pfn_to_nid - on which node memory should be
 * @pfn: a page; need not be there at present
 *
 * Context: any.
 * Return: the node, NUMA_NO_NODE if no commit has said.
 */
int dnuma_pfn_to_nid(unsigned long pfn)
{
	const struct memlayout *layout;
	int nid = NUMA_NO_NODE;

	rcu_read_lock();
	/* Pairs with xchg() in layout_replace(). */
	layout = rcu_dereference(wanted_layout);
	if (layout)
		nid = memlayout_lookup(layout, pfn);
	rcu_read_unlock();
	return nid;
}

/**
 * dnuma_shape_get - say what texts are checked against
 * @shape: out; valid while the caller holds its lock
 *
 * Context: as for dnuma_actual().
 */
void dnuma_shape_get(struct dnuma_shape *shape)
{
	*shape = (struct dnuma_shape){
		.memory = dnuma_actual(),
		.node = possible,
		.nr_nodes = nr_possible,
		.zone_name = (const char *const *)zone_names,
		.nr_zones = MAX_NR_ZONES,
		.page_shift = PAGE_SHIFT,
	};
}

/* @old with a range on @nid, or without it if that is NUMA_NO_NODE. */
static struct memlayout *layout_with(const struct memlayout *old,
				     unsigned long start_pfn,
				     unsigned long end_pfn, int nid)
{
	struct memlayout *layout = memlayout_alloc(old->nr + 2);
	bool done = nid == NUMA_NO_NODE;
	unsigned int i;

	if (!layout)
		return NULL;
	for (i = 0; i < old->nr; i++) {
		const struct memlayout_range *r = &old->range[i];

		memlayout_append(layout, r->start_pfn,
				 min(r->end_pfn, start_pfn), r->nid);
		if (!done && r->end_pfn > start_pfn) {
			memlayout_append(layout, start_pfn, end_pfn, nid);
			done = true;
		}
		memlayout_append(layout, max(r->start_pfn, end_pfn), r->end_pfn,
				 r->nid);
	}
	if (!done)
		memlayout_append(layout, start_pfn, end_pfn, nid);
	return layout;
}

/* The node of memory that has come online. */
static int online_nid(unsigned long pfn)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (memmap_zone_pfn_pristine(zone, pfn))
			return zone_to_nid(zone);
	return pfn_to_nid(pfn);
}

static int layout_notify(struct notifier_block *self, unsigned long action,
			 void *arg)
{
	const struct memory_notify *mem = arg;
	struct memlayout *layout;
	int nid = NUMA_NO_NODE;

	/* Commits send ranges of no pages: only nodes come and go then. */
	if ((action != MEM_ONLINE && action != MEM_OFFLINE) || !mem->nr_pages)
		return NOTIFY_DONE;
	if (action == MEM_ONLINE)
		nid = online_nid(mem->start_pfn);
	layout = layout_with(dnuma_actual(), mem->start_pfn,
			     mem->start_pfn + mem->nr_pages, nid);
	if (!layout)
		pr_err("dnuma: no memory to note that memory went %s\n",
		       action == MEM_ONLINE ? "on" : "off");
	else
		dnuma_actual_set(layout);
	return NOTIFY_OK;
}

/* Later, memblock is given up; earlier, there is no kmalloc(). */
static int __init layout_init(void)
{
	unsigned long start_pfn, end_pfn;
	struct memlayout *layout;
	unsigned int nr = 0;
	int i, nid;

	for_each_node(nid)
		possible[nr_possible++] = nid;
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start_pfn, &end_pfn, &nid)
		nr++;
	layout = memlayout_alloc(nr);
	if (!layout)
		return -ENOMEM;
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start_pfn, &end_pfn, &nid)
		memlayout_append(layout, start_pfn, end_pfn,
				 numa_valid_node(nid) ? nid :
							first_online_node);
	RCU_INIT_POINTER(actual_layout, layout);
	hotplug_memory_notifier(layout_notify, DEFAULT_CALLBACK_PRI);
	return 0;
}
early_initcall(layout_init);
