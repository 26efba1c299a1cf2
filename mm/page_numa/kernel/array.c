// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of all pages: addresses for every page that there may ever be, and
 * memory behind them for sections that a hint fault has asked for.
 *
 *	fault finds no bytes --> bit in wanted --> work: page_numa_array_fill()
 *	memory goes offline  --> page_numa_array_empty()
 *
 * Memory that nobody uses from another node has no bytes, so pristine memory has
 * none: it is in no page table.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kernel.h"

/* A section of memory, or as much as one page of bytes describes. */
#define SECTION_SHIFT MAX(PFN_SECTION_SHIFT, PAGE_SHIFT)
#define SECTION_BYTES BIT(SECTION_SHIFT)
#define SECTION_PAGES (SECTION_BYTES >> PAGE_SHIFT)

/* Sections come and go under it; see kernel.h. */
DEFINE_MUTEX(page_numa_sections);

/**
 * page_numa_array_alloc - reserve addresses for all bytes, and no memory
 * @machine: whose @history, @area and @wanted this fills in
 *
 * Memory behind the last page that firmware has announced has no history; hint
 * faults there move their page.
 *
 * Context: process context, allocates memory.
 * Return: 0 or -ENOMEM.
 */
int page_numa_array_alloc(struct page_numa_machine *machine)
{
	struct page_numa_history *history = &machine->history;
	unsigned long last = max_t(unsigned long, max_pfn, max_possible_pfn);
	unsigned long sections = DIV_ROUND_UP(last, SECTION_BYTES);
	size_t longs = BITS_TO_LONGS(sections);

	history->section_shift = SECTION_SHIFT;
	history->nr_pages = sections << SECTION_SHIFT;
	history->present = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	machine->wanted = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	machine->area = get_vm_area(history->nr_pages, VM_SPARSE);
	if (!history->present || !machine->wanted || !machine->area) {
		page_numa_array_free(machine);
		return -ENOMEM;
	}
	history->byte = machine->area->addr;
	return 0;
}

static unsigned long section_address(const struct page_numa_machine *machine,
				     unsigned long section)
{
	return (unsigned long)machine->history.byte + section * SECTION_BYTES;
}

static void pages_free(struct page **pages)
{
	unsigned int i;

	for (i = 0; i < SECTION_PAGES; i++)
		if (pages[i])
			__free_page(pages[i]);
}

static bool section_fill(struct page_numa_machine *machine,
			 unsigned long section)
{
	unsigned long start = section_address(machine, section);
	struct page *pages[SECTION_PAGES] = {};
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN;

	/* On the node of this CPU, which is that of the fault. */
	if (alloc_pages_bulk_array(gfp, SECTION_PAGES, pages) < SECTION_PAGES)
		goto failed;
	if (vm_area_map_pages(machine->area, start, start + SECTION_BYTES,
			      pages)) {
		vm_area_unmap_pages(machine->area, start,
				    start + SECTION_BYTES);
		goto failed;
	}
	machine->bytes += SECTION_BYTES;
	page_numa_add(&machine->history, section << SECTION_SHIFT);
	return true;

failed:
	pages_free(pages);
	return false;
}

/* Nobody can find these bytes any more. */
static void section_free(struct page_numa_machine *machine,
			 unsigned long section)
{
	unsigned long start = section_address(machine, section);
	struct page *pages[SECTION_PAGES];
	unsigned int i;

	for (i = 0; i < SECTION_PAGES; i++)
		pages[i] = vmalloc_to_page((void *)start + i * PAGE_SIZE);
	vm_area_unmap_pages(machine->area, start, start + SECTION_BYTES);
	pages_free(pages);
	machine->bytes -= SECTION_BYTES;
}

/**
 * page_numa_array_free - give everything back
 * @machine: nobody looks for its bytes any more; may be half allocated
 *
 * Context: process context.
 */
void page_numa_array_free(struct page_numa_machine *machine)
{
	struct page_numa_history *history = &machine->history;
	unsigned long nr = history->nr_pages >> SECTION_SHIFT, section;

	if (history->byte)
		for_each_set_bit(section, history->present, nr)
			section_free(machine, section);
	if (machine->area)
		free_vm_area(machine->area);
	kvfree(machine->wanted);
	kvfree(history->present);
}

/**
 * page_numa_array_fill - bytes for the sections that faults have missed
 * @machine: the machine
 *
 * Without memory for a section, the next fault there asks again.
 *
 * Context: process context, allocates memory.
 */
void page_numa_array_fill(struct page_numa_machine *machine)
{
	struct page_numa_history *history = &machine->history;
	unsigned long nr = history->nr_pages >> SECTION_SHIFT, section;

	mutex_lock(&page_numa_sections);
	for_each_set_bit(section, machine->wanted, nr) {
		clear_bit(section, machine->wanted);
		if (!test_bit(section, history->present) &&
		    !section_fill(machine, section))
			break;
		cond_resched();
	}
	mutex_unlock(&page_numa_sections);
}

/**
 * page_numa_array_empty - memory has gone: so do its bytes
 * @machine: the machine
 * @start_pfn: first page
 * @end_pfn: first page behind the memory
 *
 * A section that is there in part loses all its bytes; the next fault asks for
 * them again.
 *
 * Context: process context, may sleep; page_numa_sections held.
 */
void page_numa_array_empty(struct page_numa_machine *machine,
			   unsigned long start_pfn, unsigned long end_pfn)
{
	struct page_numa_history *history = &machine->history;
	unsigned long section = start_pfn >> SECTION_SHIFT;
	unsigned long end = DIV_ROUND_UP(min(end_pfn, history->nr_pages),
					 SECTION_BYTES);

	for (; section < end; section++) {
		unsigned long pfn = section << SECTION_SHIFT;

		clear_bit(section, machine->wanted);
		if (!page_numa_remove(history, pfn))
			continue;
		synchronize_rcu();
		page_numa_forget(machine->pool, pfn, pfn + SECTION_BYTES);
		section_free(machine, section);
	}
}
