// SPDX-License-Identifier: GPL-2.0-only
/*
 * local: the boot thread visits each node in turn, so that every store is to
 * local memory. One thread's speed, but no interconnect in its way.
 */
#include <linux/memmap_init.h>
#include <linux/numa.h>

static void local_late(struct memmap_boot *boot)
{
	unsigned int i;

	for (i = 0; i < boot->nr_sets; i++) {
		int nid = zone_to_nid(boot->sets[i]->zone);

		/* Zones come grouped by node. */
		if (i && zone_to_nid(boot->sets[i - 1]->zone) == nid)
			continue;
		memmap_drain_init(&boot->drain, boot);
		boot->drain.nid = nid;
		boot->exec->run(&boot->drain, nid);
	}
}

const struct memmap_strategy memmap_local = {
	.name = "local",
	.summary = "the boot thread, on each node in turn; boot waits",
	.flags = MEMMAP_WAITS,
	.late = local_late,
};
