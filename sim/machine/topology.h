/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_TOPOLOGY_H
#define SIM_MACHINE_TOPOLOGY_H

/*
 * What a machine consists of, without what things cost on it: nodes, their
 * CPUs, their memory. Both the host, where a machine runs on real memory, and
 * the model, where it runs in virtual time, start from one of these.
 *
 * Memory is counted in pages of the machine, whatever their size: a descriptor
 * costs the same for 4 KiB and for 64 KiB. What is given or shown in bytes goes
 * through @page_shift; PAGE_SHIFT of the shims is the core's own and no
 * machine's.
 */
#include <stdbool.h>
#include "base/error.h"

/*
 * Where memory begins that is given without an address: below lie real mode,
 * BIOS and option ROMs, never free, and a ragged start.
 */
#define TOPOLOGY_FIRST_PFN 256UL

/* sizeof(struct page), as of 64-bit kernels */
#define TOPOLOGY_DESCRIPTOR_BYTES 64UL

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
 * @id: what the machine's kernel calls it; its place among the nodes, unless
 *	the numbers have gaps
 * @nr_cpus: CPUs; 0 for memory alone
 * @nr_cores: cores that have these CPUs as their threads; 0: as many as CPUs.
 *	CPUs 0 to @nr_cores - 1 are the first threads, as Linux numbers them
 * @nr_ranges: memory ranges; 0 for CPUs alone
 * @ranges: sorted, free memory; what lies between is holes or reserved; as many
 *	as topology_add_range() was given
 * @os_index: the real node of this host to bind to, -1 for none
 */
struct topology_node {
	unsigned int id;
	unsigned int nr_cpus;
	unsigned int nr_cores;
	unsigned int nr_ranges;
	struct pfn_range *ranges;
	int os_index;
};

/* Pieces of memory that are hot-added, at most. */
#define TOPOLOGY_MAX_PLUGS 16
/* And when the last one arrives: within a day. */
#define TOPOLOGY_MAX_PLUG_NS 86400e9

/**
 * struct topology_plug - memory that is hot-added
 * @node: the place of its node among the nodes
 * @range: whole sections, behind all memory that is there before
 * @at_ns: when it arrives, from the begin of boot; before boot goes on nobody
 *	looks at it
 */
struct topology_plug {
	unsigned int node;
	struct pfn_range range;
	double at_ns;
};

/**
 * struct topology - what the machine looks like
 * @name: for reports
 * @source: "this host", a file name, or the synthetic string
 * @page_shift: a page has 1 << page_shift bytes
 * @nr_nodes: nodes
 * @nodes: the nodes
 * @end_pfn: behind the last page of all nodes, hot-added memory among them
 * @nr_plugs: pieces of memory that are hot-added
 * @plug: these, the first one to arrive first; no other figure here has them in
 *	it
 * @assumed: what the source does not say and was taken for granted, a line
 *	each; NULL: nothing
 */
struct topology {
	char *name;
	char *source;
	unsigned int page_shift;
	unsigned int nr_nodes;
	struct topology_node *nodes;
	unsigned long end_pfn;
	unsigned int nr_plugs;
	struct topology_plug plug[TOPOLOGY_MAX_PLUGS];
	char *assumed;
};

struct topology *topology_from_nodes(const char *name, unsigned int nr_nodes);
void topology_assume(struct topology *topology, const char *file,
		     unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void topology_add_range(struct topology *topology, unsigned int nid,
			unsigned long start_pfn, unsigned long end_pfn);
void topology_add_memory(struct topology *topology, unsigned int nid,
			 unsigned long pages);
void topology_lay_out(struct topology *topology, const unsigned long *pages);
int topology_set_memory(struct topology *topology, unsigned long bytes);
unsigned long topology_node_pages(const struct topology_node *node);
unsigned long topology_pages(const struct topology *topology);
unsigned long topology_node_bytes(const struct topology *topology,
				  unsigned int nid);
unsigned long topology_bytes(const struct topology *topology);
unsigned long topology_core_bytes(const struct topology *topology,
				  unsigned long bytes);
unsigned long topology_section_pages(const struct topology *topology);
unsigned long topology_first_deferred_in(const struct topology *topology,
					 unsigned int nid,
					 unsigned long zone_pfn,
					 unsigned long section);
unsigned long topology_first_deferred(const struct topology *topology,
				      unsigned int nid);
unsigned int topology_node_cores(const struct topology_node *node);
unsigned int topology_cpus(const struct topology *topology);
void topology_free(struct topology *topology);

/* plug.c */
const char *topology_plug(struct topology *topology, unsigned int nid,
			  unsigned long pages, double at_ns);
int topology_plug_spec(struct topology *topology, const char *spec,
		       struct error *error);
void topology_lay_out_plugs(struct topology *topology);
unsigned long topology_plug_pages(const struct topology *topology);

#endif /* SIM_MACHINE_TOPOLOGY_H */
