// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "cli/memory.h"

/**
 * memory_available - memory that this process may touch without harm
 *
 * Return: in bytes: what Linux calls available.
 */
unsigned long memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

/**
 * memory_fits - may this process touch so much?
 * @bytes: how much
 *
 * Return: true if it is at most three quarters of what is available: other
 * programs go on, and what is available is an estimate.
 */
bool memory_fits(unsigned long bytes)
{
	return bytes <= memory_available() / 4 * 3;
}
