/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_HOST_H
#define SIM_HOST_HOST_H

/*
 * A described machine, brought up on the memory of the host that this program
 * runs on. Its memmap is address space of full size, of which only what is
 * written costs memory; its CPUs are OpenMP threads, its zones are ours. The
 * kernel's variable vmemmap is one for the whole process, so there can be one
 * machine at a time.
 *
 *	topology -> host_create() -> host_boot_begin() -> host_boot()
 *	         -> host_wait() -> host_reset(), for another boot -> ...
 *
 * host.c sets it up, early.c and boot.c boot it, executor.c and task.c carry a strategy
 * out. buddy.h allocates from it, verify.h checks its memmap, yardstick.h fills
 * the same memmap as mainline does, and as fast as the host can.
 */
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/numa.h>
#include <linux/page-isolation.h>
#include "machine/machine.h"

struct host;

/* host.c */
struct host *host_create(const struct topology *topology, unsigned int threads,
			 struct error *error);
void host_destroy(struct host *host);
void host_prefault(struct host *host);
void host_cool(struct host *host);
void host_reset(struct host *host);

struct memmap_boot *host_boot_state(struct host *host);
struct zone *host_zone(struct host *host, unsigned int i);
unsigned int host_nr_zones(const struct host *host);
unsigned int host_threads(const struct host *host);
unsigned long host_pages(const struct host *host);
unsigned long host_plugged(const struct host *host);
const struct topology *host_topology(const struct host *host);
unsigned int host_cpus(const struct host *host, unsigned int per_node);

/* early.c */
void host_set_early(struct host *host, const struct machine_costs *costs);
unsigned long host_early_pages(const struct host *host, bool mainline);

/**
 * struct host_plugged - hot-added memory, by its number in the topology
 * @arrival_ns: when it came, from the begin of boot
 * @online_ns: from then until all of it was online
 * @ready_ns: from then until all of its struct pages were written; NAN: never
 * @drained_ns: from the begin of boot until the strategy's first drain ended;
 *	NAN: there was none
 */
struct host_plugged {
	double arrival_ns[TOPOLOGY_MAX_PLUGS];
	double online_ns[TOPOLOGY_MAX_PLUGS];
	double ready_ns[TOPOLOGY_MAX_PLUGS];
	double drained_ns;
};

/* plug.c */
void host_plug(struct host *host, const struct memmap_strategy *strategy,
	       u64 start_ns, double boot_wait_ns, struct host_plugged *plugged);

/* boot.c */
void host_boot_begin(struct host *host, const struct memmap_param *param);
void host_boot(struct host *host);
void host_wait(struct host *host);
void host_pull_all(struct host *host, unsigned long max_pages);

/* task.c */
void host_on_each_cpu(struct host *host,
		      void (*fn)(void *arg, unsigned int cpu), void *arg);

#endif /* SIM_HOST_HOST_H */
