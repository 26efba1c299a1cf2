// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/page_numa/: what there is, and what became of pages. */
#include <linux/debugfs.h>
#include <linux/page_numa_hint.h>
#include <linux/seq_file.h>

#include "kernel.h"

static int vmstat_show(struct seq_file *m, void *unused)
{
	struct page_numa_counts sum = {};
	const struct page_numa_machine *machine;
	unsigned long bytes = 0;
	unsigned int entries = 0;

	rcu_read_lock();
	machine = rcu_dereference(page_numa_machine);
	if (machine) {
		/* Writers hold page_numa_sections. */
		bytes = READ_ONCE(machine->bytes);
		entries = machine->pool->nr_entries;
		page_numa_count_all(machine->pool, &sum);
	}
	rcu_read_unlock();
	seq_printf(m, "page_numa_enabled %d\n", page_numa_enabled());
	seq_printf(m, "page_numa_bytes %lu\n", bytes);
	seq_printf(m, "page_numa_entries %u\n", entries);
	seq_printf(m, "numa_queued %lu\n", sum.queued);
	seq_printf(m, "numa_queue_migrated %lu\n", sum.migrated);
	seq_printf(m, "numa_queue_stale %lu\n", sum.stale);
	seq_printf(m, "numa_queue_dropped %lu\n", sum.dropped);
	seq_printf(m, "numa_queue_waiting %lu\n", sum.waiting);
	seq_printf(m, "numa_queue_taken %lu\n", sum.taken);
	seq_printf(m, "numa_queue_full %lu\n", sum.full);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmstat);

static int __init page_numa_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("page_numa", NULL);

	debugfs_create_file("vmstat", 0444, dir, NULL, &vmstat_fops);
	return 0;
}
late_initcall(page_numa_debugfs_init);
