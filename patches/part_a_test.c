// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part A's page store and extents, in user space: patches/check.sh compiles it
 * with the files that the part adds.
 *
 * The store leaves in each struct page what mainline's passes over it would, and
 * writes no other. Workers of two nodes claim each page of all nodes once.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "extent.h"

#define NODES	    4
#define WORKERS	    16
#define BLOCKS	    16UL
#define STORE_PAGES (BLOCKS * MAX_ORDER_NR_PAGES)
#define POISON	    0xff

struct page *vmemmap;
static struct zone zones[NODES];
static int failed, reports;

void sim_printk(const char *fmt, ...)
{
	__atomic_add_fetch(&reports, 1, __ATOMIC_RELAXED);
}

static void expect(bool good, const char *what)
{
	if (!good) {
		printf("%s\n", what);
		failed = 1;
	}
}

static bool poisoned(const struct page *page, unsigned long nr_pages)
{
	const unsigned char *byte = (const void *)page;
	unsigned long i;

	for (i = 0; i < nr_pages * sizeof(*page); i++)
		if (byte[i] != POISON)
			return false;
	return true;
}

static void test_free_pages(void)
{
	unsigned long pfn, first = MAX_ORDER_NR_PAGES;
	unsigned long end = STORE_PAGES - MAX_ORDER_NR_PAGES;

	memset(vmemmap, POISON, STORE_PAGES * sizeof(*vmemmap));
	memmap_page_init(&zones[2], first, end - first);
	for (pfn = first; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn), want;

		__init_single_page(&want, pfn, zone_idx(&zones[2]), 2);
		set_page_count(&want, 0);
		want.lru.next = &page->lru;
		want.lru.prev = &page->lru;
		if (memcmp(page, &want, sizeof(want)))
			break;
	}
	expect(pfn == end, "a struct page differs from mainline's");
	expect(poisoned(vmemmap, first) &&
		       poisoned(pfn_to_page(end), MAX_ORDER_NR_PAGES),
	       "a struct page beside the blocks is written");
}

static void test_copies(void)
{
	struct page template;
	unsigned long i;

	memset(vmemmap, POISON, STORE_PAGES * sizeof(*vmemmap));
	__init_single_page(&template, 0, 1, 1);
	template.lru.next = NULL;
	memmap_page_copy(vmemmap + 5, 777, &template);
	for (i = 5; i < 5 + 777; i++)
		if (memcmp(vmemmap + i, &template, sizeof(template)))
			break;
	expect(i == 5 + 777, "a copy differs from its template");
	expect(poisoned(vmemmap, 5) && poisoned(vmemmap + i, 5),
	       "a struct page beside the copies is written");
}

static void test_fill(void)
{
	struct page template, want;
	unsigned long i;

	memset(vmemmap, POISON, STORE_PAGES * sizeof(*vmemmap));
	__init_single_page(&template, 0, 1, 1);
	memmap_page_fill(vmemmap + 5, 777, &template);
	for (i = 5; i < 5 + 777; i++) {
		want = template;
		want.lru.next = &vmemmap[i].lru;
		want.lru.prev = &vmemmap[i].lru;
		if (memcmp(vmemmap + i, &want, sizeof(want)))
			break;
	}
	expect(i == 5 + 777, "a page in use differs from mainline's");
	expect(poisoned(vmemmap, 5) && poisoned(vmemmap + i, 5),
	       "a struct page beside those in use is written");
}

/* Sections of each node: one without memory, one that no CPU is near. */
static const unsigned long sections[NODES + 1] = { 0, 40, 41, 200, 260 };
static unsigned char *claims;

/* The first section is boot's, and the last ends where a section does not. */
static unsigned long first_pfn(int nid)
{
	return (sections[nid] + 1) * PAGES_PER_SECTION;
}

static unsigned long end_pfn(int nid)
{
	return sections[nid + 1] * PAGES_PER_SECTION - nid * 1000;
}

static void *worker(void *nid)
{
	struct memmap_chunk chunk;
	unsigned long pfn;

	while (memmap_extents_claim(&chunk, (int)(long)nid)) {
		expect(chunk.start_pfn % PAGES_PER_SECTION == 0,
		       "a chunk does not begin with a section");
		for (pfn = chunk.start_pfn; pfn < chunk.end_pfn; pfn++)
			__atomic_add_fetch(&claims[pfn], 1, __ATOMIC_RELAXED);
		memmap_extents_done(&chunk);
	}
	return NULL;
}

static void test_claims(void)
{
	pthread_t thread[WORKERS];
	unsigned long pfn, wrong = 0;
	long i;
	int nid;

	claims = calloc(sections[NODES], PAGES_PER_SECTION);
	memmap_extents_init();
	for (nid = 0; nid < NODES; nid++)
		if (nid != 1)
			memmap_extents_add(&zones[nid], first_pfn(nid),
					   end_pfn(nid));
	for (i = 0; i < WORKERS; i++)
		pthread_create(&thread[i], NULL, worker, (void *)(i % 2));
	for (i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);

	for (nid = 0, pfn = 0; pfn < sections[NODES] * PAGES_PER_SECTION;
	     pfn++) {
		if (pfn == sections[nid + 1] * PAGES_PER_SECTION)
			nid++;
		wrong += claims[pfn] != (nid != 1 && pfn >= first_pfn(nid) &&
					 pfn < end_pfn(nid));
	}
	expect(!wrong, "a page is not claimed once");
	expect(reports == 3, "not every node with work is reported once");
	memmap_extents_free();
	free(claims);
}

int main(void)
{
	int nid;

	for (nid = 0; nid < NODES; nid++)
		zones[nid].node = nid;
	vmemmap = aligned_alloc(64, STORE_PAGES * sizeof(*vmemmap));
	test_free_pages();
	test_copies();
	test_fill();
	test_claims();
	free(vmemmap);
	return failed;
}
