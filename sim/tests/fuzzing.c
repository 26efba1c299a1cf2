// SPDX-License-Identifier: GPL-2.0-only
/* What the fuzz targets share: files of inputs, and how inputs are changed. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/die.h"
#include "base/units.h"
#include "tests/fuzzing.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
			       unsigned int seed);

/* Called by the sanitizer. What libhwloc loses on bad input is not ours. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libhwloc\n";
}

static char folder[] = "/tmp/memmap_fuzz_XXXXXX";

static void remove_folder(void)
{
	char *command = xasprintf("rm -rf %s", folder);

	if (system(command))
		fprintf(stderr, "%s stays\n", folder);
	free(command);
}

/**
 * fuzz_folder - a folder for files of inputs
 *
 * Return: its path; it is removed when the process ends.
 */
const char *fuzz_folder(void)
{
	static bool there;

	if (!there) {
		MUST(mkdtemp(folder));
		atexit(remove_folder);
		there = true;
	}
	return folder;
}

/**
 * fuzz_file - an input as a file
 * @name: its name, with the ending that the program wants
 * @data: what is in it
 * @size: bytes
 *
 * Return: its path, until the next call.
 */
const char *fuzz_file(const char *name, const void *data, size_t size)
{
	static char *path;
	FILE *file;

	free(path);
	path = xasprintf("%s/%s", fuzz_folder(), name);
	file = fopen(path, "w");
	MUST(file && fwrite(data, 1, size, file) == size && !fclose(file));
	return path;
}

/**
 * fuzz_error - what must hold of a reader that has refused an input
 * @error: what it said
 */
void fuzz_error(const struct error *error)
{
	char *text = NULL, *at;
	size_t len;
	FILE *out;

	MUST(error_is_set(error));
	out = open_memstream(&text, &len);
	error_print(error, out);
	fclose(out);
	/* One line that a terminal only shows. */
	for (at = text; *at; at++)
		MUST(!iscntrl((unsigned char)*at) || (*at == '\n' && !at[1]));
	free(text);
}

/* Numbers at which readers of this program change their minds. */
static const char *const numbers[] = {
	"0",
	"1",
	"2",
	"3",
	"7",
	"8",
	"64",
	"255",
	"1023",
	"1024",
	"1025",
	"4095",
	"4096",
	"65535",
	"65536",
	"65537",
	"1048576",
	"16777216",
	"134217728",
	"2147483647",
	"2147483648",
	"4294967295",
	"4294967296",
	"1125899906842624",
	"1125899906842625",
	"9007199254740993",
	"9223372036854775807",
	"9223372036854775808",
	"18446744073709551615",
	"18446744073709551616",
	"1e18",
	"1e300",
	"1e-300",
	"0.5",
	"-1",
};

/* Another number in the place of one: bytes alone rarely make one that fits. */
static size_t change_number(uint8_t *data, size_t size, size_t most,
			    unsigned int seed)
{
	size_t from = seed % size, to, len;
	char text[UNITS_TEXT + 8];
	unsigned long value;

	while (from < size && !isdigit(data[from]))
		from++;
	for (to = from; to < size && isdigit(data[to]) && to < from + 20; to++)
		;
	if (from == to)
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)(to - from), data + from);
	value = strtoul(text, NULL, 10);
	switch (seed / size % 8) {
	case 0:
		snprintf(text, sizeof(text), "%lu", value + 1);
		break;
	case 1:
		snprintf(text, sizeof(text), "%lu", value - 1);
		break;
	case 2:
		snprintf(text, sizeof(text), "%lu", value * 2);
		break;
	default:
		snprintf(text, sizeof(text), "%s",
			 numbers[seed / 7 %
				 (sizeof(numbers) / sizeof(numbers[0]))]);
	}
	len = strlen(text);
	if (size - (to - from) + len > most)
		return 0;
	memmove(data + from + len, data + to, size - to);
	memcpy(data + from, text, len);
	return size - (to - from) + len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
			       unsigned int seed)
{
	size_t changed = 0;

	if (size && seed % 5 == 0)
		changed = change_number(data, size, most, seed / 5);
	return changed ? changed : LLVMFuzzerMutate(data, size, most);
}
