// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long were interrupts off on a CPU while struct pages were drained? Read
 * from the kernel's trace, which has to begin at boot:
 *
 *	trace_event=memmap_init:*,preemptirq:* trace_buf_size=32M
 *
 * guest.limit_us=N  longer is a failure (default: quantum=1ms of memmap_init=)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define TRACE	 "/sys/kernel/tracing/trace"
#define MAX_CPUS 256

/* What a line of the trace says: "task-pid [cpu] flags seconds: event: more". */
struct line {
	unsigned int cpu;
	double us;
	char event[32];
	char more[160];
};

static bool read_line(const char *text, struct line *line)
{
	const char *cpu = strchr(text, '[');
	double seconds;

	if (*text == '#' || !cpu ||
	    sscanf(cpu, "[%u] %*s %lf: %31[^:]: %159[^\n]", &line->cpu,
		   &seconds, line->event, line->more) != 4)
		return false;
	line->us = seconds * 1e6;
	return line->cpu < MAX_CPUS;
}

/* When the first chunk was claimed, and when the last drain ended. */
static bool drained(FILE *trace, double *begin, double *end)
{
	char text[512];
	struct line line;

	*begin = *end = 0;
	while (fgets(text, sizeof(text), trace)) {
		if (!read_line(text, &line))
			continue;
		if (!*begin && !strcmp(line.event, "memmap_init_chunk"))
			*begin = line.us;
		if (!strcmp(line.event, "memmap_init_drain"))
			*end = line.us;
	}
	return *begin && *end > *begin;
}

void job_irqsoff(void)
{
	long limit = param_long("limit_us", 1000), nr = 0;
	static double off[MAX_CPUS];
	double begin, end, longest = 0;
	char text[512], where[160] = "";
	FILE *trace = fopen(TRACE, "r");
	struct line line;

	write_file("/sys/kernel/tracing/tracing_on", "0");
	if (!trace || !drained(trace, &begin, &end)) {
		report(false, "irqsoff", "no drain in " TRACE);
		return;
	}
	rewind(trace);
	while (fgets(text, sizeof(text), trace)) {
		if (!read_line(text, &line) || line.us < begin || line.us > end)
			continue;
		if (!strcmp(line.event, "irq_disable")) {
			off[line.cpu] = line.us;
		} else if (!strcmp(line.event, "irq_enable") && off[line.cpu]) {
			nr++;
			if (line.us - off[line.cpu] > longest) {
				longest = line.us - off[line.cpu];
				strcpy(where, line.more);
			}
			off[line.cpu] = 0;
		}
	}
	fclose(trace);
	say("irqsoff nr=%ld longest_us=%.0f drain_us=%.0f %s", nr, longest,
	    end - begin, where);
	report(nr > 0 && longest <= limit, "irqsoff",
	       "interrupts were off for %.0f us, %ld allowed, %ld times seen: %s",
	       longest, limit, nr, where);
}
