/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What part C's table and workers take of Linux and sim/shim lacks, beside what
 * part B's table does; included before each of their files.
 */
#include "part_b.h"
#include <linux/align.h>

#define node_distance(a, b)   ((a) == (b) ? 10 : 20 + ((a) ^ (b)))
#define num_online_cpus()     4UL
#define sched_clock()	      0
#define clamp(val, low, most) min(max(val, low), most)

#define list_for_each_entry_lockless(pos, head, member)              \
	for ((pos) = (void *)(head)->next; &(pos)->member != (head); \
	     (pos) = (void *)(pos)->member.next)

struct zone;
void memmap_page_init(struct zone *zone, unsigned long start_pfn,
		      unsigned long nr_pages);
