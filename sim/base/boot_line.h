/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_BOOT_LINE_H
#define SIM_BASE_BOOT_LINE_H

char *boot_line_value(const char *line, const char *name, unsigned int *nr);

#endif /* SIM_BASE_BOOT_LINE_H */
