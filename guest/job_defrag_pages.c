// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targeted defragmentation: one block that has one kind of page in its way, which
 * is named, and the same block when that page is as others are: it is emptied.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_defrag.h"
#include "job_ptreloc.h"

#define UNEVICTABLE "/proc/sys/vm/compact_unevictable_allowed"

/* A way to put a page of a process in the way, and to undo it. */
struct kind {
	const char *name; /* of the test */
	const char *obstacle;
	bool (*set)(char *page);
	void (*unset)(char *page);
	bool seen; /* before it is tried */
};

static int pinned, pipe_ends[2];

static bool pin(char *page)
{
	pinned = pin_pages(page, PAGE);
	return pinned >= 0;
}

static void unpin(char *page)
{
	(void)page;
	unpin_pages(pinned);
}

/* A pipe holds a reference, which is no pin. */
static bool into_pipe(char *page)
{
	struct iovec iov = { page, PAGE };

	return !pipe(pipe_ends) && vmsplice(pipe_ends[1], &iov, 1, 0) == PAGE;
}

static void out_of_pipe(char *page)
{
	(void)page;
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static bool lock(char *page)
{
	return !write_file(UNEVICTABLE, "0") && !mlock(page, PAGE);
}

/* It stays mlocked, and moves, as by default. */
static void allow(char *page)
{
	(void)page;
	write_file(UNEVICTABLE, "1");
}

static bool nothing(char *page)
{
	(void)page;
	return true;
}

static void nothing_back(char *page)
{
	(void)page;
}

static const struct kind kinds[] = {
	{ "pinned", "pinned", pin, unpin, true },
	{ "pinned-by-pipe", "pinned", into_pipe, out_of_pipe, false },
	{ "mlocked", "mlocked", lock, allow, true },
};

static char *page_at(char *mem, size_t bytes, unsigned long pfn)
{
	size_t at;

	for (at = 0; at < bytes; at += PAGE)
		if (pfn_of(mem + at) == pfn)
			return mem + at;
	return NULL;
}

/* The obstacle stands in the way: of the block, and it is one page. */
static bool in_the_way(const struct answer *a, const char *name)
{
	struct obstacle o = obstacle(a, name);

	return !a->err && !a->obtained && !a->made && adds_up(a) &&
	       a->blocks == 1 && o.blocks == 1 && o.pages == 1;
}

static void test_kind(const struct kind *kind, char *mem, size_t bytes)
{
	unsigned long pfn = block_of(mem, bytes, ORDER);
	char *page = pfn ? page_at(mem, bytes, pfn + 100) : NULL;
	struct answer a;

	if (!page || !kind->set(page)) {
		report(false, kind->name, "no such page: %s", strerror(errno));
		return;
	}
	a = ask_for(pfn, ORDER, false);
	report(in_the_way(&a, kind->obstacle) && !a.sleeps, kind->name,
	       "block=0, slept %ld times: %s", a.sleeps, a.line);
	/* What can be seen is not tried: all other pages are where they were. */
	report(!kind->seen || !a.migrated, kind->name, "%s", a.line);
	answer_free(&a);
	a = ask_for(pfn, ORDER, true);
	report(in_the_way(&a, kind->obstacle), kind->name, "block=1: %s",
	       a.line);
	answer_free(&a);
	report(pfn_of(page) == pfn + 100, kind->name, "it moved");
	kind->unset(page);
	a = ask_for(pfn, ORDER, true);
	report(!a.err && a.obtained && a.made == 1 &&
		       !obstacle(&a, kind->obstacle).blocks,
	       kind->name, "without: %s", a.line);
	answer_free(&a);
	report(pfn_of(page) != pfn + 100, kind->name, "it did not move");
}

/* With nothing in the way the test of a kind must fail. */
static void test_control(char *mem, size_t bytes)
{
	const struct kind none = { "none", "pinned", nothing, nothing_back,
				   true };
	unsigned long pfn = block_of(mem, bytes, ORDER);
	struct answer a = ask_for(pfn, ORDER, true);

	report(pfn && !in_the_way(&a, none.obstacle) && a.made == 1,
	       "pages-control", "%s", a.line);
	answer_free(&a);
}

/* Files of ramfs are dirty, and ramfs has no ->migrate_folio. */
static char *ramfs_file(int node, size_t bytes)
{
	char *text = malloc(bytes), *mem;
	int fd;

	mkdir("/tmp/ramfs", 0700);
	if (mount("ramfs", "/tmp/ramfs", "ramfs", 0, NULL))
		return NULL;
	fd = open("/tmp/ramfs/file", O_RDWR | O_CREAT, 0600);
	memset(text, 'r', bytes);
	bind_to_node(node);
	if (write(fd, text, bytes) != (ssize_t)bytes)
		report(false, "dirty", "write: %s", strerror(errno));
	bind_to_node(-1);
	mem = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	free(text);
	return mem;
}

/* Dirty, and would have to be written first; then the same pages, freed. */
static void test_dirty(int node)
{
	size_t bytes = 8 * MIB;
	unsigned int order = 4;
	char *mem = ramfs_file(node, bytes);
	unsigned long pfn = mem ? block_of(mem, bytes, order) : 0;
	struct answer a;
	int wait;

	report(pfn, "dirty", "no file of ramfs");
	for (wait = 0; pfn && wait < 2; wait++) {
		a = ask_for(pfn, order, wait);
		report(!a.err && !a.made && !a.migrated && adds_up(&a) &&
			       obstacle(&a, "dirty").pages == 1 << order,
		       "dirty", "block=%d: %s", wait, a.line);
		answer_free(&a);
	}
	munmap(mem, bytes);
	unlink("/tmp/ramfs/file");
	a = ask_for(pfn, order, true);
	report(!obstacle(&a, "dirty").pages, "dirty", "without: %s", a.line);
	answer_free(&a);
	umount("/tmp/ramfs");
}

/* Pageblocks of the node with a flag of /proc/kpageflags in them. */
static long flagged_blocks(int node, unsigned int flag)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	static uint64_t flags[1 << ORDER];
	struct dnuma_layout layout;
	long nr = 0;
	size_t i;

	dnuma_layout_get(&layout);
	for (i = 0; i < layout.nr; i++) {
		const struct dnuma_range *r = &layout.range[i];
		unsigned long at = (r->start + sizeof(flags) / 8 * PAGE - 1) /
				   (PAGE << ORDER) * (PAGE << ORDER);

		if (r->node != node)
			continue;
		for (; at + (PAGE << ORDER) <= r->end; at += PAGE << ORDER) {
			unsigned int page;

			pread(fd, flags, sizeof(flags), at / PAGE * 8);
			for (page = 0; page < 1 << ORDER; page++)
				if (flags[page] >> flag & 1)
					break;
			nr += page < 1 << ORDER;
		}
	}
	dnuma_layout_free(&layout);
	close(fd);
	return nr;
}

/* A block of a node that is page tables, and nothing else. 0: there is none. */
static unsigned long block_of_tables(int node, unsigned int order)
{
	enum { KPF_PGTABLE = 26 };
	int fd = open("/proc/kpageflags", O_RDONLY);
	static uint64_t flags[1 << ORDER];
	struct dnuma_layout layout;
	unsigned long pfn, found = 0;
	size_t i, nr;

	dnuma_layout_get(&layout);
	for (i = 0; i < layout.nr && !found; i++) {
		const struct dnuma_range *r = &layout.range[i];

		pfn = (r->start / PAGE + (1 << order) - 1) >> order << order;
		for (; r->node == node && pfn + (1 << order) <= r->end / PAGE;
		     pfn += 1 << order) {
			if (pread(fd, flags, sizeof(*flags) << order,
				  pfn * sizeof(*flags)) < 0)
				break;
			for (nr = 0; nr < 1U << order; nr++)
				if (!(flags[nr] >> KPF_PGTABLE & 1))
					break;
			if (nr == 1U << order)
				found = pfn;
		}
	}
	dnuma_layout_free(&layout);
	close(fd);
	return found;
}

static bool tables_in_the_way(const struct answer *a, unsigned int order)
{
	struct obstacle o = obstacle(a, "page-table");

	return !a->err && !a->made && adds_up(a) && o.blocks == 1 &&
	       o.pages == 1 << order;
}

/* Where page tables can move they do, for a request that waits; else they stay. */
static void test_tables(int node)
{
	bool movable = !access(MOVE, F_OK);
	unsigned long tables = 1200, pfn, i, differ = 0;
	/* With lock debugging each pageblock has slab, for locks of tables. */
	unsigned int order = 4;
	volatile uint64_t *mem;
	struct answer a;

	mem = map(tables * TABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		  -1);
	madvise((void *)mem, tables * TABLE, MADV_NOHUGEPAGE);
	/* The tables of tables cannot move, and are elsewhere. */
	for (i = 0; i < tables; i += 256)
		mem[i * TABLE / sizeof(*mem)] = i;
	bind_to_node(node);
	for (i = 0; i < tables; i++)
		mem[i * TABLE / sizeof(*mem)] = i;
	bind_to_node(-1);
	pfn = block_of_tables(node, order);
	report(pfn, "page-tables", "no block of them");
	a = ask_for(pfn, order, false);
	report(tables_in_the_way(&a, order) && !a.sleeps && !a.migrated,
	       "page-tables", "block=0, slept %ld times: %s", a.sleeps, a.line);
	answer_free(&a);
	/* Kernels for tests can keep them from moving. */
	if (movable && !access(DEBUGFS "/ptreloc/spoil", F_OK)) {
		spoil(1UL << PTRELOC_SPOIL_EVACUATE, 0);
		a = ask_for(pfn, order, true);
		report(tables_in_the_way(&a, order) && !a.migrated,
		       "page-tables", "that stay: %s", a.line);
		answer_free(&a);
		spoil(0, 0);
	}
	a = ask_for(pfn, order, true);
	report(movable ? !a.err && a.obtained && a.made == 1 :
			 tables_in_the_way(&a, order),
	       "page-tables", "%s: %s", movable ? "that move" : "no mover",
	       a.line);
	answer_free(&a);
	for (i = 0; i < tables; i++)
		differ += mem[i * TABLE / sizeof(*mem)] != i;
	report(!differ, "page-tables-contents", "%lu differ", differ);
	munmap((void *)mem, tables * TABLE);
}

/*
 * What is in the way of the whole node, beside a walk of all pages. With block=0,
 * for page tables move if the request may wait.
 */
static void test_walk(int node)
{
	enum { KPF_SLAB = 7, KPF_RESERVED = 32 };
	struct answer a = ask("node=%d order=%d nr=1000000 block=0", node,
			      ORDER);
	long reserved = flagged_blocks(node, KPF_RESERVED);
	struct obstacle o = obstacle(&a, "reserved");

	report(!a.err && adds_up(&a) && o.blocks > 0 && o.blocks == reserved,
	       "reserved", "%ld blocks by a walk: %s", reserved, a.line);
	report(obstacle(&a, "slab").pages > 0 &&
		       obstacle(&a, "page-table").pages > 0,
	       "slab-and-tables", "%ld blocks with slab by a walk: %s",
	       flagged_blocks(node, KPF_SLAB), a.line);
	answer_free(&a);
}

void defrag_test_pages(int node)
{
	size_t bytes = 32 * MIB;
	unsigned int i;
	char *mem;

	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(mem, bytes, MADV_NOHUGEPAGE);
	bind_to_node(node);
	memset(mem, 'a', bytes);
	bind_to_node(-1);
	/* All CPUs give back what they keep in batches. */
	test_control(mem, bytes);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		test_kind(&kinds[i], mem, bytes);
	test_dirty(node);
	/* With its page tables, which are on the node as well. */
	test_walk(node);
	test_tables(node);
	munmap(mem, bytes);
}
