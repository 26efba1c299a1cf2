// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulation against published timings.
 *
 * One constant is fitted, the same for every machine: the share of its data
 * sheet that a memory reaches. It was fitted once, on the rows of
 * sim/check/data with more than one thread, and stands in the program; no row
 * that is predicted has a say in its own prediction, whatever file is given.
 * Leaving a machine out, it is fitted on the others of that file. A fit makes the
 * squares of logarithms least: twice as fast is as bad as twice as slow.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "check/validate.h"

/* Efficiencies that a fit looks at, in per cent. */
#define FIRST_PCT 30
#define LAST_PCT  100
#define NR_PCTS	  (LAST_PCT - FIRST_PCT + 1)

/* A knee: the fewest threads within this factor of the fastest. */
#define KNEE 1.2

/*
 * Kernels count in ticks: of 10, 4 or 1 ms, by CONFIG_HZ. Begin and end of what
 * was timed fell anywhere between two ticks, so 19 of 20 timings are less than
 * 0.8 ticks off.
 */
#define TICKS .8

static double mean_of(double sum, unsigned int nr)
{
	return nr ? sum / nr : 0;
}

/* All one-thread rows of a machine, each for what it timed. */
static void calibrate(const struct published *published, unsigned int group,
		      struct calibration *c)
{
	double deferred[DEFERRED_NR_KINDS] = { 0 }, init[2] = { 0 };
	unsigned int nr_deferred[DEFERRED_NR_KINDS] = { 0 }, nr_init[2] = { 0 };
	double freed = 0;
	unsigned int nr_freed = 0, i;

	for (i = group; i < published->nr; i++) {
		const struct published_row *row = &published->row[i];
		double ns;

		if (row->group != group || row_refused(row) ||
		    !published_one_thread(row))
			continue;
		ns = row_page_ns(row);
		if (row->path == PATH_DEFERRED) {
			deferred[row_kind(row)] += ns;
			nr_deferred[row_kind(row)]++;
		} else if (row->path == PATH_MEMMAP_INIT) {
			init[!strcmp(row->store, "nt")] += ns;
			nr_init[!strcmp(row->store, "nt")]++;
		} else {
			freed += ns;
			nr_freed++;
		}
	}
	for (i = 0; i < DEFERRED_NR_KINDS; i++)
		c->deferred_ns[i] = mean_of(deferred[i], nr_deferred[i]);
	for (i = 0; i < 2; i++)
		c->init_ns[i] = mean_of(init[i], nr_init[i]);
	c->free_ns = mean_of(freed, nr_freed);
}

static double predict_ms(const struct published_row *row,
			 const struct calibration *c, double efficiency)
{
	struct simulation_result result;
	struct memmap_param param;
	struct machine machine;

	row_machine(row, c, efficiency, &machine, &param);
	simulation_run(machine.topology, &machine.costs, &param, &result, NULL,
		       NULL);
	machine_free(&machine);
	return result.complete_ns / 1e6;
}

/* The largest tick that a time is a multiple of; 0: it is a mean, or finer. */
static double tick_ms(double ms)
{
	static const double ticks[] = { 10, 4, 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ticks); i++)
		if (fmod(ms, ticks[i]) == 0)
			return ticks[i];
	return 0;
}

/* The band of the prediction, and how far this measurement may be off itself. */
static void set_band(struct validate_row *row)
{
	const struct band *band = &row->banded.complete;
	const struct published_row *from = row->published;
	double off_ms = TICKS * tick_ms(from->measured_ms), off;

	if (!isnan(from->stdev_ms))
		off_ms = hypot(off_ms, from->stdev_ms);
	off = log1p(off_ms / row->predicted_ms);
	row->low_ms = row->predicted_ms * exp(-hypot(log(band->low), off));
	row->high_ms = row->predicted_ms * exp(hypot(log(band->high), off));
}

static void predict(struct validate_row *row, const struct calibration *c)
{
	struct memmap_param param;
	struct machine machine;

	row_machine(row->published, c, ROW_EFFICIENCY, &machine, &param);
	band_run(&machine, &param, NULL, NULL, &row->banded);
	machine_free(&machine);
	row->predicted_ms = row->banded.result.complete_ns / 1e6;
	set_band(row);
}

/**
 * validate_error_pct - how far off
 * @row: the timing
 * @ms: a prediction of it
 *
 * Return: per cent, negative if predicted too fast.
 */
double validate_error_pct(const struct validate_row *row, double ms)
{
	return 100 * (ms / row->published->measured_ms - 1);
}

static double error_at(const struct validate_row *row,
		       const struct calibration *c, double efficiency)
{
	double error = log(predict_ms(row->published, c, efficiency) /
			   row->published->measured_ms);

	return error * error;
}

/* The best efficiency for all machines but one (-1: for all). */
static double fit(const struct validate *v, const double *errors, int without)
{
	double best = ROW_EFFICIENCY, least = INFINITY;
	unsigned int pct, i;

	for (pct = 0; pct < NR_PCTS; pct++) {
		double sum = 0;
		unsigned int nr = 0;

		for (i = 0; i < v->nr; i++) {
			if (v->row[i].role != VALIDATE_PREDICTED ||
			    (int)v->row[i].published->group == without)
				continue;
			sum += errors[i * NR_PCTS + pct];
			nr++;
		}
		if (nr && sum / nr < least) {
			least = sum / nr;
			best = (FIRST_PCT + pct) / 100.0;
		}
	}
	return best;
}

static void fit_all(struct validate *v)
{
	unsigned int i;

	v->fitted = fit(v, v->errors, -1);
	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];
		unsigned int group = row->published->group;

		row->others = group == i ? fit(v, v->errors, i) :
					   v->row[group].others;
		if (row->role != VALIDATE_NOT_PREDICTED)
			row->left_out_ms = predict_ms(row->published,
						      &v->calibration[group],
						      row->others);
	}
}

/**
 * validate_begin - calibrate each machine, and say what each row is used for
 * @v: the result; validate_free() it
 * @published: the timings; must outlive @v
 */
void validate_begin(struct validate *v, const struct published *published)
{
	unsigned int i;

	*v = (struct validate){ .nr = published->nr,
				.efficiency = ROW_EFFICIENCY };
	v->row = xcalloc(v->nr, sizeof(*v->row));
	v->calibration = xcalloc(v->nr, sizeof(*v->calibration));
	v->errors = xcalloc((size_t)v->nr * NR_PCTS, sizeof(*v->errors));
	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		row->published = &published->row[i];
		if (row->published->group == i)
			calibrate(published, i, &v->calibration[i]);
		row->why = row_refused(row->published);
		row->role = row->why ? VALIDATE_NOT_PREDICTED :
			    published_one_thread(row->published) ?
				       VALIDATE_CALIBRATION :
				       VALIDATE_PREDICTED;
	}
}

/**
 * validate_predict - predict a row, with each efficiency that a fit looks at
 * @v: begun
 * @i: the row
 *
 * Context: any thread; rows know nothing of each other.
 */
void validate_predict(struct validate *v, unsigned int i)
{
	struct validate_row *row = &v->row[i];
	const struct calibration *c = &v->calibration[row->published->group];
	unsigned int pct;

	if (row->why)
		return;
	predict(row, c);
	for (pct = 0; row->role == VALIDATE_PREDICTED && pct < NR_PCTS; pct++)
		v->errors[i * NR_PCTS + pct] =
			error_at(row, c, (FIRST_PCT + pct) / 100.0);
}

/**
 * validate_end - leave each machine out in turn
 * @v: its rows predicted
 * @done: per row: it is predicted; NULL: all are. Without one of them nothing
 *	is fitted.
 */
void validate_end(struct validate *v, const bool *done)
{
	bool whole = true;
	unsigned int i;

	for (i = 0; done && i < v->nr; i++) {
		v->row[i].left_out_ms = NAN;
		whole &= done[i];
		if (done[i] || v->row[i].why)
			continue;
		v->row[i].why = "interrupted";
		v->row[i].role = VALIDATE_NOT_PREDICTED;
	}
	if (whole)
		fit_all(v);
	else
		v->fitted = NAN;
}

/**
 * validate_run - calibrate, predict, leave one out
 * @v: the result; validate_free() it
 * @published: the timings; must outlive @v
 */
void validate_run(struct validate *v, const struct published *published)
{
	unsigned int i;

	validate_begin(v, published);
	for (i = 0; i < v->nr; i++)
		validate_predict(v, i);
	validate_end(v, NULL);
}

/**
 * validate_free - the end of all rows
 * @v: the rows
 */
void validate_free(struct validate *v)
{
	free(v->row);
	free(v->calibration);
	free(v->errors);
	v->row = NULL;
}

/**
 * validate_summarise - what the errors come to
 * @v: after validate_run()
 * @summary: the result
 */
void validate_summarise(const struct validate *v,
			struct validate_summary *summary)
{
	struct validate_summary s = { 0 };
	unsigned int i;

	for (i = 0; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];
		double ms = row->published->measured_ms, pct;

		if (row->role != VALIDATE_PREDICTED)
			continue;
		pct = validate_error_pct(row, row->predicted_ms);
		s.nr++;
		s.mean_pct += pct;
		s.mean_abs_pct += fabs(pct);
		s.worst_pct = fmax(s.worst_pct, fabs(pct));
		s.left_out_pct +=
			fabs(validate_error_pct(row, row->left_out_ms));
		s.nr_in_band += row->low_ms <= ms && ms <= row->high_ms;
		s.band_factor += row->high_ms / row->low_ms;
	}
	/* Of nothing there is no mean. */
	s.mean_pct /= s.nr;
	s.mean_abs_pct /= s.nr;
	s.left_out_pct /= s.nr;
	s.band_factor /= s.nr;
	if (!s.nr)
		s.worst_pct = NAN;
	*summary = s;
}

/* One point of a machine's curve over threads. */
static bool on_curve(const struct validate_row *row, unsigned int group)
{
	return row->published->group == group &&
	       row->role == VALIDATE_PREDICTED && row->published->threads_known;
}

/**
 * validate_knee - from how many threads on is more of them no help?
 * @v: after validate_run()
 * @group: the machine
 * @predicted: of the prediction, not of the measurement
 *
 * Return: the fewest threads that come within a fifth of the fastest; 0 if the
 * machine has fewer than three rows with several threads.
 */
unsigned int validate_knee(const struct validate *v, unsigned int group,
			   bool predicted)
{
	unsigned int i, nr = 0, knee = 0;
	double fastest = INFINITY;

	for (i = group; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];

		if (!on_curve(row, group))
			continue;
		nr++;
		fastest = fmin(fastest, predicted ?
						row->predicted_ms :
						row->published->measured_ms);
	}
	for (i = group; nr >= 3 && i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];
		double ms = predicted ? row->predicted_ms :
					row->published->measured_ms;

		if (!on_curve(row, group) || ms > KNEE * fastest)
			continue;
		if (!knee || row->published->threads < knee)
			knee = row->published->threads;
	}
	return knee;
}
