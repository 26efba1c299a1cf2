// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a topology to a shape: this host, an hwloc XML file or a synthetic
 * string. hwloc knows the machine; we only lay its memory out.
 */
#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host.h"
#include "topology.h"

/* Below lie real mode, BIOS and option ROMs: never free, and a ragged start. */
#define FIRST_PFN	256UL
#define MAX_NODES	1024U
/* 1 PiB: its memmap, 16 TiB, still fits into a 47-bit address space. */
#define MAX_BYTES	(1UL << 50)

/**
 * parse_bytes - read a size such as 64G, 16GiB or 1536M
 * @text: the text
 * @bytes: the result
 *
 * Return: false unless the whole text is a size from 4 KiB to 1 PiB.
 */
bool parse_bytes(const char *text, unsigned long *bytes)
{
	static const char units[] = "KMGTP";
	const char *unit;
	char *end;
	unsigned long long value;
	unsigned int shift = 0;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end & ~0x20);
		if (!unit)
			return false;
		shift = 10 * (unit - units + 1);
		end++;
		if (strcmp(end, "") && strcasecmp(end, "B") &&
		    strcasecmp(end, "i") && strcasecmp(end, "iB"))
			return false;
	}
	if (value > MAX_BYTES >> shift || value << shift < PAGE_SIZE)
		return false;
	*bytes = value << shift;
	return true;
}

/**
 * shape_from_nodes - an empty shape
 * @name: for reports
 * @nr_nodes: nodes, without CPUs or memory yet
 *
 * Return: the shape; never NULL, the process ends without memory.
 */
struct host_shape *shape_from_nodes(const char *name, unsigned int nr_nodes)
{
	struct host_shape *shape = calloc(1, sizeof(*shape));
	unsigned int i;

	if (!shape)
		abort();
	shape->name = strdup(name);
	shape->source = strdup(name);
	shape->nr_nodes = nr_nodes;
	shape->nodes = calloc(nr_nodes ? nr_nodes : 1, sizeof(*shape->nodes));
	if (!shape->name || !shape->source || !shape->nodes)
		abort();
	for (i = 0; i < nr_nodes; i++)
		shape->nodes[i].os_index = -1;
	return shape;
}

/**
 * shape_free - the end of a shape
 * @shape: may be NULL
 */
void shape_free(struct host_shape *shape)
{
	if (!shape)
		return;
	free(shape->name);
	free(shape->source);
	free(shape->nodes);
	free(shape);
}

/**
 * shape_node_pages - memory of a node
 * @node: the node
 *
 * Return: in pages.
 */
unsigned long shape_node_pages(const struct host_node *node)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++)
		pages += node->ranges[i].end_pfn - node->ranges[i].start_pfn;
	return pages;
}

/**
 * shape_pages - memory of all nodes
 * @shape: the shape
 *
 * Return: in pages.
 */
unsigned long shape_pages(const struct host_shape *shape)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < shape->nr_nodes; i++)
		pages += shape_node_pages(&shape->nodes[i]);
	return pages;
}

/* One range a node, one behind the other. */
static void shape_lay_out(struct host_shape *shape, const unsigned long *pages)
{
	unsigned long pfn = FIRST_PFN;
	unsigned int i;

	for (i = 0; i < shape->nr_nodes; i++) {
		struct host_node *node = &shape->nodes[i];

		node->nr_ranges = 0;
		if (!pages[i])
			continue;
		node->nr_ranges = 1;
		node->ranges[0].start_pfn = pfn;
		pfn += pages[i];
		node->ranges[0].end_pfn = pfn;
	}
	shape->end_pfn = pfn;
}

/**
 * shape_set_memory - the same machine with other memory
 * @shape: the shape
 * @bytes: for the whole machine, shared out as it was before
 *
 * Return: 0, or -1 if the machine has no memory to scale.
 */
int shape_set_memory(struct host_shape *shape, unsigned long bytes)
{
	unsigned long total = shape_pages(shape), left = bytes >> PAGE_SHIFT;
	unsigned long wanted = left, *pages;
	unsigned int i, last = 0;

	if (!total)
		return -1;
	pages = calloc(shape->nr_nodes, sizeof(*pages));
	if (!pages)
		abort();
	for (i = 0; i < shape->nr_nodes; i++) {
		unsigned long had = shape_node_pages(&shape->nodes[i]);

		pages[i] = (unsigned __int128)wanted * had / total;
		left -= pages[i];
		if (had)
			last = i;
	}
	pages[last] += left;
	shape_lay_out(shape, pages);
	free(pages);
	return 0;
}

/**
 * topology_nodes - the nodes as the kernel numbers them
 * @topology: of a machine
 *
 * hwloc's own order goes by place: memory beside the same CPUs comes together.
 *
 * Return: as many as there are; free() them.
 */
hwloc_obj_t *topology_nodes(hwloc_topology_t topology)
{
	int nr = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
	hwloc_obj_t *nodes = calloc(nr, sizeof(*nodes));
	unsigned int i = 0, os_index;

	if (!nodes)
		abort();
	hwloc_bitmap_foreach_begin(os_index,
				   hwloc_topology_get_topology_nodeset(topology))
		nodes[i++] = hwloc_get_numanode_obj_by_os_index(topology, os_index);
	hwloc_bitmap_foreach_end();
	return nodes;
}

/* Those with few CPUs first: memory of the whole machine owns none of them. */
static unsigned int *nearest_first(hwloc_obj_t *nodes, unsigned int nr)
{
	unsigned int *order = calloc(nr, sizeof(*order)), i, at;

	if (!order)
		abort();
	for (i = 0; i < nr; i++) {
		int cpus = hwloc_bitmap_weight(nodes[i]->cpuset);

		for (at = i; at && hwloc_bitmap_weight(
				nodes[order[at - 1]]->cpuset) > cpus; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return order;
}

static struct host_shape *shape_from_topology(hwloc_topology_t topology,
					      const char *name, char *err,
					      size_t len)
{
	int nr = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
	hwloc_bitmap_t seen = hwloc_bitmap_alloc();
	bool real = hwloc_topology_is_thissystem(topology);
	struct host_shape *shape = NULL;
	unsigned long *pages = NULL, total = 0;
	unsigned int *order = NULL;
	hwloc_obj_t *nodes = NULL;
	int i, j;

	if (nr < 1 || (unsigned int)nr > MAX_NODES) {
		snprintf(err, len, "%s: %d NUMA nodes; want 1 to %u", name, nr,
			 MAX_NODES);
		goto out;
	}
	pages = calloc(nr, sizeof(*pages));
	if (!pages)
		abort();
	shape = shape_from_nodes(name, nr);
	nodes = topology_nodes(topology);
	order = nearest_first(nodes, nr);
	for (j = 0; j < nr; j++) {
		hwloc_obj_t node = nodes[order[j]];
		hwloc_uint64_t bytes = node->attr->numanode.local_memory;
		hwloc_bitmap_t own = hwloc_bitmap_dup(node->cpuset);

		i = order[j];
		/* Two kinds of memory beside the same CPUs: count those once. */
		hwloc_bitmap_andnot(own, own, seen);
		hwloc_bitmap_or(seen, seen, node->cpuset);
		shape->nodes[i].nr_cpus = hwloc_bitmap_weight(own);
		hwloc_bitmap_free(own);
		if (real)
			shape->nodes[i].os_index = node->os_index;
		if (bytes > MAX_BYTES || total + bytes > MAX_BYTES) {
			snprintf(err, len,
				 "%s: node %d: %llu bytes of memory bring the machine over 1 PiB; use less",
				 name, i, (unsigned long long)bytes);
			shape_free(shape);
			shape = NULL;
			goto out;
		}
		pages[i] = bytes >> PAGE_SHIFT;
		total += bytes;
	}
	shape_lay_out(shape, pages);
	if (!shape_pages(shape)) {
		snprintf(err, len,
			 "%s: no node has memory; name it, as in \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"",
			 name);
		shape_free(shape);
		shape = NULL;
	}
out:
	free(pages);
	free(order);
	free(nodes);
	hwloc_bitmap_free(seen);
	return shape;
}

/**
 * shape_this_host - the machine we run on
 * @err: message if it fails
 * @len: its room
 *
 * Return: the shape or NULL.
 */
struct host_shape *shape_this_host(char *err, size_t len)
{
	struct host_shape *shape;
	hwloc_topology_t topology;

	if (hwloc_topology_init(&topology))
		abort();
	if (hwloc_topology_load(topology)) {
		snprintf(err, len, "hwloc cannot read this host's topology");
		hwloc_topology_destroy(topology);
		return NULL;
	}
	shape = shape_from_topology(topology, "this host", err, len);
	hwloc_topology_destroy(topology);
	return shape;
}

/**
 * shape_from - another machine
 * @spec: an hwloc XML file or an hwloc synthetic string
 * @err: message if it fails
 * @len: its room
 *
 * Return: the shape or NULL.
 */
struct host_shape *shape_from(const char *spec, char *err, size_t len)
{
	struct host_shape *shape = NULL;
	hwloc_topology_t topology;
	bool file = !access(spec, F_OK) || strchr(spec, '/') ||
		    (strlen(spec) > 4 && !strcmp(spec + strlen(spec) - 4, ".xml"));

	if (file && access(spec, R_OK)) {
		snprintf(err, len, "%s: %s", spec, strerror(errno));
		return NULL;
	}
	if (hwloc_topology_init(&topology))
		abort();
	if (file ? hwloc_topology_set_xml(topology, spec) :
		   hwloc_topology_set_synthetic(topology, spec)) {
		snprintf(err, len, file ?
			 "%s: not an hwloc XML file; make one with: lstopo FILE.xml" :
			 "'%s': neither a file nor a synthetic machine such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"",
			 spec);
		hwloc_topology_destroy(topology);
		return NULL;
	}
	if (hwloc_topology_load(topology))
		snprintf(err, len, "%s: hwloc cannot load it; check it with: lstopo -i FILE",
			 spec);
	else
		shape = shape_from_topology(topology, spec, err, len);
	hwloc_topology_destroy(topology);
	return shape;
}
