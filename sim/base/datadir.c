// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/datadir.h"
#include "base/die.h"

/* The Makefile says where make install puts it. */
#ifndef MEMMAP_DATADIR
#define MEMMAP_DATADIR "/usr/share/memmap"
#endif

/* Where the source tree has a folder of the installed program. */
static const struct {
	const char *installed;
	const char *source;
} folders[] = {
	{ "machines", "sim/machine/library" },
	{ "data", "sim/check/data" },
};

/* DIR/NAME if it can be read; else NULL, and @tried names it as well. */
static char *look(char *path, char **tried)
{
	char *before = *tried;

	if (!access(path, R_OK))
		return path;
	*tried = xasprintf("%s%s%s", before, *before ? ", " : "", path);
	free(before);
	free(path);
	return NULL;
}

static char *look_installed(const char *exe, const char *name, char **tried)
{
	const char *end = strrchr(exe, '/');

	return end ? look(xasprintf("%.*s/../share/memmap/%s", (int)(end - exe),
				    exe, name),
			  tried) :
		     NULL;
}

/* Only a program below build/ belongs to a source tree. */
static char *look_in_source(const char *exe, const char *name, char **tried)
{
	const char *top = strstr(exe, "/build/"), *next;
	unsigned int i;
	size_t len;

	while (top && (next = strstr(top + 1, "/build/")))
		top = next;
	for (i = 0; top && i < sizeof(folders) / sizeof(folders[0]); i++) {
		len = strlen(folders[i].installed);
		if (!strncmp(name, folders[i].installed, len) &&
		    (!name[len] || name[len] == '/'))
			return look(xasprintf("%.*s/%s%s", (int)(top - exe), exe,
					      folders[i].source, name + len),
				    tried);
	}
	return NULL;
}

/**
 * datadir_find - a file or folder that the program ships
 * @name: its path below share/memmap, such as "data/published.csv"
 * @error: where it was looked for
 *
 * Looks into the folder that the environment names in MEMMAP_DATADIR, then
 * beside the program as it is installed or built, then where make install puts
 * it. The current folder does not matter.
 *
 * Return: its path, free() it; NULL with @error set.
 */
char *datadir_find(const char *name, struct error *error)
{
	const char *chosen = getenv("MEMMAP_DATADIR");
	char *exe = realpath("/proc/self/exe", NULL);
	char *tried = xstrdup("");
	char *found = NULL;

	if (chosen && *chosen)
		found = look(xasprintf("%s/%s", chosen, name), &tried);
	if (!found && exe)
		found = look_installed(exe, name, &tried);
	if (!found && exe)
		found = look_in_source(exe, name, &tried);
	if (!found)
		found = look(xasprintf("%s/%s", MEMMAP_DATADIR, name), &tried);
	if (!found)
		error_set(error, NULL, 0, name,
			  "not found, looked for %s; set MEMMAP_DATADIR to the folder that holds it",
			  tried);
	free(exe);
	free(tried);
	return found;
}
