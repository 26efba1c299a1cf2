/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_KERNEL_KERNEL_H
#define _MM_DNUMA_KERNEL_KERNEL_H

/*
 * Shared by the files of this folder, which carry out what the core of dynamic
 * NUMA plans:
 *
 *	debugfs.c	what users read and write
 *	commit.c	a commit from its text to its outcome
 *	report.c	what became of it, and what one would do
 *	layout.c	where memory is, and where it should be
 *	look.c		in what state a block is
 *	zones.c		zones that get memory, and zones that lose all of it
 *	blocks.c	blocks change their node: grab and empty
 *	hold.c		blocks are out of use until they are free: hold
 *	pristine.c	pristine memory changes its node: rehome
 *	sysfs.c		memory blocks, links and events
 *	cpus.c		CPUs change their node
 *	distance.c	distances between nodes
 *	audit.c		counters of zones beside what a walk finds
 *
 * Locks, from the outside in: the lock of commit.c, device_hotplug_lock,
 * mem_hotplug_lock for writing, zone->lock. A commit holds the first two
 * throughout and the third for a window at a time.
 */

#include <linux/dnuma.h>
#include <linux/migrate.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/types.h>

struct dentry;
struct seq_file;
struct zone;

static inline struct zone *dnuma_zone(int nid, unsigned int zone)
{
	return &NODE_DATA(nid)->node_zones[zone];
}

/* layout.c */
const struct memlayout *dnuma_actual(void);
void dnuma_actual_set(struct memlayout *layout);
int dnuma_wanted_set(const struct memlayout *layout);
void dnuma_shape_get(struct dnuma_shape *shape);

/* look.c */
struct folio;
enum dnuma_obstacle dnuma_folio_stays(struct folio *folio);
unsigned long dnuma_page_look(unsigned long pfn, unsigned long end_pfn,
			      struct folio **folio, bool *reserved);
void dnuma_look(void *arg, unsigned long start_pfn, unsigned long end_pfn,
		struct dnuma_run *run);

/**
 * struct dnuma_zones - zones during a commit
 * @empty: bit @zone of entry @nid: it had no page when the plan was made
 * @gained: nodes that had no memory for the kernel then; notifiers know
 * @first: of these, those that had no memory at all
 */
struct dnuma_zones {
	unsigned long *empty;
	nodemask_t gained;
	nodemask_t first;
};

int dnuma_zones_begin(struct dnuma_zones *zones, const struct dnuma_plan *plan);
void dnuma_zones_moved(struct dnuma_zones *zones,
		       const struct dnuma_step *step);
void dnuma_zones_end(struct dnuma_zones *zones, const struct dnuma_plan *plan);
bool dnuma_zone_has(struct zone *zone, unsigned long pfn);

/* blocks.c */
extern void (*dnuma_race_hook)(unsigned long pfn);
struct compact_control;
int dnuma_migrate(struct compact_control *cc, unsigned long start_pfn,
		  unsigned long end_pfn, new_folio_t target,
		  unsigned long private, unsigned long *migrated_pages);
bool dnuma_all_free(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn);
unsigned long dnuma_grab(const struct dnuma_step *step, enum dnuma_why *why);
void dnuma_empty_begin(void);
unsigned long dnuma_empty(const struct dnuma_step *step, enum dnuma_why *why);
void dnuma_empty_end(void);
bool dnuma_isolate(struct zone *zone, unsigned long start_pfn,
		   unsigned long end_pfn);
bool dnuma_block_take(struct zone *zone, unsigned long start_pfn);
void dnuma_block_move(const struct dnuma_step *step, unsigned long pfn);
void dnuma_account_pages(const struct dnuma_step *step, unsigned long start_pfn,
			 unsigned long end_pfn);

/* pristine.c */
#ifdef CONFIG_MEMMAP_INIT_SELECT
int dnuma_pristine_prepare(const struct dnuma_plan *plan);
bool dnuma_pristine_look(int nid, unsigned long start_pfn,
			 unsigned long end_pfn, struct dnuma_run *run);
unsigned long dnuma_rehome(const struct dnuma_step *step, enum dnuma_why *why);
#else
static inline int dnuma_pristine_prepare(const struct dnuma_plan *plan)
{
	return 0;
}

static inline bool dnuma_pristine_look(int nid, unsigned long start_pfn,
				       unsigned long end_pfn,
				       struct dnuma_run *run)
{
	return false;
}

static inline unsigned long dnuma_rehome(const struct dnuma_step *step,
					 enum dnuma_why *why)
{
	*why = DNUMA_CHANGED;
	return step->start_pfn;
}
#endif

/* hold.c */
unsigned long dnuma_hold(const struct dnuma_step *step, enum dnuma_why *why);
void dnuma_hold_begin(void);
void dnuma_hold_end(void);

/* sysfs.c */
void dnuma_tell_kernel(const struct memlayout *before);
void dnuma_tell_users(const struct memlayout *before);

/**
 * struct dnuma_request - what a commit may do
 * @policy: of its plans
 * @retry_s: seconds until what is left is tried again; 0: not by itself
 */
struct dnuma_request {
	struct dnuma_policy policy;
	unsigned int retry_s;
};

/**
 * struct dnuma_outcome - what became of the last commit, or why there was none
 * @nr: commits so far
 * @err: of the last one; an error number
 * @error: what was wrong with the text; @error.text empty: nothing
 * @plan: its last plan
 * @count: sums of all of its plans
 * @migrated_pages: pages whose contents went elsewhere; a huge one counts once
 * @nr_plans: plans
 * @nr_retries: how often what was left has been tried again
 * @us: how long all of that took
 * @ledger: what does not add up; empty if all does
 */
struct dnuma_outcome {
	unsigned int nr;
	int err;
	struct memlayout_error error;
	struct dnuma_plan plan;
	struct dnuma_count count[DNUMA_NR_WAYS];
	unsigned long migrated_pages;
	unsigned int nr_plans;
	unsigned int nr_retries;
	u64 us;
	char ledger[DNUMA_LINE];
};

/* commit.c */
extern struct mutex dnuma_lock;
extern struct dnuma_outcome dnuma_outcome;
int dnuma_stage(char *text, size_t bytes, bool more);
void dnuma_unstage(void);
struct memlayout *dnuma_read_staged(struct memlayout_error *error);
void dnuma_settle(void);
bool dnuma_committing(void);
int dnuma_commit(const struct dnuma_request *request);

/* report.c */
int dnuma_report_show(struct seq_file *m, void *unused);
int dnuma_blocks_show(struct seq_file *m, void *unused);
int dnuma_plan_show(struct seq_file *m, void *unused);

/* cpus.c */
int dnuma_cpu_move(unsigned int cpu, unsigned int nid);
int dnuma_cpus_show(struct seq_file *m, void *unused);

/* distance.c */
int dnuma_distances_set(char *text);
int dnuma_distances_show(struct seq_file *m, void *unused);

/* debugfs.c */
extern struct dentry *dnuma_dir;

/* audit.c */
int dnuma_audit_show(struct seq_file *m, void *unused);

#endif /* _MM_DNUMA_KERNEL_KERNEL_H */
