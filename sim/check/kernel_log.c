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
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/numa.h>
#include "base/die.h"
#include "check/kernel_log.h"
#include "machine/machine.h"
#include "model/simulation.h"

#define MAX_LINES 4096

/**
 * struct log_line - a line that counts
 * @strategy: its name
 * @nid: node, NUMA_NO_NODE for all
 * @pages: 0 if it does not say
 * @measured_ms: what it says
 * @predicted_ms: NAN without a prediction
 */
struct log_line {
	char strategy[32];
	int nid;
	unsigned long pages;
	double measured_ms;
	double predicted_ms;
};

struct log {
	struct log_line *line;
	unsigned int nr;
	struct memmap_param param;
};

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
static bool parse_ours(struct log_line *line, const char *text)
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
static bool parse_theirs(struct log_line *line, const char *text)
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

static bool parse_line(struct log_line *line, const char *text)
{
	static const char ours[] = "memmap_init: ";
	const char *at;

	*line = (struct log_line){ .predicted_ms = NAN };
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
static void parse_options(struct log *log, const char *text)
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

static int read_log(struct log *log, const char *path, struct error *error)
{
	FILE *file = fopen(path, "r");
	char text[4096];

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
	struct log *log;
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
		struct log_line *line = &drained->log->line[i];

		if (line->nid == nid &&
		    !strcmp(line->strategy, drained->strategy))
			line->predicted_ms = (end_ns - start_ns) / 1e6;
	}
}

static int predict(struct log *log, const struct machine *machine,
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

/* NAN: nothing predicted, or nothing measured to hold it to. */
static double error_pct(const struct log_line *line)
{
	if (!(line->measured_ms > 0))
		return NAN;
	return 100 * (line->predicted_ms / line->measured_ms - 1);
}

static void print_text(const struct log *log, bool predicted, FILE *out)
{
	unsigned int i;

	fprintf(out, "%-10s %6s %14s %12s %8s", "strategy", "node", "pages",
		"measured ms", "ns/page");
	fprintf(out, predicted ? " %12s %8s\n" : "\n", "predicted ms", "error");
	for (i = 0; i < log->nr; i++) {
		const struct log_line *line = &log->line[i];
		char node[16] = "all";

		if (line->nid != NUMA_NO_NODE)
			snprintf(node, sizeof(node), "%d", line->nid);
		fprintf(out, "%-10s %6s", line->strategy, node);
		if (line->pages)
			fprintf(out, " %14lu %12.3f %8.2f", line->pages,
				line->measured_ms,
				line->measured_ms * 1e6 / line->pages);
		else
			fprintf(out, " %14s %12.3f %8s", "-", line->measured_ms,
				"-");
		if (predicted && !isnan(line->predicted_ms))
			fprintf(out, " %12.3f", line->predicted_ms);
		else if (predicted)
			fprintf(out, " %12s", "-");
		if (predicted && !isnan(error_pct(line)))
			fprintf(out, " %+7.1f%%", error_pct(line));
		fputc('\n', out);
	}
}

static json_t *number(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static void print_json(const struct log *log, const char *label, FILE *out)
{
	json_t *rows = json_array(), *root;
	unsigned int i;

	for (i = 0; i < log->nr; i++) {
		const struct log_line *line = &log->line[i];
		json_array_append_new(rows,
				      json_pack("{ss so sI sf so so ss}",
						"strategy", line->strategy,
						"node",
						line->nid == NUMA_NO_NODE ?
							json_string("all") :
							json_integer(line->nid),
						"pages", (json_int_t)line->pages,
						"measured_ms", line->measured_ms,
						"predicted_ms",
						number(line->predicted_ms),
						"error_pct",
						number(error_pct(line)),
						"label", "measured"));
	}
	root = json_pack("{si ss? so}", "schema_version", 1, "prediction_label",
			 label, "rows", rows);
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}

/**
 * dmesg_print - what a kernel log says of the memmap
 * @path: the log
 * @spec: a machine to predict the same on, or NULL
 * @json: not text
 * @out: where
 * @error: what is wrong with @path or @spec
 *
 * Return: 0, or -1 with @error set and nothing printed.
 */
int dmesg_print(const char *path, const char *spec, bool json, FILE *out,
		struct error *error)
{
	struct log log = { .nr = 0 };
	struct machine machine = { 0 };
	int failed = read_log(&log, path, error);

	if (!failed && spec)
		failed = machine_load(&machine, spec, NULL, error) ||
			 predict(&log, &machine, error);
	if (failed)
		goto out;
	if (json)
		print_json(&log, spec ? machine_label(&machine) : NULL, out);
	else
		print_text(&log, spec, out);
	if (spec && !json)
		fprintf(out, "\nPredicted for %s: %s.\n",
			machine.topology->name, machine_label(&machine));
out:
	machine_free(&machine);
	free(log.line);
	return failed ? -1 : 0;
}
