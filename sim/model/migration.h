/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_MIGRATION_H
#define SIM_MODEL_MIGRATION_H

/* What it costs to move the contents of pages. */
#include <stdbool.h>
#include "machine/costs.h"

unsigned long migration_flushes(unsigned long pages);
double migration_ns(const struct machine_costs *costs, unsigned int page_shift,
		    unsigned long pages, bool remote);

#endif /* SIM_MODEL_MIGRATION_H */
