// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/ptreloc/
 *
 *	move    write "pid N": the tables of a process, to pages of the same node;
 *	        "pid N pack": into blocks of their own; "range START END": all tables
 *	        in these pages, out of them; "sparse" or "sparse BUDGET": as planned
 *	stats   what has happened since boot, and what the last plan said
 *
 * With CONFIG_DEBUG_VM, for tests that have to fail:
 *
 *	spoil       bits of enum ptreloc_spoil
 *	window_ms   how long code waits in each window that spoil names
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/ptreloc_hooks.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "kernel.h"

/* The longest line that move takes. */
#define MAX_LINE 80

/* Of the last plan; protected by result_mutex. */
static struct ptreloc_result last_result;
static DEFINE_MUTEX(result_mutex);

static bool wants_all(struct ptreloc_order *order, unsigned long pfn)
{
	return true;
}

static int move_process(int nr, bool pack)
{
	struct ptreloc_order order;
	struct task_struct *task = find_get_task_by_vpid(nr);
	struct mm_struct *mm;
	int err;

	if (!task)
		return -ESRCH;
	mm = get_task_mm(task);
	put_task_struct(task);
	/* A thread of the kernel has no tables. */
	if (!mm)
		return -EINVAL;
	ptreloc_order_init(&order);
	order.wants = wants_all;
	order.page = pack ? ptreloc_page_packed : ptreloc_page_near;
	ptreloc_begin();
	mutex_lock(&ptreloc_mutex);
	err = ptreloc_mm(&order, mm);
	mutex_unlock(&ptreloc_mutex);
	ptreloc_order_end(&order);
	mmput(mm);
	return err;
}

static int move_range(unsigned long start, unsigned long end)
{
	int err;

	if (start >= end)
		return -EINVAL;
	cpus_read_lock();
	err = ptreloc_evacuate_cpuslocked(start, end);
	cpus_read_unlock();
	return err;
}

static int move_sparse(unsigned long budget)
{
	int err;

	mutex_lock(&result_mutex);
	err = ptreloc_sparse(budget, &last_result);
	mutex_unlock(&result_mutex);
	return err;
}

/* What a line asks for. Return: 0, or an error; -EINVAL if it makes no sense. */
static int move_by(const char *line)
{
	unsigned long start, end;
	char rest, word[5];
	int nr;

	if (!strcmp(line, "sparse"))
		return move_sparse(ULONG_MAX);
	if (sscanf(line, "sparse %lu %c", &start, &rest) == 1)
		return move_sparse(start);
	if (sscanf(line, "range %li %li %c", &start, &end, &rest) == 2)
		return move_range(start, end);
	if (sscanf(line, "pid %d %c", &nr, &rest) == 1)
		return move_process(nr, false);
	if (sscanf(line, "pid %d %4s %c", &nr, word, &rest) == 2 &&
	    !strcmp(word, "pack"))
		return move_process(nr, true);
	return -EINVAL;
}

static ssize_t move_write(struct file *file, const char __user *text,
			  size_t bytes, loff_t *at)
{
	char line[MAX_LINE];
	int err;

	if (bytes >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, text, bytes))
		return -EFAULT;
	line[bytes] = 0;
	err = move_by(strim(line));
	return err ?: bytes;
}

static const struct file_operations move_fops = {
	.owner = THIS_MODULE,
	.write = move_write,
	.llseek = noop_llseek,
};

static int stats_show(struct seq_file *s, void *unused)
{
	mutex_lock(&result_mutex);
	mutex_lock(&ptreloc_mutex);
	seq_printf(s, "moved %lu\n", ptreloc_stats.moved);
	seq_printf(s, "deposited %lu\n", ptreloc_stats.deposited);
	seq_printf(s, "gone %lu\n", ptreloc_stats.gone);
	seq_printf(s, "no_page %lu\n", ptreloc_stats.no_page);
	seq_printf(s, "merged %lu\n", ptreloc_stats.merged);
	seq_printf(s, "longest_ns %lu\n", ptreloc_stats.longest_ns);
	seq_printf(s, "plan_tables %lu\n", last_result.tables);
	seq_printf(s, "plan_moved %lu\n", last_result.moved);
	seq_printf(s, "plan_cleared %u\n", last_result.cleared);
	seq_printf(s, "plan_huge_before %u\n", last_result.huge_before);
	seq_printf(s, "plan_huge_after %u\n", last_result.huge_after);
	mutex_unlock(&ptreloc_mutex);
	mutex_unlock(&result_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int __init ptreloc_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("ptreloc", NULL);

	debugfs_create_file("move", 0200, dir, NULL, &move_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
#ifdef CONFIG_DEBUG_VM
	debugfs_create_u32("spoil", 0600, dir, &ptreloc_spoil);
	debugfs_create_u32("window_ms", 0600, dir, &ptreloc_window_ms);
#endif
	return 0;
}
late_initcall(ptreloc_debugfs_init);
