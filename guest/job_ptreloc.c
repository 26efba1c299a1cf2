// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables that move while their process runs: threads that write, map, unmap,
 * protect and fork, and check what they find, and one that has all tables of the
 * process moved, again and again.
 *
 * guest.seconds=N    how long at least (default 60)
 * guest.tables=N     and until so many tables have moved (default 20000)
 * guest.spoil=N      bits of enum ptreloc_spoil: what is taken out
 * guest.window_ms=N  how long code waits in windows
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "job_ptreloc.h"

/* Of threads: what pthread_create() wants. */
#define NO_ARG void *unused __attribute__((unused))

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define CGROUP_ROOT "/tmp/cgroup"
#define CGROUP	    CGROUP_ROOT "/ptreloc"

/* Values that were not what they should be; rounds of all threads. */
static _Atomic unsigned long bad, rounds;
static _Atomic bool stop;

static void expect(bool good)
{
	bad += !good;
}

volatile uint64_t *map(size_t bytes, int flags, int fd)
{
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (mem == MAP_FAILED) {
		say("ptreloc: mmap: %s", strerror(errno));
		exit(3);
	}
	return mem;
}

void spoil(unsigned long bits, unsigned long window_ms)
{
	/* Only kernels for tests have it. */
	if (access(DEBUGFS "/ptreloc/spoil", F_OK))
		return;
	write_file(DEBUGFS "/ptreloc/window_ms", "%lu", window_ms);
	write_file(DEBUGFS "/ptreloc/spoil", "%lu", bits);
}

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

/* Pages that go from node to node, and stay what they are. */
static void *change_node(NO_ARG)
{
	enum { PAGES = TABLE / PAGE };
	volatile uint64_t *mem = map(TABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	static void *page[PAGES];
	static int to[PAGES], status[PAGES];
	uint64_t round;
	size_t i;

	madvise((void *)mem, TABLE, MADV_NOHUGEPAGE);
	for (round = 1; !stop; round++, rounds++) {
		for (i = 0; i < PAGES; i++) {
			mem[i * WORDS_PER_PAGE] = round + i;
			page[i] = (void *)(mem + i * WORDS_PER_PAGE);
			to[i] = round % 2;
		}
		/* Where there is one node, that fails and nothing moves. */
		syscall(SYS_move_pages, 0, (long)PAGES, page, to, status,
			MPOL_MF_MOVE);
		for (i = 0; i < PAGES; i++)
			expect(mem[i * WORDS_PER_PAGE] == round + i);
	}
	return NULL;
}

/* Pages that the kernel finds without a lock, to put them into a pipe. */
static void *splice_pages(NO_ARG)
{
	enum { PAGES = 8 };
	volatile uint64_t *mem = map(TABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	struct iovec all = { (void *)mem, PAGES * PAGE };
	static uint64_t words[PAGES * WORDS_PER_PAGE];
	uint64_t round;
	int ends[2];
	size_t i;

	expect(!pipe(ends));
	for (round = 1; !stop; round++, rounds++) {
		for (i = 0; i < PAGES; i++)
			mem[i * WORDS_PER_PAGE] = round * i;
		expect(vmsplice(ends[1], &all, 1, 0) == PAGES * PAGE);
		for (i = 0; i < PAGES; i++) {
			expect(read(ends[0], words, PAGE) == PAGE);
			expect(words[0] == round * i);
		}
		if (round % 4 == 0)
			madvise((void *)mem, PAGES * PAGE, MADV_DONTNEED);
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
		if (round % 64 == 63)
			expect(!write_file(MOVE, "sparse"));
	}
	return NULL;
}

/* Pages of tables, when old ones have been freed after a grace period. */
static long table_pages(void)
{
	sleep(2);
	write_file("/proc/sys/vm/stat_refresh", "1");
	return field("/proc/vmstat", "nr_page_table_pages");
}

/* What a memory cgroup is charged for. */
static long charged(const char *name)
{
	char line[32];

	snprintf(line, sizeof(line), "%s ", name);
	return field(CGROUP "/memory.stat", line);
}

/* Tables of a process in a cgroup, moved by one that is not in it. */
static void cgroup_account(void)
{
	long tables, kernel;
	volatile uint64_t *mem;
	pid_t pid;
	size_t i;

	mkdir(CGROUP_ROOT, 0700);
	if (mount("cgroup2", CGROUP_ROOT, "cgroup2", 0, NULL) ||
	    write_file(CGROUP_ROOT "/cgroup.subtree_control", "+memory") ||
	    mkdir(CGROUP, 0700)) {
		say("ptreloc: this kernel has no memory cgroups");
		return;
	}
	/* Within, for who forks is charged for the tables that are copied. */
	write_file(CGROUP "/cgroup.procs", "0");
	pid = fork();
	if (!pid) {
		mem = map(256 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		madvise((void *)mem, 256 * TABLE, MADV_NOHUGEPAGE);
		for (i = 0; i < 256; i++)
			mem[i * TABLE / sizeof(*mem)] = i;
		pause();
	}
	write_file(CGROUP_ROOT "/cgroup.procs", "0");
	sleep(2);
	tables = charged("pagetables");
	kernel = charged("kernel");
	for (i = 0; i < 10; i++)
		expect(!write_file(MOVE, "pid %d", pid));
	sleep(2);
	report(tables >= 256 * (long)PAGE && charged("pagetables") == tables &&
		       charged("kernel") == kernel,
	       "ptreloc: the cgroup's charge stays",
	       "%ld and %ld, then %ld and %ld", tables, kernel,
	       charged("pagetables"), charged("kernel"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sleep(2);
	report(charged("pagetables") == 0, "ptreloc: the cgroup's charge goes",
	       "%ld", charged("pagetables"));
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
	before = table_pages();
	for (i = 0; i < 10; i++)
		expect(!write_file(MOVE, "pid %d", getpid()));
	after = table_pages();
	report(before == after && before > 32,
	       "ptreloc: no table is left behind", "%ld, then %ld", before,
	       after);
	for (i = 0; i < 32; i++)
		expect(mem[i * TABLE / sizeof(*mem)] == i);
	munmap((void *)mem, 32 * TABLE);
}

void job_ptreloc(void)
{
	void *(*const threads[])(void *) = {
		count_up,      count_up,    give_back,	    protect,
		have_children, map_twice,   change_address, split_huge,
		collapse_file, change_node, splice_pages,   move,
	};
	enum { NR = sizeof(threads) / sizeof(threads[0]) };
	long seconds = param_long("seconds", 60), moved, deposited;
	long least = param_long("tables", 20000), more;
	pthread_t thread[NR];
	unsigned int i;

	accounts();
	cgroup_account();
	spoil(param_long("spoil", 0), param_long("window_ms", 0));
	moved = field(STATS, "moved");
	deposited = field(STATS, "deposited");
	for (i = 0; i < NR; i++)
		pthread_create(&thread[i], NULL, threads[i], NULL);
	sleep(seconds);
	/* A host that does other work as well takes longer. */
	for (more = 0; more < 5 * seconds; more++) {
		if (field(STATS, "moved") - moved >= least)
			break;
		sleep(1);
	}
	stop = true;
	for (i = 0; i < NR; i++)
		pthread_join(thread[i], NULL);
	spoil(0, 0);
	moved = field(STATS, "moved") - moved;
	deposited = field(STATS, "deposited") - deposited;
	say("ptreloc %ld s, %lu rounds, %ld tables, %ld deposited, merged %ld, longest %ld ns",
	    seconds + more, (unsigned long)rounds, moved, deposited,
	    field(STATS, "merged"), field(STATS, "longest_ns"));
	report(!bad, "ptreloc: memory is as it was written", "%lu differ",
	       (unsigned long)bad);
	report(moved >= least, "ptreloc: tables moved", "%ld of %ld", moved,
	       least);
	report(deposited > 0, "ptreloc: tables of huge pages moved", "%ld",
	       deposited);
}
