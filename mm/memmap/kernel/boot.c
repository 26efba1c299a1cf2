// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap_init= while the machine boots. mm_init.c and memblock.c call, in this
 * order:
 *
 * memmap_select_strategy()	in free_area_init(): all early parameters are
 *				known
 * memmap_select_tables()	in memblock_free_all(): memblock can still
 *				allocate
 * memmap_select_reserve()	there, for each range of reserved memory
 * memmap_select_record()	there, when the struct pages of reserved memory
 *				are written and before free memory is freed
 * memmap_select_early()	there, at the end: all memory is recorded as
 *				pristine or in the buddy allocator
 * memmap_select_slab()		after kmem_cache_init(): kmalloc() works
 * memmap_select_late()		in page_alloc_init_late(): all CPUs are up
 *
 * defer_init() leaves all struct pages unwritten. Mainline writes those of low
 * zones and of a section, because what it defers cannot be allocated until its
 * threads have run. Here an allocation pulls what it needs. Mainline later walks
 * memblock to find deferred memory again; here its free ranges become extents
 * before memblock is given up.
 */
#define pr_fmt(fmt) "memmap_init: " fmt

#include <linux/efi.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/memblock.h>
#include <linux/memmap_init.h>
#include <linux/memmap_pristine.h>
#include <linux/page_ext.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/memmap_init.h>
#include "../deps.h"
#include "kernel.h"
#include "../../shuffle.h"

/*
 * Free entries of a first table, on top of one for each free range: before
 * kmalloc() works, pulls and serial may need some.
 */
#define SPARE_EXTENTS 16

struct memmap_boot memmap_boot;

unsigned int memmap_max_sets __ro_after_init;

/* Why the strategy is not the one on the boot line; NULL if it is that one. */
const char *memmap_fallback __ro_after_init;

DEFINE_STATIC_KEY_FALSE(memmap_pristine_key);
EXPORT_SYMBOL_GPL(memmap_pristine_key);

static struct memmap_param memmap_param __initdata;

/* Memory from memblock, for the extents, until kmalloc() works */
static void *early_memory __initdata;
static size_t early_bytes __initdata;

static int __init memmap_init_setup(char *arg)
{
	memmap_param_parse(&memmap_param, arg);
	return 0;
}
early_param("memmap_init", memmap_init_setup);

/*
 * Pristine memory is free memory that has not gone through
 * free_pages_prepare(), and whose struct pages cannot be read. Return why a
 * strategy would break a feature that relies on one of the two, NULL if it
 * would not.
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
	/* The pages of a batch cannot be allocated while its worker waits. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && strategy->flags & MEMMAP_ALL_CPUS)
		return "PREEMPT_RT lets workers sleep and be preempted";
	return NULL;
}

/**
 * memmap_select_strategy - choose the strategy
 *
 * It is the one on the boot line, unless that is not safe on this machine.
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
 * memmap_select_active - is memory recorded as pristine?
 *
 * Context: any, after memmap_select_strategy().
 * Return: false if mainline's deferred initialisation runs instead.
 */
bool memmap_select_active(void)
{
	return !(memmap_boot.param.strategy->flags & MEMMAP_MAINLINE);
}

/* What a first table needs: a range may lie in several zones. */
static unsigned int __init first_capacity(struct zone *zone)
{
	phys_addr_t start, end;
	unsigned int nr = SPARE_EXTENTS;
	u64 i;

	for_each_free_mem_range(i, zone_to_nid(zone), MEMBLOCK_NONE, &start,
				&end, NULL)
		nr += PFN_UP(start) < zone_end_pfn(zone) &&
		      PFN_DOWN(end) > zone->zone_start_pfn;
	return nr;
}

static size_t __init early_set_bytes(unsigned int capacity)
{
	return ALIGN(sizeof(struct memmap_zone), SMP_CACHE_BYTES) +
	       ALIGN(memmap_table_bytes(capacity), SMP_CACHE_BYTES);
}

/**
 * memmap_select_tables - allocate the tables of extents
 *
 * If there is no memory for them, memmap_select_record() writes all struct
 * pages at once.
 *
 * Context: memblock_free_all(), while memblock can allocate.
 */
void __init memmap_select_tables(void)
{
	size_t at = ALIGN(nr_node_ids * MAX_NR_ZONES * sizeof(*memmap_boot.sets),
			  SMP_CACHE_BYTES);
	struct zone *zone;

	if (!memmap_select_active())
		return;

	early_bytes = at;
	for_each_populated_zone(zone)
		early_bytes += early_set_bytes(first_capacity(zone));
	/* Whole pages, so that they can be freed again. */
	early_bytes = PAGE_ALIGN(early_bytes);
	early_memory = memblock_alloc(early_bytes, PAGE_SIZE);
	if (!early_memory)
		return;

	memmap_boot.sets = early_memory;
	/* Room for zones that get their first pristine pages later. */
	memmap_max_sets = nr_node_ids * MAX_NR_ZONES;
	for_each_populated_zone(zone) {
		/*
		 * The allocation above may have split a free range. Give away
		 * four of the spare entries, so that the sum still fits.
		 */
		unsigned int capacity = first_capacity(zone) - 4;
		struct memmap_zone *mz = early_memory + at;

		at += early_set_bytes(capacity);
		memmap_extents_init(&mz->set, zone,
				    (void *)mz +
					    ALIGN(sizeof(*mz), SMP_CACHE_BYTES),
				    capacity);
		memmap_boot_add(&memmap_boot, &mz->set);
	}
}

/* The struct page of a pageblock's first page is written, and says its type. */
static void __init set_block_type(unsigned long pfn)
{
	if (pageblock_aligned(pfn))
		memmap_set_pageblock_type(pfn_to_page(pfn),
					  memmap_boot_type(pfn,
							   pageblock_nr_pages));
}

static void __init reserve_range(struct zone *zone, unsigned long pfn,
				 unsigned long end_pfn)
{
	unsigned long next_pfn;

	pfn = max(pfn, zone->zone_start_pfn);
	end_pfn = min(end_pfn, zone_end_pfn(zone));
	for (; pfn < end_pfn; pfn = next_pfn) {
		/* Either all of a subsection has a memmap, or nothing. */
		next_pfn = min(ALIGN(pfn + 1, PAGES_PER_SUBSECTION), end_pfn);
		if (!pfn_valid(pfn))
			continue;
		memmap_page_reserve(&memmap_boot, zone, pfn, next_pfn - pfn);
		set_block_type(pfn);
	}
}

/**
 * memmap_select_reserve - write the struct pages of reserved memory
 * @start_pfn: first page
 * @end_pfn: first page behind the range
 * @nid: its node
 *
 * Mainline looks up the zone of each page. One page of 64 is reserved for the
 * memmap, so with ondemand that is most of what boot waits for.
 *
 * Context: memblock_free_all(), before memmap_select_record().
 * Return: false if mainline has to write them.
 */
bool __init memmap_select_reserve(unsigned long start_pfn,
				  unsigned long end_pfn, int nid)
{
	int zone;

	if (!memmap_select_active())
		return false;
	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		reserve_range(&NODE_DATA(nid)->node_zones[zone], start_pfn,
			      end_pfn);
	return true;
}

static void __init init_free_pages(struct zone *zone, unsigned long pfn,
				   unsigned long end_pfn)
{
	for (; pfn < end_pfn; pfn++) {
		__init_single_page(pfn_to_page(pfn), pfn, zone_idx(zone),
				   zone_to_nid(zone));
		set_block_type(pfn);
	}
}

static void __init record_range(struct zone *zone, unsigned long start_pfn,
				unsigned long end_pfn)
{
	unsigned long run_pfn, run_end_pfn;

	start_pfn = max(start_pfn, zone->zone_start_pfn);
	end_pfn = min(end_pfn, zone_end_pfn(zone));
	if (start_pfn >= end_pfn)
		return;

	run_pfn = start_pfn;
	run_end_pfn = end_pfn;
	/* A pull gives a block the type of the allocation that needs it. */
	if (zone->pristine &&
	    memmap_boot_type(start_pfn, end_pfn - start_pfn) ==
		    MIGRATE_MOVABLE &&
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
 * Both ends of a free range may be less than a block. Their struct pages are
 * written now, because the buddy allocator reads all struct pages of a block.
 *
 * Context: memblock_free_all(), when the struct pages of reserved memory are
 * written and before free memory is freed.
 */
void __init memmap_select_record(void)
{
	phys_addr_t start, end;
	int nid, zone;
	u64 i;

	if (!memmap_select_active())
		return;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				&nid) {
		if (!numa_valid_node(nid))
			nid = first_online_node;
		for (zone = 0; zone < MAX_NR_ZONES; zone++)
			record_range(&NODE_DATA(nid)->node_zones[zone],
				     PFN_UP(start), PFN_DOWN(end));
	}
}

/**
 * memmap_select_recorded - is a page, about to be freed, recorded as pristine?
 * @start_pfn: the page
 * @end_pfn: first page behind the range that it belongs to
 *
 * Context: memblock_free_all().
 * Return: first page behind the recorded pages from @start_pfn on; 0 if
 * @start_pfn is not recorded.
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
 * memmap_select_early - run the early part of the strategy
 *
 * All memory is recorded or freed, so mainline has nothing left to defer.
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

	/* Or memmap_free_early() would take its struct pages for unwritten. */
	static_branch_disable(&deferred_pages);

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
	/* Copied after kmalloc(), which may have pulled from this zone. */
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
 * memmap_select_slab - move the extents from memblock's memory to kmalloc()'s
 *
 * MemTotal does not count memory that is reserved in memblock, and must not
 * depend on the strategy. So that memory is freed.
 *
 * Context: one CPU and one thread, after kmem_cache_init().
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
	sets = kcalloc(memmap_max_sets, sizeof(*sets), GFP_KERNEL);
	if (!sets || !moved) {
		kfree(sets);
		return;
	}
	memcpy(sets, memmap_boot.sets, memmap_boot.nr_sets * sizeof(*sets));
	memmap_boot.sets = sets;
	memmap_free_early(early_memory, early_bytes);
}

/**
 * memmap_next_extent - walk the pristine pages of a zone
 * @set: the extents of the zone
 * @start_pfn: in: page to go on from; out: first page of the next run
 * @end_pfn: out: first page behind the run
 *
 * The extents may change between two calls.
 *
 * Context: any; takes zone->lock.
 * Return: false if there is no further run.
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

/* Trace what is pristine: the list of chunks depends on nothing else. */
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
 * memmap_select_late - run the late part of the strategy
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
		/* Parsed after memmap_select_strategy(), so known only now. */
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
