// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"

/**
 * die_of_memory - end the process
 */
void die_of_memory(void)
{
	fputs("memmap: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

static void *or_die(void *memory)
{
	if (!memory)
		die_of_memory();
	return memory;
}

/**
 * xcalloc - zeroed memory
 * @nr: entries; 0 is as good as 1
 * @bytes: of an entry
 *
 * Return: never NULL.
 */
void *xcalloc(size_t nr, size_t bytes)
{
	return or_die(calloc(nr ? nr : 1, bytes));
}

/**
 * xrealloc - the same memory with other room
 * @old: may be NULL
 * @nr: entries; 0 is as good as 1
 * @bytes: of an entry
 *
 * Return: never NULL.
 */
void *xrealloc(void *old, size_t nr, size_t bytes)
{
	return or_die(reallocarray(old, nr ? nr : 1, bytes));
}

/**
 * xgrow - room for one more
 * @array: grown by this function alone, from NULL on
 * @nr: entries in it
 * @bytes: of an entry
 *
 * The room doubles whenever it is used up, which is at powers of two.
 *
 * Return: never NULL.
 */
void *xgrow(void *array, size_t nr, size_t bytes)
{
	return nr & (nr - 1) ? array : xrealloc(array, nr ? 2 * nr : 1, bytes);
}

/**
 * xstrdup - a copy of a text
 * @text: the text
 *
 * Return: never NULL.
 */
char *xstrdup(const char *text)
{
	return or_die(strdup(text));
}

/**
 * xvasprintf - a text as vprintf() would print it
 * @format: as printf() has it
 * @args: as vprintf() has them
 *
 * Return: never NULL.
 */
char *xvasprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	return or_die(text);
}

/**
 * xasprintf - a text as printf() would print it
 * @format: as printf() has it
 *
 * Return: never NULL.
 */
char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return text;
}
