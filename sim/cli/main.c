// SPDX-License-Identifier: GPL-2.0-only
/* memmap: the table of verbs. */
#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/output.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/strategies.h"
#include "cli/verbs.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "time", verb_time,
	  "run every strategy for real on this host's memory and time it" },
	{ "alloc", verb_alloc,
	  "allocate from pristine and from ready memory, side by side" },
	{ "predict", verb_predict,
	  "the same strategies in virtual time, on a machine that is not here" },
	{ "validate", verb_validate,
	  "hold the predictions to published timings, or read a kernel log" },
	{ "advise", verb_advise,
	  "which strategy for a machine and a load, and why" },
	{ "sweep", verb_sweep,
	  "predict over nodes and memory: which wins, from what size on" },
	{ "machine", verb_machine, "list, show, import and export machines" },
	{ "calibrate", verb_calibrate,
	  "measure this host and write its machine file" },
	{ "layout", verb_layout,
	  "memory changes its node: what moves, what does not, how long" },
	{ "numa", verb_numa,
	  "pages follow those who use them: how long, with how large a pool" },
};

#define NR_VERBS ARRAY_SIZE(verbs)

static int help(FILE *out, int status)
{
	char *example = strategy_expand("memmap_init=@waits@,store=nt");
	unsigned int i;

	fprintf(out,
		"Usage: memmap VERB [OPTION...]\n"
		"How a machine brings its memory up: the kernel's own strategies, run here.\n\n");
	for (i = 0; i < NR_VERBS; i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(out,
		"\nStart with:      memmap time\n"
		"One strategy:    memmap time --cmdline %s\n"
		"Another machine: memmap time --machine \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"\n"
		"One not here:    memmap predict --machine server-16s-32t\n"
		"Which to use:    memmap advise --machine microvm-16g --load database\n"
		"More:            memmap help VERB, or memmap VERB --help\n",
		example);
	free(example);
	return status;
}

static int unknown(const char *word)
{
	const char *names[NR_VERBS + 2] = { "help" }, *nearest;
	unsigned int i;

	for (i = 0; i < NR_VERBS; i++)
		names[i + 1] = verbs[i].name;
	nearest = text_nearest(word, names);
	usage_error("unknown command '%s'%s%s%s; 'memmap --help' lists them",
		    word, nearest ? "; did you mean '" : "",
		    nearest ? nearest : "", nearest ? "'?" : "");
}

static int run(const char *word, int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < NR_VERBS; i++)
		if (!strcmp(word, verbs[i].name))
			return verbs[i].run(argc, argv);
	return unknown(word);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") ||
	       !strcmp(word, "help") || !strcmp(word, "-?");
}

/* The C library shows unknown and ambiguous options as they are. */
static void check_options(char **argv)
{
	const char *at;

	for (; *argv && strcmp(*argv, "--"); argv++) {
		if (**argv != '-')
			continue;
		for (at = *argv; *at; at++)
			if (iscntrl((unsigned char)*at))
				usage_error(
					"option '%s': holds a control character; a value that has one is a word of its own behind the option",
					*argv);
	}
}

int main(int argc, char **argv)
{
	/* Widths of characters; numbers keep their point. */
	setlocale(LC_CTYPE, "");
	output_guard_stdout();
	interrupt_init();

	if (argc < 2)
		return help(stderr, EXIT_USAGE);
	check_options(argv + 1);
	if (is_help(argv[1]) && argc > 2 && !is_help(argv[2])) {
		char *ask[] = { argv[2], "--help", NULL };

		return run(argv[2], 2, ask);
	}
	if (is_help(argv[1]))
		return help(stdout, EXIT_SUCCESS);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("memmap " MEMMAP_VERSION);
		return EXIT_SUCCESS;
	}
	return interrupt_status(run(argv[1], argc - 1, argv + 1));
}
