// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in /sys/kernel/debug/memmap_init/, each with one value or one table.
 * Documentation/admin-guide/mm/memmap_init.rst describes them.
 */
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/memmap_init.h>
#include <linux/numa.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include "kernel.h"

static int strategy_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", memmap_boot.param.strategy->name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(strategy);

static int fallback_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", memmap_fallback ? memmap_fallback : "none");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fallback);

static int store_show(struct seq_file *m, void *unused)
{
	static const char *const names[] = {
		[MEMMAP_STORE_AUTO] = "auto",
		[MEMMAP_STORE_CACHED] = "cached",
		[MEMMAP_STORE_NT] = "nt",
	};

	seq_printf(m, "%s\n", names[READ_ONCE(memmap_boot.store)]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(store);

static int nodes_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_puts(m, "node zone pristine initialised\n");
	for (i = 0; i < memmap_boot.nr_sets; i++) {
		struct memmap_zone *mz = container_of(memmap_boot.sets[i],
						      struct memmap_zone, set);
		unsigned long pristine = READ_ONCE(mz->set.nr_pages);

		seq_printf(m, "%d %s %lu %lu\n", zone_to_nid(mz->set.zone),
			   mz->set.zone->name, pristine,
			   mz->nr_recorded - pristine);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(nodes);

static int extents_show(struct seq_file *m, void *unused)
{
	unsigned long start_pfn, end_pfn;
	unsigned int i;

	seq_puts(m, "node zone start_pfn end_pfn\n");
	for (i = 0; i < memmap_boot.nr_sets; i++) {
		struct memmap_extents *set = memmap_boot.sets[i];

		for (start_pfn = 0;
		     memmap_next_extent(set, &start_pfn, &end_pfn);
		     start_pfn = end_pfn)
			seq_printf(m, "%d %s %lu %lu\n", zone_to_nid(set->zone),
				   set->zone->name, start_pfn, end_pfn);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extents);

static int drains_show(struct seq_file *m, void *unused)
{
	struct memmap_report *report;

	seq_puts(m, "node pages us cpus\n");
	/* The last worker of a drain may append an entry now. */
	spin_lock_irq(&memmap_reports_lock);
	list_for_each_entry(report, &memmap_reports, list) {
		if (report->nid == NUMA_NO_NODE)
			seq_puts(m, "all");
		else
			seq_printf(m, "%d", report->nid);
		seq_printf(m, " %lu %lu %u\n", report->nr_pages, report->us,
			   report->cpus);
	}
	spin_unlock_irq(&memmap_reports_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(drains);

static int chunks_show(struct seq_file *m, void *unused)
{
	unsigned long nr = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		nr += per_cpu(memmap_nr_chunks, cpu);
	seq_printf(m, "%lu\n", nr);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(chunks);

static int pulls_show(struct seq_file *m, void *unused)
{
	unsigned long nr = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		nr += per_cpu(memmap_nr_pulls, cpu);
	seq_printf(m, "%lu\n", nr);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pulls);

static int stop_get(void *data, u64 *value)
{
	*value = READ_ONCE(memmap_boot.drain.stop);
	return 0;
}

static int stop_set(void *data, u64 value)
{
	if (value != 1)
		return -EINVAL;
	/* These pair with READ_ONCE() in added_work_fn() and memmap_drain_run(). */
	WRITE_ONCE(memmap_told_to_stop, true);
	WRITE_ONCE(memmap_boot.drain.stop, true);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(stop_fops, stop_get, stop_set, "%llu\n");

static int __init memmap_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("memmap_init", NULL);

	debugfs_create_file("strategy", 0444, dir, NULL, &strategy_fops);
	debugfs_create_file("fallback", 0444, dir, NULL, &fallback_fops);
	debugfs_create_file("store", 0444, dir, NULL, &store_fops);
	debugfs_create_file("nodes", 0444, dir, NULL, &nodes_fops);
	debugfs_create_file("extents", 0444, dir, NULL, &extents_fops);
	debugfs_create_file("drains", 0444, dir, NULL, &drains_fops);
	debugfs_create_file("chunks", 0444, dir, NULL, &chunks_fops);
	debugfs_create_file("pulls", 0444, dir, NULL, &pulls_fops);
	debugfs_create_file("stop", 0644, dir, NULL, &stop_fops);
	return 0;
}
late_initcall(memmap_debugfs_init);
