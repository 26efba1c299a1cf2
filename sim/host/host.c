// SPDX-License-Identifier: GPL-2.0-only
/*
 * A described machine in this process.
 *
 * Its memmap is reserved address space at full size, so pfn_to_page() is as
 * simple as in Linux, and only what a strategy writes costs memory.
 */
#include <numa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "base/die.h"
#include "host/buddy.h"
#include "host/internal.h"
#include "shim/internal.h"
#include "shim/zone.h"

bool host_core(const struct pfn_range *range, unsigned long *start_pfn,
	       unsigned long *end_pfn)
{
	*start_pfn = (range->start_pfn + MEMMAP_BLOCK_PAGES - 1) /
		     MEMMAP_BLOCK_PAGES * MEMMAP_BLOCK_PAGES;
	*end_pfn = range->end_pfn / MEMMAP_BLOCK_PAGES * MEMMAP_BLOCK_PAGES;
	return *start_pfn < *end_pfn;
}

static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Spread threads over nodes in proportion to the nodes' CPUs. */
static void place_cpus(struct host *host)
{
	const struct topology *topology = host->topology;
	unsigned long total = 0, before = 0;
	unsigned int i, cpu = 0, index;

	for (i = 0; i < topology->nr_nodes; i++)
		total += topology->nodes[i].nr_cpus;
	for (i = 0; i < topology->nr_nodes && total; i++) {
		before += topology->nodes[i].nr_cpus;
		for (index = 0; cpu < host->threads &&
				cpu * total < before * host->threads;
		     index++, cpu++) {
			host->cpu_nid[cpu] = i;
			host->cpu_index[cpu] = index;
		}
	}
}

static void host_free(struct host *host)
{
	if (vmemmap)
		munmap(vmemmap, host->memmap_bytes);
	if (sim_pageblock)
		munmap(sim_pageblock, host->pageblock_bytes);
	vmemmap = NULL;
	sim_pageblock = NULL;
	free(host->cpu_nid);
	free(host->cpu_index);
	free(host->os_cpu);
	free(host->spawned);
	free(host->zone);
	free(host->zone_node);
	free(host->set);
	free(host->set_ptr);
	free(host);
}

/**
 * host_create - reserve a machine
 * @topology: what it looks like; must outlive it
 * @threads: CPUs that really run
 * @error: why not
 *
 * Only one machine at a time.
 *
 * Return: the machine, NULL if address space or threads run out.
 */
struct host *host_create(const struct topology *topology, unsigned int threads,
			 struct error *error)
{
	struct host *host = xcalloc(1, sizeof(*host));
	unsigned long blocks = topology->end_pfn / MEMMAP_BLOCK_PAGES + 1;
	unsigned int i;

	host->topology = topology;
	host->threads = threads;
	host->memmap_bytes = blocks * MEMMAP_BLOCK_PAGES * sizeof(struct page);
	host->pageblock_bytes = blocks * 2;
	host->cpu_nid = xcalloc(threads, sizeof(*host->cpu_nid));
	host->cpu_index = xcalloc(threads, sizeof(*host->cpu_index));
	host->os_cpu = xcalloc(threads, sizeof(*host->os_cpu));
	host->spawned = xcalloc(threads, sizeof(*host->spawned));
	host->zone = xcalloc(topology->nr_nodes, sizeof(*host->zone));
	host->zone_node = xcalloc(topology->nr_nodes, sizeof(*host->zone_node));
	host->set = xcalloc(topology->nr_nodes, sizeof(*host->set));
	host->set_ptr = xcalloc(topology->nr_nodes, sizeof(*host->set_ptr));
	for (i = 0; i < topology->nr_nodes; i++)
		if (topology->nodes[i].nr_ranges)
			host->zone_node[host->nr_zones++] = i;
	place_cpus(host);

	vmemmap = reserve(host->memmap_bytes);
	sim_pageblock = reserve(host->pageblock_bytes);
	if (!vmemmap || !sim_pageblock) {
		error_set(error, topology->name, 0, NULL,
			  "no address space for a memmap of %zu bytes; use a smaller --mem",
			  host->memmap_bytes);
		host_free(host);
		return NULL;
	}
	if (tasks_start(host)) {
		error_set(error, topology->name, 0, NULL,
			  "cannot start %u threads; use fewer",
			  2 * threads - 1);
		host_free(host);
		return NULL;
	}
	host_zones_init(host);
	return host;
}

static void tables_free(struct host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr_zones; i++) {
		free(host->set[i].table);
		host->set[i].table = NULL;
	}
	sim_rcu_barrier();
}

/**
 * host_destroy - take a machine down
 * @host: may be NULL
 */
void host_destroy(struct host *host)
{
	if (!host)
		return;
	host_wait(host);
	tasks_stop(host);
	tables_free(host);
	host_free(host);
}

struct touch {
	char *start;
	size_t bytes;
	unsigned int threads;
};

static void touch(void *arg, unsigned int cpu)
{
	struct touch *t = arg;
	size_t share = (t->bytes / t->threads + (2 << 20)) & ~((2UL << 20) - 1);
	size_t from = share * cpu, to = min(from + share, t->bytes);

	for (; from < to; from += PAGE_SIZE)
		((volatile char *)t->start)[from] = 0;
}

/**
 * host_prefault - touch the whole memmap
 * @host: the machine
 *
 * On real nodes, each node's part of the memmap is bound to it first.
 */
void host_prefault(struct host *host)
{
	struct touch t = {
		.start = (char *)vmemmap,
		.bytes = host->memmap_bytes,
		.threads = host->threads,
	};
	unsigned int i, j;

	madvise(vmemmap, host->memmap_bytes, MADV_HUGEPAGE);
	for (i = 0; i < host->topology->nr_nodes; i++) {
		const struct topology_node *node = &host->topology->nodes[i];

		if (node->os_index < 0 || numa_available() < 0 ||
		    !numa_max_node())
			continue;
		for (j = 0; j < node->nr_ranges; j++)
			numa_tonode_memory(pfn_to_page(
						   node->ranges[j].start_pfn),
					   (node->ranges[j].end_pfn -
					    node->ranges[j].start_pfn) *
						   sizeof(struct page),
					   node->os_index);
	}
	host_on_each_cpu(host, touch, &t);
}

/* Empty zones, nothing in them. */
void host_zones_init(struct host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		sim_zone_init(&host->zone[i], host->zone_node[i],
			      node->ranges[0].start_pfn,
			      node->ranges[node->nr_ranges - 1].end_pfn);
	}
}

/**
 * host_reset - forget everything
 * @host: the machine
 */
void host_reset(struct host *host)
{
	host_wait(host);
	tables_free(host);
	host_zones_init(host);
	/* Private anonymous memory: reads as zeroes again. */
	madvise(sim_pageblock, host->pageblock_bytes, MADV_DONTNEED);
	memset(&host->boot, 0, sizeof(host->boot));
	host->drain_begun = false;
}

static void edge_init(struct zone *zone, unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++) {
		__init_single_page(pfn_to_page(pfn), pfn, zone_idx(zone),
				   zone->node);
		pfn_to_page(pfn)->flags |= PG_RESERVED;
	}
}

static void edge_free(struct zone *zone, unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++) {
		__ClearPageReserved(pfn_to_page(pfn));
		set_pageblock_migratetype(pfn_to_page(pfn), MIGRATE_MOVABLE);
		atomic_long_add(1, &zone->managed_pages);
		buddy_free(zone, pfn_to_page(pfn), 0);
	}
}

/*
 * Blocks that are free in part: every descriptor in them must be written
 * before the first page is freed, because the allocator looks at neighbours.
 */
static void edges(struct host *host, unsigned int zone_index,
		  void (*fn)(struct zone *zone, unsigned long pfn,
			     unsigned long end),
		  bool whole_blocks)
{
	const struct topology_node *node =
		&host->topology->nodes[host->zone_node[zone_index]];
	struct zone *zone = &host->zone[zone_index];
	unsigned long zone_end = zone->zone_start_pfn + zone->spanned_pages;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		const struct pfn_range *range = &node->ranges[i];
		unsigned long start, end, low = range->start_pfn;
		unsigned long high = range->end_pfn;

		if (!host_core(range, &start, &end))
			start = end = high;
		if (whole_blocks) {
			/* down and up to the ends of the blocks */
			unsigned long mask = MEMMAP_BLOCK_PAGES - 1;

			low = max(low & ~mask, zone->zone_start_pfn);
			high = min((high + mask) & ~mask, zone_end);
			if (start == end)
				start = end = high;
		}
		fn(zone, low, start);
		fn(zone, end, high);
	}
}

void host_free_edges(struct host *host)
{
	unsigned int i;

	/* Zones may share a block: holes first, then what is free, then free. */
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_init, true);
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_init, false);
	for (i = 0; i < host->nr_zones; i++)
		edges(host, i, edge_free, false);
}

/**
 * host_boot_begin - zones, extents, edges
 * @host: the machine, reset
 * @param: what the boot line asks for
 */
void host_boot_begin(struct host *host, const struct memmap_param *param)
{
	unsigned int i, j;

	memmap_boot_init(&host->boot, param, &omp_executor, host->set_ptr);
	host_free_edges(host);
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];
		/* A slot per range, per claim (CPU or thread), some to split. */
		unsigned int capacity = node->nr_ranges +
					2 * min(host->threads, 64U) + 4;
		struct memmap_extent_table *table =
			malloc(memmap_table_bytes(capacity));

		if (!table)
			abort();
		memmap_extents_init(&host->set[i], &host->zone[i], table,
				    capacity);
		memmap_boot_add(&host->boot, &host->set[i]);
		for (j = 0; j < node->nr_ranges; j++) {
			unsigned long start = node->ranges[j].start_pfn;
			unsigned long end = node->ranges[j].end_pfn;

			memmap_boot_record(&host->set[i], &start, &end);
		}
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
 * host_wait - until the background threads have finished
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

struct memmap_boot *host_boot_state(struct host *host)
{
	return &host->boot;
}

struct zone *host_zone(struct host *host, unsigned int i)
{
	return &host->zone[i];
}

unsigned int host_nr_zones(const struct host *host)
{
	return host->nr_zones;
}

unsigned int host_threads(const struct host *host)
{
	return host->threads;
}

unsigned long host_pages(const struct host *host)
{
	return topology_pages(host->topology);
}
