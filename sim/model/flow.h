/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_FLOW_H
#define SIM_MODEL_FLOW_H

/**
 * DOC: max-min fair sharing
 *
 * A *resource* has a capacity. A *flow* has a rate, is never faster than its
 * bound, and takes usage * rate from every resource that it crosses. Flows
 * that are equal in everything form a *class* and are solved as one, so that a
 * thousand equal CPUs cost no more than one.
 *
 * flow_solve() raises all rates together and freezes a flow when it reaches
 * its bound or when a resource that it crosses is full (progressive filling;
 * Bertsekas and Gallager, "Data Networks", 6.5.2). The result is the one
 * allocation in which no rate can grow without shrinking a rate that is no
 * larger.
 *
 * A resource may bend: real memory gives several requesters less than the sum
 * of what each could take alone, long before it is full. Its curve says which
 * part of the capacity is reached by how many flows that ask for how much.
 *
 * Units are the caller's; rates and capacities must only agree. The solver
 * knows nothing of memory, CPUs or machines.
 */

#include <stddef.h>

struct flow_sys;

/**
 * typedef flow_curve_fn - the part of a capacity that can be reached
 * @nr: flows that cross the resource, at least 1
 * @offered: what they would take if nothing stopped them but their bounds, as
 *	a multiple of the capacity; INFINITY when one of them has no bound
 * @arg: as given to flow_set_curve()
 *
 * Return: more than 0, at most 1.
 */
typedef double (*flow_curve_fn)(unsigned long nr, double offered, void *arg);

struct flow_sys *flow_new(void);
void flow_free(struct flow_sys *sys);

int flow_add_resource(struct flow_sys *sys, double capacity);
void flow_set_curve(struct flow_sys *sys, int resource, flow_curve_fn curve,
		    void *arg);
int flow_add_class(struct flow_sys *sys, double bound, unsigned long nr);
int flow_use(struct flow_sys *sys, int class, int resource, double usage);
void flow_set_nr(struct flow_sys *sys, int class, unsigned long nr);

void flow_solve(struct flow_sys *sys);
const int *flow_solved(const struct flow_sys *sys, unsigned int *nr);

double flow_rate(const struct flow_sys *sys, int class);
double flow_bound(const struct flow_sys *sys, int class);
int flow_holder(const struct flow_sys *sys, int class);
double flow_load(const struct flow_sys *sys, int resource);
double flow_capacity(const struct flow_sys *sys, int resource);

#endif /* SIM_MODEL_FLOW_H */
