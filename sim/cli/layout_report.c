// SPDX-License-Identifier: GPL-2.0-only
/* What memmap layout prints of a commit. */
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/layout.h"

/**
 * layout_snapshot - the nodes as they are now
 * @t: the machine
 * @topology: its nodes
 * @wanted: where its memory should be
 *
 * Return: the snapshot, for layout_snapshot_free().
 */
struct layout_snapshot layout_snapshot(const struct transplant *t,
				       const struct topology *topology,
				       const struct memlayout *wanted)
{
	struct layout_snapshot s = {
		.account = xcalloc(topology->nr_nodes, sizeof(*s.account)),
		.straggler = transplant_stragglers(t, wanted),
	};
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++)
		s.account[i] = transplant_node(t, i);
	return s;
}

/**
 * layout_snapshot_free - give a snapshot back
 * @s: the snapshot
 */
void layout_snapshot_free(struct layout_snapshot *s)
{
	free(s->account);
	free(s->straggler);
}

static void put_node(struct table *table, const struct layout_snapshot *s,
		     unsigned int node, unsigned int shift)
{
	table_put_count(table, s->account[node].managed << shift);
	table_put_count(table, s->account[node].free << shift);
	table_put_count(table, s->straggler[node] << shift);
}

static void show_nodes(struct report *report, const struct topology *topology,
		       const struct layout_snapshot *before,
		       const struct layout_snapshot *after)
{
	static const struct table_column columns[] = {
		{ "node", "node", TABLE_COUNT },
		{ "before.size_bytes", "before: size", TABLE_BYTES },
		{ "before.free_bytes", "free", TABLE_BYTES },
		{ "before.stragglers_bytes", "stragglers", TABLE_BYTES },
		{ "after.size_bytes", "after: size", TABLE_BYTES },
		{ "after.free_bytes", "free", TABLE_BYTES },
		{ "after.stragglers_bytes", "stragglers", TABLE_BYTES },
	};
	struct table *table = report_table(report, "nodes", NULL, columns,
					   ARRAY_SIZE(columns));
	unsigned int i;

	for (i = 0; i < topology->nr_nodes; i++) {
		table_put_count(table, topology->nodes[i].id);
		put_node(table, before, i, topology->page_shift);
		put_node(table, after, i, topology->page_shift);
		table_end_row(table);
	}
}

static void show_ways(struct report *report,
		      const struct transplant_result *result,
		      unsigned int shift)
{
	static const struct table_column columns[] = {
		{ "way", "way", TABLE_WORDS },
		{ "planned_bytes", "planned", TABLE_BYTES },
		{ "moved_bytes", "moved", TABLE_BYTES },
		{ "tries", "tries", TABLE_COUNT },
		{ "memmap_written_bytes", "memmap written", TABLE_BYTES },
		{ "ns", "time", TABLE_NS },
	};
	struct table *table =
		report_table(report, "ways",
			     "How memory moves, cheapest way first:", columns,
			     ARRAY_SIZE(columns));
	unsigned int i;

	for (i = 0; i < DNUMA_NR_WAYS; i++) {
		const struct transplant_way *way = &result->way[i];

		table_put_text(table, dnuma_way_names[i]);
		table_put_count(table, way->planned_pages << shift);
		table_put_count(table, way->moved_pages << shift);
		table_put_count(table, way->nr_tries);
		table_put_count(table, way->memmap_bytes);
		table_put_number(table, way->ns);
		table_end_row(table);
	}
}

static int by_kind(const void *a, const void *b)
{
	const struct dnuma_left *x = a, *y = b;

	if (x->from != y->from)
		return x->from - y->from;
	if (x->to != y->to)
		return x->to - y->to;
	if (x->why != y->why)
		return (int)x->why - (int)y->why;
	return x->start_pfn < y->start_pfn ? -1 : 1;
}

/* One row for all that stays on a node, instead of another, for one reason. */
static void show_left(struct report *report, const struct dnuma_plan *plan,
		      const struct dnuma_shape *shape)
{
	static const struct table_column columns[] = {
		{ "from", "on node", TABLE_COUNT },
		{ "to", "not on", TABLE_COUNT },
		{ "why", "why", TABLE_WORDS },
		{ "bytes", "memory", TABLE_BYTES },
		{ "ranges", "ranges", TABLE_COUNT, .optional = true },
		{ "first", "the first", TABLE_WORDS, .optional = true },
	};
	struct table *table = report_table(report, "left",
					   "What did not move:", columns,
					   ARRAY_SIZE(columns));
	unsigned int i, nr = plan->left.nr, next;
	struct dnuma_left *left;
	char line[DNUMA_LINE];

	if (!nr)
		return;
	left = xcalloc(nr, sizeof(*left));
	memcpy(left, plan->left.entry, nr * sizeof(*left));
	qsort(left, nr, sizeof(*left), by_kind);
	for (i = 0; i < nr; i = next) {
		unsigned long pages = 0;

		for (next = i; next < nr && left[next].from == left[i].from &&
			       left[next].to == left[i].to &&
			       left[next].why == left[i].why;
		     next++)
			pages += left[next].end_pfn - left[next].start_pfn;
		dnuma_left_line(shape, &left[i], line);
		*strchr(line, ' ') = '\0';
		table_put_count(table, left[i].from);
		table_put_count(table, left[i].to);
		table_put_text(table, dnuma_why_names[left[i].why]);
		table_put_count(table, pages << shape->page_shift);
		table_put_count(table, next - i);
		table_put_text(table, line);
		table_end_row(table);
	}
	free(left);
}

static void head(struct report *report, const struct layout_request *r,
		 const struct machine *machine,
		 const struct transplant_result *result)
{
	char time[UNITS_TEXT], moved[UNITS_TEXT], migrated[UNITS_TEXT];
	unsigned int shift = machine->topology->page_shift, i;
	unsigned long pages = 0;

	for (i = 0; i < DNUMA_NR_WAYS; i++)
		pages += result->way[i].moved_pages;
	report_head_machine(report, machine->topology,
			    "all figures are extrapolated, in virtual time");
	if (r->blocks)
		report_head(report, "what is in each block: as %s says",
			    r->blocks);
	else
		report_head(
			report,
			"%g %% of memory in use, %g %% unmovable, %g %% of the used blocks pinned, seed %u; what was never used is %s",
			100 * r->load.used, 100 * r->load.unmovable,
			100 * r->load.pinned, r->load.seed,
			r->load.lazy ? "pristine" : "initialised");
	report_head(
		report,
		"the commit takes %s, %u plan%s: %s moved, contents of %s migrated",
		format_ns(time, result->ns), result->nr_plans,
		result->nr_plans == 1 ? "" : "s",
		format_bytes(moved, (double)(pages << shift)),
		format_bytes(migrated,
			     (double)(result->migrated_pages << shift)));
}

/* What was drawn. */
static void put_load(struct report *report, const struct transplant_load *load)
{
	report_json(report, "used_pct", json_real(100 * load->used));
	report_json(report, "unmovable_pct", json_real(100 * load->unmovable));
	report_json(report, "pinned_pct", json_real(100 * load->pinned));
	report_json(report, "seed", json_integer(load->seed));
	report_json(report, "pristine", json_boolean(load->lazy));
}

/**
 * layout_print - print a commit
 * @o: where and how
 * @r: what was asked
 * @machine: of which machine
 * @t: the same, in virtual time
 * @result: what the commit did
 * @before: the nodes before it
 * @after: and behind it
 *
 * Return: the exit status.
 */
int layout_print(struct options *o, const struct layout_request *r,
		 const struct machine *machine, const struct transplant *t,
		 const struct transplant_result *result,
		 const struct layout_snapshot *before,
		 const struct layout_snapshot *after)
{
	const struct topology *topology = machine->topology;
	struct report *report = report_new(o, "extrapolated");
	int status;

	head(report, r, machine, result);
	report_machine(report, topology, machine->notes);
	if (!r->blocks)
		put_load(report, &r->load);
	report_json(report, "commit_ns", json_real(result->ns));
	report_json(report, "drain_ns", json_real(result->drain_ns));
	report_json(report, "plans", json_integer(result->nr_plans));
	report_json(report, "migrated_bytes",
		    json_integer(result->migrated_pages
				 << topology->page_shift));
	show_nodes(report, topology, before, after);
	show_ways(report, result, topology->page_shift);
	show_left(report, &result->left, transplant_shape(t));
	report_next(report, "memmap layout ... --plan FILE    each step");
	report_next(
		report,
		"memmap layout ... --used 60 --cmdline memmap_init=%s    on a machine that is fuller, and initialised",
		strategy_of(STRATEGY_WAITS)->name);
	status = report_print(report, o);
	report_free(report);
	return status;
}
