// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of targeted defragmentation in a guest: a node is filled and holes are
 * punched into what fills it, then free blocks are asked for; beside it, what
 * /sys/devices/system/node/nodeN/compact gets of the same.
 *
 * guest.node=N	   the node (default 1)
 * guest.nr=N	   free blocks to ask for beyond those that there are (default 64)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_defrag.h"

/* What is left free when the node is full: well above its watermarks. */
#define RESERVE_KIB (48 * 1024)

static int node;

long vmstat(const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s ", name);
	return field("/proc/vmstat", line);
}

static long times_slept(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

/* The number behind "\nNAME ". */
static long value(const char *text, const char *name)
{
	char line[64], *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = text ? strstr(text, line) : NULL;
	return at ? strtol(at + strlen(line), NULL, 10) : -1;
}

static void read_answer(struct answer *a)
{
	char *at = a->text;

	a->obtained = at && strstr(at, "\nobtained:");
	a->had = value(at, "had");
	a->made = value(at, "made");
	a->migrated = value(at, "migrated");
	a->blocks = value(at, "blocks");
	a->free = value(at, "free");
	a->pristine = value(at, "pristine");
	a->untried = value(at, "untried");
	for (; at && (at = strstr(at, "\nobstacle ")); at++) {
		long blocks = 0;

		sscanf(at, "\nobstacle %*s blocks %ld", &blocks);
		a->sum += blocks;
	}
}

struct answer ask(const char *fmt, ...)
{
	struct answer a = { 0 };
	char text[128], *at;
	va_list args;
	double start;
	long slept;
	int fd;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fd = open(DNUMA_DIR "/defrag", O_WRONLY);
	start = now();
	slept = times_slept();
	if (write(fd, text, strlen(text)) < 0)
		a.err = -errno;
	a.sleeps = times_slept() - slept;
	a.seconds = now() - start;
	close(fd);
	a.text = dnuma_read("defrag");
	read_answer(&a);
	a.line = strdup(a.text ? a.text : "");
	for (at = a.line; (at = strchr(at, '\n')); at++)
		*at = ';';
	return a;
}

void answer_free(struct answer *a)
{
	free(a->text);
	free(a->line);
	a->text = NULL;
	a->line = NULL;
}

struct obstacle obstacle(const struct answer *a, const char *kind)
{
	struct obstacle o = { 0 };
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "\nobstacle %s ", kind);
	at = a->text ? strstr(a->text, line) : NULL;
	if (at)
		sscanf(at + strlen(line), "blocks %ld pages %ld", &o.blocks,
		       &o.pages);
	return o;
}

bool adds_up(const struct answer *a)
{
	return a->blocks > 0 && a->blocks == a->free + a->untried + a->sum;
}

static void say_answer(const char *name, const struct answer *a)
{
	char *copy = strdup(a->text ? a->text : ""), *line, *rest;

	for (line = strtok_r(copy, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		say("defrag.answer %s %s", name, line);
	free(copy);
}

unsigned long pfn_of(const void *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * 8);
	close(fd);
	/* Bit 63: there is a page; 54 bits of its pfn. */
	return entry >> 63 ? entry & ((1UL << 55) - 1) : 0;
}

unsigned long block_of(const char *mem, size_t bytes, unsigned int order)
{
	unsigned long last = 0, run = 0;
	size_t at;

	/* They were allocated one after another, so most lie in order. */
	for (at = 0; at < bytes; at += PAGE) {
		unsigned long pfn = pfn_of(mem + at);

		if (!pfn || pfn >> order != last)
			run = 0;
		last = pfn >> order;
		if (pfn && ++run == 1UL << order)
			return last << order;
	}
	return 0;
}

struct answer ask_for(unsigned long pfn, unsigned int order, bool wait)
{
	unsigned long start = (pfn >> order << order) * PAGE;

	return ask("range=%lu-%lu order=%u block=%d", start,
		   start + (PAGE << order), order, wait);
}

/* Free pages of the pristine column of all zones. */
static long pristine_pages(void)
{
	char *text = dnuma_read("audit"), *line, *rest;
	long sum = 0, pages;

	strtok_r(text, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest)))
		if (sscanf(line, "%*d %*s %*u %*u %*u %*u %*u %*u %ld",
			   &pages) == 1)
			sum += pages;
	free(text);
	return sum;
}

/* A node with enough of it: nothing is migrated, and nothing initialised. */
static void test_pristine(void)
{
	long before = pristine_pages(), moved = vmstat("pgmigrate_success");
	/* More than are free otherwise. */
	struct answer a = ask("node=%d order=10 nr=200 block=1", node);

	report(!a.err && a.obtained && a.pristine > 0 && !a.migrated &&
		       !a.made && adds_up(&a),
	       "pristine", "%d: %s", a.err, a.line);
	report(vmstat("pgmigrate_success") == moved &&
		       pristine_pages() == before && before > 0,
	       "pristine-untouched", "%ld pages, then %ld", before,
	       pristine_pages());
	answer_free(&a);
}

struct bad {
	const char *text;
	const char *want; /* in the answer */
};

/* A clear message, and nothing has moved. */
static void test_bad_requests(void)
{
	static const struct bad bad[] = {
		{ "what", "want words" },
		{ "order=9", "where?" },
		{ "node=1", "how large?" },
		{ "node=1 order=11", "want 1 to 10" },
		{ "node=63 order=9", "no node" },
		{ "range=900T-901T order=9", "no memory" },
		{ "range=4097-8191 order=9", "no block" },
		{ "node=1 order=9 nr=0", "1 or more" },
		{ "node=1 order=9 block=yes", "block=0" },
	};
	long moved = vmstat("pgmigrate_success"), pristine = pristine_pages();
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct answer a = ask("%s\n", bad[i].text);

		report(a.err == -EINVAL && a.text && strstr(a.text, bad[i].want),
		       "bad-request", "'%s': %d, %s", bad[i].text, a.err,
		       a.line);
		answer_free(&a);
	}
	report(vmstat("pgmigrate_success") == moved &&
		       pristine_pages() == pristine,
	       "bad-request-unchanged", "%ld pages migrated, then %ld", moved,
	       vmstat("pgmigrate_success"));
}

/* The node, full but for holes of a page. */
struct full {
	uint64_t *mem;
	size_t bytes;
};

static void fill(struct full *full)
{
	long kib = node_free_kib(node) - RESERVE_KIB;
	size_t at, words = PAGE / sizeof(*full->mem);

	full->bytes = kib * 1024 / PAGE * PAGE;
	full->mem = mmap(NULL, full->bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(full->mem, full->bytes, MADV_NOHUGEPAGE);
	bind_to_node(node);
	for (at = 0; at < full->bytes / PAGE; at++)
		full->mem[at * words] = at ^ 0x5a5a5a5a5aUL;
	bind_to_node(-1);
	/* Every second page. */
	for (at = 1; at < full->bytes / PAGE; at += 2)
		madvise(full->mem + at * words, PAGE, MADV_DONTNEED);
}

/* Return: pages whose contents differ. */
static size_t empty(struct full *full)
{
	size_t at, words = PAGE / sizeof(*full->mem), bad = 0;

	for (at = 0; at < full->bytes / PAGE; at += 2)
		bad += full->mem[at * words] != (at ^ 0x5a5a5a5a5aUL);
	munmap(full->mem, full->bytes);
	return bad;
}

/* Free blocks of the node, as the buddy allocator shows them. */
static long free_blocks(void)
{
	char *text = read_file("/proc/buddyinfo"), *line, *rest;
	long sum = 0;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		long nr[11];
		int nid;

		if (sscanf(line,
			   "Node %d, zone %*s %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld",
			   &nid, &nr[0], &nr[1], &nr[2], &nr[3], &nr[4], &nr[5],
			   &nr[6], &nr[7], &nr[8], &nr[9], &nr[10]) == 12 &&
		    nid == node)
			sum += nr[9] + 2 * nr[10];
	}
	free(text);
	return sum;
}

struct effort {
	long before;
	long after;
	long migrated;
	double seconds;
};

static void say_effort(const char *name, const struct effort *e)
{
	say("defrag.effort %s before=%ld after=%ld migrated=%ld ms=%.0f", name,
	    e->before, e->after, e->migrated, e->seconds * 1000);
}

static void effort_begin(struct effort *e)
{
	e->before = free_blocks();
	e->migrated = vmstat("pgmigrate_success");
	e->seconds = now();
}

static void effort_end(struct effort *e)
{
	e->seconds = now() - e->seconds;
	e->migrated = vmstat("pgmigrate_success") - e->migrated;
	e->after = free_blocks();
}

static void test_compact(struct effort *e)
{
	struct full full;
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/compact",
		 node);
	fill(&full);
	effort_begin(e);
	report(!write_file(path, "1"), "compact", "%s", strerror(errno));
	effort_end(e);
	report(!empty(&full), "compact-contents", "pages differ");
	say_effort("compact", e);
}

/* Ask for @more free blocks than there are, on a node that is full but for holes. */
static struct answer test_full(const char *name, long more, bool wait,
			       struct effort *e)
{
	long written = vmstat("nr_written"), out = vmstat("pgpgout");
	long swapped = vmstat("pswpout");
	struct answer a;
	struct full full;

	fill(&full);
	effort_begin(e);
	a = ask("node=%d order=%d nr=%ld block=%d", node, ORDER,
		e->before + more, wait);
	effort_end(e);
	say_answer(name, &a);
	say_effort(name, e);
	report(!a.err && adds_up(&a) && a.made > 0 && a.migrated > 0, name,
	       "%d: %s", a.err, a.line);
	report(!field("/proc/meminfo", "SwapTotal"), name, "there is swap");
	/* All is told: what was got, and what was in the way of the rest. */
	report(a.obtained ? a.free >= e->before + more :
			    !a.untried && a.sum == a.blocks - a.free,
	       name, "%s", a.line);
	report(e->migrated == a.migrated, name, "%ld pages migrated, not %ld",
	       e->migrated, a.migrated);
	report(vmstat("nr_written") == written && vmstat("pgpgout") == out &&
		       vmstat("pswpout") == swapped,
	       name, "pages were written");
	report(!empty(&full), name, "pages differ");
	return a;
}

/*
 * A request with block=0 does not sleep at all. That one with block=1 does, for
 * LRU batches of other CPUs, says that sleeping is seen.
 */
static void test_sleep(long nr)
{
	struct effort e;
	struct answer a = test_full("holes-async", nr, false, &e);

	report(!a.sleeps, "no-sleep", "%ld times, in %.3f s", a.sleeps,
	       a.seconds);
	answer_free(&a);
	a = test_full("holes", nr, true, &e);
	report(a.sleeps > 0, "no-sleep-control", "a sleep is not seen");
	report(a.obtained && e.after >= e.before + nr, "holes",
	       "%ld blocks and %ld more", e.before, e.after - e.before);
	answer_free(&a);
}

void job_defrag(void)
{
	struct effort compacted, e;
	long nr = param_long("nr", 64);
	struct answer a;

	node = param_long("node", 1);
	/* Nobody else moves or writes pages. */
	write_file("/proc/sys/kernel/numa_balancing", "0");
	write_file("/proc/sys/vm/dirty_writeback_centisecs", "0");
	write_file("/proc/sys/vm/compaction_proactiveness", "0");
	test_bad_requests();
	test_pristine();
	defrag_test_pages(node);
	defrag_test_device(node);
	test_sleep(nr);
	test_compact(&compacted);
	/* As many as there can be at all: all that is in the way is told. */
	a = test_full("all", 1000000, true, &e);
	report(!a.obtained &&
		       e.after - e.before >= compacted.after - compacted.before,
	       "all", "%ld more blocks, compact gets %ld", e.after - e.before,
	       compacted.after - compacted.before);
	answer_free(&a);
}
