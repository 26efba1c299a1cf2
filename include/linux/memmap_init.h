/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MEMMAP_INIT_H
#define _LINUX_MEMMAP_INIT_H

/**
 * DOC: boot-time initialisation of the memmap
 *
 * The memmap is the array of struct pages, one for each page of memory. A free
 * page is *pristine* while its struct page has not been written yet. Pristine
 * pages are kept as *extents*: ranges of pfns per zone, made of whole buddy
 * blocks of the top order. The zone counts them as managed and as free from
 * the start, so no statistic depends on how far the initialisation is. Only
 * what is being written at this moment is not in NR_FREE_PAGES: nobody can have
 * it, so no watermark may rest on it.
 *
 * A *drain* empties extents. Its *workers*, one for each CPU that takes part,
 * claim a *chunk* at a time and write it in *batches*: a worker writes the
 * struct pages of a batch as those of free pages and links the batch into the
 * buddy allocator. When the free lists of a zone run short, the allocator
 * *pulls*: it initialises one block itself.
 *
 * A *strategy* decides who drains, when, and whether boot waits. An *executor*
 * carries the strategy out: it knows CPUs, threads and the page allocator. The
 * kernel has one, and tests have others.
 *
 * Each part uses the one below it, and this header declares the lowest first::
 *
 *   boot string   memmap_init=async,chunk=64M
 *        |
 *   parameter     struct memmap_param      mm/memmap/param.c
 *        |
 *   strategy      struct memmap_strategy   mm/memmap/strategies/
 *        |
 *   drain         struct memmap_drain      mm/memmap/drain.c
 *        |
 *   extent        struct memmap_extents    mm/memmap/extent.c
 *        |        (a pull begins here:     mm/memmap/pull.c)
 *        |
 *   page store    memmap_page_init()       mm/memmap/page.c
 *        |
 *   buddy         struct free_area         mm/page_alloc.c
 */

#include <linux/types.h>
#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>

struct memmap_boot;
struct memmap_drain;
struct memmap_worker;

/*
 * A block: one buddy block of the top order. It is the smallest amount that is
 * pristine or not, so extents begin and end at multiples of it.
 */
#define MEMMAP_BLOCK_PAGES MAX_ORDER_NR_PAGES

/*
 * Blocks in a batch. A worker takes zone->lock once a batch. The struct pages
 * of a block are 64 KiB: eight blocks fit into the second-level cache and are
 * enough to make the lock rare.
 */
#define MEMMAP_BATCH_BLOCKS 8

/* Default of chunk=: 128 MiB, which is a memory section on x86-64. */
#define MEMMAP_CHUNK_BYTES (128UL << 20)

/* Default of quantum=: how long a cross-called CPU works before others run. */
#define MEMMAP_QUANTUM_NS 1000000ULL

/*
 * Distance of a CPU from the memory of its own node: 10 in every table of
 * distances (ACPI 6.5, 5.2.17), in hundredths.
 */
#define MEMMAP_DISTANCE_LOCAL 1000

/**
 * enum memmap_store - which stores write the struct pages
 * @MEMMAP_STORE_AUTO: time both kinds on the first blocks, then use the faster
 * @MEMMAP_STORE_CACHED: ordinary stores
 * @MEMMAP_STORE_NT: non-temporal stores, which bypass the cache
 */
enum memmap_store {
	MEMMAP_STORE_AUTO,
	MEMMAP_STORE_CACHED,
	MEMMAP_STORE_NT,
};

/**
 * struct memmap_extent - a run of pristine blocks
 * @start_pfn: first pristine page; a multiple of MEMMAP_BLOCK_PAGES
 * @end_pfn: first page behind the run; a multiple as well
 * @busy_pfn: a worker is writing the batch [@start_pfn, @busy_pfn), so no other
 *	CPU may take these pages. Equal to @start_pfn when no batch is written.
 * @owner: the extent is the chunk of this worker; NULL: it is unclaimed. The
 *	claim only keeps other workers away: a pull may still take pages from
 *	@busy_pfn on.
 * @left: its worker has left the chunk to others
 */
struct memmap_extent {
	unsigned long start_pfn;
	unsigned long end_pfn;
	unsigned long busy_pfn;
	const struct memmap_worker *owner;
	bool left;
};

/**
 * struct memmap_extent_table - the extents of a zone, sorted by pfn
 * @rcu: frees a table that a larger one has replaced
 * @capacity: entries in @extent
 * @allocated: the table is from kmalloc(); the first one is not
 * @extent: the entries; struct memmap_extents says how many are in use
 *
 * RCU keeps a replaced table alive for readers that hold no lock.
 */
struct memmap_extent_table {
	struct rcu_head rcu;
	unsigned int capacity;
	bool allocated;
	struct memmap_extent extent[];
};

/* Nodes whose new workers a zone can tell apart: a cache line of counters. */
#define MEMMAP_NEW_OF 16

/**
 * struct memmap_extents - the pristine pages of one zone
 * @zone: the zone; zone->lock protects every write to this structure
 * @start_pfn: first page that was ever pristine
 * @end_pfn: first page behind the last one that was ever pristine
 * @template: the struct page of a free page of this zone
 * @seq: lets readers look at @table without zone->lock; writers hold the lock
 * @table: the extents
 * @nr: entries of @table in use
 * @nr_pages: pristine pages, claimed or not
 * @nr_idle: pristine pages that are in no batch, claimed or not
 * @nr_workers: workers that claim their chunks here; like the next four a hint
 *	for a worker that looks for another zone
 * @nr_new: of these, who have written no batch here yet
 * @nr_new_of: the same, of each node; nodes that differ by MEMMAP_NEW_OF share one
 * @nr_new_home: of @nr_new, those of the zone's own node
 * @speed: of the others of @nr_workers together, in pages per 2^20 ns
 *
 * The fields that only hot-added memory changes come first. Code that walks pfns
 * reads @start_pfn and @end_pfn for every page, and is not to wait for cache
 * lines that drains and pulls write.
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
	unsigned long nr_idle;
	unsigned int nr_workers;
	unsigned int nr_new;
	unsigned int nr_new_of[MEMMAP_NEW_OF];
	unsigned int nr_new_home;
	unsigned long speed;
};

/**
 * memmap_table_bytes - size of a table of extents
 * @capacity: entries that it can hold
 *
 * Context: any.
 * Return: bytes.
 */
static inline size_t memmap_table_bytes(unsigned int capacity)
{
	return struct_size_t(struct memmap_extent_table, extent, capacity);
}

void memmap_extents_init(struct memmap_extents *set, struct zone *zone,
			 struct memmap_extent_table *table,
			 unsigned int capacity);
int memmap_extents_reserve(struct memmap_extents *set, unsigned int slots);
bool memmap_extents_full(const struct memmap_extents *set);
bool memmap_extents_add(struct memmap_extents *set, unsigned long start_pfn,
			unsigned long end_pfn);
bool memmap_extents_claim(struct memmap_extents *set,
			  const struct memmap_worker *owner,
			  unsigned long chunk_pages, unsigned long *start_pfn,
			  unsigned long *end_pfn);
bool memmap_extents_share(struct memmap_extents *set,
			  const struct memmap_worker *owner,
			  unsigned long *start_pfn, unsigned long *end_pfn);
void memmap_extents_leave(struct memmap_extents *set,
			  const struct memmap_worker *owner,
			  unsigned long start_pfn);
unsigned long memmap_extents_busy(struct memmap_extents *set,
				  const struct memmap_worker *owner,
				  unsigned long start_pfn,
				  unsigned long nr_pages);
unsigned long memmap_extents_done(struct memmap_extents *set,
				  const struct memmap_worker *owner,
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
 * @nid: home node; the worker drains its extents first
 * @cpu: number of the CPU, for reports
 * @index: which of its node's workers it is, from 0
 * @set: the zone that the worker claims chunks from, at first one of its home
 *	node; NULL while it has none
 * @start_pfn: next page of the chunk to write
 * @end_pfn: end of the chunk as it was claimed or last seen; pulls may have
 *	shortened it since. Equal to @start_pfn when the worker has no chunk.
 * @batch_end_pfn: [@start_pfn, @batch_end_pfn) is the batch being written
 * @batch_pages: most pages to ask for in the next batch
 * @speed: how fast it is in the zones of its own node, as far as is known; in
 *	pages per 2^20 ns, like the next two
 * @measured: how fast its last batch was; 0 if it is new or has no clock
 * @speed_here: the same, as it is counted in @set->speed; 0 while it is new
 * @nr_pages: pages drained so far
 * @nr_chunks: chunks claimed so far
 *
 * The state outlives a quantum: the next quantum goes on with the same chunk.
 */
struct memmap_worker {
	int nid;
	unsigned int cpu;
	unsigned int index;
	struct memmap_extents *set;
	unsigned long start_pfn;
	unsigned long end_pfn;
	unsigned long batch_end_pfn;
	unsigned long batch_pages;
	unsigned long speed;
	unsigned long measured;
	unsigned long speed_here;
	unsigned long nr_pages;
	unsigned long nr_chunks;
};

/**
 * struct memmap_drain - a description of the work, and its result
 * @boot: the memory to initialise
 * @nid: drain the extents of this node only; NUMA_NO_NODE: of all nodes
 * @chunk_pages: pages in a chunk; chunks end at multiples of it
 * @batch_pages: most pages in a batch
 * @fixed_chunks: a worker writes its chunk alone and whole, as in mainline
 * @after_boot: background workers begin when the boot thread has finished
 * @added: it was begun for hot-added memory
 * @stop: workers end with the batch that they are at, and leave the rest to pulls
 * @quantum_ns: longest run before others run on the CPU; 0: it is a thread
 * @threads: most CPUs of a node that take part; 0 for all
 * @last_set: where memmap_worker_init() found the home of the last worker
 * @home: the node of the last worker; workers are added node by node
 * @nr_at_home: workers that @home has so far
 * @too_late: a worker that is no faster than this would be too late everywhere
 * @nr_pages: pages drained
 * @nr_workers: workers that have not finished
 * @nr_active: workers that drained at least one page
 * @start_ns: time of the executor's clock when the drain began; 0: the first
 *	batch will say
 * @end_ns: time when the last worker finished
 */
struct memmap_drain {
	struct memmap_boot *boot;
	int nid;
	unsigned long chunk_pages;
	unsigned long batch_pages;
	bool fixed_chunks;
	bool after_boot;
	bool added;
	bool stop;
	u64 quantum_ns;
	unsigned int threads;
	unsigned int last_set;
	int home;
	unsigned int nr_at_home;
	unsigned long too_late;
	atomic_long_t nr_pages;
	atomic_t nr_workers;
	atomic_t nr_active;
	u64 start_ns;
	u64 end_ns;
};

void memmap_drain_init(struct memmap_drain *drain, struct memmap_boot *boot);
void memmap_worker_init(struct memmap_worker *worker,
			struct memmap_drain *drain, unsigned int cpu, int nid);
unsigned long memmap_worker_share(const struct memmap_worker *worker);
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
unsigned int memmap_drain_threads(const struct memmap_drain *drain, int nid);
void memmap_drain_spawn(struct memmap_boot *boot);

/**
 * struct memmap_exec - an executor, which carries a strategy out
 * @name: name for reports
 * @now: return the time in ns, of a clock that never goes backwards; called in
 *	any context
 * @busy: no allocation can have these pages, so they do not count as free from
 *	now on; called with zone->lock held, before @init or @free. May be NULL
 * @init: write the struct pages of free pages; called in any context
 * @free: link the same pages into the buddy allocator, which counts them;
 *	called with zone->lock held, after @init and before the pages are removed
 *	from their extent
 * @run: let the boot thread drain on node @nid and return when it has finished;
 *	NUMA_NO_NODE: on the CPU where it is, which also works before SMP
 * @cross_call: let every CPU that takes part drain, a quantum after the other,
 *	and return when no work is left
 * @spawn: start background workers for node @nid and return at once; they wait
 *	for the end of boot if the drain says so
 * @relax: let other threads run; called between batches in process context
 * @distance: how far the memory of node @to_nid is from a CPU of node @nid, in
 *	hundredths of node_distance(); NULL: all memory is as far
 * @claimed: a worker has claimed a chunk; for tracing, may be NULL
 * @done: the last worker has finished; may be NULL
 *
 * A strategy calls @run, @cross_call and @spawn. A drain calls the others.
 */
struct memmap_exec {
	const char *name;
	u64 (*now)(struct memmap_boot *boot);
	void (*busy)(struct memmap_boot *boot, struct memmap_extents *set,
		     unsigned long nr_pages);
	void (*init)(struct memmap_boot *boot, struct memmap_extents *set,
		     unsigned long start_pfn, unsigned long nr_pages);
	void (*free)(struct memmap_boot *boot, struct memmap_extents *set,
		     unsigned long start_pfn, unsigned long nr_pages);
	void (*run)(struct memmap_drain *drain, int nid);
	void (*cross_call)(struct memmap_drain *drain);
	void (*spawn)(struct memmap_drain *drain, int nid);
	void (*relax)(struct memmap_boot *boot);
	unsigned int (*distance)(struct memmap_boot *boot, int nid, int to_nid);
	void (*claimed)(struct memmap_drain *drain,
			const struct memmap_worker *worker);
	void (*done)(struct memmap_drain *drain);
};

/* Flags of a strategy */
#define MEMMAP_WAITS	0x1 /* boot waits until no page is pristine */
#define MEMMAP_MAINLINE 0x2 /* mainline's deferred init does all the work */
#define MEMMAP_ALL_CPUS 0x4 /* CPUs other than the boot CPU take part */

/**
 * struct memmap_strategy - who drains, when, and whether boot waits
 * @name: name on the boot line
 * @summary: one line for a user who has to choose
 * @flags: MEMMAP_WAITS, MEMMAP_MAINLINE, MEMMAP_ALL_CPUS
 * @early: called when all extents are known, before other CPUs start; may be
 *	NULL
 * @late: called when all CPUs are up and threads can be created, before user
 *	space starts; may be NULL
 */
struct memmap_strategy {
	const char *name;
	const char *summary;
	unsigned int flags;
	void (*early)(struct memmap_boot *boot);
	void (*late)(struct memmap_boot *boot);
};

/* The strategies that a boot falls back to; the others are found by name. */
extern const struct memmap_strategy memmap_deferred;
extern const struct memmap_strategy memmap_local;

/* All strategies in the order of the documentation; the last entry is NULL. */
extern const struct memmap_strategy *const memmap_strategies[];

const struct memmap_strategy *memmap_strategy_find(const char *name,
						   size_t len);
const char *memmap_strategy_names(char *text, size_t size);

/**
 * struct memmap_param - what memmap_init= says
 * @strategy: the strategy; never NULL
 * @chunk_bytes: memory in a chunk; a multiple of a block, never 0
 * @store: which stores write the struct pages
 * @quantum_ns: how long a cross-called CPU works before others run; never 0
 * @threads: most CPUs of a node that take part; 0 for all
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
 * struct memmap_boot - the state of memmap initialisation on one machine
 * @param: what the boot line says
 * @exec: the executor
 * @sets: the pristine pages of each zone that has any; those of boot are
 *	grouped by node
 * @nr_sets: entries in @sets, see memmap_boot_nr_sets()
 * @drain: the drain of the strategy; it lives as long as background workers
 * @store: the stores in use; MEMMAP_STORE_AUTO until both kinds are timed
 * @sample_ns: best time for a block with ordinary and with non-temporal stores
 * @nr_samples: blocks timed so far
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

/*
 * So long must no memory have been hot-added before what has come is drained.
 * It comes a memory block at a time, and a drain that begins in between takes
 * zone->lock and CPUs from those who bring the next one online. Between two
 * blocks lies a driver's work and perhaps an answer of the host, which may have
 * to find memory first: much less than this. Longer would be felt by who waits
 * until hot-added memory is ready.
 */
#define MEMMAP_SETTLE_MS 1000

void memmap_boot_init(struct memmap_boot *boot,
		      const struct memmap_param *param,
		      const struct memmap_exec *exec,
		      struct memmap_extents **sets);
void memmap_boot_add(struct memmap_boot *boot, struct memmap_extents *set);
bool memmap_boot_record(struct memmap_extents *set, unsigned long *start_pfn,
			unsigned long *end_pfn);
unsigned long memmap_boot_tail(struct memmap_extents *set,
			       unsigned long start_pfn, unsigned long end_pfn);
bool memmap_boot_forget(struct memmap_extents *set, unsigned long start_pfn,
			unsigned long end_pfn);

/**
 * memmap_boot_nr_sets - how many zones have extents?
 * @boot: the state
 *
 * Context: any, while memmap_boot_add() may add one.
 * Return: how many; the first so many entries of @boot->sets may be read.
 */
static inline unsigned int memmap_boot_nr_sets(const struct memmap_boot *boot)
{
	/* Pairs with smp_store_release() in memmap_boot_add(). */
	return smp_load_acquire(&boot->nr_sets);
}

void memmap_boot_early(struct memmap_boot *boot);
void memmap_boot_late(struct memmap_boot *boot);
void memmap_boot_added(struct memmap_boot *boot);
void memmap_boot_more(struct memmap_boot *boot);
unsigned long memmap_boot_pristine(const struct memmap_boot *boot);

void memmap_template_init(struct memmap_extents *set);
void memmap_page_init(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long start_pfn, unsigned long nr_pages);
void memmap_page_reserve(const struct memmap_boot *boot, struct zone *zone,
			 unsigned long start_pfn, unsigned long nr_pages);
void memmap_page_busy(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long nr_pages);
void memmap_page_free(struct zone *zone, unsigned long pfn, int migratetype);
void memmap_page_link(struct memmap_boot *boot, struct memmap_extents *set,
		      unsigned long start_pfn, unsigned long nr_pages);

bool memmap_pull(struct memmap_boot *boot, struct zone *zone, int migratetype);
int memmap_populate(struct memmap_boot *boot, struct memmap_extents *set,
		    unsigned long start_pfn, unsigned long end_pfn);

#endif /* _LINUX_MEMMAP_INIT_H */
