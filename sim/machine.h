/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdio.h>
#include "virtual.h"

enum machine_label {
	MACHINE_DEFAULT,	/* from the default set: extrapolated */
	MACHINE_DERIVED,	/* by another machine's ratio: extrapolated */
	MACHINE_DATASHEET,	/* from the machine's data sheet: extrapolated */
	MACHINE_CALIBRATED,	/* derived from a timing of the machine */
	MACHINE_MEASURED,	/* measured on the machine */
	MACHINE_NR_LABELS
};

/**
 * struct machine_cost - where a number comes from
 * @label: what it rests on
 * @source: in words, NULL for the default set
 */
struct machine_cost {
	enum machine_label label;
	char *source;
};

#define MACHINE_NR_COSTS	15
#define MACHINE_NR_NODE_COSTS	4
#define MACHINE_LIBRARY		"sim/machines"

/**
 * struct machine - a machine that need not be here
 * @shape: its nodes
 * @costs: what things cost
 * @cost: where each cost comes from, in the order of machine_cost_name()
 * @node_cost: and those of single nodes, MACHINE_NR_NODE_COSTS for each; NULL
 *	if no node has its own
 * @link_cost: and each link
 * @source: where the rest comes from
 * @notes: what a reader of predictions has to know; may be NULL
 */
struct machine {
	struct host_shape *shape;
	struct virtual_costs costs;
	struct machine_cost cost[MACHINE_NR_COSTS];
	struct machine_cost *node_cost;
	struct machine_cost *link_cost;
	char *source;
	char *notes;
};

/*
 * A name of the library, a JSON file, an hwloc XML file, a synthetic string,
 * NULL: this host. Bad input ends with 2.
 */
void machine_load(struct machine *machine, const char *spec, const char *mem);
char *machine_library_path(const char *spec);
void machine_library_list(FILE *out);
const char *machine_label(const struct machine *machine);
const char *machine_page_label(const struct machine *machine, bool mainline,
			       bool nt);
double *machine_cost_value(struct machine *machine, unsigned int i);
const char *machine_cost_name(unsigned int i);
const char *machine_node_cost_name(unsigned int i);
void machine_set(struct machine *machine, const char *name, double value,
		 enum machine_label label, const char *source);
void machine_free(struct machine *machine);
void machine_show(struct machine *machine, FILE *out);

/* machine_json.c, machine_hwloc.c: other forms of it */
void machine_write(struct machine *machine, FILE *out);
void machine_write_hwloc(struct machine *machine, const char *path);

#endif /* SIM_MACHINE_H */
