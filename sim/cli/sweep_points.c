// SPDX-License-Identifier: GPL-2.0-only
/* The points of a sweep, and where one strategy overtakes another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "base/json.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/sweep.h"
#include "model/advice.h"

/* A crossover is looked for until it is known to this factor. */
#define CROSSOVER_FACTOR 1.01

/* The machine as it is, but for its memory, which is laid out anew. */
static struct topology *whole_topology(const struct machine *machine,
				       struct machine_costs *costs)
{
	const struct topology *from = machine->topology;
	struct topology *topology = topology_from_nodes(from->name,
							from->nr_nodes);
	unsigned int i;

	topology->page_shift = from->page_shift;
	for (i = 0; i < from->nr_nodes; i++) {
		topology->nodes[i].nr_cpus = from->nodes[i].nr_cpus;
		if (from->nodes[i].nr_ranges)
			topology_add_range(topology, i, 0,
					   topology_node_pages(&from->nodes[i]));
	}
	if (costs->node) {
		costs->node = xcalloc(from->nr_nodes, sizeof(*costs->node));
	}
	for (i = 0; costs->node && i < from->nr_nodes; i++) {
		costs->node[i] = machine->costs.node[i];
		costs->node[i].early_end_pfn = 0;
	}
	return topology;
}

/* Copies of one node: there is no saying what joins them. */
static struct topology *copied_topology(const struct machine *machine,
					struct machine_costs *costs,
					unsigned int nodes)
{
	struct topology *topology = topology_from_nodes("sweep", nodes);
	unsigned int i;

	topology->page_shift = machine->topology->page_shift;
	costs->node = NULL;
	costs->net.nr_links = 0;
	for (i = 0; i < nodes; i++) {
		topology->nodes[i].nr_cpus = machine->topology->nodes[0].nr_cpus;
		topology_add_range(topology, i, 0, 1);
	}
	return topology;
}

/* As memmap advise chooses, but that it knows nothing of what inputs may be off. */
static const char *winner(const struct banded *answer, unsigned int nr,
			  const struct simulation_result *ready)
{
	bool *tied = xcalloc(nr, sizeof(*tied));
	unsigned int first, pick;

	pick = advice_pick(answer, nr, ADVICE_LOAD,
			   ready->load_done_ns - ready->load_start_ns, tied,
			   &first);
	free(tied);
	return memmap_strategies[pick]->name;
}

/* What is hot-added to the machine is to each of its copies. */
static void plug_alike(struct topology *topology, const struct topology *from)
{
	unsigned int i;

	for (i = 0; i < from->nr_plugs; i++) {
		const struct topology_plug *plug = &from->plug[i];

		topology_plug(topology, min(plug->node, topology->nr_nodes - 1),
			      plug->range.end_pfn - plug->range.start_pfn,
			      plug->at_ns);
	}
}

static double online_ns(const struct topology *topology,
			const struct simulation_result *r)
{
	double ns = 0;
	unsigned int i;

	for (i = 0; i < topology->nr_plugs; i++)
		ns += r->plug[i].online_ns;
	return ns;
}

/**
 * sweep_point - predict all strategies at one size
 * @machine: the machine
 * @spec: a load that fits
 * @nodes: copies of its first node; 0: all of its nodes, as they are
 * @mem_bytes: memory of all of them
 *
 * Return: nodes, mem_bytes, winner, and by strategy boot_wait_ns, load_done_ns;
 * online_ns, if memory is hot-added.
 */
json_t *sweep_point(const struct machine *machine, const struct load_spec *spec,
		    unsigned int nodes, unsigned long mem_bytes)
{
	struct machine_costs costs = machine->costs;
	struct topology *topology = nodes ? copied_topology(machine, &costs,
							    nodes) :
					    whole_topology(machine, &costs);
	json_t *waits = json_object(), *dones = json_object(), *point;
	json_t *onlines = json_object();
	const struct simulation_result *ready = NULL;
	struct banded *answer = NULL;
	struct memmap_param param;
	unsigned int nr, i;
	struct load load;

	topology_set_memory(topology, mem_bytes);
	plug_alike(topology, machine->topology);
	load = load_spec_on(spec, topology->name, mem_bytes,
			    topology_cpus(topology));
	for (nr = 0; memmap_strategies[nr]; nr++)
		;
	answer = xcalloc(nr, sizeof(*answer));
	for (i = 0; i < nr; i++) {
		struct simulation_result *result = &answer[i].result;

		memmap_param_default(&param);
		param.strategy = memmap_strategies[i];
		simulation_run_load(topology, &costs, &param, &load, result,
				    NULL, NULL);
		json_object_set_new(waits, param.strategy->name,
				    json_value(result->boot_wait_ns));
		json_object_set_new(dones, param.strategy->name,
				    json_value(result->load_done_ns));
		json_object_set_new(onlines, param.strategy->name,
				    json_value(online_ns(topology, result)));
		if (param.strategy == strategy_of(STRATEGY_REFERENCE))
			ready = result;
	}
	point = json_pack("{si sI ss so so}", "nodes", (int)topology->nr_nodes,
			  "mem_bytes", (json_int_t)mem_bytes, "winner",
			  winner(answer, nr, ready), "boot_wait_ns", waits,
			  "load_done_ns", dones);
	if (topology->nr_plugs)
		json_object_set(point, "online_ns", onlines);
	json_decref(onlines);
	topology_free(topology);
	free(costs.node);
	free(answer);
	return point;
}

/**
 * point_integer - a whole number of a point, or of another object
 * @point: the object
 * @key: the number's name
 *
 * Return: the number; 0 if it is not there.
 */
json_int_t point_integer(const json_t *point, const char *key)
{
	return json_integer_value(json_object_get(point, key));
}

/**
 * point_winner - which strategy wins there
 * @point: the point
 *
 * Return: its name; NULL if the point does not say.
 */
const char *point_winner(const json_t *point)
{
	return json_string_value(json_object_get(point, "winner"));
}

static int by_nodes_and_mem(const void *a, const void *b)
{
	static const char *const keys[] = { "nodes", "mem_bytes" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		json_int_t x = point_integer(*(json_t *const *)a, keys[i]);
		json_int_t y = point_integer(*(json_t *const *)b, keys[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/**
 * sweep_sort - points in order, what two files both have only once
 * @points: taken over
 *
 * Return: the points, by nodes, then by memory.
 */
json_t *sweep_sort(json_t *points)
{
	size_t nr = json_array_size(points), i;
	json_t **point = xcalloc(nr, sizeof(*point));
	json_t *sorted = json_array();

	for (i = 0; i < nr; i++)
		point[i] = json_array_get(points, i);
	qsort(point, nr, sizeof(*point), by_nodes_and_mem);
	for (i = 0; i < nr; i++)
		if (!i || !json_equal(point[i], point[i - 1]))
			json_array_append(sorted, point[i]);
	free(point);
	json_decref(points);
	return sorted;
}

/**
 * struct crossing - neighbours with different winners
 * @machine: to look closer; NULL: there is none
 * @spec: the load
 * @whole: its nodes as they are
 * @below: the smaller one
 * @from: the larger one
 * @found: the crossover between them
 */
struct crossing {
	const struct machine *machine;
	const struct load_spec *spec;
	bool whole;
	const json_t *below;
	const json_t *from;
	json_t *found;
};

/*
 * Between the two lies the size from which on the second one wins. With a
 * machine it is looked for by halving.
 */
static void find_crossover(void *arg, unsigned int i)
{
	struct crossing *c = (struct crossing *)arg + i;
	double low = point_integer(c->below, "mem_bytes");
	double high = point_integer(c->from, "mem_bytes");
	const char *wins = point_winner(c->from);
	unsigned int nodes = point_integer(c->from, "nodes");

	while (c->machine && !interrupted() && high > low * CROSSOVER_FACTOR &&
	       high - low > MEMMAP_BLOCK_PAGES << PAGE_SHIFT) {
		unsigned long mem = low / 2 + high / 2;
		json_t *point = sweep_point(c->machine, c->spec,
					    c->whole ? 0 : nodes, mem);

		if (strcmp(point_winner(point), wins))
			low = mem;
		else
			high = mem;
		json_decref(point);
	}
	c->found = json_pack("{si ss ss sI sI}", "nodes", (int)nodes, "from",
			     point_winner(c->below), "to", wins,
			     "above_mem_bytes", (json_int_t)low, "mem_bytes",
			     (json_int_t)high);
}

/**
 * sweep_crossovers - from what size on does which strategy win?
 * @machine: what the points were predicted for; NULL if they come from files
 * @spec: the load
 * @whole: its nodes as they are
 * @points: from sweep_sort()
 *
 * Return: nodes, from, to, above_mem_bytes and mem_bytes of each.
 */
json_t *sweep_crossovers(const struct machine *machine,
			 const struct load_spec *spec, bool whole,
			 const json_t *points)
{
	size_t nr = json_array_size(points), i, n = 0;
	struct crossing *crossing = xcalloc(nr, sizeof(*crossing));
	bool *done = xcalloc(nr, sizeof(*done));
	json_t *all = json_array();

	for (i = 1; i < nr; i++) {
		json_t *below = json_array_get(points, i - 1);
		json_t *from = json_array_get(points, i);

		if (point_integer(below, "nodes") ==
			    point_integer(from, "nodes") &&
		    strcmp(point_winner(below), point_winner(from)))
			crossing[n++] = (struct crossing){ machine, spec, whole,
							   below, from };
	}
	if (!machine)
		for (i = 0; i < n; i++)
			find_crossover(crossing, i);
	else if (!parallel_for("crossovers", n, find_crossover, crossing, done))
		return all;
	for (i = 0; i < n; i++)
		json_array_append_new(all, crossing[i].found);
	free(crossing);
	free(done);
	return all;
}
