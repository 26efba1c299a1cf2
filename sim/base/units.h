/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_UNITS_H
#define SIM_BASE_UNITS_H

/*
 * Numbers as people and kernels write them. Nothing else in this program turns
 * text into a number that a user gave, or a number into one with a unit.
 */
#include <stdbool.h>
#include <stddef.h>

bool parse_bytes(const char *text, unsigned long *bytes);
bool parse_count(const char *text, unsigned long least, unsigned long most,
		 unsigned long *count);
bool parse_number(const char *text, double *number);
bool parse_ns(const char *text, double *ns);

/* Room for what the format_ functions write. */
#define UNITS_TEXT 24

const char *format_bytes(char text[UNITS_TEXT], double bytes);
const char *format_ns(char text[UNITS_TEXT], double ns);

#endif /* SIM_BASE_UNITS_H */
