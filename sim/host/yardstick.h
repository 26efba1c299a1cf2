/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_YARDSTICK_H
#define SIM_HOST_YARDSTICK_H

#include "host/host.h"

/*
 * The two yardsticks, mainline and roofline, on the same memmap with the same
 * threads. Both return ns; the machine must be reset afterwards.
 */
u64 mainline_run(struct host *host, unsigned int threads);
u64 roofline_run(struct host *host, unsigned int threads);
/* What they are made of: a range of one zone, and plain bytes. */
void mainline_range(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn);
void roofline_fill(char *to, size_t bytes, bool nt);

#endif /* SIM_HOST_YARDSTICK_H */
