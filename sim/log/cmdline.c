// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel command line, split as the kernel does (lib/cmdline.c and
 * kernel/params.c): blanks part tokens unless they stand in double quotes, '-'
 * and '_' in a key are the same, what follows "--" is for init.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/boot.h"

static bool same_key(const char *token, size_t len, const char *key)
{
	size_t i;

	if (len != strlen(key))
		return false;
	for (i = 0; i < len; i++)
		if ((token[i] == '-' ? '_' : token[i]) != key[i])
			return false;
	return true;
}

/* The next token. Return: behind it, NULL at the end. */
static const char *next_token(const char *at, const char **token, size_t *len)
{
	bool quoted = false;

	while (isspace((unsigned char)*at))
		at++;
	if (!*at)
		return NULL;
	*token = at;
	for (; *at && (quoted || !isspace((unsigned char)*at)); at++)
		if (*at == '"')
			quoted = !quoted;
	*len = at - *token;
	if (*len >= 2 && **token == '"') {
		++*token;
		*len -= 1 + (at[-1] == '"');
	}
	return at;
}

static char *value_of(const char *equals, const char *end)
{
	const char *from = equals + 1;

	if (end - from >= 1 && *from == '"') {
		from++;
		if (end > from && end[-1] == '"')
			end--;
	}
	return xasprintf("%.*s", (int)(end - from), from);
}

/**
 * log_cmdline_last - the value of an option that may be given several times
 * @cmdline: a kernel command line
 * @key: the option, with '_' where '-' is as good
 * @nr: how often it is given; may be NULL
 *
 * The kernel takes the last one.
 *
 * Return: the value, to be freed, "" if there is none; NULL: not given.
 */
char *log_cmdline_last(const char *cmdline, const char *key, unsigned int *nr)
{
	const char *at = cmdline, *token, *equals;
	unsigned int found = 0;
	char *value = NULL;
	size_t len;

	while ((at = next_token(at, &token, &len))) {
		if (len == 2 && !memcmp(token, "--", 2))
			break;
		equals = memchr(token, '=', len);
		if (!same_key(token, equals ? (size_t)(equals - token) : len,
			      key))
			continue;
		free(value);
		value = equals ? value_of(equals, token + len) : xstrdup("");
		found++;
	}
	if (nr)
		*nr = found;
	return value;
}

/**
 * log_cmdline_switch - is a switch on?
 * @cmdline: a kernel command line
 * @key: the switch
 *
 * Return: as kstrtobool() has it; false if it is not given.
 */
bool log_cmdline_switch(const char *cmdline, const char *key)
{
	char *value = log_cmdline_last(cmdline, key, NULL);
	bool on = value && (strchr("yYtT1", *value ? *value : 'n') ||
			    !strcasecmp(value, "on"));

	free(value);
	return on;
}
