/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_YARDSTICK_H
#define SIM_HOST_YARDSTICK_H

/*
 * What a strategy is compared with, on the same memmap with the same threads:
 * mainline's two passes, and the roofline, a plain fill as fast as the host can.
 * And what it costs to have a CPU of this host do something.
 */
#include "host/host.h"

u64 mainline_run(struct host *host, unsigned int threads);
void mainline_early(struct host *host);
u64 mainline_late(struct host *host, unsigned int threads);
void mainline_range(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn);
u64 roofline_run(struct host *host, unsigned int threads);
void roofline_fill(char *to, size_t bytes, bool nt);

/* calls.c */
double host_call_ns(struct host *host);
double host_wakeup_ns(struct host *host);
double host_spawn_ns(struct host *host);
double host_migrate_ns(struct host *host);

#endif /* SIM_HOST_YARDSTICK_H */
