// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a prediction costs where thieves tie unlike nodes of a ring together: it
 * grows little faster than the ring. Work is counted, not timed, so that it is
 * the same on every host: batches, and rates that the solver looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/die.h"
#include "machine/machine.h"
#include "model/simulation.h"

#define GIB_PAGES (1UL << 18)
#define ALL_GIB	  1024UL

static struct topology *unlike_nodes(unsigned int nr)
{
	static const unsigned int cpus[] = { 16, 0, 48, 64, 16, 48, 0 };
	struct topology *topology = topology_from_nodes("ring", nr);
	unsigned long *pages = xcalloc(nr, sizeof(*pages));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = cpus[i % 7];
		pages[i] = ALL_GIB / nr * (1 + i % 5) / 3 * GIB_PAGES;
	}
	topology_lay_out(topology, pages);
	free(pages);
	return topology;
}

/* How much work it is to simulate a ring of so many nodes. */
static unsigned long work(unsigned int nr, const char *strategy)
{
	struct machine_costs costs = *machine_defaults();
	struct machine_link *link = xcalloc(nr, sizeof(*link));
	struct topology *topology = unlike_nodes(nr);
	struct simulation_result result;
	struct memmap_param param;
	unsigned int i;

	for (i = 0; i < nr; i++)
		link[i] = (struct machine_link){ .from = i,
						 .to = (i + 1) % nr,
						 .bytes_per_s = 40e9,
						 .latency_ns = 60 };
	costs.net = (struct machine_net){ .nr_links = nr, .link = link };
	memmap_param_parse(&param, strategy);
	assert_int_equal(simulation_run(topology, &costs, &param, &result, NULL,
					NULL),
			 0);
	topology_free(topology);
	free(link);
	return result.nr_steps;
}

/* Solved whole each time, work grows by 3 to 4 times for twice the nodes. */
static void twice_the_nodes(void **unused)
{
	static const char *const strategies[] = { "parallel", "async" };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		unsigned long one = work(32, strategies[i]);
		unsigned long two = work(64, strategies[i]);

		print_message("%s: %lu, %lu\n", strategies[i], one, two);
		assert_true(two < one * 5 / 2);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(twice_the_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
