/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_PREDICT_H
#define SIM_CLI_PREDICT_H

#include "cli/results.h"
#include "model/band.h"

void predict_result(struct result *result, const struct boot_choice *choice,
		    const struct machine *machine, const struct banded *banded);

#endif /* SIM_CLI_PREDICT_H */
