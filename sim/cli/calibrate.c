// SPDX-License-Identifier: GPL-2.0-only
/* memmap calibrate: this host as a machine file. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/die.h"
#include "cli/calibrate.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"

static const struct argp_option argp_options[] = {
	{ "check", 'k', NULL, 0,
	  "write no machine file: run the strategies here, in the same rounds, and lay beside each what the costs make 'memmap predict' say; status 1 if a measured time is outside its band",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *check = state->input;

	switch (key) {
	case 'k':
		*check = true;
		return 0;
	case ARGP_KEY_ARG:
		usage_error(
			"unexpected argument '%s'; to write a file: --output %s",
			arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Time this host with the real initialiser and write its machine file (JSON): the costs with which 'memmap predict' says what was timed. Takes some seconds; each number is the median of its runs, with their spread as its range, and a cost that is not measured here says so.\n\n"
	       "  memmap calibrate --output here.json\n"
	       "  memmap calibrate --runs 15 | jq .costs\n"
	       "  memmap calibrate --check --mem 4G\n"
	       "\v"
	       "Interrupted, it writes the costs of the rounds that it has, and says so in the file's notes; a file that is there already stays as it is, and they go to standard output. --check takes --mem and --cmdline for what it compares, and --machine here.json for costs that were measured before.\n\n"
	       "Next: 'memmap predict --machine here.json', beside 'memmap time'.",
};

/* Return: how many rounds were run; fewer than --runs if interrupted. */
static unsigned int measure(struct costing *costing, const struct options *o)
{
	struct host *host = options_host(o, costing->machine.topology);
	unsigned int round, most = o->runs;

	host_prefault(host);
	interrupt_catch();
	for (round = 0; round < most && !interrupted(); round++) {
		progress(round < o->runs ? "rounds" : "rounds, run again",
			 round, most);
		costing_round(costing, host);
		/* One more in the place of one that was disturbed. */
		if (round + 1 == most && most < 2 * o->runs &&
		    costing_noisy(costing, o->noise_pct))
			most++;
	}
	progress("", 1, 1);
	host_destroy(host);
	return round;
}

/* A part does not take the place of a file that may be whole. */
static int write_part(struct costing *costing, struct options *o,
		      unsigned int rounds)
{
	struct output out = { .fd = STDOUT_FILENO }, *to = &o->output;
	struct machine *machine = &costing->machine;
	int status;

	fprintf(stderr, "memmap: interrupted after %u of %u rounds%s\n", rounds,
		o->runs,
		rounds ? "; their costs are printed" : "; nothing is written");
	if (!rounds)
		return EXIT_SUCCESS;
	if (to->target && !access(to->target, F_OK)) {
		fprintf(stderr, "memmap: --output '%s': stays as it was\n",
			to->path);
		to = &out;
	}
	free(machine->notes);
	machine->notes =
		xasprintf("calibration was interrupted after %u of %u rounds",
			  rounds, o->runs);
	machine_write(machine, output_stream(to));
	status = commit(to);
	output_free(&out);
	return status;
}

static int write_machine(struct costing *costing, struct options *o)
{
	int status;

	machine_write(&costing->machine, output_stream(&o->output));
	status = commit(&o->output);
	/* Standard output may be the machine file itself. */
	if (!status && !o->quiet && !output_is_stdout(&o->output))
		printf("Next:\n"
		       "  memmap calibrate --check --machine '%s'    does it predict what this host does?\n"
		       "  memmap predict --machine '%s'    this host in virtual time, to lay beside memmap time\n"
		       "  memmap machine show '%s'    every number, and where it comes from\n",
		       o->output.path, o->output.path, o->output.path);
	return status;
}

int verb_calibrate(int argc, char **argv)
{
	struct options o = { .runs = 7 };
	struct costing costing;
	struct topology *here;
	unsigned int rounds;
	bool check = false;
	int status;

	options_parse(&o,
		      OPTION_MACHINE | OPTION_MEM | OPTION_CMDLINE |
			      OPTION_THREADS | OPTION_RUNS | OPTIONS_TABLE,
		      &argp, &check, argc, argv);
	if (!check && (o.machine || o.mem || o.nr_choices))
		usage_error(
			"%s goes with --check: a machine file is of this host as it is",
			o.machine ? "--machine" :
			o.mem	  ? "--mem" :
				    "--cmdline");
	if (!check && o.format != TABLE_TEXT)
		usage_error(
			"--format goes with --check: a machine file is always JSON");
	here = options_topology(&(struct options){ .threads = o.threads });
	if (o.threads > topology_cpus(here))
		usage_error("--threads %u: this host has %u CPUs", o.threads,
			    topology_cpus(here));
	topology_free(here);
	costing_init(&costing, &o);
	if (check) {
		status = calibrate_check(&costing, &o);
	} else {
		rounds = measure(&costing, &o);
		if (rounds)
			costing_solve(&costing);
		status = rounds < o.runs ? write_part(&costing, &o, rounds) :
					   write_machine(&costing, &o);
	}
	costing_free(&costing);
	options_free(&o);
	return status;
}
