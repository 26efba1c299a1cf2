// SPDX-License-Identifier: GPL-2.0-only
/*
 * What page tables that move are good for: huge pages, and memory that goes
 * offline.
 *
 * guest.tables=N  tables of each process of ptreloc-sparse (default 2000)
 * guest.anywhere=1  ptreloc-sparse: not packed, for comparison
 * guest.pack=N    ptreloc-sparse: packed without a plan, N times, and locks of
 *		   tables with them; for kernels whose locks are in slab
 * guest.node=N    ptreloc-offline: a node that has nothing, for what is plugged
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "job_ptreloc.h"

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

/*
 * Huge pages that there can be, but for 32. All memory is in them then, and what
 * this process needs to go on is in those: whole blocks, for small pages would
 * take more of these where less else is free.
 */
static long huge_pages(void)
{
	char *all = (char *)map(66 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *spare = (char *)(((uintptr_t)all + TABLE - 1) & ~(TABLE - 1));
	long nr, i;

	madvise(all, 66 * MIB, MADV_NOHUGEPAGE);
	madvise(spare, 64 * MIB, MADV_HUGEPAGE);
	for (i = 0; i < 32; i++)
		spare[i * TABLE] = 1;
	write_file("/proc/sys/vm/drop_caches", "3");
	/* Moves nothing, but takes back the free pages that CPUs keep. */
	write_file(MOVE, "sparse 0");
	write_file("/proc/sys/vm/compact_memory", "1");
	write_file("/proc/sys/vm/nr_hugepages", "100000");
	munmap(all, 66 * MIB);
	nr = field("/proc/meminfo", "HugePages_Total:");
	write_file("/proc/sys/vm/nr_hugepages", "0");
	return nr;
}

/* Processes take tables in turn, and all but one end. Return: that one. */
static pid_t leave_tables(long tables)
{
	enum { NR = 12 };
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
	/* Tables are freed after a grace period. */
	sleep(2);
	return pid[0];
}

/* What pages hold. */
struct holds {
	long tables;
	long slab;
	long pinned; /* others that cannot move */
};

/* Flags that say what a page is; what has none of the others is pinned. */
enum kpf {
	KPF_LRU = 5,
	KPF_SLAB = 7,
	KPF_BUDDY = 10,
	KPF_HUGE = 17,
	KPF_THP = 22,
	KPF_PGTABLE = 26,
};

/* @nr: a multiple of 512. Return: are there such pages? */
static bool look_at_pages(int fd, unsigned long pfn, unsigned long nr,
			  struct holds *holds)
{
	const uint64_t other = 1UL << KPF_LRU | 1UL << KPF_BUDDY |
			       1UL << KPF_HUGE | 1UL << KPF_THP;
	static uint64_t flags[512];
	unsigned long i, k;

	memset(holds, 0, sizeof(*holds));
	for (i = 0; i < nr; i += 512) {
		if (pread(fd, flags, sizeof(flags),
			  (pfn + i) * sizeof(*flags)) != sizeof(flags))
			return false;
		for (k = 0; k < 512; k++)
			if (flags[k] >> KPF_PGTABLE & 1)
				holds->tables++;
			else if (flags[k] >> KPF_SLAB & 1)
				holds->slab++;
			else
				holds->pinned += !(flags[k] & other);
	}
	return true;
}

/* Page tables in a memory block. */
static long tables_in(int block, size_t bytes)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	unsigned long nr = bytes / PAGE;
	struct holds holds;

	look_at_pages(fd, block * nr, nr, &holds);
	close(fd);
	return holds.tables;
}

/* In how many pageblocks nothing is in the way; or tables alone, or slab alone. */
static void say_blocks(const char *when)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	long clear = 0, tables = 0, only_tables = 0, only_slab = 0;
	struct holds holds;
	unsigned long pfn;

	/* Moves nothing, but takes back the free pages that CPUs keep. */
	write_file(MOVE, "sparse 0");
	for (pfn = 0; look_at_pages(fd, pfn, 512, &holds); pfn += 512) {
		clear += !holds.tables && !holds.slab && !holds.pinned;
		tables += holds.tables > 0;
		only_tables += holds.tables && !holds.slab && !holds.pinned;
		only_slab += !holds.tables && holds.slab && !holds.pinned;
	}
	close(fd);
	say("ptreloc-sparse blocks %s: %ld clear, %ld with tables, %ld with nothing else, %ld with slab alone",
	    when, clear, tables, only_tables, only_slab);
}

/*
 * Each table that moves gets a new lock. One of a slab that is fuller than others,
 * for slabs are sorted when those that are empty are given back, as they are when a
 * range is left, though it be empty.
 */
static int pack_with_locks(pid_t pid, long times)
{
	int err = write_file(MOVE, "range 0 1");

	for (; !err && times; times--) {
		err = write_file(MOVE, "pid %d pack", pid);
		/* Old tables, and with them locks, are freed after a grace period. */
		sleep(2);
		if (!err)
			err = write_file(MOVE, "range 0 1");
	}
	return err;
}

/*
 * Tables that lie sparsely are packed, or, for comparison, moved to any page:
 * what is won of that which the end of their process would give?
 */
void job_ptreloc_sparse(void)
{
	pid_t pid = leave_tables(param_long("tables", 2000));
	long before, after, end, forecast, pack = param_long("pack", 0);
	bool anywhere = param_long("anywhere", 0);
	int err;

	before = huge_pages();
	say_blocks("before");
	if (anywhere)
		err = write_file(MOVE, "pid %d", pid);
	else if (pack)
		err = pack_with_locks(pid, pack);
	else
		err = write_file(MOVE, "sparse");
	report(!err, "ptreloc-sparse: tables move", "%s", strerror(-err));
	say("ptreloc-sparse plan: %ld tables, %ld moved, %ld blocks cleared, %ld -> %ld",
	    field(STATS, "plan_tables"), field(STATS, "plan_moved"),
	    field(STATS, "plan_cleared"), field(STATS, "plan_huge_before"),
	    field(STATS, "plan_huge_after"));
	forecast = field(STATS, "plan_huge_after") -
		   field(STATS, "plan_huge_before");
	sleep(2);
	say_blocks("moved");
	after = huge_pages();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sleep(2);
	say_blocks("at the end");
	end = huge_pages();
	say("ptreloc-sparse huge pages: %ld before, %ld %s, %ld without the process",
	    before, after, anywhere ? "moved" : "packed", end);
	if (pack)
		return;
	if (anywhere) {
		report(end > before && 5 * (after - before) < 4 * (end - before),
		       "ptreloc-sparse: without a plan little is won",
		       "%ld of %ld", after - before, end - before);
		return;
	}
	report(labs(after - before - forecast) <= 2,
	       "ptreloc-sparse: the forecast comes true", "%ld, forecast %ld",
	       after - before, forecast);
	report(end > before && 5 * (after - before) >= 4 * (end - before),
	       "ptreloc-sparse: most of what the tables hold is won",
	       "%ld of %ld", after - before, end - before);
}

/*
 * The second block of a node that had nothing: the first one, whose memory is
 * movable, has the node's own threads started before. Return: it, or -1.
 */
static int plug_block(int node)
{
	int block[4], tries;

	say("host plug dimm 512 %d", node);
	for (tries = 0; tries < 6000; tries++) {
		if (node_blocks(node, block, 4) == 4)
			break;
		usleep(10000);
	}
	if (tries == 6000 || set_block(block[0], "online_movable") ||
	    set_block(block[1], "online_kernel"))
		return -1;
	return block[1];
}

/* A block with page tables goes offline, and not if they stay. */
void job_ptreloc_offline(void)
{
	char *text = read_file("/sys/devices/system/memory/block_size_bytes");
	size_t bytes = text ? strtoull(text, NULL, 16) : 0;
	long tables = 1000, i, there, differ = 0;
	int node = param_long("node", 2), block, err;
	volatile uint64_t *mem;

	free(text);
	block = plug_block(node);
	report(block >= 0, "ptreloc-offline: a block comes online", "none");
	if (block < 0)
		return;
	mem = map(tables * TABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		  -1);
	madvise((void *)mem, tables * TABLE, MADV_NOHUGEPAGE);
	/* The tables of tables cannot move. */
	for (i = 0; i < tables; i += 256)
		mem[i * TABLE / sizeof(*mem)] = i;
	mem[(tables - 1) * TABLE / sizeof(*mem)] = tables - 1;
	bind_to_node(node);
	for (i = 0; i < tables; i++)
		mem[i * TABLE / sizeof(*mem)] = i;
	bind_to_node(-1);
	there = tables_in(block, bytes);
	report(there > tables / 2, "ptreloc-offline: tables are in it", "%ld",
	       there);
	spoil(1UL << PTRELOC_SPOIL_EVACUATE, 0);
	err = set_block(block, "offline");
	report(err == -EBUSY, "ptreloc-offline: it stays as long as they do",
	       "error %d", -err);
	spoil(0, 0);
	err = set_block(block, "offline");
	report(!err, "ptreloc-offline: it goes when they move", "error %d",
	       -err);
	if (err)
		say("ptreloc-offline: %ld tables of %ld are left",
		    tables_in(block, bytes), there);
	for (i = 0; i < tables; i++)
		differ += mem[i * TABLE / sizeof(*mem)] != (uint64_t)i;
	report(!differ, "ptreloc-offline: memory is as it was written",
	       "%ld differ", differ);
}
