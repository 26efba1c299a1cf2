// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/boot_line.h"
#include "base/die.h"

/* Linux takes - and _ for each other in the name of a parameter. */
static bool same_name(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

/*
 * The next word, which ends at a blank outside of quotes. Return: behind it;
 * NULL: there is none.
 */
static const char *next_word(const char *p, const char **word)
{
	bool quoted = false;

	while (isspace((unsigned char)*p))
		p++;
	if (!*p)
		return NULL;
	*word = p;
	for (; *p && (quoted || !isspace((unsigned char)*p)); p++)
		if (*p == '"')
			quoted = !quoted;
	return p;
}

/**
 * boot_line_value - what the kernel would take from its command line
 * @line: the command line
 * @name: of a parameter
 * @nr: how often it stands there; may be NULL
 *
 * As lib/cmdline.c and kernel/params.c of Linux 6.12 read it: the last one
 * counts, double quotes hold blanks together, what stands behind "--" is for
 * init.
 *
 * Return: the value, without quotes around it, to be freed; NULL: not there.
 */
char *boot_line_value(const char *line, const char *name, unsigned int *nr)
{
	size_t len = strlen(name), bytes;
	const char *word, *end, *from;
	char *value = NULL;
	unsigned int found = 0;
	bool quoted;

	for (end = line; (end = next_word(end, &word));) {
		bytes = end - word;
		if (bytes == 2 && !memcmp(word, "--", 2))
			break;
		/* "name=a value" is quoted as a whole. */
		quoted = *word == '"';
		from = word + quoted;
		bytes -= quoted;
		if (bytes <= len || from[len] != '=' ||
		    !same_name(from, name, len))
			continue;
		from += len + 1;
		bytes -= len + 1;
		if (bytes && *from == '"') {
			quoted = true;
			from++;
			bytes--;
		}
		if (quoted && bytes && from[bytes - 1] == '"')
			bytes--;
		free(value);
		value = xasprintf("%.*s", (int)bytes, from);
		found++;
	}
	if (nr)
		*nr = found;
	return value;
}
