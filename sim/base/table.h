/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_TABLE_H
#define SIM_BASE_TABLE_H

/*
 * A table, three ways out of it. Columns say what stands in them, rows hold
 * values; what a value looks like is decided here and nowhere else.
 *
 *	value		text		JSON		CSV
 *	6.4e7, NS	64.00 ms	64000000.0	64000000
 *	NAN, NS		-		null		(empty)
 *	"a, b", TEXT	a, b		"a, b"		"a, b"
 *
 * Cells are put in the order of the columns:
 *
 *	table = table_new(columns, nr);
 *	table_put_text(table, "serial");
 *	table_put_number(table, 6.4e7);
 *	table_end_row(table);
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum table_format {
	TABLE_TEXT,
	TABLE_JSON,
	TABLE_CSV,
};

enum table_kind {
	TABLE_WORDS, /* text, to the left */
	TABLE_COUNT, /* a whole number */
	TABLE_NUMBER, /* any number */
	TABLE_QUANTITY, /* the same, six digits wherever its point is */
	TABLE_PERCENT,
	TABLE_ERROR, /* per cent, with a sign */
	TABLE_FACTOR, /* so many times */
	TABLE_BYTES,
	TABLE_BYTES_PER_S,
	TABLE_NS,
	TABLE_MS,
	TABLE_BOOL,
};

/**
 * struct table_column - what stands in a column
 * @key: in JSON, where points go into an inner object, and in CSV; NULL: the
 *	column is for readers of text alone
 * @title: in text; NULL: the column is not for them
 * @kind: what its values are
 * @digits: behind the point, of numbers, per cent and factors
 * @none: text for a value that is not there; NULL: "-"
 * @yes: text for true, of TABLE_BOOL
 * @no: text for false
 * @not_in: formats that do without it, 1 << TABLE_JSON or 1 << TABLE_CSV
 * @wrap: long text goes on in the next line where the terminal is narrow
 * @optional: left out where it is narrower still; the last one first
 * @seldom: left out of text if no row has anything but @none or @no in it
 */
struct table_column {
	const char *key;
	const char *title;
	enum table_kind kind;
	unsigned int digits;
	const char *none;
	const char *yes;
	const char *no;
	unsigned int not_in;
	bool wrap;
	bool optional;
	bool seldom;
};

enum table_colour {
	TABLE_PLAIN,
	TABLE_WARNING,
	TABLE_WRONG,
};

struct table;

struct table *table_new(const struct table_column *column, unsigned int nr);
void table_free(struct table *table);
void table_put_text(struct table *table, const char *text);
void table_put_number(struct table *table, double value);
void table_put_count(struct table *table, unsigned long value);
void table_put_bool(struct table *table, bool value);
void table_put_none(struct table *table);
void table_colour(struct table *table, enum table_colour colour);
void table_end_row(struct table *table);
unsigned int table_rows(const struct table *table);

/**
 * struct table_paper - what text is printed on
 * @width: characters a line; 0: no end
 * @colours: it shows them
 */
struct table_paper {
	unsigned int width;
	bool colours;
};

struct table_paper table_paper(int fd);
void table_print_text(const struct table *table, struct table_paper paper,
		      FILE *out);
void table_print_csv(const struct table *table, FILE *out);
json_t *table_json(const struct table *table);

#endif /* SIM_BASE_TABLE_H */
