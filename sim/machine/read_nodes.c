// SPDX-License-Identifier: GPL-2.0-only
/* The nodes of a machine file: CPUs and memory. */
#include <jansson.h>
#include <stdlib.h>
#include <linux/mm.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/json_value.h"

static int load_ranges(const struct json_place *at, struct topology *topology,
		       unsigned int nid, const json_t *ranges,
		       struct error *error)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	unsigned long start, pages, last = 0;
	json_t *range;
	size_t i;

	if (!json_is_array(ranges))
		return json_place_error(at, "ranges", error, "want a list");
	json_array_foreach(ranges, i, range) {
		if (json_place_keys(at, range, keys, error) ||
		    json_place_pages(at, "start_bytes",
				     json_object_get(range, "start_bytes"),
				     topology->page_shift, &start, error) ||
		    json_place_pages(at, "bytes",
				     json_object_get(range, "bytes"),
				     topology->page_shift, &pages, error))
			return -1;
		if (start < last || !pages)
			return json_place_error(
				at, "ranges", error,
				"entry %zu is empty, overlaps the one before it, or is out of order; sort them by start_bytes",
				i);
		last = start + pages;
		topology_add_range(topology, nid, start, last);
	}
	return 0;
}

struct placed {
	struct pfn_range range;
	unsigned int node;
};

static int by_start(const void *a, const void *b)
{
	const struct placed *one = a, *other = b;

	return one->range.start_pfn < other->range.start_pfn ?
		       -1 :
		       one->range.start_pfn > other->range.start_pfn;
}

/* Nodes may come in any order, but a page belongs to one of them. */
static int check_overlap(const struct topology *topology, const char *path,
			 struct error *error)
{
	struct placed *placed;
	unsigned int n, i;
	size_t nr = 0, at;

	for (n = 0; n < topology->nr_nodes; n++)
		nr += topology->nodes[n].nr_ranges;
	placed = xcalloc(nr, sizeof(*placed));
	for (n = 0, nr = 0; n < topology->nr_nodes; n++)
		for (i = 0; i < topology->nodes[n].nr_ranges; i++)
			placed[nr++] = (struct placed){
				topology->nodes[n].ranges[i], n
			};
	qsort(placed, nr, sizeof(*placed), by_start);
	for (at = 1; at < nr; at++)
		if (placed[at].range.start_pfn < placed[at - 1].range.end_pfn)
			break;
	if (at < nr)
		error_set(error, path, 0, NULL,
			  "memory of nodes %u and %u overlaps at byte %lu; give it to one of them",
			  topology->nodes[placed[at - 1].node].id,
			  topology->nodes[placed[at].node].id,
			  placed[at].range.start_pfn << topology->page_shift);
	free(placed);
	return error_is_set(error) ? -1 : 0;
}

/**
 * machine_entry_count - how many nodes an entry of "nodes" stands for
 * @at: its place
 * @entry: the entry
 * @count: the result, 1 if it does not say
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_entry_count(const struct json_place *at, const json_t *entry,
			unsigned int *count, struct error *error)
{
	const json_t *value = json_object_get(entry, "count");

	*count = 1;
	return value ? json_place_count(at, "count", value, 1,
					MACHINE_MAX_NODES, count, error) :
		       0;
}

static int count_nodes(const char *path, const json_t *nodes, unsigned int *nr,
		       struct error *error)
{
	static const char *const keys[] = {
		"count",     "id",     "cpus",	"cores",
		"mem_bytes", "ranges", "costs", "early_end_bytes",
		"hot_add",   "source", NULL
	};
	struct json_place at = { path, "nodes", 0 };
	unsigned int count;
	json_t *entry;

	if (!json_is_array(nodes) || !json_array_size(nodes))
		return json_place_error(JSON_ROOT(path), "nodes", error,
					"want a list with at least one node");
	json_array_foreach(nodes, at.index, entry) {
		if (json_place_keys(&at, entry, keys, error) ||
		    machine_entry_count(&at, entry, &count, error))
			return -1;
		*nr += count;
		if (*nr > MACHINE_MAX_NODES)
			return json_place_error(&at, NULL, error,
						"more than %u nodes; want fewer",
						MACHINE_MAX_NODES);
	}
	return 0;
}

/* Memory of a node that does not say where it lies: behind all before it. */
static int load_bytes(const struct json_place *at, struct topology *topology,
		      unsigned int nid, const json_t *value,
		      struct error *error)
{
	unsigned long pages;

	if (json_place_pages(at, "mem_bytes", value, topology->page_shift,
			     &pages, error))
		return -1;
	if (pages)
		topology_add_memory(topology, nid, pages);
	return 0;
}

/* Memory of a node that arrives later. */
static int load_hot_add(const struct json_place *at, struct topology *topology,
			unsigned int nid, const json_t *list,
			struct error *error)
{
	static const char *const keys[] = { "bytes", "at_ns", NULL };
	const char *refused;
	unsigned long pages;
	json_t *entry;
	double at_ns;
	size_t i;

	if (!json_is_array(list))
		return json_place_error(at, "hot_add", error,
					"want a list of \"bytes\" and \"at_ns\"");
	json_array_foreach(list, i, entry) {
		if (json_place_keys(at, entry, keys, error) ||
		    json_place_pages(at, "bytes",
				     json_object_get(entry, "bytes"),
				     topology->page_shift, &pages, error) ||
		    json_place_number(at, "at_ns",
				      json_object_get(entry, "at_ns"), 0,
				      TOPOLOGY_MAX_PLUG_NS, &at_ns, error))
			return -1;
		refused = topology_plug(topology, nid, pages, at_ns);
		if (refused)
			return json_place_error(at, "hot_add", error,
						"entry %zu: %s", i, refused);
	}
	return 0;
}

/* One node of an entry. */
static int load_node(const struct json_place *at, struct topology *topology,
		     unsigned int nid, const json_t *entry, struct error *error)
{
	struct topology_node *node = &topology->nodes[nid];
	const json_t *ranges = json_object_get(entry, "ranges");
	const json_t *bytes = json_object_get(entry, "mem_bytes");
	const json_t *cores = json_object_get(entry, "cores");
	const json_t *id = json_object_get(entry, "id");

	if (json_place_count(at, "cpus", json_object_get(entry, "cpus"), 0,
			     MACHINE_MAX_CPUS, &node->nr_cpus, error) ||
	    (cores && json_place_count(at, "cores", cores, 1, node->nr_cpus,
				       &node->nr_cores, error)) ||
	    (id && json_place_count(at, "id", id, 0, MACHINE_MAX_ID, &node->id,
				    error)))
		return -1;
	if (ranges)
		return load_ranges(at, topology, nid, ranges, error);
	return bytes ? load_bytes(at, topology, nid, bytes, error) : 0;
}

static int load_entry(const struct json_place *at, struct topology *topology,
		      unsigned int *nid, const json_t *entry,
		      struct error *error)
{
	bool ranges = json_object_get(entry, "ranges");
	const json_t *bytes = json_object_get(entry, "mem_bytes");
	bool empty = !bytes ||
		     (json_is_number(bytes) && !json_number_value(bytes));
	bool later = json_array_size(json_object_get(entry, "hot_add"));
	unsigned int count;

	if (machine_entry_count(at, entry, &count, error))
		return -1;
	if (count > 1 && (ranges || json_object_get(entry, "id")))
		return json_place_error(
			at, NULL, error,
			"\"count\" goes with neither \"ranges\" nor \"id\", which are those of one node; write each of them out");
	if (ranges && bytes)
		return json_place_error(
			at, NULL, error,
			"want either \"mem_bytes\" or \"ranges\", not both");
	if (!ranges && !later && empty &&
	    !json_number_value(json_object_get(entry, "cpus")))
		return json_place_error(
			at, bytes ? "mem_bytes" : NULL, error,
			bytes ? "0, and no CPUs; leave this node out, or give it one of them" :
				"neither CPUs nor memory; want \"cpus\", and \"mem_bytes\", \"ranges\" or \"hot_add\"");
	while (count--)
		if (load_node(at, topology, (*nid)++, entry, error))
			return -1;
	return 0;
}

static int check_machine(const struct topology *topology, const char *path,
			 struct error *error)
{
	unsigned long cpus = 0;
	unsigned int i, j;

	for (i = 0; i < topology->nr_nodes; i++) {
		cpus += topology->nodes[i].nr_cpus;
		for (j = 0; j < i; j++)
			if (topology->nodes[j].id == topology->nodes[i].id)
				return json_place_error(
					&(struct json_place){ path, "nodes", i },
					NULL, error,
					"it and nodes[%u] both have number %u; give each an \"id\" of its own",
					j, topology->nodes[i].id);
	}
	if (!cpus || cpus > MACHINE_MAX_CPUS)
		return error_set(error, path, 0, NULL, "%lu CPUs; want 1 to %u",
				 cpus, MACHINE_MAX_CPUS);
	if (!topology_pages(topology))
		return error_set(
			error, path, 0, NULL,
			"no node has memory; want \"mem_bytes\" or \"ranges\" for one at least");
	if (topology_bytes(topology) > MACHINE_MAX_BYTES)
		return error_set(error, path, 0, NULL,
				 "more than 1 PiB of memory; want less");
	if (topology->end_pfn > MACHINE_MAX_END >> topology->page_shift)
		return error_set(error, path, 0, NULL,
				 "memory ends above 2 PiB; want it below");
	return check_overlap(topology, path, error);
}

/* Behind all nodes, for it lies behind their memory. */
static int load_later(struct topology *topology, const char *path,
		      const json_t *nodes, struct error *error)
{
	struct json_place at = { path, "nodes", 0 };
	unsigned int nid = 0, count;
	json_t *entry;

	json_array_foreach(nodes, at.index, entry) {
		const json_t *list = json_object_get(entry, "hot_add");

		if (machine_entry_count(&at, entry, &count, error))
			return -1;
		for (; count; count--, nid++)
			if (list &&
			    load_hot_add(&at, topology, nid, list, error))
				return -1;
	}
	return 0;
}

static int load_page_size(struct topology *topology, const char *path,
			  const json_t *value, struct error *error)
{
	const struct json_place at = { path, NULL, 0 };
	unsigned int bytes;

	if (!value)
		return 0;
	if (json_place_count(&at, "page_bytes", value, PAGE_SIZE,
			     MACHINE_MAX_PAGE, &bytes, error))
		return -1;
	if (bytes & (bytes - 1))
		return json_place_error(
			&at, "page_bytes", error,
			"%u: want a power of two, such as 4096 or 65536",
			bytes);
	topology->page_shift = __builtin_ctz(bytes);
	return 0;
}

/**
 * machine_load_nodes - "nodes" of a machine file, without their costs
 * @machine: gets its topology
 * @path: for messages
 * @root: of the file
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_nodes(struct machine *machine, const char *path,
		       const json_t *root, struct error *error)
{
	json_t *nodes = json_object_get(root, "nodes"), *entry;
	struct json_place at = { path, "nodes", 0 };
	struct topology *topology;
	unsigned int nr = 0, nid = 0;

	if (count_nodes(path, nodes, &nr, error))
		return -1;
	topology = machine->topology = topology_from_nodes(path, nr);
	if (load_page_size(topology, path, json_object_get(root, "page_bytes"),
			   error))
		return -1;
	json_array_foreach(nodes, at.index, entry)
		if (load_entry(&at, topology, &nid, entry, error))
			return -1;
	if (check_machine(topology, path, error))
		return -1;
	return load_later(topology, path, nodes, error);
}
