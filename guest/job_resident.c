// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory does a guest cost its host, as time goes on? The host looks at
 * each "host rss WHEN", and is told before which memory is pristine then.
 *
 * guest.idle=N	  seconds without a load, and after each (default 10)
 * guest.small=N, guest.large=N  MiB that a load writes and gives back (defaults 64
 *		  and 4096)
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
	say("host rss %s", when);
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

void job_resident(void)
{
	look("init");
	sleep(param_long("idle", 10));
	look("idle");
	load("small", param_long("small", 64) * MIB);
	load("large", param_long("large", 4096) * MIB);
	say("host reset");
	sleep(5);
}
