/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_KERNEL_LOG_H
#define SIM_CHECK_KERNEL_LOG_H

#include <linux/memmap_init.h>
#include "base/error.h"
#include "machine/machine.h"

/**
 * struct kernel_log_line - a line that counts
 * @strategy: its name
 * @nid: node, NUMA_NO_NODE for all
 * @pages: 0 if it does not say
 * @measured_ms: what it says
 * @predicted_ms: NAN without a prediction
 */
struct kernel_log_line {
	char strategy[32];
	int nid;
	unsigned long pages;
	double measured_ms;
	double predicted_ms;
};

/**
 * struct kernel_log - what a kernel said of the memmap
 * @line: its lines
 * @nr: how many
 * @param: memmap_init= of its command line
 */
struct kernel_log {
	struct kernel_log_line *line;
	unsigned int nr;
	struct memmap_param param;
};

int kernel_log_read(struct kernel_log *log, const char *path,
		    struct error *error);
int kernel_log_predict(struct kernel_log *log, const struct machine *machine,
		       struct error *error);
double kernel_log_error_pct(const struct kernel_log_line *line);
void kernel_log_free(struct kernel_log *log);

#endif /* SIM_CHECK_KERNEL_LOG_H */
