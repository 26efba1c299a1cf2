// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts as text. A line is a range and its node, in order of addresses:
 *
 *	# behind a # is a comment
 *	0-2G		0
 *	4G-0x180000000	1
 *
 * END is the first byte behind the range. K, M, G, T and P are powers of 1024.
 * Addresses are multiples of a block, or where memory begins or ends. Memory
 * that no line names stays where it is. A range may go over holes, but begins
 * and ends in memory: so a wrong digit is noticed.
 */
#include <linux/ctype.h>
#include <linux/dnuma.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include "internal.h"

static const char units[] = "KMGTP";

/**
 * dnuma_bytes - a number of bytes, with the largest unit that loses nothing
 * @text: room for it
 * @bytes: the number
 *
 * Context: any.
 * Return: @text.
 */
const char *dnuma_bytes(char text[DNUMA_BYTES_TEXT], unsigned long long bytes)
{
	unsigned int i = 0;

	while (bytes && i < sizeof(units) - 1 && !(bytes & 1023)) {
		bytes >>= 10;
		i++;
	}
	snprintf(text, DNUMA_BYTES_TEXT, "%llu%.1s", bytes,
		 i ? &units[i - 1] : "");
	return text;
}

/**
 * dnuma_complain - note which word is wrong
 * @c: where the text is being read
 * @word: the word
 *
 * Context: any; the text of the error is there already, see COMPLAIN().
 * Return: false, for who has to say that something is wrong.
 */
bool dnuma_complain(struct dnuma_cursor *c, struct dnuma_chars word)
{
	struct memlayout_error *error = c->error;
	size_t i;

	word.len = min(word.len, sizeof(error->value) - 1);
	for (i = 0; i < word.len; i++) {
		char letter = word.text[i];

		/* Who prints it may be a terminal. */
		error->value[i] = letter >= ' ' && letter <= '~' ? letter : '?';
	}
	error->value[i] = '\0';
	error->line = c->line;
	return false;
}

/**
 * dnuma_next_word - the next word of the line
 * @c: where the text is being read; goes on behind the word
 * @word: out
 *
 * The end of the line ends the words, and so does a comment.
 *
 * Context: any.
 * Return: false if there is none.
 */
bool dnuma_next_word(struct dnuma_cursor *c, struct dnuma_chars *word)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\t' || *c->at == '\r'))
		c->at++;
	word->text = c->at;
	while (c->at < c->end && *c->at != '\n' && *c->at != '#' &&
	       *c->at != ' ' && *c->at != '\t' && *c->at != '\r')
		c->at++;
	word->len = c->at - word->text;
	return word->len;
}

/**
 * dnuma_next_line - go to the start of the next line
 * @c: where the text is being read
 *
 * Context: any.
 */
void dnuma_next_line(struct dnuma_cursor *c)
{
	while (c->at < c->end && *c->at != '\n')
		c->at++;
	if (c->at < c->end)
		c->at++;
	c->line++;
}

/**
 * dnuma_read_digits - digits at the start of a word, base 10, or 16 with 0x
 * @word: loses them
 * @value: out
 *
 * Context: any.
 * Return: false if there is none, or the value does not fit.
 */
bool dnuma_read_digits(struct dnuma_chars *word, unsigned long long *value)
{
	unsigned int base = 10, digit;
	bool any = false;

	*value = 0;
	if (word->len > 2 && word->text[0] == '0' &&
	    (word->text[1] == 'x' || word->text[1] == 'X')) {
		base = 16;
		word->text += 2;
		word->len -= 2;
	}
	for (; word->len; word->text++, word->len--, any = true) {
		char letter = tolower((unsigned char)*word->text);

		if (letter >= '0' && letter <= '9')
			digit = letter - '0';
		else if (base == 16 && letter >= 'a' && letter <= 'f')
			digit = letter - 'a' + 10;
		else
			break;
		if (check_mul_overflow(*value, base, value) ||
		    check_add_overflow(*value, digit, value))
			return false;
	}
	return any;
}

/**
 * dnuma_read_bytes - a number of bytes, as in 4G, 4096M or 0x100000000
 * @word: all of it
 * @bytes: out
 *
 * Context: any.
 * Return: false if it is none.
 */
bool dnuma_read_bytes(struct dnuma_chars word, unsigned long long *bytes)
{
	unsigned int i;

	if (!dnuma_read_digits(&word, bytes))
		return false;
	if (!word.len)
		return true;
	for (i = 0; i < sizeof(units) - 1; i++)
		if (word.len == 1 &&
		    toupper((unsigned char)*word.text) == units[i])
			return !check_mul_overflow(*bytes, 1ULL << 10 * (i + 1),
						   bytes);
	return false;
}

/* Index of the first range of memory that ends behind @pfn, or the last one. */
static unsigned int memory_near(const struct memlayout *memory,
				unsigned long pfn)
{
	unsigned int low = 0, high = memory->nr - 1;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (memory->range[mid].end_pfn <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Does memory begin or end there, or is it where two nodes meet? */
static bool is_border(const struct memlayout *memory, unsigned long pfn)
{
	unsigned int at = memory_near(memory, pfn);

	return memory->range[at].start_pfn == pfn ||
	       memory->range[at].end_pfn == pfn ||
	       (at && memory->range[at - 1].end_pfn == pfn);
}

static bool read_address(struct dnuma_cursor *c, struct dnuma_chars word,
			 unsigned long *pfn)
{
	char below[DNUMA_BYTES_TEXT], above[DNUMA_BYTES_TEXT];
	char block_text[DNUMA_BYTES_TEXT];
	unsigned int shift = c->shape->page_shift;
	unsigned long long block = (unsigned long long)DNUMA_BLOCK_PAGES
				   << shift;
	unsigned long long bytes, rest;

	if (!dnuma_read_bytes(word, &bytes))
		return COMPLAIN(
			c, word,
			"want an address in bytes, as in 4G, 4096M or 0x100000000");
	rest = bytes & (block - 1);
	*pfn = bytes >> shift;
	if (rest &&
	    ((u64)*pfn << shift != bytes || !is_border(c->shape->memory, *pfn)))
		return COMPLAIN(
			c, word,
			"neither a multiple of a block of %s nor an end of memory; want %s or %s",
			dnuma_bytes(block_text, block),
			dnuma_bytes(below, bytes - rest),
			dnuma_bytes(above, bytes - rest + block));
	return true;
}

/* Which nodes there are, as in "0 to 3, 8"; what does not fit is cut off. */
static const char *node_names(const struct dnuma_shape *shape, char text[96])
{
	size_t at = 0;
	unsigned int i, last;

	text[0] = '\0';
	for (i = 0; i < shape->nr_nodes && at < 80; i = last + 1) {
		for (last = i; last + 1 < shape->nr_nodes &&
			       shape->node[last + 1] == shape->node[last] + 1;
		     last++)
			;
		at += snprintf(text + at, 96 - at, "%s%d", i ? ", " : "",
			       shape->node[i]);
		if (last > i)
			at += snprintf(text + at, 96 - at, " to %d",
				       shape->node[last]);
	}
	if (i < shape->nr_nodes)
		snprintf(text + at, 96 - at, ", ...");
	return text;
}

/**
 * dnuma_read_node - a node that may have memory
 * @c: where the text is being read; its error is filled in
 * @word: the number
 * @nid: out
 *
 * Context: any.
 * Return: false if it is none.
 */
bool dnuma_read_node(struct dnuma_cursor *c, struct dnuma_chars word, int *nid)
{
	struct dnuma_chars digits = word;
	unsigned long long value;
	char names[96];
	unsigned int i;

	if (dnuma_read_digits(&digits, &value) && !digits.len)
		for (i = 0; i < c->shape->nr_nodes; i++)
			if (c->shape->node[i] >= 0 &&
			    value == (unsigned int)c->shape->node[i]) {
				*nid = c->shape->node[i];
				return true;
			}
	return COMPLAIN(c, word, "no node of this machine; want one of %s",
			node_names(c->shape, names));
}

/**
 * dnuma_check_memory - does a range begin and end in memory?
 * @c: where the text is being read; its error is filled in
 * @word: the range
 * @range: likewise; holds a page
 *
 * Context: any.
 * Return: false if it does not.
 */
bool dnuma_check_memory(struct dnuma_cursor *c, struct dnuma_chars word,
			const struct memlayout_range *range)
{
	unsigned long last = rounddown(range->end_pfn - 1, DNUMA_BLOCK_PAGES);
	unsigned long first_end = round_up(range->start_pfn + 1,
					   DNUMA_BLOCK_PAGES);
	const struct memlayout_range *memory = c->shape->memory->range;
	const struct memlayout_range *first, *end;
	char at[DNUMA_BYTES_TEXT], from[DNUMA_BYTES_TEXT];
	char to[DNUMA_BYTES_TEXT];
	unsigned int shift = c->shape->page_shift;
	bool begins;

	first = &memory[memory_near(c->shape->memory, range->start_pfn)];
	end = &memory[memory_near(c->shape->memory, last)];
	begins = first->end_pfn > range->start_pfn &&
		 first->start_pfn < first_end;
	if (begins && end->end_pfn > last && end->start_pfn < range->end_pfn)
		return true;
	if (!begins)
		end = first;
	return COMPLAIN(c, word,
			"no memory at %s; the memory next to it is %s-%s",
			dnuma_bytes(at, (u64)(begins ? last : range->start_pfn)
						<< shift),
			dnuma_bytes(from, (u64)end->start_pfn << shift),
			dnuma_bytes(to, (u64)end->end_pfn << shift));
}

static bool check_order(struct dnuma_cursor *c, struct dnuma_chars word,
			const struct memlayout_range *range,
			const struct memlayout_range *last)
{
	char end[DNUMA_BYTES_TEXT];

	if (range->start_pfn < last->start_pfn)
		return COMPLAIN(
			c, word,
			"begins below line %u; want lines in order of addresses",
			c->last_line);
	dnuma_bytes(end, (u64)last->end_pfn << c->shape->page_shift);
	if (range->start_pfn < last->end_pfn)
		return COMPLAIN(
			c, word,
			"overlaps line %u, which ends at %s; let this one begin at %s or behind",
			c->last_line, end, end);
	return true;
}

/* A line with a range; @last is the range before, if there is one. */
static bool read_range(struct dnuma_cursor *c, struct dnuma_chars word,
		       const struct memlayout_range *last,
		       struct memlayout_range *range)
{
	struct dnuma_chars start = word, end, node, more;
	const char *dash = memchr(word.text, '-', word.len);

	if (!dash || !dnuma_next_word(c, &node))
		return COMPLAIN(c, word, "want START-END NODE, as in 4G-6G 1");
	start.len = dash - word.text;
	end.text = dash + 1;
	end.len = word.len - start.len - 1;
	if (!read_address(c, start, &range->start_pfn) ||
	    !read_address(c, end, &range->end_pfn))
		return false;
	if (range->start_pfn >= range->end_pfn)
		return COMPLAIN(
			c, word,
			"holds nothing; END is the first byte behind the range, want it above START");
	if (last && !check_order(c, word, range, last))
		return false;
	if (!dnuma_check_memory(c, word, range) ||
	    !dnuma_read_node(c, node, &range->nid))
		return false;
	if (dnuma_next_word(c, &more))
		return COMPLAIN(
			c, more,
			"want nothing behind START-END NODE but a # and a comment");
	return true;
}

static unsigned int count_lines(const char *text, size_t bytes)
{
	unsigned int nr = 1;

	while (bytes--)
		nr += *text++ == '\n';
	return nr;
}

/**
 * memlayout_parse - read a layout
 * @shape: of the machine
 * @text: need not be ended by a 0
 * @bytes: of @text
 * @error: out, if NULL is returned: what is wrong
 *
 * Context: process context, allocates memory.
 * Return: a layout with what the lines name, see memlayout_complete(); or NULL.
 */
struct memlayout *memlayout_parse(const struct dnuma_shape *shape,
				  const char *text, size_t bytes,
				  struct memlayout_error *error)
{
	struct dnuma_cursor c = {
		.shape = shape,
		.at = text,
		.end = text + bytes,
		.line = 1,
		.error = error,
	};
	struct memlayout_range last, range;
	struct memlayout *layout;
	struct dnuma_chars word, none = { text, 0 };
	bool any = false;

	memset(error, 0, sizeof(*error));
	layout = memlayout_alloc(count_lines(text, bytes));
	if (!layout) {
		c.line = 0;
		COMPLAIN(&c, none, "no memory for so many lines");
		return NULL;
	}
	for (; c.at < c.end; dnuma_next_line(&c)) {
		if (!dnuma_next_word(&c, &word))
			continue;
		if (!read_range(&c, word, any ? &last : NULL, &range)) {
			memlayout_free(layout);
			return NULL;
		}
		memlayout_append(layout, range.start_pfn, range.end_pfn,
				 range.nid);
		last = range;
		c.last_line = c.line;
		any = true;
	}
	if (!any) {
		c.line = 0;
		COMPLAIN(&c, none,
			 "names no memory; want lines START-END NODE, as in 4G-6G 1");
		memlayout_free(layout);
		return NULL;
	}
	return layout;
}

/* "4G-6G", as layouts and plans have it. */
static int range_text(const struct dnuma_shape *shape, unsigned long start_pfn,
		      unsigned long end_pfn, char line[DNUMA_LINE])
{
	char start[DNUMA_BYTES_TEXT], end[DNUMA_BYTES_TEXT];

	return snprintf(line, DNUMA_LINE, "%s-%s",
			dnuma_bytes(start, (u64)start_pfn << shape->page_shift),
			dnuma_bytes(end, (u64)end_pfn << shape->page_shift));
}

/**
 * memlayout_line - a range as memlayout_parse() reads it
 * @shape: of the machine
 * @range: of a layout
 * @line: room for it; it gets no end of line
 *
 * Context: any.
 * Return: @line.
 */
const char *memlayout_line(const struct dnuma_shape *shape,
			   const struct memlayout_range *range,
			   char line[DNUMA_LINE])
{
	int at = range_text(shape, range->start_pfn, range->end_pfn, line);

	snprintf(line + at, DNUMA_LINE - at, " %d", range->nid);
	return line;
}

/**
 * dnuma_blocks_line - blocks that are alike, as in "4G-6G 1 # Normal free"
 * @shape: of the machine
 * @start_pfn: first page
 * @run: where they end, and what they are
 * @nid: their node
 * @line: room for it; it gets no end of line
 *
 * Such lines are a layout, of what the memory is on now.
 *
 * Context: any.
 * Return: @line.
 */
const char *dnuma_blocks_line(const struct dnuma_shape *shape,
			      unsigned long start_pfn,
			      const struct dnuma_run *run, int nid,
			      char line[DNUMA_LINE])
{
	int at = range_text(shape, start_pfn, run->end_pfn, line);

	snprintf(line + at, DNUMA_LINE - at, " %d # %s %s", nid,
		 run->zone < shape->nr_zones ? shape->zone_name[run->zone] :
					       "?",
		 dnuma_state_names[run->state]);
	return line;
}

/**
 * dnuma_step_line - a step, as in "4G-6G 0->1 Normal grab"
 * @shape: of the machine
 * @step: of a plan
 * @line: room for it; it gets no end of line
 *
 * Context: any.
 * Return: @line.
 */
const char *dnuma_step_line(const struct dnuma_shape *shape,
			    const struct dnuma_step *step,
			    char line[DNUMA_LINE])
{
	int at = range_text(shape, step->start_pfn, step->end_pfn, line);

	snprintf(line + at, DNUMA_LINE - at, " %d->%d %s %s", step->from,
		 step->to,
		 step->zone < shape->nr_zones ? shape->zone_name[step->zone] :
						"?",
		 dnuma_way_names[step->way]);
	return line;
}

/**
 * dnuma_left_line - what did not move, as in "4G-4100M 0->1 unmovable"
 * @shape: of the machine
 * @left: of a plan
 * @line: room for it; it gets no end of line
 *
 * Context: any.
 * Return: @line.
 */
const char *dnuma_left_line(const struct dnuma_shape *shape,
			    const struct dnuma_left *left,
			    char line[DNUMA_LINE])
{
	int at = range_text(shape, left->start_pfn, left->end_pfn, line);

	snprintf(line + at, DNUMA_LINE - at, " %d->%d %s", left->from, left->to,
		 dnuma_why_names[left->why]);
	return line;
}
