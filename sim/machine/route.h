/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_ROUTE_H
#define SIM_MACHINE_ROUTE_H

/* Which links a store crosses between two nodes, and what latency they add. */
#include <stdbool.h>
#include "machine/costs.h"

struct routes;

struct routes *routes_new(unsigned int nr_nodes, const struct machine_net *net);
void routes_free(struct routes *routes);
void route_walk(struct routes *routes, unsigned int from, unsigned int to,
		void (*cross)(void *arg, unsigned int link, bool back,
			      double share),
		void *arg);
double route_latency_ns(struct routes *routes, unsigned int from,
			unsigned int to);

#endif /* SIM_MACHINE_ROUTE_H */
