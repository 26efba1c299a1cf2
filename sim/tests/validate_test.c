// SPDX-License-Identifier: GPL-2.0-only
/*
 * Published timings: what becomes of a row, and that it is what predict says of
 * the same machine.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kernel.h>
#include "check/kernel_log.h"
#include "check/validate.h"

#define HEADER \
	"machine,kernel,path,store,nodes,threads_per_node,pages_per_node,page_kib,ms,stdev_ms\n"
#define SHEETS \
	"machine,nodes,cores_per_node,threads_per_core,mem_gib_per_node,channels_per_node,mts,notes\n"

/* Both tables, as long as a test needs them. */
struct tables {
	struct csv data;
	struct csv machines;
	struct published published;
};

static void load_csv(struct csv *csv, const char *text,
		     const char *const *columns)
{
	/* Outlives the table, which names it in messages. */
	static char path[32];
	struct error error = { 0 };
	FILE *file;

	strcpy(path, "/tmp/validate_test.XXXXXX");
	file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	if (csv_load(csv, path, columns, &error))
		fail_msg("%s", error.text);
	unlink(path);
}

static void load(struct tables *t, const char *rows, const char *sheets)
{
	struct error error = { 0 };
	char text[4096];

	memset(t, 0, sizeof(*t));
	snprintf(text, sizeof(text), "%s%s", HEADER, rows);
	load_csv(&t->data, text, published_data_columns);
	snprintf(text, sizeof(text), "%s%s", SHEETS, sheets);
	load_csv(&t->machines, text, published_machine_columns);
	if (published_load(&t->published, &t->data, &t->machines, &error))
		fail_msg("%s", error.text);
}

static void unload(struct tables *t)
{
	published_free(&t->published);
	csv_free(&t->data);
	csv_free(&t->machines);
}

/* Threads and traffic by the history of deferred_init_memmap(). */
static void kernels_did_as_history_has_it(void **state)
{
	static const struct {
		const char *row;
		unsigned int threads;
		enum deferred_kind kind;
	} cases[] = {
		{ "m,4.12,deferred,cached,1,,1000,4,5,\n", 1, DEFERRED_BLOCKS },
		{ "m,4.15,deferred,cached,1,,1000,4,5,\n", 1, DEFERRED_RANGES },
		{ "m,5.1,deferred,cached,1,,1000,4,5,\n", 1, DEFERRED_RANGES },
		{ "m,5.2-rc1,deferred,cached,1,,1000,4,5,\n", 1,
		  DEFERRED_BLOCKS },
		{ "m,5.7,deferred,cached,1,,1000,4,5,\n", 1, DEFERRED_BLOCKS },
		{ "m,5.8,deferred,cached,1,,1000,4,5,\n", UINT_MAX,
		  DEFERRED_BLOCKS },
		{ "m-arm64,5.8,deferred,cached,1,,1000,4,5,\n", 1,
		  DEFERRED_BLOCKS },
		{ "m-arm64,6.11,deferred,cached,1,,1000,4,5,\n", UINT_MAX,
		  DEFERRED_BLOCKS },
		/* Measured before it was merged: what was published wins. */
		{ "m,5.7-rc7,deferred,cached,1,26,1000,4,5,\n", 26,
		  DEFERRED_BLOCKS },
		{ "m,,deferred,cached,1,,1000,4,5,\n", 0, DEFERRED_BLOCKS },
	};
	struct tables t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		load(&t, cases[i].row, "");
		assert_int_equal(row_threads(&t.published.row[0]),
				 cases[i].threads);
		assert_int_equal(row_kind(&t.published.row[0]), cases[i].kind);
		unload(&t);
	}
}

static void machine_of(struct tables *t, unsigned int row,
		       struct machine *machine, struct memmap_param *param)
{
	static const struct calibration none;

	row_machine(&t->published.row[row], &none, .5, machine, param);
}

/* Nodes, CPUs, cores and memory come from row and sheet. */
static void a_row_becomes_a_machine(void **state)
{
	struct memmap_param param;
	struct machine m;
	struct tables t;

	load(&t,
	     "m,5.7,deferred,cached,2,13,1048576,4,5,\nm,5.0,deferred,cached,2,13,1048576,4,5,\n",
	     "m,2,26,2,4,6,2666,\n");
	machine_of(&t, 0, &m, &param);
	assert_int_equal(m.topology->nr_nodes, 2);
	assert_int_equal(m.topology->nodes[1].nr_cpus, 52);
	assert_int_equal(m.topology->nodes[1].nr_cores, 26);
	assert_int_equal(topology_pages(m.topology), 2 * 1048576);
	assert_int_equal(param.threads, 13);
	assert_true(param.strategy->flags & MEMMAP_MAINLINE);
	assert_false(m.costs.early_linux);
	/* Half of the data sheet, every line twice. */
	assert_float_equal(m.costs.node_bytes_per_s[WRITE_MAINLINE],
			   6 * 2666 * 8e6 / 4, 1);
	assert_true(m.costs.fault_ns == 0);
	machine_free(&m);
	/* Two passes over a whole range: every line four times. */
	machine_of(&t, 1, &m, &param);
	assert_float_equal(m.costs.node_bytes_per_s[WRITE_MAINLINE],
			   6 * 2666 * 8e6 / 8, 1);
	machine_free(&m);
	unload(&t);
}

/* What a sheet does not say has a range, and that of its class of machines. */
static void a_sheet_with_gaps_gives_a_range(void **state)
{
	static const struct {
		const char *sheet;
		double peak;
		double low, high; /* of channels and transfers alone */
	} cases[] = {
		/* 8 cores have two channels, from two to four. */
		{ "m,1,8,2,64,,2666,\n", 2 * 2666, 1, 2 },
		/* 32 cores eight, from four to twelve. */
		{ "m,1,32,2,512,,2666,\n", 8 * 2666, .5, 1.5 },
		/* Many cores in front of two modules: a desktop. */
		{ "m,1,24,2,32,,2666,\n", 2 * 2666, 1, 6 },
		/* A few cores of a chip that has eight. */
		{ "m,1,5,8,128,,3200,POWER9\n", 8 * 3200, .5, 2 },
		{ "m,1,4,2,16,2,,\n", 2 * 3200, 2133 / 3200.0, 1.5 },
		/* DDR3 with 64 GiB on a channel; with 16 it runs as it says. */
		{ "m,1,6,1,128,2,1600,\n", 2 * 1066, 800 / 1066.0,
		  1333 / 1066.0 },
		{ "m,1,6,1,32,2,1600,\n", 2 * 1600, 1, 1 },
		{ "m,1,8,2,64,4,2400,\n", 4 * 2400, 1, 1 },
	};
	struct machine_range range;
	struct memmap_param param;
	struct machine m;
	struct tables t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		load(&t, "m,5.8,deferred,cached,1,4,4194304,4,5,\n",
		     cases[i].sheet);
		machine_of(&t, 0, &m, &param);
		assert_float_equal(m.costs.node_bytes_per_s[WRITE_MAINLINE],
				   cases[i].peak * 8e6 / 4, 1);
		range = machine_cost_range(&m, COST_NODE_MAINLINE);
		assert_float_equal(range.low,
				   exp(-hypot(log(cases[i].low),
					      log(.53 / .63))),
				   .001);
		assert_float_equal(range.high,
				   exp(hypot(log(cases[i].high),
					     log(.73 / .63))),
				   .001);
		machine_free(&m);
		unload(&t);
	}
}

/* First touches: of guests, and only where no timing has them in it. */
static void guests_touch_first(void **state)
{
	static const struct {
		const char *name, *notes;
		double fault_ns, at_once;
	} cases[] = {
		{ "m", "", 0, 1 },
		{ "m", "a kvm guest", 3000, 8 },
		{ "some-vm-4g", "", 3000, 8 },
		{ "m", "guest under Firecracker", 19100, 1 },
		/* No word of it: part of another. */
		{ "m", "vmalloc, guesthouse", 0, 1 },
	};
	const struct calibration timed = { .deferred_ns = { 12, 0 } };
	struct memmap_param param;
	char row[256], sheet[256];
	struct machine m;
	struct tables t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(row, sizeof(row),
			 "%s,6.1,deferred,cached,1,2,4194304,4,5,\n",
			 cases[i].name);
		snprintf(sheet, sizeof(sheet), "%s,1,4,2,16,2,3200,\"%s\"\n",
			 cases[i].name, cases[i].notes);
		load(&t, row, sheet);
		machine_of(&t, 0, &m, &param);
		assert_float_equal(m.costs.fault_ns, cases[i].fault_ns, 0);
		assert_float_equal(m.costs.faults_at_once, cases[i].at_once, 0);
		machine_free(&m);
		row_machine(&t.published.row[0], &timed, .5, &m, &param);
		assert_float_equal(m.costs.fault_ns, 0, 0);
		machine_free(&m);
		unload(&t);
	}
}

static const char rows[] = "m,5.7-rc7,deferred,cached,2,0,25165824,4,440,\n"
			   "m,5.7-rc7,deferred,cached,2,1,25165824,4,420,\n"
			   "m,5.7-rc7,deferred,cached,2,6,25165824,4,90,3\n"
			   "m,5.7-rc7,deferred,cached,2,40,25165824,4,40,\n"
			   "guest,6.1,deferred,cached,1,2,4194304,4,1300,\n"
			   "m,5.7-rc7,memmap_init,nt,2,1,25165824,4,300,\n";
static const char sheets[] = "m,2,26,2,96,6,2666,\n"
			     "guest,1,2,1,16,,,firecracker\n";

/*
 * Each predicted row's machine, written to a file and read again: predict says
 * the same of it, band and all.
 */
static void predict_says_the_same(void **state)
{
	char path[] = "/tmp/validate_test.XXXXXX.json";
	/* The mean of both one-thread rows. */
	const struct calibration c = { .deferred_ns = { 430e6 / 25165824 } };
	const struct calibration none = { .free_ns = 0 };
	struct error error = { 0 };
	struct validate v;
	struct tables t;
	unsigned int i, nr = 0;
	FILE *file;

	close(mkstemps(path, 5));
	load(&t, rows, sheets);
	validate_run(&v, &t.published);
	for (i = 0; i < v.nr; i++) {
		bool guest = !strcmp(t.published.row[i].machine, "guest");
		struct machine m, again;
		struct memmap_param param;
		struct banded b;

		if (v.row[i].role != VALIDATE_PREDICTED)
			continue;
		row_machine(&t.published.row[i], guest ? &none : &c,
			    ROW_EFFICIENCY, &m, &param);
		file = fopen(path, "w");
		machine_write(&m, file);
		fclose(file);
		machine_free(&m);
		if (machine_load(&again, path, NULL, &error))
			fail_msg("%s", error.text);
		assert_int_equal(band_run(&again, &param, NULL, NULL, &b), 0);
		assert_float_equal(b.result.complete_ns / 1e6 /
					   v.row[i].predicted_ms,
				   1, 1e-4);
		assert_float_equal(b.complete.low / v.row[i].banded.complete.low,
				   1, 1e-3);
		assert_float_equal(b.complete.high /
					   v.row[i].banded.complete.high,
				   1, 1e-3);
		assert_string_equal(b.binds, v.row[i].banded.binds);
		machine_free(&again);
		nr++;
	}
	assert_int_equal(nr, 3);
	validate_free(&v);
	unload(&t);
	unlink(path);
}

/* What a log's kernel did is what it did in a published row. */
static void a_log_is_predicted_as_a_row(void **state)
{
	static const char *const kernels[] = { "4.14", "4.15", "5.1", "5.2" };
	const struct calibration c = { .deferred_ns = { 17 } };
	char path[] = "/tmp/validate_test.XXXXXX", row[256];
	double ms[ARRAY_SIZE(kernels)];
	struct error error = { 0 };
	unsigned int i;

	close(mkstemp(path));
	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct memmap_param param;
		struct machine of_row, blocks;
		struct kernel_log log;
		struct tables t;
		struct banded b;
		FILE *file = fopen(path, "w");

		fprintf(file,
			"[    0.000000] Linux version %s.3 (a@b) (gcc) #1 SMP\n"
			"[    1.000000] node 0 initialised, 25165824 pages in 400ms\n"
			"[    1.100000] node 1 initialised, 25165824 pages in 410ms\n",
			kernels[i]);
		fclose(file);
		if (kernel_log_read(&log, path, &error))
			fail_msg("%s", error.text);
		snprintf(row, sizeof(row),
			 "m,%s,deferred,cached,2,,25165824,4,400,\n",
			 kernels[i]);
		load(&t, row, sheets);
		row_machine(&t.published.row[0], &c, ROW_EFFICIENCY, &of_row,
			    &param);
		band_run(&of_row, &param, NULL, NULL, &b);
		machine_free(&of_row);

		/* The machine as it is, whatever kernel boots there. */
		t.published.row[0].version = 502;
		row_machine(&t.published.row[0], &c, ROW_EFFICIENCY, &blocks,
			    &param);
		kernel_log_predict(&log, 0, &blocks);
		ms[i] = log.line[0].predicted_ms;
		assert_float_equal(ms[i] / (b.result.complete_ns / 1e6), 1,
				   1e-3);
		assert_true(log.line[0].low_ms < ms[i] &&
			    ms[i] < log.line[0].high_ms);
		assert_float_equal(log.line[0].high_ms / ms[i], b.complete.high,
				   1e-3);
		machine_free(&blocks);
		kernel_log_free(&log);
		unload(&t);
	}
	assert_float_equal(ms[1] / ms[0], 1128.0 / 901, .01);
	assert_float_equal(ms[2] / ms[1], 1, 0);
	assert_float_equal(ms[3] / ms[0], 1, 0);
	unlink(path);
}

/*
 * One thread calibrates and does not count; its predictions are what it was
 * calibrated on, the mean of both kernels.
 */
static void one_thread_does_not_count(void **state)
{
	struct validate_summary s;
	struct validate v;
	struct tables t;

	load(&t, rows, sheets);
	validate_run(&v, &t.published);
	validate_summarise(&v, &s);
	assert_int_equal(s.nr, 3);
	assert_int_equal(v.row[0].role, VALIDATE_CALIBRATION);
	assert_int_equal(v.row[5].role, VALIDATE_CALIBRATION);
	assert_float_equal(v.row[0].predicted_ms, 430, .2);
	assert_float_equal(v.row[1].predicted_ms, 430, .2);
	assert_float_equal(v.row[5].predicted_ms, 300, .2);
	validate_free(&v);
	unload(&t);
}

/* Pages that were not published are those of the node's memory. */
static void pages_may_come_from_the_sheet(void **state)
{
	struct tables t;

	load(&t,
	     "m,6.1,deferred,cached,1,8,,4,16,\nn,6.1,deferred,cached,1,8,,4,16,\n",
	     "m,1,4,2,16,2,3200,\nn,1,4,2,,2,3200,\n");
	assert_float_equal(t.published.row[0].pages, 4194304, 0);
	assert_null(row_refused(&t.published.row[0]));
	assert_non_null(row_refused(&t.published.row[1]));
	unload(&t);
}

/* No machine is known by its name: another one changes nothing. */
static void names_change_nothing(void **state)
{
	struct validate v, w;
	struct tables t, u;

	load(&t,
	     "opteron-6344-8n-1t,5.19,deferred,cached,8,6,33554432,4,489,\n",
	     "opteron-6344-8n-1t,8,6,1,128,2,1600,\n");
	load(&u, "x,5.19,deferred,cached,8,6,33554432,4,489,\n",
	     "x,8,6,1,128,2,1600,\n");
	validate_run(&v, &t.published);
	validate_run(&w, &u.published);
	assert_true(v.row[0].predicted_ms == w.row[0].predicted_ms);
	assert_true(v.row[0].low_ms == w.row[0].low_ms);
	validate_free(&v);
	validate_free(&w);
	unload(&t);
	unload(&u);
}

/* A published deviation, and the ticks that a kernel counts in, widen a band. */
static void a_measurement_has_a_spread(void **state)
{
	static const char *const ms[] = { "16.3,", "16,", "16.3,8" };
	double width[ARRAY_SIZE(ms)];
	struct validate v;
	struct tables t;
	char row[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ms); i++) {
		snprintf(row, sizeof(row),
			 "m,6.1,deferred,cached,1,8,3733504,4,%s\n", ms[i]);
		load(&t, row, "m,1,4,2,16,2,3200,\n");
		validate_run(&v, &t.published);
		width[i] = v.row[0].high_ms / v.row[0].low_ms;
		validate_free(&v);
		unload(&t);
	}
	assert_true(width[1] > 1.02 * width[0]);
	assert_true(width[2] > 1.2 * width[0]);
}

/* Cells that are right each by itself and make more than a machine. */
static void more_than_a_machine_is_refused(void **state)
{
	static const struct {
		const char *row;
		const char *sheet;
		const char *want;
	} cases[] = {
		{ "m,6.1,deferred,cached,1e300,8,1000,4,5,", "", "nodes" },
		{ "m,6.1,deferred,cached,1.5,8,1000,4,5,", "", "nodes" },
		{ "m,6.1,deferred,cached,1,70000,1000,4,5,", "",
		  "threads_per_node" },
		{ "m,6.1,deferred,cached,1,8,1e300,4,5,", "", "pages_per_node" },
		{ "m,6.1,deferred,cached,1000,8,1000000000,4,5,", "",
		  "of memory" },
		{ "m,6.1,deferred,cached,1000,,1000,4,5,",
		  "m,1,64,2,16,2,3200,", "CPUs" },
		{ "m,6.1,deferred,cached,1,8,1000,4,5,", "m,1,4,2,1e9,2,3200,",
		  "mem_gib_per_node" },
		{ "m,6.1,deferred,cached,1,8,1000,4,5,",
		  "m,1,4,2,16,1e300,3200,", "channels_per_node" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error error = { 0 };
		struct tables t = { 0 };
		char text[512];

		snprintf(text, sizeof(text), "%s%s\n", HEADER, cases[i].row);
		load_csv(&t.data, text, published_data_columns);
		snprintf(text, sizeof(text), "%s%s\n", SHEETS, cases[i].sheet);
		load_csv(&t.machines, text, published_machine_columns);
		assert_int_equal(published_load(&t.published, &t.data,
						&t.machines, &error),
				 -1);
		assert_int_equal(error.line, 2);
		assert_non_null(strstr(error.text, cases[i].want));
		error_free(&error);
		unload(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_did_as_history_has_it),
		cmocka_unit_test(a_row_becomes_a_machine),
		cmocka_unit_test(a_sheet_with_gaps_gives_a_range),
		cmocka_unit_test(guests_touch_first),
		cmocka_unit_test(predict_says_the_same),
		cmocka_unit_test(a_log_is_predicted_as_a_row),
		cmocka_unit_test(one_thread_does_not_count),
		cmocka_unit_test(pages_may_come_from_the_sheet),
		cmocka_unit_test(names_change_nothing),
		cmocka_unit_test(a_measurement_has_a_spread),
		cmocka_unit_test(more_than_a_machine_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
