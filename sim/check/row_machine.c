// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine from a published timing.
 *
 * What its kernel did is in check/deferred.h.
 * Threads that were published win: series were measured before they were merged.
 *
 * What a data sheet does not say is taken from what such machines have, with
 * the range of that. Nothing here knows a machine by its name.
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "check/row_machine.h"

/* Non-temporal over ordinary stores, one thread: a 2-core Xeon, 3.6 : 8.8 ns. */
#define NT_RATIO (3.6 / 8.8)

/*
 * Where channels are not published: a node has one for about four cores, from
 * two (Xeon E5-2600 of 2012) to eight (EPYC of 2019 and 2022), each with 16 GiB
 * or more. No node has fewer than two; most of the large have eight, few twelve.
 * A POWER chip has eight however few of its cores a machine has, four in each
 * half of POWER8, sixteen in a pair of POWER10.
 */
#define CORES_A_CHANNEL	       4.0
#define FEWEST_CORES_A_CHANNEL 2.0
#define MOST_CORES_A_CHANNEL   8.0
#define GIB_A_CHANNEL	       16.0
#define FEWEST_CHANNELS	       2.0
#define MANY_CHANNELS	       8.0
#define MOST_CHANNELS	       12.0
#define POWER_CHANNELS	       8.0

static const struct machine_range power_channels = { .5, 2 };

/* Where transfers are not published: DDR4-3200, from DDR4-2133 to DDR5-4800. */
#define MTS	  3200.0
#define LEAST_MTS 2133.0
#define MOST_MTS  4800.0

/*
 * DDR3 is slower in full slots: 48 GiB and more on a channel took quad-rank
 * modules or three modules, which run at 1066 or 800 where one runs at 1333 or
 * more (HP ProLiant DL320 G6 and IBM x3620 M3 user guides; Dell R820: 1333 at
 * best with quad-rank modules of 32 GiB).
 */
#define DDR3_MTS	 1866.0
#define FULL_CHANNEL_GIB 48.0
#define FULL_MTS	 1066.0
#define LEAST_FULL_MTS	 800.0
#define MOST_FULL_MTS	 1333.0

/*
 * First touches of a guest without a timing of its own that has them in it.
 * A host maps and clears 4 KiB in 2.9 us, in 5.9 if that memory is shared with
 * another process (Firecracker's benchmark of page faults, pull request 4820).
 * KVM serves CPUs of a guest side by side where it uses the processor's two
 * levels of page tables, but fills the tables of a guest of a guest under a
 * lock that is held for writing (Documentation/virt/kvm/locking.rst). MicroVMs
 * mostly are that; firecracker-2c-16g took 19.1 us for each 4 KiB in turn.
 */
#define GUEST_FAULT_NS	 3000.0
#define MICROVM_FAULT_NS 19100.0

/* Threads of unknown cores may be two of each, which is 2 / 1.3 as dear. */
static const struct machine_range unknown_cores = { 1, 2 / 1.3 };

static const char *const guests[] = { "guest", "vm", "virtual", NULL };
static const char *const microvms[] = { "firecracker",	    "microvm", "nested",
					"cloud-hypervisor", "kata",    NULL };
static const char *const power[] = { "power", "power8",	 "power9", "power10",
				     "ppc64", "ppc64le", NULL };
static const char *const other_processors[] = {
	"power", "power8", "power9",  "power10",   "ppc64",    "ppc64le",
	"arm",	 "arm64",  "aarch64", "ampere",	   "graviton", "s390",
	"s390x", "sparc",  "riscv",   "loongarch", NULL
};

/* A number that may be off. */
struct guess {
	double value;
	struct machine_range range;
};

static const struct machine_range sure = { 1, 1 };

/**
 * row_kind - how the row's kernel went about a node
 * @row: the timing
 */
enum deferred_kind row_kind(const struct published_row *row)
{
	return deferred_kind(row->version / 100, row->version % 100);
}

/**
 * row_threads - threads a node of the row's kernel
 * @row: the timing, of path deferred
 *
 * Return: at least 1; UINT_MAX for as many as the node has CPUs; 0 if nothing
 * that was published says how many.
 */
unsigned int row_threads(const struct published_row *row)
{
	if (row->threads_known)
		return max(row->threads, 1U);
	if (!row->version)
		return 0;
	return deferred_threads(row->version / 100, row->version % 100,
				!published_says(row, other_processors));
}

/**
 * row_refused - why nothing can be said of a row
 * @row: the timing
 *
 * Return: the reason in words; NULL if something can.
 */
const char *row_refused(const struct published_row *row)
{
	if (row->path == PATH_UNKNOWN)
		return "unknown path; want deferred, memmap_init or free_all";
	if (strcmp(row->store, "cached") && strcmp(row->store, "nt"))
		return "unknown store; want cached or nt";
	if (isnan(row->measured_ms))
		return "ms not published";
	if (!row->pages)
		return "neither pages_per_node nor mem_gib_per_node published";
	if (row->path == PATH_DEFERRED && !row_threads(row))
		return "neither threads_per_node nor kernel published";
	if (row->path != PATH_DEFERRED && !row->nodes)
		return "nodes not published";
	return NULL;
}

/**
 * row_page_ns - what a page took one CPU, in front of its own memory
 * @row: a one-thread timing that is not refused
 */
double row_page_ns(const struct published_row *row)
{
	double nodes = 1;

	/* The boot CPU writes all nodes in turn, the others from afar. */
	if (row->path != PATH_DEFERRED && row->nodes > 1)
		nodes += (row->nodes - 1) * machine_defaults()->remote_factor;
	return row->measured_ms * 1e6 / (row->pages * nodes);
}

static struct guess channels(const struct published_row *row, double cores,
			     double gib)
{
	struct guess guess = { row->channels, sure };
	double least, most;

	if (guess.value)
		return guess;
	if (published_says(row, power))
		return (struct guess){ POWER_CHANNELS, power_channels };
	guess.value = fmin(round(cores / CORES_A_CHANNEL),
			   round(gib / GIB_A_CHANNEL));
	guess.value = fmin(fmax(guess.value, FEWEST_CHANNELS), MANY_CHANNELS);
	least = fmax(cores / MOST_CORES_A_CHANNEL, FEWEST_CHANNELS);
	most = fmin(fmax(cores / FEWEST_CORES_A_CHANNEL, 2 * FEWEST_CHANNELS),
		    MOST_CHANNELS);
	guess.range.low = fmin(least / guess.value, 1);
	guess.range.high = fmax(most / guess.value, 1);
	return guess;
}

static struct guess transfers(const struct published_row *row,
			      double channel_gib)
{
	if (!row->mts)
		return (struct guess){ MTS,
				       { LEAST_MTS / MTS, MOST_MTS / MTS } };
	if (row->mts > DDR3_MTS || channel_gib < FULL_CHANNEL_GIB ||
	    row->mts <= FULL_MTS)
		return (struct guess){ row->mts, sure };
	return (struct guess){ FULL_MTS,
			       { LEAST_FULL_MTS / FULL_MTS,
				 fmin(MOST_FULL_MTS, row->mts) / FULL_MTS } };
}

/* Two numbers that are multiplied, each with its own range. */
static struct machine_range both(struct machine_range a, struct machine_range b)
{
	return (struct machine_range){
		.low = exp(-hypot(log(a.low), log(b.low))),
		.high = exp(hypot(log(a.high), log(b.high))),
	};
}

/* A cost is less sure than its label says. */
static void widen(struct machine *machine, enum machine_cost_id cost,
		  struct machine_range extra)
{
	struct machine_range range = both(machine_cost_range(machine, cost),
					  extra);

	if (extra.low < 1 || extra.high > 1)
		machine_set_range(machine, cost, range.low, range.high);
}

static void set(struct machine *machine, enum machine_cost_id cost,
		double value, enum machine_label label, const char *source)
{
	machine_set(machine, machine_cost_name(cost), value, label, source);
}

static void set_memory(const struct published_row *row, double cores,
		       double efficiency, struct machine *machine)
{
	double gib = row->mem_gib ?
			     row->mem_gib :
			     row->pages * (1UL << row->page_shift) / 0x1p30;
	struct guess channel = channels(row, cores, gib);
	struct guess mts = transfers(row, gib / channel.value);
	struct machine_range range = both(channel.range, mts.range);
	double bytes_per_s = channel.value * mts.value * 8e6 * efficiency;
	const char *source =
		row->channels && row->mts ?
			"channels x MT/s x 8, of its data sheet" :
			"channels x MT/s x 8, as such machines have";

	const struct machine_costs *costs = &machine->costs;
	const struct {
		enum machine_cost_id cost;
		double bytes_per_s;
		double page_ns;
	} rates[] = {
		{ COST_NODE_MAINLINE,
		  deferred_payload(bytes_per_s, row_kind(row)),
		  costs->page_ns[WRITE_MAINLINE] },
		{ COST_NODE_CACHED, bytes_per_s / 2,
		  costs->page_ns[WRITE_CACHED] },
		{ COST_NODE_NT, bytes_per_s, costs->page_ns[WRITE_NT] },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		/* What one CPU was seen to write, the memory takes. */
		set(machine, rates[i].cost,
		    fmax(rates[i].bytes_per_s, 64e9 / rates[i].page_ns),
		    MACHINE_DATASHEET, source);
		widen(machine, rates[i].cost, range);
	}
}

/* Both passes, from whichever one-thread rows there are; 0 without any. */
static double deferred_ns(const struct calibration *c, enum deferred_kind kind,
			  enum machine_label *label)
{
	*label = MACHINE_CALIBRATED;
	if (c->deferred_ns[kind])
		return c->deferred_ns[kind];
	*label = MACHINE_DERIVED;
	if (c->deferred_ns[!kind])
		return deferred_page_ns(c->deferred_ns[!kind], !kind, kind);
	/* The free pass finds the lines in the cache, if it comes at once. */
	if (kind == DEFERRED_BLOCKS && c->init_ns[0])
		return c->init_ns[0];
	if (kind == DEFERRED_BLOCKS && c->init_ns[1])
		return c->init_ns[1] / NT_RATIO;
	return 0;
}

static void set_pages(const struct published_row *row,
		      const struct calibration *c, struct machine *machine)
{
	static const char source[] = "one-thread rows of its published timings";
	enum machine_label label;
	double both_ns = deferred_ns(c, row_kind(row), &label);
	double init_ns = c->init_ns[0] ? c->init_ns[0] :
			 c->init_ns[1] ? c->init_ns[1] / NT_RATIO :
					 both_ns;

	if (both_ns)
		set(machine, COST_PAGE_MAINLINE, both_ns, label, source);
	if (!row->cores && topology_cpus(machine->topology) > 1)
		widen(machine, COST_PAGE_MAINLINE, unknown_cores);
	if (row->path == PATH_FREE_ALL && c->free_ns)
		init_ns = c->free_ns;
	if (init_ns)
		set(machine, COST_PAGE_CACHED, init_ns,
		    c->init_ns[0] || c->free_ns ? MACHINE_CALIBRATED :
						  MACHINE_DERIVED,
		    source);
	if (c->init_ns[1])
		set(machine, COST_PAGE_NT, c->init_ns[1], MACHINE_CALIBRATED,
		    source);
	else if (init_ns)
		set(machine, COST_PAGE_NT, init_ns * NT_RATIO, MACHINE_DERIVED,
		    source);
	/* A timing of a guest has its first touches in it. */
	if (both_ns)
		return;
	if (published_says(row, microvms)) {
		set(machine, COST_FAULT, MICROVM_FAULT_NS, MACHINE_DERIVED,
		    "another microVM of 4 KiB pages");
	} else if (published_says(row, guests)) {
		set(machine, COST_FAULT, GUEST_FAULT_NS, MACHINE_DEFAULT,
		    "a guest whose memory is not there yet");
		set(machine, COST_FAULTS_AT_ONCE,
		    topology_cpus(machine->topology), MACHINE_DEFAULT,
		    "each CPU of a guest by itself");
	}
}

/**
 * row_machine - the machine that a timing was taken on, and its boot line
 * @row: the timing; not refused
 * @calibration: what the machine's one-thread rows say
 * @efficiency: share of a data sheet's bandwidth that is reached
 * @machine: the result; machine_free() it
 * @param: the strategy, and its threads a node
 *
 * All memory of the row is left to the strategy: what came early is not in a
 * row's pages.
 */
void row_machine(const struct published_row *row,
		 const struct calibration *calibration, double efficiency,
		 struct machine *machine, struct memmap_param *param)
{
	unsigned int nodes = max(row->nodes, 1U), threads = 1, cpus, cores, i;
	struct topology *topology = topology_from_nodes(row->machine, nodes);
	unsigned long *pages = xcalloc(nodes, sizeof(*pages));

	if (row->path == PATH_DEFERRED)
		threads = row_threads(row);
	cores = row->cores;
	cpus = row->cores * max(row->threads_per_core, 1U);
	if (threads != UINT_MAX)
		cpus = max(cpus, threads);
	cpus = max(cpus, 1U);
	topology->page_shift = row->page_shift;
	for (i = 0; i < nodes; i++) {
		topology->nodes[i].nr_cpus = cpus;
		topology->nodes[i].nr_cores = cores < cpus ? cores : 0;
		pages[i] = row->pages;
	}
	topology_lay_out(topology, pages);
	free(pages);

	machine_new(machine, topology, "a published timing and its data sheet");
	machine->costs.early_linux = false;
	set_pages(row, calibration, machine);
	set_memory(row, cores ? cores : cpus, efficiency, machine);

	memmap_param_default(param);
	param->threads = threads == UINT_MAX ? 0 : threads;
	if (row->path == PATH_DEFERRED)
		return;
	param->strategy = memmap_strategy_find("serial", strlen("serial"));
	param->store = strcmp(row->store, "nt") ? MEMMAP_STORE_CACHED :
						  MEMMAP_STORE_NT;
}
