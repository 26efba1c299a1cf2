/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_DATADIR_H
#define SIM_BASE_DATADIR_H

/*
 * What the program ships beside itself: machines and published data.
 *
 *	installed			in the source tree
 *	share/memmap/machines/		sim/machine/library/
 *	share/memmap/data/		sim/check/data/
 */
#include "base/error.h"

char *datadir_find(const char *name, struct error *error);

#endif /* SIM_BASE_DATADIR_H */
