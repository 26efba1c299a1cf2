/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_RESULTS_H
#define SIM_CLI_RESULTS_H

/*
 * One table for what was measured and what was predicted, so that the two can
 * be laid side by side.
 */
#include "cli/report.h"

enum verdict {
	UNCHECKED,
	VERIFIED,
	WRONG,
};

/**
 * struct result - one strategy
 * @choice: what was asked for
 * @threads: CPUs that took part
 * @early_ns: until early memory was initialised, in the two times that follow
 * @boot_wait_ns: until boot went on
 * @complete_ns: until all was initialised; NAN if that never happens
 * @load_done_ns: from when boot went on until a load had its memory; NAN: none
 * @boot_wait_low_ns: the least that @boot_wait_ns may be; NAN where it was
 *	measured
 * @boot_wait_high_ns: the most
 * @complete_low_ns: the same of @complete_ns
 * @complete_high_ns: the most
 * @binds: the input that counts most; NULL: none, or it was measured
 * @unstable: the input that moves the result by more than its own change
 * @ns_per_page: wall time over pages, of what is not early; of all if that is
 *	nothing
 * @spread_pct: of @ns_per_page over the runs; NAN of one
 * @boot_wait_spread_pct: of @boot_wait_ns
 * @noisy: @spread_pct is over the limit
 * @roofline_bytes_per_s: the best plain fill with the same threads; NAN if none
 * @mainline_ns_per_page: mainline's two passes, same threads; NAN if none
 * @pages_total: pages of the machine
 * @pages_initialised: early, and by the strategy itself
 * @store: "cached" or "nt"
 * @verdict: of --verify
 * @label: what it rests on: measured, calibrated or extrapolated
 */
struct result {
	const struct boot_choice *choice;
	unsigned int threads;
	double early_ns;
	double boot_wait_ns;
	double complete_ns;
	double load_done_ns;
	double boot_wait_low_ns;
	double boot_wait_high_ns;
	double complete_low_ns;
	double complete_high_ns;
	const char *binds;
	const char *unstable;
	double ns_per_page;
	double spread_pct;
	double boot_wait_spread_pct;
	bool noisy;
	double roofline_bytes_per_s;
	double mainline_ns_per_page;
	unsigned long pages_total;
	unsigned long pages_initialised;
	const char *store;
	enum verdict verdict;
	const char *label;
};

void results_add(struct report *report, const struct topology *topology,
		 const struct result *result, unsigned int nr);
void results_notes(struct report *report, const struct result *result,
		   unsigned int nr, double noise_pct);
unsigned long peak_rss_bytes(void);

#endif /* SIM_CLI_RESULTS_H */
