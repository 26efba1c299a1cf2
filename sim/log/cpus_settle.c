// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many CPUs each node has, out of all that was said of them: lists of what
 * came up, what the firmware has, and how many there are in all.
 */
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"

static int compare_cpus(const void *a, const void *b)
{
	const struct said_cpu *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int compare_order(const void *a, const void *b)
{
	const struct said_cpu *x = a, *y = b;

	return x->order < y->order ? -1 : 1;
}

/* CPUs go down and come up again: each counts once, where it was first. */
static void drop_doubles(struct said_cpus *said)
{
	unsigned int i, nr = 0;

	if (said->nr)
		qsort(said->cpu, said->nr, sizeof(*said->cpu), compare_cpus);
	for (i = 0; i < said->nr; i++)
		if (!nr || said->cpu[nr - 1].id != said->cpu[i].id)
			said->cpu[nr++] = said->cpu[i];
	said->nr = nr;
}

static const struct said_cpu *find_cpu(const struct said_cpus *said,
				       unsigned long id)
{
	const struct said_cpu key = { .id = id };
	unsigned int low = 0, high = said->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (said->cpu[mid].id < key.id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < said->nr && said->cpu[low].id == id ? &said->cpu[low] :
							   NULL;
}

static unsigned int node_index(struct facts *f, unsigned int nid)
{
	const struct log_node *node = facts_node(f, nid);

	return node - f->boot.nodes;
}

/* How many of a source's CPUs are on each of the boot's nodes. */
static void count(struct facts *f, enum cpu_source source, unsigned int *nr)
{
	const struct said_cpus *said = &f->cpus[source];
	unsigned int i;

	memset(nr, 0, f->boot.nr_nodes * sizeof(*nr));
	for (i = 0; i < said->nr; i++)
		nr[node_index(f, said->cpu[i].nid)]++;
}

/* The one node that @more has one CPU more of than @nr; -1: not so. */
static long one_more(const struct facts *f, const unsigned int *nr,
		     const unsigned int *more)
{
	long found = -1;
	unsigned int i;

	for (i = 0; i < f->boot.nr_nodes; i++) {
		if (more[i] == nr[i])
			continue;
		if (more[i] != nr[i] + 1 || found >= 0)
			return -1;
		found = i;
	}
	return found;
}

/*
 * The node that has one CPU less than all others; -1: not so. @empty: nodes
 * without any CPU are such nodes too.
 */
static long one_less(const struct facts *f, const unsigned int *nr, bool empty)
{
	unsigned int i, most = 0;
	long found = -1;

	for (i = 0; i < f->boot.nr_nodes; i++)
		most = nr[i] > most ? nr[i] : most;
	for (i = 0; i < f->boot.nr_nodes; i++) {
		if (nr[i] == most || (!nr[i] && !empty))
			continue;
		if (nr[i] + 1 != most || found >= 0)
			return -1;
		found = i;
	}
	return found;
}

/*
 * The node of the CPU that boots, which no list has. Where SRAT does not show
 * it, it is node 0's, unless all nodes are alike with it on the node that came
 * up first.
 */
static unsigned int boot_cpu_node(struct facts *f, const unsigned int *nr,
				  unsigned int *spare)
{
	const struct said_cpus *said = &f->cpus[CPUS_ANNOUNCED];
	const struct said_cpu *cpu = find_cpu(&f->cpus[CPUS_DETECTED], 0);
	unsigned int i, with = 0, first = 0;
	long node, alike;

	if (cpu)
		return node_index(f, cpu->nid);
	count(f, CPUS_OF_SRAT, spare);
	node = one_more(f, nr, spare);
	if (node >= 0)
		return node;
	for (i = 0; i < said->nr; i++)
		if (!said->cpu[i].order)
			first = node_index(f, said->cpu[i].nid);
	for (i = 0; i < f->boot.nr_nodes; i++)
		with += nr[i] || f->boot.nodes[i].memory;
	alike = one_less(f, nr, true);
	if (alike < 0)
		alike = one_less(f, nr, false);
	if (!alike || with < 2)
		return 0;
	node = alike == first ? alike : 0;
	facts_note(f, LOG_ABOUT_MACHINE, said->line,
		   "no list of CPUs names the one that boots; taken for one of node %u",
		   f->boot.nodes[node].nid);
	return node;
}

/*
 * On Arm, SRAT names the CPUs that may come up, and others say which did.
 * Without those, all of SRAT's are taken.
 */
static void drop_not_booted(struct facts *f)
{
	struct said_cpus *srat = &f->cpus[CPUS_OF_SRAT];
	unsigned int i, nr = 0;

	for (i = 0; i < srat->nr; i++)
		nr += !!find_cpu(&f->cpus[CPUS_BOOTED], srat->cpu[i].id);
	if (!nr || nr != f->cpus[CPUS_BOOTED].nr)
		return;
	for (i = 0, nr = 0; i < srat->nr; i++)
		if (find_cpu(&f->cpus[CPUS_BOOTED], srat->cpu[i].id))
			srat->cpu[nr++] = srat->cpu[i];
	srat->nr = nr;
}

/* What may come up is no number to hold the sources to. */
static void settle_total(struct facts *f)
{
	unsigned int i;

	if (f->cpus[CPUS_BOOTED].nr)
		f->totals[TOTAL_BOOTED] = (struct log_value){
			f->cpus[CPUS_BOOTED].nr, f->cpus[CPUS_BOOTED].line
		};
	for (i = 0; i < TOTAL_POSSIBLE && !f->boot.cpus.line; i++)
		f->boot.cpus = f->totals[i];
}

static unsigned int sum(const struct facts *f, const unsigned int *nr)
{
	unsigned int i, total = 0;

	for (i = 0; i < f->boot.nr_nodes; i++)
		total += nr[i];
	return total;
}

/* Over those nodes that no source has a CPU of, else over all. */
static void share_out(struct facts *f, unsigned int *nr, unsigned int cpus)
{
	unsigned int i, nodes = 0, at = 0;
	bool empty = false;

	for (i = 0; i < f->boot.nr_nodes; i++)
		empty |= !nr[i];
	for (i = 0; i < f->boot.nr_nodes; i++)
		nodes += !empty || !nr[i];
	for (i = 0; i < f->boot.nr_nodes; i++) {
		if (empty && nr[i])
			continue;
		nr[i] += (unsigned long)cpus * (at + 1) / nodes -
			 (unsigned long)cpus * at / nodes;
		at++;
	}
}

/* The best source whose CPUs are as many as came up; else the nearest one. */
static int choose(struct facts *f, unsigned int *nr, unsigned int *spare)
{
	unsigned long total = f->boot.cpus.value, best = -1UL;
	int source, found = -1;

	for (source = 0; source <= CPUS_OF_SRAT; source++) {
		unsigned long cpus, off;

		if (!f->cpus[source].nr)
			continue;
		cpus = f->cpus[source].nr + (source == CPUS_ANNOUNCED);
		off = cpus > total ? cpus - total : total - cpus;
		if (!f->boot.cpus.line)
			off = source;
		if (off < best) {
			best = off;
			found = source;
		}
	}
	if (found < 0)
		return found;
	/* CPUs that stay down come last. */
	if (f->boot.cpus.line && f->cpus[found].nr > total) {
		qsort(f->cpus[found].cpu, f->cpus[found].nr,
		      sizeof(*f->cpus[found].cpu), compare_order);
		f->cpus[found].nr = total;
		facts_note(f, LOG_ABOUT_MACHINE, f->cpus[found].line,
			   "more CPUs are named than the %lu that came up; the first ones of them are taken",
			   total);
	}
	count(f, found, nr);
	if (found == CPUS_ANNOUNCED &&
	    (!f->boot.cpus.line || f->cpus[found].nr < total))
		nr[boot_cpu_node(f, nr, spare)]++;
	return found;
}

/* CPUs of which no source says the node. */
static void settle_rest(struct facts *f, unsigned int *nr, int source)
{
	unsigned int nodes = f->boot.nr_nodes, known = sum(f, nr);
	unsigned long total = f->boot.cpus.value;

	if (!nodes || total <= known)
		return;
	if (nodes > 1 && source < 0)
		facts_note(f, LOG_ABOUT_MACHINE, f->boot.cpus.line,
			   "no line says on which nodes the %lu CPUs are; shared out evenly over %u nodes",
			   total, nodes);
	else if (nodes > 1)
		facts_note(f, LOG_ABOUT_MACHINE, f->cpus[source].line,
			   "lines say the nodes of %u CPUs only, and %lu came up; the rest is shared out evenly",
			   known, total);
	share_out(f, nr, total - known);
}

/**
 * cpus_settle - how many CPUs each node has
 * @facts: of a boot, all of it read, memory settled
 */
void cpus_settle(struct facts *facts)
{
	struct facts *f = facts;
	unsigned int *nr, *spare, i, j;
	int source;

	for (i = 0; i < NR_CPU_SOURCES; i++) {
		drop_doubles(&f->cpus[i]);
		for (j = 0; i < CPUS_BOOTED && j < f->cpus[i].nr; j++)
			facts_node(f, f->cpus[i].cpu[j].nid);
	}
	drop_not_booted(f);
	settle_total(f);
	nr = xcalloc(f->boot.nr_nodes, sizeof(*nr));
	spare = xcalloc(f->boot.nr_nodes, sizeof(*spare));
	source = choose(f, nr, spare);
	if (!f->boot.cpus.line && source >= 0) {
		f->boot.cpus = (struct log_value){ sum(f, nr),
						   f->cpus[source].line };
		facts_note(f, LOG_ABOUT_MACHINE, f->boot.cpus.line,
			   "no line says how many CPUs came up; taken for the %lu that have a node",
			   f->boot.cpus.value);
	} else if (!f->boot.cpus.line && f->totals[TOTAL_POSSIBLE].line) {
		f->boot.cpus = f->totals[TOTAL_POSSIBLE];
		facts_note(f, LOG_ABOUT_MACHINE, f->boot.cpus.line,
			   "no line says how many CPUs came up; taken for the %lu that may",
			   f->boot.cpus.value);
	}
	settle_rest(f, nr, source);
	for (i = 0; i < f->boot.nr_nodes; i++)
		f->boot.nodes[i].nr_cpus = nr[i];
	facts_odd_note(f, &f->odd_cpus, LOG_ABOUT_MACHINE,
		       "like lists of CPUs");
	free(nr);
	free(spare);
}
