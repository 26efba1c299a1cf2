// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model against published timings.
 *
 * A machine gives one row, its one-thread timing, and its data sheet. From
 * these follow all other rows of that machine: the one-thread row says what a
 * page costs a CPU alone, the data sheet what it costs the memory, and mean
 * value analysis what many CPUs make of the two.
 *
 * Global constants, the same for every machine:
 *
 * EFFICIENCY: share of channels x MT/s x 8 that a node's memory delivers under
 * stores. Fitted once on the rows of sim/data with more than one thread; a test
 * holds it to what validate_fit() says of them. No row that is predicted has
 * a say in it, whatever file is given. Leaving a machine out, it is fitted on
 * the others of that file, if any of them has such rows.
 *
 * TRAFFIC: an ordinary store to a line that is not cached reads it first and
 * writes it back later: twice the bytes. Physics.
 *
 * NT_RATIO: a page by non-temporal stores over the same by ordinary ones, one
 * thread: 3.6 over 8.8 ns, measured on a 2-core Xeon with this project's own
 * stores, on none of the machines here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "mva.h"
#include "validate.h"

#define DESCRIPTOR		64.0
#define TRAFFIC			2.0
#define NT_RATIO		(3.6 / 8.8)
#define EFFICIENCY		0.63
/* A knee: the fewest threads within this factor of the fastest. */
#define KNEE			1.2

static double need(const struct csv *csv, unsigned int row, const char *column)
{
	double value = 0;

	csv_number(csv, row, column, &value);
	return value;
}

static void load_machine(struct validate_row *row, const struct csv *machines)
{
	unsigned int i;

	for (i = 0; i < machines->nr_rows; i++) {
		if (strcmp(csv_text(machines, i, "machine"), row->machine))
			continue;
		row->cores = need(machines, i, "cores_per_node");
		row->channel_bytes_per_s =
			need(machines, i, "channels_per_node") *
			need(machines, i, "mts") * 8e6;
		return;
	}
}

/**
 * validate_load - read both tables
 * @v: the result
 * @data: published timings
 * @machines: data sheets; a machine may be missing
 */
void validate_load(struct validate *v, const struct csv *data,
		   const struct csv *machines)
{
	unsigned int i, j;

	v->nr = data->nr_rows;
	v->row = calloc(v->nr ? v->nr : 1, sizeof(*v->row));
	if (!v->row)
		abort();
	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		row->machine = csv_text(data, i, "machine");
		row->path = csv_text(data, i, "path");
		row->store = csv_text(data, i, "store");
		if (strcmp(row->store, "cached") && strcmp(row->store, "nt"))
			usage_error("%s:%u: column 'store': '%s': want cached or nt",
				    data->path, data->line[i], row->store);
		row->threads = need(data, i, "threads_per_node");
		row->nodes = need(data, i, "nodes");
		row->pages = need(data, i, "pages_per_node");
		row->measured_ms = need(data, i, "ms");
		if (row->measured_ms <= 0)
			usage_error("%s:%u: column 'ms': want a time above 0",
				    data->path, data->line[i]);
		load_machine(row, machines);
		for (j = 0; strcmp(v->row[j].machine, row->machine); j++)
			;
		row->group = j;
	}
}

static bool one_thread(const struct validate_row *row)
{
	return row->threads <= 1;
}

/* The one row a machine may learn from: one thread, else the older kernel's. */
static struct validate_row *calibration(struct validate *v, unsigned int group)
{
	struct validate_row *found = NULL;
	unsigned int i;

	for (i = group; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		if (row->group != group || !one_thread(row) || !row->pages)
			continue;
		if (!found || (found->threads == 0 && row->threads == 1))
			found = row;
	}
	return found;
}

/* Passes over several nodes at once count the slowest; a serial one the sum. */
static double pages_in_turn(const struct validate_row *row)
{
	return strcmp(row->path, "deferred") ?
		row->pages * fmax(row->nodes, 1) : row->pages;
}

static const char *why_not(const struct validate_row *row,
			   const struct validate_row *from)
{
	if (!from)
		return "no one-thread row with a number of pages";
	if (!row->pages)
		return "pages_per_node not published";
	if (!row->nodes && strcmp(row->path, "deferred"))
		return "nodes not published";
	if (!strcmp(row->path, "free_all") != !strcmp(from->path, "free_all"))
		return "the free pass does not follow from the other passes";
	if (!one_thread(row) && !row->channel_bytes_per_s)
		return "channels_per_node or mts not published";
	if (!one_thread(row) && !row->cores)
		return "cores_per_node not published";
	return NULL;
}

static double predict(const struct validate_row *row,
		      const struct validate_row *from, double efficiency)
{
	double alone = from->measured_ms * 1e6 / pages_in_turn(from);
	double traffic = strcmp(row->store, "nt") ? TRAFFIC : 1;
	unsigned int threads = row->threads ? row->threads : 1;
	double service;

	if (strcmp(row->store, from->store))
		alone *= strcmp(row->store, "nt") ? 1 / NT_RATIO : NT_RATIO;
	if (threads == 1)
		return alone * pages_in_turn(row) / 1e6;
	/* Two hardware threads of a core store no faster than one. */
	threads = fmin(threads, row->cores);
	service = traffic * DESCRIPTOR * 1e9 /
		  (row->channel_bytes_per_s * efficiency);
	return mva_page_ns(alone, service, threads) * pages_in_turn(row) / 1e6;
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
	return 100 * (ms / row->measured_ms - 1);
}

/* Mean absolute error of the rows that depend on @efficiency. */
static double fit_error(struct validate *v, int without, double efficiency)
{
	double sum = 0;
	unsigned int i, nr = 0;

	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		if ((int)row->group == without || one_thread(row) ||
		    row->role != VALIDATE_PREDICTED)
			continue;
		sum += fabs(validate_error_pct(row,
			predict(row, calibration(v, row->group), efficiency)));
		nr++;
	}
	return nr ? sum / nr : NAN;
}

static double validate_fit(struct validate *v, int without)
{
	double best = EFFICIENCY, least = INFINITY;
	unsigned int pct;

	for (pct = 30; pct <= 100; pct++) {
		double error = fit_error(v, without, pct / 100.0);

		if (error < least) {
			least = error;
			best = pct / 100.0;
		}
	}
	return best;
}

/**
 * validate_run - calibrate, predict, leave one out
 * @v: as loaded
 */
void validate_run(struct validate *v)
{
	unsigned int i;

	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];
		struct validate_row *from = calibration(v, row->group);

		row->why = why_not(row, from);
		row->role = row == from ? VALIDATE_CALIBRATION :
			    row->why ? VALIDATE_NOT_PREDICTED :
				       VALIDATE_PREDICTED;
		if (row == from)
			row->why = NULL;
	}
	v->efficiency = EFFICIENCY;
	v->fitted = validate_fit(v, -1);
	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];
		struct validate_row *from = calibration(v, row->group);

		if (row->role == VALIDATE_NOT_PREDICTED)
			continue;
		row->predicted_ms = predict(row, from, v->efficiency);
		row->loo_ms = predict(row, from, validate_fit(v, row->group));
	}
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
			   int predicted)
{
	unsigned int i, nr = 0, knee = 0;
	double fastest = INFINITY;

	for (i = group; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];

		if (row->group != group || one_thread(row) ||
		    row->role != VALIDATE_PREDICTED)
			continue;
		nr++;
		fastest = fmin(fastest, predicted ? row->predicted_ms :
						    row->measured_ms);
	}
	for (i = group; nr >= 3 && i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];
		double ms = predicted ? row->predicted_ms : row->measured_ms;

		if (row->group != group || one_thread(row) ||
		    row->role != VALIDATE_PREDICTED || ms > KNEE * fastest)
			continue;
		if (!knee || row->threads < knee)
			knee = row->threads;
	}
	return knee;
}
