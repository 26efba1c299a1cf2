/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_KERNEL_LOG_H
#define SIM_CHECK_KERNEL_LOG_H

#include <stdbool.h>
#include <stdio.h>
#include "base/error.h"

int dmesg_print(const char *path, const char *machine, bool json, FILE *out,
		struct error *error);

#endif /* SIM_CHECK_KERNEL_LOG_H */
