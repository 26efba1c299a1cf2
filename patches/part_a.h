/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What part A takes of Linux and sim/shim lacks; included before each of its
 * files.
 */
#include <limits.h>
#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "../sim/shim/internal.h"

#define CONFIG_DEFERRED_STRUCT_PAGE_INIT 1
#define CONFIG_ZONE_DEVICE		 1
#define PAGES_PER_SECTION		 32768UL
#define SZ_128M				 0x08000000
#define __GFP_NOFAIL			 0
#define __meminit
#define unrolled_count(n)	     _Pragma("GCC unroll 16")
#define ____cacheline_aligned_in_smp __attribute__((aligned(64)))

#define atomic_long_fetch_add(i, v) \
	__atomic_fetch_add(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_long_sub_return(i, v) \
	__atomic_sub_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST)

#define nr_node_ids		   4
#define node_distance(a, b)	   ((a) == (b) ? 10 : 20 + ((a) ^ (b)))
#define kcalloc(nr, bytes, gfp)	   calloc(nr, bytes)
#define jiffies			   0
#define jiffies_to_msecs(jiffies_) ((unsigned int)(jiffies_))

void memmap_page_init(struct zone *zone, unsigned long start_pfn,
		      unsigned long nr_pages);
void memmap_page_fill(struct page *page, unsigned long nr_pages,
		      const struct page *template);
void memmap_page_copy(struct page *page, unsigned long nr_pages,
		      const struct page *template);
void memmap_extents_add(struct zone *zone, unsigned long start_pfn,
			unsigned long end_pfn);
