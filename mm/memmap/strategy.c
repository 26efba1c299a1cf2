// SPDX-License-Identifier: GPL-2.0-only
/* The list of strategies, made from strategies/list.h, and its lookup. */
#include <linux/memmap_init.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "strategies/strategies.h"

#define MEMMAP_STRATEGY(name) &memmap_##name,
const struct memmap_strategy *const memmap_strategies[] = {
#include "strategies/list.h"
	NULL
};
#undef MEMMAP_STRATEGY

/**
 * memmap_strategy_find - find a strategy by its name
 * @name: the name; it need not end with a null byte
 * @len: length of the name
 *
 * Context: any.
 * Return: the strategy, or NULL if none has that name.
 */
const struct memmap_strategy *memmap_strategy_find(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; memmap_strategies[i]; i++) {
		const char *known = memmap_strategies[i]->name;

		if (strlen(known) == len && !memcmp(known, name, len))
			return memmap_strategies[i];
	}
	return NULL;
}

/**
 * memmap_strategy_names - list the names of all strategies for a message
 * @text: buffer for the result, such as "serial, local or deferred"
 * @size: bytes of the buffer; what does not fit is cut off
 *
 * Context: any.
 * Return: @text.
 */
const char *memmap_strategy_names(char *text, size_t size)
{
	unsigned int i;
	size_t at = 0;

	for (i = 0; memmap_strategies[i] && at < size; i++)
		at += snprintf(text + at, size - at, "%s%s",
			       !i			? "" :
			       memmap_strategies[i + 1] ? ", " :
							  " or ",
			       memmap_strategies[i]->name);
	return text;
}
