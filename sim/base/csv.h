/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_CSV_H
#define SIM_BASE_CSV_H

#include "base/error.h"

/**
 * struct csv - a table in memory
 * @path: for messages
 * @separator: what parts cells
 * @nr_columns: columns
 * @nr_rows: rows, the header not among them
 * @column: names
 * @cell: @nr_rows times @nr_columns texts, never NULL
 * @line: line number per row
 */
struct csv {
	const char *path;
	char separator;
	unsigned int nr_columns;
	unsigned int nr_rows;
	char **column;
	char **cell;
	unsigned int *line;
};

int csv_load(struct csv *csv, const char *path, const char *const *columns,
	     struct error *error);
const char *csv_text(const struct csv *csv, unsigned int row,
		     const char *column);
int csv_count(const struct csv *csv, unsigned int row, const char *column,
	      unsigned int most, unsigned int *value, struct error *error);
int csv_number(const struct csv *csv, unsigned int row, const char *column,
	       double *value, struct error *error);
void csv_free(struct csv *csv);

#endif /* SIM_BASE_CSV_H */
