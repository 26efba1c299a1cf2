// SPDX-License-Identifier: GPL-2.0-only
/*
 * Set a machine up and take it down. Its memmap is reserved address space of
 * full size, so pfn_to_page() is as simple as in Linux, and only what a strategy
 * writes costs memory.
 */
#include <numa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/math.h>
#include "base/die.h"
#include "host/internal.h"
#include "shim/internal.h"
#include "shim/zone.h"

/* A huge page of this host */
#define HUGE_BYTES (2UL << 20)

/*
 * Address space of whole huge pages. Small pages would lie before the first and
 * behind the last of them, which are slower to write, and how many would differ
 * from run to run.
 */
static void *reserve(size_t bytes)
{
	size_t more = bytes + HUGE_BYTES, before;
	char *p = mmap(NULL, more, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p % HUGE_BYTES;
	if (before)
		munmap(p, before);
	munmap(p + before + bytes, HUGE_BYTES - before);
	return p + before;
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
	free(host->early_end);
	free(host->reserved);
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
 * Return: the machine, NULL if there is no address space for the memmap or too
 * many threads were asked for.
 */
struct host *host_create(const struct topology *topology, unsigned int threads,
			 struct error *error)
{
	struct host *host = xcalloc(1, sizeof(*host));
	unsigned long blocks = topology->end_pfn / MEMMAP_BLOCK_PAGES + 1;
	unsigned int i;

	host->topology = topology;
	host->threads = threads;
	host->memmap_bytes =
		round_up(blocks * MEMMAP_BLOCK_PAGES * sizeof(struct page),
			 HUGE_BYTES);
	host->pageblock_bytes = round_up(blocks * 2, HUGE_BYTES);
	host->cpu_nid = xcalloc(threads, sizeof(*host->cpu_nid));
	host->cpu_index = xcalloc(threads, sizeof(*host->cpu_index));
	host->os_cpu = xcalloc(threads, sizeof(*host->os_cpu));
	host->spawned = xcalloc(threads, sizeof(*host->spawned));
	host->zone = xcalloc(topology->nr_nodes, sizeof(*host->zone));
	host->zone_node = xcalloc(topology->nr_nodes, sizeof(*host->zone_node));
	host->early_end = xcalloc(topology->nr_nodes, sizeof(*host->early_end));
	host->reserved = xcalloc(topology->nr_nodes, sizeof(*host->reserved));
	host->set = xcalloc(topology->nr_nodes, sizeof(*host->set));
	host->set_ptr = xcalloc(topology->nr_nodes, sizeof(*host->set_ptr));
	for (i = 0; i < topology->nr_nodes; i++)
		if (topology->nodes[i].nr_ranges)
			host->zone_node[host->nr_boot_zones++] = i;
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

/**
 * struct touch - memory that all CPUs touch, each its share
 * @start: first byte
 * @bytes: all of it
 * @threads: CPUs
 */
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

/* On real nodes, it is bound to the one that it belongs to first. */
static void prefault(struct host *host, const struct pfn_range *range,
		     const struct topology_node *node)
{
	struct touch t = {
		.start = (char *)pfn_to_page(range->start_pfn),
		.bytes = (range->end_pfn - range->start_pfn) *
			 sizeof(struct page),
		.threads = host->threads,
	};

	if (numa_available() >= 0 && numa_max_node() && node->os_index >= 0)
		numa_tonode_memory(t.start, t.bytes, node->os_index);
	host_on_each_cpu(host, touch, &t);
}

/**
 * host_prefault - touch the whole memmap, so that no strategy pays for faults
 * @host: the machine
 *
 * What holes would have of it is left alone.
 */
void host_prefault(struct host *host)
{
	const struct topology *topology = host->topology;
	unsigned int i, j;

	madvise(vmemmap, host->memmap_bytes, MADV_HUGEPAGE);
	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		for (j = 0; j < node->nr_ranges; j++)
			prefault(host, &node->ranges[j], node);
	}
	for (i = 0; i < topology->nr_plugs; i++)
		prefault(host, &topology->plug[i].range,
			 &topology->nodes[topology->plug[i].node]);
}

/**
 * host_zones_init - zones with nothing in them
 * @host: the machine
 */
void host_zones_init(struct host *host)
{
	unsigned int i;

	host->nr_zones = host->nr_boot_zones;
	host->nr_plugged = 0;
	for (i = 0; i < host->nr_zones; i++) {
		const struct topology_node *node =
			&host->topology->nodes[host->zone_node[i]];

		sim_zone_init(&host->zone[i], host->zone_node[i],
			      node->ranges[0].start_pfn,
			      node->ranges[node->nr_ranges - 1].end_pfn);
	}
}

/**
 * host_reset - empty zones and a memmap that is not initialised
 * @host: the machine; waits for its background threads
 *
 * What was written into the memmap stays there and means nothing.
 */
void host_reset(struct host *host)
{
	host_wait(host);
	tables_free(host);
	host_zones_init(host);
	/* By hand: boot would wait for page faults, which a kernel has not. */
	memset(sim_pageblock, 0, host->pageblock_bytes);
	memset(&host->boot, 0, sizeof(host->boot));
}

/**
 * host_boot_state - what strategies, drains and pulls work on
 * @host: the machine
 *
 * Return: the state of the boot under way.
 */
struct memmap_boot *host_boot_state(struct host *host)
{
	return &host->boot;
}

/**
 * host_zone - one zone
 * @host: the machine
 * @i: from 0; zones are in the order of nodes, and of those that get memory later
 *	in the order of that
 *
 * Return: the zone.
 */
struct zone *host_zone(struct host *host, unsigned int i)
{
	return &host->zone[i];
}

/**
 * host_nr_zones - how many zones there are
 * @host: the machine
 *
 * Return: one for each node that has memory by now.
 */
unsigned int host_nr_zones(const struct host *host)
{
	return host->nr_zones;
}

/**
 * host_threads - how many CPUs run
 * @host: the machine
 *
 * Return: @threads of host_create().
 */
unsigned int host_threads(const struct host *host)
{
	return host->threads;
}

/**
 * host_pages - how much memory the machine has
 * @host: the machine
 *
 * Return: pages.
 */
unsigned long host_pages(const struct host *host)
{
	return topology_pages(host->topology);
}

/**
 * host_plugged - how much hot-added memory is online
 * @host: the machine
 *
 * Return: pages.
 */
unsigned long host_plugged(const struct host *host)
{
	return host->nr_plugged ? topology_plug_pages(host->topology) : 0;
}

/**
 * host_topology - what the machine looks like
 * @host: the machine
 *
 * Return: @topology of host_create().
 */
const struct topology *host_topology(const struct host *host)
{
	return host->topology;
}

/**
 * host_cpus - CPUs that drain
 * @host: the machine
 * @per_node: threads= of a boot line, the most CPUs of a node; 0: all of them
 *
 * Return: how many.
 */
unsigned int host_cpus(const struct host *host, unsigned int per_node)
{
	unsigned int cpu, nr = 0;

	for (cpu = 0; cpu < host->threads; cpu++)
		nr += !per_node || host->cpu_index[cpu] < per_node;
	return nr;
}
