// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/heap.h"

/**
 * heap_init - an empty heap
 * @heap: the heap
 * @bytes: size of an entry
 * @before: the order
 * @moved: told where an entry is whenever that changes; may be NULL
 */
void heap_init(struct heap *heap, size_t bytes,
	       bool (*before)(const void *a, const void *b),
	       void (*moved)(void *entry, unsigned int at))
{
	*heap = (struct heap){
		.bytes = bytes,
		.before = before,
		.moved = moved,
	};
}

/* Entry @capacity is room to keep an entry while others move. */
static void *spare(const struct heap *heap)
{
	return heap_at(heap, heap->capacity);
}

static void place(struct heap *heap, unsigned int at, const void *entry)
{
	memcpy(heap_at(heap, at), entry, heap->bytes);
	if (heap->moved)
		heap->moved(heap_at(heap, at), at);
}

/* The entry in spare() belongs at @at or nearer to the top. */
static void rise(struct heap *heap, unsigned int at)
{
	for (; at && heap->before(spare(heap), heap_at(heap, (at - 1) / 2));
	     at = (at - 1) / 2)
		place(heap, at, heap_at(heap, (at - 1) / 2));
	place(heap, at, spare(heap));
}

/* The entry in spare() belongs at @at or farther from the top. */
static void sink(struct heap *heap, unsigned int at)
{
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child + 1 < heap->nr &&
		    heap->before(heap_at(heap, child + 1), heap_at(heap, child)))
			child++;
		if (child >= heap->nr ||
		    !heap->before(heap_at(heap, child), spare(heap)))
			break;
		place(heap, at, heap_at(heap, child));
		at = child;
	}
	place(heap, at, spare(heap));
}

/**
 * heap_push - add an entry
 * @heap: the heap
 * @entry: copied
 */
void heap_push(struct heap *heap, const void *entry)
{
	if (heap->nr == heap->capacity) {
		heap->capacity = heap->capacity ? 2 * heap->capacity : 16;
		heap->entry = xrealloc(heap->entry, heap->capacity + 1UL,
				       heap->bytes);
	}
	memcpy(spare(heap), entry, heap->bytes);
	rise(heap, heap->nr++);
}

/**
 * heap_pop - take the first entry out
 * @heap: not empty
 */
void heap_pop(struct heap *heap)
{
	if (!--heap->nr)
		return;
	memcpy(spare(heap), heap_at(heap, heap->nr), heap->bytes);
	sink(heap, 0);
}

/**
 * heap_update - an entry's key has changed
 * @heap: the heap
 * @at: where it is
 */
void heap_update(struct heap *heap, unsigned int at)
{
	memcpy(spare(heap), heap_at(heap, at), heap->bytes);
	if (at && heap->before(spare(heap), heap_at(heap, (at - 1) / 2)))
		rise(heap, at);
	else
		sink(heap, at);
}

/**
 * heap_free - the end of a heap
 * @heap: empty afterwards
 */
void heap_free(struct heap *heap)
{
	free(heap->entry);
	heap->entry = NULL;
	heap->nr = 0;
	heap->capacity = 0;
}
