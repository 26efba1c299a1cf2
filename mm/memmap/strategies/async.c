// SPDX-License-Identifier: GPL-2.0-only
/*
 * async: threads on every node drain it while boot and user space go on. Who
 * allocates faster than they drain pulls what it needs.
 */
#include <linux/memmap_init.h>
#include <linux/numa.h>

static void async_late(struct memmap_boot *boot)
{
	struct memmap_worker boot_thread;
	unsigned int i;

	/* Joins first and leaves last: no early thread takes itself for that. */
	memmap_worker_init(&boot_thread, &boot->drain, 0, NUMA_NO_NODE);

	for (i = 0; i < boot->nr_sets; i++) {
		int nid = zone_to_nid(boot->sets[i]->zone);

		/* Zones come grouped by node. */
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
