/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LOG_INTERNAL_H
#define SIM_LOG_INTERNAL_H

/* What the files of this room share, and nobody else. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

/**
 * struct log_buffer - a text that grows
 * @at: NULL while nothing was ever added; else ends with a NUL
 * @len: bytes, the NUL not counted
 * @room: bytes there is room for
 */
struct log_buffer {
	char *at;
	size_t len;
	size_t room;
};

void log_buffer_add(struct log_buffer *buffer, const char *text, size_t len);
void log_buffer_clear(struct log_buffer *buffer);
void log_buffer_free(struct log_buffer *buffer);

/* bytes.c: a whole file, refused if it is no text. */
int log_bytes_read(struct log_buffer *bytes, const char *path,
		   struct error *error);
int log_bytes_check(struct log_buffer *bytes, const char *name,
		    struct error *error);

unsigned int log_utf8_bytes(const char *text, size_t len);

/* clean.c: what stands between the kernel's text and the file. */
void log_clean(struct log_buffer *out, const char *text, size_t len);
bool log_is_qp(const char *text, size_t len, bool sure);
void log_qp_decode(struct log_buffer *out, const char *text, size_t len);

/*
 * times.c: behind what begins at @at, NULL if it does not. @strict: as printk()
 * writes it, which no message looks like.
 */
const char *log_skip_blanks(const char *at, const char *end);
const char *log_skip_digits(const char *at, const char *end);
bool log_number(const char **at, const char *end, uint64_t *value);
const char *log_kernel_time(const char *at, const char *end, bool strict,
			    uint64_t *us);
const char *log_time_step(const char *at, const char *end);
const char *log_caller(const char *at, const char *end);
const char *log_wall_bracket(const char *at, const char *end);
const char *log_numeric_date(const char *at, const char *end);
const char *log_wall_time(const char *at, const char *end);
const char *log_unix_time(const char *at, const char *end);

/**
 * struct log_prefix - what stands before a kernel's text
 * @own: anything does: the line is the first of its record
 * @wall: a time of day does, as syslog and journalctl write it
 * @kmsg: that of /dev/kmsg does
 * @foreign: it is another program's line
 * @timed: @us is known
 * @us: since the kernel started
 * @priority: 0 to 7, -1 if not known
 * @host: who said it, as a number; 0: not said
 */
struct log_prefix {
	bool own;
	bool wall;
	bool kmsg;
	bool foreign;
	bool timed;
	uint64_t us;
	int priority;
	uint32_t host;
};

/**
 * struct log_shape - what the lines of a log are like
 * @lf: they end with a line feed, not with a mere carriage return
 * @qp: those of a mail that is quoted-printable are among them
 * @dollars: each shows its end with a dollar sign
 * @has_prefixes: most have a time, a level or a host before them
 * @terminal: a terminal has broken those of @longest
 * @longest: bytes of the longest
 */
struct log_shape {
	bool lf;
	bool qp;
	bool dollars;
	bool has_prefixes;
	bool terminal;
	size_t longest;
};

/* shape.c */
size_t log_line_len(const struct log_buffer *bytes, size_t at);
bool log_line_is_bare(const char *text, size_t len);
void log_shape_find(struct log_shape *shape, const struct log_buffer *bytes);

/* rows.c */
size_t log_row_end(const struct log_shape *shape, const char *text, size_t len);
bool log_row_text(struct log_buffer *out, const char *text, size_t len);

/* prefix.c */
size_t log_prefix_read(struct log_prefix *prefix, const char *text, size_t len);
size_t log_prefix_find(const struct log_prefix *prefix, const char *text,
		       size_t len);

/**
 * struct log_entry - one message out of a file that has fields
 * @text: its text; may hold line ends
 * @prefix: time and priority
 * @boot_id: of journald; "" if not known
 * @has_text: there is one
 * @plain: @text is a console's output, with prefixes of its own
 * @source_time: @prefix.us is the kernel's own time
 * @kernel: somebody said that it is the kernel's
 */
struct log_entry {
	struct log_buffer text;
	struct log_prefix prefix;
	char boot_id[40];
	bool has_text;
	bool plain;
	bool source_time;
	bool kernel;
};

/**
 * struct log_boots - the boot that a log is in
 * @index: of the boot
 * @any: it has a record
 * @version: it has said which Linux it is
 * @timed: one of its records has a time
 * @fresh: all of them are from before that, or may be
 * @marked: journalctl has drawn a line below it
 * @last_us: time of its last record that has one
 * @end_us: the largest time
 * @nr_up: how often time went on, in all boots
 * @nr_down: how often back
 * @host: that its last record named; 0: none did
 * @host_before: another one that records named before
 * @nr_hosts: how often it went on with that one, in all boots
 * @id: of journald; "" if not known
 */
struct log_boots {
	unsigned int index;
	bool any;
	bool version;
	bool timed;
	bool fresh;
	bool marked;
	uint64_t last_us;
	uint64_t end_us;
	unsigned long nr_up;
	unsigned long nr_down;
	uint32_t host;
	uint32_t host_before;
	unsigned long nr_hosts;
	char id[40];
};

/* boots.c; @id: shorter than there is room for */
void log_boots_enter(struct log_boots *boots, const struct log_prefix *prefix,
		     const char *text, const char *id, bool back);
bool log_boots_first_words(const char *text);

/**
 * enum log_form - what log_entry_read() found
 * @LOG_FORM_LINE: nothing that has fields: an ordinary line
 * @LOG_FORM_ENTRY: an entry
 * @LOG_FORM_SKIP: fields, but no message of the kernel
 * @LOG_FORM_BROKEN: JSON that ends too early or has no form
 */
enum log_form {
	LOG_FORM_LINE,
	LOG_FORM_ENTRY,
	LOG_FORM_SKIP,
	LOG_FORM_BROKEN,
};

/**
 * struct log_source - where an entry is looked for
 * @at: there; a NUL stands behind all of it
 * @eol: end of the line
 * @end: end of the log
 * @start: @at is where a line begins
 * @budget: bytes of JSON that may still be read in vain: a log that begins many
 *	long objects and ends none would take for ever otherwise
 */
struct log_source {
	const char *at;
	const char *eol;
	const char *end;
	bool start;
	size_t budget;
};

/* entry.c, json.c; @used: bytes that were read, 0 of an ordinary line */
enum log_form log_entry_read(struct log_entry *entry, struct log_source *source,
			     size_t *used);
enum log_form log_json_read(struct log_entry *entry, struct log_source *source,
			    size_t *used);
/* fields.c */
bool log_entry_number(const char *text, size_t len, int base, uint64_t *value);
enum log_form log_entry_form(const struct log_entry *entry);
void log_entry_field(struct log_entry *entry, const char *name, size_t name_len,
		     const char *value, size_t len);
void log_entry_clear(struct log_entry *entry);

#endif /* SIM_LOG_INTERNAL_H */
