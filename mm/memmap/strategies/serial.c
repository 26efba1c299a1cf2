// SPDX-License-Identifier: GPL-2.0-only
/*
 * serial: the boot CPU drains everything before other CPUs start. It is the
 * simplest strategy, and what the others are compared with.
 */
#include <linux/numa.h>
#include "strategies.h"

static void serial_early(struct memmap_boot *boot)
{
	boot->exec->run(&boot->drain, NUMA_NO_NODE);
}

const struct memmap_strategy memmap_serial = {
	.name = "serial",
	.summary = "the boot CPU alone, before SMP; boot waits",
	.flags = MEMMAP_WAITS,
	.early = serial_early,
};
