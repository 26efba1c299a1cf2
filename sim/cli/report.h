/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

/*
 * One table for what was measured and what was predicted, so that the two can
 * be laid side by side.
 */
#include <stdbool.h>
#include <stdio.h>

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_CSV,
};

enum report_verdict {
	REPORT_UNCHECKED,
	REPORT_VERIFIED,
	REPORT_WRONG,
};

/**
 * struct report_row - one strategy
 * @strategy: its name
 * @cmdline: as on the boot line
 * @threads: CPUs that drained
 * @boot_wait_ns: until boot went on
 * @complete_ns: until all was initialised; NAN if that never happens
 * @ns_per_page: wall time over pages
 * @bytes_per_s: descriptors written, 64 bytes each
 * @roofline_bytes_per_s: the best plain fill with the same threads; NAN if none
 * @mainline_ns_per_page: mainline's two passes, same threads; NAN if none
 * @spread_pct: (max - min) / median of complete_ns, or of boot_wait_ns
 * @pages_total: pages of the machine
 * @pages_initialised: by the strategy itself, edges included
 * @memory_touched_bytes: descriptors written
 * @store: "cached" or "nt"
 * @verdict: of --verify
 * @label: what it rests on: measured, calibrated or extrapolated
 */
struct report_row {
	const char *strategy;
	const char *cmdline;
	unsigned int threads;
	double boot_wait_ns;
	double complete_ns;
	double ns_per_page;
	double bytes_per_s;
	double roofline_bytes_per_s;
	double mainline_ns_per_page;
	double spread_pct;
	unsigned long pages_total;
	unsigned long pages_initialised;
	unsigned long memory_touched_bytes;
	const char *store;
	enum report_verdict verdict;
	const char *label;
};

/**
 * struct report - a table
 * @label: measured, calibrated or extrapolated
 * @machine: name of the machine
 * @notes: what to know of it, or NULL
 * @nr_nodes: its nodes
 * @nr_cpus: its CPUs
 * @mem_bytes: its memory
 * @runs: medians of how many runs
 * @peak_rss_bytes: of this process
 * @nr_rows: rows
 * @rows: the rows
 */
struct report {
	const char *label;
	const char *machine;
	const char *notes;
	unsigned int nr_nodes;
	unsigned int nr_cpus;
	unsigned long mem_bytes;
	unsigned int runs;
	unsigned long peak_rss_bytes;
	unsigned int nr_rows;
	struct report_row *rows;
};

bool report_format_parse(const char *text, enum report_format *format);
int report_print(const struct report *report, enum report_format format,
		 FILE *out);
unsigned long report_peak_rss(void);

#endif /* SIM_REPORT_H */
