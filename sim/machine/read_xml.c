// SPDX-License-Identifier: GPL-2.0-only
/*
 * hwloc XML files. hwloc trusts them: a malformed one may crash the library or
 * keep it busy for ever. So a child process imports a file first, and only what
 * it got through is imported here.
 */
#include <errno.h>
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

/**
 * machine_is_xml - does a text begin as XML does?
 * @text: a whole file
 *
 * A kernel log may begin with a level in angle brackets, "<6>", or have been
 * saved as a web page.
 */
bool machine_is_xml(const char *text)
{
	const char *at = text;

	if (!strncmp(at, "\xef\xbb\xbf", 3))
		at += 3;
	at += strspn(at, " \t\r\n");
	return !strncmp(at, "<?xml", 5) || !strncmp(at, "<topology", 9) ||
	       !strncmp(at, "<!DOCTYPE topology", 18);
}

/*
 * hwloc's reader takes what lstopo writes. Editors and mailers of other systems
 * put a mark before it and carriage returns into it.
 */
static void tidy(char *text, size_t *len)
{
	size_t from = strncmp(text, "\xef\xbb\xbf", 3) ? 0 : 3, to = 0;

	for (; from < *len; from++)
		if (text[from] != '\r')
			text[to++] = text[from];
	text[to] = '\0';
	*len = to;
}

/* A library reads its own version of the format and older ones. */
static int check_version(const char *name, const char *text,
			 struct error *error)
{
	unsigned int ours = hwloc_get_api_version() >> 16, theirs = 0;
	const char *at;

	at = strstr(text, "<topology");
	at = at ? strstr(at, "version=") : NULL;
	if (at && sscanf(at, "version=%*[\"']%3u", &theirs) == 1 &&
	    theirs > ours)
		return error_set(
			error, name, 0, NULL,
			"written by hwloc %u, this program reads version %u; write it with: lstopo --export-xml-flags v%u FILE.xml",
			theirs, ours, ours);
	return 0;
}

/*
 * Linux has zones that end at 4 GiB on these, and leaves nothing in them for
 * later. Elsewhere, as on POWER, what comes early is a section of each node.
 */
static bool has_low_zones(const char *name)
{
	static const char *const names[] = { "x86_64", "aarch64", "riscv64" };
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool says_pages(hwloc_topology_t hw)
{
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(hw, HWLOC_OBJ_NUMANODE, node)))
		if (node->attr->numanode.page_types_len)
			return true;
	return false;
}

static int import_costs(struct machine *machine, hwloc_topology_t hw,
			struct error *error)
{
	const char *arch = hwloc_obj_get_info_by_name(hwloc_get_root_obj(hw),
						      "Architecture");
	struct topology *topology = machine->topology;
	unsigned int i;

	machine->source = xstrdup("topology only; costs from the default set");
	if (machine_read_attributes(machine, hw, error))
		return -1;
	if (!says_pages(hw) && (!arch || strcmp(arch, "x86_64")))
		topology_assume(
			topology, topology->name, 0,
			"no page_type says how large a page is; taken for %lu KiB",
			1UL << topology->page_shift >> 10);
	if (has_low_zones(arch))
		return 0;
	if (!arch)
		topology_assume(
			topology, topology->name, 0,
			"it names no Architecture, on which depends what Linux initialises early; taken for a section of each node");
	for (i = 0; i < topology->nr_nodes; i++)
		if (topology->nodes[i].nr_ranges)
			machine_node(machine, i)->early_end_pfn =
				topology_first_deferred_in(topology, i, 0,
							   topology_section_pages(
								   topology));
	return 0;
}

static void note_part(struct topology *topology, hwloc_const_bitmap_t here,
		      hwloc_const_bitmap_t complete, const char *what)
{
	int nr = hwloc_bitmap_weight(here), all = hwloc_bitmap_weight(complete);

	if (nr >= 0 && all > nr)
		topology_assume(
			topology, topology->name, 0,
			"%d of %d %s are in it, the others were off or not allowed where it was written, as in a container; the machine is taken for what is there (lstopo --disallowed writes more)",
			nr, all, what);
}

static void note_parts(struct topology *topology, hwloc_topology_t hw)
{
	note_part(topology, hwloc_topology_get_topology_cpuset(hw),
		  hwloc_topology_get_complete_cpuset(hw), "CPUs");
	note_part(topology, hwloc_topology_get_topology_nodeset(hw),
		  hwloc_topology_get_complete_nodeset(hw), "nodes");
}

static int import(struct machine *machine, const char *name, const char *text,
		  size_t len, struct error *error)
{
	const struct hwloc_scale scale = { 1, 1 };
	hwloc_topology_t hw = hwloc_new();
	int failed = -1;

	if (hwloc_topology_set_xmlbuffer(hw, text, len + 1))
		error_set(error, name, 0, NULL,
			  "not an hwloc XML file; make one with: lstopo FILE.xml");
	else if (hwloc_topology_load(hw))
		error_set(error, name, 0, NULL,
			  "hwloc %u cannot load it; check it with: lstopo -i FILE",
			  hwloc_get_api_version() >> 16);
	else
		machine->topology = topology_from_hwloc(hw, name, &scale,
							error);
	if (machine->topology) {
		failed = import_costs(machine, hw, error);
		note_parts(machine->topology, hw);
	}
	hwloc_topology_destroy(hw);
	return failed;
}

/*
 * What is wrong with the file is said by the parent later; what hwloc says goes
 * to @said.
 */
static void __attribute__((noreturn))
import_in_child(const char *name, const char *text, size_t len, int said)
{
	const struct rlimit no_core = { 0, 0 };
	struct machine machine = { 0 };
	struct error error = { 0 };

	dup2(said, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGALRM, SIG_DFL);
	alarm(IMPORT_SECONDS);
	import(&machine, name, text, len, &error);
	_exit(EXIT_SUCCESS);
}

/* Wait for what a child makes of a file. */
static int judge_child(pid_t child, const char *name, struct error *error)
{
	pid_t ended;
	int status;

	if (child < 0)
		return error_set(error, name, 0, NULL,
				 "no process to import it: %s",
				 strerror(errno));
	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended < 0)
		return error_set(error, name, 0, NULL, "waitpid: %s",
				 strerror(errno));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return error_set(
			error, name, 0, NULL,
			"malformed: hwloc is not through with it after %u s; write it anew with lstopo",
			IMPORT_SECONDS);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return error_set(
			error, name, 0, NULL,
			"malformed: hwloc crashes on it; write it anew with lstopo");
	return 0;
}

static int try_import(const char *name, const char *text, size_t len,
		      struct error *error)
{
	FILE *said = tmpfile();
	struct stat file;
	pid_t child;
	int failed;

	if (!said)
		return error_set(error, name, 0, NULL,
				 "no temporary file to import it: %s",
				 strerror(errno));
	child = fork();
	if (!child)
		import_in_child(name, text, len, fileno(said));
	failed = judge_child(child, name, error);
	/* It says so where objects contradict each other, and drops some. */
	if (!failed && !fstat(fileno(said), &file) && file.st_size)
		failed = error_set(
			error, name, 0, NULL,
			"malformed: parts of it contradict each other, and hwloc leaves some out; write it anew with lstopo");
	fclose(said);
	return failed;
}

/**
 * machine_load_xml - an hwloc XML file, with what its attributes say of rates
 * @machine: costs set to the defaults
 * @name: of the file, for messages
 * @text: what is in it; is tidied
 * @len: bytes of it
 * @error: what is wrong with it
 *
 * What it does not say is in the topology's @assumed.
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_xml(struct machine *machine, const char *name, char *text,
		     size_t len, struct error *error)
{
	tidy(text, &len);
	if (check_version(name, text, error) ||
	    try_import(name, text, len, error))
		return -1;
	return import(machine, name, text, len, error);
}
