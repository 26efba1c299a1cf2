// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is hot-added, in virtual time.
 *
 * One thread brings it online, some sections after the other, as long as boot
 * has gone on:
 *
 *	books	what a section takes whatever is in it; where free memory is
 *		pristine, blocks for the memmap of the new memory are pulled
 *	writes	a strategy that boot waits for: mainline's two passes, by this
 *		one CPU. Else the section becomes an extent, and nothing is
 *		written
 *
 * When no more has come for a while, a strategy that drains in the background
 * begins anew; a drain that is under way takes new memory as well, or stops, as
 * memmap_boot_more() says.
 */
#include <math.h>
#include <stdlib.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/internal.h"

/* A large piece comes online in about so many steps. */
#define STEPS 256UL

/**
 * struct plug_run - hot-added memory under way
 * @cpu: the CPU that brings it online
 * @timer: begins the next drain
 * @at: which piece it is at
 * @pfn: of it, all before is online
 * @step_end: what comes online now ends there
 * @booked: the books of this step are done
 * @eager: it is written as it comes online
 * @eager_work: a page in mainline's two passes, in pages of the kind of store
 *	that is chosen
 * @pull_work: a pull beside its stores, likewise
 * @borrowed: pages of pulled blocks that the memmap does not take yet
 * @due_ns: when no more has come for a while
 * @waits: @timer is to run
 * @again: a drain is under way; @timer is to run when it ends
 */
struct plug_run {
	struct sim_cpu cpu;
	struct sim_cpu timer;
	unsigned int at;
	unsigned long pfn;
	unsigned long step_end;
	bool booked;
	bool eager;
	double eager_work;
	double pull_work;
	unsigned long borrowed;
	double due_ns;
	bool waits;
	bool again;
};

static const struct topology_plug *plug_of(const struct simulation *sim)
{
	return &sim->topology->plug[sim->plug->at];
}

/* From when on one waits for this piece. */
static double arrival_ns(const struct simulation *sim)
{
	return fmax(sim->result->boot_wait_ns, plug_of(sim)->at_ns);
}

static void begin_step(struct simulation *sim)
{
	const struct pfn_range *range = &plug_of(sim)->range;
	unsigned long section = topology_section_pages(sim->topology);
	unsigned long sections = (range->end_pfn - range->start_pfn) / section;
	struct plug_run *run = sim->plug;

	run->step_end = min(run->pfn + DIV_ROUND_UP(sections, STEPS) * section,
			    range->end_pfn);
	run->booked = true;
	starting_add(sim, NULL, &run->cpu,
		     sim->now_ns + (run->step_end - run->pfn) / section *
					   sim->costs->online_ns);
}

/*
 * Memory of boot that is pristine, on this node or on the first one that has
 * some. What was hot-added, behind all of it, is not there yet when the memmap is
 * allocated.
 */
static struct memmap_extents *pristine_near(struct simulation *sim,
					    unsigned int nid)
{
	unsigned long end_pfn = sim->topology->plug[0].range.start_pfn;
	struct memmap_extents *found = NULL;
	unsigned int i;

	for (i = 0; i < sim->boot.nr_sets; i++) {
		if (memmap_extents_first(&sim->set[i]) >= end_pfn)
			continue;
		if ((unsigned int)zone_to_nid(sim->set[i].zone) == nid)
			return &sim->set[i];
		found = found ? found : &sim->set[i];
	}
	return found;
}

/*
 * The memmap of this step is allocated, as other memory is.
 * Return: the work; @nid: the node whose memory is written.
 */
static double pull_memmap(struct simulation *sim, unsigned int *nid)
{
	struct plug_run *run = sim->plug;
	unsigned long pages = (run->step_end - run->pfn) *
				      TOPOLOGY_DESCRIPTOR_BYTES >>
			      sim->topology->page_shift;
	double work = 0;

	while (run->borrowed < pages) {
		struct memmap_extents *set = pristine_near(sim, *nid);
		unsigned long pfn;

		if (!set)
			return work;
		pfn = memmap_extents_first(set);
		memmap_extents_remove(set, pfn, pfn + MEMMAP_BLOCK_PAGES);
		*nid = zone_to_nid(set->zone);
		sim->result->pages_initialised += MEMMAP_BLOCK_PAGES;
		sim->initialised_ns = sim->now_ns;
		run->borrowed += MEMMAP_BLOCK_PAGES;
		work += MEMMAP_BLOCK_PAGES + run->pull_work;
	}
	run->borrowed -= pages;
	return work;
}

static struct memmap_extents *set_of(struct simulation *sim, unsigned int nid)
{
	unsigned int i;

	for (i = 0; i < sim->boot.nr_sets; i++)
		if ((unsigned int)zone_to_nid(sim->set[i].zone) == nid)
			return &sim->set[i];
	return simulation_add_set(sim, nid, sim->plug->pfn,
				  sim->plug->step_end);
}

/* Each piece that comes puts the drain off. */
static void drain_later(struct simulation *sim)
{
	struct plug_run *run = sim->plug;

	memmap_boot_more(&sim->boot);
	run->due_ns = sim->now_ns + MEMMAP_SETTLE_MS * 1e6;
	if (run->waits)
		return;
	run->waits = true;
	starting_add(sim, NULL, &run->timer, run->due_ns);
}

static void drain_again(struct simulation *sim)
{
	unsigned int nr = sim->nr_cpus + sim->topology->nr_nodes, i;
	struct plug_run *run = sim->plug;

	if (sim->now_ns < run->due_ns) {
		starting_add(sim, NULL, &run->timer, run->due_ns);
		return;
	}
	run->waits = false;
	for (i = 0; i < nr; i++)
		run->again |= sim->cpu[i].active && sim->cpu[i].thread;
	if (!run->again)
		memmap_boot_added(&sim->boot);
}

static void next_piece(struct simulation *sim)
{
	struct plug_run *run = sim->plug;

	run->booked = false;
	run->pfn = 0;
	if (++run->at < sim->topology->nr_plugs)
		starting_add(sim, NULL, &run->cpu,
			     fmax(sim->now_ns, arrival_ns(sim)));
}

static void end_step(struct simulation *sim)
{
	const struct topology_plug *plug = plug_of(sim);
	struct plug_run *run = sim->plug;
	struct plug_result *result = &sim->result->plug[run->at];
	struct memmap_extents *set = set_of(sim, plug->node);
	unsigned long start = run->pfn, end = run->step_end;

	if (run->eager) {
		plug_written(sim, start, end - start);
		load_freed(sim, plug->node, end - start);
	} else {
		memmap_boot_record(set, &start, &end);
		load_arrived(sim, set);
	}
	run->pfn = run->step_end;
	if (!run->eager && sim->boot.param.strategy->late)
		drain_later(sim);
	if (run->pfn < plug->range.end_pfn) {
		begin_step(sim);
		return;
	}
	result->online_ns = sim->now_ns - arrival_ns(sim);
	next_piece(sim);
}

static void write_step(struct simulation *sim)
{
	struct plug_run *run = sim->plug;
	unsigned int nid = plug_of(sim)->node;
	double work = run->eager ?
			      (run->step_end - run->pfn) * run->eager_work :
			      pull_memmap(sim, &nid);

	if (work >= 1)
		writers_add(sim->writers, sim->now_ns, run->cpu.node, nid, work,
			    &run->cpu);
	else
		end_step(sim);
}

/**
 * plug_begin - a CPU is about to begin: does it bring memory online?
 * @sim: the simulation
 * @cpu: any CPU
 *
 * Return: true if it does.
 */
bool plug_begin(struct simulation *sim, struct sim_cpu *cpu)
{
	struct plug_run *run = sim->plug;

	if (!cpu->plugs)
		return false;
	if (cpu == &run->timer) {
		drain_again(sim);
	} else if (run->booked) {
		write_step(sim);
	} else {
		run->pfn = plug_of(sim)->range.start_pfn;
		begin_step(sim);
	}
	return true;
}

/**
 * plug_end - a CPU has written what it began: was that hot-added memory?
 * @sim: the simulation
 * @cpu: any CPU
 *
 * Return: true if it was, or memory for its memmap.
 */
bool plug_end(struct simulation *sim, struct sim_cpu *cpu)
{
	if (cpu->plugs)
		end_step(sim);
	return cpu->plugs;
}

/**
 * plug_drained - a drain has ended
 * @sim: the simulation
 */
void plug_drained(struct simulation *sim)
{
	if (!sim->plug || !sim->plug->again)
		return;
	sim->plug->again = false;
	drain_later(sim);
}

/**
 * plug_start - boot goes on: from now on memory may be hot-added
 * @sim: the simulation
 */
void plug_start(struct simulation *sim)
{
	const struct machine_costs *costs = sim->costs;
	double fault_ns = costs->fault_ns / 64;
	double page_ns = costs->page_ns[sim->mode] + fault_ns;
	struct plug_run *run;
	unsigned int i;

	if (!sim->topology->nr_plugs)
		return;
	run = xcalloc(1, sizeof(*run));
	run->cpu.plugs = true;
	run->cpu.node = sim->cpu[sim->boot_cpu].node;
	run->timer.plugs = true;
	run->eager = sim->boot.param.strategy->flags & MEMMAP_WAITS;
	run->eager_work = (costs->page_ns[WRITE_MAINLINE] + fault_ns) / page_ns;
	run->pull_work = costs->pull_ns / page_ns;
	sim->plug = run;
	for (i = 0; i < sim->topology->nr_plugs; i++) {
		const struct pfn_range *range = &sim->topology->plug[i].range;

		sim->result->plug[i] = (struct plug_result){
			.ready_ns = NAN,
			.pages_left = range->end_pfn - range->start_pfn,
		};
	}
	starting_add(sim, NULL, &run->cpu, fmax(sim->now_ns, arrival_ns(sim)));
}

/**
 * plug_free - forget hot-added memory
 * @sim: the simulation
 */
void plug_free(struct simulation *sim)
{
	free(sim->plug);
}
