// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads that check themselves, a process each: each word of each page of a load
 * says which load, page and round wrote it.
 *
 * Files are on the disk if there is one (/dev/vda, ext4), else in tmpfs; memory is
 * swapped if there is a disk to swap to (/dev/vdb).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "loads.h"

#define DISK "/dev/vda"
#define SWAP "/dev/vdb"
/* Of the file trees */
#define FILE_BYTES (64UL << 10)
/* Requests of asynchronous I/O at a time */
#define NR_AIO 8

/* Where files are. */
static const char *dir = "/tmp";

/* guest.spoil=1, a control: a word is wrong, and each load has to see it. */
static bool spoil;

/* Of one load; in memory that it shares with its parent. */
struct counts {
	_Atomic unsigned long rounds;
	_Atomic unsigned long bad;
};

struct load {
	const char *name;
	/* NULL: any kernel can. */
	bool (*can)(void);
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
	if (spoil)
		word[i / 2] ^= 1;
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

static int new_file(char *path, int flags)
{
	int fd;

	sprintf(path, "%s/load-%d", dir, getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | flags, 0600);
	if (fd < 0)
		_exit(4);
	return fd;
}

static unsigned long load_file(size_t bytes, uint64_t seed)
{
	char path[64], *buffer = malloc(bytes);
	int fd = new_file(path, 0);
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
	int fd = new_file(path, 0);
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
	int from = new_file(path, 0), to;
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

/* Directly from and to memory that the file does not share. */
static unsigned long load_direct(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char path[64];
	int fd = new_file(path, O_DIRECT);
	unsigned long bad = 0;

	fill(mem, bytes, seed);
	bad += pwrite(fd, mem, bytes, 0) != (ssize_t)bytes;
	memset(mem, 0, bytes);
	bad += pread(fd, mem, bytes, 0) != (ssize_t)bytes;
	bad += differ(mem, bytes, seed);
	munmap(mem, bytes);
	close(fd);
	unlink(path);
	return bad;
}

static bool can_aio(void)
{
	aio_context_t context = 0;

	return !syscall(SYS_io_setup, NR_AIO, &context) &&
	       !syscall(SYS_io_destroy, context);
}

/* All requests at once, and wait for them. Return: those that failed. */
static unsigned long aio(aio_context_t context, int opcode, int fd, char *mem,
			 size_t bytes)
{
	struct iocb iocb[NR_AIO] = { 0 }, *list[NR_AIO];
	struct io_event event[NR_AIO];
	size_t piece = bytes / NR_AIO / PAGE * PAGE;
	unsigned long bad = 0;
	int i;

	for (i = 0; i < NR_AIO; i++) {
		iocb[i].aio_lio_opcode = opcode;
		iocb[i].aio_fildes = fd;
		iocb[i].aio_buf = (uintptr_t)mem + i * piece;
		iocb[i].aio_nbytes = piece;
		iocb[i].aio_offset = i * piece;
		list[i] = &iocb[i];
	}
	if (syscall(SYS_io_submit, context, NR_AIO, list) != NR_AIO ||
	    syscall(SYS_io_getevents, context, NR_AIO, NR_AIO, event, NULL) !=
		    NR_AIO)
		return NR_AIO;
	for (i = 0; i < NR_AIO; i++)
		bad += event[i].res != (long)piece;
	return bad;
}

static unsigned long load_aio(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	size_t used = bytes / NR_AIO / PAGE * PAGE * NR_AIO;
	aio_context_t context = 0;
	char path[64];
	int fd = new_file(path, O_DIRECT);
	unsigned long bad = 0;

	bad += syscall(SYS_io_setup, NR_AIO, &context) != 0;
	fill(mem, used, seed);
	bad += aio(context, IOCB_CMD_PWRITE, fd, mem, bytes);
	memset(mem, 0, used);
	bad += aio(context, IOCB_CMD_PREAD, fd, mem, bytes);
	bad += differ(mem, used, seed);
	syscall(SYS_io_destroy, context);
	munmap(mem, bytes);
	close(fd);
	unlink(path);
	return bad;
}

/* A file of one of the two trees. */
static void tree_path(char *path, char tree, size_t i)
{
	sprintf(path, "%s/tree-%c-%d/%zu/%zu", dir, tree, getpid(), i % 4, i);
}

static void tree_dirs(char tree, bool make)
{
	char path[64];
	int i;

	sprintf(path, "%s/tree-%c-%d", dir, tree, getpid());
	if (make)
		mkdir(path, 0700);
	for (i = 0; i < 4; i++) {
		sprintf(path, "%s/tree-%c-%d/%d", dir, tree, getpid(), i);
		if (make)
			mkdir(path, 0700);
		else
			rmdir(path);
	}
	sprintf(path, "%s/tree-%c-%d", dir, tree, getpid());
	if (!make)
		rmdir(path);
}

/* Write a file, or read it. Return: 1 if that failed. */
static unsigned long tree_file(char tree, size_t i, void *buffer, bool write_it)
{
	char path[64];
	ssize_t done;
	int fd;

	tree_path(path, tree, i);
	fd = open(path, write_it ? O_WRONLY | O_CREAT : O_RDONLY, 0600);
	done = write_it ? write(fd, buffer, FILE_BYTES) :
			  read(fd, buffer, FILE_BYTES);
	close(fd);
	return done != (ssize_t)FILE_BYTES;
}

/* A tree of files is written and copied, overwritten in part, and removed. */
static unsigned long load_tree(size_t bytes, uint64_t seed)
{
	size_t nr = bytes / 2 / FILE_BYTES, i;
	void *buffer = malloc(FILE_BYTES);
	unsigned long bad = 0;
	char path[64], tree;

	tree_dirs('a', true);
	tree_dirs('b', true);
	for (i = 0; i < nr; i++) {
		fill(buffer, FILE_BYTES, seed + i);
		bad += tree_file('a', i, buffer, true);
	}
	for (i = 0; i < nr; i++) {
		bad += tree_file('a', i, buffer, false);
		bad += tree_file('b', i, buffer, true);
	}
	for (i = 0; i < nr; i += 2) {
		fill(buffer, FILE_BYTES, ~seed + i);
		bad += tree_file('b', i, buffer, true);
	}
	for (tree = 'a'; tree <= 'b'; tree++) {
		for (i = 0; i < nr; i++) {
			bool other = tree == 'b' && i % 2 == 0;

			bad += tree_file(tree, i, buffer, false);
			bad += differ(buffer, FILE_BYTES,
				      (other ? ~seed : seed) + i);
			tree_path(path, tree, i);
			bad += unlink(path) != 0;
		}
		tree_dirs(tree, false);
	}
	free(buffer);
	return bad;
}

static bool can_pin(void)
{
	return !access(DEBUGFS "/gup_test", F_OK);
}

/* Pinned for as long as it is read and written. */
static unsigned long load_pinned(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned long bad;
	int pin;

	fill(mem, bytes, seed);
	pin = pin_pages(mem, bytes);
	bad = pin < 0;
	usleep(50000);
	bad += differ(mem, bytes, seed);
	if (pin >= 0)
		unpin_pages(pin);
	return bad + fill_check(mem, bytes, seed + 1);
}

static bool can_swap(void)
{
	return field("/proc/meminfo", "SwapTotal") > 0;
}

static unsigned long load_swap(size_t bytes, uint64_t seed)
{
	void *mem = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned long bad;

	fill(mem, bytes, seed);
	madvise(mem, bytes, MADV_PAGEOUT);
	usleep(20000);
	bad = differ(mem, bytes, seed);
	munmap(mem, bytes);
	return bad;
}

static const struct load loads[] = {
	{ "anonymous", NULL, load_anonymous },
	{ "huge", NULL, load_huge },
	{ "locked", NULL, load_locked },
	{ "shared", NULL, load_shared },
	{ "fork", NULL, load_fork },
	{ "file", NULL, load_file },
	{ "mapped", NULL, load_mapped },
	{ "sendfile", NULL, load_sendfile },
	{ "direct", NULL, load_direct },
	{ "aio", can_aio, load_aio },
	{ "tree", NULL, load_tree },
	{ "pinned", can_pin, load_pinned },
	{ "swap", can_swap, load_swap },
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

/* Of each load */
static pid_t pids[NR_LOADS];
static struct counts *counts;

/* The first page of a disk that is swapped to. */
static bool make_swap(void)
{
	static char page[PAGE];
	uint32_t *info = (uint32_t *)(page + 1024);
	int fd = open(SWAP, O_RDWR);
	off_t bytes = lseek(fd, 0, SEEK_END);
	bool good;

	info[0] = 1;
	info[1] = bytes / PAGE - 1;
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	good = pwrite(fd, page, PAGE, 0) == (ssize_t)PAGE && !fsync(fd);
	close(fd);
	return good && !swapon(SWAP, 0);
}

int loads_start(size_t bytes)
{
	unsigned int i;
	int absent = 0;

	mkdir("/mnt", 0755);
	if (!mount(DISK, "/mnt", "ext4", 0, NULL))
		dir = "/mnt";
	if (!access(SWAP, F_OK))
		report(make_swap(), "loads-swap", SWAP ": %s", strerror(errno));
	spoil = param_long("spoil", 0);
	say("loads.files %s", dir);
	counts = map(PAGE, MAP_SHARED | MAP_ANONYMOUS, -1);
	bytes = bytes / NR_LOADS / (2 * MIB) * (2 * MIB);
	for (i = 0; i < NR_LOADS; i++) {
		if (loads[i].can && !loads[i].can()) {
			say("loads.absent %s", loads[i].name);
			absent++;
			continue;
		}
		pids[i] = fork();
		if (!pids[i])
			run_load(&loads[i], &counts[i], bytes);
	}
	return absent;
}

void loads_move(int node)
{
	unsigned long from = ~(1UL << node), to = 1UL << node;
	unsigned int i;

	for (i = 0; i < NR_LOADS; i++)
		if (pids[i])
			syscall(SYS_migrate_pages, pids[i], 64UL, &from, &to);
}

void loads_stop(const char *name)
{
	unsigned int i, tenths = 0;
	int status;

	/* On a busy host a round may take longer than the caller has waited. */
	for (i = 0; i < NR_LOADS; i++)
		while (pids[i] && !counts[i].rounds && tenths++ < 1200)
			usleep(100000);
	for (i = 0; i < NR_LOADS; i++) {
		if (!pids[i])
			continue;
		/* Still running: none has ended by itself. */
		status = 0;
		report(!waitpid(pids[i], &status, WNOHANG), name,
		       "%s has ended: %d", loads[i].name, status);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
		report(counts[i].rounds && !counts[i].bad, name,
		       "%s: %lu rounds, %lu words differ", loads[i].name,
		       counts[i].rounds, counts[i].bad);
	}
}
