// SPDX-License-Identifier: GPL-2.0-only
/* A boot of a kernel log in virtual time. */
#include <string.h>
#include <linux/numa.h>
#include "check/kernel_log.h"
#include "model/band.h"

struct drained {
	struct kernel_log *log;
	const struct topology *topology;
	unsigned int boot;
	const char *strategy;
	bool alone;
};

/*
 * A drain of one node, or of all: whichever line of the boot speaks of it. What
 * a line says of pages is what was there; on another machine as many take as
 * long in proportion.
 */
static void drained(void *arg, int nid, unsigned long nr_pages, double start_ns,
		    double end_ns)
{
	struct drained *drained = arg;
	struct kernel_log_line *line = drained->log->line;
	unsigned int i;

	if (nid != NUMA_NO_NODE)
		nid = drained->topology->nodes[nid].id;
	for (i = 0; i < drained->log->nr; i++, line++)
		if (line->boot == drained->boot && line->nid == nid &&
		    line->alone == drained->alone &&
		    !strcmp(line->strategy, drained->strategy)) {
			line->predicted_ms = (end_ns - start_ns) / 1e6;
			line->machine_pages = nr_pages;
			if (line->pages && nr_pages)
				line->predicted_ms *= (double)line->pages /
						      nr_pages;
		}
}

static bool speaks_of(const struct kernel_log *log, const struct drained *arg)
{
	unsigned int i;

	for (i = 0; i < log->nr; i++)
		if (log->line[i].boot == arg->boot &&
		    log->line[i].alone == arg->alone &&
		    !strcmp(log->line[i].strategy, arg->strategy))
			return true;
	return false;
}

/* The boot line of lines that one CPU a node, or all, worked at. */
static bool boot_line(const struct kernel_log *log, const struct drained *arg,
		      const struct memmap_strategy *strategy,
		      struct memmap_param *param)
{
	if (!speaks_of(log, arg))
		return false;
	*param = log->param[arg->boot];
	param->strategy = strategy;
	if (arg->alone)
		param->threads = 1;
	return true;
}

/**
 * kernel_log_run - predict the lines of one boot
 * @log: as read
 * @boot: the boot
 * @topology: of the machine
 * @costs: of the machine
 *
 * Return: 0; -1: it has no CPU.
 */
int kernel_log_run(struct kernel_log *log, unsigned int boot,
		   const struct topology *topology,
		   const struct machine_costs *costs)
{
	struct drained arg = { .log = log, .topology = topology, .boot = boot };
	static const struct simulation_watch watch = { .drained = drained };
	struct simulation_result result;
	struct memmap_param param;
	unsigned int i, alone;

	for (i = 0; memmap_strategies[i]; i++) {
		arg.strategy = memmap_strategies[i]->name;
		for (alone = 0; alone < 2; alone++) {
			arg.alone = alone;
			if (boot_line(log, &arg, memmap_strategies[i], &param) &&
			    simulation_run(topology, costs, &param, &result,
					   &watch, &arg))
				return -1;
		}
	}
	return 0;
}

static void set_bands(struct kernel_log *log, const struct drained *arg,
		      const struct band *band)
{
	unsigned int i;

	for (i = 0; i < log->nr; i++) {
		struct kernel_log_line *line = &log->line[i];

		if (line->boot != arg->boot || line->alone != arg->alone ||
		    strcmp(line->strategy, arg->strategy))
			continue;
		line->low_ms = line->predicted_ms * band->low;
		line->high_ms = line->predicted_ms * band->high;
	}
}

/**
 * kernel_log_band - how far off the predictions of one boot may be
 * @log: with its predictions
 * @boot: the boot
 * @machine: the machine
 */
void kernel_log_band(struct kernel_log *log, unsigned int boot,
		     const struct machine *machine)
{
	struct drained arg = { .boot = boot };
	struct memmap_param param;
	struct banded banded;
	unsigned int i, alone;

	for (i = 0; memmap_strategies[i]; i++) {
		arg.strategy = memmap_strategies[i]->name;
		for (alone = 0; alone < 2; alone++) {
			arg.alone = alone;
			if (boot_line(log, &arg, memmap_strategies[i], &param) &&
			    !band_run(machine, &param, NULL, NULL, &banded))
				set_bands(log, &arg, &banded.complete);
		}
	}
}
