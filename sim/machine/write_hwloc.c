// SPDX-License-Identifier: GPL-2.0-only
/* Machines as hwloc XML: nodes, CPUs, memory and its bandwidth; no links. */
#include <errno.h>
#include <hwloc.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"

#define MIB 0x1p20

static char *bitmap_text(hwloc_bitmap_t set)
{
	char *text;

	if (hwloc_bitmap_asprintf(&text, set) < 0)
		die_of_memory();
	return text;
}

static char *set_text(unsigned int first, unsigned int nr)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	char *text;

	if (nr)
		hwloc_bitmap_set_range(set, first, first + nr - 1);
	text = bitmap_text(set);
	hwloc_bitmap_free(set);
	return text;
}

static void object(FILE *xml, const char *type, unsigned int index,
		   unsigned int gp, const char *cpus, const char *nodes,
		   bool open)
{
	fprintf(xml,
		"<object type=\"%s\" os_index=\"%u\" gp_index=\"%u\" cpuset=\"%s\" complete_cpuset=\"%s\" nodeset=\"%s\" complete_nodeset=\"%s\"",
		type, index, gp, cpus, cpus, nodes, nodes);
	if (!strcmp(type, "Machine"))
		fprintf(xml, " allowed_cpuset=\"%s\" allowed_nodeset=\"%s\"",
			cpus, nodes);
	fprintf(xml, open ? ">\n" : "/>\n");
}

static void memory(FILE *xml, const struct topology *topology, unsigned int nid,
		   unsigned int gp, const char *cpus, const char *nodes)
{
	const struct topology_node *node = &topology->nodes[nid];

	fprintf(xml,
		"<object type=\"NUMANode\" os_index=\"%u\" gp_index=\"%u\" cpuset=\"%s\" complete_cpuset=\"%s\" nodeset=\"%s\" complete_nodeset=\"%s\" local_memory=\"%lu\"><page_type size=\"%lu\" count=\"%lu\"/></object>\n",
		node->id, gp, cpus, cpus, nodes, nodes,
		topology_node_bytes(topology, nid), 1UL << topology->page_shift,
		topology_node_pages(node));
}

static char *nodeset_text(const struct topology *topology)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	unsigned int i;
	char *text;

	for (i = 0; i < topology->nr_nodes; i++)
		hwloc_bitmap_set(set, topology->nodes[i].id);
	text = bitmap_text(set);
	hwloc_bitmap_free(set);
	return text;
}

/* The threads of a core are as far apart as the node has cores. */
static void core(FILE *xml, const struct topology_node *node,
		 unsigned int first, unsigned int nr, unsigned int *gp,
		 const char *nodes)
{
	unsigned int cores = topology_node_cores(node), i;
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	char *cpus;

	for (i = nr; i < node->nr_cpus; i += cores)
		hwloc_bitmap_set(set, first + i - nr);
	cpus = bitmap_text(set);
	if (cores < node->nr_cpus)
		object(xml, "Core", nr, (*gp)++, cpus, nodes, true);
	free(cpus);
	for (i = nr; i < node->nr_cpus; i += cores) {
		cpus = set_text(first + i - nr, 1);
		object(xml, "PU", first + i - nr, (*gp)++, cpus, nodes, false);
		free(cpus);
	}
	if (cores < node->nr_cpus)
		fprintf(xml, "</object>\n");
	hwloc_bitmap_free(set);
}

/* The plain tree; attributes are set by hwloc's own functions later. */
static char *plain_xml(const struct topology *topology, size_t *len)
{
	unsigned int cpus = topology_cpus(topology), gp = 1, cpu = 0, i, j;
	char *text, *all, *nodes, *own, *one;
	FILE *xml = open_memstream(&text, len);

	all = set_text(0, cpus);
	nodes = nodeset_text(topology);
	fprintf(xml,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology version=\"2.0\">\n");
	object(xml, "Machine", 0, gp++, all, nodes, true);
	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		own = set_text(cpu, node->nr_cpus);
		one = set_text(node->id, 1);
		/* Memory beside nobody belongs to the machine as a whole. */
		if (node->nr_cpus)
			object(xml, "Package", i, gp++, own, one, true);
		memory(xml, topology, i, gp++, node->nr_cpus ? own : all, one);
		free(own);
		for (j = 0; j < topology_node_cores(node); j++)
			core(xml, node, cpu + j, j, &gp, one);
		cpu += node->nr_cpus;
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

static bool x86_zones(const struct machine *machine)
{
	const struct topology *topology = machine->topology;
	unsigned int i;

	for (i = 0; machine->costs.node && i < topology->nr_nodes; i++) {
		unsigned long end = machine->costs.node[i].early_end_pfn;

		if (end && topology->nodes[i].nr_ranges &&
		    end != topology_first_deferred(topology, i))
			return false;
	}
	return machine->costs.early_linux;
}

static void write_attributes(struct machine *machine, hwloc_topology_t hw)
{
	const struct topology *topology = machine->topology;
	unsigned int i;

	/* What tells read_xml.c which zones there are. */
	if (x86_zones(machine))
		hwloc_obj_add_info(hwloc_get_root_obj(hw), "Architecture",
				   "x86_64");
	for (i = 0; i < topology->nr_nodes; i++) {
		/* hwloc sorts nodes as it likes; the number is ours. */
		hwloc_obj_t node =
			hwloc_get_numanode_obj_by_os_index(hw,
							   topology->nodes[i].id);
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
 * @out: where
 * @error: why not
 *
 * Return: 0, or -1 with @error set.
 */
int machine_write_hwloc(struct machine *machine, FILE *out, struct error *error)
{
	hwloc_topology_t hw = hwloc_new();
	size_t len;
	char *xml = plain_xml(machine->topology, &len), *text;
	int bytes;

	if (hwloc_topology_set_xmlbuffer(hw, xml, len + 1) ||
	    hwloc_topology_load(hw)) {
		error_set(error, machine->topology->name, 0, NULL,
			  "hwloc cannot hold this machine; export it for qemu");
	} else {
		write_attributes(machine, hw);
		if (hwloc_topology_export_xmlbuffer(hw, &text, &bytes, 0)) {
			error_set(error, machine->topology->name, 0, NULL,
				  "hwloc cannot write this machine: %s",
				  strerror(errno));
		} else {
			/* The zero behind the text counts. */
			fwrite(text, 1, bytes - 1, out);
			hwloc_free_xmlbuffer(hw, text);
		}
	}
	hwloc_topology_destroy(hw);
	free(xml);
	return error_is_set(error) ? -1 : 0;
}
