// SPDX-License-Identifier: GPL-2.0-only
/*
 * The algebra of sim/model/flow.c: each test states a system and the rates that
 * paper and pencil give; flow_random_test.c has what must hold of any system.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>

#include "model/flow.h"

#define NEAR 1e-9

static void assert_near(double is, double should)
{
	if (fabs(is - should) > NEAR * fmax(1, fabs(should)))
		fail_msg("%.12g, expected %.12g", is, should);
}

/* One link of 12, three flows: 4 each. */
static void one_bottleneck(void **unused)
{
	struct flow_sys *sys = flow_new();
	int link = flow_add_resource(sys, 12);
	int class[3];
	int i;

	for (i = 0; i < 3; i++) {
		class[i] = flow_add_class(sys, INFINITY, 1);
		assert_int_equal(flow_use(sys, class[i], link, 1), 0);
	}
	flow_solve(sys);
	for (i = 0; i < 3; i++)
		assert_near(flow_rate(sys, class[i]), 4);
	assert_near(flow_load(sys, link), 12);
	flow_free(sys);
}

/* The same link; one flow may take no more than 2, the others share 10. */
static void bound_flow(void **unused)
{
	struct flow_sys *sys = flow_new();
	int link = flow_add_resource(sys, 12);
	int slow = flow_add_class(sys, 2, 1);
	int rest = flow_add_class(sys, INFINITY, 2);
	int alone = flow_add_class(sys, 7, 1);

	flow_use(sys, slow, link, 1);
	flow_use(sys, rest, link, 1);
	flow_solve(sys);
	assert_true(flow_rate(sys, slow) == 2);
	assert_near(flow_rate(sys, rest), 5);
	/* A flow that crosses nothing runs at its bound. */
	assert_true(flow_rate(sys, alone) == 7);
	flow_free(sys);
}

/*
 * The parking lot: one long flow across three links, a short one on each.
 *
 *	long   ======10======8======6====
 *	short    ----    ----    ----
 *
 * The tightest link gives 3 + 3; what the long flow leaves elsewhere, the
 * short ones take: 7, 5, 3.
 */
static void parking_lot(void **unused)
{
	static const double capacity[] = { 10, 8, 6 }, expect[] = { 7, 5, 3 };
	struct flow_sys *sys = flow_new();
	int across = flow_add_class(sys, INFINITY, 1);
	int class[3], link[3];
	int i;

	for (i = 0; i < 3; i++) {
		link[i] = flow_add_resource(sys, capacity[i]);
		class[i] = flow_add_class(sys, INFINITY, 1);
		flow_use(sys, across, link[i], 1);
		flow_use(sys, class[i], link[i], 1);
	}
	flow_solve(sys);
	assert_near(flow_rate(sys, across), 3);
	for (i = 0; i < 3; i++) {
		assert_near(flow_rate(sys, class[i]), expect[i]);
		assert_near(flow_load(sys, link[i]), capacity[i]);
	}
	flow_free(sys);
}

/*
 * Two nodes with memory of 10 each, joined by a link of 3. Two CPUs of node 1
 * write memory of node 0: the link holds them at 1.5 each, and the CPU of
 * node 0 gets the 7 that they leave.
 */
static void shared_link(void **unused)
{
	struct flow_sys *sys = flow_new();
	int memory = flow_add_resource(sys, 10);
	int link = flow_add_resource(sys, 3);
	int remote = flow_add_class(sys, INFINITY, 2);
	int local = flow_add_class(sys, INFINITY, 1);

	flow_use(sys, remote, memory, 1);
	flow_use(sys, remote, link, 1);
	flow_use(sys, local, memory, 1);
	flow_solve(sys);
	assert_near(flow_rate(sys, remote), 1.5);
	assert_near(flow_rate(sys, local), 7);
	flow_free(sys);
}

/*
 * Ordinary stores read a line for ownership before they write it (usage 2),
 * non-temporal ones do not (usage 1). Rates are payload and equal; of the
 * memory the ordinary flow takes twice as much.
 */
static void read_for_ownership(void **unused)
{
	struct flow_sys *sys = flow_new();
	int memory = flow_add_resource(sys, 12);
	int cached = flow_add_class(sys, INFINITY, 1);
	int nt = flow_add_class(sys, INFINITY, 1);

	flow_use(sys, cached, memory, 2);
	flow_use(sys, nt, memory, 1);
	flow_solve(sys);
	assert_near(flow_rate(sys, cached), 4);
	assert_near(flow_rate(sys, nt), 4);
	flow_set_nr(sys, nt, 0);
	flow_solve(sys);
	assert_near(flow_rate(sys, cached), 6);
	assert_true(flow_rate(sys, nt) == 0);
	flow_free(sys);
}

/* A class of n flows is n classes of one flow. */
static void class_is_its_flows(void **unused)
{
	struct flow_sys *sys = flow_new(), *one = flow_new();
	int link = flow_add_resource(sys, 100),
	    link1 = flow_add_resource(one, 100);
	int class = flow_add_class(sys, 3, 8192), class1 = -1;
	int i;

	flow_use(sys, class, link, 1.5);
	for (i = 0; i < 8192; i++) {
		class1 = flow_add_class(one, 3, 1);
		flow_use(one, class1, link1, 1.5);
	}
	flow_solve(sys);
	flow_solve(one);
	assert_near(flow_rate(sys, class), 100 / 1.5 / 8192);
	assert_near(flow_rate(one, class1), flow_rate(sys, class));
	flow_free(sys);
	flow_free(one);
}

/* Empty systems, idle classes, and arguments that are refused. */
static void odd_systems(void **unused)
{
	struct flow_sys *sys = flow_new();
	int link, class;

	flow_solve(sys);
	assert_int_equal(flow_add_resource(sys, 0), -EINVAL);
	assert_int_equal(flow_add_resource(sys, -1), -EINVAL);
	assert_int_equal(flow_add_resource(sys, NAN), -EINVAL);
	assert_int_equal(flow_add_class(sys, 0, 1), -EINVAL);
	assert_int_equal(flow_add_class(sys, NAN, 1), -EINVAL);
	link = flow_add_resource(sys, INFINITY);
	class = flow_add_class(sys, 5, 1);
	assert_int_equal(flow_use(sys, class, link + 1, 1), -EINVAL);
	assert_int_equal(flow_use(sys, class, link, 0), -EINVAL);
	assert_int_equal(flow_use(sys, class, link, 1), 0);
	flow_solve(sys);
	assert_true(flow_rate(sys, class) == 5);
	flow_free(sys);
}

static double half_beyond_one(unsigned long nr, double offered, void *arg)
{
	unsigned long *seen = arg;

	*seen = nr;
	assert_near(offered, nr * 6 / 12.0);
	return nr > 1 ? 0.5 : 1;
}

/* A curve sees how many flows ask for how much, and its answer binds. */
static void curve(void **unused)
{
	struct flow_sys *sys = flow_new();
	int memory = flow_add_resource(sys, 12);
	int class = flow_add_class(sys, 6, 1);
	unsigned long seen = 0;

	flow_use(sys, class, memory, 1);
	flow_set_curve(sys, memory, half_beyond_one, &seen);
	flow_solve(sys);
	assert_int_equal(seen, 1);
	assert_near(flow_rate(sys, class), 6);
	flow_set_nr(sys, class, 4);
	flow_solve(sys);
	assert_int_equal(seen, 4);
	assert_near(flow_capacity(sys, memory), 6);
	assert_near(flow_rate(sys, class), 1.5);
	flow_free(sys);
}

/* A change in one part of the system costs nothing in the others. */
static void parts_are_independent(void **unused)
{
	struct flow_sys *sys = flow_new();
	int memory[256], class[256];
	unsigned int nr;
	int i;

	for (i = 0; i < 256; i++) {
		memory[i] = flow_add_resource(sys, 100);
		class[i] = flow_add_class(sys, INFINITY, 32);
		flow_use(sys, class[i], memory[i], 1);
	}
	flow_solve(sys);
	flow_solved(sys, &nr);
	assert_int_equal(nr, 256);
	flow_set_nr(sys, class[7], 10);
	flow_solve(sys);
	assert_int_equal(*flow_solved(sys, &nr), class[7]);
	assert_int_equal(nr, 1);
	assert_near(flow_rate(sys, class[7]), 10);
	assert_near(flow_rate(sys, class[8]), 3.125);
	flow_solve(sys);
	flow_solved(sys, &nr);
	assert_int_equal(nr, 0);
	flow_free(sys);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bottleneck),
		cmocka_unit_test(bound_flow),
		cmocka_unit_test(parking_lot),
		cmocka_unit_test(shared_link),
		cmocka_unit_test(read_for_ownership),
		cmocka_unit_test(class_is_its_flows),
		cmocka_unit_test(odd_systems),
		cmocka_unit_test(curve),
		cmocka_unit_test(parts_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
