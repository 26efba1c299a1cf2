// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables move while a reader that takes no lock is in its window: a few
 * instructions, in which the kernel waits here.
 *
 * guest.spoil=N  bits of enum ptreloc_spoil that are taken out of the first race
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "job_ptreloc.h"

/* Of Linux 6.8, which these headers may be older than. */
struct move_request {
	uint64_t dst;
	uint64_t src;
	uint64_t len;
	uint64_t mode;
	int64_t moved;
};

#define REQUEST_MOVE	_IOWR(UFFDIO, 0x05, struct move_request)
#define ALLOW_SRC_HOLES 2

/* How long a window is open: longer where the host does other work as well. */
#define SHORT_MS 200
#define LONG_MS	 1600

static unsigned int window_ms = SHORT_MS;
static _Atomic bool go, done;

static void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

/*
 * The two that race need a CPU each: one that waits in a window is not preempted,
 * and the scheduler may have them share one.
 */
static void on_second_cpu(void)
{
	pin_to_cpu(online_cpus() - 1);
}

static void move_all(void)
{
	write_file(MOVE, "pid %d", getpid());
}

static void begin(unsigned long bits)
{
	done = false;
	spoil(bits, window_ms);
	go = true;
}

static void end(void)
{
	spoil(0, 0);
	go = false;
}

static void wait_for_go(void)
{
	while (!go)
		continue;
}

/* The tables move, and a page is given back, while it is about to be written. */
static void *take_away(void *mem)
{
	on_second_cpu();
	begin(param_long("spoil", 0) | 1UL << PTRELOC_WINDOW_FAULT);
	sleep_ms(window_ms / 4);
	move_all();
	madvise(mem, PAGE, MADV_DONTNEED);
	end();
	return NULL;
}

static void race_fault(void)
{
	volatile uint64_t *mem = map(TABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned int round, differ = 0;
	pthread_t thread;

	madvise((void *)mem, TABLE, MADV_NOHUGEPAGE);
	for (round = 1; round <= 10; round++) {
		pid_t pid;

		mem[0] = round;
		/* So that it is read-only. */
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		pthread_create(&thread, NULL, take_away, (void *)mem);
		wait_for_go();
		mem[0] = 100 + round;
		pthread_join(thread, NULL);
		/* It was given back before that, or after. */
		differ += mem[0] && mem[0] != 100 + round;
		madvise((void *)mem, PAGE, MADV_DONTNEED);
	}
	report(!differ, "ptreloc-windows: a fault finds its page or none",
	       "%u of 10 differ", differ);
	munmap((void *)mem, TABLE);
}

static int uffd_open(volatile uint64_t *mem, size_t bytes)
{
	struct uffdio_register all = {
		.range = { (uintptr_t)mem, bytes },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &all)) {
		say("ptreloc-windows: userfaultfd: %s", strerror(errno));
		exit(6);
	}
	return fd;
}

static void *read_word(void *mem)
{
	on_second_cpu();
	wait_for_go();
	(void)*(volatile uint64_t *)mem;
	done = true;
	return NULL;
}

/* Somebody resolves a fault before it is queued. Return: does it wait on? */
static bool fault_hangs(unsigned long bits)
{
	volatile uint64_t *mem = map(2 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1);
	static char page[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)mem + PAGE,
		.src = (uintptr_t)page,
		.len = PAGE,
	};
	struct uffdio_range all = { (uintptr_t)mem, 2 * TABLE };
	pthread_t thread;
	bool hangs;
	int fd;

	madvise((void *)mem, 2 * TABLE, MADV_NOHUGEPAGE);
	mem[0] = 1;
	page[0] = 1;
	fd = uffd_open(mem, 2 * TABLE);
	pthread_create(&thread, NULL, read_word, (char *)mem + PAGE);
	sleep_ms(20);
	begin(bits | 1UL << PTRELOC_WINDOW_UFFD);
	sleep_ms(window_ms / 4);
	ioctl(fd, UFFDIO_COPY, &copy);
	/* It looks whether to wait. */
	sleep_ms(window_ms);
	move_all();
	sleep_ms(5 * window_ms);
	hangs = !done;
	end();
	ioctl(fd, UFFDIO_WAKE, &all);
	pthread_join(thread, NULL);
	close(fd);
	munmap((void *)mem, 2 * TABLE);
	return hangs;
}

static void *move_in_window(void *unused __attribute__((unused)))
{
	on_second_cpu();
	wait_for_go();
	sleep_ms(window_ms / 4);
	move_all();
	return NULL;
}

/* A page is moved while its table is. Return: is it said that there is none? */
static bool page_is_missed(unsigned long bits)
{
	volatile uint64_t *from = map(2 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS,
				      -1);
	volatile uint64_t *to = map(2 * TABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	struct move_request request = {
		.dst = (uintptr_t)to + PAGE,
		.src = (uintptr_t)from + PAGE,
		.len = PAGE,
		.mode = ALLOW_SRC_HOLES,
	};
	pthread_t thread;
	bool missed;
	int fd, tries;

	madvise((void *)from, 2 * TABLE, MADV_NOHUGEPAGE);
	madvise((void *)to, 2 * TABLE, MADV_NOHUGEPAGE);
	to[0] = 1;
	from[WORDS_PER_PAGE] = 4711;
	fd = uffd_open(to, 2 * TABLE);
	pthread_create(&thread, NULL, move_in_window, NULL);
	sleep_ms(20);
	begin(bits | 1UL << PTRELOC_WINDOW_UFFD);
	for (tries = 0; tries < 5; tries++)
		if (!ioctl(fd, REQUEST_MOVE, &request) || errno != EAGAIN)
			break;
	pthread_join(thread, NULL);
	end();
	/* Where it was, there is nothing, unless it is still there. */
	missed = from[WORDS_PER_PAGE] == 4711;
	if (!missed && to[WORDS_PER_PAGE] != 4711)
		report(false, "ptreloc-windows: a page that was moved is there",
		       "it is not");
	close(fd);
	munmap((void *)from, 2 * TABLE);
	munmap((void *)to, 2 * TABLE);
	return missed;
}

static void race(const char *name, bool (*fails)(unsigned long bits),
		 enum ptreloc_spoil hook)
{
	unsigned int right = 0, wrong = 0, round;
	char text[80];

	/* Until a window is hit. */
	for (round = 0; round < 5 || (!wrong && round < 30); round++) {
		if (round && round % 5 == 0 && window_ms < LONG_MS)
			window_ms *= 2;
		right += fails(0);
		wrong += fails(1UL << hook);
	}
	window_ms = SHORT_MS;
	snprintf(text, sizeof(text), "ptreloc-windows: %s", name);
	report(!right, text, "%u of %u fail", right, round);
	snprintf(text, sizeof(text), "ptreloc-windows: %s without its hook",
		 name);
	report(wrong > 0, text, "none of %u fails", round);
	say("ptreloc-windows %s: %u of %u fail, %u without", name, right, round,
	    wrong);
}

void job_ptreloc_windows(void)
{
	pin_to_cpu(0);
	race_fault();
	if (param_long("spoil", 0))
		return;
	race("must_wait", fault_hangs, PTRELOC_SPOIL_MUST_WAIT);
	race("UFFDIO_MOVE", page_is_missed, PTRELOC_SPOIL_UFFD_MOVE);
}
