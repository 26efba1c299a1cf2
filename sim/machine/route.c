// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which links a store crosses: the ways with the least latency, then with the
 * fewest links. Where there are several, each carries the same part, so that
 * it does not matter what nodes and links are called. Computed for one node at
 * a time, when it first writes elsewhere.
 */
#include <math.h>
#include <stdlib.h>
#include "base/die.h"
#include "machine/route.h"

/**
 * struct point - as seen from where the ways start
 * @latency_ns: of the best ways here
 * @nr_links: of each of them
 * @nr_ways: how many there are; a double, for they multiply
 * @settled: final
 */
struct point {
	double latency_ns;
	unsigned int nr_links;
	double nr_ways;
	bool settled;
};

/**
 * struct ways - from one node
 * @point: all points
 * @order: points that can be reached, the nearest first
 * @nr: how many
 */
struct ways {
	struct point *point;
	unsigned int *order;
	unsigned int nr;
};

/**
 * struct routes - all ways found so far
 * @net: the links
 * @nr_nodes: points that are nodes
 * @nr_points: nodes and switches
 * @first: where a point's links begin in @via; one more at the end
 * @via: links by point, each of them twice
 * @ways: by node; empty until it is asked for
 * @share: of what goes to the point in question; all 0 in between
 */
struct routes {
	const struct machine_net *net;
	unsigned int nr_nodes;
	unsigned int nr_points;
	unsigned int *first;
	unsigned int *via;
	struct ways *ways;
	double *share;
};

/* Counting sort: how many links each point has, then which. */
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
 * routes_new - no way found yet
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
	routes->ways = xcalloc(nr_nodes, sizeof(*routes->ways));
	routes->share = xcalloc(routes->nr_points, sizeof(*routes->share));
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
	for (i = 0; i < routes->nr_nodes; i++) {
		free(routes->ways[i].point);
		free(routes->ways[i].order);
	}
	free(routes->ways);
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

/* A settled point's link: does it lead to a better way, or to one more? */
static void reach(const struct point *from, struct point *to, double latency_ns)
{
	unsigned int nr_links = from->nr_links + 1;
	int order;

	if (to->settled)
		return;
	latency_ns += from->latency_ns;
	order = compare(latency_ns, nr_links, to);
	if (order < 0)
		*to = (struct point){ .latency_ns = latency_ns,
				      .nr_links = nr_links };
	if (order <= 0)
		to->nr_ways += from->nr_ways;
}

static unsigned int other_end(const struct machine_link *link, unsigned int end)
{
	return link->from == end ? link->to : link->from;
}

/* Dijkstra without a heap: machines have few points. */
static void find_ways(struct routes *routes, struct ways *ways,
		      unsigned int start)
{
	struct point *point = xcalloc(routes->nr_points, sizeof(*point));
	unsigned int i, at;

	ways->point = point;
	ways->order = xcalloc(routes->nr_points, sizeof(*ways->order));
	for (i = 0; i < routes->nr_points; i++)
		point[i].latency_ns = INFINITY;
	point[start] = (struct point){ .nr_ways = 1 };

	for (;;) {
		at = routes->nr_points;
		for (i = 0; i < routes->nr_points; i++)
			if (!point[i].settled && !isinf(point[i].latency_ns) &&
			    (at == routes->nr_points ||
			     compare(point[i].latency_ns, point[i].nr_links,
				     &point[at]) < 0))
				at = i;
		if (at == routes->nr_points)
			return;
		point[at].settled = true;
		ways->order[ways->nr++] = at;
		for (i = routes->first[at]; i < routes->first[at + 1]; i++) {
			const struct machine_link *link =
				&routes->net->link[routes->via[i]];

			reach(&point[at], &point[other_end(link, at)],
			      link->latency_ns);
		}
	}
}

static const struct ways *ways_from(struct routes *routes, unsigned int from)
{
	if (!routes->ways[from].point)
		find_ways(routes, &routes->ways[from], from);
	return &routes->ways[from];
}

/**
 * route_walk - all links between two nodes
 * @routes: the routes
 * @from: node where the ways begin
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
	const struct ways *ways = ways_from(routes, from);
	unsigned int i, k;

	routes->share[to] = 1;
	/* From the end: nearer points come later and have all of theirs then. */
	for (k = ways->nr; k-- > 0;) {
		unsigned int at = ways->order[k];
		double share = routes->share[at];

		routes->share[at] = 0;
		for (i = routes->first[at];
		     share > 0 && i < routes->first[at + 1]; i++) {
			unsigned int nr = routes->via[i];
			const struct machine_link *link = &routes->net->link[nr];
			unsigned int before = other_end(link, at);
			const struct point *point = &ways->point[before];
			double part = share * point->nr_ways /
				      ways->point[at].nr_ways;

			if (compare(point->latency_ns + link->latency_ns,
				    point->nr_links + 1, &ways->point[at]))
				continue;
			cross(arg, nr, link->from != before, part);
			routes->share[before] += part;
		}
	}
	routes->share[to] = 0;
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
	return ways_from(routes, from)->point[to].latency_ns;
}
