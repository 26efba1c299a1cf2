// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel log: what its lines say of the memmap, and what they should say
 * according to a machine file.
 *
 * Any kernel prints a line for each node that its deferred initialisation is
 * through with; ours prints one for each drain. Options come from the log's
 * own command line.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/numa.h>
#include "base/die.h"
#include "check/kernel_log.h"
#include "machine/machine.h"
#include "model/simulation.h"

#define MAX_LINES 4096

/* A time as kernels print it: digits, at most one point; not nan, not 1e400. */
static bool parse_time(const char *text, const char *unit, double *ms)
{
	size_t len = strspn(text, "0123456789.");

	if (!len || len > 18 || strncmp(text + len, unit, strlen(unit)))
		return false;
	*ms = strtod(text, NULL);
	return true;
}

/* Our line, from behind its name on. */
static bool parse_ours(struct kernel_log_line *line, const char *text)
{
	char where[32] = "all";
	int at = 0;

	if (sscanf(text, "%31[a-z]: node %d: %lu pages in %n", line->strategy,
		   &line->nid, &line->pages, &at) < 3 ||
	    !at) {
		line->nid = NUMA_NO_NODE;
		at = 0;
		if ((sscanf(text, "%31[a-z]: %31[a-z]: %lu pages in %n",
			    line->strategy, where, &line->pages, &at) < 3 ||
		     !at) &&
		    (sscanf(text, "%31[a-z]: %lu pages in %n", line->strategy,
			    &line->pages, &at) < 2 ||
		     !at))
			return false;
	}
	if (!parse_time(text + at, " us", &line->measured_ms))
		return false;
	line->measured_ms /= 1000;
	return true;
}

/* Mainline's, since 4.2 and since 5.8, from "node " on. */
static bool parse_theirs(struct kernel_log_line *line, const char *text)
{
	int at = 0;

	line->pages = 0;
	if (sscanf(text, "node %6d deferred pages initialised in %n",
		   &line->nid, &at) < 1 ||
	    !at)
		if (sscanf(text, "node %6d initialised, %lu pages in %n",
			   &line->nid, &line->pages, &at) < 2 ||
		    !at)
			return false;
	strcpy(line->strategy, "deferred");
	return line->nid >= 0 &&
	       parse_time(text + at, "ms", &line->measured_ms);
}

static bool parse_line(struct kernel_log_line *line, const char *text)
{
	static const char ours[] = "memmap_init: ";
	const char *at;

	*line = (struct kernel_log_line){ .predicted_ms = NAN };
	for (at = text; (at = strstr(at, ours)); at++)
		if (parse_ours(line, at + strlen(ours)))
			return true;
	/* A host may well be called k8s-node. */
	for (at = text; (at = strstr(at, "node ")); at++)
		if (parse_theirs(line, at))
			return true;
	return false;
}

/* The kernel has warned of bad tokens already; what is left counts here too. */
static void parse_options(struct kernel_log *log, const char *text)
{
	static const char key[] = " memmap_init=";
	const char *line = strstr(text, "ommand line: ");
	const char *at = line ? strstr(line, key) : NULL;
	char *value;

	if (!at)
		return;
	at += strlen(key);
	value = xasprintf("%.*s", (int)strcspn(at, " \n"), at);
	memmap_param_parse(&log->param, value);
	free(value);
}

/**
 * kernel_log_read - the lines of a kernel log that speak of the memmap
 * @log: the result; kernel_log_free() it, whatever is returned
 * @path: the log
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int kernel_log_read(struct kernel_log *log, const char *path,
		    struct error *error)
{
	FILE *file = fopen(path, "r");
	char text[4096];

	*log = (struct kernel_log){ .nr = 0 };
	if (!file)
		return error_set(error, path, 0, NULL, "%s", strerror(errno));
	log->line = xcalloc(MAX_LINES, sizeof(*log->line));
	memmap_param_default(&log->param);
	while (fgets(text, sizeof(text), file)) {
		parse_options(log, text);
		if (log->nr == MAX_LINES) {
			error_set(error, path, 0, NULL,
				  "more than %u lines of this kind; give the log of a single boot",
				  MAX_LINES);
			break;
		}
		if (parse_line(&log->line[log->nr], text))
			log->nr++;
	}
	fclose(file);
	if (!log->nr)
		error_set(error, path, 0, NULL,
			  "no line such as \"node 0 deferred pages initialised in 12ms\" or \"memmap_init: parallel: all: 1024 pages in 9 us\"; is it a kernel log (dmesg > FILE), unpacked (gzip -d)?");
	return error_is_set(error) ? -1 : 0;
}

struct drained {
	struct kernel_log *log;
	const struct topology *topology;
	const char *strategy;
};

/* A drain of one node, or of all: whichever line of the log speaks of it. */
static void drained(void *arg, int nid, unsigned long nr_pages, double start_ns,
		    double end_ns)
{
	struct drained *drained = arg;
	unsigned int i;

	if (nid != NUMA_NO_NODE)
		nid = drained->topology->nodes[nid].id;
	for (i = 0; i < drained->log->nr; i++) {
		struct kernel_log_line *line = &drained->log->line[i];

		if (line->nid == nid &&
		    !strcmp(line->strategy, drained->strategy))
			line->predicted_ms = (end_ns - start_ns) / 1e6;
	}
}

/**
 * kernel_log_predict - what the same lines should say
 * @log: as read; its lines get their predictions
 * @machine: where
 * @error: why there is none
 *
 * Return: 0, or -1 with @error set.
 */
int kernel_log_predict(struct kernel_log *log, const struct machine *machine,
		       struct error *error)
{
	struct drained arg = { .log = log, .topology = machine->topology };
	static const struct simulation_watch watch = { .drained = drained };
	struct simulation_result result;
	unsigned int i, j;

	for (i = 0; memmap_strategies[i]; i++) {
		struct memmap_param param = log->param;

		arg.strategy = memmap_strategies[i]->name;
		for (j = 0;
		     j < log->nr && strcmp(log->line[j].strategy, arg.strategy);
		     j++)
			;
		if (j == log->nr)
			continue;
		param.strategy = memmap_strategies[i];
		if (simulation_run(machine->topology, &machine->costs, &param,
				   &result, &watch, &arg))
			return error_set(error, "--machine", 0,
					 machine->topology->name,
					 "it has no CPU; want one that has");
	}
	return 0;
}

/**
 * kernel_log_error_pct - how far off is the prediction?
 * @line: a line
 *
 * Return: in per cent of what was measured; NAN if nothing was predicted, or
 * nothing measured to hold it to.
 */
double kernel_log_error_pct(const struct kernel_log_line *line)
{
	if (!(line->measured_ms > 0))
		return NAN;
	return 100 * (line->predicted_ms / line->measured_ms - 1);
}

/**
 * kernel_log_free - the end of a log
 * @log: as read
 */
void kernel_log_free(struct kernel_log *log)
{
	free(log->line);
}
