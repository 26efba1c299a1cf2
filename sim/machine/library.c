// SPDX-License-Identifier: GPL-2.0-only
/* The machines that the program ships, and how one of them is named. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/datadir.h"
#include "base/die.h"
#include "machine/internal.h"

/* Its place below share/memmap. */
#define MACHINE_LIBRARY "machines"

static const char suffix[] = ".json";

/**
 * machine_spec_ends - does what the user gave end so?
 * @spec: what the user gave
 * @end: such as ".xml"; @spec has to be longer
 */
bool machine_spec_ends(const char *spec, const char *end)
{
	size_t len = strlen(spec);

	return len > strlen(end) && !strcmp(spec + len - strlen(end), end);
}

static int is_machine(const struct dirent *entry)
{
	return machine_spec_ends(entry->d_name, suffix);
}

static int list_one(const char *dir, const char *name, FILE *out,
		    struct error *error)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct machine machine;
	int failed = machine_load(&machine, path, NULL, error);

	if (!failed)
		fprintf(out, "  %-22.*s %-12s %s\n",
			(int)(strlen(name) - strlen(suffix)), name,
			machine_label(&machine), machine.topology->name);
	machine_free(&machine);
	free(path);
	return failed;
}

/**
 * machine_library_list - what there is to choose from
 * @out: where
 * @error: what is wrong with the library or a file in it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_library_list(FILE *out, struct error *error)
{
	char *dir = datadir_find(MACHINE_LIBRARY, error);
	struct dirent **entry;
	int nr, i;

	if (!dir)
		return -1;
	nr = scandir(dir, &entry, is_machine, alphasort);
	if (nr < 0)
		error_set(error, dir, 0, NULL, "%s; want a folder of machines",
			  strerror(errno));
	for (i = 0; i < nr; i++) {
		if (!error_is_set(error))
			list_one(dir, entry[i]->d_name, out, error);
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
	free(dir);
	return error_is_set(error) ? -1 : 0;
}

/**
 * machine_library_path - is it a machine file, by path or by name?
 * @spec: what the user gave
 * @error: it can only be a name, and the library has no such machine
 *
 * Return: the path of its JSON file, free() it; NULL without @error set:
 * something else.
 */
char *machine_library_path(const char *spec, struct error *error)
{
	char *dir, *path;

	if (machine_spec_ends(spec, suffix))
		return xstrdup(spec);
	if (!*spec || strpbrk(spec, "/: []()=") ||
	    machine_spec_ends(spec, ".xml") || !access(spec, F_OK))
		return NULL;
	dir = datadir_find(MACHINE_LIBRARY, error);
	if (!dir)
		return NULL;
	path = xasprintf("%s/%s%s", dir, spec, suffix);
	if (access(path, R_OK)) {
		error_set(error, "--machine", 0, spec,
			  "not a machine of the library ('memmap machine list' shows them), nor a file, nor a synthetic string such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"");
		free(path);
		path = NULL;
	}
	free(dir);
	return path;
}
