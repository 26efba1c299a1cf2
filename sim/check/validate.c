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
 * stores. Fitted once on the rows of sim/check/data with more than one thread; a test
 * holds it to what validate_fit() says of them. No row that is predicted has
 * a say in it, whatever file is given. Leaving a machine out, it is fitted on
 * the others of that file, if any of them has such rows.
 *
 * TRAFFIC: an ordinary store to a line that is not cached reads it first and
 * writes it back later: twice the bytes. Physics.
 *
 * SMT_GAIN: what a core's second hardware thread adds to the first. EPYC 7551,
 * two cores: four threads are 1.29 times as fast as two, and the memory was not
 * what they waited for. Where it is, the gain does not show.
 *
 * NT_RATIO: a page by non-temporal stores over the same by ordinary ones, one
 * thread: 3.6 over 8.8 ns, measured on a 2-core Xeon with this project's own
 * stores, on none of the machines here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "check/validate.h"
#include "model/mva.h"

#define DESCRIPTOR  64.0
#define TRAFFIC	    2.0
#define NT_RATIO    (3.6 / 8.8)
#define EFFICIENCY  0.63
#define SMT_GAIN    0.3
#define MAX_THREADS 1000000
#define LEAST_MS    1e-6
#define MOST_MS	    1e12
/* A knee: the fewest threads within this factor of the fastest. */
#define KNEE 1.2

/* A number of one cell; 0 if the cell is empty or, with @error set, bad. */
static double cell(const struct csv *csv, unsigned int row, const char *column,
		   struct error *error)
{
	double value = 0;

	csv_number(csv, row, column, &value, error);
	return value;
}

static void load_machine(struct validate_row *row, const struct csv *machines,
			 struct error *error)
{
	int found = -1;
	unsigned int i;

	for (i = 0; i < machines->nr_rows; i++) {
		if (strcmp(csv_text(machines, i, "machine"), row->machine))
			continue;
		if (found >= 0)
			error_set(error, machines->path, machines->line[i],
				  row->machine,
				  "this machine stands in line %u already; keep one of them",
				  machines->line[found]);
		found = i;
	}
	if (found < 0)
		return;
	row->known = true;
	row->cores = cell(machines, found, "cores_per_node", error);
	row->threads_per_core = cell(machines, found, "threads_per_core",
				     error);
	row->channel_bytes_per_s = cell(machines, found, "channels_per_node",
					error) *
				   cell(machines, found, "mts", error) * 8e6;
}

static void load_row(struct validate_row *row, const struct csv *data,
		     unsigned int i, struct error *error)
{
	row->machine = csv_text(data, i, "machine");
	row->path = csv_text(data, i, "path");
	row->store = csv_text(data, i, "store");
	row->threads_known = csv_count(data, i, "threads_per_node", MAX_THREADS,
				       &row->threads, error) > 0;
	row->nodes = cell(data, i, "nodes", error);
	row->pages = cell(data, i, "pages_per_node", error);
	row->measured_ms = NAN;
	if (csv_number(data, i, "ms", &row->measured_ms, error) > 0 &&
	    !(row->measured_ms >= LEAST_MS && row->measured_ms <= MOST_MS))
		error_set(error, data->path, data->line[i],
			  csv_text(data, i, "ms"),
			  "column 'ms': want a time from %g to %g ms, or nothing",
			  LEAST_MS, MOST_MS);
}

/**
 * validate_load - read both tables
 * @v: the result; validate_free() it, whatever is returned
 * @data: published timings; must outlive @v
 * @machines: data sheets; a machine may be missing
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int validate_load(struct validate *v, const struct csv *data,
		  const struct csv *machines, struct error *error)
{
	unsigned int i, j;

	v->nr = data->nr_rows;
	v->row = xcalloc(v->nr, sizeof(*v->row));
	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		load_row(row, data, i, error);
		load_machine(row, machines, error);
		if (error_is_set(error))
			return -1;
		for (j = 0; strcmp(v->row[j].machine, row->machine); j++)
			;
		row->group = j;
	}
	return 0;
}

/**
 * validate_free - the end of all rows
 * @v: the rows
 */
void validate_free(struct validate *v)
{
	free(v->row);
	v->row = NULL;
}

static bool one_thread(const struct validate_row *row)
{
	return row->threads <= 1;
}

/* In the order in which a machine may learn from them. */
static const char *const paths[] = { "deferred", "memmap_init", "free_all" };

static unsigned int path_rank(const char *path)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths) && strcmp(paths[i], path); i++)
		;
	return i;
}

static bool known_store(const char *store)
{
	return !strcmp(store, "cached") || !strcmp(store, "nt");
}

/* Passes over several nodes at once count the slowest; a serial one the sum. */
static double pages_in_turn(const struct validate_row *row)
{
	return strcmp(row->path, "deferred") ?
		       row->pages * fmax(row->nodes, 1) :
		       row->pages;
}

/*
 * One thread before the older kernel's; then by path and store, the fastest of
 * several; never by line.
 */
static bool teaches_better(const struct validate_row *row,
			   const struct validate_row *than)
{
	if (row->threads != than->threads)
		return row->threads > than->threads;
	if (strcmp(row->path, than->path))
		return path_rank(row->path) < path_rank(than->path);
	if (strcmp(row->store, than->store))
		return strcmp(row->store, than->store) < 0;
	return row->measured_ms / pages_in_turn(row) <
	       than->measured_ms / pages_in_turn(than);
}

/* The one row a machine may learn from. */
static struct validate_row *calibration(struct validate *v, unsigned int group)
{
	struct validate_row *found = NULL;
	unsigned int i;

	for (i = group; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		if (row->group == group && row->threads_known &&
		    one_thread(row) && row->pages && !isnan(row->measured_ms) &&
		    path_rank(row->path) < ARRAY_SIZE(paths) &&
		    known_store(row->store) &&
		    (!found || teaches_better(row, found)))
			found = row;
	}
	return found;
}

static const char *why_not(const struct validate_row *row,
			   const struct validate_row *from)
{
	if (path_rank(row->path) == ARRAY_SIZE(paths))
		return "unknown path; want deferred, memmap_init or free_all";
	if (!known_store(row->store))
		return "unknown store; want cached or nt";
	if (isnan(row->measured_ms))
		return "ms not published";
	if (!row->threads_known)
		return "threads_per_node not published";
	if (!from)
		return "no one-thread row with a number of pages";
	if (!row->pages)
		return "pages_per_node not published";
	if (!row->nodes && strcmp(row->path, "deferred"))
		return "nodes not published";
	if (!strcmp(row->path, "free_all") != !strcmp(from->path, "free_all"))
		return "the free pass does not follow from the other passes";
	if (!one_thread(row) && !row->known)
		return "machine not among the data sheets";
	if (!one_thread(row) && !row->channel_bytes_per_s)
		return "channels_per_node or mts not published";
	if (!one_thread(row) && !row->cores)
		return "cores_per_node not published";
	return NULL;
}

/* A node's threads in cores: the second of a core counts for SMT_GAIN. */
static double busy_cores(const struct validate_row *row)
{
	double threads = row->threads;
	double most = row->cores * fmax(row->threads_per_core, 1);

	/* A data sheet that does not say may mean two. */
	if (!row->threads_per_core)
		most = 2 * row->cores;
	threads = fmin(threads, most);
	return fmin(threads, row->cores) +
	       SMT_GAIN * fmax(threads - row->cores, 0);
}

/* Between two whole numbers of writers their throughput is a straight line. */
static double page_ns(double alone, double service, double writers)
{
	double part = writers - floor(writers);

	return 1 / ((1 - part) / mva_page_ns(alone, service, floor(writers)) +
		    part / mva_page_ns(alone, service, floor(writers) + 1));
}

static double predict(const struct validate_row *row,
		      const struct validate_row *from, double efficiency)
{
	double alone = from->measured_ms * 1e6 / pages_in_turn(from);
	double traffic = strcmp(row->store, "nt") ? TRAFFIC : 1;
	double service;

	if (strcmp(row->store, from->store))
		alone *= strcmp(row->store, "nt") ? 1 / NT_RATIO : NT_RATIO;
	if (one_thread(row))
		return alone * pages_in_turn(row) / 1e6;
	service = traffic * DESCRIPTOR * 1e9 /
		  (row->channel_bytes_per_s * efficiency);
	return page_ns(alone, service, busy_cores(row)) * pages_in_turn(row) /
	       1e6;
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
		sum += fabs(validate_error_pct(row, predict(row, row->from,
							    efficiency)));
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
		const struct validate_row *from =
			row->group == i ? calibration(v, i) :
					  v->row[row->group].from;

		row->from = from;
		row->why = why_not(row, from);
		row->role = row == from ? VALIDATE_CALIBRATION :
			    row->why	? VALIDATE_NOT_PREDICTED :
					  VALIDATE_PREDICTED;
		if (row == from)
			row->why = NULL;
	}
	v->efficiency = EFFICIENCY;
	v->fitted = validate_fit(v, -1);
	for (i = 0; i < v->nr; i++) {
		struct validate_row *row = &v->row[i];

		row->others = row->group == i ? validate_fit(v, i) :
						v->row[row->group].others;
		if (row->role == VALIDATE_NOT_PREDICTED)
			continue;
		row->predicted_ms = predict(row, row->from, v->efficiency);
		row->loo_ms = predict(row, row->from, row->others);
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
