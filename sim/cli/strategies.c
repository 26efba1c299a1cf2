// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/text.h"
#include "cli/fail.h"
#include "cli/strategies.h"
#include "log/boot.h"

/**
 * strategy_is - is it of that kind?
 * @strategy: the strategy
 * @role: the kind
 */
bool strategy_is(const struct memmap_strategy *strategy,
		 enum strategy_role role)
{
	bool waits = strategy->flags & MEMMAP_WAITS;
	bool all = strategy->flags & MEMMAP_ALL_CPUS;

	if (strategy->flags & MEMMAP_MAINLINE)
		return false;
	switch (role) {
	case STRATEGY_REFERENCE:
		return strategy->early && waits && !all;
	case STRATEGY_VISITS:
		return strategy->late && waits && !all;
	case STRATEGY_WAITS:
		return strategy->late && waits && all;
	case STRATEGY_BACKGROUND:
		return strategy->late && !waits && all;
	case STRATEGY_LAZY:
		return !strategy->early && !strategy->late;
	default:
		return false;
	}
}

/**
 * strategy_of - the one that stands for a kind
 * @role: the kind
 *
 * Return: the first one; if there is none, the first of all.
 */
const struct memmap_strategy *strategy_of(enum strategy_role role)
{
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++)
		if (strategy_is(memmap_strategies[i], role))
			return memmap_strategies[i];
	return memmap_strategies[0];
}

/**
 * strategy_names - strategies, for a sentence
 * @without: leave out those with any of these flags
 * @last: what stands before the last one: "and", "or"
 *
 * Return: "a, b or c", to be freed.
 */
char *strategy_names(unsigned int without, const char *last)
{
	const struct memmap_strategy *strategy, *held = NULL;
	char *names = xstrdup(""), *more;
	unsigned int i;

	/* One behind: before the last one stands another word. */
	for (i = 0;; i++) {
		strategy = memmap_strategies[i];
		if (strategy && strategy->flags & without)
			continue;
		if (held) {
			more = xasprintf("%s%s%s%s%s", names,
					 !*names  ? "" :
					 strategy ? ", " :
						    " ",
					 *names && !strategy ? last : "",
					 *names && !strategy ? " " : "",
					 held->name);
			free(names);
			names = more;
		}
		if (!strategy)
			return names;
		held = strategy;
	}
}

/**
 * strategy_expand - put the names in
 * @text: with @all@, @reference@, @visits@, @waits@, @background@, @lazy@ for the names
 *	of strategies
 *
 * Return: the text, to be freed.
 */
char *strategy_expand(const char *text)
{
	static const char *const role[STRATEGY_NR_ROLES] = {
		[STRATEGY_REFERENCE] = "reference@",
		[STRATEGY_VISITS] = "visits@",
		[STRATEGY_WAITS] = "waits@",
		[STRATEGY_BACKGROUND] = "background@",
		[STRATEGY_LAZY] = "lazy@",
	};
	char *all = strategy_names(0, "or"), *result = NULL;
	const char *at, *name;
	size_t bytes, i, len;
	FILE *out = open_memstream(&result, &bytes);

	if (!out)
		die_of_memory();
	for (; (at = strchr(text, '@')); text = at + 1 + len) {
		fwrite(text, 1, at - text, out);
		name = "@";
		len = 0;
		if (!strncmp(at + 1, "all@", 4)) {
			name = all;
			len = 4;
		}
		for (i = 0; i < STRATEGY_NR_ROLES; i++)
			if (!strncmp(at + 1, role[i], strlen(role[i]))) {
				name = strategy_of(i)->name;
				len = strlen(role[i]);
			}
		fputs(name, out);
	}
	fputs(text, out);
	fclose(out);
	free(all);
	return result;
}

/**
 * boot_choose - find memmap_init= on a kernel command line
 * @choice: the result
 * @line: the command line, other parameters welcome
 *
 * The kernel would go on after a bad token; a measurement of what was not
 * asked for helps nobody, so this ends the process after the same warning.
 */
void boot_choose(struct boot_choice *choice, const char *line)
{
	unsigned int nr;
	char *value = log_cmdline_last(line, "memmap_init", &nr);

	if (!value)
		usage_error(
			"--cmdline '%s': no memmap_init= in it; want memmap_init=STRATEGY[,chunk=SIZE][,store=auto|cached|nt][,quantum=TIME][,threads=N]",
			line);
	if (nr > 1) {
		char *plain = text_plain(value);

		fprintf(stderr,
			"memmap: --cmdline: memmap_init= stands there %u times; the last one counts, as in a kernel: memmap_init=%s\n",
			nr, plain);
		free(plain);
	}
	if (memmap_param_parse(&choice->param, value))
		usage_error(
			"--cmdline '%s': see the warning above; 'memmap time --help' lists what is known",
			line);
	free(value);
	choice->text = xstrdup(line);
}

/**
 * boot_choose_strategy - as if it stood on a command line
 * @choice: the result
 * @strategy: which
 * @more: options that follow its name, with a comma in front; ""
 */
void boot_choose_strategy(struct boot_choice *choice,
			  const struct memmap_strategy *strategy,
			  const char *more)
{
	char *line = xasprintf("memmap_init=%s%s", strategy->name, more);

	boot_choose(choice, line);
	free(line);
}
