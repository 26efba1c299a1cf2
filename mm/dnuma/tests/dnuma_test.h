/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_TESTS_DNUMA_TEST_H
#define _MM_DNUMA_TESTS_DNUMA_TEST_H

/*
 * A small machine for tests: a layout is drawn, a character a block, the number
 * of its node or '.' where there is no memory: "0000..1111".
 */
#include <kunit/test.h>
#include <linux/dnuma.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include "random.h"

#define B	  ((unsigned long)DNUMA_BLOCK_PAGES)
#define NR_BLOCKS 96
#define NR_NODES  4

static const int test_nodes[NR_NODES] = { 0, 1, 2, 3 };
static const char *const test_zones[] = { "DMA32", "Normal" };

static inline struct dnuma_shape test_shape(const struct memlayout *memory)
{
	return (struct dnuma_shape){
		.memory = memory,
		.node = test_nodes,
		.nr_nodes = NR_NODES,
		.zone_name = test_zones,
		.nr_zones = ARRAY_SIZE(test_zones),
		.page_shift = 12,
	};
}

/* Memory with holes, on random nodes, in runs. */
static inline void random_drawing(u32 *seed, char drawing[NR_BLOCKS + 1])
{
	unsigned int i = 0;

	while (i < NR_BLOCKS) {
		unsigned long run = 1 + random_below(seed, 24);
		char node = '0' + random_below(seed, NR_NODES);

		if (i && !random_below(seed, 6))
			node = '.';
		for (; run-- && i < NR_BLOCKS; i++)
			drawing[i] = node;
	}
	drawing[i] = '\0';
}

/* The same memory on other nodes. */
static inline void random_change(u32 *seed, const char *drawing,
				 char other[NR_BLOCKS + 1])
{
	unsigned int i = 0;

	while (drawing[i]) {
		unsigned long run = 1 + random_below(seed, 16);
		char node = '0' + random_below(seed, NR_NODES);
		bool same = !random_below(seed, 3);

		for (; run-- && drawing[i]; i++)
			other[i] = same || drawing[i] == '.' ? drawing[i] :
							       node;
	}
	other[i] = '\0';
}

static inline struct memlayout *drawn(struct kunit *test, const char *drawing)
{
	struct memlayout *layout = memlayout_alloc(NR_BLOCKS);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, layout);
	for (i = 0; drawing[i]; i++)
		if (drawing[i] != '.')
			memlayout_append(layout, i * B, (i + 1) * B,
					 drawing[i] - '0');
	return layout;
}

/* Memory for texts: 1M-16M on node 0, 32M-64M on node 1. */
static inline struct memlayout *memory_make(struct kunit *test)
{
	struct memlayout *memory = memlayout_alloc(2);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memlayout_append(memory, 256, 4 * B, 0);
	memlayout_append(memory, 8 * B, 16 * B, 1);
	return memory;
}

/* '!': the pages of a block are not all on one node. */
static inline const char *draw(const struct memlayout *layout,
			       char drawing[NR_BLOCKS + 1])
{
	unsigned int i, end = 0;

	for (i = 0; i < NR_BLOCKS; i++) {
		int nid = memlayout_lookup(layout, i * B);

		drawing[i] = nid == NUMA_NO_NODE ? '.' : '0' + nid;
		if (memlayout_lookup(layout, i * B + B - 1) != nid)
			drawing[i] = '!';
		if (drawing[i] != '.')
			end = i + 1;
	}
	drawing[end] = '\0';
	return drawing;
}

#endif /* _MM_DNUMA_TESTS_DNUMA_TEST_H */
