/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_HEAP_H
#define SIM_BASE_HEAP_H

/*
 * A binary heap of fixed-size entries: the one that comes first, by the
 * caller's order, is entry 0. Entries may know where they are, so that one
 * whose key has changed can be moved.
 *
 *	           entry 0
 *	        1           2
 *	      3   4       5   6
 */
#include <stdbool.h>
#include <stddef.h>

/**
 * struct heap - some entries, the first of them on top
 * @entry: the entries; entry i is at @entry + i * @bytes
 * @bytes: size of one
 * @nr: how many
 * @capacity: room
 * @before: does @a come before @b?
 * @moved: @entry is at @at now; may be NULL
 */
struct heap {
	void *entry;
	size_t bytes;
	unsigned int nr;
	unsigned int capacity;
	bool (*before)(const void *a, const void *b);
	void (*moved)(void *entry, unsigned int at);
};

void heap_init(struct heap *heap, size_t bytes,
	       bool (*before)(const void *a, const void *b),
	       void (*moved)(void *entry, unsigned int at));
void heap_push(struct heap *heap, const void *entry);
void heap_pop(struct heap *heap);
void heap_update(struct heap *heap, unsigned int at);
void heap_free(struct heap *heap);

static inline void *heap_at(const struct heap *heap, unsigned int i)
{
	return (char *)heap->entry + i * heap->bytes;
}

/* The entry that comes first; NULL when there is none. */
static inline void *heap_first(const struct heap *heap)
{
	return heap->nr ? heap->entry : NULL;
}

#endif /* SIM_BASE_HEAP_H */
