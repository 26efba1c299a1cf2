// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/die.h"
#include "base/output.h"

/* As many links as Linux follows. */
#define MOST_LINKS 40
/* Who opens a FIFO for reading a moment later than we for writing is there. */
#define FIFO_TRIES   50
#define FIFO_WAIT_US 20000

/* The file beside the target, while there is one. */
static char beside[PATH_MAX];

static int fail(const struct output *output, struct error *error,
		const char *what)
{
	return error_set(error, output->option, 0, output->path, "%s", what);
}

static char *folder_of(const char *path)
{
	char *copy = xstrdup(path), *folder = xstrdup(dirname(copy));

	free(copy);
	return folder;
}

/*
 * The name behind all links of @path, the last of which may lead nowhere yet.
 * NULL with errno set if they go in a circle.
 */
static char *follow(const char *path)
{
	char *name = xstrdup(path), *folder, *next, link[PATH_MAX];
	unsigned int i;
	ssize_t len;

	for (i = 0; i < MOST_LINKS; i++) {
		len = readlink(name, link, sizeof(link) - 1);
		if (len < 0)
			return name;
		link[len] = '\0';
		folder = folder_of(name);
		next = *link == '/' ? xstrdup(link) :
				      xasprintf("%s/%s", folder, link);
		free(folder);
		free(name);
		name = next;
	}
	free(name);
	errno = ELOOP;
	return NULL;
}

/* One name for a file that is not there yet, whatever way leads to it. */
static char *without_dots(char *path)
{
	char *copy = xstrdup(path), *folder = folder_of(path);
	char *real = realpath(folder, NULL);

	if (real) {
		free(path);
		path = xasprintf("%s/%s", real, basename(copy));
	}
	free(real);
	free(folder);
	free(copy);
	return path;
}

/* A FIFO that nobody reads blocks who opens it: say so instead. */
static int open_special(struct output *output, bool fifo, struct error *error)
{
	unsigned int i;

	for (i = 0; i < FIFO_TRIES; i++) {
		output->fd = open(output->path,
				  O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (output->fd >= 0 || errno != ENXIO || !fifo)
			break;
		usleep(FIFO_WAIT_US);
	}
	if (output->fd < 0 && errno == ENXIO)
		return fail(
			output, error,
			fifo ? "nobody reads from this FIFO; start the reader first" :
			       "neither a file nor a FIFO nor a device");
	if (output->fd < 0)
		return fail(output, error, strerror(errno));
	fcntl(output->fd, F_SETFL, fcntl(output->fd, F_GETFL) & ~O_NONBLOCK);
	return 0;
}

static bool is_stdout(const struct stat *st)
{
	struct stat own;

	return !fstat(STDOUT_FILENO, &own) && own.st_dev == st->st_dev &&
	       own.st_ino == st->st_ino;
}

/* A file, or what will be one: can it be written, or its folder? */
static int check_target(struct output *output, bool there, struct error *error)
{
	char *folder = folder_of(output->target);
	bool room = !access(folder, W_OK | X_OK);
	int err = errno;

	free(folder);
	if (there && access(output->target, W_OK))
		return fail(output, error, strerror(errno));
	if (!there && !room)
		return fail(output, error, strerror(err));
	return 0;
}

/**
 * output_open - where a result will go
 * @output: for output_free(), whatever is returned
 * @option: what named @path, for messages
 * @path: NULL or "-": standard output
 * @error: why it cannot be written
 *
 * Files are left as they are. A FIFO and a device are open from here on.
 *
 * Return: 0, or -1 with @error set.
 */
int output_open(struct output *output, const char *option, const char *path,
		struct error *error)
{
	struct stat st;

	*output = (struct output){ .option = option, .fd = STDOUT_FILENO };
	if (!path || !strcmp(path, "-"))
		return 0;
	output->path = path;
	output->fd = -1;
	if (!*path)
		return fail(output, error, "want the name of a file, or -");
	if (stat(path, &st)) {
		if (errno != ENOENT)
			return fail(output, error, strerror(errno));
		output->target = follow(path);
		if (!output->target)
			return fail(output, error, strerror(errno));
		output->target = without_dots(output->target);
		return check_target(output, false, error);
	}
	if (S_ISDIR(st.st_mode))
		return fail(output, error, "a folder; want a file");
	/* /dev/stdout, and what the shell has opened already. */
	if (is_stdout(&st)) {
		output->fd = STDOUT_FILENO;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return open_special(output, S_ISFIFO(st.st_mode), error);
	output->target = realpath(path, NULL);
	if (!output->target)
		return fail(output, error, strerror(errno));
	return check_target(output, true, error);
}

/**
 * output_stream - where to write the result
 * @output: open
 *
 * Return: a stream into memory; output_commit() closes it.
 */
FILE *output_stream(struct output *output)
{
	if (!output->stream)
		output->stream = open_memstream(&output->text, &output->bytes);
	if (!output->stream)
		die_of_memory();
	return output->stream;
}

/**
 * output_same - do two results go to the same place?
 * @a: open
 * @b: open
 */
bool output_same(const struct output *a, const struct output *b)
{
	if (a->target && b->target)
		return !strcmp(a->target, b->target);
	return output_is_stdout(a) && output_is_stdout(b);
}

/**
 * output_is_stdout - does it go to standard output?
 * @output: open
 */
bool output_is_stdout(const struct output *output)
{
	return output->fd == STDOUT_FILENO;
}

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t nr = write(fd, text, bytes);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr <= 0)
			return -1;
		text += nr;
		bytes -= nr;
	}
	return 0;
}

static int close_whole(int fd, int status)
{
	int err = errno;

	/* Some file systems know only now that there is no room. */
	if (!status && fsync(fd) && errno != EINVAL && errno != EROFS) {
		status = -1;
		err = errno;
	}
	if (close(fd) && !status)
		return -1;
	errno = err;
	return status;
}

/*
 * As the old file was, for the same people. False if that cannot be had: then
 * the old one has to stay and take the new content.
 */
static bool keep_mode(int fd, const char *target)
{
	struct stat old, new;
	mode_t mask;

	if (stat(target, &old)) {
		mask = umask(0);
		umask(mask);
		return !fchmod(fd, 0666 & ~mask);
	}
	if (fstat(fd, &new))
		return false;
	if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
	    fchown(fd, old.st_uid, old.st_gid))
		return false;
	return !fchmod(fd, old.st_mode & 07777);
}

/* A new file would take its place under one of its names only. */
static bool has_other_names(const char *target)
{
	struct stat st;

	return !stat(target, &st) && st.st_nlink > 1;
}

/* Return: 0; 1: not in this folder, the file as it was; -1 with errno set. */
static int write_beside(const struct output *output)
{
	char *folder;
	int fd, status, len;

	if (has_other_names(output->target))
		return 1;
	folder = folder_of(output->target);
	len = snprintf(beside, sizeof(beside), "%s/.memmap-XXXXXX", folder);
	free(folder);
	fd = len < (int)sizeof(beside) ? mkostemp(beside, O_CLOEXEC) : -1;
	if (fd < 0) {
		*beside = '\0';
		return 1;
	}
	if (!keep_mode(fd, output->target)) {
		close(fd);
		status = 1;
	} else {
		status = close_whole(fd, write_all(fd, output->text,
						   output->bytes));
	}
	if (!status && rename(beside, output->target))
		status = 1;
	if (status) {
		int err = errno;

		unlink(beside);
		errno = err;
	}
	*beside = '\0';
	return status;
}

/*
 * A file whose folder takes no other, that is mounted, or that has several names:
 * written in place.
 */
static int write_in_place(const struct output *output)
{
	int fd = open(output->target, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	int status;

	if (fd < 0)
		return -1;
	status = write_all(fd, output->text, output->bytes);
	if (!status)
		status = ftruncate(fd, output->bytes);
	return close_whole(fd, status);
}

/**
 * output_abandon - an interrupted process leaves nothing behind
 *
 * Context: any, signal handlers too.
 */
void output_abandon(void)
{
	if (*beside)
		unlink(beside);
}

/**
 * output_commit - the result is complete: write it
 * @output: open
 * @error: what went wrong; nothing is said of a reader who has left (EPIPE)
 *
 * Return: 0, or -1.
 */
int output_commit(struct output *output, struct error *error)
{
	int status;

	fclose(output_stream(output));
	output->stream = NULL;
	if (output_is_stdout(output)) {
		status = fwrite(output->text, 1, output->bytes, stdout) <
						 output->bytes ||
					 fflush(stdout) ?
				 -1 :
				 0;
		/* output_guard_stdout() is not to say it again. */
		if (status) {
			__fpurge(stdout);
			clearerr(stdout);
		}
	} else if (output->fd >= 0) {
		status = write_all(output->fd, output->text, output->bytes);
	} else {
		status = write_beside(output);
		if (status > 0)
			status = write_in_place(output);
	}
	if (status && errno != EPIPE)
		error_set(error, output->path ? output->option : NULL, 0,
			  output->path ? output->path : "standard output",
			  "%s; it is not complete", strerror(errno));
	return status ? -1 : 0;
}

/**
 * output_free - the end of an output; what was not committed is forgotten
 * @output: as opened
 */
void output_free(struct output *output)
{
	if (output->stream)
		fclose(output->stream);
	if (output->fd > STDERR_FILENO)
		close(output->fd);
	free(output->text);
	free(output->target);
	*output = (struct output){ .fd = -1 };
}

static void guard_stdout(int status, void *arg)
{
	bool lost = ferror(stdout);
	int err;

	errno = 0;
	if (!fclose(stdout) && !lost)
		return;
	err = errno;
	if (err != EPIPE)
		fprintf(stderr,
			"memmap: standard output: %s; it is not complete\n",
			err ? strerror(err) : "write error");
	_exit(status ? status : EXIT_FAILURE);
}

/**
 * output_guard_stdout - standard output is complete or the status is 1
 *
 * Holds until the process ends, and for what libraries print too, such as
 * argp's --help.
 */
void output_guard_stdout(void)
{
	int fd;

	/* A file that may not grow so large is a write that fails, and is said. */
	signal(SIGXFSZ, SIG_IGN);
	/* A file that is opened must not take the place of one of these. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
	/* Written at once, so that there is one moment at which it fails. */
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	on_exit(guard_stdout, NULL);
}
