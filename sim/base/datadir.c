// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>
#include "base/datadir.h"

/**
 * datadir_file - something that the repository ships
 * @path: room for the result
 * @name: from the top of the repository
 *
 * Return: @name if it is there, else @path: beside the program's own folder.
 */
const char *datadir_file(char path[DATADIR_PATH_MAX], const char *name)
{
	ssize_t len;
	int up;

	if (!access(name, R_OK))
		return name;
	len = readlink("/proc/self/exe", path, DATADIR_PATH_MAX / 2);
	path[len > 0 ? len : 0] = '\0';
	for (up = 0; up < 2 && strrchr(path, '/'); up++)
		*strrchr(path, '/') = '\0';
	strcat(path, "/");
	strncat(path, name, DATADIR_PATH_MAX / 2 - 2);
	return path;
}
