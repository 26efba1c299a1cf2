// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "base/die.h"
#include "base/units.h"
#include "cli/results.h"

/* Of the fastest plain fill; what rounding makes is nothing to speak of. */
#define OVER_THE_ROOF 1.005

static const struct table_column columns[] = {
	{ "machine", NULL, TABLE_WORDS, .not_in = 1 << TABLE_JSON },
	{ "label", NULL, TABLE_WORDS },
	{ "strategy", "strategy", TABLE_WORDS },
	{ "cmdline", NULL, TABLE_WORDS },
	{ "threads", "CPUs", TABLE_COUNT },
	{ "early_ns", NULL, TABLE_NS },
	{ "boot_wait_ns", "boot waits", TABLE_NS },
	{ "complete_ns", "complete", TABLE_NS, .none = "never" },
	{ "load_done_ns", "load done", TABLE_NS, .seldom = true },
	{ "boot_wait_low_ns", NULL, TABLE_NS },
	{ "boot_wait_high_ns", NULL, TABLE_NS },
	{ "complete_low_ns", NULL, TABLE_NS },
	{ "complete_high_ns", NULL, TABLE_NS },
	{ NULL, "band", TABLE_WORDS, .optional = true, .seldom = true },
	{ "ns_per_page", "ns/page", TABLE_NUMBER, 2 },
	{ "spread_pct", "spread", TABLE_PERCENT, 1, .seldom = true },
	{ "boot_wait_spread_pct", NULL, TABLE_PERCENT, 1 },
	{ "noisy", "", TABLE_BOOL, .yes = "NOISY", .no = "", .seldom = true },
	{ "bytes_per_s", NULL, TABLE_BYTES_PER_S },
	{ NULL, "GB/s", TABLE_NUMBER, 2, .optional = true },
	{ NULL, "roofline", TABLE_PERCENT },
	{ "roofline_bytes_per_s", NULL, TABLE_NUMBER },
	{ NULL, "mainline", TABLE_FACTOR, 2, .optional = true },
	{ "mainline_ns_per_page", NULL, TABLE_NUMBER },
	{ "pages_total", NULL, TABLE_COUNT },
	{ "pages_initialised", "initialised", TABLE_COUNT, .optional = true },
	{ "memory_touched_bytes", "touched", TABLE_BYTES, .optional = true },
	{ "store", "store", TABLE_WORDS, .optional = true },
	{ "verified", "ok", TABLE_BOOL, .yes = "yes", .no = "NO",
	  .seldom = true },
	{ "binds", NULL, TABLE_WORDS },
	{ "unstable", NULL, TABLE_WORDS },
	{ NULL, "rests on", TABLE_WORDS, .optional = true },
	{ NULL, "", TABLE_WORDS, .none = "", .seldom = true },
};

static double of_roofline(const struct result *r)
{
	return TOPOLOGY_DESCRIPTOR_BYTES * 1e9 / r->ns_per_page /
	       r->roofline_bytes_per_s;
}

/* For a reader in per cent of the later time. */
static void put_band(struct table *table, const struct result *r)
{
	double value = r->complete_ns, low = r->complete_low_ns,
	       high = r->complete_high_ns;

	table_put_number(table, r->boot_wait_low_ns);
	table_put_number(table, r->boot_wait_high_ns);
	table_put_number(table, low);
	table_put_number(table, high);
	if (isnan(value)) {
		value = r->boot_wait_ns;
		low = r->boot_wait_low_ns;
		high = r->boot_wait_high_ns;
	}
	if (isnan(low) || !(value > 0)) {
		table_put_none(table);
		return;
	}
	report_put_band(table, low / value, high / value);
}

/**
 * results_add - put the table of strategies into a report
 * @report: the report
 * @topology: the machine
 * @result: the strategies
 * @nr: how many
 */
void results_add(struct report *report, const struct topology *topology,
		 const struct result *result, unsigned int nr)
{
	struct table *table = report_table(report, "results", NULL, columns,
					   ARRAY_SIZE(columns));
	const struct result *r;

	for (r = result; r < result + nr; r++) {
		table_put_text(table, topology->name);
		table_put_text(table, r->label);
		table_put_text(table, r->choice->param.strategy->name);
		table_put_text(table, r->choice->text);
		table_put_count(table, r->threads);
		table_put_number(table, r->early_ns);
		table_put_number(table, r->boot_wait_ns);
		table_put_number(table, r->complete_ns);
		table_put_number(table, r->load_done_ns);
		put_band(table, r);
		table_put_number(table, r->ns_per_page);
		table_put_number(table, r->spread_pct);
		table_put_number(table, r->boot_wait_spread_pct);
		table_put_bool(table, r->noisy);
		table_put_number(table, TOPOLOGY_DESCRIPTOR_BYTES * 1e9 /
						r->ns_per_page);
		table_put_number(table,
				 TOPOLOGY_DESCRIPTOR_BYTES / r->ns_per_page);
		table_put_number(table, 100 * of_roofline(r));
		table_put_number(table, r->roofline_bytes_per_s);
		table_put_number(table,
				 r->mainline_ns_per_page / r->ns_per_page);
		table_put_number(table, r->mainline_ns_per_page);
		table_put_count(table, r->pages_total);
		table_put_count(table, r->pages_initialised);
		table_put_count(table, TOPOLOGY_DESCRIPTOR_BYTES *
					       r->pages_initialised);
		table_put_text(table, r->store);
		if (r->verdict == UNCHECKED)
			table_put_none(table);
		else
			table_put_bool(table, r->verdict == VERIFIED);
		table_put_text(table, r->binds);
		table_put_text(table, r->unstable);
		table_put_text(table, r->label);
		table_put_text(table, r->unstable ? "unstable" : NULL);
		if (r->verdict == WRONG)
			table_colour(table, TABLE_WRONG);
		else if (r->noisy)
			table_colour(table, TABLE_WARNING);
		table_end_row(table);
	}
}

/* Mainline leaves more of it to one CPU than the strategies do. */
static void early_notes(struct report *report, const struct result *result,
			unsigned int nr)
{
	double ns[2] = { 0 };
	char text[UNITS_TEXT];
	unsigned int i;

	for (i = nr; i--;)
		ns[!!(result[i].choice->param.strategy->flags &
		      MEMMAP_MAINLINE)] = result[i].early_ns;
	if (ns[0] > 0)
		report_note(
			report,
			"Early memory, which one CPU writes before a strategy runs: %s of the times above.",
			format_ns(text, ns[0]));
	if (ns[1] > 0)
		report_note(
			report,
			"Early memory, which one CPU writes before mainline's threads run: %s of deferred's times above.",
			format_ns(text, ns[1]));
}

/**
 * results_notes - what to know of the columns
 * @report: the report
 * @result: the strategies
 * @nr: how many
 * @noise_pct: what is NOISY
 */
void results_notes(struct report *report, const struct result *result,
		   unsigned int nr, double noise_pct)
{
	bool noisy = false, over = false, banded = false;
	const char *unstable = NULL;
	unsigned int i;

	report_note(
		report,
		"roofline: share of the fastest plain fill of the same memory with the same CPUs.");
	report_note(
		report,
		"mainline: times as fast as its two passes (init loop, then free loop), same memory, same CPUs.");
	early_notes(report, result, nr);
	for (i = 0; i < nr; i++) {
		banded |= !isnan(result[i].boot_wait_low_ns);
		unstable = result[i].unstable ? result[i].unstable : unstable;
		noisy |= result[i].noisy;
		over |= of_roofline(&result[i]) > OVER_THE_ROOF;
	}
	if (banded)
		report_note(
			report,
			"band: nineteen of twenty measurements should lie in it; of complete, or of boot waits where that never is.");
	if (unstable)
		report_note(
			report,
			"unstable: 1 %% more or less of an input, such as %s, moves the time by more than 1 %%; trust the band less.",
			unstable);
	if (over)
		report_note(
			report,
			"roofline over 100%%: here this strategy was faster than every plain fill of these runs, so the bound is too low: something else ran while memory was filled.");
	if (noisy)
		report_note(
			report,
			"NOISY: the middle half of the runs is more than %g %% of the median apart: do not compare this row. Stop what else runs here, or give more --runs.",
			noise_pct);
}

/**
 * peak_rss_bytes - most memory this process ever held
 */
unsigned long peak_rss_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (unsigned long)usage.ru_maxrss << 10;
}
