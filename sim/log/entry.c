// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages out of files that have fields: journalctl's export and verbose
 * forms here, JSON in json.c.
 */
#include <string.h>
#include "log/internal.h"

static bool is(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && !memcmp(text, name, len);
}

static uint64_t le64(const char *text)
{
	const unsigned char *at = (const void *)text;
	uint64_t value = 0;
	int i;

	for (i = 7; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

/*
 * journalctl -o export: NAME=VALUE lines up to an empty one; a value that is
 * no plain text stands in lines of its own, behind its length.
 */
static enum log_form export_read(struct log_entry *entry, const char *text,
				 size_t len, size_t *used)
{
	const char *at = text, *end = text + len;

	while (at < end) {
		const char *eol = memchr(at, '\n', end - at);
		const char *stop = eol ? eol : end, *equals;

		if (stop > at && stop[-1] == '\r')
			stop--;
		if (stop == at) {
			at = eol ? eol + 1 : end;
			break;
		}
		equals = memchr(at, '=', stop - at);
		if (equals) {
			log_entry_field(entry, at, equals - at, equals + 1,
					stop - equals - 1);
		} else if (eol && end - eol > 8 &&
			   le64(eol + 1) <= (uint64_t)(end - eol - 9)) {
			log_entry_field(entry, at, stop - at, eol + 9,
					le64(eol + 1));
			eol += 8 + le64(eol + 1);
			if (eol + 1 < end && eol[1] == '\n')
				eol++;
		}
		at = eol ? eol + 1 : end;
	}
	*used = at - text;
	return log_entry_form(entry);
}

/* "Tue 2024-01-02 03:04:05.123456 UTC [s=...;i=1;b=ID;m=HEX;t=...;x=...]" */
static bool verbose_head(struct log_entry *entry, const char *at,
			 const char *end)
{
	const char *p = memmem(at, end - at, " [s=", 4);
	uint64_t us;

	if (!p || end[-1] != ']')
		return false;
	for (p += 2; p < end; p++) {
		const char *stop = p + strcspn(p, ";]\n");

		if (!memcmp(p, "b=", 2))
			log_entry_field(entry, "_BOOT_ID", 8, p + 2,
					stop - p - 2);
		if (!memcmp(p, "m=", 2) &&
		    log_entry_number(p + 2, stop - p - 2, 16, &us)) {
			entry->prefix.us = us;
			entry->prefix.timed = true;
		}
		p = stop;
	}
	return true;
}

static enum log_form verbose_read(struct log_entry *entry, const char *text,
				  size_t len, const char *head_end,
				  size_t *used)
{
	const char *at = head_end, *end = text + len;
	bool message = false;

	while (at < end) {
		const char *eol = memchr(at, '\n', end - at);
		const char *stop = eol ? eol : end, *equals, *name;

		if (stop > at && stop[-1] == '\r')
			stop--;
		name = at + strspn(at, " \t");
		if (name == at)
			break;
		equals = memchr(at, '=', stop - at);
		if (name - at == 4 && equals) {
			message = is(name, equals - name, "MESSAGE");
			log_entry_field(entry, name, equals - name, equals + 1,
					stop - equals - 1);
		} else if (message && name < stop) {
			/* A text of several lines stands below its first. */
			log_entry_field(entry, "MESSAGE", 7, name, stop - name);
		}
		at = eol ? eol + 1 : end;
	}
	*used = at - text;
	return log_entry_form(entry);
}

/**
 * log_entry_read - a message out of fields, if that is what stands there
 * @entry: the result
 * @source: from where on
 * @used: how many bytes of it were read; 0 for an ordinary line
 *
 * Return: what it is.
 */
enum log_form log_entry_read(struct log_entry *entry, struct log_source *source,
			     size_t *used)
{
	const char *at = source->at, *stop = source->eol;
	size_t len = source->end - at;

	*used = 0;
	log_entry_clear(entry);
	if (source->start && len > 9 && !memcmp(at, "__CURSOR=", 9))
		return export_read(entry, at, len, used);
	if (stop > at && stop[-1] == '\r')
		stop--;
	if (source->start && stop > at && verbose_head(entry, at, stop))
		return verbose_read(entry, at, len,
				    source->eol + (source->eol < source->end),
				    used);
	return log_json_read(entry, source, used);
}
