/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_OUTPUT_H
#define SIM_BASE_OUTPUT_H

/*
 * Where a result goes. It is written whole or the process says so and ends
 * with status 1; what was there before stays until the new one is complete.
 *
 *	output_open()	can it be written? asked before the work, not after it
 *	output_stream()	the result, in memory
 *	output_commit()	a file: written beside, then renamed over it
 *			a FIFO, a device: written
 *			"-", none: standard output
 */
#include <stdbool.h>
#include <stdio.h>
#include "base/error.h"

/**
 * struct output - one result on its way out
 * @option: what named it, for messages
 * @path: as given; NULL: standard output
 * @target: the file behind all links; NULL: @fd is written
 * @fd: a FIFO, a device or standard output; -1: @target is written
 * @stream: for who writes it
 * @text: what was written so far
 * @bytes: of that
 */
struct output {
	const char *option;
	const char *path;
	char *target;
	int fd;
	FILE *stream;
	char *text;
	size_t bytes;
};

int output_open(struct output *output, const char *option, const char *path,
		struct error *error);
FILE *output_stream(struct output *output);
bool output_same(const struct output *a, const struct output *b);
bool output_is_stdout(const struct output *output);
int output_commit(struct output *output, struct error *error);
void output_free(struct output *output);
void output_abandon(void);

/* Standard output, --help included, is complete or the status is 1. */
void output_guard_stdout(void);

#endif /* SIM_BASE_OUTPUT_H */
