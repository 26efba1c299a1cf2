// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables that move while their process runs: threads that write, map, unmap,
 * protect and fork, and check what they find, and one that has all tables of the
 * process moved, again and again.
 *
 * guest.seconds=N  how long (default 60)
 * guest.tables=N   tables of each process of ptreloc-sparse (default 400)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define MOVE  DEBUGFS "/ptreloc/move"
#define STATS DEBUGFS "/ptreloc/stats"

/* Of threads: what pthread_create() wants. */
#define NO_ARG void *unused __attribute__((unused))

/* What a table of the lowest level maps. */
#define TABLE (2 * MIB)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* Values that were not what they should be; rounds of all threads. */
static _Atomic unsigned long bad, rounds;
static _Atomic bool stop;

static void expect(bool good)
{
	bad += !good;
}

static volatile uint64_t *map(size_t bytes, int flags, int fd)
{
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (mem == MAP_FAILED) {
		say("ptreloc: mmap: %s", strerror(errno));
		exit(3);
	}
	return mem;
}

#define WORDS_PER_PAGE (PAGE / sizeof(uint64_t))

/* Memory whose first word of each page counts; it must never be another one. */
static void *count_up(NO_ARG)
{
	size_t pages = 6 * TABLE / PAGE, i;
	volatile uint64_t *mem = map(pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1);
	uint64_t round;

	madvise((void *)mem, pages * PAGE, MADV_NOHUGEPAGE);
	for (round = 0; !stop; round++, rounds++)
		for (i = 0; i < pages; i++) {
			expect(mem[i * WORDS_PER_PAGE] == round);
			mem[i * WORDS_PER_PAGE] = round + 1;
		}
	return NULL;
}

/* Memory that is given back must be zero, and then what is written. */
static void *give_back(NO_ARG)
{
	size_t pages = 2 * TABLE / PAGE, i;
	volatile uint64_t *mem = map(pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1);

	for (; !stop; rounds++) {
		for (i = 0; i < pages; i += 3) {
			expect(!mem[i * WORDS_PER_PAGE]);
			mem[i * WORDS_PER_PAGE] = i + 1;
		}
		for (i = 0; i < pages; i += 3)
			expect(mem[i * WORDS_PER_PAGE] == i + 1);
		madvise((void *)mem, pages * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

/* What was written before it became read-only is still there after. */
static void *protect(NO_ARG)
{
	size_t pages = TABLE / PAGE, i;
	volatile uint64_t *mem = map(pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1);
	uint64_t round;

	for (round = 1; !stop; round++, rounds++) {
		for (i = 0; i < pages; i++)
			mem[i * WORDS_PER_PAGE] = round + i;
		mprotect((void *)mem, pages * PAGE, PROT_READ);
		for (i = 0; i < pages; i++)
			expect(mem[i * WORDS_PER_PAGE] == round + i);
		mprotect((void *)mem, pages * PAGE, PROT_READ | PROT_WRITE);
	}
	return NULL;
}

/* Parent and child have the same pages, until one of them writes. */
static void *have_children(NO_ARG)
{
	size_t pages = TABLE / PAGE, i;
	volatile uint64_t *mem = map(pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1);
	uint64_t round;

	for (round = 1; !stop; round++, rounds++) {
		unsigned long wrong = 0;
		int status = 0;
		pid_t pid;

		for (i = 0; i < pages; i++)
			mem[i * WORDS_PER_PAGE] = round * i;
		pid = fork();
		if (!pid) {
			for (i = 0; i < pages; i++) {
				wrong += mem[i * WORDS_PER_PAGE] != round * i;
				mem[i * WORDS_PER_PAGE] = 0;
			}
			_exit(wrong != 0);
		}
		for (i = 0; i < pages; i++) {
			expect(mem[i * WORDS_PER_PAGE] == round * i);
			mem[i * WORDS_PER_PAGE] = 1;
		}
		waitpid(pid, &status, 0);
		expect(!status);
	}
	return NULL;
}

/* A file that is mapped twice: what is written here is read there. */
static void *map_twice(NO_ARG)
{
	size_t pages = 2 * TABLE / PAGE, i;
	int fd = memfd_create("ptreloc", 0);
	volatile uint64_t *here, *there;
	uint64_t round;

	expect(!ftruncate(fd, pages * PAGE));
	here = map(pages * PAGE, MAP_SHARED, fd);
	there = map(pages * PAGE, MAP_SHARED, fd);
	for (round = 1; !stop; round++, rounds++) {
		for (i = 0; i < pages; i++)
			here[i * WORDS_PER_PAGE] = round ^ i;
		/* Out of one table, so that the other one's bits count. */
		madvise((void *)here, pages * PAGE, MADV_DONTNEED);
		for (i = 0; i < pages; i++)
			expect(there[i * WORDS_PER_PAGE] == (round ^ i));
	}
	return NULL;
}

/*
 * Memory that changes its address takes its content along. It goes back and forth
 * between two places, for mremap() refuses one that overlaps the old one.
 */
static void *change_address(NO_ARG)
{
	size_t bytes = TABLE / 2, i;
	volatile uint64_t *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	volatile uint64_t *room = map(4 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS,
				      -1);
	uint64_t round;

	for (round = 1; !stop; round++, rounds++) {
		char *to = (char *)room + round % 2 * 2 * TABLE +
			   round * 17 % 700 * PAGE;

		for (i = 0; i < bytes / PAGE; i++)
			mem[i * WORDS_PER_PAGE] = round + i;
		to = mremap((void *)mem, bytes, bytes,
			    MREMAP_MAYMOVE | MREMAP_FIXED, to);
		if (to == MAP_FAILED) {
			say("ptreloc: mremap: %s", strerror(errno));
			expect(false);
			return NULL;
		}
		mem = (volatile uint64_t *)to;
		for (i = 0; i < bytes / PAGE; i++)
			expect(mem[i * WORDS_PER_PAGE] == round + i);
	}
	return NULL;
}

/* Huge pages come and are split; each keeps a table for that. */
static void *split_huge(NO_ARG)
{
	volatile uint64_t *all = map(5 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1),
			  *mem;
	size_t pages = 4 * TABLE / PAGE, i;
	uint64_t round;

	mem = (void *)(((uintptr_t)all + TABLE - 1) & ~(TABLE - 1));
	madvise((void *)mem, 4 * TABLE, MADV_HUGEPAGE);
	for (round = 1; !stop; round++, rounds++) {
		for (i = 0; i < pages; i++)
			mem[i * WORDS_PER_PAGE] = round + i;
		usleep(2000);
		mprotect((char *)mem + PAGE, PAGE, PROT_READ);
		mprotect((char *)mem + PAGE, PAGE, PROT_READ | PROT_WRITE);
		for (i = 0; i < pages; i++)
			expect(mem[i * WORDS_PER_PAGE] == round + i);
		madvise((void *)mem, 4 * TABLE, MADV_COLLAPSE);
		for (i = 0; i < pages; i++)
			expect(mem[i * WORDS_PER_PAGE] == round + i);
		if (round % 4 == 0)
			madvise((void *)mem, 4 * TABLE, MADV_DONTNEED);
	}
	return NULL;
}

/* Huge pages of a file: their tables are taken away. */
static void *collapse_file(NO_ARG)
{
	int fd = memfd_create("ptreloc-huge", 0);
	size_t pages = 2 * TABLE / PAGE, i;
	volatile uint64_t *all, *mem;
	uint64_t round;

	expect(!ftruncate(fd, 2 * TABLE));
	all = map(3 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	mem = (void *)(((uintptr_t)all + TABLE - 1) & ~(TABLE - 1));
	mmap((void *)mem, 2 * TABLE, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, fd, 0);
	for (round = 1; !stop; round++, rounds++) {
		for (i = 0; i < pages; i++)
			mem[i * WORDS_PER_PAGE] = round + i;
		madvise((void *)mem, 2 * TABLE, MADV_COLLAPSE);
		for (i = 0; i < pages; i++)
			expect(mem[i * WORDS_PER_PAGE] == round + i);
		if (round % 3 == 0)
			expect(!madvise((void *)mem, TABLE, MADV_REMOVE));
	}
	return NULL;
}

/* All tables of this process, in each way that there is. */
static void *move(NO_ARG)
{
	unsigned long round;

	for (round = 0; !stop; round++) {
		expect(!write_file(MOVE, "pid %d%s", getpid(),
				   round % 4 == 3 ? " pack" : ""));
		if (round % 16 == 15)
			expect(!write_file(MOVE, "sparse"));
	}
	return NULL;
}

/* Tables move, and no account of them changes. */
static void accounts(void)
{
	volatile uint64_t *mem = map(32 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1);
	long before, after, moved = field(STATS, "moved");
	size_t i;

	madvise((void *)mem, 32 * TABLE, MADV_NOHUGEPAGE);
	for (i = 0; i < 32; i++)
		mem[i * TABLE / sizeof(*mem)] = i;
	before = field("/proc/self/status", "VmPTE:");
	expect(!write_file(MOVE, "pid %d", getpid()));
	after = field("/proc/self/status", "VmPTE:");
	report(before == after && before > 0, "ptreloc: VmPTE stays",
	       "%ld, then %ld kB", before, after);
	moved = field(STATS, "moved") - moved;
	report(moved >= 32, "ptreloc: all tables of a process move", "%ld",
	       moved);
	/* Old tables are freed after a grace period. */
	for (i = 0; i < 10; i++) {
		before = field("/proc/vmstat", "nr_page_table_pages");
		write_file(MOVE, "pid %d", getpid());
	}
	sleep(2);
	after = field("/proc/vmstat", "nr_page_table_pages");
	report(after <= before + 16, "ptreloc: no table is left behind",
	       "%ld, then %ld", before, after);
	for (i = 0; i < 32; i++)
		expect(mem[i * TABLE / sizeof(*mem)] == i);
	munmap((void *)mem, 32 * TABLE);
}

void job_ptreloc(void)
{
	void *(*const threads[])(void *) = {
		count_up,      count_up,  give_back,	  protect,
		have_children, map_twice, change_address, split_huge,
		collapse_file, move,
	};
	enum { NR = sizeof(threads) / sizeof(threads[0]) };
	long seconds = param_long("seconds", 60), moved, deposited;
	pthread_t thread[NR];
	unsigned int i;

	accounts();
	moved = field(STATS, "moved");
	deposited = field(STATS, "deposited");
	for (i = 0; i < NR; i++)
		pthread_create(&thread[i], NULL, threads[i], NULL);
	sleep(seconds);
	stop = true;
	for (i = 0; i < NR; i++)
		pthread_join(thread[i], NULL);
	moved = field(STATS, "moved") - moved;
	deposited = field(STATS, "deposited") - deposited;
	say("ptreloc %lu rounds, %ld tables, %ld deposited, merged %ld, longest %ld ns",
	    (unsigned long)rounds, moved, deposited, field(STATS, "merged"),
	    field(STATS, "longest_ns"));
	report(!bad, "ptreloc: memory is as it was written", "%lu differ",
	       (unsigned long)bad);
	report(moved > 0, "ptreloc: tables moved", "%ld", moved);
	report(deposited > 0, "ptreloc: tables of huge pages moved", "%ld",
	       deposited);
}

/* A process that has many tables, a page apart in each, and waits. */
static pid_t have_tables(unsigned long tables, int go, int done)
{
	pid_t pid = fork();
	volatile uint64_t *mem;
	unsigned long i;
	char byte;

	if (pid)
		return pid;
	mem = map(tables * TABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		  -1);
	madvise((void *)mem, tables * TABLE, MADV_NOHUGEPAGE);
	/* A word for each table. Reading maps the zero page: a table, no page. */
	for (i = 0; i < tables; i++) {
		if (read(go, &byte, 1) != 1)
			_exit(1);
		(void)mem[i * TABLE / sizeof(*mem)];
		if (write(done, &byte, 1) != 1)
			_exit(1);
	}
	pause();
	_exit(0);
}

/* Huge pages that there can be. */
static long huge_pages(void)
{
	long nr;

	write_file("/proc/sys/vm/drop_caches", "3");
	write_file("/proc/sys/vm/nr_hugepages", "100000");
	nr = field("/proc/meminfo", "HugePages_Total:");
	write_file("/proc/sys/vm/nr_hugepages", "0");
	return nr;
}

/* Processes take tables in turn, all but one end: where are its tables? */
void job_ptreloc_sparse(void)
{
	enum { NR = 12 };
	long tables = param_long("tables", 400), before, after, end, forecast;
	int go[NR][2], done[NR][2], i, k;
	pid_t pid[NR];
	char byte = 0;

	for (i = 0; i < NR; i++) {
		if (pipe(go[i]) || pipe(done[i]))
			exit(4);
		pid[i] = have_tables(tables, go[i][0], done[i][1]);
	}
	for (k = 0; k < tables; k++)
		for (i = 0; i < NR; i++)
			if (write(go[i][1], &byte, 1) != 1 ||
			    read(done[i][0], &byte, 1) != 1)
				exit(5);
	for (i = 1; i < NR; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	sleep(2);
	before = huge_pages();
	i = write_file(MOVE, "sparse");
	report(!i, "ptreloc-sparse: tables are packed", "%s", strerror(-i));
	forecast = field(STATS, "plan_huge_after") -
		   field(STATS, "plan_huge_before");
	sleep(2);
	after = huge_pages();
	kill(pid[0], SIGKILL);
	waitpid(pid[0], NULL, 0);
	sleep(2);
	end = huge_pages();
	say("ptreloc-sparse huge pages: %ld before, %ld after, %ld without the process",
	    before, after, end);
	say("ptreloc-sparse plan: %ld tables, %ld moved, %ld blocks cleared, %ld -> %ld",
	    field(STATS, "plan_tables"), field(STATS, "plan_moved"),
	    field(STATS, "plan_cleared"), field(STATS, "plan_huge_before"),
	    field(STATS, "plan_huge_after"));
	report(labs(after - before - forecast) <= 2,
	       "ptreloc-sparse: the forecast comes true", "%ld, forecast %ld",
	       after - before, forecast);
	/* With lock debugging, each table has its lock in slab, which stays. */
	if (!access("/proc/lockdep", F_OK)) {
		say("ptreloc-sparse: locks of tables are in slab here");
		return;
	}
	report(5 * (after - before) >= 4 * (end - before),
	       "ptreloc-sparse: most of what the tables hold is won",
	       "%ld of %ld", after - before, end - before);
}

/* Have a block of memory go offline. Return: 0 or -errno. */
static int take_offline(long block)
{
	char path[80];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%ld/state", block);
	return write_file(path, "offline");
}

/* Blocks of node 1 go offline, though tables of a process are in them. */
void job_ptreloc_offline(void)
{
	long block, moved, with_tables = 0, offline = 0, tables = 2000, i;
	volatile uint64_t *mem;
	char path[80];

	bind_to_node(1);
	mem = map(tables * TABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		  -1);
	madvise((void *)mem, tables * TABLE, MADV_NOHUGEPAGE);
	for (i = 0; i < tables; i++)
		mem[i * TABLE / sizeof(*mem)] = i;
	/* What moves finds room anywhere. */
	bind_to_node(-1);
	for (block = 0; block < 1024; block++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node1/memory%ld/state",
			 block);
		if (access(path, F_OK))
			continue;
		moved = field(STATS, "moved");
		if (take_offline(block))
			continue;
		offline++;
		with_tables += field(STATS, "moved") > moved;
	}
	for (i = 0; i < tables; i++)
		expect(mem[i * TABLE / sizeof(*mem)] == (uint64_t)i);
	say("ptreloc-offline %ld blocks went offline, %ld of them with tables",
	    offline, with_tables);
	report(with_tables > 0,
	       "ptreloc-offline: blocks with tables go offline", "none of %ld",
	       offline);
	report(!bad, "ptreloc-offline: memory is as it was written",
	       "%lu differ", (unsigned long)bad);
}
