// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the lines of a log are like, seen as a whole: how they end, and whether
 * a mailer or a terminal has broken them. No single line shows that.
 */
#include <string.h>
#include "log/internal.h"

/* A run of NULs is what a crash leaves of a line, fewer are noise. */
#define NULS_END_LINE 4
/* A mailer breaks at the last blank that fits: not many characters before. */
#define MOST_ROOM 20
/* Narrower ones are no terminals, but lists of a few words. */
#define LEAST_COLUMNS 60
#define USUAL_COLUMNS 80

/**
 * log_line_len - the length of a line
 * @bytes: a log
 * @at: where the line begins
 *
 * Return: bytes of it, its end not counted.
 */
size_t log_line_len(const struct log_buffer *bytes, size_t at)
{
	size_t from = at;

	for (; at < bytes->len; at++) {
		char c = bytes->at[at];

		if (c == '\n' || c == '\r' ||
		    (!c && bytes->len - at >= NULS_END_LINE &&
		     !memcmp(bytes->at + at, "\0\0\0", NULS_END_LINE)))
			break;
	}
	return at - from;
}

static bool is_bare(struct log_buffer *clean, const char *text, size_t len)
{
	struct log_prefix prefix;

	log_buffer_clear(clean);
	log_clean(clean, text, len);
	log_prefix_read(&prefix, clean->at, clean->len);
	return !prefix.own && !prefix.kmsg;
}

/**
 * log_line_is_bare - does nothing stand before the kernel's text?
 * @text: a line of a file
 * @len: bytes of it
 */
bool log_line_is_bare(const char *text, size_t len)
{
	struct log_buffer clean = { 0 };
	bool bare = is_bare(&clean, text, len);

	log_buffer_free(&clean);
	return bare;
}

static bool ends_with(const char *text, size_t len, const char *with)
{
	size_t nr = strlen(with);

	return len >= nr && !memcmp(text + len - nr, with, nr);
}

/* "=20", "=0D", "=0A=" and "=" end lines of a mail that is quoted-printable. */
static bool ends_qp(const char *text, size_t len)
{
	return ends_with(text, len, "=") || ends_with(text, len, "=20") ||
	       ends_with(text, len, "=0D") || ends_with(text, len, "=0A");
}

/**
 * struct breaks - lines with nothing before their text, by what they follow
 * @full: a line of the longest, which a terminal may have broken
 * @blank: such a one, and a blank comes first: mailers leave none there
 * @other: one that is hardly shorter, which a mailer may have broken
 */
struct breaks {
	size_t full;
	size_t blank;
	size_t other;
};

/*
 * Terminals break lines at one column, whatever stands there. Mailers break
 * them at blanks, so that what they have broken is of many lengths.
 */
static bool by_terminal(const struct breaks *breaks, size_t longest)
{
	if (breaks->full <= 4 * breaks->other)
		return false;
	if (longest < USUAL_COLUMNS)
		return longest > LEAST_COLUMNS && breaks->blank;
	return longest == USUAL_COLUMNS || breaks->full > 2;
}

static void find_breaks(struct log_shape *shape, const struct log_buffer *bytes)
{
	size_t at, len, last = 0, own = 0, bare = 0;
	struct log_buffer clean = { 0 };
	struct breaks breaks = { 0 };

	for (at = 0; at < bytes->len; at += len + 1) {
		const char *text = bytes->at + at;

		len = log_line_len(bytes, at);
		if (!len)
			continue;
		if (!is_bare(&clean, text, len)) {
			own++;
		} else {
			bare++;
			breaks.full += last == shape->longest;
			breaks.blank += last == shape->longest && *text == ' ';
			breaks.other += last < shape->longest &&
					last + MOST_ROOM > shape->longest;
		}
		last = len;
	}
	log_buffer_free(&clean);
	shape->has_prefixes = own > bare / 4;
	shape->terminal = !shape->qp && shape->has_prefixes &&
			  by_terminal(&breaks, shape->longest);
}

/**
 * log_shape_find - see a log as a whole
 * @shape: the result
 * @bytes: the log
 */
void log_shape_find(struct log_shape *shape, const struct log_buffer *bytes)
{
	size_t at, len, lines = 0, encoded = 0, dollars = 0;

	*shape = (struct log_shape){
		.lf = memchr(bytes->at, '\n', bytes->len),
		.qp = memmem(bytes->at, bytes->len, "=3D", 3),
	};
	for (at = 0; at < bytes->len; at += len + 1) {
		len = log_line_len(bytes, at);
		if (len > shape->longest)
			shape->longest = len;
		lines += len > 0;
		encoded += ends_qp(bytes->at + at, len);
		dollars += ends_with(bytes->at + at, len, "$");
	}
	/* "maxcpus=20" ends a line too, but not many. */
	shape->qp |= encoded > 2 && encoded > lines / 20;
	shape->dollars = dollars > 2 && dollars > lines * 3 / 4;
	find_breaks(shape, bytes);
}
