// SPDX-License-Identifier: GPL-2.0-only
/* Nodes in the order in which a node's allocations go to them. */
#include <stdlib.h>
#include "base/die.h"
#include "model/internal.h"

/**
 * struct far_node - a node as a home sees it
 * @latency_ns: how far it is
 * @round: of those that are equally far, round from home
 * @nid: the node
 */
struct far_node {
	double latency_ns;
	unsigned int round;
	unsigned int nid;
};

static int nearest_first(const void *a, const void *b)
{
	const struct far_node *one = a, *other = b;

	if (one->latency_ns != other->latency_ns)
		return one->latency_ns < other->latency_ns ? -1 : 1;
	return (int)one->round - (int)other->round;
}

/**
 * nearest_nodes - where an allocation looks for memory in turn
 * @sim: the simulation
 * @home: a node
 *
 * Return: all nodes, @home and then the nearest first, to be freed.
 */
unsigned int *nearest_nodes(struct simulation *sim, unsigned int home)
{
	unsigned int nr = sim->topology->nr_nodes, i;
	unsigned int *order = xcalloc(nr, sizeof(*order));
	struct far_node *far = xcalloc(nr, sizeof(*far));

	for (i = 1; i < nr; i++) {
		far[i].round = i;
		far[i].nid = (home + i) % nr;
		far[i].latency_ns = writers_latency_ns(sim->writers, home,
						       far[i].nid);
	}
	qsort(far + 1, nr - 1, sizeof(*far), nearest_first);
	order[0] = home;
	for (i = 1; i < nr; i++)
		order[i] = far[i].nid;
	free(far);
	return order;
}
