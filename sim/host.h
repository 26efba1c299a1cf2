/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_H
#define SIM_HOST_H

/*
 * A described machine brought up for real in this process: its memmap is
 * reserved address space, its CPUs are OpenMP threads, its zones are ours.
 * One machine at a time owns the process-wide vmemmap.
 */
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/numa.h>
#include <linux/page-isolation.h>

#define HOST_MAX_RANGES	64

/**
 * struct host_range - a run of memory
 * @start_pfn: first page
 * @end_pfn: behind the last page
 */
struct host_range {
	unsigned long start_pfn;
	unsigned long end_pfn;
};

/**
 * struct host_node - one node of a described machine
 * @nr_cpus: CPUs; 0 for memory alone
 * @nr_ranges: memory ranges; 0 for CPUs alone
 * @ranges: sorted, free memory; what lies between is holes or reserved
 * @os_index: the real node of this host to bind to, -1 for none
 */
struct host_node {
	unsigned int nr_cpus;
	unsigned int nr_ranges;
	struct host_range ranges[HOST_MAX_RANGES];
	int os_index;
};

/**
 * struct host_shape - what the machine looks like
 * @name: for reports
 * @source: "this host", a file name, or the synthetic string
 * @nr_nodes: nodes
 * @nodes: the nodes
 * @end_pfn: behind the last page of all nodes
 */
struct host_shape {
	char *name;
	char *source;
	unsigned int nr_nodes;
	struct host_node *nodes;
	unsigned long end_pfn;
};

/* topology.c: exit status 2 comes from the caller; @err names the remedy */
struct host_shape *shape_this_host(char *err, size_t len);
struct host_shape *shape_from(const char *spec, char *err, size_t len);
struct host_shape *shape_from_nodes(const char *name, unsigned int nr_nodes);
int shape_set_memory(struct host_shape *shape, unsigned long bytes);
unsigned long shape_node_pages(const struct host_node *node);
unsigned long shape_pages(const struct host_shape *shape);
void shape_free(struct host_shape *shape);

struct host;

/* host.c: the machine's life, from reserved address space to user space */
struct host *host_create(const struct host_shape *shape, unsigned int threads,
			 char *err, size_t len);
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
u64 host_now(void);
/* Run fn on every CPU thread at once (0 .. host_threads()-1) and wait. */
void host_on_each_cpu(struct host *host, void (*fn)(void *arg, unsigned int cpu),
		      void *arg);

/*
 * mainline.c, roofline.c: the two yardsticks, on the same memmap with the same
 * threads. Both return ns; the machine must be reset afterwards.
 */
u64 mainline_run(struct host *host, unsigned int threads);
u64 roofline_run(struct host *host, unsigned int threads);
/* What they are made of: a range of one zone, and plain bytes. */
void mainline_range(struct zone *zone, unsigned long start_pfn,
		    unsigned long end_pfn);
void roofline_fill(char *to, size_t bytes, bool nt);

/**
 * struct verify_result - verify.c: every descriptor against serial mainline
 * @pages: descriptors compared
 * @pristine: still pristine, so not compared
 * @wrong: descriptors that differ
 * @first_wrong_pfn: the first of them
 * @lists_ok: free lists are intact and hold every free page exactly once
 * @accounting_ok: managed, free and per-order counts are exact
 */
struct verify_result {
	unsigned long pages;
	unsigned long pristine;
	unsigned long wrong;
	unsigned long first_wrong_pfn;
	bool lists_ok;
	bool accounting_ok;
};

bool host_verify(struct host *host, struct verify_result *result);

/* buddy.c: as Linux does it, less what the memmap has no part in */
void buddy_zone_init(struct zone *zone, int nid, unsigned long start_pfn,
		     unsigned long end_pfn);
struct page *buddy_alloc(struct memmap_boot *boot, struct zone *zone,
			 unsigned int order, int migratetype);
void buddy_free(struct zone *zone, struct page *page, unsigned int order);
/* Record how long buddy_alloc() and its pulls hold the zone lock. */
struct hist;
void buddy_profile(struct zone *zone, bool on);
void buddy_profile_read(struct zone *zone, struct hist *hist);

#endif /* SIM_HOST_H */
