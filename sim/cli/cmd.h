/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CMD_H
#define SIM_CMD_H

#include <stdbool.h>
#include <stdio.h>
#include "host/host.h"
#include "machine/machine.h"

/* Exit status for bad input, as in the GNU tools that use 1 for "differs". */
#define EXIT_USAGE 2

int cmd_time(int argc, char **argv);
int cmd_alloc(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_validate(int argc, char **argv);
int cmd_machines(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_sweep(int argc, char **argv);

/* Print "memmap: ..." on stderr and end with status 2. */
void usage_error(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/**
 * struct cmd_strategy - one --cmdline
 * @text: as given
 * @param: as parsed
 */
struct cmd_strategy {
	const char *text;
	struct memmap_param param;
};

void cmd_parse_cmdline(struct cmd_strategy *strategy, const char *text);
void cmd_fail(const struct error *error) __attribute__((noreturn));
void cmd_machine(struct machine *machine, const char *spec, const char *mem);
struct topology *cmd_topology(const char *machine, const char *mem);
unsigned int cmd_parse_count(const char *option, const char *text,
			     unsigned int max);
const char *cmd_output_check(const char *option, const char *path);
FILE *cmd_output(const char *path);
const volatile bool *cmd_catch_interrupt(void);
void cmd_output_close(FILE *out, const char *path);
unsigned long cmd_free_bytes(void);
void cmd_progress(const char *what, unsigned int done, unsigned int total);

#endif /* SIM_CMD_H */
