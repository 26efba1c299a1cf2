// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which links a store crosses: the way with the least latency, then the fewest
 * links, then the lowest numbers, so that it is the same way every time.
 * Computed for one node at a time, when it first writes elsewhere.
 */
#include <math.h>
#include <stdlib.h>
#include "route.h"

/**
 * struct hop - the last step of the way to a point
 * @link: link it is taken by, -1 for none
 * @before: point it is taken from
 * @nr: steps from the start
 * @latency_ns: from the start
 * @done: final
 */
struct hop {
	int link;
	unsigned int before;
	unsigned int nr;
	double latency_ns;
	bool done;
};

/**
 * struct routes - all ways found so far
 * @net: the links
 * @nr_nodes: points that are nodes
 * @nr_points: nodes and switches
 * @first: where a point's links begin in @via; one more at the end
 * @via: links by point, each of them twice
 * @hop: for each node, NULL or a tree of hops, indexed by point
 */
struct routes {
	const struct virtual_net *net;
	unsigned int nr_nodes;
	unsigned int nr_points;
	unsigned int *first;
	unsigned int *via;
	struct hop **hop;
};

static void *xalloc(size_t nr, size_t bytes)
{
	void *p = calloc(nr ? nr : 1, bytes);

	if (!p)
		abort();
	return p;
}

/* Counting sort: how many links each point has, then which. */
static void list_neighbours(struct routes *routes)
{
	const struct virtual_net *net = routes->net;
	unsigned int i;

	routes->first = xalloc(routes->nr_points + 2, sizeof(*routes->first));
	routes->via = xalloc(2UL * net->nr_links, sizeof(*routes->via));
	for (i = 0; i < net->nr_links; i++) {
		routes->first[net->link[i].from + 2]++;
		routes->first[net->link[i].to + 2]++;
	}
	for (i = 2; i < routes->nr_points + 2; i++)
		routes->first[i] += routes->first[i - 1];
	for (i = 0; i < net->nr_links; i++) {
		routes->via[routes->first[net->link[i].from + 1]++] = i;
		routes->via[routes->first[net->link[i].to + 1]++] = i;
	}
}

/**
 * routes_new - no way found yet
 * @nr_nodes: points that are nodes
 * @net: the links; must outlive it
 *
 * Return: the routes; routes_free() them.
 */
struct routes *routes_new(unsigned int nr_nodes, const struct virtual_net *net)
{
	struct routes *routes = xalloc(1, sizeof(*routes));

	routes->net = net;
	routes->nr_nodes = nr_nodes;
	routes->nr_points = nr_nodes + net->nr_switches;
	routes->hop = xalloc(nr_nodes, sizeof(*routes->hop));
	list_neighbours(routes);
	return routes;
}

/**
 * routes_free - the end of all routes
 * @routes: may be NULL
 */
void routes_free(struct routes *routes)
{
	unsigned int i;

	if (!routes)
		return;
	for (i = 0; i < routes->nr_nodes; i++)
		free(routes->hop[i]);
	free(routes->hop);
	free(routes->first);
	free(routes->via);
	free(routes);
}

static bool nearer(const struct hop *a, double latency_ns, unsigned int nr)
{
	if (a->latency_ns != latency_ns)
		return a->latency_ns < latency_ns;
	return a->nr <= nr;
}

static void reach(struct hop *hop, const struct hop *from, unsigned int point,
		  unsigned int before, int link, double latency_ns)
{
	struct hop *to = &hop[point];

	latency_ns += from->latency_ns;
	if (to->done || nearer(to, latency_ns, from->nr + 1))
		return;
	to->link = link;
	to->before = before;
	to->nr = from->nr + 1;
	to->latency_ns = latency_ns;
}

/* Dijkstra without a heap: machines have few points. */
static struct hop *find_ways(struct routes *routes, unsigned int start)
{
	const struct virtual_net *net = routes->net;
	struct hop *hop = xalloc(routes->nr_points, sizeof(*hop));
	unsigned int i, at;

	for (i = 0; i < routes->nr_points; i++)
		hop[i] = (struct hop){ .link = -1, .latency_ns = INFINITY };
	hop[start].latency_ns = 0;

	for (;;) {
		at = routes->nr_points;
		for (i = 0; i < routes->nr_points; i++)
			if (!hop[i].done && !isinf(hop[i].latency_ns) &&
			    (at == routes->nr_points ||
			     !nearer(&hop[at], hop[i].latency_ns, hop[i].nr)))
				at = i;
		if (at == routes->nr_points)
			return hop;
		hop[at].done = true;
		for (i = routes->first[at]; i < routes->first[at + 1]; i++) {
			const struct virtual_link *link =
				&net->link[routes->via[i]];

			reach(hop, &hop[at],
			      link->from == at ? link->to : link->from, at,
			      routes->via[i], link->latency_ns);
		}
	}
}

static struct hop *ways_from(struct routes *routes, unsigned int from)
{
	if (!routes->hop[from])
		routes->hop[from] = find_ways(routes, from);
	return routes->hop[from];
}

/**
 * route_next - walk a way, from its end
 * @routes: the routes
 * @from: node where it begins
 * @at: the point reached; at first the end, then the point before it
 *
 * Return: the link into *@at; -1 at the beginning or where no way leads.
 */
int route_next(struct routes *routes, unsigned int from, unsigned int *at)
{
	const struct hop *hop = &ways_from(routes, from)[*at];

	if (hop->link >= 0)
		*at = hop->before;
	return hop->link;
}

/**
 * route_latency_ns - one way, on top of what local memory takes
 * @routes: the routes
 * @from: node
 * @to: node
 *
 * Return: ns; INFINITY where no way leads.
 */
double route_latency_ns(struct routes *routes, unsigned int from,
			unsigned int to)
{
	return ways_from(routes, from)[to].latency_ns;
}
