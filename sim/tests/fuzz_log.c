// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a kernel log: for libFuzzer, see doc/testing.md. What the facts
 * promise has to hold whatever was read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "log/boot.h"

static void check(const struct log_boot *boot)
{
	unsigned long cpus = 0;
	unsigned int i;

	for (i = 0; i < boot->nr_nodes; i++) {
		if (i && boot->nodes[i].nid <= boot->nodes[i - 1].nid)
			abort();
		cpus += boot->nodes[i].nr_cpus;
	}
	if (cpus && cpus != boot->cpus.value)
		abort();
	for (i = 0; i < boot->nr_ranges; i++) {
		const struct log_range *range = &boot->ranges[i];

		if (range->start >= range->end)
			abort();
		if (i && range[-1].nid == range->nid &&
		    range[-1].end > range->start)
			abort();
	}
	for (i = 0; i < boot->nr_notes; i++)
		if (strchr(boot->notes[i].text, '\n'))
			abort();
	if (!boot->page_bytes.value)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = { 0 };
	struct log log;
	unsigned int i;

	if (!log_parse(&log, "fuzz", data, size, &error))
		for (i = 0; i < log.nr_boots; i++)
			check(&log.boots[i]);
	error_free(&error);
	log_free(&log);
	return 0;
}
