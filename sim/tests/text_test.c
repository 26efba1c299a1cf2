// SPDX-License-Identifier: GPL-2.0-only
/* Texts that terminals and JSON can hold, boot lines, and what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/json.h"
#include "base/text.h"
#include "log/boot.h"

static void plain(const char *text, const char *want)
{
	char *got = text_plain(text);

	assert_string_equal(got, want);
	free(got);
}

/* A terminal is to show a name, not to obey it. */
static void controls_are_not_printed(void **state)
{
	plain("two sockets", "two sockets");
	plain("M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x90\xa7",
	      "M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x90\xa7");
	plain("\033[31mred\033[0m", "?[31mred?[0m");
	plain("a\nb\tc\x7f", "a?b?c?");
	/* CSI in one byte of Latin 1, and as Unicode has it. */
	plain("\x9b"
	      "31m",
	      "?31m");
	plain("\xc2\x9b"
	      "31m",
	      "?31m");
}

/* Not UTF-8: cut short, too long for what it says, half a pair, too large. */
static void bad_bytes_are_replaced(void **state)
{
	static const char *const bad[] = { "\xc3", "\xe2\x82", "\xc0\x80",
					   "\xed\xa0\x80", "\xf4\x90\x80\x80" };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *got = text_utf8(bad[i]);
		json_t *json = json_text(bad[i]);

		assert_null(json_string(bad[i]));
		assert_non_null(json);
		assert_string_equal(json_string_value(json), got);
		assert_memory_equal(got, "\xef\xbf\xbd", 3);
		json_decref(json);
		free(got);
	}
}

static void points_make_inner_objects(void **state)
{
	json_t *got = json_object();
	json_t *want = json_pack("{s{si si} si}", "a", "b", 1, "c", 2, "d", 3);

	json_put(got, "a.b", json_integer(1));
	json_put(got, "a.c", json_integer(2));
	json_put(got, "d", json_integer(3));
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
}

static void slips_are_counted(void **state)
{
	assert_int_equal(text_distance("time", "time"), 0);
	assert_int_equal(text_distance("time", "tiem"), 1);
	assert_int_equal(text_distance("time", "tim"), 1);
	assert_int_equal(text_distance("time", "times"), 1);
	assert_int_equal(text_distance("time", "tame"), 1);
	assert_int_equal(text_distance("", "time"), 4);
}

static void the_nearest_is_found(void **state)
{
	static const char *const known[] = { "time", "alloc", "predict",
					     "sweep", NULL };

	assert_string_equal(text_nearest("tiem", known), "time");
	assert_string_equal(text_nearest("predcit", known), "predict");
	assert_string_equal(text_nearest("pre", known), "predict");
	assert_null(text_nearest("xyzzy", known));
	assert_null(text_nearest("", known));
}

static void boot_line(const char *line, const char *want, unsigned int times)
{
	unsigned int nr;
	char *got = log_cmdline_last(line, "memmap_init", &nr);

	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
	assert_int_equal(nr, times);
	free(got);
}

/* As the kernel reads it: lib/cmdline.c, kernel/params.c. */
static void the_last_one_counts(void **state)
{
	boot_line("memmap_init=a", "a", 1);
	boot_line("quiet memmap_init=a ro memmap_init=b,threads=2",
		  "b,threads=2", 2);
	boot_line("\tmemmap_init=a\n", "a", 1);
	boot_line("memmap-init=a", "a", 1);
	boot_line("xmemmap_init=a memmap_initx=b", NULL, 0);
	boot_line("memmap_init", "", 1);
	boot_line("memmap_init=", "", 1);
	boot_line("memmap_init=a -- memmap_init=b", "a", 1);
	boot_line("foo=\"x memmap_init=b\" memmap_init=a", "a", 1);
	boot_line("memmap_init=\"a\"", "a", 1);
	boot_line("\"memmap_init=a b\"", "a b", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_are_not_printed),
		cmocka_unit_test(bad_bytes_are_replaced),
		cmocka_unit_test(points_make_inner_objects),
		cmocka_unit_test(slips_are_counted),
		cmocka_unit_test(the_nearest_is_found),
		cmocka_unit_test(the_last_one_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
