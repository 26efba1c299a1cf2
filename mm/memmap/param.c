// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of the boot parameter:
 *
 * memmap_init=STRATEGY[,chunk=SIZE][,store=auto|cached|nt][,quantum=TIME]
 *	       [,threads=N]
 *
 * A typo must not stop a boot, nor remain unnoticed. So a bad token is ignored,
 * with a warning that names it, what would be right, and what is used instead.
 */
#include <linux/align.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/memmap_init.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/string.h>

/* Far below the 10 s of the hard lockup detector */
#define MAX_QUANTUM_NS 1000000000ULL
#define MAX_CHUNK      (1024ULL << 30)
#define MAX_THREADS    65536

/**
 * memmap_param_default - set what holds without memmap_init=
 * @param: the parameter to fill in
 *
 * Context: any.
 */
void memmap_param_default(struct memmap_param *param)
{
	param->strategy = &memmap_deferred;
	param->chunk_bytes = MEMMAP_CHUNK_BYTES;
	param->store = MEMMAP_STORE_AUTO;
	param->quantum_ns = MEMMAP_QUANTUM_NS;
	param->threads = 0;
}

/* Read decimal digits. Return false if there are none or too many. */
static bool parse_digits(const char **p, const char *end, u64 *value)
{
	const char *start = *p;

	for (*value = 0; *p < end && **p >= '0' && **p <= '9'; ++*p)
		if (check_mul_overflow(*value, (u64)10, value) ||
		    check_add_overflow(*value, (u64)(**p - '0'), value))
			return false;
	return *p > start;
}

struct unit {
	const char *name;
	u64 factor;
};

static const struct unit time_units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 }, {}
};

static const struct unit no_units[] = { { "", 1 }, {} };

static bool parse_number(const char *p, const char *end,
			 const struct unit *unit, u64 *value)
{
	if (!parse_digits(&p, end, value))
		return false;
	for (; unit->name; unit++) {
		size_t len = strlen(unit->name);

		if (len == (size_t)(end - p) && !memcmp(p, unit->name, len))
			return !check_mul_overflow(*value, unit->factor, value);
	}
	return false;
}

/*
 * memparse() does not tell when a size is too large for 64 bits, it returns the
 * low ones. So count them: a digit is worth four bits at most in any base, and
 * a unit as many as memparse() gives to one of it. The unit E counts as a digit
 * here. That is safe: memparse() then returns 0 or far more than MAX_CHUNK.
 */
static bool size_fits(const char *p, const char *end)
{
	char one[] = "1\0";
	size_t bits;

	/* Leading zeros are worth nothing, nor is the 0x of base 16. */
	p += strspn(p, "0xX");
	if (p < end && !isxdigit(end[-1]))
		one[1] = *--end;
	bits = 4 * (end - p) + ilog2(memparse(one, NULL));
	return bits <= 64;
}

static bool parse_chunk(struct memmap_param *param, const char *p,
			const char *end)
{
	char *rest;
	u64 bytes = memparse(p, &rest);

	if (rest != end || !size_fits(p, end) || !bytes || bytes > MAX_CHUNK)
		return false;
	param->chunk_bytes = ALIGN(bytes, MEMMAP_BLOCK_PAGES << PAGE_SHIFT);
	return true;
}

static bool parse_store(struct memmap_param *param, const char *p,
			const char *end)
{
	static const char *const names[] = {
		[MEMMAP_STORE_AUTO] = "auto",
		[MEMMAP_STORE_CACHED] = "cached",
		[MEMMAP_STORE_NT] = "nt",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (len == (size_t)(end - p) && !memcmp(p, names[i], len)) {
			param->store = i;
			return true;
		}
	}
	return false;
}

static bool parse_quantum(struct memmap_param *param, const char *p,
			  const char *end)
{
	u64 ns;

	if (!parse_number(p, end, time_units, &ns) || !ns ||
	    ns > MAX_QUANTUM_NS)
		return false;
	param->quantum_ns = ns;
	return true;
}

static bool parse_threads(struct memmap_param *param, const char *p,
			  const char *end)
{
	u64 threads;

	if (!parse_number(p, end, no_units, &threads) || !threads ||
	    threads > MAX_THREADS)
		return false;
	param->threads = threads;
	return true;
}

static const struct {
	const char *key;
	bool (*parse)(struct memmap_param *param, const char *p,
		      const char *end);
	const char *format;
} options[] = {
	{ "chunk=", parse_chunk, "a size such as 128M, at most 1T" },
	{ "store=", parse_store, "auto, cached or nt" },
	{ "quantum=", parse_quantum, "a time such as 500us or 1ms, at most 1s" },
	{ "threads=", parse_threads, "a number from 1 to 65536" },
};

static bool parse_option(struct memmap_param *param, const char *p,
			 const char *end)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		size_t len = strlen(options[i].key);

		if ((size_t)(end - p) < len || memcmp(p, options[i].key, len))
			continue;
		if (options[i].parse(param, p + len, end))
			return true;
		pr_warn("memmap_init: bad '%.*s': want %s; ignored, its default is used\n",
			(int)(end - p), p, options[i].format);
		return false;
	}
	pr_warn("memmap_init: unknown '%.*s': want chunk=, store=, quantum= or threads=; ignored\n",
		(int)(end - p), p);
	return false;
}

/**
 * memmap_param_parse - parse the value of memmap_init=
 * @param: the result; it has the default of every option that @arg does not
 *	name, or for which it has a bad value
 * @arg: the text behind the equals sign; may be NULL
 *
 * If the boot line has the parameter twice, this is called twice and nothing of
 * the first call is left: the last one wins.
 *
 * Context: any; prints a warning for each bad token.
 * Return: number of bad tokens.
 */
unsigned int memmap_param_parse(struct memmap_param *param, const char *arg)
{
	const struct memmap_strategy *strategy;
	const char *p = arg ? arg : "";
	const char *end = strchrnul(p, ',');
	unsigned int bad = 0;
	char names[128];

	memmap_param_default(param);
	strategy = memmap_strategy_find(p, end - p);
	if (strategy) {
		param->strategy = strategy;
	} else {
		pr_warn("memmap_init: unknown strategy '%.*s': want %s; using %s\n",
			(int)(end - p), p,
			memmap_strategy_names(names, sizeof(names)),
			param->strategy->name);
		bad++;
	}
	while (*end) {
		p = end + 1;
		end = strchrnul(p, ',');
		bad += !parse_option(param, p, end);
	}
	return bad;
}
