// SPDX-License-Identifier: GPL-2.0-only
/* memmap: the command, a sub-command a file. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "base/version.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "time", cmd_time,
	  "run every strategy for real on this host's memory and time it" },
	{ "alloc", cmd_alloc,
	  "allocate from pristine and from ready memory, side by side" },
	{ "predict", cmd_predict,
	  "the same strategies in virtual time, on a machine that is not here" },
	{ "validate", cmd_validate,
	  "hold the predictions to published timings, or read a kernel log" },
	{ "sweep", cmd_sweep,
	  "predict over nodes and memory: who wins, from what size on" },
	{ "machine", cmd_machines, "list, show, import and export machines" },
	{ "calibrate", cmd_calibrate,
	  "measure this host and write its machine file" },
};

static void help(FILE *out)
{
	unsigned int i;

	fprintf(out,
		"Usage: memmap COMMAND [OPTION...]\n"
		"How a machine brings its memory up: the kernel's own strategies, run here.\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fprintf(out,
		"\nStart with:      memmap time\n"
		"One strategy:    memmap time --cmdline memmap_init=parallel,store=nt\n"
		"Another machine: memmap time --machine \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"\n"
		"More:            memmap COMMAND --help\n");
}

int main(int argc, char **argv)
{
	char name[64];
	unsigned int i;

	argp_err_exit_status = EXIT_USAGE;
	argp_program_version = "memmap " MEMMAP_VERSION;

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help") || !strcmp(argv[1], "-?")) {
		help(stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts(argp_program_version);
		return EXIT_SUCCESS;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "memmap %s", argv[1]);
		argv[1] = name;
		return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr,
		"memmap: unknown command '%s'; 'memmap --help' lists them\n",
		argv[1]);
	return EXIT_USAGE;
}
