/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_READ_HWLOC_H
#define SIM_MACHINE_READ_HWLOC_H

/* What the files that use hwloc share, and no other. */
#include <hwloc.h>

hwloc_topology_t hwloc_new(void);
hwloc_obj_t *hwloc_numa_nodes(hwloc_topology_t hw);

#endif /* SIM_MACHINE_READ_HWLOC_H */
