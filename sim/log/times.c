// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times as they stand before a kernel's text. Each function looks whether one
 * begins at @at; it returns behind it, or NULL.
 */
#include <ctype.h>
#include <string.h>
#include "log/internal.h"

#define LONGEST_BRACKET 80
#define MOST_DIGITS	24

const char *log_skip_blanks(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

/* Long runs are no numbers, and must not be walked again and again. */
const char *log_skip_digits(const char *at, const char *end)
{
	if (end - at > MOST_DIGITS)
		end = at + MOST_DIGITS;
	while (at < end && isdigit((unsigned char)*at))
		at++;
	return at;
}

bool log_number(const char **at, const char *end, uint64_t *value)
{
	const char *behind = log_skip_digits(*at, end);

	if (behind == *at || behind - *at > 18)
		return false;
	for (*value = 0; *at < behind; ++*at)
		*value = *value * 10 + **at - '0';
	return true;
}

/*
 * "[    0.000000]", also with a CPU or a second time inside the brackets.
 * @strict: as printk() writes it, which no message looks like.
 */
const char *log_kernel_time(const char *at, const char *end, bool strict,
			    uint64_t *us)
{
	uint64_t seconds, part = 0;
	const char *p, *q;
	unsigned int i;

	if (at == end || *at != '[')
		return NULL;
	p = log_skip_blanks(at + 1, end);
	if (!log_number(&p, end, &seconds) || p == end || *p != '.' ||
	    seconds > 1000000000000)
		return NULL;
	q = log_skip_digits(++p, end);
	if (q == p || q - p > 9 || (strict && q - p != 6))
		return NULL;
	for (i = 0; i < 6; i++)
		part = part * 10 + (p + i < q ? p[i] - '0' : 0);
	*us = seconds * 1000000 + part;
	for (p = q; p < end && p - q < 40 && *p != ']'; p++)
		if (!strchr("0123456789. @<>+,CTcpu():", *p))
			return NULL;
	return p < end && *p == ']' ? p + 1 : NULL;
}

/* dmesg -d and -H: "[<    0.000012>]", "[  +0.000012]" */
const char *log_time_step(const char *at, const char *end)
{
	const char *p = at + 1;

	while (p < end && strchr(" <+", *p))
		p++;
	if (!memchr(at, '<', p - at) && !memchr(at, '+', p - at))
		return NULL;
	while (p < end && strchr("0123456789.> ", *p))
		p++;
	return p < end && *p == ']' ? p + 1 : NULL;
}

/* CONFIG_PRINTK_CALLER's "[    T0]", "[    C1]"; Android's "(0)[1:swapper/0]" */
const char *log_caller(const char *at, const char *end)
{
	const char *p;

	if (*at == '(') {
		p = log_skip_digits(at + 1, end);
		if (end - p < 3 || memcmp(p, ")[", 2) ||
		    !isdigit((unsigned char)p[2]))
			return NULL;
		p = memchr(p, ']',
			   end - p < LONGEST_BRACKET ? end - p :
						       LONGEST_BRACKET);
		return p ? p + 1 : NULL;
	}
	if (*at != '[')
		return NULL;
	p = log_skip_blanks(at + 1, end);
	if (p == end || (*p != 'T' && *p != 'C'))
		return NULL;
	at = p + 1;
	p = log_skip_digits(at, end);
	return p > at && p < end && *p == ']' ? p + 1 : NULL;
}

/* Bytes of a decimal digit of any script that a locale may print; 0: none. */
static unsigned int any_digit(const char *text, const char *end)
{
	const unsigned char *at = (const void *)text;

	if (isdigit(*at))
		return 1;
	if (end - text >= 2 &&
	    ((*at == 0xd9 && at[1] >= 0xa0 && at[1] <= 0xa9) ||
	     (*at == 0xdb && at[1] >= 0xb0 && at[1] <= 0xb9)))
		return 2;
	/* Devanagari, Bengali, Thai, full width */
	if (end - text >= 3 &&
	    ((*at == 0xe0 && (at[1] == 0xa5 || at[1] == 0xa7) &&
	      at[2] >= 0xa6 && at[2] <= 0xaf) ||
	     (*at == 0xe0 && at[1] == 0xb9 && at[2] >= 0x90 && at[2] <= 0x99) ||
	     (*at == 0xef && at[1] == 0xbc && at[2] >= 0x90 && at[2] <= 0x99)))
		return 3;
	return 0;
}

static const char *digit_run(const char *at, const char *end, unsigned int *nr)
{
	unsigned int bytes;

	for (*nr = 0; at < end && (bytes = any_digit(at, end)); ++*nr)
		at += bytes;
	return at;
}

/* dmesg -T and -e, and recorders: "[Tue Jan  2 03:04:05 2024]", "[Jan 2 03:04]" */
const char *log_wall_bracket(const char *at, const char *end)
{
	const char *p, *close;
	unsigned int nr, last = 0;
	bool colon = false;

	close = memchr(at, ']',
		       end - at < LONGEST_BRACKET ? end - at : LONGEST_BRACKET);
	if (!close)
		return NULL;
	for (p = at + 1; p < close;) {
		const char *next = digit_run(p, close, &nr);

		if (nr) {
			if (nr == 2 && last == 2 && colon)
				return close + 1;
			last = nr;
			colon = false;
			p = next;
			continue;
		}
		if (*p == '[')
			return NULL;
		/* Nothing but a colon joins two parts of a time. */
		colon = *p == ':' && last;
		if (!colon)
			last = 0;
		p++;
	}
	return NULL;
}

/* "03:04:05", with a fraction, with a zone */
static const char *clock_time(const char *at, const char *end)
{
	const char *p = at;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		const char *q = log_skip_digits(p, end);

		if (q - p < 1 || q - p > 2 || (i && q - p != 2) ||
		    (i < 2 && (q == end || *q != ':')))
			return NULL;
		p = i < 2 ? q + 1 : q;
	}
	if (p + 1 < end && strchr(".,", *p) && isdigit((unsigned char)p[1]))
		p = log_skip_digits(p + 1, end);
	if (p < end && *p == 'Z')
		return p + 1;
	if (p < end && strchr("+-", *p)) {
		const char *q = log_skip_digits(p + 1, end);

		if (q < end && *q == ':')
			q = log_skip_digits(q + 1, end);
		return q;
	}
	return p;
}

/* "2024-01-02", "02.01.2024", "01/02/2024" */
const char *log_numeric_date(const char *at, const char *end)
{
	const char *p = at;
	unsigned int i;
	char sign = 0;

	for (i = 0; i < 3; i++) {
		const char *q = log_skip_digits(p, end);

		if (q == p || q - p > 4)
			return NULL;
		p = q;
		if (i == 2)
			return p - at >= 8 ? p : NULL;
		if (p == end || !strchr("-./", *p) || (sign && *p != sign))
			return NULL;
		sign = *p++;
	}
	return NULL;
}

/* "Jan", "janv.", "Di", "январь" */
static const char *date_word(const char *at, const char *end)
{
	const char *p = at;
	bool ascii = true;

	while (p < end && p - at < 24 &&
	       (isalpha((unsigned char)*p) || (unsigned char)*p >= 0x80)) {
		ascii = ascii && (unsigned char)*p < 0x80;
		p++;
	}
	if (ascii && p - at > 5)
		return NULL;
	if (p < end && p > at && strchr(".,", *p))
		p++;
	return p > at && p < end && *p == ' ' ? p : NULL;
}

/* "Jan  2 03:04:05", "Tue 2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05+00:00" */
const char *log_wall_time(const char *at, const char *end)
{
	unsigned int words = 0, numbers = 0, i;
	const char *p = at, *q, *behind = NULL;
	bool date = false;

	for (i = 0; i < 6 && p < end && !behind; i++) {
		behind = clock_time(p, end);
		if (behind)
			break;
		q = log_numeric_date(p, end);
		if (q) {
			date = true;
			p = q < end && (*q == 'T' || *q == 't' || *q == '_') ?
				    q + 1 :
				    q;
		} else if ((q = date_word(p, end))) {
			words++;
			p = q;
		} else if ((q = log_skip_digits(p, end)) > p && q - p <= 4 &&
			   q < end && strchr(" .,", *q)) {
			numbers++;
			p = q + 1;
		} else {
			return NULL;
		}
		p = log_skip_blanks(p, end);
	}
	if (!behind || words > 2 || numbers > 2 || (words && !numbers && !date))
		return NULL;
	p = behind;
	/* A zone's name behind a full date; a year behind a weekday's. */
	if (p + 1 < end && *p == ' ' && date && words) {
		for (q = p + 1; q < end && (isupper((unsigned char)*q) ||
					    strchr("+-0123456789", *q));)
			q++;
		if (q > p + 2 && q - p <= 6 && q < end && *q == ' ')
			p = q;
	} else if (p + 5 < end && *p == ' ' && words == 2) {
		q = log_skip_digits(p + 1, end);
		if (q - p == 5 && q < end && *q == ' ')
			p = q;
	}
	if (p < end && *p == ':')
		p++;
	return p == end || *p == ' ' ? p : NULL;
}

/* journalctl -o short-unix */
const char *log_unix_time(const char *at, const char *end)
{
	const char *p = log_skip_digits(at, end), *q;

	if (p - at < 9 || p - at > 11 || p == end || *p != '.')
		return NULL;
	q = log_skip_digits(p + 1, end);
	return q - p >= 4 && q < end && *q == ' ' ? q : NULL;
}
