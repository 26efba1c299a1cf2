/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CSV_H
#define SIM_CSV_H

#include <stdbool.h>

/**
 * struct csv - a table in memory
 * @path: for messages
 * @nr_columns: columns
 * @nr_rows: rows, the header not among them
 * @column: names
 * @cell: @nr_rows times @nr_columns texts, never NULL
 * @line: line number per row
 */
struct csv {
	const char *path;
	unsigned int nr_columns;
	unsigned int nr_rows;
	char **column;
	char **cell;
	unsigned int *line;
};

/* All of these end the process with status 2 on bad input. */
void csv_load(struct csv *csv, const char *path, const char *const *columns);
const char *csv_text(const struct csv *csv, unsigned int row,
		     const char *column);
bool csv_count(const struct csv *csv, unsigned int row, const char *column,
	       unsigned int most, unsigned int *value);
bool csv_number(const struct csv *csv, unsigned int row, const char *column,
		double *value);
void csv_free(struct csv *csv);

#endif /* SIM_CSV_H */
