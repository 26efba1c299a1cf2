/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_JOB_DEFRAG_H
#define GUEST_JOB_DEFRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A pageblock, which is a huge page. */
#define ORDER 9

struct obstacle {
	long blocks;
	long pages;
};

/* The kernel's answer to a request, and what the process that asked has seen. */
struct answer {
	int err;
	char *text;
	char *line; /* the same, on one line */
	bool obtained;
	long had;
	long made;
	long migrated;
	long blocks;
	long free;
	long pristine;
	long untried;
	long sum; /* of blocks over all obstacles */
	double seconds;
	long sleeps; /* how often it has slept */
};

/* Ask; "node=1 order=9". answer_free() gives the text back. */
struct answer ask(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void answer_free(struct answer *answer);
struct obstacle obstacle(const struct answer *answer, const char *kind);
/* Is each block that was looked at accounted, once? */
bool adds_up(const struct answer *answer);

/* The pfn of a page of this process; 0: it has none. */
unsigned long pfn_of(const void *page);
/* The first page of a block all of whose pages are of this memory; 0: none is. */
unsigned long block_of(const char *mem, size_t bytes, unsigned int order);
/* Ask for one block: that at a page. */
struct answer ask_for(unsigned long pfn, unsigned int order, bool wait);

long vmstat(const char *name);

/* Each kind of page that is in the way, by itself. */
void defrag_test_pages(int node);
/* Pages of a block device: dirty, being written, locked while they are read. */
void defrag_test_device(int node);

#endif
