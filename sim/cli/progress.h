/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_PROGRESS_H
#define SIM_CLI_PROGRESS_H

#include <stdbool.h>

void progress(const char *what, unsigned int done, unsigned int total);
bool parallel_for(const char *what, unsigned int nr,
		  void (*fn)(void *arg, unsigned int i), void *arg, bool *done);

#endif /* SIM_CLI_PROGRESS_H */
