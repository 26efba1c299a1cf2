/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_ROW_MACHINE_H
#define SIM_CHECK_ROW_MACHINE_H

/*
 * From a published timing to a machine: its data sheet, what its one-thread
 * rows say a page costs, and what its kernel did.
 *
 *	data sheet ----> nodes, cores, memory --+
 *	one-thread rows -> a page --------------+-> struct machine
 *	kernel version --> threads, traffic ----+-> struct memmap_param
 *
 * What comes out is a machine like any other: written to a file, 'memmap
 * predict' says the same of it.
 */
#include <linux/memmap_init.h>
#include "check/deferred.h"
#include "check/published.h"
#include "machine/machine.h"

/**
 * struct calibration - what a machine's one-thread rows say; 0: nothing
 * @deferred_ns: a page in both passes
 * @init_ns: a page of memmap_init, by ordinary and non-temporal stores
 * @free_ns: a page that is freed
 */
struct calibration {
	double deferred_ns[DEFERRED_NR_KINDS];
	double init_ns[2];
	double free_ns;
};

/* Share of channels x transfers x 8 bytes that a node's memory takes. */
#define ROW_EFFICIENCY 0.63

const char *row_refused(const struct published_row *row);
enum deferred_kind row_kind(const struct published_row *row);
unsigned int row_threads(const struct published_row *row);
double row_page_ns(const struct published_row *row);
void row_machine(const struct published_row *row,
		 const struct calibration *calibration, double efficiency,
		 struct machine *machine, struct memmap_param *param);

#endif /* SIM_CHECK_ROW_MACHINE_H */
