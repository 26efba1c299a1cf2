/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_TEXT_H
#define SIM_BASE_TEXT_H

/*
 * Names and paths come from files and shells and may hold any bytes. A
 * terminal must not obey them, and JSON must be able to hold them.
 */
#include <stdbool.h>

char *text_plain(const char *text);
char *text_utf8(const char *text);

unsigned int text_distance(const char *a, const char *b);
const char *text_nearest(const char *text, const char *const *known);

#endif /* SIM_BASE_TEXT_H */
