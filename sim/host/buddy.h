/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_BUDDY_H
#define SIM_HOST_BUDDY_H

#include <linux/memmap_init.h>
#include <linux/mmzone.h>

/* As Linux does it, less what the memmap has no part in */
struct page *buddy_alloc(struct memmap_boot *boot, struct zone *zone,
			 unsigned int order, int migratetype);
void buddy_free(struct zone *zone, struct page *page, unsigned int order);
/* Record how long buddy_alloc() and its pulls hold the zone lock. */
struct hist;
void buddy_profile(struct zone *zone, bool on);
void buddy_profile_read(struct zone *zone, struct hist *hist);

#endif /* SIM_HOST_BUDDY_H */
