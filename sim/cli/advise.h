/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_ADVISE_H
#define SIM_CLI_ADVISE_H

/* What the files of the advice share: advise.c finds it, advise_because.c says why. */
#include "cli/load_spec.h"
#include "cli/report.h"
#include "model/advice.h"

/**
 * struct setting - an option of the strategy that is advised, with a value
 * @text: as on the boot line, such as "chunk=64M"
 * @param: the boot line with it
 * @result: what it gives
 * @done: it has run
 */
struct setting {
	char *text;
	struct memmap_param param;
	struct simulation_result result;
	bool done;
};

/**
 * struct advice - strategies side by side, and the one to use
 * @options: which strategies
 * @spec: the load
 * @by: what decides
 * @machine: where
 * @answer: by strategy
 * @unasked: what a kernel does that nobody has told anything
 * @ready: the load on memory that is ready
 * @ready_ns: what it takes there
 * @done: by strategy, then @unasked and @ready
 * @failed: the machine has no CPU
 * @pick: the strategy to use
 * @first: the first one, by what decides alone
 * @tied: by strategy, cannot be told from @first
 * @setting: of @pick
 * @nr_settings: how many
 */
struct advice {
	struct options options;
	struct load_spec spec;
	enum advice_by by;
	struct machine machine;
	struct banded *answer;
	struct simulation_result unasked;
	struct simulation_result ready;
	double ready_ns;
	bool *done;
	bool failed;
	unsigned int pick;
	unsigned int first;
	bool *tied;
	struct setting *setting;
	unsigned int nr_settings;
};

double advice_first_touch_ns(const struct advice *advice,
			     const struct simulation_result *result);
double advice_untouched_bytes(const struct simulation_result *result);
void advice_because(const struct advice *advice, struct report *report);

#endif /* SIM_CLI_ADVISE_H */
