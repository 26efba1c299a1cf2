// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols/libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/die.h"
#include "base/json.h"
#include "base/table.h"
#include "base/text.h"
#include "base/units.h"

/* What a column of long text is not made narrower than. */
#define LEAST_WRAP 20

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

static double cell_number(const struct cell *cell)
{
	return cell->type == CELL_COUNT ? (double)cell->count : cell->number;
}

/* A cell as a reader sees it, to be freed. */
static char *cell_words(const struct table_column *column,
			const struct cell *cell)
{
	double value = cell_number(cell);
	char unit[UNITS_TEXT];

	if (cell->type == CELL_NONE)
		return xstrdup(column->none ? column->none : "-");
	if (cell->type == CELL_TEXT)
		return text_plain(cell->text);
	if (cell->type == CELL_BOOL)
		return xstrdup(cell->count ? column->yes : column->no);
	switch (column->kind) {
	case TABLE_PERCENT:
		return xasprintf("%.*f%%", column->digits, value);
	case TABLE_ERROR:
		return xasprintf("%+.*f%%", column->digits, value);
	case TABLE_FACTOR:
		return xasprintf("%.*fx", column->digits, value);
	case TABLE_BYTES:
		return xstrdup(format_bytes(unit, value));
	case TABLE_QUANTITY:
		return xasprintf("%.6g", value);
	case TABLE_BYTES_PER_S:
		return xasprintf("%.2f GB/s", value / 1e9);
	case TABLE_NS:
		return xstrdup(format_ns(unit, value));
	case TABLE_MS:
		return xstrdup(format_ns(unit, 1e6 * value));
	default:
		if (cell->type == CELL_COUNT)
			return xasprintf("%lu", cell->count);
		/* A page of thousands of CPUs takes picoseconds. */
		if (column->digits && value > 1e-4 && value < 0.1)
			return xasprintf("%.2g", value);
		return xasprintf("%.*f", column->digits, value);
	}
}

/* Characters, not bytes; wide ones are rare enough in names. */
static unsigned int width_of(const char *text)
{
	unsigned int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

/* What a column takes if all of it is shown; 0: nothing is to be shown. */
static unsigned int natural_width(const struct table *table, unsigned int j)
{
	const struct table_column *column = &table->column[j];
	const char *none = column->none ? column->none : "-";
	unsigned int width, i;
	bool empty = column->seldom;

	if (!column->title)
		return 0;
	width = width_of(column->title);
	for (i = 0; i < table->nr_rows; i++) {
		const struct cell *cell = &table->row[i].cell[j];
		char *words = cell_words(column, cell);

		if (width_of(words) > width)
			width = width_of(words);
		if (strcmp(words, none) &&
		    (!column->no || strcmp(words, column->no)))
			empty = false;
		free(words);
	}
	return empty ? 0 : width ? width : 1;
}

/*
 * Which columns does this paper have room for? Returns their widths, 0 for a
 * column that is not shown, to be freed. @left_out: titles of those that there
 * is no room for; NULL: none.
 */
static unsigned int *choose(const struct table *table, unsigned int room,
			    char **left_out)
{
	unsigned int *width = xcalloc(table->nr_columns, sizeof(*width));
	unsigned int j, total = 0;
	char *names;

	*left_out = NULL;
	for (j = 0; j < table->nr_columns; j++) {
		width[j] = natural_width(table, j);
		if (!width[j])
			continue;
		if (table->column[j].wrap && width[j] > LEAST_WRAP)
			total += LEAST_WRAP + 1;
		else
			total += width[j] + 1;
	}
	for (j = table->nr_columns; room && total > room + 1 && j-- > 0;) {
		if (!width[j] || !table->column[j].optional)
			continue;
		total -= width[j] + 1;
		width[j] = 0;
		names = xasprintf("%s%s%s", table->column[j].title,
				  *left_out ? ", " : "",
				  *left_out ? *left_out : "");
		free(*left_out);
		*left_out = names;
	}
	return width;
}

/* What is left for the column of long texts, of which a table has one. */
static unsigned int wrap_width(const struct table *table,
			       const unsigned int *width, unsigned int room)
{
	unsigned int j, others = 0;

	for (j = 0; j < table->nr_columns; j++)
		if (width[j] && !table->column[j].wrap)
			others += width[j] + 1;
	return others + LEAST_WRAP < room ? room - others : LEAST_WRAP;
}

/* End lines at blanks; a word that is longer than a line stays whole. */
static void break_lines(char *words, unsigned int width)
{
	char *line = words, *blank = NULL, *at;

	for (at = words; *at; at++) {
		if (*at != ' ')
			continue;
		if (at - line > (long)width && blank) {
			*blank = '\n';
			line = blank + 1;
		}
		blank = at;
	}
	if (at - line > (long)width && blank)
		*blank = '\n';
}

static const char *const colours[] = {
	[TABLE_WARNING] = "\033[33m",
	[TABLE_WRONG] = "\033[31m",
};

/**
 * table_paper - what a file descriptor leads to
 * @fd: the descriptor; -1: a file that is not there yet
 *
 * Return: width and colours of a terminal, the latter unless NO_COLOR is set
 * (no-color.org); for all else no end and no colours.
 */
struct table_paper table_paper(int fd)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct table_paper paper = { 0 };
	struct winsize size;

	if (fd < 0 || !isatty(fd))
		return paper;
	paper.width = 80;
	if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
		paper.width = size.ws_col;
	paper.colours = !(no_colour && *no_colour) &&
			!(term && !strcmp(term, "dumb"));
	return paper;
}

/* Lines without the blanks that the last column ends in. */
static void print_trimmed(const char *text, FILE *out)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n"), end = len;

		while (end && text[end - 1] == ' ')
			end--;
		fprintf(out, "%.*s\n", (int)end, text);
		text += len + !!text[len];
	}
}

/**
 * table_print_text - for a reader
 * @table: the table
 * @paper: from table_paper()
 * @out: where
 *
 * A narrow terminal gets long texts over several lines, then fewer columns, and
 * is told which. Anything else gets all of it.
 */
void table_print_text(const struct table *table, struct table_paper paper,
		      FILE *out)
{
	struct libscols_table *scols = scols_new_table();
	unsigned int i, j, *width, nr, wrap;
	struct libscols_column *column;
	struct libscols_line *line;
	char *left_out, *words, *text = NULL;

	if (!scols)
		abort();
	width = choose(table, paper.width, &left_out);
	wrap = wrap_width(table, width, paper.width);
	scols_table_set_termforce(scols, paper.width ? SCOLS_TERMFORCE_ALWAYS :
						       SCOLS_TERMFORCE_NEVER);
	if (paper.width)
		scols_table_set_termwidth(scols, paper.width);
	scols_table_enable_colors(scols, paper.colours);
	for (j = 0; j < table->nr_columns; j++) {
		enum table_kind kind = table->column[j].kind;
		bool left = kind == TABLE_WORDS || kind == TABLE_BOOL;

		if (!width[j])
			continue;
		if (paper.width && table->column[j].wrap && width[j] > wrap)
			width[j] = wrap;
		column = scols_table_new_column(scols, table->column[j].title,
						width[j],
						left ? 0 : SCOLS_FL_RIGHT);
		if (!paper.width || !table->column[j].wrap)
			continue;
		scols_column_set_flags(column, SCOLS_FL_WRAP);
		scols_column_set_safechars(column, "\n");
		scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
					  scols_wrapnl_nextchunk, NULL);
	}
	for (i = 0; i < table->nr_rows; i++) {
		line = scols_table_new_line(scols, NULL);
		if (paper.colours && table->row[i].colour)
			scols_line_set_color(line,
					     colours[table->row[i].colour]);
		for (j = 0, nr = 0; j < table->nr_columns; j++) {
			if (!width[j])
				continue;
			words = cell_words(&table->column[j],
					   &table->row[i].cell[j]);
			if (paper.width && table->column[j].wrap)
				break_lines(words, wrap);
			scols_line_refer_data(line, nr++, words);
		}
	}
	if (table->nr_rows && scols_print_table_to_string(scols, &text))
		abort();
	scols_unref_table(scols);
	print_trimmed(text, out);
	free(text);
	if (left_out)
		fprintf(out, "Too narrow for: %s.\n", left_out);
	free(left_out);
	free(width);
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
