/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_HOST_H
#define SIM_HOST_HOST_H

/*
 * A machine brought up for real in this process: its memmap is reserved
 * address space, its CPUs are OpenMP threads, its zones are ours. One host at
 * a time owns the process-wide vmemmap.
 *
 *	topology -> host_create() -> host_boot_begin() -> host_boot()
 *	         -> host_wait() -> host_reset(), for another boot -> ...
 */
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/numa.h>
#include <linux/page-isolation.h>
#include "machine/topology.h"

struct host;

/* host.c: the machine's life, from reserved address space to user space */
struct host *host_create(const struct topology *topology, unsigned int threads,
			 struct error *error);
void host_destroy(struct host *host);
/* Touch the whole memmap, so that no strategy pays for page faults. */
void host_prefault(struct host *host);
/* Forget everything: zones empty, memmap pristine (its content garbage). */
void host_reset(struct host *host);
/* Zones, extents, unaligned edges initialised and freed. Part of boot. */
void host_boot_begin(struct host *host, const struct memmap_param *param);
/* Run the strategy until boot would go on; background CPUs keep draining. */
void host_boot(struct host *host);
/* Wait until the background CPUs have finished; the boot CPU helps. */
void host_wait(struct host *host);
/* Pull every block that is still pristine, as allocations would. */
void host_pull_all(struct host *host, unsigned long max_pages);

struct memmap_boot *host_boot_state(struct host *host);
struct zone *host_zone(struct host *host, unsigned int i);
unsigned int host_nr_zones(const struct host *host);
unsigned int host_threads(const struct host *host);
unsigned long host_pages(const struct host *host);
/* Run fn on every CPU thread at once (0 .. host_threads()-1) and wait. */
void host_on_each_cpu(struct host *host,
		      void (*fn)(void *arg, unsigned int cpu), void *arg);

#endif /* SIM_HOST_HOST_H */
