/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_VALIDATE_H
#define SIM_CHECK_VALIDATE_H

#include <stdbool.h>
#include "base/csv.h"
#include "base/error.h"

enum validate_role {
	VALIDATE_CALIBRATION,
	VALIDATE_PREDICTED,
	VALIDATE_NOT_PREDICTED,
};

/**
 * struct validate_row - a published timing
 * @machine: its machine
 * @path: deferred, memmap_init, free_all
 * @store: cached or nt
 * @threads: per node; 0: a kernel that had no helpers
 * @threads_known: it was published
 * @nodes: 0 if not published
 * @pages: per node, 0 if not published
 * @measured_ms: as published; NAN if it was not
 * @predicted_ms: by the model
 * @loo_ms: the same, the machine's own rows unknown to the global constants
 * @role: what it is used for
 * @why: why it is not predicted
 * @group: index of the first row of its machine
 * @from: the row its machine learns from; NULL if there is none
 * @others: share of data-sheet bandwidth as fitted on other machines
 * @known: the machine has a data sheet
 * @cores: of a node, 0 if not published
 * @threads_per_core: 0 if not published
 * @channel_bytes_per_s: data-sheet bandwidth of a node, 0 if not published
 */
struct validate_row {
	const char *machine;
	const char *path;
	const char *store;
	unsigned int threads;
	bool threads_known;
	double nodes;
	double pages;
	double measured_ms;
	double predicted_ms;
	double loo_ms;
	enum validate_role role;
	const char *why;
	unsigned int group;
	const struct validate_row *from;
	double others;
	bool known;
	double cores;
	double threads_per_core;
	double channel_bytes_per_s;
};

/**
 * struct validate - all of them
 * @nr: rows
 * @row: the rows
 * @efficiency: share of data-sheet bandwidth that is reached; the same for all
 * @fitted: what these rows alone would make of it
 */
struct validate {
	unsigned int nr;
	struct validate_row *row;
	double efficiency;
	double fitted;
};

int validate_load(struct validate *v, const struct csv *data,
		  const struct csv *machines, struct error *error);
void validate_free(struct validate *v);
void validate_run(struct validate *v);
double validate_error_pct(const struct validate_row *row, double ms);
unsigned int validate_knee(const struct validate *v, unsigned int group,
			   int predicted);

#endif /* SIM_CHECK_VALIDATE_H */
