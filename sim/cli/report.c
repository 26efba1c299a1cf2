// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "base/version.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/report.h"

#define MAX_TABLES 4

/**
 * struct lines - some lines of text
 * @nr: how many
 * @line: each, without its end
 */
struct lines {
	unsigned int nr;
	char **line;
};

/**
 * struct report - all that a verb says
 * @json: the head, and what report_json() has put behind it
 * @head: lines on top of the tables
 * @note: lines below
 * @next: what a user may do now
 * @nr_tables: tables
 * @table: the tables
 * @key: of each in JSON
 * @title: of each in text; NULL: it needs none
 */
struct report {
	json_t *json;
	struct lines head;
	struct lines note;
	struct lines next;
	unsigned int nr_tables;
	struct table *table[MAX_TABLES];
	const char *key[MAX_TABLES];
	char *title[MAX_TABLES];
};

/**
 * report_new - begin a report
 * @options: of the verb
 * @label: what its figures rest on; NULL: it has none
 *
 * Return: the report, for report_free().
 */
struct report *report_new(const struct options *options, const char *label)
{
	struct report *report = xcalloc(1, sizeof(*report));

	report->json = json_pack("{si ss ss ss? sn}", "schema_version",
				 REPORT_SCHEMA_VERSION, "tool_version",
				 MEMMAP_VERSION, "verb", options->verb, "label",
				 label, "machine");
	return report;
}

static void lines_free(struct lines *lines)
{
	while (lines->nr)
		free(lines->line[--lines->nr]);
	free(lines->line);
}

/**
 * report_free - the end of a report and of its tables
 * @report: the report
 */
void report_free(struct report *report)
{
	unsigned int i;

	for (i = 0; i < report->nr_tables; i++) {
		table_free(report->table[i]);
		free(report->title[i]);
	}
	lines_free(&report->head);
	lines_free(&report->note);
	lines_free(&report->next);
	json_decref(report->json);
	free(report);
}

static void add_line(struct lines *lines, const char *format, va_list args)
{
	char *text = xvasprintf(format, args);

	lines->line = xrealloc(lines->line, lines->nr + 1,
			       sizeof(*lines->line));
	lines->line[lines->nr++] = text_plain(text);
	free(text);
}

/**
 * report_head - a line on top of the tables, in text
 * @report: the report
 * @format: the line, without its end
 */
void report_head(struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&report->head, format, args);
	va_end(args);
}

/**
 * report_head_machine - the line that says which machine it is
 * @report: the report
 * @topology: the machine
 * @format: what the figures are
 */
void report_head_machine(struct report *report, const struct topology *topology,
			 const char *format, ...)
{
	unsigned long pages = topology_pages(topology);
	char mem[UNITS_TEXT], memmap[UNITS_TEXT];
	char *what;
	va_list args;

	va_start(args, format);
	what = xvasprintf(format, args);
	va_end(args);
	report_head(report,
		    "%s: %u node%s, %u CPU%s, %s of memory, memmap %s; %s",
		    topology->name, topology->nr_nodes,
		    topology->nr_nodes == 1 ? "" : "s", topology_cpus(topology),
		    topology_cpus(topology) == 1 ? "" : "s",
		    format_bytes(mem, topology_bytes(topology)),
		    format_bytes(memmap, (double)pages * sizeof(struct page)),
		    what);
	free(what);
}

/**
 * report_note - a line below the tables, in text
 * @report: the report
 * @format: the line, without its end
 */
void report_note(struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&report->note, format, args);
	va_end(args);
}

/**
 * report_next - what a user may do now, in text
 * @report: the report
 * @format: a command and what it is good for
 */
void report_next(struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&report->next, format, args);
	va_end(args);
}

/**
 * report_json - a key beside the tables, in JSON
 * @report: the report
 * @key: its name
 * @value: taken over
 */
void report_json(struct report *report, const char *key, json_t *value)
{
	json_object_set_new(report->json, key, value);
}

/**
 * report_machine_json - the machine, in JSON
 * @report: the report
 * @machine: name, nodes, cpus, mem_bytes and perhaps notes; taken over
 */
void report_machine_json(struct report *report, json_t *machine)
{
	report_json(report, "machine", machine);
}

/**
 * report_machine - the machine that the report is about
 * @report: the report
 * @topology: the machine
 * @notes: what to know of it, or NULL
 */
void report_machine(struct report *report, const struct topology *topology,
		    const char *notes)
{
	json_t *machine = json_object();

	json_put(machine, "name", json_text(topology->name));
	if (notes)
		json_put(machine, "notes", json_text(notes));
	json_put(machine, "nodes", json_integer(topology->nr_nodes));
	json_put(machine, "cpus", json_integer(topology_cpus(topology)));
	json_put(machine, "mem_bytes", json_integer(topology_bytes(topology)));
	report_machine_json(report, machine);
	if (notes)
		report_note(report, "Note: %s", notes);
}

/**
 * report_put_band - the next cell is a band, in per cent like an error
 * @table: the table
 * @low: its low end, as a factor of the value
 * @high: its high end
 */
void report_put_band(struct table *table, double low, double high)
{
	char *text = xasprintf("-%.0f +%.0f%%", 100 * (1 - low),
			       100 * (high - 1));

	table_put_text(table, text);
	free(text);
}

/**
 * report_table - one more table
 * @report: the report
 * @key: its name in JSON
 * @title: a line on top of it in text, copied; NULL: none
 * @column: its columns
 * @nr: how many
 *
 * Return: the table, to be filled.
 */
struct table *report_table(struct report *report, const char *key,
			   const char *title, const struct table_column *column,
			   unsigned int nr)
{
	unsigned int i = report->nr_tables++;

	if (i == MAX_TABLES)
		abort();
	report->key[i] = key;
	report->title[i] = title ? xstrdup(title) : NULL;
	report->table[i] = table_new(column, nr);
	return report->table[i];
}

/* Long lines end at blanks where the paper ends. */
static void print_line(const char *line, unsigned int width, FILE *out)
{
	while (width && strlen(line) > width) {
		unsigned int len = width;

		while (len && line[len] != ' ')
			len--;
		if (!len)
			break;
		fprintf(out, "%.*s\n", (int)len, line);
		line += len + 1;
	}
	fprintf(out, "%s\n", line);
}

static void print_lines(const struct lines *lines, unsigned int width,
			FILE *out)
{
	unsigned int i;

	for (i = 0; i < lines->nr; i++)
		print_line(lines->line[i], width, out);
}

static void print_text(const struct report *report,
		       const struct options *options, FILE *out)
{
	struct table_paper paper = table_paper(options->output.fd);
	unsigned int i;

	print_lines(&report->head, paper.width, out);
	for (i = 0; i < report->nr_tables; i++) {
		if (!table_rows(report->table[i]))
			continue;
		if (i || report->head.nr)
			fputc('\n', out);
		if (report->title[i])
			print_line(report->title[i], paper.width, out);
		table_print_text(report->table[i], paper, out);
	}
	if (report->note.nr)
		fputc('\n', out);
	print_lines(&report->note, paper.width, out);
	if (options->quiet || !report->next.nr)
		return;
	fputs("\nNext:\n", out);
	for (i = 0; i < report->next.nr; i++)
		fprintf(out, "  %s\n", report->next.line[i]);
}

static void print_json(const struct report *report, FILE *out)
{
	unsigned int i;

	for (i = 0; i < report->nr_tables; i++)
		json_object_set_new(report->json, report->key[i],
				    table_json(report->table[i]));
	json_print(report->json, out);
}

/**
 * report_print - write it
 * @report: the report
 * @options: format and output, which is complete afterwards
 *
 * Return: EXIT_SUCCESS; EXIT_FAILURE if it could not be written whole, which
 * is said.
 */
int report_print(struct report *report, struct options *options)
{
	FILE *out = output_stream(&options->output);

	if (interrupted()) {
		report_json(report, "interrupted", json_true());
		report_note(
			report,
			"Interrupted: what was complete is here, the rest is missing.");
	}
	switch (options->format) {
	case TABLE_JSON:
		print_json(report, out);
		break;
	case TABLE_CSV:
		table_print_csv(report->table[0], out);
		break;
	default:
		print_text(report, options, out);
	}
	return commit(&options->output);
}
