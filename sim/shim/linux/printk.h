/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_PRINTK_H
#define SIM_LINUX_PRINTK_H

#include <stdio.h>

#define oops_in_progress 0

#define pr_info(...) sim_printk(__VA_ARGS__)
#define pr_warn(...) sim_printk(__VA_ARGS__)

void sim_printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* SIM_LINUX_PRINTK_H */
