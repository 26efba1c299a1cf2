// SPDX-License-Identifier: GPL-2.0-only
/* What stands below the table of strategies. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/file.h"
#include "cli/results.h"

/* The notes on one row that takes @share of the roofline. */
static char *notes_of(double share, bool noisy)
{
	char path[] = "/tmp/results_test.XXXXXX", *text;
	struct boot_choice choice = { 0 };
	struct options options = { .format = TABLE_TEXT, .quiet = true };
	struct result result = {
		.choice = &choice,
		.ns_per_page = 4,
		.roofline_bytes_per_s = 64e9 / 4 / share,
		.boot_wait_low_ns = NAN,
		.noisy = noisy,
	};
	struct error error = { 0 };
	struct report *report;
	size_t bytes;
	int fd = mkstemp(path);

	memmap_param_default(&choice.param);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(output_open(&options.output, "--output", path, &error),
			 0);
	report = report_new(&options, "measured");
	results_notes(report, &result, 1, 10);
	assert_int_equal(report_print(report, &options), EXIT_SUCCESS);
	report_free(report);
	output_free(&options.output);
	text = file_read(path, &bytes, &error);
	assert_non_null(text);
	unlink(path);
	return text;
}

/* Faster than the fastest fill is a reason to doubt that one, and is said. */
static void over_the_roofline(void **state)
{
	static const struct {
		double share;
		bool said;
	} rows[] = { { 0.5, false }, { 1, false }, { 1.01, true }, { 3, true } };
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = notes_of(rows[i].share, false);

		assert_int_equal(!!strstr(text, "roofline over 100%"),
				 rows[i].said);
		free(text);
	}
}

static void noisy(void **state)
{
	char *text = notes_of(0.5, true);

	assert_non_null(strstr(text, "NOISY: the middle half"));
	free(text);
	text = notes_of(0.5, false);
	assert_null(strstr(text, "NOISY"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_the_roofline),
		cmocka_unit_test(noisy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
