// SPDX-License-Identifier: GPL-2.0-only
/* Published timings and data sheets, read from their tables. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "base/die.h"
#include "check/published.h"
#include "machine/machine.h"

#define LEAST_MS 1e-6
#define MOST_MS	 1e12
/* Far above any: a node has twelve channels, DDR5 ends at 8800. */
#define MOST_CHANNELS 1024
#define MOST_MTS      1000000
/* Pages of Linux: 4, 8, 16 and 64 KiB. */
#define MOST_PAGE_KIB 64

/* Columns that a table must have; the others may be missing. */
const char *const published_data_columns[] = {
	"machine",	    "path",	      "store", "nodes",
	"threads_per_node", "pages_per_node", "ms",    NULL
};

const char *const published_machine_columns[] = { "machine", "cores_per_node",
						  "channels_per_node", "mts",
						  NULL };

static const char *const paths[] = {
	[PATH_DEFERRED] = "deferred",
	[PATH_MEMMAP_INIT] = "memmap_init",
	[PATH_FREE_ALL] = "free_all",
};

/*
 * A number of one cell, at most @most; 0 if the cell is empty or, with @error
 * set, bad.
 */
static double cell(const struct csv *csv, unsigned int row, const char *column,
		   double most, struct error *error)
{
	double value = 0;

	if (csv_number(csv, row, column, &value, error) > 0 && value > most)
		error_set(error, csv->path, csv->line[row],
			  csv_text(csv, row, column),
			  "column '%s': want at most %.12g", column, most);
	return value;
}

/* The same of things that are whole. */
static unsigned int whole(const struct csv *csv, unsigned int row,
			  const char *column, unsigned int most,
			  struct error *error)
{
	unsigned int value = 0;

	csv_count(csv, row, column, most, &value, error);
	return value;
}

static void load_sheet(struct published_row *row, const struct csv *machines,
		       struct error *error)
{
	int found = -1;
	unsigned int i;

	row->notes = "";
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
	row->notes = csv_text(machines, found, "notes");
	row->cores = whole(machines, found, "cores_per_node", MACHINE_MAX_CPUS,
			   error);
	row->threads_per_core = whole(machines, found, "threads_per_core",
				      MACHINE_MAX_CPUS, error);
	row->mem_gib = cell(machines, found, "mem_gib_per_node",
			    MACHINE_MAX_BYTES >> 30, error);
	row->channels = cell(machines, found, "channels_per_node",
			     MOST_CHANNELS, error);
	row->mts = cell(machines, found, "mts", MOST_MTS, error);
}

/* "5.7-rc7" is 507, "6.12.3" 612. */
static unsigned int version_of(const char *text)
{
	unsigned int major, minor;

	return sscanf(text, "%3u.%2u", &major, &minor) == 2 ?
		       100 * major + minor :
		       0;
}

static void load_page_size(struct published_row *row, const struct csv *data,
			   unsigned int i, struct error *error)
{
	unsigned int kib = 4;

	csv_count(data, i, "page_kib", MOST_PAGE_KIB, &kib, error);
	if (kib < 4 || kib & (kib - 1))
		error_set(error, data->path, data->line[i],
			  csv_text(data, i, "page_kib"),
			  "column 'page_kib': want 4, 8, 16, 32 or 64, or nothing");
	else
		row->page_shift = PAGE_SHIFT + __builtin_ctz(kib / 4);
}

static void load_row(struct published_row *row, const struct csv *data,
		     unsigned int i, struct error *error)
{
	row->machine = csv_text(data, i, "machine");
	row->path_name = csv_text(data, i, "path");
	while (row->path < PATH_UNKNOWN &&
	       strcmp(paths[row->path], row->path_name))
		row->path++;
	row->store = csv_text(data, i, "store");
	row->version = version_of(csv_text(data, i, "kernel"));
	row->threads_known = csv_count(data, i, "threads_per_node",
				       MACHINE_MAX_CPUS, &row->threads,
				       error) > 0;
	row->nodes = whole(data, i, "nodes", MACHINE_MAX_NODES, error);
	row->pages = floor(cell(data, i, "pages_per_node",
				MACHINE_MAX_BYTES / MACHINE_MIN_BYTES, error));
	load_page_size(row, data, i, error);
	row->measured_ms = NAN;
	row->stdev_ms = NAN;
	csv_number(data, i, "stdev_ms", &row->stdev_ms, error);
	if (csv_number(data, i, "ms", &row->measured_ms, error) > 0 &&
	    !(row->measured_ms >= LEAST_MS && row->measured_ms <= MOST_MS))
		error_set(error, data->path, data->line[i],
			  csv_text(data, i, "ms"),
			  "column 'ms': want a time from %g to %g ms, or nothing",
			  LEAST_MS, MOST_MS);
}

/* Each cell may be right, and the whole more than any machine. */
static void check_size(const struct published_row *row, const struct csv *data,
		       unsigned int i, struct error *error)
{
	double nodes = fmax(row->nodes, 1);
	double cpus = fmax(row->threads,
			   row->cores * fmax(row->threads_per_core, 1));

	if (nodes * cpus > MACHINE_MAX_CPUS)
		error_set(error, data->path, data->line[i], row->machine,
			  "%.0f nodes of %.0f CPUs; want %u CPUs at most",
			  nodes, cpus, MACHINE_MAX_CPUS);
	if (nodes * row->pages > MACHINE_MAX_BYTES >> row->page_shift)
		error_set(error, data->path, data->line[i], row->machine,
			  "%.0f nodes of %.0f pages; want 1 PiB of memory at most",
			  nodes, row->pages);
}

/**
 * published_load - read both tables
 * @published: the result; published_free() it, whatever is returned
 * @data: timings; must outlive @published
 * @machines: data sheets, the same; a machine may be missing
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int published_load(struct published *published, const struct csv *data,
		   const struct csv *machines, struct error *error)
{
	unsigned int i, j;

	published->nr = data->nr_rows;
	published->row = xcalloc(published->nr, sizeof(*published->row));
	for (i = 0; i < published->nr; i++) {
		struct published_row *row = &published->row[i];

		load_row(row, data, i, error);
		load_sheet(row, machines, error);
		if (!row->pages)
			row->pages = floor(row->mem_gib * 0x1p30 /
					   (1UL << row->page_shift));
		check_size(row, data, i, error);
		if (error_is_set(error))
			return -1;
		for (j = 0; strcmp(published->row[j].machine, row->machine);
		     j++)
			;
		row->group = j;
	}
	return 0;
}

/**
 * published_free - the end of all rows
 * @published: the rows
 */
void published_free(struct published *published)
{
	free(published->row);
	published->row = NULL;
}

/**
 * published_one_thread - was this one CPU?
 * @row: the timing
 */
bool published_one_thread(const struct published_row *row)
{
	return row->path != PATH_DEFERRED ||
	       (row->threads_known && row->threads <= 1);
}

/* @word stands in @text, and is no part of a longer word. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = text; (at = strcasestr(at, word)); at++)
		if ((at == text || !isalpha((unsigned char)at[-1])) &&
		    !isalpha((unsigned char)at[len]))
			return true;
	return false;
}

/**
 * published_says - does a machine's name or data sheet have one of these words?
 * @row: of the machine
 * @words: NULL-terminated
 */
bool published_says(const struct published_row *row, const char *const *words)
{
	for (; *words; words++)
		if (has_word(row->machine, *words) ||
		    has_word(row->notes, *words))
			return true;
	return false;
}
