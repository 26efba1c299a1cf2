// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages out of JSON: journalctl -o json, json-pretty, json-seq and json-sse,
 * dmesg --json, and what consoles of clouds and test labs are kept in. One
 * object at a time: a document that is cut short still gives what it has.
 */
#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include "log/internal.h"

/* jansson takes some twenty times what it reads. */
#define LONGEST_OBJECT (4UL << 20)
/* Lines of an object that a mailer may have broken. */
#define MOST_BROKEN 64

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	return at;
}

/* Behind { "key" :, or NULL. */
static const char *skip_key(const char *at, const char *end)
{
	at = skip_space(at + 1, end);
	if (at == end || *at != '"')
		return NULL;
	for (at++; at < end && *at != '"' && *at != '\n'; at++)
		if (*at == '\\')
			return NULL;
	if (at == end || *at != '"')
		return NULL;
	at = skip_space(at + 1, end);
	return at < end && *at == ':' ? skip_space(at + 1, end) : NULL;
}

/* Is it a list of objects? Its first one, or NULL. */
static const char *skip_list(const char *at, const char *end)
{
	if (at == end || *at != '[')
		return NULL;
	at = skip_space(at + 1, end);
	return at < end && *at == '{' && skip_key(at, end) ? at : NULL;
}

/* journalctl has a list of numbers where a text is not UTF-8. */
static void add_bytes(struct log_buffer *out, const json_t *list)
{
	size_t i, nr = json_array_size(list);

	for (i = 0; i < nr; i++) {
		json_t *value = json_array_get(list, i);
		char c = json_integer_value(value);

		if (json_is_integer(value))
			log_buffer_add(out, &c, 1);
	}
}

static void journal_field(struct log_entry *entry, const char *name,
			  const json_t *value)
{
	struct log_buffer bytes = { 0 };
	size_t i;

	if (json_is_string(value)) {
		log_entry_field(entry, name, strlen(name),
				json_string_value(value),
				json_string_length(value));
	} else if (json_is_array(value) &&
		   json_is_integer(json_array_get(value, 0))) {
		log_buffer_clear(&bytes);
		add_bytes(&bytes, value);
		log_entry_field(entry, name, strlen(name), bytes.at, bytes.len);
		log_buffer_free(&bytes);
	} else if (json_is_array(value)) {
		/* A field that was given several times. */
		for (i = 0; i < json_array_size(value); i++)
			if (!json_is_array(json_array_get(value, i)) ||
			    json_is_integer(
				    json_array_get(json_array_get(value, i), 0)))
				journal_field(entry, name,
					      json_array_get(value, i));
	}
}

static const char *const journal_names[] = {
	"MESSAGE",
	"PRIORITY",
	"_TRANSPORT",
	"SYSLOG_IDENTIFIER",
	"_BOOT_ID",
	"_SOURCE_MONOTONIC_TIMESTAMP",
	"__MONOTONIC_TIMESTAMP",
};

static enum log_form read_journal(struct log_entry *entry, json_t *object)
{
	size_t i;

	for (i = 0; i < sizeof(journal_names) / sizeof(*journal_names); i++)
		journal_field(entry, journal_names[i],
			      json_object_get(object, journal_names[i]));
	return log_entry_form(entry);
}

/* dmesg --json: "pri" holds the facility too, or with -x the level's name. */
static void read_dmesg(struct log_entry *entry, json_t *object)
{
	json_t *time = json_object_get(object, "time");
	json_t *priority = json_object_get(object, "pri");

	if (json_is_number(time) && json_number_value(time) >= 0 &&
	    json_number_value(time) < 1e12) {
		entry->prefix.timed = true;
		entry->prefix.us = json_number_value(time) * 1e6 + .5;
	}
	if (json_is_integer(priority))
		entry->prefix.priority = json_integer_value(priority) & 7;
	/* Of others that call it so, the text is a line of a console. */
	entry->plain = !time && !priority;
}

static const char *const text_names[] = {
	"msg", "message", "log", "Output", "contents", "line", "data", "text",
};

static enum log_form read_object(struct log_entry *entry, json_t *object)
{
	size_t i;

	if (json_object_get(object, "MESSAGE"))
		return read_journal(entry, object);
	for (i = 0; i < sizeof(text_names) / sizeof(*text_names); i++) {
		json_t *text = json_object_get(object, text_names[i]);

		if (!json_is_string(text))
			continue;
		log_buffer_add(&entry->text, json_string_value(text),
			       json_string_length(text));
		entry->has_text = true;
		entry->plain = true;
		if (!i)
			read_dmesg(entry, object);
		return LOG_FORM_ENTRY;
	}
	return LOG_FORM_SKIP;
}

/* Line ends that a mailer has put into it stand for blanks. */
static json_t *load_broken(struct log_source *source, const char *at,
			   const char **behind)
{
	struct log_buffer line = { 0 };
	json_t *object = NULL;
	const char *p = at;
	unsigned int i;

	/* If it is none after all, it is a line. */
	*behind = source->eol;
	for (i = 0; !object && i < MOST_BROKEN && p < source->end; i++) {
		const char *stop = memchr(p, '\n', source->end - p);
		json_error_t error;

		stop = stop ? stop : source->end;
		while (i && p < stop && strchr("> ", *p))
			p++;
		if (i)
			log_buffer_add(&line, " ", 1);
		log_buffer_add(&line, p, stop - p);
		while (line.len && strchr("\r ", line.at[line.len - 1]))
			line.at[--line.len] = '\0';
		p = stop + (stop < source->end);
		if (line.len > source->budget)
			break;
		object = json_loadb(line.at, line.len, 0, &error);
		if (object)
			*behind = p;
		else
			source->budget -= line.len;
	}
	log_buffer_free(&line);
	return object;
}

static json_t *load(struct log_source *source, const char *at,
		    const char **behind)
{
	size_t len = source->end - at;
	json_error_t error;
	json_t *object;

	if (len > LONGEST_OBJECT)
		len = LONGEST_OBJECT;
	if (len > source->budget)
		len = source->budget;
	object = json_loadb(at, len, JSON_DISABLE_EOF_CHECK, &error);
	*behind = at + error.position;
	if (object)
		return object;
	if (source->budget < (size_t)error.position)
		source->budget = 0;
	else
		source->budget -= error.position;
	return load_broken(source, at, behind);
}

/* To the beginning of a list or of an object, or NULL. */
static const char *find_start(const char *text, const char *end)
{
	const char *at = text;

	while (at < end && strchr(" \t\x1e,", *at) && *at)
		at++;
	if (end - at > 5 && !memcmp(at, "data:", 5))
		at += 5;
	else if (end - at > 2 && !memcmp(at, "- ", 2))
		at += 2;
	while (at < end && *at == ' ')
		at++;
	return at < end && (*at == '{' || *at == '[') ? at : NULL;
}

/**
 * log_json_read - a message out of JSON, if that is what stands there
 * @entry: the result, cleared
 * @source: from the beginning of a line on, or behind an object
 * @used: how many bytes of it were read; 0 for an ordinary line
 *
 * Return: what it is.
 */
enum log_form log_json_read(struct log_entry *entry, struct log_source *source,
			    size_t *used)
{
	const char *text = source->at, *end = source->end, *at, *inner;
	enum log_form form;
	json_t *object;

	*used = 0;
	at = find_start(text, end);
	if (!at)
		return LOG_FORM_LINE;
	inner = *at == '{' ? skip_key(at, end) : at;
	if (!inner)
		return LOG_FORM_LINE;
	inner = skip_list(inner, end);
	if (inner) {
		*used = inner - text;
		return LOG_FORM_SKIP;
	}
	if (*at == '[')
		return LOG_FORM_LINE;
	object = load(source, at, &at);
	if (!object) {
		*used = at - text;
		return LOG_FORM_BROKEN;
	}
	form = read_object(entry, object);
	json_decref(object);
	while (at < end && strchr(" \t\r,]}", *at) && *at)
		at++;
	*used = at - text;
	return form;
}
