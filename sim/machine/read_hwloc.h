/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_READ_HWLOC_H
#define SIM_MACHINE_READ_HWLOC_H

/* What the readers of hwloc's formats share, and nobody else. */
#include <hwloc.h>

hwloc_obj_t *hwloc_numa_nodes(hwloc_topology_t hw);

#endif /* SIM_MACHINE_READ_HWLOC_H */
