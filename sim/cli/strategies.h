/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_STRATEGIES_H
#define SIM_CLI_STRATEGIES_H

/*
 * Strategies as the command knows them: by what they do, never by name, so
 * that one more needs no change here.
 */
#include <linux/kernel.h>
#include <linux/memmap_init.h>
#include <linux/minmax.h>

enum strategy_role {
	STRATEGY_REFERENCE, /* one CPU, before SMP */
	STRATEGY_VISITS, /* one CPU, when all are up */
	STRATEGY_WAITS, /* all CPUs, boot waits */
	STRATEGY_BACKGROUND, /* all CPUs, boot goes on */
	STRATEGY_LAZY, /* nobody drains */
	STRATEGY_NR_ROLES
};

bool strategy_is(const struct memmap_strategy *strategy,
		 enum strategy_role role);
const struct memmap_strategy *strategy_of(enum strategy_role role);
char *strategy_names(unsigned int without, const char *last);
char *strategy_expand(const char *text);

/**
 * struct boot_choice - one --cmdline
 * @text: as given
 * @param: as parsed
 */
struct boot_choice {
	char *text;
	struct memmap_param param;
};

void boot_choose(struct boot_choice *choice, const char *line);
void boot_choose_strategy(struct boot_choice *choice,
			  const struct memmap_strategy *strategy,
			  const char *more);

#endif /* SIM_CLI_STRATEGIES_H */
