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

/**
 * machine_library_each - what there is to choose from, in order of names
 * @fn: gets each machine and the name to load it by
 * @arg: for @fn
 * @error: what is wrong with the library or a file in it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_library_each(void (*fn)(void *arg, const char *name,
				    const struct machine *machine),
			 void *arg, struct error *error)
{
	char *dir = datadir_find(MACHINE_LIBRARY, error), *path;
	struct dirent **entry;
	struct machine machine;
	int nr, i;

	if (!dir)
		return -1;
	nr = scandir(dir, &entry, is_machine, alphasort);
	if (nr < 0)
		error_set(error, dir, 0, NULL, "%s; want a folder of machines",
			  strerror(errno));
	for (i = 0; i < nr; i++) {
		char *name = entry[i]->d_name;

		path = xasprintf("%s/%s", dir, name);
		name[strlen(name) - strlen(suffix)] = '\0';
		if (!error_is_set(error)) {
			if (!machine_load(&machine, path, NULL, error))
				fn(arg, name, &machine);
			machine_free(&machine);
		}
		free(path);
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
