/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_MEMORY_H
#define SIM_CLI_MEMORY_H

unsigned long memory_available(void);

#endif /* SIM_CLI_MEMORY_H */
