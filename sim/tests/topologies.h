/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_TOPOLOGIES_H
#define SIM_TESTS_TOPOLOGIES_H

/*
 * Topologies that no machine has, and some that machines do have: holes, odd
 * sizes, nodes without memory or without CPUs, one page, no page, two nodes that
 * share a block.
 */
#include <stdio.h>
#include "host/host.h"

struct rng {
	u64 state;
};

/* xorshift64*: the same topologies on every host */
static inline u64 rng_next(struct rng *rng)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return rng->state * 0x2545f4914f6cdd1dULL;
}

static inline unsigned long rng_below(struct rng *rng, unsigned long n)
{
	return (rng_next(rng) >> 16) % n;
}

static inline struct rng rng_seeded(void)
{
	const char *seed = getenv("HOST_TEST_SEED");

	return (struct rng){ 1 + (seed ? strtoull(seed, NULL, 0) : 1) };
}

/* Nodes alike, each as large as the other, ragged at both ends. */
static inline struct topology *topology_plain(unsigned int nr_nodes,
					      unsigned long pages)
{
	struct topology *topology = topology_from_nodes("plain", nr_nodes);
	unsigned long pfn = 256;
	unsigned int i;

	for (i = 0; i < nr_nodes; i++) {
		topology->nodes[i].nr_cpus = 2;
		topology_add_range(topology, i, pfn, pfn + pages);
		pfn += pages;
	}
	return topology;
}

static inline unsigned long random_pages(struct rng *rng)
{
	switch (rng_below(rng, 5)) {
	case 0:
		return 1;
	case 1:
		return 1 + rng_below(rng, MEMMAP_BLOCK_PAGES);
	case 2:
		return MEMMAP_BLOCK_PAGES * (1 + rng_below(rng, 8));
	default:
		return 1 + rng_below(rng, 16 * MEMMAP_BLOCK_PAGES);
	}
}

/* Memory of one node lies together, or, in some of them, nodes take turns. */
static inline struct topology *topology_random(struct rng *rng, unsigned int nr)
{
	unsigned int nr_nodes = 1 + rng_below(rng, 5);
	struct topology *topology = topology_from_nodes("random", nr_nodes);
	unsigned int left = rng_below(rng, 10), nid = 0, i;
	bool turns = rng_below(rng, 4) == 0;
	unsigned long pfn = rng_below(rng, 2) * rng_below(rng, 3000);

	for (i = 0; i < nr_nodes; i++)
		topology->nodes[i].nr_cpus = rng_below(rng, 4);
	for (; nr && left; left--) {
		unsigned long pages = random_pages(rng);
		unsigned int last = nid;

		if (turns)
			nid = rng_below(rng, nr_nodes);
		else if (rng_below(rng, 3) == 0 && nid + 1 < nr_nodes)
			nid += 1 + rng_below(rng, nr_nodes - nid - 1);
		/* Of one node, what touches is one range. */
		pfn += nid == last;
		if (rng_below(rng, 2))
			pfn += rng_below(rng, 3 * MEMMAP_BLOCK_PAGES);
		topology_add_range(topology, nid, pfn, pfn + pages);
		pfn += pages;
	}
	return topology;
}

static inline void print_topology(const struct topology *topology)
{
	unsigned int i, j;

	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		fprintf(stderr, "node %u: %u CPUs", i, node->nr_cpus);
		for (j = 0; j < node->nr_ranges; j++)
			fprintf(stderr, " [%lu, %lu)",
				node->ranges[j].start_pfn,
				node->ranges[j].end_pfn);
		fputc('\n', stderr);
	}
}

#endif /* SIM_TESTS_TOPOLOGIES_H */
