// SPDX-License-Identifier: GPL-2.0-only
/* Error bands: they follow from the ranges of what binds, and from nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "model/band.h"

/* What two runs of one thing differ by, in every band; sim/model/band.c. */
#define RUN .09

/* A machine file of one node; free with machine_free(). */
static void load(struct machine *machine, unsigned int cpus, double gib,
		 const char *costs)
{
	char path[] = "/tmp/band_test.XXXXXX.json";
	struct error error = { 0 };
	FILE *file = fdopen(mkstemps(path, 5), "w");

	assert_non_null(file);
	fprintf(file,
		"{ \"name\": \"test\", \"early_bytes\": 0, \"nodes\": [ { \"cpus\": %u, \"mem_bytes\": %.0f } ], \"costs\": { %s } }",
		cpus, gib * 0x1p30, costs);
	fclose(file);
	if (machine_load(machine, path, NULL, &error))
		fail_msg("%s", error.text);
	unlink(path);
}

static void banded(struct banded *b, unsigned int cpus, double gib,
		   const char *costs, const char *strategy)
{
	struct memmap_param param;
	struct machine machine;

	load(&machine, cpus, gib, costs);
	assert_int_equal(memmap_param_parse(&param, strategy), 0);
	assert_int_equal(band_run(&machine, &param, NULL, NULL, b), 0);
	machine_free(&machine);
}

#define PAGE \
	"\"page_mainline_ns\": { \"value\": 10, \"label\": \"calibrated\", \"source\": \"t\" }"
#define FAST "1e13"

/* One CPU that waits for nothing: its page decides, known to 5 %. */
static void one_cpu_is_bound_by_its_page(void **state)
{
	struct banded b;

	banded(&b, 1, 16, PAGE ", \"node_mainline_bytes_per_s\": " FAST,
	       "deferred");
	assert_string_equal(b.binds, "page_mainline_ns");
	assert_int_equal(b.label, MACHINE_CALIBRATED);
	assert_float_equal(b.elasticity, 1, .01);
	assert_float_equal(b.complete.high, exp(hypot(log(1.05), RUN)), .002);
	assert_float_equal(b.complete.low, exp(-hypot(log(.95), RUN)), .002);
	assert_null(b.unstable);
}

/*
 * Many CPUs in front of a slow memory: its data sheet decides, 0.53 to 0.73 of
 * which were reached where 0.63 is taken.
 */
static void many_cpus_are_bound_by_memory(void **state)
{
	struct banded b;

	banded(&b, 64, 16,
	       PAGE
	       ", \"node_mainline_bytes_per_s\": { \"value\": 10e9, \"label\": \"datasheet\", \"source\": \"t\" }",
	       "deferred");
	assert_string_equal(b.binds, "node_mainline_bytes_per_s");
	assert_int_equal(b.label, MACHINE_DATASHEET);
	assert_float_equal(b.complete.high, exp(hypot(log(.63 / .53), RUN)),
			   .01);
	assert_float_equal(b.complete.low, exp(-hypot(log(.63 / .73), RUN)),
			   .01);
	assert_float_equal(b.boot_wait.high, b.complete.high, 1e-9);
}

/* A machine file may say how far off a number is. */
static void a_range_may_be_given(void **state)
{
	struct banded b;

	banded(&b, 1, 16,
	       "\"page_mainline_ns\": { \"value\": 10, \"low\": 5, \"high\": 30 }, \"node_mainline_bytes_per_s\": " FAST,
	       "deferred");
	assert_float_equal(b.complete.high, exp(hypot(log(3), RUN)), .01);
	assert_float_equal(b.complete.low, exp(-hypot(log(.5), RUN)), .01);
	assert_int_equal(b.label, MACHINE_DEFAULT);
}

static void a_range_holds_its_value(void **state)
{
	char path[] = "/tmp/band_test.XXXXXX.json";
	FILE *file = fdopen(mkstemps(path, 5), "w");
	struct error error = { 0 };
	struct machine machine;

	fprintf(file,
		"{ \"name\": \"t\", \"nodes\": [ { \"cpus\": 1, \"mem_bytes\": 4096 } ], \"costs\": { \"ipi_ns\": { \"value\": 9, \"low\": 10, \"high\": 11 } } }");
	fclose(file);
	assert_int_equal(machine_load(&machine, path, NULL, &error), -1);
	assert_non_null(strstr(error.text, "\"low\" <= \"value\""));
	error_free(&error);
	machine_free(&machine);
	unlink(path);
}

/*
 * padata hands out whole sections. 32 GiB are four for each of 64 threads; with
 * 1 % more some thread has two more, and all wait for it. With one thread 1 %
 * is 1 %.
 */
static void a_jump_is_called_unstable(void **state)
{
	struct banded b;

	banded(&b, 64, 32, PAGE ", \"node_mainline_bytes_per_s\": " FAST,
	       "deferred");
	assert_string_equal(b.unstable, "memory");
	banded(&b, 1, 32, PAGE ", \"node_mainline_bytes_per_s\": " FAST,
	       "deferred");
	assert_null(b.unstable);
}

/* A large machine's band comes from one with less memory: it is the same. */
static void memory_does_not_widen_a_band(void **state)
{
	static const char *const strategies[] = { "parallel", "async", "local",
						  "deferred" };
	struct banded small, large;
	unsigned int i;

	for (i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		banded(&small, 32, 60, PAGE, strategies[i]);
		banded(&large, 32, 4096, PAGE, strategies[i]);
		assert_float_equal(small.complete.low, large.complete.low, .02);
		assert_float_equal(small.complete.high, large.complete.high,
				   .04);
		assert_string_equal(small.binds, large.binds);
	}
}

/* ondemand never completes: what boot waits for has a band, that has none. */
static void what_never_is_has_no_band(void **state)
{
	struct banded b;

	banded(&b, 4, 16, PAGE, "ondemand");
	assert_true(isnan(b.result.complete_ns));
	assert_true(b.boot_wait.low < 1 && b.boot_wait.high > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cpu_is_bound_by_its_page),
		cmocka_unit_test(many_cpus_are_bound_by_memory),
		cmocka_unit_test(a_range_may_be_given),
		cmocka_unit_test(a_range_holds_its_value),
		cmocka_unit_test(a_jump_is_called_unstable),
		cmocka_unit_test(memory_does_not_widen_a_band),
		cmocka_unit_test(what_never_is_has_no_band),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
