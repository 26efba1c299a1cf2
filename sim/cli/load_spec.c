// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/fail.h"
#include "cli/load_spec.h"
#include "cli/options.h"

#define LOAD_ENTRY(name, text, what) { name, text },

static const struct {
	const char *name;
	const char *text;
} named[] = { LOADS(LOAD_ENTRY) };

static bool is_percent(const char *value)
{
	size_t len = strlen(value);

	return len && value[len - 1] == '%';
}

static bool parse_percent(const char *value, double *share)
{
	char *number = xasprintf("%.*s", (int)strlen(value) - 1, value);
	bool good = is_percent(value) && parse_number(number, share) &&
		    *share <= 100;

	free(number);
	*share /= 100;
	return good;
}

static bool parse_touch(struct load_spec *spec, const char *value)
{
	spec->touch_bytes = 0;
	if (is_percent(value))
		return parse_percent(value, &spec->load.share);
	return parse_bytes(value, &spec->touch_bytes) && spec->touch_bytes;
}

static bool parse_cpus(struct load_spec *spec, const char *value)
{
	unsigned long nr = 0;
	bool good = !strcmp(value, "all") ||
		    parse_count(value, 1, 1U << 20, &nr);

	spec->load.nr_cpus = nr;
	return good;
}

static bool parse_at(struct load_spec *spec, const char *value)
{
	spec->load.at_ns = 0;
	if (strncmp(value, "boot", 4))
		return false;
	return !value[4] ||
	       (value[4] == '+' && parse_ns(value + 5, &spec->load.at_ns));
}

static bool parse_clear(struct load_spec *spec, const char *value)
{
	spec->load.clear = !strcmp(value, "yes");
	return spec->load.clear || !strcmp(value, "no");
}

static bool parse_sleep(struct load_spec *spec, const char *value)
{
	return parse_percent(value, &spec->load.asleep) &&
	       spec->load.asleep < 1;
}

static const struct {
	const char *name;
	bool (*parse)(struct load_spec *spec, const char *value);
	const char *want;
} keys[] = {
	{ "touch", parse_touch, "a size such as 512M or a share such as 10%" },
	{ "cpus", parse_cpus, "a number of CPUs or all" },
	{ "at", parse_at, "boot, or boot+TIME such as boot+1s" },
	{ "clear", parse_clear, "yes or no" },
	{ "sleep", parse_sleep, "a share below 100%, such as 60%" },
};

static void parse_key(struct load_spec *spec, char *text)
{
	const char *known[ARRAY_SIZE(keys) + 1] = { 0 }, *nearest;
	char *value = strchr(text, '=');
	unsigned int i;

	if (value)
		*value++ = '\0';
	for (i = 0; value && i < ARRAY_SIZE(keys); i++) {
		if (strcmp(text, keys[i].name))
			continue;
		if (!keys[i].parse(spec, value))
			usage_error("--load '%s': %s='%s': want %s", spec->text,
				    text, value, keys[i].want);
		if (i == 1)
			spec->named = false;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		known[i] = keys[i].name;
	nearest = text_nearest(text, known);
	usage_error(
		"--load '%s': '%s' is no part of a load%s%s%s; want touch=, cpus=, at=, clear= or sleep=; 'memmap advise --help' explains them",
		spec->text, text, nearest ? "; did you mean '" : "",
		nearest ? nearest : "", nearest ? "='?" : "");
}

static void parse_keys(struct load_spec *spec, const char *text)
{
	char *copy = xstrdup(text), *save, *key;

	for (key = strtok_r(copy, ",", &save); key;
	     key = strtok_r(NULL, ",", &save))
		parse_key(spec, key);
	free(copy);
	if (spec->load.asleep > 0 && !spec->load.clear)
		usage_error(
			"--load '%s': sleep= is a share of the time that clearing takes; want clear=yes with it",
			spec->text);
}

static void unknown_name(const char *text, const char *word)
{
	const char *known[ARRAY_SIZE(named) + 1] = { 0 }, *nearest;
	char *names = xstrdup("");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(named); i++) {
		char *more = xasprintf("%s%s%s", names, i ? ", " : "",
				       named[i].name);

		known[i] = named[i].name;
		free(names);
		names = more;
	}
	nearest = text_nearest(word, known);
	usage_error(
		"--load '%s': no load '%s'%s%s%s; want %s, or touch=SIZE with cpus=, at=, clear=, sleep=",
		text, word, nearest ? "; did you mean '" : "",
		nearest ? nearest : "", nearest ? "'?" : "", names);
}

/**
 * load_spec_parse - read --load
 * @spec: the result
 * @text: what was given; must live as long
 *
 * Bad input ends the process.
 */
void load_spec_parse(struct load_spec *spec, const char *text)
{
	size_t len = strcspn(text, ",");
	unsigned int i;
	char *word;

	*spec = (struct load_spec){ .text = text, .load.clear = true };
	if (memchr(text, '=', len)) {
		spec->load.share = -1;
		parse_keys(spec, text);
		if (spec->load.share < 0 && !spec->touch_bytes)
			usage_error(
				"--load '%s': how much? want touch=SIZE or touch=N%% in it",
				text);
		return;
	}
	word = xasprintf("%.*s", (int)len, text);
	for (i = 0; i < ARRAY_SIZE(named); i++)
		if (!strcmp(word, named[i].name))
			break;
	if (i == ARRAY_SIZE(named))
		unknown_name(text, word);
	free(word);
	parse_keys(spec, named[i].text);
	spec->named = true;
	parse_keys(spec, text + len);
}

/**
 * load_spec_on - what it is on a machine
 * @spec: from load_spec_parse()
 * @name: of the machine, for messages
 * @bytes: its memory
 * @cpus: its CPUs
 *
 * More than the machine has ends the process.
 *
 * Return: the load.
 */
struct load load_spec_on(const struct load_spec *spec, const char *name,
			 double bytes, unsigned int cpus)
{
	struct load load = spec->load;
	char has[UNITS_TEXT];

	if (spec->touch_bytes > bytes)
		usage_error("--load '%s': touch: %s has %s; want no more",
			    spec->text, name, format_bytes(has, bytes));
	if (spec->touch_bytes)
		load.share = spec->touch_bytes / bytes;
	if (load.nr_cpus > cpus && !spec->named)
		usage_error("--load '%s': cpus=%u: %s has %u CPU%s; want no more",
			    spec->text, load.nr_cpus, name, cpus,
			    cpus == 1 ? "" : "s");
	if (!load.nr_cpus || load.nr_cpus > cpus)
		load.nr_cpus = cpus;
	return load;
}

/**
 * load_words - a load, for a reader
 * @load: from load_spec_on()
 * @bytes: memory of the machine
 *
 * Return: "410 MiB of memory (10 %) ...", to be freed.
 */
char *load_words(const struct load *load, double bytes)
{
	char touched[UNITS_TEXT], time[UNITS_TEXT], *asleep, *words;

	if (!load->share)
		return xasprintf("nothing is touched");
	asleep = load->asleep > 0 ?
			 xasprintf(", asleep for %.3g %% of the time",
				   100 * load->asleep) :
			 xstrdup("");
	words = xasprintf("%s of memory (%.3g %%) %s by %u CPU%s, %s%s%s",
			  format_bytes(touched, load->share * bytes),
			  100 * load->share,
			  load->clear ? "touched" : "allocated", load->nr_cpus,
			  load->nr_cpus == 1 ? "" : "s",
			  load->at_ns ? format_ns(time, load->at_ns) :
					"as soon as boot goes on",
			  load->at_ns ? " after boot has gone on" : "", asleep);
	free(asleep);
	return words;
}
