// SPDX-License-Identifier: GPL-2.0-only
/* Nodes, their CPUs and their memory; where the memory comes from is elsewhere. */
#include <stdlib.h>
#include <linux/mm.h>
#include "base/die.h"
#include "machine/topology.h"

/* Below lie real mode, BIOS and option ROMs: never free, and a ragged start. */
#define FIRST_PFN 256UL

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
	topology->nr_nodes = nr_nodes;
	topology->nodes = xcalloc(nr_nodes, sizeof(*topology->nodes));
	for (i = 0; i < nr_nodes; i++)
		topology->nodes[i].os_index = -1;
	return topology;
}

/**
 * topology_free - the end of a topology
 * @topology: may be NULL
 */
void topology_free(struct topology *topology)
{
	if (!topology)
		return;
	free(topology->name);
	free(topology->source);
	free(topology->nodes);
	free(topology);
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

/**
 * topology_lay_out - give each node one range of memory, one behind the other
 * @topology: the topology
 * @pages: for each node; 0 for none
 */
void topology_lay_out(struct topology *topology, const unsigned long *pages)
{
	unsigned long pfn = FIRST_PFN;
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++) {
		struct topology_node *node = &topology->nodes[i];

		node->nr_ranges = 0;
		if (!pages[i])
			continue;
		node->nr_ranges = 1;
		node->ranges[0].start_pfn = pfn;
		pfn += pages[i];
		node->ranges[0].end_pfn = pfn;
	}
	topology->end_pfn = pfn;
}

/**
 * topology_set_memory - the same machine with other memory
 * @topology: the topology
 * @bytes: for the whole machine, shared out as it was before
 *
 * Return: 0, or -1 if the machine has no memory to scale.
 */
int topology_set_memory(struct topology *topology, unsigned long bytes)
{
	unsigned long total = topology_pages(topology),
		      left = bytes >> PAGE_SHIFT;
	unsigned long wanted = left, *pages;
	unsigned int i, last = 0;

	if (!total)
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
