/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LOG_BOOT_H
#define SIM_LOG_BOOT_H

/*
 * What a kernel has said of itself and of its machine, boot by boot, each fact
 * with the line that said it. What no line says is marked so; what had to be
 * taken for granted, put together or left out is in the notes.
 *
 *	lines.h: records -> boot.c: whole texts -> memory.c, cpus.c, timing.c,
 *	options.c: facts -> struct log_boot
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

#define LOG_ALL_NODES -1

/**
 * struct log_value - a number
 * @value: the number
 * @line: that said it; 0: none did
 */
struct log_value {
	unsigned long value;
	unsigned int line;
};

/**
 * struct log_text - a text
 * @text: the text; NULL: not said
 * @line: that said it
 */
struct log_text {
	char *text;
	unsigned int line;
};

enum log_arch {
	LOG_ARCH_NOT_SAID,
	LOG_X86,
	LOG_ARM64,
	LOG_ARM,
	LOG_POWER,
	LOG_S390,
	LOG_RISCV,
	LOG_LOONGARCH,
	LOG_NR_ARCHS
};

/**
 * struct log_range - memory of a node, as the kernel found it
 * @nid: the node
 * @start: first byte; of an extent, first page
 * @end: behind the last one
 * @line: that said it
 */
struct log_range {
	unsigned int nid;
	unsigned long start;
	unsigned long end;
	unsigned int line;
};

/**
 * struct log_zone - where a zone lies, on all nodes
 * @name: DMA, DMA32, Normal, HighMem, Movable or Device
 * @start: first byte
 * @end: behind the last byte; the same: it is empty
 * @line: that said it
 */
struct log_zone {
	const char *name;
	unsigned long start;
	unsigned long end;
	unsigned int line;
};

/**
 * struct log_node - a node
 * @nid: its number; not all numbers need be there
 * @nr_cpus: CPUs that came up
 * @memory: it has any
 * @movable: first byte of its Movable zone; line 0: it has none
 */
struct log_node {
	unsigned int nid;
	unsigned int nr_cpus;
	bool memory;
	struct log_value movable;
};

/**
 * enum log_timing_kind - who says how long it took
 * @LOG_ONE_THREAD: mainline from 4.2 to 5.7: one thread for each node
 * @LOG_MAINLINE: mainline since 5.8, and who has it backported
 * @LOG_DRAIN: memmap_init=, this project's
 */
enum log_timing_kind {
	LOG_ONE_THREAD,
	LOG_MAINLINE,
	LOG_DRAIN,
};

/**
 * struct log_timing - how long the memmap of a node took
 * @kind: who says so
 * @strategy: of a drain; NULL: mainline has no name for what it does
 * @nid: node, LOG_ALL_NODES for a drain of all
 * @pages: 0: not said
 * @ms: how long
 * @cpus: that took part; 0: not said
 * @line: that said it
 */
struct log_timing {
	enum log_timing_kind kind;
	char *strategy;
	int nid;
	unsigned long pages;
	double ms;
	unsigned int cpus;
	unsigned int line;
};

/**
 * enum log_about - who wants to know
 * @LOG_ABOUT_FILE: anyone
 * @LOG_ABOUT_MACHINE: who makes a machine of it
 * @LOG_ABOUT_TIMINGS: who reads its timings
 */
enum log_about {
	LOG_ABOUT_FILE,
	LOG_ABOUT_MACHINE,
	LOG_ABOUT_TIMINGS,
};

/**
 * struct log_note - what a reader of the facts has to know
 * @about: who that is
 * @line: 0: no line in particular
 * @text: one line, without a full stop
 */
struct log_note {
	enum log_about about;
	unsigned int line;
	char *text;
};

/**
 * struct log_boot - what one boot has said
 * @first_line: of the file
 * @last_line: of the file
 * @release: "6.12.0-rc1"
 * @version: its first three numbers
 * @arch: of the machine
 * @cmdline: the kernel's command line
 * @option: value of the last memmap_init= there, which is the one that counts
 * @nr_options: how many there are
 * @option_unknown: the kernel says that it does not know memmap_init=
 * @page_bytes: line 0: not said, and the architecture's usual one
 * @memory_kib: of the line "Memory:": all
 * @available_kib: and what was free
 * @cpus: that came up
 * @online_nodes: nodes that the kernel counted then
 * @hypervisor: that it runs under
 * @used: a strategy that was used instead of the one asked for
 * @why: and why
 * @disturbed: what on the command line or in the kernel makes its timings those
 *	of something else, as "page_poison=1"
 * @nr_nodes: nodes
 * @nodes: by their numbers
 * @nr_ranges: ranges
 * @ranges: by node and address
 * @nr_zones: zones that "Zone ranges" names
 * @zones: in the order of the log
 * @odd_timings: lines that look like timings and were not understood
 * @nr_timings: timings
 * @timings: in the order of the log
 * @nr_extents: extents that were traced
 * @extents: what was pristine when the late drain began; the same, in pages
 * @nr_notes: notes
 * @notes: the notes
 */
struct log_boot {
	unsigned int first_line;
	unsigned int last_line;
	struct log_text release;
	unsigned int version[3];
	enum log_arch arch;
	struct log_text cmdline;
	struct log_text option;
	unsigned int nr_options;
	struct log_value option_unknown;
	struct log_value page_bytes;
	struct log_value memory_kib;
	struct log_value available_kib;
	struct log_value cpus;
	struct log_value online_nodes;
	struct log_text hypervisor;
	struct log_text used;
	struct log_text why;
	struct log_text disturbed;
	unsigned int nr_nodes;
	struct log_node *nodes;
	unsigned int nr_ranges;
	struct log_range *ranges;
	unsigned int nr_zones;
	struct log_zone *zones;
	struct log_value odd_timings;
	unsigned int nr_timings;
	struct log_timing *timings;
	unsigned int nr_extents;
	struct log_range *extents;
	unsigned int nr_notes;
	struct log_note *notes;
};

/**
 * struct log - all boots of a file
 * @name: of the file, for messages
 * @nr_boots: boots of which there is a fact
 * @boots: in the order of the file
 */
struct log {
	char *name;
	unsigned int nr_boots;
	struct log_boot *boots;
};

int log_read(struct log *log, const char *path, struct error *error);
int log_parse(struct log *log, const char *name, const void *bytes, size_t len,
	      struct error *error);
const char *log_arch_name(enum log_arch arch);
void log_free(struct log *log);

/* cmdline.c: as the kernel splits it. */
char *log_cmdline_last(const char *cmdline, const char *key, unsigned int *nr);
bool log_cmdline_switch(const char *cmdline, const char *key);

#endif /* SIM_LOG_BOOT_H */
