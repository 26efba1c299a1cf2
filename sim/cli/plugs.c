// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include "base/units.h"
#include "cli/plugs.h"

static const struct table_column columns[] = {
	{ "strategy", "strategy", TABLE_WORDS },
	{ "cmdline", NULL, TABLE_WORDS },
	{ "node", "node", TABLE_COUNT },
	{ "bytes", "hot-added", TABLE_BYTES },
	{ "at_ns", "at", TABLE_NS },
	{ "online_ns", "online after", TABLE_NS },
	{ "online_low_ns", NULL, TABLE_NS },
	{ "online_high_ns", NULL, TABLE_NS },
	{ NULL, "band", TABLE_WORDS, .optional = true, .seldom = true },
	{ "spread_pct", "spread", TABLE_PERCENT, 1, .seldom = true },
	{ NULL, "mainline", TABLE_FACTOR, 2, .optional = true },
	{ "ready_ns", "ready after", TABLE_NS, .none = "never" },
	{ "ready_low_ns", NULL, TABLE_NS },
	{ "ready_high_ns", NULL, TABLE_NS },
	{ "binds", NULL, TABLE_WORDS },
	{ "label", "rests on", TABLE_WORDS, .optional = true },
};

/**
 * plugs_table - a table of hot-added memory
 * @report: the report
 *
 * Return: the table; without a row nothing is printed in text.
 */
struct table *plugs_table(struct report *report)
{
	return report_table(report, "hot_added", "Hot-added memory:", columns,
			    ARRAY_SIZE(columns));
}

static void put_ends(struct table *table, double ns, const struct band *band)
{
	table_put_number(table, band ? ns * band->low : NAN);
	table_put_number(table, band ? ns * band->high : NAN);
}

/**
 * plugs_add - a row
 * @table: from plugs_table()
 * @topology: the machine
 * @row: the row
 */
void plugs_add(struct table *table, const struct topology *topology,
	       const struct plug_row *row)
{
	const struct topology_plug *plug = row->plug;

	table_put_text(table, row->choice->param.strategy->name);
	table_put_text(table, row->choice->text);
	table_put_count(table, topology->nodes[plug->node].id);
	table_put_count(table, (plug->range.end_pfn - plug->range.start_pfn)
				       << topology->page_shift);
	table_put_number(table, plug->at_ns);
	table_put_number(table, row->online_ns);
	put_ends(table, row->online_ns, row->online);
	if (row->online)
		report_put_band(table, row->online->low, row->online->high);
	else
		table_put_none(table);
	table_put_number(table, row->spread_pct);
	table_put_number(table, row->mainline_ns / row->online_ns);
	table_put_number(table, row->ready_ns);
	put_ends(table, row->ready_ns, row->ready);
	table_put_text(table, row->binds);
	table_put_text(table, row->label);
	table_end_row(table);
}

/**
 * plugs_notes - what to know of the columns
 * @report: the report
 * @topology: the machine
 */
void plugs_notes(struct report *report, const struct topology *topology)
{
	char memmap[UNITS_TEXT];

	if (!topology->nr_plugs)
		return;
	report_note(
		report,
		"Hot-added: online after and ready after count from its arrival, or from when boot goes on; ready: all of its struct pages are written. Its memmap takes %s of the memory that is there before.",
		format_bytes(memmap, (double)topology_plug_pages(topology) *
					     TOPOLOGY_DESCRIPTOR_BYTES));
}
