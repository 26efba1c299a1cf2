/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_REPORT_H
#define SIM_CLI_REPORT_H

/*
 * What a verb has found out, on its way out: one shape for all verbs, in all
 * formats. doc/json.md describes what comes out.
 *
 *	text			JSON				CSV
 *	lines on top		(keys of report_json())		-
 *	tables			an array of objects each	the first one
 *	lines below		-				-
 *	Next: ...		-				-
 */
#include <jansson.h>
#include "base/table.h"
#include "cli/options.h"
#include "machine/topology.h"

/* Version of the JSON of all verbs; machine files have their own. */
#define REPORT_SCHEMA_VERSION 2

struct report;

struct report *report_new(const struct options *options, const char *label);
void report_free(struct report *report);
void report_machine(struct report *report, const struct topology *topology,
		    const char *notes);
void report_machine_json(struct report *report, json_t *machine);
void report_json(struct report *report, const char *key, json_t *value);
void report_head(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_head_machine(struct report *report, const struct topology *topology,
			 const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_put_band(struct table *table, double low, double high);
struct table *report_table(struct report *report, const char *key,
			   const char *title, const struct table_column *column,
			   unsigned int nr);
void report_note(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_next(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int report_print(struct report *report, struct options *options);

#endif /* SIM_CLI_REPORT_H */
