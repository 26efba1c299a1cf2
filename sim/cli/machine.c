// SPDX-License-Identifier: GPL-2.0-only
/* memmap machine: machines as files. */
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/machine.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "machine/machine.h"

/**
 * struct request - what is to be done with which machine
 * @action: list, show, import or export
 * @spec: the machine
 * @format: of export
 */
struct request {
	const char *action;
	const char *spec;
	const char *format;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *r = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (!r->action)
		r->action = arg;
	else if (!r->spec)
		r->spec = arg;
	else if (!r->format && !strcmp(r->action, "export"))
		r->format = arg;
	else
		usage_error(
			"machine %s: '%s': want one machine; see 'memmap machine --help'",
			r->action, arg);
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "list\nshow SPEC\nimport SPEC\nexport SPEC [FORMAT]",
	.doc = "Machines as files: list the library, show what a machine is and costs, write one as a machine file (import), or as something that others read (export): FORMAT qemu, arguments of a guest of its topology, the default, or hwloc, XML with bandwidths.\n\n"
	       "  memmap machine list\n"
	       "  memmap machine show server-16s-32t\n"
	       "  lstopo m.xml; memmap machine import m.xml --output m.json\n"
	       "  qemu-system-x86_64 $(memmap machine export m.json) ...\n"
	       "\v"
	       "SPEC is a name of the library, a machine file (JSON), an hwloc XML file (with its attributes Bandwidth and Latency), the log of a kernel that booted there, a synthetic string, or \"this\" host. What a machine file does not say comes from a default set, and 'show' says so.\n\n"
	       "Next: 'memmap predict --machine SPEC'.",
};

static unsigned long node_mib(const struct topology *topology, unsigned int nid)
{
	return topology_node_bytes(topology, nid) >> 20;
}

/* A guest of the same topology: sockets are nodes, memory by the megabyte. */
static void export_qemu(const struct topology *topology, FILE *out)
{
	unsigned long mib = 0;
	unsigned int i, cpu = 0;

	for (i = 0; i < topology->nr_nodes; i++) {
		cpu += topology->nodes[i].nr_cpus;
		mib += node_mib(topology, i);
	}
	fprintf(out, "-smp %u -m %luM", cpu, mib);
	for (i = 0, cpu = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		mib = node_mib(topology, i);
		if (mib)
			fprintf(out,
				" -object memory-backend-ram,id=m%u,size=%luM",
				i, mib);
		fprintf(out, " -numa node,nodeid=%u", i);
		if (mib)
			fprintf(out, ",memdev=m%u", i);
		if (node->nr_cpus)
			fprintf(out, ",cpus=%u-%u", cpu,
				cpu + node->nr_cpus - 1);
		cpu += node->nr_cpus;
	}
	fprintf(out, "\n");
}

static void list_one(void *arg, const char *name, const struct machine *machine)
{
	const struct topology *topology = machine->topology;
	struct table *table = arg;

	table_put_text(table, name);
	table_put_text(table, machine_label(machine));
	table_put_count(table, topology->nr_nodes);
	table_put_count(table, topology_cpus(topology));
	table_put_count(table, topology_bytes(topology));
	table_put_text(table, topology->name);
	table_end_row(table);
}

/**
 * machine_list - print the library
 * @options: where and how
 *
 * Return: the exit status.
 */
int machine_list(struct options *options)
{
	static const struct table_column columns[] = {
		{ "name", "name", TABLE_WORDS },
		{ "label", "rests on", TABLE_WORDS, .optional = true },
		{ "nodes", "nodes", TABLE_COUNT },
		{ "cpus", "CPUs", TABLE_COUNT },
		{ "mem_bytes", "memory", TABLE_BYTES },
		{ "title", "what it is", TABLE_WORDS, .wrap = true },
	};
	struct report *report = report_new(options, NULL);
	struct error error = { 0 };
	struct table *table = report_table(report, "machines", NULL, columns,
					   ARRAY_SIZE(columns));
	int status;

	if (machine_library_each(list_one, table, &error))
		fail(&error);
	report_next(
		report,
		"memmap machine show NAME    every number, and where it comes from");
	report_next(report, "memmap predict --machine NAME");
	status = report_print(report, options);
	report_free(report);
	return status;
}

static void put_cost(struct table *table, const char *name, double value,
		     const struct machine_cost *cost, const char *otherwise)
{
	table_put_text(table, name);
	table_put_number(table, value);
	table_put_text(table, machine_labels[cost->label]);
	table_put_text(table, cost->source ? cost->source : otherwise);
	table_end_row(table);
}

static void show_costs(struct report *report, struct machine *machine)
{
	static const struct table_column columns[] = {
		{ "node", "node", TABLE_COUNT, .none = "all" },
		{ "cost", "cost", TABLE_WORDS },
		{ "value", "value", TABLE_QUANTITY },
		{ "label", "label", TABLE_WORDS, .optional = true },
		{ "source", "from", TABLE_WORDS, .wrap = true },
	};
	struct table *table = report_table(report, "costs", NULL, columns,
					   ARRAY_SIZE(columns));
	const struct topology *topology = machine->topology;
	unsigned int n, i;

	for (i = 0; i < MACHINE_NR_COSTS; i++) {
		table_put_none(table);
		put_cost(table, machine_cost_name(i),
			 *machine_cost_value(machine, i), &machine->cost[i],
			 MACHINE_DEFAULT_SET);
	}
	for (n = 0; machine->costs.node && n < topology->nr_nodes; n++)
		for (i = 0; i < MACHINE_NR_NODE_COSTS; i++) {
			double value = *machine_node_value(machine, n, i);

			if (!(value > 0))
				continue;
			table_put_count(table, topology->nodes[n].id);
			put_cost(table, machine_node_cost_name(i), value,
				 &machine->node_cost[n * MACHINE_NR_NODE_COSTS +
						     i],
				 "not said");
		}
}

/* A mesh has many links that are alike: say so once. */
static void show_links(struct report *report, const struct machine *machine)
{
	static const struct table_column columns[] = {
		{ "links", "links", TABLE_COUNT },
		{ "bytes_per_s", "each way", TABLE_BYTES_PER_S },
		{ "latency_ns", "latency", TABLE_NS },
		{ "label", "label", TABLE_WORDS, .optional = true },
		{ "source", "from", TABLE_WORDS, .wrap = true },
	};
	const struct machine_net *net = &machine->costs.net;
	struct table *table = report_table(report, "links", NULL, columns,
					   ARRAY_SIZE(columns));
	unsigned int i, nr = 0;

	for (i = 0; i < net->nr_links; i++) {
		const struct machine_link *link = &net->link[i];
		const struct machine_cost *cost = &machine->link_cost[i];

		nr++;
		if (i + 1 < net->nr_links &&
		    link[1].bytes_per_s == link->bytes_per_s &&
		    link[1].latency_ns == link->latency_ns)
			continue;
		table_put_count(table, nr);
		table_put_number(table, link->bytes_per_s);
		table_put_number(table, link->latency_ns);
		table_put_text(table, machine_labels[cost->label]);
		table_put_text(table, cost->source ? cost->source : "not said");
		table_end_row(table);
		nr = 0;
	}
}

static int show(struct options *o, const char *spec, struct machine *machine)
{
	const struct topology *topology = machine->topology;
	struct report *report = report_new(o, machine_label(machine));
	unsigned int i, bare = 0, cores = 0;
	char mem[UNITS_TEXT];
	int status;

	for (i = 0; i < topology->nr_nodes; i++) {
		bare += !topology->nodes[i].nr_cpus;
		cores += topology_node_cores(&topology->nodes[i]);
	}
	report_head(report, "%s", topology->name);
	report_head(report, "%s", machine->source);
	report_head(report, "%u nodes (%u without CPUs), %u CPUs, %s",
		    topology->nr_nodes, bare, topology_cpus(topology),
		    format_bytes(mem, topology_bytes(topology)));
	if (cores < topology_cpus(topology))
		report_head(report, "%u cores, whose threads these CPUs are",
			    cores);
	if (topology->page_shift != PAGE_SHIFT)
		report_head(report, "pages of %lu KiB",
			    1UL << (topology->page_shift - 10));
	for (i = 0; i < topology->nr_plugs; i++) {
		const struct topology_plug *plug = &topology->plug[i];
		char at[UNITS_TEXT];

		report_head(report,
			    "hot-added: %s of node %u, %s after boot began",
			    format_bytes(mem, (plug->range.end_pfn -
					       plug->range.start_pfn)
						      << topology->page_shift),
			    topology->nodes[plug->node].id,
			    format_ns(at, plug->at_ns));
	}
	report_machine(report, topology, machine->notes);
	report_json(report, "page_bytes",
		    json_integer(1L << topology->page_shift));
	show_costs(report, machine);
	show_links(report, machine);
	report_next(report, "memmap predict --machine '%s'", spec);
	report_next(
		report,
		"memmap machine import '%s' --output m.json    the same as a file, to change numbers in",
		spec);
	status = report_print(report, o);
	report_free(report);
	return status;
}

static int write_file(struct options *o, const struct request *r,
		      struct machine *machine)
{
	FILE *out = output_stream(&o->output);
	struct error error = { 0 };

	if (!strcmp(r->action, "import"))
		machine_write(machine, out);
	else if (!r->format || !strcmp(r->format, "qemu"))
		export_qemu(machine->topology, out);
	else if (machine_write_hwloc(machine, out, &error))
		fail(&error);
	return commit(&o->output);
}

static void check(const struct request *r, const struct options *o)
{
	bool list = !strcmp(r->action, "list");
	bool show = !strcmp(r->action, "show");

	if (!list && !show && strcmp(r->action, "import") &&
	    strcmp(r->action, "export"))
		usage_error(
			"machine %s: want list, show, import or export; see 'memmap machine --help'",
			r->action);
	if (list && r->spec)
		usage_error("machine list: '%s': want nothing behind it, or show",
			    r->spec);
	if (!list && !r->spec)
		usage_error(
			"machine %s: want a machine; see 'memmap machine --help'",
			r->action);
	if (r->format && strcmp(r->format, "qemu") && strcmp(r->format, "hwloc"))
		usage_error("machine export: format '%s': want qemu or hwloc",
			    r->format);
	if (o->format != TABLE_TEXT && !list && !show)
		usage_error(
			"--format: goes with list and show; machine %s writes one format",
			r->action);
}

int verb_machine(int argc, char **argv)
{
	struct request r = { 0 };
	struct options o = { 0 };
	struct error error = { 0 };
	struct machine machine;
	int status;

	options_parse(&o, OPTIONS_TABLE, &argp, &r, argc, argv);
	if (!r.action)
		r.action = "list";
	check(&r, &o);
	if (!strcmp(r.action, "list")) {
		status = machine_list(&o);
		options_free(&o);
		return status;
	}
	if (machine_load(&machine, strcmp(r.spec, "this") ? r.spec : NULL, NULL,
			 &error)) {
		/* It was no option here. */
		if (error.file && !strcmp(error.file, "--machine")) {
			free(error.file);
			error.file = xasprintf("machine %s", r.action);
		}
		fail(&error);
	}
	say_assumed(machine.topology);
	status = !strcmp(r.action, "show") ? show(&o, r.spec, &machine) :
					     write_file(&o, &r, &machine);
	machine_free(&machine);
	options_free(&o);
	return status;
}
