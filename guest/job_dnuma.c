// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of dynamic NUMA in a guest: layouts that are wrong, memory striped over
 * all nodes, pushed to one node and to a new one, and back; with files in tmpfs
 * whose contents are compared.
 *
 * guest.mib=N	MiB in files (default 64)
 * guest.rounds=N	random layouts under way (default 4)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_dnuma.h"

static struct dnuma_layout first;
static int nodes[MAX_NODES], nr_nodes;
static char *first_zones;
static long mem_total;

/* A line of the audit: what has to hold for every zone at any time. */
char *dnuma_audit(const char *name)
{
	char *text = dnuma_read("audit"), *copy, *line, *rest, *bad = NULL;

	copy = strdup(text ? text : "");
	for (line = strtok_r(copy, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, "DIFFERENT"))
			bad = line;
	report(text && !bad, name, "%s", bad ? bad : "audit");
	free(copy);
	return text;
}

/* Present and managed pages of each zone, from an audit: "node zone present managed". */
char *dnuma_zones_of(const char *text)
{
	char *copy = strdup(text), *line, *rest, *out;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	strtok_r(copy, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest))) {
		unsigned long spanned, present, managed;
		char zone[16];
		int nid;

		if (sscanf(line, "%d %15s %lu %lu %lu", &nid, zone, &spanned,
			   &present, &managed) == 5 &&
		    present)
			fprintf(file, "%d %s %lu %lu\n", nid, zone, present,
				managed);
	}
	fclose(file);
	free(copy);
	return out;
}

static void say_report(void)
{
	char *text = dnuma_read("report"), *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		say("dnuma.report %s", line);
	free(text);
}

static void say_table(const char *title)
{
	struct dnuma_node node;
	int nid;

	for (nid = 0; nid < MAX_NODES; nid++) {
		dnuma_node_get(nid, &node);
		if (node.total >= 0)
			say("dnuma.node %s node=%d size_kib=%ld free_kib=%ld left_kib=%ld",
			    title, nid, node.total, node.free, node.left);
	}
}

/* What must hold after any commit. */
static void check_commit(const char *name, int err)
{
	struct dnuma_node node;
	long sum = 0;
	int nid;

	report(!err, name, "commit: %s", strerror(-err));
	say_table(name);
	say_report();
	free(dnuma_audit(name));
	for (nid = 0; nid < MAX_NODES; nid++) {
		dnuma_node_get(nid, &node);
		if (node.total < 0)
			continue;
		sum += node.total;
		if (node.free > node.total)
			report(false, name, "node %d: %ld KiB free of %ld", nid,
			       node.free, node.total);
	}
	report(sum == mem_total &&
		       field("/proc/meminfo", "MemTotal") == mem_total,
	       name, "MemTotal %ld, nodes %ld, at first %ld",
	       field("/proc/meminfo", "MemTotal"), sum, mem_total);
}

static void stripe(const char *name, unsigned long bytes)
{
	char *text = dnuma_stripe(&first, bytes, nodes, nr_nodes);

	check_commit(name, dnuma_apply(text, "1"));
}

static void push(const char *name, int nid)
{
	char *text = dnuma_stripe(&first, 1UL << 40, &nid, 1);

	check_commit(name, dnuma_apply(text, "1"));
}

/* Back at the first layout each zone has what it had, unless it is told why. */
static void restore(const char *name)
{
	char *text = dnuma_text(&first), *audited, *zones, *left;

	check_commit(name, dnuma_apply(text, "1"));
	audited = dnuma_audit(name);
	zones = dnuma_zones_of(audited);
	left = dnuma_read("report");
	report(!strcmp(zones, first_zones) || dnuma_left_kib(left, -1), name,
	       "zones differ and nothing is left: %s", zones);
	say("dnuma.restored %s left_kib=%ld same=%d", name,
	    dnuma_left_kib(left, -1), !strcmp(zones, first_zones));
	free(left);
	free(zones);
	free(audited);
}

struct bad {
	const char *text;
	const char *want; /* in the report */
};

static void test_bad_layouts(void)
{
	static const struct bad bad[] = {
		{ "", "names no memory" },
		{ "what\n", "START-END NODE" },
		{ "4M-8M 0\n2M-4M 0\n", "multiple of a block" },
		{ "8M-16M 0\n12M-20M 0\n", "overlaps" },
		{ "8M-12M 0\n4M-8M 0\n", "order" },
		{ "8M-12M 63\n", "no node" },
		{ "900T-901T 0\n", "no memory" },
		{ "8M-12M 0 0\n", "comment" },
	};
	char *before = dnuma_read("layout"), *after, *text;
	unsigned int i;

	report(dnuma_commit("1") == -EINVAL, "bad-commit", "nothing is staged");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = dnuma_stage(bad[i].text, strlen(bad[i].text));

		/* A write of nothing reaches no file. */
		if (!*bad[i].text)
			continue;
		text = dnuma_read("report");
		report(err == -EINVAL && text && strstr(text, bad[i].want),
		       "bad-layout", "'%s': %d, %s", bad[i].text, err, text);
		free(text);
		report(dnuma_commit("1") == -EINVAL, "bad-layout-commit",
		       "'%s'", bad[i].text);
	}
	report(dnuma_stage("8M-12M 0\n", 9) == 0, "good-layout", "8M-12M 0");
	report(dnuma_commit("what") == -EINVAL, "bad-request", "what");
	report(dnuma_commit("window=1M") == -EINVAL, "bad-request", "1M");
	after = dnuma_read("layout");
	report(before && after && !strcmp(before, after),
	       "bad-layout-unchanged", "%s", after);
	free(before);
	free(after);
}

/* Files with a pattern that says which page of which file it is. */
static int files;
static size_t file_bytes = 4 * MIB;

static void file_name(char *path, int i)
{
	sprintf(path, "/tmp/dnuma-%d", i);
}

static void make_files(void)
{
	uint64_t *page = malloc(PAGE);
	char path[64];
	size_t at, word;
	int i, fd;

	files = param_long("mib", 64) * MIB / file_bytes;
	for (i = 0; i < files; i++) {
		file_name(path, i);
		fd = open(path, O_RDWR | O_CREAT, 0600);
		for (at = 0; at < file_bytes; at += PAGE) {
			for (word = 0; word < PAGE / 8; word++)
				page[word] = (uint64_t)i << 40 | (at + word);
			if (write(fd, page, PAGE) != (ssize_t)PAGE)
				report(false, "files", "write: %s",
				       strerror(errno));
		}
		close(fd);
	}
	free(page);
}

static void check_files(const char *name)
{
	uint64_t *page = malloc(PAGE);
	size_t at, word, bad = 0;
	char path[64];
	int i, fd;

	for (i = 0; i < files; i++) {
		file_name(path, i);
		fd = open(path, O_RDONLY);
		for (at = 0; at < file_bytes; at += PAGE) {
			bad += read(fd, page, PAGE) != (ssize_t)PAGE;
			for (word = 0; word < PAGE / 8; word++)
				bad += page[word] !=
				       ((uint64_t)i << 40 | (at + word));
		}
		close(fd);
	}
	free(page);
	report(!bad, name, "%zu words of files differ", bad);
}

static void remove_files(void)
{
	char path[64];

	while (files) {
		file_name(path, --files);
		unlink(path);
	}
}

static void *commit_too(void *arg)
{
	(void)arg;
	return (void *)(long)dnuma_commit("1");
}

/* Of two commits at once, one is carried out and the other may be refused. */
static void test_busy(void)
{
	char *text = dnuma_stripe(&first, 8 * MIB, nodes, nr_nodes);
	pthread_t thread;
	void *other;
	int err, tries, busy = 0;

	for (tries = 0; tries < 20 && !busy; tries++) {
		dnuma_stage(text, strlen(text));
		pthread_create(&thread, NULL, commit_too, NULL);
		err = dnuma_commit("1");
		pthread_join(thread, &other);
		busy = err == -EBUSY || (long)other == -EBUSY;
		report((!err || err == -EBUSY) &&
			       (!(long)other || (long)other == -EBUSY),
		       "two-commits", "%d and %ld", err, (long)other);
	}
	report(busy, "busy", "no commit of %d was refused", tries);
	free(text);
}

/* Memory of each node can be had, and is of that node by its counters. */
static void test_allocate(const char *name)
{
	int here[MAX_NODES], nr = memory_nodes(here), i;

	for (i = 0; i < nr; i++) {
		size_t bytes = 8 * MIB;
		long before = node_free_kib(here[i]), after;
		char *mem;

		if (before < 64 * 1024 || bind_to_node(here[i]))
			continue;
		mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		after = node_free_kib(here[i]);
		report(mem != MAP_FAILED && before - after > 6 * 1024, name,
		       "node %d: %ld KiB free, then %ld", here[i], before,
		       after);
		munmap(mem, bytes);
		bind_to_node(-1);
	}
}

/* Pages of all zones that are free and out of use. */
static unsigned long isolated(void)
{
	char *text = dnuma_read("audit"), *line, *rest;
	unsigned long sum = 0, pages;

	strtok_r(text, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest)))
		if (sscanf(line, "%*d %*s %*u %*u %*u %*u %*u %*u %*u %lu",
			   &pages) == 1)
			sum += pages;
	free(text);
	return sum;
}

/* What is held and what is retried moves when it is freed. */
static void test_hold(const char *name)
{
	char *text = dnuma_stripe(&first, 32 * MIB, nodes, nr_nodes), *told;
	int err = dnuma_apply(text, "hold=16M retry=1");

	told = dnuma_read("report");
	report(!err && told && strstr(told, " held"), name, "%d: %s", err,
	       told);
	report(told && !strstr(told, "hold planned 0 "), name, "%s", told);
	/* No more than was allowed. */
	report(isolated() <= 16 * MIB / PAGE, name, "%lu pages are isolated",
	       isolated());
	free(told);
	sleep(3);
	told = dnuma_read("report");
	report(told && !strstr(told, " 0 retries"), name, "%s", told);
	free(told);
	say_report();
	free(dnuma_audit(name));
	restore(name);
	told = dnuma_read("report");
	report(told && !strstr(told, " held"), name, "%s", told);
	free(told);
	report(!isolated(), name, "%lu pages are still isolated", isolated());
}

/* The lowest node that has no memory now; -1: all have. */
int dnuma_empty_node(void)
{
	char *text = read_file("/sys/devices/system/node/possible");
	int last = 0, nid;
	char *dash = text ? strrchr(text, '-') : NULL;

	if (dash)
		last = atoi(dash + 1);
	free(text);
	for (nid = 0; nid <= last; nid++) {
		struct dnuma_node node;

		dnuma_node_get(nid, &node);
		if (node.total <= 0)
			return nid;
	}
	return -1;
}

bool dnuma_has_memory(int nid)
{
	int here[MAX_NODES], nr = memory_nodes(here);

	while (nr--)
		if (here[nr] == nid)
			return true;
	return false;
}

/* A node without memory again has none, unless it is told what is left there. */
static void test_gone(int nid)
{
	struct dnuma_node node;

	dnuma_node_get(nid, &node);
	report(!dnuma_has_memory(nid) || node.left > 0, "new-node-gone",
	       "node %d has %ld KiB, left %ld KiB", nid, node.total, node.left);
}

void job_dnuma(void)
{
	static const unsigned long sizes[] = { 4, 32, 12, 128, 1024, 8 };
	long round, rounds = param_long("rounds", 4);
	char name[40], *text;
	int fresh;

	nr_nodes = memory_nodes(nodes);
	mem_total = field("/proc/meminfo", "MemTotal");
	report(!dnuma_layout_get(&first) && first.nr, "layout",
	       DNUMA_DIR "/layout: %s", strerror(errno));
	text = dnuma_audit("audit-at-first");
	if (!text)
		return;
	first_zones = dnuma_zones_of(text);
	free(text);
	test_bad_layouts();
	stripe("stripe-128M", 128 * MIB);
	dnuma_test_links("links-striped");
	test_allocate("allocate-striped");
	restore("restore-idle");
	make_files();
	for (round = 0; round < rounds; round++) {
		unsigned long mib = sizes[round % 6];

		snprintf(name, sizeof(name), "stripe-%luM-files", mib);
		stripe(name, mib * MIB);
		check_files(name);
	}
	dnuma_test_links("links-mixed");
	test_busy();
	restore("restore-files");
	dnuma_test_links("links-restored");
	test_hold("hold");
	push("push-last", nodes[nr_nodes - 1]);
	check_files("push-last");
	fresh = dnuma_empty_node();
	if (fresh >= 0) {
		push("push-new", fresh);
		report(dnuma_has_memory(fresh), "new-node", "node %d", fresh);
		check_files("push-new");
		test_allocate("allocate-new");
	}
	restore("restore-pushed");
	check_files("restore-pushed");
	if (fresh >= 0)
		test_gone(fresh);
	remove_files();
	write_file("/proc/sys/vm/compact_memory", "1");
	free(read_file("/proc/pagetypeinfo"));
	free(read_file("/proc/zoneinfo"));
	restore("restore-again");
	/* Last: mainline may put it into another zone when it comes back. */
	stripe("stripe-for-offline", 128 * MIB);
	dnuma_test_offline("offline", &first);
	free(dnuma_audit("offline"));
	dnuma_test_cpus("cpus");
}
