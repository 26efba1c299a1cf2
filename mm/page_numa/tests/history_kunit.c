// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the byte of a page, and of where bytes are. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/page_numa.h>

#define SECTION_SHIFT 4
#define SECTION_PAGES 16UL
#define NR_SECTIONS   3

static unsigned int uses_of(u8 byte)
{
	return (byte >> PAGE_NUMA_USES_SHIFT) & PAGE_NUMA_USES_MAX;
}

/* What a byte must be after a use, field by field. */
static unsigned int expected(unsigned int old, unsigned int nid)
{
	unsigned int queued = old / 128, uses = old / 32 % 4, node = old % 32;

	if (node != nid % 32)
		uses = 0;
	if (uses < 3)
		uses++;
	return queued * 128 + uses * 32 + nid % 32;
}

/* Each state of a byte, a use by each node: all 256 x 64 results. */
static void byte_every_state(struct kunit *test)
{
	unsigned int old, nid;

	for (old = 0; old < 256; old++)
		for (nid = 0; nid < 64; nid++)
			KUNIT_ASSERT_EQ(test, page_numa_used(old, nid),
					expected(old, nid));
}

/* A byte that was never written; uses in a row; another node. */
static void byte_in_a_row(struct kunit *test)
{
	static const struct {
		int nid;
		unsigned int uses;
	} use[] = { { 0, 1 }, { 0, 2 }, { 5, 1 }, { 5, 2 },  { 5, 3 },
		    { 5, 3 }, { 0, 1 }, { 5, 1 }, { 37, 2 }, { 31, 1 } };
	unsigned int i;
	u8 byte = 0;

	for (i = 0; i < ARRAY_SIZE(use); i++) {
		byte = page_numa_used(byte, use[i].nid);
		KUNIT_EXPECT_EQ(test, uses_of(byte), use[i].uses);
	}
}

/* Sections come and go; a page has a byte while its section is there. */
static void sections_come_and_go(struct kunit *test)
{
	u8 byte[NR_SECTIONS * SECTION_PAGES] = {};
	unsigned long present[1] = {}, pfn;
	struct page_numa_history history = {
		.byte = byte,
		.present = present,
		/* The last section is cut short. */
		.nr_pages = NR_SECTIONS * SECTION_PAGES - 3,
		.section_shift = SECTION_SHIFT,
	};

	for (pfn = 0; pfn < ARRAY_SIZE(byte); pfn++)
		KUNIT_EXPECT_TRUE(test, !page_numa_byte(&history, pfn));
	KUNIT_EXPECT_TRUE(test, page_numa_add(&history, SECTION_PAGES + 5));
	KUNIT_EXPECT_FALSE(test, page_numa_add(&history, SECTION_PAGES));
	KUNIT_EXPECT_TRUE(test, page_numa_add(&history, 2 * SECTION_PAGES));
	KUNIT_EXPECT_FALSE(test, page_numa_add(&history, history.nr_pages));
	for (pfn = 0; pfn < ARRAY_SIZE(byte) + SECTION_PAGES; pfn++) {
		bool there = pfn >= SECTION_PAGES && pfn < history.nr_pages;

		KUNIT_EXPECT_PTR_EQ(test, page_numa_byte(&history, pfn),
				    there ? &byte[pfn] : NULL);
	}
	KUNIT_EXPECT_TRUE(test, page_numa_remove(&history, SECTION_PAGES));
	KUNIT_EXPECT_FALSE(test, page_numa_remove(&history, SECTION_PAGES));
	KUNIT_EXPECT_FALSE(test, page_numa_remove(&history, history.nr_pages));
	KUNIT_EXPECT_TRUE(test, !page_numa_byte(&history, SECTION_PAGES));
	KUNIT_EXPECT_TRUE(test, page_numa_add(&history, SECTION_PAGES));
}

static struct kunit_case page_numa_history_cases[] = {
	KUNIT_CASE(byte_every_state),
	KUNIT_CASE(byte_in_a_row),
	KUNIT_CASE(sections_come_and_go),
	{}
};

static struct kunit_suite page_numa_history_suite = {
	.name = "page_numa_history",
	.test_cases = page_numa_history_cases,
};

kunit_test_suite(page_numa_history_suite);

MODULE_DESCRIPTION("Tests of the NUMA history of pages");
MODULE_LICENSE("GPL");
