// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the kernel's code: what they name comes from a user. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/printk.h>
#include "base/die.h"
#include "base/text.h"

/**
 * sim_printk - print a message of the kernel's to standard error
 * @fmt: as for printf(), with a line feed at the end
 *
 * As in the kernel's log, control characters are not obeyed.
 */
void sim_printk(const char *fmt, ...)
{
	char *text, *plain;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	plain = text_plain(text);
	fprintf(stderr, "%s\n", plain);
	free(plain);
	free(text);
}
