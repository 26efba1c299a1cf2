// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include "base/die.h"
#include "base/error.h"

/**
 * error_set - say what is wrong
 * @error: one that is set stays as it is: the next would follow from it
 * @file: a file, an option or another place; may be NULL
 * @line: 0 for all of it
 * @value: the bad value; may be NULL
 * @format: what is wrong and what would be right, without a full stop
 *
 * Return: -1, for the caller to return.
 */
int error_set(struct error *error, const char *file, unsigned int line,
	      const char *value, const char *format, ...)
{
	va_list args;

	if (error_is_set(error))
		return -1;
	error->file = file ? xstrdup(file) : NULL;
	error->line = line;
	error->value = value ? xstrdup(value) : NULL;
	va_start(args, format);
	error->text = xvasprintf(format, args);
	va_end(args);
	return -1;
}

/**
 * error_is_set - is anything wrong?
 * @error: the error
 *
 * Return: true if error_set() was called.
 */
bool error_is_set(const struct error *error)
{
	return error->text;
}

/* A name may hold anything; a terminal must not obey it. */
static void print_plain(const char *text, FILE *out)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text,
		      out);
}

/**
 * error_print - one line: place, value, what is wrong
 * @error: the error
 * @out: where
 */
void error_print(const struct error *error, FILE *out)
{
	if (error->file) {
		print_plain(error->file, out);
		if (error->line)
			fprintf(out, ":%u", error->line);
		/* --mem '0': want ... */
		fputs(error->value && !error->line ? " " : ": ", out);
	}
	if (error->value) {
		fputc('\'', out);
		print_plain(error->value, out);
		fputs("': ", out);
	}
	print_plain(error->text, out);
	fputc('\n', out);
}

/**
 * error_free - forget it
 * @error: is { 0 } again
 */
void error_free(struct error *error)
{
	free(error->file);
	free(error->value);
	free(error->text);
	*error = (struct error){ 0 };
}
