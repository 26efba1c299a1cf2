/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_MACHINE_H
#define SIM_CLI_MACHINE_H

#include "cli/options.h"

int machine_list(struct options *options);

#endif /* SIM_CLI_MACHINE_H */
