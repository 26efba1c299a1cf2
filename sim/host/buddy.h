/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_BUDDY_H
#define SIM_HOST_BUDDY_H

/* The page allocator of a machine on the host. */
#include <linux/memmap_init.h>
#include <linux/mmzone.h>

struct hist;

struct page *buddy_alloc(struct memmap_boot *boot, struct zone *zone,
			 unsigned int order, int migratetype);
void buddy_free(struct zone *zone, struct page *page, unsigned int order);
void buddy_profile_begin(struct zone *zone);
void buddy_profile_end(struct zone *zone, struct hist *hist);

#endif /* SIM_HOST_BUDDY_H */
