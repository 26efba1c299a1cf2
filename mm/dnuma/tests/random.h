/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_TESTS_RANDOM_H
#define _MM_DNUMA_TESTS_RANDOM_H

/* Random tests come from seeds; one that fails names its seed. */
#include <linux/string.h>
#include <linux/types.h>

#define NR_SEEDS 200

static inline unsigned long random_below(u32 *seed, unsigned long n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* Without the '.' at the end. */
static inline const char *trimmed(char *drawing)
{
	size_t len = strlen(drawing);

	while (len && drawing[len - 1] == '.')
		drawing[--len] = '\0';
	return drawing;
}

#endif /* _MM_DNUMA_TESTS_RANDOM_H */
