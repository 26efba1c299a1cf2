/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_OPTIONS_H
#define SIM_CLI_OPTIONS_H

/*
 * The options that several verbs have, read in one place. A verb names those
 * that it takes and gives an argp of its own for the rest:
 *
 *	struct options common = { .runs = 5 };
 *
 *	options_parse(&common, OPTION_MACHINE | OPTION_OUTPUT, &argp, &own,
 *		      argc, argv);
 *	...
 *	options_free(&common);
 */
#include <argp.h>
#include "base/output.h"
#include "base/table.h"
#include "cli/strategies.h"
#include "machine/machine.h"

struct host;

#define OPTION_MACHINE 0x01 /* --machine */
#define OPTION_MEM     0x02 /* --mem */
#define OPTION_CMDLINE 0x04 /* --cmdline */
#define OPTION_THREADS 0x08 /* --threads */
#define OPTION_RUNS    0x10 /* --runs, --noise */
#define OPTION_FORMAT  0x20 /* --format */
#define OPTION_OUTPUT  0x40 /* --output */
#define OPTION_QUIET   0x80 /* --quiet */
#define OPTION_HOT_ADD 0x100 /* --hot-add */

/* What every verb that prints a table takes. */
#define OPTIONS_TABLE (OPTION_FORMAT | OPTION_OUTPUT | OPTION_QUIET)

#define MAX_RUNS    1000
#define MAX_THREADS 4096
/* Above this spread, in per cent, a figure is NOISY unless --noise says other. */
#define NOISE_PCT 10

/**
 * struct options - what the command line says
 * @verb: the verb, for messages
 * @machine: --machine; NULL: this host
 * @mem: --mem; NULL: what the machine has
 * @choice: --cmdline, each
 * @nr_choices: how many
 * @hot_add: --hot-add, each
 * @nr_hot_adds: how many
 * @threads: --threads; else as many as this host has CPUs, and no more than the
 *	machine that options_topology() loads
 * @threads_given: --threads was there
 * @runs: --runs
 * @noise_pct: --noise
 * @format: --format
 * @output: --output, open
 * @quiet: --quiet
 */
struct options {
	const char *verb;
	const char *machine;
	const char *mem;
	struct boot_choice *choice;
	unsigned int nr_choices;
	const char *hot_add[TOPOLOGY_MAX_PLUGS];
	unsigned int nr_hot_adds;
	unsigned int threads;
	bool threads_given;
	unsigned int runs;
	double noise_pct;
	enum table_format format;
	struct output output;
	bool quiet;
};

void options_parse(struct options *options, unsigned int takes,
		   const struct argp *own, void *own_input, int argc,
		   char **argv);
void options_free(struct options *options);

struct boot_choice *options_add_choice(struct options *options);
void options_default_choices(struct options *options, unsigned int without);
unsigned int option_count(const char *option, const char *text,
			  unsigned int least, unsigned int most);
double option_share(const char *option, const char *text, unsigned int most);
struct output option_output(const char *option, const char *path);
void options_plug(const struct options *options, struct topology *topology);
void options_machine(const struct options *options, struct machine *machine);
void options_limit_threads(struct options *options,
			   const struct topology *topology);
struct topology *options_topology(struct options *options);
struct host *options_host(const struct options *options,
			  const struct topology *topology);

#endif /* SIM_CLI_OPTIONS_H */
