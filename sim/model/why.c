// SPDX-License-Identifier: GPL-2.0-only
/* What held the writers, added up by the node they wrote to: see why.h. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "model/why.h"

/* Nodes that end within such a part of the time end together. */
#define END_TOGETHER .01

/**
 * struct cell - pages that were written while something held their writers
 * @kind: what
 * @place: which
 * @pages: how many; parts of pages count
 */
struct cell {
	enum why_kind kind;
	unsigned int place;
	double pages;
};

/**
 * struct busy - whether anybody writes
 * @writers: at the moment
 * @since_ns: when they became more than none
 * @ns: how long they have been that, before
 * @end_ns: when the last one left
 */
struct busy {
	unsigned int writers;
	double since_ns;
	double ns;
	double end_ns;
};

/**
 * struct target - a node to which pages are written
 * @busy: by anybody
 * @cell: what held them
 * @nr: how many
 */
struct target {
	struct busy busy;
	struct cell *cell;
	unsigned int nr;
};

/**
 * struct why_record - what held the writers of a simulation
 * @nr_nodes: nodes
 * @target: by node
 * @any: all nodes together
 */
struct why_record {
	unsigned int nr_nodes;
	struct target *target;
	struct busy any;
};

/**
 * why_new - nobody has written anything yet
 * @nr_nodes: nodes of the machine
 *
 * Return: the record; why_free() it.
 */
struct why_record *why_new(unsigned int nr_nodes)
{
	struct why_record *record = xcalloc(1, sizeof(*record));

	record->nr_nodes = nr_nodes;
	record->target = xcalloc(nr_nodes, sizeof(*record->target));
	return record;
}

/**
 * why_free - forget it
 * @record: from why_new()
 */
void why_free(struct why_record *record)
{
	unsigned int i;

	for (i = 0; i < record->nr_nodes; i++)
		free(record->target[i].cell);
	free(record->target);
	free(record);
}

static void count(struct busy *busy, double now_ns, int more)
{
	if (!busy->writers)
		busy->since_ns = now_ns;
	busy->writers += more;
	if (busy->writers)
		return;
	busy->ns += now_ns - busy->since_ns;
	busy->end_ns = now_ns;
}

/**
 * why_writer - a writer comes or goes
 * @record: the record
 * @now_ns: when
 * @target: node to which it writes
 * @more: 1 or -1
 */
void why_writer(struct why_record *record, double now_ns, unsigned int target,
		int more)
{
	count(&record->target[target].busy, now_ns, more);
	count(&record->any, now_ns, more);
}

static void add(struct cell **cells, unsigned int *nr, const struct cell *more)
{
	struct cell *cell = *cells;
	unsigned int i;

	for (i = 0; i < *nr; i++) {
		if (cell[i].kind == more->kind && cell[i].place == more->place) {
			cell[i].pages += more->pages;
			return;
		}
	}
	*cells = xgrow(*cells, *nr, sizeof(*cell));
	(*cells)[(*nr)++] = *more;
}

/**
 * why_pages - pages were written
 * @record: the record
 * @target: node to which
 * @part: what held their writers
 * @nr: parts
 * @pages: how many; parts of pages count
 */
void why_pages(struct why_record *record, unsigned int target,
	       const struct why_part *part, unsigned int nr, double pages)
{
	struct target *t = &record->target[target];

	while (pages > 0 && nr--) {
		struct cell cell = { part[nr].kind, part[nr].place,
				     pages * part[nr].part };

		if (cell.pages > 0)
			add(&t->cell, &t->nr, &cell);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct cell *one = a, *other = b;

	if (one->kind != other->kind)
		return (int)one->kind - (int)other->kind;
	return (int)one->place - (int)other->place;
}

/**
 * struct gathered - the cells of some nodes
 * @cell: all of them, sorted by kind and place, each of these once
 * @nr: how many
 * @pages: of all cells
 * @busy_ns: how long somebody wrote to such a node, on average
 */
struct gathered {
	struct cell *cell;
	unsigned int nr;
	double pages;
	double busy_ns;
};

/* The cells of nodes that end last, or of all others. */
static void gather(const struct why_record *record, double last_ns,
		   bool ends_last, struct gathered *g)
{
	unsigned int nodes = 0, nr = 0, i, j;

	*g = (struct gathered){ 0 };
	for (i = 0; i < record->nr_nodes; i++) {
		const struct target *t = &record->target[i];

		if (!t->nr || (t->busy.end_ns >= last_ns) != ends_last)
			continue;
		nodes++;
		g->busy_ns += t->busy.ns;
		for (j = 0; j < t->nr; j++) {
			g->cell = xgrow(g->cell, nr, sizeof(*g->cell));
			g->cell[nr++] = t->cell[j];
			g->pages += t->cell[j].pages;
		}
	}
	if (!nr)
		return;
	g->busy_ns /= nodes;
	qsort(g->cell, nr, sizeof(*g->cell), by_place);
	for (i = 0; i < nr; i++) {
		if (g->nr && !by_place(&g->cell[g->nr - 1], &g->cell[i]))
			g->cell[g->nr - 1].pages += g->cell[i].pages;
		else
			g->cell[g->nr++] = g->cell[i];
	}
}

/* What is alike on several nodes is one share: none of them alone would help. */
static void share_out(struct why_share *share, unsigned int *nr,
		      enum why_kind kind, unsigned int place, double part)
{
	struct why_share *last = *nr ? &share[*nr - 1] : NULL;

	if (!last || last->kind != kind ||
	    (kind == WHY_LINK && last->place != place)) {
		last = &share[(*nr)++];
		*last = (struct why_share){ .kind = kind, .place = place };
	}
	last->nr++;
	last->share += part;
}

static int by_share(const void *a, const void *b)
{
	const struct why_share *one = a, *other = b;

	if (one->share != other->share)
		return one->share > other->share ? -1 : 1;
	return one->kind != other->kind ? (int)one->kind - (int)other->kind :
					  (int)one->place - (int)other->place;
}

/* @ns of @end_ns are shared by what held the writers of such nodes. */
static void share_pages(const struct gathered *g, double ns, double end_ns,
			struct cell *all, unsigned int *nr)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++) {
		all[*nr] = g->cell[i];
		all[(*nr)++].pages *= ns / end_ns / g->pages;
	}
}

/**
 * why_result - what bounded the strategy
 * @record: the record; nobody writes any more
 * @early_ns: until early memory was written
 * @end_ns: until all was initialised
 * @why: the shares
 */
void why_result(const struct why_record *record, double early_ns, double end_ns,
		struct why *why)
{
	double last_ns = record->any.end_ns -
			 END_TOGETHER * (record->any.end_ns - early_ns);
	struct gathered last, rest;
	unsigned int nr_all = 0, nr = 0, i;
	struct why_share *share;
	struct cell *all;
	double ns;

	memset(why, 0, sizeof(*why));
	if (!(end_ns > 0))
		return;
	gather(record, last_ns, true, &last);
	gather(record, last_ns, false, &rest);
	all = xcalloc(last.nr + rest.nr + 2UL, sizeof(*all));
	share = xcalloc(last.nr + rest.nr + 2UL, sizeof(*share));
	ns = rest.nr ? fmax(record->any.ns - last.busy_ns, 0) : 0;
	share_pages(&last, last.busy_ns, end_ns, all, &nr_all);
	share_pages(&rest, ns, end_ns, all, &nr_all);
	ns = fmax(end_ns - early_ns - last.busy_ns - ns, 0);
	all[nr_all++] = (struct cell){ WHY_CALLS, 0, ns / end_ns };
	all[nr_all++] = (struct cell){ WHY_EARLY, 0, early_ns / end_ns };
	qsort(all, nr_all, sizeof(*all), by_place);
	for (i = 0; i < nr_all; i++) {
		/* The same place once more: the other nodes have it as well. */
		if (i && !by_place(&all[i - 1], &all[i]))
			share[nr - 1].nr--;
		share_out(share, &nr, all[i].kind, all[i].place, all[i].pages);
		why->of_kind[all[i].kind] += all[i].pages;
	}
	qsort(share, nr, sizeof(*share), by_share);
	for (i = 0; i < nr && i < WHY_SHARES && share[i].share > 0; i++)
		why->share[why->nr++] = share[i];
	free(share);
	free(all);
	free(last.cell);
	free(rest.cell);
}
