/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_INTERRUPT_H
#define SIM_CLI_INTERRUPT_H

/*
 * SIGINT and SIGTERM. A verb that has nothing to print yet ends at once; one
 * that has asks interrupted() between two steps, and prints what it has. A
 * second signal ends it at once too. The status is 128 + signal either way.
 */
#include <stdbool.h>

void interrupt_init(void);
void interrupt_catch(void);
bool interrupted(void);
int interrupt_status(int status);

#endif /* SIM_CLI_INTERRUPT_H */
