/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_INTERNAL_H
#define _MM_DNUMA_INTERNAL_H

/* What the files of this folder share. */
#include <linux/dnuma.h>

/* Room for a number of bytes with its unit. */
#define DNUMA_BYTES_TEXT 24

const char *dnuma_bytes(char text[DNUMA_BYTES_TEXT], unsigned long long bytes);

/**
 * struct dnuma_cursor - where a text is being read
 * @shape: of the machine
 * @at: next character
 * @end: behind the last one
 * @line: number of the line
 * @last_line: of the last range
 * @error: filled in if something is wrong
 */
struct dnuma_cursor {
	const struct dnuma_shape *shape;
	const char *at;
	const char *end;
	unsigned int line;
	unsigned int last_line;
	struct memlayout_error *error;
};

/**
 * struct dnuma_chars - a piece of a line
 * @text: first character; not ended by a 0
 * @len: characters
 */
struct dnuma_chars {
	const char *text;
	size_t len;
};

bool dnuma_complain(struct dnuma_cursor *c, struct dnuma_chars word);

/* The text of the error is written where it is found, and the rest there. */
#define COMPLAIN(c, word, ...)                                              \
	(snprintf((c)->error->text, sizeof((c)->error->text), __VA_ARGS__), \
	 dnuma_complain(c, word))

bool dnuma_next_word(struct dnuma_cursor *c, struct dnuma_chars *word);
void dnuma_next_line(struct dnuma_cursor *c);
bool dnuma_read_digits(struct dnuma_chars *word, unsigned long long *value);
bool dnuma_read_bytes(struct dnuma_chars word, unsigned long long *bytes);
bool dnuma_read_node(struct dnuma_cursor *c, struct dnuma_chars word, int *nid);
bool dnuma_check_memory(struct dnuma_cursor *c, struct dnuma_chars word,
			const struct memlayout_range *range);

int dnuma_list_room(struct dnuma_list *list, unsigned int nr);
void dnuma_list_free(struct dnuma_list *list);
void dnuma_left_add(struct dnuma_plan *plan, const struct dnuma_step *step,
		    unsigned long start_pfn, unsigned long end_pfn,
		    enum dnuma_why why);

#endif /* _MM_DNUMA_INTERNAL_H */
