// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
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
