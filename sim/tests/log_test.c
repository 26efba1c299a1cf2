// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boots of many ages and architectures, in sim/tests/logs, say what stands
 * beside them; log_forms_test.c has the ways in which they are saved.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/die.h"
#include "log/boot.h"
#include "log/lines.h"
#include "tests/log_says.h"

static char *parse_text(const char *text)
{
	return parse("text", text, strlen(text), false);
}

/* Each NAME.log says what stands in NAME.want; LOG_WRITE=1 writes that. */
static void test_fixtures(void **state)
{
	static const char dir[] = "sim/tests/logs";
	struct dirent **entry;
	int i, nr = scandir(dir, &entry, NULL, alphasort), seen = 0;

	assert_true(nr > 0);
	for (i = 0; i < nr; i++) {
		char *end = strstr(entry[i]->d_name, ".log");
		char path[512], *text, *said, *want;
		size_t len;

		if (end && !end[4]) {
			snprintf(path, sizeof(path), "%s/%s", dir,
				 entry[i]->d_name);
			text = read_file(path, &len);
			said = parse(entry[i]->d_name, text, len, true);
			free(text);
			strcpy(strstr(path, ".log"), ".want");
			if (getenv("LOG_WRITE")) {
				FILE *out = fopen(path, "w");

				fputs(said, out);
				fclose(out);
			}
			want = read_file(path, &len);
			if (strcmp(said, want))
				fprintf(stderr, "%s\n", path);
			assert_string_equal(said, want);
			free(want);
			free(said);
			seen++;
		}
		free(entry[i]);
	}
	free(entry);
	assert_true(seen >= 20);
}

/* Boots are told apart by version, time, journald's marks and ids. */
static void test_boots(void **state)
{
	static const struct {
		unsigned int nr;
		const char *text;
	} logs[] = {
		{ 2, "Linux version 6.1.0\nMemory: 1K/2K available\n"
		     "Linux version 6.2.0\nMemory: 1K/2K available\n" },
		/* Before "Linux version" there may be lines of the same boot. */
		{ 1, "[    0.000000] Booting Linux on physical CPU 0x0\n"
		     "[    0.000000] Linux version 6.1.0\n"
		     "[    0.100000] Memory: 1K/2K available\n" },
		{ 1, "[    0.000000] Initializing cgroup subsys cpuset\n"
		     "[    0.000000] Linux version 3.2.0\n" },
		/* A log whose beginning is lost, and another boot. */
		{ 2, "[    5.000000] node 0 deferred pages initialised in 1ms\n"
		     "[    0.000000] Linux version 6.1.0\n" },
		{ 2,
		  "[    5.000000] node 0 deferred pages initialised in 1ms\n"
		  "[    0.400000] node 0 deferred pages initialised in 1ms\n" },
		{ 2, "[    5.000000] node 0 deferred pages initialised in 1ms\n"
		     "[    1.000000] node 0 deferred pages initialised in 1ms\n"
		     "[    2.000000] x\n[    4.000000] x\n[    6.000000] x\n" },
		/* A CPU that comes up has a clock of its own. */
		{ 1,
		  "[    9.443004] .... node  #1, CPUs:    #8\n"
		  "[    1.357381] smpboot: CPU 8 Converting physical 0 to logical die 1\n"
		  "[    1.357381] masked ExtINT on CPU#8\n"
		  "[    9.502213]   #9 #10 #11\n"
		  "[    1.357381] smpboot: CPU 16 Converting physical 0 to logical die 1\n"
		  "[   10.502213]   #17\n" },
		/* Clocks of two CPUs differ a little. */
		{ 1,
		  "[    5.700000] node 0 deferred pages initialised in 1ms\n"
		  "[    5.650000] node 8 deferred pages initialised in 1ms\n" },
		{ 2, "Jan  2 03:04:05 h kernel: Memory: 1K/2K available\n"
		     "-- Reboot --\n"
		     "Jan  2 03:05:05 h kernel: Memory: 1K/2K available\n" },
		{ 2, "Jan 02 03:04:05 h kernel: Memory: 1K/2K available\n"
		     "-- Boot 0123456789abcdef0123456789abcdef --\n"
		     "Jan 02 03:05:05 h kernel: Memory: 1K/2K available\n" },
		{ 2,
		  "{\"MESSAGE\":\"Memory: 1K/2K available\",\"_BOOT_ID\":\"aa\"}\n"
		  "{\"MESSAGE\":\"Memory: 1K/2K available\",\"_BOOT_ID\":\"bb\"}\n" },
		/* A boot loader has a command line of its own. */
		{ 1, "Command line: of a boot loader\n\n"
		     "[    0.000000] Linux version 6.1.0\n" },
		{ 1, "[    0.000000] Linux version 6.1.0\n"
		     "[    0.000000] Linux version 6.1.0\n"
		     "[    0.000000] Command line: a\n"
		     "[    0.000000] Command line: a\n" },
		{ 0, "nothing of a kernel\n" },
		{ 0, "" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		struct error error = { 0 };
		struct log log;

		assert_int_equal(log_parse(&log, "boots", logs[i].text,
					   strlen(logs[i].text), &error),
				 0);
		if (log.nr_boots != logs[i].nr)
			fprintf(stderr, "boots %u\n", i);
		assert_int_equal(log.nr_boots, logs[i].nr);
		log_free(&log);
	}
}

/* The kernel's rules: the last counts, "--" ends, quotes, '-' as '_'. */
static void test_cmdline(void **state)
{
	static const struct {
		const char *cmdline;
		const char *value;
		unsigned int nr;
	} lines[] = {
		{ "memmap_init=serial", "serial", 1 },
		{ "memmap_init=serial a memmap_init=local", "local", 2 },
		{ "memmap-init=serial", "serial", 1 },
		{ "\"memmap_init=serial\"", "serial", 1 },
		{ "memmap_init=\"serial\" b", "serial", 1 },
		{ "a=\"x memmap_init=serial y\"", NULL, 0 },
		{ "xmemmap_init=serial", NULL, 0 },
		{ "memmap_init=serial -- memmap_init=local", "serial", 1 },
		{ "memmap_init", "", 1 },
		{ "memmap_init=", "", 1 },
		{ "\tmemmap_init=a\n", "a", 1 },
		{ "\"memmap_init=a", "a", 1 },
		{ "\"", NULL, 0 },
		{ "", NULL, 0 },
	};
	unsigned int i, nr;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char *value = log_cmdline_last(lines[i].cmdline, "memmap_init",
					       &nr);

		assert_int_equal(nr, lines[i].nr);
		if (lines[i].value)
			assert_string_equal(value, lines[i].value);
		else
			assert_null(value);
		free(value);
	}
	assert_true(log_cmdline_switch("page_poison=1", "page_poison"));
	assert_true(log_cmdline_switch("page_poison=on", "page_poison"));
	assert_true(log_cmdline_switch("page-poison=yes", "page_poison"));
	assert_false(log_cmdline_switch("page_poison=off", "page_poison"));
	assert_false(log_cmdline_switch("page_poison=1 page_poison=0",
					"page_poison"));
	assert_false(log_cmdline_switch("", "page_poison"));
}

/* The last memmap_init= counts; switches are on as the kernel has it. */
static void test_options(void **state)
{
	static const struct {
		const char *cmdline;
		const char *want;
	} lines[] = {
		{ "memmap_init=serial a memmap_init=local",
		  "option local of 2" },
		{ "memmap-init=serial -- memmap_init=local",
		  "option serial of 1" },
		{ "a=1", "option - of 0" },
		{ "page_poison=1", "disturbed page_poison" },
		{ "page-poison=on", "disturbed page_poison" },
		{ "init_on_free=Y debug_pagealloc=1", "freed; debug_pagealloc" },
		{ "page_poison=off", "page 4096 (not said)\n" },
		{ "page_poison=1 page_poison=0", "page 4096 (not said)\n" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[256], *said;

		snprintf(text, sizeof(text), "[    0.0] Command line: %s\n",
			 lines[i].cmdline);
		said = parse_text(text);
		assert_non_null(strstr(said, lines[i].want));
		assert_int_equal(!!strstr(said, "disturbed"), i >= 3 && i <= 5);
		free(said);
	}
}

/* Records keep time, level and line, and say what has nothing before it. */
static void test_records(void **state)
{
	static const char text[] =
		"<6>[    1.500000][    T1] one\n"
		"\n"
		"two\n"
		"kern  :warn  : [    2.000001] three[    2.5] x"
		"[    3.000000] four\n"
		"5,9,4000000,-;fi\\x76e\n"
		" SUBSYSTEM=cpu\n"
		"Jan  2 03:04:05 host systemd[1]: not ours\n";
	static const struct log_record want[] = {
		{ "one", 1, 0, 6, true, 1500000, LOG_OWN },
		{ "two", 3, 0, -1, false, 0, LOG_BLANK },
		{ "three[    2.5] x", 4, 0, 4, true, 2000001, LOG_OWN },
		{ "four", 4, 0, -1, true, 3000000, LOG_OWN },
		{ "five", 5, 0, 5, true, 4000000, LOG_OWN },
	};
	struct error error = { 0 };
	struct log_reader *reader = log_reader_from("text", text, strlen(text),
						    &error);
	struct log_record record;
	unsigned int i;

	assert_non_null(reader);
	for (i = 0; i < 5; i++) {
		assert_true(log_reader_next(reader, &record));
		assert_string_equal(record.text, want[i].text);
		assert_int_equal(record.line, want[i].line);
		assert_int_equal(record.priority, want[i].priority);
		assert_int_equal(record.timed, want[i].timed);
		assert_int_equal(record.us, want[i].us);
		assert_int_equal(record.glue, want[i].glue);
	}
	assert_false(log_reader_next(reader, &record));
	log_reader_close(reader);
}

/* Nothing that looks like a fact is passed over in silence. */
static void test_odd_lines(void **state)
{
	static const char *const texts[] = {
		"node 1 deferred pages initialised in some ms",
		"node 1 deferred pages initialised in\n[    1.0] something else",
		"node 1 initialised, lots of pages",
		"deferred pages initialised in 48ms",
		"memmap_init: parallel: node 1: 12 pages in a while",
		"memmap_init: parallel: everywhere: 12 pages in 3 us",
		"node 99999999999999999999999 deferred pages initialised in 4ms",
		"node 1 deferred pages initialised in 99999999999999999999ms",
	};
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char text[256], *said;

		snprintf(text, sizeof(text),
			 "[    0.0] Linux version 6.12.0\n[    0.5] %s\n",
			 texts[i]);
		said = parse("odd", text, strlen(text), true);
		if (!strstr(said, "looks like timings"))
			fprintf(stderr, "%s\n%s\n", text, said);
		assert_non_null(strstr(said, "note 2, line 2: "));
		free(said);
	}
}

/* What a crash leaves of a file, and the noise of a serial line, do no harm. */
static void test_noise(void **state)
{
	char text[4096 + 256];
	char *said;
	size_t len;

	len = sprintf(
		text,
		"[    1.0] node 0 deferred pages initialised in 7ms\n[    1.1] half a");
	memset(text + len, 0, 4096);
	len += 4096;
	len += sprintf(text + len,
		       "[    0.000000] Linux version 6.12.0\n\xff\xfe\x80\n"
		       "[    1.0] no\x01"
		       "de 1 deferred pages initialised in 8ms\n");
	said = parse("noise", text, len, false);
	assert_non_null(strstr(said, "node 0: 0 pages 7 ms"));
	assert_non_null(strstr(said, "boot 1"));
	assert_non_null(strstr(said, "node 1: 0 pages 8 ms"));
	free(said);
}

/* Twice what a line holds takes twice the time, and no limit is hit. */
static void test_long(void **state)
{
	unsigned int i, nr = 200000;
	char *text = xcalloc(nr, 64), *at = text, *said;

	at += sprintf(at, "[    0.000000] Command line: a=");
	memset(at, 'x', nr);
	at += nr;
	at += sprintf(at,
		      " memmap_init=local\n[    0.1] .... node  #3, CPUs: ");
	for (i = 1; i < 5000; i++)
		at += sprintf(at, " #%u", i);
	at += sprintf(at, "\n");
	for (i = 0; i < 20000; i++)
		at += sprintf(at,
			      "[    0.2]   node %3u: [mem 0x%x000-0x%xfff]\n",
			      i % 1000, 2 * i, 2 * i);
	said = parse("long", text, at - text, false);
	assert_non_null(strstr(said, "option local of 1"));
	assert_non_null(strstr(said, "\nnode 999: "));
	assert_non_null(strstr(said, "cpus 5000"));
	free(said);
	free(text);
}

/* Where the boot CPU is: in no list, but it must be somewhere. */
static void test_boot_cpu(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} logs[] = {
		{ ".... node  #0, CPUs: #1\n.... node  #1, CPUs: #2 #3\n"
		  "smp: Brought up 2 nodes, 4 CPUs\n",
		  "node 0: 2 cpus\nnode 1: 2 cpus\n" },
		{ ".... node  #1, CPUs: #1\n.... node  #0, CPUs: #2 #3\n"
		  "smp: Brought up 2 nodes, 4 CPUs\n",
		  "node 0: 2 cpus\nnode 1: 2 cpus\n" },
		/* One CPU a node, and the first is in no list. */
		{ ".... node  #1, CPUs: #1\n.... node  #2, CPUs: #2\n"
		  "node 0: [mem 0x0-0xfff]\nnode 1: [mem 0x1000-0x1fff]\n"
		  "node 2: [mem 0x2000-0x2fff]\nsmp: Brought up 3 nodes, 3 CPUs\n",
		  "node 0: 1 cpus 0-1000\nnode 1: 1 cpus 1000-2000\n"
		  "node 2: 1 cpus 2000-3000\n" },
		{ "CPU 0/0x20 -> Node 1\n"
		  "Booting Node   0, Processors  #1 #2 Ok.\n"
		  "Booting Node   1, Processors  #3 Ok.\n"
		  "Brought up 4 CPUs\n",
		  "node 0: 2 cpus\nnode 1: 2 cpus\n" },
		/* The list of a node is lost: the rest is on it. */
		{ "node 0: [mem 0x0-0xfff]\nnode 1: [mem 0x1000-0x1fff]\n"
		  ".... node  #0, CPUs: #1 #2 #3\n"
		  "smp: Brought up 2 nodes, 8 CPUs\n",
		  "node 0: 4 cpus 0-1000\nnode 1: 4 cpus 1000-2000\n" },
		/* A CPU that went down and came up again counts once. */
		{ ".... node  #0, CPUs: #1 #2 #3\n"
		  "smp: Brought up 1 node, 4 CPUs\n"
		  "smpboot: Booting Node 0 Processor 2 APIC 0x4\n",
		  "node 0: 4 cpus\n" },
		/* maxcpus=: SRAT has more than came up. */
		{ "SRAT: PXM 0 -> APIC 0x00 -> Node 0\n"
		  "SRAT: PXM 0 -> APIC 0x01 -> Node 0\n"
		  "SRAT: PXM 1 -> APIC 0x10 -> Node 1\n"
		  "SRAT: PXM 1 -> APIC 0x11 -> Node 1\n"
		  "smp: Brought up 2 nodes, 3 CPUs\n",
		  "node 0: 2 cpus\nnode 1: 1 cpus\n" },
		{ "node 0: [mem 0x0-0xfff]\n", "node 0: 0 cpus 0-1000\n" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		char *said = parse_text(logs[i].text);

		if (!strstr(said, logs[i].want))
			fprintf(stderr, "boot cpu %u:\n%s\n", i, said);
		assert_non_null(strstr(said, logs[i].want));
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_boots),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_boot_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
