// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records to facts. A message may stand on one line or be broken over several,
 * and a line may hold several messages: what matches the beginning of a
 * message and then ends is tried again with what follows.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"
#include "log/lines.h"

/* Into more pieces no message is broken. */
#define MOST_PIECES 8
#define MOST_BOOTS  65536

/**
 * struct builder - between two records
 * @log: gets the boots
 * @facts: of the boot that is being read
 * @part: a message whose end is missing
 * @part_line: where it begins
 * @pieces: lines that were added to it
 */
struct builder {
	struct log *log;
	struct facts facts;
	struct log_buffer part;
	unsigned int part_line;
	unsigned int pieces;
};

static const struct saying *const tables[] = {
	timing_sayings,
	memory_sayings,
	cpu_sayings,
	option_sayings,
};

/*
 * What a message at @text says. Return: behind it; NULL if it says nothing;
 * SAYING_GOES_ON if its end is missing, unless @final.
 */
static const char *take(struct facts *f, const char *text, bool final)
{
	const struct saying *saying;
	struct log_values values;
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (saying = tables[i]; saying->pattern; saying++) {
			const char *end = NULL;
			enum log_match match;

			if (*saying->pattern != *text &&
			    !(*saying->pattern == '%' &&
			      isdigit((unsigned char)*text)))
				continue;
			match = log_match(text, saying->pattern, &values);
			if (match == LOG_YES)
				end = saying->take(f, text, &values);
			else if (match == LOG_PART)
				end = SAYING_GOES_ON;
			if (end && (end != SAYING_GOES_ON || !final))
				return end;
		}
	return NULL;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/*
 * All that a text says. Return: NULL, or from where on it must be read again
 * once its end is there.
 */
static const char *scan(struct facts *f, const char *text, bool final)
{
	const char *at = text, *end;
	bool begins = true;

	while (*at) {
		end = begins ? take(f, at, final) : NULL;
		if (end == SAYING_GOES_ON)
			return at;
		/* Another may begin right behind it: "40msnode 1". */
		if (end) {
			at = end;
			continue;
		}
		begins = !in_word(*at++);
	}
	return NULL;
}

/* What was waited for does not come. */
static void drop_part(struct builder *b)
{
	unsigned int line = b->facts.line;

	if (!b->part.len)
		return;
	b->facts.line = b->part_line;
	scan(&b->facts, b->part.at, true);
	b->facts.line = line;
	log_buffer_clear(&b->part);
	b->pieces = 0;
}

/* Return: false if together they make no message. */
static bool add_piece(struct builder *b, const struct log_record *record)
{
	struct facts *f = &b->facts;
	bool tight = record->glue == LOG_TIGHT;
	size_t len = b->part.len;
	unsigned int i;

	if (b->pieces++ == MOST_PIECES)
		return false;
	f->line = b->part_line;
	/* With a blank or without: the wrong one matches nothing. */
	for (i = 0; i < 2; i++, tight = !tight) {
		const char *rest, *end;

		log_buffer_add(&b->part, " ", !tight);
		log_buffer_add(&b->part, record->text, strlen(record->text));
		end = take(f, b->part.at, false);
		if (end == SAYING_GOES_ON)
			return true;
		if (end && (size_t)(end - b->part.at) > len) {
			rest = scan(f, end, false);
			end = rest ? rest : "";
			memmove(b->part.at, end, strlen(end) + 1);
			b->part.len = strlen(b->part.at);
			b->part_line = record->line;
			b->pieces = 0;
			return true;
		}
		b->part.len = len;
		b->part.at[len] = '\0';
	}
	return false;
}

static void boot_free(struct log_boot *boot)
{
	unsigned int i;

	for (i = 0; i < boot->nr_timings; i++)
		free(boot->timings[i].strategy);
	for (i = 0; i < boot->nr_notes; i++)
		free(boot->notes[i].text);
	free(boot->release.text);
	free(boot->cmdline.text);
	free(boot->option.text);
	free(boot->hypervisor.text);
	free(boot->used.text);
	free(boot->why.text);
	free(boot->disturbed.text);
	free(boot->nodes);
	free(boot->ranges);
	free(boot->zones);
	free(boot->timings);
	free(boot->extents);
	free(boot->notes);
}

/* The boot is read. @last: so is the log. */
static void settle(struct builder *b, bool last)
{
	struct facts *f = &b->facts;
	struct log *log = b->log;
	unsigned int i;

	drop_part(b);
	if (f->any || (f->only_cmdline && last)) {
		options_settle(f);
		memory_settle(f);
		cpus_settle(f);
		timings_settle(f);
		log->boots = xrealloc(log->boots, log->nr_boots + 1,
				      sizeof(*log->boots));
		log->boots[log->nr_boots++] = f->boot;
	} else {
		boot_free(&f->boot);
	}
	free(f->ranges);
	for (i = 0; i < NR_CPU_SOURCES; i++)
		free(f->cpus[i].cpu);
	log_buffer_free(&f->cmdline);
	*f = (struct facts){ .list_nid = -1 };
}

static void read_record(struct builder *b, const struct log_record *record)
{
	struct facts *f = &b->facts;
	bool tight = record->glue == LOG_TIGHT;
	const char *rest;

	if (!f->boot.first_line)
		f->boot.first_line = record->line;
	f->boot.last_line = record->line;
	if (record->glue != LOG_OWN && b->part.len && add_piece(b, record))
		return;
	drop_part(b);
	f->line = record->line;
	if (record->glue == LOG_OWN)
		f->cmdline_open = f->version_open = false;
	if (f->version_open)
		version_goes_on(f, record->text);
	if (f->cmdline_open &&
	    (tight ||
	     cmdline_goes_on(f, record->text, record->glue == LOG_WRAPPED))) {
		cmdline_add(f, record->text, record->line, tight, true);
		return;
	}
	f->cmdline_open = false;
	if (cpus_go_on(f, record->text))
		return;
	options_hint(f, record->text);
	rest = scan(f, record->text, false);
	if (rest) {
		log_buffer_add(&b->part, rest, strlen(rest));
		b->part_line = record->line;
	}
}

static int read_all(struct log *log, struct log_reader *reader,
		    struct error *error)
{
	struct builder b = { .log = log, .facts.list_nid = -1 };
	struct log_record record;
	unsigned int boot = 0, nr, line;
	int err = 0;

	log->name = xstrdup(log_reader_name(reader));
	while (!err && log_reader_next(reader, &record)) {
		if (record.boot != boot)
			settle(&b, false);
		boot = record.boot;
		if (log->nr_boots == MOST_BOOTS)
			err = error_set(error, log->name, record.line, NULL,
					"more than %u boots; give fewer of them",
					MOST_BOOTS);
		read_record(&b, &record);
	}
	nr = log_reader_broken(reader, &line);
	if (nr)
		facts_note(&b.facts, LOG_ABOUT_FILE, line,
			   "%u lines begin like JSON and are none, the first is line %u; nothing of them is read",
			   nr, line);
	settle(&b, true);
	log_buffer_free(&b.part);
	if (!err && log_reader_backwards(reader))
		err = error_set(
			error, log->name, 0, NULL,
			"time runs backwards in it, from line to line; save it in order (journalctl without -r)");
	if (!err && log_reader_mixed(reader))
		err = error_set(
			error, log->name, 0, NULL,
			"lines of several hosts in turn; give those of one: grep ' HOST kernel'");
	log_reader_close(reader);
	return err;
}

/**
 * log_read - all that a kernel log says
 * @log: the result; log_free() it, whatever is returned
 * @path: the file; "-" is standard input
 * @error: why it cannot be read, or is no text
 *
 * Return: 0, also if no line is a kernel's: then there is no boot; or -1 with
 * @error set.
 */
int log_read(struct log *log, const char *path, struct error *error)
{
	struct log_reader *reader = log_reader_open(path, error);

	*log = (struct log){ 0 };
	return reader ? read_all(log, reader, error) : -1;
}

/**
 * log_parse - the same of what is in memory
 * @log: the result; log_free() it, whatever is returned
 * @name: for messages
 * @bytes: the log
 * @len: how long it is
 * @error: why it is no text
 *
 * Return: as log_read().
 */
int log_parse(struct log *log, const char *name, const void *bytes, size_t len,
	      struct error *error)
{
	struct log_reader *reader = log_reader_from(name, bytes, len, error);

	*log = (struct log){ 0 };
	return reader ? read_all(log, reader, error) : -1;
}

/**
 * log_free - forget it
 * @log: is { 0 } again
 */
void log_free(struct log *log)
{
	unsigned int i;

	for (i = 0; i < log->nr_boots; i++)
		boot_free(&log->boots[i]);
	free(log->boots);
	free(log->name);
	*log = (struct log){ 0 };
}
