// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a commit leaves behind, beside a walk of all pages; what is pinned moves once
 * it is not; and nodes that get memory and lose it, again and again.
 *
 * guest.births=N	how often the new node gets memory (default 8)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_defrag.h"
#include "job_dnuma.h"

/* What a layout is made of, in pages, and as an order. */
#define BLOCK	    1024UL
#define BLOCK_ORDER 10

static struct dnuma_layout first;
static int nodes[MAX_NODES], nr_nodes;

static bool restored(void)
{
	return !dnuma_apply(dnuma_text(&first), "1");
}

static int node_at(const struct dnuma_layout *layout, unsigned long bytes)
{
	size_t i;

	for (i = 0; i < layout->nr; i++)
		if (layout->range[i].start <= bytes &&
		    layout->range[i].end > bytes)
			return layout->range[i].node;
	return -1;
}

/* Is there a page in a block that is neither free nor one of a process or file? */
static bool has_kernel_page(unsigned long pfn)
{
	enum {
		KPF_LRU = 5,
		KPF_BUDDY = 10,
		KPF_NOPAGE = 20,
		KPF_THP = 22,
		KPF_COMPOUND_TAIL = 16,
		KPF_RESERVED = 32
	};
	int fd = open("/proc/kpageflags", O_RDONLY);
	static uint64_t flags[BLOCK];
	ssize_t got = pread(fd, flags, sizeof(flags), pfn * 8);
	bool free_page = false;
	size_t i;

	close(fd);
	for (i = 0; got > 0 && i < (size_t)got / 8; i++) {
		/* Of a free block only the first page says so. */
		free_page = flags[i] >> KPF_BUDDY & 1 ||
			    (free_page && !flags[i]);
		if (!free_page && !(flags[i] >> KPF_LRU & 1) &&
		    !(flags[i] >> KPF_COMPOUND_TAIL & 1) &&
		    !(flags[i] >> KPF_NOPAGE & 1))
			return true;
	}
	return false;
}

/* Where the two differ, block by block, is what the report says is left. */
static void check_left(const char *name, const char *wanted_text,
		       const char *report_text)
{
	unsigned long left_kib = 0, bytes, walked = 0, kernel = 0;
	struct dnuma_layout wanted, now;
	const char *line;
	size_t i;

	dnuma_layout_get(&now);
	dnuma_layout_read(&wanted, wanted_text);
	for (i = 0; i < now.nr; i++)
		for (bytes = now.range[i].start; bytes < now.range[i].end;
		     bytes += PAGE)
			left_kib += node_at(&wanted, bytes) !=
						    now.range[i].node ?
					    PAGE / 1024 :
					    0;
	report((long)left_kib == dnuma_left_kib(report_text, -1), name,
	       "%lu KiB by a walk, %ld KiB in the report", left_kib,
	       dnuma_left_kib(report_text, -1));
	/* Unmovable is what has a page of the kernel in it. */
	for (line = report_text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		struct dnuma_range r;
		const char *why = dnuma_left_read(line, &r);

		if (!why || strncmp(why, "unmovable", 9))
			continue;
		for (bytes = r.start; bytes < r.end; bytes += BLOCK * PAGE) {
			walked++;
			kernel += has_kernel_page(bytes / PAGE);
		}
	}
	report(walked > 0 && walked == kernel, name,
	       "%lu blocks are unmovable, %lu have a page of the kernel",
	       walked, kernel);
	say("dnuma.left %s kib=%lu unmovable=%lu", name, left_kib, walked);
	dnuma_layout_free(&wanted);
	dnuma_layout_free(&now);
}

/* The control: of what the kernel calls free, no block has such a page. */
static void check_free(const char *name)
{
	char *text = dnuma_read("blocks"), *line, *rest;
	unsigned long bytes, walked = 0, kernel = 0;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct dnuma_layout blocks;

		if (!strstr(line, " free"))
			continue;
		dnuma_layout_read(&blocks, line);
		for (bytes = blocks.range[0].start; bytes < blocks.range[0].end;
		     bytes += BLOCK * PAGE) {
			walked++;
			kernel += has_kernel_page(bytes / PAGE);
		}
		dnuma_layout_free(&blocks);
	}
	free(text);
	/* To read takes a page or two. */
	report(walked > 100 && kernel <= 2, name,
	       "%lu blocks are free, %lu have a page of the kernel", walked,
	       kernel);
}

static void test_left(void)
{
	char *wanted = dnuma_stripe(&first, 32 * MIB, nodes, nr_nodes), *text;

	report(!dnuma_apply(strdup(wanted), "1"), "left", "commit");
	text = dnuma_read("report");
	check_left("left", wanted, text);
	check_free("left-control");
	free(text);
	free(wanted);
	report(restored(), "left", "restore");
}

/* A page that is pinned keeps its block, and no longer than that. */
static void test_pinned(void)
{
	size_t bytes = 32 * MIB;
	char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char line[96], *text;
	unsigned long pfn;
	int pin, from, to, tries;

	madvise(mem, bytes, MADV_NOHUGEPAGE);
	memset(mem, 'p', bytes);
	pfn = block_of(mem, bytes, BLOCK_ORDER);
	from = node_at(&first, pfn * PAGE);
	to = nodes[from == nodes[0]];
	pin = pin_pages(mem, bytes);
	snprintf(line, sizeof(line), "%lu-%lu %d\n", pfn * PAGE,
		 (pfn + BLOCK) * PAGE, to);
	report(pfn && pin >= 0 && !dnuma_apply(strdup(line), "retry=1"),
	       "pinned", "pfn %lu, pin %d", pfn, pin);
	sleep(3);
	text = dnuma_read("report");
	report(dnuma_left_kib(text, -1) == (long)(BLOCK * PAGE / 1024) &&
		       strstr(text, " unmovable") &&
		       !strstr(text, " 0 retries"),
	       "pinned-stays", "%s", text);
	free(text);
	unpin_pages(pin);
	/* A period of a second, and what a retry takes. */
	for (tries = 0; tries < 30; tries++) {
		text = dnuma_read("report");
		if (!dnuma_left_kib(text, -1))
			break;
		free(text);
		text = NULL;
		usleep(100000);
	}
	report(text, "pinned-moves", "not in %d tries", tries);
	free(text);
	munmap(mem, bytes);
	report(restored(), "pinned", "restore");
}

static long percpu_areas(void)
{
	return field(DEBUGFS "/percpu_stats", "nr_cur_alloc");
}

/* Is there a thread of this name? */
static bool thread_runs(const char *name)
{
	char path[64], *text;
	bool found = false;
	int pid;

	for (pid = 1; pid < 1000 && !found; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		text = read_file(path);
		found = text && !strncmp(text, name, strlen(name)) &&
			text[strlen(name)] == '\n';
		free(text);
	}
	return found;
}

/* What a node of memory has beside it comes and goes with the memory. */
static void check_node(const char *name, int nid, bool memory)
{
	char thread[32];

	report(dnuma_has_memory(nid) == memory, name, "node %d has memory: %d",
	       nid, !memory);
	snprintf(thread, sizeof(thread), "kswapd%d", nid);
	report(thread_runs(thread) == memory, name, "%s runs: %d", thread,
	       !memory);
	snprintf(thread, sizeof(thread), "kcompactd%d", nid);
	report(thread_runs(thread) == memory, name, "%s runs: %d", thread,
	       !memory);
	report((dnuma_tier_of(nid) >= 0) == memory, name,
	       "node %d is in a tier: %d", nid, !memory);
}

/* The new node gets what is free at the end of memory. */
static char *birth_text(int nid)
{
	unsigned long end = first.range[first.nr - 1].end / (128 * MIB) *
			    (128 * MIB);
	char *text = malloc(96);

	snprintf(text, 96, "%lu-%lu %d\n", end - 256 * MIB, end - 128 * MIB,
		 nid);
	return text;
}

static void test_births(long births)
{
	long round, areas = -1, total = field("/proc/meminfo", "MemTotal");
	int fresh = dnuma_empty_node();

	report(fresh >= 0, "births", "all nodes have memory; dnuma_nodes=1");
	for (round = 0; fresh >= 0 && round < births; round++) {
		report(!dnuma_apply(birth_text(fresh), "1"), "birth",
		       "round %ld", round);
		check_node("birth", fresh, true);
		report(restored(), "death", "round %ld", round);
		check_node("death", fresh, false);
		/* From the second time on nothing of the node is new. */
		if (!round)
			areas = percpu_areas();
	}
	report(areas > 0 && percpu_areas() == areas, "births-leak",
	       "%ld areas for CPUs, then %ld", areas, percpu_areas());
	report(field("/proc/meminfo", "MemTotal") == total, "births",
	       "MemTotal %ld, at first %ld", field("/proc/meminfo", "MemTotal"),
	       total);
	free(dnuma_audit("births"));
}

void job_dnuma_left(void)
{
	nr_nodes = memory_nodes(nodes);
	write_file("/proc/sys/kernel/numa_balancing", "0");
	if (dnuma_layout_get(&first) || nr_nodes < 2) {
		report(false, "left", "no " DNUMA_DIR "/layout");
		return;
	}
	test_left();
	test_pinned();
	test_births(param_long("births", 8));
	dnuma_layout_free(&first);
}
