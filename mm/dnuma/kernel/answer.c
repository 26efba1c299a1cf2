// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/dnuma/defrag: a request is written, its answer is read.
 * Documentation/admin-guide/mm/dnuma_defrag.rst describes it.
 */
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/dnuma_defrag.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/pfn.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../../internal.h"
#include "defrag.h"
#include "kernel.h"

/* Longest request */
#define REQUEST_BYTES 256

/* One request at a time; another one is refused and does not wait. */
static unsigned long defragging;

/* Protects what became of the last one, and what was wrong with the last text. */
static DEFINE_MUTEX(answer_lock);
static struct dnuma_defrag answer;
static struct memlayout_error answer_error;

static void set_answer(const struct dnuma_defrag *defrag,
		       const struct memlayout_error *error)
{
	mutex_lock(&answer_lock);
	if (!error->text[0])
		answer = *defrag;
	answer_error = *error;
	mutex_unlock(&answer_lock);
}

/* With mem_hotplug_lock held and no commit under way: blocks stay on their nodes. */
static int carry_out(const char *text, size_t bytes)
{
	struct dnuma_defrag defrag = { 0 };
	struct memlayout_error error = { 0 };
	struct dnuma_shape shape;
	int err = -EINVAL;

	dnuma_shape_get(&shape);
	if (!shape.memory)
		strscpy(error.text,
			"there was no memory for the layout at boot");
	else if (dnuma_defrag_parse(&shape, text, bytes, &defrag.request,
				    &error))
		err = dnuma_defrag(&defrag);
	set_answer(&defrag, &error);
	return err;
}

/* Refused, and not delayed, while a request or a commit runs. */
static int try_to_carry_out(const char *text, size_t bytes)
{
	int err = -EBUSY;

	if (test_and_set_bit_lock(0, &defragging))
		return -EBUSY;
	/* In this order; page tables begin to move with both held. */
	if (cpus_read_trylock()) {
		if (try_get_online_mems()) {
			/* Its next window waits until this request is done. */
			if (!dnuma_committing())
				err = carry_out(text, bytes);
			put_online_mems();
		}
		cpus_read_unlock();
	}
	clear_bit_unlock(0, &defragging);
	return err;
}

static ssize_t defrag_write(struct file *file, const char __user *from,
			    size_t bytes, loff_t *at)
{
	char text[REQUEST_BYTES];
	int err;

	if (bytes > sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, bytes))
		return -EFAULT;
	err = try_to_carry_out(text, bytes);
	return err ? err : bytes;
}

static void show_request(struct seq_file *m,
			 const struct dnuma_defrag_request *request)
{
	seq_puts(m, "asked");
	if (request->nid != NUMA_NO_NODE)
		seq_printf(m, " node=%d", request->nid);
	if (request->end_pfn != ULONG_MAX)
		seq_printf(m, " range=0x%llx-0x%llx",
			   (u64)PFN_PHYS(request->start_pfn),
			   (u64)PFN_PHYS(request->end_pfn));
	seq_printf(m, " order=%u nr=%lu block=%d\n", request->order,
		   request->nr, request->wait);
}

static void show_answer(struct seq_file *m)
{
	unsigned long nr = answer.request.nr;
	unsigned int kind;

	show_request(m, &answer.request);
	seq_printf(m, "%s: %lu of %lu blocks are free now\n",
		   answer.now < nr ? "short" : "obtained", min(answer.now, nr),
		   nr);
	seq_printf(m, "had %lu\nmade %lu\nmigrated %lu\n", answer.had,
		   answer.made, answer.migrated_pages);
	seq_printf(m, "blocks %lu\nfree %lu\npristine %lu\nuntried %lu\n",
		   answer.blocks, answer.free, answer.pristine, answer.untried);
	for (kind = 0; kind < DNUMA_NR_OBSTACLES; kind++)
		if (answer.pages[kind] || answer.stuck[kind])
			seq_printf(m, "obstacle %s blocks %lu pages %lu\n",
				   dnuma_obstacle_names[kind],
				   answer.stuck[kind], answer.pages[kind]);
}

static int defrag_show(struct seq_file *m, void *unused)
{
	mutex_lock(&answer_lock);
	if (answer_error.value[0])
		seq_printf(m, "'%s': ", answer_error.value);
	if (answer_error.text[0])
		seq_printf(m, "%s\n", answer_error.text);
	else if (answer.request.order)
		show_answer(m);
	mutex_unlock(&answer_lock);
	return 0;
}

DEFINE_SHOW_STORE_ATTRIBUTE(defrag);

/* Behind dnuma_debugfs_init(), which is linked earlier. */
static int __init defrag_init(void)
{
	debugfs_create_file("defrag", 0600, dnuma_dir, NULL, &defrag_fops);
	return 0;
}
late_initcall(defrag_init);
