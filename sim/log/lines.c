// SPDX-License-Identifier: GPL-2.0-only
/* From bytes to records: lines are cut, cleaned, and told apart by boots. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/internal.h"
#include "log/lines.h"

/* Clocks of CPUs that are up differ by less. */
#define BACK_US 1000000
/* How often the name of a host may change to an older one and back. */
#define MOST_HOSTS 3
/* How often to look ahead; who has more of that is no log. */
#define MOST_LOOKS 64
/* And how far: a CPU that comes up says no more than that. */
#define MOST_AHEAD 16384

/**
 * struct log_reader - a log, and how far it is read
 * @name: for messages
 * @bytes: all of it
 * @at: where to go on in @bytes
 * @line: number of the line at @at
 * @shape: what its lines are like
 * @eol: where the line ends in which @at is
 * @budget: see struct log_source
 * @entry: the entry that @text is of
 * @in_entry: it is of one
 * @text: lines to be told apart, cleaned
 * @text_at: where to go on in @text
 * @text_end: end of the line at @text_at
 * @text_line: its number
 * @first: nothing of @text was read
 * @last_len: bytes of the line before
 * @last_blank: it ended with a blank
 * @kmsg: it was one of /dev/kmsg
 * @scratch: a line before it is cleaned
 * @row: a field of it
 * @out: text of a record
 * @last_out: of the one before
 * @boots: where one ends and the next begins
 * @back_at: up to there, time that is behind is known to come back
 * @nr_looks: how often that was looked for
 * @nr_broken: lines of JSON that are none
 * @first_broken: number of the first
 */
struct log_reader {
	char *name;
	struct log_buffer bytes;
	size_t at;
	unsigned int line;
	struct log_shape shape;
	size_t eol;
	size_t budget;
	struct log_entry entry;
	bool in_entry;
	struct log_buffer text;
	size_t text_at;
	size_t text_end;
	unsigned int text_line;
	bool first;
	size_t last_len;
	bool last_blank;
	bool kmsg;
	struct log_buffer scratch;
	struct log_buffer row;
	struct log_buffer out;
	struct log_buffer last_out;
	struct log_boots boots;
	size_t back_at;
	unsigned int nr_looks;
	unsigned int nr_broken;
	unsigned int first_broken;
};

/* Behind a line's end. */
static void step_line(struct log_reader *r, size_t len)
{
	const char *text = r->bytes.at;

	r->at += len;
	while (r->at < r->bytes.len && !text[r->at])
		r->at++;
	while (r->at < r->bytes.len && text[r->at] == '\r') {
		r->at++;
		r->line += !r->shape.lf;
	}
	if (r->at < r->bytes.len && text[r->at] == '\n') {
		r->at++;
		r->line++;
	}
}

static void begin(struct log_reader *r)
{
	log_shape_find(&r->shape, &r->bytes);
	r->budget = r->bytes.len + 65536;
	r->line = 1;
}

static struct log_reader *reader_new(const char *name)
{
	struct log_reader *r = xcalloc(1, sizeof(*r));

	r->name = xstrdup(name);
	log_buffer_clear(&r->text);
	log_buffer_clear(&r->out);
	return r;
}

/**
 * log_reader_open - begin to read a log
 * @path: the file; "-" is standard input
 * @error: why it cannot be read, or is no text
 *
 * Return: the reader; NULL with @error set.
 */
struct log_reader *log_reader_open(const char *path, struct error *error)
{
	struct log_reader *r = reader_new(strcmp(path, "-") ? path :
							      "standard input");

	if (log_bytes_read(&r->bytes, path, error)) {
		log_reader_close(r);
		return NULL;
	}
	begin(r);
	return r;
}

/**
 * log_reader_from - the same, from memory
 * @name: for messages
 * @bytes: the log
 * @len: how long it is
 * @error: why it is no text
 *
 * Return: the reader; NULL with @error set.
 */
struct log_reader *log_reader_from(const char *name, const void *bytes,
				   size_t len, struct error *error)
{
	struct log_reader *r = reader_new(name);

	log_buffer_add(&r->bytes, bytes, len);
	if (log_bytes_check(&r->bytes, name, error)) {
		log_reader_close(r);
		return NULL;
	}
	begin(r);
	return r;
}

static bool next_is_bare(struct log_reader *r)
{
	return r->at < r->bytes.len &&
	       log_line_is_bare(r->bytes.at + r->at,
				log_line_len(&r->bytes, r->at));
}

/* A line of a mail goes on behind an equals sign at its end. */
static void take_encoded(struct log_reader *r)
{
	struct log_buffer *line = &r->scratch;
	const char *text;
	size_t len, trimmed;
	bool soft, ended;

	do {
		text = r->bytes.at + r->at;
		len = log_line_len(&r->bytes, r->at);
		step_line(r, len);
		for (trimmed = len; trimmed && text[trimmed - 1] == ' ';)
			trimmed--;
		soft = trimmed && text[trimmed - 1] == '=';
		/* Some encode the line's end and break the line behind it. */
		ended = trimmed > 3 && !memcmp(text + trimmed - 4, "=0A=", 4);
		if (!log_is_qp(text, trimmed, r->shape.qp) ||
		    (soft && !ended && !next_is_bare(r))) {
			log_buffer_add(line, text, len);
			break;
		}
		log_qp_decode(line, text, soft ? trimmed : len);
	} while (soft && !ended);
}

/* One that a terminal broke goes on where it was broken. */
static void take_broken(struct log_reader *r)
{
	const char *text;
	size_t len;

	do {
		text = r->bytes.at + r->at;
		len = log_line_len(&r->bytes, r->at);
		step_line(r, len);
		log_buffer_add(&r->scratch, text, len);
	} while (len == r->shape.longest && next_is_bare(r));
}

static void take_line(struct log_reader *r)
{
	struct log_buffer *line = &r->scratch;

	if (line->len) {
		r->last_len = line->len;
		r->last_blank = line->at[line->len - 1] == ' ';
	}
	log_buffer_clear(line);
	if (r->shape.terminal)
		take_broken(r);
	else
		take_encoded(r);
}

/* An entry's text may be of several lines, or have come by mail. */
static void take_entry(struct log_reader *r)
{
	struct log_buffer *text = &r->scratch;
	const char *at, *end;

	log_buffer_clear(text);
	if (log_is_qp(r->entry.text.at, r->entry.text.len, false))
		log_qp_decode(text, r->entry.text.at, r->entry.text.len);
	else
		log_buffer_add(text, r->entry.text.at, r->entry.text.len);
	for (at = text->at; at < text->at + text->len; at = end + 1) {
		end = at + strcspn(at, "\r\n");
		log_clean(&r->text, at, end - at);
		log_buffer_add(&r->text, "\n", 1);
	}
	log_buffer_clear(text);
}

/* The next text to be told apart into records. Return: false at the end. */
static bool fill(struct log_reader *r)
{
	struct log_source source = {
		.at = r->bytes.at + r->at,
		.end = r->bytes.at + r->bytes.len,
		.budget = r->budget,
	};
	enum log_form form;
	const char *at;
	size_t used, i;

	if (r->at >= r->bytes.len)
		return false;
	r->text_line = r->line;
	r->text_at = r->text_end = 0;
	r->first = true;
	log_buffer_clear(&r->text);
	/* Many entries may stand on a line. */
	source.start = r->at >= r->eol;
	if (source.start) {
		at = memchr(source.at, '\n', r->bytes.len - r->at);
		r->eol = at ? (size_t)(at - r->bytes.at) : r->bytes.len;
	}
	source.eol = r->bytes.at + r->eol;
	form = log_entry_read(&r->entry, &source, &used);
	r->budget = source.budget;
	r->in_entry = form == LOG_FORM_ENTRY;
	if (form == LOG_FORM_LINE) {
		take_line(r);
		used = log_row_end(&r->shape, r->scratch.at, r->scratch.len);
		if (log_row_text(&r->row, r->scratch.at, used))
			log_clean(&r->text, r->row.at, r->row.len);
		else
			log_clean(&r->text, r->scratch.at, used);
		return true;
	}
	if (form == LOG_FORM_BROKEN && !r->nr_broken++)
		r->first_broken = r->line;
	for (i = 0, at = source.at; i < used; i++)
		r->line += at[i] == '\n' || (!r->shape.lf && at[i] == '\r');
	r->at += used;
	if (r->in_entry)
		take_entry(r);
	return true;
}

/* What /dev/kmsg writes as \x0a. */
static void decode_kmsg(struct log_buffer *text)
{
	char *to = text->at, *from = text->at, *end = text->at + text->len;
	unsigned int value;

	for (; from < end; to++) {
		if (*from == '\\' && end - from > 3 && from[1] == 'x' &&
		    isxdigit((unsigned char)from[2]) &&
		    isxdigit((unsigned char)from[3]) &&
		    sscanf(from + 2, "%2x", &value) == 1) {
			*to = value < ' ' ? ' ' : value;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	text->len = to - text->at;
}

/* " SUBSYSTEM=pci" below a line of /dev/kmsg */
static bool is_property(const char *text, size_t len)
{
	size_t i;

	for (i = 1;
	     i < len && (isupper((unsigned char)text[i]) || text[i] == '_');)
		i++;
	return len > 2 && *text == ' ' && i > 1 && i < len && text[i] == '=';
}

/* journalctl's line between two boots */
static bool is_mark(const char *text)
{
	return !strncmp(text, "-- Reboot --", 12) ||
	       !strncmp(text, "-- Boot ", 8);
}

static enum log_glue find_glue(const struct log_reader *r,
			       const struct log_prefix *prefix,
			       const char *text)
{
	size_t longest = r->shape.longest;

	if (prefix->own)
		return LOG_OWN;
	/* A piece of netconsole. */
	if (prefix->kmsg)
		return LOG_TIGHT;
	if (!r->first)
		return LOG_BLANK;
	/* A terminal, and no line shows where a record begins. */
	if (*text != ' ' && !r->last_blank && longest == 80 &&
	    r->last_len == longest)
		return LOG_TIGHT;
	/* Mailers break a line where the next word has no room. */
	if (r->shape.has_prefixes &&
	    r->last_len + 1 + strcspn(text, " \n") > longest)
		return LOG_WRAPPED;
	return LOG_BLANK;
}

/* One record out of @text. Return: false if nothing is there for us. */
static bool cut_record(struct log_reader *r, struct log_prefix *prefix,
		       enum log_glue *glue)
{
	const char *text = r->text.at + r->text_at;
	size_t at = 0, cut, len;

	/* Not looked for again: many records may stand on a line. */
	if (r->text_at >= r->text_end)
		r->text_end = r->text_at + strcspn(text, "\n");
	len = cut = r->text_end - r->text_at;
	*prefix = r->entry.prefix;
	if (!r->in_entry || r->entry.plain) {
		if (r->kmsg && is_property(text, len)) {
			r->text_at = r->text_end + 1;
			return false;
		}
		at = log_prefix_read(prefix, text, len);
		r->kmsg = prefix->kmsg;
		cut = at + log_prefix_find(prefix, text + at, len - at);
		/* Whatever is found: the reader goes on. */
		cut = cut ? cut : len;
	}
	*glue = find_glue(r, prefix, text);
	r->first = false;
	r->text_at = cut < len ? r->text_at + cut : r->text_end + 1;
	while (cut > at && text[cut - 1] == ' ')
		cut--;
	while (at < cut && text[at] == ' ')
		at++;
	log_buffer_clear(&r->out);
	log_buffer_add(&r->out, text + at, cut - at);
	if (prefix->kmsg)
		decode_kmsg(&r->out);
	return r->out.len && !prefix->foreign;
}

/* A console that is registered twice prints everything twice. */
static bool is_double(const struct log_reader *r,
		      const struct log_prefix *prefix)
{
	return prefix->timed && r->boots.timed &&
	       prefix->us == r->boots.last_us && r->last_out.at &&
	       !strcmp(r->out.at, r->last_out.at);
}

/* The next text into @out. Return: false at the end. */
static bool next_text(struct log_reader *r, struct log_prefix *prefix,
		      enum log_glue *glue)
{
	for (;;) {
		if (r->text_at >= r->text.len) {
			if (!fill(r))
				return false;
			continue;
		}
		if (!cut_record(r, prefix, glue))
			continue;
		if (!prefix->own && is_mark(r->out.at))
			r->boots.marked = true;
		else if (!is_double(r, prefix))
			return true;
	}
}

static void step_text(struct log_reader *r)
{
	struct log_buffer swap = r->last_out;

	r->last_out = r->out;
	r->out = swap;
}

static struct log_buffer copy_buffer(const struct log_buffer *from)
{
	struct log_buffer to = { 0 };

	log_buffer_add(&to, from->at ? from->at : "", from->len);
	return to;
}

static void free_texts(struct log_reader *r)
{
	log_buffer_free(&r->entry.text);
	log_buffer_free(&r->text);
	log_buffer_free(&r->scratch);
	log_buffer_free(&r->row);
	log_buffer_free(&r->out);
	log_buffer_free(&r->last_out);
}

/*
 * Time is far behind. A CPU that comes up says a few things by a clock of its
 * own, then time jumps back to where it was; in another boot, whose beginning
 * is lost, it goes on from here. Hence a look at what follows.
 */
static bool time_comes_back(struct log_reader *r, uint64_t us)
{
	uint64_t end_us = r->boots.end_us, low_us = us;
	struct log_reader ahead = *r;
	struct log_prefix prefix;
	unsigned int nr = 0;
	enum log_glue glue;
	bool back = false;

	if (r->at < r->back_at || r->nr_looks++ > MOST_LOOKS)
		return true;
	ahead.entry.text = copy_buffer(&r->entry.text);
	ahead.text = copy_buffer(&r->text);
	ahead.scratch = copy_buffer(&r->scratch);
	ahead.row = copy_buffer(&r->row);
	ahead.out = copy_buffer(&r->out);
	ahead.last_out = copy_buffer(&r->last_out);
	while (nr++ < MOST_AHEAD && next_text(&ahead, &prefix, &glue) &&
	       !ahead.boots.marked && !log_boots_first_words(ahead.out.at)) {
		if (prefix.timed && !prefix.us)
			break;
		if (prefix.timed && prefix.us + BACK_US >= end_us) {
			back = prefix.us - low_us > (end_us - us) / 2;
			break;
		}
		if (prefix.timed)
			low_us = prefix.us;
		step_text(&ahead);
	}
	if (back)
		r->back_at = ahead.at;
	free_texts(&ahead);
	return back;
}

/**
 * log_reader_next - the next record
 * @reader: the reader
 * @record: the result
 *
 * Return: false at the end.
 */
bool log_reader_next(struct log_reader *reader, struct log_record *record)
{
	struct log_reader *r = reader;
	struct log_prefix prefix;
	enum log_glue glue;
	bool back;

	if (!next_text(r, &prefix, &glue))
		return false;
	back = prefix.timed && r->boots.timed &&
	       prefix.us + BACK_US < r->boots.end_us &&
	       !time_comes_back(r, prefix.us);
	log_boots_enter(&r->boots, &prefix, r->out.at,
			r->in_entry ? r->entry.boot_id : "", back);
	*record = (struct log_record){
		.text = r->out.at,
		.line = r->text_line,
		.boot = r->boots.index,
		.priority = prefix.priority,
		.timed = prefix.timed,
		.us = prefix.timed ? prefix.us : 0,
		.glue = glue,
	};
	step_text(r);
	return true;
}

/**
 * log_reader_name - what to call it in messages
 * @reader: the reader
 */
const char *log_reader_name(const struct log_reader *reader)
{
	return reader->name;
}

/**
 * log_reader_broken - lines that begin like JSON and are none
 * @reader: the reader, at its end
 * @line: the first of them
 *
 * Return: how many.
 */
unsigned int log_reader_broken(const struct log_reader *reader,
			       unsigned int *line)
{
	*line = reader->first_broken;
	return reader->nr_broken;
}

/**
 * log_reader_backwards - does the newest message come first?
 * @reader: the reader, at its end
 */
bool log_reader_backwards(const struct log_reader *reader)
{
	return reader->boots.nr_down > 3 &&
	       reader->boots.nr_down > 2 * reader->boots.nr_up;
}

/**
 * log_reader_mixed - are there lines of several hosts, in turn?
 * @reader: the reader, at its end
 */
bool log_reader_mixed(const struct log_reader *reader)
{
	return reader->boots.nr_hosts > MOST_HOSTS;
}

/**
 * log_reader_close - the end of it
 * @reader: may be NULL
 */
void log_reader_close(struct log_reader *reader)
{
	if (!reader)
		return;
	log_buffer_free(&reader->bytes);
	free_texts(reader);
	free(reader->name);
	free(reader);
}
