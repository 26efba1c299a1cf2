/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE	  4096UL
#define MIB	  (1UL << 20)
#define MAX_NODES 64

#define DEBUGFS	   "/sys/kernel/debug"
#define MEMMAP_DIR DEBUGFS "/memmap_init"

/* One line "GUEST ..." on the console: what the host reads. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "ok NAME", or "not ok NAME why"; the host counts them. */
void report(bool good, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Value of guest.KEY=VALUE on the kernel command line, or the default. */
const char *param(const char *key, const char *fallback);
long param_long(const char *key, long fallback);

/* Whole file as a string, to be freed; NULL when it cannot be read. */
char *read_file(const char *path);
/* 0 or -errno. */
int write_file(const char *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The number behind NAME in a file of "NAME number" lines; -1 when absent. */
long field(const char *path, const char *name);
/* One number that is the whole file; -1 when absent. */
long number(const char *path);

double now(void);
int online_cpus(void);
/* Nodes with memory, ascending. Return: how many. */
int memory_nodes(int *nodes);
long node_free_kib(int node);
/* Pristine memory of a node; -1: of all. A kernel without any has 0. */
long pristine_kib(int node);
/* Threads of the kernel that drain; @stat is what /proc says behind their name. */
void drain_threads(void (*fn)(pid_t pid, const char *stat, void *arg),
		   void *arg);
/* The calling thread allocates on this node alone; -1: anywhere again. */
int bind_to_node(int node);
void pin_to_cpu(int cpu);
/* Pin pages for long, as a device does. Return: for unpin_pages(); -1: cannot. */
int pin_pages(void *mem, size_t bytes);
void unpin_pages(int fd);
/* Set, unless @want is -1, and count the huge pages of a node. */
long set_huge_pages(int node, long size_kib, long want);
/* What the kernel says of free memory in several places is the same. */
void test_statistics(const char *name);
/* The memory blocks of a node, ascending. Return: how many. */
int node_blocks(int node, int *blocks, int most);
/* A memory block goes offline or comes online. Return: 0 or -errno. */
int set_block(int block, const char *state);

/*
 * Start /kernel with /initrd and guest.again=1 by kexec; both are in the initial
 * file system. Comes back only if that cannot be. Return: -errno.
 */
int start_again(void);

struct job {
	const char *name;
	void (*run)(void);
};

void job_pagefault(void);
void job_storm(void);
void job_functions(void);
void job_load(void);
void job_device(void);
void job_dnuma(void);
void job_dnuma_plan(void);
void job_dnuma_meanwhile(void);
void job_dnuma_distances(void);
void job_dnuma_left(void);
void job_dnuma_tiers(void);
void job_churn(void);
void job_dnuma_test(void);
void job_devmem(void);
void job_exhaust(void);
void job_idle(void);
void job_irqsoff(void);
void job_page_numa(void);
void job_defrag(void);
void job_hotplug(void);
void job_hvo(void);
void job_kho(void);
void job_resident(void);
void job_ptreloc(void);
void job_ptreloc_sparse(void);
void job_ptreloc_offline(void);
void job_ptreloc_windows(void);

#endif
