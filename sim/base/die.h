/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_DIE_H
#define SIM_BASE_DIE_H

/*
 * Memory that is there or ends the process: nothing in this program can go on
 * without the few bytes that it asks for. All else that goes wrong is a struct
 * error, which the command line alone turns into an exit status.
 */
#include <stdarg.h>
#include <stddef.h>

void die_of_memory(void) __attribute__((noreturn));
void *xcalloc(size_t nr, size_t bytes);
void *xrealloc(void *old, size_t nr, size_t bytes);
void *xgrow(void *array, size_t nr, size_t bytes);
char *xstrdup(const char *text);
char *xvasprintf(const char *format, va_list args)
	__attribute__((format(printf, 1, 0)));
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* SIM_BASE_DIE_H */
