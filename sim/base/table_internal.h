/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_TABLE_INTERNAL_H
#define SIM_BASE_TABLE_INTERNAL_H

/* What table.c holds and table_text.c prints. */
#include "base/table.h"

enum cell_type {
	CELL_NONE,
	CELL_TEXT,
	CELL_NUMBER,
	CELL_COUNT,
	CELL_BOOL,
};

struct cell {
	enum cell_type type;
	char *text;
	double number;
	unsigned long count;
};

struct row {
	struct cell *cell;
	enum table_colour colour;
};

/**
 * struct table - rows of cells
 * @nr_columns: columns
 * @column: what they are
 * @nr_rows: rows that are complete
 * @row: those, and the one that is being filled
 * @at: cells of that one that are put
 */
struct table {
	unsigned int nr_columns;
	struct table_column *column;
	unsigned int nr_rows;
	struct row *row;
	unsigned int at;
};

#endif /* SIM_BASE_TABLE_INTERNAL_H */
