/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_MEMORY_H
#define SIM_CLI_MEMORY_H

#include <stdbool.h>

unsigned long memory_available(void);
bool memory_fits(unsigned long bytes);

#endif /* SIM_CLI_MEMORY_H */
