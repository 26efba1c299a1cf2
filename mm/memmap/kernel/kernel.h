/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_MEMMAP_KERNEL_KERNEL_H
#define _MM_MEMMAP_KERNEL_KERNEL_H

/* Shared by the kernel's parts of memmap initialisation, and nobody else. */

#include <linux/list.h>
#include <linux/memmap_init.h>
#include <linux/percpu.h>

/**
 * struct memmap_zone - a zone's extents and what only the kernel wants to know
 * @set: the extents
 * @nr_recorded: pages that were pristine when memblock let go of them
 */
struct memmap_zone {
	struct memmap_extents set;
	unsigned long nr_recorded;
};

/**
 * struct memmap_report - a drain that is over
 * @list: in the order in which they ended
 * @nid: its node, or NUMA_NO_NODE for all
 * @nr_pages: pages it drained
 * @us: how long it took
 * @cpus: CPUs that took part
 */
struct memmap_report {
	struct list_head list;
	int nid;
	unsigned long nr_pages;
	unsigned long us;
	unsigned int cpus;
};

extern struct memmap_boot memmap_boot;
extern const struct memmap_exec memmap_kernel_exec;
extern const char *memmap_fallback;

/* Finished drains; appended to before user space or by the last worker. */
extern struct list_head memmap_reports;
extern spinlock_t memmap_reports_lock;

/* What happened before ftrace was there to see it is at least counted. */
DECLARE_PER_CPU(unsigned long, memmap_nr_pulls);
DECLARE_PER_CPU(unsigned long, memmap_nr_chunks);

bool memmap_next_extent(struct memmap_extents *set, unsigned long *start_pfn,
			unsigned long *end_pfn);
void memmap_update_zones(void);
void memmap_update_zones_later(void);

#endif /* _MM_MEMMAP_KERNEL_KERNEL_H */
