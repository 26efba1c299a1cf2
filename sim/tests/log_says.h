/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_LOG_SAYS_H
#define SIM_TESTS_LOG_SAYS_H

/* What a log says, as a text that can be compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "log/boot.h"

static void describe(const struct log_boot *boot, bool notes, FILE *out)
{
	unsigned int i, j;

	fprintf(out, "release %s = %u.%u.%u, %s\n",
		boot->release.text ? boot->release.text : "-", boot->version[0],
		boot->version[1], boot->version[2], log_arch_name(boot->arch));
	fprintf(out, "cmdline %s\n",
		boot->cmdline.text ? boot->cmdline.text : "-");
	fprintf(out, "option %s of %u\n",
		boot->option.text ? boot->option.text : "-", boot->nr_options);
	fprintf(out, "page %lu%s\n", boot->page_bytes.value,
		boot->page_bytes.line ? "" : " (not said)");
	fprintf(out, "memory %lu of %lu KiB\n", boot->available_kib.value,
		boot->memory_kib.value);
	fprintf(out, "cpus %lu, nodes %lu\n", boot->cpus.value,
		boot->online_nodes.value);
	if (boot->hypervisor.text)
		fprintf(out, "under %s\n", boot->hypervisor.text);
	if (boot->used.text)
		fprintf(out, "used %s: %s\n", boot->used.text, boot->why.text);
	if (boot->disturbed.text)
		fprintf(out, "disturbed %s\n", boot->disturbed.text);
	for (i = 0; i < boot->nr_zones; i++)
		fprintf(out, "zone %s %lx-%lx\n", boot->zones[i].name,
			boot->zones[i].start, boot->zones[i].end);
	for (i = 0; i < boot->nr_nodes; i++) {
		const struct log_node *node = &boot->nodes[i];

		fprintf(out, "node %u: %u cpus", node->nid, node->nr_cpus);
		if (node->movable.line)
			fprintf(out, ", movable %lx", node->movable.value);
		for (j = 0; j < boot->nr_ranges; j++)
			if (boot->ranges[j].nid == node->nid)
				fprintf(out, " %lx-%lx", boot->ranges[j].start,
					boot->ranges[j].end);
		fputc('\n', out);
	}
	for (i = 0; i < boot->nr_timings; i++) {
		const struct log_timing *timing = &boot->timings[i];

		fprintf(out, "timing %d %s node %d: %lu pages %g ms %u cpus\n",
			timing->kind, timing->strategy ? timing->strategy : "-",
			timing->nid, timing->pages, timing->ms, timing->cpus);
	}
	for (i = 0; i < boot->nr_extents; i++)
		fprintf(out, "extent %u %lx-%lx\n", boot->extents[i].nid,
			boot->extents[i].start, boot->extents[i].end);
	for (i = 0; notes && i < boot->nr_notes; i++)
		fprintf(out, "note %d, line %u: %s\n", boot->notes[i].about,
			boot->notes[i].line, boot->notes[i].text);
}

static char *describe_all(const struct log *log, bool notes)
{
	char *text = NULL;
	unsigned int i;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < log->nr_boots; i++) {
		fprintf(out, "boot %u\n", i);
		describe(&log->boots[i], notes, out);
	}
	fclose(out);
	return text;
}

static char *parse(const char *name, const char *text, size_t len, bool notes)
{
	struct error error = { 0 };
	struct log log;
	char *said;

	if (log_parse(&log, name, text, len, &error)) {
		error_print(&error, stderr);
		fail_msg("%s is refused", name);
	}
	said = describe_all(&log, notes);
	log_free(&log);
	return said;
}

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		fail_msg("%s is missing; run from the top of the repository",
			 path);
	*len = getdelim(&text, &room, EOF, file);
	fclose(file);
	return text;
}

#endif /* SIM_TESTS_LOG_SAYS_H */
