// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "check/deferred.h"

/*
 * Bytes that cross the memory for each byte of memmap: a line is read, then
 * written back, once if both passes find it in the cache, else twice.
 */
static const double traffic[] = {
	[DEFERRED_BLOCKS] = 2,
	[DEFERRED_RANGES] = 4,
};

/*
 * A page of one kind over the other: tatashin-8n-1t of sim/check/data, before
 * and after the series of 4.15, which clears struct pages here as well.
 */
#define RANGES_RATIO (1128.0 / 901)

static unsigned int number(unsigned int major, unsigned int minor)
{
	return 1000 * major + minor;
}

/**
 * deferred_kind - how a kernel went about a node
 * @major: of its version, 5 of 5.2
 * @minor: of its version, 2 of 5.2
 */
enum deferred_kind deferred_kind(unsigned int major, unsigned int minor)
{
	unsigned int version = number(major, minor);

	return version >= number(4, 15) && version < number(5, 2) ?
		       DEFERRED_RANGES :
		       DEFERRED_BLOCKS;
}

/**
 * deferred_threads - threads that a kernel used for a node
 * @major: of its version
 * @minor: of its version
 * @x86: it ran on an x86 machine
 *
 * Return: 1, or UINT_MAX for as many as the node has CPUs.
 */
unsigned int deferred_threads(unsigned int major, unsigned int minor, bool x86)
{
	unsigned int since = x86 ? number(5, 8) : number(6, 11);

	return number(major, minor) < since ? 1 : UINT_MAX;
}

/**
 * deferred_page_ns - what a page takes one CPU
 * @ns: with a kernel of kind @from
 * @from: that kind
 * @to: the kind that is asked for
 */
double deferred_page_ns(double ns, enum deferred_kind from,
			enum deferred_kind to)
{
	if (from == to)
		return ns;
	return to == DEFERRED_RANGES ? ns * RANGES_RATIO : ns / RANGES_RATIO;
}

/**
 * deferred_payload - bytes of memmap that a memory takes
 * @bytes_per_s: what crosses the memory
 * @kind: of the kernel
 *
 * Return: bytes per second.
 */
double deferred_payload(double bytes_per_s, enum deferred_kind kind)
{
	return bytes_per_s / traffic[kind];
}

/* From a timing of another kind of kernel, a cost is no timing any more. */
static void set_ranges(struct machine *machine)
{
	struct machine_costs *costs = &machine->costs;
	struct machine_cost *page = &machine->cost[COST_PAGE_MAINLINE];
	double factor = deferred_payload(1, DEFERRED_RANGES) /
			deferred_payload(1, DEFERRED_BLOCKS);
	unsigned int i;

	costs->page_ns[WRITE_MAINLINE] =
		deferred_page_ns(costs->page_ns[WRITE_MAINLINE],
				 DEFERRED_BLOCKS, DEFERRED_RANGES);
	if (page->label > MACHINE_DERIVED)
		page->label = MACHINE_DERIVED;
	page->range = (struct machine_range){ 0, 0 };
	/* What one CPU writes, the memory takes. */
	costs->node_bytes_per_s[WRITE_MAINLINE] =
		fmax(costs->node_bytes_per_s[WRITE_MAINLINE] * factor,
		     64e9 / costs->page_ns[WRITE_MAINLINE]);
	for (i = 0; costs->node && i < machine->topology->nr_nodes; i++)
		costs->node[i].bytes_per_s[WRITE_MAINLINE] *= factor;
}

/**
 * deferred_machine - what a machine costs under a kernel of some kind
 * @machine: the result; deferred_machine_free() it before @from
 * @from: the machine as it is described, which is with DEFERRED_BLOCKS
 * @kind: of the kernel
 */
void deferred_machine(struct machine *machine, const struct machine *from,
		      enum deferred_kind kind)
{
	size_t nr = from->topology->nr_nodes;

	*machine = *from;
	if (from->costs.node) {
		machine->costs.node = xcalloc(nr, sizeof(*from->costs.node));
		memcpy(machine->costs.node, from->costs.node,
		       nr * sizeof(*from->costs.node));
	}
	if (kind == DEFERRED_RANGES)
		set_ranges(machine);
}

/**
 * deferred_machine_free - the end of such a machine
 * @machine: as made by deferred_machine(); the rest is the other's
 */
void deferred_machine_free(struct machine *machine)
{
	free(machine->costs.node);
}
