/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_ERROR_H
#define SIM_BASE_ERROR_H

/*
 * What is wrong with an input, for the person who gave it. Functions below the
 * command line take a struct error, fill it in and return -1 (or NULL); the
 * command line prints it and ends with status 2.
 *
 *	boot.csv:7: 'twelve': column 'threads': want a whole number
 *	file     line value   text: what is wrong, and the remedy
 */
#include <stdbool.h>
#include <stdio.h>

/**
 * struct error - what is wrong, where, and how to mend it
 * @file: a file, an option or another place; NULL: none
 * @line: of @file, 0: all of it
 * @value: the bad value; NULL: none
 * @text: what is wrong and what would be right; NULL: nothing is wrong
 *
 * Begin with { 0 }. error_free() gives back what it holds.
 */
struct error {
	char *file;
	unsigned int line;
	char *value;
	char *text;
};

int error_set(struct error *error, const char *file, unsigned int line,
	      const char *value, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
bool error_is_set(const struct error *error);
void error_print(const struct error *error, FILE *out);
void error_free(struct error *error);

#endif /* SIM_BASE_ERROR_H */
