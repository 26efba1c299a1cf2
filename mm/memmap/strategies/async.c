// SPDX-License-Identifier: GPL-2.0-only
/*
 * async: background threads on each node drain while boot and user space go on.
 * An allocation that finds the free lists empty before they are done pulls.
 */
#include <linux/numa.h>
#include "strategies.h"

static void async_late(struct memmap_boot *boot)
{
	struct memmap_worker boot_thread;
	unsigned int i;

	/*
	 * The boot thread is a worker while it spawns the others. Otherwise the
	 * first of them could finish before the second one is added, would be
	 * the last worker, and would end the drain.
	 */
	memmap_worker_init(&boot_thread, &boot->drain, 0, NUMA_NO_NODE);

	for (i = 0; i < boot->nr_sets; i++) {
		int nid = zone_to_nid(boot->sets[i]->zone);

		/* Once for each node: its zones are neighbours in the array. */
		if (!i || zone_to_nid(boot->sets[i - 1]->zone) != nid)
			boot->exec->spawn(&boot->drain, nid);
	}
	memmap_drain_finish(&boot->drain, &boot_thread);
}

const struct memmap_strategy memmap_async = {
	.name = "async",
	.summary = "background threads per node; boot goes on at once",
	.flags = MEMMAP_ALL_CPUS,
	.late = async_late,
};
