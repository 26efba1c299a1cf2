// SPDX-License-Identifier: GPL-2.0-only
/* Machine files, written: each number with where it comes from. */
#include <linux/minmax.h>
#include <linux/mm.h>
#include "base/json.h"
#include "machine/internal.h"

static json_t *cost_json(double value, const struct machine_cost *cost)
{
	json_t *json = json_pack("{sf ss so}", "value", value, "label",
				 machine_labels[cost->label], "source",
				 json_text(cost->source ? cost->source :
							  MACHINE_DEFAULT_SET));
	if (cost->range.low > 0) {
		json_object_set_new(json, "low",
				    json_real(value * cost->range.low));
		json_object_set_new(json, "high",
				    json_real(value * cost->range.high));
	}
	return json;
}

static json_t *node_json(struct machine *machine, unsigned int n)
{
	const struct topology_node *node = &machine->topology->nodes[n];
	unsigned int shift = machine->topology->page_shift;
	json_t *ranges = json_array(), *costs = json_object(), *entry;
	json_t *later = json_array();
	unsigned long early = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		json_array_append_new(
			ranges,
			json_pack("{sI sI}", "start_bytes",
				  (json_int_t)(node->ranges[i].start_pfn
					       << shift),
				  "bytes",
				  (json_int_t)((node->ranges[i].end_pfn -
						node->ranges[i].start_pfn)
					       << shift)));
	for (i = 0; machine->node_cost && i < MACHINE_NR_NODE_COSTS; i++) {
		double value = *machine_node_value(machine, n, i);

		if (value > 0)
			json_object_set_new(
				costs, machine_node_cost_name(i),
				cost_json(value,
					  &machine->node_cost
						   [n * MACHINE_NR_NODE_COSTS +
						    i]));
	}
	entry = json_pack("{si so so}", "cpus", (int)node->nr_cpus, "ranges",
			  ranges, "costs", costs);
	if (node->nr_cores)
		json_object_set_new(entry, "cores",
				    json_integer(node->nr_cores));
	if (node->id != n)
		json_object_set_new(entry, "id", json_integer(node->id));
	if (machine->costs.node && node->nr_ranges)
		early = min(machine->costs.node[n].early_end_pfn,
			    node->ranges[node->nr_ranges - 1].end_pfn);
	for (i = 0; i < machine->topology->nr_plugs; i++) {
		const struct topology_plug *plug = &machine->topology->plug[i];

		if (plug->node == n)
			json_array_append_new(
				later,
				json_pack("{sI sI}", "bytes",
					  (json_int_t)((plug->range.end_pfn -
							plug->range.start_pfn)
						       << shift),
					  "at_ns", (json_int_t)plug->at_ns));
	}
	if (json_array_size(later))
		json_object_set(entry, "hot_add", later);
	json_decref(later);
	if (early)
		json_object_set_new(entry, "early_end_bytes",
				    json_integer(early << shift));
	return entry;
}

static json_t *point_json(const struct machine *machine, unsigned int point)
{
	unsigned int nr = machine->topology->nr_nodes;

	return point < nr ? json_integer(machine->topology->nodes[point].id) :
			    json_sprintf("switch %u", point - nr);
}

static json_t *links_json(const struct machine *machine)
{
	json_t *links = json_array();
	unsigned int i;

	for (i = 0; i < machine->costs.net.nr_links; i++) {
		const struct machine_link *link = &machine->costs.net.link[i];
		const struct machine_cost *cost = &machine->link_cost[i];

		json_array_append_new(links,
				      json_pack("{so so sf sf ss so}", "from",
						point_json(machine, link->from),
						"to",
						point_json(machine, link->to),
						"bytes_per_s",
						link->bytes_per_s, "latency_ns",
						link->latency_ns, "label",
						machine_labels[cost->label],
						"source",
						json_text(cost->source ?
								  cost->source :
								  "not said")));
	}
	return links;
}

/**
 * machine_write - as a machine file
 * @machine: the machine
 * @out: where
 */
void machine_write(struct machine *machine, FILE *out)
{
	json_t *nodes = json_array(), *costs = json_object(), *root;
	unsigned int i;

	for (i = 0; i < machine->topology->nr_nodes; i++)
		json_array_append_new(nodes, node_json(machine, i));
	for (i = 0; i < MACHINE_NR_COSTS; i++)
		json_object_set_new(costs, machine_cost_name(i),
				    cost_json(*machine_cost_value(machine, i),
					      &machine->cost[i]));
	root = json_pack("{si so so so so so}", "schema_version", 1, "name",
			 json_text(machine->topology->name), "source",
			 json_text(machine->source), "nodes", nodes, "links",
			 links_json(machine), "costs", costs);
	if (machine->costs.early_all)
		json_object_set_new(root, "early", json_string("linux"));
	if (!machine->costs.early_linux)
		json_object_set_new(root, "early_bytes",
				    json_integer(machine->costs.early_bytes));
	if (machine->topology->page_shift != PAGE_SHIFT)
		json_object_set_new(root, "page_bytes",
				    json_integer(
					    1L
					    << machine->topology->page_shift));
	if (machine->notes)
		json_object_set_new(root, "notes", json_text(machine->notes));
	json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(root);
}
