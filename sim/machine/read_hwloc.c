// SPDX-License-Identifier: GPL-2.0-only
/*
 * hwloc's memory attributes say what each node's memory delivers and how late
 * it answers, in front of whom:
 *
 *	bandwidth, a node's own CPUs	the node's memory, both kinds of store
 *	latency, a node's own CPUs	what it answers later than the fastest
 *	both, other CPUs		a link between the two nodes
 *
 * Bandwidth is WriteBandwidth, which is what stores reach, or else Bandwidth,
 * which may be a mean of reads and writes; latency the same. Either is what
 * firmware and benchmarks give, not the sum of the channels.
 */
#include <hwloc.h>
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"

#define MIB 0x1p20

/* Node costs, as in cost.c. */
enum { CACHED, NT, MAINLINE, LATENCY };

/* Attributes that say the same, the better one first. */
struct attribute {
	hwloc_memattr_id_t id;
	const char *source;
};

static const struct attribute bandwidth[] = {
	{ HWLOC_MEMATTR_ID_WRITE_BANDWIDTH, "hwloc attribute WriteBandwidth" },
	{ HWLOC_MEMATTR_ID_BANDWIDTH, "hwloc attribute Bandwidth" },
};

static const struct attribute latency[] = {
	{ HWLOC_MEMATTR_ID_WRITE_LATENCY,
	  "hwloc attribute WriteLatency, less that of the nearest node" },
	{ HWLOC_MEMATTR_ID_LATENCY,
	  "hwloc attribute Latency, less that of the nearest node" },
};

/* Node @to in front of the CPUs of node @from; 0: not there. */
static double pair_value(hwloc_topology_t hw, const struct attribute kind[2],
			 hwloc_obj_t from, hwloc_obj_t to)
{
	struct hwloc_location initiator = {
		.type = HWLOC_LOCATION_TYPE_CPUSET,
		.location.cpuset = from->cpuset,
	};
	hwloc_uint64_t value;
	unsigned int i;

	if (hwloc_bitmap_iszero(initiator.location.cpuset))
		return 0;
	for (i = 0; i < 2; i++)
		if (!hwloc_memattr_get_value(hw, kind[i].id, to, &initiator, 0,
					     &value))
			return value;
	return 0;
}

/*
 * In front of the CPUs that see it best: a node without CPUs has no own ones.
 * 0: not there.
 */
static double best_value(hwloc_topology_t hw, const struct attribute kind[2],
			 hwloc_obj_t node, const char **source)
{
	struct hwloc_location initiator;
	hwloc_uint64_t value;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (!hwloc_memattr_get_best_initiator(hw, kind[i].id, node, 0,
						      &initiator, &value)) {
			*source = kind[i].source;
			return value;
		}
	*source = NULL;
	return 0;
}

/* No hardware is so fast or so far: the file is wrong. */
static int check_values(const struct machine *machine, hwloc_obj_t node,
			double bytes_per_s, double ns, struct error *error)
{
	if (bytes_per_s <= MACHINE_MAX_COST && ns <= MACHINE_MAX_LATENCY_NS)
		return 0;
	return error_set(
		error, machine->topology->name, 0, NULL,
		"node %u: bandwidth %g MiB/s, latency %g ns: want at most %g and %g; mend the <memattr> of the file",
		node->os_index, bytes_per_s / MIB, ns, MACHINE_MAX_COST / MIB,
		MACHINE_MAX_LATENCY_NS);
}

static int read_nodes(struct machine *machine, hwloc_topology_t hw,
		      hwloc_obj_t *nodes, struct error *error)
{
	unsigned int nr = machine->topology->nr_nodes, i;
	double nearest = INFINITY, bytes;
	const char *source;

	for (i = 0; i < nr; i++) {
		double late = best_value(hw, latency, nodes[i], &source);

		if (late > 0)
			nearest = fmin(nearest, late);
	}
	for (i = 0; i < nr; i++) {
		double late = best_value(hw, latency, nodes[i], &source);

		if (late > nearest)
			machine_set_node(machine, i, LATENCY, late - nearest,
					 MACHINE_DATASHEET, source);
		bytes = MIB * best_value(hw, bandwidth, nodes[i], &source);
		if (bytes > 0)
			machine_set_node(machine, i, NT, bytes,
					 MACHINE_DATASHEET, source);
		if (check_values(machine, nodes[i], bytes, late, error))
			return -1;
	}
	return 0;
}

static int read_links(struct machine *machine, hwloc_topology_t hw,
		      hwloc_obj_t *nodes, struct error *error)
{
	unsigned int nr = machine->topology->nr_nodes, i, j;
	const char *source;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++) {
			double own = best_value(hw, latency, nodes[j], &source);
			double bytes = MIB * pair_value(hw, bandwidth, nodes[i],
							nodes[j]);
			double late = pair_value(hw, latency, nodes[i],
						 nodes[j]);
			struct machine_link link = {
				.from = i,
				.to = j,
				.bytes_per_s = bytes,
				.latency_ns = fmax(0, late - own) / 2,
			};

			if (check_values(machine, nodes[j], bytes, late, error))
				return -1;
			/* Both say the same link where both have CPUs. */
			if (i == j || !(bytes > 0) || !(late > 0) ||
			    !machine->topology->nodes[i].nr_cpus ||
			    (i > j && machine->topology->nodes[j].nr_cpus))
				continue;
			machine_add_link(
				machine, &link, MACHINE_DATASHEET,
				"hwloc attributes of bandwidth and latency");
		}
	}
	return 0;
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
 * machine_read_attributes - what hwloc knows beyond the topology
 * @machine: with its topology
 * @hw: that the topology came from
 * @error: a value that cannot be
 *
 * Return: 0, or -1 with @error set.
 */
int machine_read_attributes(struct machine *machine, hwloc_topology_t hw,
			    struct error *error)
{
	hwloc_obj_t *nodes = hwloc_numa_nodes(hw);
	int bad = read_nodes(machine, hw, nodes, error) ||
		  read_links(machine, hw, nodes, error);

	free(nodes);
	if (bad)
		return -1;
	while (!links_complete(machine) && machine->costs.net.nr_links)
		free(machine->link_cost[--machine->costs.net.nr_links].source);
	if (machine->costs.node) {
		free(machine->source);
		machine->source = xstrdup(
			"topology and rates of its memory from hwloc; all else from the default set");
	}
	return 0;
}
