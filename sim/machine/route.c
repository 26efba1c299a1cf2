// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which links a store crosses: the routes with the fewest links, as routing tables
 * are made. Where there are several, each carries the same part, so that the
 * order of nodes and links does not matter. Latencies choose no route: however
 * little one of them changed, all traffic could then move to another link.
 * Computed for one node at a time, when it first writes elsewhere.
 */
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "machine/route.h"

/**
 * struct point - a node or a switch, as seen from where the routes start
 * @nr_links: of the routes here
 * @nr_routes: how many there are; a double, for they multiply; 0: none found
 *	yet
 * @latency_ns: the sum of theirs
 */
struct point {
	unsigned int nr_links;
	double nr_routes;
	double latency_ns;
};

/* Trees that are kept; each takes room for all points. */
#define KEPT 256

/**
 * struct route_tree - the routes from one node to all points
 * @from: the node
 * @point: all points; NULL until it is asked for
 */
struct route_tree {
	unsigned int from;
	struct point *point;
};

/**
 * struct routes - the routes between all nodes
 * @net: the links
 * @nr_points: nodes and switches
 * @first: where a point's links begin in @via; one more at the end
 * @via: links by point, each of them twice
 * @tree: by the node where routes start, modulo KEPT
 * @queue: points that are still to be visited
 * @share: of what route_walk() follows, by point; all 0 in between
 */
struct routes {
	const struct machine_net *net;
	unsigned int nr_points;
	unsigned int *first;
	unsigned int *via;
	struct route_tree tree[KEPT];
	unsigned int *queue;
	double *share;
};

/* Links by point, sorted by counting: how many each point has, then which. */
static void list_neighbours(struct routes *routes)
{
	const struct machine_net *net = routes->net;
	unsigned int i;

	routes->first = xcalloc(routes->nr_points + 2, sizeof(*routes->first));
	routes->via = xcalloc(2UL * net->nr_links, sizeof(*routes->via));
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
 * routes_new - the routes of a machine, none of them found yet
 * @nr_nodes: points that are nodes
 * @net: the links; must outlive it
 *
 * Return: the routes; routes_free() them.
 */
struct routes *routes_new(unsigned int nr_nodes, const struct machine_net *net)
{
	struct routes *routes = xcalloc(1, sizeof(*routes));

	routes->net = net;
	routes->nr_points = nr_nodes + net->nr_switches;
	routes->queue = xcalloc(routes->nr_points, sizeof(*routes->queue));
	routes->share = xcalloc(routes->nr_points, sizeof(*routes->share));
	list_neighbours(routes);
	return routes;
}

/**
 * routes_free - forget all routes
 * @routes: may be NULL
 */
void routes_free(struct routes *routes)
{
	unsigned int i;

	if (!routes)
		return;
	for (i = 0; i < KEPT; i++)
		free(routes->tree[i].point);
	free(routes->queue);
	free(routes->share);
	free(routes->first);
	free(routes->via);
	free(routes);
}

static unsigned int other_end(const struct machine_link *link, unsigned int end)
{
	return link->from == end ? link->to : link->from;
}

/* All routes to @at are known: its link leads to a new point, or once more. */
static bool reach(const struct point *from, struct point *point,
		  double latency_ns)
{
	bool is_new = !(point->nr_routes > 0);

	if (is_new)
		point->nr_links = from->nr_links + 1;
	if (point->nr_links != from->nr_links + 1)
		return false;
	point->nr_routes += from->nr_routes;
	point->latency_ns += from->latency_ns + from->nr_routes * latency_ns;
	return is_new;
}

static void find_routes(struct routes *routes, struct point *point,
			unsigned int start)
{
	unsigned int nr = 0, i, k;

	point[start].nr_routes = 1;
	routes->queue[nr++] = start;
	for (k = 0; k < nr; k++) {
		unsigned int at = routes->queue[k];

		for (i = routes->first[at]; i < routes->first[at + 1]; i++) {
			const struct machine_link *link =
				&routes->net->link[routes->via[i]];
			unsigned int to = other_end(link, at);

			if (reach(&point[at], &point[to], link->latency_ns))
				routes->queue[nr++] = to;
		}
	}
}

/* All points, as seen from a node. */
static const struct point *points_from(struct routes *routes, unsigned int from)
{
	struct route_tree *tree = &routes->tree[from % KEPT];

	if (tree->point && tree->from == from)
		return tree->point;
	free(tree->point);
	tree->from = from;
	tree->point = xcalloc(routes->nr_points, sizeof(*tree->point));
	find_routes(routes, tree->point, from);
	return tree->point;
}

/**
 * route_walk - visit all links of the routes between two nodes
 * @routes: the routes
 * @from: node where they begin
 * @to: node where they end
 * @cross: called for each link: whether it is crossed against its direction,
 *	and by what part of all that goes from @from to @to
 * @arg: for @cross
 */
void route_walk(struct routes *routes, unsigned int from, unsigned int to,
		void (*cross)(void *arg, unsigned int link, bool back,
			      double share),
		void *arg)
{
	const struct point *point;
	unsigned int nr = 0, i, k;

	if (from == to)
		return;
	point = points_from(routes, from);
	if (!(point[to].nr_routes > 0))
		return;
	routes->share[to] = 1;
	routes->queue[nr++] = to;
	/* From the end: nearer points come later and have all of theirs then. */
	for (k = 0; k < nr; k++) {
		unsigned int at = routes->queue[k];
		double share = routes->share[at];

		routes->share[at] = 0;
		for (i = routes->first[at]; i < routes->first[at + 1]; i++) {
			unsigned int via = routes->via[i];
			const struct machine_link *link =
				&routes->net->link[via];
			unsigned int before = other_end(link, at);
			double part = share * point[before].nr_routes /
				      point[at].nr_routes;

			if (point[before].nr_links + 1 != point[at].nr_links)
				continue;
			cross(arg, via, link->from != before, part);
			if (!(routes->share[before] > 0))
				routes->queue[nr++] = before;
			routes->share[before] += part;
		}
	}
}

/**
 * route_latency_ns - what a route adds to the latency of local memory
 * @routes: the routes
 * @from: node where it begins
 * @to: node where it ends
 *
 * Return: ns in one direction, the mean of routes that share; INFINITY where no
 * route leads.
 */
double route_latency_ns(struct routes *routes, unsigned int from,
			unsigned int to)
{
	const struct point *point;

	if (from == to)
		return 0;
	point = &points_from(routes, from)[to];
	return point->nr_routes > 0 ? point->latency_ns / point->nr_routes :
				      INFINITY;
}
