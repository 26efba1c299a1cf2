/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_FUZZING_H
#define SIM_TESTS_FUZZING_H

/*
 * What the fuzz targets share: sim/tests/fuzz_NAME.c reads any bytes as one
 * kind of input and checks what the program makes of them; doc/testing.md has
 * the list. A check that fails ends the process, and libFuzzer keeps the input.
 *
 *	bytes -> fuzz_file() -> a reader, by the path that a user names
 *	      -> fuzz_machine(): what must hold of every machine that was read
 *	bytes -> fuzz_command(): the whole command, in a child
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "machine/machine.h"

/* Called by libFuzzer; each target has its own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                     \
	do {                                                                \
		if (!(condition)) {                                         \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, \
				__LINE__, #condition);                      \
			abort();                                            \
		}                                                           \
	} while (0)

/* Files of one input are told apart by this line. */
#define FUZZ_BETWEEN "%%\n"

const char *fuzz_folder(void);
const char *fuzz_file(const char *name, const void *data, size_t size);
void fuzz_error(const struct error *error);
void fuzz_machine(struct machine *machine);
void fuzz_load(const char *name, const void *data, size_t size);

/**
 * struct fuzz_result - what a command came to
 * @status: it ended with
 * @out: standard output, ended by a NUL
 * @err: standard error, the same
 */
struct fuzz_result {
	int status;
	char *out;
	char *err;
};

void fuzz_command(struct fuzz_result *result, char **argv);
void fuzz_result_free(struct fuzz_result *result);
void fuzz_empty_folder(const char *const *keep);

#endif /* SIM_TESTS_FUZZING_H */
