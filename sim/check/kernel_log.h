/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_DMESG_H
#define SIM_DMESG_H

#include <stdbool.h>
#include <stdio.h>

/* What a kernel log says of the memmap; bad input ends with status 2. */
void dmesg_print(const char *path, const char *machine, bool json, FILE *out);

#endif /* SIM_DMESG_H */
