/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_SHIM_ZONE_H
#define SIM_SHIM_ZONE_H

/*
 * The Linux that the core sees on the host. linux/ and kunit/ hold headers with
 * the names of Linux's, each with as much in it as the core and its tests use;
 * zone.c holds the state behind them.
 *
 *	mm/memmap/    #include <linux/mmzone.h>
 *	                  |  kernel: Linux's own
 *	                  |  host: shim/linux/mmzone.h
 *
 * Here is what the host sets up as Linux does early in boot: zones, and the
 * migrate types of pageblocks.
 */
#include <linux/mmzone.h>

/* Migrate types, a byte a pageblock; reserved and freed by the host. */
extern u8 *sim_pageblock;

void sim_zone_init(struct zone *zone, int nid, unsigned long start_pfn,
		   unsigned long end_pfn);

#endif /* SIM_SHIM_ZONE_H */
