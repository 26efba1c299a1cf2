// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a prediction costs where thieves tie unlike nodes of a ring together: it
 * grows little faster than the ring. Work is counted, the same on every host:
 * batches, rates that the solver looked at, and ways between nodes. Memory has a
 * bound.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sys/resource.h>

#include "base/die.h"
#include "machine/machine.h"
#include "machine/route.h"
#include "model/simulation.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED \
	(__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define SANITIZED false
#endif

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

/* Links from each node to the next, or to a switch, which is point @nr. */
static struct simulation_result simulate(struct topology *topology, bool ring,
					 const char *strategy)
{
	struct machine_costs costs = *machine_defaults();
	struct simulation_result result;
	unsigned int nr = topology->nr_nodes, i;
	struct machine_link *link = xcalloc(nr, sizeof(*link));
	struct memmap_param param;

	for (i = 0; i < nr; i++)
		link[i] = (struct machine_link){ .from = i,
						 .to = ring ? (i + 1) % nr : nr,
						 .bytes_per_s = 40e9,
						 .latency_ns = 60 };
	costs.net = (struct machine_net){ .nr_links = nr,
					  .nr_switches = !ring,
					  .link = link };
	memmap_param_parse(&param, strategy);
	assert_int_equal(simulation_run(topology, &costs, &param, &result, NULL,
					NULL),
			 0);
	topology_free(topology);
	free(link);
	return result;
}

/* How much work it is to simulate a ring of so many nodes. */
static unsigned long work(unsigned int nr, const char *strategy)
{
	return simulate(unlike_nodes(nr), true, strategy).nr_steps;
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

static unsigned long nr_walks, nr_latencies;

/* The linker puts these before the functions that they call. */
__typeof__(route_walk) __real_route_walk, __wrap_route_walk;
__typeof__(route_latency_ns) __real_route_latency_ns, __wrap_route_latency_ns;

void __wrap_route_walk(struct routes *routes, unsigned int from,
		       unsigned int to,
		       void (*cross)(void *arg, unsigned int link, bool back,
				     double share),
		       void *arg)
{
	nr_walks++;
	__real_route_walk(routes, from, to, cross, arg);
}

double __wrap_route_latency_ns(struct routes *routes, unsigned int from,
			       unsigned int to)
{
	nr_latencies++;
	return __real_route_latency_ns(routes, from, to);
}

/* Where each was walked for each new rate, it was most of the work. */
static void each_way_once(void **unused)
{
	unsigned int nr = 128;

	nr_walks = nr_latencies = 0;
	work(nr, "parallel");
	print_message("%lu, %lu of %u\n", nr_walks, nr_latencies, nr * nr);
	assert_in_range(nr_walks, 1, nr * nr);
	assert_in_range(nr_latencies, 1, nr * nr);
}

static struct topology *alike_nodes(unsigned int nr, unsigned int cpus)
{
	struct topology *topology = topology_from_nodes("alike", nr);
	unsigned long *pages = xcalloc(nr, sizeof(*pages));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		topology->nodes[i].nr_cpus = cpus;
		pages[i] = 64 * ALL_GIB / nr * GIB_PAGES;
	}
	topology_lay_out(topology, pages);
	free(pages);
	return topology;
}

/* 64 TiB, 65,536 CPUs: the memory of this program until then has a bound. */
static void many_nodes(void **unused)
{
	struct simulation_result result;
	struct rusage usage;

	result = simulate(alike_nodes(1024, 64), false, "deferred");
	assert_int_equal(result.nr_cpus, 65536);
	getrusage(RUSAGE_SELF, &usage);
	print_message("%ld MB\n", usage.ru_maxrss / 1024);
	assert_true(SANITIZED || usage.ru_maxrss < 100 * 1024);

	result = simulate(alike_nodes(4096, 16), true, "deferred");
	assert_int_equal(result.nr_cpus, 65536);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(twice_the_nodes),
		cmocka_unit_test(each_way_once),
		cmocka_unit_test(many_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
