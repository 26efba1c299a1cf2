/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_LAYOUT_H
#define SIM_CLI_LAYOUT_H

/* What the files of memmap layout share: what is asked, and its answer. */
#include "cli/report.h"
#include "machine/machine.h"
#include "model/transplant.h"

/**
 * struct layout_request - what is to move, on what
 * @file: a layout
 * @stripe: --stripe
 * @push: --push
 * @window: --window
 * @hold: --hold
 * @plan: --plan
 * @blocks: --blocks
 * @drawn: an option that says what to draw; NULL: none
 * @load: what is in the memory
 */
struct layout_request {
	const char *file;
	const char *stripe;
	const char *push;
	const char *window;
	const char *hold;
	const char *plan;
	const char *blocks;
	const char *drawn;
	struct transplant_load load;
};

/**
 * struct layout_snapshot - the nodes at a moment
 * @account: of each
 * @straggler: of each, pages that should be elsewhere
 */
struct layout_snapshot {
	struct dnuma_account *account;
	unsigned long *straggler;
};

struct layout_snapshot layout_snapshot(const struct transplant *t,
				       const struct topology *topology,
				       const struct memlayout *wanted);
void layout_snapshot_free(struct layout_snapshot *s);
int layout_print(struct options *o, const struct layout_request *r,
		 const struct machine *machine, const struct transplant *t,
		 const struct transplant_result *result,
		 const struct layout_snapshot *before,
		 const struct layout_snapshot *after);

#endif /* SIM_CLI_LAYOUT_H */
