/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_DATADIR_H
#define SIM_BASE_DATADIR_H

/* Room for datadir_file(). */
#define DATADIR_PATH_MAX 4096

const char *datadir_file(char path[DATADIR_PATH_MAX], const char *name);

#endif /* SIM_BASE_DATADIR_H */
