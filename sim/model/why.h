/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_WHY_H
#define SIM_MODEL_WHY_H

/*
 * Why a strategy takes as long as it does: which resource bounded it, and for
 * what share of the time.
 *
 * The memory that is complete last decides. So what counts is who writes to the
 * nodes that end last, within END_TOGETHER of each other: what holds these
 * writers, page by page. While nobody writes there, what holds the others
 * counts; while nobody writes at all, all wait. Before that lies early memory.
 */
#include <stddef.h>

enum why_kind {
	WHY_STORES, /* a CPU's own stores */
	WHY_DISTANCE, /* a CPU waits for memory that is far */
	WHY_TOUCH, /* a CPU touches memory of a guest first */
	WHY_HOST, /* the host of a guest serves no more first touches at once */
	WHY_CORES, /* threads share the cores of a node */
	WHY_MEMORY, /* of a node */
	WHY_LOCK, /* of a node's zone */
	WHY_LINK, /* by number, twice: in its direction, and 1 more against it */
	WHY_EARLY, /* the boot CPU writes early memory */
	WHY_CALLS, /* nobody writes: a cross-call, a wake-up, a migration */
	WHY_NR_KINDS
};

/**
 * struct why_share - what bounded a strategy for a part of the time
 * @kind: what
 * @place: number of the first node, or of the link
 * @nr: nodes that are meant, which end together
 * @share: of the time until all is initialised; of all shares 1
 */
struct why_share {
	enum why_kind kind;
	unsigned int place;
	unsigned int nr;
	double share;
};

#define WHY_SHARES 6

/**
 * struct why - all that bounded a strategy
 * @of_kind: by enum why_kind; the sum is 1, or 0 where nothing takes time
 * @of_early: likewise, of the time of early memory alone
 * @share: the largest, by place, the largest first
 * @nr: how many
 */
struct why {
	double of_kind[WHY_NR_KINDS];
	double of_early[WHY_NR_KINDS];
	struct why_share share[WHY_SHARES];
	unsigned int nr;
};

struct why_record;

/**
 * struct why_part - a part of what holds a writer
 * @kind: what
 * @place: which
 * @part: of all parts of the writer 1
 */
struct why_part {
	enum why_kind kind;
	unsigned int place;
	double part;
};

#define WHY_PARTS 4

struct why_record *why_new(unsigned int nr_nodes);
void why_free(struct why_record *record);
void why_writer(struct why_record *record, double now_ns, unsigned int target,
		int more);
void why_pages(struct why_record *record, unsigned int target,
	       const struct why_part *part, unsigned int nr, double pages);
void why_result(const struct why_record *record, double early_ns, double end_ns,
		struct why *why);

#endif /* SIM_MODEL_WHY_H */
