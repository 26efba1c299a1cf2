/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdbool.h>
#include <stdio.h>
#include "machine/costs.h"
#include "machine/topology.h"

enum machine_label {
	MACHINE_DEFAULT, /* from the default set: extrapolated */
	MACHINE_DERIVED, /* by another machine's ratio: extrapolated */
	MACHINE_DATASHEET, /* from the machine's data sheet: extrapolated */
	MACHINE_CALIBRATED, /* derived from a timing of the machine */
	MACHINE_MEASURED, /* measured on the machine */
	MACHINE_NR_LABELS
};

extern const char *const machine_labels[]; /* by enum machine_label */

/* The numbers that a machine gets where it gives none; see cost.c. */
#define MACHINE_DEFAULT_SET "default set server-2020"

/* The costs of a machine, by place in its list of them; struct machine_costs. */
enum machine_cost_id {
	COST_PAGE_CACHED,
	COST_PAGE_NT,
	COST_PAGE_MAINLINE,
	COST_NODE_CACHED,
	COST_NODE_NT,
	COST_NODE_MAINLINE,
	COST_REMOTE,
	COST_LINES_CACHED,
	COST_LINES_NT,
	COST_IPI,
	COST_WAKEUP,
	COST_SPAWN,
	COST_MIGRATE,
	COST_SMT,
	COST_LOCK,
	COST_PULL,
	COST_ONLINE,
	COST_FAULT,
	COST_FAULTS_AT_ONCE,
	MACHINE_NR_COSTS
};

/**
 * struct machine_range - how far off a number may be
 * @low: the least that it may be, as a part of what it is
 * @high: the most
 */
struct machine_range {
	double low;
	double high;
};

/**
 * struct machine_cost - where a number comes from
 * @label: what it rests on
 * @source: in words, NULL for the default set
 * @range: as given; 0 where sim/machine/range.c knows it by @label
 */
struct machine_cost {
	enum machine_label label;
	char *source;
	struct machine_range range;
};

#define MACHINE_NR_NODE_COSTS 4
/* A page; 1 PiB, whose memmap still fits into a 47-bit address space. */
#define MACHINE_MIN_BYTES (1UL << 12)
#define MACHINE_MAX_BYTES (1UL << 50)
/* Where it may end: nodes are laid out from section to section. */
#define MACHINE_MAX_END	  (1UL << 51)
#define MACHINE_MAX_NODES 4096U
#define MACHINE_MAX_CPUS  65536U

/**
 * struct machine - a machine that need not be here
 * @topology: its nodes
 * @costs: what things cost
 * @cost: where each cost comes from, in the order of machine_cost_name()
 * @node_cost: and those of single nodes, MACHINE_NR_NODE_COSTS for each; NULL
 *	if no node has its own
 * @link_cost: and each link
 * @source: where the rest comes from
 * @notes: what a reader of predictions has to know; may be NULL
 */
struct machine {
	struct topology *topology;
	struct machine_costs costs;
	struct machine_cost cost[MACHINE_NR_COSTS];
	struct machine_cost *node_cost;
	struct machine_cost *link_cost;
	char *source;
	char *notes;
};

void machine_new(struct machine *machine, struct topology *topology,
		 const char *source);
const struct machine_costs *machine_defaults(void);
int machine_load(struct machine *machine, const char *spec, const char *mem,
		 struct error *error);
struct topology *machine_topology(const char *spec, const char *mem,
				  struct error *error);
int machine_library_each(void (*fn)(void *arg, const char *name,
				    const struct machine *machine),
			 void *arg, struct error *error);
const char *machine_label(const struct machine *machine);
const char *machine_label_text(enum machine_label label);
double *machine_cost_value(struct machine *machine, unsigned int i);
double *machine_costs_value(struct machine_costs *costs,
			    enum machine_cost_id cost);
const char *machine_cost_name(unsigned int i);
const char *machine_node_cost_name(unsigned int i);
/* The first call makes room for the own costs of all nodes. */
double *machine_node_value(struct machine *machine, unsigned int node,
			   unsigned int i);
void machine_set(struct machine *machine, const char *name, double value,
		 enum machine_label label, const char *source);
void machine_set_range(struct machine *machine, enum machine_cost_id cost,
		       double low, double high);
void machine_free(struct machine *machine);

/* range.c */
struct machine_range machine_cost_range(const struct machine *machine,
					enum machine_cost_id cost);
struct machine_range machine_memory_range(const struct machine *machine,
					  enum machine_cost_id cost,
					  enum machine_label *label);
struct machine_range machine_link_range(const struct machine *machine,
					bool latency,
					enum machine_label *label);

/* write_json.c, write_hwloc.c */
void machine_write(struct machine *machine, FILE *out);
int machine_write_hwloc(struct machine *machine, FILE *out,
			struct error *error);

#endif /* SIM_MACHINE_H */
