/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_COSTS_H
#define SIM_MACHINE_COSTS_H

/* What things cost on a machine, and how its nodes are joined. */
#include <stdbool.h>

/* How struct pages are written; costs are given by it. */
enum write_mode {
	WRITE_CACHED, /* one pass, ordinary stores */
	WRITE_NT, /* one pass, non-temporal stores */
	WRITE_MAINLINE, /* two passes, ordinary stores */
	NR_WRITE_MODES
};

/**
 * struct machine_link - a way for stores between two points, both ways at once
 * @from: node, or number of nodes + switch
 * @to: the same
 * @bytes_per_s: in each direction
 * @latency_ns: one way
 */
struct machine_link {
	unsigned int from;
	unsigned int to;
	double bytes_per_s;
	double latency_ns;
};

/**
 * struct machine_net - how the nodes are joined
 * @nr_switches: points that are not nodes
 * @nr_links: 0: unknown, and &machine_costs.remote_factor stands for it
 * @link: the links
 */
struct machine_net {
	unsigned int nr_switches;
	unsigned int nr_links;
	struct machine_link *link;
};

/**
 * struct node_costs - in what a node differs from the others; 0: not at all
 * @bytes_per_s: as in struct machine_costs
 * @latency_ns: what its memory answers later than that of a node with CPUs
 * @early_end_pfn: pages below are early memory
 */
struct node_costs {
	double bytes_per_s[NR_WRITE_MODES];
	double latency_ns;
	unsigned long early_end_pfn;
};

/**
 * struct machine_costs - what things cost on a machine; all of one unit system
 * @page_ns: one CPU alone writes one struct page in local memory, by mode
 * @node_bytes_per_s: what a node's memory takes: payload, by mode
 * @remote_factor: a store to another node takes so many times as long, where
 *	no links are given
 * @lines_in_flight: transfers of one CPU that share a wait for distant memory,
 *	by kind of store
 * @ipi_ns: from a cross-call to its first instruction on the other CPU
 * @wakeup_ns: from waking a thread to its first instruction
 * @spawn_ns: boot starts a thread, which starts the others of its node
 * @migrate_ns: a thread moves itself to another node
 * @smt_gain: what a core's second thread adds to the first, of its rate
 * @lock_ns: one hold of zone->lock, by a batch or a block of mainline's; part
 *	of what a page costs one CPU
 * @pull_ns: one pull, beside its stores
 * @online_ns: hot-added memory comes online, a section, beside its struct pages
 * @fault_ns: first touch of 4 KiB of memmap, 0 on bare metal
 * @faults_at_once: how many of them the host serves side by side
 * @early_linux: what comes before a strategy is as Linux has it: for mainline's
 *	own what topology_first_deferred() says, unless a node says where early
 *	memory ends; for the others machine_memmap_pages()
 * @early_all: for the others the same
 * @early_bytes: else so much of each node, for all strategies
 * @node: a node's own costs, as many as there are nodes; NULL: all alike
 * @net: the links
 */
struct machine_costs {
	double page_ns[NR_WRITE_MODES];
	double node_bytes_per_s[NR_WRITE_MODES];
	double remote_factor;
	double lines_in_flight[2];
	double ipi_ns;
	double wakeup_ns;
	double spawn_ns;
	double migrate_ns;
	double smt_gain;
	double lock_ns;
	double pull_ns;
	double online_ns;
	double fault_ns;
	double faults_at_once;
	bool early_linux;
	bool early_all;
	unsigned long early_bytes;
	struct node_costs *node;
	struct machine_net net;
};

struct topology;

unsigned long machine_early_end(const struct topology *topology,
				const struct machine_costs *costs,
				unsigned int node, bool mainline);
bool machine_memmap_is_early(const struct machine_costs *costs, bool mainline);
unsigned long machine_memmap_pages(const struct topology *topology,
				   unsigned int node);
double machine_costs_memory(const struct machine_costs *costs,
			    unsigned int node, enum write_mode mode);

#endif /* SIM_MACHINE_COSTS_H */
