/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LOG_FACTS_H
#define SIM_LOG_FACTS_H

/*
 * A boot while its log is read: what was said so far, in the words of those
 * who said it. Each of memory.c, cpus.c, timing.c and options.c has a table of
 * the messages that it understands, and settles at the end what follows.
 */
#include "log/boot.h"
#include "log/internal.h"
#include "log/match.h"

/* The smallest and the largest page that Linux has: 4 and 256 KiB. */
#define LOG_MIN_SHIFT 12
#define LOG_MAX_SHIFT 18
/* Linux has 1024 at most: larger numbers are no nodes. */
#define LOG_MOST_NODES 16384

/**
 * struct said_range - a range in the units of the log
 * @range: the range
 * @in_pages: kernels before 3.5: page numbers, not bytes
 */
struct said_range {
	struct log_range range;
	bool in_pages;
};

/**
 * enum cpu_source - who has said on which node a CPU is, the best first
 * @CPUS_BY_NODE: POWER's list of what is online
 * @CPUS_ANNOUNCED: x86, as each comes up; not the CPU that boots
 * @CPUS_DETECTED: x86 before 2.6.38
 * @CPUS_OF_SRAT: firmware, also of CPUs that stay down
 * @CPUS_BOOTED: none; that it came up, by the number that SRAT has for it
 */
enum cpu_source {
	CPUS_BY_NODE,
	CPUS_ANNOUNCED,
	CPUS_DETECTED,
	CPUS_OF_SRAT,
	CPUS_BOOTED,
	NR_CPU_SOURCES
};

/**
 * struct said_cpu - a CPU
 * @id: its number: the kernel's, of SRAT the firmware's
 * @nid: its node
 * @order: in the log
 */
struct said_cpu {
	unsigned long id;
	unsigned int nid;
	unsigned int order;
};

/**
 * struct said_cpus - what one source has said
 * @nr: CPUs, one may be there twice until all is settled
 * @cpu: the CPUs
 * @line: the first one's
 */
struct said_cpus {
	unsigned int nr;
	struct said_cpu *cpu;
	unsigned int line;
};

/* How sure the number of all CPUs is, surest first. */
enum cpu_total {
	TOTAL_UP,
	TOTAL_ACTIVATED,
	TOTAL_BOOTED,
	TOTAL_POSSIBLE,
	NR_CPU_TOTALS
};

/**
 * struct odd_lines - lines that look like some kind and were not understood
 * @nr: how many
 * @line: the first
 */
struct odd_lines {
	unsigned int nr;
	unsigned int line;
};

enum log_context {
	NO_CONTEXT,
	IN_MOVABLE_STARTS,
	IN_PFN_RANGES,
};

/**
 * struct facts - a boot while it is read
 * @boot: what is settled
 * @any: something is said that is worth a boot
 * @only_cmdline: there is a command line, but boot loaders say theirs too
 * @line: of what is being read
 * @context: a heading that the line stands under
 * @nr_ranges: ranges
 * @ranges: as they were said
 * @sizes: hash tables that speak for a page size, by its shift
 * @size_line: the first of them
 * @node_pages: how many pages a node has, instead
 * @node_pages_nid: that node
 * @zone_pages: how many pages there are, instead
 * @movable_in_pages: starts of Movable are page numbers
 * @cpus: by source
 * @totals: of CPUs
 * @list_nid: node of a list of CPUs that may go on; -1: there is none
 * @list_by_node: it is one of POWER's
 * @version_open: the next line may be more of the one with the version
 * @cmdline: the command line that is being put together
 * @cmdline_line: its first line
 * @cmdline_end: the last one that was taken for a piece of it
 * @cmdline_open: the next line may be more of it
 * @odd_timings: see there
 * @odd_memory: ranges
 * @odd_cpus: lists
 */
struct facts {
	struct log_boot boot;
	bool any;
	bool only_cmdline;
	unsigned int line;
	enum log_context context;
	unsigned int nr_ranges;
	struct said_range *ranges;
	unsigned int sizes[LOG_MAX_SHIFT + 1];
	unsigned int size_line[LOG_MAX_SHIFT + 1];
	struct log_value node_pages;
	unsigned int node_pages_nid;
	struct log_value zone_pages;
	bool movable_in_pages;
	struct said_cpus cpus[NR_CPU_SOURCES];
	struct log_value totals[NR_CPU_TOTALS];
	long list_nid;
	bool list_by_node;
	bool version_open;
	struct log_buffer cmdline;
	unsigned int cmdline_line;
	unsigned int cmdline_end;
	bool cmdline_open;
	struct odd_lines odd_timings;
	struct odd_lines odd_memory;
	struct odd_lines odd_cpus;
};

/**
 * struct saying - a message that somebody understands
 * @pattern: see log_match()
 * @take: what it means; returns behind it, NULL: it is something else after
 *	all, SAYING_GOES_ON: its end is missing
 */
struct saying {
	const char *pattern;
	const char *(*take)(struct facts *facts, const char *text,
			    const struct log_values *values);
};

extern const char SAYING_GOES_ON[];

/* Tables end with an empty entry. A text's first match counts. */
extern const struct saying memory_sayings[];
extern const struct saying cpu_sayings[];
extern const struct saying timing_sayings[];
extern const struct saying option_sayings[];

void memory_settle(struct facts *facts);
void cpus_settle(struct facts *facts);
bool cpus_go_on(struct facts *facts, const char *text);
void timings_settle(struct facts *facts);
void options_settle(struct facts *facts);
void options_hint(struct facts *facts, const char *text);
bool cmdline_goes_on(const struct facts *facts, const char *text, bool wrapped);
void version_goes_on(struct facts *facts, const char *text);
void cmdline_add(struct facts *facts, const char *text, unsigned int line,
		 bool tight, bool guess);

struct log_node *facts_node(struct facts *facts, unsigned int nid);
void facts_note(struct facts *facts, enum log_about about, unsigned int line,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
void facts_odd(struct facts *facts, struct odd_lines *odd);
void facts_odd_note(struct facts *facts, const struct odd_lines *odd,
		    enum log_about about, const char *what);
void facts_say(struct facts *facts, struct log_value *value,
	       unsigned long number);
void facts_text(struct facts *facts, struct log_text *text, const char *from,
		size_t len);

#endif /* SIM_LOG_FACTS_H */
