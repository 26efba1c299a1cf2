/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_READ_HWLOC_H
#define SIM_MACHINE_READ_HWLOC_H

/*
 * What the files that use hwloc share, and no other:
 *
 *	this host	read_topology.c  -+
 *	an XML file	read_xml.c	  +-> topology_from_hwloc()
 *	a string	read_synthetic.c -+   read_hwloc.c: rates and links
 */
#include <hwloc.h>
#include "machine/machine.h"

/**
 * struct hwloc_scale - what hwloc's objects stand for
 * @cpus: CPUs that a PU is
 * @cores: cores that a Core is
 */
struct hwloc_scale {
	unsigned int cpus;
	unsigned int cores;
};

hwloc_topology_t hwloc_new(void);
hwloc_obj_t *hwloc_numa_nodes(hwloc_topology_t hw);
struct topology *topology_from_hwloc(hwloc_topology_t hw, const char *name,
				     const struct hwloc_scale *scale,
				     struct error *error);
char *synthetic_shorten(const char *spec, struct hwloc_scale *scale,
			struct error *error);
int machine_read_attributes(struct machine *machine, hwloc_topology_t hw,
			    struct error *error);

#endif /* SIM_MACHINE_READ_HWLOC_H */
