// SPDX-License-Identifier: GPL-2.0-only
/* Which file a user means by the name of a machine. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/datadir.h"
#include "base/die.h"
#include "machine/internal.h"

/**
 * machine_spec_ends - does what the user gave end so?
 * @spec: what the user gave
 * @end: such as ".xml"; @spec has to be longer
 *
 * Return: true if it does.
 */
bool machine_spec_ends(const char *spec, const char *end)
{
	size_t len = strlen(spec);

	return len > strlen(end) && !strcmp(spec + len - strlen(end), end);
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

	if (machine_spec_ends(spec, MACHINE_SUFFIX))
		return xstrdup(spec);
	if (!*spec || strpbrk(spec, "/: []()=") ||
	    machine_spec_ends(spec, ".xml") || !access(spec, F_OK) ||
	    !strcmp(spec, "-"))
		return NULL;
	dir = datadir_find(MACHINE_LIBRARY, error);
	if (!dir)
		return NULL;
	path = xasprintf("%s/%s" MACHINE_SUFFIX, dir, spec);
	if (access(path, R_OK)) {
		error_set(error, "--machine", 0, spec,
			  "not a machine of the library ('memmap machine list' shows them), nor a file, nor a synthetic string such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"");
		free(path);
		path = NULL;
	}
	free(dir);
	return path;
}
