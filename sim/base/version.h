/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_VERSION_H
#define SIM_VERSION_H

#define MEMMAP_VERSION "0.2~dev"

#endif /* SIM_VERSION_H */
