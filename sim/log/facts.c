// SPDX-License-Identifier: GPL-2.0-only
/* What those who understand messages share: where facts are kept. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"

/**
 * facts_node - a node by its number
 * @facts: of a boot
 * @nid: below LOG_MOST_NODES
 *
 * Return: the node, made if need be; until the next call.
 */
struct log_node *facts_node(struct facts *facts, unsigned int nid)
{
	struct log_boot *boot = &facts->boot;
	unsigned int low = 0, high = boot->nr_nodes;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (boot->nodes[mid].nid < nid)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < boot->nr_nodes && boot->nodes[low].nid == nid)
		return &boot->nodes[low];
	boot->nodes = xrealloc(boot->nodes, boot->nr_nodes + 1,
			       sizeof(*boot->nodes));
	memmove(&boot->nodes[low + 1], &boot->nodes[low],
		(boot->nr_nodes++ - low) * sizeof(*boot->nodes));
	boot->nodes[low] = (struct log_node){ .nid = nid };
	return &boot->nodes[low];
}

/**
 * facts_note - tell the reader of the facts
 * @facts: of a boot
 * @about: who wants to know
 * @line: 0: no line in particular
 * @format: one line, without a full stop
 */
void facts_note(struct facts *facts, enum log_about about, unsigned int line,
		const char *format, ...)
{
	struct log_boot *boot = &facts->boot;
	struct log_note note = { .about = about, .line = line };
	va_list args;

	va_start(args, format);
	note.text = xvasprintf(format, args);
	va_end(args);
	boot->notes = xrealloc(boot->notes, boot->nr_notes + 1,
			       sizeof(*boot->notes));
	boot->notes[boot->nr_notes++] = note;
}

/**
 * facts_odd - the line looks like something and was not understood
 * @facts: of a boot
 * @odd: like what
 */
void facts_odd(struct facts *facts, struct odd_lines *odd)
{
	if (!odd->nr++)
		odd->line = facts->line;
}

/**
 * facts_odd_note - say so, if there is one
 * @facts: of a boot
 * @odd: the lines
 * @about: who wants to know
 * @what: what they look like
 */
void facts_odd_note(struct facts *facts, const struct odd_lines *odd,
		    enum log_about about, const char *what)
{
	if (odd->nr == 1)
		facts_note(facts, about, odd->line,
			   "this line looks %s and was not understood", what);
	else if (odd->nr)
		facts_note(facts, about, odd->line,
			   "%u lines look %s and were not understood; the first is line %u",
			   odd->nr, what, odd->line);
}

/**
 * facts_say - a number is said; the first one stays
 * @facts: of a boot
 * @value: the number
 * @number: what is said
 */
void facts_say(struct facts *facts, struct log_value *value,
	       unsigned long number)
{
	if (!value->line)
		*value = (struct log_value){ number, facts->line };
}

/**
 * facts_text - a text is said; the last one stays
 * @facts: of a boot
 * @text: the text
 * @from: what is said
 * @len: bytes of it
 */
void facts_text(struct facts *facts, struct log_text *text, const char *from,
		size_t len)
{
	free(text->text);
	text->text = xasprintf("%.*s", (int)len, from);
	text->line = facts->line;
}
