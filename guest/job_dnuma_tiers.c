// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory tiers and the order of demotion while memory changes its node. Two nodes
 * have CPUs and fast memory, two have slow memory alone, each near one of the
 * first (guest/machine.py, tiers). A node that firmware does not know is in the
 * tier of those that it has its memory from.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_dnuma.h"

#define TIERS "/sys/devices/virtual/memory_tiering"
/* More than a node is asked for than it has free */
#define SPILL (16 * MIB)

static struct dnuma_layout first;
static long mem_total;

int dnuma_tier_of(int nid)
{
	char path[80], *text, *at;
	long from, to;
	bool found = false;
	int tier;

	for (tier = 0; tier < 256; tier++) {
		snprintf(path, sizeof(path), TIERS "/memory_tier%d/nodelist",
			 tier);
		at = text = read_file(path);
		while (at && *at >= '0' && *at <= '9') {
			from = to = strtol(at, &at, 10);
			if (*at == '-')
				to = strtol(at + 1, &at, 10);
			found |= from <= nid && nid <= to;
			at += *at == ',';
		}
		free(text);
		if (found)
			return tier;
	}
	return -1;
}

/* What the kernel said last of where a node's pages are demoted to; to be freed. */
static char *targets_of(int nid)
{
	enum { READ_ALL = 3, SIZE = 10 };
	int size = klogctl(SIZE, NULL, 0);
	char *log = calloc(1, size + 1), *at, *last = NULL, want[48];

	klogctl(READ_ALL, log, size);
	snprintf(want, sizeof(want), "Demotion targets for Node %d: ", nid);
	for (at = log; (at = strstr(at, want)); at++)
		last = at + strlen(want);
	last = last ? strndup(last, strcspn(last, "\n")) : NULL;
	free(log);
	return last;
}

static void check_targets(const char *name, int nid, const char *want)
{
	char *text = targets_of(nid);

	report(text && !strcmp(text, want), name, "node %d: '%s', want '%s'",
	       nid, text ? text : "nothing", want);
	free(text);
}

/* Where pages of a process lie; the most of them that are not on @from. */
static int most_are_on(const char *name, char *mem, size_t bytes, int from)
{
	enum { BATCH = 1024 };
	static void *page[BATCH];
	static int status[BATCH];
	long on[MAX_NODES] = { 0 };
	size_t at, i;
	int nid, most = -1;

	for (at = 0; at < bytes; at += BATCH * PAGE) {
		for (i = 0; i < BATCH; i++)
			page[i] = mem + at + i * PAGE;
		syscall(SYS_move_pages, 0, BATCH, page, NULL, status, 0);
		for (i = 0; i < BATCH; i++)
			if (status[i] >= 0)
				on[status[i]]++;
	}
	for (nid = 0; nid < MAX_NODES; nid++) {
		if (!on[nid])
			continue;
		say("dnuma.demoted %s from=%d on=%d pages=%ld", name, from, nid,
		    on[nid]);
		if (nid != from && (most < 0 || on[nid] > on[most]))
			most = nid;
	}
	return most;
}

/* Pages that no longer fit on a node are demoted; say where to. -1: none is. */
static int demotes_to(const char *name, int from)
{
	size_t bytes = (node_free_kib(from) * 1024 + SPILL) / (4 * MIB) *
		       (4 * MIB);
	char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t at;
	int to;

	bind_to_node(from);
	/* Huge pages, if they are there: a fault for each small one takes long. */
	for (at = 0; at < bytes; at += PAGE)
		mem[at] = 1;
	bind_to_node(-1);
	to = most_are_on(name, mem, bytes, from);
	munmap(mem, bytes);
	return to;
}

static void check_demotion(const char *name, int from, const char *targets,
			   int want)
{
	int to;

	check_targets(name, from, targets);
	to = demotes_to(name, from);
	report(to == want, name, "node %d demotes to %d, want %d", from, to,
	       want);
}

/* All memory of a node, as lines of a layout; to be freed. */
static char *move_text(int from, int to)
{
	struct dnuma_layout here = { 0 };
	char *text;
	size_t i;

	here.range = calloc(first.nr, sizeof(*here.range));
	for (i = 0; i < first.nr; i++)
		if (first.range[i].node == from)
			here.range[here.nr++] = first.range[i];
	for (i = 0; i < here.nr; i++)
		here.range[i].node = to;
	text = dnuma_text(&here);
	dnuma_layout_free(&here);
	return text;
}

static void commit(const char *name, char *text)
{
	int err = dnuma_apply(text, "1");
	long total = field("/proc/meminfo", "MemTotal");

	report(!err, name, "commit: %s", strerror(-err));
	report(total == mem_total, name, "MemTotal %ld, at first %ld", total,
	       mem_total);
	free(dnuma_audit(name));
}

/* As firmware has it: 0 and 1 above 2 and 3, 2 near 0, 3 near 1. */
static void check_first(const char *name)
{
	report(dnuma_tier_of(0) == dnuma_tier_of(1) && dnuma_tier_of(0) > 0 &&
		       dnuma_tier_of(2) == dnuma_tier_of(3) &&
		       dnuma_tier_of(2) > dnuma_tier_of(0),
	       name, "tiers %d %d %d %d", dnuma_tier_of(0), dnuma_tier_of(1),
	       dnuma_tier_of(2), dnuma_tier_of(3));
	check_demotion(name, 0, "preferred: 2, fallback: 2-3", 2);
	check_demotion(name, 1, "preferred: 3, fallback: 2-3", 3);
	check_targets(name, 2, "null");
	check_targets(name, 3, "null");
}

/* The new node has the memory of node 3, and is one more below nodes 0 and 1. */
static void test_slow(int fresh)
{
	commit("tiers-slow", move_text(3, fresh));
	report(dnuma_tier_of(fresh) == dnuma_tier_of(2), "tiers-slow",
	       "tier %d, node 2 is in %d", dnuma_tier_of(fresh),
	       dnuma_tier_of(2));
	/* Both at the distance of nodes of which firmware says nothing. */
	check_targets("tiers-slow", 0, "preferred: 2,4, fallback: 2-4");
	check_targets("tiers-slow", 1, "preferred: 3-4, fallback: 2-4");
	check_targets("tiers-slow", fresh, "null");
	/* It is where node 3 was. */
	report(!write_file(DNUMA_DIR "/distances", "0 %d 30\n1 %d 15\n", fresh,
			   fresh),
	       "tiers-distances", "%s", strerror(errno));
	check_demotion("tiers-distances", 0, "preferred: 2, fallback: 2-4", 2);
	check_demotion("tiers-distances", 1, "preferred: 4, fallback: 2-4",
		       fresh);
}

/* The new node has memory of node 1: what it was before is forgotten. */
static void test_fast(int fresh)
{
	commit("tiers-fast", move_text(1, fresh));
	report(dnuma_tier_of(fresh) == dnuma_tier_of(1), "tiers-fast",
	       "tier %d, node 1 is in %d", dnuma_tier_of(fresh),
	       dnuma_tier_of(1));
	check_targets("tiers-fast", 0, "preferred: 2, fallback: 2-3");
	check_targets("tiers-fast", 2, "null");
}

static void restore(const char *name, int fresh)
{
	commit(name, dnuma_text(&first));
	report(dnuma_tier_of(fresh) < 0, name, "node %d is in tier %d", fresh,
	       dnuma_tier_of(fresh));
	check_first(name);
}

void job_dnuma_tiers(void)
{
	static const int nodes[] = { 0, 1, 2, 3 };
	int fresh = dnuma_empty_node();

	mem_total = field("/proc/meminfo", "MemTotal");
	write_file("/proc/sys/kernel/numa_balancing", "0");
	if (dnuma_layout_get(&first) || fresh != 4 ||
	    write_file("/sys/kernel/mm/numa/demotion_enabled", "1")) {
		report(false, "tiers", "want 4 nodes, dnuma_nodes=1, demotion");
		return;
	}
	check_first("tiers-at-first");
	commit("tiers-striped", dnuma_stripe(&first, 32 * MIB, nodes, 4));
	check_first("tiers-striped");
	restore("tiers-restored", fresh);
	test_slow(fresh);
	restore("tiers-slow-gone", fresh);
	test_fast(fresh);
	restore("tiers-fast-gone", fresh);
	dnuma_layout_free(&first);
}
