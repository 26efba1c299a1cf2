// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in /sys/kernel/debug/dnuma/. Documentation/admin-guide/mm/dnuma.rst
 * describes them.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "kernel.h"

/* A layout of a line for each block of 16 TiB */
#define MAX_LAYOUT_BYTES (256UL << 20)

/* Longest time between two tries: a day */
#define MAX_RETRY_S 86400

/* A line for any two of 256 nodes */
#define MAX_DISTANCES_BYTES SZ_1M

/* What a program writes at a time if its text is longer: not a shell's line. */
#define PIECE_BYTES 4096

static int layout_show(struct seq_file *m, void *unused)
{
	struct dnuma_shape shape;
	char line[DNUMA_LINE];
	unsigned int i;

	lock_device_hotplug();
	dnuma_shape_get(&shape);
	for (i = 0; shape.memory && i < shape.memory->nr; i++)
		seq_printf(m, "%s\n",
			   memlayout_line(&shape, &shape.memory->range[i],
					  line));
	unlock_device_hotplug();
	return 0;
}

static int layout_open(struct inode *inode, struct file *file)
{
	return single_open(file, layout_show, NULL);
}

/*
 * What is written to an open file is one layout, in one piece or in several. The
 * pieces so far are the private data of the seq_file.
 */
struct pieces {
	char *text;
	size_t bytes;
};

static ssize_t layout_write(struct file *file, const char __user *from,
			    size_t bytes, loff_t *at)
{
	struct seq_file *m = file->private_data;
	struct pieces *pieces = m->private;
	char *text, *copy;
	size_t sum;
	bool more;
	int err;

	if (!pieces) {
		pieces = kzalloc(sizeof(*pieces), GFP_KERNEL);
		if (!pieces)
			return -ENOMEM;
		m->private = pieces;
	}
	sum = pieces->bytes + bytes;
	if (bytes > MAX_LAYOUT_BYTES || sum > MAX_LAYOUT_BYTES)
		return -EFBIG;
	text = kvmalloc(sum + 1, GFP_KERNEL);
	copy = kvmalloc(sum + 1, GFP_KERNEL);
	err = text && copy ? 0 : -ENOMEM;
	if (!err) {
		if (pieces->bytes)
			memcpy(text, pieces->text, pieces->bytes);
		if (copy_from_user(text + pieces->bytes, from, bytes))
			err = -EFAULT;
	}
	if (err) {
		kvfree(text);
		kvfree(copy);
		return err;
	}
	memcpy(copy, text, sum);
	kvfree(pieces->text);
	pieces->text = text;
	pieces->bytes = sum;
	more = bytes >= PIECE_BYTES && text[sum - 1] != '\n';
	err = dnuma_stage(copy, sum, more);
	if (err)
		return err;
	*at += bytes;
	return bytes;
}

static int layout_release(struct inode *inode, struct file *file)
{
	struct pieces *pieces = ((struct seq_file *)file->private_data)->private;

	if (pieces)
		kvfree(pieces->text);
	kfree(pieces);
	return single_release(inode, file);
}

static const struct file_operations layout_fops = {
	.owner = THIS_MODULE,
	.open = layout_open,
	.read = seq_read,
	.write = layout_write,
	.llseek = seq_lseek,
	.release = layout_release,
};

/* A size in bytes that is a number of blocks. */
static bool read_blocks(const char *value, unsigned long *pages)
{
	char *end;
	unsigned long long bytes = memparse(value, &end);

	*pages = bytes >> PAGE_SHIFT;
	return end != value && !*end &&
	       !(bytes & ((DNUMA_BLOCK_PAGES << PAGE_SHIFT) - 1));
}

/* "1", or any of window=SIZE, hold=SIZE, retry=SECONDS */
static int read_request(char *text, struct dnuma_request *request)
{
	char *word;

	*request = (struct dnuma_request){
		.policy.window_pages = DNUMA_WINDOW_PAGES,
	};
	while ((word = strsep(&text, " \t\n"))) {
		bool good = !*word || !strcmp(word, "1");

		if (strstarts(word, "window="))
			good = read_blocks(word + 7,
					   &request->policy.window_pages) &&
			       request->policy.window_pages;
		else if (strstarts(word, "hold="))
			good = read_blocks(word + 5,
					   &request->policy.hold_pages);
		else if (strstarts(word, "retry="))
			good = !kstrtouint(word + 6, 10, &request->retry_s) &&
			       request->retry_s <= MAX_RETRY_S;
		if (!good)
			return -EINVAL;
	}
	return 0;
}

static ssize_t commit_write(struct file *file, const char __user *from,
			    size_t bytes, loff_t *at)
{
	struct dnuma_request request;
	char text[128];
	int err;

	if (bytes >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, bytes))
		return -EFAULT;
	text[bytes] = '\0';
	err = read_request(text, &request);
	if (!err)
		err = dnuma_commit(&request);
	return err ? err : bytes;
}

/* "CPU NODE" */
static ssize_t dnuma_cpus_write(struct file *file, const char __user *from,
				size_t bytes, loff_t *at)
{
	unsigned int cpu, nid;
	char text[32], end;
	int err;

	if (bytes >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, bytes))
		return -EFAULT;
	text[bytes] = '\0';
	if (sscanf(strim(text), "%u %u%c", &cpu, &nid, &end) != 2)
		return -EINVAL;
	err = dnuma_cpu_move(cpu, nid);
	return err ? err : bytes;
}

DEFINE_SHOW_STORE_ATTRIBUTE(dnuma_cpus);

/* Lines "FROM TO DISTANCE", in one write */
static ssize_t dnuma_distances_write(struct file *file, const char __user *from,
				     size_t bytes, loff_t *at)
{
	char *text;
	int err;

	if (bytes > MAX_DISTANCES_BYTES)
		return -EINVAL;
	text = memdup_user_nul(from, bytes);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = dnuma_distances_set(text);
	kfree(text);
	return err ? err : bytes;
}

DEFINE_SHOW_STORE_ATTRIBUTE(dnuma_distances);

static const struct file_operations commit_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = commit_write,
	.llseek = noop_llseek,
};

DEFINE_SHOW_ATTRIBUTE(dnuma_report);
DEFINE_SHOW_ATTRIBUTE(dnuma_plan);
DEFINE_SHOW_ATTRIBUTE(dnuma_blocks);
DEFINE_SHOW_ATTRIBUTE(dnuma_audit);

/* Where these files are */
struct dentry *dnuma_dir __ro_after_init;

static int __init dnuma_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("dnuma", NULL);

	dnuma_dir = dir;
	debugfs_create_file("layout", 0600, dir, NULL, &layout_fops);
	debugfs_create_file("plan", 0400, dir, NULL, &dnuma_plan_fops);
	debugfs_create_file("blocks", 0400, dir, NULL, &dnuma_blocks_fops);
	debugfs_create_file("commit", 0200, dir, NULL, &commit_fops);
	debugfs_create_file("report", 0400, dir, NULL, &dnuma_report_fops);
	debugfs_create_file("cpus", 0600, dir, NULL, &dnuma_cpus_fops);
	debugfs_create_file("distances", 0600, dir, NULL,
			    &dnuma_distances_fops);
	debugfs_create_file("audit", 0400, dir, NULL, &dnuma_audit_fops);
	return 0;
}
late_initcall(dnuma_debugfs_init);
