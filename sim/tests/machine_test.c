// SPDX-License-Identifier: GPL-2.0-only
/* Machines from hwloc's attributes, and what Linux leaves for later. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <hwloc.h>
#include <stdlib.h>
#include <unistd.h>
#include <linux/mm.h>
#include "machine/internal.h"

#define PAGES(bytes) ((bytes) >> PAGE_SHIFT)
#define GIB	     (1UL << 30)

static void set_pair(hwloc_topology_t hw, int from, int to,
		     unsigned long mib_per_s, unsigned long ns)
{
	struct hwloc_location cpus = {
		.type = HWLOC_LOCATION_TYPE_CPUSET,
		.location.cpuset = hwloc_get_obj_by_type(hw, HWLOC_OBJ_NUMANODE,
							 from)
					   ->cpuset,
	};
	hwloc_obj_t node = hwloc_get_obj_by_type(hw, HWLOC_OBJ_NUMANODE, to);

	hwloc_memattr_set_value(hw, HWLOC_MEMATTR_ID_BANDWIDTH, node, &cpus, 0,
				mib_per_s);
	hwloc_memattr_set_value(hw, HWLOC_MEMATTR_ID_LATENCY, node, &cpus, 0,
				ns);
}

/* Three nodes; node 2 answers 20 ns late; the first @nr pairs are told. */
static void load_pairs(struct machine *machine, int nr)
{
	static const int pair[][2] = {
		{ 0, 1 }, { 1, 0 }, { 0, 2 }, { 2, 0 }, { 1, 2 }, { 2, 1 },
	};
	char path[] = "/tmp/machine_test_XXXXXX.xml";
	int fd = mkstemps(path, 4), i;
	hwloc_topology_t hw;
	struct error error = { 0 };

	assert_true(fd >= 0);
	close(fd);
	hwloc_topology_init(&hw);
	hwloc_topology_set_synthetic(hw,
				     "pack:3 [numa(memory=16GiB)] core:4 pu:1");
	hwloc_topology_load(hw);
	for (i = 0; i < 3; i++)
		set_pair(hw, i, i, 100000, i == 2 ? 110 : 90);
	for (i = 0; i < nr; i++)
		set_pair(hw, pair[i][0], pair[i][1], 20000, 210);
	assert_int_equal(hwloc_topology_export_xml(hw, path, 0), 0);
	hwloc_topology_destroy(hw);
	assert_int_equal(machine_load(machine, path, NULL, &error), 0);
	unlink(path);
}

/* Scenario: all pairs are told. Expect: a link each, as long as they say. */
static void hwloc_pairs_are_links(void **state)
{
	struct machine machine;
	unsigned int i;

	load_pairs(&machine, 6);
	assert_int_equal(machine.costs.net.nr_links, 3);
	for (i = 0; i < 3; i++) {
		const struct machine_link *link = &machine.costs.net.link[i];

		assert_float_equal(link->bytes_per_s, 20000 * 0x1p20, 1);
		/* 210 ns less its own 90 or 110, there and back. */
		assert_float_equal(link->latency_ns, link->to == 2 ? 50 : 60,
				   1e-9);
	}
	assert_float_equal(machine.costs.node[0].bytes_per_s[1],
			   100000 * 0x1p20, 1);
	assert_float_equal(machine.costs.node[0].bytes_per_s[0], 50000 * 0x1p20,
			   1);
	assert_float_equal(machine.costs.node[1].latency_ns, 0, 1e-9);
	assert_float_equal(machine.costs.node[2].latency_ns, 20, 1e-9);
	machine_free(&machine);
}

/* Scenario: a pair is missing. Expect: no links, the factor stands for them. */
static void some_pairs_are_no_links(void **state)
{
	struct machine machine;

	load_pairs(&machine, 4);
	assert_int_equal(machine.costs.net.nr_links, 0);
	assert_non_null(machine.costs.node);
	machine_free(&machine);
}

static unsigned long first_deferred(unsigned int nr,
				    const struct pfn_range *bytes)
{
	struct topology *topology = topology_from_nodes("test", 1);
	unsigned long pfn;
	unsigned int i;

	for (i = 0; i < nr; i++)
		topology_add_range(topology, 0, PAGES(bytes[i].start_pfn),
				   PAGES(bytes[i].end_pfn));
	pfn = topology_first_deferred(topology, 0);
	topology_free(topology);
	return pfn;
}

/* Bytes here. Expect: low zones are early, a section as well, holes no part. */
static void first_deferred_as_linux_has_it(void **state)
{
	static const unsigned long section = 128UL << 20;
	static const struct pfn_range low[] = { { 0, 640 << 10 },
						{ 1 << 20, 2 * GIB } };
	static const struct pfn_range across[] = { { 0, 2 * GIB },
						   { 4 * GIB, 5 * GIB } };
	static const struct pfn_range hole[] = {
		{ 5 * GIB, 5 * GIB + section / 2 }, { 6 * GIB, 7 * GIB }
	};
	static const struct pfn_range small[] = { { 5 * GIB,
						    5 * GIB + section } };

	/* Below 4 GiB alone: from 16 MiB on, a whole section, then aligned. */
	assert_int_equal(first_deferred(2, low), PAGES(2 * section));
	/* Across: nothing below 4 GiB is of the last zone. */
	assert_int_equal(first_deferred(2, across), PAGES(4 * GIB + section));
	/* Pages in front of a hole count, those in it do not. */
	assert_int_equal(first_deferred(2, hole), PAGES(6 * GIB + section));
	/* Not more than a section: all of it is early. */
	assert_true(first_deferred(1, small) == ULONG_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hwloc_pairs_are_links),
		cmocka_unit_test(some_pairs_are_no_links),
		cmocka_unit_test(first_deferred_as_linux_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
