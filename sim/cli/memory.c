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
