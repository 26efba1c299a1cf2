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
 * Mainline's helpers, since 5.8, were x86's alone before 6.11: elsewhere
 * deferred_page_init_max_threads() said 1.
 */
static bool has_no_helpers(const struct log_boot *boot)
{
	const unsigned int *v = boot->version;

	return boot->release.line && boot->arch && boot->arch != LOG_X86 &&
	       (v[0] < 6 || (v[0] == 6 && v[1] < 11));
}

static void add_boot(struct kernel_log *log, unsigned int nr)
{
	const struct log_boot *boot = &log->log.boots[nr];
	const char *mainline;
	unsigned int i;

	memmap_param_default(&log->param[nr]);
	mainline = log->param[nr].strategy->name;
	/* The kernel has warned of bad tokens; what is left counts here too. */
	if (boot->option.text)
		memmap_param_parse(&log->param[nr], boot->option.text);
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
			.alone = timing->kind == LOG_ONE_THREAD ||
				 (timing->kind == LOG_MAINLINE &&
				  has_no_helpers(boot)),
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
	for (i = 0; i < log->log.nr_boots; i++)
		add_boot(log, i);
	kernel_log_note_boots(log);
	return log->nr ? 0 : kernel_log_silent(log, error);
}

/**
 * kernel_log_predict - what the same lines should say
 * @log: as read; its lines get their predictions
 * @machine: where
 * @error: why there is none
 *
 * Return: 0, or -1 with @error set.
 */
int kernel_log_predict(struct kernel_log *log, const struct machine *machine,
		       struct error *error)
{
	unsigned int i;

	for (i = 0; i < log->log.nr_boots; i++)
		if (kernel_log_band(log, i, machine))
			return error_set(error, "--machine", 0,
					 machine->topology->name,
					 "it has no CPU; want one that has");
	kernel_log_note_missing(log, machine);
	kernel_log_note_scaled(log, machine);
	kernel_log_note_faults(log, machine);
	return 0;
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
	log_free(&log->log);
}
