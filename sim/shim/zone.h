/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_SHIM_ZONE_H
#define SIM_SHIM_ZONE_H

/* Zones and pageblocks: what Linux sets up before the memmap has a part in it. */
#include <linux/mmzone.h>

/* A byte a pageblock; the pages of it that nobody uses cost nothing. */
extern u8 *sim_pageblock;

void sim_zone_init(struct zone *zone, int nid, unsigned long start_pfn,
		   unsigned long end_pfn);

#endif /* SIM_SHIM_ZONE_H */
