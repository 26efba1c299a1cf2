/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_FAIL_H
#define SIM_CLI_FAIL_H

/* The only place that ends the process because of its input. */
#include "base/error.h"
#include "base/output.h"
#include "machine/topology.h"

/* Exit status for bad input, as in the GNU tools that use 1 for "differs". */
#define EXIT_USAGE 2

void usage_error(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void fail(const struct error *error) __attribute__((noreturn));
void say(const struct error *error);
void say_line(const char *line);
void say_assumed(const struct topology *topology);
int commit(struct output *output);

#endif /* SIM_CLI_FAIL_H */
