// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory does a guest cost its host, as time goes on? The host looks at
 * each "host rss WHEN", and is told before which memory is pristine then.
 *
 * guest.idle=N	  seconds without a load, and after each (default 10)
 * guest.small=N, guest.large=N  MiB that a load writes and gives back (defaults 64
 *		  and 4096)
 * guest.balloon=N  MiB that the host takes by its balloon, and gives back
 * guest.kexec=1  and then start the kernel that the initial file system holds,
 *		  which is idle
 *
 * The host is then asked for a reset, and does it once: the same again, with what
 * memory the host has provided by then.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

/* Of what a kernel that another one has started looks at. */
static const char *prefix = "";

static void say_pristine(void)
{
	char *text = read_file(MEMMAP_DIR "/extents"), *line = text;
	unsigned long start, end;

	while (line && (line = strchr(line, '\n')))
		if (sscanf(++line, "%*d %*s %lu %lu", &start, &end) == 2)
			say("host pristine %lu %lu", start * PAGE, end * PAGE);
	free(text);
}

static void look(const char *when)
{
	say_pristine();
	say("host rss %s%s", prefix, when);
	/* It looks at the console every 10 ms. */
	usleep(500000);
}

/* A process writes memory, a page a fault, and is looked at before it ends. */
static void load(const char *name, size_t bytes)
{
	char when[32];
	pid_t pid = fork();

	if (!pid) {
		volatile char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		size_t at;

		if (mem == MAP_FAILED)
			_exit(1);
		madvise((void *)mem, bytes, MADV_NOHUGEPAGE);
		for (at = 0; at < bytes; at += PAGE)
			mem[at] = 1;
		look(name);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	sleep(param_long("idle", 10));
	snprintf(when, sizeof(when), "after-%s", name);
	look(when);
}

static void wait_for_total(long least, long most)
{
	long left, total = -1;

	for (left = 1200; left; left--) {
		total = field("/proc/meminfo", "MemTotal");
		if (total >= least && total <= most)
			break;
		usleep(100000);
	}
	report(left, "balloon", "MemTotal %ld KiB, should be %ld to %ld", total,
	       least, most);
}

/* What the balloon has is not in MemTotal. */
static void balloon(long mib)
{
	long total = field("/proc/meminfo", "MemTotal");

	say("host balloon %ld", mib);
	wait_for_total(0, total - mib * 1024);
	look("balloon");
	say("host balloon 0");
	wait_for_total(total, total);
	sleep(param_long("idle", 10));
	look("after-balloon");
}

/* What follows if the host has done it before is the end. */
static void reset(void)
{
	say("host reset");
	sleep(5);
}

void job_resident(void)
{
	bool again = param_long("again", 0);

	if (again)
		prefix = "kexec-";
	look("init");
	sleep(param_long("idle", 10));
	look("idle");
	if (again) {
		reset();
		return;
	}
	load("small", param_long("small", 64) * MIB);
	load("large", param_long("large", 4096) * MIB);
	if (param_long("balloon", 0))
		balloon(param_long("balloon", 0));
	if (param_long("kexec", 0))
		report(false, "kexec", "%s", strerror(-start_again()));
	reset();
}
