/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_INTERNAL_H
#define SIM_MACHINE_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include "machine/machine.h"

/* Largest number of a node: four times what CONFIG_NODES_SHIFT allows. */
#define MACHINE_MAX_ID (MACHINE_MAX_NODES - 1)
/* Largest cost or rate, and what a link may take: beyond what there is. */
#define MACHINE_MAX_COST       1e18
#define MACHINE_MAX_LATENCY_NS 1e9
/* Largest page in bytes: far above any kernel's own, below its huge pages. */
#define MACHINE_MAX_PAGE (1U << 20)

/* The library's place below share/memmap, and what its files end in. */
#define MACHINE_LIBRARY "machines"
#define MACHINE_SUFFIX	".json"

/* From hwloc: read_topology.c, read_synthetic.c; NULL with @error set. */
struct topology *topology_this_host(struct error *error);
struct topology *topology_read_synthetic(const char *spec, struct error *error);

/* spec.c */
bool machine_spec_ends(const char *spec, const char *end);
char *machine_library_path(const char *spec, struct error *error);

/* cost.c: first the defaults, then what is given, then what follows from it. */
void machine_default_costs(struct machine *machine);
void machine_derive(struct machine *machine);
/* A cost by its number, as the machine files have them. */
bool machine_cost_may_be_0(unsigned int i);
void machine_set_cost(struct machine *machine, unsigned int i, double value,
		      enum machine_label label, const char *source);
/* A node's own costs; the first call makes room for those of all nodes. */
struct node_costs *machine_node(struct machine *machine, unsigned int node);
void machine_set_node(struct machine *machine, unsigned int node,
		      unsigned int i, double value, enum machine_label label,
		      const char *source);
void machine_add_link(struct machine *machine, const struct machine_link *link,
		      enum machine_label label, const char *source);

/* One format each: read_json.c, read_log.c, read_xml.c. */
int machine_load_json(struct machine *machine, const char *path,
		      struct error *error);
bool machine_is_other_json(const char *path);
int machine_load_log(struct machine *machine, const char *name,
		     const char *text, size_t len, struct error *error);
bool machine_is_xml(const char *text);
int machine_load_xml(struct machine *machine, const char *name, char *text,
		     size_t len, struct error *error);

/* Parts of a machine file: read_nodes.c, read_links.c, early.c. */
struct json_place;
int machine_entry_count(const struct json_place *at, const json_t *entry,
			unsigned int *count, struct error *error);
int machine_load_nodes(struct machine *machine, const char *path,
		       const json_t *root, struct error *error);
int machine_load_links(struct machine *machine, const char *path,
		       const json_t *links, struct error *error);
int machine_load_early(struct machine *machine, const char *path,
		       const json_t *root, struct error *error);

#endif /* SIM_MACHINE_INTERNAL_H */
