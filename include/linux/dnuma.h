/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_DNUMA_H
#define _LINUX_DNUMA_H

/**
 * DOC: dynamic NUMA, the part that is data
 *
 * A *layout* says which memory is on which node. A *commit* makes a new layout
 * true: it moves memory from node to node, block by block, while the machine
 * runs. The functions below decide what moves and when; the kernel and a
 * program in user space run them alike. They touch no lock, page or zone: their
 * caller, the shell, does::
 *
 *   text          "4G-6G 1"                a file, or a write to debugfs
 *        |        memlayout_parse()        mm/dnuma/text.c
 *        |        memlayout_complete()     mm/dnuma/layout.c
 *   layout        struct memlayout         wanted; beside it the actual one
 *        |
 *        |        memlayout_diff_next()    what differs
 *        |        dnuma_look_fn            in what state is each block?
 *        |        dnuma_plan_make()        mm/dnuma/plan.c
 *   plan          struct dnuma_plan        steps, the cheapest first
 *        |
 *        |        dnuma_plan_next()        mm/dnuma/commit.c
 *        |        (the shell owns the blocks of a step and relabels them)
 *        |        dnuma_ledger_move()      mm/dnuma/ledger.c
 *        |        dnuma_plan_report()      moved, or why not
 *        |
 *   layout        dnuma_plan_actual()      the actual one, as it is now
 *
 * What could not move is where the actual and the wanted layout differ. So a
 * retry is another plan from the same two layouts, and needs no list.
 */

#include <linux/mmzone.h>
#include <linux/types.h>

struct memmap_extents;

/*
 * A block: one buddy block of the top order. It is on one node as a whole, so
 * layouts are cut at multiples of it.
 */
#define DNUMA_BLOCK_PAGES MAX_ORDER_NR_PAGES

/* Default of a policy's window: 128 MiB, which is a section on x86-64. */
#define DNUMA_WINDOW_PAGES (32 * DNUMA_BLOCK_PAGES)

/**
 * struct memlayout_range - memory on a node
 * @start_pfn: first page
 * @end_pfn: first page behind it
 * @nid: the node
 */
struct memlayout_range {
	unsigned long start_pfn;
	unsigned long end_pfn;
	int nid;
};

/**
 * struct memlayout - which memory is on which node
 * @nr: entries of @range in use
 * @capacity: entries that it can hold
 * @range: sorted, none overlaps another; ranges of one node that touch are one
 *
 * A layout does not change once others can see it: it is replaced as a whole.
 * The kernel publishes it by RCU.
 */
struct memlayout {
	unsigned int nr;
	unsigned int capacity;
	struct memlayout_range range[];
};

struct memlayout *memlayout_alloc(unsigned int capacity);
void memlayout_free(struct memlayout *layout);
void memlayout_append(struct memlayout *layout, unsigned long start_pfn,
		      unsigned long end_pfn, int nid);
int memlayout_lookup(const struct memlayout *layout, unsigned long pfn);
bool memlayout_equal(const struct memlayout *a, const struct memlayout *b);
struct memlayout *memlayout_complete(const struct memlayout *base,
				     const struct memlayout *changes);

/**
 * struct memlayout_diff - where two layouts differ, range by range
 * @old: a layout
 * @new: another
 * @start_pfn: out: first page of a range that is on one node in each layout
 * @end_pfn: out: first page behind it
 * @from: out: its node in @old
 * @to: out: its node in @new, another one
 * @at_old: where the search goes on
 * @at_new: likewise
 *
 * Set @old and @new, leave the rest 0. Memory that is in one layout only is no
 * difference: it has nowhere to go.
 */
struct memlayout_diff {
	const struct memlayout *old;
	const struct memlayout *new;
	unsigned long start_pfn;
	unsigned long end_pfn;
	int from;
	int to;
	unsigned int at_old;
	unsigned int at_new;
};

bool memlayout_diff_next(struct memlayout_diff *diff);

/**
 * struct dnuma_shape - what a machine has; what texts are checked against
 * @memory: where memory is; at least one range
 * @node: the nodes that may have memory, sorted
 * @nr_nodes: entries in @node
 * @zone_name: names of the types of zones, for texts
 * @nr_zones: entries in @zone_name
 * @page_shift: a page has 1 << @page_shift bytes
 */
struct dnuma_shape {
	const struct memlayout *memory;
	const int *node;
	unsigned int nr_nodes;
	const char *const *zone_name;
	unsigned int nr_zones;
	unsigned int page_shift;
};

/* Room for a line of text that these functions write. */
#define DNUMA_LINE 96

/**
 * struct memlayout_error - what is wrong with the text of a layout
 * @line: of the text, from 1; 0: with all of it
 * @value: the bad word; may be empty
 * @text: what is wrong with it and what would be right
 */
struct memlayout_error {
	unsigned int line;
	char value[48];
	char text[160];
};

struct memlayout *memlayout_parse(const struct dnuma_shape *shape,
				  const char *text, size_t bytes,
				  struct memlayout_error *error);
const char *memlayout_line(const struct dnuma_shape *shape,
			   const struct memlayout_range *range,
			   char line[DNUMA_LINE]);

/**
 * enum dnuma_state - in what state a block is
 * @DNUMA_PRISTINE: no struct page is initialised, see memmap_init.h
 * @DNUMA_FREE: a free buddy block of the top order
 * @DNUMA_USED: pages are in use, and all of them can be migrated
 * @DNUMA_UNMOVABLE: a page in it cannot: reserved, slab, page table, pinned
 * @DNUMA_FOREIGN: of a kind that has to stay in its zone: CMA, a device's
 * @DNUMA_OFFLINE: no memory, or not all of it is there
 * @DNUMA_NR_STATES: how many states there are
 */
enum dnuma_state {
	DNUMA_PRISTINE,
	DNUMA_FREE,
	DNUMA_USED,
	DNUMA_UNMOVABLE,
	DNUMA_FOREIGN,
	DNUMA_OFFLINE,
	DNUMA_NR_STATES,
};

/**
 * struct dnuma_run - blocks in the same state
 * @end_pfn: first page behind them; a multiple of a block
 * @state: of each of them
 * @zone: the type of their zone, which does not change
 */
struct dnuma_run {
	unsigned long end_pfn;
	enum dnuma_state state;
	unsigned int zone;
};

/*
 * dnuma_look_fn - say what is at a page
 *
 * Fill in @run for the blocks from @start_pfn on, as many as are alike, at
 * least one, and none from @end_pfn on. A plan does not depend on how blocks
 * that are alike are cut into runs.
 */
typedef void dnuma_look_fn(void *arg, unsigned long start_pfn,
			   unsigned long end_pfn, struct dnuma_run *run);

/**
 * enum dnuma_way - how a block comes to be owned, the cheapest first
 * @DNUMA_REHOME: it is pristine: its extent goes to the other zone
 * @DNUMA_GRAB: it is free: it is taken off the free list
 * @DNUMA_EMPTY: its pages are migrated elsewhere
 * @DNUMA_HOLD: it is taken out of use, until its last page is freed
 * @DNUMA_NR_WAYS: how many ways there are
 */
enum dnuma_way {
	DNUMA_REHOME,
	DNUMA_GRAB,
	DNUMA_EMPTY,
	DNUMA_HOLD,
	DNUMA_NR_WAYS,
};

/**
 * enum dnuma_why - why memory is not on the node where it should be
 * @DNUMA_CHANGED: its state is no longer what the plan was made for
 * @DNUMA_BUSY: a page could not be migrated, though it looked movable
 * @DNUMA_NO_ROOM: there was no free page to migrate to
 * @DNUMA_HELD: it is out of use and moves when its last page is freed
 * @DNUMA_STAYS: DNUMA_UNMOVABLE
 * @DNUMA_KIND: DNUMA_FOREIGN
 * @DNUMA_ABSENT: DNUMA_OFFLINE
 * @DNUMA_EDGE: it is less than a block of one node
 * @DNUMA_NR_WHYS: how many reasons there are
 */
enum dnuma_why {
	DNUMA_CHANGED,
	DNUMA_BUSY,
	DNUMA_NO_ROOM,
	DNUMA_HELD,
	DNUMA_STAYS,
	DNUMA_KIND,
	DNUMA_ABSENT,
	DNUMA_EDGE,
	DNUMA_NR_WHYS,
};

extern const char *const dnuma_state_names[DNUMA_NR_STATES];
extern const char *const dnuma_way_names[DNUMA_NR_WAYS];
extern const char *const dnuma_why_names[DNUMA_NR_WHYS];

/**
 * enum dnuma_obstacle - why a page cannot be migrated, the most lasting first
 * @DNUMA_RESERVED: reserved since boot, offline or poisoned
 * @DNUMA_FOREIGN_BLOCK: of a kind that has to stay: CMA, a device's, isolated by
 *	others, kept for atomic allocations, or not in one zone
 * @DNUMA_SLAB: objects of the kernel
 * @DNUMA_PAGE_TABLE: a page table
 * @DNUMA_KERNEL: another page of the kernel: a stack, a buffer of a driver
 * @DNUMA_LARGE: a page as large as the block, or of hugetlb; moving it would
 *	take what it gives
 * @DNUMA_PINNED: somebody holds references, a device for one
 * @DNUMA_DIRTY: dirty, and of a file system that cannot migrate such pages
 * @DNUMA_MLOCKED: locked in memory, and vm.compact_unevictable_allowed is 0
 * @DNUMA_WRITEBACK: being written
 * @DNUMA_LOCKED: locked, as while it is read
 * @DNUMA_NO_TARGET: there was no free page to migrate to
 * @DNUMA_FAILED: it looked movable, and then was not
 * @DNUMA_NR_OBSTACLES: how many kinds there are; as a kind: none
 *
 * From @DNUMA_WRITEBACK on an obstacle goes by itself, so that a request that
 * may wait tries such a block.
 */
enum dnuma_obstacle {
	DNUMA_RESERVED,
	DNUMA_FOREIGN_BLOCK,
	DNUMA_SLAB,
	DNUMA_PAGE_TABLE,
	DNUMA_KERNEL,
	DNUMA_LARGE,
	DNUMA_PINNED,
	DNUMA_DIRTY,
	DNUMA_MLOCKED,
	DNUMA_WRITEBACK,
	DNUMA_LOCKED,
	DNUMA_NO_TARGET,
	DNUMA_FAILED,
	DNUMA_NR_OBSTACLES,
};

/**
 * struct dnuma_step - blocks to be moved together
 * @start_pfn: first page
 * @end_pfn: first page behind them
 * @from: the node that they are on
 * @to: the node that they go to
 * @zone: the type of their zone on both nodes
 * @way: how they come to be owned
 */
struct dnuma_step {
	unsigned long start_pfn;
	unsigned long end_pfn;
	int from;
	int to;
	unsigned int zone;
	enum dnuma_way way;
};

/**
 * struct dnuma_left - memory that is not where it should be
 * @start_pfn: first page
 * @end_pfn: first page behind it
 * @from: the node that it is on
 * @to: the node that it should be on
 * @why: why it is not
 */
struct dnuma_left {
	unsigned long start_pfn;
	unsigned long end_pfn;
	int from;
	int to;
	enum dnuma_why why;
};

/**
 * struct dnuma_policy - what a plan may do
 * @window_pages: most pages in a step that grabs or empties; steps are cut at
 *	multiples of it. A multiple of a block.
 * @hold_pages: most pages in blocks that are held; 0: none is
 */
struct dnuma_policy {
	unsigned long window_pages;
	unsigned long hold_pages;
};

/**
 * struct dnuma_list - an array that grows
 * @entry: the entries
 * @nr: entries in use
 * @capacity: entries that it can hold
 * @bytes: of an entry
 */
struct dnuma_list {
	void *entry;
	unsigned int nr;
	unsigned int capacity;
	size_t bytes;
};

/**
 * struct dnuma_count - what became of the steps of one way
 * @planned_pages: pages in the steps of the plan
 * @moved_pages: pages that moved
 * @nr_tries: how often a step, or a part of one, was tried
 */
struct dnuma_count {
	unsigned long planned_pages;
	unsigned long moved_pages;
	unsigned long nr_tries;
};

/**
 * struct dnuma_plan - how one layout becomes another, and how far that is
 * @steps: struct dnuma_step, by way, then by page
 * @left: struct dnuma_left: what the plan leaves, and what failed
 * @moved: struct memlayout_range: what has moved, with its new node
 * @count: by way
 * @next: the step of @steps that comes next
 * @now: the one that is being tried; empty: none
 * @parts: struct dnuma_step: parts of a step that wait, the next one last
 */
struct dnuma_plan {
	struct dnuma_list steps;
	struct dnuma_list left;
	struct dnuma_list moved;
	struct dnuma_count count[DNUMA_NR_WAYS];
	unsigned int next;
	struct dnuma_step now;
	struct dnuma_list parts;
};

int dnuma_plan_make(struct dnuma_plan *plan, const struct memlayout *actual,
		    const struct memlayout *wanted,
		    const struct dnuma_policy *policy, dnuma_look_fn *look,
		    void *arg);
void dnuma_plan_free(struct dnuma_plan *plan);
const struct dnuma_step *dnuma_plan_step(const struct dnuma_plan *plan,
					 unsigned int i);
const struct dnuma_left *dnuma_plan_left(const struct dnuma_plan *plan,
					 unsigned int i);
bool dnuma_plan_span(const struct dnuma_plan *plan, int nid, unsigned int zone,
		     unsigned long *start_pfn, unsigned long *end_pfn);
const char *dnuma_blocks_line(const struct dnuma_shape *shape,
			      unsigned long start_pfn,
			      const struct dnuma_run *run, int nid,
			      char line[DNUMA_LINE]);
const char *dnuma_step_line(const struct dnuma_shape *shape,
			    const struct dnuma_step *step,
			    char line[DNUMA_LINE]);
const char *dnuma_left_line(const struct dnuma_shape *shape,
			    const struct dnuma_left *left,
			    char line[DNUMA_LINE]);

int dnuma_plan_next(struct dnuma_plan *plan, struct dnuma_step *step);
void dnuma_plan_report(struct dnuma_plan *plan, unsigned long moved_end_pfn,
		       enum dnuma_why why);
struct memlayout *dnuma_plan_actual(struct dnuma_plan *plan,
				    const struct memlayout *actual);

/**
 * struct dnuma_account - the pages of a zone of a node
 * @present: there
 * @managed: of those, the allocator's
 * @free: of those, free
 * @held: of the managed ones, free but out of use; not in @free
 */
struct dnuma_account {
	long present;
	long managed;
	long free;
	long held;
};

/**
 * struct dnuma_ledger - the pages of each node and zone
 * @nr_nodes: nodes, numbered from 0
 * @nr_zones: types of zones, numbered from 0
 * @total: the sums when the ledger was opened; whatever moves, they stay
 * @account: of node i and zone j, at i * @nr_zones + j
 */
struct dnuma_ledger {
	unsigned int nr_nodes;
	unsigned int nr_zones;
	struct dnuma_account total;
	struct dnuma_account account[];
};

struct dnuma_ledger *dnuma_ledger_alloc(unsigned int nr_nodes,
					unsigned int nr_zones);
void dnuma_ledger_free(struct dnuma_ledger *ledger);
struct dnuma_account *dnuma_ledger_at(struct dnuma_ledger *ledger, int nid,
				      unsigned int zone);
int dnuma_ledger_open(struct dnuma_ledger *ledger, int nid, unsigned int zone,
		      const struct dnuma_account *has);
int dnuma_ledger_move(struct dnuma_ledger *ledger, int from, int to,
		      unsigned int zone, unsigned long pages);
int dnuma_ledger_migrate(struct dnuma_ledger *ledger, int from,
			 unsigned int from_zone, int to, unsigned int to_zone,
			 unsigned long pages);
int dnuma_ledger_hold(struct dnuma_ledger *ledger, int nid, unsigned int zone,
		      long pages);
bool dnuma_ledger_check(const struct dnuma_ledger *ledger,
			char line[DNUMA_LINE]);

unsigned long dnuma_extents_rehome(struct memmap_extents *from,
				   struct memmap_extents *to,
				   unsigned long start_pfn,
				   unsigned long end_pfn);

/* The kernel alone; IS_ENABLED(CONFIG_DYNAMIC_NUMA) where they are called. */
void dnuma_possible_nodes(void);
int dnuma_pfn_to_nid(unsigned long pfn);
int dnuma_node_distance(int from, int to);
int arch_set_cpu_node(unsigned int cpu, int nid);
void memory_tier_inherit(int nid, int from);
void memory_tiers_renew(void);
void sched_renew_numa(void);

#endif /* _LINUX_DNUMA_H */
