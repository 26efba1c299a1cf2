/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_STRING_H
#define SIM_LINUX_STRING_H

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* glibc declares it for _GNU_SOURCE only. */
char *strchrnul(const char *s, int c);

/*
 * A number with a unit as the kernel reads it: 0x and octal too, no blank and
 * no sign before it, one letter as the unit. What is behind goes to @rest.
 */
static inline unsigned long long memparse(const char *text, char **rest)
{
	static const char units[] = "kmgtpe";
	char *end = (char *)text;
	unsigned long long value = 0;
	const char *unit;

	if (isdigit((unsigned char)*text))
		value = strtoull(text, &end, 0);
	unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (unit) {
		value <<= 10 * (unit - units + 1);
		end++;
	}
	if (rest)
		*rest = end;
	return value;
}

#endif /* SIM_LINUX_STRING_H */
