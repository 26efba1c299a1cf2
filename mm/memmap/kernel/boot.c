// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap_init=: from the boot line to the strategy, through the points of boot
 * where mm_init.c and memblock.c hand over.
 *
 * memmap_select_strategy()	free_area_init(): all early parameters are known
 * memmap_select_tables()	memblock_free_all(): memblock still allocates
 * memmap_select_record()	reserved pages are written, free ones are next
 * memmap_select_early()	everything is recorded or in the buddy allocator
 * memmap_select_slab()		kmem_cache_init() is through: give memblock's back
 * memmap_select_late()		page_alloc_init_late(): CPUs and threads are up
 *
 * defer_init() leaves the struct pages of most memory alone in every strategy,
 * as mainline does. Mainline then walks memblock to find them again; here
 * their ranges become extents while memblock is given up.
 */
#define pr_fmt(fmt) "memmap_init: " fmt

#include <linux/efi.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/memblock.h>
#include <linux/memmap_init.h>
#include <linux/memmap_pristine.h>
#include <linux/page-isolation.h>
#include <linux/page_ext.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/memmap_init.h>
#include "../../internal.h"
#include "kernel.h"
#include "../../shuffle.h"

/* Entries of a first table beyond one per free range: claims before slab. */
#define SPARE_EXTENTS 16

struct memmap_boot memmap_boot;

/* Why another strategy than the one asked for is used; NULL if it is not. */
const char *memmap_fallback __ro_after_init;

DEFINE_STATIC_KEY_FALSE(memmap_pristine_key);
EXPORT_SYMBOL_GPL(memmap_pristine_key);

static struct memmap_param memmap_param __initdata;

/* Where everything is kept until there is a slab allocator. */
static void *early_memory __initdata;
static size_t early_bytes __initdata;

static int __init memmap_init_setup(char *arg)
{
	memmap_param_parse(&memmap_param, arg);
	return 0;
}
early_param("memmap_init", memmap_init_setup);

/*
 * Pristine memory is free memory that never went through free_pages_prepare(),
 * and nobody can ask its struct pages anything. Where somebody relies on
 * either, mainline's way is the right one.
 */
static const char *__init memmap_unsafe(const struct memmap_strategy *strategy)
{
	if (IS_ENABLED(CONFIG_KASAN))
		return "KASAN poisons free memory";
	if (early_page_ext_enabled())
		return "early_page_ext initialises all struct pages at once";
	if (!(strategy->flags & MEMMAP_WAITS) && page_ext_wanted())
		return "page_ext walks all struct pages";
	if (init_on_free_requested())
		return "init_on_free clears free memory";
	if (page_poisoning_enabled())
		return "page_poison fills free memory";
	if (debug_pagealloc_enabled())
		return "debug_pagealloc unmaps free memory";
#ifdef CONFIG_UNACCEPTED_MEMORY
	if (efi.unaccepted != EFI_INVALID_TABLE_ADDR)
		return "memory must be accepted first";
#endif
	if (mirrored_kernelcore)
		return "kernelcore=mirror lets zones overlap";
	/* A worker holds a batch back, and nobody lends it priority. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && strategy->flags & MEMMAP_ALL_CPUS)
		return "PREEMPT_RT lets workers sleep and be preempted";
	return NULL;
}

/**
 * memmap_select_strategy - decide who initialises the memmap
 *
 * Context: free_area_init(), before the first struct page is written.
 */
void __init memmap_select_strategy(void)
{
	const struct memmap_strategy *strategy = memmap_param.strategy;

	if (!strategy) {
		memmap_param_default(&memmap_param);
	} else if (!(strategy->flags & MEMMAP_MAINLINE)) {
		memmap_fallback = memmap_unsafe(strategy);
		if (memmap_fallback) {
			pr_warn("%s is not possible: %s; using %s\n",
				strategy->name, memmap_fallback,
				memmap_deferred.name);
			memmap_param.strategy = &memmap_deferred;
		}
	}
	memmap_boot_init(&memmap_boot, &memmap_param, &memmap_kernel_exec,
			 NULL);
}

/**
 * memmap_select_active - does any strategy but mainline's own run?
 *
 * Context: any, after memmap_select_strategy().
 */
bool memmap_select_active(void)
{
	return !(memmap_boot.param.strategy->flags & MEMMAP_MAINLINE);
}

static unsigned int __init nr_free_ranges(int nid)
{
	phys_addr_t start, end;
	unsigned int nr = 0;
	u64 i;

	for_each_free_mem_range(i, nid, MEMBLOCK_NONE, &start, &end, NULL)
		nr++;
	return nr;
}

static size_t __init early_set_bytes(unsigned int capacity)
{
	return ALIGN(sizeof(struct memmap_zone), SMP_CACHE_BYTES) +
	       ALIGN(memmap_table_bytes(capacity), SMP_CACHE_BYTES);
}

/**
 * memmap_select_tables - make room for the extents
 *
 * Without memory for them all struct pages are written at once.
 *
 * Context: memblock can allocate and is about to be given up.
 */
void __init memmap_select_tables(void)
{
	size_t at = ALIGN(nr_node_ids * sizeof(*memmap_boot.sets),
			  SMP_CACHE_BYTES);
	int nid;

	if (!memmap_select_active())
		return;

	early_bytes = at;
	for_each_online_node(nid)
		early_bytes +=
			early_set_bytes(nr_free_ranges(nid) + SPARE_EXTENTS);
	/* Whole pages, so that they can be freed again. */
	early_bytes = PAGE_ALIGN(early_bytes);
	early_memory = memblock_alloc(early_bytes, PAGE_SIZE);
	if (!early_memory)
		return;

	memmap_boot.sets = early_memory;
	for_each_online_node(nid) {
		pg_data_t *pgdat = NODE_DATA(nid);
		unsigned int capacity = nr_free_ranges(nid) + SPARE_EXTENTS - 4;
		struct memmap_zone *mz = early_memory + at;

		/* Less to spare: that allocation may have split some range. */
		if (pgdat->first_deferred_pfn == ULONG_MAX)
			continue;
		at += early_set_bytes(capacity);

		/* Only the last zone of a node is deferred. */
		memmap_extents_init(&mz->set,
				    &pgdat->node_zones[pgdat->nr_zones - 1],
				    (void *)mz +
					    ALIGN(sizeof(*mz), SMP_CACHE_BYTES),
				    capacity);
		memmap_boot_add(&memmap_boot, &mz->set);
	}
}

static void __init init_free_pages(struct zone *zone, unsigned long pfn,
				   unsigned long end_pfn)
{
	for (; pfn < end_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		__init_single_page(page, pfn, zone_idx(zone),
				   zone_to_nid(zone));
		if (pageblock_aligned(pfn))
			set_pageblock_migratetype(page, MIGRATE_MOVABLE);
	}
}

static void __init record_range(int nid, unsigned long start_pfn,
				unsigned long end_pfn)
{
	pg_data_t *pgdat = NODE_DATA(nid);
	struct zone *zone = &pgdat->node_zones[pgdat->nr_zones - 1];
	unsigned long run_pfn, run_end_pfn;

	start_pfn = max(start_pfn, pgdat->first_deferred_pfn);
	if (start_pfn >= end_pfn)
		return;

	run_pfn = start_pfn;
	run_end_pfn = end_pfn;
	if (zone->pristine &&
	    memmap_boot_record(zone->pristine, &run_pfn, &run_end_pfn)) {
		container_of(zone->pristine, struct memmap_zone, set)
			->nr_recorded += run_end_pfn - run_pfn;
		init_free_pages(zone, start_pfn, run_pfn);
		start_pfn = run_end_pfn;
	}
	init_free_pages(zone, start_pfn, end_pfn);
}

/**
 * memmap_select_record - record free memory as pristine
 *
 * The unaligned ends of every free range get their struct pages now: the buddy
 * allocator looks at all neighbours within a block of the top order.
 *
 * Context: between initialising reserved struct pages and freeing memory.
 */
void __init memmap_select_record(void)
{
	phys_addr_t start, end;
	int nid;
	u64 i;

	if (!memmap_select_active())
		return;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				&nid)
		record_range(numa_valid_node(nid) ? nid : first_online_node,
			     PFN_UP(start),
			     min_t(unsigned long, PFN_DOWN(end), max_low_pfn));
}

/**
 * memmap_select_recorded - is memory to be freed recorded already?
 * @start_pfn: first page
 * @end_pfn: behind the last page
 *
 * Context: memblock is being given up.
 * Return: the end of the recorded pages from @start_pfn on; 0 if there are none.
 */
unsigned long __init memmap_select_recorded(unsigned long start_pfn,
					    unsigned long end_pfn)
{
	unsigned int i;

	for (i = 0; i < memmap_boot.nr_sets; i++) {
		struct memmap_extents *set = memmap_boot.sets[i];
		unsigned long run_pfn = start_pfn, run_end_pfn = end_pfn;
		unsigned long flags;
		bool found, busy;

		if (start_pfn < set->start_pfn || start_pfn >= set->end_pfn)
			continue;
		spin_lock_irqsave(&set->zone->lock, flags);
		found = memmap_extents_find(set, &run_pfn, &run_end_pfn, &busy);
		spin_unlock_irqrestore(&set->zone->lock, flags);
		if (found && run_pfn == start_pfn)
			return run_end_pfn;
	}
	return 0;
}

/**
 * memmap_select_early - memory is handed over; run the early strategy
 *
 * From here on nothing is deferred in mainline's sense.
 *
 * Context: end of memblock_free_all().
 */
void __init memmap_select_early(void)
{
	int nid;

	if (!memmap_select_active())
		return;

	for_each_online_node(nid)
		NODE_DATA(nid)->first_deferred_pfn = ULONG_MAX;

	memmap_boot_early(&memmap_boot);
	if (memmap_boot_pristine(&memmap_boot))
		static_branch_enable(&memmap_pristine_key);
}

static bool __init set_to_slab(unsigned int i)
{
	struct memmap_extents *set = memmap_boot.sets[i];
	struct memmap_extent_table *old = rcu_dereference_protected(set->table,
								    true);
	size_t bytes = memmap_table_bytes(old->capacity);
	struct memmap_zone *mz = kmalloc(sizeof(*mz), GFP_KERNEL);
	struct memmap_extent_table *table = kmalloc(bytes, GFP_KERNEL);

	if (!mz || !table) {
		kfree(mz);
		kfree(table);
		return false;
	}
	/* Not before: those two may have pulled from it. */
	memcpy(table, old, bytes);
	table->allocated = true;
	memcpy(mz, container_of(set, struct memmap_zone, set), sizeof(*mz));
	rcu_assign_pointer(mz->set.table, table);
	seqcount_spinlock_init(&mz->set.seq, &set->zone->lock);
	set->zone->pristine = &mz->set;
	memmap_boot.sets[i] = &mz->set;
	return true;
}

/**
 * memmap_select_slab - move the extents from memblock's memory to slab
 *
 * Memory that memblock has reserved is missing from MemTotal for ever, and
 * that must not depend on the strategy.
 *
 * Context: one CPU and one thread; slab has just come up.
 */
void __init memmap_select_slab(void)
{
	struct memmap_extents **sets;
	unsigned int i;
	bool moved = true;

	if (!early_memory)
		return;
	for (i = 0; i < memmap_boot.nr_sets; i++)
		moved = set_to_slab(i) && moved;
	sets = kmemdup(memmap_boot.sets,
		       nr_node_ids * sizeof(*memmap_boot.sets), GFP_KERNEL);
	if (!sets || !moved) {
		kfree(sets);
		return;
	}
	memmap_boot.sets = sets;
	memblock_free_late(__pa(early_memory), early_bytes);
}

/**
 * memmap_next_extent - step through what is pristine
 * @set: the extents of a zone
 * @start_pfn: in: where to go on; out: first page of the next run
 * @end_pfn: out: behind its last page
 *
 * The table may change between two steps.
 *
 * Context: any; takes zone->lock.
 * Return: false behind the last run.
 */
bool memmap_next_extent(struct memmap_extents *set, unsigned long *start_pfn,
			unsigned long *end_pfn)
{
	unsigned long flags;
	bool found, busy;

	*end_pfn = ULONG_MAX;
	spin_lock_irqsave(&set->zone->lock, flags);
	found = memmap_extents_find(set, start_pfn, end_pfn, &busy);
	spin_unlock_irqrestore(&set->zone->lock, flags);
	return found;
}

/* What the late strategy begins with: its chunks follow from this alone. */
static void __init trace_extents(void)
{
	unsigned long start_pfn, end_pfn;
	unsigned int i;

	if (!trace_memmap_init_extent_enabled())
		return;
	for (i = 0; i < memmap_boot.nr_sets; i++) {
		struct memmap_extents *set = memmap_boot.sets[i];

		for (start_pfn = 0;
		     memmap_next_extent(set, &start_pfn, &end_pfn);
		     start_pfn = end_pfn)
			trace_memmap_init_extent(zone_to_nid(set->zone),
						 start_pfn, end_pfn);
	}
}

/**
 * memmap_select_late - run the late strategy
 *
 * Context: page_alloc_init_late(), may sleep.
 * Return: false if mainline's deferred initialisation has to run instead.
 */
bool __init memmap_select_late(void)
{
	if (!memmap_select_active())
		return false;

	trace_extents();
	if (is_shuffle_order(MAX_PAGE_ORDER) &&
	    !(memmap_boot.param.strategy->flags & MEMMAP_WAITS)) {
		/* Known only now. What is pristine cannot be shuffled. */
		memmap_fallback = "page_alloc.shuffle walks all free memory";
		pr_warn("%s is not possible: %s; using %s\n",
			memmap_boot.param.strategy->name, memmap_fallback,
			memmap_local.name);
		memmap_boot.param.strategy = &memmap_local;
	}
	memmap_boot_late(&memmap_boot);
	if (!memmap_boot_pristine(&memmap_boot))
		static_branch_disable(&memmap_pristine_key);
	return true;
}
