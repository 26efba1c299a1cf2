// SPDX-License-Identifier: GPL-2.0-only
/* What has to be timed on this host, timed: one of each in every round. */
#include <limits.h>
#include <stdlib.h>
#include <linux/minmax.h>
#include "base/clock.h"
#include "base/die.h"
#include "base/stats.h"
#include "cli/calibrate.h"
#include "host/yardstick.h"

/* Calls and wake-ups are short: so many of each in a round. */
#define CALLS 20

/* No more CPUs than run, each node its share. */
static void limit_cpus(struct costing *costing, unsigned int threads)
{
	struct topology *topology = costing->machine.topology;
	unsigned long total = topology_cpus(topology), before = 0;
	unsigned int i, cpu = 0;

	costing->cpus = xcalloc(topology->nr_nodes, sizeof(*costing->cpus));
	for (i = 0; i < topology->nr_nodes; i++) {
		struct topology_node *node = &topology->nodes[i];
		unsigned int first = cpu;

		costing->cpus[i] = node->nr_cpus;
		before += node->nr_cpus;
		while (cpu < threads && cpu * total < before * threads)
			cpu++;
		node->nr_cpus = min(cpu - first, node->nr_cpus);
	}
}

/**
 * costing_init - nothing is measured yet
 * @costing: the result; costing_free() it
 * @options: --threads, at most as many as this host has CPUs
 */
void costing_init(struct costing *costing, const struct options *options)
{
	const struct calibration_strategies strategies = {
		.reference = strategy_of(STRATEGY_REFERENCE),
		.visits = strategy_of(STRATEGY_VISITS),
		.background = strategy_of(STRATEGY_BACKGROUND),
	};
	const struct options here = { .threads = options->threads };

	*costing = (struct costing){ 0 };
	options_machine(&here, &costing->machine);
	free(costing->machine.source);
	costing->machine.source = xstrdup("memmap calibrate");
	limit_cpus(costing, options->threads);
	calibration_init(&costing->calibration, &costing->machine, &strategies);
}

/**
 * costing_free - forget what was measured
 * @costing: the costs
 */
void costing_free(struct costing *costing)
{
	unsigned int i;

	calibration_free(&costing->calibration);
	for (i = 0; i < NR_DIRECT; i++)
		free(costing->value[i]);
	free(costing->cpus);
	machine_free(&costing->machine);
}

static void add(struct costing *costing, enum direct direct, double ns)
{
	costing->value[direct] = xgrow(costing->value[direct],
				       costing->nr[direct], sizeof(double));
	costing->value[direct][costing->nr[direct]++] = ns;
}

/* As the model has it: from the first page that is not early to the last. */
static double run_ns(struct host *host, const struct calibration_run *run)
{
	u64 start;

	host_reset(host);
	host_cool(host);
	if (run->mode == WRITE_MAINLINE) {
		mainline_early(host);
		return mainline_late(host, run->cpus);
	}
	host_boot_begin(host, &run->param);
	start = clock_ns();
	host_boot(host);
	host_wait(host);
	return clock_ns() - start;
}

/* Return: ns for a block. */
static double pull_ns(struct host *host)
{
	struct boot_choice choice;
	unsigned long pristine;
	u64 start;

	boot_choose_strategy(&choice, strategy_of(STRATEGY_LAZY), "");
	host_reset(host);
	host_cool(host);
	host_boot_begin(host, &choice.param);
	pristine = memmap_boot_pristine(host_boot_state(host));
	start = clock_ns();
	host_pull_all(host, ULONG_MAX);
	free(choice.text);
	return (double)(clock_ns() - start) * MEMMAP_BLOCK_PAGES /
	       max(pristine, 1UL);
}

/**
 * costing_round - each run once
 * @costing: the costs
 * @host: costing->machine, all of its memmap touched; it has no early memory
 */
void costing_round(struct costing *costing, struct host *host)
{
	unsigned int i;

	add(costing, DIRECT_PULL, pull_ns(host));
	for (i = 0; i < costing->calibration.nr; i++)
		calibration_add(&costing->calibration.run[i],
				run_ns(host, &costing->calibration.run[i]));
	for (i = 0; i < CALLS; i++) {
		add(costing, DIRECT_WAKEUP, host_wakeup_ns(host));
		add(costing, DIRECT_SPAWN, host_spawn_ns(host));
		if (host_threads(host) < 2)
			continue;
		add(costing, DIRECT_CALL, host_call_ns(host));
		add(costing, DIRECT_MIGRATE, host_migrate_ns(host));
	}
}

/**
 * costing_noisy - is any run's spread over the limit?
 * @costing: the costs
 * @noise_pct: the limit
 */
bool costing_noisy(const struct costing *costing, double noise_pct)
{
	const struct calibration *calibration = &costing->calibration;
	unsigned int i;

	for (i = 0; i < calibration->nr; i++)
		if (stats_spread_pct(calibration->run[i].ns,
				     calibration->run[i].nr) > noise_pct)
			return true;
	return false;
}

/**
 * costing_solve - the costs, from what was measured
 * @costing: the costs
 */
void costing_solve(struct costing *costing)
{
	static const struct {
		enum machine_cost_id cost;
		const char *what;
	} direct[] = {
		[DIRECT_CALL] = { COST_IPI,
				  "a cross-call, one way, to a thread that slept" },
		[DIRECT_WAKEUP] = { COST_WAKEUP,
				    "a thread on each CPU, woken, one way" },
		[DIRECT_SPAWN] = { COST_SPAWN,
				   "a thread that slept, for who wakes it" },
		[DIRECT_MIGRATE] = { COST_MIGRATE,
				     "a thread that binds itself elsewhere" },
	};
	struct machine *machine = &costing->machine;
	unsigned int i;

	/* Runs begin with wake-ups: those come first. */
	for (i = 0; i < ARRAY_SIZE(direct); i++)
		if (costing->nr[i])
			calibration_set(machine, direct[i].cost,
					costing->value[i], costing->nr[i],
					direct[i].what);
	calibration_solve(&costing->calibration, machine);
	if (costing->nr[DIRECT_PULL])
		calibration_set_pull(
			machine, costing->value[DIRECT_PULL],
			costing->nr[DIRECT_PULL],
			"pulls of all memory, less what their stores take");
	calibration_name_rest(machine);
	for (i = 0; i < machine->topology->nr_nodes; i++)
		machine->topology->nodes[i].nr_cpus = costing->cpus[i];
}
