// SPDX-License-Identifier: GPL-2.0-only
/* A machine for a reader, with every number and where it comes from. */
#include <stdio.h>
#include <linux/mm.h>
#include "machine/internal.h"

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
					machine->topology->nodes[n].id,
					machine_node_cost_name(i), value,
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
		topology_bytes(topology) / 0x1p30);
	if (topology->page_shift != PAGE_SHIFT)
		fprintf(out, "  pages of %lu KiB\n",
			1UL << (topology->page_shift - 10));
	for (i = 0; i < MACHINE_NR_COSTS; i++)
		fprintf(out, "  %-26s %12.6g  %-10s %s\n", machine_cost_name(i),
			*machine_cost_value(machine, i),
			machine_labels[machine->cost[i].label],
			machine->cost[i].source ? machine->cost[i].source :
						  MACHINE_DEFAULT_SET);
	show_nodes(machine, out);
	show_links(machine, out);
	if (machine->notes)
		fprintf(out, "  Note: %s\n", machine->notes);
}
