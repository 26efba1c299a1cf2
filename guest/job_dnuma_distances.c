// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distances between nodes are said again: where memory comes from when a node is
 * full, and the scheduler's domains, follow. Boot with sched_verbose, for the
 * kernel shows the domains only then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"

#define DISTANCES DNUMA_DIR "/distances"
/* More than a node is asked for than it has */
#define SPILL (128 * MIB)

static int nodes[MAX_NODES], nr_nodes;

static long distance(int from, int to)
{
	char path[80], *text, *at;
	long value = -1;
	int i;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/distance",
		 from);
	at = text = read_file(path);
	for (i = 0; at && i <= to; i++)
		value = strtol(at, &at, 10);
	free(text);
	return value;
}

/* Levels of the first CPU's scheduling domains. */
static int levels(void)
{
	struct stat st;
	char path[80];
	int nr;

	for (nr = 0;; nr++) {
		snprintf(path, sizeof(path),
			 DEBUGFS "/sched/domains/cpu0/domain%d", nr);
		if (stat(path, &st))
			return nr;
	}
}

/* The node that gives most of what the first one does not have; -1: none does. */
static int spills_to(void)
{
	enum { MPOL_DEFAULT, MPOL_PREFERRED };
	unsigned long mask = 1UL << nodes[0];
	long before[MAX_NODES], given, sum = 0, most = 0;
	int i, to = -1;
	size_t bytes;
	char *mem;

	/* What was freed a moment ago is on its way. */
	usleep(500000);
	bytes = node_free_kib(nodes[0]) * 1024 + SPILL;
	for (i = 0; i < nr_nodes; i++)
		before[i] = node_free_kib(nodes[i]);
	syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 65);
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	for (i = 1; i < nr_nodes; i++) {
		given = before[i] - node_free_kib(nodes[i]);
		say("dnuma.spill node=%d kib=%ld", nodes[i], given);
		sum += given > 0 ? given : 0;
		if (given <= most)
			continue;
		most = given;
		to = nodes[i];
	}
	munmap(mem, bytes);
	return most * 4 > sum * 3 ? to : -1;
}

static void test_bad(void)
{
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{ "what\n", -EINVAL },	    { "0 1\n", -EINVAL },
		{ "0 1 20 20\n", -EINVAL }, { "0 0 20\n", -EINVAL },
		{ "0 1 10\n", -EINVAL },    { "0 1 255\n", -EINVAL },
		{ "0 63 20\n", -ENODEV },   { "0 1 30\n0 1 x\n", -EINVAL },
	};
	char *before = read_file(DISTANCES), *after;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = write_file(DISTANCES, "%s", bad[i].text);

		report(err == bad[i].err, "distances-bad", "'%s': %d",
		       bad[i].text, err);
	}
	after = read_file(DISTANCES);
	report(before && !strcmp(before, after), "distances-bad-unchanged",
	       "%s", after);
	free(before);
	free(after);
}

/* What must hold while the first node is that far from another one. */
static void check(const char *name, int to, long want, int want_levels,
		  int want_spill)
{
	int spill = spills_to();

	report(distance(nodes[0], to) == want && distance(to, nodes[0]) == want,
	       name, "%ld to node %d", distance(nodes[0], to), to);
	report(spill == want_spill, name, "node %d gives, not %d", spill,
	       want_spill);
	report(levels() == want_levels, name, "%d levels, not %d", levels(),
	       want_levels);
}

void job_dnuma_distances(void)
{
	int last, far, was, spill;

	nr_nodes = memory_nodes(nodes);
	if (nr_nodes < 3) {
		report(false, "distances", "%d nodes, want 3", nr_nodes);
		return;
	}
	last = nodes[nr_nodes - 1];
	far = distance(nodes[0], last);
	was = levels();
	spill = spills_to();
	report(was > 0 && spill >= 0 && spill != last, "distances-at-first",
	       "%d levels, node %d gives", was, spill);
	test_bad();
	check("distances-bad-unused", last, far, was, spill);
	/* The last node is nearer than the others, and gives first. */
	report(!write_file(DISTANCES, "%d %d 15", nodes[0], last), "distances",
	       "%s", strerror(errno));
	check("distances-near", last, 15, was + 1, last);
	report(!write_file(DISTANCES, "%d %d %d", nodes[0], last, far),
	       "distances", "%s", strerror(errno));
	check("distances-back", last, far, was, spill);
}
