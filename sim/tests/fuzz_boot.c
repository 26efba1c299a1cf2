// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as the log of a kernel, taken for its machine and held to it, as
 * 'memmap validate LOG --machine LOG' does: for libFuzzer, see doc/testing.md.
 * The reader alone is fuzz_log.c.
 */
#include <math.h>
#include <string.h>
#include "check/kernel_log.h"
#include "tests/fuzzing.h"

#define FEW_CPUS  64
#define FEW_LINES 8
#define FEW_BYTES (64UL << 30)

static void check_lines(const struct kernel_log *log, bool predicted)
{
	unsigned int i;

	for (i = 0; i < log->nr; i++) {
		const struct kernel_log_line *line = &log->line[i];

		MUST(line->boot < log->log.nr_boots);
		MUST(isfinite(line->measured_ms) && line->measured_ms >= 0);
		MUST(isnan(line->predicted_ms) ||
		     (predicted && isfinite(line->predicted_ms) &&
		      line->predicted_ms >= 0));
		MUST(isnan(line->low_ms) || line->low_ms <= line->predicted_ms);
		MUST(isnan(line->high_ms) ||
		     line->high_ms >= line->predicted_ms);
		MUST(!isinf(kernel_log_error_pct(line)));
	}
	for (i = 0; i < log->nr_notes; i++)
		MUST(!strchr(log->note[i], '\n'));
}

static void check_log(const char *path, const struct machine *machine)
{
	const struct topology *topology = machine->topology;
	struct error error = { 0 };
	struct kernel_log log;
	unsigned int i;

	if (kernel_log_read(&log, path, &error)) {
		fuzz_error(&error);
	} else {
		check_lines(&log, false);
		if (topology && log.nr <= FEW_LINES &&
		    topology_cpus(topology) <= FEW_CPUS &&
		    topology_bytes(topology) <= FEW_BYTES) {
			for (i = 0; i < log.log.nr_boots; i++)
				kernel_log_predict(&log, i, machine);
			kernel_log_note_predicted(&log, machine);
			check_lines(&log, true);
		}
	}
	error_free(&error);
	kernel_log_free(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file("boot.log", data, size);
	struct error error = { 0 };
	struct machine machine;

	if (machine_load(&machine, path, NULL, &error)) {
		fuzz_error(&error);
		topology_free(machine.topology);
		machine.topology = NULL;
		check_log(path, &machine);
		machine_free(&machine);
	} else {
		check_log(path, &machine);
		/* Its name is the path, which the next call takes. */
		fuzz_machine(&machine);
	}
	error_free(&error);
	return 0;
}
