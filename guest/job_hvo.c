// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gigantic pages from the boot line that keep one page of struct pages each (HVO).
 * They are used, and given back to a kernel whose other memory is pristine: for
 * that the struct pages that were saved have to be allocated and written.
 *
 * guest.pages=N  how many there are to be on all nodes, at least one on each
 * guest.lazy=1	  memory beside them is to be pristine before and behind
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest.h"

#define GIB	(1UL << 30)
#define GIB_KIB 1048576L
/* Pages of struct pages of a gigantic page, but for the one that it keeps */
#define SAVED_PAGES (GIB_KIB / 4 * 64 / 4096 - 1)

static int nodes[MAX_NODES], nr_nodes;

/* All of a node's gigantic pages: each small page keeps what is written. */
static void use(int node, long pages)
{
	size_t bytes = pages * GIB, at, wrong = 0;
	int err = bind_to_node(node);
	char *mem;

	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 30 << 26, -1, 0);
	if (err || mem == MAP_FAILED) {
		report(false, "hvo-use", "node %d: bind %s, mmap %s", node,
		       strerror(-err), strerror(errno));
		return;
	}
	for (at = 0; at < bytes; at += PAGE)
		*(size_t *)(mem + at) = at + node;
	for (at = 0; at < bytes; at += PAGE)
		wrong += *(size_t *)(mem + at) != at + node;
	munmap(mem, bytes);
	bind_to_node(-1);
	report(!wrong, "hvo-use", "node %d: %zu small pages are not as written",
	       node, wrong);
}

/* Pages of struct pages: those from boot, and those allocated later. */
static long memmap_pages(void)
{
	return field("/proc/vmstat", "nr_memmap_boot_pages") +
	       field("/proc/vmstat", "nr_memmap_pages");
}

static void same(const char *name, long is, long want)
{
	report(is == want, name, "%ld, want %ld", is, want);
}

static void free_all(void)
{
	int i;

	for (i = 0; i < nr_nodes; i++)
		same("hvo-free", set_huge_pages(nodes[i], GIB_KIB, 0), 0);
}

void job_hvo(void)
{
	long total = field("/proc/meminfo", "MemTotal"), pages = 0, again = 0;
	long from_boot = field("/proc/vmstat", "nr_memmap_boot_pages");
	long written = memmap_pages(), grown;
	/* Page tables of the memmap, slab: a sixth of what three pages save */
	long slack = 8 * 1024;
	int i;

	nr_nodes = memory_nodes(nodes);
	/* Freed pages are to be in the free lists, not in per-CPU ones. */
	write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000");
	test_statistics("hvo-statistics-boot");
	for (i = 0; i < nr_nodes; i++) {
		long got = set_huge_pages(nodes[i], GIB_KIB, -1);

		pages += got;
		if (param_long("lazy", 0))
			report(pristine_kib(nodes[i]) > 0,
			       "hvo-beside-pristine",
			       "node %d: no memory is pristine", nodes[i]);
		use(nodes[i], got);
	}
	same("hvo-boot", pages, param_long("pages", 0));

	grown = -field("/proc/meminfo", "MemFree");
	free_all();
	grown += field("/proc/meminfo", "MemFree");
	same("hvo-saved", memmap_pages() - written, pages * SAVED_PAGES);
	report(labs(grown - pages * (GIB_KIB - SAVED_PAGES * 4)) < slack,
	       "hvo-free-adds-up", "MemFree has grown by %ld KiB for %ld pages",
	       grown, pages);
	test_statistics("hvo-statistics-freed");

	/* They are ordinary memory now: other pages, and gigantic ones again. */
	job_load();
	written = memmap_pages();
	for (i = 0; i < nr_nodes; i++)
		if (set_huge_pages(nodes[i], GIB_KIB, 1) == 1) {
			use(nodes[i], 1);
			again++;
		}
	report(again, "hvo-again", "no node has one");
	same("hvo-again-saved", written - memmap_pages(), again * SAVED_PAGES);
	free_all();
	/* Struct pages from boot that are saved become memory like any other. */
	from_boot -= field("/proc/vmstat", "nr_memmap_boot_pages");
	same("hvo-total", field("/proc/meminfo", "MemTotal"),
	     total + from_boot * 4);
	test_statistics("hvo-statistics-end");
}
