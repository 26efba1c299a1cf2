// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/text.h"

/* U+FFFD, what stands for a byte that is no character. */
#define REPLACEMENT "\xef\xbf\xbd"

/*
 * Bytes of the UTF-8 character at @p; 0: it is none. What encodes more than
 * its length needs, or half of a surrogate pair, or ends early, is none.
 */
static unsigned int utf8_length(const unsigned char *p)
{
	unsigned int nr, i;
	unsigned long code;

	if (*p < 0x80)
		return 1;
	nr = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	code = *p & (0x7f >> nr);
	for (i = 1; i < nr; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if ((nr == 3 && code < 0x800) || (nr == 4 && code < 0x10000) ||
	    code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return nr;
}

/* C0, DEL and, in two bytes, C1: what a terminal may take for an order. */
static bool is_control(const unsigned char *p)
{
	return *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0);
}

static char *copy(const char *text, bool controls, const char *other)
{
	const unsigned char *p = (const unsigned char *)text;
	/* A bad byte becomes three at most. */
	char *result = xcalloc(strlen(text) + 1, 3), *to = result;
	unsigned int nr;

	while (*p) {
		nr = utf8_length(p);
		if (!nr) {
			to = stpcpy(to, other);
			p++;
		} else if (!controls && is_control(p)) {
			*to++ = '?';
			p += nr;
		} else {
			to = mempcpy(to, p, nr);
			p += nr;
		}
	}
	return result;
}

/**
 * text_plain - a text that a terminal shows and does not obey
 * @text: any bytes
 *
 * Return: UTF-8, a question mark for each control character and each byte that
 * is no character; to be freed.
 */
char *text_plain(const char *text)
{
	return copy(text, false, "?");
}

/**
 * text_utf8 - a text that JSON can hold
 * @text: any bytes
 *
 * Return: UTF-8, U+FFFD for each byte that is no character; to be freed.
 */
char *text_utf8(const char *text)
{
	return copy(text, true, REPLACEMENT);
}

/**
 * text_distance - how many slips of the finger lie between two words?
 * @a: one
 * @b: the other
 *
 * Return: letters to put in, leave out, replace or swap with their neighbour.
 */
unsigned int text_distance(const char *a, const char *b)
{
	size_t nr_a = strlen(a), nr_b = strlen(b), width = nr_b + 1, i, j;
	unsigned int *d = xcalloc((nr_a + 1) * width, sizeof(*d)), least;

	for (i = 0; i <= nr_a; i++)
		for (j = 0; j <= nr_b; j++) {
			unsigned int *at = &d[i * width + j];
			const unsigned int *above;

			if (!i || !j) {
				*at = i + j;
				continue;
			}
			above = at - width;
			*at = above[-1] + (a[i - 1] != b[j - 1]);
			if (at[-1] + 1 < *at)
				*at = at[-1] + 1;
			if (above[0] + 1 < *at)
				*at = above[0] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    d[(i - 2) * width + j - 2] + 1 < *at)
				*at = d[(i - 2) * width + j - 2] + 1;
		}
	least = d[nr_a * width + nr_b];
	free(d);
	return least;
}

/**
 * text_nearest - what was meant?
 * @text: a word that is not known
 * @known: those that are, NULL behind the last
 *
 * Return: the nearest one; NULL if none is near: more than every third letter
 * would be wrong.
 */
const char *text_nearest(const char *text, const char *const *known)
{
	unsigned int least = strlen(text) / 3 + 1;
	const char *nearest = NULL;

	for (; *known; known++) {
		unsigned int distance = text_distance(text, *known);

		/* The start of a word is no slip, but meant all the same. */
		if (*text && !strncmp(text, *known, strlen(text)))
			distance = 1;
		if (distance < least || (distance == least && !nearest)) {
			least = distance;
			nearest = *known;
		}
	}
	return nearest;
}
