// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kexec handover: a kernel starts another one and hands memory over to it. The
 * kernel's own test preserves pages and checks them in the second kernel, which
 * the host looks for in the log. This one looks at scratch memory, the only one
 * that the second kernel may use before it knows what was preserved: all of it
 * is to stay CMA, also when memory is short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Which column of numbers is a migrate type's? -1: there is none. */
static int column(const char *header, const char *type)
{
	char *text = strndup(header, strcspn(header, "\n")), *word, *rest;
	int at = 0;

	for (word = strtok_r(text, " ", &rest); word && strcmp(word, type);
	     word = strtok_r(NULL, " ", &rest))
		at++;
	free(text);
	return word ? at : -1;
}

/* Pageblocks of a type, in all zones. */
static long blocks(const char *type)
{
	static const char title[] = "Number of blocks type";
	char *text = read_file("/proc/pagetypeinfo"), *line, *rest;
	char *at = text ? strstr(text, title) : NULL;
	int nth = at ? column(at + strlen(title), type) : -1, i;
	long sum = 0;

	for (line = nth < 0 ? NULL : strtok_r(at, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *end = strstr(line, "zone");

		/* Node 0, zone   Normal   1   2 ... */
		if (!end)
			continue;
		end += strlen("zone");
		end += strspn(end, " ");
		end += strcspn(end, " ");
		for (i = 0; i < nth; i++)
			strtol(end, &end, 10);
		sum += strtol(end, NULL, 10);
	}
	free(text);
	return nth < 0 ? -1 : sum;
}

void job_kho(void)
{
	bool again = param_long("again", 0);
	long cma = blocks("CMA"), after;

	say("cma_blocks_%s=%ld", again ? "second" : "first", cma);
	if (!again) {
		report(false, "kexec", "%s", strerror(-start_again()));
		return;
	}
	job_load();
	after = blocks("CMA");
	report(cma > 0 && after == cma, "scratch-keeps-its-type",
	       "%ld pageblocks are CMA, then %ld", cma, after);
}
