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

static int list_one(const char *dir, const char *name, FILE *out,
		    struct error *error)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct machine machine;
	int failed = machine_load(&machine, path, NULL, error);

	if (!failed)
		fprintf(out, "  %-22.*s %-12s %s\n",
			(int)(strlen(name) - strlen(MACHINE_SUFFIX)), name,
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
