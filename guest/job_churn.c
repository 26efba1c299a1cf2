// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts that change all the time under loads that check themselves: each word
 * of each page of a load says which load, page and round wrote it.
 *
 * guest.seconds=N  how long (default 60)
 * guest.mib=N      MiB that all loads have together (default 256)
 * guest.seed=N     of the layouts (default 1)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"

#define WORDS (PAGE / sizeof(uint64_t))

/* Of one load; in memory that it shares with its parent. */
struct counts {
	_Atomic unsigned long rounds;
	_Atomic unsigned long bad;
};

struct load {
	const char *name;
	/* One round: write, check, give back. Return: words that differ. */
	unsigned long (*round)(size_t bytes, uint64_t seed);
};

static uint64_t word_of(uint64_t seed, size_t at)
{
	return (seed * 0x9e3779b97f4a7c15ULL) ^ at;
}

static void fill(void *mem, size_t bytes, uint64_t seed)
{
	uint64_t *word = mem;
	size_t i;

	for (i = 0; i < bytes / sizeof(*word); i++)
		word[i] = word_of(seed, i);
}

static unsigned long differ(const void *mem, size_t bytes, uint64_t seed)
{
	const uint64_t *word = mem;
	unsigned long bad = 0;
	size_t i;

	for (i = 0; i < bytes / sizeof(*word); i++)
		bad += word[i] != word_of(seed, i);
	return bad;
}

static void *map(size_t bytes, int flags, int fd)
{
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (mem == MAP_FAILED)
		_exit(3);
	return mem;
}

static unsigned long fill_check(void *mem, size_t bytes, uint64_t seed)
{
	unsigned long bad;

	fill(mem, bytes, seed);
	usleep(20000);
	bad = differ(mem, bytes, seed);
	munmap(mem, bytes);
	return bad;
}

static unsigned long load_anonymous(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(mem, bytes, MADV_NOHUGEPAGE);
	return fill_check(mem, bytes, seed);
}

static unsigned long load_huge(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(mem, bytes, MADV_HUGEPAGE);
	return fill_check(mem, bytes, seed);
}

static unsigned long load_locked(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	mlock(mem, bytes);
	return fill_check(mem, bytes, seed);
}

static unsigned long load_shared(size_t bytes, uint64_t seed)
{
	return fill_check(map(bytes, MAP_SHARED | MAP_ANONYMOUS, -1), bytes,
			  seed);
}

/* Parent and child see the same pages, and each its own once it has written. */
static unsigned long load_fork(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned long bad;
	int status;
	pid_t pid;

	fill(mem, bytes, seed);
	pid = fork();
	if (!pid) {
		bad = differ(mem, bytes, seed);
		fill(mem, bytes / 2, seed + 1);
		usleep(20000);
		bad += differ(mem, bytes / 2, seed + 1);
		_exit(bad ? 1 : 0);
	}
	usleep(10000);
	bad = differ(mem, bytes, seed);
	if (waitpid(pid, &status, 0) != pid || status)
		bad++;
	bad += differ(mem, bytes, seed);
	munmap(mem, bytes);
	return bad;
}

static int new_file(char *path)
{
	int fd;

	sprintf(path, "/tmp/churn-%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		_exit(4);
	return fd;
}

static unsigned long load_file(size_t bytes, uint64_t seed)
{
	char path[64], *buffer = malloc(bytes);
	int fd = new_file(path);
	unsigned long bad = 0;

	fill(buffer, bytes, seed);
	bad += write(fd, buffer, bytes) != (ssize_t)bytes;
	memset(buffer, 0, bytes);
	bad += pread(fd, buffer, bytes, 0) != (ssize_t)bytes;
	bad += differ(buffer, bytes, seed);
	free(buffer);
	close(fd);
	unlink(path);
	return bad;
}

static unsigned long load_mapped(size_t bytes, uint64_t seed)
{
	char path[64];
	int fd = new_file(path);
	void *shared, *private;
	unsigned long bad;

	bad = ftruncate(fd, bytes) != 0;
	shared = map(bytes, MAP_SHARED, fd);
	private = map(bytes, MAP_PRIVATE, fd);
	fill(shared, bytes, seed);
	bad += differ(private, bytes, seed);
	fill(private, bytes / 2, seed + 1);
	usleep(10000);
	bad += differ(shared, bytes, seed);
	bad += differ(private, bytes / 2, seed + 1);
	munmap(shared, bytes);
	munmap(private, bytes);
	close(fd);
	unlink(path);
	return bad;
}

static unsigned long load_sendfile(size_t bytes, uint64_t seed)
{
	char path[64], copy[80], *buffer = malloc(bytes);
	int from = new_file(path), to;
	unsigned long bad = 0;
	off_t at = 0;

	sprintf(copy, "%s-copy", path);
	to = open(copy, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fill(buffer, bytes, seed);
	bad += write(from, buffer, bytes) != (ssize_t)bytes;
	while (at < (off_t)bytes && sendfile(to, from, &at, bytes - at) > 0)
		;
	memset(buffer, 0, bytes);
	bad += pread(to, buffer, bytes, 0) != (ssize_t)bytes;
	bad += differ(buffer, bytes, seed);
	free(buffer);
	close(from);
	close(to);
	unlink(path);
	unlink(copy);
	return bad;
}

static const struct load loads[] = {
	{ "anonymous", load_anonymous }, { "huge", load_huge },
	{ "locked", load_locked },	 { "shared", load_shared },
	{ "fork", load_fork },		 { "file", load_file },
	{ "mapped", load_mapped },	 { "sendfile", load_sendfile },
};

#define NR_LOADS (sizeof(loads) / sizeof(loads[0]))

static void run_load(const struct load *load, struct counts *counts,
		     size_t bytes)
{
	uint64_t seed = (uint64_t)getpid() << 32;

	for (;;) {
		counts->bad += load->round(bytes, seed);
		counts->rounds++;
		seed += 2;
	}
}

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Nodes that have memory, in an order that is drawn, in stripes of 4M to 1G. */
static char *draw_layout(const struct dnuma_layout *first, const int *nodes,
			 int nr_nodes, uint32_t *state)
{
	unsigned long bytes = 4 * MIB << draw(state) % 9;
	int order[MAX_NODES], i, nr = 1 + draw(state) % nr_nodes;

	for (i = 0; i < nr; i++)
		order[i] = nodes[draw(state) % nr_nodes];
	return dnuma_stripe(first, bytes, order, nr);
}

void job_churn(void)
{
	size_t bytes = param_long("mib", 256) * MIB / NR_LOADS / (2 * MIB) *
		       (2 * MIB);
	double end = now() + param_long("seconds", 60);
	uint32_t state = param_long("seed", 1);
	long total = field("/proc/meminfo", "MemTotal"), commits = 0, left;
	struct counts *counts = map(PAGE, MAP_SHARED | MAP_ANONYMOUS, -1);
	int nodes[MAX_NODES], nr_nodes = memory_nodes(nodes), err = 0;
	struct dnuma_layout first;
	pid_t pid[NR_LOADS];
	char *text;
	unsigned int i;

	if (dnuma_layout_get(&first)) {
		report(false, "churn", DNUMA_DIR "/layout: %s",
		       strerror(errno));
		return;
	}
	for (i = 0; i < NR_LOADS; i++) {
		pid[i] = fork();
		if (!pid[i])
			run_load(&loads[i], &counts[i], bytes);
	}
	while (now() < end) {
		text = draw_layout(&first, nodes, nr_nodes, &state);
		err = dnuma_stage(text, strlen(text));
		if (!err)
			err = dnuma_commit(commits % 3 ? "1" : "hold=16M");
		free(text);
		if (err)
			report(false, "churn-commit", "%s", strerror(-err));
		commits++;
		text = dnuma_read("report");
		left = dnuma_left_kib(text, -1);
		say("dnuma.churn left_kib=%ld %s", left, strtok(text, "\n"));
		free(text);
		if (field("/proc/meminfo", "MemTotal") != total)
			report(false, "churn-memtotal", "%ld, at first %ld",
			       field("/proc/meminfo", "MemTotal"), total);
	}
	for (i = 0; i < NR_LOADS; i++) {
		int status;

		/* Still running: none has ended by itself. */
		report(!waitpid(pid[i], &status, WNOHANG), "churn-alive", "%s",
		       loads[i].name);
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
		report(counts[i].rounds && !counts[i].bad, "churn-load",
		       "%s: %lu rounds, %lu words differ", loads[i].name,
		       counts[i].rounds, counts[i].bad);
	}
	text = dnuma_text(&first);
	err = dnuma_stage(text, strlen(text));
	if (!err)
		err = dnuma_commit("1");
	report(!err && commits, "churn", "%ld commits; back: %s", commits,
	       strerror(-err));
	free(text);
	text = dnuma_read("audit");
	report(text && !strstr(text, "DIFFERENT"), "churn-audit", "%s", text);
	free(text);
}
