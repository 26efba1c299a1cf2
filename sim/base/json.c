// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

/* Ten digits: a nanosecond in ten seconds, a page in 40 TiB. */
#define DIGITS 10

/**
 * json_text - a text as JSON
 * @text: any bytes; NULL: null
 *
 * Return: a string, U+FFFD for each byte that is not UTF-8.
 */
json_t *json_text(const char *text)
{
	char *utf8;
	json_t *json;

	if (!text)
		return json_null();
	utf8 = text_utf8(text);
	json = json_string(utf8);
	free(utf8);
	return json;
}

/**
 * json_value - a number as JSON
 * @value: any number
 *
 * Return: a number; null for what JSON has no word for, NAN and infinity.
 */
json_t *json_value(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/**
 * json_put - set a key, in objects within objects
 * @object: the outermost one
 * @path: keys with points between: "alloc.p50_ns" is p50_ns in alloc
 * @value: taken over
 */
void json_put(json_t *object, const char *path, json_t *value)
{
	const char *point;

	while ((point = strchr(path, '.'))) {
		char *key = xasprintf("%.*s", (int)(point - path), path);
		json_t *inner = json_object_get(object, key);

		if (!inner) {
			inner = json_object();
			json_object_set_new(object, key, inner);
		}
		free(key);
		object = inner;
		path = point + 1;
	}
	json_object_set_new(object, path, value);
}

/**
 * json_print - write it for programs and people
 * @root: what
 * @out: where
 */
void json_print(const json_t *root, FILE *out)
{
	json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
	fputc('\n', out);
}

/**
 * json_read - all of a file
 * @path: the file; "-" is standard input
 * @flags: of jansson
 * @error: why it cannot be read, or what is wrong with it
 *
 * Return: the root; NULL with @error set.
 */
json_t *json_read(const char *path, size_t flags, struct error *error)
{
	json_error_t syntax;
	json_t *root = NULL;
	size_t bytes;
	char *text = file_read(path, &bytes, error);
	size_t mark;

	if (!text)
		return NULL;
	/* Editors of other systems put one there. */
	mark = strncmp(text, "\xef\xbb\xbf", 3) ? 0 : 3;
	if (!text[mark + strspn(text + mark, " \t\r\n")])
		error_set(error, path, 0, NULL,
			  bytes && !*text ? "a zero byte; want JSON" :
					    "empty; want JSON");
	else
		root = json_loadb(text + mark, bytes - mark, flags, &syntax);
	if (!root && !error_is_set(error))
		error_set(error, path, syntax.line > 0 ? syntax.line : 0, NULL,
			  "%s", syntax.text);
	free(text);
	return root;
}
