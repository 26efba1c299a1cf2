// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines from and to hwloc XML. Its memory attributes say what each node's
 * memory delivers and how late it answers, in front of whom:
 *
 *	Bandwidth, a node's own CPUs	the node's memory, both kinds of store
 *	Latency, a node's own CPUs	what it answers later than the fastest
 *	both, other CPUs		a link between the two nodes
 *
 * The bandwidth is taken as what stores reach: firmware and benchmarks give
 * that, not the sum of the channels.
 */
#include <hwloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"
#include "machine/topology.h"

#define MIB 0x1p20

/* Node costs, as in machine.c. */
enum { CACHED, NT, MAINLINE, LATENCY };

/* An attribute of node @to in front of the CPUs of node @from; 0: not there. */
static double attribute(hwloc_topology_t hw, hwloc_memattr_id_t id,
			hwloc_obj_t from, hwloc_obj_t to)
{
	struct hwloc_location initiator = {
		.type = HWLOC_LOCATION_TYPE_CPUSET,
		.location.cpuset = from->cpuset,
	};
	hwloc_uint64_t value;

	if (hwloc_bitmap_iszero(initiator.location.cpuset) ||
	    hwloc_memattr_get_value(hw, id, to, &initiator, 0, &value))
		return 0;
	return value;
}

/* In front of whoever sees it best: a node without CPUs has no own ones. */
static double best_attribute(hwloc_topology_t hw, hwloc_memattr_id_t id,
			     hwloc_obj_t node)
{
	struct hwloc_location initiator;
	hwloc_uint64_t value;

	if (hwloc_memattr_get_best_initiator(hw, id, node, 0, &initiator,
					     &value))
		return 0;
	return value;
}

static void read_nodes(struct machine *machine, hwloc_topology_t hw,
		       hwloc_obj_t *nodes)
{
	unsigned int nr = machine->topology->nr_nodes, i;
	double nearest = INFINITY, value;

	for (i = 0; i < nr; i++) {
		value = best_attribute(hw, HWLOC_MEMATTR_ID_LATENCY, nodes[i]);
		if (value > 0)
			nearest = fmin(nearest, value);
	}
	for (i = 0; i < nr; i++) {
		value = best_attribute(hw, HWLOC_MEMATTR_ID_BANDWIDTH,
				       nodes[i]);
		if (value > 0)
			machine_set_node(machine, i, NT, value * MIB,
					 MACHINE_DATASHEET,
					 "hwloc attribute Bandwidth");
		value = best_attribute(hw, HWLOC_MEMATTR_ID_LATENCY, nodes[i]);
		if (value > nearest)
			machine_set_node(
				machine, i, LATENCY, value - nearest,
				MACHINE_DATASHEET,
				"hwloc attribute Latency, less that of the nearest node");
	}
}

static void read_links(struct machine *machine, hwloc_topology_t hw,
		       hwloc_obj_t *nodes)
{
	unsigned int nr = machine->topology->nr_nodes, i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++) {
			double own = best_attribute(hw,
						    HWLOC_MEMATTR_ID_LATENCY,
						    nodes[j]);
			double bytes = attribute(hw, HWLOC_MEMATTR_ID_BANDWIDTH,
						 nodes[i], nodes[j]) *
				       MIB;
			double late = attribute(hw, HWLOC_MEMATTR_ID_LATENCY,
						nodes[i], nodes[j]);
			struct machine_link link = {
				.from = i,
				.to = j,
				.bytes_per_s = bytes,
				.latency_ns = fmax(0, late - own) / 2,
			};

			/* Both say the same link where both have CPUs. */
			if (i == j || !(bytes > 0) || !(late > 0) ||
			    !machine->topology->nodes[i].nr_cpus ||
			    (i > j && machine->topology->nodes[j].nr_cpus))
				continue;
			machine_add_link(machine, &link, MACHINE_DATASHEET,
					 "hwloc attributes Bandwidth and Latency");
		}
	}
}

/* Links are all or none: a store must find its way from everywhere. */
static bool links_complete(const struct machine *machine)
{
	unsigned int nr = machine->topology->nr_nodes, bare = 0, i;

	for (i = 0; i < nr; i++)
		bare += !machine->topology->nodes[i].nr_cpus;
	return machine->costs.net.nr_links ==
	       (nr - bare) * (nr - bare - 1) / 2 + (nr - bare) * bare;
}

/**
 * machine_load_hwloc - what an XML file says beyond the topology
 * @machine: with its topology
 * @path: the file that the topology came from
 */
void machine_load_hwloc(struct machine *machine, const char *path)
{
	hwloc_topology_t hw;

	if (hwloc_topology_init(&hw))
		abort();
	if (!hwloc_topology_set_xml(hw, path) && !hwloc_topology_load(hw)) {
		hwloc_obj_t *nodes = hwloc_numa_nodes(hw);

		read_nodes(machine, hw, nodes);
		read_links(machine, hw, nodes);
		free(nodes);
	}
	hwloc_topology_destroy(hw);
	while (!links_complete(machine) && machine->costs.net.nr_links)
		free(machine->link_cost[--machine->costs.net.nr_links].source);
	if (machine->costs.node) {
		free(machine->source);
		machine->source = strdup(
			"topology and rates of its memory from hwloc; all else from the default set");
	}
}

static char *set_text(unsigned int first, unsigned int nr)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	char *text;

	if (nr)
		hwloc_bitmap_set_range(set, first, first + nr - 1);
	if (hwloc_bitmap_asprintf(&text, set) < 0)
		abort();
	hwloc_bitmap_free(set);
	return text;
}

static void object(FILE *xml, const char *type, unsigned int index,
		   unsigned int gp, const char *cpus, const char *nodes,
		   unsigned long bytes, bool open)
{
	fprintf(xml,
		"<object type=\"%s\" os_index=\"%u\" gp_index=\"%u\" cpuset=\"%s\" complete_cpuset=\"%s\" nodeset=\"%s\" complete_nodeset=\"%s\"",
		type, index, gp, cpus, cpus, nodes, nodes);
	if (!strcmp(type, "Machine"))
		fprintf(xml, " allowed_cpuset=\"%s\" allowed_nodeset=\"%s\"",
			cpus, nodes);
	if (!strcmp(type, "NUMANode"))
		fprintf(xml, " local_memory=\"%lu\"", bytes);
	fprintf(xml, open ? ">\n" : "/>\n");
}

/* The plain tree; attributes are set by hwloc's own functions later. */
static char *plain_xml(const struct topology *topology, size_t *len)
{
	unsigned int i, j, cpus = 0, gp = 1, cpu = 0;
	char *text, *all, *nodes, *own, *one;
	FILE *xml = open_memstream(&text, len);

	for (i = 0; i < topology->nr_nodes; i++)
		cpus += topology->nodes[i].nr_cpus;
	all = set_text(0, cpus);
	nodes = set_text(0, topology->nr_nodes);
	fprintf(xml,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology version=\"2.0\">\n");
	object(xml, "Machine", 0, gp++, all, nodes, 0, true);
	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		own = set_text(cpu, node->nr_cpus);
		one = set_text(i, 1);
		/* Memory beside nobody belongs to the machine as a whole. */
		if (node->nr_cpus)
			object(xml, "Package", i, gp++, own, one, 0, true);
		object(xml, "NUMANode", i, gp++, node->nr_cpus ? own : all, one,
		       PAGE_SIZE * topology_node_pages(node), false);
		free(own);
		for (j = 0; j < node->nr_cpus; j++, cpu++) {
			own = set_text(cpu, 1);
			object(xml, "PU", cpu, gp++, own, one, 0, false);
			free(own);
		}
		if (node->nr_cpus)
			fprintf(xml, "</object>\n");
		free(one);
	}
	fprintf(xml, "</object>\n</topology>\n");
	fclose(xml);
	free(all);
	free(nodes);
	return text;
}

static void write_attributes(struct machine *machine, hwloc_topology_t hw)
{
	unsigned int nr = machine->topology->nr_nodes, i;

	for (i = 0; i < nr; i++) {
		/* hwloc sorts nodes as it likes; the index is ours. */
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(hw, i);
		struct hwloc_location initiator = {
			.type = HWLOC_LOCATION_TYPE_CPUSET,
		};
		double bytes = machine->costs.node_bytes_per_s[1];

		if (!node)
			continue;
		initiator.location.cpuset = node->cpuset;
		if (machine->costs.node &&
		    machine->costs.node[i].bytes_per_s[1] > 0)
			bytes = machine->costs.node[i].bytes_per_s[1];
		hwloc_memattr_set_value(hw, HWLOC_MEMATTR_ID_BANDWIDTH, node,
					&initiator, 0, bytes / MIB);
	}
}

/**
 * machine_write_hwloc - as hwloc XML, with bandwidths
 * @machine: the machine
 * @path: "-" for standard output
 */
void machine_write_hwloc(struct machine *machine, const char *path)
{
	hwloc_topology_t hw;
	size_t len;
	char *xml = plain_xml(machine->topology, &len);

	if (hwloc_topology_init(&hw))
		abort();
	if (hwloc_topology_set_xmlbuffer(hw, xml, len + 1) ||
	    hwloc_topology_load(hw))
		usage_error("%s: hwloc cannot hold this machine",
			    machine->topology->name);
	write_attributes(machine, hw);
	if (hwloc_topology_export_xml(hw, path, 0))
		usage_error("%s: hwloc cannot write it", path);
	hwloc_topology_destroy(hw);
	free(xml);
}
