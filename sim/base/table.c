// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/json.h"
#include "base/table_internal.h"
#include "base/text.h"

/**
 * table_new - a table without rows
 * @column: its columns; texts must outlive the table
 * @nr: how many
 *
 * Return: the table, for table_free().
 */
struct table *table_new(const struct table_column *column, unsigned int nr)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->nr_columns = nr;
	table->column = xcalloc(nr, sizeof(*column));
	memcpy(table->column, column, nr * sizeof(*column));
	return table;
}

/**
 * table_free - the end of a table
 * @table: may be NULL
 */
void table_free(struct table *table)
{
	unsigned int i, j;

	if (!table)
		return;
	for (i = 0; i < table->nr_rows; i++) {
		for (j = 0; j < table->nr_columns; j++)
			free(table->row[i].cell[j].text);
		free(table->row[i].cell);
	}
	free(table->row);
	free(table->column);
	free(table);
}

static struct cell *next_cell(struct table *table, enum cell_type type)
{
	struct row *row;
	struct cell *cell;

	if (!table->at) {
		table->row = xrealloc(table->row, table->nr_rows + 1,
				      sizeof(*table->row));
		table->row[table->nr_rows] = (struct row){
			.cell = xcalloc(table->nr_columns,
					sizeof(*table->row->cell)),
		};
	}
	/* More cells than columns: a mistake of the program, not of its user. */
	if (table->at == table->nr_columns)
		abort();
	row = &table->row[table->nr_rows];
	cell = &row->cell[table->at++];
	cell->type = type;
	return cell;
}

/**
 * table_put_text - the next cell is a text
 * @table: the table
 * @text: any bytes; NULL: not there
 */
void table_put_text(struct table *table, const char *text)
{
	struct cell *cell = next_cell(table, text ? CELL_TEXT : CELL_NONE);

	cell->text = text ? xstrdup(text) : NULL;
}

/**
 * table_put_number - the next cell is a number
 * @table: the table
 * @value: in the unit of its kind; NAN and infinity: not there
 */
void table_put_number(struct table *table, double value)
{
	next_cell(table, isfinite(value) ? CELL_NUMBER : CELL_NONE)->number =
		value;
}

/**
 * table_put_count - the next cell is a whole number
 * @table: the table
 * @value: in the unit of its kind
 */
void table_put_count(struct table *table, unsigned long value)
{
	next_cell(table, CELL_COUNT)->count = value;
}

/**
 * table_put_bool - the next cell is yes or no
 * @table: the table
 * @value: which
 */
void table_put_bool(struct table *table, bool value)
{
	next_cell(table, CELL_BOOL)->count = value;
}

/**
 * table_put_none - the next cell is not there
 * @table: the table
 */
void table_put_none(struct table *table)
{
	next_cell(table, CELL_NONE);
}

/**
 * table_colour - how the row that is being filled stands out on a terminal
 * @table: the table
 * @colour: how
 */
void table_colour(struct table *table, enum table_colour colour)
{
	table->row[table->nr_rows].colour = colour;
}

/**
 * table_end_row - the row is complete
 * @table: the table
 */
void table_end_row(struct table *table)
{
	if (table->at != table->nr_columns)
		abort();
	table->nr_rows++;
	table->at = 0;
}

/**
 * table_rows - how many rows are complete
 * @table: the table
 */
unsigned int table_rows(const struct table *table)
{
	return table->nr_rows;
}

static void print_field(const char *text, FILE *out)
{
	if (!text[strcspn(text, ",\"\r\n \t")]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static bool has(const struct table_column *column, enum table_format format)
{
	return column->key && !(column->not_in & 1 << format);
}

static void print_cell(const struct cell *cell, FILE *out)
{
	char *plain;

	switch (cell->type) {
	case CELL_NONE:
		break;
	case CELL_TEXT:
		plain = text_plain(cell->text);
		print_field(plain, out);
		free(plain);
		break;
	case CELL_NUMBER:
		fprintf(out, "%.10g", cell->number);
		break;
	case CELL_COUNT:
		fprintf(out, "%lu", cell->count);
		break;
	case CELL_BOOL:
		fputs(cell->count ? "true" : "false", out);
		break;
	}
}

/**
 * table_print_csv - for a spreadsheet: RFC 4180, lines end as Unix has them
 * @table: the table
 * @out: where
 */
void table_print_csv(const struct table *table, FILE *out)
{
	const char *comma = "";
	unsigned int i, j;

	for (j = 0; j < table->nr_columns; j++) {
		if (!has(&table->column[j], TABLE_CSV))
			continue;
		fputs(comma, out);
		print_field(table->column[j].key, out);
		comma = ",";
	}
	fputc('\n', out);
	for (i = 0; i < table->nr_rows; i++) {
		comma = "";
		for (j = 0; j < table->nr_columns; j++) {
			if (!has(&table->column[j], TABLE_CSV))
				continue;
			fputs(comma, out);
			print_cell(&table->row[i].cell[j], out);
			comma = ",";
		}
		fputc('\n', out);
	}
}

static json_t *cell_json(const struct cell *cell)
{
	switch (cell->type) {
	case CELL_TEXT:
		return json_text(cell->text);
	case CELL_NUMBER:
		return json_value(cell->number);
	case CELL_COUNT:
		return json_integer(cell->count);
	case CELL_BOOL:
		return json_boolean(cell->count);
	default:
		return json_null();
	}
}

/**
 * table_json - for a program
 * @table: the table
 *
 * Return: an array of objects, one a row.
 */
json_t *table_json(const struct table *table)
{
	json_t *rows = json_array(), *row;
	unsigned int i, j;

	for (i = 0; i < table->nr_rows; i++) {
		row = json_object();
		for (j = 0; j < table->nr_columns; j++)
			if (has(&table->column[j], TABLE_JSON))
				json_put(row, table->column[j].key,
					 cell_json(&table->row[i].cell[j]));
		json_array_append_new(rows, row);
	}
	return rows;
}
