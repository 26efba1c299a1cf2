// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap validate: hold the model to what others have published, or read what
 * a kernel said of itself.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/numa.h>
#include "base/datadir.h"
#include "base/die.h"
#include "base/json.h"
#include "check/kernel_log.h"
#include "check/validate.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"

/**
 * struct inputs - what is held to what
 * @data: --data
 * @machines: --machines
 * @log: a kernel log
 */
struct inputs {
	const char *data;
	const char *machines;
	const char *log;
};

static const struct argp_option argp_options[] = {
	{ "data", 'd', "FILE.csv", 0,
	  "published timings; default sim/check/data/published.csv", 0 },
	{ "machines", 'M', "FILE.csv", 0,
	  "data sheets; default sim/check/data/machines.csv", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct inputs *in = state->input;

	switch (key) {
	case 'd':
		in->data = arg;
		return 0;
	case 'M':
		in->machines = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (in->log)
			usage_error("one kernel log at a time; '%s' is the second",
				    arg);
		in->log = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[LOG]",
	.doc = "Calibrate each machine on its one-thread rows and its data sheet, predict every row with more threads as memmap predict does, and print how far off that is. With a kernel log, in any form that logs are saved in: what its kernel said of its own initialisation, boot by boot, and with --machine how far off the prediction for that machine is. LOG may be - for standard input.\n\n"
	       "  memmap validate\n"
	       "  memmap validate --data mine.csv --machines sheets.csv --format csv\n"
	       "  dmesg >boot.log; memmap validate boot.log --machine boot.log\n"
	       "  journalctl -k -b | memmap validate - --machine -\n"
	       "\v"
	       "Next: an error of a few per cent is what the model promises (doc/model.md). Where it is more, 'memmap calibrate' on that machine gives --machine better costs.",
};

static const char *const roles[] = {
	[VALIDATE_CALIBRATION] = "calibration",
	[VALIDATE_PREDICTED] = "predicted",
	[VALIDATE_NOT_PREDICTED] = "not predicted",
};

static const struct table_column columns[] = {
	{ "machine", "machine", TABLE_WORDS },
	{ "path", "path", TABLE_WORDS, .optional = true },
	{ "store", "store", TABLE_WORDS, .optional = true },
	{ "threads_per_node", "threads", TABLE_COUNT },
	{ "measured_ms", "measured", TABLE_MS },
	{ "stdev_ms", "stdev", TABLE_MS, .seldom = true, .optional = true },
	{ "predicted_ms", "predicted", TABLE_MS },
	{ "low_ms", "from", TABLE_MS, .optional = true },
	{ "high_ms", "to", TABLE_MS, .optional = true },
	{ "error_pct", "error", TABLE_ERROR, 1 },
	{ "left_out_error_pct", "left out", TABLE_ERROR, 1, .optional = true },
	{ "model", NULL, TABLE_WORDS },
	{ "label", NULL, TABLE_WORDS },
	{ "binds", NULL, TABLE_WORDS },
	{ "unstable", NULL, TABLE_WORDS },
	{ "role", "role", TABLE_WORDS },
	{ "why", "why", TABLE_WORDS, .none = "", .wrap = true, .optional = true,
	  .seldom = true },
};

static void add_prediction(struct table *table, const struct validate_row *row)
{
	bool there = row->role != VALIDATE_NOT_PREDICTED;
	const struct banded *b = &row->banded;

	table_put_number(table, there ? row->predicted_ms : NAN);
	table_put_number(table, there ? row->low_ms : NAN);
	table_put_number(table, there ? row->high_ms : NAN);
	table_put_number(table,
			 there ? validate_error_pct(row, row->predicted_ms) :
				 NAN);
	table_put_number(table,
			 there ? validate_error_pct(row, row->left_out_ms) :
				 NAN);
	table_put_text(table, there ? "simulator" : NULL);
	table_put_text(table, there ? machine_label_text(b->label) : NULL);
	table_put_text(table, there ? b->binds : NULL);
	table_put_text(table, there ? b->unstable : NULL);
}

static void add_rows(struct table *table, const struct validate *v)
{
	const struct validate_row *row;

	for (row = v->row; row < v->row + v->nr; row++) {
		const struct published_row *published = row->published;

		table_put_text(table, published->machine);
		table_put_text(table, published->path_name);
		table_put_text(table, published->store);
		if (published->threads_known)
			table_put_count(table, published->threads);
		else
			table_put_none(table);
		table_put_number(table, published->measured_ms);
		table_put_number(table, published->stdev_ms);
		add_prediction(table, row);
		table_put_text(table, roles[row->role]);
		table_put_text(table, row->why);
		table_end_row(table);
	}
}

static void add_knees(struct report *report, const struct validate *v)
{
	static const struct table_column knee_columns[] = {
		{ "machine", "machine", TABLE_WORDS },
		{ "measured_threads", "measured", TABLE_COUNT },
		{ "predicted_threads", "predicted", TABLE_COUNT },
		{ NULL, "", TABLE_BOOL, .yes = "right", .no = "WRONG" },
	};
	struct table *table = report_table(
		report, "knees",
		"Knees: the fewest threads a node within a fifth of the fastest.",
		knee_columns, ARRAY_SIZE(knee_columns));
	unsigned int i;

	for (i = 0; i < v->nr; i++) {
		unsigned int measured, predicted;

		/* With rows missing, the fastest may be. */
		if (isnan(v->fitted) || v->row[i].published->group != i ||
		    !validate_knee(v, i, false))
			continue;
		measured = validate_knee(v, i, false);
		predicted = validate_knee(v, i, true);
		table_put_text(table, v->row[i].published->machine);
		table_put_count(table, measured);
		table_put_count(table, predicted);
		table_put_bool(table, measured == predicted);
		table_end_row(table);
	}
}

static int print_published(struct options *o, const struct validate *v)
{
	struct report *report = report_new(o, "extrapolated");
	struct validate_summary s;
	int status;

	validate_summarise(v, &s);
	report_json(report, "mean_error_pct", json_value(s.mean_pct));
	report_json(report, "mape_pct", json_value(s.mean_abs_pct));
	report_json(report, "worst_pct", json_value(s.worst_pct));
	report_json(report, "leave_one_out_mape_pct",
		    json_value(s.left_out_pct));
	report_json(report, "rows_predicted", json_integer(s.nr));
	report_json(report, "rows_in_band", json_integer(s.nr_in_band));
	report_json(report, "band_factor", json_value(s.band_factor));
	report_json(report, "efficiency", json_value(v->efficiency));
	report_json(report, "efficiency_fitted", json_value(v->fitted));
	add_rows(report_table(report, "rows", NULL, columns,
			      ARRAY_SIZE(columns)),
		 v);
	add_knees(report, v);
	if (s.nr && isnan(v->fitted))
		report_note(
			report,
			"%u rows predicted: mean error %+.1f %%, without signs %.1f %%, worst %.1f %%. %u were measured within their bands.",
			s.nr, s.mean_pct, s.mean_abs_pct, s.worst_pct,
			s.nr_in_band);
	else if (s.nr)
		report_note(
			report,
			"%u rows predicted: mean error %+.1f %%, without signs %.1f %%, worst %.1f %%; each machine left out of the fit: %.1f %%. %u were measured within their bands, whose ends are a factor of %.2f apart on average.",
			s.nr, s.mean_pct, s.mean_abs_pct, s.worst_pct,
			s.left_out_pct, s.nr_in_band, s.band_factor);
	else
		report_note(report, "No row could be predicted.");
	if (!isnan(v->fitted))
		report_note(
			report,
			"Calibrated per machine: its one-thread rows, which do not count. The same for all: memory reaches %.0f %% of its data sheet; fitted on these rows it would be %.0f %%. Predicted by the planner and the virtual executor of memmap predict.",
			100 * v->efficiency, 100 * v->fitted);
	report_next(
		report,
		"dmesg >boot.log; memmap validate boot.log --machine boot.log    this host's own boot");
	report_next(report,
		    "memmap predict --machine SPEC    a machine by this model");
	status = report_print(report, o);
	report_free(report);
	return status;
}

/*
 * What steps of parallel_for() work at is not on the stack: see there.
 */
static void predict_row(void *arg, unsigned int i)
{
	validate_predict(arg, i);
}

static int validate_published(struct options *o, const struct inputs *in)
{
	static struct csv data, machines;
	static struct published published;
	static struct validate v;
	struct error error = { 0 };
	char *data_path, *machines_path;
	bool *done;
	int status;

	data_path = in->data ? xstrdup(in->data) :
			       datadir_find("data/published.csv", &error);
	machines_path = in->machines ?
				xstrdup(in->machines) :
				datadir_find("data/machines.csv", &error);
	if (!data_path || !machines_path)
		fail(&error);
	if (csv_load(&data, data_path, published_data_columns, &error) ||
	    csv_load(&machines, machines_path, published_machine_columns,
		     &error) ||
	    published_load(&published, &data, &machines, &error))
		fail(&error);
	validate_begin(&v, &published);
	done = xcalloc(v.nr, sizeof(*done));
	interrupt_catch();
	parallel_for("published rows", v.nr, predict_row, &v, done);
	validate_end(&v, done);
	status = print_published(o, &v);
	if (interrupted())
		return status;
	validate_free(&v);
	published_free(&published);
	csv_free(&data);
	csv_free(&machines);
	free(data_path);
	free(machines_path);
	free(done);
	return status;
}

static const struct table_column log_columns[] = {
	{ "boot", NULL, TABLE_COUNT },
	{ NULL, "boot", TABLE_COUNT, .seldom = true },
	{ "strategy", "strategy", TABLE_WORDS },
	{ "node", NULL, TABLE_WORDS },
	{ NULL, "node", TABLE_WORDS },
	{ "pages", NULL, TABLE_COUNT },
	{ NULL, "pages", TABLE_COUNT },
	{ "measured_ms", "measured", TABLE_MS },
	{ NULL, "ns/page", TABLE_NUMBER, 2 },
	{ "predicted_ms", "predicted", TABLE_MS, .seldom = true },
	{ "low_ms", "from", TABLE_MS, .seldom = true, .optional = true },
	{ "high_ms", "to", TABLE_MS, .seldom = true, .optional = true },
	{ "error_pct", "error", TABLE_ERROR, 1, .seldom = true },
	{ "label", NULL, TABLE_WORDS },
};

/* One boot needs no number. @done: per boot: predicted; NULL: none is. */
static void add_lines(struct table *table, const struct kernel_log *log,
		      const bool *done)
{
	const struct kernel_log_line *line;

	for (line = log->line; line < log->line + log->nr; line++) {
		bool there = done && done[line->boot];
		char *node = line->nid == NUMA_NO_NODE ?
				     xstrdup("all") :
				     xasprintf("%d", line->nid);

		table_put_count(table, line->boot + 1);
		if (log->log.nr_boots > 1)
			table_put_count(table, line->boot + 1);
		else
			table_put_none(table);
		table_put_text(table, line->strategy);
		/* A number where it is one: for programs, not for readers. */
		if (line->nid == NUMA_NO_NODE)
			table_put_text(table, node);
		else
			table_put_count(table, line->nid);
		table_put_text(table, node);
		table_put_count(table, line->pages);
		if (line->pages)
			table_put_count(table, line->pages);
		else
			table_put_none(table);
		table_put_number(table, line->measured_ms);
		table_put_number(table, line->measured_ms * 1e6 / line->pages);
		table_put_number(table, there ? line->predicted_ms : NAN);
		table_put_number(table, there ? line->low_ms : NAN);
		table_put_number(table, there ? line->high_ms : NAN);
		table_put_number(table,
				 there ? kernel_log_error_pct(line) : NAN);
		table_put_text(table, "measured");
		table_end_row(table);
		free(node);
	}
}

/* Which boot is which. */
static void add_boots(struct report *report, const struct kernel_log *log)
{
	json_t *boots = json_array(), *notes = json_array();
	unsigned int i;

	for (i = 0; i < log->log.nr_boots; i++) {
		const struct log_boot *boot = &log->log.boots[i];
		json_t *json = json_object();

		json_object_set_new(json, "boot", json_integer(i + 1));
		json_object_set_new(json, "line",
				    json_integer(boot->first_line));
		json_object_set_new(json, "release",
				    json_text(boot->release.text));
		json_object_set_new(json, "memmap_init",
				    json_text(boot->option.text));
		json_array_append_new(boots, json);
		if (log->log.nr_boots > 1)
			report_head(report,
				    "boot %u, from line %u: Linux %s, %s%s",
				    i + 1, boot->first_line,
				    boot->release.text ?
					    boot->release.text :
					    "of a version that is lost",
				    boot->option.text ? "memmap_init=" :
							"no memmap_init=",
				    boot->option.text ? boot->option.text : "");
	}
	for (i = 0; i < log->nr_notes; i++)
		json_array_append_new(notes, json_text(log->note[i]));
	report_json(report, "boots", boots);
	report_json(report, "notes", notes);
}

/**
 * struct log_prediction - a kernel log held to a machine
 * @log: the log
 * @machine: the machine
 */
struct log_prediction {
	struct kernel_log log;
	struct machine machine;
};

static void predict_boot(void *arg, unsigned int i)
{
	struct log_prediction *p = arg;

	kernel_log_predict(&p->log, i, &p->machine);
}

/* Return: per boot: it is predicted. */
static bool *predict_log(struct log_prediction *p, const struct options *o)
{
	unsigned int nr = p->log.log.nr_boots;
	bool *done = xcalloc(nr, sizeof(*done));

	options_machine(o, &p->machine);
	if (!topology_cpus(p->machine.topology))
		usage_error("--machine %s: it has no CPU; want one that has",
			    p->machine.topology->name);
	interrupt_catch();
	if (parallel_for("boots", nr, predict_boot, p, done))
		kernel_log_note_predicted(&p->log, &p->machine);
	return done;
}

static int validate_log(struct options *o, const char *path)
{
	static struct log_prediction prediction;
	struct kernel_log *log = &prediction.log;
	struct machine *machine = &prediction.machine;
	struct error error = { 0 };
	struct report *report;
	bool *done = NULL;
	unsigned int i;
	int status;

	if (kernel_log_read(log, path, &error))
		fail(&error);
	if (o->machine)
		done = predict_log(&prediction, o);
	for (i = 0; i < log->nr_notes; i++)
		say_line(log->note[i]);
	report = report_new(o, "measured");
	add_boots(report, log);
	if (o->machine)
		report_machine(report, machine->topology, machine->notes);
	report_json(report, "prediction_label",
		    json_text(o->machine ? machine_label(machine) : NULL));
	report_head(report, "%s: what the kernel said of its memmap; measured",
		    log->log.name);
	add_lines(report_table(report, "rows", NULL, log_columns,
			       ARRAY_SIZE(log_columns)),
		  log, done);
	if (o->machine)
		report_note(report, "Predicted for %s: %s.",
			    machine->topology->name, machine_label(machine));
	else if (log->nr)
		report_next(
			report,
			"memmap validate '%s' --machine '%s'    what it should have said on the machine that it describes",
			path, path);
	report_next(
		report,
		"memmap predict --machine '%s'    the other strategies on the same machine",
		o->machine ? o->machine : path);
	status = report_print(report, o);
	report_free(report);
	if (interrupted())
		return status;
	free(done);
	kernel_log_free(log);
	if (o->machine)
		machine_free(machine);
	return status;
}

int verb_validate(int argc, char **argv)
{
	struct inputs in = { 0 };
	struct options o = { 0 };
	int status;

	options_parse(&o, OPTION_MACHINE | OPTIONS_TABLE, &argp, &in, argc,
		      argv);
	if (o.machine && !in.log)
		usage_error(
			"--machine %s: goes with a kernel log, as in 'memmap validate --machine %s dmesg.txt'",
			o.machine, o.machine);
	if (in.log && (in.data || in.machines))
		usage_error(
			"--%s: goes without a kernel log; for what '%s' should say on a machine: --machine SPEC",
			in.data ? "data" : "machines", in.log);
	status = in.log ? validate_log(&o, in.log) :
			  validate_published(&o, &in);
	options_free(&o);
	return status;
}
