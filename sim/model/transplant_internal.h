/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_TRANSPLANT_INTERNAL_H
#define SIM_MODEL_TRANSPLANT_INTERNAL_H

/* What blocks.c sets up and transplant.c moves. */
#include <linux/types.h>
#include "model/transplant.h"

/**
 * struct block - a block of the machine
 * @state: as a plan sees it; a used one is full
 * @zone: the type of its zone
 * @pinned: it is used, and cannot be migrated
 * @node: the index of the node that it is on
 * @next: the next one that is room on this node, see struct room
 */
struct block {
	u8 state;
	u8 zone;
	bool pinned;
	unsigned short node;
	unsigned int next;
};

/**
 * struct transplant - a machine whose memory changes its node
 * @topology: its nodes
 * @costs: what things cost on it
 * @shape: for layouts
 * @node_id: numbers of the nodes, sorted; for @shape
 * @node_of: the place of each number among the nodes
 * @memory: memory as it was at boot
 * @actual: as it is now
 * @block: all blocks up to the last page
 * @nr_blocks: how many
 * @ledger: pages of each node and zone
 */
struct transplant {
	const struct topology *topology;
	const struct machine_costs *costs;
	struct dnuma_shape shape;
	int *node_id;
	unsigned short *node_of;
	struct memlayout *memory;
	struct memlayout *actual;
	struct block *block;
	unsigned long nr_blocks;
	struct dnuma_ledger *ledger;
};

unsigned int transplant_zone(const struct transplant *t, unsigned long pfn);
unsigned int transplant_index(const struct transplant *t, int nid);
void transplant_set_layout(struct transplant *t,
			   const struct memlayout *layout);
void transplant_open_ledger(struct transplant *t);

#endif /* SIM_MODEL_TRANSPLANT_INTERNAL_H */
