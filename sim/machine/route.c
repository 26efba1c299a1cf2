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

/**
 * struct route_tree - the routes from one node to all points
 * @point: all points; NULL until it is asked for
 * @order: points that can be reached, those with fewer links first
 * @nr: how many
 */
struct route_tree {
	struct point *point;
	unsigned int *order;
	unsigned int nr;
};

/**
 * struct routes - the routes between all nodes
 * @net: the links
 * @nr_nodes: points that are nodes
 * @nr_points: nodes and switches
 * @first: where a point's links begin in @via; one more at the end
 * @via: links by point, each of them twice
 * @tree: by the node where routes start
 * @share: of what route_walk() follows, by point; all 0 in between
 */
struct routes {
	const struct machine_net *net;
	unsigned int nr_nodes;
	unsigned int nr_points;
	unsigned int *first;
	unsigned int *via;
	struct route_tree *tree;
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
	routes->nr_nodes = nr_nodes;
	routes->nr_points = nr_nodes + net->nr_switches;
	routes->tree = xcalloc(nr_nodes, sizeof(*routes->tree));
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
	for (i = 0; i < routes->nr_nodes; i++) {
		free(routes->tree[i].point);
		free(routes->tree[i].order);
	}
	free(routes->tree);
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
static void reach(struct route_tree *tree, unsigned int at, unsigned int to,
		  double latency_ns)
{
	const struct point *from = &tree->point[at];
	struct point *point = &tree->point[to];

	if (!(point->nr_routes > 0)) {
		point->nr_links = from->nr_links + 1;
		tree->order[tree->nr++] = to;
	}
	if (point->nr_links != from->nr_links + 1)
		return;
	point->nr_routes += from->nr_routes;
	point->latency_ns += from->latency_ns + from->nr_routes * latency_ns;
}

static void find_routes(struct routes *routes, struct route_tree *tree,
			unsigned int start)
{
	unsigned int i, k;

	tree->point = xcalloc(routes->nr_points, sizeof(*tree->point));
	tree->order = xcalloc(routes->nr_points, sizeof(*tree->order));
	tree->point[start].nr_routes = 1;
	tree->order[tree->nr++] = start;
	for (k = 0; k < tree->nr; k++) {
		unsigned int at = tree->order[k];

		for (i = routes->first[at]; i < routes->first[at + 1]; i++) {
			const struct machine_link *link =
				&routes->net->link[routes->via[i]];

			reach(tree, at, other_end(link, at), link->latency_ns);
		}
	}
}

static const struct route_tree *tree_from(struct routes *routes,
					  unsigned int from)
{
	if (!routes->tree[from].point)
		find_routes(routes, &routes->tree[from], from);
	return &routes->tree[from];
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
	const struct route_tree *tree = tree_from(routes, from);
	unsigned int i, k;

	routes->share[to] = 1;
	/* From the end: nearer points come later and have all of theirs then. */
	for (k = tree->nr; k-- > 0;) {
		unsigned int at = tree->order[k];
		double share = routes->share[at];

		routes->share[at] = 0;
		for (i = routes->first[at];
		     share > 0 && i < routes->first[at + 1]; i++) {
			unsigned int nr = routes->via[i];
			const struct machine_link *link = &routes->net->link[nr];
			unsigned int before = other_end(link, at);
			const struct point *point = &tree->point[before];
			double part = share * point->nr_routes /
				      tree->point[at].nr_routes;

			if (point->nr_links + 1 != tree->point[at].nr_links)
				continue;
			cross(arg, nr, link->from != before, part);
			routes->share[before] += part;
		}
	}
	routes->share[to] = 0;
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
	const struct point *point = &tree_from(routes, from)->point[to];

	return point->nr_routes > 0 ? point->latency_ns / point->nr_routes :
				      INFINITY;
}
