// SPDX-License-Identifier: GPL-2.0-only
/*
 * idle: ondemand while the machine boots. Then threads of idle priority write
 * the rest when a CPU has nothing else to do, so that first uses do not stay
 * dear.
 */
#include "strategies.h"

static void idle_late(struct memmap_boot *boot)
{
	boot->drain.after_boot = true;
	boot->drain.start_ns = 0;
	/* An allocation finds hardly any block that is being written. */
	boot->drain.batch_pages = MEMMAP_BLOCK_PAGES;
	memmap_drain_spawn(boot);
}

const struct memmap_strategy memmap_idle = {
	.name = "idle",
	.summary = "as ondemand, then idle CPUs write the rest",
	.flags = MEMMAP_ALL_CPUS,
	.late = idle_late,
};
