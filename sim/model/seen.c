// SPDX-License-Identifier: GPL-2.0-only
/* A machine's memory as a kernel has seen it, in place of a drawn one. */
#include <stdio.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include "model/transplant_internal.h"

#define B ((unsigned long)DNUMA_BLOCK_PAGES)

/**
 * struct seen - a line: blocks that are alike
 * @range: them, and their node
 * @zone: an index of the shape's zone_name
 * @state: of each
 */
struct seen {
	struct memlayout_range range;
	unsigned int zone;
	enum dnuma_state state;
};

static bool find(const char *const *names, unsigned int nr, const char *name,
		 unsigned int *found)
{
	for (*found = 0; *found < nr; ++*found)
		if (!strcmp(names[*found], name))
			return true;
	return false;
}

/* 1; 0: the line is empty, or a comment alone; -1: it is wrong. */
static int read_line(const struct transplant *t, const char *line, size_t len,
		     struct seen *seen, struct memlayout_error *error)
{
	struct memlayout *layout = memlayout_parse(&t->shape, line, len, error);
	const char *comment = memchr(line, '#', len);
	char text[64] = "", zone[16], state[16];
	unsigned int i;

	if (!layout)
		return error->line ? -1 : 0;
	seen->range = layout->range[0];
	memlayout_free(layout);
	if (comment)
		snprintf(text, sizeof(text), "%.*s",
			 (int)(line + len - comment), comment);
	if (sscanf(text, "# %15s %15s", zone, state) != 2 ||
	    !find(t->shape.zone_name, t->shape.nr_zones, zone, &seen->zone) ||
	    !find(dnuma_state_names, DNUMA_NR_STATES, state, &i)) {
		snprintf(error->text, sizeof(error->text),
			 "want START-END NODE # ZONE STATE, as in 4G-6G 1 # Normal free");
		return -1;
	}
	seen->state = i;
	return 1;
}

static void see(struct transplant *t, const struct seen *seen)
{
	unsigned long at = DIV_ROUND_UP(seen->range.start_pfn, B);

	for (; (at + 1) * B <= seen->range.end_pfn; at++) {
		struct block *block = &t->block[at];

		block->state = seen->state;
		block->zone = seen->zone;
		block->node = transplant_index(t, seen->range.nid);
		block->pinned = false;
	}
}

/**
 * transplant_see - what is in a machine's memory, as its kernel says
 * @t: the machine; nothing has moved
 * @text: lines of /sys/kernel/debug/dnuma/blocks; what they do not name stays
 * @bytes: of @text
 * @error: out, if something is wrong
 *
 * Return: 0, or -1 and the machine is good for transplant_free() alone.
 */
int transplant_see(struct transplant *t, const char *text, size_t bytes,
		   struct memlayout_error *error)
{
	struct memlayout *layout = memlayout_parse(&t->shape, text, bytes,
						   error);
	const char *end = text + bytes, *line, *next;
	unsigned int nr = 1;

	if (!layout)
		return -1;
	transplant_set_layout(t, layout);
	memlayout_free(layout);
	for (line = text; line < end; line = next, nr++) {
		struct seen seen;
		int found;

		next = memchr(line, '\n', end - line);
		next = next ? next + 1 : end;
		found = read_line(t, line, next - line, &seen, error);
		if (found < 0) {
			error->line = nr;
			return -1;
		}
		if (found)
			see(t, &seen);
	}
	transplant_open_ledger(t);
	return 0;
}
