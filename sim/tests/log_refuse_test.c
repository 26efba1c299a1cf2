// SPDX-License-Identifier: GPL-2.0-only
/* What is no kernel log is refused, and the message says what it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "log/boot.h"
#include "log/lines.h"

static void refused(const void *bytes, size_t len, const char *why)
{
	struct error error = { 0 };
	struct log log;

	assert_int_equal(log_parse(&log, "it", bytes, len, &error), -1);
	assert_non_null(strstr(error.text, why));
	error_free(&error);
	log_free(&log);
}

/* Packed and binary files are named for what they are. */
static void test_binary(void **state)
{
	char noise[4096];
	unsigned int i, seed = 1;

	refused("\x1f\x8b\x08 and so on", 12, "gzip -d");
	refused("\xfd"
		"7zXZ\0",
		6, "xz -d");
	refused("LPKSHHRH....", 12, "journalctl --file");
	refused("\x7f"
		"ELF....",
		8, "a program");
	for (i = 0; i < sizeof(noise); i++) {
		seed = seed * 1103515245 + 12345;
		noise[i] = seed >> 16;
	}
	refused(noise, sizeof(noise), "binary");
}

/* A device that never ends is refused before it fills the memory. */
static void test_endless(void **state)
{
	struct error error = { 0 };
	struct log log;

	assert_int_equal(log_read(&log, "/dev/zero", &error), -1);
	assert_non_null(strstr(error.text, "no line ends"));
	error_free(&error);
	log_free(&log);
	assert_int_equal(log_read(&log, "/nowhere/at/all", &error), -1);
	assert_non_null(strstr(error.text, "No such file"));
	error_free(&error);
	log_free(&log);
	assert_int_equal(log_read(&log, "/tmp", &error), -1);
	error_free(&error);
	log_free(&log);
}

/* journalctl -r: facts would be taken from the wrong boots. */
static void test_backwards(void **state)
{
	static const char text[] =
		"[    9.0] a\n[    8.0] b\n[    5.0] c\n"
		"[    4.0] d\n[    0.0] Linux version 6.1.0\n";

	refused(text, strlen(text), "backwards");
}

/* What a log server collects: facts of one machine would be taken for another's. */
static void test_hosts(void **state)
{
	static const char line[] =
		"Jan  2 03:04:05 %s kernel: [%5u.000000] %s\n";
	struct error error = { 0 };
	struct log log;
	size_t len;
	char *text;
	unsigned int i;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < 20; i++)
		fprintf(out, line, i % 2 ? "alpha" : "beta", i, "a");
	fclose(out);
	refused(text, len, "several hosts");
	free(text);
	/* A host that has no name yet when it boots, five times. */
	out = open_memstream(&text, &len);
	for (i = 0; i < 20; i++)
		fprintf(out, line, i % 4 < 2 ? "localhost" : "alpha", i % 4,
			i % 4 ? "a" : "Linux version 6.1.0");
	fclose(out);
	assert_int_equal(log_parse(&log, "hosts", text, len, &error), 0);
	assert_int_equal(log.nr_boots, 5);
	log_free(&log);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
