// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load in virtual time.
 *
 *	zone->lock held:	take free blocks; if there are none, pull
 *	not held:		clear them
 *
 * Only a pull takes time under the lock. Whoever needs the lock meanwhile,
 * another CPU of the load or a worker that hands over a batch, waits in turn.
 *
 * Threads of a drain in the background give way to the load, as they are the
 * least of all to the scheduler: on a node whose CPUs the load has, they wait
 * for the end of their batch and go on when a CPU is free again. It is free as
 * well while the load sleeps there.
 *
 * A large load goes in larger steps: a CPU takes several blocks at a time.
 */
#include <math.h>
#include <stdlib.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "model/internal.h"

/* About so many steps in all, but never less than so many for each CPU. */
#define STEPS	  16384UL
#define STEPS_CPU 8UL

/**
 * enum load_state - what a CPU of the load is doing
 * @LOAD_TAKES: it looks for blocks
 * @LOAD_PULLS: it writes descriptors under a zone->lock
 * @LOAD_CLEARS: it clears what it has taken
 */
enum load_state {
	LOAD_TAKES,
	LOAD_PULLS,
	LOAD_CLEARS,
};

/**
 * struct load_cpu - a CPU of the load
 * @cpu: its home, and its place in the list of those that will start
 * @state: what it is doing
 * @left: blocks that it has yet to touch
 * @nr: blocks that it has taken
 * @from: the node of these
 * @first: no node before this one, in the order of its home, will ever have
 *	memory again, unless some is hot-added
 * @pulls: blocks that it pulls, but those of hot-added memory
 */
struct load_cpu {
	struct sim_cpu cpu;
	enum load_state state;
	unsigned long left;
	unsigned long nr;
	unsigned int from;
	unsigned int first;
	unsigned long pulls;
};

/**
 * struct queue - CPUs that wait, the first one first
 * @head: the first; NULL: nobody waits
 * @tail: the last
 */
struct queue {
	struct sim_cpu *head;
	struct sim_cpu *tail;
};

/**
 * struct load_node - a node as the load sees it
 * @set: its pristine memory; NULL: it has none
 * @free_pages: initialised and not taken
 * @locked: its zone->lock is held by a pull
 * @lock: who waits for it
 * @nr_running: CPUs of the load at work on its CPUs
 * @nr_drains: threads of a drain that have not been sent to wait
 * @gave_way: those that have
 * @order: all nodes, itself and then the nearest first; NULL: not asked for yet
 */
struct load_node {
	struct memmap_extents *set;
	unsigned long free_pages;
	bool locked;
	struct queue lock;
	unsigned int nr_running;
	unsigned int nr_drains;
	struct queue gave_way;
	unsigned int *order;
};

/**
 * struct load_run - a load under way
 * @load: what it is
 * @cpu: its CPUs
 * @nr_cpus: how many
 * @node: by node
 * @starved: CPUs that found all pristine memory being written
 * @step: most blocks that are taken at a time
 * @pull_pages: work of a pull, beside the descriptors, as so many of these
 * @clear_pages: work of clearing a block, likewise
 * @sleep_ns: for each block that it has cleared, a CPU sleeps so long
 */
struct load_run {
	const struct load *load;
	struct load_cpu *cpu;
	unsigned int nr_cpus;
	struct load_node *node;
	struct queue starved;
	unsigned long step;
	double pull_pages;
	double clear_pages;
	double sleep_ns;
};

static void queue_add(struct queue *queue, struct sim_cpu *cpu)
{
	cpu->next = NULL;
	if (queue->head)
		queue->tail->next = cpu;
	else
		queue->head = cpu;
	queue->tail = cpu;
}

static struct sim_cpu *queue_take(struct queue *queue)
{
	struct sim_cpu *cpu = queue->head;

	if (cpu)
		queue->head = cpu->next;
	return cpu;
}

/* NULL if it is a drain's. */
static struct load_cpu *load_cpu_of(const struct load_run *run,
				    struct sim_cpu *cpu)
{
	return cpu->drain ? NULL :
			    (struct load_cpu *)((char *)cpu -
						offsetof(struct load_cpu, cpu));
}

static bool has_free(const struct load_node *node)
{
	return node->free_pages >= MEMMAP_BLOCK_PAGES;
}

static bool has_pristine(const struct load_node *node)
{
	return node->set && node->set->nr_pages;
}

static bool can_pull(const struct load_node *node)
{
	return has_pristine(node) &&
	       memmap_extents_first(node->set) != ULONG_MAX;
}

/*
 * The nearest node that has a block for this CPU.
 * Return: its number; -1 if workers are writing all that is left; -2 if
 * nothing is.
 */
static int nearest_with_memory(struct simulation *sim, struct load_cpu *lc)
{
	struct load_node *home = &sim->load->node[lc->cpu.node];
	unsigned int i;

	if (has_free(home) || can_pull(home))
		return lc->cpu.node;
	if (!home->order)
		home->order = nearest_nodes(sim, lc->cpu.node);
	for (i = lc->first; i < sim->topology->nr_nodes; i++) {
		struct load_node *node = &sim->load->node[home->order[i]];

		if (has_free(node) || can_pull(node))
			return home->order[i];
		/* What a pull holds is its own; what a worker has comes back. */
		if (i == lc->first && !has_pristine(node))
			lc->first++;
	}
	return lc->first == sim->topology->nr_nodes ? -2 : -1;
}

static unsigned long take_free(struct load_node *node, unsigned long most)
{
	unsigned long nr = min(most, node->free_pages / MEMMAP_BLOCK_PAGES);

	node->free_pages -= nr * MEMMAP_BLOCK_PAGES;
	return nr;
}

/* As memmap_pull() does, less the descriptors: writers.c has their time. */
static unsigned long take_pristine(struct simulation *sim, struct load_cpu *lc,
				   struct load_node *node, unsigned long most)
{
	unsigned long nr, pfn;

	lc->pulls = 0;
	for (nr = 0; nr < most; nr++) {
		pfn = memmap_extents_first(node->set);
		if (pfn == ULONG_MAX)
			break;
		memmap_extents_remove(node->set, pfn, pfn + MEMMAP_BLOCK_PAGES);
		lc->pulls += !plug_written(sim, pfn, MEMMAP_BLOCK_PAGES);
	}
	sim->result->pages_pulled += nr * MEMMAP_BLOCK_PAGES;
	sim->result->pages_initialised += lc->pulls * MEMMAP_BLOCK_PAGES;
	return nr;
}

/* A CPU of this node is free: a thread of the drain goes on. */
static void give_back_cpu(struct simulation *sim, struct load_node *node)
{
	struct sim_cpu *drain = queue_take(&node->gave_way);

	if (!drain)
		return;
	node->nr_drains++;
	starting_add(sim, drain->drain, drain, sim->now_ns);
}

static void leave_cpu(struct simulation *sim, const struct load_cpu *lc)
{
	struct load_node *node = &sim->load->node[lc->cpu.node];

	node->nr_running--;
	give_back_cpu(sim, node);
}

static void begin_write(struct simulation *sim, struct load_cpu *lc,
			enum load_state state, double pages)
{
	lc->state = state;
	writers_add(sim->writers, sim->now_ns, lc->cpu.node, lc->from,
		    fmax(pages, 1), &lc->cpu);
}

static void load_take(struct simulation *sim, struct load_cpu *lc);

/**
 * load_sleeps - does the load leave its CPUs to a drain now and then?
 * @sim: the simulation
 *
 * Return: true if it does: then batches are as short as in a kernel.
 */
bool load_sleeps(const struct simulation *sim)
{
	return sim->load && sim->load->load->asleep > 0;
}

/* What it waits for does not take longer because memory is slower meanwhile. */
static void load_sleep(struct simulation *sim, struct load_cpu *lc)
{
	leave_cpu(sim, lc);
	starting_add(sim, NULL, &lc->cpu,
		     sim->now_ns + lc->nr * sim->load->sleep_ns);
}

/* It has touched what it took. */
static void load_touched(struct simulation *sim, struct load_cpu *lc)
{
	lc->left -= lc->nr;
	sim->result->load_done_ns = sim->now_ns;
	if (lc->left && load_sleeps(sim))
		load_sleep(sim, lc);
	else
		load_take(sim, lc);
}

static void load_clear(struct simulation *sim, struct load_cpu *lc)
{
	if (sim->load->load->clear)
		begin_write(sim, lc, LOAD_CLEARS,
			    lc->nr * sim->load->clear_pages);
	else
		load_touched(sim, lc);
}

/* With the lock of the node that @lc->from names. */
static void load_take_locked(struct simulation *sim, struct load_cpu *lc)
{
	struct load_run *run = sim->load;
	struct load_node *node = &run->node[lc->from];
	unsigned long most = min(lc->left, run->step);

	/* Without clearing that takes no time, so all at once. */
	lc->nr = take_free(node, run->load->clear ? most : lc->left);
	if (lc->nr) {
		load_clear(sim, lc);
		return;
	}
	if (can_pull(node)) {
		lc->nr = take_pristine(sim, lc, node, most);
		node->locked = true;
		begin_write(sim, lc, LOAD_PULLS,
			    lc->nr * (MEMMAP_BLOCK_PAGES + run->pull_pages));
		return;
	}
	/* Others have been faster. */
	load_take(sim, lc);
}

static void load_take(struct simulation *sim, struct load_cpu *lc)
{
	struct load_run *run = sim->load;
	int nid;

	lc->state = LOAD_TAKES;
	nid = lc->left ? nearest_with_memory(sim, lc) : -2;
	if (nid < 0) {
		leave_cpu(sim, lc);
		if (nid == -1)
			queue_add(&run->starved, &lc->cpu);
		return;
	}
	lc->from = nid;
	if (run->node[nid].locked)
		queue_add(&run->node[nid].lock, &lc->cpu);
	else
		load_take_locked(sim, lc);
}

/* The pull is over: those who have waited for the lock come in turn. */
static void unlock(struct simulation *sim, struct load_node *node)
{
	struct sim_cpu *cpu;

	node->locked = false;
	while (!node->locked && (cpu = queue_take(&node->lock))) {
		struct load_cpu *lc = load_cpu_of(sim->load, cpu);

		if (lc)
			load_take_locked(sim, lc);
		else
			starting_add(sim, cpu->drain, cpu, sim->now_ns);
	}
}

/**
 * load_begin - a CPU is about to begin: is that the load's matter?
 * @sim: the simulation
 * @cpu: a CPU of the load, or of a drain
 *
 * Return: true if the drain's part is not to begin, or there is none.
 */
bool load_begin(struct simulation *sim, struct sim_cpu *cpu)
{
	struct load_run *run = sim->load;
	struct load_node *node;
	struct load_cpu *lc;

	if (!run)
		return false;
	node = &run->node[cpu->node];
	lc = load_cpu_of(run, cpu);
	if (lc) {
		node->nr_running++;
		load_take(sim, lc);
		return true;
	}
	if (!cpu->thread || !node->nr_running ||
	    node->nr_running + node->nr_drains <=
		    sim->topology->nodes[cpu->node].nr_cpus)
		return false;
	node->nr_drains--;
	queue_add(&node->gave_way, cpu);
	return true;
}

/**
 * load_end - a CPU has written what it began: is that the load's matter?
 * @sim: the simulation
 * @cpu: a CPU of the load, or of a drain
 *
 * Return: true if there is no drain's part, or it waits for a lock.
 */
bool load_end(struct simulation *sim, struct sim_cpu *cpu)
{
	struct load_run *run = sim->load;
	struct load_cpu *lc;

	if (!run)
		return false;
	lc = load_cpu_of(run, cpu);
	if (!lc) {
		struct load_node *node =
			&run->node[zone_to_nid(cpu->worker.set->zone)];

		cpu->written = node->locked;
		if (node->locked)
			queue_add(&node->lock, cpu);
		return node->locked;
	}
	if (lc->state == LOAD_PULLS) {
		if (lc->pulls)
			sim->initialised_ns = sim->now_ns;
		load_clear(sim, lc);
		unlock(sim, &run->node[lc->from]);
	} else {
		load_touched(sim, lc);
	}
	return true;
}

/**
 * load_freed - a batch has been handed over
 * @sim: the simulation
 * @nid: node of the memory
 * @nr_pages: how much
 */
void load_freed(struct simulation *sim, unsigned int nid,
		unsigned long nr_pages)
{
	struct sim_cpu *cpu;

	if (!sim->load)
		return;
	sim->load->node[nid].free_pages += nr_pages;
	while ((cpu = queue_take(&sim->load->starved)))
		starting_add(sim, NULL, cpu, sim->now_ns);
}

/**
 * load_arrived - pristine memory has been hot-added
 * @sim: the simulation
 * @set: the extents that it is in
 */
void load_arrived(struct simulation *sim, struct memmap_extents *set)
{
	unsigned int i;

	if (!sim->load)
		return;
	sim->load->node[zone_to_nid(set->zone)].set = set;
	for (i = 0; i < sim->load->nr_cpus; i++)
		sim->load->cpu[i].first = 0;
	load_freed(sim, zone_to_nid(set->zone), 0);
}

/**
 * load_spawned - a thread of a drain will begin
 * @sim: the simulation
 * @cpu: its CPU
 */
void load_spawned(struct simulation *sim, struct sim_cpu *cpu)
{
	if (sim->load)
		sim->load->node[cpu->node].nr_drains++;
}

/**
 * load_finished - a thread of a drain has found nothing more
 * @sim: the simulation
 * @cpu: its CPU
 */
void load_finished(struct simulation *sim, struct sim_cpu *cpu)
{
	if (!sim->load)
		return;
	sim->load->node[cpu->node].nr_drains--;
	give_back_cpu(sim, &sim->load->node[cpu->node]);
}

static unsigned long load_blocks(const struct simulation *sim,
				 const struct load *load)
{
	return ceil(load->share * topology_pages(sim->topology) /
		    MEMMAP_BLOCK_PAGES);
}

/* Spread over all CPUs as they are numbered, so over all nodes. */
static void place_cpus(struct simulation *sim, struct load_run *run)
{
	unsigned long blocks = load_blocks(sim, run->load), i;

	run->cpu = xcalloc(run->nr_cpus, sizeof(*run->cpu));
	for (i = 0; i < run->nr_cpus; i++) {
		struct load_cpu *lc = &run->cpu[i];
		const struct sim_cpu *on =
			&sim->cpu[i * sim->nr_cpus / run->nr_cpus];

		lc->cpu.node = on->node;
		lc->cpu.index = on->index;
		lc->left = blocks * (i + 1) / run->nr_cpus -
			   blocks * i / run->nr_cpus;
	}
	run->step = max(min(blocks / STEPS, blocks / run->nr_cpus / STEPS_CPU),
			1UL);
}

static void find_memory(struct simulation *sim, struct load_run *run)
{
	unsigned int nr = sim->topology->nr_nodes, i;

	run->node = xcalloc(nr, sizeof(*run->node));
	for (i = 0; i < nr; i++)
		run->node[i].free_pages =
			topology_node_pages(&sim->topology->nodes[i]);
	for (i = 0; i < sim->boot.nr_sets; i++) {
		struct load_node *node =
			&run->node[zone_to_nid(sim->set[i].zone)];

		node->set = &sim->set[i];
		node->free_pages -= sim->set[i].nr_pages;
	}
	for (i = 0; i < sim->nr_cpus + nr; i++)
		if (sim->cpu[i].active && sim->cpu[i].thread)
			run->node[sim->cpu[i].node].nr_drains++;
}

/*
 * Spread over 0 to 1, however many there are: multiples of the golden ratio.
 * CPUs that begin so do not all sleep at once and leave memory unused.
 */
static double phase(unsigned int i)
{
	return fmod(i * 0.6180339887498949, 1);
}

/**
 * load_start - boot goes on, and the load will begin
 * @sim: the simulation; mainline has left nothing for later
 * @load: what it is; NULL: there is none
 *
 * Whoever initialised, memory is cleared by the faster kind of store.
 */
void load_start(struct simulation *sim, const struct load *load)
{
	const struct machine_costs *costs = sim->costs;
	double fault_ns = costs->fault_ns / 64, page_ns, clear_ns;
	struct load_run *run;
	unsigned int i;

	if (!load)
		return;
	sim->result->load_start_ns = sim->result->boot_wait_ns + load->at_ns;
	sim->result->load_done_ns = sim->result->load_start_ns;
	run = xcalloc(1, sizeof(*run));
	run->load = load;
	run->nr_cpus = load->nr_cpus ? min(load->nr_cpus, sim->nr_cpus) :
				       sim->nr_cpus;
	clear_ns = fmin(costs->page_ns[WRITE_CACHED], costs->page_ns[WRITE_NT]);
	page_ns = costs->page_ns[sim->mode];
	run->pull_pages = costs->pull_ns / (page_ns + fault_ns);
	/* A descriptor is 64 bytes; so much of memory is cleared as fast. */
	run->clear_pages = MEMMAP_BLOCK_PAGES *
			   ldexp(1, sim->topology->page_shift - 6) *
			   (clear_ns + fault_ns) / (page_ns + fault_ns);
	run->sleep_ns = load->asleep / (1 - load->asleep) * run->clear_pages *
			(page_ns + fault_ns);
	place_cpus(sim, run);
	find_memory(sim, run);
	sim->load = run;
	for (i = 0; i < run->nr_cpus; i++)
		starting_add(sim, NULL, &run->cpu[i].cpu,
			     sim->result->load_start_ns +
				     phase(i) * run->step * run->sleep_ns);
}

/**
 * load_free - forget a load
 * @sim: the simulation
 */
void load_free(struct simulation *sim)
{
	unsigned int i;

	if (!sim->load)
		return;
	for (i = 0; i < sim->topology->nr_nodes; i++)
		free(sim->load->node[i].order);
	free(sim->load->node);
	free(sim->load->cpu);
	free(sim->load);
}
