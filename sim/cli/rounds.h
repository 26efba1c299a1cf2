/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_ROUNDS_H
#define SIM_CLI_ROUNDS_H

/*
 * Strategies and yardsticks for real, in rounds: in each of them every one runs
 * once, so that a slow minute of a shared machine is everybody's.
 *
 *	round 0:  serial  local  ...  mainline  roofline
 *	round 1:  serial  local  ...  mainline  roofline
 *	...
 */
#include "cli/results.h"
#include "host/load.h"

/**
 * struct yardstick - mainline and roofline with so many CPUs
 * @threads: the CPUs
 * @nr: runs
 * @mainline_ns: per page, per run
 * @roofline_ns: the same
 */
struct yardstick {
	unsigned int threads;
	unsigned int nr;
	double *mainline_ns;
	double *roofline_ns;
};

/**
 * struct series - a strategy's runs
 * @choice: the strategy
 * @threads: CPUs that take part
 * @nr: runs
 * @early_ns: per run
 * @boot_wait_ns: per run
 * @complete_ns: per run; NAN if that never happens
 * @load_done_ns: per run; NULL: there is no load
 * @ns_per_page: per run, of what is not early
 * @plugged: per run; NULL: no memory is hot-added
 * @initialised: pages
 * @store: what the last run used
 * @verdict: of --verify
 */
struct series {
	const struct boot_choice *choice;
	unsigned int threads;
	unsigned int nr;
	double *early_ns;
	double *boot_wait_ns;
	double *complete_ns;
	double *load_done_ns;
	double *ns_per_page;
	struct host_plugged *plugged;
	unsigned long initialised;
	enum memmap_store store;
	enum verdict verdict;
};

/**
 * struct rounds - all of them
 * @cool: all of the memmap has been touched: it leaves the caches before
 *	each run
 * @load: what takes memory once boot has gone on; NULL: nothing
 * @nr_series: strategies
 * @series: each of them
 * @nr_yardsticks: different numbers of CPUs
 * @yardstick: for each of these
 */
struct rounds {
	bool cool;
	const struct host_load *load;
	unsigned int nr_series;
	struct series *series;
	unsigned int nr_yardsticks;
	struct yardstick *yardstick;
};

void rounds_init(struct rounds *rounds, const struct options *options,
		 const struct host *host, const struct host_load *load);
void rounds_free(struct rounds *rounds);
void rounds_run(struct rounds *rounds, struct host *host,
		unsigned long pull_pages, bool check);
void rounds_run_yardsticks(struct rounds *rounds, struct host *host);
bool rounds_noisy(const struct rounds *rounds, double noise_pct);
void rounds_result(const struct rounds *rounds, unsigned int i,
		   double noise_pct, struct result *result);
void rounds_plugs(const struct rounds *rounds, const struct topology *topology,
		  struct report *report);

#endif /* SIM_CLI_ROUNDS_H */
