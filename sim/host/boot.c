// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot of a machine on real memory, as Linux does it: what is not in whole
 * free blocks is initialised at once, the rest is recorded and left to the
 * strategy.
 */
#include <asm/memmap_store.h>
#include "base/die.h"
#include "host/internal.h"
#include "host/yardstick.h"
#include "shim/internal.h"

/**
 * host_add_set - extents of a zone, which has none yet
 * @host: the machine
 * @zone: which
 */
void host_add_set(struct host *host, unsigned int zone)
{
	const struct topology_node *node =
		&host->topology->nodes[host->zone_node[zone]];
	/* A slot per range, per claim (CPU or thread), some to split. */
	unsigned int capacity = node->nr_ranges + host->topology->nr_plugs +
				2 * min(host->threads, 64U) + 4;
	struct memmap_extent_table *table =
		xrealloc(NULL, 1, memmap_table_bytes(capacity));

	memmap_extents_init(&host->set[zone], &host->zone[zone], table,
			    capacity);
	memmap_boot_add(&host->boot, &host->set[zone]);
}

/*
 * The boot CPU writes early memory as the kernel does what is reserved, with
 * memmap_page_reserve(): a range at a time, by stores that bypass the cache
 * unless the boot line says otherwise. Here it is free afterwards.
 */
static void early_init(struct memmap_boot *boot, struct memmap_extents *set,
		       unsigned long end_pfn)
{
	unsigned long pfn = 0, run_end_pfn = end_pfn, flags;
	enum memmap_store store = boot->store;
	bool busy;

	if (store == MEMMAP_STORE_AUTO && MEMMAP_HAVE_NT)
		boot->store = MEMMAP_STORE_NT;
	spin_lock_irqsave(&set->zone->lock, flags);
	while (memmap_extents_find(set, &pfn, &run_end_pfn, &busy)) {
		boot->exec->init(boot, set, pfn, run_end_pfn - pfn);
		boot->exec->busy(boot, set, run_end_pfn - pfn);
		boot->exec->free(boot, set, pfn, run_end_pfn - pfn);
		/* There is room to split: no block is busy yet. */
		memmap_extents_remove(set, pfn, run_end_pfn);
		pfn = run_end_pfn;
		run_end_pfn = end_pfn;
	}
	spin_unlock_irqrestore(&set->zone->lock, flags);
	boot->store = store;
}

/**
 * host_boot_begin - zones, extents, edges, early memory
 * @host: the machine, reset
 * @param: what the boot line asks for
 */
void host_boot_begin(struct host *host, const struct memmap_param *param)
{
	unsigned int i, j;

	memmap_boot_init(&host->boot, param, &host_executor, host->set_ptr);
	host->boot.param.chunk_bytes = topology_core_bytes(host->topology,
							   param->chunk_bytes);
	host_free_edges(host);
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		host_add_set(host, i);
		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start = node->ranges[j].start_pfn;
			unsigned long end = node->ranges[j].end_pfn;

			memmap_boot_record(&host->set[i], &start, &end);
		}
		early_init(&host->boot, &host->set[i],
			   host_late(host, i, false));
	}
}

/**
 * host_boot - run the strategy until boot would go on
 * @host: after host_boot_begin()
 */
void host_boot(struct host *host)
{
	memmap_boot_early(&host->boot);
	memmap_boot_late(&host->boot);
}

/**
 * host_wait - wait until the background threads have finished
 * @host: the machine
 */
void host_wait(struct host *host)
{
	executor_wait(host);
}

/**
 * host_pull_all - pull what is pristine, as allocations would
 * @host: the machine
 * @max_pages: no more than this
 */
void host_pull_all(struct host *host, unsigned long max_pages)
{
	unsigned long flags, pulled = 0;
	unsigned int i;
	bool more;

	for (i = 0; i < host->nr_zones; i++) {
		struct zone *zone = &host->zone[i];

		do {
			if (pulled >= max_pages)
				return;
			spin_lock_irqsave(&zone->lock, flags);
			more = memmap_pull(&host->boot, zone, MIGRATE_MOVABLE);
			spin_unlock_irqrestore(&zone->lock, flags);
			pulled += MEMMAP_BLOCK_PAGES;
		} while (more);
	}
}
