// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap predict: the table of memmap time, in virtual time, for a machine
 * that is not here.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/interrupt.h"
#include "cli/machine.h"
#include "cli/plugs.h"
#include "cli/predict.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "cli/why.h"
#include "machine/machine.h"

static const struct argp_option argp_options[] = {
	{ "chunks", 'k', "FILE", 0,
	  "write the list of chunks there, as CSV: strategy, node, first pfn, pfn behind the last; strategies as given, then by node, then by pfn",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **chunks = state->input;

	switch (key) {
	case 'k':
		*chunks = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Predict what each strategy does on a machine that is not here: the kernel's own planner and strategies, in virtual time. Nothing is measured; the output says what each figure rests on. Without --cmdline: every strategy.\n\n"
	       "  memmap predict --machine server-16s-32t\n"
	       "  memmap predict --machine sgi-uv-16t --cmdline memmap_init=@waits@,chunk=64M\n"
	       "  memmap predict --machine m.xml --mem 2T --format csv\n"
	       "  memmap predict --machine microvm-16g --hot-add 64G,at=5s\n"
	       "\v"
	       "The column mainline is mainline's deferred initialisation, predicted as well; for a single CPU, its two passes by that CPU. What boot does else is not in a figure. Numbers that a machine does not give come from a default set and are labelled so.\n\n"
	       "Next: 'memmap machine show SPEC' says what a prediction rests on. For a machine of your own: lstopo m.xml (package hwloc-nox), then --machine m.xml; or a machine file from 'memmap machine import m.xml', with numbers of yours.",
};

struct chunk {
	int nid;
	unsigned long start_pfn;
	unsigned long end_pfn;
};

struct chunks {
	struct chunk *chunk;
	unsigned long nr;
};

static void record_chunk(void *arg, double now_ns, unsigned int cpu, int nid,
			 unsigned long start_pfn, unsigned long end_pfn)
{
	struct chunks *chunks = arg;
	unsigned long nr = chunks->nr++;

	chunks->chunk = xgrow(chunks->chunk, nr, sizeof(*chunks->chunk));
	chunks->chunk[nr] = (struct chunk){ nid, start_pfn, end_pfn };
}

static int by_node_and_pfn(const void *a, const void *b)
{
	const struct chunk *one = a, *other = b;

	if (one->nid != other->nid)
		return one->nid - other->nid;
	return one->start_pfn < other->start_pfn ? -1 : 1;
}

static void write_chunks(struct chunks *chunks,
			 const struct boot_choice *choice,
			 const struct topology *topology, FILE *out)
{
	unsigned long i;

	if (chunks->nr)
		qsort(chunks->chunk, chunks->nr, sizeof(*chunks->chunk),
		      by_node_and_pfn);
	for (i = 0; i < chunks->nr; i++)
		fprintf(out, "%s,%u,%lu,%lu\n", choice->param.strategy->name,
			topology->nodes[chunks->chunk[i].nid].id,
			chunks->chunk[i].start_pfn, chunks->chunk[i].end_pfn);
	free(chunks->chunk);
}

/*
 * What a page takes if all nodes are written at once, each at its memory's
 * own speed: the fullest of the slow ones decides.
 */
static double memory_page_ns(const struct machine *machine,
			     enum write_mode mode)
{
	double most = 0;
	unsigned int i;

	for (i = 0; i < machine->topology->nr_nodes; i++) {
		const struct topology_node *node = &machine->topology->nodes[i];

		most = fmax(most, 64e9 * topology_node_pages(node) /
					  machine_costs_memory(&machine->costs,
							       i, mode));
	}
	return most / fmax(1, topology_pages(machine->topology));
}

/* Of what the strategy itself has initialised; of all if that is nothing. */
static double page_ns(const struct simulation_result *r)
{
	unsigned long late = r->pages_initialised - r->pages_early;

	return late ? (r->complete_ns - r->early_ns) / late :
		      r->complete_ns / r->pages_total;
}

/* What a page costs a CPU beside the memory: its stores, and the first touch. */
static double cpu_page_ns(const struct machine_costs *costs,
			  enum write_mode mode)
{
	return costs->page_ns[mode] + costs->fault_ns / 64;
}

/*
 * A block that is pulled: the memory is in nobody's way, and the first blocks
 * find out which kind of store is faster.
 */
static double pulled_page_ns(const struct machine_costs *costs,
			     const struct boot_choice *choice,
			     const struct simulation_result *r,
			     enum write_mode mode)
{
	double other = costs->page_ns[!mode] - costs->page_ns[mode];
	double blocks = (double)(r->pages_total - r->pages_initialised) /
			MEMMAP_BLOCK_PAGES;
	double ns = fmax(cpu_page_ns(costs, mode),
			 64e9 / costs->node_bytes_per_s[mode]) +
		    costs->pull_ns / MEMMAP_BLOCK_PAGES;

	if (choice->param.store == MEMMAP_STORE_AUTO && blocks > 0)
		ns += other / 2 * fmin(1, SIMULATION_SAMPLES / blocks);
	return ns;
}

/**
 * predict_result - a row of the table of predictions
 * @result: the row
 * @choice: the strategy
 * @machine: where
 * @banded: what came out
 */
void predict_result(struct result *result, const struct boot_choice *choice,
		    const struct machine *machine, const struct banded *banded)
{
	const struct simulation_result *r = &banded->result;
	const struct machine_costs *costs = &machine->costs;
	enum write_mode mode = r->store == MEMMAP_STORE_NT ? WRITE_NT :
							     WRITE_CACHED;
	double cpus = fmax(r->nr_cpus, 1);

	*result = (struct result){
		.choice = choice,
		.threads = r->nr_cpus,
		.early_ns = r->early_ns,
		.boot_wait_ns = r->boot_wait_ns,
		.complete_ns = r->complete_ns,
		.load_done_ns = NAN,
		.boot_wait_low_ns = r->boot_wait_ns * banded->boot_wait.low,
		.boot_wait_high_ns = r->boot_wait_ns * banded->boot_wait.high,
		.complete_low_ns = r->complete_ns * banded->complete.low,
		.complete_high_ns = r->complete_ns * banded->complete.high,
		.binds = banded->binds,
		.unstable = banded->unstable,
		.ns_per_page = isnan(r->complete_ns) ?
				       pulled_page_ns(costs, choice, r, mode) :
				       page_ns(r),
		.spread_pct = NAN,
		.boot_wait_spread_pct = NAN,
		/* What these CPUs could do without a queue. */
		.roofline_bytes_per_s =
			isnan(r->complete_ns) ?
				NAN :
				fmin(64e9 / cpu_page_ns(costs, mode) * cpus,
				     fmin(64e9 / memory_page_ns(machine, mode),
					  costs->node_bytes_per_s[mode] * cpus)),
		.pages_total = r->pages_total,
		.pages_initialised = r->pages_initialised,
		.store = mode == WRITE_NT ? "nt" : "cached",
		.label = machine_label_text(banded->label),
	};
}

/* Mainline's two passes by one CPU, wherever the memory is. */
static double mainline_one_cpu_ns(const struct machine *machine)
{
	struct simulation_result result;

	simulation_run_two_passes(machine->topology, &machine->costs,
				  strategy_of(STRATEGY_REFERENCE), &result);
	return page_ns(&result);
}

/* Mainline as it is: its threads on their own nodes, which steal nothing. */
static double mainline_threads_ns(const struct machine *machine)
{
	struct simulation_result result;
	struct memmap_param param;

	memmap_param_default(&param);
	simulation_run(machine->topology, &machine->costs, &param, &result,
		       NULL, NULL);
	return page_ns(&result);
}

/**
 * struct prediction - strategies side by side, and mainline twice
 * @options: which strategies
 * @machine: where
 * @watch: for @chunks; NULL: nobody asks for them
 * @result: per strategy
 * @plugged: per strategy, hot-added memory; NULL: there is none
 * @chunks: per strategy
 * @failed: a simulation did not run
 * @one_cpu_ns: mainline's two passes by one CPU, per page
 * @mainline: the strategy that is mainline as it is; -1: it was not asked for
 * @threads_ns: mainline as it is, per page, where it was not
 * @done: per strategy, then those two
 */
struct prediction {
	struct options options;
	struct machine machine;
	const struct simulation_watch *watch;
	struct banded *result;
	struct banded *plugged;
	struct chunks *chunks;
	bool failed;
	double one_cpu_ns;
	int mainline;
	double threads_ns;
	bool *done;
};

/* Its chunks and stores are what they are; threads= is all that changes it. */
static int find_mainline(const struct options *options)
{
	unsigned int i;

	for (i = 0; i < options->nr_choices; i++) {
		const struct memmap_param *param = &options->choice[i].param;

		if ((param->strategy->flags & MEMMAP_MAINLINE) &&
		    !param->threads)
			return i;
	}
	return -1;
}

static void predict_one(void *arg, unsigned int i)
{
	struct prediction *p = arg;
	unsigned int nr = p->options.nr_choices;

	if (i == nr)
		p->one_cpu_ns = mainline_one_cpu_ns(&p->machine);
	else if (i > nr)
		p->threads_ns = mainline_threads_ns(&p->machine);
	else if (band_run(&p->machine, &p->options.choice[i].param, p->watch,
			  &p->chunks[i], &p->result[i]))
		p->failed = true;
	else if (p->plugged)
		band_run_plugs(&p->machine, &p->options.choice[i].param,
			       &p->plugged[i]);
}

static int print_chunks(struct prediction *p, struct output *output)
{
	FILE *out = output_stream(output);
	unsigned int i;

	fprintf(out, "strategy,node,start_pfn,end_pfn\n");
	for (i = 0; i < p->options.nr_choices; i++)
		if (p->done[i])
			write_chunks(&p->chunks[i], &p->options.choice[i],
				     p->machine.topology, out);
	return commit(output);
}

static double mainline_ns(const struct prediction *p)
{
	if (p->mainline < 0)
		return p->done[p->options.nr_choices + 1] ? p->threads_ns : NAN;
	return p->done[p->mainline] ? page_ns(&p->result[p->mainline].result) :
				      NAN;
}

static void print_plugs(const struct prediction *p, struct report *report)
{
	const struct topology *topology = p->machine.topology;
	struct table *table = plugs_table(report);
	unsigned int i, j;

	for (i = 0; i < p->options.nr_choices; i++)
		for (j = 0; p->done[i] && j < topology->nr_plugs; j++) {
			const struct banded *banded = &p->plugged[i];
			const struct plug_result *r = &banded->result.plug[j];
			bool known = p->mainline >= 0 && p->done[p->mainline];
			const struct plug_row row = {
				.choice = &p->options.choice[i],
				.plug = &topology->plug[j],
				.online_ns = r->online_ns,
				.ready_ns = r->ready_ns,
				.online = &banded->online,
				.ready = &banded->ready,
				.spread_pct = NAN,
				.mainline_ns = known ? p->plugged[p->mainline]
							       .result.plug[j]
							       .online_ns :
						       NAN,
				.binds = banded->binds,
				.label = machine_label_text(banded->label),
			};

			plugs_add(table, topology, &row);
		}
	plugs_notes(report, topology);
}

static int print(struct prediction *p)
{
	struct options *o = &p->options;
	const struct topology *topology = p->machine.topology;
	const char *label = machine_label(&p->machine);
	struct report *report = report_new(o, label);
	struct result *result = xcalloc(o->nr_choices, sizeof(*result));
	unsigned int i, nr = 0, of_one = o->nr_choices;
	double one_cpu_ns = p->done[of_one] ? p->one_cpu_ns : NAN;
	double threads_ns = mainline_ns(p);
	char time[UNITS_TEXT];
	struct table *why;
	int status;

	report_head_machine(report, topology, "%s", label);
	report_machine(report, topology, p->machine.notes);
	report_json(report, "runs", json_integer(1));
	report_json(report, "peak_rss_bytes", json_integer(peak_rss_bytes()));
	for (i = 0; i < o->nr_choices; i++) {
		if (!p->done[i])
			continue;
		predict_result(&result[nr], &o->choice[i], &p->machine,
			       &p->result[i]);
		result[nr].mainline_ns_per_page = result[nr].threads <= 1 ?
							  one_cpu_ns :
							  threads_ns;
		nr++;
	}
	results_add(report, topology, result, nr);
	why = why_table(report);
	for (i = 0; i < o->nr_choices; i++)
		if (p->done[i])
			why_add(why, &o->choice[i], &p->machine,
				&p->result[i].result);
	results_notes(report, result, nr, o->noise_pct);
	print_plugs(p, report);
	if (!isnan(one_cpu_ns))
		report_note(
			report,
			"Mainline's two passes by one CPU alone: %s for all of it.",
			format_ns(time, one_cpu_ns * topology_pages(topology)));
	if (o->machine) {
		report_next(
			report,
			"memmap machine show '%s'    what these figures rest on",
			o->machine);
		report_next(
			report,
			"memmap sweep --machine '%s'    from what size on which strategy wins",
			o->machine);
	} else {
		report_next(
			report,
			"memmap calibrate -o here.json    this host's own costs, then --machine here.json");
	}
	report_next(report,
		    "memmap machine list    machines that are not here");
	status = report_print(report, o);
	report_free(report);
	free(result);
	return status;
}

int verb_predict(int argc, char **argv)
{
	static const struct simulation_watch watch = { .chunk = record_chunk };
	/* Not on the stack: see parallel_for(). */
	static struct prediction prediction;
	struct prediction *p = &prediction;
	struct options *o = &p->options;
	const char *path = NULL;
	struct output chunks;
	int status = EXIT_SUCCESS;
	unsigned int nr;

	options_parse(o,
		      OPTION_MACHINE | OPTION_MEM | OPTION_HOT_ADD |
			      OPTION_CMDLINE | OPTIONS_TABLE,
		      &argp, &path, argc, argv);
	if (o->machine && !strcmp(o->machine, "list")) {
		status = machine_list(o);
		options_free(o);
		return status;
	}
	options_default_choices(o, 0);
	chunks = option_output("--chunks", path);
	if (path && output_same(&chunks, &o->output))
		usage_error(
			"--chunks %s: the table goes there as well; give one of them another file",
			path);
	options_machine(o, &p->machine);
	nr = o->nr_choices;
	p->watch = path ? &watch : NULL;
	p->chunks = xcalloc(nr, sizeof(*p->chunks));
	p->result = xcalloc(nr, sizeof(*p->result));
	if (p->machine.topology->nr_plugs)
		p->plugged = xcalloc(nr, sizeof(*p->plugged));
	p->done = xcalloc(nr + 2, sizeof(*p->done));
	interrupt_catch();
	p->mainline = find_mainline(o);
	parallel_for("strategies and yardsticks",
		     nr + (p->mainline >= 0 ? 1 : 2), predict_one, p, p->done);
	if (p->failed)
		usage_error("--machine %s: it has no CPU",
			    p->machine.topology->name);
	if (path)
		status = print_chunks(p, &chunks);
	if (print(p))
		status = EXIT_FAILURE;
	output_free(&chunks);
	if (interrupted())
		return status;
	machine_free(&p->machine);
	options_free(o);
	free(p->result);
	free(p->plugged);
	free(p->chunks);
	free(p->done);
	return status;
}
