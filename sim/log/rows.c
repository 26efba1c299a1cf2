// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel's line as a program shows it that marks where lines end, or as a
 * field of a row, as log servers give them out.
 */
#include <string.h>
#include "log/internal.h"

#define MOST_FIELDS 64

/**
 * log_row_end - where a line ends that shows its end: "^M$" of cat -A
 * @shape: of the log
 * @text: the line
 * @len: bytes of it
 *
 * Return: bytes of what it shows.
 */
size_t log_row_end(const struct log_shape *shape, const char *text, size_t len)
{
	if (shape->dollars && len && text[len - 1] == '$')
		len--;
	while (len > 1 && !memcmp(text + len - 2, "^M", 2))
		len -= 2;
	return len;
}

/* Behind a quoted field at @at, its quotes undone; NULL if it is none. */
static const char *read_field(struct log_buffer *field, const char *at,
			      const char *end)
{
	if (at == end || *at != '"')
		return NULL;
	log_buffer_clear(field);
	for (at++; at < end; at++) {
		if (*at == '"' && (at + 1 == end || at[1] != '"'))
			return at + 1;
		at += *at == '"';
		log_buffer_add(field, at, 1);
	}
	return NULL;
}

static bool has_time(const struct log_buffer *field)
{
	struct log_prefix prefix;

	log_prefix_read(&prefix, field->at, field->len);
	return prefix.timed;
}

/**
 * log_row_text - the kernel's text in a row of quoted fields
 * @out: the text: of the field that begins with the kernel's time, else of the
 *	last one
 * @text: a line
 * @len: bytes of it
 *
 * Return: false if it is no such row.
 */
bool log_row_text(struct log_buffer *out, const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	struct log_buffer field = { 0 };
	unsigned int nr = 0;
	bool timed = false;

	while (end > at && (end[-1] == ' ' || end[-1] == ','))
		end--;
	while (nr++ < MOST_FIELDS && (at = read_field(&field, at, end))) {
		if (!timed) {
			log_buffer_clear(out);
			log_buffer_add(out, field.at, field.len);
			timed = has_time(&field);
		}
		if (at == end || *at != ',')
			break;
		at++;
	}
	log_buffer_free(&field);
	return at == end && nr > 1;
}
