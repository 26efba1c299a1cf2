/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_PLUGS_H
#define SIM_CLI_PLUGS_H

/* One table for hot-added memory that was measured and that was predicted. */
#include "cli/report.h"
#include "model/band.h"

/**
 * struct plug_row - a strategy and a piece of hot-added memory
 * @choice: the strategy
 * @plug: the piece
 * @online_ns: from its arrival until it is online
 * @ready_ns: and until all of its struct pages are written; NAN: never
 * @online: band of @online_ns; NULL: it was measured
 * @ready: of @ready_ns
 * @spread_pct: of @online_ns over the runs; NAN of one, or of a prediction
 * @mainline_ns: @online_ns of mainline's own; NAN: it was not asked for
 * @binds: the input that moves @online_ns most; NULL: none, or it was measured
 * @label: what it rests on
 */
struct plug_row {
	const struct boot_choice *choice;
	const struct topology_plug *plug;
	double online_ns;
	double ready_ns;
	const struct band *online;
	const struct band *ready;
	double spread_pct;
	double mainline_ns;
	const char *binds;
	const char *label;
};

struct table *plugs_table(struct report *report);
void plugs_add(struct table *table, const struct topology *topology,
	       const struct plug_row *row);
void plugs_notes(struct report *report, const struct topology *topology);

#endif /* SIM_CLI_PLUGS_H */
