// SPDX-License-Identifier: GPL-2.0-only
/*
 * deferred: mainline's deferred initialisation does all the work. No page is
 * recorded as pristine, so there is nothing to drain.
 */
#include "strategies.h"

const struct memmap_strategy memmap_deferred = {
	.name = "deferred",
	.summary =
		"mainline: a thread per node and its helpers, two passes; boot waits",
	.flags = MEMMAP_WAITS | MEMMAP_MAINLINE | MEMMAP_ALL_CPUS,
};
