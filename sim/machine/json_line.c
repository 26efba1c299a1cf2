// SPDX-License-Identifier: GPL-2.0-only
/*
 * On which line of a machine file something stands. jansson knows lines of
 * syntax errors only, so the text is looked through once more; that it is
 * JSON, jansson has found before.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/die.h"
#include "machine/json_value.h"

/* Where we are in the text. */
struct scan {
	const char *at;
	unsigned int line;
};

static char next(struct scan *scan)
{
	if (!*scan->at)
		return '\0';
	scan->line += *scan->at == '\n';
	return *scan->at++;
}

static void skip_blanks(struct scan *scan)
{
	while (*scan->at && strchr(" \t\r\n", *scan->at))
		next(scan);
}

/* From one quote to behind the other. */
static void skip_string(struct scan *scan)
{
	next(scan);
	while (*scan->at && *scan->at != '"')
		if (next(scan) == '\\')
			next(scan);
	next(scan);
}

/* Behind a value, whatever it holds, and blanks. */
static void skip_value(struct scan *scan)
{
	unsigned int depth = 0;

	do {
		if (*scan->at == '"') {
			skip_string(scan);
			continue;
		}
		if (*scan->at && strchr("[{", *scan->at))
			depth++;
		else if (*scan->at && strchr("]}", *scan->at))
			depth--;
		next(scan);
	} while (*scan->at && (depth || !strchr(",]} \t\r\n", *scan->at)));
	skip_blanks(scan);
}

/* From the beginning of an object to the value of @key. */
static bool find_key(struct scan *scan, const char *key)
{
	size_t len = strlen(key);

	if (next(scan) != '{')
		return false;
	skip_blanks(scan);
	while (*scan->at == '"') {
		bool found = !strncmp(scan->at + 1, key, len) &&
			     scan->at[len + 1] == '"';

		skip_string(scan);
		skip_blanks(scan);
		next(scan);
		skip_blanks(scan);
		if (found)
			return true;
		skip_value(scan);
		next(scan);
		skip_blanks(scan);
	}
	return false;
}

/* From the beginning of a list to its entry @index. */
static bool find_entry(struct scan *scan, size_t index)
{
	if (next(scan) != '[')
		return false;
	skip_blanks(scan);
	while (index--) {
		skip_value(scan);
		next(scan);
		skip_blanks(scan);
	}
	return *scan->at;
}

static char *read_text(const char *path)
{
	struct stat status;
	FILE *file = NULL;
	size_t len = 0;
	char *text = NULL;

	/* A pipe is empty by now. */
	if (!stat(path, &status) && S_ISREG(status.st_mode))
		file = fopen(path, "r");
	if (file && getdelim(&text, &len, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

/**
 * json_place_line - where an object or one of its values stands
 * @at: the object
 * @key: of the value, which may stand in the object's "costs"; NULL: the object
 *
 * Return: its line, the object's if it has no such value; 0 without the file.
 */
unsigned int json_place_line(const struct json_place *at, const char *key)
{
	char *text = read_text(at->path);
	struct scan object = { text, 1 }, value, cost;
	unsigned int line = 0;

	if (!text)
		return 0;
	skip_blanks(&object);
	if (!at->list ||
	    (find_key(&object, at->list) && find_entry(&object, at->index))) {
		line = object.line;
		value = cost = object;
		if (key && find_key(&value, key))
			line = value.line;
		else if (key && find_key(&cost, "costs") && find_key(&cost, key))
			line = cost.line;
	}
	free(text);
	return line;
}
