// SPDX-License-Identifier: GPL-2.0-only
/* Tables in all three formats, and the figures that stand in them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/stats.h"
#include "base/table.h"

static const struct table_column columns[] = {
	{ "name", "name", TABLE_WORDS, .wrap = true },
	{ "alloc.p50_ns", "p50", TABLE_NS, .none = "never" },
	{ NULL, "share", TABLE_PERCENT, 1, .optional = true },
	{ "mem_bytes", "memory", TABLE_BYTES, .optional = true },
	{ "noisy", "", TABLE_BOOL, .yes = "NOISY", .no = "", .seldom = true },
	{ "machine", NULL, TABLE_WORDS, .not_in = 1 << TABLE_JSON },
};

static struct table *table_of(const char *name, bool noisy)
{
	struct table *table = table_new(columns, 6);

	table_put_text(table, name);
	table_put_number(table, 1500);
	table_put_number(table, 12.34);
	table_put_count(table, 32UL << 40);
	table_put_bool(table, noisy);
	table_put_text(table, "m");
	table_end_row(table);
	table_put_text(table, "b");
	table_put_number(table, NAN);
	table_put_number(table, INFINITY);
	table_put_none(table);
	table_put_bool(table, false);
	table_put_text(table, NULL);
	table_end_row(table);
	return table;
}

static char *text_of(const struct table *table, struct table_paper paper)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	table_print_text(table, paper, out);
	fclose(out);
	return text;
}

static void text_is_aligned_and_readable(void **state)
{
	struct table *table = table_of("serial", true);
	char *text = text_of(table, (struct table_paper){ 0 });

	assert_string_equal(text, "name       p50 share memory\n"
				  "serial 1.50 us 12.3% 32 TiB NOISY\n"
				  "b        never     -      -\n");
	free(text);
	table_free(table);
}

/* A column that nobody needs is not there; control characters never are. */
static void seldom_and_plain(void **state)
{
	struct table *table = table_of("\033[2Jx", false);
	char *text = text_of(table, (struct table_paper){ 0 });

	assert_null(strstr(text, "NOISY"));
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "?[2Jx"));
	free(text);
	table_free(table);
}

/* Narrow paper: no line is wider, and what is left out is named. */
static void narrow_paper(void **state)
{
	struct table *table = table_of("a name of several words that goes on",
				       true);
	unsigned int width;
	char *text, *line, *save;

	for (width = 40; width < 80; width += 10) {
		text = text_of(table, (struct table_paper){ .width = width });
		assert_true(width >= 50 || strstr(text, "Too narrow for:"));
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			if (strlen(line) > width)
				fail_msg("%u: %zu: %s", width, strlen(line),
					 line);
		free(text);
	}
	table_free(table);
}

static void csv_is_quoted(void **state)
{
	struct table *table = table_of("a \"b\", c", true);
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	table_print_csv(table, out);
	fclose(out);
	assert_string_equal(text,
			    "name,alloc.p50_ns,mem_bytes,noisy,machine\n"
			    "\"a \"\"b\"\", c\",1500,35184372088832,true,m\n"
			    "b,,,false,\n");
	free(text);
	table_free(table);
}

static void json_keeps_types(void **state)
{
	struct table *table = table_of("a", true);
	json_t *got = table_json(table);
	json_t *want = json_pack("[{ss s{sf} sI sb} {ss s{sn} sn sb}]", "name",
				 "a", "alloc", "p50_ns", 1500.0, "mem_bytes",
				 (json_int_t)32 << 40, "noisy", 1, "name", "b",
				 "alloc", "p50_ns", "mem_bytes", "noisy", 0);

	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	table_free(table);
}

static void colours_only_where_they_show(void **state)
{
	struct table *table = table_new(columns, 1);
	char *text;

	table_put_text(table, "a");
	table_colour(table, TABLE_WARNING);
	table_end_row(table);
	text = text_of(table, (struct table_paper){ .width = 80 });
	assert_null(strchr(text, '\033'));
	free(text);
	text = text_of(table,
		       (struct table_paper){ .width = 80, .colours = true });
	assert_non_null(strchr(text, '\033'));
	free(text);
	table_free(table);
}

/* One run in five was disturbed: that moves neither median nor spread. */
static void one_outlier_is_no_noise(void **state)
{
	static const double value[] = { 10, 10.1, 500, 9.9, 10 };
	static const double apart[] = { 10, 14, 12, 9, 13 };

	assert_true(fabs(stats_median(value, 5) - 10) < 1e-9);
	assert_true(stats_spread_pct(value, 5) < 2);
	assert_true(stats_spread_pct(apart, 5) > 20);
	assert_true(fabs(stats_least(value, 5) - 9.9) < 1e-9);
}

static void what_was_not_measured_does_not_count(void **state)
{
	static const double value[] = { NAN, 3, 1, NAN, 2 };

	assert_true(fabs(stats_median(value, 5) - 2) < 1e-9);
	assert_true(isnan(stats_median(value, 1)));
	assert_true(isnan(stats_spread_pct(value, 2)));
	assert_true(isnan(stats_median(value, 0)));
	assert_true(fabs(stats_spread_pct(value, 3) - 50) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_aligned_and_readable),
		cmocka_unit_test(seldom_and_plain),
		cmocka_unit_test(narrow_paper),
		cmocka_unit_test(csv_is_quoted),
		cmocka_unit_test(json_keeps_types),
		cmocka_unit_test(colours_only_where_they_show),
		cmocka_unit_test(one_outlier_is_no_noise),
		cmocka_unit_test(what_was_not_measured_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
