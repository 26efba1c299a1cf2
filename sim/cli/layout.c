// SPDX-License-Identifier: GPL-2.0-only
/* memmap layout: memory changes its node, in virtual time. */
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/layout.h"
#include "cli/verbs.h"
#include "machine/machine.h"

enum {
	KEY_STRIPE = 0x200,
	KEY_PUSH,
	KEY_USED,
	KEY_UNMOVABLE,
	KEY_PINNED,
	KEY_SEED,
	KEY_WINDOW,
	KEY_HOLD,
	KEY_PLAN,
	KEY_BLOCKS,
};

static const struct argp_option argp_options[] = {
	{ "stripe", KEY_STRIPE, "SIZE", 0,
	  "instead of LAYOUT: all memory in stripes of this size, over all nodes in turn",
	  0 },
	{ "push", KEY_PUSH, "N", 0,
	  "instead of LAYOUT: all memory to node N, which may have none yet",
	  0 },
	{ "used", KEY_USED, "PCT", 0,
	  "share of each node's memory in use that can be migrated; default 25",
	  0 },
	{ "unmovable", KEY_UNMOVABLE, "PCT", 0,
	  "share in blocks with a page that cannot: slab, page tables; default 1",
	  0 },
	{ "pinned", KEY_PINNED, "PCT", 0,
	  "share of the used blocks that look movable and are not; default 0.1",
	  0 },
	{ "seed", KEY_SEED, "N", 0, "where all that lies; default 1", 0 },
	{ "window", KEY_WINDOW, "SIZE", 0,
	  "most memory that is grabbed or emptied at a time; default 32 blocks, 128M where pages have 4 KiB",
	  0 },
	{ "hold", KEY_HOLD, "SIZE", 0,
	  "take up to so much unmovable memory out of use, to move when its last page is freed; default 0",
	  0 },
	{ "blocks", KEY_BLOCKS, "FILE", 0,
	  "instead of --used and the others: what is in each block, from /sys/kernel/debug/dnuma/blocks of the machine",
	  0 },
	{ "plan", KEY_PLAN, "FILE", 0,
	  "write the first plan there, a line a step, as the kernel has it", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct layout_request *r = state->input;

	switch (key) {
	case KEY_STRIPE:
		r->stripe = arg;
		return 0;
	case KEY_PUSH:
		r->push = arg;
		return 0;
	case KEY_USED:
		r->drawn = "--used";
		r->load.used = option_share("--used", arg, 100);
		return 0;
	case KEY_UNMOVABLE:
		r->drawn = "--unmovable";
		r->load.unmovable = option_share("--unmovable", arg, 100);
		return 0;
	case KEY_PINNED:
		r->drawn = "--pinned";
		r->load.pinned = option_share("--pinned", arg, 100);
		return 0;
	case KEY_SEED:
		r->drawn = "--seed";
		r->load.seed = option_count("--seed", arg, 0, 4294967295U);
		return 0;
	case KEY_WINDOW:
		r->window = arg;
		return 0;
	case KEY_HOLD:
		r->hold = arg;
		return 0;
	case KEY_PLAN:
		r->plan = arg;
		return 0;
	case KEY_BLOCKS:
		r->blocks = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (r->file)
			usage_error("one layout at a time; '%s' is the second",
				    arg);
		r->file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[LAYOUT]",
	.doc = "Dynamic NUMA: say on which node which memory is to be, and see what a kernel would do: what moves and how, what does not and why, and how long it takes. Layouts, plans and the ledger are the kernel's own code; the rest is virtual time. Without LAYOUT: print the machine's own, to be edited.\n\n"
	       "  memmap layout --machine server-16s-32t >my.layout; $EDITOR my.layout\n"
	       "  memmap layout my.layout --machine server-16s-32t\n"
	       "  memmap layout --stripe 1G --machine server-16s-32t --used 60\n"
	       "  memmap layout --push 0 --cmdline memmap_init=@waits@\n"
	       "\v"
	       "LAYOUT has lines START-END NODE in order of addresses, such as \"4G-6G 1\"; END is the first byte behind the range, addresses are multiples of a block (4M where pages have 4 KiB), # begins a comment, - is standard input. Memory that no line names stays where it is.\n\n"
	       "--cmdline says how the machine has booted. After memmap_init=@lazy@, the default, memory that was never used is pristine and moves without a struct page being written; otherwise all is initialised. Each node has its struct pages at the end of its memory, the boot CPU's node a kernel at the beginning: they cannot move.\n\n"
	       "Next: 'memmap layout ... --plan FILE' writes each step; doc/dnuma.md says what the words mean.",
};

/* A size that is a number of blocks, in pages. */
static unsigned long block_pages(const char *option, const char *text,
				 const struct topology *topology, bool may_be_0)
{
	unsigned long block = (unsigned long)DNUMA_BLOCK_PAGES
			      << topology->page_shift;
	char block_text[UNITS_TEXT];
	unsigned long bytes = 0;
	bool zero = !strcmp(text, "0");

	if ((may_be_0 && zero) ||
	    (parse_bytes(text, &bytes) && bytes && !(bytes % block)))
		return bytes >> topology->page_shift;
	usage_error("%s '%s': want a multiple of a block, %s%s", option, text,
		    format_bytes(block_text, block), may_be_0 ? ", or 0" : "");
}

/* Turn what the core says of a text into what the command says. */
static void fail_layout(const char *file, const struct memlayout_error *error)
{
	struct error out = { 0 };

	error_set(&out, file, error->line, *error->value ? error->value : NULL,
		  "%s", error->text);
	fail(&out);
}

static struct memlayout *there(struct memlayout *layout)
{
	if (!layout)
		die_of_memory();
	return layout;
}

static struct memlayout *read_layout(const char *file,
				     const struct dnuma_shape *shape)
{
	struct memlayout_error bad;
	struct memlayout *layout;
	struct error error = { 0 };
	size_t bytes;
	char *text = file_read(file, &bytes, &error);

	if (!text)
		fail(&error);
	layout = memlayout_parse(shape, text, bytes, &bad);
	if (!layout)
		fail_layout(strcmp(file, "-") ? file : "standard input", &bad);
	free(text);
	return layout;
}

/* What a kernel says of its blocks, in place of what is drawn. */
static void read_blocks(const struct layout_request *r, struct transplant *t)
{
	struct memlayout_error bad;
	struct error error = { 0 };
	size_t bytes;
	char *text;

	if (r->drawn)
		usage_error(
			"layout: want one of --blocks and %s: the blocks say what is used",
			r->drawn);
	text = file_read(r->blocks, &bytes, &error);
	if (!text)
		fail(&error);
	if (transplant_see(t, text, bytes, &bad))
		fail_layout(strcmp(r->blocks, "-") ? r->blocks :
						     "standard input",
			    &bad);
	free(text);
}

/* All memory in stripes over the nodes in turn, or to one of them. */
static struct memlayout *stripe(const struct dnuma_shape *shape,
				const int *node, unsigned int nr_nodes,
				unsigned long pages)
{
	const struct memlayout *memory = shape->memory;
	unsigned long end = memory->range[memory->nr - 1].end_pfn, pfn;
	struct memlayout *layout = there(memlayout_alloc(end / pages + 1));

	for (pfn = 0; pfn < end; pfn += pages)
		memlayout_append(layout, pfn, pfn + pages,
				 node[pfn / pages % nr_nodes]);
	return layout;
}

static struct memlayout *push(const struct dnuma_shape *shape, const char *text)
{
	unsigned long nid;
	unsigned int i;

	if (parse_count(text, 0, MACHINE_MAX_NODES - 1, &nid))
		for (i = 0; i < shape->nr_nodes; i++)
			if (shape->node[i] == (int)nid)
				return stripe(shape, &shape->node[i], 1,
					      DNUMA_BLOCK_PAGES);
	usage_error(
		"--push '%s': no node of this machine; 'memmap layout' without a layout shows them",
		text);
}

static struct memlayout *changes_of(const struct layout_request *r,
				    const struct dnuma_shape *shape,
				    const struct topology *topology)
{
	if (!!r->file + !!r->stripe + !!r->push > 1)
		usage_error(
			"layout: want one of LAYOUT, --stripe and --push; '%s' is there as well",
			r->stripe && (r->file || r->push) ? "--stripe" :
							    "--push");
	if (r->file)
		return read_layout(r->file, shape);
	if (r->push)
		return push(shape, r->push);
	return stripe(shape, shape->node, shape->nr_nodes,
		      block_pages("--stripe", r->stripe, topology, false));
}

/* The machine's own layout, in a form that is read again. */
static int print_own(struct options *o, const struct machine *machine,
		     const struct transplant *t)
{
	static const struct table_column columns[] = {
		{ "start_bytes", "from", TABLE_COUNT },
		{ "end_bytes", "to", TABLE_COUNT },
		{ "node", "node", TABLE_COUNT },
	};
	const struct memlayout *layout = transplant_layout(t);
	unsigned int shift = machine->topology->page_shift, i;
	FILE *out = output_stream(&o->output);
	char line[DNUMA_LINE];
	struct report *report;
	struct table *table;
	int status;

	if (o->format == TABLE_TEXT) {
		fprintf(out,
			"# START-END NODE, END is the first byte behind\n");
		for (i = 0; i < layout->nr; i++)
			fprintf(out, "%s\n",
				memlayout_line(transplant_shape(t),
					       &layout->range[i], line));
		return commit(&o->output);
	}
	report = report_new(o, NULL);
	report_machine(report, machine->topology, machine->notes);
	table = report_table(report, "layout", NULL, columns,
			     ARRAY_SIZE(columns));
	for (i = 0; i < layout->nr; i++) {
		table_put_count(table, layout->range[i].start_pfn << shift);
		table_put_count(table, layout->range[i].end_pfn << shift);
		table_put_count(table, layout->range[i].nid);
		table_end_row(table);
	}
	status = report_print(report, o);
	report_free(report);
	return status;
}

/* The plan that a kernel would make, before anything moves. */
static int write_plan(struct output *output, struct transplant *t,
		      const struct memlayout *wanted,
		      const struct dnuma_policy *policy)
{
	FILE *out = output_stream(output);
	struct dnuma_plan plan;
	char line[DNUMA_LINE];
	unsigned int i;

	if (dnuma_plan_make(&plan, transplant_layout(t), wanted, policy,
			    transplant_look, t))
		die_of_memory();
	for (i = 0; i < plan.steps.nr; i++)
		fprintf(out, "%s\n",
			dnuma_step_line(transplant_shape(t),
					dnuma_plan_step(&plan, i), line));
	for (i = 0; i < plan.left.nr; i++)
		fprintf(out, "%s\n",
			dnuma_left_line(transplant_shape(t),
					dnuma_plan_left(&plan, i), line));
	dnuma_plan_free(&plan);
	return commit(output);
}

static int run(struct options *o, const struct layout_request *r,
	       const struct machine *machine, struct transplant *t)
{
	const struct topology *topology = machine->topology;
	struct dnuma_policy policy = { DNUMA_WINDOW_PAGES, 0 };
	struct output plan;
	struct memlayout *changes, *wanted;
	struct layout_snapshot before, after;
	struct transplant_result result;
	int status = EXIT_SUCCESS;

	if (r->window)
		policy.window_pages = block_pages("--window", r->window,
						  topology, false);
	if (r->hold)
		policy.hold_pages = block_pages("--hold", r->hold, topology,
						true);
	plan = option_output("--plan", r->plan);
	if (r->plan && output_same(&plan, &o->output))
		usage_error(
			"--plan %s: the table goes there as well; give one of them another file",
			r->plan);
	changes = changes_of(r, transplant_shape(t), topology);
	wanted = there(memlayout_complete(transplant_layout(t), changes));
	if (r->plan)
		status = write_plan(&plan, t, wanted, &policy);
	output_free(&plan);
	before = layout_snapshot(t, topology, wanted);
	transplant_commit(t, wanted, &policy, &result);
	after = layout_snapshot(t, topology, wanted);
	if (layout_print(o, r, machine, t, &result, &before, &after))
		status = EXIT_FAILURE;
	dnuma_plan_free(&result.left);
	layout_snapshot_free(&before);
	layout_snapshot_free(&after);
	memlayout_free(wanted);
	memlayout_free(changes);
	return status;
}

int verb_layout(int argc, char **argv)
{
	struct layout_request r = { .load = { 0.25, 0.01, 0.001, true, 1 } };
	struct options o = { 0 };
	struct machine machine;
	struct transplant *t;
	int status;

	options_parse(&o,
		      OPTION_MACHINE | OPTION_MEM | OPTION_CMDLINE |
			      OPTIONS_TABLE,
		      &argp, &r, argc, argv);
	if (o.nr_choices > 1)
		usage_error("layout: want one --cmdline: a machine boots once");
	if (o.nr_choices)
		r.load.lazy = strategy_is(o.choice[0].param.strategy,
					  STRATEGY_LAZY);
	options_machine(&o, &machine);
	t = transplant_new(machine.topology, &machine.costs, &r.load);
	if (r.blocks)
		read_blocks(&r, t);
	status = r.file || r.stripe || r.push ? run(&o, &r, &machine, t) :
						print_own(&o, &machine, t);
	transplant_free(t);
	machine_free(&machine);
	options_free(&o);
	return status;
}
