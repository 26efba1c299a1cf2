// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as the files of 'memmap sweep --merge': for libFuzzer, see
 * doc/testing.md. What it prints is such a file, and says the same again.
 */
#include <jansson.h>
#include <string.h>
#include "base/die.h"
#include "tests/fuzzing.h"

#define MOST_FILES 4

static const char *const files[] = { ".", "..", NULL };

static json_int_t number(const json_t *point, const char *key)
{
	return json_integer_value(json_object_get(point, key));
}

/* By nodes, then by memory, each once. */
static json_t *check_points(const char *text)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *points;
	const json_t *point, *last = NULL;
	size_t i;

	MUST(root);
	points = json_incref(json_object_get(root, "points"));
	MUST(json_is_array(points));
	json_array_foreach(points, i, point) {
		MUST(number(point, "nodes") > 0);
		MUST(number(point, "mem_bytes") > 0);
		MUST(json_is_string(json_object_get(point, "winner")));
		MUST(!last || number(last, "nodes") < number(point, "nodes") ||
		     (number(last, "nodes") == number(point, "nodes") &&
		      number(last, "mem_bytes") < number(point, "mem_bytes")));
		last = point;
	}
	json_decref(root);
	return points;
}

static void merge_again(const char *text)
{
	char *argv[] = { "memmap",   "sweep", "--merge",    "again.json",
			 "--format", "json",  "again.json", NULL };
	json_t *points = check_points(text), *same;
	struct fuzz_result result;

	fuzz_file("again.json", text, strlen(text));
	fuzz_command(&result, argv);
	MUST(!result.status);
	same = check_points(result.out);
	MUST(json_equal(points, same));
	json_decref(points);
	json_decref(same);
	fuzz_result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[MOST_FILES + 6] = { "memmap", "sweep", "--merge",
				       "--format" };
	const size_t between = strlen(FUZZ_BETWEEN);
	struct fuzz_result result;
	const uint8_t *cut;
	unsigned int nr;
	size_t len;

	bool null = memmem(data, size, "(null)", strlen("(null)"));

	argv[4] = size % 4 ? "json" : "text";
	for (nr = 0; nr < MOST_FILES; nr++) {
		cut = memmem(data, size, FUZZ_BETWEEN, between);
		len = cut ? (size_t)(cut - data) : size;
		argv[5 + nr] = xasprintf("%u.json", nr);
		fuzz_file(argv[5 + nr], data, len);
		if (!cut)
			break;
		data += len + between;
		size -= len + between;
	}
	fuzz_command(&result, argv);
	/* What is missing is not printed all the same. */
	MUST(null || !strstr(result.out, "(null)"));
	if (!result.status && !strcmp(argv[4], "json"))
		merge_again(result.out);
	fuzz_result_free(&result);
	for (nr = 0; argv[5 + nr]; nr++)
		free(argv[5 + nr]);
	fuzz_empty_folder(files);
	return 0;
}
