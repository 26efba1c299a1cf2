// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bounded each strategy, in the words of the machine file. Up to three
 * rows a strategy and what is left: who wants to buy a faster machine wants to
 * know the first.
 */
#include <linux/kernel.h>
#include <stdlib.h>
#include "base/die.h"
#include "cli/why.h"

/* Less is not worth a row. */
#define LEAST_SHARE .01
#define MOST_ROWS   3

static const struct table_column columns[] = {
	{ "strategy", "strategy", TABLE_WORDS },
	{ "cmdline", NULL, TABLE_WORDS },
	{ "share_pct", "share", TABLE_PERCENT, 1 },
	{ "kind", NULL, TABLE_WORDS },
	{ "bounded_by", "of the time bounded by", TABLE_WORDS, .wrap = true },
};

static const char *const kinds[] = {
	[WHY_STORES] = "stores", [WHY_DISTANCE] = "distance",
	[WHY_TOUCH] = "touch",	 [WHY_HOST] = "host",
	[WHY_CORES] = "cores",	 [WHY_MEMORY] = "memory",
	[WHY_LOCK] = "lock",	 [WHY_LINK] = "link",
	[WHY_EARLY] = "early",	 [WHY_CALLS] = "calls",
};

static char *nodes(const char *what, const struct machine *machine,
		   const struct why_share *share)
{
	if (share->nr > 1)
		return xasprintf("%s of %u nodes", what, share->nr);
	return xasprintf("%s of node %u", what,
			 machine->topology->nodes[share->place].id);
}

static char *point(const struct machine *machine, unsigned int at)
{
	const struct topology *topology = machine->topology;

	if (at >= topology->nr_nodes)
		return xasprintf("switch %u", at - topology->nr_nodes);
	return xasprintf("node %u", topology->nodes[at].id);
}

static char *link_text(const struct machine *machine, unsigned int place)
{
	const struct machine_link *link = &machine->costs.net.link[place / 2];
	char *from = point(machine, place % 2 ? link->to : link->from);
	char *to = point(machine, place % 2 ? link->from : link->to);
	char *text = xasprintf("link from %s to %s", from, to);

	free(from);
	free(to);
	return text;
}

/* Nobody writes: what for depends on how the strategy brings CPUs to work. */
static const char *calls(const struct simulation_result *result)
{
	if (result->nr_rounds)
		return "waits for a cross-call";
	return result->nr_cpus > 1 ? "waits for threads to wake up" :
				     "waits for a thread to wake up or to move";
}

static char *bounded_by(const struct machine *machine,
			const struct simulation_result *result,
			const struct why_share *share)
{
	switch (share->kind) {
	case WHY_MEMORY:
		return nodes("memory", machine, share);
	case WHY_LOCK:
		return nodes("zone lock", machine, share);
	case WHY_CORES:
		return nodes("cores", machine, share);
	case WHY_LINK:
		return link_text(machine, share->place);
	case WHY_DISTANCE:
		return xasprintf("a CPU's waits for distant memory");
	case WHY_TOUCH:
		return xasprintf("a CPU's first touches of guest memory");
	case WHY_HOST:
		return xasprintf("first touches that the host serves at once");
	case WHY_EARLY:
		return xasprintf("early memory, by the boot CPU alone");
	case WHY_CALLS:
		return xasprintf("%s", calls(result));
	default:
		return xasprintf("a CPU's own stores");
	}
}

/**
 * why_table - a table for what bounded each strategy
 * @report: where it is printed
 *
 * Return: the table; why_add() fills it.
 */
struct table *why_table(struct report *report)
{
	return report_table(report, "why", NULL, columns, ARRAY_SIZE(columns));
}

static void put(struct table *table, const struct boot_choice *choice,
		double share, const char *kind, const char *text)
{
	table_put_text(table, choice->param.strategy->name);
	table_put_text(table, choice->text);
	table_put_number(table, 100 * share);
	table_put_text(table, kind);
	table_put_text(table, text);
	table_end_row(table);
}

/**
 * why_add - what bounded a strategy
 * @table: from why_table()
 * @choice: the strategy
 * @machine: where
 * @result: its simulation
 */
void why_add(struct table *table, const struct boot_choice *choice,
	     const struct machine *machine,
	     const struct simulation_result *result)
{
	const struct why *why = &result->why;
	double left = why->nr ? 1 : 0;
	unsigned int i;

	for (i = 0; i < why->nr && i < MOST_ROWS; i++) {
		const struct why_share *share = &why->share[i];
		char *text;

		if (i && share->share < LEAST_SHARE)
			break;
		text = bounded_by(machine, result, share);
		put(table, choice, share->share, kinds[share->kind], text);
		free(text);
		left -= share->share;
	}
	if (left > .0005)
		put(table, choice, left, "rest", "all else");
}
