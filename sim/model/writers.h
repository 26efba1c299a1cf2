/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_WRITERS_H
#define SIM_WRITERS_H

#include "machine/costs.h"
#include "machine/topology.h"

enum writers_kind {
	WRITERS_CACHED, /* one pass, ordinary stores */
	WRITERS_NT, /* one pass, non-temporal stores */
	WRITERS_MAINLINE, /* two passes, ordinary stores */
};

struct writers;

struct writers *writers_new(const struct topology *topology,
			    const struct machine_costs *costs,
			    enum writers_kind kind);
void writers_free(struct writers *w);
void writers_add(struct writers *w, double now_ns, unsigned int home,
		 unsigned int target, unsigned long pages, void *who);
double writers_due(struct writers *w, double now_ns);
void *writers_pop(struct writers *w, double now_ns);

#endif /* SIM_WRITERS_H */
