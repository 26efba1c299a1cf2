// SPDX-License-Identifier: GPL-2.0-only
/* Nodes, their CPUs and their memory; where the memory comes from is elsewhere. */
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <linux/math.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "base/die.h"
#include "machine/topology.h"

/**
 * topology_from_nodes - an empty topology
 * @name: for reports
 * @nr_nodes: nodes, without CPUs or memory yet
 *
 * Return: the topology; never NULL, the process ends without memory.
 */
struct topology *topology_from_nodes(const char *name, unsigned int nr_nodes)
{
	struct topology *topology = xcalloc(1, sizeof(*topology));
	unsigned int i;

	topology->name = xstrdup(name);
	topology->source = xstrdup(name);
	topology->page_shift = PAGE_SHIFT;
	topology->nr_nodes = nr_nodes;
	topology->nodes = xcalloc(nr_nodes, sizeof(*topology->nodes));
	for (i = 0; i < nr_nodes; i++) {
		topology->nodes[i].id = i;
		topology->nodes[i].os_index = -1;
	}
	return topology;
}

/**
 * topology_free - the end of a topology
 * @topology: may be NULL
 */
void topology_free(struct topology *topology)
{
	unsigned int i;

	if (!topology)
		return;
	for (i = 0; i < topology->nr_nodes; i++)
		free(topology->nodes[i].ranges);
	free(topology->name);
	free(topology->source);
	free(topology->assumed);
	free(topology->nodes);
	free(topology);
}

/**
 * topology_assume - one more line of what a reader has to know
 * @topology: the topology
 * @file: whose description it is
 * @line: of the file; 0: no line in particular
 * @format: the text, without a full stop
 */
void topology_assume(struct topology *topology, const char *file,
		     unsigned int line, const char *format, ...)
{
	char *old = topology->assumed, *text, *place;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	place = line ? xasprintf("%s:%u", file, line) : xstrdup(file);
	topology->assumed = xasprintf("%s%s%s: %s", old ? old : "",
				      old ? "\n" : "", place, text);
	free(place);
	free(text);
	free(old);
}

/**
 * topology_add_range - more memory of a node, behind what it has
 * @topology: the topology
 * @nid: the node
 * @start_pfn: first page; not below the end of the node's other memory
 * @end_pfn: behind the last page
 */
void topology_add_range(struct topology *topology, unsigned int nid,
			unsigned long start_pfn, unsigned long end_pfn)
{
	struct topology_node *node = &topology->nodes[nid];
	unsigned int nr = node->nr_ranges++;

	node->ranges = xgrow(node->ranges, nr, sizeof(*node->ranges));
	node->ranges[nr] = (struct pfn_range){ start_pfn, end_pfn };
	topology->end_pfn = max(topology->end_pfn, end_pfn);
}

/**
 * topology_node_pages - memory of a node
 * @node: the node
 *
 * Return: in pages.
 */
unsigned long topology_node_pages(const struct topology_node *node)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		pages += node->ranges[i].end_pfn - node->ranges[i].start_pfn;
	return pages;
}

/**
 * topology_pages - memory of all nodes
 * @topology: the topology
 *
 * Return: in pages.
 */
unsigned long topology_pages(const struct topology *topology)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++)
		pages += topology_node_pages(&topology->nodes[i]);
	return pages;
}

/**
 * topology_node_bytes - memory of a node
 * @topology: the topology
 * @nid: the node
 *
 * Return: in bytes.
 */
unsigned long topology_node_bytes(const struct topology *topology,
				  unsigned int nid)
{
	return topology_node_pages(&topology->nodes[nid])
	       << topology->page_shift;
}

/**
 * topology_bytes - memory of all nodes
 * @topology: the topology
 *
 * Return: in bytes.
 */
unsigned long topology_bytes(const struct topology *topology)
{
	return topology_pages(topology) << topology->page_shift;
}

/**
 * topology_core_bytes - a size for the core, whose pages have 4 KiB
 * @topology: the topology
 * @bytes: a size on this machine
 *
 * Return: as many of the core's pages as @bytes are of the machine's, rounded
 * up to blocks, in bytes.
 */
unsigned long topology_core_bytes(const struct topology *topology,
				  unsigned long bytes)
{
	return round_up(max(bytes >> topology->page_shift, 1UL),
			MEMMAP_BLOCK_PAGES)
	       << PAGE_SHIFT;
}

/**
 * topology_section_pages - a section of sparsemem, Linux's unit of memory
 * @topology: the topology
 *
 * 128 MiB on x86-64 and arm64, but 512 MiB on arm64 with pages of 64 KiB
 * (SECTION_SIZE_BITS of Linux 6.12).
 *
 * Return: in pages.
 */
unsigned long topology_section_pages(const struct topology *topology)
{
	return 1UL << ((topology->page_shift < 16 ? 27 : 29) -
		       topology->page_shift);
}

/* Zones of x86-64 end here; only the last zone of a node is left for later. */
#define DMA_END	  (16UL << 20)
#define DMA32_END (4UL << 30)

/**
 * topology_first_deferred_in - the first page that Linux leaves for later
 * @topology: with all of its memory, reserved or not
 * @nid: a node that has memory
 * @zone_pfn: where the node's last zone begins
 * @section: pages of a section
 *
 * As defer_init() has it: all of the lower zones come early, then at least one
 * section, up to the next multiple of one.
 *
 * Return: its pfn; ULONG_MAX if there is none.
 */
unsigned long topology_first_deferred_in(const struct topology *topology,
					 unsigned int nid,
					 unsigned long zone_pfn,
					 unsigned long section)
{
	const struct topology_node *node = &topology->nodes[nid];
	unsigned long seen = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		unsigned long start = max(node->ranges[i].start_pfn, zone_pfn);
		unsigned long stop = node->ranges[i].end_pfn, pfn = start;

		if (start >= stop)
			continue;
		if (seen < section)
			pfn += section - seen;
		pfn = (pfn + section - 1) / section * section;
		if (pfn < stop)
			return pfn;
		seen += stop - start;
	}
	return ULONG_MAX;
}

/**
 * topology_first_deferred - the same on a machine with the zones of x86-64
 * @topology: as there
 * @nid: as there
 *
 * Return: as there.
 */
unsigned long topology_first_deferred(const struct topology *topology,
				      unsigned int nid)
{
	const struct topology_node *node = &topology->nodes[nid];
	unsigned long dma32 = DMA32_END >> topology->page_shift;
	unsigned long dma = DMA_END >> topology->page_shift;
	unsigned long end = node->ranges[node->nr_ranges - 1].end_pfn;

	return topology_first_deferred_in(topology, nid,
					  end > dma32 ? dma32 :
					  end > dma   ? dma :
							0,
					  topology_section_pages(topology));
}

/**
 * topology_node_cores - cores of a node
 * @node: the node
 */
unsigned int topology_node_cores(const struct topology_node *node)
{
	return node->nr_cores ? min(node->nr_cores, node->nr_cpus) :
				node->nr_cpus;
}

/**
 * topology_cpus - CPUs of all nodes
 * @topology: the topology
 */
unsigned int topology_cpus(const struct topology *topology)
{
	unsigned int cpus = 0, i;

	for (i = 0; i < topology->nr_nodes; i++)
		cpus += topology->nodes[i].nr_cpus;
	return cpus;
}

/*
 * Devices have the addresses from here to 4 GiB, as in Firecracker's guests.
 * Firmware of servers puts it between 2 GiB and 3.5 GiB.
 */
#define LOW_END (3328UL << 20)

/**
 * topology_add_memory - memory of a node that does not say where it lies
 * @topology: the topology; its end_pfn is 0 if no node has any yet
 * @nid: the node
 * @pages: how much
 *
 * As firmware does: the first node has what lies below the devices, and goes on
 * above 4 GiB. All others lie there, behind what there is, from a section on.
 */
void topology_add_memory(struct topology *topology, unsigned int nid,
			 unsigned long pages)
{
	unsigned long high = DMA32_END >> topology->page_shift;
	unsigned long start = TOPOLOGY_FIRST_PFN, low;

	if (!topology->end_pfn) {
		low = min(pages, (LOW_END >> topology->page_shift) - start);
		topology_add_range(topology, nid, start, start + low);
		pages -= low;
		start = high;
	} else {
		start = max(round_up(topology->end_pfn,
				     topology_section_pages(topology)),
			    high);
	}
	if (pages)
		topology_add_range(topology, nid, start, start + pages);
}

/**
 * topology_lay_out_plugs - give hot-added memory its place, behind the nodes'
 * @topology: whose nodes have theirs
 */
void topology_lay_out_plugs(struct topology *topology)
{
	unsigned long section = topology_section_pages(topology);
	unsigned long at = 4UL << (30 - topology->page_shift);
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		if (node->nr_ranges)
			at = max(at, node->ranges[node->nr_ranges - 1].end_pfn);
	}
	at = round_up(at, section);
	for (i = 0; i < topology->nr_plugs; i++) {
		struct pfn_range *range = &topology->plug[i].range;
		unsigned long pages = range->end_pfn - range->start_pfn;

		*range = (struct pfn_range){ at, at + pages };
		at += pages;
		topology->end_pfn = max(topology->end_pfn, at);
	}
}

/**
 * topology_lay_out - give each node memory, one behind the other
 * @topology: the topology
 * @pages: for each node; 0 for none
 */
void topology_lay_out(struct topology *topology, const unsigned long *pages)
{
	unsigned int i;

	topology->end_pfn = 0;
	for (i = 0; i < topology->nr_nodes; i++) {
		topology->nodes[i].nr_ranges = 0;
		if (pages[i])
			topology_add_memory(topology, i, pages[i]);
	}
	topology_lay_out_plugs(topology);
}

/**
 * topology_set_memory - the same machine with other memory
 * @topology: the topology
 * @bytes: for the whole machine, shared out as it was before
 *
 * Return: 0, or -1 if the machine has no memory to scale or less than a page is
 * asked for.
 */
int topology_set_memory(struct topology *topology, unsigned long bytes)
{
	unsigned long total = topology_pages(topology),
		      left = bytes >> topology->page_shift;
	unsigned long wanted = left, *pages;
	unsigned int i, last = 0;

	if (!total || !left)
		return -1;
	pages = xcalloc(topology->nr_nodes, sizeof(*pages));
	for (i = 0; i < topology->nr_nodes; i++) {
		unsigned long had = topology_node_pages(&topology->nodes[i]);

		pages[i] = (unsigned __int128)wanted * had / total;
		left -= pages[i];
		if (had)
			last = i;
	}
	pages[last] += left;
	topology_lay_out(topology, pages);
	free(pages);
	return 0;
}
