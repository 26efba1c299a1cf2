// SPDX-License-Identifier: GPL-2.0-only
/* memmap sweep --merge: one table of what several jobs have predicted. */
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "cli/fail.h"
#include "cli/sweep.h"

static void check_time(const char *path, size_t n, const json_t *point,
		       const char *time, const char *strategy)
{
	json_t *ns = json_object_get(json_object_get(point, time), strategy);

	if (!json_is_number(ns) || json_number_value(ns) < 0)
		usage_error(
			"%s: point %zu has no %s of %s; want the output of 'memmap sweep --format json'",
			path, n + 1, time, strategy);
}

static void check_point(const char *path, size_t n, const json_t *point,
			bool plugs)
{
	static const char *const times[] = { "boot_wait_ns", "load_done_ns",
					     "online_ns" };
	unsigned int nr = ARRAY_SIZE(times) - !plugs, i, j;

	if (point_integer(point, "nodes") <= 0 ||
	    point_integer(point, "mem_bytes") <= 0 || !point_winner(point))
		usage_error(
			"%s: point %zu lacks nodes, mem_bytes or winner; want the output of 'memmap sweep --format json'",
			path, n + 1);
	for (i = 0; memmap_strategies[i]; i++)
		for (j = 0; j < nr; j++)
			check_time(path, n, point, times[j],
				   memmap_strategies[i]->name);
}

/* A point that two files have is one point, if they agree. */
static void add_point(json_t *points, const char *path, size_t n, json_t *point)
{
	json_t *other;
	size_t i;

	json_array_foreach(points, i, other) {
		if (json_equal(other, point))
			return;
		if (json_equal(json_object_get(other, "nodes"),
			       json_object_get(point, "nodes")) &&
		    json_equal(json_object_get(other, "mem_bytes"),
			       json_object_get(point, "mem_bytes")))
			usage_error(
				"%s: point %zu: another file has other times for the same nodes and memory; keep one of them",
				path, n + 1);
	}
	json_array_append(points, point);
}

static json_t *read_file(const char *path)
{
	struct error error = { 0 };
	json_t *root = json_read(path, 0, &error);

	if (!root)
		fail(&error);
	if (!json_is_array(json_object_get(root, "points")))
		usage_error(
			"%s: no \"points\" in it; want the output of 'memmap sweep --format json'",
			path);
	if (point_integer(root, "schema_version") != REPORT_SCHEMA_VERSION)
		usage_error(
			"%s: \"schema_version\": want %d; have this version of memmap predict it again",
			path, REPORT_SCHEMA_VERSION);
	if (!json_is_string(
		    json_object_get(json_object_get(root, "machine"), "name")))
		usage_error(
			"%s: \"machine\": want an object with a \"name\"; have this version of memmap predict it again",
			path);
	if (!json_is_string(json_object_get(root, "load")))
		usage_error("%s: \"load\": want text", path);
	/* Nothing was hot-added before a key said so. */
	if (!json_object_get(root, "hot_add"))
		json_object_set_new(root, "hot_add", json_array());
	return root;
}

/**
 * sweep_merge - read the files of jobs
 * @files: their names, NULL behind the last
 * @machine: the result: what they are all about
 * @load: the result: the load of them all
 * @hot_add: the result: what is hot-added in them all, a list of texts
 * @label: the result: what all of it rests on, which its weakest part decides
 *
 * Bad input ends the process.
 *
 * Return: the points of all files.
 */
json_t *sweep_merge(char **files, json_t **machine, json_t **load,
		    json_t **hot_add, const char **label)
{
	json_t *points = json_array(), *root, *point;
	const char *own;
	unsigned int i;
	size_t n;

	if (!files || !*files)
		usage_error(
			"--merge: want the JSON files of 'memmap sweep --format json' as arguments");
	*machine = NULL;
	for (i = 0; files[i]; i++) {
		root = read_file(files[i]);
		if (!*machine) {
			*machine = json_incref(json_object_get(root, "machine"));
			*load = json_incref(json_object_get(root, "load"));
			*hot_add = json_incref(json_object_get(root, "hot_add"));
		}
		if (!json_equal(*load, json_object_get(root, "load")))
			usage_error(
				"%s: with another load than %s; merge what belongs together",
				files[i], files[0]);
		if (!json_equal(*hot_add, json_object_get(root, "hot_add")))
			usage_error(
				"%s: with other hot-added memory than %s; merge what belongs together",
				files[i], files[0]);
		if (!json_equal(*machine, json_object_get(root, "machine")))
			usage_error(
				"%s: of another machine than %s; merge what belongs together",
				files[i], files[0]);
		json_array_foreach(json_object_get(root, "points"), n, point) {
			check_point(files[i], n, point,
				    json_array_size(*hot_add));
			add_point(points, files[i], n, point);
		}
		own = json_string_value(json_object_get(root, "label"));
		if (!own || strcmp(own, "calibrated"))
			*label = "extrapolated";
		json_decref(root);
	}
	return points;
}
