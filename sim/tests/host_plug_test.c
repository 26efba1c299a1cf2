// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hot-added memory on real memory: whatever the strategy, and whether its drain
 * has ended or not, the memmap is what mainline leaves and nothing is lost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/kernel.h>
#include "base/clock.h"
#include "host/buddy.h"
#include "host/verify.h"
#include "host/yardstick.h"

#define MIB_PAGES 256UL
#define SECTION	  (128 * MIB_PAGES)

/*
 * Two nodes with memory, ragged; one that has only what is hot-added, the last of
 * it at @last_ns.
 */
static struct topology *machine(double last_ns)
{
	struct topology *topology = topology_from_nodes("test", 3);

	topology->nodes[0].nr_cpus = 1;
	topology->nodes[1].nr_cpus = 1;
	topology_add_range(topology, 0, 256, 256 + 300 * MIB_PAGES + 7);
	topology_add_range(topology, 1, 512 * MIB_PAGES, 700 * MIB_PAGES - 3);
	assert_null(topology_plug(topology, 2, SECTION, 0));
	assert_null(topology_plug(topology, 0, 2 * SECTION, 0));
	assert_null(topology_plug(topology, 2, SECTION, last_ns));
	return topology;
}

static struct host *create(const struct topology *topology)
{
	struct error error = { 0 };
	struct host *host = host_create(topology, 2, &error);

	assert_non_null(host);
	return host;
}

static void check(struct host *host, const char *what, unsigned long pristine)
{
	struct verify_result r;

	if (!host_verify(host, &r))
		fail_msg("%s: %lu of %lu wrong, first %lu; lists %d, accounting %d",
			 what, r.wrong, r.pages, r.first_wrong_pfn, r.lists_ok,
			 r.accounting_ok);
	assert_int_equal(r.pristine, pristine);
	assert_int_equal(r.pages + r.pristine,
			 host_pages(host) + host_plugged(host));
}

static void boot(struct host *host, const struct memmap_strategy *strategy)
{
	struct memmap_param param;

	/* What lies in the memmap before it is written must not matter. */
	host_reset(host);
	memset(vmemmap, 0xa5,
	       host_topology(host)->end_pfn * sizeof(struct page));
	if (strategy->flags & MEMMAP_MAINLINE) {
		mainline_early(host);
		mainline_late(host, 2);
		return;
	}
	memmap_param_default(&param);
	param.strategy = strategy;
	host_boot_begin(host, &param);
	host_boot(host);
}

/* What nobody has written then is pulled. */
static void all_comes(double last_ns, bool drained)
{
	struct topology *topology = machine(last_ns);
	struct host *host = create(topology);
	unsigned int i, j;

	for (i = 0; memmap_strategies[i]; i++) {
		const struct memmap_strategy *s = memmap_strategies[i];
		bool waits = s->flags & MEMMAP_WAITS;
		struct host_plugged plugged;
		u64 start = clock_ns();
		unsigned long left;

		if (drained && (waits || !s->late))
			continue;
		boot(host, s);
		host_plug(host, s, start, clock_ns() - start, &plugged);
		left = memmap_boot_pristine(host_boot_state(host));
		assert_int_equal(host_plugged(host), 4 * SECTION);
		assert_int_equal(host_nr_zones(host), 3);
		assert_true(!left == (waits || s->late));
		check(host, s->name, left);
		for (j = 0; j < topology->nr_plugs; j++) {
			assert_true(plugged.online_ns[j] >= 0);
			assert_true(plugged.arrival_ns[j] >=
				    topology->plug[j].at_ns);
			assert_int_equal(isnan(plugged.ready_ns[j]), !!left);
		}
		if (!left)
			continue;
		assert_true(left > 4 * SECTION);
		host_pull_all(host, ULONG_MAX);
		check(host, s->name, 0);
	}
	host_destroy(host);
	topology_free(topology);
}

static void any_strategy(void **state)
{
	all_comes(3e8, false);
}

/* The last of it comes when what came before is being drained, or has been. */
static void comes_to_a_drain(void **state)
{
	all_comes(MEMMAP_SETTLE_MS * 1e6 + 2e8, true);
}

/* Allocations take pages of it, and give them back. */
static void allocations_take_it(void **state)
{
	struct topology *topology = machine(3e8);
	struct host *host = create(topology);
	struct page *page[2 * SECTION / MEMMAP_BLOCK_PAGES];
	unsigned int i, j, n;

	for (i = 0; memmap_strategies[i]; i++) {
		const struct memmap_strategy *s = memmap_strategies[i];
		struct host_plugged plugged;
		struct zone *zone;

		boot(host, s);
		host_plug(host, s, clock_ns(), 0, &plugged);
		/* The node that had none has two sections now, and no more. */
		zone = host_zone(host, 2);
		for (n = 0; n < ARRAY_SIZE(page); n++) {
			page[n] = buddy_alloc(host_boot_state(host), zone,
					      MAX_PAGE_ORDER, MIGRATE_MOVABLE);
			assert_non_null(page[n]);
		}
		assert_null(buddy_alloc(host_boot_state(host), zone, 0,
					MIGRATE_MOVABLE));
		for (j = 0; j < n; j++)
			buddy_free(zone, page[j], MAX_PAGE_ORDER);
		host_pull_all(host, ULONG_MAX);
		check(host, s->name, 0);
	}
	host_destroy(host);
	topology_free(topology);
}

/* The next boot knows nothing of it. */
static void gone_with_a_reset(void **state)
{
	struct topology *topology = machine(3e8);
	struct host *host = create(topology);
	struct host_plugged plugged;

	boot(host, memmap_strategies[0]);
	host_plug(host, memmap_strategies[0], clock_ns(), 0, &plugged);
	boot(host, memmap_strategies[0]);
	assert_int_equal(host_plugged(host), 0);
	assert_int_equal(host_nr_zones(host), 2);
	check(host, "reset", 0);
	host_destroy(host);
	topology_free(topology);
}

/* A page that is wrong is found there as well. */
static void verify_looks_at_it(void **state)
{
	struct topology *topology = machine(3e8);
	struct host *host = create(topology);
	struct host_plugged plugged;
	struct verify_result r;

	boot(host, memmap_strategies[0]);
	host_plug(host, memmap_strategies[0], clock_ns(), 0, &plugged);
	check(host, "before", 0);
	pfn_to_page(topology->plug[2].range.end_pfn - 1)->flags ^= 1;
	assert_false(host_verify(host, &r));
	assert_int_equal(r.wrong, 1);
	host_destroy(host);
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_strategy),
		cmocka_unit_test(comes_to_a_drain),
		cmocka_unit_test(allocations_take_it),
		cmocka_unit_test(gone_with_a_reset),
		cmocka_unit_test(verify_looks_at_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
