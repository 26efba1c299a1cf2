/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MEMMAP_INIT_H
#define _LINUX_MEMMAP_INIT_H

/**
 * DOC: boot-time initialisation of the memmap
 *
 * Memory whose struct pages nobody has written yet is *pristine*. It is kept
 * as extents, pfn ranges per zone, made of whole top-order buddy blocks. The
 * zone counts pristine pages as managed and as free from the start, so no
 * statistic ever tells how far the initialisation has come.
 *
 * A *drain* empties extents: a worker claims a chunk, writes its descriptors
 * one batch after another straight into the state of a free page, and links
 * each batch into the buddy allocator. A *strategy* says who drains, when, and
 * whether boot waits. An *executor* carries the strategy out: the kernel, a
 * host process with one thread a CPU, or a clock that is only simulated.
 *
 * Data flows one way: boot parameter, strategy, drain, extent, page, buddy.
 */

#include <linux/types.h>
#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>

struct memmap_boot;
struct memmap_drain;

/* The atom: one top-order buddy block. Extents are aligned to it. */
#define MEMMAP_BLOCK_PAGES MAX_ORDER_NR_PAGES

/*
 * Blocks that a worker writes between two holds of zone->lock: few enough to
 * stay in the first cache levels (8 * 64 KiB), enough to make the lock rare.
 */
#define MEMMAP_BATCH_BLOCKS 8

/* Chunk when the boot line names none: 128 MiB, a section on x86-64. */
#define MEMMAP_CHUNK_BYTES (128UL << 20)

/* Interrupts-off time of a cross-call when the boot line names none. */
#define MEMMAP_QUANTUM_NS 1000000ULL

enum memmap_store {
	MEMMAP_STORE_AUTO, /* measured on the first blocks, then fixed */
	MEMMAP_STORE_CACHED, /* ordinary stores */
	MEMMAP_STORE_NT, /* non-temporal stores */
};

/**
 * struct memmap_extent - a run of pristine blocks
 * @start_pfn: first pristine page; a multiple of MEMMAP_BLOCK_PAGES
 * @end_pfn: first page behind the run
 * @busy_pfn: a worker is writing [@start_pfn, @busy_pfn) right now; nobody
 *	else may take those. Equal to @start_pfn when nothing is being written.
 * @claimed: a worker means to drain all of it. The part behind @busy_pfn is
 *	a reservation only: an allocator in need may still take it.
 */
struct memmap_extent {
	unsigned long start_pfn;
	unsigned long end_pfn;
	unsigned long busy_pfn;
	bool claimed;
};

/* Sorted by pfn. When it grows, RCU keeps the old one for lockless readers. */
struct memmap_extent_table {
	struct rcu_head rcu;
	unsigned int capacity;
	bool allocated;
	struct memmap_extent extent[];
};

/**
 * struct memmap_extents - what is still pristine in one zone
 * @zone: the zone; zone->lock protects every write to this structure
 * @start_pfn: no page below was ever in an extent
 * @end_pfn: nor any page from here on
 * @template: what each descriptor of this zone looks like when free
 * @seq: lets readers query without zone->lock; writers hold zone->lock
 * @table: the extents
 * @nr: extents in use
 * @nr_pages: pristine pages, claimed or not
 * @nr_unclaimed: pristine pages that no worker has claimed
 * @nr_workers: workers that claim from here; advice for those who look for work
 *
 * What never changes after boot comes first: a walker that only asks whether
 * a page lies here at all stays clear of the lines that drains and pulls write.
 */
struct memmap_extents {
	struct zone *zone;
	unsigned long start_pfn;
	unsigned long end_pfn;
	struct page template;
	seqcount_spinlock_t seq;
	struct memmap_extent_table __rcu *table;
	unsigned int nr;
	unsigned long nr_pages;
	unsigned long nr_unclaimed;
	atomic_t nr_workers;
};

size_t memmap_table_bytes(unsigned int capacity);
void memmap_extents_init(struct memmap_extents *set, struct zone *zone,
			 struct memmap_extent_table *table,
			 unsigned int capacity);
int memmap_extents_reserve(struct memmap_extents *set, unsigned int slots);
bool memmap_extents_full(const struct memmap_extents *set);
bool memmap_extents_add(struct memmap_extents *set, unsigned long start_pfn,
			unsigned long end_pfn);
bool memmap_extents_claim(struct memmap_extents *set, unsigned long chunk_pages,
			  unsigned long *start_pfn, unsigned long *end_pfn);
unsigned long memmap_extents_busy(struct memmap_extents *set,
				  unsigned long start_pfn,
				  unsigned long nr_pages);
unsigned long memmap_extents_done(struct memmap_extents *set,
				  unsigned long start_pfn,
				  unsigned long end_pfn);
unsigned long memmap_extents_first(const struct memmap_extents *set);
bool memmap_extents_find(const struct memmap_extents *set,
			 unsigned long *start_pfn, unsigned long *end_pfn,
			 bool *busy);
bool memmap_extents_remove(struct memmap_extents *set, unsigned long start_pfn,
			   unsigned long end_pfn);
bool memmap_extents_test(const struct memmap_extents *set, unsigned long pfn);

/**
 * struct memmap_worker - one CPU's part in a drain
 * @nid: home node: its extents come first
 * @cpu: number for reports, unique within the drain
 * @set: where it claims its chunks, home at first; NULL: it has to look
 * @start_pfn: next page of the chunk to write
 * @end_pfn: end of the chunk as claimed, @start_pfn without one; it may shrink
 *	meanwhile
 * @batch_end_pfn: [@start_pfn, @batch_end_pfn) is the batch being written
 * @batch_pages: size of the next one
 * @nr_pages: pages drained so far
 * @nr_chunks: chunks claimed so far
 *
 * Survives the end of a quantum: the next one goes on with the same chunk.
 */
struct memmap_worker {
	int nid;
	unsigned int cpu;
	struct memmap_extents *set;
	unsigned long start_pfn;
	unsigned long end_pfn;
	unsigned long batch_end_pfn;
	unsigned long batch_pages;
	unsigned long nr_pages;
	unsigned long nr_chunks;
};

/**
 * struct memmap_drain - a description of work, as data
 * @boot: the memory it empties
 * @nid: only this node's extents, or NUMA_NO_NODE: any, home node first
 * @chunk_pages: pages claimed at a time; chunks end at multiples of it
 * @batch_pages: most pages written between two holds of zone->lock
 * @quantum_ns: longest run with interrupts off, 0 where they stay on
 * @threads: most CPUs of a node that take part, 0 for all
 * @nr_pages: pages drained
 * @nr_workers: workers that have not finished
 * @nr_active: workers that drained at least one page
 * @start_ns: executor's clock when the drain began
 * @end_ns: and when its last worker finished
 */
struct memmap_drain {
	struct memmap_boot *boot;
	int nid;
	unsigned long chunk_pages;
	unsigned long batch_pages;
	u64 quantum_ns;
	unsigned int threads;
	atomic_long_t nr_pages;
	atomic_t nr_workers;
	atomic_t nr_active;
	u64 start_ns;
	u64 end_ns;
};

void memmap_drain_init(struct memmap_drain *drain, struct memmap_boot *boot);
void memmap_worker_init(struct memmap_worker *worker,
			struct memmap_drain *drain, unsigned int cpu, int nid);
bool memmap_drain_begin(struct memmap_drain *drain,
			struct memmap_worker *worker);
void memmap_drain_end(struct memmap_drain *drain, struct memmap_worker *worker,
		      bool more);
bool memmap_drain_pace(const struct memmap_drain *drain,
		       struct memmap_worker *worker, unsigned long batch_ns,
		       unsigned long spent_ns);
bool memmap_drain_run(struct memmap_drain *drain, struct memmap_worker *worker);
void memmap_drain_finish(struct memmap_drain *drain,
			 struct memmap_worker *worker);

/**
 * struct memmap_exec - what carries a strategy out
 * @name: for reports
 * @now: a clock in ns that never goes backwards; any context
 * @init: write the descriptors of @nr_pages free pages; any context
 * @free: link the same pages into the buddy allocator; zone->lock held, after
 *	@init, before the extent stops saying that they are pristine
 * @run: the boot thread drains, moved to node @nid for as long as it takes
 *	(NUMA_NO_NODE: where it stands, before SMP too); returns when done
 * @cross_call: every CPU that takes part drains for one quantum with
 *	interrupts off; returns true while work is left
 * @spawn: start background workers on node @nid and return at once
 * @relax: between batches in thread context: let others run
 * @claimed: a worker has claimed a chunk (tracing); may be NULL
 * @done: the last worker has finished; may be NULL
 *
 * A strategy calls @run, @cross_call, @spawn; a drain the others.
 */
struct memmap_exec {
	const char *name;
	u64 (*now)(struct memmap_boot *boot);
	void (*init)(struct memmap_boot *boot, struct memmap_extents *set,
		     unsigned long start_pfn, unsigned long nr_pages);
	void (*free)(struct memmap_boot *boot, struct memmap_extents *set,
		     unsigned long start_pfn, unsigned long nr_pages);
	void (*run)(struct memmap_drain *drain, int nid);
	bool (*cross_call)(struct memmap_drain *drain);
	void (*spawn)(struct memmap_drain *drain, int nid);
	void (*relax)(struct memmap_boot *boot);
	void (*claimed)(struct memmap_drain *drain,
			const struct memmap_worker *worker);
	void (*done)(struct memmap_drain *drain);
};

/* enum memmap_strategy_flags - what a strategy asks of the world around it */
#define MEMMAP_WAITS	0x1 /* boot goes on only when nothing is pristine */
#define MEMMAP_MAINLINE 0x2 /* leave it all to mainline's deferred init */
#define MEMMAP_ALL_CPUS 0x4 /* other CPUs than the boot CPU drain as well */

/**
 * struct memmap_strategy - who drains, when, and whether boot waits
 * @name: as on the boot line
 * @summary: one line for a user who has to choose
 * @flags: MEMMAP_WAITS, MEMMAP_MAINLINE, MEMMAP_ALL_CPUS
 * @early: one CPU, before SMP, all extents known; may be NULL
 * @late: every CPU and thread is there, user space is not; may be NULL
 */
struct memmap_strategy {
	const char *name;
	const char *summary;
	unsigned int flags;
	void (*early)(struct memmap_boot *boot);
	void (*late)(struct memmap_boot *boot);
};

/* What a boot falls back to; the others are found by name. */
extern const struct memmap_strategy memmap_deferred;
extern const struct memmap_strategy memmap_local;

/* NULL-terminated, in the order of the documentation. */
extern const struct memmap_strategy *const memmap_strategies[];

const struct memmap_strategy *memmap_strategy_find(const char *name,
						   size_t len);
const char *memmap_strategy_names(char *text, size_t size);

/**
 * struct memmap_param - memmap_init= as parsed
 * @strategy: never NULL
 * @chunk_bytes: memory claimed at a time; a multiple of a block, never 0
 * @store: how descriptors are written
 * @quantum_ns: longest cross-call, never 0
 * @threads: most CPUs a node, 0 for all
 */
struct memmap_param {
	const struct memmap_strategy *strategy;
	unsigned long chunk_bytes;
	enum memmap_store store;
	u64 quantum_ns;
	unsigned int threads;
};

void memmap_param_default(struct memmap_param *param);
unsigned int memmap_param_parse(struct memmap_param *param, const char *arg);

/**
 * struct memmap_boot - one machine's memory on its way up
 * @param: what the boot line asked for
 * @exec: who carries it out
 * @sets: extents per zone, grouped by node
 * @nr_sets: how many
 * @drain: the strategy's drain; lives as long as its background workers
 * @store: MEMMAP_STORE_AUTO until measured
 * @sample_ns: best time for a block with ordinary and non-temporal stores
 * @nr_samples: blocks measured so far
 */
struct memmap_boot {
	struct memmap_param param;
	const struct memmap_exec *exec;
	struct memmap_extents **sets;
	unsigned int nr_sets;
	struct memmap_drain drain;
	enum memmap_store store;
	u64 sample_ns[2];
	atomic_t nr_samples;
};

void memmap_boot_init(struct memmap_boot *boot,
		      const struct memmap_param *param,
		      const struct memmap_exec *exec,
		      struct memmap_extents **sets);
void memmap_boot_add(struct memmap_boot *boot, struct memmap_extents *set);
bool memmap_boot_record(struct memmap_extents *set, unsigned long *start_pfn,
			unsigned long *end_pfn);
void memmap_boot_early(struct memmap_boot *boot);
void memmap_boot_late(struct memmap_boot *boot);
unsigned long memmap_boot_pristine(const struct memmap_boot *boot);

void memmap_template_init(struct memmap_extents *set);
void memmap_page_init(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long start_pfn, unsigned long nr_pages);
void memmap_page_free(struct zone *zone, unsigned long pfn, int migratetype);

bool memmap_pull(struct memmap_boot *boot, struct zone *zone, int migratetype);
int memmap_populate(struct memmap_boot *boot, struct memmap_extents *set,
		    unsigned long start_pfn, unsigned long end_pfn);

#endif /* _LINUX_MEMMAP_INIT_H */
