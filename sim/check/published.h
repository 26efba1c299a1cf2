/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_PUBLISHED_H
#define SIM_CHECK_PUBLISHED_H

/*
 * What others have published: timings of the memmap's initialisation, and the
 * data sheets of the machines. Formats: sim/check/data/, whose first lines
 * describe their columns.
 */
#include <stdbool.h>
#include "base/csv.h"
#include "base/error.h"

enum published_path {
	PATH_DEFERRED, /* a thread a node, or padata: both passes */
	PATH_MEMMAP_INIT, /* the boot CPU writes all struct pages */
	PATH_FREE_ALL, /* the boot CPU frees all pages */
	PATH_UNKNOWN
};

/**
 * struct published_row - a timing
 * @machine: its machine
 * @notes: of its data sheet, "" without one
 * @path_name: as written in the table
 * @path: what was timed
 * @store: as written in the table: cached or nt
 * @version: of its kernel, 100 * major + minor; 0 if not published
 * @threads: a node; 0: a kernel before there were several
 * @threads_known: that was published
 * @nodes: 0 if not published
 * @pages: a node, or what its memory has; 0 if neither is published
 * @page_shift: of the kernel's pages
 * @measured_ms: NAN if not published
 * @stdev_ms: NAN if not published
 * @cores: of a node, 0 if not published; as all below
 * @threads_per_core: of each core
 * @mem_gib: of a node
 * @channels: of a node's memory
 * @mts: million transfers a second, 8 bytes each
 * @group: index of the first row of its machine
 */
struct published_row {
	const char *machine;
	const char *notes;
	const char *path_name;
	enum published_path path;
	const char *store;
	unsigned int version;
	unsigned int threads;
	bool threads_known;
	unsigned int nodes;
	double pages;
	unsigned int page_shift;
	double measured_ms;
	double stdev_ms;
	unsigned int cores;
	unsigned int threads_per_core;
	double mem_gib;
	double channels;
	double mts;
	unsigned int group;
};

/**
 * struct published - all timings
 * @nr: rows
 * @row: the rows, in the order of the table
 */
struct published {
	unsigned int nr;
	struct published_row *row;
};

extern const char *const published_data_columns[];
extern const char *const published_machine_columns[];

int published_load(struct published *published, const struct csv *data,
		   const struct csv *machines, struct error *error);
void published_free(struct published *published);
bool published_one_thread(const struct published_row *row);
bool published_says(const struct published_row *row, const char *const *words);

#endif /* SIM_CHECK_PUBLISHED_H */
