// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap validate: hold the model to what others have published, or read what
 * a kernel said of itself.
 */
#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/datadir.h"
#include "base/die.h"
#include "cli/cmd.h"
#include "check/kernel_log.h"
#include "cli/report.h"
#include "check/validate.h"

struct options {
	const char *data;
	const char *machines;
	const char *dmesg;
	const char *machine;
	const char *output;
	enum report_format format;
};

static const struct argp_option argp_options[] = {
	{ "data", 'd', "FILE.csv", 0,
	  "published timings; default: those that the program ships", 0 },
	{ "machines", 'M', "FILE.csv", 0,
	  "data sheets; default: those that the program ships", 0 },
	{ "machine", 'm', "SPEC", 0,
	  "with a kernel log: what it should say on this machine; as in 'memmap predict'",
	  0 },
	{ "format", 'f', "FORMAT", 0, "text or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of standard output",
	  0 },
	{ 0 }
};

static const char *const data_columns[] = {
	"machine",	    "path",	      "store", "nodes",
	"threads_per_node", "pages_per_node", "ms",    NULL
};

static const char *const machine_columns[] = { "machine", "cores_per_node",
					       "channels_per_node", "mts",
					       NULL };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'd':
		o->data = arg;
		return 0;
	case 'M':
		o->machines = arg;
		return 0;
	case 'm':
		o->machine = arg;
		return 0;
	case 'f':
		if (!report_format_parse(arg, &o->format) ||
		    o->format == REPORT_CSV)
			usage_error("--format '%s': want text or json", arg);
		return 0;
	case 'o':
		o->output = cmd_output_check("--output", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (o->dmesg)
			usage_error("one kernel log at a time; '%s' is the second",
				    arg);
		o->dmesg = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *const roles[] = {
	[VALIDATE_CALIBRATION] = "calibration",
	[VALIDATE_PREDICTED] = "predicted",
	[VALIDATE_NOT_PREDICTED] = "not predicted",
};

/**
 * struct summary - over the predicted rows
 * @mape_pct: mean absolute error
 * @worst_pct: largest absolute error
 * @loo_pct: mean absolute error, each machine left out of the fit in turn
 * @nr: predicted rows
 */
struct summary {
	double mape_pct;
	double worst_pct;
	double loo_pct;
	unsigned int nr;
};

static struct summary summarise(const struct validate *v)
{
	struct summary s = { 0 };
	unsigned int i;

	for (i = 0; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];
		double error;

		if (row->role != VALIDATE_PREDICTED)
			continue;
		error = fabs(validate_error_pct(row, row->predicted_ms));
		s.mape_pct += error;
		s.worst_pct = fmax(s.worst_pct, error);
		s.loo_pct += fabs(validate_error_pct(row, row->loo_ms));
		s.nr++;
	}
	/* Of nothing there is no mean. */
	s.mape_pct /= s.nr;
	s.loo_pct /= s.nr;
	if (!s.nr)
		s.worst_pct = NAN;
	return s;
}

static void print_known(FILE *out, int width, int digits, double value,
			bool known)
{
	if (known)
		fprintf(out, " %*.*f", width, digits, value);
	else
		fprintf(out, " %*s", width, "-");
}

static void print_text(const struct validate *v, FILE *out)
{
	struct summary s = summarise(v);
	unsigned int i;

	fprintf(out, "%-20s %-12s %-6s %7s %11s %12s %8s %8s  %s\n", "machine",
		"path", "store", "threads", "measured ms", "predicted ms",
		"error", "left out", "role");
	for (i = 0; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];

		fprintf(out, "%-20s %-12s %-6s", row->machine, row->path,
			row->store);
		print_known(out, 7, 0, row->threads, row->threads_known);
		print_known(out, 11, 1, row->measured_ms,
			    !isnan(row->measured_ms));
		if (row->role == VALIDATE_NOT_PREDICTED)
			fprintf(out, " %12s %8s %8s", "-", "-", "-");
		else
			fprintf(out, " %12.1f %+7.1f%% %+7.1f%%",
				row->predicted_ms,
				validate_error_pct(row, row->predicted_ms),
				validate_error_pct(row, row->loo_ms));
		fprintf(out, "  %s%s%s\n", roles[row->role],
			row->why ? ": " : "", row->why ? row->why : "");
	}
	fprintf(out, "\n");
	for (i = 0; i < v->nr; i++) {
		unsigned int measured, predicted;

		if (v->row[i].group != i || !validate_knee(v, i, 0))
			continue;
		measured = validate_knee(v, i, 0);
		predicted = validate_knee(v, i, 1);
		fprintf(out,
			"knee of %s: measured at %u threads a node, predicted at %u: %s\n",
			v->row[i].machine, measured, predicted,
			measured == predicted ? "right" : "WRONG");
	}
	if (s.nr)
		fprintf(out,
			"\n%u rows predicted: mean absolute error %.1f %%, worst %.1f %%; each machine left out of the fit: %.1f %%\n",
			s.nr, s.mape_pct, s.worst_pct, s.loo_pct);
	else
		fprintf(out, "\nNo row could be predicted.\n");
	fprintf(out,
		"Calibrated per machine: its one-thread row. The same for all: memory reaches %.0f %% of its data sheet; fitted on these rows it would be %.0f %%. Predicted rows are extrapolated.\n",
		100 * v->efficiency, 100 * v->fitted);
}

static json_t *optional(double value, bool there)
{
	return there && isfinite(value) ? json_real(value) : json_null();
}

static void print_json(const struct validate *v, FILE *out)
{
	json_t *rows = json_array(), *knees = json_array();
	json_t *root;
	struct summary s = summarise(v);
	unsigned int i;

	for (i = 0; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];
		bool there = row->role != VALIDATE_NOT_PREDICTED;

		json_array_append_new(
			rows,
			json_pack("{ss ss ss so so so so so ss ss?}", "machine",
				  row->machine, "path", row->path, "store",
				  row->store, "threads_per_node",
				  row->threads_known ?
					  json_integer(row->threads) :
					  json_null(),
				  "measured_ms",
				  optional(row->measured_ms, true),
				  "predicted_ms",
				  optional(row->predicted_ms, there),
				  "error_pct",
				  optional(validate_error_pct(row,
							      row->predicted_ms),
					   there),
				  "left_out_error_pct",
				  optional(validate_error_pct(row, row->loo_ms),
					   there),
				  "role", roles[row->role], "why", row->why));
		if (row->group == i && validate_knee(v, i, 0))
			json_array_append_new(knees,
					      json_pack("{ss si si}", "machine",
							row->machine,
							"measured_threads",
							(int)validate_knee(v, i,
									   0),
							"predicted_threads",
							(int)validate_knee(v, i,
									   1)));
	}
	root = json_pack("{si so so so so so si sf sf}", "schema_version", 1,
			 "rows", rows, "knees", knees, "mape_pct",
			 optional(s.mape_pct, true), "worst_pct",
			 optional(s.worst_pct, true), "leave_one_out_mape_pct",
			 optional(s.loo_pct, true), "rows_predicted", (int)s.nr,
			 "efficiency", v->efficiency, "efficiency_fitted",
			 v->fitted);
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}

int cmd_validate(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "[DMESG]",
		.doc = "Calibrate each machine on its one-thread row and its data sheet, predict every other row, and print how far off that is. With a kernel log: what that kernel said of its own initialisation, and with --machine how far off the prediction is.",
	};
	char *data_path, *machines_path;
	struct options o = { 0 };
	struct csv data, machines;
	struct error error = { 0 };
	struct validate v;
	FILE *out;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.machine && !o.dmesg)
		usage_error(
			"--machine %s: goes with a kernel log, as in 'memmap validate --machine %s dmesg.txt'",
			o.machine, o.machine);
	if (o.dmesg && (o.data || o.machines))
		usage_error(
			"--%s: goes without a kernel log; for what '%s' should say on a machine: --machine SPEC",
			o.data ? "data" : "machines", o.dmesg);
	if (o.dmesg) {
		out = cmd_output(o.output);
		if (dmesg_print(o.dmesg, o.machine, o.format == REPORT_JSON,
				out, &error))
			cmd_fail(&error);
		cmd_output_close(out, o.output);
		return EXIT_SUCCESS;
	}
	data_path = o.data ? xstrdup(o.data) :
			     datadir_find("data/published.csv", &error);
	machines_path = o.machines ? xstrdup(o.machines) :
				     datadir_find("data/machines.csv", &error);
	if (!data_path || !machines_path)
		cmd_fail(&error);
	if (csv_load(&data, data_path, data_columns, &error) ||
	    csv_load(&machines, machines_path, machine_columns, &error) ||
	    validate_load(&v, &data, &machines, &error))
		cmd_fail(&error);
	validate_run(&v);
	out = cmd_output(o.output);
	if (o.format == REPORT_JSON)
		print_json(&v, out);
	else
		print_text(&v, out);
	cmd_output_close(out, o.output);
	validate_free(&v);
	csv_free(&data);
	csv_free(&machines);
	free(data_path);
	free(machines_path);
	return EXIT_SUCCESS;
}
