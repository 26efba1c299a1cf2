// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap_init=idle: how much of the CPUs' time do its threads take while all
 * have something to do, and do they end their work when nobody has?
 *
 * guest.seconds=N   how long all CPUs are busy (default 3)
 * guest.urgent=1    a control: its threads are made as urgent as others
 * guest.told=1      stop the drain instead
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "guest.h"

static volatile bool stop;

static void *spin(void *cpu)
{
	pin_to_cpu((long)cpu);
	while (!stop)
		;
	return NULL;
}

struct drain_time {
	bool urgent;
	int nr;
	double seconds;
};

static void add_time(pid_t pid, const char *stat, void *arg)
{
	struct drain_time *time = arg;
	struct sched_param normal = { 0 };
	unsigned long user, kernel;

	if (sscanf(stat, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &kernel) != 2)
		return;
	time->nr++;
	time->seconds += (double)(user + kernel) / sysconf(_SC_CLK_TCK);
	if (time->urgent)
		sched_setscheduler(pid, SCHED_OTHER, &normal);
}

/* Seconds of CPU time of the threads that drain; @urgent: and make them so. */
static double drain_seconds(bool urgent, int *nr)
{
	struct drain_time time = { .urgent = urgent };

	drain_threads(add_time, &time);
	*nr = time.nr;
	return time.seconds;
}

static void busy(void)
{
	int nr_cpus = online_cpus(), before, after, cpu;
	long seconds = param_long("seconds", 3), left;
	pthread_t threads[nr_cpus];
	double start, share, taken;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		pthread_create(&threads[cpu], NULL, spin, (void *)(long)cpu);
	taken = drain_seconds(param_long("urgent", 0), &before);
	start = now();
	while (now() < start + seconds)
		usleep(100000);
	left = pristine_kib(-1);
	share = (drain_seconds(false, &after) - taken) / (now() - start) /
		nr_cpus;
	stop = true;
	for (cpu = 0; cpu < nr_cpus; cpu++)
		pthread_join(threads[cpu], NULL);
	say("idle threads=%d share=%.4f left=%ld", after, share, left);
	report(before > 0, "idle threads are there", "none");
	report(left > 0 && after > 0, "idle leaves pages while all are busy",
	       "%ld KiB are pristine, %d threads", left, after);
	/* Those that have ended took what nobody counts. */
	report(after == before && share < 0.01, "idle takes less than 1 %",
	       "%.2f %%, %d of %d threads are left", 100 * share, after,
	       before);
}

static void told(void)
{
	long left, later;
	int nr, i;

	report(!write_file(MEMMAP_DIR "/stop", "1"), "idle is told", "no file");
	for (i = 0; i < 100 && (drain_seconds(false, &nr), nr); i++)
		usleep(100000);
	report(!nr, "idle threads end when told", "%d are left", nr);
	left = pristine_kib(-1);
	sleep(1);
	later = pristine_kib(-1);
	/* This program itself may pull a block meanwhile. */
	report(later > 0 && left - later < 32 * 1024, "idle stops when told",
	       "%ld KiB are pristine, then %ld", left, later);
}

void job_idle(void)
{
	if (param_long("told", 0))
		told();
	else
		busy();
}
