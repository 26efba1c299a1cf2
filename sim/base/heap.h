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
 *
 * Everything is inline, so that a constant struct heap_order costs no call:
 * predictions spend a good part of their time here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Largest entry, in bytes. */
#define HEAP_ENTRY_BYTES 32

/**
 * struct heap_order - what entries are and which comes first; a constant
 * @bytes: size of an entry, up to HEAP_ENTRY_BYTES
 * @before: does @a come before @b? Entries of which neither does come in an
 *	order that depends on nothing but what was done to the heap before.
 * @moved: @entry is at @at now; may be NULL
 */
struct heap_order {
	size_t bytes;
	bool (*before)(const void *a, const void *b);
	void (*moved)(void *entry, unsigned int at);
};

/**
 * struct heap - some entries, the first of them on top
 * @entry: entry i is @i times the size of an entry behind it
 * @nr: how many
 * @capacity: room for so many
 *
 * Begin with { 0 }. heap_free() gives back what it holds.
 */
struct heap {
	void *entry;
	unsigned int nr;
	unsigned int capacity;
};

#define HEAP_INLINE static inline __attribute__((always_inline))

void heap_grow(struct heap *heap, size_t bytes);
void heap_clear(struct heap *heap);
void heap_free(struct heap *heap);

/**
 * heap_at - an entry by its place
 * @heap: the heap
 * @order: its order
 * @i: less than @heap->nr
 *
 * Return: the entry; valid until the heap changes.
 */
HEAP_INLINE void *heap_at(const struct heap *heap,
			  const struct heap_order *order, unsigned int i)
{
	return (char *)heap->entry + i * order->bytes;
}

/**
 * heap_first - the entry that comes first
 * @heap: the heap
 *
 * Return: the entry, valid until the heap changes; NULL when there is none.
 */
HEAP_INLINE void *heap_first(const struct heap *heap)
{
	return heap->nr ? heap->entry : NULL;
}

/* @entry is at @at from now on. */
HEAP_INLINE void heap_place(struct heap *heap, const struct heap_order *order,
			    unsigned int at, const void *entry)
{
	memcpy(heap_at(heap, order, at), entry, order->bytes);
	if (order->moved)
		order->moved(heap_at(heap, order, at), at);
}

/* @entry belongs at @at or nearer to the top. */
HEAP_INLINE void heap_rise(struct heap *heap, const struct heap_order *order,
			   unsigned int at, const void *entry)
{
	for (; at; at = (at - 1) / 2) {
		void *parent = heap_at(heap, order, (at - 1) / 2);

		if (!order->before(entry, parent))
			break;
		heap_place(heap, order, at, parent);
	}
	heap_place(heap, order, at, entry);
}

/* @entry belongs at @at or farther from the top. */
HEAP_INLINE void heap_sink(struct heap *heap, const struct heap_order *order,
			   unsigned int at, const void *entry)
{
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child + 1 < heap->nr &&
		    order->before(heap_at(heap, order, child + 1),
				  heap_at(heap, order, child)))
			child++;
		if (child >= heap->nr ||
		    !order->before(heap_at(heap, order, child), entry))
			break;
		heap_place(heap, order, at, heap_at(heap, order, child));
		at = child;
	}
	heap_place(heap, order, at, entry);
}

/**
 * heap_push - add an entry
 * @heap: the heap
 * @order: its order
 * @entry: copied
 */
HEAP_INLINE void heap_push(struct heap *heap, const struct heap_order *order,
			   const void *entry)
{
	if (heap->nr == heap->capacity)
		heap_grow(heap, order->bytes);
	heap_rise(heap, order, heap->nr++, entry);
}

/**
 * heap_append - add an entry behind all others, wherever it belongs
 * @heap: the heap; heap_build() must come before anything is asked of it
 * @order: its order
 * @entry: copied
 */
HEAP_INLINE void heap_append(struct heap *heap, const struct heap_order *order,
			     const void *entry)
{
	if (heap->nr == heap->capacity)
		heap_grow(heap, order->bytes);
	heap_place(heap, order, heap->nr++, entry);
}

/**
 * heap_update - an entry's key has changed
 * @heap: the heap
 * @order: its order
 * @at: where the entry is
 */
HEAP_INLINE void heap_update(struct heap *heap, const struct heap_order *order,
			     unsigned int at)
{
	_Alignas(max_align_t) char entry[HEAP_ENTRY_BYTES];

	memcpy(entry, heap_at(heap, order, at), order->bytes);
	if (at && order->before(entry, heap_at(heap, order, (at - 1) / 2)))
		heap_rise(heap, order, at, entry);
	else
		heap_sink(heap, order, at, entry);
}

/**
 * heap_build - put all entries in order: faster than to push each of them
 * @heap: the heap
 * @order: its order
 */
HEAP_INLINE void heap_build(struct heap *heap, const struct heap_order *order)
{
	_Alignas(max_align_t) char entry[HEAP_ENTRY_BYTES];
	unsigned int i;

	for (i = heap->nr / 2; i--;) {
		memcpy(entry, heap_at(heap, order, i), order->bytes);
		heap_sink(heap, order, i, entry);
	}
}

/**
 * heap_pop - take the first entry out
 * @heap: not empty
 * @order: its order
 */
HEAP_INLINE void heap_pop(struct heap *heap, const struct heap_order *order)
{
	_Alignas(max_align_t) char entry[HEAP_ENTRY_BYTES];

	if (!--heap->nr)
		return;
	memcpy(entry, heap_at(heap, order, heap->nr), order->bytes);
	heap_sink(heap, order, 0, entry);
}

#endif /* SIM_BASE_HEAP_H */
