/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_TRANSPLANT_H
#define SIM_MODEL_TRANSPLANT_H

/*
 * Memory changes its node on a machine that is not here, in virtual time.
 *
 *	mm/dnuma/      layouts, plans, what comes next, the ledger: the kernel's
 *	     |  look, next       ^  moved, or why not
 *	transplant.c   the shell: carries steps out, and says what they cost
 *	     |  states of blocks
 *	blocks.c       a machine's memory, a state a block, in place of a buddy
 *	               allocator: whole blocks are all that a commit moves
 *	seen.c         the same, as a kernel has seen it
 */
#include <linux/dnuma.h>
#include "machine/costs.h"
#include "machine/topology.h"

struct transplant;

/**
 * struct transplant_load - what is in the memory before the commit
 * @used: share of each node's memory that is in use and can be migrated
 * @unmovable: share of it in blocks with a page that cannot
 * @pinned: share of the used blocks that look movable and are not
 * @lazy: what was never used is pristine, and what is used lies at the low end;
 *	else all is initialised, and what is used lies anywhere
 * @seed: where anywhere is
 *
 * Beside that, each node has its descriptors at the end of its memory, and the
 * boot CPU's node a kernel at the beginning.
 */
struct transplant_load {
	double used;
	double unmovable;
	double pinned;
	bool lazy;
	unsigned int seed;
};

/**
 * struct transplant_way - what the steps of one way did and cost
 * @planned_pages: in the first plan
 * @moved_pages: moved
 * @nr_tries: attempts
 * @ns: time
 * @memmap_bytes: of the memmap, written
 */
struct transplant_way {
	unsigned long planned_pages;
	unsigned long moved_pages;
	unsigned long nr_tries;
	double ns;
	unsigned long memmap_bytes;
};

/**
 * struct transplant_result - a commit
 * @way: by way
 * @drain_ns: until CPUs have given back what they keep for themselves; part of
 *	@ns
 * @ns: all of it
 * @migrated_pages: contents that went elsewhere
 * @nr_plans: plans, the first one and those for what it left
 * @left: what the last plan left, in the order of pages; for
 *	dnuma_plan_left() and dnuma_plan_free()
 */
struct transplant_result {
	struct transplant_way way[DNUMA_NR_WAYS];
	double drain_ns;
	double ns;
	unsigned long migrated_pages;
	unsigned int nr_plans;
	struct dnuma_plan left;
};

/* blocks.c */
struct transplant *transplant_new(const struct topology *topology,
				  const struct machine_costs *costs,
				  const struct transplant_load *load);
void transplant_free(struct transplant *t);
const struct dnuma_shape *transplant_shape(const struct transplant *t);
const struct memlayout *transplant_layout(const struct transplant *t);
struct dnuma_account transplant_node(const struct transplant *t,
				     unsigned int node);
unsigned long *transplant_stragglers(const struct transplant *t,
				     const struct memlayout *wanted);
dnuma_look_fn transplant_look;

/* seen.c */
int transplant_see(struct transplant *t, const char *text, size_t bytes,
		   struct memlayout_error *error);

/* transplant.c */
void transplant_commit(struct transplant *t, const struct memlayout *wanted,
		       const struct dnuma_policy *policy,
		       struct transplant_result *result);

#endif /* SIM_MODEL_TRANSPLANT_H */
