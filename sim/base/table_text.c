// SPDX-License-Identifier: GPL-2.0-only
/* Tables for a reader: aligned, in units, and as wide as the paper. */
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/die.h"
#include "base/table_internal.h"
#include "base/text.h"
#include "base/units.h"

/* What a column of long text is not made narrower than. */
#define LEAST_WRAP 20

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

/* What it can be made to take. */
static unsigned int least_width(const struct table_column *column,
				unsigned int natural)
{
	return column->wrap && natural > LEAST_WRAP ? LEAST_WRAP : natural;
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
		total += least_width(&table->column[j], width[j]) + 1;
	}
	for (j = table->nr_columns; room && total > room + 1 && j-- > 0;) {
		if (!width[j] || !table->column[j].optional)
			continue;
		total -= least_width(&table->column[j], width[j]) + 1;
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
		die_of_memory();
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
		die_of_memory();
	scols_unref_table(scols);
	print_trimmed(text, out);
	free(text);
	if (left_out)
		fprintf(out, "Too narrow for: %s.\n", left_out);
	free(left_out);
	free(width);
}
