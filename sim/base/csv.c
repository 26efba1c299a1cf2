// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables as RFC 4180 has them, in UTF-8, with comment lines that begin with #.
 * Blanks around a field that is not quoted do not count.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "base/csv.h"

#define MAX_COLUMNS 64

/* Cut one field off; quotes may hold commas and doubled quotes. */
static char *cut_field(const struct csv *csv, unsigned int line, char **p)
{
	char *from = *p, *to = from, *field = from;

	if (*from == '"') {
		for (from++; *from && (*from != '"' || from[1] == '"');
		     from++) {
			if (*from == '"')
				from++;
			*to++ = *from;
		}
		if (!*from)
			usage_error(
				"%s:%u: a quote is not closed; close it on the same line",
				csv->path, line);
		from++;
		if (*from && *from != ',')
			usage_error(
				"%s:%u: text behind a closing quote; put a comma there or double the quote",
				csv->path, line);
	} else {
		from += strcspn(from, ",");
		field += strspn(field, " \t");
		for (to = from; to > field && strchr(" \t", to[-1]); to--)
			;
	}
	*p = *from ? from + 1 : NULL;
	*to = '\0';
	return field;
}

static unsigned int cut_line(const struct csv *csv, unsigned int line,
			     char *text, char **field)
{
	unsigned int nr = 0;

	while (text) {
		if (nr == MAX_COLUMNS)
			usage_error("%s:%u: more than %u columns", csv->path,
				    line, MAX_COLUMNS);
		field[nr] = strdup(cut_field(csv, line, &text));
		if (!field[nr++])
			abort();
	}
	return nr;
}

static void csv_row(struct csv *csv, unsigned int line, char *text)
{
	char *field[MAX_COLUMNS];
	unsigned int nr = cut_line(csv, line, text, field);

	if (!csv->column) {
		csv->nr_columns = nr;
		csv->column = malloc(nr * sizeof(*csv->column));
		if (!csv->column)
			abort();
		memcpy(csv->column, field, nr * sizeof(*field));
		return;
	}
	if (nr != csv->nr_columns)
		usage_error(
			"%s:%u: %u columns, the header has %u; leave a cell empty, but keep its comma, and quote text that holds one",
			csv->path, line, nr, csv->nr_columns);
	csv->line = realloc(csv->line, (csv->nr_rows + 1) * sizeof(*csv->line));
	csv->cell = realloc(csv->cell,
			    (csv->nr_rows + 1) * nr * sizeof(*csv->cell));
	if (!csv->line || !csv->cell)
		abort();
	csv->line[csv->nr_rows] = line;
	memcpy(csv->cell + csv->nr_rows * nr, field, nr * sizeof(*field));
	csv->nr_rows++;
}

static int find_column(const struct csv *csv, const char *name)
{
	unsigned int i;

	for (i = 0; i < csv->nr_columns; i++)
		if (!strcmp(csv->column[i], name))
			return i;
	return -1;
}

/* What is printed as JSON later has to be UTF-8, so all of it has to. */
static void check_utf8(const struct csv *csv, unsigned int line,
		       const char *text)
{
	json_t *string = json_string(text);

	if (!string)
		usage_error(
			"%s:%u: not UTF-8; convert the file, as with iconv -f latin1 -t utf8",
			csv->path, line);
	json_decref(string);
}

/**
 * csv_load - read a table
 * @csv: the result
 * @path: the file
 * @columns: names that must be there, NULL-terminated; others may be
 */
void csv_load(struct csv *csv, const char *path, const char *const *columns)
{
	FILE *file = fopen(path, "r");
	unsigned int line = 0;
	char *text = NULL, *from;
	size_t room = 0;
	ssize_t len;

	memset(csv, 0, sizeof(*csv));
	csv->path = path;
	if (!file)
		usage_error("%s: %s", path, strerror(errno));
	while ((len = getline(&text, &room, file)) >= 0) {
		line++;
		from = text;
		/* What some spreadsheets put first to say that it is UTF-8. */
		if (line == 1 && !strncmp(from, "\xef\xbb\xbf", 3))
			from += 3;
		from[strcspn(from, "\r\n")] = '\0';
		from += strspn(from, " \t");
		if (!*from || *from == '#')
			continue;
		check_utf8(csv, line, from);
		csv_row(csv, line, from);
	}
	if (ferror(file))
		usage_error("%s: %s", path, strerror(errno));
	free(text);
	fclose(file);
	if (!csv->column)
		usage_error("%s: empty; want a header line with column names",
			    path);
	for (; *columns; columns++)
		if (find_column(csv, *columns) < 0)
			usage_error(
				"%s: no column '%s' in the header, its first line; add it, its cells may be empty",
				path, *columns);
}

/**
 * csv_text - one cell
 * @csv: the table
 * @row: from 0
 * @column: its name; must be there
 *
 * Return: the text, "" if empty.
 */
const char *csv_text(const struct csv *csv, unsigned int row,
		     const char *column)
{
	int at = find_column(csv, column);

	return at < 0 ? "" : csv->cell[row * csv->nr_columns + at];
}

/**
 * csv_number - one cell that holds a number or nothing
 * @csv: the table
 * @row: from 0
 * @column: its name
 * @value: the number
 *
 * Return: false if the cell is empty. Anything but a finite number that is not
 * negative ends the process.
 */
bool csv_number(const struct csv *csv, unsigned int row, const char *column,
		double *value)
{
	const char *text = csv_text(csv, row, column);
	char *end;

	if (!*text)
		return false;
	errno = 0;
	*value = strtod(text, &end);
	/* strtod() knows hexadecimal, nan and inf; a table does not. */
	if (text[strspn(text, "0123456789.eE+-")])
		errno = EINVAL;
	if (errno || *end || !isfinite(*value) || *value < 0)
		usage_error(
			"%s:%u: column '%s': '%s': want a number that is not negative, or nothing",
			csv->path, csv->line[row], column, text);
	return true;
}

/**
 * csv_count - one cell that holds a whole number or nothing
 * @csv: the table
 * @row: from 0
 * @column: its name
 * @most: largest
 * @value: the number
 *
 * Return: false if the cell is empty. Anything else ends the process.
 */
bool csv_count(const struct csv *csv, unsigned int row, const char *column,
	       unsigned int most, unsigned int *value)
{
	double number;

	if (!csv_number(csv, row, column, &number))
		return false;
	if (number > most || number != floor(number))
		usage_error(
			"%s:%u: column '%s': '%s': want a whole number up to %u, or nothing",
			csv->path, csv->line[row], column,
			csv_text(csv, row, column), most);
	*value = number;
	return true;
}

/**
 * csv_free - the end of a table
 * @csv: the table
 */
void csv_free(struct csv *csv)
{
	unsigned int i;

	for (i = 0; i < csv->nr_columns; i++)
		free(csv->column[i]);
	for (i = 0; i < csv->nr_rows * csv->nr_columns; i++)
		free(csv->cell[i]);
	free(csv->column);
	free(csv->cell);
	free(csv->line);
}
