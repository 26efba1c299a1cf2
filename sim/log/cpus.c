// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a log says of CPUs: how many there are, and on which nodes. No kernel
 * says it in one line; cpus_settle.c holds against each other what several say.
 */
#include <ctype.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"

#define MOST_CPUS (1UL << 20)
/* Nobody names so many; a log that is made to eat memory does. */
#define MOST_SAID (4 * MOST_CPUS)

static void add_cpu(struct facts *f, enum cpu_source source, unsigned long id,
		    unsigned int nid)
{
	struct said_cpus *said = &f->cpus[source];

	if (nid >= LOG_MOST_NODES || said->nr == MOST_SAID) {
		facts_odd(f, &f->odd_cpus);
		return;
	}
	said->cpu = xgrow(said->cpu, said->nr, sizeof(*said->cpu));
	said->cpu[said->nr] =
		(struct said_cpu){ .id = id, .nid = nid, .order = said->nr };
	if (!said->nr++)
		said->line = f->line;
	f->any = true;
}

/* "#1 #2  #  3": behind the last of them. */
static const char *take_numbers(struct facts *f, const char *at)
{
	struct log_values v;

	while (log_match(at, " # %u", &v) == LOG_YES) {
		if (v.number[0] < MOST_CPUS)
			add_cpu(f, CPUS_ANNOUNCED, v.number[0], f->list_nid);
		at = v.end;
	}
	return at;
}

/* "0-3 8-11": behind the last of them. */
static const char *take_spans(struct facts *f, const char *at)
{
	struct log_values v;
	unsigned long cpu;

	while (log_match(at, " %u", &v) == LOG_YES) {
		unsigned long first = v.number[0], last = first;
		const char *end = v.end;

		if (*end == '-' && log_match(end + 1, "%u", &v) == LOG_YES) {
			last = v.number[0];
			end = v.end;
		}
		/* A word that begins with a digit, or nonsense. */
		if (isalpha((unsigned char)*end) || *end == ':' ||
		    first > last || last >= MOST_CPUS)
			break;
		for (cpu = first; cpu <= last && !f->odd_cpus.nr; cpu++)
			add_cpu(f, CPUS_BY_NODE, cpu, f->list_nid);
		at = end + (*end == ',');
	}
	return at;
}

static const char *take_list(struct facts *f, const char *text,
			     const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES)
		return NULL;
	f->list_nid = v->number[0];
	f->list_by_node = false;
	facts_node(f, v->number[0]);
	return take_numbers(f, v->end);
}

static const char *take_node_list(struct facts *f, const char *text,
				  const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES)
		return NULL;
	f->list_nid = v->number[0];
	f->list_by_node = true;
	facts_node(f, v->number[0]);
	f->any = true;
	return take_spans(f, v->end);
}

/* "Booting Node 0 Processor 1 APIC 0x2": of a CPU that comes up by itself. */
static const char *take_single(struct facts *f, const char *text,
			       const struct log_values *v)
{
	if (v->number[1] < MOST_CPUS)
		add_cpu(f, CPUS_ANNOUNCED, v->number[1], v->number[0]);
	return v->end;
}

static const char *take_detected(struct facts *f, const char *text,
				 const struct log_values *v)
{
	if (v->number[0] < MOST_CPUS)
		add_cpu(f, CPUS_DETECTED, v->number[0], v->number[2]);
	return v->end;
}

static const char *take_srat(struct facts *f, const char *text,
			     const struct log_values *v)
{
	/* " -> Node 1 skipped apicid that is too big" */
	if (strncmp(v->end, " skipped", 8))
		add_cpu(f, CPUS_OF_SRAT, v->number[1], v->number[v->nr - 1]);
	return v->end;
}

/* Arm: the first and every further one, by the number that SRAT has. */
static const char *take_booted(struct facts *f, const char *text,
			       const struct log_values *v)
{
	bool first = !strncmp(text, "Booting Linux", 13);
	unsigned long number = first ? 0 : v->number[0];
	const char *end = v->end;
	struct log_values id;

	if (log_match(end, " %x", &id) == LOG_YES && *id.end != ']') {
		number = id.number[0];
		end = id.end;
	}
	/* The node is not said. */
	add_cpu(f, CPUS_BOOTED, number, 0);
	return end;
}

static const char *say_total(struct facts *f, enum cpu_total total,
			     const struct log_values *v, unsigned long number)
{
	if (!number || number >= MOST_CPUS)
		return NULL;
	facts_say(f, &f->totals[total], number);
	f->list_nid = -1;
	f->any |= total == TOTAL_UP;
	return v->end;
}

static const char *take_up(struct facts *f, const char *text,
			   const struct log_values *v)
{
	if (v->nr == 2)
		facts_say(f, &f->boot.online_nodes, v->number[0]);
	return say_total(f, TOTAL_UP, v, v->number[v->nr - 1]);
}

static const char *take_activated(struct facts *f, const char *text,
				  const struct log_values *v)
{
	return say_total(f, TOTAL_ACTIVATED, v, v->number[0]);
}

static const char *take_possible(struct facts *f, const char *text,
				 const struct log_values *v)
{
	return say_total(f, TOTAL_POSSIBLE, v, v->number[0]);
}

static const char *odd_list(struct facts *f, const char *text,
			    const struct log_values *v)
{
	facts_odd(f, &f->odd_cpus);
	return v->end;
}

const struct saying cpu_sayings[] = {
	{ ".... node #%u, CPUs:", take_list },
	{ "Booting Node %u, Processors", take_list },
	{ "Booting Node %u Processor %u", take_single },
	{ "Node %u CPUs:", take_node_list },
	{ "CPU %u/%x -> Node %u", take_detected },
	{ "CPU %u(%u) -> Node %u", take_detected },
	{ "PXM %u -> APIC %x -> Node %u", take_srat },
	{ "PXM %u -> APIC %x -> CPU %u -> Node %u", take_srat },
	{ "PXM %u -> X2APIC %x -> Node %u", take_srat },
	{ "PXM %u -> MPIDR %x -> Node %u", take_srat },
	{ "PXM %u -> HARTID %x -> Node %u", take_srat },
	{ "PXM %u -> CPU %x -> Node %u", take_srat },
	{ "CPU%u: Booted secondary processor", take_booted },
	{ "Booting Linux on physical CPU", take_booted },
	{ "Brought up %u nodes?, %u CPU", take_up },
	{ "Booted up %u nodes?, %u CPU", take_up },
	{ "Brought up %u CPU", take_up },
	{ "Total of %u processors? activated", take_activated },
	{ "Allowing %u CPU", take_possible },
	{ "Allowing %u present CPU", take_possible },
	{ "nr_cpu_ids:%u", take_possible },
	{ "CPUs=%u, Nodes=", take_possible },
	/* What is left looks like one, and is none. */
	{ ".... node #", odd_list },
	{ "Booting Node ", odd_list },
	{},
};

/**
 * cpus_go_on - is a text the rest of a list?
 * @facts: of the boot
 * @text: of a record
 *
 * A list is printed piece by piece, and what another CPU says comes between.
 *
 * Return: it is, and has been taken.
 */
bool cpus_go_on(struct facts *facts, const char *text)
{
	bool by_node = facts->list_by_node;
	const char *at = text;

	if (facts->list_nid < 0)
		return false;
	at += strspn(at, by_node ? "0123456789-, " : "#0123456789 ");
	if (at == text || (!by_node && *text != '#') ||
	    (*at && strcasecmp(at, "ok") && strcasecmp(at, "ok."))) {
		/* This one is printed at once. */
		if (by_node)
			facts->list_nid = -1;
		return false;
	}
	if (by_node)
		take_spans(facts, text);
	else
		take_numbers(facts, text);
	return true;
}
