// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of targeted defragmentation: requests as text, and which blocks are
 * emptied. A machine is drawn, a character a block:
 *
 *	'f'		free
 *	'0' to '9'	so many pages would have to be migrated, and it works
 *	'a' to 'j'	as '0' to '9', and it fails
 *	'w'		one page is being written
 *	's'		a page of slab
 */
#include <linux/dnuma_defrag.h>
#include <linux/limits.h>
#include "dnuma_test.h"

#define ORDER 9

static void block_of(const char *drawing, unsigned int i,
		     struct dnuma_defrag_block *block)
{
	char what = drawing[i];

	memset(block, 0, sizeof(*block));
	block->start_pfn = (unsigned long)i << ORDER;
	block->free = what == 'f';
	if (what >= '0' && what <= '9')
		block->movable = what - '0';
	else if (what >= 'a' && what <= 'j' && what != 'f')
		block->movable = what - 'a';
	else if (what == 'w')
		block->pages[DNUMA_WRITEBACK] = 1;
	else if (what == 's')
		block->pages[DNUMA_SLAB] = 1;
}

/* What a request does, block by block. */
struct run {
	struct dnuma_defrag defrag;
	struct dnuma_defrag_choice choice[2 * NR_BLOCKS + 16];
	unsigned int tried[NR_BLOCKS];
	unsigned int nr_tried;
	unsigned int rounds;
	unsigned long room; /* of each block; 0: more than is wanted */
	char drawing[NR_BLOCKS + 1];
};

/* Too large for a stack; one test runs at a time. */
static struct run the_run;

/* One try, as the kernel makes it. */
static void try_one(struct run *r)
{
	struct dnuma_defrag *d = &r->defrag;
	unsigned int i = d->choice[d->next].start_pfn >> ORDER;
	struct dnuma_defrag_block block;
	char what = r->drawing[i];

	if (r->nr_tried < NR_BLOCKS)
		r->tried[r->nr_tried++] = i;
	if ((what >= '0' && what <= '9') || what == 'w') {
		r->drawing[i] = 'f';
		dnuma_defrag_made(d);
		return;
	}
	block_of(r->drawing, i, &block);
	dnuma_defrag_failed(d, &block, DNUMA_NO_TARGET);
}

static void run(struct run *r, unsigned long nr, bool wait,
		unsigned int capacity)
{
	struct dnuma_defrag *d = &r->defrag;
	struct dnuma_defrag_block block;
	unsigned int i, batch;

	memset(d, 0, sizeof(*d));
	d->request = (struct dnuma_defrag_request){
		.end_pfn = r->room ? ULONG_MAX : NR_BLOCKS << ORDER,
		.order = ORDER,
		.nr = nr,
		.wait = wait,
	};
	d->choice = r->choice;
	d->capacity = capacity;
	r->nr_tried = 0;
	r->rounds = 0;
	do {
		dnuma_defrag_begin(d);
		for (i = 0; r->drawing[i]; i++) {
			block_of(r->drawing, i, &block);
			block.room = block.free ? 0 : r->room;
			dnuma_defrag_look(d, &block);
		}
		dnuma_defrag_sort(d);
		while ((batch = dnuma_defrag_batch(d)))
			while (batch--)
				try_one(r);
		r->rounds++;
	} while (dnuma_defrag_again(d));
	dnuma_defrag_end(d);
}

static void draw_as(struct run *r, const char *drawing)
{
	snprintf(r->drawing, sizeof(r->drawing), "%s", drawing);
}

/* Every block is in the account once. */
static bool adds_up(const struct dnuma_defrag *d, unsigned long blocks)
{
	unsigned long sum = d->free + d->untried;
	unsigned int kind;

	for (kind = 0; kind < DNUMA_NR_OBSTACLES; kind++)
		sum += d->stuck[kind];
	return d->blocks == blocks && sum == blocks;
}

/* Which are tried, in what order, and what the account says then. */
static void defrag_drawn(struct kunit *test)
{
	static const struct {
		const char *before, *after;
		unsigned long nr;
		bool wait;
		unsigned long made, untried, slab, written, failed;
	} cases[] = {
		/* Enough is free. */
		{ "9ff1", "9ff1", 2, false, 0, 2, 0, 0, 0 },
		/* The cheapest; of two that cost the same, the first one. */
		{ "95359", "95f59", 1, false, 1, 4, 0, 0, 0 },
		{ "95359", "9ff59", 2, false, 2, 3, 0, 0, 0 },
		/* No more than are missing. */
		{ "f9f1f", "f9fff", 4, false, 1, 1, 0, 0, 0 },
		/* What fails is not tried again, and others take its place. */
		{ "bcb12", "bcbff", 2, false, 2, 0, 0, 0, 3 },
		/* Slab is not touched; nothing is waited for. */
		{ "sw9s", "swfs", 3, false, 1, 0, 2, 1, 0 },
		/* Or it is, but only after what needs no wait. */
		{ "sw9s", "swfs", 1, true, 1, 1, 2, 0, 0 },
		{ "sw9s", "sffs", 2, true, 2, 0, 2, 0, 0 },
		{ "", "", 1, false, 0, 0, 0, 0, 0 },
	};
	struct run *r = &the_run;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct dnuma_defrag *d = &r->defrag;

		draw_as(r, cases[i].before);
		run(r, cases[i].nr, cases[i].wait, 20);
		KUNIT_EXPECT_STREQ(test, (const char *)r->drawing,
				   cases[i].after);
		KUNIT_EXPECT_TRUE(test, adds_up(d, strlen(cases[i].before)));
		KUNIT_EXPECT_EQ(test, d->made, cases[i].made);
		KUNIT_EXPECT_EQ(test, d->untried, cases[i].untried);
		KUNIT_EXPECT_EQ(test, d->stuck[DNUMA_SLAB], cases[i].slab);
		KUNIT_EXPECT_EQ(test, d->stuck[DNUMA_WRITEBACK],
				cases[i].written);
		KUNIT_EXPECT_EQ(test,
				d->stuck[DNUMA_NO_TARGET] +
					d->stuck[DNUMA_FAILED],
				cases[i].failed);
	}
}

static void random_machine(u32 *seed, char drawing[NR_BLOCKS + 1])
{
	static const char kinds[] = "f0123456789abcdeghijws";
	unsigned int i, nr = 1 + random_below(seed, NR_BLOCKS);

	for (i = 0; i < nr; i++)
		drawing[i] = kinds[random_below(seed, sizeof(kinds) - 1)];
	drawing[nr] = '\0';
}

/*
 * The same by brute force: while blocks are missing, the cheapest one that has not
 * been tried. Return whether @tried has the same blocks in the same order.
 */
static bool is_cheapest_first(const char *drawing, unsigned long nr, bool wait,
			      const unsigned int *tried, unsigned int nr_tried)
{
	static bool done[NR_BLOCKS];
	unsigned int i, n = 0;
	unsigned long free = 0;

	memset(done, 0, sizeof(done));
	for (i = 0; drawing[i]; i++)
		free += drawing[i] == 'f';
	while (free < nr) {
		unsigned int best = NR_BLOCKS, best_cost = UINT_MAX;

		for (i = 0; drawing[i]; i++) {
			unsigned int cost = drawing[i] - '0';

			if (done[i] || strchr("fs", drawing[i]) ||
			    (drawing[i] == 'w' && !wait))
				continue;
			if (drawing[i] == 'w')
				cost = 1000;
			else if (drawing[i] >= 'a')
				cost = drawing[i] - 'a';
			if (cost < best_cost) {
				best_cost = cost;
				best = i;
			}
		}
		if (best == NR_BLOCKS)
			break;
		done[best] = true;
		free += drawing[best] <= '9' || drawing[best] == 'w';
		if (n == nr_tried || tried[n++] != best)
			return false;
	}
	return n == nr_tried;
}

/* However few choices there is room for, the same blocks are tried. */
static void defrag_random(struct kunit *test)
{
	struct run *r = &the_run;
	static char before[NR_BLOCKS + 1];
	unsigned int seed, several = 0;

	for (seed = 1; seed <= NR_SEEDS; seed++) {
		u32 state = seed;
		unsigned long nr = 1 + random_below(&state, NR_BLOCKS);
		unsigned int capacity = 1 + random_below(&state, NR_BLOCKS);
		bool wait = random_below(&state, 2);

		random_machine(&state, before);
		memcpy(r->drawing, before, sizeof(before));
		run(r, nr, wait, capacity);
		several += r->rounds > 1;
		if (!is_cheapest_first(before, nr, wait, r->tried,
				       r->nr_tried) ||
		    !adds_up(&r->defrag, strlen(before)))
			KUNIT_FAIL(test, "seed %u", seed);
	}
	KUNIT_EXPECT_GT(test, several, 10u);
}

/* No more blocks are made than there are free pages in others to make them of. */
static void defrag_room(struct kunit *test)
{
	static const struct {
		unsigned long nr, room, made, no_target, pages, untried;
	} cases[] = {
		/* Eight blocks, a half of each free: four blocks. */
		{ 8, 256, 4, 4, 9 + 8 + 7 + 6, 0 },
		{ 8, 255, 3, 5, 9 + 8 + 7 + 6 + 5, 0 },
		{ 3, 256, 3, 0, 0, 5 },
		{ 8, 1, 0, 8, 9 + 8 + 7 + 6 + 5 + 4 + 3 + 2, 0 },
		/* More is free elsewhere. */
		{ 8, 0, 8, 0, 0, 0 },
	};
	struct run *r = &the_run;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct dnuma_defrag *d = &r->defrag;

		draw_as(r, "98765432");
		r->room = cases[i].room;
		run(r, cases[i].nr, false, 8);
		KUNIT_EXPECT_TRUE(test, adds_up(d, 8));
		KUNIT_EXPECT_EQ(test, d->made, cases[i].made);
		KUNIT_EXPECT_EQ(test, d->stuck[DNUMA_NO_TARGET],
				cases[i].no_target);
		KUNIT_EXPECT_EQ(test, d->pages[DNUMA_NO_TARGET],
				cases[i].pages);
		KUNIT_EXPECT_EQ(test, d->untried, cases[i].untried);
	}
	r->room = 0;
}

/* Two that change places, one left out, a block that is not accounted: told. */
static void defrag_control(struct kunit *test)
{
	struct run *r = &the_run;
	unsigned int keep;

	draw_as(r, "9531");
	run(r, 2, false, 4);
	KUNIT_ASSERT_EQ(test, r->nr_tried, 2u);
	KUNIT_EXPECT_TRUE(test,
			  is_cheapest_first("9531", 2, false, r->tried, 2));
	KUNIT_EXPECT_FALSE(test,
			   is_cheapest_first("9531", 2, false, r->tried, 1));
	keep = r->tried[0];
	r->tried[0] = r->tried[1];
	r->tried[1] = keep;
	KUNIT_EXPECT_FALSE(test,
			   is_cheapest_first("9531", 2, false, r->tried, 2));
	KUNIT_EXPECT_TRUE(test, adds_up(&r->defrag, 4));
	r->defrag.untried--;
	KUNIT_EXPECT_FALSE(test, adds_up(&r->defrag, 4));
}

/* What is out of use at a time is bounded, and so is room for choices. */
static void defrag_bounds(struct kunit *test)
{
	struct dnuma_defrag defrag = {
		.request = { .order = MAX_PAGE_ORDER, .nr = ULONG_MAX },
		.room = ULONG_MAX,
		.nr = 1000,
	};

	KUNIT_EXPECT_EQ(test, dnuma_defrag_batch(&defrag),
			(unsigned int)(DNUMA_WINDOW_PAGES >> MAX_PAGE_ORDER));
	defrag.next = 999;
	KUNIT_EXPECT_EQ(test, dnuma_defrag_batch(&defrag), 1u);
	KUNIT_EXPECT_EQ(test, dnuma_defrag_choices(&defrag.request),
			(unsigned int)DNUMA_DEFRAG_CHOICES);
	defrag.request.nr = 1;
	KUNIT_EXPECT_LE(test, dnuma_defrag_choices(&defrag.request), 100u);
	defrag.free = 1;
	KUNIT_EXPECT_EQ(test, dnuma_defrag_batch(&defrag), 0u);
}

/* Memory is 1M-16M on node 0 and 32M-64M on node 1. */
static void defrag_text_good(struct kunit *test)
{
	static const struct {
		const char *text;
		struct dnuma_defrag_request want;
	} cases[] = {
		{ "node=1 order=9", { 0, ULONG_MAX, 1, 9, false, 1 } },
		{ "  order=10\tnr=16 block=1 node=0 # all\n",
		  { 0, ULONG_MAX, 0, 10, true, 16 } },
		{ "range=32M-40M order=1 block=0",
		  { 8 * B, 10 * B, NUMA_NO_NODE, 1, false, 1 } },
		{ "range=0x2000001-0x2800fff order=9 node=3\n\n",
		  { 8 * B + 1, 10 * B, 3, 9, false, 1 } },
		{ "range=0-64M order=10",
		  { 0, 16 * B, NUMA_NO_NODE, 10, false, 1 } },
	};
	struct memlayout *memory = memory_make(test);
	struct dnuma_shape shape = test_shape(memory);
	struct dnuma_defrag_request request;
	struct memlayout_error error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct dnuma_defrag_request *want = &cases[i].want;

		KUNIT_EXPECT_TRUE(test,
				  dnuma_defrag_parse(&shape, cases[i].text,
						     strlen(cases[i].text),
						     &request, &error));
		KUNIT_EXPECT_STREQ(test, error.text, "");
		KUNIT_EXPECT_EQ(test, request.start_pfn, want->start_pfn);
		KUNIT_EXPECT_EQ(test, request.end_pfn, want->end_pfn);
		KUNIT_EXPECT_EQ(test, request.nid, want->nid);
		KUNIT_EXPECT_EQ(test, request.order, want->order);
		KUNIT_EXPECT_EQ(test, request.wait, want->wait);
		KUNIT_EXPECT_EQ(test, request.nr, want->nr);
	}
	memlayout_free(memory);
}

/* Each mistake: the word, and what would be right. */
static void defrag_text_bad(struct kunit *test)
{
	static const struct {
		const char *text, *value, *message;
	} cases[] = {
		{ "", "", "where?" },
		{ "order=9", "", "where?" },
		{ "node=1", "", "how large?" },
		{ "node=1 order=0", "order=0", "want 1 to 10" },
		{ "node=1 order=11", "order=11", "want 1 to 10" },
		{ "node=1 order=9x", "order=9x", "want 1 to 10" },
		{ "node=4 order=9", "4", "want one of 0 to 3" },
		{ "node=-1 order=9", "-1", "want one of 0 to 3" },
		{ "node=1 order=9 nr=0", "nr=0", "1 or more" },
		{ "node=1 order=9 nr=99999999999999999999",
		  "nr=99999999999999999999", "1 or more" },
		{ "node=1 order=9 block=2", "block=2", "block=0" },
		{ "node=1 order=9 order=8", "order=8", "twice" },
		{ "node=1 order=9 now", "now", "want words" },
		{ "node=1\norder=9", "order=9", "one line" },
		{ "range=32M order=9", "range=32M", "START-END" },
		{ "range=40M-32M order=9", "range=40M-32M", "START-END" },
		{ "range=16M-32M order=9", "range=16M-32M", "no memory at 16M" },
		{ "range=32M-68M order=9", "range=32M-68M", "no memory at 64M" },
		{ "range=33M-36M order=10", "", "no block of order 10" },
		{ "range=32M-0x2000fff order=1", "", "no block of order 1" },
	};
	struct memlayout *memory = memory_make(test);
	struct dnuma_shape shape = test_shape(memory);
	struct dnuma_defrag_request request;
	struct memlayout_error error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_FALSE(test,
				   dnuma_defrag_parse(&shape, cases[i].text,
						      strlen(cases[i].text),
						      &request, &error));
		KUNIT_EXPECT_STREQ(test, error.value, cases[i].value);
		if (!strstr(error.text, cases[i].message))
			KUNIT_FAIL(test, "'%s': %s", cases[i].text, error.text);
	}
	memlayout_free(memory);
}

static struct kunit_case dnuma_defrag_cases[] = {
	KUNIT_CASE(defrag_drawn),    KUNIT_CASE(defrag_random),
	KUNIT_CASE(defrag_room),     KUNIT_CASE(defrag_control),
	KUNIT_CASE(defrag_bounds),   KUNIT_CASE(defrag_text_good),
	KUNIT_CASE(defrag_text_bad), {}
};

static struct kunit_suite dnuma_defrag_suite = {
	.name = "dnuma_defrag",
	.test_cases = dnuma_defrag_cases,
};

kunit_test_suite(dnuma_defrag_suite);

MODULE_DESCRIPTION("Tests of targeted defragmentation");
MODULE_LICENSE("GPL");
