// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/units.h"

/**
 * parse_bytes - read a size such as 64G, 16GiB, 1536M or 0x4000000
 * @text: the text
 * @bytes: the result
 *
 * The kernel's memparse() reads the same: decimal, 0x for hexadecimal, a
 * leading 0 for octal, K to E in either case. Here "B" or "iB" may follow, and
 * what memparse() lets pass is refused: other text behind, more than 64 bits.
 *
 * Return: false unless the whole text is a size.
 */
bool parse_bytes(const char *text, unsigned long *bytes)
{
	static const char units[] = "KMGTPE";
	unsigned long long value;
	unsigned int shift = 0;
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno)
		return false;
	if (*end) {
		unit = memchr(units, *end & ~0x20, sizeof(units) - 1);
		if (!unit)
			return false;
		shift = 10 * (unit - units + 1);
		end++;
		if (*end && strcasecmp(end, "B") && strcasecmp(end, "i") &&
		    strcasecmp(end, "iB"))
			return false;
	}
	if (value > ~0ULL >> shift)
		return false;
	*bytes = value << shift;
	return true;
}

/**
 * parse_count - read a whole number
 * @text: decimal digits and nothing else
 * @least: smallest
 * @most: largest
 * @count: the result
 *
 * Return: false unless the whole text is such a number.
 */
bool parse_count(const char *text, unsigned long least, unsigned long most,
		 unsigned long *count)
{
	unsigned long value;

	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	value = strtoul(text, NULL, 10);
	if (errno || value < least || value > most)
		return false;
	*count = value;
	return true;
}

/**
 * parse_number - read a finite number that is not negative
 * @text: decimal, with or without a fraction and an exponent
 * @number: the result
 *
 * strtod() knows hexadecimal, nan and inf as well; an input never means those.
 *
 * Return: false unless the whole text is such a number.
 */
bool parse_number(const char *text, double *number)
{
	double value;
	char *end;

	if (!*text || text[strspn(text, "0123456789.eE+-")])
		return false;
	errno = 0;
	value = strtod(text, &end);
	if (errno || *end || !isfinite(value) || value < 0)
		return false;
	*number = value;
	return true;
}

/**
 * parse_ns - read a time such as 500us, 1ms or 1.5s
 * @text: the text
 * @ns: the result
 *
 * Return: false unless the whole text is a number with one of these units, or
 * with ns.
 */
bool parse_ns(const char *text, double *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {
		/* "s" ends all the others. */
		{ "ns", 1 },
		{ "us", 1e3 },
		{ "ms", 1e6 },
		{ "s", 1e9 },
	};
	size_t len = strlen(text), i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t digits = len - strlen(units[i].name);
		char number[UNITS_TEXT];

		if (len <= strlen(units[i].name) ||
		    strcmp(text + digits, units[i].name))
			continue;
		if (digits >= sizeof(number))
			return false;
		memcpy(number, text, digits);
		number[digits] = '\0';
		if (!parse_number(number, ns))
			return false;
		*ns *= units[i].ns;
		return true;
	}
	return false;
}

/**
 * format_bytes - a size for a reader, such as "64 GiB" or "1.5 MiB"
 * @text: room for it
 * @bytes: the size
 *
 * Return: @text.
 */
const char *format_bytes(char text[UNITS_TEXT], double bytes)
{
	static const char *const units[] = { "B",   "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	unsigned int unit = 0;

	/* What rounds to 1024 is one of the next unit. */
	while (bytes >= 1023.5 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, UNITS_TEXT,
		 bytes < 99.95 && bytes != floor(bytes) ? "%.1f %s" : "%.0f %s",
		 bytes, units[unit]);
	return text;
}

/**
 * format_ns - a time for a reader, such as "12.3 ms"
 * @text: room for it
 * @ns: the time; NAN: "never"
 *
 * Return: @text.
 */
const char *format_ns(char text[UNITS_TEXT], double ns)
{
	/* From so many ns on; what rounds to 1000 is one of the next unit. */
	static const struct {
		double from;
		double ns;
		const char *name;
	} units[] = {
		{ 999995e3, 1e9, "s" },
		{ 999995, 1e6, "ms" },
		{ 999.5, 1e3, "us" },
		{ 0, 1, "ns" },
	};
	unsigned int i = 0;

	if (isnan(ns))
		return strcpy(text, "never");
	while (i < 3 && ns < units[i].from)
		i++;
	snprintf(text, UNITS_TEXT, i == 3 ? "%.0f %s" : "%.2f %s",
		 ns / units[i].ns, units[i].name);
	return text;
}
