// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold of every machine that was read, whatever it was read from, and
 * of what a user does with it next: it is written to a file and read again, and
 * its memory is brought up in virtual time.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "machine/internal.h"
#include "model/band.h"
#include "tests/fuzzing.h"

/* A machine that is predicted within some milliseconds. */
#define FEW_CPUS   16
#define FEW_NODES  8
#define FEW_RANGES 64
#define FEW_BYTES  (32UL << 30)

static void check_node(const struct topology *topology, unsigned int nid)
{
	const struct topology_node *node = &topology->nodes[nid];
	unsigned long last = 0;
	unsigned int i;

	MUST(node->id <= MACHINE_MAX_ID);
	MUST(node->nr_cores <= node->nr_cpus);
	for (i = 0; i < node->nr_ranges; i++) {
		MUST(node->ranges[i].start_pfn >= last);
		MUST(node->ranges[i].end_pfn > node->ranges[i].start_pfn);
		last = node->ranges[i].end_pfn;
	}
	MUST(last <= topology->end_pfn);
}

/* No page is on two nodes. */
static void check_overlap(const struct topology *topology)
{
	unsigned int i, j, k, l;

	for (i = 0; i < topology->nr_nodes; i++)
		for (j = 0; j < i; j++)
			for (k = 0; k < topology->nodes[i].nr_ranges; k++)
				for (l = 0; l < topology->nodes[j].nr_ranges;
				     l++) {
					const struct pfn_range *a =
						&topology->nodes[i].ranges[k];
					const struct pfn_range *b =
						&topology->nodes[j].ranges[l];

					MUST(a->end_pfn <= b->start_pfn ||
					     b->end_pfn <= a->start_pfn);
				}
}

/* Hot-added memory lies behind all other, and comes in the order of time. */
static void check_plugs(const struct topology *topology)
{
	unsigned long section = topology_section_pages(topology), last = 0;
	unsigned int i;

	MUST(topology->nr_plugs <= TOPOLOGY_MAX_PLUGS);
	for (i = 0; i < topology->nr_nodes; i++)
		if (topology->nodes[i].nr_ranges)
			last = max(last,
				   topology->nodes[i]
					   .ranges[topology->nodes[i].nr_ranges -
						   1]
					   .end_pfn);
	for (i = 0; i < topology->nr_plugs; i++) {
		const struct topology_plug *plug = &topology->plug[i];

		MUST(plug->node < topology->nr_nodes);
		MUST(plug->range.start_pfn >= last);
		MUST(plug->range.end_pfn > plug->range.start_pfn);
		MUST(!(plug->range.start_pfn % section));
		MUST(!(plug->range.end_pfn % section));
		MUST(plug->range.end_pfn <= topology->end_pfn);
		MUST(plug->at_ns >= 0 && plug->at_ns <= TOPOLOGY_MAX_PLUG_NS);
		MUST(!i || plug->at_ns >= plug[-1].at_ns);
		last = plug->range.end_pfn;
	}
}

static void check_topology(const struct topology *topology)
{
	bool seen[MACHINE_MAX_ID + 1] = { false };
	unsigned long ranges = 0;
	unsigned int i;

	MUST(topology->nr_nodes && topology->nr_nodes <= MACHINE_MAX_NODES);
	MUST(topology_cpus(topology) &&
	     topology_cpus(topology) <= MACHINE_MAX_CPUS);
	MUST(topology_pages(topology));
	MUST(topology_bytes(topology) <= MACHINE_MAX_BYTES);
	MUST(topology->page_shift >= 12 &&
	     1U << topology->page_shift <= MACHINE_MAX_PAGE);
	MUST(topology->name && topology->source);
	check_plugs(topology);
	for (i = 0; i < topology->nr_nodes; i++) {
		check_node(topology, i);
		MUST(!seen[topology->nodes[i].id]);
		seen[topology->nodes[i].id] = true;
		ranges += topology->nodes[i].nr_ranges;
	}
	if (ranges <= 1024)
		check_overlap(topology);
}

static void check_origin(double value, const struct machine_cost *cost)
{
	MUST(isfinite(value) && value >= 0);
	MUST(cost->label < MACHINE_NR_LABELS);
	MUST((!cost->range.low && !cost->range.high) ||
	     (cost->range.low > 0 && cost->range.low <= 1 &&
	      cost->range.high >= 1 && isfinite(cost->range.high)));
}

static void check_costs(struct machine *machine)
{
	const struct machine_net *net = &machine->costs.net;
	unsigned int nr = machine->topology->nr_nodes, i;

	for (i = 0; i < MACHINE_NR_COSTS; i++) {
		check_origin(*machine_cost_value(machine, i),
			     &machine->cost[i]);
		MUST(*machine_cost_value(machine, i) > 0 ||
		     machine_cost_may_be_0(i));
	}
	for (i = 0; machine->costs.node && i < nr * MACHINE_NR_NODE_COSTS; i++)
		check_origin(*machine_node_value(machine,
						 i / MACHINE_NR_NODE_COSTS,
						 i % MACHINE_NR_NODE_COSTS),
			     &machine->node_cost[i]);
	for (i = 0; i < net->nr_links; i++) {
		const struct machine_link *link = &net->link[i];

		MUST(link->from != link->to);
		MUST(link->from < nr + net->nr_switches);
		MUST(link->to < nr + net->nr_switches);
		MUST(isfinite(link->bytes_per_s) && link->bytes_per_s > 0);
		check_origin(link->latency_ns, &machine->link_cost[i]);
	}
	MUST(machine->source);
}

static bool alike(double a, double b)
{
	return fabs(a - b) <= 1e-5 * fmax(fabs(a), fabs(b));
}

static void check_same(struct machine *a, struct machine *b)
{
	unsigned int i, j;

	MUST(a->topology->nr_nodes == b->topology->nr_nodes);
	MUST(a->topology->page_shift == b->topology->page_shift);
	for (i = 0; i < a->topology->nr_nodes; i++) {
		const struct topology_node *x = &a->topology->nodes[i];
		const struct topology_node *y = &b->topology->nodes[i];

		MUST(x->id == y->id && x->nr_cpus == y->nr_cpus);
		MUST(x->nr_cores == y->nr_cores);
		MUST(x->nr_ranges == y->nr_ranges);
		MUST(!x->nr_ranges ||
		     !memcmp(x->ranges, y->ranges,
			     x->nr_ranges * sizeof(*x->ranges)));
		for (j = 0; j < MACHINE_NR_NODE_COSTS; j++)
			MUST(alike(a->costs.node ? *machine_node_value(a, i, j) :
						   0,
				   b->costs.node ? *machine_node_value(b, i, j) :
						   0));
	}
	for (i = 0; i < MACHINE_NR_COSTS; i++)
		MUST(alike(*machine_cost_value(a, i),
			   *machine_cost_value(b, i)));
	MUST(a->costs.net.nr_links == b->costs.net.nr_links);
	MUST(a->topology->nr_plugs == b->topology->nr_plugs);
	for (i = 0; i < a->topology->nr_plugs; i++) {
		const struct topology_plug *x = &a->topology->plug[i];
		const struct topology_plug *y = &b->topology->plug[i];

		MUST(x->node == y->node && x->at_ns == y->at_ns);
		MUST(x->range.end_pfn - x->range.start_pfn ==
		     y->range.end_pfn - y->range.start_pfn);
	}
}

/* As 'memmap machine import' does; what it writes has to be a machine file. */
static void there_and_back(struct machine *machine)
{
	struct error error = { 0 };
	struct machine back;
	char *text = NULL;
	const char *path;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	machine_write(machine, out);
	fclose(out);
	path = fuzz_file("written.json", text, len);
	if (machine_load(&back, path, NULL, &error)) {
		error_print(&error, stderr);
		fprintf(stderr, "%s", text);
		MUST(!"what was written can be read");
	}
	check_same(machine, &back);
	machine_free(&back);
	free(text);
}

static void check_result(const struct machine *machine,
			 const struct simulation_result *r)
{
	unsigned int i;

	MUST(r->pages_total == topology_pages(machine->topology));
	MUST(r->pages_early <= r->pages_initialised);
	MUST(r->pages_initialised <= r->pages_total);
	MUST(isfinite(r->early_ns) && r->early_ns >= 0);
	MUST(isfinite(r->boot_wait_ns) && r->boot_wait_ns >= r->early_ns);
	MUST(isnan(r->complete_ns) ||
	     (isfinite(r->complete_ns) && r->complete_ns >= r->early_ns));
	MUST(isnan(r->complete_ns) || r->pages_initialised == r->pages_total);
	MUST(r->nr_cpus <= topology_cpus(machine->topology));
	for (i = 0; i < machine->topology->nr_plugs; i++) {
		MUST(isfinite(r->plug[i].online_ns) &&
		     r->plug[i].online_ns >= 0);
		MUST(isnan(r->plug[i].ready_ns) == !!r->plug[i].pages_left);
		/* Who was asleep begins to write before the last section comes. */
		MUST(isnan(r->plug[i].ready_ns) || r->plug[i].ready_ns >= 0);
	}
}

static void check_band(const struct band *band)
{
	MUST(band->low > 0 && band->low <= 1);
	MUST(band->high >= 1 && isfinite(band->high));
}

static bool is_small(const struct topology *topology)
{
	unsigned int ranges = 0, i;

	if (topology->nr_nodes > FEW_NODES)
		return false;
	for (i = 0; i < topology->nr_nodes; i++)
		ranges += topology->nodes[i].nr_ranges;
	return topology_cpus(topology) <= FEW_CPUS && ranges <= FEW_RANGES &&
	       topology_bytes(topology) + (topology_plug_pages(topology)
					   << topology->page_shift) <=
		       FEW_BYTES;
}

static void predict(const struct machine *machine)
{
	struct simulation_result result;
	unsigned int nr = 0, banded, i;
	struct memmap_param param;
	struct banded band;

	while (memmap_strategies[nr])
		nr++;
	/* Bands cost many runs; whose, follows from the machine. */
	banded = topology_pages(machine->topology) % nr;
	for (i = 0; i < nr; i++) {
		memmap_param_default(&param);
		param.strategy = memmap_strategies[i];
		MUST(!simulation_run(machine->topology, &machine->costs, &param,
				     &result, NULL, NULL));
		check_result(machine, &result);
		if (i != banded)
			continue;
		MUST(!band_run(machine, &param, NULL, NULL, &band));
		check_result(machine, &band.result);
		check_band(&band.boot_wait);
		check_band(&band.complete);
		if (!machine->topology->nr_plugs)
			continue;
		MUST(!band_run_plugs(machine, &param, &band));
		check_band(&band.online);
		check_band(&band.ready);
	}
}

/**
 * fuzz_machine - what must hold of a machine that was read
 * @machine: as machine_load() left it; machine_free() follows here
 */
void fuzz_machine(struct machine *machine)
{
	check_topology(machine->topology);
	check_costs(machine);
	there_and_back(machine);
	if (is_small(machine->topology))
		predict(machine);
	machine_free(machine);
}

/**
 * fuzz_load - an input as the file of a machine
 * @name: of the file, which says how it is read
 * @data: the input
 * @size: in bytes
 */
void fuzz_load(const char *name, const void *data, size_t size)
{
	struct error error = { 0 };
	struct machine machine;

	if (machine_load(&machine, fuzz_file(name, data, size), NULL, &error)) {
		fuzz_error(&error);
		machine_free(&machine);
	} else {
		fuzz_machine(&machine);
	}
	error_free(&error);
}
