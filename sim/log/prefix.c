// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands before a kernel's text on a line: times, levels, hosts, as the
 * kernel, dmesg, syslog daemons, journalctl and programs that record a serial
 * line write them. Any number of them may follow each other:
 *
 *	Jan  2 03:04:05 host kernel: <6>[    0.000000][    T0] Linux version ...
 */
#include <ctype.h>
#include <string.h>
#include "log/internal.h"

#define MOST_PREFIXES 8
#define MOST_TAGS     4

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && *at != ' ')
		at++;
	return at;
}

/* "<6>"; of a syslog message the facility is in it as well. */
static const char *angle(struct log_prefix *prefix, const char *at,
			 const char *end)
{
	const char *p = at + 1;
	uint64_t value;

	if (at == end || *at != '<' || !log_number(&p, end, &value) ||
	    value > 1023 || p == end || *p != '>')
		return NULL;
	prefix->priority = value & 7;
	return p + 1;
}

static const char *const facilities[] = {
	"kern", "user", "mail", "daemon",   "auth", "syslog", "lpr",
	"news", "uucp", "cron", "authpriv", "ftp",  "local0", "local1",
};

static const char *const levels[] = {
	"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug",
};

static int find_name(const char *const *names, unsigned int nr, const char *at,
		     const char *end)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (strlen(names[i]) == (size_t)(end - at) &&
		    !memcmp(names[i], at, end - at))
			return i;
	return -1;
}

/* dmesg -x: "kern  :info  : " */
static const char *decoded(struct log_prefix *prefix, const char *at,
			   const char *end)
{
	const char *p = at, *q;
	int level;

	while (p < end && isalnum((unsigned char)*p))
		p++;
	if (find_name(facilities, 14, at, p) < 0)
		return NULL;
	p = log_skip_blanks(p, end);
	if (p == end || *p != ':')
		return NULL;
	for (q = ++p; q < end && isalpha((unsigned char)*q);)
		q++;
	level = find_name(levels, 8, p, q);
	p = log_skip_blanks(q, end);
	if (level < 0 || p == end || *p != ':')
		return NULL;
	prefix->priority = level;
	return p + 1;
}

static bool kernel_tag(const char *at, const char *end)
{
	return end - at >= 7 && !memcmp(at, "kernel", 6) && end[-1] == ':' &&
	       (at[6] == ':' || at[6] == '[');
}

/* "systemd[1]:" */
static bool program_tag(const char *at, const char *end)
{
	const char *p = end - 2;

	if (end - at < 5 || end[-1] != ':' || *p != ']')
		return false;
	while (--p > at && isdigit((unsigned char)*p))
		;
	return *p == '[' && p > at && p < end - 3;
}

/* The same word, the same number; 0 is none. */
static uint32_t word_number(const char *at, const char *end)
{
	uint32_t number = 1;

	for (; at < end; at++)
		number = number * 31 + (unsigned char)*at;
	return number ? number : 1;
}

/*
 * Behind a time: "host kernel: ", "kernel: ", "host kern.info kernel: ", or a
 * host with nothing but the kernel's own time behind it.
 */
static const char *host_tag(struct log_prefix *prefix, const char *at,
			    const char *end, bool wall, bool *kernel)
{
	const char *p = at, *q;
	uint32_t word = 0;
	unsigned int i;
	uint64_t us;

	*kernel = false;
	for (i = 0; i < 4; i++) {
		p = log_skip_blanks(p, end);
		q = skip_word(p, end);
		if (p == end)
			break;
		if (i && wall &&
		    (log_kernel_time(p, end, true, &us) ||
		     (*p == '<' && angle(prefix, p, end)))) {
			prefix->host = word;
			return p;
		}
		if (kernel_tag(p, q)) {
			*kernel = true;
			prefix->host = word;
			return q;
		}
		if (wall && program_tag(p, q)) {
			prefix->foreign = true;
			return q;
		}
		if (*p == '[' || q[-1] == ':' || (!wall && i))
			break;
		word = i ? word : word_number(p, q);
		p = q;
	}
	return at;
}

/* Behind "<6>", if "1 time host program process message data " follows */
static const char *skip_rfc5424(struct log_prefix *prefix, const char *at,
				const char *end)
{
	const char *p = at + 1, *q;
	unsigned int i;

	if (end - at < 12 || *at != '1' || *p != ' ')
		return at;
	for (i = 0; i < 5; i++) {
		p = log_skip_blanks(p, end);
		q = skip_word(p, end);
		if (p == end || (!i && !log_wall_time(p, end) && *p != '-'))
			return at;
		if (i == 2 && (q - p != 6 || memcmp(p, "kernel", 6)) &&
		    *p != '-')
			prefix->foreign = true;
		p = q;
	}
	p = log_skip_blanks(p, end);
	if (p == end || (*p != '-' && *p != '['))
		return at;
	if (*p == '-')
		return p + 1;
	while (p < end && *p == '[') {
		bool quoted = false;

		for (p++; p < end && (quoted || *p != ']'); p++)
			if (*p == '"' && p[-1] != '\\')
				quoted = !quoted;
		p += p < end;
	}
	return p;
}

/*
 * /dev/kmsg and extended netconsole: "6,339,5140900,-;text"; netconsole may
 * put its kernel's release first, and cut a text into pieces.
 */
static const char *kmsg(struct log_prefix *prefix, const char *at,
			const char *end)
{
	uint64_t level, seq, us;
	const char *p = at, *q;

	q = p;
	while (q < end && q - p < 64 && !strchr(" ,;[", *q))
		q++;
	if (log_skip_digits(p, end) != q && q < end && *q == ',')
		p = q + 1;
	if (!log_number(&p, end, &level) || p == end || *p++ != ',' ||
	    !log_number(&p, end, &seq) || p == end || *p++ != ',' ||
	    !log_number(&p, end, &us) || p == end || *p++ != ',' || p == end ||
	    !strchr("-c+", *p))
		return NULL;
	q = memchr(p, ';', end - p < 128 ? end - p : 128);
	if (!q)
		return NULL;
	prefix->kmsg = true;
	prefix->own = true;
	prefix->timed = true;
	prefix->us = us;
	prefix->priority = level & 7;
	p = memmem(p, q - p, "ncfrag=", 7);
	if (p && p[7] != '0')
		prefix->own = false;
	return q + 1;
}

/* "12", "boot.log:", "12-", "[pod/vm-1/console]"; behind it, or NULL */
static const char *tag(const char *at, const char *end)
{
	const char *p = at;

	if (at < end && *at == '[') {
		while (p < end && *p != ' ' && *p != ']')
			p++;
		return p < end && *p == ']' && memchr(at, '/', p - at) ? p + 1 :
									 NULL;
	}
	while (p < end && !strchr(" [<", *p))
		p++;
	if (p == at)
		return NULL;
	return strchr(":-", p[-1]) || log_skip_digits(at, p) == p ? p : NULL;
}

/*
 * What programs that pass lines on put before a time: "vm-1  |", "kern.info:",
 * "192.168.1.2: kern:    info:". It is nothing without that time.
 */
static const char *relay_tags(const char *at, const char *end)
{
	const char *p = skip_word(at, end), *next;
	unsigned int i;
	uint64_t us;

	next = log_skip_blanks(p, end);
	if (next < end && *next == '|')
		p = next + 1;
	else
		for (i = 0, p = at; i < MOST_TAGS; i++) {
			next = tag(log_skip_blanks(p, end), end);
			if (!next)
				break;
			p = next;
		}
	next = log_skip_blanks(p, end);
	if (end - next > 3 && *next == '<' && next[2] == '>')
		next += 3;
	if (p == at || next == end || *next != '[')
		return NULL;
	if (log_kernel_time(next, end, true, &us))
		return p;
	return p[-1] == ':' && log_numeric_date(next + 1, end) ? p : NULL;
}

/**
 * log_prefix_read - what stands before the kernel's text?
 * @prefix: the result
 * @text: a line
 * @len: bytes of it
 *
 * Return: where the text begins, blanks skipped.
 */
size_t log_prefix_read(struct log_prefix *prefix, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *next;
	unsigned int i;
	bool kernel;

	*prefix = (struct log_prefix){ .priority = -1 };
	next = kmsg(prefix, text, end);
	if (next)
		return next - text;
	for (i = 0; i < MOST_PREFIXES; i++) {
		at = log_skip_blanks(at, end);
		if (at == end)
			break;
		next = NULL;
		if (*at == '[') {
			next = log_kernel_time(at, end, false, &prefix->us);
			if (next)
				prefix->timed = true;
			if (!next)
				next = log_time_step(at, end);
			if (!next && prefix->own)
				next = log_caller(at, end);
			if (!next && (next = log_wall_bracket(at, end)))
				next += next < end && *next == ':';
			if (!next && !prefix->own)
				next = relay_tags(at, end);
		} else if (*at == '<') {
			next = angle(prefix, at, end);
			if (next)
				next = skip_rfc5424(prefix, next, end);
		} else if (*at == '(' && prefix->own) {
			next = log_caller(at, end);
		} else if ((next = decoded(prefix, at, end))) {
			;
		} else if ((next = log_wall_time(at, end)) ||
			   (next = log_unix_time(at, end))) {
			prefix->wall = true;
			next = host_tag(prefix, next, end, true, &kernel);
		} else if ((!prefix->own || prefix->wall) &&
			   (next = relay_tags(at, end))) {
			;
		} else {
			next = host_tag(prefix, at, end, false, &kernel);
			if (!kernel)
				break;
		}
		if (!next)
			break;
		prefix->own = true;
		at = next;
	}
	return log_skip_blanks(at, end) - text;
}

/**
 * log_prefix_find - does another record begin within a line?
 * @prefix: that of the line's own record
 * @text: a line, from the text of its record on
 * @len: bytes of it
 *
 * Return: where it does; @len: nowhere.
 */
size_t log_prefix_find(const struct log_prefix *prefix, const char *text,
		       size_t len)
{
	const char *at, *end = text + len, *next;
	struct log_prefix other;
	bool kernel, tags;
	uint64_t us;

	tags = prefix->wall && memmem(text, len, "kernel", 6);
	for (at = text; at < end; at++) {
		if (*at == '[' && log_kernel_time(at, end, true, &us)) {
			if (at - text >= 3 && at[-1] == '>' &&
			    isdigit((unsigned char)at[-2]) && at[-3] == '<')
				at -= 3;
			return at - text;
		}
		/* The kernel's own levels have one digit. */
		if (prefix->kmsg && at > text && end - at > 1 &&
		    isdigit((unsigned char)*at) && at[1] == ',' &&
		    kmsg(&other, at, end))
			return at - text;
		/* A date begins with "2024-01-02" or with "Jan ". */
		if (!tags || at == text || end - at < 4 ||
		    !(log_numeric_date(at, end) ||
		      (isupper((unsigned char)*at) &&
		       islower((unsigned char)at[1]) && at[3] == ' ')))
			continue;
		next = log_wall_time(at, end);
		if (!next)
			continue;
		host_tag(&other, next, end, true, &kernel);
		if (kernel)
			return at - text;
	}
	return len;
}
