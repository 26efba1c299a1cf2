// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nearly all memory is taken while threads of the kernel still write struct
 * pages: what they write at a moment cannot be had, and is there soon. Nobody is
 * to be killed for want of it, and who may not wait has its reserve.
 *
 * The host lets CPUs stand still while they write (plugin_hold.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

/* The reserve below which only those come who may not wait, KiB. */
#define RESERVE 8192L

/* What is left alone, with page tables and lists of free pages in it, KiB. */
#define LEFT (RESERVE + 6144)

/* Signals that are queued: a struct sigqueue of 80 bytes each, GFP_ATOMIC. */
#define MOST_SIGNALS 20000

static volatile size_t *taken;

static void mark_cpu(pid_t pid, const char *stat, void *arg)
{
	bool *drains = arg;
	int on;

	(void)pid;
	/* The 37th number behind the name */
	if (sscanf(stat,
		   " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %d",
		   &on) == 1 &&
	    on < 64)
		drains[on] = true;
}

/*
 * A CPU on which no thread drains, behind @cpu: what is run elsewhere would stand
 * still with it.
 */
static int free_cpu(int cpu)
{
	bool drains[64] = { false };

	drain_threads(mark_cpu, drains);
	while (++cpu < online_cpus() && cpu < 63 && drains[cpu])
		;
	return cpu;
}

/* A child takes memory. Return: its pid. */
static pid_t take(size_t bytes, int cpu)
{
	pid_t pid = fork();
	char *mem;

	if (pid)
		return pid;
	pin_to_cpu(cpu);
	write_file("/proc/self/oom_score_adj", "1000");
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		_exit(1);
	madvise(mem, bytes, MADV_NOHUGEPAGE);
	for (*taken = 0; *taken < bytes; *taken += PAGE)
		mem[*taken] = 1;
	_exit(0);
}

void job_exhaust(void)
{
	struct rlimit many = { 2 * MOST_SIGNALS, 2 * MOST_SIGNALS };
	int status, sent = 0, refused = 0, cpu;
	long pristine, mem_free, left;
	double since = now(), stood = 0;
	size_t last = 0, bytes, most;
	sigset_t all;
	pid_t pid;

	/* RCU would say of a CPU that is stopped twice that it stands still. */
	write_file("/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress",
		   "1");
	/* The threads begin when boot has ended. */
	usleep(200000);
	cpu = free_cpu(-1);
	pin_to_cpu(cpu);
	taken = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setrlimit(RLIMIT_SIGPENDING, &many);
	write_file("/proc/sys/vm/min_free_kbytes", "%ld", RESERVE);

	pristine = pristine_kib(-1);
	mem_free = field("/proc/meminfo", "MemFree");
	report(pristine > mem_free / 2, "exhaust-pristine", "%ld of %ld KiB",
	       pristine, mem_free);
	bytes = (mem_free - LEFT) * 1024UL;
	most = bytes;
	pid = take(bytes, free_cpu(cpu));
	while (!waitpid(pid, &status, WNOHANG)) {
		union sigval value = { 0 };
		size_t at = *taken;

		/* A few for each MiB of the last ones, and while nothing goes on. */
		if (at + 64 * MIB > bytes && sent < MOST_SIGNALS &&
		    (at == last || at > last + 64 * PAGE)) {
			int i;

			for (i = 0; i < 20; i++, sent++)
				refused += sigqueue(getpid(), SIGRTMIN,
						    value) &&
					   errno == EAGAIN;
			last = at;
		}
		if (most != bytes - at)
			since = now();
		else if (now() - since > stood)
			stood = now() - since;
		most = bytes - at;
		usleep(200);
	}
	left = pristine_kib(-1);
	/* Or else nothing was being written when memory was at its end. */
	report(stood > 0.5, "exhaust-waited", "%.3f s", stood);
	report(WIFEXITED(status) && !WEXITSTATUS(status), "exhaust-all",
	       "%s at %zu KiB before the end; %ld KiB were pristine then",
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "ended",
	       most / 1024, left);
	report(sent && !refused, "exhaust-atomic", "%d of %d refused", refused,
	       sent);
	say("exhaust sent=%d refused=%d", sent, refused);
}
