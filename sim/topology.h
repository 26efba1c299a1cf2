/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TOPOLOGY_H
#define SIM_TOPOLOGY_H

#include <hwloc.h>
#include <stdbool.h>

hwloc_obj_t *topology_nodes(hwloc_topology_t topology);
bool parse_bytes(const char *text, unsigned long *bytes);

#endif /* SIM_TOPOLOGY_H */
