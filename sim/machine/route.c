// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which links a store crosses: the routes with the least latency, of those the
 * ones with the fewest links. Where there are several, each carries the same
 * part, so that the order of nodes and links does not matter. Computed for one
 * node at a time, when it first writes elsewhere.
 */
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "base/heap.h"
#include "machine/route.h"

/**
 * struct point - a node or a switch, as seen from where the routes start
 * @latency_ns: of the best routes here
 * @nr_links: of each of them
 * @nr_routes: how many there are; a double, for they multiply
 * @settled: all of that is final
 */
struct point {
	double latency_ns;
	unsigned int nr_links;
	double nr_routes;
	bool settled;
};

/**
 * struct route_tree - the best routes from one node to all points
 * @point: all points; NULL until it is asked for
 * @order: points that can be reached, the nearest first
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

/* Latencies are sums: equal ones may differ in their last digits. */
static int compare(double latency_ns, unsigned int nr_links,
		   const struct point *point)
{
	double more = latency_ns - point->latency_ns;

	if (isinf(point->latency_ns) || fabs(more) > 1e-9 * point->latency_ns)
		return more < 0 ? -1 : 1;
	return nr_links < point->nr_links ? -1 : nr_links > point->nr_links;
}

/* A point on the way, as it was when it was last made nearer. */
struct stop {
	double latency_ns;
	unsigned int nr_links;
	unsigned int at;
};

static bool nearer(const void *a, const void *b)
{
	const struct stop *one = a, *other = b;
	const struct point point = { .latency_ns = other->latency_ns,
				     .nr_links = other->nr_links };
	int order = compare(one->latency_ns, one->nr_links, &point);

	return order ? order < 0 : one->at < other->at;
}

static const struct heap_order by_latency = {
	.bytes = sizeof(struct stop),
	.before = nearer,
};

static void stop_at(struct heap *stops, const struct route_tree *tree,
		    unsigned int at)
{
	struct stop stop = { .latency_ns = tree->point[at].latency_ns,
			     .nr_links = tree->point[at].nr_links,
			     .at = at };

	heap_push(stops, &by_latency, &stop);
}

static unsigned int other_end(const struct machine_link *link, unsigned int end)
{
	return link->from == end ? link->to : link->from;
}

/* A settled point's link: does it make a better route, or one more? */
static void reach(struct heap *stops, const struct route_tree *tree,
		  unsigned int from, const struct machine_link *link)
{
	unsigned int at = other_end(link, from);
	unsigned int nr_links = tree->point[from].nr_links + 1;
	double latency_ns = tree->point[from].latency_ns + link->latency_ns;
	struct point *to = &tree->point[at];
	int order;

	if (to->settled)
		return;
	order = compare(latency_ns, nr_links, to);
	if (order < 0)
		*to = (struct point){ .latency_ns = latency_ns,
				      .nr_links = nr_links };
	if (order <= 0)
		to->nr_routes += tree->point[from].nr_routes;
	if (order < 0)
		stop_at(stops, tree, at);
}

/* Dijkstra's algorithm. */
static void find_routes(struct routes *routes, struct route_tree *tree,
			unsigned int start)
{
	struct point *point = xcalloc(routes->nr_points, sizeof(*point));
	struct heap stops = { 0 };
	unsigned int i;

	tree->point = point;
	tree->order = xcalloc(routes->nr_points, sizeof(*tree->order));
	for (i = 0; i < routes->nr_points; i++)
		point[i].latency_ns = INFINITY;
	point[start] = (struct point){ .nr_routes = 1 };
	stop_at(&stops, tree, start);

	while (stops.nr) {
		unsigned int at = ((struct stop *)heap_first(&stops))->at;

		heap_pop(&stops, &by_latency);
		if (point[at].settled)
			continue;
		point[at].settled = true;
		tree->order[tree->nr++] = at;
		for (i = routes->first[at]; i < routes->first[at + 1]; i++)
			reach(&stops, tree, at,
			      &routes->net->link[routes->via[i]]);
	}
	heap_free(&stops);
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
	const struct route_tree *tree;
	unsigned int i, k;

	if (from == to)
		return;
	tree = tree_from(routes, from);
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

			if (compare(point->latency_ns + link->latency_ns,
				    point->nr_links + 1, &tree->point[at]))
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
 * Return: ns in one direction; INFINITY where no route leads.
 */
double route_latency_ns(struct routes *routes, unsigned int from,
			unsigned int to)
{
	/* No route has to be found for the many that stay at home. */
	if (from == to)
		return 0;
	return tree_from(routes, from)->point[to].latency_ns;
}
