/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_KERNEL_LOG_H
#define SIM_CHECK_KERNEL_LOG_H

/*
 * A kernel log: what each boot in it says of its memmap, and what it should say
 * according to a machine.
 */
#include <linux/memmap_init.h>
#include "base/error.h"
#include "check/deferred.h"
#include "log/boot.h"
#include "machine/machine.h"

/**
 * struct kernel_log_line - a line that counts
 * @boot: of @log in struct kernel_log
 * @strategy: its name
 * @nid: node, NUMA_NO_NODE for all
 * @pages: 0 if it does not say
 * @alone: one thread a node did it, whatever CPUs that has
 * @kind: how its kernel went about a node, if mainline did it
 * @measured_ms: what it says
 * @predicted_ms: NAN without a prediction; for @pages, where they are known
 * @low_ms: the least that @predicted_ms may be
 * @high_ms: the most
 * @machine_pages: pages that the same drain has on the machine
 */
struct kernel_log_line {
	unsigned int boot;
	const char *strategy;
	int nid;
	unsigned long pages;
	bool alone;
	enum deferred_kind kind;
	double measured_ms;
	double predicted_ms;
	double low_ms;
	double high_ms;
	unsigned long machine_pages;
};

/**
 * struct kernel_log - what kernels said of the memmap
 * @log: all that they said
 * @param: of each boot, memmap_init= of its own command line
 * @unknown: of each boot: memmap_init= is given, and its kernel does not know it
 * @line: lines of all boots
 * @nr: how many
 * @fault_ns: of each boot: what a first touch would have to take to explain what
 *	was measured over the prediction; 0: it explains nothing there
 * @note: what a reader of them has to know, a line each
 * @nr_notes: how many
 */
struct kernel_log {
	struct log log;
	struct memmap_param *param;
	bool *unknown;
	struct kernel_log_line *line;
	unsigned int nr;
	double *fault_ns;
	char **note;
	unsigned int nr_notes;
};

int kernel_log_read(struct kernel_log *log, const char *path,
		    struct error *error);
void kernel_log_predict(struct kernel_log *log, unsigned int boot,
			const struct machine *machine);
void kernel_log_note_predicted(struct kernel_log *log,
			       const struct machine *machine);
double kernel_log_error_pct(const struct kernel_log_line *line);
void kernel_log_free(struct kernel_log *log);

/* kernel_log_notes.c */
void kernel_log_note(struct kernel_log *log, unsigned int line,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void kernel_log_note_boots(struct kernel_log *log);
int kernel_log_silent(const struct kernel_log *log, struct error *error);
void kernel_log_note_missing(struct kernel_log *log,
			     const struct machine *machine);
void kernel_log_note_memory(struct kernel_log *log,
			    const struct machine *machine);
void kernel_log_note_scaled(struct kernel_log *log,
			    const struct machine *machine);
void kernel_log_note_faults(struct kernel_log *log);
double kernel_log_faults(struct kernel_log *log, unsigned int boot,
			 const struct machine *machine);

/* kernel_log_run.c */
void kernel_log_band(struct kernel_log *log, unsigned int boot,
		     const struct machine *machine);
void kernel_log_run(struct kernel_log *log, unsigned int boot,
		    const struct machine *machine);

#endif /* SIM_CHECK_KERNEL_LOG_H */
