// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold of the rates of any system of sim/model/flow.c: drawn at random,
 * the same on every host. flow_test.c has systems solved by hand.
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

/* splitmix64: the same systems on every host, for every libc. */
static uint64_t rnd(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static double uniform(uint64_t *state, double low, double high)
{
	return low + (high - low) * (rnd(state) >> 11) * 0x1p-53;
}

#define MAX_RESOURCES 24
#define MAX_CLASSES   60

struct random_sys {
	int nr_resources;
	int nr_classes;
	double capacity[MAX_RESOURCES];
	double bound[MAX_CLASSES];
	unsigned long nr[MAX_CLASSES];
	double usage[MAX_CLASSES][MAX_RESOURCES]; /* 0: not crossed */
};

static void random_make(struct random_sys *rs, uint64_t seed)
{
	int c, r;

	rs->nr_resources = 1 + rnd(&seed) % MAX_RESOURCES;
	rs->nr_classes = 1 + rnd(&seed) % MAX_CLASSES;
	for (r = 0; r < rs->nr_resources; r++)
		rs->capacity[r] = uniform(&seed, 1, 100);
	for (c = 0; c < rs->nr_classes; c++) {
		bool crosses = false;

		rs->nr[c] = 1 + rnd(&seed) % 9;
		for (r = 0; r < rs->nr_resources; r++) {
			rs->usage[c][r] = rnd(&seed) % 5 ?
						  0 :
						  uniform(&seed, 0.5, 3);
			crosses |= rs->usage[c][r] > 0;
		}
		rs->bound[c] = crosses && rnd(&seed) % 2 ?
				       INFINITY :
				       uniform(&seed, 0.1, 20);
	}
}

/* Resource r becomes number rmap[r], class c number cmap[c]. */
static struct flow_sys *random_build(const struct random_sys *rs,
				     const int *rmap, const int *cmap)
{
	struct flow_sys *sys = flow_new();
	int i, c, r;

	for (i = 0; i < rs->nr_resources; i++)
		for (r = 0; r < rs->nr_resources; r++)
			if (rmap[r] == i)
				flow_add_resource(sys, rs->capacity[r]);
	for (i = 0; i < rs->nr_classes; i++)
		for (c = 0; c < rs->nr_classes; c++)
			if (cmap[c] == i)
				flow_add_class(sys, rs->bound[c], rs->nr[c]);
	for (c = 0; c < rs->nr_classes; c++)
		for (r = 0; r < rs->nr_resources; r++)
			if (rs->usage[c][r] > 0)
				flow_use(sys, cmap[c], rmap[r],
					 rs->usage[c][r]);
	flow_solve(sys);
	return sys;
}

static void identity(int *map, int nr)
{
	while (nr--)
		map[nr] = nr;
}

static void shuffle(int *map, int nr, uint64_t seed)
{
	identity(map, nr);
	for (; nr > 1; nr--) {
		int other = rnd(&seed) % nr, keep = map[nr - 1];

		map[nr - 1] = map[other];
		map[other] = keep;
	}
}

/*
 * The certificate of max-min fairness, which exactly one allocation has: no
 * resource is over its capacity, and each class either runs at its bound or
 * crosses a full resource on which no other class has a higher rate.
 */
static void random_certificate(void **unused)
{
	int rmap[MAX_RESOURCES], cmap[MAX_CLASSES];
	struct random_sys rs;
	uint64_t seed;

	identity(rmap, MAX_RESOURCES);
	identity(cmap, MAX_CLASSES);
	for (seed = 1; seed <= 2000; seed++) {
		struct flow_sys *sys;
		int c, d, r;

		random_make(&rs, seed);
		sys = random_build(&rs, rmap, cmap);
		for (r = 0; r < rs.nr_resources; r++)
			assert_true(flow_load(sys, r) <=
				    rs.capacity[r] * (1 + NEAR));
		for (c = 0; c < rs.nr_classes; c++) {
			double level = flow_rate(sys, c);
			bool justified = flow_rate(sys, c) == rs.bound[c];

			assert_true(flow_rate(sys, c) > 0);
			assert_true(flow_rate(sys, c) <= rs.bound[c]);
			for (r = 0; r < rs.nr_resources && !justified; r++) {
				if (!(rs.usage[c][r] > 0) ||
				    flow_load(sys, r) <
					    rs.capacity[r] * (1 - NEAR))
					continue;
				justified = true;
				for (d = 0; d < rs.nr_classes; d++)
					if (rs.usage[d][r] > 0 &&
					    flow_rate(sys, d) >
						    level * (1 + NEAR))
						justified = false;
			}
			if (!justified)
				fail_msg("seed %lu: class %d could be faster",
					 (unsigned long)seed, c);
		}
		flow_free(sys);
	}
}

/* With resources and classes in another order, each flow has the same rate. */
static void random_relabelled(void **unused)
{
	int rmap[MAX_RESOURCES], cmap[MAX_CLASSES];
	int rmap2[MAX_RESOURCES], cmap2[MAX_CLASSES];
	struct random_sys rs;
	uint64_t seed;
	int c;

	identity(rmap, MAX_RESOURCES);
	identity(cmap, MAX_CLASSES);
	for (seed = 1; seed <= 500; seed++) {
		struct flow_sys *a, *b;

		random_make(&rs, seed);
		shuffle(rmap2, rs.nr_resources, seed);
		shuffle(cmap2, rs.nr_classes, seed + 1000);
		a = random_build(&rs, rmap, cmap);
		b = random_build(&rs, rmap2, cmap2);
		for (c = 0; c < rs.nr_classes; c++)
			assert_near(flow_rate(b, cmap2[c]), flow_rate(a, c));
		flow_free(a);
		flow_free(b);
	}
}

/* Changed step by step, a system ends where one built in one go does. */
static void random_in_steps(void **unused)
{
	int rmap[MAX_RESOURCES], cmap[MAX_CLASSES];
	struct random_sys from, to;
	uint64_t seed;
	int c;

	identity(rmap, MAX_RESOURCES);
	identity(cmap, MAX_CLASSES);
	for (seed = 1; seed <= 300; seed++) {
		struct flow_sys *a, *b;
		uint64_t dice = seed;

		random_make(&from, seed);
		to = from;
		a = random_build(&from, rmap, cmap);
		for (c = 0; c < to.nr_classes; c++) {
			if (rnd(&dice) % 3)
				continue;
			to.nr[c] = rnd(&dice) % 5;
			flow_set_nr(a, c, to.nr[c]);
			if (rnd(&dice) % 2)
				flow_solve(a);
		}
		flow_solve(a);
		b = random_build(&to, rmap, cmap);
		for (c = 0; c < to.nr_classes; c++)
			assert_near(flow_rate(a, c), flow_rate(b, c));
		flow_free(a);
		flow_free(b);
	}
}

/* A ring of nodes: each writes to the memory of some others, the short way. */
#define RING_NODES   24
#define RING_CLASSES (RING_NODES * RING_NODES)

static struct flow_sys *ring_new(uint64_t seed, const unsigned long *nr)
{
	struct flow_sys *sys = flow_new();
	int i, j, k;

	for (i = 0; i < 2 * RING_NODES; i++)
		flow_add_resource(sys, uniform(&seed, 20, 60));
	for (i = 0; i < RING_NODES; i++) {
		for (j = 0; j < RING_NODES; j++) {
			int way = (j - i + RING_NODES) % RING_NODES;
			double bound = uniform(&seed, 0.5, 4);
			int class = flow_add_class(sys, bound,
						   nr[i * RING_NODES + j]);

			flow_use(sys, class, j, 1);
			for (k = 0; k < way; k++)
				flow_use(sys, class,
					 RING_NODES + (i + k) % RING_NODES, 1);
		}
	}
	return sys;
}

/* How far the rates of two systems are apart. */
static double apart(const struct flow_sys *a, const struct flow_sys *b)
{
	double most = 0;
	int c;

	for (c = 0; c < RING_CLASSES; c++) {
		double is = flow_rate(a, c), should = flow_rate(b, c);

		most = fmax(most, fabs(is - should) / fmax(1e-9, should));
	}
	return most;
}

/*
 * Thousands of comings and goings, solved one by one, leave what a solution
 * from nothing finds: nothing drifts. As a control, a single coming that the
 * other system did not see is noticed.
 */
static void nothing_drifts(void **unused)
{
	unsigned long nr[RING_CLASSES] = { 0 };
	uint64_t seed, dice;
	int step, c;

	for (seed = 1; seed <= 5; seed++) {
		struct flow_sys *sys = ring_new(seed, nr);
		unsigned long most_solved = 0, solved = 0;
		unsigned int part;

		dice = seed + 100;
		for (step = 1; step <= 4000; step++) {
			c = rnd(&dice) % RING_CLASSES;
			nr[c] = rnd(&dice) % 8 ? 0 : 1 + rnd(&dice) % 5;
			flow_set_nr(sys, c, nr[c]);
			flow_solve(sys);
			flow_solved(sys, &part);
			solved += part;
			most_solved += RING_CLASSES / 8;
			if (step % 400 == 0) {
				struct flow_sys *anew = ring_new(seed, nr);

				flow_solve(anew);
				assert_true(apart(sys, anew) < 1e-8);
				flow_set_nr(anew, c, nr[c] + 1);
				flow_solve(anew);
				assert_true(apart(sys, anew) > 1e-8);
				flow_free(anew);
			}
		}
		/* And not because all of it is solved each time. */
		assert_true(solved < most_solved);
		flow_free(sys);
		for (c = 0; c < RING_CLASSES; c++)
			nr[c] = 0;
	}
}

/* Run every flow until its work is done; rates change whenever one ends. */
static double makespan(struct flow_sys *sys, const double *work, int nr)
{
	double left[MAX_CLASSES], now = 0, moved = 0, total = 0;
	int c;

	for (c = 0; c < nr; c++)
		total += left[c] = work[c];
	for (;;) {
		double step = INFINITY;

		flow_solve(sys);
		for (c = 0; c < nr; c++)
			if (left[c] > 0)
				step = fmin(step, left[c] / flow_rate(sys, c));
		if (isinf(step))
			break;
		now += step;
		for (c = 0; c < nr; c++) {
			double part = flow_rate(sys, c) * step;

			if (!(left[c] > 0))
				continue;
			moved += fmin(part, left[c]);
			left[c] -= part;
			if (left[c] <= work[c] * 1e-12) {
				left[c] = 0;
				flow_set_nr(sys, c, 0);
			}
		}
	}
	/* Work conserved: what was moved is what there was to move. */
	assert_near(moved, total);
	return now;
}

/*
 * On one memory, more of it is never slower, nor are faster CPUs if all are
 * alike: unlike ones could take from the one that is last. No run beats the
 * work divided by the capacity. Across several resources max-min fairness
 * promises no such thing (Braess's paradox).
 */
static void more_is_never_slower(void **unused)
{
	uint64_t seed, dice;

	for (seed = 1; seed <= 500; seed++) {
		double capacity = uniform((dice = seed, &dice), 5, 50);
		double work[8], bound[8], total = 0, time[4];
		int i, c;

		for (c = 0; c < 8; c++) {
			total += work[c] = uniform(&dice, 1, 20);
			bound[c] = uniform(&dice, 1, 20);
		}
		/* 0, 1: CPUs unlike, 2, 3: alike; 1: more memory, 3: more CPU */
		for (i = 0; i < 4; i++) {
			struct flow_sys *sys = flow_new();
			int memory = flow_add_resource(sys,
						       i == 1 ? capacity * 1.3 :
								capacity);

			for (c = 0; c < 8; c++)
				flow_use(sys,
					 flow_add_class(sys,
							i < 2 ? bound[c] :
							i < 3 ? bound[0] :
								bound[0] * 1.3,
							1),
					 memory, 1);
			time[i] = makespan(sys, work, 8);
			flow_free(sys);
		}
		assert_true(time[1] <= time[0] * (1 + NEAR));
		assert_true(time[3] <= time[2] * (1 + NEAR));
		assert_true(time[0] >= total / capacity * (1 - NEAR));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_certificate),
		cmocka_unit_test(random_relabelled),
		cmocka_unit_test(random_in_steps),
		cmocka_unit_test(nothing_drifts),
		cmocka_unit_test(more_is_never_slower),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
