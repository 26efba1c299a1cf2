// SPDX-License-Identifier: GPL-2.0-only
/*
 * part_a_bench MIB ROUNDS: how long mainline's loops and part A's one pass take
 * over a memmap of MIB, by one thread and by one on each CPU, and how far that is
 * from a plain fill of the same bytes. Ways take turns, each round begins with
 * another one, and medians count. patches/bench.sh runs it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "part_a_ways.h"

#define HUGE_PAGE   (2UL << 20)
#define MAX_ROUNDS  99
#define MAX_MIB	    8192
#define PAGES_A_MIB 16384UL /* of 64 bytes each */
#define WAYS	    4

struct page;
extern struct page *vmemmap;

static const struct {
	const char *name;
	void (*run)(void);
	bool frees;
} ways[WAYS] = {
	{ "mainline", way_today, true },
	{ "part A", way_part_a, true },
	{ "fill, non-temporal", way_fill_nt, false },
	{ "fill, cached", way_fill_cached, false },
};

/* The kernel's messages about nodes. */
void sim_printk(const char *fmt, ...)
{
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static pthread_barrier_t start;

static void *helper(void *run)
{
	pthread_barrier_wait(&start);
	((void (*)(void))run)();
	return NULL;
}

/* The creation of threads is not in it, as the kernel has its workers already. */
static double timed(void (*run)(void), unsigned int nr_threads)
{
	pthread_t thread[nr_threads];
	unsigned int i;
	double begin;

	pthread_barrier_init(&start, NULL, nr_threads);
	for (i = 1; i < nr_threads; i++)
		if (pthread_create(&thread[i], NULL, helper, (void *)run)) {
			perror("pthread_create");
			exit(1);
		}
	pthread_barrier_wait(&start);
	begin = now_ns();
	run();
	for (i = 1; i < nr_threads; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	return now_ns() - begin;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double ns[WAYS][MAX_ROUNDS];

static void compare(unsigned long nr_pages, unsigned int rounds,
		    unsigned int nr_threads)
{
	double median[WAYS], fill;
	unsigned int round, i, way;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < WAYS; i++) {
			way = (round + i) % WAYS;
			ways_reset(nr_pages);
			ns[way][round] = timed(ways[way].run, nr_threads) /
					 nr_pages;
			if (ways[way].frees && ways_free_pages() != nr_pages) {
				fprintf(stderr, "%s: not all pages are free\n",
					ways[way].name);
				exit(1);
			}
		}
	for (way = 0; way < WAYS; way++) {
		qsort(ns[way], rounds, sizeof(**ns), by_value);
		median[way] = ns[way][rounds / 2];
	}
	fill = median[2] < median[3] ? median[2] : median[3];
	printf("\n%u thread%s\n%-20s%10s%20s%10s%10s\n", nr_threads,
	       nr_threads > 1 ? "s" : "", "", "ns a page", "middle half",
	       "of fill", "mainline");
	for (way = 0; way < WAYS; way++) {
		char half[32];

		snprintf(half, sizeof(half), "%.2f - %.2f", ns[way][rounds / 4],
			 ns[way][rounds - 1 - rounds / 4]);
		printf("%-20s%10.2f%20s%10.2f%9.2fx\n", ways[way].name,
		       median[way], half, fill / median[way],
		       median[0] / median[way]);
	}
}

static unsigned long number(const char *text, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || !value || value > most) {
		fprintf(stderr, "%s: want a number from 1 to %lu\n", text,
			most);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	unsigned long mib, bytes, nr_pages;
	unsigned int rounds;
	cpu_set_t cpus;
	char *area;

	if (argc != 3) {
		fprintf(stderr, "usage: part_a_bench MIB ROUNDS\n");
		return 2;
	}
	/* Whole sections, which have 2 MiB of struct pages. */
	mib = (number(argv[1], MAX_MIB) + 1) / 2 * 2;
	rounds = number(argv[2], MAX_ROUNDS);
	bytes = mib << 20;
	nr_pages = mib * PAGES_A_MIB;

	/* The kernel maps its memmap by huge pages as well. */
	area = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	area += -(unsigned long)area % HUGE_PAGE;
	madvise(area, bytes, MADV_HUGEPAGE);
	memset(area, 0xff, bytes);
	vmemmap = (struct page *)area;

	printf("memmap of %lu MiB, for %lu GiB of memory; %u rounds, measured\n",
	       mib, nr_pages >> 18, rounds);
	compare(nr_pages, rounds, 1);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	if (CPU_COUNT(&cpus) > 1)
		compare(nr_pages, rounds, CPU_COUNT(&cpus));
	return 0;
}
