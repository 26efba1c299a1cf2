// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as people and kernels write them: sim/base/units.h, hist.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/hist.h"
#include "base/units.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What the kernel's memparse() reads, and B or iB behind it. */
static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		unsigned long bytes;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "64K", 64UL << 10 },
		{ "64k", 64UL << 10 },
		{ "16GiB", 16UL << 30 },
		{ "16gib", 16UL << 30 },
		{ "16GB", 16UL << 30 },
		{ "16Gi", 16UL << 30 },
		{ "1P", 1UL << 50 },
		{ "1E", 1UL << 60 },
		{ "0x4000000", 64UL << 20 },
		{ "0x10M", 16UL << 20 },
		{ "010", 8 },
		{ "18446744073709551615", ~0UL },
		{ "15E", 15UL << 60 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		unsigned long bytes = 1;

		if (!parse_bytes(good[i].text, &bytes) ||
		    bytes != good[i].bytes)
			fail_msg("'%s': %lu", good[i].text, bytes);
	}
}

/* Text behind the number, signs, fractions, blanks, more than 64 bits. */
static void sizes_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" 1",
		"1 ",
		"-1",
		"+1",
		"1.5G",
		"G",
		"1GG",
		"1GiBB",
		"1 G",
		"1X",
		"0x",
		"08",
		"1Ki ",
		"64Gb/s",
		"16E",
		"0x1g1",
		"18446744073709551616",
		"99999999999G",
		"1\n",
		"1B",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned long bytes = 1;

		if (parse_bytes(bad[i], &bytes))
			fail_msg("'%s' was read as %lu", bad[i], bytes);
		assert_int_equal(bytes, 1);
	}
}

/* Decimal digits and nothing else; both limits belong to the range. */
static void counts(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"65",
		"-1",
		"+1",
		"1 ",
		" 1",
		"0x10",
		"1e1",
		"1.0",
		"99999999999999999999999",
	};
	unsigned long count = 0;
	unsigned int i;

	assert_true(parse_count("1", 1, 64, &count) && count == 1);
	assert_true(parse_count("64", 1, 64, &count) && count == 64);
	assert_true(parse_count("007", 1, 64, &count) && count == 7);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_count(bad[i], 1, 64, &count))
			fail_msg("'%s' was read as %lu", bad[i], count);
	assert_int_equal(count, 7);
}

/* Decimal, finite, not negative. */
static void numbers(void **state)
{
	static const char *const bad[] = {
		"",   "nan", "inf", "-1",    "0x10", "1e",    "1,5",
		"1 ", " 1",  ".",   "1e999", "--1",  "1.2.3",
	};
	double number = 0;
	unsigned int i;

	assert_true(parse_number("2.5", &number) && number == 2.5);
	assert_true(parse_number("1e-3", &number) && number == 1e-3);
	assert_true(parse_number("+4E2", &number) && number == 400);
	assert_true(parse_number("0", &number) && number == 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_number(bad[i], &number))
			fail_msg("'%s' was read as %g", bad[i], number);
}

static void bytes_are(double bytes, const char *expected)
{
	char text[UNITS_TEXT];

	assert_string_equal(format_bytes(text, bytes), expected);
}

/* A unit in which the number is below 1024, also once it is rounded. */
static void sizes_are_written(void **state)
{
	bytes_are(0, "0 B");
	bytes_are(1023, "1023 B");
	bytes_are(1024, "1 KiB");
	bytes_are(1536, "1.5 KiB");
	bytes_are(64.0 * 1024, "64 KiB");
	bytes_are(1023.6 * 1024, "1.0 MiB");
	bytes_are(64.0 * (1 << 30), "64 GiB");
	bytes_are(1.5 * (1UL << 40), "1.5 TiB");
	bytes_are(511.25 * (1 << 20), "511 MiB");
	bytes_are(ldexp(4096, 60), "4096 EiB");
}

static void ns_is(double ns, const char *expected)
{
	char text[UNITS_TEXT];

	assert_string_equal(format_ns(text, ns), expected);
}

/* A unit in which the number is below 1000, also once it is rounded. */
/* A number and a unit, both. */
static void times_are_read(void **state)
{
	static const char *const bad[] = { "",	  "1",	 "ms",	"1m",
					   "1 s", "-1s", "1s ", "1e999s",
					   "1h",  "s1",	 "0x1s" };
	unsigned int i;
	double ns;

	assert_true(parse_ns("500us", &ns) && ns == 500e3);
	assert_true(parse_ns("1.5s", &ns) && ns == 1.5e9);
	assert_true(parse_ns("20ms", &ns) && ns == 20e6);
	assert_true(parse_ns("7ns", &ns) && ns == 7);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_ns(bad[i], &ns))
			fail_msg("'%s' was read as %g", bad[i], ns);
}

static void times_are_written(void **state)
{
	ns_is(0, "0 ns");
	ns_is(1, "1 ns");
	ns_is(999.4, "999 ns");
	ns_is(999.6, "1.00 us");
	ns_is(12345, "12.35 us");
	ns_is(999994, "999.99 us");
	ns_is(999996, "1.00 ms");
	ns_is(1.5e6, "1.50 ms");
	ns_is(999996e3, "1.00 s");
	ns_is(1151e9, "1151.00 s");
	ns_is(NAN, "never");
}

/* A quantile is the least value of its bucket: never above, at most 6 % below. */
static void quantiles(void **state)
{
	struct hist *hist = calloc(1, sizeof(*hist));
	struct hist *twice = calloc(1, sizeof(*twice));
	uint64_t ns, p99;

	assert_non_null(hist);
	assert_non_null(twice);
	assert_int_equal(hist_quantile(hist, .5), 0);
	for (ns = 0; ns < 100000; ns++)
		hist_add(hist, ns);
	assert_int_equal(hist->count, 100000);
	assert_int_equal(hist->max, 99999);
	p99 = hist_quantile(hist, .99);
	assert_true(p99 <= 99000 && p99 >= .94 * 99000);
	assert_int_equal(hist_quantile(hist, 0), 0);
	assert_int_equal(hist_quantile(hist, 10.0 / 100000), 10);
	assert_int_equal(hist_quantile(hist, 1), 99999);

	/* The same values once more change no quantile. */
	hist_merge(twice, hist);
	hist_merge(twice, hist);
	assert_int_equal(twice->count, 200000);
	assert_int_equal(hist_quantile(twice, .99), p99);
	hist_add(twice, UINT64_MAX);
	assert_true(twice->max == UINT64_MAX);
	free(hist);
	free(twice);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(sizes_are_refused),
		cmocka_unit_test(counts),
		cmocka_unit_test(numbers),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(times_are_written),
		cmocka_unit_test(quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
