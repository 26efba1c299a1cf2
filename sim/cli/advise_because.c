// SPDX-License-Identifier: GPL-2.0-only
/* Why a strategy is advised, in sentences: for a reader, and the same in JSON. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/advise.h"

/* Below, a setting is not worth a line. */
#define GAIN_PCT 1

/**
 * advice_first_touch_ns - what a load loses because memory is not ready
 * @advice: the machine and the load
 * @result: of a strategy
 */
double advice_first_touch_ns(const struct advice *advice,
			     const struct simulation_result *result)
{
	double ns = result->load_done_ns - result->load_start_ns -
		    advice->ready_ns;

	/* The rest is rounding. */
	return fabs(ns) < 1 ? 0 : ns;
}

/**
 * advice_untouched_bytes - descriptors that are never written
 * @result: of a strategy
 */
double advice_untouched_bytes(const struct simulation_result *result)
{
	return (double)TOPOLOGY_DESCRIPTOR_BYTES *
	       (result->pages_total - result->pages_initialised);
}

static void say(struct report *report, json_t *because, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct report *report, json_t *because, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	report_note(report, "- %s", text);
	json_array_append_new(because, json_text(text));
	free(text);
}

/* With its options, if it has any beside the name. */
static const char *name(const struct advice *a, unsigned int i)
{
	const char *text = a->options.choice[i].text;
	const char *at = strstr(text, "memmap_init=");
	unsigned int j, same = 0;

	for (j = 0; j < a->options.nr_choices; j++)
		same += a->options.choice[j].param.strategy ==
			a->options.choice[i].param.strategy;
	return same > 1 && at ? at : a->options.choice[i].param.strategy->name;
}

/* "a, b and c": those as good as the one that is advised, which is left out. */
static char *equals(const struct advice *a, unsigned int *nr)
{
	char *names = xstrdup(""), *more;
	unsigned int i, left;

	*nr = 0;
	for (i = 0; i < a->options.nr_choices; i++)
		*nr += i != a->pick && a->tied[i];
	for (i = 0, left = *nr; i < a->options.nr_choices; i++) {
		if (i == a->pick || !a->tied[i])
			continue;
		more = xasprintf("%s%s%s", names,
				 !*names   ? "" :
				 left == 1 ? " and " :
					     ", ",
				 name(a, i));
		free(names);
		names = more;
		left--;
	}
	return names;
}

/* The best of those that can be told apart; nr_choices: there is none. */
static unsigned int next_best(const struct advice *a)
{
	unsigned int best = a->options.nr_choices, i;

	for (i = 0; i < a->options.nr_choices; i++) {
		if (i == a->pick || a->tied[i])
			continue;
		if (best == a->options.nr_choices ||
		    advice_value(&a->answer[i].result, a->by) <
			    advice_value(&a->answer[best].result, a->by))
			best = i;
	}
	return best;
}

static void say_what(const struct advice *a, struct report *report,
		     json_t *because)
{
	static const char *const what[] = {
		[ADVICE_LOAD] = "the load has touched its memory",
		[ADVICE_BOOT] = "boot goes on",
		[ADVICE_READY] = "all memory is initialised",
	};
	const struct simulation_result *r = &a->answer[a->pick].result;
	const char *event;
	unsigned int next = next_best(a);
	char time[UNITS_TEXT], low[UNITS_TEXT], high[UNITS_TEXT];
	struct difference d;

	if (a->by == ADVICE_MEMORY) {
		say(report, because, "%s of memmap are never written.",
		    format_bytes(time, advice_untouched_bytes(r)));
		return;
	}
	event = what[a->by == ADVICE_LOAD && !a->spec.load.share ? ADVICE_BOOT :
								   a->by];
	if (next == a->options.nr_choices ||
	    isinf(advice_value(&a->answer[next].result, a->by))) {
		say(report, because, "%s after %s.", event,
		    format_ns(time, advice_value(r, a->by)));
		return;
	}
	d = advice_difference(&a->answer[a->pick], &a->answer[next], a->by,
			      a->ready_ns);
	format_ns(time, advice_value(r, a->by));
	format_ns(high, d.high);
	if (d.low > 0)
		say(report, because,
		    "%s after %s; %s, the next that can be told from it, is %s to %s later.",
		    event, time, name(a, next), format_ns(low, d.low), high);
	else
		say(report, because,
		    "%s after %s; %s, the next, is up to %s later.", event,
		    time, name(a, next), high);
}

static void say_equals(const struct advice *a, struct report *report,
		       json_t *because)
{
	char *names, mine[UNITS_TEXT], theirs[UNITS_TEXT];
	const struct simulation_result *first = &a->answer[a->first].result;
	const struct simulation_result *pick = &a->answer[a->pick].result;
	unsigned int nr;

	names = equals(a, &nr);
	if (nr)
		say(report, because,
		    "%s %s as good: the difference is within what the inputs may be off.",
		    names, nr == 1 ? "is" : "are");
	if (nr && a->by == ADVICE_MEMORY)
		say(report, because, "Of these the load ends first with it.");
	else if (a->pick != a->first)
		say(report, because,
		    "Of these it is named for the memory that it leaves untouched, %s; with %s%s it is %s.",
		    format_bytes(mine, advice_untouched_bytes(pick)),
		    name(a, a->first),
		    advice_value(first, a->by) < advice_value(pick, a->by) ?
			    ", which is ahead by a little," :
			    "",
		    format_bytes(theirs, advice_untouched_bytes(first)));
	free(names);
}

static bool nothing_left(const struct simulation_result *r)
{
	return r->pages_early == r->pages_total;
}

static void say_boot(const struct advice *a, struct report *report,
		     json_t *because)
{
	const struct simulation_result *r = &a->answer[a->pick].result;
	char waits[UNITS_TEXT], early[UNITS_TEXT], unasked[UNITS_TEXT];

	if (nothing_left(r)) {
		say(report, because,
		    "All memory of this machine is initialised early, before any strategy: none makes a difference.");
		return;
	}
	say(report, because,
	    "Boot waits %s, of which %s is memory that Linux initialises early whatever the strategy; without memmap_init= it waits %s.",
	    format_ns(waits, r->boot_wait_ns), format_ns(early, r->early_ns),
	    format_ns(unasked, a->unasked.boot_wait_ns));
}

static void say_first_touch(const struct advice *a, struct report *report,
			    json_t *because)
{
	const struct simulation_result *r = &a->answer[a->pick].result;
	double loss = advice_first_touch_ns(a, r);
	char takes[UNITS_TEXT], ready[UNITS_TEXT], costs[UNITS_TEXT];
	char pulled[UNITS_TEXT];

	if (!a->spec.load.share)
		return;
	format_ns(takes, r->load_done_ns - r->load_start_ns);
	if (loss <= 0) {
		say(report, because,
		    "The load takes %s, as on memory that is ready: what it takes is initialised by then.",
		    takes);
		return;
	}
	say(report, because,
	    "The load takes %s, on memory that is ready %s: the first touch costs it %s. It pulls %s of memory, a block at a time, under a zone's lock.",
	    takes, format_ns(ready, a->ready_ns), format_ns(costs, loss),
	    format_bytes(pulled,
			 (double)r->pages_pulled *
				 (1UL << a->machine.topology->page_shift)));
}

static void say_memory(const struct advice *a, struct report *report,
		       json_t *because)
{
	const struct simulation_result *r = &a->answer[a->pick].result;
	double bytes = advice_untouched_bytes(r);
	char text[UNITS_TEXT];

	if (a->by == ADVICE_MEMORY)
		return;
	if (bytes > 0 && isnan(r->complete_ns))
		say(report, because,
		    "%s of memmap, %.0f %% of it, are never written: the host of a guest saves as much.",
		    format_bytes(text, bytes),
		    100. * (r->pages_total - r->pages_initialised) /
			    r->pages_total);
	else if (!isnan(r->complete_ns))
		say(report, because,
		    "All memory is initialised after %s; from then on nobody pays.",
		    format_ns(text, r->complete_ns));
}

static void say_settings(const struct advice *a, struct report *report,
			 json_t *because)
{
	double now = advice_value(&a->answer[a->pick].result, a->by), least;
	const struct setting *best = NULL;
	unsigned int i;

	if (!a->nr_settings || a->by == ADVICE_MEMORY || !isfinite(now))
		return;
	least = now * (1 - GAIN_PCT / 100.);
	for (i = 0; i < a->nr_settings; i++) {
		double then = advice_value(&a->setting[i].result, a->by);

		if (!a->setting[i].done || !(then < least))
			continue;
		least = then;
		best = &a->setting[i];
	}
	if (best)
		say(report, because,
		    "Of the settings, %s gains most: %.0f %%; two boots of one machine differ by up to %d %%.",
		    best->text, 100 * (1 - least / now), 18);
	else
		say(report, because,
		    "No other chunk, quantum or number of threads gains %d %%: leave them as they are.",
		    GAIN_PCT);
}

static json_t *tied_json(const struct advice *a)
{
	json_t *tied = json_array();
	unsigned int i;

	for (i = 0; i < a->options.nr_choices; i++)
		if (i != a->pick && a->tied[i])
			json_array_append_new(tied,
					      json_text(a->options.choice[i]
								.text));
	return tied;
}

/**
 * advice_because - the advice and its reasons
 * @advice: what was found
 * @report: gets them
 */
void advice_because(const struct advice *advice, struct report *report)
{
	const struct boot_choice *choice = &advice->options.choice[advice->pick];
	const struct banded *banded = &advice->answer[advice->pick];
	json_t *because = json_array();

	report_note(report, "Use %s, because:", choice->text);
	say_what(advice, report, because);
	say_equals(advice, report, because);
	say_boot(advice, report, because);
	say_first_touch(advice, report, because);
	say_memory(advice, report, because);
	say_settings(advice, report, because);
	if (banded->unstable)
		say(report, because,
		    "It is unstable: 1 %% more or less of an input, such as %s, moves it by more than 1 %%.",
		    banded->unstable);
	report_json(report, "advice",
		    json_pack("{ss ss so so}", "strategy",
			      choice->param.strategy->name, "cmdline",
			      choice->text, "as_good", tied_json(advice),
			      "because", because));
	report_note(
		report,
		"load done: until the load has touched its memory, from the start. first touch: what it loses to memory that is not ready. untouched: memmap that is never written. band: nineteen of twenty measurements should lie in it.");
}
