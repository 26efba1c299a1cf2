// SPDX-License-Identifier: GPL-2.0-only
/*
 * A prediction is stable and monotone: random machines, each once more with
 * something changed a little, or with something better.
 *
 * STABILITY_MACHINES, STABILITY_SEED and STABILITY_KIND (0 to 4, enum
 * random_kind) in the environment choose others, STABILITY_NR=16 only the one
 * with this number, STABILITY_ONLY="serial local" only some strategies;
 * STABILITY_VERBOSE=1 prints each result that breaks a rule.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "model/simulation.h"
#include "random_machine.h"

/*
 * Of 450 machines, so many may break a rule. Mainline's chunks are mainline's: a
 * per cent of memory may be a chunk more for one of its threads.
 */
static const struct {
	const char *name;
	unsigned int most;
} strategies[] = {
	{ "serial", 0 },    { "local", 0 },	{ "ondemand", 0 },
	{ "deferred", 10 }, { "parallel", 10 }, { "async", 10 },
};

#define NR_STRATEGIES ARRAY_SIZE(strategies)

/* What a change may do to a result, as a part of it. */
enum rule {
	COST, /* 1 % of a cost */
	LINK, /* 1 % of a link */
	MEMORY, /* 1 % of memory */
	BETTER, /* faster memory or links, less latency */
	CPUS, /* more CPUs */
	ORDER, /* of the nodes */
	ROOFLINE, /* no change: a bound */
	PAGES, /* no change: a sum */
	NR_RULES
};

static const struct {
	const char *name;
	double up, down;
} rules[] = {
	[COST] = { "1 % of a cost", .03, .03 },
	[LINK] = { "1 % of a link", .03, .03 },
	[MEMORY] = { "1 % of memory", .05, .05 },
	[BETTER] = { "faster parts", .01, INFINITY },
	[CPUS] = { "more CPUs", .03, INFINITY },
	[ORDER] = { "order of nodes", .01, .01 },
	[ROOFLINE] = { "roofline" },
	[PAGES] = { "pages" },
};

/* Factors of what is given for each way of writing. */
static void scale_modes(double *value, double factor)
{
	unsigned int i;

	for (i = 0; i < NR_WRITE_MODES; i++)
		value[i] *= factor;
}

static void page_costs(struct random_machine *m, double factor,
		       unsigned int which)
{
	scale_modes(m->costs.page_ns, factor);
}

static void memory_rates(struct random_machine *m, double factor,
			 unsigned int which)
{
	unsigned int i;

	scale_modes(m->costs.node_bytes_per_s, factor);
	for (i = 0; i < m->topology->nr_nodes; i++)
		scale_modes(m->costs.node[i].bytes_per_s, factor);
}

static void one_memory_rate(struct random_machine *m, double factor,
			    unsigned int which)
{
	double *rate = m->costs.node[which].bytes_per_s;

	if (!(rate[0] > 0))
		memcpy(rate, m->costs.node_bytes_per_s,
		       sizeof(m->costs.node_bytes_per_s));
	scale_modes(rate, factor);
}

static void small_costs(struct random_machine *m, double factor,
			unsigned int which)
{
	m->costs.ipi_ns *= factor;
	m->costs.wakeup_ns *= factor;
	m->costs.spawn_ns *= factor;
	m->costs.migrate_ns *= factor;
	m->costs.lock_ns *= factor;
	m->costs.fault_ns *= factor;
}

static void links(struct random_machine *m, double factor, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < m->costs.net.nr_links; i++)
		m->costs.net.link[i].bytes_per_s *= factor;
	if (!m->costs.net.nr_links)
		m->costs.remote_factor = fmax(1,
					      m->costs.remote_factor / factor);
}

static void one_link(struct random_machine *m, double factor,
		     unsigned int which)
{
	unsigned int nr = m->costs.net.nr_links;

	if (nr)
		m->costs.net.link[which % nr].bytes_per_s *= factor;
}

static void latencies(struct random_machine *m, double factor,
		      unsigned int which)
{
	unsigned int i;

	for (i = 0; i < m->costs.net.nr_links; i++)
		m->costs.net.link[i].latency_ns *= factor;
	for (i = 0; i < m->topology->nr_nodes; i++)
		m->costs.node[i].latency_ns *= factor;
}

static void one_latency(struct random_machine *m, double factor,
			unsigned int which)
{
	unsigned int nr = m->costs.net.nr_links;

	if (nr)
		m->costs.net.link[which % nr].latency_ns *= factor;
}

static void lay_out(struct random_machine *m, double factor, int only)
{
	unsigned int nr = m->topology->nr_nodes, i;
	unsigned long *pages = xcalloc(nr, sizeof(*pages));

	for (i = 0; i < nr; i++) {
		pages[i] = topology_node_pages(&m->topology->nodes[i]);
		if (only < 0 || (unsigned int)only == i)
			pages[i] *= factor;
	}
	topology_lay_out(m->topology, pages);
	free(pages);
}

static void memory(struct random_machine *m, double factor, unsigned int which)
{
	lay_out(m, factor, -1);
}

static void one_memory(struct random_machine *m, double factor,
		       unsigned int which)
{
	lay_out(m, factor, which);
}

static void cpus_of_one(struct random_machine *m, double factor,
			unsigned int which)
{
	m->topology->nodes[which].nr_cpus *= factor;
	m->topology->nodes[which].nr_cores *= factor;
}

static void cpus(struct random_machine *m, double factor, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < m->topology->nr_nodes; i++)
		cpus_of_one(m, factor, i);
}

static void one_cpu(struct random_machine *m, double factor, unsigned int which)
{
	/* The first node that has one has the boot CPU. */
	if (m->topology->nodes[0].nr_cpus || !which) {
		m->topology->nodes[which].nr_cpus++;
		if (m->topology->nodes[which].nr_cores)
			m->topology->nodes[which].nr_cores++;
	}
}

/* Node 0 has the boot CPU and stays; the others go round, or about. */
static void order(struct random_machine *m, double factor, unsigned int which)
{
	unsigned int nr = m->topology->nr_nodes, i, j;
	unsigned long *pages = xcalloc(nr, sizeof(*pages));
	unsigned int *to = xcalloc(nr, sizeof(*to));
	struct machine_net *net = &m->costs.net;
	struct random_machine old;

	random_machine_copy(&old, m);
	for (i = 1; i < nr; i++)
		to[i] = factor < 0 ? nr - i : 1 + (i + which) % (nr - 1);
	for (i = 0; i < nr; i++) {
		const struct topology_node *node = &old.topology->nodes[i];

		m->topology->nodes[to[i]].nr_cpus = node->nr_cpus;
		m->topology->nodes[to[i]].nr_cores = node->nr_cores;
		pages[to[i]] = topology_node_pages(node);
		m->costs.node[to[i]] = old.costs.node[i];
	}
	for (j = 0; j < net->nr_links; j++) {
		struct machine_link *link = &net->link[j];

		if (link->from < nr)
			link->from = to[link->from];
		if (link->to < nr)
			link->to = to[link->to];
	}
	topology_lay_out(m->topology, pages);
	random_machine_free(&old);
	free(pages);
	free(to);
}

static const struct {
	enum rule rule;
	void (*change)(struct random_machine *m, double factor,
		       unsigned int which);
	double factor;
} changes[] = {
	{ COST, page_costs, 1.01 },
	{ COST, page_costs, 0.99 },
	{ COST, memory_rates, 1.01 },
	{ COST, memory_rates, 0.99 },
	{ COST, one_memory_rate, 1.01 },
	{ COST, one_memory_rate, 0.99 },
	{ COST, small_costs, 1.01 },
	{ COST, small_costs, 0.99 },
	{ LINK, links, 1.01 },
	{ LINK, links, 0.99 },
	{ LINK, one_link, 0.99 },
	{ LINK, latencies, 1.01 },
	{ LINK, latencies, 0.99 },
	{ LINK, one_latency, 1.01 },
	{ MEMORY, memory, 1.01 },
	{ MEMORY, memory, 0.99 },
	{ MEMORY, one_memory, 1.01 },
	{ BETTER, memory_rates, 2 },
	{ BETTER, one_memory_rate, 2 },
	{ BETTER, links, 2 },
	{ BETTER, one_link, 2 },
	{ BETTER, latencies, 0.5 },
	{ BETTER, one_latency, 0.5 },
	{ CPUS, cpus, 2 },
	{ CPUS, cpus_of_one, 2 },
	{ CPUS, one_cpu, 1 },
	{ ORDER, order, -1 },
	{ ORDER, order, 1 },
};

struct broken {
	unsigned int machines[NR_STRATEGIES];
	unsigned int by_rule[NR_STRATEGIES][NR_RULES];
};

struct check {
	struct broken *broken;
	const struct random_machine *machine;
	unsigned int nr;
	unsigned int strategy;
	bool rule[NR_RULES];
};

static void breaks(struct check *check, enum rule rule, int change, double from,
		   double to)
{
	check->rule[rule] = true;
	if (getenv("STABILITY_VERBOSE"))
		printf("%u %s: %s (change %d): %.4f -> %.4f ms, %+.1f %%\n",
		       check->nr, strategies[check->strategy].name,
		       rules[rule].name, change, from / 1e6, to / 1e6,
		       100 * (to / from - 1));
}

static void run(const struct random_machine *m, unsigned int strategy,
		struct simulation_result *result)
{
	struct memmap_param param;

	assert_int_equal(memmap_param_parse(&param, strategies[strategy].name),
			 0);
	assert_int_equal(simulation_run(m->topology, &m->costs, &param, result,
					NULL, NULL),
			 0);
}

/* No CPU writes faster than it can, nor does a memory take more than it can. */
static double least_ns(const struct random_machine *m,
		       const struct simulation_result *r, bool mainline)
{
	const struct machine_costs *c = &m->costs;
	enum write_mode mode = mainline			   ? WRITE_MAINLINE :
			       r->store == MEMMAP_STORE_NT ? WRITE_NT :
							     WRITE_CACHED;
	double pages = r->pages_initialised - r->pages_early;
	double least = r->early_ns +
		       pages * (c->page_ns[mode] + c->fault_ns / 64) /
			       fmax(r->nr_cpus, 1);
	unsigned int i;

	for (i = 0; i < m->topology->nr_nodes; i++) {
		pages = topology_node_pages(&m->topology->nodes[i]);
		least = fmax(least,
			     64e9 * pages / machine_costs_memory(c, i, mode));
	}
	return least;
}

static void check_bounds(struct check *check, const struct simulation_result *r)
{
	const struct random_machine *m = check->machine;
	bool mainline = !strcmp(strategies[check->strategy].name, "deferred");
	bool drains = strcmp(strategies[check->strategy].name, "ondemand");
	double least = least_ns(m, r, mainline);
	unsigned long pages = topology_pages(m->topology);

	if (drains && r->complete_ns < least * (1 - 1e-9))
		breaks(check, ROOFLINE, -1, least, r->complete_ns);
	if (r->pages_total != pages ||
	    (drains && r->pages_initialised != pages) ||
	    r->nr_cpus > topology_cpus(m->topology))
		breaks(check, PAGES, -1, pages, r->pages_initialised);
}

static void compare(struct check *check, unsigned int change, double from,
		    double to)
{
	enum rule rule = changes[change].rule;

	/* Never complete, or never waiting: before and after. */
	if ((isnan(from) && isnan(to)) || from == to)
		return;
	if (!(to / from <= 1 + rules[rule].up) ||
	    !(to / from >= 1 - rules[rule].down))
		breaks(check, rule, change, from, to);
}

static void check_strategy(struct check *check)
{
	unsigned int nr = check->machine->topology->nr_nodes, i;
	struct simulation_result before, after;

	run(check->machine, check->strategy, &before);
	check_bounds(check, &before);
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		struct random_machine changed;

		if (changes[i].rule == ORDER && nr < 3)
			continue;
		random_machine_copy(&changed, check->machine);
		changes[i].change(&changed, changes[i].factor,
				  (check->nr + i) % nr);
		run(&changed, check->strategy, &after);
		compare(check, i, before.boot_wait_ns, after.boot_wait_ns);
		compare(check, i, before.complete_ns, after.complete_ns);
		random_machine_free(&changed);
	}
}

static void check_machine(struct broken *broken, unsigned int nr,
			  const struct random_machine *m)
{
	unsigned int s, r;

	for (s = 0; s < NR_STRATEGIES; s++) {
		const char *only = getenv("STABILITY_ONLY");
		struct check check = {
			.broken = broken,
			.machine = m,
			.nr = nr,
			.strategy = s,
		};
		bool any = false;

		if (only && !strstr(only, strategies[s].name))
			continue;
		check_strategy(&check);
		for (r = 0; r < NR_RULES; r++) {
			any |= check.rule[r];
			broken->by_rule[s][r] += check.rule[r];
		}
		broken->machines[s] += any;
		if (any && getenv("STABILITY_VERBOSE"))
			random_machine_print(m, stdout);
	}
}

static unsigned long from_env(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void report(const struct broken *broken, unsigned int machines)
{
	unsigned int s, r;

	for (s = 0; s < NR_STRATEGIES; s++) {
		printf("%-10s %4u of %u:", strategies[s].name,
		       broken->machines[s], machines);
		for (r = 0; r < NR_RULES; r++)
			if (broken->by_rule[s][r])
				printf(" %s %u;", rules[r].name,
				       broken->by_rule[s][r]);
		putchar('\n');
	}
}

static void random_machines_keep_the_rules(void **state)
{
	unsigned long seed = from_env("STABILITY_SEED", 1);
	unsigned long machines = from_env("STABILITY_MACHINES", 10);
	unsigned long kind = from_env("STABILITY_KIND", RANDOM_NR_KINDS);
	struct broken broken = { 0 };
	unsigned int i, s;

	for (i = 0; i < machines; i++) {
		struct random_machine m;

		if (from_env("STABILITY_NR", i) != i)
			continue;
		random_machine_init(&m, seed * 1000003 + i,
				    kind < RANDOM_NR_KINDS ?
					    kind :
					    i % RANDOM_NR_KINDS);
		check_machine(&broken, i, &m);
		random_machine_free(&m);
	}
	printf("STABILITY_SEED=%lu STABILITY_MACHINES=%lu\n", seed, machines);
	report(&broken, machines);
	for (s = 0; s < NR_STRATEGIES; s++)
		assert_true(broken.machines[s] <=
			    (machines * strategies[s].most + 449) / 450);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_machines_keep_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
