/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_WRITERS_H
#define SIM_MODEL_WRITERS_H

/* CPUs that write a batch each: how fast they go, and which is done first. */
#include "model/memory_system.h"

struct writers;

struct writers *writers_new(const struct topology *topology,
			    const struct machine_costs *costs,
			    enum write_mode mode);
void writers_free(struct writers *w);
void writers_add(struct writers *w, double now_ns, unsigned int home,
		 unsigned int target, unsigned long pages, void *writer);
double writers_due(struct writers *w, double now_ns);
double writers_alone(const struct writers *w, unsigned int home,
		     unsigned int target);
double writers_latency_ns(const struct writers *w, unsigned int home,
			  unsigned int target);
unsigned long writers_steps(const struct writers *w);
void writers_why(struct writers *w, double early_ns, double end_ns,
		 struct why *why);
void *writers_pop(struct writers *w, double now_ns);

#endif /* SIM_MODEL_WRITERS_H */
