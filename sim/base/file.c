// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/file.h"

/* Devices do not end; no text that somebody has written is as long. */
#define MOST_BYTES (64UL << 20)
#define READ_BYTES 65536UL

/**
 * file_read - all of a text
 * @path: the file; "-" is standard input
 * @bytes: out: how many
 * @error: why not
 *
 * Return: the text with a 0 behind it, for free(); or NULL.
 */
char *file_read(const char *path, size_t *bytes, struct error *error)
{
	char *text = NULL;
	size_t len;
	int err = 0;
	FILE *in;

	*bytes = 0;
	errno = 0;
	in = strcmp(path, "-") ? fopen(path, "r") : stdin;
	while (in && *bytes <= MOST_BYTES) {
		text = xrealloc(text, *bytes + READ_BYTES + 1, 1);
		len = fread(text + *bytes, 1, READ_BYTES, in);
		*bytes += len;
		if (!len)
			break;
	}
	if (!in || ferror(in))
		err = errno ? errno : EIO;
	if (in && in != stdin)
		fclose(in);
	if (!err && *bytes <= MOST_BYTES) {
		text[*bytes] = '\0';
		return text;
	}
	free(text);
	if (err)
		error_set(error, path, 0, NULL, "%s", strerror(err));
	else
		error_set(error, path, 0, NULL,
			  "is longer than %lu MiB; want a text",
			  MOST_BYTES >> 20);
	return NULL;
}
