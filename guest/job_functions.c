// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of all that walks pfns or takes free memory from elsewhere than the free
 * lists, on a guest whose memory is pristine if the strategy leaves it so. Each
 * test says ok or not ok. If the kernel reads a struct page before it is
 * written, it says so in its log, which the host searches.
 *
 * The order matters: what needs pristine memory comes before what drains it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define KPF_BUDDY    (1UL << 10)
#define KPF_HWPOISON (1UL << 19)
#define KPF_NOPAGE   (1UL << 20)

#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

static int nodes[MAX_NODES], nr_nodes;

static long mem_total(void)
{
	return field("/proc/meminfo", "MemTotal");
}

/* Free memory in blocks of @least_order at least, as buddyinfo has it, KiB. */
static long buddyinfo_kib(int least_order)
{
	char *text = read_file("/proc/buddyinfo"), *line, *rest;
	long kib = 0, blocks;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *at = strstr(line, "zone"), *end;
		int order;

		at += strcspn(at, " ");
		at += strspn(at, " ");
		at += strcspn(at, " ");
		/* The line ends in a blank: no number there, so strtol() stays. */
		for (order = 0; (blocks = strtol(at, &end, 10), end != at);
		     order++, at = end)
			if (order >= least_order)
				kib += blocks * 4 << order;
	}
	free(text);
	return kib;
}

void test_statistics(const char *name)
{
	long pagetypes, buddy = buddyinfo_kib(0);
	long mem_free = field("/proc/meminfo", "MemFree");
	long pageblocks = field("/proc/vmstat", "nr_free_pages_blocks");
	/* Pages in the per-CPU lists are free and in no free list. */
	long slack = 4096 + online_cpus() * 2048;

	report(labs(buddy - mem_free) < slack, name,
	       "buddyinfo %ld KiB, MemFree %ld KiB", buddy, mem_free);
	/* Not every kernel counts them. */
	if (pageblocks >= 0)
		report(labs(buddyinfo_kib(9) - pageblocks * 4) < slack,
		       "pageblocks", "buddyinfo %ld KiB, vmstat %ld KiB",
		       buddyinfo_kib(9), pageblocks * 4);
	/* Not compared, but read: both walk memory. */
	free(read_file("/proc/zoneinfo"));
	free(read_file("/proc/pagetypeinfo"));
	pagetypes = write_file("/proc/sysrq-trigger", "m");
	report(!pagetypes, "show_mem", "sysrq m: %s", strerror(-pagetypes));
}

/* One word of kpageflags or kpagecount. */
static uint64_t page_word(const char *file, uint64_t pfn)
{
	uint64_t word = 0;
	int fd = open(file, O_RDONLY);

	if (fd < 0 || pread(fd, &word, 8, pfn * 8) != 8)
		word = KPF_NOPAGE;
	close(fd);
	return word;
}

/*
 * Each page of a free block is shown as one, pristine or not; so what is free and
 * what is no memory does not depend on who has initialised it.
 */
static void test_kpage(void)
{
	static uint64_t words[8192], first_nopage;
	uint64_t pages = 0, buddy = 0, nopage = 0, mapped = 0;
	long slack = 4096 + online_cpus() * 2048, before, after;
	ssize_t i, got;
	int fd;

	/* Pages may be freed meanwhile. */
	before = field("/proc/meminfo", "MemFree");
	fd = open("/proc/kpageflags", O_RDONLY);
	while (fd >= 0 && (got = read(fd, words, sizeof(words))) > 0)
		for (i = 0; i < got / 8; i++, pages++) {
			buddy += !!(words[i] & KPF_BUDDY);
			nopage += !!(words[i] & KPF_NOPAGE);
		}
	close(fd);
	after = field("/proc/meminfo", "MemFree");
	report((long)buddy * 4 > (before < after ? before : after) - slack &&
		       (long)buddy * 4 <
			       (before > after ? before : after) + slack,
	       "kpageflags",
	       "%lu of %lu pages are free, MemFree %ld KiB, then %ld", buddy,
	       pages, before, after);
	if (!first_nopage)
		first_nopage = nopage;
	report(nopage == first_nopage && nopage < pages, "kpageflags-nopage",
	       "%lu of %lu pfns, at first %lu", nopage, pages, first_nopage);

	pages = 0;
	fd = open("/proc/kpagecount", O_RDONLY);
	while (fd >= 0 && (got = read(fd, words, sizeof(words))) > 0)
		for (i = 0; i < got / 8; i++, pages++)
			mapped += !!words[i];
	close(fd);
	report(pages && mapped, "kpagecount", "%lu pfns, %lu mapped", pages,
	       mapped);
}

static void test_compaction(void)
{
	int err = write_file("/proc/sys/vm/drop_caches", "3");

	if (!err)
		err = write_file("/proc/sys/vm/compact_memory", "1");
	report(!err, "compaction", "%s", strerror(-err));
}

/*
 * The middle of the last pristine extent; without any, of the last free block:
 * the test then asks the same of initialised memory.
 */
static uint64_t unused_pfn(bool *pristine)
{
	char *text = read_file(MEMMAP_DIR "/extents"), *line, *rest;
	unsigned long start, end, pfn = 0;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (sscanf(line, "%*s %*s %lu %lu", &start, &end) == 2)
			pfn = start + (end - start) / 2 + 5;
	free(text);
	*pristine = pfn;
	if (!pfn) {
		uint64_t at, last = 0;

		/*
		 * One probe in each 1024 pages, and in the pages behind it that
		 * a caller may take: a free block may be a small one.
		 */
		for (at = 517; page_word("/proc/kpagecount", at) != KPF_NOPAGE;
		     at += 1024)
			if (page_word("/proc/kpageflags", at) & KPF_BUDDY &&
			    page_word("/proc/kpageflags", at + 7) & KPF_BUDDY)
				last = at;
		pfn = last;
	}
	return pfn;
}

static void test_poison_unused(void)
{
	long before = field("/proc/meminfo", "HardwareCorrupted");
	bool pristine;
	uint64_t pfn = unused_pfn(&pristine);
	const char *what = pristine ? "pristine" : "free";
	int err;

	err = write_file("/sys/devices/system/memory/soft_offline_page", "%lu",
			 pfn * PAGE);
	report(!err && page_word("/proc/kpageflags", pfn) & KPF_HWPOISON,
	       "soft-offline-unused", "%s pfn %lu: %s", what, pfn,
	       strerror(-err));

	pfn = unused_pfn(&pristine) + 3;
	err = write_file("/sys/devices/system/memory/hard_offline_page", "%lu",
			 pfn * PAGE);
	report(!err && page_word("/proc/kpageflags", pfn) & KPF_HWPOISON,
	       "hard-offline-unused", "%s pfn %lu: %s", what, pfn,
	       strerror(-err));

	if (!access(DEBUGFS "/hwpoison/corrupt-pfn", W_OK)) {
		pfn = unused_pfn(&pristine) + 7;
		err = write_file(DEBUGFS "/hwpoison/corrupt-pfn", "%lu", pfn);
		report(!err && page_word("/proc/kpageflags", pfn) & KPF_HWPOISON,
		       "corrupt-pfn-unused", "%s pfn %lu: %s",
		       pristine ? "pristine" : "free", pfn, strerror(-err));
	}
	report(field("/proc/meminfo", "HardwareCorrupted") > before,
	       "hardware-corrupted", "counted in meminfo");
}

static sigjmp_buf bus;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(bus, 1);
}

static void test_poison_used(void)
{
	volatile char *mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile bool killed = true;
	volatile int err;

	mem[0] = 42;
	mem[PAGE] = 43;
	err = madvise((void *)mem, PAGE, MADV_SOFT_OFFLINE) ? errno : 0;
	report(!err && mem[0] == 42, "madvise-soft-offline", "%s",
	       strerror(err));
	/* The signal comes with the call, or with the next access. */
	signal(SIGBUS, on_bus);
	if (!sigsetjmp(bus, 1)) {
		err = madvise((void *)(mem + PAGE), PAGE, MADV_HWPOISON) ?
			      errno :
			      0;
		mem[PAGE]++;
		killed = false;
	}
	signal(SIGBUS, SIG_DFL);
	report(!err && killed, "madvise-hwpoison", "%s, %s", strerror(err),
	       killed ? "the page is gone" : "the page is still there");
	munmap((void *)mem, 2 * PAGE);
}

long set_huge_pages(int node, long size_kib, long want)
{
	char path[128];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/hugepages/hugepages-%ldkB/nr_hugepages",
		 node, size_kib);
	if (want >= 0)
		write_file(path, "%ld", want);
	return number(path);
}

/* Take @want huge pages of a node, use one of them, give all back. */
static long huge_pages(int node, long size_kib, long want)
{
	/* log2 of the page size, where mmap looks for it */
	int shift = size_kib == 2048 ? 21 : 30;
	long got = set_huge_pages(node, size_kib, want);
	char *mem;

	mem = mmap(NULL, size_kib * 1024, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | shift << 26, -1,
		   0);
	if (mem != MAP_FAILED) {
		/* First and last page: all of it is the host's memory. */
		mem[0] = mem[size_kib * 1024 - 1] = 1;
		munmap(mem, size_kib * 1024);
	} else if (got > 0) {
		got = -errno;
	}
	return set_huge_pages(node, size_kib, 0) ? -EBUSY : got;
}

static void test_huge_pages(void)
{
	long gigantic = 0, got;
	int i;

	for (i = 0; i < nr_nodes; i++) {
		got = huge_pages(nodes[i], 1048576, 1);
		if (got > 0)
			gigantic += got;
		else if (got < 0)
			report(false, "hugepages-1G", "node %d: %s", nodes[i],
			       strerror(-got));
	}
	report(gigantic >= 1, "hugepages-1G", "%ld on %d nodes", gigantic,
	       nr_nodes);
	for (i = 0; i < nr_nodes; i++) {
		got = huge_pages(nodes[i], 2048, 64);
		report(got == 64, "hugepages-2M", "node %d: %ld of 64",
		       nodes[i], got);
	}
}

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * Offlining tries for as long as nobody sends a signal: a slab that left the
 * partial list looks movable, for list_del() leaves LIST_POISON2 where a page
 * keeps its mapping. Mainline is the same.
 */
int set_block(int block, const char *state)
{
	struct sigaction act = { .sa_handler = on_alarm };
	char path[80];
	int err;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%d/state", block);
	sigaction(SIGALRM, &act, NULL);
	alarm(20);
	err = write_file(path, "%s", state);
	alarm(0);
	return err;
}

int node_blocks(int node, int *blocks, int most)
{
	char path[64];
	struct dirent **entries;
	int i, nr, count = 0;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
	nr = scandir(path, &entries, NULL, versionsort);
	for (i = 0; i < nr; i++) {
		if (count < most &&
		    sscanf(entries[i]->d_name, "memory%d", &blocks[count]) == 1)
			count++;
		free(entries[i]);
	}
	if (nr >= 0)
		free(entries);
	return count;
}

static bool same_zone(int block, int other)
{
	char path[80], *one, *two;
	bool same;

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%d/valid_zones", block);
	one = read_file(path);
	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%d/valid_zones", other);
	two = read_file(path);
	same = one && two && !strcmp(one, two);
	free(one);
	free(two);
	return same;
}

/* Is a page of the block poisoned? It would not go online again then. */
static bool poisoned(int block)
{
	char *text = read_file("/sys/devices/system/memory/block_size_bytes");
	size_t bytes = text ? strtoull(text, NULL, 16) / 4096 * 8 : 0, i;
	uint64_t *words = calloc(1, bytes);
	int fd = open("/proc/kpageflags", O_RDONLY);
	ssize_t got = pread(fd, words, bytes, (off_t)block * bytes);
	bool found = false;

	for (i = 0; (ssize_t)(i * 8) < got; i++)
		found |= !!(words[i] & KPF_HWPOISON);
	close(fd);
	free(words);
	free(text);
	return found;
}

/*
 * Offline blocks of each node and online them again: those at the edges of a
 * zone, where its span shrinks, their neighbours, and one in the middle. The
 * kernel may refuse one that holds its own data; it must not refuse all of a
 * node.
 */
static void test_offline(void)
{
	static int blocks[4096];
	static bool edge[4096];
	long total = mem_total(), after;
	int i, j, all_edges = 0;

	for (i = 0; i < nr_nodes; i++) {
		int count = node_blocks(nodes[i], blocks, 4096);
		int gone[16], out = 0, edges = 0, tried = 0;

		/* All of them first: an offline block names other zones. */
		for (j = 0; j < count; j++)
			edge[j] = !j || j == count - 1 ||
				  !same_zone(blocks[j - 1], blocks[j]) ||
				  !same_zone(blocks[j], blocks[j + 1]);
		for (j = 0; j < count && out < 16; j++) {
			if (!edge[j] && j != 1 && j != 2 && j != count / 2 &&
			    j != count - 2)
				continue;
			if (poisoned(blocks[j]))
				continue;
			tried++;
			if (set_block(blocks[j], "offline"))
				continue;
			edges += edge[j];
			gone[out++] = blocks[j];
		}
		/* While they are away: walk, and allocate what is left. */
		free(read_file("/proc/pagetypeinfo"));
		write_file("/proc/sys/vm/compact_memory", "1");
		huge_pages(nodes[i], 2048, 16);
		for (j = out - 1; j >= 0; j--)
			if (set_block(gone[j], "online"))
				report(false, "online", "block %d: refused",
				       gone[j]);
		/* Node 0 holds the kernel; it may well refuse everything. */
		report(out > 0 || !nodes[i], "offline-online",
		       "node %d: %d of %d blocks, %d at a zone's edge",
		       nodes[i], out, tried, edges);
		all_edges += edges;
	}
	/* Without ZONE_MOVABLE every edge holds memory of the kernel. */
	if (param_long("edges", 0))
		report(all_edges > 0, "offline-online-edges",
		       "%d blocks at a zone's edge", all_edges);
	after = mem_total();
	report(after == total, "offline-online-total",
	       "MemTotal %ld KiB before, %ld after", total, after);
}

/* A child allocates memory of one node until it is killed. */
static void test_fill(int node)
{
	long before = node_free_kib(node), least = before, after;
	int waited, status;
	pid_t pid = fork();

	if (!pid) {
		size_t size = 1UL << 40, at;
		char *mem;

		write_file("/proc/self/oom_score_adj", "1000");
		bind_to_node(node);
		mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (mem == MAP_FAILED)
			_exit(1);
		madvise(mem, size, MADV_NOHUGEPAGE);
		for (at = 0; at < size; at += PAGE)
			mem[at] = 1;
		_exit(2);
	}
	while (!waitpid(pid, &status, WNOHANG)) {
		after = node_free_kib(node);
		if (after < least)
			least = after;
		usleep(10000);
	}
	/* The killed process's memory is reaped in the background. */
	for (waited = 0; waited < 500; waited++) {
		after = node_free_kib(node);
		if (after > before - 8192)
			break;
		usleep(10000);
	}
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
		       least < before / 8 && after > before - 8192,
	       "fill-node", "node %d: free %ld KiB, at least %ld, then %ld",
	       node, before, least, after);
}

static void test_trace_events(void)
{
	const char *dir = "/sys/kernel/tracing/events/memmap_init";
	bool pristine;
	char *text;

	if (access(dir, F_OK))
		return;
	unused_pfn(&pristine);
	write_file("/sys/kernel/tracing/events/memmap_init/enable", "1");
	/* More than the section that is initialised in any case. */
	huge_pages(nodes[nr_nodes - 1], 2048, 128);
	write_file("/sys/kernel/tracing/events/memmap_init/enable", "0");
	text = read_file("/sys/kernel/tracing/trace");
	/* With nothing pristine there is nothing to trace. */
	report(strstr(text, "memmap_") || !pristine, "trace-events", "%.120s",
	       strstr(text, "memmap_") ?: "none");
	free(text);
}

void job_functions(void)
{
	int i;

	nr_nodes = memory_nodes(nodes);
	test_statistics("statistics");
	test_kpage();
	test_compaction();
	test_trace_events();
	test_huge_pages();
	test_poison_unused();
	test_poison_used();
	test_kpage();
	test_offline();
	test_statistics("statistics-after-offline");
	/* Freed pages are to be in the free lists, not in per-CPU ones. */
	write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000");
	for (i = 0; i < nr_nodes; i++)
		test_fill(nodes[i]);
	test_kpage();
	test_compaction();
	test_statistics("statistics-after-fill");
}
