// SPDX-License-Identifier: GPL-2.0-only
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/text.h"
#include "base/units.h"
#include "base/version.h"
#include "cli/fail.h"
#include "cli/options.h"
#include "host/host.h"

enum {
	KEY_NOISE = 0x100,
	KEY_USAGE,
	KEY_VERSION,
};

/* Which bit of a verb's choice an option hangs on; 0: every verb has it. */
static const struct {
	unsigned int takes;
	struct argp_option option;
} common[] = {
	{ OPTION_MACHINE,
	  { "machine", 'm', "SPEC", 0,
	    "name of the library ('memmap machine list' shows it), machine file (JSON), hwloc XML file, kernel log (- is standard input), or synthetic string such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"; default: this host",
	    1 } },
	{ OPTION_MEM,
	  { "mem", 's', "SIZE", 0, "memory of the whole machine, such as 64G",
	    1 } },
	{ OPTION_HOT_ADD,
	  { "hot-add", 'a', "PIECE", 0,
	    "memory that arrives when the machine is up, SIZE[,node=N][,at=TIME], such as 64G, or 64G,node=1,at=5s from the begin of boot; repeat for more",
	    1 } },
	{ OPTION_CMDLINE,
	  { "cmdline", 'c', "LINE", 0,
	    "kernel command line with memmap_init=STRATEGY[,chunk=SIZE][,store=auto|cached|nt][,quantum=TIME][,threads=N]; STRATEGY is @all@; repeat for more",
	    1 } },
	{ OPTION_THREADS,
	  { "threads", 't', "N", 0,
	    "CPU threads; default: this host's CPUs, as far as the machine has so many",
	    1 } },
	{ OPTION_RUNS,
	  { "runs", 'r', "N", 0,
	    "rounds; figures are medians, with their spread beside them", 1 } },
	{ OPTION_RUNS,
	  { "noise", KEY_NOISE, "PCT", 0,
	    "a spread above this is NOISY, and rounds are run again, up to as many as --runs; default 10",
	    1 } },
	{ OPTION_FORMAT,
	  { "format", 'f', "FORMAT", 0, "text, json or csv", 2 } },
	{ OPTION_OUTPUT,
	  { "output", 'o', "FILE", 0,
	    "write there; - is standard output, the default. A file is replaced when the result is there, one with several names (hard links) written in place",
	    2 } },
	{ OPTION_QUIET,
	  { "quiet", 'q', NULL, 0, "no lines that say what to do next", 2 } },
	{ 0, { "help", 'h', NULL, 0, "this text", -1 } },
	{ 0, { NULL, '?', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, -1 } },
	{ 0, { "usage", KEY_USAGE, NULL, 0, "options in short", -1 } },
	{ 0, { "version", 'V', NULL, 0, "version of the program", -1 } },
};

/**
 * option_count - read a whole number
 * @option: for the message
 * @text: the text
 * @least: smallest
 * @most: largest
 *
 * Return: the number; bad input ends the process.
 */
unsigned int option_count(const char *option, const char *text,
			  unsigned int least, unsigned int most)
{
	unsigned long value;

	if (!parse_count(text, least, most, &value))
		usage_error("%s '%s': want a whole number from %u to %u",
			    option, text, least, most);
	return value;
}

/**
 * option_share - read a share, in per cent
 * @option: for the message
 * @text: the text
 * @most: largest, in per cent
 *
 * Return: the share, 1 for all; bad input ends the process.
 */
double option_share(const char *option, const char *text, unsigned int most)
{
	double pct;

	if (!parse_number(text, &pct) || !(pct >= 0 && pct <= most))
		usage_error("%s '%s': want per cent, from 0 to %u", option,
			    text, most);
	return pct / 100;
}

/**
 * option_output - open what an option names
 * @option: for messages
 * @path: the file
 *
 * Return: the output; one that cannot be written ends the process.
 */
struct output option_output(const char *option, const char *path)
{
	struct error error = { 0 };
	struct output output;

	if (output_open(&output, option, path, &error))
		fail(&error);
	return output;
}

/**
 * options_add_choice - room for one more strategy
 * @options: the options
 *
 * Return: the room, to be filled.
 */
struct boot_choice *options_add_choice(struct options *options)
{
	unsigned int nr = options->nr_choices++;

	options->choice = xrealloc(options->choice, nr + 1,
				   sizeof(*options->choice));
	return &options->choice[nr];
}

/**
 * options_default_choices - strategies for a user who has named none
 * @options: the options
 * @without: not those with any of these flags
 */
void options_default_choices(struct options *options, unsigned int without)
{
	unsigned int i;

	if (options->nr_choices)
		return;
	for (i = 0; memmap_strategies[i]; i++)
		if (!(memmap_strategies[i]->flags & without))
			boot_choose_strategy(options_add_choice(options),
					     memmap_strategies[i], "");
}

static enum table_format parse_format(const char *text)
{
	static const char *const names[] = {
		[TABLE_TEXT] = "text",
		[TABLE_JSON] = "json",
		[TABLE_CSV] = "csv",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i]))
			return i;
	usage_error("--format '%s': want text, json or csv", text);
}

static void show_version(void)
{
	printf("memmap %s\n", MEMMAP_VERSION);
	exit(EXIT_SUCCESS);
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
		o->machine = arg;
		return 0;
	case 's':
		o->mem = arg;
		return 0;
	case 'c':
		boot_choose(options_add_choice(o), arg);
		return 0;
	case 'a':
		if (o->nr_hot_adds == TOPOLOGY_MAX_PLUGS)
			usage_error("--hot-add '%s': at most %u of them", arg,
				    TOPOLOGY_MAX_PLUGS);
		o->hot_add[o->nr_hot_adds++] = arg;
		return 0;
	case 't':
		o->threads = option_count("--threads", arg, 1, MAX_THREADS);
		o->threads_given = true;
		return 0;
	case 'r':
		o->runs = option_count("--runs", arg, 1, MAX_RUNS);
		return 0;
	case KEY_NOISE:
		if (!parse_number(arg, &o->noise_pct))
			usage_error("--noise '%s': want per cent, such as 5",
				    arg);
		return 0;
	case 'f':
		o->format = parse_format(arg);
		return 0;
	case 'o':
		output_free(&o->output);
		o->output = option_output("--output", arg);
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'h':
	case '?':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case KEY_USAGE:
		argp_state_help(state, stdout,
				ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case 'V':
		show_version();
		return 0;
	case ARGP_KEY_ARG:
		/* The verb's own parser comes first and has not taken it. */
		if (!state->root_argp->args_doc)
			usage_error(
				"unexpected argument '%s'; options begin with --, see '%s --help'",
				arg, state->name);
		return ARGP_ERR_UNKNOWN;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* argp frees what differs from @text. */
static char *filter_help(int key, const char *text, void *input)
{
	const struct options *o = input;

	if (key == 'r' && o)
		return xasprintf("%s; default %u", text, o->runs);
	return text && strchr(text, '@') ? strategy_expand(text) : (char *)text;
}

static char *filter_own_help(int key, const char *text, void *input)
{
	return filter_help(0, text, NULL);
}

/* The two parsers of a verb, and what each is to get. */
struct inputs {
	struct options *common;
	void *own;
};

static error_t parse_root(int key, char *arg, struct argp_state *state)
{
	struct inputs *inputs = state->input;

	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = inputs->own;
	state->child_inputs[1] = inputs->common;
	return 0;
}

/* The option that an argument names, by its whole name or the start of one. */
static const struct argp_option *find(const struct argp_option *const *lists,
				      const char *name, size_t len)
{
	const struct argp_option *option;

	for (; *lists; lists++)
		for (option = *lists; option->name || option->key; option++)
			if (option->name && !strncmp(option->name, name, len))
				return option;
	return NULL;
}

static bool takes_next(const struct argp_option *const *lists, const char *arg)
{
	const struct argp_option *option;

	for (arg++; *arg; arg++)
		for (const struct argp_option *const *list = lists; *list;
		     list++)
			for (option = *list; option->name || option->key;
			     option++)
				if (option->key == *arg && option->arg)
					return !arg[1];
	return false;
}

/*
 * getopt says that it does not know an option; what was meant is found before
 * it does.
 */
static void check_names(const struct argp_option *const *lists,
			const char *verb, int argc, char **argv)
{
	const char *known[64];
	const struct argp_option *option;
	unsigned int nr = 0, i;
	int at;

	for (i = 0; lists[i]; i++)
		for (option = lists[i]; option->name || option->key; option++)
			if (option->name && nr + 1 < ARRAY_SIZE(known))
				known[nr++] = option->name;
	known[nr] = NULL;
	for (at = 1; at < argc && strcmp(argv[at], "--"); at++) {
		const char *name, *nearest;
		size_t len;
		char *word;

		if (strncmp(argv[at], "--", 2)) {
			at += *argv[at] == '-' && takes_next(lists, argv[at]);
			continue;
		}
		name = argv[at] + 2;
		len = strcspn(name, "=");
		option = find(lists, name, len);
		if (option) {
			at += option->arg && !name[len];
			continue;
		}
		word = xasprintf("%.*s", (int)len, name);
		nearest = text_nearest(word, known);
		usage_error("unknown option '--%s'%s%s%s; see 'memmap %s --help'",
			    word, nearest ? "; did you mean '--" : "",
			    nearest ? nearest : "", nearest ? "'?" : "", verb);
	}
}

/**
 * options_parse - read a verb's command line
 * @options: the result; what it holds are the defaults
 * @takes: OPTION_ bits
 * @own: the verb's own options, help and arguments; without args_doc an
 *	argument is an error
 * @own_input: for its parser
 * @argc: arguments
 * @argv: the first one is the verb
 *
 * Bad input and --help end the process.
 */
void options_parse(struct options *options, unsigned int takes,
		   const struct argp *own, void *own_input, int argc,
		   char **argv)
{
	struct argp_option list[ARRAY_SIZE(common) + 1] = { 0 };
	static const struct argp_option none[] = { { 0 } };
	const struct argp_option *lists[] = { own->options ? own->options :
							     none,
					      list, NULL };
	struct argp inner = *own;
	struct argp shared = {
		.options = list,
		.parser = parse_common,
		.help_filter = filter_help,
	};
	struct argp_child children[] = { { &inner }, { &shared }, { 0 } };
	struct argp root = {
		.parser = parse_root,
		.args_doc = own->args_doc,
		.doc = own->doc,
		.children = children,
		.help_filter = filter_own_help,
	};
	struct inputs inputs = { options, own_input };
	unsigned int i, nr = 0;
	char *name;

	inner.doc = NULL;
	inner.args_doc = NULL;
	inner.help_filter = filter_own_help;
	for (i = 0; i < ARRAY_SIZE(common); i++)
		if (!common[i].takes || common[i].takes & takes)
			list[nr++] = common[i].option;
	options->verb = argv[0];
	options->output = option_output("--output", NULL);
	if (!options->threads)
		options->threads = omp_get_num_procs();
	if (!options->noise_pct)
		options->noise_pct = NOISE_PCT;
	check_names(lists, options->verb, argc, argv);
	name = xasprintf("memmap %s", options->verb);
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&root, argc, argv, ARGP_NO_HELP, NULL, &inputs);
	argv[0] = (char *)options->verb;
	free(name);
}

/**
 * options_free - what options_parse() took
 * @options: the options
 */
void options_free(struct options *options)
{
	unsigned int i;

	for (i = 0; i < options->nr_choices; i++)
		free(options->choice[i].text);
	free(options->choice);
	output_free(&options->output);
}

/**
 * options_plug - what --hot-add says
 * @options: the options
 * @topology: the machine, which gets it
 *
 * Bad input ends the process.
 */
void options_plug(const struct options *options, struct topology *topology)
{
	struct error error = { 0 };
	unsigned int i;

	for (i = 0; i < options->nr_hot_adds; i++)
		if (topology_plug_spec(topology, options->hot_add[i], &error))
			fail(&error);
}

/**
 * options_machine - the machine of --machine, --mem and --hot-add, with its costs
 * @options: the options
 * @machine: the result
 *
 * Bad input ends the process.
 */
void options_machine(const struct options *options, struct machine *machine)
{
	struct error error = { 0 };

	if (machine_load(machine, options->machine, options->mem, &error))
		fail(&error);
	options_plug(options, machine->topology);
	say_assumed(machine->topology);
}

/**
 * options_limit_threads - no more threads than CPUs, unless --threads says so
 * @options: the options
 * @topology: the machine
 */
void options_limit_threads(struct options *options,
			   const struct topology *topology)
{
	unsigned int cpus = topology_cpus(topology);

	if (!options->threads_given && cpus && options->threads > cpus)
		options->threads = cpus;
}

/**
 * options_topology - the same, without what things cost
 * @options: the options; no more threads than CPUs, unless --threads says so
 *
 * Return: the topology; bad input ends the process.
 */
struct topology *options_topology(struct options *options)
{
	struct topology *topology;
	struct error error = { 0 };

	topology = machine_topology(options->machine, options->mem, &error);
	if (!topology)
		fail(&error);
	say_assumed(topology);
	options_limit_threads(options, topology);
	return topology;
}

/**
 * options_host - a machine in this process
 * @options: the options: how many threads
 * @topology: its nodes; has to outlive it
 *
 * Return: the host, for host_destroy(); what cannot be had ends the process.
 */
struct host *options_host(const struct options *options,
			  const struct topology *topology)
{
	struct error error = { 0 };
	struct host *host = host_create(topology, options->threads, &error);

	if (!host)
		fail(&error);
	return host;
}
