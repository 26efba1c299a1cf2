/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_MEMORY_SYSTEM_H
#define SIM_MODEL_MEMORY_SYSTEM_H

/*
 * The memories of a machine and the links between its nodes, as resources of a
 * flow system (model/flow.h).
 *
 * Writers with the same home node and the same target node are one class of
 * flows. Each is bound by its CPU and its distance; they cross the target's
 * memory and the links between. Rates are in units of a CPU alone in front of
 * its own memory.
 */
#include "machine/costs.h"
#include "machine/topology.h"
#include "model/flow.h"
#include "model/why.h"

struct memory_system;

struct memory_system *memory_system_new(const struct topology *topology,
					const struct machine_costs *costs,
					enum write_mode mode);
void memory_system_free(struct memory_system *ms);
struct flow_sys *memory_system_flows(struct memory_system *ms);
double memory_system_page_ns(const struct memory_system *ms);
double memory_system_alone(struct memory_system *ms, unsigned int home,
			   unsigned int target);
double memory_system_latency_ns(const struct memory_system *ms,
				unsigned int home, unsigned int target);
int memory_system_class(struct memory_system *ms, unsigned int home,
			unsigned int target);
unsigned int memory_system_why(struct memory_system *ms, int class,
			       struct why_part part[WHY_PARTS]);

#endif /* SIM_MODEL_MEMORY_SYSTEM_H */
