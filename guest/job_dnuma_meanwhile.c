// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes on while a layout is committed: others read between its windows, memory
 * blocks go off and on, free blocks are asked for.
 *
 * guest.rounds=N	commits during which memory goes off and on (default 6)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_dnuma.h"

/* Audits that one reader makes at most: each takes a while. */
#define MAX_AUDITS 1024
/* While one is back in user space another one waits for the lock. */
#define READERS 2

static struct dnuma_layout first;
static int nodes[MAX_NODES], nr_nodes;

static int stripe(unsigned long bytes, const char *options)
{
	return dnuma_apply(dnuma_stripe(&first, bytes, nodes, nr_nodes),
			   options);
}

static int restore(void)
{
	return dnuma_apply(dnuma_text(&first), "1");
}

/*
 * Reads the audit, which needs mem_hotplug_lock, again and again. It does nothing
 * else, or a commit of pristine memory is over meanwhile.
 */
struct reader {
	pthread_t thread;
	atomic_bool end;
	char *text[MAX_AUDITS];
	int nr;
};

static void *read_audits(void *arg)
{
	struct reader *r = arg;

	while (!r->end && r->nr < MAX_AUDITS)
		r->text[r->nr++] = dnuma_read("audit");
	return NULL;
}

static char *zones_now(void)
{
	char *text = dnuma_audit("audit"), *zones = dnuma_zones_of(text);

	free(text);
	return zones;
}

static long plans(void)
{
	char *text = dnuma_read("report");
	long nr = -1;

	sscanf(text, "commit %*u: done, %ld plans", &nr);
	free(text);
	return nr;
}

/* States that are neither the first nor the last; all add up. Frees the texts. */
static int states_between(struct reader *r, const char *before,
			  const char *after)
{
	char *zones = NULL, *last;
	int i, nr = 0, bad = 0;

	for (i = 0; i < r->nr; i++) {
		last = zones;
		bad += strstr(r->text[i], "DIFFERENT") != NULL;
		zones = dnuma_zones_of(r->text[i]);
		nr += strcmp(zones, before) && strcmp(zones, after) &&
		      (!last || strcmp(zones, last));
		free(last);
		free(r->text[i]);
	}
	free(zones);
	report(!bad, "audit-meanwhile", "%d of %d audits", bad, r->nr);
	return nr;
}

/* How many such states a reader has seen, the one that saw most of them. */
static int seen_between(const char *options)
{
	static struct reader readers[READERS];
	char *before = zones_now(), *after;
	int err, i, nr, most = 0;

	memset(readers, 0, sizeof(readers));
	for (i = 0; i < READERS; i++)
		pthread_create(&readers[i].thread, NULL, read_audits,
			       &readers[i]);
	err = stripe(128 * MIB, options);
	for (i = 0; i < READERS; i++) {
		readers[i].end = true;
		pthread_join(readers[i].thread, NULL);
	}
	after = zones_now();
	report(!err && strcmp(before, after), "windows-commit", "%s: %d",
	       options, err);
	for (i = 0; i < READERS; i++) {
		nr = states_between(&readers[i], before, after);
		most = nr > most ? nr : most;
		say("dnuma.windows %s audits=%d between=%d plans=%ld", options,
		    readers[i].nr, nr, plans());
	}
	free(before);
	free(after);
	return most;
}

/* Others get mem_hotplug_lock after each window, and all adds up then. */
static void test_windows(void)
{
	int between;

	between = seen_between("window=32M");
	report(between >= 2, "windows", "%d states between", between);
	report(!restore(), "windows", "restore");
	/* One window: nothing is seen but what is between two plans. */
	between = seen_between("window=1T");
	report(between < plans(), "windows-control", "%d states between",
	       between);
	report(!restore(), "windows", "restore");
}

/* A memory block that goes off, from the last one down; -1: none does. */
static long block_that_goes(void)
{
	unsigned long size = dnuma_memory_block_bytes(), block;

	if (!size)
		return -1;
	for (block = first.range[first.nr - 1].end / size; block--;)
		if (!dnuma_block_state(block, "offline"))
			return block;
	return -1;
}

/* Between the write of a layout and its commit memory goes that it names. */
static void test_gone_before(void)
{
	char *before = dnuma_read("layout"), *after, *text, line[96];
	unsigned long size = dnuma_memory_block_bytes();
	long block = block_that_goes();
	int err;

	report(block >= 0, "offline-before", "no block goes off");
	if (block < 0)
		return;
	report(!dnuma_block_state(block, "online"), "offline-before",
	       "block %ld does not come back", block);
	snprintf(line, sizeof(line), "%lu-%lu %d\n", block * size,
		 (block + 1) * size, nodes[0]);
	err = dnuma_stage(line, strlen(line));
	report(!err && !dnuma_block_state(block, "offline"), "offline-before",
	       "block %ld, %d", block, err);
	err = dnuma_commit("1");
	text = dnuma_read("report");
	report(err == -EINVAL && text && strstr(text, "no memory at"),
	       "offline-before", "%d: %s", err, text);
	free(text);
	report(!dnuma_block_state(block, "online"), "offline-before",
	       "block %ld does not come back", block);
	after = dnuma_read("layout");
	report(!strcmp(before, after), "offline-before-unchanged", "%s", after);
	free(before);
	free(after);
	report(!dnuma_commit("1"), "offline-before",
	       "with it the line is good");
	report(!restore(), "offline-before", "restore");
}

/* Takes a memory block off and on. */
struct switcher {
	pthread_t thread;
	atomic_bool end;
	long block;
	int offs;
	int bad;
};

static void *off_and_on(void *arg)
{
	struct switcher *s = arg;
	int err;

	while (!s->end) {
		err = dnuma_block_state(s->block, "offline");
		/* What is in use, or on two nodes, does not go. */
		s->bad += err && err != -EBUSY && err != -EINVAL;
		if (err)
			continue;
		s->offs++;
		s->bad += dnuma_block_state(s->block, "online") != 0;
	}
	return NULL;
}

/* Each waits for the other, and at the end all memory is there. */
static void test_offline_meanwhile(long rounds)
{
	long total = field("/proc/meminfo", "MemTotal"), i;
	struct switcher s = { .block = block_that_goes() };
	int err = 0;

	report(s.block >= 0 && !dnuma_block_state(s.block, "online"),
	       "offline-meanwhile", "no block goes off");
	pthread_create(&s.thread, NULL, off_and_on, &s);
	for (i = 0; i < rounds && (!err || err == -EINVAL); i++)
		err = i % 2 ? restore() : stripe(128 * MIB, "1");
	s.end = true;
	pthread_join(s.thread, NULL);
	/* -EINVAL: the block was off, and the line that names it is told. */
	report((!err || err == -EINVAL) && !s.bad, "offline-meanwhile",
	       "%d, %d of its own", err, s.bad);
	report(s.offs > 0, "offline-meanwhile", "it went off %d times", s.offs);
	report(!restore(), "offline-meanwhile", "restore");
	free(dnuma_audit("offline-meanwhile"));
	report(field("/proc/meminfo", "MemTotal") == total, "offline-meanwhile",
	       "MemTotal %ld, at first %ld", field("/proc/meminfo", "MemTotal"),
	       total);
}

static void *commit_now(void *arg)
{
	*(atomic_int *)arg = stripe(32 * MIB, "window=4M");
	return NULL;
}

/* While a commit runs no free blocks are made: the answer comes at once. */
static void test_defrag_meanwhile(void)
{
	atomic_int err = 1;
	pthread_t thread;
	int busy = 0, other = 0, got;

	pthread_create(&thread, NULL, commit_now, &err);
	while (err == 1) {
		got = write_file(DNUMA_DIR "/defrag", "node=%d order=9",
				 nodes[0]);
		busy += got == -EBUSY;
		other += got && got != -EBUSY;
	}
	pthread_join(thread, NULL);
	report(!err && busy && !other, "defrag-meanwhile",
	       "commit %d; %d times busy, %d errors", err, busy, other);
	got = write_file(DNUMA_DIR "/defrag", "node=%d order=9", nodes[0]);
	report(!got, "defrag-behind", "%s", strerror(-got));
	report(!restore(), "defrag-meanwhile", "restore");
}

void job_dnuma_meanwhile(void)
{
	nr_nodes = memory_nodes(nodes);
	write_file("/proc/sys/kernel/numa_balancing", "0");
	if (dnuma_layout_get(&first)) {
		report(false, "meanwhile", "no " DNUMA_DIR "/layout");
		return;
	}
	test_windows();
	test_defrag_meanwhile();
	test_gone_before();
	test_offline_meanwhile(param_long("rounds", 6));
	dnuma_layout_free(&first);
}
