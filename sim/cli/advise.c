// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap advise: which strategy for this machine and this load, and why.
 *
 *	each strategy, with its band -> the best, and those as good -> reasons
 *	the best, with other settings -> what they would give
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/advise.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/verbs.h"

static const char *const by_names[ADVICE_NR_BY + 1] = {
	[ADVICE_LOAD] = "load",
	[ADVICE_BOOT] = "boot",
	[ADVICE_READY] = "ready",
	[ADVICE_MEMORY] = "memory",
};

static const struct argp_option argp_options[] = {
	{ "load", 'l', "LOAD", 0,
	  "who touches memory once boot goes on, see above; default tenth", 0 },
	{ "by", 'b', "WHAT", 0,
	  "what decides: load (until the load has touched its memory, boot included; the default), boot (until boot goes on), ready (until all is initialised) or memory (what is never written)",
	  0 },
	{ 0 }
};

static enum advice_by parse_by(const char *text)
{
	const char *nearest;
	unsigned int i;

	for (i = 0; i < ADVICE_NR_BY; i++)
		if (!strcmp(text, by_names[i]))
			return i;
	nearest = text_nearest(text, by_names);
	usage_error("--by '%s': want load, boot, ready or memory%s%s%s", text,
		    nearest ? "; did you mean '" : "", nearest ? nearest : "",
		    nearest ? "'?" : "");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct advice *advice = state->input;

	switch (key) {
	case 'l':
		load_spec_parse(&advice->spec, arg);
		return 0;
	case 'b':
		advice->by = parse_by(arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Say which strategy serves a load on a machine best, and why: when boot goes on, when the load has touched its memory, what the first touch costs it, what memory is never written. Everything is predicted, in virtual time, by the kernel's own planner and strategies. Without --cmdline: of all strategies.\n\n"
	       "  memmap advise --machine microvm-16g --load database\n"
	       "  memmap advise --machine server-2s-192c --load touch=10%,cpus=8,at=boot+1s\n"
	       "  memmap advise --machine skylake-8167m --load all --by boot\n\n" LOAD_HELP
	       "\v"
	       "Two strategies whose difference may be either way, for what the inputs may be off, are as good as each other; of these the one is named that leaves the most memory untouched.\n\n"
	       "Next: 'memmap calibrate -o here.json' makes a machine file of this host; 'memmap alloc' measures here what a load meets.",
};

static void run_one(void *arg, unsigned int i)
{
	struct advice *a = arg;
	unsigned int nr = a->options.nr_choices;
	struct memmap_param param;

	if (i < nr) {
		if (band_run_load(&a->machine, &a->options.choice[i].param,
				  &a->spec.load, NULL, NULL, &a->answer[i]))
			a->failed = true;
		return;
	}
	memmap_param_default(&param);
	if (i > nr)
		param.strategy = strategy_of(STRATEGY_REFERENCE);
	simulation_run_load(a->machine.topology, &a->machine.costs, &param,
			    &a->spec.load, i > nr ? &a->ready : &a->unasked,
			    NULL, NULL);
}

static void run_setting(void *arg, unsigned int i)
{
	struct advice *a = arg;

	simulation_run_load(a->machine.topology, &a->machine.costs,
			    &a->setting[i].param, &a->spec.load,
			    &a->setting[i].result, NULL, NULL);
	a->setting[i].done = true;
}

static struct setting *add_setting(struct advice *a, char *text)
{
	struct setting *setting;

	a->setting = xrealloc(a->setting, a->nr_settings + 1,
			      sizeof(*a->setting));
	setting = &a->setting[a->nr_settings++];
	*setting = (struct setting){
		.text = text,
		.param = a->options.choice[a->pick].param,
	};
	return setting;
}

/* Of what has no part in a strategy, another value changes nothing. */
static void list_settings(struct advice *a)
{
	static const unsigned int chunk_mib[] = { 32, 64, 128, 256, 512 };
	static const unsigned int quantum_us[] = { 250, 500, 1000, 2000, 5000 };
	const struct simulation_result *r = &a->answer[a->pick].result;
	const struct memmap_param *now = &a->options.choice[a->pick].param;
	const struct topology *topology = a->machine.topology;
	unsigned int most = 0, i;

	for (i = 0; i < topology->nr_nodes; i++)
		most = max(most, topology->nodes[i].nr_cpus);
	for (i = 0; i < ARRAY_SIZE(chunk_mib) && r->nr_chunks; i++) {
		unsigned long bytes = (unsigned long)chunk_mib[i] << 20;

		if (bytes != now->chunk_bytes)
			add_setting(a, xasprintf("chunk=%uM", chunk_mib[i]))
				->param.chunk_bytes = bytes;
	}
	for (i = 0; i < ARRAY_SIZE(quantum_us) && r->nr_rounds; i++) {
		u64 ns = quantum_us[i] * 1000UL;

		if (ns != now->quantum_ns)
			add_setting(a, xasprintf("quantum=%uus", quantum_us[i]))
				->param.quantum_ns = ns;
	}
	for (i = 1;
	     i < most && r->nr_chunks && now->strategy->flags & MEMMAP_ALL_CPUS;
	     i *= 4)
		if (i != now->threads)
			add_setting(a, xasprintf("threads=%u", i))
				->param.threads = i;
}

/* Return: false if interrupted: then nothing is advised. */
static bool find(struct advice *a)
{
	unsigned int nr = a->options.nr_choices;
	bool *done;
	bool whole;

	if (!parallel_for("strategies", nr + 2, run_one, a, a->done) ||
	    a->failed)
		return false;
	a->ready_ns = a->ready.load_done_ns - a->ready.load_start_ns;
	a->pick = advice_pick(a->answer, nr, a->by, a->ready_ns, a->tied,
			      &a->first);
	list_settings(a);
	done = xcalloc(a->nr_settings + 1, sizeof(*done));
	whole = parallel_for("settings", a->nr_settings, run_setting, a, done);
	if (whole)
		free(done);
	return true;
}

static const struct table_column columns[] = {
	{ "strategy", "strategy", TABLE_WORDS },
	{ "cmdline", NULL, TABLE_WORDS },
	{ "boot_wait_ns", "boot waits", TABLE_NS },
	{ "load_done_ns", "load done", TABLE_NS },
	{ "load_done_low_ns", NULL, TABLE_NS },
	{ "load_done_high_ns", NULL, TABLE_NS },
	{ NULL, "band", TABLE_WORDS, .optional = true },
	{ "first_touch_ns", "first touch", TABLE_NS },
	{ "pages_pulled", NULL, TABLE_COUNT },
	{ "complete_ns", "complete", TABLE_NS, .none = "never" },
	{ "memory_untouched_bytes", "untouched", TABLE_BYTES },
	{ "later_ns", NULL, TABLE_NS },
	{ "later_low_ns", NULL, TABLE_NS },
	{ "later_high_ns", NULL, TABLE_NS },
	{ "advice", "", TABLE_WORDS, .none = "" },
	{ "binds", NULL, TABLE_WORDS },
	{ "unstable", NULL, TABLE_WORDS },
	{ "label", "rests on", TABLE_WORDS, .optional = true },
};

static void add_row(const struct advice *a, unsigned int i, bool advised,
		    struct table *table)
{
	const struct banded *banded = &a->answer[i];
	const struct simulation_result *r = &banded->result;
	struct difference later = { NAN, NAN, NAN };

	if (advised && a->by != ADVICE_MEMORY)
		later = advice_difference(&a->answer[a->pick], banded, a->by,
					  a->ready_ns);
	table_put_text(table, a->options.choice[i].param.strategy->name);
	table_put_text(table, a->options.choice[i].text);
	table_put_number(table, r->boot_wait_ns);
	table_put_number(table, r->load_done_ns);
	table_put_number(table, r->load_done_ns * banded->load_done.low);
	table_put_number(table, r->load_done_ns * banded->load_done.high);
	report_put_band(table, banded->load_done.low, banded->load_done.high);
	table_put_number(table, advised ? advice_first_touch_ns(a, r) : NAN);
	table_put_count(table, r->pages_pulled);
	table_put_number(table, r->complete_ns);
	table_put_number(table, advice_untouched_bytes(r));
	table_put_number(table, later.ns);
	table_put_number(table, later.low);
	table_put_number(table, later.high);
	table_put_text(table, !advised	   ? NULL :
			      i == a->pick ? "use" :
			      a->tied[i]   ? "as good" :
					     NULL);
	table_put_text(table, banded->binds);
	table_put_text(table, banded->unstable);
	table_put_text(table, machine_label_text(banded->label));
	table_end_row(table);
}

static double change_pct(const struct advice *a,
			 const struct simulation_result *r)
{
	double now = advice_value(&a->answer[a->pick].result, a->by);
	double then = advice_value(r, a->by);

	return now > 0 && isfinite(now) && isfinite(then) ?
		       100 * (then / now - 1) :
		       NAN;
}

static void add_settings(const struct advice *a, struct report *report)
{
	static const struct table_column settings[] = {
		{ "setting", "with", TABLE_WORDS },
		{ "boot_wait_ns", "boot waits", TABLE_NS },
		{ "load_done_ns", "load done", TABLE_NS },
		{ "complete_ns", "complete", TABLE_NS, .none = "never" },
		{ "change_pct", "change", TABLE_ERROR, 1 },
	};
	char *title = xasprintf("%s with other settings, each by itself:",
				a->options.choice[a->pick].text);
	struct table *table = report_table(report, "settings", title, settings,
					   ARRAY_SIZE(settings));
	unsigned int i;

	free(title);
	for (i = 0; i < a->nr_settings; i++) {
		const struct simulation_result *r = &a->setting[i].result;

		if (!a->setting[i].done)
			continue;
		table_put_text(table, a->setting[i].text);
		table_put_number(table, r->boot_wait_ns);
		table_put_number(table, r->load_done_ns);
		table_put_number(table, r->complete_ns);
		table_put_number(table, change_pct(a, r));
		table_end_row(table);
	}
	if (!table_rows(table))
		report_note(
			report,
			"chunk=, quantum= and threads= change nothing: no worker claims a chunk.");
}

static json_t *load_json(const struct advice *a)
{
	const struct load *load = &a->spec.load;

	return json_pack("{ss sI si sf sb sf so}", "text", a->spec.text,
			 "touch_bytes",
			 (json_int_t)(load->share *
				      topology_bytes(a->machine.topology)),
			 "cpus", load->nr_cpus, "at_ns", load->at_ns, "clear",
			 load->clear, "sleep_pct", 100 * load->asleep,
			 "ready_ns", json_value(a->ready_ns));
}

static void say_next(const struct advice *a, struct report *report)
{
	const char *machine = a->options.machine;

	if (machine) {
		report_next(
			report,
			"memmap sweep --machine '%s' --load %s    the same over sizes of memory",
			machine, a->spec.text);
		report_next(
			report,
			"memmap machine show '%s'    what these figures rest on",
			machine);
	} else {
		report_next(
			report,
			"memmap calibrate -o here.json    this host's own costs, then --machine here.json");
		report_next(report,
			    "memmap alloc    what a load meets here, measured");
	}
	report_next(
		report,
		"memmap help advise    loads that have a name, and how to say your own");
}

static int print(struct advice *a, bool advised)
{
	struct options *o = &a->options;
	const struct topology *topology = a->machine.topology;
	const char *label = machine_label(&a->machine);
	struct report *report = report_new(o, label);
	char *words = load_words(&a->spec.load, topology_bytes(topology));
	struct table *table;
	unsigned int i;
	int status;

	report_head_machine(report, topology, "%s", label);
	report_head(report, "load %s: %s", a->spec.text, words);
	report_machine(report, topology, a->machine.notes);
	report_json(report, "load", load_json(a));
	report_json(report, "by", json_string(by_names[a->by]));
	table = report_table(report, "results", NULL, columns,
			     ARRAY_SIZE(columns));
	for (i = 0; i < o->nr_choices; i++)
		if (a->done[i])
			add_row(a, i, advised, table);
	if (advised) {
		add_settings(a, report);
		advice_because(a, report);
	}
	say_next(a, report);
	status = report_print(report, o);
	report_free(report);
	free(words);
	return status;
}

int verb_advise(int argc, char **argv)
{
	/* Not on the stack: see parallel_for(). */
	static struct advice advice;
	struct advice *a = &advice;
	struct options *o = &a->options;
	unsigned int i;
	bool advised;
	int status;

	load_spec_parse(&a->spec, "tenth");
	options_parse(o,
		      OPTION_MACHINE | OPTION_MEM | OPTION_CMDLINE |
			      OPTIONS_TABLE,
		      &argp, a, argc, argv);
	options_default_choices(o, 0);
	options_machine(o, &a->machine);
	if (!topology_cpus(a->machine.topology))
		usage_error("--machine %s: it has no CPU",
			    a->machine.topology->name);
	a->spec.load = load_spec_on(&a->spec, a->machine.topology->name,
				    topology_bytes(a->machine.topology),
				    topology_cpus(a->machine.topology));
	a->answer = xcalloc(o->nr_choices, sizeof(*a->answer));
	a->tied = xcalloc(o->nr_choices, sizeof(*a->tied));
	a->done = xcalloc(o->nr_choices + 2, sizeof(*a->done));
	interrupt_catch();
	advised = find(a);
	if (!advised)
		fprintf(stderr,
			"memmap: interrupted; what was complete is printed, and nothing advised\n");
	status = print(a, advised);
	if (interrupted())
		return status;
	for (i = 0; i < a->nr_settings; i++)
		free(a->setting[i].text);
	free(a->setting);
	free(a->answer);
	free(a->tied);
	free(a->done);
	machine_free(&a->machine);
	options_free(o);
	return status;
}
