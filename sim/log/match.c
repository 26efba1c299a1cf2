// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message held against a pattern. Unlike sscanf(): blanks may be missing or
 * many, numbers do not overflow, and a text that ends too early is told from
 * one that says something else. Lines get broken on their way here.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "log/match.h"

static bool hexadecimal(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
	       isxdigit((unsigned char)text[2]);
}

/* Behind a number, NULL if there is none or it is too large. */
static const char *match_number(const char *text, char kind,
				struct log_values *values)
{
	int base = kind == 'x' || (kind == 'n' && hexadecimal(text)) ? 16 : 10;
	const char *digits = text + (kind == 'd' && *text == '-');
	unsigned long value;
	char *end;

	if (kind == 'x' ? !isxdigit((unsigned char)*text) :
			  !isdigit((unsigned char)*digits))
		return NULL;
	errno = 0;
	value = strtoul(digits, &end, base);
	if (errno)
		return NULL;
	if (values->nr < LOG_MOST_VALUES)
		values->number[values->nr++] = digits > text ? -value : value;
	return end;
}

/* Digits, at most one point; not nan, not 1e400. */
static const char *match_time(const char *text, struct log_values *values)
{
	size_t len = strspn(text, "0123456789");

	if (!len || len > 18)
		return NULL;
	if (text[len] == '.' && isdigit((unsigned char)text[len + 1]))
		len += 1 + strspn(text + len + 1, "0123456789");
	values->time = strtod(text, NULL);
	return text + len;
}

static const char *match_word(const char *text, struct log_values *values)
{
	const char *at = text;

	while (isalnum((unsigned char)*at) || *at == '_' || *at == '-')
		at++;
	if (at == text)
		return NULL;
	if (values->nr_words < LOG_MOST_WORDS) {
		values->word[values->nr_words] = text;
		values->word_len[values->nr_words++] = at - text;
	}
	return at;
}

/**
 * log_match - hold a text against a pattern
 * @text: the text; it may go on behind what matches
 * @pattern: a blank stands for any number of them, none too; %u a number, %x a
 *	hexadecimal one, %n one that is hexadecimal if it says so, %d one that
 *	may be negative, %f a time, %w a word; '?' behind a letter: it may lack
 * @values: what stood for them, and where the match ends
 *
 * Return: LOG_PART if the text ends before the pattern does.
 */
enum log_match log_match(const char *text, const char *pattern,
			 struct log_values *values)
{
	const char *next;

	values->nr = values->nr_words = 0;
	while (*pattern) {
		if (*pattern == ' ') {
			while (*text == ' ')
				text++;
			pattern++;
			continue;
		}
		if (!*text)
			return LOG_PART;
		if (*pattern == '%') {
			if (pattern[1] == 'f')
				next = match_time(text, values);
			else if (pattern[1] == 'w')
				next = match_word(text, values);
			else
				next = match_number(text, pattern[1], values);
			if (!next)
				return LOG_NO;
			pattern += 2;
			/* It may have more digits in the next piece. */
			if (!*next && *pattern)
				return LOG_PART;
			text = next;
			continue;
		}
		if (pattern[1] == '?') {
			text += *text == *pattern;
			pattern += 2;
			continue;
		}
		if (*text != *pattern)
			return LOG_NO;
		text++;
		pattern++;
	}
	values->end = text;
	return LOG_YES;
}
