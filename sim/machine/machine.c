// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines with what things cost on them. A number that is not given is
 * derived from those that are or taken from a default set, and labelled so.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kernel.h>
#include "base/datadir.h"
#include "base/die.h"
#include "base/units.h"
#include "machine/internal.h"

/*
 * server-2020: a two-socket server of the years 2017 to 2020, from Jordan's 2020 series
 * (sim/check/data/published.csv, skylake-8167m): one thread 1717.7 ms for 100663296
 * pages is 17.1 ns a page in two passes; 138 ms on all threads is 46.7 GB/s of
 * payload. Ordinary and non-temporal stores in one pass: 8.8 and 3.6 of 10.2
 * ns, measured on a 2-core Xeon. Ten lines in flight: the line fill buffers of
 * an Intel core before 2019. The small costs are orders of magnitude.
 */
static const struct machine_costs default_costs = {
	.page_ns = { 14.7, 6.0 },
	.mainline_ns = 17.1,
	.node_bytes_per_s = { 46.7e9, 85e9 },
	.mainline_bytes_per_s = 46.7e9,
	.remote_factor = 1.6,
	.lines_in_flight = { 10, 10 },
	.ipi_ns = 2000,
	.wakeup_ns = 20000,
	.migrate_ns = 50000,
	.lock_ns = 1000,
	.pull_ns = 300,
	.fault_ns = 0,
	.early_bytes = 128UL << 20,
};

#define CACHED_RATIO (8.8 / 10.2)
#define NT_RATIO     (3.6 / 10.2)

enum {
	PAGE_CACHED,
	PAGE_NT,
	MAINLINE,
	NODE_CACHED,
	NODE_NT,
	NODE_MAINLINE,
	REMOTE,
	LINES_CACHED,
	LINES_NT,
	IPI,
	WAKEUP,
	MIGRATE,
	LOCK,
	PULL,
	FAULT,
	NR_COSTS
};

static const struct {
	const char *name;
	size_t offset;
} cost_table[] = {
	[PAGE_CACHED] = { "page_cached_ns",
			  offsetof(struct machine_costs, page_ns[0]) },
	[PAGE_NT] = { "page_nt_ns", offsetof(struct machine_costs, page_ns[1]) },
	[MAINLINE] = { "page_mainline_ns",
		       offsetof(struct machine_costs, mainline_ns) },
	[NODE_CACHED] = { "node_cached_bytes_per_s",
			  offsetof(struct machine_costs, node_bytes_per_s[0]) },
	[NODE_NT] = { "node_nt_bytes_per_s",
		      offsetof(struct machine_costs, node_bytes_per_s[1]) },
	[NODE_MAINLINE] = { "node_mainline_bytes_per_s",
			    offsetof(struct machine_costs,
				     mainline_bytes_per_s) },
	[REMOTE] = { "remote_factor",
		     offsetof(struct machine_costs, remote_factor) },
	[LINES_CACHED] = { "lines_in_flight_cached",
			   offsetof(struct machine_costs, lines_in_flight[0]) },
	[LINES_NT] = { "lines_in_flight_nt",
		       offsetof(struct machine_costs, lines_in_flight[1]) },
	[IPI] = { "ipi_ns", offsetof(struct machine_costs, ipi_ns) },
	[WAKEUP] = { "wakeup_ns", offsetof(struct machine_costs, wakeup_ns) },
	[MIGRATE] = { "migrate_ns", offsetof(struct machine_costs, migrate_ns) },
	[LOCK] = { "lock_ns", offsetof(struct machine_costs, lock_ns) },
	[PULL] = { "pull_ns", offsetof(struct machine_costs, pull_ns) },
	[FAULT] = { "fault_ns", offsetof(struct machine_costs, fault_ns) },
};

static const struct {
	const char *name;
	size_t offset;
} node_cost_table[] = {
	{ "node_cached_bytes_per_s",
	  offsetof(struct node_costs, bytes_per_s[0]) },
	{ "node_nt_bytes_per_s", offsetof(struct node_costs, bytes_per_s[1]) },
	{ "node_mainline_bytes_per_s",
	  offsetof(struct node_costs, mainline_bytes_per_s) },
	{ "latency_ns", offsetof(struct node_costs, latency_ns) },
};

const char *const machine_labels[] = {
	[MACHINE_DEFAULT] = "default",	   [MACHINE_DERIVED] = "derived",
	[MACHINE_DATASHEET] = "datasheet", [MACHINE_CALIBRATED] = "calibrated",
	[MACHINE_MEASURED] = "measured",
};

double *machine_cost_value(struct machine *machine, unsigned int i)
{
	return (double *)((char *)&machine->costs + cost_table[i].offset);
}

const char *machine_cost_name(unsigned int i)
{
	return i < NR_COSTS ? cost_table[i].name : NULL;
}

const char *machine_node_cost_name(unsigned int i)
{
	return node_cost_table[i].name;
}

bool machine_cost_may_be_0(unsigned int i)
{
	return i > LINES_NT;
}

void machine_set_cost(struct machine *machine, unsigned int i, double value,
		      enum machine_label label, const char *source)
{
	*machine_cost_value(machine, i) = value;
	machine->cost[i].label = label;
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

	for (i = 0; i < NR_COSTS; i++)
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

	if (!(nr & (nr - 1))) {
		net->link = xrealloc(net->link, 2UL * nr + 1,
				     sizeof(*net->link));
		machine->link_cost = xrealloc(machine->link_cost, 2UL * nr + 1,
					      sizeof(*machine->link_cost));
	}
	net->link[nr] = *link;
	machine->link_cost[nr] = (struct machine_cost){
		.label = label, .source = source ? xstrdup(source) : NULL
	};
}

static bool given(const struct machine *machine, unsigned int cost)
{
	return machine->cost[cost].label != MACHINE_DEFAULT ||
	       machine->cost[cost].source;
}

/* What follows from what is given, where it is not given itself. */
static void derive(struct machine *machine, unsigned int to, unsigned int from,
		   double factor, const char *why)
{
	if (!given(machine, to) && machine->cost[from].label != MACHINE_DEFAULT)
		machine_set_cost(machine, to,
				 factor * *machine_cost_value(machine, from),
				 MACHINE_DERIVED, why);
}

static void derive_costs(struct machine *machine)
{
	static const char ratio[] =
		"from the other kinds of store, by the ratios 10.2 : 8.8 : 3.6 of a 2-core Xeon";
	static const char traffic[] =
		"from the other kinds of store: ordinary ones move each line twice";
	static const struct {
		unsigned int page, node;
	} stores[] = {
		{ PAGE_CACHED, NODE_CACHED },
		{ PAGE_NT, NODE_NT },
		{ MAINLINE, NODE_MAINLINE },
	};
	unsigned int i;

	derive(machine, MAINLINE, PAGE_CACHED, 1 / CACHED_RATIO, ratio);
	derive(machine, PAGE_CACHED, MAINLINE, CACHED_RATIO, ratio);
	derive(machine, PAGE_NT, MAINLINE, NT_RATIO, ratio);
	derive(machine, NODE_CACHED, NODE_MAINLINE, 1, traffic);
	derive(machine, NODE_MAINLINE, NODE_CACHED, 1, traffic);
	derive(machine, NODE_NT, NODE_CACHED, 2, traffic);

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

static const char *library_dir(void)
{
	static char dir[DATADIR_PATH_MAX];

	return datadir_file(dir, MACHINE_LIBRARY);
}

/**
 * machine_library_list - what there is to choose from
 * @out: where
 */
int machine_library_list(FILE *out, struct error *error)
{
	struct dirent **entry;
	int nr = scandir(library_dir(), &entry, NULL, alphasort), i;

	if (nr < 0)
		return error_set(error, library_dir(), 0, NULL,
				 "no library of machines here; name a file");
	for (i = 0; i < nr; i++) {
		char *name = entry[i]->d_name, *end = strstr(name, ".json");
		struct machine machine;

		if (end) {
			*end = '\0';
			if (!machine_load(&machine, name, NULL, error))
				fprintf(out, "  %-22s %-12s %s\n", name,
					machine_label(&machine),
					machine.topology->name);
			machine_free(&machine);
		}
		free(entry[i]);
	}
	free(entry);
	return error_is_set(error) ? -1 : 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len > strlen(end) && !strcmp(text + len - strlen(end), end);
}

/**
 * library_path - is it a machine file, by path or by name?
 * @spec: what the user gave
 *
 * What can be neither a path nor a synthetic string must be a name.
 *
 * Return: the path of its JSON file, to be freed; NULL: something else.
 */
static char *library_path(const char *spec, struct error *error)
{
	char path[1024];

	if (ends_with(spec, ".json"))
		return xstrdup(spec);
	if (!*spec || strpbrk(spec, "/: []()=") || ends_with(spec, ".xml") ||
	    !access(spec, F_OK))
		return NULL;
	snprintf(path, sizeof(path), "%s/%s.json", library_dir(), spec);
	if (!access(path, R_OK))
		return xstrdup(path);
	error_set(error, "--machine", 0, spec,
		  "not a machine of the library ('memmap machine list' shows them), nor a file, nor a synthetic string such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"");
	return NULL;
}

static int set_memory(struct machine *machine, const char *mem,
		      struct error *error)
{
	unsigned long bytes;

	if (!mem)
		return 0;
	if (!parse_bytes(mem, &bytes) || bytes < MACHINE_MIN_BYTES ||
	    bytes > MACHINE_MAX_BYTES)
		return error_set(
			error, "--mem", 0, mem,
			"want a whole number and K, M, G, T or P, from 4K to 1P, such as 64G");
	if (topology_set_memory(machine->topology, bytes))
		return error_set(error, "--mem", 0, mem,
				 "the machine has no memory to scale");
	return 0;
}

static int load_spec(struct machine *machine, const char *spec,
		     struct error *error)
{
	char *path;
	int failed;

	if (!spec) {
		machine->topology = topology_this_host(error);
		machine->source =
			xstrdup("topology only; costs from the default set");
		return machine->topology ? 0 : -1;
	}
	path = library_path(spec, error);
	if (path) {
		failed = machine_load_json(machine, path, error);
		free(path);
		return failed;
	}
	if (error_is_set(error))
		return -1;
	if (!ends_with(spec, ".xml")) {
		int found = machine_load_log(machine, spec, error);

		if (found)
			return found < 0 ? -1 : 0;
	}
	machine->topology = topology_read_hwloc(spec, error);
	if (!machine->topology)
		return -1;
	machine->source = xstrdup("topology only; costs from the default set");
	return access(spec, F_OK) ? 0 :
				    machine_load_hwloc(machine, spec, error);
}

/**
 * machine_load - a machine with its costs
 * @machine: the result; machine_free() it, whatever is returned
 * @spec: a name of the library, a JSON file, an hwloc XML file, a kernel log,
 *	a synthetic string; NULL: this host
 * @mem: memory to give it, NULL for what it has
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load(struct machine *machine, const char *spec, const char *mem,
		 struct error *error)
{
	unsigned int i;

	memset(machine, 0, sizeof(*machine));
	machine->costs = default_costs;
	if (load_spec(machine, spec, error))
		return -1;
	derive_costs(machine);
	for (i = 0; machine->costs.node && i < machine->topology->nr_nodes;
	     i++) {
		derive_node(machine, i);
		/* Laid out anew below. */
		if (mem)
			machine->costs.node[i].early_end_pfn = 0;
	}
	return set_memory(machine, mem, error);
}

/**
 * machine_topology - what a machine consists of, for those who measure it
 * @spec: as for machine_load()
 * @mem: as there
 * @error: as there
 *
 * Return: the topology; NULL with @error set.
 */
struct topology *machine_topology(const char *spec, const char *mem,
				  struct error *error)
{
	struct topology *topology = NULL;
	struct machine machine;

	if (!machine_load(&machine, spec, mem, error)) {
		topology = machine.topology;
		machine.topology = topology_from_nodes("", topology->nr_nodes);
	}
	machine_free(&machine);
	return topology;
}

/**
 * machine_page_label - what the cost of a page rests on
 * @machine: the machine
 * @mainline: in mainline's two passes
 * @nt: else, by non-temporal stores
 *
 * Return: "calibrated" if it comes from a timing of this machine and this kind
 * of store, else "extrapolated".
 */
const char *machine_page_label(const struct machine *machine, bool mainline,
			       bool nt)
{
	unsigned int cost = mainline ? MAINLINE : nt ? PAGE_NT : PAGE_CACHED;

	return machine->cost[cost].label >= MACHINE_CALIBRATED ? "calibrated" :
								 "extrapolated";
}

/**
 * machine_label - what predictions for a machine rest on
 * @machine: the machine
 *
 * Return: "calibrated" if the costs of a page do, else "extrapolated".
 */
const char *machine_label(const struct machine *machine)
{
	return machine->cost[PAGE_CACHED].label >= MACHINE_CALIBRATED ||
			       machine->cost[MAINLINE].label >=
				       MACHINE_CALIBRATED ?
		       "calibrated" :
		       "extrapolated";
}

static void show_nodes(struct machine *machine, FILE *out)
{
	unsigned int n, i;

	for (n = 0; machine->costs.node && n < machine->topology->nr_nodes; n++)
		for (i = 0; i < MACHINE_NR_NODE_COSTS; i++) {
			double value = *machine_node_value(machine, n, i);
			const struct machine_cost *cost =
				&machine->node_cost[n * MACHINE_NR_NODE_COSTS +
						    i];

			if (value > 0)
				fprintf(out,
					"  node %u: %-26s %12.6g  %-10s %s\n",
					n, machine_node_cost_name(i), value,
					machine_labels[cost->label],
					cost->source ? cost->source :
						       "not said");
		}
}

/* A mesh has many links that are alike: say so once. */
static void show_links(const struct machine *machine, FILE *out)
{
	const struct machine_net *net = &machine->costs.net;
	unsigned int i, nr = 0;

	for (i = 0; i < net->nr_links; i++) {
		const struct machine_link *link = &net->link[i];
		const struct machine_cost *cost = &machine->link_cost[i];

		nr++;
		if (i + 1 < net->nr_links &&
		    link[1].bytes_per_s == link->bytes_per_s &&
		    link[1].latency_ns == link->latency_ns)
			continue;
		fprintf(out,
			"  %u link%s of %.4g GB/s each way, %.4g ns  %s %s\n",
			nr, nr > 1 ? "s" : "", link->bytes_per_s / 1e9,
			link->latency_ns, machine_labels[cost->label],
			cost->source ? cost->source : "not said");
		nr = 0;
	}
}

/**
 * machine_show - for a reader
 * @machine: the machine
 * @out: where
 */
void machine_show(struct machine *machine, FILE *out)
{
	const struct topology *topology = machine->topology;
	unsigned int i, cpus = 0, bare = 0;

	for (i = 0; i < topology->nr_nodes; i++) {
		cpus += topology->nodes[i].nr_cpus;
		bare += !topology->nodes[i].nr_cpus;
	}
	fprintf(out,
		"%s\n  %s\n  %u nodes (%u without CPUs), %u CPUs, %.4g GiB\n",
		topology->name, machine->source, topology->nr_nodes, bare, cpus,
		topology_pages(topology) / 0x1p18);
	for (i = 0; i < NR_COSTS; i++)
		fprintf(out, "  %-26s %12.6g  %-10s %s\n", cost_table[i].name,
			*machine_cost_value(machine, i),
			machine_labels[machine->cost[i].label],
			machine->cost[i].source ? machine->cost[i].source :
						  MACHINE_DEFAULT_SET);
	show_nodes(machine, out);
	show_links(machine, out);
	if (machine->notes)
		fprintf(out, "  Note: %s\n", machine->notes);
}

/**
 * machine_free - the end of a machine
 * @machine: as loaded
 */
void machine_free(struct machine *machine)
{
	unsigned int i;

	for (i = 0; machine->topology && machine->node_cost &&
		    i < machine->topology->nr_nodes * MACHINE_NR_NODE_COSTS;
	     i++)
		free(machine->node_cost[i].source);
	for (i = 0; i < machine->costs.net.nr_links; i++)
		free(machine->link_cost[i].source);
	free(machine->costs.node);
	free(machine->costs.net.link);
	free(machine->node_cost);
	free(machine->link_cost);
	topology_free(machine->topology);
	free(machine->source);
	free(machine->notes);
	for (i = 0; i < NR_COSTS; i++)
		free(machine->cost[i].source);
}
