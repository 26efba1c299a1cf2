/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_PRINTK_H
#define SIM_LINUX_PRINTK_H

#include <stdio.h>

#define oops_in_progress 0

#define pr_info(...) fprintf(stderr, __VA_ARGS__)
#define pr_warn(...) fprintf(stderr, __VA_ARGS__)

#endif /* SIM_LINUX_PRINTK_H */
