// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for free blocks as text: words in any order, each once.
 *
 *	node=1 order=9 nr=16 block=1
 *	range=4G-5G order=10
 *
 * A block begins at a multiple of its size; those that the range holds as a
 * whole count.
 */
#include <linux/dnuma_defrag.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include "internal.h"

/* Which words a request may have. */
enum word { NODE, RANGE, ORDER, NR, BLOCK, NR_WORDS };

static const char *const words[NR_WORDS] = {
	[NODE] = "node=", [RANGE] = "range=", [ORDER] = "order=",
	[NR] = "nr=",	  [BLOCK] = "block=",
};

static bool read_number(struct dnuma_chars value, unsigned long low,
			unsigned long high, unsigned long *number)
{
	unsigned long long read;

	if (!dnuma_read_digits(&value, &read) || value.len || read < low ||
	    read > high)
		return false;
	*number = read;
	return true;
}

static bool read_order(struct dnuma_cursor *c, struct dnuma_chars word,
		       struct dnuma_chars value,
		       struct dnuma_defrag_request *request)
{
	unsigned long order;

	if (!read_number(value, 1, MAX_PAGE_ORDER, &order))
		return COMPLAIN(
			c, word,
			"no order of a block; want 1 to %d, which is the allocator's largest",
			MAX_PAGE_ORDER);
	request->order = order;
	return true;
}

static bool read_range(struct dnuma_cursor *c, struct dnuma_chars word,
		       struct dnuma_chars value,
		       struct dnuma_defrag_request *request)
{
	const char *dash = memchr(value.text, '-', value.len);
	struct dnuma_chars start = value, end;
	unsigned long long from, to;
	struct memlayout_range range;

	if (dash) {
		start.len = dash - value.text;
		end.text = dash + 1;
		end.len = value.len - start.len - 1;
	}
	if (!dash || !dnuma_read_bytes(start, &from) ||
	    !dnuma_read_bytes(end, &to) || from >= to)
		return COMPLAIN(
			c, word,
			"want range=START-END in bytes, as in range=4G-5G");
	range.start_pfn = from >> c->shape->page_shift;
	/* Half a page holds no block, so it does not matter where it goes. */
	range.end_pfn = (to - 1) >> c->shape->page_shift;
	range.end_pfn++;
	if (!dnuma_check_memory(c, word, &range))
		return false;
	request->start_pfn = DIV_ROUND_UP(from, 1ULL << c->shape->page_shift);
	request->end_pfn = to >> c->shape->page_shift;
	return true;
}

static bool read_word(struct dnuma_cursor *c, struct dnuma_chars word,
		      enum word kind, struct dnuma_defrag_request *request)
{
	struct dnuma_chars value = word;
	unsigned long number;

	value.text += strlen(words[kind]);
	value.len -= strlen(words[kind]);
	switch (kind) {
	case NODE:
		return dnuma_read_node(c, value, &request->nid);
	case RANGE:
		return read_range(c, word, value, request);
	case ORDER:
		return read_order(c, word, value, request);
	case NR:
		return read_number(value, 1, ULONG_MAX, &request->nr) ||
		       COMPLAIN(c, word,
				"want how many blocks, 1 or more, as in nr=16");
	default:
		if (!read_number(value, 0, 1, &number))
			return COMPLAIN(c, word,
					"want block=0, never wait, or block=1");
		request->wait = number;
		return true;
	}
}

static bool read_words(struct dnuma_cursor *c,
		       struct dnuma_defrag_request *request,
		       bool seen[NR_WORDS])
{
	struct dnuma_chars word;
	unsigned int kind;

	while (dnuma_next_word(c, &word)) {
		for (kind = 0; kind < NR_WORDS; kind++)
			if (word.len >= strlen(words[kind]) &&
			    !memcmp(word.text, words[kind], strlen(words[kind])))
				break;
		if (kind == NR_WORDS)
			return COMPLAIN(
				c, word,
				"want words of node= range= order= nr= block=, as in node=1 order=9 nr=16");
		if (seen[kind])
			return COMPLAIN(c, word, "%s is there twice",
					words[kind]);
		seen[kind] = true;
		if (!read_word(c, word, kind, request))
			return false;
	}
	return true;
}

/* What no single word can be blamed for. */
static bool check_request(struct dnuma_cursor *c,
			  const struct dnuma_defrag_request *request,
			  const bool seen[NR_WORDS])
{
	const struct dnuma_chars none = { c->at, 0 };
	unsigned long block = 1UL << request->order;

	if (!seen[NODE] && !seen[RANGE])
		return COMPLAIN(c, none,
				"where? want node=NODE or range=START-END");
	if (!seen[ORDER])
		return COMPLAIN(c, none, "how large? want order=ORDER, 1 to %d",
				MAX_PAGE_ORDER);
	if (seen[RANGE] &&
	    round_up(request->start_pfn, block) + block > request->end_pfn)
		return COMPLAIN(
			c, none,
			"the range holds no block of order %u; blocks begin at multiples of their size",
			request->order);
	return true;
}

/**
 * dnuma_defrag_parse - read a request for free blocks
 * @shape: of the machine
 * @text: one line; need not be ended by a 0
 * @bytes: of @text
 * @request: out
 * @error: out, if false is returned: what is wrong
 *
 * Without nr= one block is asked for, without block= nothing is waited for.
 *
 * Context: any.
 * Return: false if something is wrong.
 */
bool dnuma_defrag_parse(const struct dnuma_shape *shape, const char *text,
			size_t bytes, struct dnuma_defrag_request *request,
			struct memlayout_error *error)
{
	struct dnuma_cursor c = {
		.shape = shape,
		.at = text,
		.end = text + bytes,
		.line = 1,
		.error = error,
	};
	bool seen[NR_WORDS] = { false };
	struct dnuma_chars more;

	memset(error, 0, sizeof(*error));
	*request = (struct dnuma_defrag_request){
		.end_pfn = ULONG_MAX,
		.nid = NUMA_NO_NODE,
		.nr = 1,
	};
	if (!read_words(&c, request, seen))
		return false;
	while (c.at < c.end) {
		dnuma_next_line(&c);
		if (dnuma_next_word(&c, &more))
			return COMPLAIN(&c, more, "want one line");
	}
	return check_request(&c, request, seen);
}
