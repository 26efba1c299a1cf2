// SPDX-License-Identifier: GPL-2.0-only
/*
 * hwloc XML files. hwloc trusts them: a malformed one may crash the library or
 * keep it busy for ever. So a child process imports a file first, and only what
 * it got through is imported here.
 */
#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"

/* Files of the largest machines take a second or two. */
#define IMPORT_SECONDS 20

/* As much of a file as its head may take: <?xml, <!DOCTYPE and <topology. */
#define HEAD_BYTES 4096

/* What comes through a pipe can be read only once, so it is left alone. */
static void read_head(const char *path, char head[HEAD_BYTES])
{
	struct stat file;
	ssize_t len = 0;
	int fd;

	if (!stat(path, &file) && S_ISREG(file.st_mode)) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			len = read(fd, head, HEAD_BYTES - 1);
			close(fd);
		}
	}
	head[len > 0 ? len : 0] = '\0';
}

/**
 * machine_is_xml - does a file begin as XML does?
 * @path: the file
 *
 * A kernel log may begin with a level in angle brackets, "<6>", or have been
 * saved as a web page.
 */
bool machine_is_xml(const char *path)
{
	char head[HEAD_BYTES], *at = head;

	read_head(path, head);
	if (!strncmp(at, "\xef\xbb\xbf", 3))
		at += 3;
	at += strspn(at, " \t\r\n");
	return !strncmp(at, "<?xml", 5) || !strncmp(at, "<topology", 9) ||
	       !strncmp(at, "<!DOCTYPE topology", 18);
}

/* A library reads its own version of the format and older ones. */
static int check_version(const char *path, struct error *error)
{
	unsigned int ours = hwloc_get_api_version() >> 16, theirs = 0;
	char head[HEAD_BYTES];
	const char *at;

	read_head(path, head);
	at = strstr(head, "<topology");
	at = at ? strstr(at, "version=") : NULL;
	if (at && sscanf(at, "version=%*[\"']%3u", &theirs) == 1 &&
	    theirs > ours)
		return error_set(
			error, path, 0, NULL,
			"written by hwloc %u, this program reads version %u; write it with: lstopo --export-xml-flags v%u FILE.xml",
			theirs, ours, ours);
	return 0;
}

/*
 * Linux has zones that end at 4 GiB on these, and leaves nothing in them for
 * later. Elsewhere, as on POWER, what comes early is a section of each node.
 */
static bool has_low_zones(hwloc_topology_t hw)
{
	static const char *const names[] = { "x86_64", "aarch64", "riscv64" };
	const char *name = hwloc_obj_get_info_by_name(hwloc_get_root_obj(hw),
						      "Architecture");
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void import_costs(struct machine *machine, hwloc_topology_t hw)
{
	const struct topology *topology = machine->topology;

	machine->source = xstrdup("topology only; costs from the default set");
	machine_read_attributes(machine, hw);
	if (has_low_zones(hw))
		return;
	machine->costs.early_linux = false;
	machine->costs.early_bytes = topology_section_pages(topology)
				     << topology->page_shift;
}

static int import(struct machine *machine, const char *path,
		  struct error *error)
{
	const struct hwloc_scale scale = { 1, 1 };
	hwloc_topology_t hw = hwloc_new();

	if (hwloc_topology_set_xml(hw, path))
		error_set(error, path, 0, NULL,
			  "not an hwloc XML file; make one with: lstopo FILE.xml");
	else if (hwloc_topology_load(hw))
		error_set(error, path, 0, NULL,
			  "hwloc %u cannot load it; check it with: lstopo -i FILE",
			  hwloc_get_api_version() >> 16);
	else
		machine->topology = topology_from_hwloc(hw, path, &scale,
							error);
	if (machine->topology)
		import_costs(machine, hw);
	hwloc_topology_destroy(hw);
	return machine->topology ? 0 : -1;
}

/*
 * What is wrong with the file is said by the parent later; what hwloc says goes
 * to @said.
 */
static void __attribute__((noreturn))
import_in_child(const char *path, int said)
{
	const struct rlimit no_core = { 0, 0 };
	struct machine machine = { 0 };
	struct error error = { 0 };

	dup2(said, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGALRM, SIG_DFL);
	alarm(IMPORT_SECONDS);
	import(&machine, path, &error);
	_exit(EXIT_SUCCESS);
}

/* Wait for what a child makes of a file. */
static int judge_child(pid_t child, const char *path, struct error *error)
{
	pid_t ended;
	int status;

	if (child < 0)
		return error_set(error, path, 0, NULL,
				 "no process to import it: %s",
				 strerror(errno));
	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended < 0)
		return error_set(error, path, 0, NULL, "waitpid: %s",
				 strerror(errno));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return error_set(
			error, path, 0, NULL,
			"malformed: hwloc is not through with it after %u s; write it anew with lstopo",
			IMPORT_SECONDS);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return error_set(
			error, path, 0, NULL,
			"malformed: hwloc crashes on it; write it anew with lstopo");
	return 0;
}

static int try_import(const char *path, struct error *error)
{
	FILE *said = tmpfile();
	struct stat file;
	pid_t child;
	int failed;

	if (!said)
		return error_set(error, path, 0, NULL,
				 "no temporary file to import it: %s",
				 strerror(errno));
	child = fork();
	if (!child)
		import_in_child(path, fileno(said));
	failed = judge_child(child, path, error);
	/* It says so where objects contradict each other, and drops some. */
	if (!failed && !fstat(fileno(said), &file) && file.st_size)
		failed = error_set(
			error, path, 0, NULL,
			"malformed: parts of it contradict each other, and hwloc leaves some out; write it anew with lstopo");
	fclose(said);
	return failed;
}

/**
 * machine_load_xml - an hwloc XML file, with what its attributes say of rates
 * @machine: costs set to the defaults
 * @path: the file
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_xml(struct machine *machine, const char *path,
		     struct error *error)
{
	struct stat file;

	if (access(path, R_OK) || stat(path, &file))
		return error_set(error, path, 0, NULL, "%s", strerror(errno));
	if (!S_ISREG(file.st_mode))
		return error_set(
			error, path, 0, NULL,
			"not a regular file, and it is read twice; copy it into one");
	if (check_version(path, error) || try_import(path, error))
		return -1;
	return import(machine, path, error);
}
