// SPDX-License-Identifier: GPL-2.0-only
/*
 * async: background threads on each node drain while boot and user space go on.
 * An allocation that finds the free lists empty before they are done pulls.
 */
#include "strategies.h"

static void async_late(struct memmap_boot *boot)
{
	memmap_drain_spawn(boot);
}

const struct memmap_strategy memmap_async = {
	.name = "async",
	.summary = "background threads per node; boot goes on at once",
	.flags = MEMMAP_ALL_CPUS,
	.late = async_late,
};
