// SPDX-License-Identifier: GPL-2.0-only
/* What a person reads when an input is wrong: sim/base/error.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

/* error_print() prints exactly this; then the error is forgotten. */
static void prints(struct error *error, const char *expected)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	error_print(error, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	error_free(error);
	assert_false(error_is_set(error));
}

/* Place, value and text, each of which may be missing. */
static void all_forms(void **state)
{
	struct error error = { 0 };

	assert_false(error_is_set(&error));
	assert_int_equal(error_set(&error, "boot.csv", 7, "twelve",
				   "column '%s': want a whole number",
				   "threads"),
			 -1);
	assert_true(error_is_set(&error));
	prints(&error,
	       "boot.csv:7: 'twelve': column 'threads': want a whole number\n");

	error_set(&error, "--mem", 0, "0", "want at least a page");
	prints(&error, "--mem '0': want at least a page\n");
	error_set(&error, "m.json", 0, NULL, "no node has memory");
	prints(&error, "m.json: no node has memory\n");
	error_set(&error, "m.json", 12, NULL, "no node has memory");
	prints(&error, "m.json:12: no node has memory\n");
	error_set(&error, NULL, 0, "nowhere", "no such machine");
	prints(&error, "'nowhere': no such machine\n");
	error_set(&error, NULL, 0, NULL, "cannot start %u threads", 7);
	prints(&error, "cannot start 7 threads\n");
}

/* What is wrong first is what is said: the rest follows from it. */
static void the_first_one_stays(void **state)
{
	struct error error = { 0 };

	error_set(&error, "a", 1, NULL, "first");
	assert_int_equal(error_set(&error, "b", 2, NULL, "second"), -1);
	prints(&error, "a:1: first\n");
	/* Once it is forgotten there may be another. */
	error_set(&error, "b", 2, NULL, "second");
	prints(&error, "b:2: second\n");
}

/* The caller's texts may go away or change. */
static void texts_are_copied(void **state)
{
	char file[] = "file", value[] = "value";
	struct error error = { 0 };

	error_set(&error, file, 3, value, "%s", file);
	memset(file, 'x', sizeof(file) - 1);
	memset(value, 'x', sizeof(value) - 1);
	prints(&error, "file:3: 'value': file\n");
}

/* Names from a file may hold what a terminal would obey, or end a line. */
static void control_characters(void **state)
{
	struct error error = { 0 };

	error_set(&error, "a\x1b[31m", 1, "b\nc\td",
		  "e\x7f"
		  "f");
	prints(&error, "a?[31m:1: 'b?c?d': e?f\n");
	/* UTF-8 stays. */
	error_set(&error, "m\xc3\xa4rz.log", 0, NULL, "empty");
	prints(&error, "m\xc3\xa4rz.log: empty\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms),
		cmocka_unit_test(the_first_one_stays),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
