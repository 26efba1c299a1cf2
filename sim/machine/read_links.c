// SPDX-License-Identifier: GPL-2.0-only
/* Links between the nodes of a machine file. */
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/json_value.h"

#define MAX_SWITCHES MACHINE_MAX_NODES
/* Twice as many as between 1024 nodes, each joined with each. */
#define MAX_LINKS (1U << 20)
#define EACH	  UINT_MAX

struct points {
	const struct topology *topology;
	const char *name[MAX_SWITCHES];
	unsigned int nr_nodes;
	unsigned int nr_switches;
};

static int find_node(const struct points *points, const struct json_place *at,
		     const char *key, const json_t *value, unsigned int *point,
		     struct error *error)
{
	unsigned int id;

	if (json_place_count(at, key, value, 0, MACHINE_MAX_ID, &id, error))
		return -1;
	for (*point = 0; *point < points->nr_nodes; (*point)++)
		if (points->topology->nodes[*point].id == id)
			return 0;
	return json_place_error(
		at, key, error,
		"%u: no node has this number; they count from 0 unless they have an \"id\"",
		id);
}

/* A node's number, "each", or any other text: a switch of that name. */
static int find_point(struct points *points, const struct json_place *at,
		      const char *key, const json_t *value, unsigned int *point,
		      struct error *error)
{
	const char *text = json_string_value(value);
	unsigned int i;

	if (!text)
		return find_node(points, at, key, value, point, error);
	*point = EACH;
	if (!strcmp(text, "each"))
		return 0;
	for (i = 0; i < points->nr_switches; i++)
		if (!strcmp(points->name[i], text))
			break;
	if (i == MAX_SWITCHES)
		return json_place_error(at, NULL, error,
					"more than %u switches; want fewer",
					MAX_SWITCHES);
	if (i == points->nr_switches)
		points->name[points->nr_switches++] = text;
	*point = points->nr_nodes + i;
	return 0;
}

static int load_link(struct machine *machine, struct points *points,
		     const struct json_place *at, const json_t *entry,
		     struct error *error)
{
	static const char *const keys[] = { "from",	   "to",
					    "bytes_per_s", "latency_ns",
					    "label",	   "source",
					    NULL };
	unsigned int from, to, i, j;
	struct machine_link link;
	enum machine_label label;
	const char *source;

	if (json_place_keys(at, entry, keys, error) ||
	    find_point(points, at, "from", json_object_get(entry, "from"),
		       &from, error) ||
	    find_point(points, at, "to", json_object_get(entry, "to"), &to,
		       error) ||
	    json_place_number(at, "bytes_per_s",
			      json_object_get(entry, "bytes_per_s"), 1,
			      MACHINE_MAX_COST, &link.bytes_per_s, error) ||
	    json_place_number(at, "latency_ns",
			      json_object_get(entry, "latency_ns"), 0,
			      MACHINE_MAX_LATENCY_NS, &link.latency_ns, error) ||
	    json_place_label(at, json_object_get(entry, "label"), &label, error))
		return -1;
	source = json_string_value(json_object_get(entry, "source"));
	if (from == to && from != EACH)
		return json_place_error(
			at, NULL, error,
			"joins a point with itself; want two of them");

	for (i = 0; i < (from == EACH ? points->nr_nodes : 1); i++) {
		for (j = 0; j < (to == EACH ? points->nr_nodes : 1); j++) {
			link.from = from == EACH ? i : from;
			link.to = to == EACH ? j : to;
			/* A mesh has one link a pair, not two. */
			if (link.from == link.to ||
			    (from == to && link.from > link.to))
				continue;
			if (machine->costs.net.nr_links == MAX_LINKS)
				return json_place_error(
					at, NULL, error,
					"more than %u links; want fewer, such as to a switch",
					MAX_LINKS);
			machine_add_link(machine, &link, label, source);
		}
	}
	return 0;
}

/* Of points that links join one stands for all: follow @joined to it. */
static unsigned int joined_to(unsigned int *joined, unsigned int point)
{
	while (joined[point] != point) {
		joined[point] = joined[joined[point]];
		point = joined[point];
	}
	return point;
}

/* A store must find its way from each CPU to all memory. */
static int check_ways(const struct machine *machine, const char *path,
		      struct error *error)
{
	const struct topology *topology = machine->topology;
	const struct machine_net *net = &machine->costs.net;
	unsigned int nr = topology->nr_nodes, from = nr, i;
	unsigned int *joined = xcalloc(nr + net->nr_switches, sizeof(*joined));

	for (i = 0; i < nr + net->nr_switches; i++)
		joined[i] = i;
	for (i = 0; i < net->nr_links; i++)
		joined[joined_to(joined, net->link[i].from)] =
			joined_to(joined, net->link[i].to);
	for (i = nr; i-- > 0;)
		if (topology->nodes[i].nr_cpus)
			from = i;
	/* Links lead both ways: who reaches one node with CPUs reaches all. */
	for (i = 0; from < nr && i < nr; i++)
		if ((topology->nodes[i].nr_ranges ||
		     topology->nodes[i].nr_cpus) &&
		    joined_to(joined, i) != joined_to(joined, from)) {
			json_place_error(
				JSON_ROOT(path), "links", error,
				"no way from node %u to node %u; add one, or leave all links out",
				topology->nodes[from].id,
				topology->nodes[i].id);
			break;
		}
	free(joined);
	return error_is_set(error) ? -1 : 0;
}

/**
 * machine_load_links - "links" of a machine file
 * @machine: with its nodes
 * @path: for messages
 * @links: the list
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_links(struct machine *machine, const char *path,
		       const json_t *links, struct error *error)
{
	struct points points = { .topology = machine->topology,
				 .nr_nodes = machine->topology->nr_nodes };
	struct json_place at = { path, "links", 0 };
	json_t *entry;

	if (!json_is_array(links))
		return json_place_error(JSON_ROOT(path), "links", error,
					"want a list");
	json_array_foreach(links, at.index, entry)
		if (load_link(machine, &points, &at, entry, error))
			return -1;
	machine->costs.net.nr_switches = points.nr_switches;
	return machine->costs.net.nr_links ? check_ways(machine, path, error) :
					     0;
}
