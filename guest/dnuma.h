/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_DNUMA_H
#define GUEST_DNUMA_H

#include <stddef.h>
#include <stdio.h>

/* The kernel's files of dynamic NUMA, for dnuma-test and the guest's init. */

#define DNUMA_DIR "/sys/kernel/debug/dnuma"

#define DNUMA_MAX_NODES 64

struct dnuma_range {
	unsigned long start; /* bytes */
	unsigned long end;
	int node;
};

struct dnuma_layout {
	size_t nr;
	struct dnuma_range *range;
};

/* What one node has, in KiB. */
struct dnuma_node {
	long total;
	long free;
	long left; /* not on the node where it should be, and lies here */
};

/* Whole file as a string, to be freed; NULL when it cannot be read. */
char *dnuma_read(const char *name);
/* The present layout; -1 with errno set. */
int dnuma_layout_get(struct dnuma_layout *layout);
/* Lines of a layout. */
void dnuma_layout_read(struct dnuma_layout *layout, const char *lines);
void dnuma_layout_free(struct dnuma_layout *layout);
/* All of its memory in stripes over these nodes; text to be freed. */
char *dnuma_stripe(const struct dnuma_layout *layout, unsigned long bytes,
		   const int *node, int nr_nodes);
/* The layout as text, to be freed. */
char *dnuma_text(const struct dnuma_layout *layout);
/* Stage a layout; then commit it. 0 or -errno. */
int dnuma_stage(const char *text, size_t len);
int dnuma_commit(const char *options);
/* Both; frees the text. */
int dnuma_apply(char *text, const char *options);
/* Sizes of a node from sysfs and the last report. */
void dnuma_node_get(int nid, struct dnuma_node *node);
/* "24M-32M 0->1 unmovable": where it is. Return: why; NULL: no such line. */
const char *dnuma_left_read(const char *line, struct dnuma_range *range);
/* Such lines of the report: KiB of those from this node; -1: of all. */
long dnuma_left_kib(const char *report, int nid);
/* A table of all nodes. */
void dnuma_table(FILE *out, const char *title);

#endif
