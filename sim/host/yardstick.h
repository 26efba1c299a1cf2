/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_YARDSTICK_H
#define SIM_HOST_YARDSTICK_H

/*
 * What a strategy is compared with, on the same memmap with the same threads:
 * mainline's two passes, and the roofline, a plain fill as fast as the host can.
 */
#include "host/host.h"

u64 mainline_run(struct host *host, unsigned int threads);
void mainline_range(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn);
u64 roofline_run(struct host *host, unsigned int threads);
void roofline_fill(char *to, size_t bytes, bool nt);

#endif /* SIM_HOST_YARDSTICK_H */
