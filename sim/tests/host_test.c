// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines of every odd shape, brought up by every strategy.
 *
 * Whatever the shape and whoever drains: the memmap ends up as serial mainline
 * leaves it, and no zone ever shows a page more or less on the way there.
 * HOST_TEST_SEED in the environment chooses other shapes.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/kernel.h>
#include "host_shapes.h"

#define NR_SHAPES	40

extern u8 *host_pageblock;

static struct memmap_param param_of(const char *cmdline)
{
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, cmdline), 0);
	return param;
}

static struct host *create(const struct host_shape *shape, unsigned int threads)
{
	char err[256] = "";
	struct host *host = host_create(shape, threads, err, sizeof(err));

	if (!host)
		fail_msg("%s: %s", shape->name, err);
	return host;
}

/* What lies in the memmap before it is written must not matter. */
static void reset(struct host *host, const struct host_shape *shape)
{
	host_reset(host);
	memset(vmemmap, 0xa5, shape->end_pfn * sizeof(struct page));
}

static unsigned long node_pages(const struct host_shape *shape, int nid)
{
	const struct host_node *node = &shape->nodes[nid];
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		pages += node->ranges[i].end_pfn - node->ranges[i].start_pfn;
	return pages;
}

static void check(struct host *host, const struct host_shape *shape,
		  const char *what)
{
	struct verify_result r;

	if (host_verify(host, &r))
		return;
	print_shape(shape);
	fail_msg("%s: %lu of %lu wrong, first %lu; lists %d, accounting %d",
		 what, r.wrong, r.pages, r.first_wrong_pfn, r.lists_ok,
		 r.accounting_ok);
}

/**
 * struct sampler - a user who reads statistics while others drain
 * @host: the machine
 * @shape: its shape
 * @allocated: pages may be out: free and managed need not agree
 * @stop: enough
 * @bad: zones seen in a state that should not be
 */
struct sampler {
	struct host *host;
	const struct host_shape *shape;
	bool allocated;
	bool stop;
	unsigned long bad;
	pthread_t thread;
};

static bool zone_exact(const struct sampler *s, struct zone *zone)
{
	unsigned long pages = node_pages(s->shape, zone->node);
	unsigned long free, listed, managed, flags;
	unsigned int order;

	spin_lock_irqsave(&zone->lock, flags);
	listed = zone->pristine->nr_pages;
	for (order = 0; order < NR_PAGE_ORDERS; order++)
		listed += zone->free_area[order].nr_free << order;
	free = zone_page_state(zone, NR_FREE_PAGES);
	managed = atomic_long_read(&zone->managed_pages);
	spin_unlock_irqrestore(&zone->lock, flags);
	return free == listed && managed == pages &&
	       (s->allocated || free == managed);
}

static void *sampler_main(void *arg)
{
	struct sampler *s = arg;
	unsigned int i;

	do {
		for (i = 0; i < host_nr_zones(s->host); i++)
			s->bad += !zone_exact(s, host_zone(s->host, i));
		sched_yield();
	} while (!READ_ONCE(s->stop));
	return NULL;
}

static void sampler_start(struct sampler *s)
{
	assert_int_equal(pthread_create(&s->thread, NULL, sampler_main, s), 0);
}

static void sampler_stop(struct sampler *s)
{
	WRITE_ONCE(s->stop, true);
	pthread_join(s->thread, NULL);
	assert_int_equal(s->bad, 0);
}

static const char *const cmdlines[] = {
	"serial", "serial,store=cached", "serial,store=nt",
	"local", "parallel", "parallel,quantum=1ns,chunk=4M",
	"parallel,threads=1", "async", "async,chunk=4M", "async,threads=1",
	"ondemand",
};

static void boot_and_check(struct host *host, const struct host_shape *shape,
			   const char *cmdline)
{
	struct memmap_param param = param_of(cmdline);
	struct sampler sampler = { .host = host, .shape = shape };
	unsigned long pristine;

	reset(host, shape);
	host_boot_begin(host, &param);
	check(host, shape, "before the drain");
	sampler_start(&sampler);
	host_boot(host);
	pristine = memmap_boot_pristine(host_boot_state(host));
	if (param.strategy->flags & MEMMAP_WAITS)
		assert_int_equal(pristine, 0);
	host_wait(host);
	sampler_stop(&sampler);
	pristine = memmap_boot_pristine(host_boot_state(host));
	if (param.strategy != &memmap_ondemand)
		assert_int_equal(pristine, 0);
	check(host, shape, cmdline);
	host_pull_all(host, MEMMAP_BLOCK_PAGES);
	check(host, shape, "after one pull");
	host_pull_all(host, ULONG_MAX);
	assert_int_equal(memmap_boot_pristine(host_boot_state(host)), 0);
	check(host, shape, "after the last pull");
}

/* Scenario: any shape, any strategy. Expect: mainline's memmap, exact counts. */
static void test_strategies(void **state)
{
	struct rng rng = rng_seeded();
	unsigned int i, j;

	for (i = 0; i < NR_SHAPES; i++) {
		struct host_shape *shape = shape_random(&rng, i);
		struct host *host = create(shape, 1 + rng_below(&rng, 4));

		for (j = 0; j < ARRAY_SIZE(cmdlines); j++)
			boot_and_check(host, shape, cmdlines[j]);
		for (j = 1; j <= host_threads(host); j++) {
			reset(host, shape);
			mainline_run(host, j);
			check(host, shape, "mainline");
			reset(host, shape);
			roofline_run(host, j);
		}
		host_destroy(host);
		shape_random_free(shape);
	}
}

/* Scenario: one bit of one descriptor flips. Expect: verify names the page. */
static void test_verify_sees_descriptors(void **state)
{
	struct memmap_param param = param_of("serial");
	struct rng rng = rng_seeded();
	struct host_shape *shape = shape_plain(2, 4 * MEMMAP_BLOCK_PAGES + 77);
	struct host *host = create(shape, 1);
	struct verify_result result;
	unsigned int i;

	host_reset(host);
	host_boot_begin(host, &param);
	host_boot(host);
	for (i = 0; i < 200; i++) {
		const struct host_range *range =
			&shape->nodes[rng_below(&rng, 2)].ranges[0];
		unsigned long pfn = range->start_pfn +
			rng_below(&rng, range->end_pfn - range->start_pfn);
		unsigned long *word = (unsigned long *)pfn_to_page(pfn);
		unsigned long bit = 1UL << rng_below(&rng, 64);
		unsigned int at = rng_below(&rng, 8);

		/* A head's list pointers lead the walk of the lists astray. */
		if (PageBuddy(pfn_to_page(pfn)) && (at == 1 || at == 2))
			continue;
		word[at] ^= bit;
		assert_false(host_verify(host, &result));
		assert_int_equal(result.wrong, 1);
		assert_int_equal(result.first_wrong_pfn, pfn);
		word[at] ^= bit;
		check(host, shape, "mended");
	}
	host_destroy(host);
	shape_random_free(shape);
}

/*
 * Scenario: a node's memory comes in ranges that touch, within a block, at its
 * end, and a page after it. Expect: all strategies leave what one range would.
 */
static void test_ranges_that_touch(void **state)
{
	static const char *const cmdlines[] = { "serial", "parallel", "async" };
	struct host_shape *shape = shape_empty("touching", 1);
	unsigned long block = MEMMAP_BLOCK_PAGES;
	struct host *host;
	unsigned int i;

	shape->nodes[0].nr_cpus = 2;
	shape_range(shape, 0, block, 3 * block + 5);
	shape_range(shape, 0, 4 * block + 5, 2 * block - 5);
	shape_range(shape, 0, 6 * block, 3);
	shape_range(shape, 0, 6 * block + 3, 2 * block);
	shape_range(shape, 0, 8 * block + 4, block);
	host = create(shape, 2);
	for (i = 0; i < ARRAY_SIZE(cmdlines); i++) {
		struct memmap_param param = param_of(cmdlines[i]);

		reset(host, shape);
		host_boot_begin(host, &param);
		host_boot(host);
		host_wait(host);
		check(host, shape, cmdlines[i]);
	}
	host_destroy(host);
	shape_random_free(shape);
}

/*
 * Scenario: a machine is booted as it was created, and again after a load has
 * left pageblocks of another type. Expect: both come up as serial mainline.
 */
static void test_first_boot_and_second(void **state)
{
	struct memmap_param param = param_of("ondemand");
	struct host_shape *shape = shape_plain(1, 4 * MEMMAP_BLOCK_PAGES);
	struct host *host = create(shape, 1);
	struct zone *zone;
	struct page *page;
	u8 *type;

	host_boot_begin(host, &param);
	host_boot(host);
	zone = host_zone(host, 0);
	page = buddy_alloc(host_boot_state(host), zone, 0, MIGRATE_MOVABLE);
	assert_non_null(page);
	type = &host_pageblock[page_to_pfn(page) >> 9];
	assert_int_equal(*type, MIGRATE_MOVABLE);
	host_reset(host);
	assert_int_equal(*type, 0);
	host_boot_begin(host, &param);
	host_boot(host);
	host_pull_all(host, -1UL);
	check(host, shape, "second boot");
	host_destroy(host);
	shape_random_free(shape);
}

/* Scenario: more memmap than address space. Expect: an error, nothing kept. */
static void test_too_large(void **state)
{
	struct host_shape *shape = shape_empty("too large", 1);
	struct host_shape *plain = shape_plain(1, 4 * MEMMAP_BLOCK_PAGES);
	char err[256] = "";

	shape->nodes[0].nr_cpus = 1;
	shape_range(shape, 0, 1UL << 42, 4 * MEMMAP_BLOCK_PAGES);
	assert_null(host_create(shape, 1, err, sizeof(err)));
	assert_non_null(strstr(err, "no address space"));
	host_destroy(create(plain, 1));
	shape_random_free(shape);
	shape_random_free(plain);
}

/* Scenario: a block is lost, a counter off by one. Expect: verify says so. */
static void test_verify_sees_accounting(void **state)
{
	struct memmap_param param = param_of("serial");
	struct host_shape *shape = shape_plain(1, 4 * MEMMAP_BLOCK_PAGES);
	struct host *host = create(shape, 1);
	struct verify_result result;
	struct free_area *area;
	struct list_head *entry;
	struct zone *zone;

	host_reset(host);
	host_boot_begin(host, &param);
	host_boot(host);
	zone = host_zone(host, 0);
	area = &zone->free_area[MAX_PAGE_ORDER];

	atomic_long_add(1, &zone->managed_pages);
	assert_false(host_verify(host, &result));
	assert_false(result.accounting_ok);
	atomic_long_add(-1, &zone->managed_pages);

	__mod_zone_page_state(zone, NR_FREE_PAGES, -1);
	assert_false(host_verify(host, &result));
	assert_false(result.accounting_ok);
	__mod_zone_page_state(zone, NR_FREE_PAGES, 1);

	area->nr_free++;
	assert_false(host_verify(host, &result));
	assert_false(result.accounting_ok);
	area->nr_free--;
	check(host, shape, "mended");

	entry = area->free_list[MIGRATE_MOVABLE].next;
	list_del(entry);
	area->nr_free--;
	assert_false(host_verify(host, &result));
	host_destroy(host);
	shape_random_free(shape);
}

/* One CPU's allocations while others drain. */
struct load {
	struct host *host;
	const struct host_shape *shape;
	u8 *owned;
	unsigned long twice;
};

#define LOAD_SLOTS	256

static void own(struct load *load, const struct page *page, unsigned int order,
		u8 value)
{
	unsigned long pfn = page_to_pfn(page), i;

	for (i = 0; i < 1UL << order; i++)
		if (__atomic_exchange_n(&load->owned[pfn + i], value,
					__ATOMIC_RELAXED) == value)
			__atomic_fetch_add(&load->twice, 1, __ATOMIC_RELAXED);
}

static void load_run(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	struct rng rng = { cpu + 1 };
	struct page *page[LOAD_SLOTS] = { NULL };
	unsigned int order[LOAD_SLOTS], i, slot;
	struct zone *zone[LOAD_SLOTS];

	for (i = 0; i < 4000; i++) {
		slot = i < 3000 ? rng_below(&rng, LOAD_SLOTS) : i % LOAD_SLOTS;
		if (page[slot]) {
			own(load, page[slot], order[slot], 0);
			buddy_free(zone[slot], page[slot], order[slot]);
			page[slot] = NULL;
		}
		if (i >= 3000)
			continue;
		order[slot] = rng_below(&rng, 4) ? 0 :
			      rng_below(&rng, NR_PAGE_ORDERS);
		zone[slot] = host_zone(load->host,
				       rng_below(&rng, host_nr_zones(load->host)));
		page[slot] = buddy_alloc(host_boot_state(load->host), zone[slot],
					 order[slot], rng_below(&rng, 2));
		if (page[slot])
			own(load, page[slot], order[slot], 1);
	}
}

/* Scenario: load while threads drain. Expect: no page twice, counts exact. */
static void test_load(void **state)
{
	static const char *const lines[] = { "async,chunk=4M", "ondemand" };
	struct rng rng = rng_seeded();
	unsigned int i, j;

	for (i = 0; i < 10; i++) {
		struct host_shape *shape = i & 1 ?
			shape_plain(1 + i % 3, 60 * MEMMAP_BLOCK_PAGES + i) :
			shape_random(&rng, NR_SHAPES + i);
		struct host *host = create(shape, 3);

		for (j = 0; j < ARRAY_SIZE(lines) && host_nr_zones(host); j++) {
			struct memmap_param param = param_of(lines[j]);
			struct load load = {
				.host = host, .shape = shape,
				.owned = calloc(shape->end_pfn, 1),
			};
			struct sampler sampler = {
				.host = host, .shape = shape, .allocated = true,
			};

			assert_non_null(load.owned);
			reset(host, shape);
			host_boot_begin(host, &param);
			sampler_start(&sampler);
			host_boot(host);
			host_on_each_cpu(host, load_run, &load);
			host_wait(host);
			sampler_stop(&sampler);
			assert_int_equal(load.twice, 0);
			check(host, shape, lines[j]);
			free(load.owned);
		}
		host_destroy(host);
		shape_random_free(shape);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strategies),
		cmocka_unit_test(test_verify_sees_descriptors),
		cmocka_unit_test(test_verify_sees_accounting),
		cmocka_unit_test(test_ranges_that_touch),
		cmocka_unit_test(test_first_boot_and_second),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
