// SPDX-License-Identifier: GPL-2.0-only
/*
 * local: the boot thread moves to each node in turn and drains it, so that all
 * its stores go to local memory. It is as fast as one thread can be, because
 * nothing crosses the interconnect.
 */
#include <linux/numa.h>
#include "strategies.h"

static void local_late(struct memmap_boot *boot)
{
	unsigned int i;

	for (i = 0; i < boot->nr_sets; i++) {
		int nid = zone_to_nid(boot->sets[i]->zone);

		/* Once for each node: its zones are neighbours in the array. */
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
