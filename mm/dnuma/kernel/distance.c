// SPDX-License-Identifier: GPL-2.0-only
/*
 * Node distances are said again. Who asks for one finds all of the old table or all
 * of the new one; what was built from the old one is built anew: zonelists, the
 * order of demotion, and the scheduler's levels and domains.
 */
#include <linux/cpuset.h>
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include "../../internal.h"
#include "kernel.h"

/* As firmware writes them: above that of a node to itself; 255 is no way at all. */
#define MIN_DISTANCE (LOCAL_DISTANCE + 1)
#define MAX_DISTANCE 254

/**
 * struct distances - the distance between any two nodes
 * @rcu: gives it back
 * @at: from node i to node j, at i * nr_node_ids + j
 */
struct distances {
	struct rcu_head rcu;
	u8 at[];
};

/* NULL: as firmware says. Replaced as a whole, with device_hotplug_lock held. */
static struct distances __rcu *distances;

/**
 * dnuma_node_distance - the distance between two nodes, if it was said again
 * @from: a node
 * @to: another, or the same
 *
 * Context: any.
 * Return: the distance, -1 if firmware's counts.
 */
int dnuma_node_distance(int from, int to)
{
	const struct distances *table;
	int distance = -1;

	rcu_read_lock();
	/* Pairs with rcu_assign_pointer() in distances_publish(). */
	table = rcu_dereference(distances);
	if (table && from >= 0 && to >= 0 && from < nr_node_ids &&
	    to < nr_node_ids)
		distance = table->at[from * nr_node_ids + to];
	rcu_read_unlock();
	return distance;
}

/* The distances of now, to be changed and published. */
static struct distances *distances_copy(void)
{
	struct distances *table;
	int from, to;

	table = kzalloc(struct_size(table, at, nr_node_ids * nr_node_ids),
			GFP_KERNEL);
	if (!table)
		return NULL;
	for (from = 0; from < nr_node_ids; from++)
		for (to = 0; to < nr_node_ids; to++)
			table->at[from * nr_node_ids + to] = node_distance(from,
									   to);
	return table;
}

/* Changes go into @table alone, so a line that is wrong undoes all. */
static int read_lines(struct distances *table, char *text)
{
	unsigned int from, to, distance;
	char *line, end;

	while ((line = strsep(&text, "\n"))) {
		line = strim(line);
		if (!*line)
			continue;
		if (sscanf(line, "%u %u %u%c", &from, &to, &distance, &end) != 3)
			return -EINVAL;
		if (from >= nr_node_ids || to >= nr_node_ids ||
		    !node_possible(from) || !node_possible(to))
			return -ENODEV;
		if (from == to || distance < MIN_DISTANCE ||
		    distance > MAX_DISTANCE)
			return -EINVAL;
		/* The scheduler takes it to be the same in both directions. */
		table->at[from * nr_node_ids + to] = distance;
		table->at[to * nr_node_ids + from] = distance;
	}
	return 0;
}

static void distances_publish(struct distances *table)
{
	struct distances *old = rcu_dereference_protected(distances, true);

	mem_hotplug_begin();
	/* Pairs with rcu_dereference() in dnuma_node_distance(). */
	rcu_assign_pointer(distances, table);
	build_all_zonelists(NULL);
	memory_tiers_renew();
	mem_hotplug_done();
	sched_renew_numa();
	rebuild_sched_domains();
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * dnuma_distances_set - change distances between nodes
 * @text: lines FROM TO DISTANCE, each for both directions; will be cut up
 *
 * Context: process context, sleeps.
 * Return: 0; -EINVAL: a line is wrong, or a distance is not from 11 to 254;
 * -ENODEV: there is no such node; -ENOMEM. After an error nothing has changed.
 */
int dnuma_distances_set(char *text)
{
	struct distances *table;
	int err = -ENOMEM;

	lock_device_hotplug();
	table = distances_copy();
	if (table)
		err = read_lines(table, text);
	if (!err)
		distances_publish(table);
	else
		kfree(table);
	unlock_device_hotplug();
	return err;
}

/**
 * dnuma_distances_show - print the distance between any two nodes
 * @m: to there
 * @unused: unused
 *
 * Context: process context, may sleep.
 * Return: 0.
 */
int dnuma_distances_show(struct seq_file *m, void *unused)
{
	int from, to;

	for_each_online_node(from)
		for_each_online_node(to)
			if (from < to)
				seq_printf(m, "%d %d %d\n", from, to,
					   node_distance(from, to));
	return 0;
}
