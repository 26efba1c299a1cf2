/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_PAGE_NUMA_KERNEL_H
#define _MM_PAGE_NUMA_KERNEL_H

#include <linux/mutex.h>
#include <linux/page_numa.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

struct mem_cgroup;
struct task_struct;
struct vm_struct;

/**
 * struct page_numa_moved - what is counted when a page of a batch has moved
 * @memcg: that it is charged to, with a reference; may be NULL
 * @nid: the node that it was on
 */
struct page_numa_moved {
	struct mem_cgroup *memcg;
	int nid;
};

/**
 * struct page_numa_daemon - knuma_migrated/N
 * @machine: of all nodes
 * @task: the thread
 * @wait: it sleeps here
 * @nid: N, the node that its pages go to
 * @batch: pages that it has taken
 * @moved: of the pages in @batch that are isolated
 */
struct page_numa_daemon {
	struct page_numa_machine *machine;
	struct task_struct *task;
	wait_queue_head_t wait;
	int nid;
	struct page_numa_batch batch;
	struct page_numa_moved moved[PAGE_NUMA_BATCH];
};

/**
 * struct page_numa_machine - all that there is while pages may wait
 * @history: a byte for each page, in @area
 * @area: addresses of all bytes; memory lies behind those of present sections
 * @wanted: a bit for each section that a fault has missed
 * @bytes: memory behind @area; protected by page_numa_sections
 * @pool: pages that wait
 * @daemon: for each node that has had memory since; else NULL
 */
struct page_numa_machine {
	struct page_numa_history history;
	struct vm_struct *area;
	unsigned long *wanted;
	unsigned long bytes;
	struct page_numa_pool *pool;
	struct page_numa_daemon __rcu *daemon[];
};

/* NULL: one node has all memory, or there was no hint fault yet. */
extern struct page_numa_machine __rcu *page_numa_machine;

/* Sections come and go under it; taken inside mem_hotplug_lock. */
extern struct mutex page_numa_sections;

/* Parameter: what does not fit into the pool stays, and is not moved at once. */
extern bool page_numa_drop;

void page_numa_update(void);
void page_numa_first_fault(void);

int page_numa_array_alloc(struct page_numa_machine *machine);
void page_numa_array_free(struct page_numa_machine *machine);
void page_numa_array_fill(struct page_numa_machine *machine);
void page_numa_array_empty(struct page_numa_machine *machine,
			   unsigned long start_pfn, unsigned long end_pfn);

struct page_numa_daemon *page_numa_daemon_run(struct page_numa_machine *machine,
					      int nid);
void page_numa_daemon_stop(struct page_numa_daemon *daemon);

#endif /* _MM_PAGE_NUMA_KERNEL_H */
