// SPDX-License-Identifier: GPL-2.0-only
/* Where one boot ends and the next begins, in a file that has several. */
#include <ctype.h>
#include <string.h>
#include "log/internal.h"

static bool is_version(const char *text)
{
	static const char start[] = "Linux version ";

	return !strncmp(text, start, strlen(start)) &&
	       isdigit((unsigned char)text[strlen(start)]);
}

/**
 * log_boots_first_words - does a kernel say that at first?
 * @text: a message
 */
bool log_boots_first_words(const char *text)
{
	return is_version(text) || !strncmp(text, "Booting Linux on", 16);
}

/* Is the record the first of another boot? */
static bool begins(const struct log_boots *boots,
		   const struct log_prefix *prefix, bool first_words,
		   const char *id, bool back)
{
	if (!boots->any)
		return false;
	if (boots->marked || (*id && *boots->id && strcmp(id, boots->id)))
		return true;
	if (back ||
	    (prefix->timed && boots->timed && !prefix->us && boots->end_us))
		return true;
	/* What firmware and boot loader have said has no time. */
	if (prefix->timed && !boots->timed)
		return !prefix->us;
	return first_words && (!boots->fresh || boots->version);
}

/**
 * log_boots_enter - of which boot is a record?
 * @boots: { 0 } at the beginning; afterwards, its index is the answer
 * @prefix: the record's time
 * @text: the record's text
 * @id: the boot's, as journald has it; "" if it is not known
 * @back: its time is far behind that of the boot, and stays so
 */
void log_boots_enter(struct log_boots *boots, const struct log_prefix *prefix,
		     const char *text, const char *id, bool back)
{
	bool version = is_version(text);
	bool first_words = log_boots_first_words(text);

	if (prefix->timed && boots->timed) {
		boots->nr_up += prefix->us > boots->last_us;
		boots->nr_down += prefix->us < boots->last_us;
	}
	if (begins(boots, prefix, first_words, id, back))
		*boots = (struct log_boots){ .index = boots->index + 1,
					     .nr_up = boots->nr_up,
					     .nr_down = boots->nr_down,
					     .nr_hosts = boots->nr_hosts };
	/* A host gets its name while it boots, but none of two in turn. */
	if (prefix->host && prefix->host != boots->host) {
		boots->nr_hosts += prefix->host == boots->host_before;
		boots->host_before = boots->host;
		boots->host = prefix->host;
	}
	/* What has no time here is the rest of a line that was broken. */
	boots->fresh = (!boots->any || boots->fresh) &&
		       (first_words ||
			(prefix->timed ? !prefix->us : boots->timed));
	boots->any = true;
	boots->version = boots->version || version;
	if (prefix->timed) {
		boots->timed = true;
		boots->last_us = prefix->us;
		if (prefix->us > boots->end_us)
			boots->end_us = prefix->us;
	}
	if (*id)
		strcpy(boots->id, id);
}
