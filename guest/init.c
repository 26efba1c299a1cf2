// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's only program. It says when it started and how much memory the
 * kernel shows, runs the job named by guest.job= on the kernel's command line,
 * and switches the machine off. Static and without a shell, because every
 * page it needs and every millisecond it takes is in the numbers.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "guest.h"

static void print(const char *prefix, const char *fmt, va_list args)
{
	char line[4096];
	int len = snprintf(line, sizeof(line), "%s", prefix);

	len += vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	/* One write, so that lines of the kernel do not fall in between. */
	if (write(STDOUT_FILENO, line, len) < 0)
		_exit(1);
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print("GUEST ", fmt, args);
	va_end(args);
}

void report(bool good, const char *name, const char *fmt, ...)
{
	char prefix[128];
	va_list args;

	snprintf(prefix, sizeof(prefix), "GUEST %s %s ", good ? "ok" : "not ok",
		 name);
	va_start(args, fmt);
	print(prefix, fmt, args);
	va_end(args);
}

char *read_file(const char *path)
{
	size_t size = 65536, len = 0;
	int fd = open(path, O_RDONLY);
	char *text;
	ssize_t got;

	if (fd < 0)
		return NULL;
	text = malloc(size);
	while ((got = read(fd, text + len, size - len - 1)) > 0) {
		len += got;
		if (size - len < 4096)
			text = realloc(text, size *= 2);
	}
	close(fd);
	text[len] = '\0';
	return text;
}

int write_file(const char *path, const char *fmt, ...)
{
	char text[128];
	va_list args;
	int fd, len, err = 0;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != len)
		err = -errno;
	close(fd);
	return err;
}

const char *param(const char *key, const char *fallback)
{
	static char *cmdline;
	char want[64], *at;
	size_t len;

	if (!cmdline)
		cmdline = read_file("/proc/cmdline");
	snprintf(want, sizeof(want), "guest.%s=", key);
	at = cmdline ? strstr(cmdline, want) : NULL;
	if (!at)
		return fallback;
	at += strlen(want);
	len = strcspn(at, " \n");
	return strndup(at, len);
}

long param_long(const char *key, long fallback)
{
	const char *text = param(key, NULL);

	return text ? strtol(text, NULL, 0) : fallback;
}

long field(const char *path, const char *name)
{
	char *text = read_file(path), *at;
	long value = -1;

	at = text ? strstr(text, name) : NULL;
	if (at)
		value = strtol(at + strlen(name) +
				       strspn(at + strlen(name), ": \t"),
			       NULL, 10);
	free(text);
	return value;
}

long number(const char *path)
{
	char *text = read_file(path);
	long value = text && *text ? strtol(text, NULL, 10) : -1;

	free(text);
	return value;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int online_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

void drain_threads(void (*fn)(pid_t pid, const char *stat, void *arg),
		   void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		char path[300], *text, *name;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (pid <= 0 || !(text = read_file(path)))
			continue;
		name = strstr(text, "(memmap_init");
		if (name)
			fn(pid, strchr(name, ')') + 1, arg);
		free(text);
	}
	if (proc)
		closedir(proc);
}

int memory_nodes(int *nodes)
{
	char path[80];
	int node, count = 0;

	for (node = 0; node < MAX_NODES; node++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%d/meminfo", node);
		if (field(path, "MemTotal") > 0)
			nodes[count++] = node;
	}
	return count;
}

long node_free_kib(int node)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo",
		 node);
	return field(path, "MemFree");
}

int bind_to_node(int node)
{
	enum { MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND };
	unsigned long mask = node < 0 ? 0 : 1UL << node;

	return syscall(SYS_set_mempolicy, node < 0 ? MPOL_DEFAULT : MPOL_BIND,
		       node < 0 ? NULL : &mask, node < 0 ? 0 : 65) ?
		       -errno :
		       0;
}

void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* What the kernel says of its own initialisation, line by line. */
static void say_memmap(void)
{
	DIR *dir = opendir(MEMMAP_DIR);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[512], *text, *line, *rest;

		/* The extents are thousands of lines in a bad case. */
		if (entry->d_type != DT_REG ||
		    !strcmp(entry->d_name, "extents"))
			continue;
		snprintf(path, sizeof(path), MEMMAP_DIR "/%s", entry->d_name);
		text = read_file(path);
		for (line = strtok_r(text, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			say("memmap_init.%s %s", entry->d_name, line);
		free(text);
	}
	if (dir)
		closedir(dir);
}

/*
 * guest.drained=N: wait at most N seconds for the first drain to end. Return:
 * whether that was asked for.
 */
static bool wait_for_drain(void)
{
	long most = atol(param("drained", "0")) * 100, left;

	for (left = most; left > 0; left--) {
		char *text = read_file(MEMMAP_DIR "/drains");
		bool ended = text && strchr(text, '\n') != strrchr(text, '\n');

		free(text);
		if (ended)
			break;
		usleep(10000);
	}
	return most > 0;
}

int start_again(void)
{
	char *line = read_file("/proc/cmdline"), next[4096];
	int kernel = open("/kernel", O_RDONLY);
	int initrd = open("/initrd", O_RDONLY);
	int len = snprintf(next, sizeof(next), "%.*s guest.again=1",
			   (int)strcspn(line, "\n"), line);

	if (!syscall(SYS_kexec_file_load, kernel, initrd, (long)len + 1, next,
		     0UL))
		reboot(RB_KEXEC);
	return -errno;
}

/* QEMU's isa-debug-exit ends in the same instruction, ACPI in 0.1 s or so. */
static void __attribute__((noreturn)) power_off(void)
{
	int port = open("/dev/port", O_WRONLY);

	tcdrain(STDOUT_FILENO);
	if (!strcmp(param("off", "debug"), "debug"))
		pwrite(port, "", 1, 0xf4);
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void job_none(void)
{
}

static const struct job jobs[] = {
	{ "none", job_none },
	{ "pagefault", job_pagefault },
	{ "storm", job_storm },
	{ "load", job_load },
	{ "device", job_device },
	{ "functions", job_functions },
	{ "dnuma", job_dnuma },
	{ "churn", job_churn },
	{ "dnuma-test", job_dnuma_test },
	{ "dnuma-plan", job_dnuma_plan },
	{ "dnuma-meanwhile", job_dnuma_meanwhile },
	{ "dnuma-distances", job_dnuma_distances },
	{ "dnuma-left", job_dnuma_left },
	{ "dnuma-tiers", job_dnuma_tiers },
	{ "devmem", job_devmem },
	{ "exhaust", job_exhaust },
	{ "idle", job_idle },
	{ "irqsoff", job_irqsoff },
	{ "page-numa", job_page_numa },
	{ "defrag", job_defrag },
	{ "hotplug", job_hotplug },
	{ "hvo", job_hvo },
	{ "kho", job_kho },
	{ "resident", job_resident },
	{ "ptreloc", job_ptreloc },
	{ "ptreloc-sparse", job_ptreloc_sparse },
	{ "ptreloc-offline", job_ptreloc_offline },
	{ "ptreloc-windows", job_ptreloc_windows },
};

int main(void)
{
	uint64_t tsc = __rdtsc();
	double start = now();
	const char *name;
	unsigned int i;

	/* Before anything else: mounts and prints allocate memory. */
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	say("mem_free_kib=%ld", field("/proc/meminfo", "MemFree"));
	say("mem_total_kib=%ld", field("/proc/meminfo", "MemTotal"));
	say("mono_us=%.0f", start * 1e6);
	say("tsc=%lu", tsc);

	mkdir("/sys", 0755);
	mkdir("/tmp", 01777);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, "size=100%");
	say("cpus=%d", online_cpus());
	say("pristine_kib=%ld", pristine_kib(-1));
	say_memmap();

	name = param("job", "none");
	for (i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (!strcmp(name, jobs[i].name))
			break;
	if (i < sizeof(jobs) / sizeof(jobs[0]))
		jobs[i].run();
	else
		report(false, "job",
		       "'%s' is unknown; want none, pagefault, storm, load, device, functions, dnuma, dnuma-test, dnuma-plan, dnuma-meanwhile, dnuma-distances, dnuma-left, dnuma-tiers, defrag, churn, devmem, exhaust, idle, irqsoff, page-numa, hotplug, hvo, kho or resident",
		       name);
	if (wait_for_drain() || i)
		say_memmap();
	say("end");
	power_off();
}
