// SPDX-License-Identifier: GPL-2.0-only
/*
 * From hwloc to a topology. hwloc knows the machine; its memory is laid out
 * here. This host is the simplest case.
 */
#include <hwloc.h>
#include <stdlib.h>
#include <linux/mm.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"

/**
 * hwloc_new - a topology of hwloc's, not loaded yet
 *
 * Return: the topology; never NULL, the process ends without memory.
 */
hwloc_topology_t hwloc_new(void)
{
	hwloc_topology_t hw;

	if (hwloc_topology_init(&hw))
		die_of_memory();
	return hw;
}

/**
 * hwloc_numa_nodes - the nodes as the kernel numbers them
 * @hw: of a machine
 *
 * hwloc's own order goes by place: memory beside the same CPUs comes together.
 *
 * Return: as many as there are; free() them.
 */
hwloc_obj_t *hwloc_numa_nodes(hwloc_topology_t hw)
{
	int nr = hwloc_get_nbobjs_by_type(hw, HWLOC_OBJ_NUMANODE);
	hwloc_obj_t *nodes = xcalloc(nr, sizeof(*nodes));
	unsigned int i = 0, os_index;

	hwloc_bitmap_foreach_begin(os_index,
				   hwloc_topology_get_topology_nodeset(hw))
		nodes[i++] = hwloc_get_numanode_obj_by_os_index(hw, os_index);
	hwloc_bitmap_foreach_end();
	return nodes;
}

/* Those with few CPUs first: memory of the whole machine owns none of them. */
static unsigned int *nearest_first(hwloc_obj_t *nodes, unsigned int nr)
{
	unsigned int *order = xcalloc(nr, sizeof(*order)), i, at;

	for (i = 0; i < nr; i++) {
		int cpus = hwloc_bitmap_weight(nodes[i]->cpuset);

		for (at = i; at && hwloc_bitmap_weight(
					   nodes[order[at - 1]]->cpuset) > cpus;
		     at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return order;
}

/*
 * The kernel's own page is the smallest that a node has; the others are huge.
 * A machine whose nodes do not say is taken for one of 4 KiB.
 */
static unsigned int page_shift(hwloc_obj_t *nodes, unsigned int nr)
{
	unsigned long least = 0;
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		const struct hwloc_numanode_attr_s *attr =
			&nodes[i]->attr->numanode;

		for (j = 0; j < attr->page_types_len; j++) {
			unsigned long size = attr->page_types[j].size;

			if (size >= PAGE_SIZE && !(size & (size - 1)) &&
			    (!least || size < least))
				least = size;
		}
	}
	return least && least <= MACHINE_MAX_PAGE ? __builtin_ctzl(least) :
						    PAGE_SHIFT;
}

/* Cores with several threads here; 0 if each CPU is one, or hwloc is not told. */
static unsigned int nr_cores(hwloc_topology_t hw, hwloc_bitmap_t cpus,
			     const struct hwloc_scale *scale)
{
	int nr = hwloc_get_nbobjs_inside_cpuset_by_type(hw, cpus,
							HWLOC_OBJ_CORE);
	unsigned int cores = nr > 0 ? nr * scale->cores : 0;

	return cores < hwloc_bitmap_weight(cpus) * scale->cpus ? cores : 0;
}

/* Nodes, CPUs and the size of pages; memory is laid out when all is known. */
static int fill_nodes(struct topology *topology, hwloc_topology_t hw,
		      const struct hwloc_scale *scale, unsigned long *pages,
		      struct error *error)
{
	unsigned int nr = topology->nr_nodes, i, j;
	bool real = hwloc_topology_is_thissystem(hw);
	hwloc_bitmap_t seen = hwloc_bitmap_alloc();
	hwloc_obj_t *nodes = hwloc_numa_nodes(hw);
	unsigned int *order = nearest_first(nodes, nr);
	unsigned long total = 0;

	topology->page_shift = page_shift(nodes, nr);
	for (j = 0; j < nr; j++) {
		hwloc_obj_t node = nodes[order[j]];
		hwloc_uint64_t bytes = node->attr->numanode.local_memory;
		hwloc_bitmap_t own = hwloc_bitmap_dup(node->cpuset);

		i = order[j];
		/* Two kinds of memory beside the same CPUs: count those once. */
		hwloc_bitmap_andnot(own, own, seen);
		hwloc_bitmap_or(seen, seen, node->cpuset);
		topology->nodes[i].id = node->os_index;
		topology->nodes[i].nr_cpus = hwloc_bitmap_weight(own) *
					     scale->cpus;
		topology->nodes[i].nr_cores = nr_cores(hw, own, scale);
		hwloc_bitmap_free(own);
		if (real)
			topology->nodes[i].os_index = node->os_index;
		if (node->os_index > MACHINE_MAX_ID)
			error_set(error, topology->name, 0, NULL,
				  "node number %u; want 0 to %u",
				  node->os_index, MACHINE_MAX_ID);
		if (bytes > MACHINE_MAX_BYTES ||
		    total + bytes > MACHINE_MAX_BYTES) {
			error_set(error, topology->name, 0, NULL,
				  "node %u: %llu bytes of memory bring the machine over 1 PiB; use less",
				  node->os_index, (unsigned long long)bytes);
			break;
		}
		pages[i] = bytes >> topology->page_shift;
		total += bytes;
	}
	hwloc_bitmap_free(seen);
	free(order);
	free(nodes);
	return error_is_set(error) ? -1 : 0;
}

/**
 * topology_from_hwloc - what hwloc has loaded
 * @hw: loaded
 * @name: for reports
 * @scale: what its objects stand for
 * @error: why not
 *
 * Return: the topology; NULL with @error set.
 */
struct topology *topology_from_hwloc(hwloc_topology_t hw, const char *name,
				     const struct hwloc_scale *scale,
				     struct error *error)
{
	int nr = hwloc_get_nbobjs_by_type(hw, HWLOC_OBJ_NUMANODE);
	int pus = hwloc_get_nbobjs_by_type(hw, HWLOC_OBJ_PU);
	struct topology *topology;
	unsigned long *pages;

	if (nr < 1 || (unsigned int)nr > MACHINE_MAX_NODES) {
		error_set(error, name, 0, NULL, "%d NUMA nodes; want 1 to %u",
			  nr, MACHINE_MAX_NODES);
		return NULL;
	}
	if (pus < 1 || pus > (int)(MACHINE_MAX_CPUS / scale->cpus)) {
		error_set(error, name, 0, NULL, "%d CPUs; want 1 to %u", pus,
			  MACHINE_MAX_CPUS / scale->cpus);
		return NULL;
	}
	topology = topology_from_nodes(name, nr);
	pages = xcalloc(nr, sizeof(*pages));
	if (!fill_nodes(topology, hw, scale, pages, error)) {
		topology_lay_out(topology, pages);
		if (!topology_pages(topology))
			error_set(error, name, 0, NULL,
				  "no node has memory; name it, as in \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"");
	}
	free(pages);
	if (!error_is_set(error))
		return topology;
	topology_free(topology);
	return NULL;
}

/**
 * topology_this_host - the machine we run on
 * @error: why not
 *
 * Return: the topology or NULL.
 */
struct topology *topology_this_host(struct error *error)
{
	const struct hwloc_scale scale = { 1, 1 };
	struct topology *topology;
	hwloc_topology_t hw = hwloc_new();

	if (hwloc_topology_load(hw)) {
		error_set(error, "this host", 0, NULL,
			  "hwloc cannot read its topology");
		hwloc_topology_destroy(hw);
		return NULL;
	}
	topology = topology_from_hwloc(hw, "this host", &scale, error);
	hwloc_topology_destroy(hw);
	return topology;
}
