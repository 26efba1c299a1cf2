// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text as a command line, an argument a line: for libFuzzer, see
 * doc/testing.md. The files m.json, m.log, m.csv and m.layout are there for it; a slash
 * becomes another letter, so that nothing is written elsewhere.
 */
#include <jansson.h>
#include <string.h>
#include "base/die.h"
#include "tests/fuzzing.h"

#define MOST_ARGS 32

static const char machine[] =
	"{ \"name\": \"two\", \"nodes\": [ { \"count\": 2, \"cpus\": 2,"
	" \"mem_bytes\": 2147483648 } ] }\n";

static const char boot[] =
	"[    0.000000] Linux version 6.12.0 (build@host) #1 SMP\n"
	"[    0.000000] Command line: memmap_init=parallel,chunk=64M\n"
	"[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n"
	"[    0.000000] Early memory node ranges\n"
	"[    0.000000]   node   0: [mem 0x0000000000001000-0x000000007fffffff]\n"
	"[    0.000000] smpboot: Allowing 2 CPUs, 0 hotplug CPUs\n"
	"[    0.500000] smp: Brought up 1 node, 2 CPUs\n"
	"[    0.600000] memmap_init: parallel: 400000 pages in 2100 us, 2 CPUs\n";

static const char timings[] =
	"machine,path,store,nodes,threads_per_node,pages_per_node,ms,cores_per_node,channels_per_node,mts\n"
	"two,deferred,cached,1,1,262144,4.5,2,2,3200\n"
	"two,deferred,cached,1,2,262144,2.5,2,2,3200\n";

static const char layout[] = "0-2G 0\n2G-3G 1\n3G-4G 0 # back\n";

static const char *const files[] = { ".",     "..",	  "m.json", "m.log",
				     "m.csv", "m.layout", NULL };

static char **split(char *text)
{
	char **argv = xcalloc(MOST_ARGS + 4, sizeof(*argv)), *end;
	unsigned int nr = 1;

	argv[0] = "memmap";
	for (; text && *text && nr <= MOST_ARGS; text = end) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		argv[nr++] = text;
	}
	return argv;
}

static bool has(char **argv, const char *text)
{
	for (; *argv; argv++)
		if (strstr(*argv, text))
			return true;
	return false;
}

/* The machines of a whole sweep take half a minute under the sanitizers. */
static void shorten(char **argv)
{
	if (!argv[1] || strcmp(argv[1], "sweep") || has(argv, "--nodes"))
		return;
	while (*argv)
		argv++;
	argv[0] = "--nodes";
	argv[1] = "1";
}

/* An empty word is what the program makes of a NULL at best. */
static void check(const struct fuzz_result *result, char **argv)
{
	json_t *json;

	if (!has(argv, "(null)"))
		MUST(!strstr(result->out, "(null)") &&
		     !strstr(result->err, "(null)"));
	if (result->status || *result->out != '{')
		return;
	json = json_loads(result->out, JSON_REJECT_DUPLICATES, NULL);
	MUST(json);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xcalloc(size + 1, 1), **argv;
	struct fuzz_result result;
	static bool there;
	size_t i;

	if (!there) {
		fuzz_file("m.json", machine, strlen(machine));
		fuzz_file("m.log", boot, strlen(boot));
		fuzz_file("m.csv", timings, strlen(timings));
		fuzz_file("m.layout", layout, strlen(layout));
		there = true;
	}
	for (i = 0; i < size; i++)
		text[i] = data[i] == '/' ? ',' : data[i];
	argv = split(text);
	shorten(argv);
	fuzz_command(&result, argv);
	check(&result, argv);
	fuzz_result_free(&result);
	fuzz_empty_folder(files);
	free(argv);
	free(text);
	return 0;
}
