// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
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
 * xasprintf - a text as printf() would print it
 * @format: as printf() has it
 *
 * Return: never NULL.
 */
char *xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return or_die(text);
}
