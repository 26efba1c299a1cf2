/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_MEMMAP_KERNEL_KERNEL_H
#define _MM_MEMMAP_KERNEL_KERNEL_H

/*
 * Shared by the files of this folder, which connect the core of memmap
 * initialisation with the kernel:
 *
 *	boot.c		called by mm_init.c and memblock.c while the machine boots
 *	executor.c	the executor: boot thread, cross-calls, background threads
 *	walkers.c	called by the page allocator and by code that walks pfns
 *	hotplug.c	called when memory comes online and goes offline
 *	debugfs.c	what users can look at
 */

#include <linux/list.h>
#include <linux/memmap_init.h>
#include <linux/percpu.h>

/**
 * struct memmap_zone - the extents of a zone, and its pages for debugfs
 * @set: the extents
 * @nr_recorded: pages that were recorded as pristine, at boot or hot-added,
 *	and have not gone offline so
 */
struct memmap_zone {
	struct memmap_extents set;
	unsigned long nr_recorded;
};

/**
 * struct memmap_report - the result of a drain
 * @list: entry in memmap_reports
 * @nid: node that was drained; NUMA_NO_NODE: all nodes
 * @nr_pages: pages drained
 * @us: microseconds from its begin to its end
 * @cpus: CPUs that drained at least one page
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

/* Root wants no drain any more, of hot-added memory neither. */
extern bool memmap_told_to_stop;

/* How many zones memmap_boot has room for */
extern unsigned int memmap_max_sets;

/* Results of all drains, in the order in which they ended */
extern struct list_head memmap_reports;
extern spinlock_t memmap_reports_lock;

/* Counts of pulls and chunks: most happen before ftrace can trace them. */
DECLARE_PER_CPU(unsigned long, memmap_nr_pulls);
DECLARE_PER_CPU(unsigned long, memmap_nr_chunks);

bool memmap_next_extent(struct memmap_extents *set, unsigned long *start_pfn,
			unsigned long *end_pfn);
int memmap_zone_extents(struct zone *zone);
void memmap_drain_added(void);
void memmap_move_begin(void);
void memmap_move_end(void);
void memmap_update_zones(void);
void memmap_update_zones_later(void);

#endif /* _MM_MEMMAP_KERNEL_KERNEL_H */
