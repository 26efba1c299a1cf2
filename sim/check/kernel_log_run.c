// SPDX-License-Identifier: GPL-2.0-only
/* A boot of a kernel log in virtual time. */
#include <string.h>
#include <linux/numa.h>
#include "check/kernel_log.h"
#include "model/band.h"

/**
 * struct drained - the lines of a boot that one simulation predicts
 * @log: the log
 * @topology: of the machine
 * @boot: the boot
 * @strategy: its name
 * @alone: lines that one CPU a node worked at; else those of all CPUs
 */
struct drained {
	struct kernel_log *log;
	const struct topology *topology;
	unsigned int boot;
	const char *strategy;
	bool alone;
};

static bool speaks_of(const struct kernel_log_line *line,
		      const struct drained *drained)
{
	return line->boot == drained->boot && line->alone == drained->alone &&
	       !strcmp(line->strategy, drained->strategy);
}

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
		if (line->nid == nid && speaks_of(line, drained)) {
			line->predicted_ms = (end_ns - start_ns) / 1e6;
			line->machine_pages = nr_pages;
			if (line->pages && nr_pages)
				line->predicted_ms *= (double)line->pages /
						      nr_pages;
		}
}

static const struct simulation_watch watch = { .drained = drained };

/* Simulate a boot line and predict the lines of the log that it speaks of. */
typedef void (*simulate_fn)(struct drained *drained,
			    const struct memmap_param *param,
			    const struct machine *machine);

static const struct kernel_log_line *find_line(const struct drained *drained)
{
	const struct kernel_log *log = drained->log;
	unsigned int i;

	for (i = 0; i < log->nr; i++)
		if (speaks_of(&log->line[i], drained))
			return &log->line[i];
	return NULL;
}

/* Each strategy that the boot has lines of, by all CPUs and by one a node. */
static void simulate_boot(struct kernel_log *log, unsigned int boot,
			  const struct machine *machine, simulate_fn simulate)
{
	struct drained drained = { log, machine->topology, boot };
	struct memmap_param param = log->param[boot];
	const struct kernel_log_line *line;
	struct machine under;
	unsigned int i, alone;

	for (i = 0; memmap_strategies[i]; i++) {
		drained.strategy = memmap_strategies[i]->name;
		param.strategy = memmap_strategies[i];
		for (alone = 0; alone < 2; alone++) {
			drained.alone = alone;
			param.threads = alone ? 1 : log->param[boot].threads;
			line = find_line(&drained);
			if (!line)
				continue;
			deferred_machine(&under, machine, line->kind);
			simulate(&drained, &param, &under);
			deferred_machine_free(&under);
		}
	}
}

static void simulate(struct drained *drained, const struct memmap_param *param,
		     const struct machine *machine)
{
	struct simulation_result result;

	simulation_run(machine->topology, &machine->costs, param, &result,
		       &watch, drained);
}

/**
 * kernel_log_run - predict the lines of one boot, without bands
 * @log: as read
 * @boot: the boot
 * @machine: the machine; it has CPUs
 */
void kernel_log_run(struct kernel_log *log, unsigned int boot,
		    const struct machine *machine)
{
	simulate_boot(log, boot, machine, simulate);
}

static void simulate_band(struct drained *drained,
			  const struct memmap_param *param,
			  const struct machine *machine)
{
	struct kernel_log *log = drained->log;
	struct banded banded;
	unsigned int i;

	if (band_run(machine, param, &watch, drained, &banded))
		return;
	for (i = 0; i < log->nr; i++) {
		struct kernel_log_line *line = &log->line[i];

		if (!speaks_of(line, drained))
			continue;
		line->low_ms = line->predicted_ms * banded.complete.low;
		line->high_ms = line->predicted_ms * banded.complete.high;
	}
}

/**
 * kernel_log_band - predict the lines of one boot, and how far off that may be
 * @log: as read
 * @boot: the boot
 * @machine: the machine; it has CPUs
 */
void kernel_log_band(struct kernel_log *log, unsigned int boot,
		     const struct machine *machine)
{
	simulate_boot(log, boot, machine, simulate_band);
}
