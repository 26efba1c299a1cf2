// SPDX-License-Identifier: GPL-2.0-only
/* memmap numa: pages move to those who use them, in virtual time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "machine/machine.h"
#include "model/settle.h"

/* Scanned as fast as Linux ever does, a process has so much or more. */
#define DEFAULT_BYTES (2560UL << 20)
/* Of all processes; larger runs take minutes. */
#define DEFAULT_TOTAL (8UL << 30)
/* The least and the most: a page for each of some nodes; 4 bytes a page here. */
#define MIN_BYTES (1UL << 20)
#define MAX_TOTAL (256UL << 30)

#define MAX_POOLS 64

enum {
	KEY_POOL = 0x300,
	KEY_FULL,
	KEY_USES,
	KEY_TOUCHED,
	KEY_SHARED,
	KEY_SWEEP,
	KEY_DELAY,
	KEY_RATE,
	KEY_SEED,
};

static const struct argp_option argp_options[] = {
	{ "pool", KEY_POOL, "LIST", 0,
	  "entries of the pool, such as 64,4096; 0: none, each fault moves its page; default: none, 64 to all pages in steps of 4, and the square root of the machine's pages",
	  0 },
	{ "full", KEY_FULL, "WORD", 0,
	  "what a fault does that finds the pool full: fallback (moves its page, the default) or drop (leaves it)",
	  0 },
	{ "uses", KEY_USES, "N", 0,
	  "a page moves when another node has used it so often in a row, 1 to 3; default 2, as in Linux",
	  0 },
	{ "touched", KEY_TOUCHED, "SIZE", 0,
	  "memory that the process of each node uses; default 2560M, or less if that is more than half the memory of a node, or 8G in all",
	  0 },
	{ "shared", KEY_SHARED, "PCT", 0,
	  "share of it that all processes use; default 5", 0 },
	{ "sweep", KEY_SWEEP, "TIME", 0,
	  "time in which a process touches all of its pages; default 1s", 0 },
	{ "delay", KEY_DELAY, "TIME", 0,
	  "a page waits so long at most until the daemon of its node is woken; default 10ms",
	  0 },
	{ "rate", KEY_RATE, "SIZE", 0,
	  "most memory that goes to one node in a second; default: no limit",
	  0 },
	{ "seed", KEY_SEED, "N", 0, "of what is random; default 1", 0 },
	{ 0 }
};

/**
 * struct numa_request - what is asked
 * @pools: --pool
 * @touched: --touched; NULL: as much as makes sense
 * @rate: --rate; NULL: no limit
 * @load: what runs
 * @how: how pages are moved, but for the size of the pool
 */
struct numa_request {
	char *pools;
	const char *touched;
	const char *rate;
	struct settle_load load;
	struct settle_pool how;
};

static double time_of(const char *option, const char *text)
{
	double ns;

	if (!parse_ns(text, &ns) || !(ns > 0 && ns <= 1e12))
		usage_error("%s '%s': want a time up to 1000s, such as 10ms",
			    option, text);
	return ns;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct numa_request *r = state->input;

	switch (key) {
	case KEY_POOL:
		r->pools = arg;
		return 0;
	case KEY_FULL:
		if (strcmp(arg, "fallback") && strcmp(arg, "drop"))
			usage_error("--full '%s': want fallback or drop", arg);
		r->how.policy.fallback = *arg == 'f';
		return 0;
	case KEY_USES:
		r->how.policy.uses = option_count("--uses", arg, 1,
						  PAGE_NUMA_USES_MAX);
		return 0;
	case KEY_TOUCHED:
		r->touched = arg;
		return 0;
	case KEY_SHARED:
		r->load.shared = option_share("--shared", arg, 99);
		return 0;
	case KEY_SWEEP:
		r->load.sweep_ns = time_of("--sweep", arg);
		return 0;
	case KEY_DELAY:
		r->how.delay_ns = time_of("--delay", arg);
		return 0;
	case KEY_RATE:
		r->rate = arg;
		return 0;
	case KEY_SEED:
		r->load.seed = option_count("--seed", arg, 0, 4294967295U);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Pages follow those who use them: on each node runs a process whose pages lie on all nodes, Linux's NUMA balancing finds out, and a daemon on each node moves them in batches. How long until they are where they are used, how often is the pool of pages that wait full, and how large should it be? History, pool and queues are the kernel's own code; the rest is virtual time.\n\n"
	       "  memmap numa --machine server-8s-16t\n"
	       "  memmap numa --machine glueless-8n-1t --full drop --pool 0,64,16384\n"
	       "  memmap numa --machine server-2s-192c --touched 8G --sweep 100ms\n"
	       "\v"
	       "The first row is today's Linux: each fault moves its page, alone, and waits for it. --mem sets the memory of the machine, from which the square root is taken, not what the processes use.\n\n"
	       "Next: doc/page_numa.md says what the words mean and what is not modelled.",
};

/**
 * struct numa_run - one pool after the other
 * @machine: of which machine
 * @load: what runs
 * @how: each way
 * @result: of each
 * @why: what is special about the size of each, for tables
 * @nr: how many
 */
struct numa_run {
	const struct machine *machine;
	struct settle_load load;
	struct settle_pool how[MAX_POOLS];
	struct settle_result result[MAX_POOLS];
	const char *why[MAX_POOLS];
	unsigned int nr;
};

static void add_pool(struct numa_run *run, const struct numa_request *r,
		     unsigned int entries, const char *why)
{
	if (run->nr == MAX_POOLS)
		usage_error("--pool: want %u sizes at most", MAX_POOLS);
	run->how[run->nr] = r->how;
	run->how[run->nr].entries = entries;
	run->why[run->nr++] = why;
}

/* What a pool of this size is, if it is anything in particular. */
static const char *why_of(unsigned long entries, unsigned long root,
			  unsigned long all)
{
	if (!entries)
		return "no pool: today's Linux";
	if (entries == root)
		return "square root of all pages";
	return entries >= all ? "all pages in use" : NULL;
}

static void choose_pools(struct numa_run *run, struct numa_request *r)
{
	const struct topology *topology = run->machine->topology;
	unsigned long root = page_numa_entries(topology_pages(topology));
	unsigned long all = settle_processes(topology) *
			    (run->load.bytes >> topology->page_shift);
	/* Beyond a page in use each, and what a kernel takes at most. */
	unsigned long most = max(all, PAGE_NUMA_MAX_ENTRIES + 0UL);
	unsigned long entries, before;
	char *text, *save = NULL;

	if (r->pools) {
		for (text = strtok_r(r->pools, ",", &save); text;
		     text = strtok_r(NULL, ",", &save)) {
			if (!parse_count(text, 0, most, &entries))
				usage_error(
					"--pool '%s': want numbers of entries with commas between, such as 64,4096; at most %lu here",
					text, most);
			add_pool(run, r, entries, why_of(entries, root, all));
		}
		if (!run->nr)
			usage_error(
				"--pool: an empty list; want numbers with commas between");
		return;
	}
	add_pool(run, r, 0, why_of(0, root, all));
	for (before = 0, entries = 64; before < all; entries *= 4) {
		if (before < root && root < entries)
			add_pool(run, r, root, why_of(root, root, all));
		before = min(entries, all);
		add_pool(run, r, before, why_of(before, root, all));
	}
	if (root > before)
		add_pool(run, r, root, why_of(root, root, all));
}

static unsigned long node_bytes_least(const struct topology *topology)
{
	unsigned long least = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++)
		if (topology->nodes[i].nr_cpus &&
		    topology_node_bytes(topology, i))
			least = min(least, topology_node_bytes(topology, i));
	return least;
}

static unsigned int nodes_with_memory(const struct topology *topology)
{
	unsigned int i, nr = 0;

	for (i = 0; i < topology->nr_nodes; i++)
		nr += topology_node_pages(&topology->nodes[i]) > 0;
	return nr;
}

static void choose_load(struct numa_run *run, const struct numa_request *r)
{
	const struct topology *topology = run->machine->topology;
	unsigned int nr = settle_processes(topology);
	unsigned long most, page = 1UL << topology->page_shift;
	char most_text[UNITS_TEXT];

	if (!nr || nodes_with_memory(topology) < 2)
		usage_error(
			"numa: machine '%s': nodes with memory: %u, with CPUs as well: %u; want two and one, for here a kernel has nothing to move and allocates nothing; 'memmap machine list' shows others",
			topology->name, nodes_with_memory(topology), nr);
	run->load = r->load;
	most = min(node_bytes_least(topology) / 2, MAX_TOTAL / nr);
	run->load.bytes = min(min(DEFAULT_BYTES, DEFAULT_TOTAL / nr), most);
	if (r->touched &&
	    (!parse_bytes(r->touched, &run->load.bytes) ||
	     run->load.bytes < MIN_BYTES || run->load.bytes > most))
		usage_error(
			"--touched '%s': want a size from 1M to %s: half the memory of the smallest node, and 256G in all",
			r->touched, format_bytes(most_text, most));
	run->load.bytes -= run->load.bytes % page;
}

static void run_one(void *arg, unsigned int i)
{
	struct numa_run *run = arg;

	settle_run(run->machine->topology, &run->machine->costs, &run->load,
		   &run->how[i], &run->result[i]);
}

static void show_row(struct table *table, const struct numa_run *run,
		     unsigned int i)
{
	const struct settle_result *r = &run->result[i];
	const struct page_numa_counts *c = &r->counts;
	unsigned long asked = c->queued + c->full;
	unsigned long moved = c->migrated + r->fault_moved;
	unsigned int j;

	table_put_count(table, run->how[i].entries);
	if (run->why[i])
		table_put_text(table, run->why[i]);
	else
		table_put_none(table);
	for (j = 0; j < SETTLE_NR_SHARES; j++)
		table_put_number(table, r->ns[j]);
	table_put_number(table, asked ? 100.0 * c->full / asked : 0);
	table_put_number(table, moved ? 100.0 * c->migrated / moved : 0);
	table_put_number(table, r->flushes ? (double)moved / r->flushes : NAN);
	table_put_number(table, r->fault_ns);
	table_put_number(table, r->daemon_ns);
	table_put_count(table, r->faults);
	table_put_count(table, r->fault_moved);
	table_put_count(table, c->queued);
	table_put_count(table, c->migrated);
	table_put_count(table, c->stale);
	table_put_count(table, c->dropped);
	table_put_count(table, c->waiting + c->taken);
	table_put_count(table, c->full);
	table_put_count(table, r->flushes);
	table_end_row(table);
}

static void show_pools(struct report *report, const struct numa_run *run,
		       const bool *done)
{
	static const struct table_column columns[] = {
		{ "entries", "pool", TABLE_COUNT },
		{ "which", "which is", TABLE_WORDS, .none = "" },
		{ "settled_50_ns", "50 % at home", TABLE_NS },
		{ "settled_90_ns", "90 %", TABLE_NS },
		{ "settled_99_ns", "99 %", TABLE_NS, .none = "never" },
		{ "full_pct", "full", TABLE_PERCENT, 1 },
		{ "daemon_moved_pct", "by daemons", TABLE_PERCENT, 1 },
		{ "pages_a_flush", "pages a flush", TABLE_NUMBER, 1 },
		{ "fault_ns", "in faults", TABLE_NS },
		{ "daemon_ns", "in daemons", TABLE_NS, .optional = true },
		{ "faults", NULL, TABLE_COUNT },
		{ "fault_moved", NULL, TABLE_COUNT },
		{ "queued", NULL, TABLE_COUNT },
		{ "migrated", NULL, TABLE_COUNT },
		{ "stale", NULL, TABLE_COUNT },
		{ "dropped", NULL, TABLE_COUNT },
		{ "waiting", NULL, TABLE_COUNT },
		{ "full", NULL, TABLE_COUNT },
		{ "flushes", NULL, TABLE_COUNT },
	};
	struct table *table = report_table(report, "pools", NULL, columns,
					   ARRAY_SIZE(columns));
	unsigned int i;

	for (i = 0; i < run->nr; i++)
		if (done[i])
			show_row(table, run, i);
}

/* The same for every pool; 0: none has been tried. */
static unsigned long misplaced(const struct numa_run *run, const bool *done)
{
	unsigned int i;

	for (i = 0; i < run->nr; i++)
		if (done[i])
			return run->result[i].misplaced;
	return 0;
}

static int print(struct options *o, const struct numa_request *r,
		 const struct numa_run *run, const bool *done)
{
	const struct topology *topology = run->machine->topology;
	struct report *report = report_new(o, "extrapolated");
	char bytes[UNITS_TEXT], sweep[UNITS_TEXT], delay[UNITS_TEXT];
	int status;

	report_head_machine(report, topology,
			    "all figures are extrapolated, in virtual time");
	report_head(
		report,
		"%u processes of %s, %g %% of it used by all, touched once in %s; pages move at use %u from the same node",
		settle_processes(topology),
		format_bytes(bytes, run->load.bytes), 100 * run->load.shared,
		format_ns(sweep, run->load.sweep_ns), r->how.policy.uses);
	report_head(report,
		    "a full pool: %s; daemons wake after a batch, or %s",
		    r->how.policy.fallback ? "the fault moves its page" :
					     "the page stays",
		    format_ns(delay, r->how.delay_ns));
	report_machine(report, topology, run->machine->notes);
	report_json(report, "full",
		    json_string(r->how.policy.fallback ? "fallback" : "drop"));
	report_json(report, "uses", json_integer(r->how.policy.uses));
	report_json(report, "processes",
		    json_integer(settle_processes(topology)));
	report_json(report, "touched_bytes", json_integer(run->load.bytes));
	report_json(report, "shared_pct", json_real(100 * run->load.shared));
	report_json(report, "sweep_ns", json_real(run->load.sweep_ns));
	report_json(report, "delay_ns", json_real(r->how.delay_ns));
	report_json(report, "rate_pages",
		    json_integer(r->how.policy.rate_pages));
	report_json(report, "seed", json_integer(run->load.seed));
	report_json(report, "misplaced_pages",
		    json_integer(misplaced(run, done)));
	show_pools(report, run, done);
	report_note(
		report,
		"in faults, in daemons: time of all CPUs together until 99 %% are at home");
	report_next(report,
		    "memmap numa ... --sweep 10ms    a load that comes in bursts");
	report_next(report,
		    "memmap numa ... --full %s    the other answer to a full pool",
		    r->how.policy.fallback ? "drop" : "fallback");
	status = report_print(report, o);
	report_free(report);
	return status;
}

int verb_numa(int argc, char **argv)
{
	struct numa_request r = {
		.load = { .shared = 0.05, .sweep_ns = 1e9, .seed = 1 },
		.how = { .policy = { .uses = 2, .fallback = true },
			 .delay_ns = 10e6 },
	};
	struct numa_run *run = xcalloc(1, sizeof(*run));
	struct options o = { 0 };
	struct machine machine;
	unsigned long rate;
	bool done[MAX_POOLS] = { 0 };
	int status;

	options_parse(&o, OPTION_MACHINE | OPTION_MEM | OPTIONS_TABLE, &argp,
		      &r, argc, argv);
	options_machine(&o, &machine);
	run->machine = &machine;
	if (r.rate) {
		r.how.policy.rate_pages =
			parse_bytes(r.rate, &rate) ?
				rate >> machine.topology->page_shift :
				0;
		if (!r.how.policy.rate_pages)
			usage_error(
				"--rate '%s': want a size of a page or more, such as 256M",
				r.rate);
	}
	choose_load(run, &r);
	choose_pools(run, &r);
	parallel_for("pools", run->nr, run_one, run, done);
	status = print(&o, &r, run, done);
	free(run);
	machine_free(&machine);
	options_free(&o);
	return status;
}
