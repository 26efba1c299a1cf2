/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_MMZONE_H
#define SIM_LINUX_MMZONE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#define MAX_PAGE_ORDER	   10
#define NR_PAGE_ORDERS	   (MAX_PAGE_ORDER + 1)
#define MAX_ORDER_NR_PAGES (1UL << MAX_PAGE_ORDER)

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_TYPES
};
enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL };
enum zone_stat_item { NR_FREE_PAGES, NR_VM_ZONE_STAT_ITEMS };

struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	unsigned long nr_free;
};

struct memmap_extents;
struct hist;

struct zone {
	int node;
	unsigned long zone_start_pfn;
	unsigned long spanned_pages;
	atomic_long_t managed_pages;
	atomic_long_t vm_stat[NR_VM_ZONE_STAT_ITEMS];
	struct memmap_extents *pristine;
	struct hist *hold;
	spinlock_t lock;
	struct free_area free_area[NR_PAGE_ORDERS];
};

#define zone_idx(zone)	  ((void)(zone), ZONE_NORMAL)
#define zone_to_nid(zone) ((zone)->node)
#define __mod_zone_page_state(zone, item, delta) \
	atomic_long_add(delta, &(zone)->vm_stat[item])
#define zone_page_state(zone, item) atomic_long_read(&(zone)->vm_stat[item])

#endif /* SIM_LINUX_MMZONE_H */
