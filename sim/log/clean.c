// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a line of a file to the text that the kernel wrote: what terminals,
 * mailers and web pages have put in between is taken out.
 */
#include <ctype.h>
#include <string.h>
#include "log/internal.h"

#define LONGEST_TAG 256

static bool starts(const char *text, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - text) >= len && !memcmp(text, with, len);
}

/* Behind a control sequence whose introducer ends before @at. */
static const char *skip_csi(const char *at, const char *end)
{
	while (at < end && (unsigned char)*at >= 0x20 &&
	       (unsigned char)*at < 0x40)
		at++;
	return at < end ? at + 1 : at;
}

/* Behind what begins with ESC; @at is behind that. */
static const char *skip_escape(const char *at, const char *end)
{
	if (at == end)
		return at;
	if (*at == '[')
		return skip_csi(at + 1, end);
	/* Titles and the like, up to BEL or ESC \; noise has no end. */
	if (strchr("]P_^X", *at)) {
		const char *p = at + 1;

		while (p < end && p - at < LONGEST_TAG && *p != '\a' &&
		       *p != '\x1b')
			p++;
		if (p == end || p - at == LONGEST_TAG)
			return at + 1;
		return *p == '\a' ? p + 1 : p;
	}
	while (at < end && *at >= 0x20 && *at < 0x30)
		at++;
	return at < end ? at + 1 : at;
}

/* ESC as programs print it that show control characters. */
static const char *const escapes[] = {
	"^[[", "#033[", "\\x1b[", "\\x1B[", "\\033[", "\\e[", "\\u001b[",
};

/* NULL: no escape sequence at @at. */
static const char *skip_shown_escape(const char *at, const char *end)
{
	const char *p = at + 1;
	size_t i;

	/* ESC lost, as in "[32m": a colour. */
	if (*at == '[') {
		while (p < end && p - at < 12 && strchr("0123456789;", *p))
			p++;
		return p > at + 1 && p < end && *p == 'm' ? p + 1 : NULL;
	}
	for (i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
		if (starts(at, end, escapes[i]))
			return skip_csi(at + strlen(escapes[i]), end);
	return NULL;
}

static const struct {
	const char *name;
	const char *text;
} entities[] = {
	{ "&lt;", "<" },     { "&gt;", ">" },	{ "&amp;", "&" },
	{ "&quot;", "\"" },  { "&nbsp;", " " }, { "&apos;", "'" },
	{ "&#160;", " " },   { "&#39;", "'" },	{ "&#34;", "\"" },
	{ "&#x27;", "'" },   { "&#91;", "[" },	{ "&#93;", "]" },
	{ "&#61;", "=" },    { "&#35;", "#" },	{ "&#x3D;", "=" },
	{ "&equals;", "=" }, { "&num;", "#" },	{ "&lbrack;", "[" },
	{ "&#xA0;", " " },   { "&#60;", "<" },	{ "&#62;", ">" },
};

static const char *skip_entity(struct log_buffer *out, const char *at,
			       const char *end)
{
	size_t i;

	for (i = 0; i < sizeof(entities) / sizeof(*entities); i++)
		if (starts(at, end, entities[i].name)) {
			log_buffer_add(out, entities[i].text, 1);
			return at + strlen(entities[i].name);
		}
	return NULL;
}

/* Those that begin a new line on the screen come first. */
static const char *const tags[] = {
	"br",	  "p",	  "div", "tr",	  "li",	   "pre",  "td",
	"span",	  "code", "b",	 "i",	  "u",	   "em",   "font",
	"strong", "tt",	  "a",	 "table", "tbody", "html", "body",
	"head",	  "ul",	  "ol",	 "samp",  "small", "mark",
};

#define BREAKING_TAGS 6

static const char *skip_tag(struct log_buffer *out, const char *at,
			    const char *end)
{
	const char *name = at + 1, *behind, *close;
	size_t i;

	if (end - at > LONGEST_TAG)
		end = at + LONGEST_TAG;
	if (name < end && *name == '/')
		name++;
	for (behind = name; behind < end && isalnum((unsigned char)*behind);)
		behind++;
	close = memchr(behind, '>', end - behind);
	if (!close || (*behind != '>' && *behind != ' ' && *behind != '/'))
		return NULL;
	for (i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (strlen(tags[i]) == (size_t)(behind - name) &&
		    !strncasecmp(tags[i], name, behind - name)) {
			if (i < BREAKING_TAGS)
				log_buffer_add(out, "\n", 1);
			return close + 1;
		}
	return NULL;
}

static const struct {
	const char *bytes;
	const char *text;
} blanks[] = {
	{ "\xc2\xa0", " " },	 { "\xe2\x80\xaf", " " },
	{ "\xe3\x80\x80", " " }, { "\xe2\x80\x8b", "" },
	{ "\xef\xbb\xbf", "" },	 { "\xe2\x80\x89", " " },
};

static const char *skip_blank(struct log_buffer *out, const char *at,
			      const char *end)
{
	unsigned int len = log_utf8_bytes(at, end - at);
	size_t i;

	/* One that does not break, of an encoding with a byte a character. */
	if (!len && *at == '\xa0') {
		log_buffer_add(out, " ", 1);
		return at + 1;
	}

	for (i = 0; i < sizeof(blanks) / sizeof(*blanks); i++)
		if (starts(at, end, blanks[i].bytes)) {
			log_buffer_add(out, blanks[i].text,
				       strlen(blanks[i].text));
			return at + strlen(blanks[i].bytes);
		}
	if (!len)
		return NULL;
	log_buffer_add(out, at, len);
	return at + len;
}

/* Marks of quoting in a mail, once entities are gone. */
static void strip_quotes(struct log_buffer *out, size_t from)
{
	char *start = out->at + from, *at = start, *end = out->at + out->len;

	while (at < end && at - start < 64 &&
	       (*at == '>' || (*at == ' ' && at + 1 < end && at[1] == '>')))
		at++;
	if (at == start)
		return;
	memmove(start, at, end - at + 1);
	out->len -= at - start;
}

/**
 * log_clean - take out what is not the kernel's
 * @out: is appended to; line ends of a web page's source are '\n' in it, too
 * @text: a line of the file, without its end; a mail's may have some encoded
 * @len: bytes of it
 */
void log_clean(struct log_buffer *out, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *next;
	size_t from = out->len;

	log_buffer_add(out, "", 0);
	while (at < end) {
		unsigned char c = *at;

		next = NULL;
		if (c == '\x1b')
			next = skip_escape(at + 1, end);
		else if (c == '&')
			next = skip_entity(out, at, end);
		else if (c == '<')
			next = skip_tag(out, at, end);
		else if (strchr("[^#\\", c) && c)
			next = skip_shown_escape(at, end);
		else if (c >= 0x80)
			next = skip_blank(out, at, end);
		if (next) {
			at = next;
			continue;
		}
		at++;
		if (c == '\b' && out->len > from)
			out->at[--out->len] = '\0';
		else if (c == '\t')
			log_buffer_add(out, " ", 1);
		else if (c == '\n' || (c >= ' ' && c != 0x7f))
			log_buffer_add(out, (const char *)&c, 1);
	}
	strip_quotes(out, from);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/**
 * log_is_qp - is a line of a mail quoted-printable?
 * @text: a line, without its end
 * @len: bytes of it
 * @sure: other lines of this file are
 *
 * There, an equals sign always has two digits or the line's end behind it, and
 * one that is meant stands as "=3D". "nr_cpus=64" alone is no such line.
 *
 * Return: it is, or ends as if it were.
 */
bool log_is_qp(const char *text, size_t len, bool sure)
{
	const char *end = text + len, *at = text;
	bool equals = false;

	while ((at = memchr(at, '=', end - at))) {
		int high, low;

		if (++at == end)
			return true;
		high = hex_digit(*at);
		low = at + 1 < end ? hex_digit(at[1]) : -1;
		if (high < 0 || low < 0)
			return false;
		/* Of characters, only those at a line's end need digits. */
		if (high == 3 && low == 13)
			equals = true;
		else if (high < 8 && !(high == 2 && !low) &&
			 !(!high && (low == 9 || low == 10 || low == 13)) &&
			 !sure)
			return false;
		at += 2;
	}
	return equals || sure;
}

/**
 * log_qp_decode - the line that was meant
 * @out: is appended to
 * @text: a line that is quoted-printable
 * @len: bytes of it
 */
void log_qp_decode(struct log_buffer *out, const char *text, size_t len)
{
	const char *end = text + len, *at = text;
	char c;

	for (; at < end; at++) {
		c = *at;
		if (c == '=' && at + 1 == end)
			break;
		if (c == '=' && end - at > 2 && hex_digit(at[1]) >= 0 &&
		    hex_digit(at[2]) >= 0) {
			c = hex_digit(at[1]) << 4 | hex_digit(at[2]);
			at += 2;
		}
		log_buffer_add(out, &c, 1);
	}
}
