// SPDX-License-Identifier: GPL-2.0-only
/*
 * What things cost: the table of costs, the default set, and what follows from
 * what is given. A number that is not given is derived from those that are or
 * taken from the default set, and labelled so.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "machine/internal.h"

/*
 * server-2020: a two-socket server of the years 2017 to 2020, from Jordan's 2020 series
 * (sim/check/data/published.csv, skylake-8167m): one thread 1717.7 ms for 100663296
 * pages is 17.1 ns a page in two passes; 138 ms on all threads is 46.7 GB/s of
 * payload. Ordinary and non-temporal stores in one pass: 8.8 and 3.6 of 10.2
 * ns, measured on a 2-core Xeon. Ten lines in flight: the line fill buffers of
 * an Intel core before 2019. A section that comes online: 67 million instructions
 * for 512 of them (doc/kernel.md), two or three a ns. The small costs are orders
 * of magnitude.
 */
static const struct machine_costs default_costs = {
	.page_ns = { 14.7, 6.0, 17.1 },
	.node_bytes_per_s = { 46.7e9, 85e9, 46.7e9 },
	.remote_factor = 1.6,
	.lines_in_flight = { 10, 10 },
	.ipi_ns = 2000,
	.wakeup_ns = 20000,
	.spawn_ns = 20000,
	.migrate_ns = 50000,
	.smt_gain = 0.3,
	.lock_ns = 300,
	.pull_ns = 300,
	.online_ns = 50000,
	.fault_ns = 0,
	.faults_at_once = 1,
	.early_linux = true,
};

#define CACHED_RATIO (8.8 / 10.2)
#define NT_RATIO     (3.6 / 10.2)

static const struct {
	const char *name;
	size_t offset;
} cost_table[] = {
	[COST_PAGE_CACHED] = { "page_cached_ns",
			       offsetof(struct machine_costs,
					page_ns[WRITE_CACHED]) },
	[COST_PAGE_NT] = { "page_nt_ns",
			   offsetof(struct machine_costs, page_ns[WRITE_NT]) },
	[COST_PAGE_MAINLINE] = { "page_mainline_ns",
				 offsetof(struct machine_costs,
					  page_ns[WRITE_MAINLINE]) },
	[COST_NODE_CACHED] = { "node_cached_bytes_per_s",
			       offsetof(struct machine_costs,
					node_bytes_per_s[WRITE_CACHED]) },
	[COST_NODE_NT] = { "node_nt_bytes_per_s",
			   offsetof(struct machine_costs,
				    node_bytes_per_s[WRITE_NT]) },
	[COST_NODE_MAINLINE] = { "node_mainline_bytes_per_s",
				 offsetof(struct machine_costs,
					  node_bytes_per_s[WRITE_MAINLINE]) },
	[COST_REMOTE] = { "remote_factor",
			  offsetof(struct machine_costs, remote_factor) },
	[COST_LINES_CACHED] = { "lines_in_flight_cached",
				offsetof(struct machine_costs,
					 lines_in_flight[0]) },
	[COST_LINES_NT] = { "lines_in_flight_nt",
			    offsetof(struct machine_costs, lines_in_flight[1]) },
	[COST_IPI] = { "ipi_ns", offsetof(struct machine_costs, ipi_ns) },
	[COST_WAKEUP] = { "wakeup_ns",
			  offsetof(struct machine_costs, wakeup_ns) },
	[COST_SPAWN] = { "spawn_ns", offsetof(struct machine_costs, spawn_ns) },
	[COST_MIGRATE] = { "migrate_ns",
			   offsetof(struct machine_costs, migrate_ns) },
	[COST_SMT] = { "smt_gain", offsetof(struct machine_costs, smt_gain) },
	[COST_LOCK] = { "lock_ns", offsetof(struct machine_costs, lock_ns) },
	[COST_PULL] = { "pull_ns", offsetof(struct machine_costs, pull_ns) },
	[COST_ONLINE] = { "online_ns",
			  offsetof(struct machine_costs, online_ns) },
	[COST_FAULT] = { "fault_ns", offsetof(struct machine_costs, fault_ns) },
	[COST_FAULTS_AT_ONCE] = { "faults_at_once",
				  offsetof(struct machine_costs,
					   faults_at_once) },
};

static const struct {
	const char *name;
	size_t offset;
} node_cost_table[] = {
	{ "node_cached_bytes_per_s",
	  offsetof(struct node_costs, bytes_per_s[WRITE_CACHED]) },
	{ "node_nt_bytes_per_s",
	  offsetof(struct node_costs, bytes_per_s[WRITE_NT]) },
	{ "node_mainline_bytes_per_s",
	  offsetof(struct node_costs, bytes_per_s[WRITE_MAINLINE]) },
	{ "latency_ns", offsetof(struct node_costs, latency_ns) },
};

const char *const machine_labels[] = {
	[MACHINE_DEFAULT] = "default",	   [MACHINE_DERIVED] = "derived",
	[MACHINE_DATASHEET] = "datasheet", [MACHINE_CALIBRATED] = "calibrated",
	[MACHINE_MEASURED] = "measured",
};

/**
 * machine_costs_memory - what the memory of a node takes
 * @costs: of the machine
 * @node: the node; it may have a rate of its own
 * @mode: how struct pages are written
 *
 * Return: payload, bytes per second.
 */
double machine_costs_memory(const struct machine_costs *costs,
			    unsigned int node, enum write_mode mode)
{
	double own = costs->node ? costs->node[node].bytes_per_s[mode] : 0;

	return own > 0 ? own : costs->node_bytes_per_s[mode];
}

double *machine_costs_value(struct machine_costs *costs, enum machine_cost_id i)
{
	return (double *)((char *)costs + cost_table[i].offset);
}

double *machine_cost_value(struct machine *machine, unsigned int i)
{
	return machine_costs_value(&machine->costs, i);
}

const char *machine_cost_name(unsigned int i)
{
	return i < MACHINE_NR_COSTS ? cost_table[i].name : NULL;
}

const char *machine_node_cost_name(unsigned int i)
{
	return node_cost_table[i].name;
}

bool machine_cost_may_be_0(unsigned int i)
{
	return i > COST_LINES_NT && i != COST_FAULTS_AT_ONCE;
}

void machine_set_cost(struct machine *machine, unsigned int i, double value,
		      enum machine_label label, const char *source)
{
	*machine_cost_value(machine, i) = value;
	machine->cost[i].label = label;
	machine->cost[i].range = (struct machine_range){ 0, 0 };
	free(machine->cost[i].source);
	machine->cost[i].source = source ? xstrdup(source) : NULL;
}

/**
 * machine_set - give a cost a value
 * @machine: the machine
 * @name: of the cost; must exist
 * @value: in the unit of its name
 * @label: what it rests on
 * @source: in words
 */
void machine_set(struct machine *machine, const char *name, double value,
		 enum machine_label label, const char *source)
{
	unsigned int i;

	for (i = 0; i < MACHINE_NR_COSTS; i++)
		if (!strcmp(cost_table[i].name, name))
			machine_set_cost(machine, i, value, label, source);
}

struct node_costs *machine_node(struct machine *machine, unsigned int node)
{
	unsigned int nr = machine->topology->nr_nodes;

	if (!machine->costs.node) {
		machine->costs.node = xcalloc(nr, sizeof(struct node_costs));
		machine->node_cost = xcalloc(nr * MACHINE_NR_NODE_COSTS,
					     sizeof(struct machine_cost));
	}
	return &machine->costs.node[node];
}

double *machine_node_value(struct machine *machine, unsigned int node,
			   unsigned int i)
{
	return (double *)((char *)machine_node(machine, node) +
			  node_cost_table[i].offset);
}

void machine_set_node(struct machine *machine, unsigned int node,
		      unsigned int i, double value, enum machine_label label,
		      const char *source)
{
	struct machine_cost *cost;

	*machine_node_value(machine, node, i) = value;
	cost = &machine->node_cost[node * MACHINE_NR_NODE_COSTS + i];
	cost->label = label;
	free(cost->source);
	cost->source = source ? xstrdup(source) : NULL;
}

void machine_add_link(struct machine *machine, const struct machine_link *link,
		      enum machine_label label, const char *source)
{
	struct machine_net *net = &machine->costs.net;
	unsigned int nr = net->nr_links++;

	net->link = xgrow(net->link, nr, sizeof(*net->link));
	machine->link_cost = xgrow(machine->link_cost, nr,
				   sizeof(*machine->link_cost));
	net->link[nr] = *link;
	machine->link_cost[nr] = (struct machine_cost){
		.label = label, .source = source ? xstrdup(source) : NULL
	};
}

/* By label, or by a number alone, whose source is "not said". */
static bool given(const struct machine *machine, unsigned int cost)
{
	return machine->cost[cost].label != MACHINE_DEFAULT ||
	       machine->cost[cost].source;
}

/* What follows from what is given, where it is not given itself. */
static void derive(struct machine *machine, unsigned int to, unsigned int from,
		   double factor, const char *why)
{
	if (!given(machine, to) && given(machine, from))
		machine_set_cost(machine, to,
				 factor * *machine_cost_value(machine, from),
				 MACHINE_DERIVED, why);
}

/* What the whole machine's costs say of each other. */
static void derive_costs(struct machine *machine)
{
	static const char ratio[] =
		"from the other kinds of store, by the ratios 10.2 : 8.8 : 3.6 of a 2-core Xeon";
	static const char traffic[] =
		"from the other kinds of store: ordinary ones move each line twice";
	static const struct {
		unsigned int page, node;
	} stores[] = {
		{ COST_PAGE_CACHED, COST_NODE_CACHED },
		{ COST_PAGE_NT, COST_NODE_NT },
		{ COST_PAGE_MAINLINE, COST_NODE_MAINLINE },
	};
	unsigned int i;

	derive(machine, COST_PAGE_MAINLINE, COST_PAGE_CACHED, 1 / CACHED_RATIO,
	       ratio);
	derive(machine, COST_PAGE_MAINLINE, COST_PAGE_NT, 1 / NT_RATIO, ratio);
	derive(machine, COST_PAGE_CACHED, COST_PAGE_MAINLINE, CACHED_RATIO,
	       ratio);
	derive(machine, COST_PAGE_NT, COST_PAGE_MAINLINE, NT_RATIO, ratio);
	derive(machine, COST_NODE_CACHED, COST_NODE_MAINLINE, 1, traffic);
	derive(machine, COST_NODE_CACHED, COST_NODE_NT, 0.5, traffic);
	derive(machine, COST_NODE_MAINLINE, COST_NODE_CACHED, 1, traffic);
	derive(machine, COST_NODE_NT, COST_NODE_CACHED, 2, traffic);

	for (i = 0; i < ARRAY_SIZE(stores); i++) {
		double alone = 64e9 /
			       *machine_cost_value(machine, stores[i].page);

		if (given(machine, stores[i].page) &&
		    !given(machine, stores[i].node) &&
		    *machine_cost_value(machine, stores[i].node) < alone)
			machine_set_cost(machine, stores[i].node, alone,
					 MACHINE_DERIVED,
					 "what one CPU alone writes");
	}
}

/* One rate of a node's memory gives the other two. */
static void derive_node(struct machine *machine, unsigned int node)
{
	static const double traffic[] = { 2, 1, 2 };
	unsigned int from, to;

	for (from = 0; from < 3; from++)
		if (*machine_node_value(machine, node, from) > 0)
			break;
	for (to = 0; from < 3 && to < 3; to++)
		if (!(*machine_node_value(machine, node, to) > 0))
			machine_set_node(
				machine, node, to,
				traffic[from] / traffic[to] *
					*machine_node_value(machine, node, from),
				MACHINE_DERIVED,
				"from the other kinds of store: ordinary ones move each line twice");
}

/**
 * machine_derive - fill in what follows from what is given
 * @machine: with its topology and the costs that are given
 */
void machine_derive(struct machine *machine)
{
	unsigned int i;

	derive_costs(machine);
	for (i = 0; machine->costs.node && i < machine->topology->nr_nodes; i++)
		derive_node(machine, i);
}

/**
 * machine_defaults - what things cost where nobody says
 */
const struct machine_costs *machine_defaults(void)
{
	return &default_costs;
}

/**
 * machine_default_costs - those of a machine that gives none
 * @machine: the machine
 */
void machine_default_costs(struct machine *machine)
{
	machine->costs = default_costs;
}

/**
 * machine_label_text - what a prediction is called that rests on such a number
 * @label: of the number that counts most
 *
 * Return: "calibrated" if it comes from a timing of this machine, else
 * "extrapolated".
 */
const char *machine_label_text(enum machine_label label)
{
	return label >= MACHINE_CALIBRATED ? "calibrated" : "extrapolated";
}

/**
 * machine_label - what predictions for a machine rest on
 * @machine: the machine
 *
 * Return: "calibrated" if the costs of a page do, else "extrapolated".
 */
const char *machine_label(const struct machine *machine)
{
	return machine->cost[COST_PAGE_CACHED].label >= MACHINE_CALIBRATED ||
			       machine->cost[COST_PAGE_MAINLINE].label >=
				       MACHINE_CALIBRATED ?
		       "calibrated" :
		       "extrapolated";
}
