/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LOG_MATCH_H
#define SIM_LOG_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_MOST_VALUES 4
#define LOG_MOST_WORDS	2

enum log_match {
	LOG_NO,
	LOG_PART,
	LOG_YES,
};

/**
 * struct log_values - what a pattern's blanks stood for
 * @nr: numbers
 * @number: the numbers, in their order
 * @time: of %f
 * @nr_words: words
 * @word: where each begins
 * @word_len: bytes of it
 * @end: behind the match
 */
struct log_values {
	unsigned int nr;
	unsigned long number[LOG_MOST_VALUES];
	double time;
	unsigned int nr_words;
	const char *word[LOG_MOST_WORDS];
	size_t word_len[LOG_MOST_WORDS];
	const char *end;
};

enum log_match log_match(const char *text, const char *pattern,
			 struct log_values *values);

#endif /* SIM_LOG_MATCH_H */
