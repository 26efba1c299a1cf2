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
#include <linux/mm.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"
#include "machine/topology.h"

#define MIB 0x1p20

/* Node costs, as in cost.c. */
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
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_hwloc(struct machine *machine, const char *path,
		       struct error *error)
{
	hwloc_topology_t hw = hwloc_new();
	hwloc_obj_t *nodes;

	if (hwloc_topology_set_xml(hw, path) || hwloc_topology_load(hw)) {
		hwloc_topology_destroy(hw);
		return error_set(error, path, 0, NULL,
				 "hwloc cannot load it a second time");
	}
	nodes = hwloc_numa_nodes(hw);
	read_nodes(machine, hw, nodes);
	read_links(machine, hw, nodes);
	free(nodes);
	hwloc_topology_destroy(hw);
	while (!links_complete(machine) && machine->costs.net.nr_links)
		free(machine->link_cost[--machine->costs.net.nr_links].source);
	if (machine->costs.node) {
		free(machine->source);
		machine->source = xstrdup(
			"topology and rates of its memory from hwloc; all else from the default set");
	}
	return 0;
}
