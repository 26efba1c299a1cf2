// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part C's table of extents and its workers, in user space: patches/check.sh
 * compiles it with the files that the part adds or changes.
 *
 * Workers, pulls, and those who want a certain block, beside memory that is
 * added: each block is written once, by one of them, and then freed. A reader
 * finds no page unpristine whose struct page has not been written. What workers
 * write does not count as free, and all else that is pristine does.
 */
#include "part_table_test.h"
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include "pristine.h"
#include "worker.h"

#define ZONES	 3
#define BLOCKS	 4096UL /* of a zone */
#define ADDED	 256UL /* of those, added meanwhile, the last ones */
#define CAPACITY 8
#define WORKERS	 6
#define OTHERS	 3
#define STEPS	 40000

struct list_head memmap_pristine_list = { &memmap_pristine_list,
					  &memmap_pristine_list };
static struct zone zones[ZONES];
static struct memmap_pristine sets[ZONES];
static unsigned long linked[ZONES];
static u8 written[ZONES * BLOCKS];
static u8 freed[ZONES * BLOCKS];
static struct memmap_workers workers;

/* What the kernel's files do, as far as the workers can tell. */

void memmap_page_init(struct zone *zone, unsigned long start_pfn,
		      unsigned long nr_pages)
{
	unsigned long block = start_pfn / MAX_ORDER_NR_PAGES;

	for (; block < (start_pfn + nr_pages) / MAX_ORDER_NR_PAGES; block++)
		expect(!__atomic_exchange_n(&written[block], 1,
					    __ATOMIC_RELAXED),
		       "a block is written twice");
}

void memmap_pristine_count_free(struct zone *zone, long nr_pages)
{
	__mod_zone_page_state(zone, NR_FREE_PAGES, nr_pages);
}

void memmap_pristine_link(struct memmap_pristine *set, unsigned long start_pfn,
			  unsigned long end_pfn, int migratetype)
{
	unsigned long block = start_pfn / MAX_ORDER_NR_PAGES;
	int nid = set->zone->node;

	for (; block < end_pfn / MAX_ORDER_NR_PAGES; block++) {
		expect(__atomic_load_n(&written[block], __ATOMIC_RELAXED),
		       "a block is freed before it is written");
		expect(!freed[block]++, "a block is freed twice");
	}
	expect(pristine_remove(set, start_pfn, end_pfn),
	       "what was written does not leave the extents");
	linked[nid] += end_pfn - start_pfn;
	expect(zone_page_state(set->zone, NR_FREE_PAGES) ==
		       linked[nid] + set->nr_idle,
	       "busy pages count as free, or others do not");
	expect(set->nr_idle <= set->nr_pages, "more is idle than pristine");
}

static void write_block(struct memmap_pristine *set, unsigned long pfn)
{
	memmap_page_init(set->zone, pfn, MAX_ORDER_NR_PAGES);
	memmap_pristine_link(set, pfn, pfn + MAX_ORDER_NR_PAGES,
			     MIGRATE_MOVABLE);
}

static void add(struct memmap_pristine *set, unsigned long block,
		unsigned long end)
{
	bool added;

	do {
		expect(!pristine_reserve(set, 1), "no memory");
		spin_lock(&set->zone->lock);
		added = pristine_add(set, pfn_of(block), pfn_of(end));
		if (added)
			memmap_pristine_count_free(set->zone,
						   pfn_of(end - block));
		spin_unlock(&set->zone->lock);
	} while (!added);
}

static void *worker(void *nid)
{
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		memmap_worker_run(&workers, (int)(long)nid);
		sched_yield();
	}
	return NULL;
}

/* An allocation in a zone, or someone who wants one block. */
static void *other(void *nid)
{
	struct memmap_pristine *set = &sets[(long)nid];
	unsigned long i, pfn, end_pfn;
	bool busy;

	for (i = 0; !__atomic_load_n(&done, __ATOMIC_ACQUIRE); i++) {
		spin_lock(&set->zone->lock);
		if (i % 2) {
			if (pristine_first(set, &pfn, &end_pfn))
				write_block(set, pfn);
		} else {
			pfn = pfn_of((long)nid * BLOCKS + i * 197 % BLOCKS);
			end_pfn = pfn + MAX_ORDER_NR_PAGES;
			if (pristine_find(set, &pfn, &end_pfn, &busy) &&
			    !busy && !pristine_full(set))
				write_block(set, pfn);
		}
		spin_unlock(&set->zone->lock);
		sched_yield();
	}
	return NULL;
}

static void *reader(void *unused)
{
	unsigned long block = 0;

	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		block = (block + 7) % (ZONES * BLOCKS);
		if (block % BLOCKS < BLOCKS - ADDED &&
		    !pristine_test(&sets[block / BLOCKS], pfn_of(block)))
			expect(__atomic_load_n(&written[block],
					       __ATOMIC_RELAXED),
			       "not pristine, and not written");
	}
	return NULL;
}

static void race(void)
{
	pthread_t thread[WORKERS + OTHERS + 1];
	unsigned long i, n = 0, left;

	for (i = 0; i < ZONES; i++)
		add(&sets[i], i * BLOCKS, (i + 1) * BLOCKS - ADDED);
	memmap_workers_begin(&workers, NUMA_NO_NODE, pfn_of(8));
	for (i = 0; i < WORKERS; i++)
		pthread_create(&thread[n++], NULL, worker, (void *)(i % ZONES));
	for (i = 0; i < OTHERS; i++)
		pthread_create(&thread[n++], NULL, other, (void *)(i % ZONES));
	pthread_create(&thread[n++], NULL, reader, NULL);
	/* Pieces that may touch what is left. */
	for (left = BLOCKS - ADDED; left < BLOCKS; left++) {
		for (i = 0; i < ZONES; i++)
			add(&sets[i], i * BLOCKS + left, i * BLOCKS + left + 1);
		if (left % 8 == 0)
			usleep(100);
	}
	do {
		usleep(1000);
		for (i = 0, left = 0; i < ZONES; i++)
			left += READ_ONCE(sets[i].nr_pages);
	} while (left);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	while (n)
		pthread_join(thread[--n], NULL);

	for (i = 0; i < ZONES * BLOCKS; i++)
		expect(written[i] && freed[i], "a block is left out");
	for (i = 0; i < ZONES; i++)
		expect(!sets[i].nr && !sets[i].nr_idle, "something is left");
	expect(atomic_long_read(&workers.nr_pages) > 0 &&
		       atomic_read(&workers.nr_active),
	       "no worker has written anything");
}

/* One thread: the table against an array. 1: pristine, 2: busy */
static u8 state[BLOCKS];

static void compare(struct memmap_pristine *set)
{
	unsigned long block, at, end, pages = 0, idle = 0, runs = 0;
	bool busy;

	for (block = 0; block < BLOCKS; block++) {
		pages += state[block] ? MAX_ORDER_NR_PAGES : 0;
		idle += state[block] == 1 ? MAX_ORDER_NR_PAGES : 0;
		runs += state[block] == 1 && (!block || state[block - 1] != 1);
		at = pfn_of(block);
		end = at + MAX_ORDER_NR_PAGES;
		expect(pristine_find(set, &at, &end, &busy) == !!state[block] &&
			       (!state[block] || busy == (state[block] == 2)),
		       "the table says something else");
		expect(pristine_test(set, pfn_of(block) + 5) == !!state[block],
		       "a reader finds another answer");
	}
	expect(set->nr_pages == pages && set->nr_idle == idle,
	       "the number of pages is wrong");
	for (at = 0; at < set->nr; at++)
		runs -= !set->table->extent[at].busy;
	expect(!runs, "extents that touch are not one");
}

static void mark(unsigned long pfn, unsigned long end_pfn, u8 value)
{
	memset(state + pfn / MAX_ORDER_NR_PAGES, value,
	       (end_pfn - pfn) / MAX_ORDER_NR_PAGES);
}

static void change(struct memmap_pristine *set)
{
	unsigned long block = rand() % BLOCKS, pfn = pfn_of(block);
	unsigned long end_pfn = pfn_of(min(block + 1 + rand() % 32, BLOCKS));
	struct pristine_extent extent;
	bool changed;
	u8 value;

	switch (rand() % 4) {
	case 0:
		if (pristine_find(set, &pfn, &end_pfn, NULL))
			return;
		changed = pristine_add(set, pfn, end_pfn);
		value = 1;
		break;
	case 1:
		if (!pristine_first(set, &pfn, &end_pfn))
			return;
		end_pfn = min(end_pfn, pfn + pfn_of(1 + rand() % 8));
		changed = pristine_busy(set, pfn, end_pfn);
		value = 2;
		break;
	default:
		if (!set->nr)
			return;
		extent = set->table->extent[rand() % set->nr];
		pfn = extent.start_pfn;
		end_pfn = extent.end_pfn;
		/* A batch goes as a whole, of others some part. */
		if (!extent.busy) {
			block = (end_pfn - pfn) / MAX_ORDER_NR_PAGES;
			pfn += pfn_of(rand() % block);
			end_pfn = min(end_pfn, pfn + pfn_of(1 + rand() % 16));
		}
		changed = pristine_remove(set, pfn, end_pfn);
		value = 0;
	}
	if (changed)
		mark(pfn, end_pfn, value);
	else
		expect(pristine_full(set), "refused, without a reason");
}

static void alone(struct memmap_pristine *set)
{
	unsigned long i, pfn, end_pfn;

	for (i = 0; i < STEPS; i++) {
		change(set);
		if (i % 8 == 0)
			expect(!pristine_reserve(set, 1), "no memory");
		if (i % 64 == 0)
			compare(set);
	}
	for (pfn = 0, end_pfn = ULONG_MAX;
	     pristine_find(set, &pfn, &end_pfn, NULL);
	     pfn = 0, end_pfn = ULONG_MAX)
		expect(pristine_remove(set, pfn, end_pfn),
		       "it cannot be removed");
	expect(!set->nr && !set->nr_pages && !set->nr_idle,
	       "something is left");
}

int main(void)
{
	void *first[ZONES];
	int i;

	srand(1);
	for (i = 0; i < ZONES; i++) {
		zones[i].node = i;
		first[i] = calloc(1, pristine_table_bytes(CAPACITY));
		pristine_init(&sets[i], &zones[i], first[i], CAPACITY);
		list_add_tail(&sets[i].list, &memmap_pristine_list);
	}
	alone(&sets[0]);
	race();
	for (i = 0; i < (int)nr_replaced; i++)
		if (replaced[i] != first[0])
			free(replaced[i]);
	for (i = 0; i < ZONES; i++) {
		if (sets[i].table != first[i])
			free(sets[i].table);
		free(first[i]);
	}
	return 0;
}
