/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CHECK_DEFERRED_H
#define SIM_CHECK_DEFERRED_H

/*
 * How mainline's deferred initialisation went about a node, kernel by kernel
 * (mm/page_alloc.c, mm/mm_init.c, kernel/padata.c). Published timings and
 * kernel logs are both predicted by these rules.
 *
 *	4.2  a thread a node; a pageblock is initialised, then freed
 *	4.15 a thread a node; a range of memory is initialised, then freed, so
 *	     each line crosses the memory four times
 *	5.2  a thread a node; a block of the largest order at a time
 *	5.8  padata on x86, as many threads as the node has CPUs
 *	6.11 padata everywhere
 */
#include "machine/machine.h"

enum deferred_kind {
	DEFERRED_BLOCKS, /* both passes over a block, which the cache holds */
	DEFERRED_RANGES, /* all of a range is initialised, then freed */
	DEFERRED_NR_KINDS
};

enum deferred_kind deferred_kind(unsigned int major, unsigned int minor);
unsigned int deferred_threads(unsigned int major, unsigned int minor, bool x86);
double deferred_page_ns(double ns, enum deferred_kind from,
			enum deferred_kind to);
double deferred_payload(double bytes_per_s, enum deferred_kind kind);

/* A machine under such a kernel. */
void deferred_machine(struct machine *machine, const struct machine *from,
		      enum deferred_kind kind);
void deferred_machine_free(struct machine *machine);

#endif /* SIM_CHECK_DEFERRED_H */
