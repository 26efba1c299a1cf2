// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables as RFC 4180 has them, in UTF-8, with comment lines that begin with #.
 * Where the header has no comma, semicolons or tabs do what commas do.
 * Blanks around a field that is not quoted do not count, nor do the marks of a
 * quotation in a mail.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/csv.h"
#include "base/die.h"
#include "base/text.h"
#include "base/units.h"

#define MAX_COLUMNS 64
#define MAX_LINE    (64U << 10)
#define MAX_ROWS    1000000U

/* Cut one field off; quotes may hold commas and doubled quotes. */
static char *cut_field(const struct csv *csv, unsigned int line, char **p,
		       struct error *error)
{
	char *from = *p, *to = from, *field = from;

	if (*from == '"') {
		for (from++; *from && (*from != '"' || from[1] == '"');
		     from++) {
			if (*from == '"')
				from++;
			*to++ = *from;
		}
		if (!*from) {
			error_set(error, csv->path, line, NULL,
				  "a quote is not closed; close it on the same line");
			return NULL;
		}
		from++;
		if (*from && *from != csv->separator) {
			error_set(error, csv->path, line, NULL,
				  "text behind a closing quote; put a comma there or double the quote");
			return NULL;
		}
	} else {
		from += strcspn(from, (char[]){ csv->separator, '\0' });
		while (field < from && strchr(" \t", *field))
			field++;
		for (to = from; to > field && strchr(" \t", to[-1]); to--)
			;
	}
	*p = *from ? from + 1 : NULL;
	*to = '\0';
	return field;
}

/* The fields point into @text. */
static int cut_line(const struct csv *csv, unsigned int line, char *text,
		    char **field, struct error *error)
{
	int nr = 0;

	while (text) {
		if (nr == MAX_COLUMNS)
			return error_set(error, csv->path, line, NULL,
					 "more than %u columns; leave some out",
					 MAX_COLUMNS);
		field[nr] = cut_field(csv, line, &text, error);
		if (!field[nr++])
			return -1;
	}
	return nr;
}

/* Spreadsheets part cells by semicolons where commas are in numbers, or by tabs. */
static char find_separator(const char *header)
{
	if (strchr(header, ','))
		return ',';
	return strchr(header, '\t') ? '\t' : strchr(header, ';') ? ';' : ',';
}

static int csv_row(struct csv *csv, unsigned int line, char *text,
		   struct error *error)
{
	char *field[MAX_COLUMNS], **cell;
	int nr, i;

	if (!csv->column)
		csv->separator = find_separator(text);
	nr = cut_line(csv, line, text, field, error);
	if (nr < 0)
		return -1;
	if (!csv->column) {
		csv->nr_columns = nr;
		csv->column = xcalloc(nr, sizeof(*csv->column));
		for (i = 0; i < nr; i++)
			csv->column[i] = xstrdup(field[i]);
		return 0;
	}
	if ((unsigned int)nr != csv->nr_columns)
		return error_set(
			error, csv->path, line, NULL,
			"%u columns, the header has %u; leave a cell empty, but keep its comma, and quote text that holds one",
			nr, csv->nr_columns);
	csv->line = xrealloc(csv->line, csv->nr_rows + 1, sizeof(*csv->line));
	csv->cell = xrealloc(csv->cell, (csv->nr_rows + 1UL) * nr,
			     sizeof(*csv->cell));
	csv->line[csv->nr_rows] = line;
	cell = csv->cell + (size_t)csv->nr_rows++ * nr;
	for (i = 0; i < nr; i++)
		cell[i] = xstrdup(field[i]);
	return 0;
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
static int check_utf8(const struct csv *csv, unsigned int line,
		      const char *text, struct error *error)
{
	char *utf8 = text_utf8(text);
	bool good = !strcmp(utf8, text);

	free(utf8);
	if (good)
		return 0;
	return error_set(
		error, csv->path, line, NULL,
		"not UTF-8; convert the file, as with iconv -f latin1 -t utf8");
}

static bool is_utf16(const char *text, size_t len)
{
	return len >= 2 &&
	       (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
}

/*
 * One line without its end. Return: 1; 0 at the end of the file; -1 with @error
 * set: it is no text, or has no end.
 */
static int read_line(const struct csv *csv, unsigned int line, FILE *file,
		     char text[MAX_LINE], struct error *error)
{
	size_t len = 0;
	int c, next;

	while ((c = getc(file)) != EOF && c != '\n' && c != '\r') {
		if (!c || len == MAX_LINE - 1)
			return error_set(
				error, csv->path, line, NULL,
				"%s; want a table, lines of text with commas",
				c ? "a line without an end" :
				is_utf16(text, len) ?
				    "UTF-16 (iconv -f utf16 -t utf8)" :
				    "a zero byte");
		text[len++] = c;
	}
	/* Some lines end with both, some with this one alone. */
	if (c == '\r' && (next = getc(file)) != '\n' && next != EOF)
		ungetc(next, file);
	if (ferror(file))
		return error_set(error, csv->path, 0, NULL, "%s",
				 strerror(errno));
	text[len] = '\0';
	return len || c != EOF;
}

/* Behind what an editor or a mail program puts before a line. */
static char *line_start(char *text, unsigned int line)
{
	/* What some spreadsheets put first to say that it is UTF-8. */
	if (line == 1 && !strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	text += strspn(text, " ");
	/* A quotation. */
	if (*text == '>')
		text += strspn(text, "> \t");
	return text;
}

static int read_lines(struct csv *csv, FILE *file, struct error *error)
{
	char *text = xcalloc(MAX_LINE, 1), *from;
	unsigned int line = 1;
	int more;

	for (;; line++) {
		more = read_line(csv, line, file, text, error);
		if (more <= 0)
			break;
		from = line_start(text, line);
		if (!from[strspn(from, " \t")] || *from == '#')
			continue;
		if (csv->nr_rows == MAX_ROWS)
			error_set(error, csv->path, line, NULL,
				  "more than %u rows; want fewer", MAX_ROWS);
		if (error_is_set(error) || check_utf8(csv, line, from, error) ||
		    csv_row(csv, line, from, error))
			break;
	}
	free(text);
	return error_is_set(error) ? -1 : 0;
}

/**
 * csv_load - read a table
 * @csv: the result; csv_free() it, whatever is returned
 * @path: the file; must outlive @csv
 * @columns: names that must be there, NULL-terminated; others may be
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int csv_load(struct csv *csv, const char *path, const char *const *columns,
	     struct error *error)
{
	FILE *file = fopen(path, "r");
	int failed;

	memset(csv, 0, sizeof(*csv));
	csv->path = path;
	if (!file)
		return error_set(error, path, 0, NULL, "%s", strerror(errno));
	failed = read_lines(csv, file, error);
	fclose(file);
	if (failed)
		return -1;
	if (!csv->column)
		return error_set(error, path, 0, NULL,
				 "empty; want a header line with column names");
	for (; *columns; columns++)
		if (find_column(csv, *columns) < 0)
			return error_set(
				error, path, 0, NULL,
				"no column '%s' in the header, its first line; add it, its cells may be empty",
				*columns);
	return 0;
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
 * @value: the number; left alone if there is none
 * @error: what is wrong with it
 *
 * Return: 1; 0 if the cell is empty; -1 with @error set if it holds anything
 * but a finite number that is not negative.
 */
int csv_number(const struct csv *csv, unsigned int row, const char *column,
	       double *value, struct error *error)
{
	const char *text = csv_text(csv, row, column);

	if (!*text)
		return 0;
	if (parse_number(text, value))
		return 1;
	return error_set(
		error, csv->path, csv->line[row], text,
		"column '%s': want a number that is not negative, or nothing",
		column);
}

/**
 * csv_count - one cell that holds a whole number or nothing
 * @csv: the table
 * @row: from 0
 * @column: its name
 * @most: largest
 * @value: the number; left alone if there is none
 * @error: what is wrong with it
 *
 * Return: 1; 0 if the cell is empty; -1 with @error set if it holds anything
 * else.
 */
int csv_count(const struct csv *csv, unsigned int row, const char *column,
	      unsigned int most, unsigned int *value, struct error *error)
{
	const char *text = csv_text(csv, row, column);
	unsigned long number;

	if (!*text)
		return 0;
	if (!parse_count(text, 0, most, &number))
		return error_set(
			error, csv->path, csv->line[row], text,
			"column '%s': want a whole number up to %u, or nothing",
			column, most);
	*value = number;
	return 1;
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
