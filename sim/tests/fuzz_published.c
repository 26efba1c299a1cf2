// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as the tables of 'memmap validate', timings and data sheets with a
 * line between them: for libFuzzer, see doc/testing.md.
 */
#include <math.h>
#include <string.h>
#include "base/die.h"
#include "check/validate.h"
#include "tests/fuzzing.h"

/* Rows whose machines are looked at, and such that are predicted. */
#define SOME_ROWS 16
#define FEW_ROWS  3
#define FEW_CPUS  64
#define FEW_BYTES (64UL << 30)

static void check_row(const struct published *published, unsigned int i)
{
	const struct published_row *row = &published->row[i];

	MUST(row->machine && row->notes && row->path_name && row->store);
	MUST(row->path <= PATH_UNKNOWN);
	MUST(row->group <= i);
	MUST(!strcmp(published->row[row->group].machine, row->machine));
	MUST(isnan(row->measured_ms) || row->measured_ms > 0);
	MUST(isnan(row->stdev_ms) || row->stdev_ms >= 0);
	MUST(row->nodes <= MACHINE_MAX_NODES);
	MUST(isfinite(row->pages) && row->pages >= 0);
}

/* What makes a row a machine. Return: it is predicted within a moment. */
static bool check_row_machine(const struct published_row *row)
{
	const struct calibration none = { { 0 } };
	struct memmap_param param;
	struct machine machine;
	bool small;

	if (row_refused(row))
		return true;
	MUST(isfinite(row_page_ns(row)) && row_page_ns(row) > 0);
	row_machine(row, &none, ROW_EFFICIENCY, &machine, &param);
	MUST(param.threads <= 65536);
	small = topology_cpus(machine.topology) <= FEW_CPUS &&
		topology_bytes(machine.topology) <= FEW_BYTES;
	fuzz_machine(&machine);
	return small;
}

static void check_validate(const struct validate *v)
{
	struct validate_summary summary;
	unsigned int i;

	MUST(v->fitted > 0 && v->fitted <= 1);
	for (i = 0; i < v->nr; i++) {
		const struct validate_row *row = &v->row[i];

		MUST((row->role == VALIDATE_NOT_PREDICTED) == !!row->why);
		if (row->why)
			continue;
		MUST(isfinite(row->predicted_ms) && row->predicted_ms > 0);
		MUST(isfinite(row->left_out_ms) && row->left_out_ms > 0);
		MUST(row->low_ms > 0 && row->low_ms <= row->predicted_ms);
		MUST(isfinite(row->high_ms) &&
		     row->high_ms >= row->predicted_ms);
		MUST(isfinite(validate_error_pct(row, row->predicted_ms)));
	}
	validate_summarise(v, &summary);
	MUST(summary.nr_in_band <= summary.nr && summary.nr <= v->nr);
	for (i = 0; i < v->nr; i++) {
		validate_knee(v, i, true);
		validate_knee(v, i, false);
	}
}

static void check_published(const struct published *published)
{
	bool few = published->nr <= FEW_ROWS;
	struct validate v;
	unsigned int i;

	for (i = 0; i < published->nr; i++) {
		check_row(published, i);
		if (i < SOME_ROWS)
			few &= check_row_machine(&published->row[i]);
	}
	if (!few)
		return;
	validate_run(&v, published);
	check_validate(&v);
	validate_free(&v);
}

/* A table; its path outlives it. */
static int load(struct csv *csv, char **path, const char *name,
		const uint8_t *data, size_t size, const char *const *columns,
		struct error *error)
{
	*path = xstrdup(fuzz_file(name, data, size));
	return csv_load(csv, *path, columns, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t between = strlen(FUZZ_BETWEEN);
	const uint8_t *cut = memmem(data, size, FUZZ_BETWEEN, between);
	size_t first = cut ? (size_t)(cut - data) : size;
	size_t second = cut ? first + between : size;
	struct csv timings, sheets;
	struct published published = { 0 };
	struct error error = { 0 };
	char *path[2];
	int failed;

	failed = load(&timings, &path[0], "timings.csv", data, first,
		      published_data_columns, &error);
	failed |= load(&sheets, &path[1], "sheets.csv", data + second,
		       size - second, published_machine_columns, &error);
	if (!failed)
		failed = published_load(&published, &timings, &sheets, &error);
	if (failed)
		fuzz_error(&error);
	else
		check_published(&published);
	published_free(&published);
	csv_free(&timings);
	csv_free(&sheets);
	error_free(&error);
	free(path[0]);
	free(path[1]);
	return 0;
}
