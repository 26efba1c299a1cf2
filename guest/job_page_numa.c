// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages follow the node that uses them. A process has memory on one node and
 * uses it from another, until all of it has moved there; another thread of it
 * runs on the last CPU, so that every flush of TLBs has to reach two CPUs.
 *
 * guest.expect=	none: there must be no history, no thread and no pool; one:
 *			they come with memory of a second node (guest.add=1), or are
 *			there after the load; off: pages move without them
 * guest.add=1		bring the memory of other nodes online first, and take it
 *			away at the end
 * guest.mib=N		MiB that move (default 32)
 * guest.seconds=N	at most so long (default 120)
 * guest.full=1		entries must have run out; 0: they must not
 * guest.huge=1		large pages
 * guest.shared=1	they are of a file on the disk, which another process reads as
 *			well, from the last CPU; no scan makes them inaccessible to it
 * guest.rate=N		tiering mode, where N MiB a second may move to a node
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define COUNTERS      DEBUGFS "/page_numa/vmstat"
#define BALANCING     DEBUGFS "/sched/numa_balancing"
#define SYSCTL	      "/proc/sys/kernel/"
#define SECTION	      (128 * MIB)
#define SECTION_BYTES (SECTION / PAGE)
#define MAX_SECTIONS  4096
/* Per mille. Some pages wait on a CPU's own list until others come. */
#define ENOUGH 990

/* ------------------------------------------------------------- counters */

struct counters {
	long enabled, bytes, entries;
	long queued, migrated, stale, dropped, waiting, taken, full;
};

static long counter(const char *text, const char *name)
{
	const char *at = text ? strstr(text, name) : NULL;

	return at ? atol(at + strlen(name)) : -1;
}

/* With one read: all as of the same moment. */
static struct counters counters_get(void)
{
	char *text = read_file(COUNTERS);
	struct counters now = {
		.enabled = counter(text, "page_numa_enabled"),
		.bytes = counter(text, "page_numa_bytes"),
		.entries = counter(text, "page_numa_entries"),
		.queued = counter(text, "numa_queued"),
		.migrated = counter(text, "numa_queue_migrated"),
		.stale = counter(text, "numa_queue_stale"),
		.dropped = counter(text, "numa_queue_dropped"),
		.waiting = counter(text, "numa_queue_waiting"),
		.taken = counter(text, "numa_queue_taken"),
		.full = counter(text, "numa_queue_full"),
	};

	free(text);
	return now;
}

static bool conserved(const struct counters *now)
{
	return now->queued == now->migrated + now->stale + now->dropped +
				      now->waiting + now->taken;
}

static void check_conserved(void)
{
	struct counters now = counters_get(), wrong = now;

	report(conserved(&now), "conserved",
	       "queued %ld migrated %ld stale %ld dropped %ld waiting %ld taken %ld",
	       now.queued, now.migrated, now.stale, now.dropped, now.waiting,
	       now.taken);
	wrong.stale++;
	report(!conserved(&wrong), "conserved-control", "one more is not seen");
}

/* Threads knuma_migrated/N; a name has 15 characters in stat. */
static int daemons(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300], *text;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		text = read_file(path);
		found += text && strstr(text, "(knuma_migrated");
		free(text);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool in_vmalloc(void)
{
	char *text = read_file("/proc/vmallocinfo");
	bool found = text && strstr(text, "page_numa");

	free(text);
	return found;
}

/* Nothing is allocated and no thread runs. */
static bool absent(void)
{
	struct counters now = counters_get();

	return now.bytes <= 0 && now.entries <= 0 && !daemons() &&
	       !in_vmalloc();
}

static void check_absent(const char *name)
{
	struct counters now = counters_get();

	report(absent(), name, "bytes %ld entries %ld threads %d vmalloc %d",
	       now.bytes, now.entries, daemons(), in_vmalloc());
}

/* What a boot without any of it has as well; stacks of threads come and go. */
static void say_vmalloc(void)
{
	char *text = read_file("/proc/vmallocinfo"), *line, *rest;
	unsigned long lines = 0, bytes = 0, size;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strstr(line, "kernel_clone"))
			continue;
		lines++;
		if (sscanf(line, "%*s %lu", &size) == 1)
			bytes += size;
	}
	say("vmalloc_lines=%lu", lines);
	say("vmalloc_bytes=%lu", bytes);
	free(text);
}

/* ----------------------------------------------------------------- load */

struct load {
	char *mem;
	size_t bytes;
	int from, to; /* nodes */
	bool shared;
	unsigned char seen[MAX_SECTIONS]; /* by pfn: its pages lay there */
};

static atomic_bool load_ends;

static int cpu_of(int node)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist",
		 node);
	return number(path);
}

/* Its CPU has translations of this process, which have to be flushed. */
static void *bystander(void *arg)
{
	(void)arg;
	pin_to_cpu(online_cpus() - 1);
	while (!load_ends)
		;
	return NULL;
}

/*
 * A process whose memory the parent uses. Scans leave out who has chosen nodes, so
 * each page that moves has to be flushed where this one runs.
 */
static pid_t sharer(const struct load *load)
{
	pid_t pid = fork();
	size_t at;

	if (pid)
		return pid;
	pin_to_cpu(online_cpus() - 1);
	bind_to_node(load->from);
	for (at = 0;; at = (at + PAGE) % load->bytes)
		(void)*(volatile size_t *)(load->mem + at);
}

/* Pages on the node that uses them, in per mille; 1000: all. */
static long at_home(struct load *load)
{
	size_t nr = load->bytes / PAGE, i, home = 0;
	void **page = malloc(nr * sizeof(*page));
	int *status = malloc(nr * sizeof(*status));

	for (i = 0; i < nr; i++)
		page[i] = load->mem + i * PAGE;
	syscall(SYS_move_pages, 0, nr, page, NULL, status, 0);
	for (i = 0; i < nr; i++)
		home += status[i] == load->to;
	free(status);
	free(page);
	return home * 1000 / nr;
}

static void note_sections(struct load *load)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;
	size_t at;

	for (at = 0; at < load->bytes; at += PAGE) {
		uint64_t pfn;

		if (pread(fd, &entry, 8, ((size_t)load->mem + at) / PAGE * 8) !=
		    8)
			break;
		pfn = entry & ((1ULL << 55) - 1);
		if (entry >> 63 && pfn / SECTION_BYTES < MAX_SECTIONS)
			load->seen[pfn / SECTION_BYTES] = 1;
	}
	close(fd);
}

static long sections_seen(const struct load *load)
{
	long nr = 0;
	int i;

	for (i = 0; i < MAX_SECTIONS; i++)
		nr += load->seen[i];
	return nr;
}

static void map_memory(struct load *load)
{
	load->mem = mmap(NULL, load->bytes + 2 * MIB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	load->mem = (char *)(((size_t)load->mem + 2 * MIB - 1) & ~(2 * MIB - 1));
	madvise(load->mem, load->bytes,
		param_long("huge", 0) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

/* Scans leave out mappings of files that nobody can write to. */
static int map_file(struct load *load)
{
	int fd;

	mkdir("/mnt", 0700);
	mount("/dev/vda", "/mnt", "ext4", 0, NULL);
	fd = open("/mnt/shared", O_RDWR | O_CREAT, 0600);
	ftruncate(fd, load->bytes);
	load->mem = mmap(NULL, load->bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	report(load->mem != MAP_FAILED, "load-maps-file", "%d: %s", fd,
	       strerror(errno));
	return fd;
}

static void populate(struct load *load)
{
	int fd = -1;
	size_t at;

	bind_to_node(load->from);
	if (load->shared)
		fd = map_file(load);
	else
		map_memory(load);
	for (at = 0; at < load->bytes; at += PAGE)
		*(size_t *)(load->mem + at) = at;
	/* Dirty pages of files do not move. */
	if (fd >= 0)
		fsync(fd);
	bind_to_node(-1);
	/* Pages that a CPU has not put on a list yet cannot move. */
	write_file("/proc/sys/vm/compact_memory", "1");
}

/*
 * Use each page; how many have not what they should have? Pages of a file are
 * read only: they stay clean.
 */
static size_t sweep(struct load *load)
{
	size_t at, bad = 0;

	for (at = 0; at < load->bytes; at += PAGE) {
		volatile size_t *word = (size_t *)(load->mem + at);

		bad += *word != at;
		if (!load->shared)
			*word = at;
	}
	return bad;
}

static long vmstat(const char *name)
{
	return field("/proc/vmstat", name);
}

/* The host compares these of two boots. */
struct costs {
	long faults, moved, flushes;
};

static struct costs costs_get(void)
{
	return (struct costs){
		.faults = vmstat("numa_hint_faults "),
		.moved = vmstat("numa_pages_migrated "),
		.flushes = vmstat("nr_tlb_remote_flush "),
	};
}

static void load_run(struct load *load)
{
	double end, start;
	struct costs before, after;
	size_t bad = 0;
	long home;
	pthread_t thread;
	pid_t pid = 0;

	pin_to_cpu(cpu_of(load->to));
	populate(load);
	note_sections(load);
	report(at_home(load) == 0, "load-at-first", "%ld per mille at home",
	       at_home(load));
	if (load->shared)
		pid = sharer(load);
	else
		pthread_create(&thread, NULL, bystander, NULL);
	before = costs_get();
	start = now();
	end = start + param_long("seconds", 120);
	/* The host counts instructions between these two. */
	syscall(SYS_getpgid, 0);
	do {
		double until = now() + 0.2;

		while (now() < until)
			bad += sweep(load);
		home = at_home(load);
	} while (home < ENOUGH && now() < end);
	syscall(SYS_getsid, 0);
	after = costs_get();
	load_ends = true;
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	} else {
		pthread_join(thread, NULL);
	}
	note_sections(load);
	say("load_ms=%.0f", (now() - start) * 1000);
	say("load_home=%ld", home);
	say("load_faults=%ld", after.faults - before.faults);
	say("load_moved=%ld", after.moved - before.moved);
	say("load_flushes=%ld", after.flushes - before.flushes);
	say("load_sections=%ld", sections_seen(load));
	report(home >= ENOUGH, "load-home", "%ld per mille at home", home);
	report(!bad, "load-contents", "%zu pages differ", bad);
}

/* In a process of its own, whose scans begin now. */
static long run_load(int from, int to)
{
	struct load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long sections;
	pid_t pid;

	load->bytes = param_long("mib", 32) * MIB;
	load->from = from;
	load->to = to;
	load->shared = param_long("shared", 0);
	pid = fork();
	if (!pid) {
		load_run(load);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	sections = sections_seen(load);
	munmap(load, sizeof(*load));
	return sections;
}

/* ---------------------------------------------------------------- memory */

/* All blocks that are offline come online, or those of a node go. */
static int blocks_set(const char *state, int node)
{
	char path[400], link[300];
	struct dirent *entry;
	int changed = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "memory", 6) ||
		    entry->d_name[6] < '0' || entry->d_name[6] > '9')
			continue;
		snprintf(link, sizeof(link), "%s", entry->d_name);
		snprintf(path, sizeof(path),
			 "/sys/devices/system/memory/%s/state", link);
		changed += !write_file(path, "%s", state);
	}
	if (dir)
		closedir(dir);
	return changed;
}

static void set_balancing(void)
{
	if (param_long("rate", 0)) {
		write_file(SYSCTL "numa_balancing", "3");
		write_file(SYSCTL "numa_balancing_promote_rate_limit_MBps",
			   "%ld", param_long("rate", 0));
	}
	write_file(BALANCING "/scan_delay_ms", "10");
	write_file(BALANCING "/scan_period_min_ms", "100");
	write_file(BALANCING "/scan_period_max_ms", "200");
	write_file(BALANCING "/scan_size_mb", "64");
}

/* A work of the kernel follows what has changed. */
static bool becomes(long enabled)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (counters_get().enabled == enabled && (enabled || absent()))
			return true;
		usleep(50000);
	}
	return false;
}

static void check_array(long sections)
{
	struct counters now = counters_get();
	long have = now.bytes / (long)SECTION_BYTES;

	say("history_bytes=%ld", now.bytes);
	/* Those of the load; and init and its libraries are somewhere, too. */
	report(have >= 1 && have <= sections + 4, "array",
	       "%ld sections have bytes, the load had pages in %ld", have,
	       sections);
	report(daemons() >= 2, "daemons", "%d threads", daemons());
	report(!absent(), "absent-control", "it is said to be absent");
}

void job_page_numa(void)
{
	const char *expect = param("expect", "one");
	bool add = param_long("add", 0), on = !strcmp(expect, "one");
	int node[MAX_NODES], nr = memory_nodes(node);
	struct counters end;
	long sections;

	say_vmalloc();
	set_balancing();
	check_absent("absent-at-first");
	if (!strcmp(expect, "none"))
		return;
	if (add) {
		report(nr == 1 && !counters_get().enabled, "one-node-at-first",
		       "%d nodes with memory", nr);
		report(blocks_set("online_movable", 1) > 0, "add",
		       "no block of node 1");
		report(becomes(1), "add-enables", "it does not");
		nr = memory_nodes(node);
	}
	if (nr < 2) {
		report(false, "nodes", "%d have memory", nr);
		return;
	}
	sections = run_load(node[1], node[0]);
	if (!on) {
		check_absent("absent-at-last");
		return;
	}
	/* What waits is moved, or found to be gone, in a moment. */
	sleep(1);
	check_conserved();
	end = counters_get();
	say("queued=%ld", end.queued);
	say("migrated=%ld", end.migrated);
	say("stale=%ld", end.stale);
	say("dropped=%ld", end.dropped);
	say("full=%ld", end.full);
	say("entries=%ld", end.entries);
	report(end.migrated > 0, "daemons-move", "%ld pages", end.migrated);
	report(!end.waiting && !end.taken, "nothing-waits", "%ld and %ld",
	       end.waiting, end.taken);
	if (param("full", NULL))
		report(!end.full == !param_long("full", 0), "full",
		       "%ld found no entry", end.full);
	check_array(sections);
	if (add) {
		report(blocks_set("offline", 1) > 0, "remove", "no block");
		report(becomes(0), "remove-disables", "it does not");
	}
}
