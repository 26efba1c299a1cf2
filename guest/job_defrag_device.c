// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targeted defragmentation of pages that belong to a block device: dirty, being
 * written, locked while they are read. The device is null_blk with memory, and
 * takes seconds to answer: nothing else ends a wait for a page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_defrag.h"

#define DEVICE	  "/dev/nullb0"
#define MIN_RATIO "/sys/block/nullb0/bdi/min_ratio"
/* Few enough for the disk to take all requests at once. */
#define BYTES (4 * MIB)
#define PAGES ((long)(BYTES / PAGE))
/* Of the device, as null_blk.completion_nsec says; see boot_test.py. */
#define DELAY_S 3.0
/* Where nothing has been read or written yet */
#define FAR (512 * MIB)

/* Its pages, in the page cache, mapped. */
static char *mem;
static int device;

/* Small blocks, for its pages share pageblocks with objects of the kernel. */
static const unsigned int order = 4;

/* With what CPUs have not added yet. */
static long exactly(const char *name)
{
	free(read_file("/proc/sys/vm/stat_refresh"));
	return vmstat(name);
}

static bool write_device(int node)
{
	char *text = malloc(BYTES);
	ssize_t wrote;

	memset(text, 'd', BYTES);
	bind_to_node(node);
	wrote = pwrite(device, text, BYTES, 0);
	bind_to_node(-1);
	free(text);
	mem = mmap(NULL, BYTES, PROT_READ, MAP_SHARED | MAP_POPULATE, device,
		   0);
	return wrote == (ssize_t)BYTES && mem != MAP_FAILED;
}

/* Dirty pages move, and are still dirty; nothing is written. Return: the pfn. */
static void test_dirty_kept(void)
{
	long dirty = exactly("nr_dirty"), written = exactly("nr_written");
	long out = vmstat("pgpgout"), still;
	unsigned long pfn = block_of(mem, BYTES, order);
	struct answer a = ask_for(pfn, order, false);

	report(pfn && !a.err && a.made == 1 && a.migrated == 1 << order,
	       "dirty-moves", "%d: %s", a.err, a.line);
	report(!a.sleeps, "dirty-no-sleep", "%ld times", a.sleeps);
	still = exactly("nr_dirty");
	report(dirty >= PAGES && still == dirty, "dirty-kept",
	       "%ld dirty, then %ld", dirty, still);
	report(exactly("nr_written") == written && vmstat("pgpgout") == out,
	       "dirty-not-written", "%ld written, then %ld", written,
	       vmstat("nr_written"));
	answer_free(&a);
}

struct question {
	unsigned long pfn;
	struct answer a;
};

static void *ask_and_wait(void *arg)
{
	struct question *question = arg;

	question->a = ask_for(question->pfn, order, true);
	return NULL;
}

/* One request waits for a page; another one is refused meanwhile. */
static void test_wait(unsigned long pfn)
{
	struct question question = { .pfn = pfn };
	struct answer a = { 0 };
	pthread_t thread;
	int tries;

	pthread_create(&thread, NULL, ask_and_wait, &question);
	for (tries = 0; tries < 20 && a.err != -EBUSY; tries++) {
		usleep(20000);
		answer_free(&a);
		a = ask("node=0 order=1");
	}
	pthread_join(thread, NULL);
	report(a.err == -EBUSY, "two-requests", "%d: %s", a.err, a.line);
	answer_free(&a);
	a = question.a;
	report(!a.err && a.made == 1 && a.sleeps > 0 && a.seconds > 0.3,
	       "writeback-control", "%d, %.2f s, slept %ld times: %s", a.err,
	       a.seconds, a.sleeps, a.line);
	answer_free(&a);
}

/* With block=0 pages that are being written are named, and not waited for. */
static void test_writeback(void)
{
	long written = exactly("nr_written");
	unsigned long pfn = block_of(mem, BYTES, order);
	struct answer a;

	sync_file_range(device, 0, BYTES, SYNC_FILE_RANGE_WRITE);
	a = ask_for(pfn, order, false);
	report(pfn && !a.err && !a.made && adds_up(&a) &&
		       obstacle(&a, "writeback").pages == 1 << order,
	       "writeback", "%d: %s", a.err, a.line);
	report(!a.sleeps && a.seconds < DELAY_S / 3 &&
		       vmstat("nr_writeback") > 0,
	       "writeback-no-sleep", "%ld times, %.2f s, %ld pages left",
	       a.sleeps, a.seconds, vmstat("nr_writeback"));
	answer_free(&a);
	test_wait(pfn);
	fsync(device);
	/* Whatever moved was found by its tag: this sees a write, too. */
	written = exactly("nr_written") - written;
	report(written >= PAGES, "dirty-written-later", "%ld pages of %ld",
	       written, PAGES);
}

/* What the thread that reads needs: so much that two pages are neighbours. */
struct far {
	char pages[64 * PAGE];
	int node;
};

static void *read_far(void *arg)
{
	struct far *far = arg;

	bind_to_node(far->node);
	pread(device, far->pages, sizeof(far->pages), FAR);
	return NULL;
}

/*
 * A block of two pages of the node that are both locked now, by /proc/kpageflags,
 * so that nothing else is in the way; 0: there is none.
 */
static unsigned long locked_block(int node)
{
	enum { KPF_LOCKED = 0, CHUNK = 4096 };
	int fd = open("/proc/kpageflags", O_RDONLY);
	static uint64_t flags[CHUNK];
	struct dnuma_layout layout;
	unsigned long found = 0;
	size_t i, j;

	dnuma_layout_get(&layout);
	for (i = 0; i < layout.nr && !found; i++) {
		unsigned long at = layout.range[i].start / PAGE;
		unsigned long end = layout.range[i].end / PAGE;

		if (layout.range[i].node != node)
			continue;
		for (; at < end && !found; at += CHUNK) {
			ssize_t got = pread(fd, flags, sizeof(flags), at * 8);

			for (j = 0; got > 0 && j + 1 < (size_t)got / 8; j += 2)
				if (flags[j] & flags[j + 1] & 1 << KPF_LOCKED)
					found = at + j;
		}
	}
	dnuma_layout_free(&layout);
	close(fd);
	return found;
}

/* Pages that are being read are locked. */
static void test_locked(int node)
{
	static struct far far;
	cpu_set_t anywhere;
	unsigned long pfn;
	pthread_t thread;
	struct answer a;

	/* Both on one CPU: a page in the LRU batch of another one is in the way. */
	sched_getaffinity(0, sizeof(anywhere), &anywhere);
	pin_to_cpu(0);
	/* What is asked for is read at once, and no more. */
	posix_fadvise(device, FAR, sizeof(far.pages), POSIX_FADV_RANDOM);
	far.node = node;
	pthread_create(&thread, NULL, read_far, &far);
	usleep(100000);
	pfn = locked_block(node);
	a = ask_for(pfn, 1, false);
	report(pfn && !a.err && !a.made && adds_up(&a) &&
		       obstacle(&a, "locked").pages == 2,
	       "locked", "pfn %lu, %d: %s", pfn, a.err, a.line);
	report(!a.sleeps && a.seconds < DELAY_S / 3, "locked-no-sleep",
	       "%ld times, %.2f s", a.sleeps, a.seconds);
	answer_free(&a);
	a = ask_for(pfn, 1, true);
	report(!a.err && a.sleeps > 0 && a.seconds > 0.3 &&
		       !obstacle(&a, "locked").pages,
	       "locked-control", "%d, %.2f s, slept %ld times: %s", a.err,
	       a.seconds, a.sleeps, a.line);
	answer_free(&a);
	pthread_join(thread, NULL);
	sched_setaffinity(0, sizeof(anywhere), &anywhere);
}

/* What is on the device now is what was written. */
static void test_contents(void)
{
	int direct = open(DEVICE, O_RDONLY | O_DIRECT);
	long bad = 0;
	char *text = aligned_alloc(PAGE, BYTES);
	size_t at;

	memset(text, 0, BYTES);
	report(pread(direct, text, BYTES, 0) == (ssize_t)BYTES,
	       "device-contents", "read: %s", strerror(errno));
	for (at = 0; at < BYTES; at++)
		bad += text[at] != 'd' || mem[at] != 'd';
	report(!bad, "device-contents", "%ld bytes differ", bad);
	free(text);
	close(direct);
}

void defrag_test_device(int node)
{
	/* A disk that has written nothing yet may have nothing dirty without. */
	report(!write_file(MIN_RATIO, "50"), "device", MIN_RATIO);
	device = open(DEVICE, O_RDWR);
	if (device < 0 || !write_device(node)) {
		report(false, "device", DEVICE ": %s", strerror(errno));
		return;
	}
	test_dirty_kept();
	test_writeback();
	test_locked(node);
	test_contents();
	munmap(mem, BYTES);
	close(device);
}
