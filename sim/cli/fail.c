// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/text.h"
#include "cli/fail.h"

/**
 * usage_error - bad input: say what and how to mend it, end with status 2
 * @format: names the place, the bad value and the remedy
 */
void usage_error(const char *format, ...)
{
	char *text, *plain;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	plain = text_plain(text);
	fprintf(stderr, "memmap: %s\n", plain);
	free(plain);
	free(text);
	exit(EXIT_USAGE);
}

/**
 * say - what went wrong, for those who go on
 * @error: the error
 */
void say(const struct error *error)
{
	fputs("memmap: ", stderr);
	error_print(error, stderr);
}

/**
 * say_line - something to know about an input, for those who go on
 * @line: the text
 */
void say_line(const char *line)
{
	char *plain = text_plain(line);

	fprintf(stderr, "memmap: %s\n", plain);
	free(plain);
}

/**
 * say_assumed - what the description of a machine does not say
 * @topology: of the machine
 */
void say_assumed(const struct topology *topology)
{
	char *lines, *line, *rest;

	if (!topology->assumed)
		return;
	lines = xstrdup(topology->assumed);
	for (line = strtok_r(lines, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		say_line(line);
	free(lines);
}

/**
 * fail - bad input: say what and how to mend it, end with status 2
 * @error: what is wrong
 */
void fail(const struct error *error)
{
	say(error);
	exit(EXIT_USAGE);
}

/**
 * commit - the result is complete: write it
 * @output: where it goes
 *
 * Return: EXIT_SUCCESS; EXIT_FAILURE if it could not be written whole, which
 * is said.
 */
int commit(struct output *output)
{
	struct error error = { 0 };

	if (!output_commit(output, &error))
		return EXIT_SUCCESS;
	if (error_is_set(&error))
		say(&error);
	error_free(&error);
	return EXIT_FAILURE;
}
