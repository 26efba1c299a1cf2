// SPDX-License-Identifier: GPL-2.0-only
/*
 * Synthetic strings: "pack:4 [numa(memory=16GiB)] core:8 pu:1".
 *
 * hwloc compares each object with those beside it, so that thousands of cores
 * in a row take it minutes. But all that counts here is how many CPUs a node
 * has. What lies below the last level with memory is the same everywhere, so
 * hwloc gets one core and one PU for all of it:
 *
 *	pack:4 [numa(memory=16GiB)] core:4096 pu:2
 *	pack:4 [numa(memory=16GiB)] core:1 pu:1		4096 cores, 8192 CPUs
 */
#include <ctype.h>
#include <hwloc.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/units.h"
#include "machine/internal.h"
#include "machine/read_hwloc.h"

/* More of anything than a machine may have. */
#define TOO_MANY (MACHINE_MAX_CPUS + 1UL)
/* A level whose number is none. */
#define NO_NUMBER (TOO_MANY + 1)

/* CPUs that hwloc puts in a row within a second or two. */
#define MOST_UNTYPED 2048

/* What parts words. */
#define BLANKS " \t\n\v\f\r"

/* One word of a string, brackets and what is in them included. */
static size_t word_length(const char *text)
{
	unsigned int depth = 0;
	size_t len;

	for (len = 0; text[len] && (depth || !strchr(BLANKS, text[len]));
	     len++) {
		if (strchr("[(", text[len]))
			depth++;
		else if (depth && strchr("])", text[len]))
			depth--;
	}
	return len;
}

static bool is_level(const char *word, hwloc_obj_type_t wanted)
{
	hwloc_obj_type_t type;

	return !hwloc_type_sscanf(word, &type, NULL, 0) && type == wanted;
}

/*
 * Brackets that close where they should, and nothing right behind them: hwloc
 * takes more, and counts other levels in it than are counted here.
 */
static bool brackets_match(const char *spec)
{
	unsigned int square = 0, round = 0;

	for (; *spec; spec++) {
		switch (*spec) {
		case '[':
			if (square++ || round)
				return false;
			break;
		case '(':
			if (round++)
				return false;
			break;
		case ']':
			if (!square-- || round || !strchr("[" BLANKS, spec[1]))
				return false;
			break;
		case ')':
			if (!round-- || !strchr("[]" BLANKS, spec[1]))
				return false;
			break;
		}
	}
	return !square && !round;
}

/*
 * A level, "core:8" or "l3:2(size=32MB)" or a bare "8"; 0: something else. For
 * hwloc 010 is 8 and blanks may stand before a number; for people they do not.
 */
static unsigned long level_arity(const char *word, size_t len)
{
	const char *digits = word, *colon;
	unsigned long arity;
	char *number;
	size_t nr;

	if (*word == '[' || *word == '(')
		return 0;
	if (!isdigit((unsigned char)*word)) {
		colon = memchr(word, ':', len);
		if (!colon)
			return 0;
		digits = colon + 1;
	}
	nr = strspn(digits, "0123456789");
	if (!nr || *digits == '0' || !strchr("([" BLANKS, digits[nr]))
		return NO_NUMBER;
	number = xasprintf("%.*s", (int)nr, digits);
	if (!parse_count(number, 1, TOO_MANY, &arity))
		arity = TOO_MANY;
	free(number);
	return arity;
}

static unsigned long times(unsigned long a, unsigned long b)
{
	return a * b < TOO_MANY ? a * b : TOO_MANY;
}

/**
 * synthetic_shorten - the same nodes with one PU for all CPUs below them
 * @spec: a synthetic string that hwloc knows
 * @scale: what the one PU and its core stand for
 * @error: it is too large
 *
 * Return: the short string; @spec itself, as a copy, where levels do not say of
 * which type they are, for hwloc chooses one for the memory then; free() it.
 * NULL with @error set.
 */
char *synthetic_shorten(const char *spec, struct hwloc_scale *scale,
			struct error *error)
{
	const char *at = spec + strspn(spec, BLANKS), *tail = at;
	unsigned long objects = 1, nodes = 0, below = 1;
	bool typed = true, cores = false, good = brackets_match(spec);

	*scale = (struct hwloc_scale){ 1, 1 };
	for (; *at; at += strspn(at, BLANKS)) {
		size_t len = word_length(at);
		unsigned long arity = level_arity(at, len);

		good = good && arity != NO_NUMBER;
		if (arity) {
			typed = typed && isalpha((unsigned char)*at);
			objects = times(objects, arity);
			below = times(below, arity);
		}
		if (memchr(at, '[', len) || is_level(at, HWLOC_OBJ_NUMANODE)) {
			nodes += objects;
			below = 1;
			cores = false;
			scale->cores = 1;
			tail = at + len;
		} else if (is_level(at, HWLOC_OBJ_CORE)) {
			cores = true;
			scale->cores = below;
		}
		at += len;
	}
	if (!good)
		error_set(error, "--machine", 0, spec,
			  "want levels with a number right behind the colon, and brackets that close, as in \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"");
	else if (nodes > MACHINE_MAX_NODES)
		error_set(error, "--machine", 0, spec,
			  "more than %u nodes; want fewer", MACHINE_MAX_NODES);
	else if (objects > MACHINE_MAX_CPUS)
		error_set(error, "--machine", 0, spec,
			  "more than %u CPUs; want fewer", MACHINE_MAX_CPUS);
	else if (!typed && objects > MOST_UNTYPED)
		error_set(error, "--machine", 0, spec,
			  "so many CPUs want a type for each level, as in \"pack:4 [numa(memory=16GiB)] core:4096 pu:1\"");
	if (error_is_set(error))
		return NULL;
	if (!typed || !tail[strspn(tail, BLANKS)]) {
		scale->cores = 1;
		return xstrdup(spec);
	}
	scale->cpus = below;
	return xasprintf("%.*s%s pu:1", (int)(tail - spec), spec,
			 cores ? " core:1" : "");
}

static struct topology *load(const char *spec, const char *shorter,
			     const struct hwloc_scale *scale,
			     struct error *error)
{
	struct topology *topology = NULL;
	hwloc_topology_t hw = hwloc_new();

	if (hwloc_topology_set_synthetic(hw, shorter) ||
	    hwloc_topology_load(hw))
		error_set(error, "--machine", 0, spec,
			  "hwloc cannot load it; try it with: lstopo -i \"...\"");
	else
		topology = topology_from_hwloc(hw, spec, scale, error);
	hwloc_topology_destroy(hw);
	return topology;
}

/* The whole string has to be right, not only what is left of it. */
static bool known(const char *spec)
{
	hwloc_topology_t hw = hwloc_new();
	bool good = *spec && !hwloc_topology_set_synthetic(hw, spec);

	hwloc_topology_destroy(hw);
	return good;
}

/* hwloc wants "16GiB" or "16GB", and says nothing of "16G" or "1.5GiB". */
static bool odd_memory(const char *spec)
{
	const char *at = spec;

	while ((at = strstr(at, "memory="))) {
		at += strlen("memory=");
		at += strspn(at, "0123456789");
		if (*at == '.' || (*at && strchr("kKmMgGtTpP", *at) &&
				   at[1] != 'B' && at[1] != 'i'))
			return true;
	}
	return false;
}

/**
 * topology_read_synthetic - a machine from hwloc's language for them
 * @spec: the string
 * @error: what is wrong with it
 *
 * Return: the topology; NULL with @error set.
 */
struct topology *topology_read_synthetic(const char *spec, struct error *error)
{
	struct topology *topology = NULL;
	struct hwloc_scale scale;
	char *shorter;

	if (!known(spec)) {
		error_set(
			error, "--machine", 0, spec,
			odd_memory(spec) ?
				"memory= wants a whole number and KiB, MiB, GiB or TiB, as in \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"" :
				"neither a file nor a synthetic machine such as \"pack:4 [numa(memory=16GiB)] core:8 pu:1\"");
		return NULL;
	}
	shorter = synthetic_shorten(spec, &scale, error);
	if (shorter)
		topology = load(spec, shorter, &scale, error);
	free(shorter);
	return topology;
}
