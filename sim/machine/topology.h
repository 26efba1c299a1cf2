/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_TOPOLOGY_H
#define SIM_MACHINE_TOPOLOGY_H

/*
 * What a machine consists of, without what things cost on it: nodes, their
 * CPUs, their memory. Both the host, where a machine runs on real memory, and
 * the model, where it runs in virtual time, start from one of these.
 */
#include <stdbool.h>
#include "base/error.h"

#define TOPOLOGY_MAX_RANGES 64

/**
 * struct pfn_range - a run of memory
 * @start_pfn: first page
 * @end_pfn: behind the last page
 */
struct pfn_range {
	unsigned long start_pfn;
	unsigned long end_pfn;
};

/**
 * struct topology_node - one node of a described machine
 * @nr_cpus: CPUs; 0 for memory alone
 * @nr_ranges: memory ranges; 0 for CPUs alone
 * @ranges: sorted, free memory; what lies between is holes or reserved
 * @os_index: the real node of this host to bind to, -1 for none
 */
struct topology_node {
	unsigned int nr_cpus;
	unsigned int nr_ranges;
	struct pfn_range ranges[TOPOLOGY_MAX_RANGES];
	int os_index;
};

/**
 * struct topology - what the machine looks like
 * @name: for reports
 * @source: "this host", a file name, or the synthetic string
 * @nr_nodes: nodes
 * @nodes: the nodes
 * @end_pfn: behind the last page of all nodes
 */
struct topology {
	char *name;
	char *source;
	unsigned int nr_nodes;
	struct topology_node *nodes;
	unsigned long end_pfn;
};

struct topology *topology_from_nodes(const char *name, unsigned int nr_nodes);
void topology_lay_out(struct topology *topology, const unsigned long *pages);
int topology_set_memory(struct topology *topology, unsigned long bytes);
unsigned long topology_node_pages(const struct topology_node *node);
unsigned long topology_pages(const struct topology *topology);
unsigned int topology_cpus(const struct topology *topology);
void topology_free(struct topology *topology);

#endif /* SIM_MACHINE_TOPOLOGY_H */
