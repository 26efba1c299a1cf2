// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a reader of a log's timings has to know: what the log does not say, what
 * its kernel did beside the memmap, what a prediction of it cannot know.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/numa.h>
#include "base/die.h"
#include "check/kernel_log.h"

/* A guest whose host backs memory lazily takes more than so many times. */
#define LAZY_FACTOR 1.3
/* What is reserved, and ragged ends of ranges, no description of a machine has. */
#define SAME_PAGES 0.1
/* What a fault is tried with; its order of magnitude (doc/model.md). */
#define TRIAL_FAULT_NS 20000

/**
 * kernel_log_note - one more line that a reader has to know
 * @log: the log
 * @line: of the file; 0: no line in particular
 * @format: the text, without a full stop
 */
void kernel_log_note(struct kernel_log *log, unsigned int line,
		     const char *format, ...)
{
	char *text, *note;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	note = line ? xasprintf("%s:%u: %s", log->log.name, line, text) :
		      xasprintf("%s: %s", log->log.name, text);
	free(text);
	log->note = xrealloc(log->note, log->nr_notes + 1, sizeof(*log->note));
	log->note[log->nr_notes++] = note;
}

/* The strategy that a boot asked for or got; NULL: it did not ask. */
static const struct memmap_strategy *strategy_of(const struct kernel_log *log,
						 unsigned int boot)
{
	const struct log_boot *b = &log->log.boots[boot];

	if (b->used.text)
		return memmap_strategy_find(b->used.text, strlen(b->used.text));
	return b->option.text ? log->param[boot].strategy : NULL;
}

static bool has_line(const struct kernel_log *log, unsigned int boot,
		     const char *strategy)
{
	unsigned int i;

	for (i = 0; i < log->nr; i++)
		if (log->line[i].boot == boot &&
		    !strcmp(log->line[i].strategy, strategy))
			return true;
	return false;
}

/* What a strategy's times are times of, where that is not plain. */
static void note_strategy(struct kernel_log *log, unsigned int boot)
{
	const struct memmap_strategy *strategy = strategy_of(log, boot);
	unsigned int line = log->log.boots[boot].option.line;
	bool there, waits;

	if (log->unknown[boot]) {
		kernel_log_note(
			log, line,
			"memmap_init=%s is given, and this kernel does not know it: %s; predicted is mainline without it",
			log->log.boots[boot].option.text,
			log->log.boots[boot].option_unknown.line ?
				"it says so" :
				"all that it says of the memmap are mainline's lines");
		return;
	}
	if (!strategy || strategy->flags & MEMMAP_MAINLINE)
		return;
	there = has_line(log, boot, strategy->name);
	waits = strategy->flags & MEMMAP_WAITS;
	if (!strategy->early && !strategy->late)
		kernel_log_note(
			log, line,
			"booted with memmap_init=%s, which drains nothing: pages are initialised as they are allocated, and there is no time of its own to hold a prediction to",
			strategy->name);
	else if (!waits && there)
		kernel_log_note(
			log, line,
			"booted with memmap_init=%s: its times are those of the drain, which goes on beside the boot and shares its CPUs; boot does not wait for it",
			strategy->name);
	else if (!waits)
		kernel_log_note(
			log, line,
			"booted with memmap_init=%s, and the line of its drain is not here: it comes when the drain has ended, after the boot; save the log later",
			strategy->name);
	else if (!there)
		kernel_log_note(
			log, line,
			"booted with memmap_init=%s, and no line says how long that took (\"memmap_init: %s: ...\")",
			strategy->name, strategy->name);
}

static void note_threads(struct kernel_log *log, unsigned int boot)
{
	const struct log_boot *b = &log->log.boots[boot];
	unsigned int i;

	for (i = 0; i < log->nr; i++) {
		const struct kernel_log_line *line = &log->line[i];

		if (line->boot != boot || !line->alone)
			continue;
		if (b->timings[0].kind == LOG_ONE_THREAD)
			kernel_log_note(
				log, b->timings[0].line,
				"a kernel from before 5.8 says this: one thread initialised each node");
		else
			kernel_log_note(
				log, b->release.line,
				"Linux %s has no helpers on %s, those came with 6.11: one thread initialised each node",
				b->release.text, log_arch_name(b->arch));
		return;
	}
}

/**
 * kernel_log_note_boots - what the boots themselves give cause for
 * @log: its lines added
 */
void kernel_log_note_boots(struct kernel_log *log)
{
	unsigned int i, j;

	for (i = 0; i < log->log.nr_boots; i++) {
		const struct log_boot *boot = &log->log.boots[i];

		for (j = 0; j < boot->nr_notes; j++)
			if (boot->notes[j].about != LOG_ABOUT_MACHINE)
				kernel_log_note(log, boot->notes[j].line, "%s",
						boot->notes[j].text);
		if (boot->nr_options > 1)
			kernel_log_note(
				log, boot->option.line,
				"memmap_init= is given %u times; the kernel takes the last, %s",
				boot->nr_options, boot->option.text);
		if (boot->used.text)
			kernel_log_note(log, boot->used.line,
					"%s was used instead: %s",
					boot->used.text, boot->why.text);
		if (boot->disturbed.text)
			kernel_log_note(
				log, boot->disturbed.line,
				"%s: its times are not those of the memmap, and no prediction of one holds",
				boot->disturbed.text);
		note_strategy(log, i);
		note_threads(log, i);
	}
}

/**
 * kernel_log_silent - no line of the log says how long the memmap took
 * @log: the log
 * @error: why that may be
 *
 * Return: 0: there is another answer in the notes; -1 with @error set.
 */
int kernel_log_silent(const struct kernel_log *log, struct error *error)
{
	const struct log_boot *boot;
	unsigned int i;

	if (!log->log.nr_boots)
		return error_set(
			error, log->log.name, 0, NULL,
			"no line of a kernel in it; want what dmesg or journalctl -k prints");
	for (i = 0; i < log->log.nr_boots; i++) {
		const struct memmap_strategy *strategy = strategy_of(log, i);

		if (strategy && !(strategy->flags & MEMMAP_MAINLINE))
			return 0;
	}
	for (i = 0; i < log->log.nr_boots; i++)
		if (log->log.boots[i].odd_timings.line)
			return error_set(
				error, log->log.name,
				log->log.boots[i].odd_timings.line, NULL,
				"this line looks like timings of the memmap and was not understood, and there is no other; want all of it, such as \"node 0 deferred pages initialised in 12ms\"");
	boot = &log->log.boots[log->log.nr_boots - 1];
	if (boot->release.line &&
	    (boot->version[0] < 4 ||
	     (boot->version[0] == 4 && boot->version[1] < 2)))
		return error_set(
			error, log->log.name, boot->release.line,
			boot->release.text,
			"Linux defers struct pages, and says how long they take, since 4.2; want the log of a later kernel");
	return error_set(
		error, log->log.name, 0, NULL,
		"no line such as \"node 0 deferred pages initialised in 12ms\" or \"memmap_init: parallel: all: 1024 pages in 9 us\"; want all that dmesg prints, of a kernel with CONFIG_DEFERRED_STRUCT_PAGE_INIT or memmap_init=");
}

static bool has_node(const struct topology *topology, int nid)
{
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++)
		if (topology->nodes[i].id == (unsigned int)nid)
			return true;
	return false;
}

/**
 * kernel_log_note_missing - lines that got no prediction, and why
 * @log: predicted
 * @machine: where
 */
void kernel_log_note_missing(struct kernel_log *log,
			     const struct machine *machine)
{
	const struct topology *topology = machine->topology;
	unsigned int i, nr = 0, nodes = 0;
	int nid = 0;

	for (i = 0; i < log->nr; i++) {
		const struct kernel_log_line *line = &log->line[i];

		if (!isnan(line->predicted_ms))
			continue;
		if (line->nid != NUMA_NO_NODE &&
		    !has_node(topology, line->nid)) {
			nid = nodes++ ? nid : line->nid;
			continue;
		}
		nr++;
	}
	if (nodes)
		kernel_log_note(
			log, 0,
			"%u lines are of nodes that %s does not have, as node %d, and get no prediction",
			nodes, topology->name, nid);
	if (nr)
		kernel_log_note(
			log, 0,
			"%u lines get no prediction: on %s that strategy has no drain of that node",
			nr, topology->name);
}

static unsigned long boot_bytes(const struct log_boot *boot)
{
	unsigned long bytes = 0;
	unsigned int i;

	for (i = 0; i < boot->nr_ranges; i++)
		bytes += boot->ranges[i].end - boot->ranges[i].start;
	return bytes;
}

/**
 * kernel_log_note_memory - boots on another machine than the one predicted for
 * @log: predicted
 * @machine: where
 */
void kernel_log_note_memory(struct kernel_log *log,
			    const struct machine *machine)
{
	const struct topology *topology = machine->topology;
	double there = topology_bytes(topology);
	unsigned int i;

	for (i = 0; i < log->log.nr_boots; i++) {
		const struct log_boot *boot = &log->log.boots[i];
		double ratio = boot_bytes(boot) / there;

		if (!boot->nr_ranges || !boot->nr_timings ||
		    (ratio > 1 - SAME_PAGES && ratio < 1 + SAME_PAGES))
			continue;
		kernel_log_note(
			log, boot->first_line,
			"this boot had %.4g GiB, and %s has %.4g GiB: its lines are held to what that machine takes",
			boot_bytes(boot) / 0x1p30, topology->name,
			there / 0x1p30);
	}
}

/**
 * kernel_log_note_scaled - lines of another machine than the one predicted for
 * @log: predicted
 * @machine: where
 */
void kernel_log_note_scaled(struct kernel_log *log,
			    const struct machine *machine)
{
	const struct kernel_log_line *line;

	for (line = log->line; line < log->line + log->nr; line++) {
		double ratio = line->pages && line->machine_pages ?
				       (double)line->pages /
					       line->machine_pages :
				       1;

		if (ratio > 1 - SAME_PAGES && ratio < 1 + SAME_PAGES)
			continue;
		kernel_log_note(
			log, 0,
			"its drains are not those of %s: one of %lu pages has %lu there; predicted is what as many as the log says would take",
			machine->topology->name, line->pages,
			line->machine_pages);
		return;
	}
}

/* Over the lines of a boot that have a prediction. */
static double sum(const struct kernel_log *log, unsigned int boot,
		  bool predicted)
{
	double ms = 0;
	unsigned int i;

	for (i = 0; i < log->nr; i++)
		if (log->line[i].boot == boot &&
		    !isnan(log->line[i].predicted_ms))
			ms += predicted ? log->line[i].predicted_ms :
					  log->line[i].measured_ms;
	return ms;
}

/**
 * kernel_log_faults - is a guest slower than its machine, and how much?
 * @log: the boot's lines predicted
 * @boot: the boot
 * @machine: where
 *
 * A host that backs a guest's memory only when it is touched adds a fault for
 * each 4 KiB of memmap. How long one would have to take follows from the lines:
 * what they take over the prediction is in proportion to it.
 *
 * Return: that time; 0: it is no guest, is not slower, or knows of faults.
 */
double kernel_log_faults(struct kernel_log *log, unsigned int boot,
			 const struct machine *machine)
{
	const struct log_boot *b = &log->log.boots[boot];
	double measured = sum(log, boot, false);
	double without = sum(log, boot, true), with, *kept;
	struct machine slower = *machine;
	unsigned int i;

	if (machine->costs.fault_ns > 0 || !b->hypervisor.line ||
	    b->disturbed.text || !(without > 0) ||
	    measured < without * LAZY_FACTOR)
		return 0;
	kept = xcalloc(log->nr, sizeof(*kept));
	for (i = 0; i < log->nr; i++)
		if (log->line[i].boot == boot)
			kept[i] = log->line[i].predicted_ms;
	slower.costs.fault_ns = TRIAL_FAULT_NS;
	kernel_log_run(log, boot, &slower);
	with = sum(log, boot, true);
	for (i = 0; i < log->nr; i++)
		if (log->line[i].boot == boot)
			log->line[i].predicted_ms = kept[i];
	free(kept);
	return with > without ? TRIAL_FAULT_NS * (measured - without) /
					(with - without) :
				0;
}

/**
 * kernel_log_note_faults - guests that are slower than their machine
 * @log: predicted
 */
void kernel_log_note_faults(struct kernel_log *log)
{
	unsigned int i;

	for (i = 0; i < log->log.nr_boots; i++)
		if (log->fault_ns[i] > 0)
			kernel_log_note(
				log, log->log.boots[i].hypervisor.line,
				"a guest of %s, and fault_ns is 0: a host that backs the guest's memory only when it is touched adds a fault for each 4 KiB of memmap; \"fault_ns\": %.0f in \"costs\" of the machine file would give what was measured",
				log->log.boots[i].hypervisor.text,
				log->fault_ns[i]);
}
