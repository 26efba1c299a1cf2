// SPDX-License-Identifier: GPL-2.0-only
/* Fields of journald, whatever form they come in. */
#include <stdlib.h>
#include <string.h>
#include "log/internal.h"

static bool is(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && !memcmp(text, name, len);
}

/**
 * log_entry_number - a number in a field
 * @text: all of it
 * @len: bytes of it
 * @base: 10 or 16
 * @value: the number
 *
 * Return: false if it is none.
 */
bool log_entry_number(const char *text, size_t len, int base, uint64_t *value)
{
	char copy[24], *end;

	if (!len || len >= sizeof(copy) || strchr("+- ", *text))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*value = strtoull(copy, &end, base);
	return !*end;
}

/**
 * log_entry_clear - before the next entry
 * @entry: keeps its memory
 */
void log_entry_clear(struct log_entry *entry)
{
	struct log_buffer text = entry->text;

	log_buffer_clear(&text);
	*entry = (struct log_entry){
		.text = text, .prefix = { .own = true, .priority = -1 }
	};
}

/**
 * log_entry_field - a field of journald's
 * @entry: takes what it can use
 * @name: of the field
 * @name_len: bytes of it
 * @value: of the field
 * @len: bytes of it
 */
void log_entry_field(struct log_entry *entry, const char *name, size_t name_len,
		     const char *value, size_t len)
{
	uint64_t number;

	if (is(name, name_len, "MESSAGE")) {
		if (entry->has_text)
			log_buffer_add(&entry->text, "\n", 1);
		log_buffer_add(&entry->text, value, len);
		entry->has_text = true;
	} else if (is(name, name_len, "PRIORITY")) {
		if (log_entry_number(value, len, 10, &number))
			entry->prefix.priority = number & 7;
	} else if (is(name, name_len, "_SOURCE_MONOTONIC_TIMESTAMP")) {
		if (log_entry_number(value, len, 10, &number)) {
			entry->prefix.us = number;
			entry->prefix.timed = true;
			entry->source_time = true;
		}
	} else if (is(name, name_len, "__MONOTONIC_TIMESTAMP")) {
		if (!entry->source_time &&
		    log_entry_number(value, len, 10, &number)) {
			entry->prefix.us = number;
			entry->prefix.timed = true;
		}
	} else if (is(name, name_len, "_TRANSPORT") ||
		   is(name, name_len, "SYSLOG_IDENTIFIER")) {
		if (is(value, len, "kernel"))
			entry->kernel = true;
		else
			entry->prefix.foreign = true;
	} else if (is(name, name_len, "_BOOT_ID") &&
		   len < sizeof(entry->boot_id)) {
		memcpy(entry->boot_id, value, len);
		entry->boot_id[len] = '\0';
	}
}

/**
 * log_entry_form - is it a message of the kernel's?
 * @entry: with all its fields
 *
 * Return: LOG_FORM_ENTRY or LOG_FORM_SKIP.
 */
enum log_form log_entry_form(const struct log_entry *entry)
{
	if (!entry->has_text || (entry->prefix.foreign && !entry->kernel))
		return LOG_FORM_SKIP;
	return LOG_FORM_ENTRY;
}
