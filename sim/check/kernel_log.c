// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel log: what its lines say of the memmap, and what they should say
 * according to a machine file.
 *
 * Any kernel prints a line for each node that its deferred initialisation is
 * through with; ours prints one for each drain. Options come from the log's
 * own command line, boot by boot.
 */
#include <math.h>
#include <stdlib.h>
#include <linux/numa.h>
#include "base/die.h"
#include "check/kernel_log.h"

/*
 * Who says what mainline says since 5.8 has helpers on x86, whatever its version:
 * they were backported.
 */
static bool is_alone(const struct log_boot *boot,
		     const struct log_timing *timing)
{
	if (timing->kind != LOG_MAINLINE)
		return timing->kind == LOG_ONE_THREAD;
	return boot->release.line && boot->arch && boot->arch != LOG_X86 &&
	       deferred_threads(boot->version[0], boot->version[1], false) == 1;
}

static enum deferred_kind kind_of(const struct log_boot *boot,
				  const struct log_timing *timing)
{
	if (timing->kind != LOG_ONE_THREAD || !boot->release.line)
		return DEFERRED_BLOCKS;
	return deferred_kind(boot->version[0], boot->version[1]);
}

/* A strategy of this project's was asked for, and all lines are mainline's. */
static bool is_ignored(const struct log_boot *boot,
		       const struct memmap_strategy *strategy)
{
	unsigned int i;

	if (strategy->flags & MEMMAP_MAINLINE || boot->used.text)
		return false;
	for (i = 0; i < boot->nr_timings; i++)
		if (boot->timings[i].kind == LOG_DRAIN)
			return false;
	return boot->nr_timings;
}

/* What memmap_init= made of the kernel, if it knows that. */
static void read_option(struct kernel_log *log, unsigned int nr)
{
	const struct log_boot *boot = &log->log.boots[nr];
	struct memmap_param *param = &log->param[nr];

	memmap_param_default(param);
	if (!boot->option.text)
		return;
	log->unknown[nr] = boot->option_unknown.line;
	if (log->unknown[nr])
		return;
	/* The kernel has warned of bad tokens; what is left counts here too. */
	memmap_param_parse(param, boot->option.text);
	log->unknown[nr] = is_ignored(boot, param->strategy);
	if (log->unknown[nr])
		memmap_param_default(param);
}

static void add_boot(struct kernel_log *log, unsigned int nr)
{
	const struct log_boot *boot = &log->log.boots[nr];
	struct memmap_param none;
	const char *mainline;
	unsigned int i;

	memmap_param_default(&none);
	mainline = none.strategy->name;
	read_option(log, nr);
	log->line = xrealloc(log->line, log->nr + boot->nr_timings,
			     sizeof(*log->line));
	for (i = 0; i < boot->nr_timings; i++) {
		const struct log_timing *timing = &boot->timings[i];

		log->line[log->nr++] = (struct kernel_log_line){
			.boot = nr,
			.strategy = timing->strategy ? timing->strategy :
						       mainline,
			.nid = timing->nid == LOG_ALL_NODES ? NUMA_NO_NODE :
							      timing->nid,
			.pages = timing->pages,
			.alone = is_alone(boot, timing),
			.kind = kind_of(boot, timing),
			.measured_ms = timing->ms,
			.predicted_ms = NAN,
			.low_ms = NAN,
			.high_ms = NAN,
		};
	}
}

/**
 * kernel_log_read - the lines of a kernel log that speak of the memmap
 * @log: the result; kernel_log_free() it, whatever is returned
 * @path: the log; "-" is standard input
 * @error: what is wrong with it
 *
 * A log may have no such line: then its notes say why.
 *
 * Return: 0, or -1 with @error set.
 */
int kernel_log_read(struct kernel_log *log, const char *path,
		    struct error *error)
{
	unsigned int i;

	*log = (struct kernel_log){ .nr = 0 };
	if (log_read(&log->log, path, error))
		return -1;
	log->param = xcalloc(log->log.nr_boots, sizeof(*log->param));
	log->fault_ns = xcalloc(log->log.nr_boots, sizeof(*log->fault_ns));
	log->unknown = xcalloc(log->log.nr_boots, sizeof(*log->unknown));
	for (i = 0; i < log->log.nr_boots; i++)
		add_boot(log, i);
	kernel_log_note_boots(log);
	return log->nr ? 0 : kernel_log_silent(log, error);
}

/**
 * kernel_log_predict - what the lines of a boot should say
 * @log: as read; these lines get their predictions
 * @boot: the boot
 * @machine: where; it has CPUs
 *
 * Context: any thread; boots know nothing of each other.
 */
void kernel_log_predict(struct kernel_log *log, unsigned int boot,
			const struct machine *machine)
{
	kernel_log_band(log, boot, machine);
	log->fault_ns[boot] = kernel_log_faults(log, boot, machine);
}

/**
 * kernel_log_note_predicted - what a reader of the predictions has to know
 * @log: all boots predicted
 * @machine: where
 */
void kernel_log_note_predicted(struct kernel_log *log,
			       const struct machine *machine)
{
	kernel_log_note_missing(log, machine);
	kernel_log_note_memory(log, machine);
	kernel_log_note_scaled(log, machine);
	kernel_log_note_faults(log);
}

/**
 * kernel_log_error_pct - how far off is the prediction?
 * @line: a line
 *
 * Return: in per cent of what was measured; NAN if nothing was predicted, or
 * nothing measured to hold it to.
 */
double kernel_log_error_pct(const struct kernel_log_line *line)
{
	if (!(line->measured_ms > 0))
		return NAN;
	return 100 * (line->predicted_ms / line->measured_ms - 1);
}

/**
 * kernel_log_free - the end of a log
 * @log: as read
 */
void kernel_log_free(struct kernel_log *log)
{
	unsigned int i;

	for (i = 0; i < log->nr_notes; i++)
		free(log->note[i]);
	free(log->note);
	free(log->line);
	free(log->param);
	free(log->fault_ns);
	free(log->unknown);
	log_free(&log->log);
}
