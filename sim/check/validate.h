/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_VALIDATE_H
#define SIM_CHECK_VALIDATE_H

/*
 * The simulation held to published timings: rows of one thread say what a page
 * costs their machine, every row with more threads is predicted by the virtual
 * executor, and how far off that is says what a prediction is worth.
 */
#include "check/row_machine.h"
#include "model/band.h"

enum validate_role {
	VALIDATE_CALIBRATION, /* one thread: it calibrates and does not count */
	VALIDATE_PREDICTED,
	VALIDATE_NOT_PREDICTED,
};

/**
 * struct validate_row - a published timing and its prediction
 * @published: as published
 * @role: what it is used for
 * @why: why it is not predicted
 * @banded: as predicted
 * @low_ms: of its band, with what is known of this very measurement
 * @high_ms: the same
 * @predicted_ms: by the model
 * @left_out_ms: the same, the machine's own rows unknown to the constants; NAN
 *	if interrupted
 * @others: share of data-sheet bandwidth as fitted on other machines
 */
struct validate_row {
	const struct published_row *published;
	enum validate_role role;
	const char *why;
	struct banded banded;
	double low_ms;
	double high_ms;
	double predicted_ms;
	double left_out_ms;
	double others;
};

/**
 * struct validate_summary - over the predicted rows; NAN of none
 * @nr: predicted rows
 * @mean_pct: their errors, with their signs
 * @mean_abs_pct: without
 * @worst_pct: the largest, without its sign
 * @left_out_pct: mean without signs, each machine left out of the fit in turn
 * @nr_in_band: rows that were measured within their band
 * @band_factor: mean of the bands' high ends over their low ends
 */
struct validate_summary {
	unsigned int nr;
	double mean_pct;
	double mean_abs_pct;
	double worst_pct;
	double left_out_pct;
	unsigned int nr_in_band;
	double band_factor;
};

/**
 * struct validate - all rows
 * @nr: rows
 * @row: the rows
 * @efficiency: share of data-sheet bandwidth that is reached; the same for all
 * @fitted: what these rows alone would make of it; NAN if interrupted
 * @calibration: per machine, at its first row
 * @errors: of each row, with each efficiency that a fit looks at
 */
struct validate {
	unsigned int nr;
	struct validate_row *row;
	double efficiency;
	double fitted;
	struct calibration *calibration;
	double *errors;
};

/*
 * All of it, or in steps:
 *
 *	validate_begin(&v, &published);
 *	for (i = 0; i < v.nr; i++)
 *		validate_predict(&v, i);	in any order, by any thread
 *	validate_end(&v, NULL);
 */
void validate_run(struct validate *v, const struct published *published);
void validate_begin(struct validate *v, const struct published *published);
void validate_predict(struct validate *v, unsigned int i);
void validate_end(struct validate *v, const bool *done);
void validate_free(struct validate *v);
double validate_error_pct(const struct validate_row *row, double ms);
void validate_summarise(const struct validate *v,
			struct validate_summary *summary);
unsigned int validate_knee(const struct validate *v, unsigned int group,
			   bool predicted);

#endif /* SIM_CHECK_VALIDATE_H */
