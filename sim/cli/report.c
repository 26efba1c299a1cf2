// SPDX-License-Identifier: GPL-2.0-only
/* One table, three formats. Units stand in the key names. */
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include "cli/report.h"
#include "base/version.h"

/**
 * report_format_parse - read --format
 * @text: text, json or csv
 * @format: the result
 *
 * Return: false for anything else.
 */
bool report_format_parse(const char *text, enum report_format *format)
{
	static const char *const names[] = { "text", "json", "csv" };
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*format = i;
			return true;
		}
	}
	return false;
}

/**
 * report_peak_rss - most memory this process ever held
 *
 * Return: in bytes.
 */
unsigned long report_peak_rss(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (unsigned long)usage.ru_maxrss << 10;
}

static void print_time(FILE *out, double ns)
{
	if (isnan(ns))
		fprintf(out, " %11s", "never");
	else if (ns >= 1e9)
		fprintf(out, " %9.2f s", ns / 1e9);
	else if (ns >= 1e6)
		fprintf(out, " %8.2f ms", ns / 1e6);
	else
		fprintf(out, " %8.1f us", ns / 1e3);
}

static void print_number(FILE *out, int width, double value, int digits,
			 const char *unit)
{
	if (!isfinite(value))
		fprintf(out, " %*s", width + (int)strlen(unit), "-");
	else
		fprintf(out, " %*.*f%s", width, digits, value, unit);
}

static const char *verdict_text(enum report_verdict verdict)
{
	return verdict == REPORT_VERIFIED ? "yes" :
	       verdict == REPORT_WRONG	  ? "NO" :
					    "-";
}

static void print_text(const struct report *report, FILE *out)
{
	unsigned int i;

	fprintf(out,
		"%s: %u node%s, %u CPUs, %.4g GiB of memory, memmap %.4g GiB; %s",
		report->machine, report->nr_nodes,
		report->nr_nodes == 1 ? "" : "s", report->nr_cpus,
		report->mem_bytes / 0x1p30, report->mem_bytes / 0x1p36,
		report->label);
	if (report->runs > 1)
		fprintf(out, ", median of %u runs", report->runs);
	fprintf(out,
		"\n\n%-9s %4s %11s %11s %8s %7s %9s %9s %12s %9s %6s %4s  %s\n",
		"strategy", "CPUs", "boot waits", "complete", "ns/page", "GB/s",
		"roofline", "mainline", "initialised", "touched", "store", "ok",
		"rests on");
	for (i = 0; i < report->nr_rows; i++) {
		const struct report_row *row = &report->rows[i];

		fprintf(out, "%-9s %4u", row->strategy, row->threads);
		print_time(out, row->boot_wait_ns);
		print_time(out, row->complete_ns);
		print_number(out, 8, row->ns_per_page, 2, "");
		print_number(out, 7, row->bytes_per_s / 1e9, 2, "");
		print_number(out, 8,
			     100 * row->bytes_per_s / row->roofline_bytes_per_s,
			     0, "%");
		print_number(out, 8,
			     row->mainline_ns_per_page / row->ns_per_page, 2,
			     "x");
		fprintf(out, " %12lu", row->pages_initialised);
		print_number(out, 5, row->memory_touched_bytes / 0x1p20, 0,
			     " MiB");
		fprintf(out, " %6s %4s  %s\n", row->store,
			verdict_text(row->verdict), row->label);
	}
	fprintf(out,
		"\nroofline: share of the fastest plain fill of the same memory with the same CPUs.\n"
		"mainline: times as fast as its two passes (init loop, then free loop), same memory, same CPUs.\n");
	if (report->notes)
		fprintf(out, "Note: %s\n", report->notes);
}

static void print_csv(const struct report *report, FILE *out)
{
	unsigned int i;

	fprintf(out,
		"machine,label,strategy,cmdline,threads,boot_wait_ns,complete_ns,ns_per_page,bytes_per_s,roofline_bytes_per_s,mainline_ns_per_page,pages_total,pages_initialised,memory_touched_bytes,store,verified\n");
	for (i = 0; i < report->nr_rows; i++) {
		const struct report_row *row = &report->rows[i];
		double value[] = {
			row->boot_wait_ns,	   row->complete_ns,
			row->ns_per_page,	   row->bytes_per_s,
			row->roofline_bytes_per_s, row->mainline_ns_per_page,
		};
		unsigned int j;

		fprintf(out, "\"%s\",%s,%s,\"%s\",%u", report->machine,
			row->label, row->strategy, row->cmdline, row->threads);
		for (j = 0; j < sizeof(value) / sizeof(value[0]); j++) {
			if (!isfinite(value[j]))
				fprintf(out, ",");
			else
				fprintf(out, ",%.6g", value[j]);
		}
		fprintf(out, ",%lu,%lu,%lu,%s,%s\n", row->pages_total,
			row->pages_initialised, row->memory_touched_bytes,
			row->store,
			row->verdict == REPORT_UNCHECKED ? "" :
			row->verdict == REPORT_VERIFIED	 ? "true" :
							   "false");
	}
}

static json_t *json_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *row_json(const struct report_row *row)
{
	return json_pack("{ss ss si so so so so so so so sI sI sI ss so ss}",
			 "strategy", row->strategy, "cmdline", row->cmdline,
			 "threads", (int)row->threads, "boot_wait_ns",
			 json_number(row->boot_wait_ns), "complete_ns",
			 json_number(row->complete_ns), "ns_per_page",
			 json_number(row->ns_per_page), "bytes_per_s",
			 json_number(row->bytes_per_s), "roofline_bytes_per_s",
			 json_number(row->roofline_bytes_per_s),
			 "mainline_ns_per_page",
			 json_number(row->mainline_ns_per_page), "spread_pct",
			 json_number(row->spread_pct), "pages_total",
			 (json_int_t)row->pages_total, "pages_initialised",
			 (json_int_t)row->pages_initialised,
			 "memory_touched_bytes",
			 (json_int_t)row->memory_touched_bytes, "store",
			 row->store, "verified",
			 row->verdict == REPORT_UNCHECKED ?
				 json_null() :
				 json_boolean(row->verdict == REPORT_VERIFIED),
			 "label", row->label);
}

static void print_json(const struct report *report, FILE *out)
{
	json_t *rows = json_array();
	json_t *root;
	unsigned int i;

	for (i = 0; i < report->nr_rows; i++)
		json_array_append_new(rows, row_json(&report->rows[i]));
	root = json_pack("{si ss ss s{ss ss* si si sI} si sI so}",
			 "schema_version", 1, "tool_version", MEMMAP_VERSION,
			 "label", report->label, "machine", "name",
			 report->machine, "notes", report->notes, "nodes",
			 (int)report->nr_nodes, "cpus", (int)report->nr_cpus,
			 "mem_bytes", (json_int_t)report->mem_bytes, "runs",
			 (int)report->runs, "peak_rss_bytes",
			 (json_int_t)report->peak_rss_bytes, "results", rows);
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}

/**
 * report_print - write the table
 * @report: what to say
 * @format: how
 * @out: where
 *
 * Return: 0, or -1 if it could not be written whole.
 */
int report_print(const struct report *report, enum report_format format,
		 FILE *out)
{
	if (format == REPORT_JSON)
		print_json(report, out);
	else if (format == REPORT_CSV)
		print_csv(report, out);
	else
		print_text(report, out);
	return fflush(out) || ferror(out) ? -1 : 0;
}
