// SPDX-License-Identifier: GPL-2.0-only
/*
 * One boot, saved in every way that people save it, says the same each time;
 * so does each boot of sim/tests/logs, of whatever age and architecture.
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
#include "base/die.h"
#include "log/boot.h"
#include "tests/log_forms.h"
#include "tests/log_says.h"

/* A machine with two nodes. */
static const struct form_message form_boot[] = {
	{ 0, 5,
	  "Linux version 6.12.0-test (builder@host) (gcc (Debian 12.2.0-14) 12.2.0, GNU ld 2.40) #1 SMP PREEMPT_DYNAMIC Tue Jan  2 03:04:05 UTC 2024" },
	{ 0, 6,
	  "Command line: BOOT_IMAGE=/boot/vmlinuz-6.12.0-test root=/dev/vda1 ro console=ttyS0 memmap_init=serial quiet memmap_init=parallel,threads=1,chunk=256M" },
	{ 0, 6, "BIOS-provided physical RAM map:" },
	{ 0, 6,
	  "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable" },
	{ 0, 6,
	  "DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2 04/01/2014" },
	{ 0, 6, "Hypervisor detected: KVM" },
	{ 10000, 6, "SRAT: PXM 0 -> APIC 0x00 -> Node 0" },
	{ 10000, 6, "SRAT: PXM 0 -> APIC 0x01 -> Node 0" },
	{ 10000, 6, "SRAT: PXM 0 -> APIC 0x02 -> Node 0" },
	{ 10000, 6, "SRAT: PXM 0 -> APIC 0x03 -> Node 0" },
	{ 10100, 6, "Zone ranges:" },
	{ 10100, 6, "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]" },
	{ 10100, 6, "  DMA32    [mem 0x0000000001000000-0x00000000ffffffff]" },
	{ 10100, 6, "  Normal   [mem 0x0000000100000000-0x000000207fffffff]" },
	{ 10100, 6, "  Movable  empty" },
	{ 10100, 6, "  Device   empty" },
	{ 10100, 6, "Movable zone start for each node" },
	{ 10100, 6, "Early memory node ranges" },
	{ 10100, 6, "  node   0: [mem 0x0000000000001000-0x000000000009ffff]" },
	{ 10100, 6, "  node   0: [mem 0x0000000000100000-0x000000007fffffff]" },
	{ 10100, 6, "  node   0: [mem 0x0000000100000000-0x000000107fffffff]" },
	{ 10100, 6, "  node   1: [mem 0x0000001080000000-0x000000207fffffff]" },
	{ 10200, 6,
	  "Initmem setup node 0 [mem 0x0000000000001000-0x000000107fffffff]" },
	{ 10300, 6, "Initmem setup node 3 as memoryless" },
	{ 20000, 5,
	  "Kernel command line: BOOT_IMAGE=/boot/vmlinuz-6.12.0-test root=/dev/vda1 ro console=ttyS0 memmap_init=serial quiet memmap_init=parallel,threads=1,chunk=256M" },
	{ 20001, 6,
	  "Dentry cache hash table entries: 16777216 (order: 15, 134217728 bytes, linear)" },
	{ 20002, 6,
	  "Inode-cache hash table entries: 8388608 (order: 14, 67108864 bytes, linear)" },
	{ 40000, 6,
	  "Memory: 130112344K/134198780K available (18432K kernel code, 4096K rwdata, 12288K rodata, 4096K init, 4096K bss, 4086436K reserved, 0K cma-reserved)" },
	{ 100000, 6, "smp: Bringing up secondary CPUs ..." },
	{ 100001, 6, "smpboot: x86: Booting SMP configuration:" },
	{ 100002, 6, ".... node  #0, CPUs:        #1  #2" },
	{ 100003, 4, "masked ExtINT on CPU#2" },
	{ 100004, 6, " #3" },
	{ 100005, 6, ".... node  #1, CPUs:    #4  #5  #6  #7  #8" },
	{ 100006, 6, "  #9 #10 #11" },
	{ 200000, 6, "smp: Brought up 2 nodes, 12 CPUs" },
	{ 290000, 6, "memmap_init_extent: nid=0 range=(0x110000 ~ 0x1080000)" },
	{ 300000, 6, "node 0 deferred pages initialised in 72ms" },
	{ 310000, 6,
	  "memmap_init: parallel: all: 33521664 pages in 100000 us, 1 CPUs" },
	{ 320000, 6,
	  "memmap_init: local: node 1: 16760832 pages in 52124 us, 8 CPUs" },
	{ 400000, 6, "Run /init as init process" },
};

#define FORM_NR (sizeof(form_boot) / sizeof(*form_boot))

static const char expected[] =
	"boot 0\n"
	"release 6.12.0-test = 6.12.0, x86\n"
	"cmdline BOOT_IMAGE=/boot/vmlinuz-6.12.0-test root=/dev/vda1 ro console=ttyS0 memmap_init=serial quiet memmap_init=parallel,threads=1,chunk=256M\n"
	"option parallel,threads=1,chunk=256M of 2\n"
	"page 4096\n"
	"memory 130112344 of 134198780 KiB\n"
	"cpus 12, nodes 2\n"
	"under KVM\n"
	"zone DMA 1000-1000000\n"
	"zone DMA32 1000000-100000000\n"
	"zone Normal 100000000-2080000000\n"
	"zone Movable 0-0\n"
	"zone Device 0-0\n"
	"node 0: 4 cpus 1000-a0000 100000-80000000 100000000-1080000000\n"
	"node 1: 8 cpus 1080000000-2080000000\n"
	"node 3: 0 cpus\n"
	"timing 1 - node 0: 0 pages 72 ms 0 cpus\n"
	"timing 2 parallel node -1: 33521664 pages 100 ms 1 cpus\n"
	"timing 2 local node 1: 16760832 pages 52.124 ms 8 cpus\n"
	"extent 0 110000-1080000\n";

/* Every form but those that lose what a test looks for. */
static void test_forms(void **state)
{
	unsigned int i, bad = 0;

	for (i = 0; log_forms[i].name; i++) {
		size_t len;
		char *text = log_form_write(&log_forms[i], form_boot, FORM_NR,
					    &len);
		char *said = parse(log_forms[i].name, text, len, false);

		if (strcmp(said, expected)) {
			fprintf(stderr, "%s:\n%.*s...\nsays:\n%s\n",
				log_forms[i].name, (int)(len < 400 ? len : 400),
				text, said);
			bad++;
		}
		free(said);
		free(text);
	}
	assert_true(i > 90);
	assert_int_equal(bad, 0);
}

/*
 * The comparison can fail: without one byte of the log, another fact is said.
 */
static void test_forms_control(void **state)
{
	size_t len;
	char *text = log_form_write(&log_forms[0], form_boot, FORM_NR, &len);
	char *at = strstr(text, "in 72ms"), *said;

	assert_non_null(at);
	memmove(at + 3, at + 4, strlen(at + 4) + 1);
	said = parse("one byte less", text, len - 1, false);
	assert_string_not_equal(said, expected);
	free(said);
	free(text);
}

/* Where a line was broken, nobody knows how many blanks there were. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ' || text[1] != ' ')
			*to++ = *text;
	*to = '\0';
}

/*
 * The messages of a console's log; 0: it is not only that, or its beginning is
 * lost, behind which firmware would have spoken.
 */
static unsigned int read_console(char *text, struct form_message *boot)
{
	unsigned int nr = 0, seconds, us;
	char *line, *save = NULL;
	int used;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		used = 0;
		if (sscanf(line, "[%u.%6u]%n", &seconds, &us, &used) != 2 ||
		    !used || line[used] != ' ')
			return 0;
		boot[nr++] = (struct form_message){
			.us = seconds * 1000000 + us,
			.priority = 6,
			.text = line + used + 1,
		};
	}
	return nr;
}

/* Return: forms in which the boot says something else than on its console. */
static unsigned int
check_forms(const char *name, const struct form_message *boot, unsigned int nr)
{
	char *want = NULL, *text, *said;
	unsigned int i, bad = 0;
	size_t len;

	for (i = 0; log_forms[i].name; i++) {
		text = log_form_write(&log_forms[i], boot, nr, &len);
		said = parse(log_forms[i].name, text, len, false);
		squeeze(said);
		if (!i) {
			want = said;
			free(text);
			continue;
		}
		if (strcmp(said, want)) {
			fprintf(stderr, "%s as \"%s\":\n%s\nand not:\n%s\n",
				name, log_forms[i].name, said, want);
			bad++;
		}
		free(said);
		free(text);
	}
	free(want);
	return bad;
}

static void test_fixtures(void **state)
{
	static const char dir[] = "sim/tests/logs";
	struct dirent **entry;
	unsigned int bad = 0, seen = 0;
	int i, nr = scandir(dir, &entry, NULL, alphasort);

	assert_true(nr > 0);
	for (i = 0; i < nr; i++) {
		const char *name = entry[i]->d_name;
		struct form_message *boot;
		char path[512], *text;
		unsigned int lines;
		size_t len;

		if (strlen(name) > 4 &&
		    !strcmp(name + strlen(name) - 4, ".log")) {
			snprintf(path, sizeof(path), "%s/%s", dir, name);
			text = read_file(path, &len);
			boot = xcalloc(len, sizeof(*boot));
			lines = strstr(text, "Linux version ") ?
					read_console(text, boot) :
					0;
			if (lines)
				bad += check_forms(name, boot, lines);
			seen += !!lines;
			free(boot);
			free(text);
		}
		free(entry[i]);
	}
	free(entry);
	assert_true(seen >= 15);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_forms_control),
		cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
