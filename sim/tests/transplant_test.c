// SPDX-License-Identifier: GPL-2.0-only
/* What must hold when memory changes its node, whatever the machine. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "machine/machine.h"
#include "model/transplant.h"

#define GIB_PAGES (1UL << 18)

static const struct dnuma_policy policy = { DNUMA_WINDOW_PAGES, 0 };

/* Nodes of so many GiB each, one behind the other; the first has the CPUs. */
static struct topology *machine(unsigned int nr, const unsigned long *gib)
{
	struct topology *topology = topology_from_nodes("test", nr);
	unsigned long pfn = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = i ? 0 : 4;
		if (gib[i])
			topology_add_range(topology, i, pfn,
					   pfn + gib[i] * GIB_PAGES);
		pfn += gib[i] * GIB_PAGES;
	}
	return topology;
}

/* A layout of the machine from a text, with all that the text leaves out. */
static struct memlayout *wanted(const struct transplant *t, const char *text)
{
	struct memlayout_error error;
	struct memlayout *changes, *layout;

	changes = memlayout_parse(transplant_shape(t), text, strlen(text),
				  &error);
	assert_string_equal(error.text, "");
	layout = memlayout_complete(transplant_layout(t), changes);
	memlayout_free(changes);
	return layout;
}

static void commit(struct transplant *t, const char *text,
		   struct transplant_result *result)
{
	struct memlayout *layout = wanted(t, text);

	transplant_commit(t, layout, &policy, result);
	memlayout_free(layout);
}

static unsigned long left_pages(const struct transplant_result *result)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < result->left.left.nr; i++) {
		const struct dnuma_left *left = dnuma_plan_left(&result->left,
								i);

		pages += left->end_pfn - left->start_pfn;
	}
	return pages;
}

/*
 * Pristine memory: no byte of the memmap is written, and 512 GiB take as long
 * as 1 GiB. The control: the same memory initialised writes its descriptors.
 */
static void pristine_is_free(void **state)
{
	static const unsigned long gib[] = { 1024, 1024 };
	const struct machine_costs *costs = machine_defaults();
	struct transplant_load load = { .lazy = true };
	struct topology *topology = machine(2, gib);
	struct transplant_result small, large, ready;
	struct transplant *t;

	t = transplant_new(topology, costs, &load);
	commit(t, "100G-101G 1", &small);
	commit(t, "200G-712G 1", &large);
	assert_int_equal(small.way[DNUMA_REHOME].moved_pages, GIB_PAGES);
	assert_int_equal(large.way[DNUMA_REHOME].moved_pages, 512 * GIB_PAGES);
	assert_int_equal(small.way[DNUMA_REHOME].memmap_bytes, 0);
	assert_int_equal(large.way[DNUMA_REHOME].memmap_bytes, 0);
	assert_true(small.ns == large.ns);
	assert_int_equal(transplant_node(t, 1).managed, 1537 * GIB_PAGES);
	transplant_free(t);
	load.lazy = false;
	t = transplant_new(topology, costs, &load);
	commit(t, "100G-101G 1", &ready);
	assert_int_equal(ready.way[DNUMA_GRAB].moved_pages, GIB_PAGES);
	assert_int_equal(ready.way[DNUMA_GRAB].memmap_bytes, 64 * GIB_PAGES);
	assert_true(ready.ns > 10 * small.ns);
	transplant_free(t);
	dnuma_plan_free(&small.left);
	dnuma_plan_free(&large.left);
	dnuma_plan_free(&ready.left);
	topology_free(topology);
}

/* There and back: each node has its memory again, but for nothing at all. */
static void there_and_back(void **state)
{
	static const unsigned long gib[] = { 8, 8, 0, 4 };
	struct transplant_load load = { .used = 0.4,
					.unmovable = 0.02,
					.pinned = 0.01 };
	struct topology *topology = machine(4, gib);
	unsigned int i;

	for (load.seed = 1; load.seed <= 20; load.seed++) {
		struct transplant *t;
		struct transplant_result there, back;
		struct dnuma_account before[4];
		struct memlayout *first;

		load.lazy = load.seed % 2;
		t = transplant_new(topology, machine_defaults(), &load);
		first = wanted(t, "0-8G 0");
		for (i = 0; i < 4; i++)
			before[i] = transplant_node(t, i);
		commit(t, "0-3G 2\n3G-10G 3\n12G-20G 0", &there);
		assert_true(left_pages(&there) > 0);
		assert_true(transplant_node(t, 2).managed > 0);
		transplant_commit(t, first, &policy, &back);
		assert_int_equal(left_pages(&back), 0);
		assert_true(memlayout_equal(transplant_layout(t), first));
		for (i = 0; i < 4; i++) {
			struct dnuma_account now = transplant_node(t, i);

			assert_int_equal(now.present, before[i].present);
			assert_int_equal(now.managed, before[i].managed);
		}
		dnuma_plan_free(&there.left);
		dnuma_plan_free(&back.left);
		memlayout_free(first);
		transplant_free(t);
	}
	topology_free(topology);
}

/* What is left and what moved is all; size is never below free on any node. */
static void all_is_told(void **state)
{
	static const unsigned long gib[] = { 4, 4, 4 };
	struct topology *topology = machine(3, gib);
	struct transplant_load load = { .unmovable = 0.05, .pinned = 0.02 };

	for (load.seed = 1; load.seed <= 20; load.seed++) {
		unsigned long moved = 0, *stragglers;
		struct transplant_result r;
		struct memlayout *layout;
		struct transplant *t;
		unsigned int i;

		load.used = load.seed / 20.0;
		t = transplant_new(topology, machine_defaults(), &load);
		layout = wanted(t, "0-6G 1\n6G-12G 0");
		transplant_commit(t, layout, &policy, &r);
		stragglers = transplant_stragglers(t, layout);
		for (i = 0; i < DNUMA_NR_WAYS; i++)
			moved += r.way[i].moved_pages;
		assert_int_equal(moved + left_pages(&r), 10 * GIB_PAGES);
		assert_int_equal(stragglers[0] + stragglers[1] + stragglers[2],
				 left_pages(&r));
		for (i = 0; i < 3; i++)
			assert_true(transplant_node(t, i).managed >=
				    transplant_node(t, i).free);
		free(stragglers);
		dnuma_plan_free(&r.left);
		memlayout_free(layout);
		transplant_free(t);
	}
	topology_free(topology);
}

/* A node without memory gets all: what is free comes first, and is the room. */
static void arrivals_are_room(void **state)
{
	static const unsigned long gib[] = { 4, 0 };
	struct transplant_load load = { .used = 0.4 };
	struct topology *topology = machine(2, gib);
	struct transplant *t = transplant_new(topology, machine_defaults(),
					      &load);
	struct transplant_result r;
	unsigned int i;

	commit(t, "0-4G 1", &r);
	assert_int_equal(r.nr_plans, 1);
	assert_true(r.migrated_pages > GIB_PAGES);
	for (i = 0; i < r.left.left.nr; i++)
		assert_int_equal(dnuma_plan_left(&r.left, i)->why, DNUMA_STAYS);
	assert_int_equal(transplant_node(t, 0).managed, left_pages(&r));
	assert_int_equal(transplant_node(t, 0).free, 0);
	dnuma_plan_free(&r.left);
	transplant_free(t);
	topology_free(topology);
}

/* Two full nodes cannot change places: there is nowhere to put anything. */
static void full_has_no_room(void **state)
{
	static const unsigned long gib[] = { 4, 4 };
	struct transplant_load load = { .used = 1 };
	struct topology *topology = machine(2, gib);
	struct transplant *t = transplant_new(topology, machine_defaults(),
					      &load);
	struct transplant_result r;
	unsigned int i, no_room = 0;

	commit(t, "0-4G 1\n4G-8G 0", &r);
	assert_int_equal(r.way[DNUMA_EMPTY].moved_pages, 0);
	for (i = 0; i < r.left.left.nr; i++)
		no_room += dnuma_plan_left(&r.left, i)->why == DNUMA_NO_ROOM;
	assert_true(no_room > 0);
	assert_int_equal(left_pages(&r), 8 * GIB_PAGES);
	dnuma_plan_free(&r.left);
	transplant_free(t);
	topology_free(topology);
}

/* Equal arguments, equal results; more pinned blocks, more attempts. */
static void same_again(void **state)
{
	static const unsigned long gib[] = { 8, 8 };
	struct topology *topology = machine(2, gib);
	struct transplant_result r[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct transplant_load load = { .used = 0.3,
						.pinned = i == 2 ? 0.1 : 0.01,
						.seed = 7 };
		struct transplant *t;

		t = transplant_new(topology, machine_defaults(), &load);
		commit(t, "0-8G 1", &r[i]);
		transplant_free(t);
	}
	assert_true(r[0].ns == r[1].ns);
	assert_int_equal(left_pages(&r[0]), left_pages(&r[1]));
	assert_true(r[2].way[DNUMA_EMPTY].nr_tries >
		    r[0].way[DNUMA_EMPTY].nr_tries);
	assert_true(left_pages(&r[2]) > left_pages(&r[0]));
	for (i = 0; i < 3; i++)
		dnuma_plan_free(&r[i].left);
	topology_free(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pristine_is_free),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(all_is_told),
		cmocka_unit_test(arrivals_are_room),
		cmocka_unit_test(full_has_no_room),
		cmocka_unit_test(same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
