// SPDX-License-Identifier: GPL-2.0-only
/* The machines that the program ships. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/datadir.h"
#include "base/die.h"
#include "machine/internal.h"

static int is_machine(const struct dirent *entry)
{
	return machine_spec_ends(entry->d_name, MACHINE_SUFFIX);
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
		name[strlen(name) - strlen(MACHINE_SUFFIX)] = '\0';
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
