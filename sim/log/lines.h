/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LOG_LINES_H
#define SIM_LOG_LINES_H

/*
 * A kernel log as people save it, one record at a time: what was a line of the
 * kernel, without what the way here has put around it.
 *
 *	serial console, dmesg, journalctl, syslog, a mail, a web page
 *	    |  bytes.c   a text? UTF-8
 *	    |  shape.c   how its lines end, and who has broken them
 *	    |  entry.c   journalctl's and dmesg's forms with fields
 *	    |  clean.c   colours, entities, quotes, soft line ends
 *	    |  prefix.c  times, levels, hosts
 *	    v
 *	struct log_record  ->  boot.h, which knows what the texts mean
 *
 * Nothing has a limit but the whole: 256 MiB.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"

/**
 * enum log_glue - is a record a record?
 * @LOG_OWN: it has a time, a level or a host before it: its text begins here
 * @LOG_BLANK: nothing stands before it. Where others have something, it may be
 *	the rest of the one before: a mailer broke the line at a blank
 * @LOG_WRAPPED: the same, and it had no room there
 * @LOG_TIGHT: the same, and the line was broken where a terminal ended
 */
enum log_glue {
	LOG_OWN,
	LOG_BLANK,
	LOG_WRAPPED,
	LOG_TIGHT,
};

/**
 * struct log_record - one message
 * @text: without blanks at either end; never empty; until the next call
 * @line: of the file, from 1
 * @boot: from 0
 * @priority: 0 to 7, -1 if not known
 * @timed: @us is known
 * @us: since the kernel started
 * @glue: how it hangs together with the one before
 */
struct log_record {
	const char *text;
	unsigned int line;
	unsigned int boot;
	int priority;
	bool timed;
	uint64_t us;
	enum log_glue glue;
};

struct log_reader;

char *log_read_text(const char *path, size_t *len, struct error *error);
struct log_reader *log_reader_open(const char *path, struct error *error);
struct log_reader *log_reader_from(const char *name, const void *bytes,
				   size_t len, struct error *error);
bool log_reader_next(struct log_reader *reader, struct log_record *record);
const char *log_reader_name(const struct log_reader *reader);
unsigned int log_reader_broken(const struct log_reader *reader,
			       unsigned int *line);
bool log_reader_backwards(const struct log_reader *reader);
bool log_reader_mixed(const struct log_reader *reader);
void log_reader_close(struct log_reader *reader);

#endif /* SIM_LOG_LINES_H */
