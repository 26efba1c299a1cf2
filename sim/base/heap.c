// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include "base/die.h"
#include "base/heap.h"

/**
 * heap_grow - twice the room
 * @heap: the heap
 * @bytes: size of an entry
 */
void heap_grow(struct heap *heap, size_t bytes)
{
	heap->capacity = heap->capacity ? 2 * heap->capacity : 16;
	heap->entry = xrealloc(heap->entry, heap->capacity, bytes);
}

/**
 * heap_clear - take all entries out
 * @heap: keeps its room
 */
void heap_clear(struct heap *heap)
{
	heap->nr = 0;
}

/**
 * heap_free - give back its memory
 * @heap: empty afterwards
 */
void heap_free(struct heap *heap)
{
	free(heap->entry);
	*heap = (struct heap){ 0 };
}
