// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/json_value.h"

/* "nodes[3]: ", to be freed. */
static char *place_text(const struct json_place *at)
{
	return at->list ? xasprintf("%s[%zu]: ", at->list, at->index) :
			  xstrdup("");
}

/**
 * json_place_error - say what is wrong with an object or one of its values
 * @at: the object
 * @key: of the value; NULL: it is the object
 * @error: the error
 * @format: what is wrong and what would be right
 *
 * Return: -1.
 */
int json_place_error(const struct json_place *at, const char *key,
		     struct error *error, const char *format, ...)
{
	char *place = place_text(at);
	char *name = key ? xasprintf("\"%s\": ", key) : xstrdup("");
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	error_set(error, at->path, json_place_line(at, key), NULL, "%s%s%s",
		  place, name, text);
	free(place);
	free(name);
	free(text);
	return -1;
}

/* A value as the file has it, for messages; free() it. */
static char *value_text(const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
					       JSON_REAL_PRECISION(6));

	return text ? text : xstrdup("nothing");
}

static int unknown_key(const struct json_place *at, const char *key,
		       struct error *error)
{
	char *place = place_text(at);

	error_set(error, at->path, json_place_line(at, key), NULL,
		  "%sunknown key \"%s\"; check its spelling, or put it into \"notes\"",
		  place, key);
	free(place);
	return -1;
}

/**
 * json_place_keys - an object that has no unknown keys
 * @at: the object's place
 * @object: what should be one
 * @known: keys, then NULL
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int json_place_keys(const struct json_place *at, const json_t *object,
		    const char *const *known, struct error *error)
{
	const char *key;
	json_t *value;
	unsigned int i;

	if (!json_is_object(object))
		return json_place_error(at, NULL, error,
					"want an object in braces");
	json_object_foreach((json_t *)object, key, value) {
		for (i = 0; known[i] && strcmp(known[i], key); i++)
			;
		if (!known[i])
			return unknown_key(at, key, error);
	}
	return 0;
}

/**
 * json_place_number - a number within bounds
 * @at: the object that it belongs to
 * @key: its key there
 * @value: NULL is an error
 * @least: smallest
 * @most: largest
 * @number: the result
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int json_place_number(const struct json_place *at, const char *key,
		      const json_t *value, double least, double most,
		      double *number, struct error *error)
{
	char *text;

	*number = json_number_value(value);
	if (json_is_number(value) && *number >= least && *number <= most)
		return 0;
	text = value_text(value);
	json_place_error(at, key, error,
			 "%s: want a number from %.12g to %.12g", text, least,
			 most);
	free(text);
	return -1;
}

/**
 * json_place_count - a whole number within bounds
 * @at: the object that it belongs to
 * @key: its key there
 * @value: NULL is an error
 * @least: smallest
 * @most: largest
 * @count: the result
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int json_place_count(const struct json_place *at, const char *key,
		     const json_t *value, unsigned int least, unsigned int most,
		     unsigned int *count, struct error *error)
{
	double number;

	if (json_place_number(at, key, value, least, most, &number, error))
		return -1;
	if (number != floor(number))
		return json_place_error(at, key, error,
					"%g: want a whole number", number);
	*count = number;
	return 0;
}

/**
 * json_place_pages - an address or a size, as bytes in the file
 * @at: the object that it belongs to
 * @key: its key there
 * @value: NULL is an error
 * @page_shift: a page has 1 << page_shift bytes
 * @pages: the result
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int json_place_pages(const struct json_place *at, const char *key,
		     const json_t *value, unsigned int page_shift,
		     unsigned long *pages, struct error *error)
{
	unsigned long page = 1UL << page_shift;
	double bytes;

	if (json_place_number(at, key, value, 0, MACHINE_MAX_END, &bytes, error))
		return -1;
	if (fmod(bytes, page))
		return json_place_error(at, key, error,
					"%.0f: want a multiple of %lu", bytes,
					page);
	*pages = bytes / page;
	return 0;
}

/**
 * json_place_label - what a number rests on
 * @at: the object that it belongs to
 * @value: the label's name; NULL: nothing is said
 * @label: the result; nothing said is "default"
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int json_place_label(const struct json_place *at, const json_t *value,
		     enum machine_label *label, struct error *error)
{
	const char *text = json_string_value(value);
	unsigned int i;

	*label = MACHINE_DEFAULT;
	if (!value)
		return 0;
	for (i = 0; text && i < MACHINE_NR_LABELS; i++)
		if (!strcmp(machine_labels[i], text)) {
			*label = i;
			return 0;
		}
	return json_place_error(
		at, NULL, error,
		"label \"%s\": want measured, calibrated, datasheet, derived or default",
		text ? text : "");
}
