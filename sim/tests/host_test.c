// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines of every odd topology, brought up by every strategy.
 *
 * With every topology and strategy the memmap ends up as serial mainline leaves
 * it, and no zone ever shows a page more or less on the way there.
 * HOST_TEST_SEED in the environment chooses other topologies.
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
#include "base/clock.h"
#include "host/buddy.h"
#include "host/verify.h"
#include "host/yardstick.h"
#include "model/simulation.h"
#include "shim/zone.h"
#include "topologies.h"

#define NR_TOPOLOGIES 40

static struct memmap_param param_of(const char *cmdline)
{
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, cmdline), 0);
	return param;
}

static struct host *create(const struct topology *topology,
			   unsigned int threads)
{
	struct error error = { 0 };
	struct host *host = host_create(topology, threads, &error);

	if (!host)
		fail_msg("%s: %s", topology->name, error.text);
	return host;
}

/* What lies in the memmap before it is written must not matter. */
static void reset(struct host *host, const struct topology *topology)
{
	host_reset(host);
	memset(vmemmap, 0xa5, topology->end_pfn * sizeof(struct page));
}

static unsigned long node_pages(const struct topology *topology, int nid)
{
	const struct topology_node *node = &topology->nodes[nid];
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		pages += node->ranges[i].end_pfn - node->ranges[i].start_pfn;
	return pages;
}

static void check(struct host *host, const struct topology *topology,
		  const char *what)
{
	struct verify_result r;

	if (host_verify(host, &r))
		return;
	print_topology(topology);
	fail_msg("%s: %lu of %lu wrong, first %lu; lists %d, accounting %d",
		 what, r.wrong, r.pages, r.first_wrong_pfn, r.lists_ok,
		 r.accounting_ok);
}

/**
 * struct sampler - reads statistics while the machine boots
 * @host: the machine
 * @topology: its topology
 * @allocated: pages may be out: free and managed need not agree
 * @stop: the thread is to end
 * @bad: zones seen in a state that should not be
 * @thread: that reads
 */
struct sampler {
	struct host *host;
	const struct topology *topology;
	bool allocated;
	bool stop;
	unsigned long bad;
	pthread_t thread;
};

static bool zone_exact(const struct sampler *s, struct zone *zone)
{
	unsigned long pages = node_pages(s->topology, zone->node);
	unsigned long free, listed, busy, managed, flags;
	unsigned int order;

	spin_lock_irqsave(&zone->lock, flags);
	listed = zone->pristine->nr_idle;
	/* Nobody can have what a worker is writing: that is not free. */
	busy = zone->pristine->nr_pages - listed;
	for (order = 0; order < NR_PAGE_ORDERS; order++)
		listed += zone->free_area[order].nr_free << order;
	free = zone_page_state(zone, NR_FREE_PAGES);
	managed = atomic_long_read(&zone->managed_pages);
	spin_unlock_irqrestore(&zone->lock, flags);
	return free == listed && managed == pages &&
	       (s->allocated || free + busy == managed);
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
	"serial",
	"serial,store=cached",
	"serial,store=nt",
	"local",
	"parallel",
	"parallel,quantum=1ns,chunk=4M",
	"parallel,threads=1",
	"async",
	"async,chunk=4M",
	"async,threads=1",
	"ondemand",
};

static void boot_and_check(struct host *host, const struct topology *topology,
			   const char *cmdline)
{
	struct memmap_param param = param_of(cmdline);
	struct sampler sampler = { .host = host, .topology = topology };
	unsigned long pristine;

	reset(host, topology);
	host_boot_begin(host, &param);
	check(host, topology, "before the drain");
	sampler_start(&sampler);
	host_boot(host);
	pristine = memmap_boot_pristine(host_boot_state(host));
	if (param.strategy->flags & MEMMAP_WAITS)
		assert_int_equal(pristine, 0);
	host_wait(host);
	sampler_stop(&sampler);
	pristine = memmap_boot_pristine(host_boot_state(host));
	if (param.strategy->early || param.strategy->late)
		assert_int_equal(pristine, 0);
	check(host, topology, cmdline);
	host_pull_all(host, MEMMAP_BLOCK_PAGES);
	check(host, topology, "after one pull");
	host_pull_all(host, ULONG_MAX);
	assert_int_equal(memmap_boot_pristine(host_boot_state(host)), 0);
	check(host, topology, "after the last pull");
}

/* Scenario: any topology, any strategy. Expect: mainline's memmap, exact counts. */
static void test_strategies(void **state)
{
	struct rng rng = rng_seeded();
	unsigned int i, j;

	for (i = 0; i < NR_TOPOLOGIES; i++) {
		struct topology *topology = topology_random(&rng, i);
		struct host *host = create(topology, 1 + rng_below(&rng, 4));

		for (j = 0; j < ARRAY_SIZE(cmdlines); j++)
			boot_and_check(host, topology, cmdlines[j]);
		for (j = 1; j <= host_threads(host); j++) {
			reset(host, topology);
			mainline_run(host, j);
			check(host, topology, "mainline");
			reset(host, topology);
			roofline_run(host, j);
		}
		host_destroy(host);
		topology_free(topology);
	}
}

/*
 * Scenario: any topology, some of each node is early. Expect: mainline's
 * memmap, and as much early memory as the model says.
 */
static void test_early_memory(void **state)
{
	struct machine_costs costs = { .page_ns = { 1, 1, 1 },
				       .node_bytes_per_s = { 1e9, 1e9, 1e9 },
				       .remote_factor = 1,
				       .lines_in_flight = { 1, 1 },
				       .faults_at_once = 1 };
	struct memmap_param param[] = { param_of("serial"),
					param_of("deferred") };
	struct rng rng = rng_seeded();
	unsigned int i, j, mainline;

	for (i = 0; i < NR_TOPOLOGIES; i++) {
		struct topology *topology = topology_random(&rng, i);
		unsigned long node = topology_bytes(topology) /
				     topology->nr_nodes;
		struct host *host = create(topology, 1 + rng_below(&rng, 4));
		struct simulation_result result;

		costs.early_linux = rng_below(&rng, 2);
		costs.early_all = rng_below(&rng, 2);
		costs.early_bytes = (rng_below(&rng, 17) * node / 16) &
				    ~(PAGE_SIZE - 1UL);
		host_set_early(host, &costs);
		for (mainline = 0; mainline < 2; mainline++)
			if (!simulation_run(topology, &costs, &param[mainline],
					    &result, NULL, NULL))
				assert_int_equal(host_early_pages(host,
								  mainline),
						 result.pages_early);
		for (j = 0; j < ARRAY_SIZE(cmdlines); j++)
			boot_and_check(host, topology, cmdlines[j]);
		for (j = 1; j <= host_threads(host); j++) {
			reset(host, topology);
			mainline_early(host);
			mainline_late(host, j);
			check(host, topology, "mainline, early first");
		}
		host_destroy(host);
		topology_free(topology);
	}
}

/* Scenario: one bit of one struct page flips. Expect: verify names the page. */
static void test_verify_sees_struct_pages(void **state)
{
	struct memmap_param param = param_of("serial");
	struct rng rng = rng_seeded();
	struct topology *topology = topology_plain(2,
						   4 * MEMMAP_BLOCK_PAGES + 77);
	struct host *host = create(topology, 1);
	struct verify_result result;
	unsigned int i;

	host_reset(host);
	host_boot_begin(host, &param);
	host_boot(host);
	for (i = 0; i < 200; i++) {
		const struct pfn_range *range =
			&topology->nodes[rng_below(&rng, 2)].ranges[0];
		unsigned long pfn =
			range->start_pfn +
			rng_below(&rng, range->end_pfn - range->start_pfn);
		unsigned long *word = (unsigned long *)pfn_to_page(pfn);
		unsigned long bit = 1UL << rng_below(&rng, 64);
		unsigned int at = rng_below(&rng, 8);

		/* With wrong list pointers the walk of the lists would not end. */
		if (PageBuddy(pfn_to_page(pfn)) && (at == 1 || at == 2))
			continue;
		word[at] ^= bit;
		assert_false(host_verify(host, &result));
		assert_int_equal(result.wrong, 1);
		assert_int_equal(result.first_wrong_pfn, pfn);
		word[at] ^= bit;
		check(host, topology, "mended");
	}
	host_destroy(host);
	topology_free(topology);
}

/*
 * Scenario: a node's memory comes in ranges that touch, within a block, at its
 * end, and a page after it. Expect: all strategies leave what one range would.
 */
static void test_ranges_that_touch(void **state)
{
	static const char *const cmdlines[] = { "serial", "parallel", "async" };
	struct topology *topology = topology_from_nodes("touching", 1);
	unsigned long block = MEMMAP_BLOCK_PAGES;
	struct host *host;
	unsigned int i;

	topology->nodes[0].nr_cpus = 2;
	topology_add_range(topology, 0, block, 4 * block + 5);
	topology_add_range(topology, 0, 4 * block + 5, 6 * block);
	topology_add_range(topology, 0, 6 * block, 6 * block + 3);
	topology_add_range(topology, 0, 6 * block + 3, 8 * block + 3);
	topology_add_range(topology, 0, 8 * block + 4, 9 * block + 4);
	host = create(topology, 2);
	for (i = 0; i < ARRAY_SIZE(cmdlines); i++) {
		struct memmap_param param = param_of(cmdlines[i]);

		reset(host, topology);
		host_boot_begin(host, &param);
		host_boot(host);
		host_wait(host);
		check(host, topology, cmdlines[i]);
	}
	host_destroy(host);
	topology_free(topology);
}

/*
 * Scenario: a machine is booted as it was created, and again after a load has
 * left pageblocks of another type. Expect: both come up as serial mainline.
 */
static void test_first_boot_and_second(void **state)
{
	struct memmap_param param = param_of("ondemand");
	struct topology *topology = topology_plain(1, 4 * MEMMAP_BLOCK_PAGES);
	struct host *host = create(topology, 1);
	struct zone *zone;
	struct page *page;
	u8 *type;

	host_boot_begin(host, &param);
	host_boot(host);
	zone = host_zone(host, 0);
	page = buddy_alloc(host_boot_state(host), zone, 0, MIGRATE_MOVABLE);
	assert_non_null(page);
	type = &sim_pageblock[page_to_pfn(page) >> 9];
	assert_int_equal(*type, MIGRATE_MOVABLE);
	host_reset(host);
	assert_int_equal(*type, 0);
	host_boot_begin(host, &param);
	host_boot(host);
	host_pull_all(host, -1UL);
	check(host, topology, "second boot");
	host_destroy(host);
	topology_free(topology);
}

/* Scenario: more memmap than address space. Expect: an error, nothing kept. */
static void test_too_large(void **state)
{
	struct topology *topology = topology_from_nodes("too large", 1);
	struct topology *plain = topology_plain(1, 4 * MEMMAP_BLOCK_PAGES);
	struct error error = { 0 };

	topology->nodes[0].nr_cpus = 1;
	topology_add_range(topology, 0, 1UL << 42,
			   (1UL << 42) + 4 * MEMMAP_BLOCK_PAGES);
	assert_null(host_create(topology, 1, &error));
	assert_non_null(strstr(error.text, "no address space"));
	error_free(&error);
	host_destroy(create(plain, 1));
	topology_free(topology);
	topology_free(plain);
}

/* Scenario: a block is lost, a counter off by one. Expect: verify says so. */
static void test_verify_sees_accounting(void **state)
{
	struct memmap_param param = param_of("serial");
	struct topology *topology = topology_plain(1, 4 * MEMMAP_BLOCK_PAGES);
	struct host *host = create(topology, 1);
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
	check(host, topology, "mended");

	entry = area->free_list[MIGRATE_MOVABLE].next;
	list_del(entry);
	area->nr_free--;
	assert_false(host_verify(host, &result));
	host_destroy(host);
	topology_free(topology);
}

/* One CPU's allocations while others drain. */
struct allocations {
	struct host *host;
	const struct topology *topology;
	u8 *owned;
	unsigned long twice;
};

#define LOAD_SLOTS 256

static void own(struct allocations *load, const struct page *page,
		unsigned int order, u8 value)
{
	unsigned long pfn = page_to_pfn(page), i;

	for (i = 0; i < 1UL << order; i++)
		if (__atomic_exchange_n(&load->owned[pfn + i], value,
					__ATOMIC_RELAXED) == value)
			__atomic_fetch_add(&load->twice, 1, __ATOMIC_RELAXED);
}

static void load_run(void *arg, unsigned int cpu)
{
	struct allocations *load = arg;
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
		order[slot] = rng_below(&rng, 4) ?
				      0 :
				      rng_below(&rng, NR_PAGE_ORDERS);
		zone[slot] =
			host_zone(load->host,
				  rng_below(&rng, host_nr_zones(load->host)));
		page[slot] = buddy_alloc(host_boot_state(load->host),
					 zone[slot], order[slot],
					 rng_below(&rng, 2));
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
		struct topology *topology =
			i & 1 ? topology_plain(1 + i % 3,
					       60 * MEMMAP_BLOCK_PAGES + i) :
				topology_random(&rng, NR_TOPOLOGIES + i);
		struct host *host = create(topology, 3);

		for (j = 0; j < ARRAY_SIZE(lines) && host_nr_zones(host); j++) {
			struct memmap_param param = param_of(lines[j]);
			struct allocations load = {
				.host = host,
				.topology = topology,
				.owned = calloc(topology->end_pfn, 1),
			};
			struct sampler sampler = {
				.host = host,
				.topology = topology,
				.allocated = true,
			};

			assert_non_null(load.owned);
			reset(host, topology);
			host_boot_begin(host, &param);
			sampler_start(&sampler);
			host_boot(host);
			host_on_each_cpu(host, load_run, &load);
			host_wait(host);
			sampler_stop(&sampler);
			assert_int_equal(load.twice, 0);
			check(host, topology, lines[j]);
			free(load.owned);
		}
		host_destroy(host);
		topology_free(topology);
	}
}

/*
 * Scenario: the pristine end of a node's memory goes, and comes back. Expect:
 * the counters follow, no struct page is written, and nothing goes of which a
 * block is in use.
 */
static void test_goes_and_comes(void **state)
{
	struct memmap_param param = param_of("ondemand");
	struct topology *topology = topology_plain(2,
						   16 * MEMMAP_BLOCK_PAGES + 7);
	struct host *host = create(topology, 1);
	unsigned long start, end, middle, nr;
	unsigned int i;

	reset(host, topology);
	host_boot_begin(host, &param);
	host_boot(host);
	for (i = 0; i < host_nr_zones(host); i++) {
		struct zone *zone = host_zone(host, i);
		struct memmap_extents *set = zone->pristine;
		long managed = atomic_long_read(&zone->managed_pages);
		long free = zone_page_state(zone, NR_FREE_PAGES);

		start = set->start_pfn;
		end = set->end_pfn;
		middle = start + 4 * MEMMAP_BLOCK_PAGES;
		assert_int_equal(memmap_boot_tail(set, middle, end), middle);
		assert_true(memmap_boot_forget(set, middle, end));
		nr = end - middle;
		assert_int_equal(atomic_long_read(&zone->managed_pages),
				 managed - nr);
		assert_int_equal(zone_page_state(zone, NR_FREE_PAGES),
				 free - nr);
		assert_false(memmap_extents_test(set, middle));
		assert_int_equal(pfn_to_page(end - 1)->flags,
				 0xa5a5a5a5a5a5a5a5UL);
		/* It has gone: it cannot go again, nor what it is a part of. */
		assert_false(memmap_boot_forget(set, middle, end));
		assert_false(memmap_boot_forget(set, start, end));
		assert_true(memmap_boot_record(set, &middle, &end));
		assert_int_equal(atomic_long_read(&zone->managed_pages),
				 managed);
		assert_int_equal(zone_page_state(zone, NR_FREE_PAGES), free);
	}
	check(host, topology, "come back");
	host_pull_all(host, MEMMAP_BLOCK_PAGES);
	start = host_zone(host, 0)->pristine->start_pfn;
	end = host_zone(host, 0)->pristine->end_pfn;
	assert_int_equal(memmap_boot_tail(host_zone(host, 0)->pristine, start,
					  end),
			 start + MEMMAP_BLOCK_PAGES);
	assert_false(
		memmap_boot_forget(host_zone(host, 0)->pristine, start, end));
	host_pull_all(host, ULONG_MAX);
	check(host, topology, "pulled after that");
	host_destroy(host);
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strategies),
		cmocka_unit_test(test_verify_sees_struct_pages),
		cmocka_unit_test(test_verify_sees_accounting),
		cmocka_unit_test(test_early_memory),
		cmocka_unit_test(test_ranges_that_touch),
		cmocka_unit_test(test_first_boot_and_second),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_goes_and_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
