// SPDX-License-Identifier: GPL-2.0-only
/* A machine's memory before a commit: what is in each block. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include "base/die.h"
#include "model/transplant_internal.h"

#define B ((unsigned long)DNUMA_BLOCK_PAGES)

/* Kernel image, initrd and what boot allocates beside the memmap. */
#define KERNEL_BYTES (16UL << 20)

/* The zones of x86-64. */
#define DMA_END	  (16UL << 20)
#define DMA32_END (4UL << 30)
static const char *const zone_names[] = { "DMA", "DMA32", "Normal", "Movable" };

static unsigned int zone_at(const struct topology *topology, unsigned long pfn)
{
	unsigned long bytes = pfn << topology->page_shift;

	return bytes < DMA_END ? 0 : bytes < DMA32_END ? 1 : 2;
}

/**
 * transplant_zone - the type of the zone that a page is in
 * @t: the machine
 * @pfn: the page
 *
 * Return: an index of the shape's zone_name.
 */
unsigned int transplant_zone(const struct transplant *t, unsigned long pfn)
{
	return t->block[pfn / B].zone;
}

/**
 * transplant_index - a node by the number that its kernel gives it
 * @t: the machine
 * @nid: the number
 *
 * Return: its place among the nodes.
 */
unsigned int transplant_index(const struct transplant *t, int nid)
{
	return t->node_of[nid];
}

static int by_start(const void *a, const void *b)
{
	const struct memlayout_range *x = a, *y = b;

	return x->start_pfn < y->start_pfn ? -1 : x->start_pfn > y->start_pfn;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void *there(void *memory)
{
	if (!memory)
		die_of_memory();
	return memory;
}

static struct memlayout *memory_of(const struct topology *topology)
{
	struct memlayout_range *range = NULL;
	struct memlayout *layout;
	unsigned int i, j, nr = 0;

	for (i = 0; i < topology->nr_nodes; i++)
		for (j = 0; j < topology->nodes[i].nr_ranges; j++) {
			const struct pfn_range *r =
				&topology->nodes[i].ranges[j];

			range = xgrow(range, nr, sizeof(*range));
			range[nr++] = (struct memlayout_range){
				r->start_pfn, r->end_pfn, topology->nodes[i].id
			};
		}
	if (nr)
		qsort(range, nr, sizeof(*range), by_start);
	layout = there(memlayout_alloc(nr));
	for (i = 0; i < nr; i++)
		memlayout_append(layout, range[i].start_pfn, range[i].end_pfn,
				 range[i].nid);
	free(range);
	return layout;
}

/* From 0 to 1, without the 1: splitmix64. */
static double next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z >> 11 ^ z >> 42) / 9007199254740992.0;
}

/**
 * struct pool - blocks, of which some get another state
 * @block: each
 * @nr: how many
 */
struct pool {
	struct block **block;
	unsigned long nr;
};

/* Take @nr of a pool, each as likely as any other, in their order. */
static struct pool pick(struct pool *pool, unsigned long nr, u64 *seed)
{
	struct pool taken = { xcalloc(nr + 1, sizeof(*taken.block)), 0 };
	unsigned long i, kept = 0, all = pool->nr;

	for (i = 0; i < all; i++)
		if (next_random(seed) * (all - i) < nr - taken.nr)
			taken.block[taken.nr++] = pool->block[i];
		else
			pool->block[kept++] = pool->block[i];
	pool->nr = kept;
	return taken;
}

static void set_state(const struct pool *pool, unsigned long from,
		      unsigned long to, enum dnuma_state state)
{
	for (; from < to; from++)
		pool->block[from]->state = state;
}

/* Fill a node's blocks, which are in the order of pages. */
static void fill_node(const struct transplant *t, struct pool all,
		      bool boot_node, const struct transplant_load *load,
		      u64 *seed)
{
	double page = 1UL << t->topology->page_shift;
	unsigned long kernel = boot_node ? ceil(KERNEL_BYTES / (B * page)) : 0;
	unsigned long memmap = ceil(all.nr * TOPOLOGY_DESCRIPTOR_BYTES / page);
	struct pool unmovable, used, pinned;
	unsigned long nr_unmovable, nr_used;

	kernel = min(kernel, all.nr);
	memmap = min(memmap, all.nr - kernel);
	set_state(&all, 0, kernel, DNUMA_UNMOVABLE);
	set_state(&all, all.nr - memmap, all.nr, DNUMA_UNMOVABLE);
	all.block += kernel;
	all.nr -= kernel + memmap;

	nr_unmovable = round(load->unmovable * all.nr);
	nr_used = min((unsigned long)round(load->used * all.nr),
		      all.nr - nr_unmovable);
	/* What is initialised is used before more is. */
	if (load->lazy)
		all.nr = nr_unmovable + nr_used;
	unmovable = pick(&all, nr_unmovable, seed);
	used = pick(&all, nr_used, seed);
	set_state(&unmovable, 0, unmovable.nr, DNUMA_UNMOVABLE);
	set_state(&used, 0, used.nr, DNUMA_USED);
	pinned = pick(&used, round(load->pinned * used.nr), seed);
	for (nr_used = 0; nr_used < pinned.nr; nr_used++)
		pinned.block[nr_used]->pinned = true;
	free(unmovable.block);
	free(used.block);
	free(pinned.block);
}

/* All whole blocks of a node, free or pristine. */
static struct pool node_blocks(struct transplant *t, unsigned int node,
			       bool lazy)
{
	const struct topology_node *n = &t->topology->nodes[node];
	struct pool pool = { NULL, 0 };
	unsigned long early = lazy ? machine_early_end(t->topology, t->costs,
						       node, false) :
				     ULONG_MAX;
	unsigned int i;

	for (i = 0; i < n->nr_ranges; i++) {
		unsigned long at = DIV_ROUND_UP(n->ranges[i].start_pfn, B);

		for (; (at + 1) * B <= n->ranges[i].end_pfn; at++) {
			struct block *block = &t->block[at];

			block->state = at * B >= early ? DNUMA_PRISTINE :
							 DNUMA_FREE;
			block->node = node;
			pool.block = xgrow(pool.block, pool.nr,
					   sizeof(*pool.block));
			pool.block[pool.nr++] = block;
		}
	}
	return pool;
}

/* Less than a block at the end of a range is there, and in use. */
static void open_part(struct transplant *t, unsigned long start,
		      unsigned long end, int nid)
{
	struct dnuma_account has = { 0 };

	if (start >= end)
		return;
	has.present = end - start;
	has.managed = end - start;
	dnuma_ledger_open(t->ledger, nid, transplant_zone(t, start), &has);
}

/**
 * transplant_open_ledger - account what is in each block now
 * @t: the machine; an account that it has is dropped
 */
void transplant_open_ledger(struct transplant *t)
{
	const struct memlayout *memory = t->memory;
	unsigned int i;

	dnuma_ledger_free(t->ledger);
	t->ledger = there(
		dnuma_ledger_alloc(t->node_id[t->topology->nr_nodes - 1] + 1,
				   ARRAY_SIZE(zone_names)));
	for (i = 0; i < memory->nr; i++) {
		const struct memlayout_range *r = &memory->range[i];
		unsigned long at = DIV_ROUND_UP(r->start_pfn, B);

		open_part(t, r->start_pfn, min(at * B, r->end_pfn), r->nid);
		for (; (at + 1) * B <= r->end_pfn; at++) {
			bool empty = t->block[at].state == DNUMA_FREE ||
				     t->block[at].state == DNUMA_PRISTINE;
			struct dnuma_account has = { B, B, empty ? B : 0, 0 };

			dnuma_ledger_open(t->ledger, r->nid,
					  transplant_zone(t, at * B), &has);
		}
		open_part(t, max(at * B, r->start_pfn), r->end_pfn, r->nid);
	}
}

/**
 * transplant_new - a machine, before its memory moves
 * @topology: the machine; must outlive it
 * @costs: what things cost on it; likewise
 * @load: what is in its memory
 *
 * Return: the machine, for transplant_free(). Equal arguments make equal ones.
 */
struct transplant *transplant_new(const struct topology *topology,
				  const struct machine_costs *costs,
				  const struct transplant_load *load)
{
	struct transplant *t = xcalloc(1, sizeof(*t));
	u64 seed = load->seed;
	bool booted = false;
	unsigned long at;
	unsigned int i;

	t->topology = topology;
	t->costs = costs;
	t->node_id = xcalloc(topology->nr_nodes, sizeof(*t->node_id));
	for (i = 0; i < topology->nr_nodes; i++)
		t->node_id[i] = topology->nodes[i].id;
	qsort(t->node_id, topology->nr_nodes, sizeof(*t->node_id), by_number);
	t->node_of = xcalloc(t->node_id[topology->nr_nodes - 1] + 1,
			     sizeof(*t->node_of));
	for (i = 0; i < topology->nr_nodes; i++)
		t->node_of[topology->nodes[i].id] = i;
	t->memory = memory_of(topology);
	t->actual = there(memlayout_complete(t->memory, t->memory));
	t->nr_blocks = DIV_ROUND_UP(topology->end_pfn, B);
	t->block = xcalloc(t->nr_blocks + 1, sizeof(*t->block));
	for (at = 0; at < t->nr_blocks; at++) {
		t->block[at].state = DNUMA_OFFLINE;
		t->block[at].zone = zone_at(topology, at * B);
	}
	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];
		struct pool pool = node_blocks(t, i, load->lazy);
		bool boot_node = !booted && node->nr_cpus && pool.nr;

		fill_node(t, pool, boot_node, load, &seed);
		booted = booted || boot_node;
		free(pool.block);
	}
	t->shape = (struct dnuma_shape){
		.memory = t->memory,
		.node = t->node_id,
		.nr_nodes = topology->nr_nodes,
		.zone_name = zone_names,
		.nr_zones = ARRAY_SIZE(zone_names),
		.page_shift = topology->page_shift,
	};
	transplant_open_ledger(t);
	return t;
}

/**
 * transplant_set_layout - a machine's memory is elsewhere than firmware has it
 * @t: the machine; transplant_open_ledger() must follow
 * @layout: where; what it does not name stays
 */
void transplant_set_layout(struct transplant *t, const struct memlayout *layout)
{
	struct memlayout *memory = there(memlayout_complete(t->memory, layout));

	memlayout_free(t->memory);
	memlayout_free(t->actual);
	t->memory = memory;
	t->shape.memory = memory;
	t->actual = there(memlayout_complete(memory, memory));
}

/**
 * transplant_free - give a machine back
 * @t: the machine
 */
void transplant_free(struct transplant *t)
{
	dnuma_ledger_free(t->ledger);
	memlayout_free(t->actual);
	memlayout_free(t->memory);
	free(t->block);
	free(t->node_id);
	free(t->node_of);
	free(t);
}

/**
 * transplant_shape - what layouts of a machine are checked against
 * @t: the machine
 *
 * Return: its shape.
 */
const struct dnuma_shape *transplant_shape(const struct transplant *t)
{
	return &t->shape;
}

/**
 * transplant_layout - where a machine's memory is now
 * @t: the machine
 *
 * Return: the layout; valid until the next commit.
 */
const struct memlayout *transplant_layout(const struct transplant *t)
{
	return t->actual;
}

/**
 * transplant_node - the pages of a node
 * @t: the machine
 * @node: its place among the nodes
 *
 * Return: sums over its zones.
 */
struct dnuma_account transplant_node(const struct transplant *t,
				     unsigned int node)
{
	struct dnuma_account sum = { 0 };
	unsigned int zone;

	for (zone = 0; zone < t->ledger->nr_zones; zone++) {
		const struct dnuma_account *a =
			dnuma_ledger_at(t->ledger, t->topology->nodes[node].id,
					zone);

		sum.present += a->present;
		sum.managed += a->managed;
		sum.free += a->free;
		sum.held += a->held;
	}
	return sum;
}

/**
 * transplant_stragglers - what nodes have that should be elsewhere
 * @t: the machine
 * @wanted: where its memory should be
 *
 * Return: pages, for each node in its place, for free().
 */
unsigned long *transplant_stragglers(const struct transplant *t,
				     const struct memlayout *wanted)
{
	struct memlayout_diff diff = { .old = t->actual, .new = wanted };
	unsigned long *pages = xcalloc(t->topology->nr_nodes, sizeof(*pages));

	while (memlayout_diff_next(&diff))
		pages[transplant_index(t, diff.from)] += diff.end_pfn -
							 diff.start_pfn;
	return pages;
}

/**
 * transplant_look - say in what state blocks are, to dnuma_plan_make()
 * @arg: the machine
 * @start_pfn: first page
 * @end_pfn: first page behind those that are asked for
 * @run: out: blocks that are alike
 */
void transplant_look(void *arg, unsigned long start_pfn, unsigned long end_pfn,
		     struct dnuma_run *run)
{
	const struct transplant *t = arg;
	unsigned long at = start_pfn / B, end = at + 1;

	run->state = t->block[at].state;
	run->zone = transplant_zone(t, start_pfn);
	while (end * B < end_pfn && t->block[end].state == run->state &&
	       transplant_zone(t, end * B) == run->zone)
		end++;
	run->end_pfn = end * B;
}
