// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory is plugged, comes online, is used, goes offline and is unplugged, again
 * and again. The host plugs: it reads the lines "host plug", "host unplug" and,
 * for a virtio-mem device, "host resize".
 *
 * guest.rounds=N     how often (default 20)
 * guest.plug=N       MiB that are plugged (default 512)
 * guest.node=N       the node that they go to; a CPU-less one is best
 * guest.touch=N      MiB that are written and read back (default 64)
 * guest.lazy=1       new memory must be pristine, and stay so until it is used;
 *		      -1: none of it may be
 * guest.drain=N      in every other round, wait at most N seconds until threads have
 *		      initialised it
 * guest.virtio=1     a virtio-mem device plugs, parts of a memory block as well; the
 *		      boot line has memhp_default_state=online_movable
 * guest.big=1	      it does so in units of several memory blocks
 * guest.on_memory=1  the memmap of a memory block lies in the block
 * guest.seconds=N    for so long, instead of rounds, under loads that check
 *		      themselves and whose memory is moved to what is plugged
 * guest.cost=1       plug once, and let the host look at what that costs; the
 *		      boot line has memhp_default_state=online_kernel. With
 *		      guest.drain, also how long until threads have initialised it
 * guest.wait=N       wait at most N seconds for that (default 600)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "loads.h"

#define MOST_BLOCKS 4096

static int blocks[MOST_BLOCKS];

static long mem_total(void)
{
	return field("/proc/meminfo", "MemTotal");
}

static size_t block_bytes(void)
{
	char *text = read_file("/sys/devices/system/memory/block_size_bytes");
	size_t bytes = text ? strtoull(text, NULL, 16) : 0;

	free(text);
	return bytes;
}

long pristine_kib(int node)
{
	char *text = read_file(MEMMAP_DIR "/extents"), *line = text;
	unsigned long start, end;
	long sum = 0;
	int nid;

	while (line && (line = strchr(line, '\n')))
		if (sscanf(++line, "%d %*s %lu %lu", &nid, &start, &end) == 3 &&
		    (node < 0 || nid == node))
			sum += (end - start) * 4;
	free(text);
	return sum;
}

/* Wait until the node has so many memory blocks. */
static bool wait_for_blocks(int node, int want)
{
	int tries;

	for (tries = 0; tries < 6000; tries++) {
		if (node_blocks(node, blocks, MOST_BLOCKS) == want)
			return true;
		usleep(10000);
	}
	return false;
}

/* Walk the pfns of memory blocks, and what looks at all of a zone. */
static void walk(int first, int last)
{
	off_t each = block_bytes() / PAGE * sizeof(uint64_t), at;
	int fd = open("/proc/kpageflags", O_RDONLY);
	static char flags[65536];

	for (at = first * each; at < (last + 1) * each; at += sizeof(flags))
		if (pread(fd, flags, sizeof(flags), at) < 0)
			break;
	close(fd);
	free(read_file("/proc/pagetypeinfo"));
	free(read_file("/proc/zoneinfo"));
	write_file("/proc/sys/vm/compact_memory", "1");
}

/* Write memory of the node and read it back. */
static bool pattern(int node, size_t bytes, unsigned long seed)
{
	unsigned long *mem, i, nr = bytes / sizeof(*mem);
	bool good = true;

	if (bind_to_node(node))
		return false;
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	good = mem != MAP_FAILED;
	for (i = 0; good && i < nr; i += 64)
		mem[i] = seed ^ i;
	bind_to_node(-1);
	for (i = 0; good && i < nr; i += 64)
		good = mem[i] == (seed ^ i);
	if (mem != MAP_FAILED)
		munmap(mem, bytes);
	return good;
}

static void wait_drained(int round, int node)
{
	int left;

	for (left = param_long("drain", 0) * 10; left && pristine_kib(node);
	     left--)
		usleep(100000);
	/* Loads may leave the CPUs no time for it. */
	report(!pristine_kib(node) || param_long("seconds", 0), "drained",
	       "round %d: %ld KiB are left", round, pristine_kib(node));
}

/* The last blocks first: what is pulled is the lowest pristine memory. */
static int offline(int first, int count)
{
	int i, tries, left = 0;

	for (i = count - 1; i >= first; i--) {
		for (tries = 0; tries < 5; tries++)
			if (!set_block(blocks[i], "offline"))
				break;
		left += tries == 5;
	}
	return left;
}

static void round_trip(int round, int node)
{
	size_t mib = param_long("plug", 512);
	long before = mem_total(), want, lazy, after;
	int had = node_blocks(node, blocks, MOST_BLOCKS), i, refused = 0;
	int nr = mib * MIB / block_bytes();
	bool on_memory = param_long("on_memory", 0);

	say("host plug dimm %zu %d", mib, node);
	if (!wait_for_blocks(node, had + nr)) {
		report(false, "plug", "round %d: no new memory blocks", round);
		return;
	}
	/* What the kernel has in a zone of its own need not go away again. */
	for (i = had; i < had + nr; i++)
		refused += set_block(blocks[i], "online_movable") != 0;
	report(!refused, "online", "round %d: %d of %d blocks refused", round,
	       refused, nr);

	want = before + mib * 1024;
	if (on_memory)
		want -= mib * 1024 / 64;
	report(mem_total() == want, "online-total",
	       "round %d: MemTotal %ld KiB, should be %ld", round, mem_total(),
	       want);
	/* The block of the top order that the memmap ends in is initialised. */
	lazy = want - before - (on_memory ? nr * 2048L : 0);
	if (param_long("lazy", 0) > 0)
		report(pristine_kib(node) >= lazy, "online-pristine",
		       "round %d: %ld KiB, should be %ld", round,
		       pristine_kib(node), lazy);
	if (param_long("lazy", 0) < 0)
		report(!pristine_kib(node), "online-initialised",
		       "round %d: %ld KiB are pristine", round,
		       pristine_kib(node));
	walk(blocks[had], blocks[had + nr - 1]);
	loads_move(node);
	if (round % 3)
		report(pattern(node, param_long("touch", 64) * MIB, round),
		       "pattern", "round %d", round);

	if (param_long("drain", 0) && round % 2)
		wait_drained(round, node);

	/* Some of it comes online once more. */
	refused = offline(had + nr / 2, had + nr);
	for (i = had + nr / 2; i < had + nr; i++)
		set_block(blocks[i], "online_movable");
	refused += offline(had, had + nr);
	report(!refused, "offline", "round %d: refused %d times", round,
	       refused);
	say("host unplug dimm");
	report(wait_for_blocks(node, had), "unplug", "round %d", round);
	after = mem_total();
	report(after == before, "unplug-total",
	       "round %d: MemTotal %ld KiB, was %ld", round, after, before);
}

static bool wait_for_total(long want)
{
	int tries;

	for (tries = 0; tries < 1200 && mem_total() != want; tries++)
		usleep(100000);
	return mem_total() == want;
}

static void resize(int round, size_t mib, long before)
{
	long want = before + mib * 1024;

	say("host resize %zu", mib);
	report(wait_for_total(want), "resize-total",
	       "round %d: MemTotal %ld KiB, should be %ld", round, mem_total(),
	       want);
}

/* A virtio-mem device grows, shrinks to a part of a memory block, and grows. */
static void virtio_round(int round, int node)
{
	size_t mib = param_long("plug", 512), touch = param_long("touch", 64);
	size_t part = param_long("big", 0) ? mib / 2 : mib / 2 + 6;
	long before = mem_total();
	int had = node_blocks(node, blocks, MOST_BLOCKS), now_has;

	resize(round, mib, before);
	if (param_long("lazy", 0) > 0)
		report(pristine_kib(node) == (long)mib * 1024,
		       "online-pristine", "round %d: %ld KiB of %zu MiB", round,
		       pristine_kib(node), mib);
	if (param_long("drain", 0) && round % 2)
		wait_drained(round, node);
	now_has = node_blocks(node, blocks, MOST_BLOCKS);
	walk(blocks[had], blocks[now_has - 1]);
	if (round % 3)
		report(pattern(node, touch * MIB, round), "pattern",
		       "round %d, all", round);
	resize(round, part, before);
	report(pattern(node, touch * MIB, round), "pattern", "round %d, a part",
	       round);
	resize(round, mib, before);
	report(pattern(node, touch * MIB, round), "pattern",
	       "round %d, all again", round);
	resize(round, 0, before);
	/* Its pages leave the allocator before the last memory block goes. */
	report(wait_for_blocks(node, had), "unplug", "round %d", round);
}

/*
 * Two system calls that nothing else makes tell a watcher of the guest where the
 * plugging begins and ends.
 */
static void cost(int node)
{
	long before = mem_total(), mib = param_long("plug", 512), want;
	int left = param_long("wait", 600) * 2;
	int drain = param_long("drain", 0) * 100;
	double online;

	want = before + mib * 1024;
	if (param_long("on_memory", 0))
		want -= mib * 1024 / 64;
	say("host rss before");
	sleep(1);
	getpgid(0);
	if (param_long("virtio", 0))
		say("host resize %ld", mib);
	else
		say("host plug dimm %ld %d", mib, node);
	/* Seldom: looking costs instructions as well. */
	while (left-- && mem_total() < want)
		usleep(500000);
	getsid(0);
	online = now();
	say("host rss after");
	/* It looks at the console every 10 ms. */
	usleep(500000);
	while (drain-- > 0 && pristine_kib(node))
		usleep(10000);
	say("hotplug mib=%ld grown_kib=%ld pristine_kib=%ld blocks=%d ready_ms=%.0f",
	    mib, mem_total() - before, pristine_kib(node),
	    node_blocks(node, blocks, MOST_BLOCKS), (now() - online) * 1e3);
	report(mem_total() == want, "plugged",
	       "MemTotal %ld KiB, should be %ld", mem_total(), want);
}

void job_hotplug(void)
{
	int round = 0, rounds = param_long("rounds", 20);
	long seconds = param_long("seconds", 0);
	int node = param_long("node", 0);
	double end = now() + seconds;

	if (param_long("cost", 0)) {
		cost(node);
		return;
	}
	if (seconds)
		loads_start(param_long("mib", 256) * MIB);
	while (seconds ? now() < end : round < rounds) {
		if (param_long("virtio", 0))
			virtio_round(round++, node);
		else
			round_trip(round++, node);
	}
	if (seconds)
		loads_stop("hotplug-load");
	say("hotplug rounds=%d", round);
}
