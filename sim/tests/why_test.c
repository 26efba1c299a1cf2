// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said to bound a strategy does: if it is a tenth better, the time is
 * shorter by its share of that; if something else is, by the share of that one.
 * On every machine of the library, for every strategy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/die.h"
#include "machine/machine.h"
#include "model/simulation.h"

static const char *const strategies[] = { "serial", "local",	"parallel",
					  "async",  "ondemand", "deferred" };

#define NR_STRATEGIES (sizeof(strategies) / sizeof(*strategies))
#define BETTER	      1.1

/*
 * So far may a share be off, of the time, and in so many of a hundred trials
 * more: chunks are whole, and so is what is left at the end.
 */
#define TOLERANCE   .1
#define OFF_PER_100 1

/* Larger machines take long, and there are enough of others. */
#define MOST_CPUS 512

/**
 * struct trial - a machine of which some things can be made better
 * @machine: as it is
 * @costs: changed
 * @node: of @costs
 * @link: of @costs
 */
struct trial {
	const struct machine *machine;
	struct machine_costs costs;
	struct node_costs *node;
	struct machine_link *link;
};

static void as_it_is(struct trial *trial, const struct machine *machine)
{
	unsigned int nr_nodes = machine->topology->nr_nodes;

	*trial = (struct trial){ .machine = machine, .costs = machine->costs };
	trial->node = xcalloc(nr_nodes, sizeof(*trial->node));
	trial->link = xcalloc(machine->costs.net.nr_links,
			      sizeof(*trial->link));
	if (machine->costs.node)
		memcpy(trial->node, machine->costs.node,
		       nr_nodes * sizeof(*trial->node));
	if (machine->costs.net.nr_links)
		memcpy(trial->link, machine->costs.net.link,
		       machine->costs.net.nr_links * sizeof(*trial->link));
	if (machine->costs.node)
		trial->costs.node = trial->node;
	if (machine->costs.net.nr_links)
		trial->costs.net.link = trial->link;
}

static void forget(struct trial *trial)
{
	free(trial->node);
	free(trial->link);
}

static double run(const struct trial *trial, const char *strategy,
		  struct simulation_result *result)
{
	struct memmap_param param;

	memmap_param_parse(&param, strategy);
	/* The faster kind stays what it is. */
	param.store =
		trial->machine->costs.page_ns[WRITE_NT] <
				trial->machine->costs.page_ns[WRITE_CACHED] ?
			MEMMAP_STORE_NT :
			MEMMAP_STORE_CACHED;
	assert_int_equal(simulation_run(trial->machine->topology, &trial->costs,
					&param, result, NULL, NULL),
			 0);
	return isnan(result->complete_ns) ? result->boot_wait_ns :
					    result->complete_ns;
}

static void faster_memory(struct trial *trial)
{
	unsigned int i, mode;

	for (mode = 0; mode < NR_WRITE_MODES; mode++) {
		trial->costs.node_bytes_per_s[mode] *= BETTER;
		for (i = 0; i < trial->machine->topology->nr_nodes; i++)
			trial->node[i].bytes_per_s[mode] *= BETTER;
	}
}

static void faster_links(struct trial *trial)
{
	unsigned int i;

	for (i = 0; i < trial->costs.net.nr_links; i++)
		trial->link[i].bytes_per_s *= BETTER;
}

static void faster_calls(struct trial *trial)
{
	trial->costs.ipi_ns /= BETTER;
	trial->costs.wakeup_ns /= BETTER;
	trial->costs.spawn_ns /= BETTER;
	trial->costs.migrate_ns /= BETTER;
}

static void faster_host(struct trial *trial)
{
	trial->costs.faults_at_once *= BETTER;
}

/* All that a CPU spends by itself; early memory it writes alone. */
static void faster_cpus(struct trial *trial)
{
	unsigned int i, mode;

	for (mode = 0; mode < NR_WRITE_MODES; mode++)
		trial->costs.page_ns[mode] /= BETTER;
	for (i = 0; i < 2; i++)
		trial->costs.lines_in_flight[i] *= BETTER;
	trial->costs.fault_ns /= BETTER;
}

static const struct better {
	const char *name;
	void (*make)(struct trial *trial);
	bool kind[WHY_NR_KINDS];
} better[] = {
	{ "memory", faster_memory, { [WHY_MEMORY] = true } },
	{ "links", faster_links, { [WHY_LINK] = true } },
	{ "calls", faster_calls, { [WHY_CALLS] = true } },
	{ "host", faster_host, { [WHY_HOST] = true } },
	{ "CPUs",
	  faster_cpus,
	  { [WHY_STORES] = true,
	    [WHY_DISTANCE] = true,
	    [WHY_CORES] = true,
	    [WHY_TOUCH] = true,
	    [WHY_HOST] = true,
	    [WHY_EARLY] = true } },
};

/**
 * struct held - how shares and gains compare
 * @nr: trials
 * @nr_off: of these, those where they differ
 * @nr_wrong: those that differ from the share of something else
 * @apart: sum of all differences
 */
struct held {
	unsigned int nr;
	unsigned int nr_off;
	unsigned int nr_wrong;
	double apart;
};

#define NR_BETTER (sizeof(better) / sizeof(*better))

static double share_of(const struct why *why, const struct better *what)
{
	double share = 0;
	unsigned int i;

	for (i = 0; i < WHY_NR_KINDS; i++)
		share += what->kind[i] * why->of_kind[i];
	return share;
}

static void hold(struct held *held, const struct machine *machine,
		 const char *strategy)
{
	struct simulation_result is, would;
	struct trial trial;
	double ns, sum = 0;
	unsigned int i;

	as_it_is(&trial, machine);
	ns = run(&trial, strategy, &is);
	forget(&trial);
	for (i = 0; i < WHY_NR_KINDS; i++)
		sum += is.why.of_kind[i];
	assert_float_equal(sum, 1, 1e-9);
	for (i = 0; i < NR_BETTER; i++) {
		const struct better *other = &better[(i + 1) % NR_BETTER];
		double gain, apart;

		as_it_is(&trial, machine);
		better[i].make(&trial);
		gain = log(ns / run(&trial, strategy, &would)) / log(BETTER);
		forget(&trial);
		apart = fabs(gain - share_of(&is.why, &better[i]));
		held->nr++;
		held->apart += apart;
		held->nr_off += apart > TOLERANCE;
		held->nr_wrong += fabs(gain - share_of(&is.why, other)) >
				  TOLERANCE;
		if (apart > TOLERANCE)
			print_message("%s, %s: %s hold %.2f, gain %.2f\n",
				      machine->topology->name, strategy,
				      better[i].name,
				      share_of(&is.why, &better[i]), gain);
	}
}

static void hold_machine(void *arg, const char *name,
			 const struct machine *machine)
{
	unsigned int i;

	if (topology_cpus(machine->topology) > MOST_CPUS)
		return;
	for (i = 0; i < NR_STRATEGIES; i++)
		hold(arg, machine, strategies[i]);
}

/* And, as a control, they are not those of anything else. */
static void shares_are_gains(void **state)
{
	struct error error = { 0 };
	struct held held = { 0 };

	assert_int_equal(machine_library_each(hold_machine, &held, &error), 0);
	print_message("%u trials, %u off, mean %.4f; of another share %u\n",
		      held.nr, held.nr_off, held.apart / held.nr,
		      held.nr_wrong);
	assert_true(held.nr > 300);
	assert_true(held.nr_off * 100 <= held.nr * OFF_PER_100);
	assert_true(held.apart / held.nr < .01);
	assert_true(held.nr_wrong * 100 > held.nr * 30);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_gains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
