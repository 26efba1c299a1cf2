// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the parser of memmap_init=. A bad token counts as one and changes
 * nothing: all else is as if the boot line did not have it.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/string.h>
#include "../strategies/strategies.h"

#define BLOCK_BYTES ((unsigned long)MEMMAP_BLOCK_PAGES << PAGE_SHIFT)

struct parse_case {
	const char *arg;
	unsigned int bad;
	const struct memmap_strategy *strategy;
	unsigned long chunk_bytes;
	enum memmap_store store;
	u64 quantum_ns;
	unsigned int threads;
};

#define CHUNK	MEMMAP_CHUNK_BYTES
#define STORE	MEMMAP_STORE_AUTO
#define QUANTUM MEMMAP_QUANTUM_NS

static void parse_check(struct kunit *test, const struct parse_case *c,
			size_t n)
{
	struct memmap_param param;

	for (; n; c++, n--) {
		/* The parser must set every field, whatever it was before. */
		memset(&param, 0x5a, sizeof(param));
		KUNIT_EXPECT_EQ(test, memmap_param_parse(&param, c->arg),
				c->bad);
		KUNIT_EXPECT_PTR_EQ(test, param.strategy, c->strategy);
		KUNIT_EXPECT_EQ(test, param.chunk_bytes, c->chunk_bytes);
		KUNIT_EXPECT_EQ(test, (int)param.store, (int)c->store);
		KUNIT_EXPECT_EQ(test, param.quantum_ns, c->quantum_ns);
		KUNIT_EXPECT_EQ(test, param.threads, c->threads);
	}
}

#define PARSE_CHECK(test, cases) parse_check(test, cases, ARRAY_SIZE(cases))

/* Every strategy by its name alone: no bad token, all else the default. */
static void param_strategies(struct kunit *test)
{
	static const struct parse_case cases[] = {
#define MEMMAP_STRATEGY(name) \
	{ #name, 0, &memmap_##name, CHUNK, STORE, QUANTUM, 0 },
#include "../strategies/list.h"
#undef MEMMAP_STRATEGY
	};
	unsigned int i;

	PARSE_CHECK(test, cases);
	for (i = 0; memmap_strategies[i]; i++)
		KUNIT_EXPECT_PTR_EQ(test, memmap_strategies[i],
				    cases[i].strategy);
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(cases));
}

/* No name, a wrong one, a part of one, one with more: one bad token each. */
static void param_strategy_bad(struct kunit *test)
{
	static const struct parse_case cases[] = {
		{ NULL, 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ "", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ "fast", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ "seria", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ "serially", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ "Serial", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ " serial", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		/* Options behind a bad name still count. */
		{ "fast,threads=3", 1, &memmap_deferred, CHUNK, STORE, QUANTUM,
		  3 },
		{ ",threads=3", 1, &memmap_deferred, CHUNK, STORE, QUANTUM, 3 },
	};

	PARSE_CHECK(test, cases);
}

/* Every option with every unit, in any order; of two alike the last wins. */
static void param_options(struct kunit *test)
{
	static const struct parse_case cases[] = {
		{ "async,chunk=8M", 0, &memmap_async, 8UL << 20, STORE, QUANTUM,
		  0 },
		{ "async,chunk=4096k", 0, &memmap_async, 4UL << 20, STORE,
		  QUANTUM, 0 },
		{ "async,chunk=2G", 0, &memmap_async, 2UL << 30, STORE, QUANTUM,
		  0 },
		{ "async,chunk=1T", 0, &memmap_async, 1UL << 40, STORE, QUANTUM,
		  0 },
		{ "async,chunk=8388608", 0, &memmap_async, 8UL << 20, STORE,
		  QUANTUM, 0 },
		{ "async,store=auto", 0, &memmap_async, CHUNK, STORE, QUANTUM,
		  0 },
		{ "async,store=cached", 0, &memmap_async, CHUNK,
		  MEMMAP_STORE_CACHED, QUANTUM, 0 },
		{ "async,store=nt", 0, &memmap_async, CHUNK, MEMMAP_STORE_NT,
		  QUANTUM, 0 },
		{ "async,quantum=7ns", 0, &memmap_async, CHUNK, STORE, 7, 0 },
		{ "async,quantum=500us", 0, &memmap_async, CHUNK, STORE, 500000,
		  0 },
		{ "async,quantum=2ms", 0, &memmap_async, CHUNK, STORE, 2000000,
		  0 },
		{ "async,quantum=1s", 0, &memmap_async, CHUNK, STORE,
		  1000000000, 0 },
		{ "async,threads=1", 0, &memmap_async, CHUNK, STORE, QUANTUM,
		  1 },
		{ "async,threads=65536", 0, &memmap_async, CHUNK, STORE,
		  QUANTUM, 65536 },
		{ "async,threads=4,quantum=1us,store=nt,chunk=16M", 0,
		  &memmap_async, 16UL << 20, MEMMAP_STORE_NT, 1000, 4 },
		{ "async,threads=4,threads=5", 0, &memmap_async, CHUNK, STORE,
		  QUANTUM, 5 },
	};

	PARSE_CHECK(test, cases);
}

/*
 * Sizes are what memparse() makes of them: a unit in either case, base 16 with
 * 0x, base 8 with a leading 0. The longest of each base for 1 TiB are accepted.
 */
static void param_chunk_memparse(struct kunit *test)
{
	static const struct {
		const char *arg;
		unsigned long bytes;
	} cases[] = {
		{ "async,chunk=0x800000", 8UL << 20 },
		{ "async,chunk=0X8M", 8UL << 20 },
		{ "async,chunk=0x1c00000", 28UL << 20 },
		{ "async,chunk=0x4000000e", (1UL << 30) + BLOCK_BYTES },
		{ "async,chunk=010M", 8UL << 20 },
		{ "async,chunk=0000010m", 8UL << 20 },
		{ "async,chunk=8m", 8UL << 20 },
		{ "async,chunk=2g", 2UL << 30 },
		{ "async,chunk=1t", 1UL << 40 },
		{ "async,chunk=1099511627776", 1UL << 40 },
		{ "async,chunk=1073741824K", 1UL << 40 },
		{ "async,chunk=0x10000000000", 1UL << 40 },
		{ "async,chunk=0x0000000000000000000008M", 8UL << 20 },
		{ "async,chunk=020000000000000", 1UL << 40 },
		{ "async,chunk=010000000000K", 1UL << 40 },
	};
	struct memmap_param param;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, 0,
				memmap_param_parse(&param, cases[i].arg));
		KUNIT_EXPECT_EQ(test, param.chunk_bytes, cases[i].bytes);
	}
}

/* A chunk is made of whole blocks: 1 byte is one block, one more is two. */
static void param_chunk_rounds(struct kunit *test)
{
	struct memmap_param param;

	KUNIT_EXPECT_EQ(test, memmap_param_parse(&param, "async,chunk=1"), 0);
	KUNIT_EXPECT_EQ(test, param.chunk_bytes, BLOCK_BYTES);
	KUNIT_EXPECT_EQ(test, memmap_param_parse(&param, "async,chunk=4097k"),
			0);
	KUNIT_EXPECT_EQ(test, param.chunk_bytes % BLOCK_BYTES, 0);
	KUNIT_EXPECT_GT(test, param.chunk_bytes, 4097UL << 10);
}

/* Each bad value: one bad token, and the default of that option stays. */
static void param_values_bad(struct kunit *test)
{
	static const char *const args[] = {
		"chunk=",
		"chunk=0",
		"chunk=0M",
		"chunk=-4M",
		"chunk=M",
		"chunk=4X",
		"chunk=4MB",
		"chunk=2T",
		"chunk=99999999999999999999",
		"chunk=18446744073709551615K",
		"chunk= 4M",
		"chunk=+4M",
		"chunk=4M ",
		"chunk=4MM",
		"chunk=0x",
		"chunk=0xM",
		"chunk=08M", /* octal has no 8 */
		"chunk=1E",
		"chunk=1P",
		"chunk=16E", /* memparse() returns 0, and 1 TiB for the others */
		"chunk=16777217T",
		"chunk=0x1000001T",
		"chunk=0100000001T",
		"chunk=17179870208G",
		"chunk=18446745173221179392",
		"chunk=0x100000010000000000",
		"store=",
		"store=foo",
		"store=ntt",
		"store=n",
		"store=NT",
		"quantum=",
		"quantum=0",
		"quantum=0ms",
		"quantum=5",
		"quantum=2s",
		"quantum=1000000001ns",
		"quantum=1m",
		"quantum=-1ms",
		"quantum=99999999999999999999ns",
		"quantum=18446744073709551615s",
		"threads=",
		"threads=0",
		"threads=-1",
		"threads=65537",
		"threads=4k",
		"threads=99999999999999999999",
		"threads=1.5",
		"",
		"chunk",
		"threads",
		"thread=4",
		"serial",
		"=",
		"=4",
	};
	struct parse_case c = {
		.bad = 1,
		.strategy = &memmap_local,
		.chunk_bytes = CHUNK,
		.store = STORE,
		.quantum_ns = QUANTUM,
	};
	char line[64] = "local,";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(args); i++) {
		size_t len = strlen(args[i]);

		KUNIT_ASSERT_LE(test, len, sizeof(line) - 7);
		memcpy(line + 6, args[i], len + 1);
		c.arg = line;
		parse_check(test, &c, 1);
	}
}

/* Bad tokens between good ones: all bad ones count, all good ones work. */
static void param_counts_all(struct kunit *test)
{
	static const struct parse_case cases[] = {
		{ "serial,", 1, &memmap_serial, CHUNK, STORE, QUANTUM, 0 },
		{ "serial,threads=2,", 1, &memmap_serial, CHUNK, STORE, QUANTUM,
		  2 },
		{ "serial,,,threads=2", 2, &memmap_serial, CHUNK, STORE,
		  QUANTUM, 2 },
		{ "fast,chunk=0,store=foo,quantum=2s,threads=-1,x", 6,
		  &memmap_deferred, CHUNK, STORE, QUANTUM, 0 },
		{ "local,chunk=0,chunk=8M,store=foo,store=nt", 2, &memmap_local,
		  8UL << 20, MEMMAP_STORE_NT, QUANTUM, 0 },
	};

	PARSE_CHECK(test, cases);
}

/*
 * memmap_init= twice on a boot line: the parser is called for each of them, and
 * the last one wins. No option, good or bad, of the first one is left.
 */
static void param_twice(struct kunit *test)
{
	static const char *const firsts[] = {
		"parallel,chunk=8M,store=nt,quantum=7ns,threads=3",
		"local,chunk=0,threads=2,store=foo",
		"fast",
		"",
	};
	struct memmap_param once, twice;
	unsigned int i;

	memset(&once, 0, sizeof(once));
	memset(&twice, 0, sizeof(twice));
	memmap_param_parse(&once, "ondemand,store=cached");
	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		memmap_param_parse(&twice, firsts[i]);
		KUNIT_EXPECT_EQ(test, 0,
				memmap_param_parse(&twice,
						   "ondemand,store=cached"));
		KUNIT_EXPECT_EQ(test, 0, memcmp(&once, &twice, sizeof(once)));
	}
}

/* 4000 characters, as a name, as a value, as digits: one bad token each. */
static void param_long(struct kunit *test)
{
	struct parse_case c = {
		.bad = 1,
		.strategy = &memmap_deferred,
		.chunk_bytes = CHUNK,
		.store = STORE,
		.quantum_ns = QUANTUM,
	};
	char *line = kunit_kzalloc(test, 4001, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, line);
	c.arg = line;
	memset(line, 'x', 4000);
	parse_check(test, &c, 1);

	c.strategy = &memmap_serial;
	memcpy(line, "serial,store=", 13);
	parse_check(test, &c, 1);

	memset(line, '9', 4000);
	memcpy(line, "serial,threads=", 15);
	parse_check(test, &c, 1);

	/* Leading zeros are worth nothing, however many there are. */
	memset(line, '0', 4000);
	memcpy(line, "serial,threads=", 15);
	line[3999] = '8';
	c.bad = 0;
	c.threads = 8;
	parse_check(test, &c, 1);

	/* The same for a chunk, where a leading zero means base 8. */
	memset(line, '0', 4000);
	memcpy(line, "serial,chunk=", 13);
	memcpy(line + 3997, "40M", 3);
	c.threads = 0;
	c.chunk_bytes = 32UL << 20;
	parse_check(test, &c, 1);
}

static struct kunit_case memmap_param_cases[] = {
	KUNIT_CASE(param_strategies),	KUNIT_CASE(param_strategy_bad),
	KUNIT_CASE(param_options),	KUNIT_CASE(param_chunk_memparse),
	KUNIT_CASE(param_chunk_rounds), KUNIT_CASE(param_values_bad),
	KUNIT_CASE(param_counts_all),	KUNIT_CASE(param_twice),
	KUNIT_CASE(param_long),		{}
};

static struct kunit_suite memmap_param_suite = {
	.name = "memmap_param",
	.test_cases = memmap_param_cases,
};

kunit_test_suite(memmap_param_suite);

MODULE_DESCRIPTION("Tests of the memmap_init= parser");
MODULE_LICENSE("GPL");
