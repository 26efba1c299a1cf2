// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of layouts as text. The machine has nodes 0 to 3 and blocks of 4 MiB;
 * its memory is 1M-16M, where the first block is not whole, and 32M-64M.
 */
#include "dnuma_test.h"

/* Each way to write the same, and what a text may have beside its ranges. */
static void text_good(struct kunit *test)
{
	static const struct {
		const char *text, *drawing;
	} cases[] = {
		{ "4M-8M 2", ".2" },
		{ "4M-8M 2\n", ".2" },
		{ "0-16M 3\n32M-64M 0\n", "3333....00000000" },
		{ "0x400000-0X800000 2", ".2" },
		{ "4194304-8388608 2", ".2" },
		{ "4096k-8m 02", ".2" },
		{ "\n\n# a\n  4M-8M\t2 # b\r\n8M-12M 1", ".21" },
		{ "0-64M 2", "2222222222222222" },
		{ "1M-8M 2", "!2" },
		{ "4M-8M 2\n8M-12M 2\n", ".22" },
		{ "4M-8M 2#", ".2" },
		{ "004M-08M 2", ".2" },
	};
	struct memlayout *memory = memory_make(test), *layout;
	struct dnuma_shape shape = test_shape(memory);
	struct memlayout_error error;
	char drawing[NR_BLOCKS + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		layout = memlayout_parse(&shape, cases[i].text,
					 strlen(cases[i].text), &error);
		KUNIT_EXPECT_STREQ(test, error.text, "");
		KUNIT_ASSERT_NOT_NULL(test, layout);
		KUNIT_EXPECT_STREQ(test, draw(layout, drawing),
				   cases[i].drawing);
		memlayout_free(layout);
	}
	memlayout_free(memory);
}

#define WANT_ADDRESS "want an address in bytes, as in 4G, 4096M or 0x100000000"
#define WANT_RANGE   "want START-END NODE, as in 4G-6G 1"
#define WANT_ABOVE                                                              \
	"holds nothing; END is the first byte behind the range, want it above " \
	"START"
#define NOT_ALIGNED \
	"neither a multiple of a block of 4M nor an end of memory; want "
#define WANT_NODE "no node of this machine; want one of 0 to 3"

/* Each mistake: its line, the word, what is wrong and what would be right. */
static void text_bad(struct kunit *test)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *value, *message;
	} cases[] = {
		{ "", 0, "",
		  "names no memory; want lines START-END NODE, as in 4G-6G 1" },
		{ "# 4M-8M 1\n\n", 0, "",
		  "names no memory; want lines START-END NODE, as in 4G-6G 1" },
		{ "4M-8M", 1, "4M-8M", WANT_RANGE },
		{ "\n4M-8M # 1", 2, "4M-8M", WANT_RANGE },
		{ "4M 8M 1", 1, "4M", WANT_RANGE },
		{ "4M - 8M 1", 1, "4M", WANT_RANGE },
		{ "-8M 1", 1, "", WANT_ADDRESS },
		{ "4M- 1", 1, "", WANT_ADDRESS },
		{ "4M-8X 1", 1, "8X", WANT_ADDRESS },
		{ "4MB-8M 1", 1, "4MB", WANT_ADDRESS },
		{ "0x-8M 1", 1, "0x", WANT_ADDRESS },
		{ "4M-8M-12M 1", 1, "8M-12M", WANT_ADDRESS },
		{ "4M-18446744073709551616 1", 1, "18446744073709551616",
		  WANT_ADDRESS },
		{ "4M-36893488147419103232 1", 1, "36893488147419103232",
		  WANT_ADDRESS },
		{ "4M-16384P 1", 1, "16384P", WANT_ADDRESS },
		{ "4M-99999999999999999999P 1", 1, "99999999999999999999P",
		  WANT_ADDRESS },
		{ "\x01\xff\n", 1, "??", WANT_RANGE },
		{ "8M-4M 1", 1, "8M-4M", WANT_ABOVE },
		{ "8M-8M 1", 1, "8M-8M", WANT_ABOVE },
		{ "6M-8M 1", 1, "6M", NOT_ALIGNED "4M or 8M" },
		{ "4M-8388607 1", 1, "8388607", NOT_ALIGNED "4M or 8M" },
		{ "2M-8M 1", 1, "2M", NOT_ALIGNED "0 or 4M" },
		{ "1048577-8M 1", 1, "1048577", NOT_ALIGNED "0 or 4M" },
		{ "8M-12M 1\n4M-8M 1", 2, "4M-8M",
		  "begins below line 1; want lines in order of addresses" },
		{ "4M-12M 1\n\n8M-16M 1", 3, "8M-16M",
		  "overlaps line 1, which ends at 12M; let this one begin at 12M or behind" },
		{ "4M-8M 1\n4M-8M 1", 2, "4M-8M",
		  "overlaps line 1, which ends at 8M; let this one begin at 8M or behind" },
		{ "16M-32M 1", 1, "16M-32M",
		  "no memory at 16M; the memory next to it is 32M-64M" },
		{ "8M-20M 1", 1, "8M-20M",
		  "no memory at 16M; the memory next to it is 32M-64M" },
		{ "32M-68M 1", 1, "32M-68M",
		  "no memory at 64M; the memory next to it is 32M-64M" },
		{ "1P-2P 1", 1, "1P-2P",
		  "no memory at 1P; the memory next to it is 32M-64M" },
		{ "4M-8M 4", 1, "4", WANT_NODE },
		{ "4M-8M -1", 1, "-1", WANT_NODE },
		{ "4M-8M node1", 1, "node1", WANT_NODE },
		{ "4M-8M 4294967296", 1, "4294967296", WANT_NODE },
		{ "4M-8M 1 2", 1, "2",
		  "want nothing behind START-END NODE but a # and a comment" },
	};
	struct memlayout *memory = memory_make(test);
	struct dnuma_shape shape = test_shape(memory);
	struct memlayout_error error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_PTR_EQ(test, NULL,
				    memlayout_parse(&shape, cases[i].text,
						    strlen(cases[i].text),
						    &error));
		KUNIT_EXPECT_STREQ(test, error.text, cases[i].message);
		KUNIT_EXPECT_STREQ(test, error.value, cases[i].value);
		KUNIT_EXPECT_EQ(test, error.line, cases[i].line);
	}
	memlayout_free(memory);
}

/* Nodes with gaps in their numbers, and more than fit into a message. */
static void text_nodes(struct kunit *test)
{
	static const int gaps[] = { 0, 2, 3, 4, 9 };
	struct memlayout *memory = memory_make(test);
	struct dnuma_shape shape = test_shape(memory);
	struct memlayout_error error;
	int *many = kunit_kzalloc(test, 100 * sizeof(*many), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, many);
	shape.node = gaps;
	shape.nr_nodes = ARRAY_SIZE(gaps);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memlayout_parse(&shape, "4M-8M 1", 7, &error));
	KUNIT_EXPECT_STREQ(test, error.text,
			   "no node of this machine; want one of 0, 2 to 4, 9");
	for (i = 0; i < 100; i++)
		many[i] = 2 * i;
	shape.node = many;
	shape.nr_nodes = 100;
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memlayout_parse(&shape, "4M-8M 1", 7, &error));
	KUNIT_EXPECT_STREQ(test, error.text + strlen(error.text) - 5, ", ...");
	memlayout_free(memory);
}

/* A long word is cut; a text without an end is read no further than it goes. */
static void text_long(struct kunit *test)
{
	struct memlayout *memory = memory_make(test), *layout;
	struct dnuma_shape shape = test_shape(memory);
	struct memlayout_error error;
	char *text = kunit_kzalloc(test, 4000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, '9', 4000);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memlayout_parse(&shape, text, 4000, &error));
	KUNIT_EXPECT_EQ(test, strlen(error.value), sizeof(error.value) - 1);
	layout = memlayout_parse(&shape, "4M-8M 12M", 7, &error);
	KUNIT_ASSERT_NOT_NULL(test, layout);
	KUNIT_EXPECT_EQ(test, layout->range[0].nid, 1);
	memlayout_free(layout);
	memlayout_free(memory);
}

/* What is printed is read as what it was printed from, random layouts too. */
static void text_round_trip(struct kunit *test)
{
	char *text = kunit_kzalloc(test, NR_BLOCKS * DNUMA_LINE, GFP_KERNEL);
	static char base[NR_BLOCKS + 1];
	char line[DNUMA_LINE];
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (seed = 1; seed <= NR_SEEDS; seed++) {
		u32 state = seed;
		struct memlayout *layout, *again;
		struct memlayout_error error;
		struct dnuma_shape shape;
		unsigned int i;
		size_t at = 0;

		random_drawing(&state, base);
		layout = drawn(test, base);
		shape = test_shape(layout);
		for (i = 0; i < layout->nr; i++)
			at += snprintf(text + at, DNUMA_LINE, "%s\n",
				       memlayout_line(&shape, &layout->range[i],
						      line));
		again = memlayout_parse(&shape, text, at, &error);
		if (!again || !memlayout_equal(layout, again))
			KUNIT_FAIL(test, "seed %u: line %u: %s: %s", seed,
				   error.line, error.value, error.text);
		memlayout_free(again);
		memlayout_free(layout);
	}
}

/* A range, a step, and what is left, as users see them. */
static void text_lines(struct kunit *test)
{
	static const struct memlayout_range range = { 1 << 20, 3 << 19, 2 };
	static const struct memlayout_range odd = { 1, 1 << 30, 0 };
	static const struct dnuma_step step = { 0, 1024, 0, 10, 1, DNUMA_GRAB };
	static const struct dnuma_left left = { 1024, 2048, 3, 2, DNUMA_STAYS };
	static const struct dnuma_run run = { 1 << 20, DNUMA_PRISTINE, 1 };
	struct dnuma_shape shape = test_shape(NULL);
	char line[DNUMA_LINE];

	KUNIT_EXPECT_STREQ(test, memlayout_line(&shape, &range, line),
			   "4G-6G 2");
	KUNIT_EXPECT_STREQ(test, memlayout_line(&shape, &odd, line), "4K-4T 0");
	KUNIT_EXPECT_STREQ(test, dnuma_step_line(&shape, &step, line),
			   "0-4M 0->10 Normal grab");
	KUNIT_EXPECT_STREQ(test, dnuma_blocks_line(&shape, 1024, &run, 3, line),
			   "4M-4G 3 # Normal pristine");
	KUNIT_EXPECT_STREQ(test, dnuma_left_line(&shape, &left, line),
			   "4M-8M 3->2 unmovable");
}

static struct kunit_case dnuma_text_cases[] = { KUNIT_CASE(text_good),
						KUNIT_CASE(text_bad),
						KUNIT_CASE(text_nodes),
						KUNIT_CASE(text_long),
						KUNIT_CASE(text_round_trip),
						KUNIT_CASE(text_lines),
						{} };

static struct kunit_suite dnuma_text_suite = {
	.name = "dnuma_text",
	.test_cases = dnuma_text_cases,
};

kunit_test_suite(dnuma_text_suite);

MODULE_DESCRIPTION("Tests of memory layouts as text");
MODULE_LICENSE("GPL");
