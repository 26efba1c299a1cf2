/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_VIRTUAL_H
#define SIM_VIRTUAL_H

/*
 * The same strategies in virtual time. Planner, claims, extents and strategies
 * are the real code; only writing a batch is replaced by the time it takes.
 */
#include "host.h"

/**
 * struct virtual_link - a way for stores between two points, both ways at once
 * @from: node, or number of nodes + switch
 * @to: the same
 * @bytes_per_s: in each direction
 * @latency_ns: one way
 */
struct virtual_link {
	unsigned int from;
	unsigned int to;
	double bytes_per_s;
	double latency_ns;
};

/**
 * struct virtual_net - how the nodes are joined
 * @nr_switches: points that are not nodes
 * @nr_links: 0: unknown, and &virtual_costs.remote_factor stands for it
 * @link: the links
 */
struct virtual_net {
	unsigned int nr_switches;
	unsigned int nr_links;
	struct virtual_link *link;
};

/**
 * struct virtual_node - in what a node differs from the others; 0: not at all
 * @bytes_per_s: as in struct virtual_costs
 * @mainline_bytes_per_s: as there
 * @latency_ns: what its memory answers later than that of a node with CPUs
 * @early_end_pfn: no strategy gets to see pages below
 */
struct virtual_node {
	double bytes_per_s[2];
	double mainline_bytes_per_s;
	double latency_ns;
	unsigned long early_end_pfn;
};

/**
 * struct virtual_costs - what things cost on a machine; all of one unit system
 * @page_ns: one CPU alone writes one descriptor: [0] ordinary, [1]
 *	non-temporal stores, local memory
 * @mainline_ns: the same in mainline's two passes
 * @node_bytes_per_s: what a node's memory takes: payload, by kind of store
 * @mainline_bytes_per_s: and of mainline's two passes
 * @remote_factor: a store to another node takes so many times as long, where
 *	no links are given
 * @lines_in_flight: transfers of one CPU that share a wait for distant memory,
 *	by kind of store
 * @ipi_ns: from a cross-call to its first instruction on the other CPU
 * @wakeup_ns: from waking a thread to its first instruction
 * @migrate_ns: a thread moves itself to another node
 * @lock_ns: one hold of zone->lock by a batch
 * @pull_ns: one pull, beside its stores
 * @fault_ns: first touch of 4 KiB of memmap, 0 on bare metal
 * @early_bytes: memory per node initialised before any strategy runs; not of
 *	nodes that say where theirs ends
 * @node: a node's own costs, as many as there are nodes; NULL: all alike
 * @net: the links
 */
struct virtual_costs {
	double page_ns[2];
	double mainline_ns;
	double node_bytes_per_s[2];
	double mainline_bytes_per_s;
	double remote_factor;
	double lines_in_flight[2];
	double ipi_ns;
	double wakeup_ns;
	double migrate_ns;
	double lock_ns;
	double pull_ns;
	double fault_ns;
	unsigned long early_bytes;
	struct virtual_node *node;
	struct virtual_net net;
};

/**
 * struct virtual_result - one strategy on one machine
 * @boot_wait_ns: until boot goes on
 * @complete_ns: until all is initialised; NAN if that never happens
 * @pages_total: pages of the machine
 * @pages_early: initialised before any strategy runs
 * @pages_initialised: those, and by the strategy
 * @nr_cpus: CPUs that drained at least one page
 * @nr_chunks: chunks claimed
 * @nr_rounds: cross-calls
 * @store: MEMMAP_STORE_CACHED or MEMMAP_STORE_NT
 * @busy_ns: sum over CPUs of the time spent writing
 */
struct virtual_result {
	double boot_wait_ns;
	double complete_ns;
	unsigned long pages_total;
	unsigned long pages_early;
	unsigned long pages_initialised;
	unsigned int nr_cpus;
	unsigned long nr_chunks;
	unsigned long nr_rounds;
	enum memmap_store store;
	double busy_ns;
};

/**
 * struct virtual_watch - what a run tells while it goes on; each may be NULL
 * @chunk: a CPU has claimed a chunk; in the order of virtual time
 * @drained: the last worker of a drain is through; @nid as in the drain
 */
struct virtual_watch {
	void (*chunk)(void *arg, double now_ns, unsigned int cpu, int nid,
		      unsigned long start_pfn, unsigned long end_pfn);
	void (*drained)(void *arg, int nid, unsigned long nr_pages,
			double start_ns, double end_ns);
};

int virtual_run(const struct host_shape *shape,
		const struct virtual_costs *costs,
		const struct memmap_param *param, struct virtual_result *result,
		const struct virtual_watch *watch, void *arg);

#endif /* SIM_VIRTUAL_H */
