/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_NUMA_H
#define SIM_LINUX_NUMA_H

#define NUMA_NO_NODE (-1)

#endif /* SIM_LINUX_NUMA_H */
