// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every order in which the agents of a world can act. States are looked at in
 * the order in which they are found, so the first thing that goes wrong has the
 * shortest way to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ptreloc.h>
#include "ptreloc_model.h"

/* Agents by number: movers, actors, then CPUs, then RCU and the allocator. */
#define FIRST_ACTOR NR_MOVERS
#define FIRST_CPU   (FIRST_ACTOR + NR_ACTORS)
#define FIRST_RCU   (FIRST_CPU + NR_CPUS)
#define NR_AGENTS   (FIRST_RCU + NR_TABLES + NR_PAGES)

/**
 * struct node - a state that was found
 * @s: it
 * @from: the state before it
 * @depth: steps to here
 * @agent: who acted last
 * @choice: and how, if it is a CPU
 */
struct node {
	struct state s;
	u32 from;
	u16 depth;
	u8 agent;
	u8 choice;
};

/**
 * struct search - a walk through all states
 * @world: of whom
 * @node: states in the order in which they were found
 * @nr: how many
 * @room: for how many there is memory
 * @slot: hash table of indices of nodes, plus 1; twice @room, a power of two
 * @out: what is found
 */
struct search {
	const struct world *world;
	struct node *node;
	u32 nr;
	u32 room;
	u32 *slot;
	struct outcome out;
};

static size_t hash_of(const struct state *s)
{
	u64 hash = 0, word;
	size_t at;

	for (at = 0; at < sizeof(*s); at += sizeof(word)) {
		memcpy(&word, (const char *)s + at, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash;
}

static u32 *slot_of(struct search *search, const struct state *s)
{
	size_t mask = 2UL * search->room - 1, i = hash_of(s) & mask;

	while (search->slot[i] &&
	       memcmp(&search->node[search->slot[i] - 1].s, s, sizeof(*s)) != 0)
		i = (i + 1) & mask;
	return &search->slot[i];
}

static void grow(struct search *search)
{
	u32 i;

	search->room = search->room ? 2 * search->room : 1024;
	search->node = realloc(search->node,
			       search->room * sizeof(*search->node));
	free(search->slot);
	search->slot = calloc(2UL * search->room, sizeof(*search->slot));
	if (!search->node || !search->slot)
		abort();
	for (i = 0; i < search->nr; i++)
		*slot_of(search, &search->node[i].s) = i + 1;
}

static void add(struct search *search, const struct state *s, u32 from,
		unsigned int agent, unsigned int choice)
{
	u32 *slot;

	if (search->nr == search->room)
		grow(search);
	slot = slot_of(search, s);
	if (*slot)
		return;
	search->node[search->nr] = (struct node){
		.s = *s,
		.from = from,
		.depth = search->nr ? search->node[from].depth + 1 : 0,
		.agent = agent,
		.choice = choice,
	};
	*slot = ++search->nr;
}

/* An actor has ended; it may hold nothing. */
static void check_end(struct run *run)
{
	unsigned int i;

	for (i = 0; i < NR_TABLES; i++)
		if (run->s->table[i].lock == run->who + 1)
			go_wrong(run, "an actor ends with a table locked");
	if (run->s->rcu & 1U << run->who || run->s->pmd_lock == run->who + 1)
		go_wrong(run, "an actor ends with the pmd locked or mapped");
}

static bool actor_act(struct run *run, unsigned int nr, const char **what)
{
	const struct program *program = run->world->actor[nr];
	struct actor *a = &run->s->actor[nr];

	if (!program || !program->op[a->at].act)
		return false;
	run->a = a;
	run->op = program->op;
	*what = program->op[a->at].name;
	switch (program->op[a->at].act(run)) {
	case BLOCKED:
		return false;
	case NEXT:
		a->at++;
		break;
	case AGAIN:
		memset(a, 0, sizeof(*a));
		break;
	case LEAVE:
		while (program->op[a->at].act)
			a->at++;
		break;
	}
	if (!program->op[a->at].act)
		check_end(run);
	return true;
}

/* An agent acts on a copy of a state. Return: whether it could. */
static bool act(struct run *run, unsigned int agent, unsigned int choice,
		const char **what)
{
	run->who = agent;
	run->wrong = NULL;
	if (agent < FIRST_ACTOR)
		return agent < run->world->nr_movers &&
		       mover_act(run, agent, what);
	if (agent < FIRST_CPU)
		return actor_act(run, agent - FIRST_ACTOR, what);
	if (agent < FIRST_RCU)
		return agent - FIRST_CPU < run->world->nr_cpus &&
		       cpu_act(run, agent - FIRST_CPU, choice, what);
	return rcu_act(run, agent - FIRST_RCU, what);
}

static const char *name_of(const struct world *world, unsigned int agent)
{
	if (agent < FIRST_ACTOR)
		return "mover";
	if (agent < FIRST_CPU)
		return world->actor[agent - FIRST_ACTOR]->name;
	if (agent < FIRST_RCU)
		return agent == FIRST_CPU ? "CPU 0" : "CPU 1";
	return agent < FIRST_RCU + NR_TABLES ? "RCU" : "allocator";
}

/* The way to a node, and one more step. */
static char *trace_to(struct search *search, u32 at, unsigned int agent,
		      unsigned int choice)
{
	u32 depth = search->node[at].depth, i, *way;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	way = calloc(depth + 2, sizeof(*way));
	if (!out || !way)
		abort();
	for (i = depth + 1; i--; at = search->node[at].from)
		way[i] = at;
	for (i = 0; i <= depth; i++) {
		struct state s = search->node[way[i]].s;
		struct run run = { .world = search->world, .s = &s };
		const struct node *next = i < depth ?
						  &search->node[way[i + 1]] :
						  NULL;
		unsigned int who = next ? next->agent : agent;
		const char *what = "waits for ever";

		if (who < NR_AGENTS)
			act(&run, who, next ? next->choice : choice, &what);
		fprintf(out, "  %-40s %s\n",
			who < NR_AGENTS ? name_of(search->world, who) :
					  "somebody",
			what);
	}
	free(way);
	fclose(out);
	return text;
}

static void found_wrong(struct search *search, const char *wrong, u32 at,
			unsigned int agent, unsigned int choice)
{
	struct outcome *out = &search->out;
	unsigned int i;

	for (i = 0; i < out->nr_wrong; i++)
		if (!strcmp(out->wrong[i], wrong))
			return;
	if (out->nr_wrong == MAX_WRONG)
		return;
	if (!out->nr_wrong)
		out->trace = trace_to(search, at, agent, choice);
	out->wrong[out->nr_wrong++] = wrong;
}

static bool has_moved(const struct world *world, const struct state *s)
{
	unsigned int i;

	for (i = 0; i < world->nr_movers; i++)
		if (world->protocol[s->mover[i].at] == PTRELOC_END)
			return true;
	return false;
}

/* What was written is known: by the page, or by an entry that is in use. */
static bool writes_are_known(const struct state *s)
{
	unsigned int page, pmd, entry;

	for (page = 1; page < NR_PAGES; page++) {
		bool known = !s->page[page].written || s->page[page].dirty ||
			     s->page[page].life != LIVE;

		for (pmd = 0; pmd < NR_PMDS; pmd++)
			for (entry = 0;
			     entry < NR_ENTRIES && s->pmd[pmd] != HUGE_PMD;
			     entry++) {
				u8 value = s->table[s->pmd[pmd]].entry[entry];

				known |= (value & PAGE_MASK) == page &&
					 (value & DIRTY);
			}
		if (!known)
			return false;
	}
	return true;
}

static bool is_done(const struct world *world, const struct state *s)
{
	unsigned int i;

	for (i = 0; i < world->nr_movers; i++)
		if (s->mover[i].phase != 2)
			return false;
	for (i = 0; i < NR_ACTORS; i++)
		if (world->actor[i] && world->actor[i]->op[s->actor[i].at].act)
			return false;
	return true;
}

/* Neither movers nor actors can go on. */
static void at_end(struct search *search, u32 at)
{
	const struct state *s = &search->node[at].s;

	if (!is_done(search->world, s))
		found_wrong(search, "somebody waits for ever", at, NR_AGENTS,
			    0);
	else if (!writes_are_known(s))
		found_wrong(search, "a write is lost: nobody knows of it", at,
			    NR_AGENTS, 0);
	search->out.ends++;
	search->out.moved += has_moved(search->world, s);
}

static void expand(struct search *search, u32 at)
{
	unsigned int agent, choice;
	bool software = false;
	const char *what;

	for (agent = 0; agent < NR_AGENTS; agent++) {
		bool is_cpu = agent >= FIRST_CPU && agent < FIRST_RCU;

		for (choice = 0; choice < (is_cpu ? CPU_CHOICES : 1);
		     choice++) {
			struct state s = search->node[at].s;
			struct run run = { .world = search->world, .s = &s };

			if (!act(&run, agent, choice, &what))
				continue;
			software |= agent < FIRST_CPU;
			if (run.wrong) {
				found_wrong(search, run.wrong, at, agent,
					    choice);
				continue;
			}
			add(search, &s, at, agent, choice);
		}
	}
	if (!software)
		at_end(search, at);
}

static void first_state(struct search *search)
{
	const struct world *world = search->world;
	struct state s;

	memset(&s, 0, sizeof(s));
	s.pmd[0] = OLD;
	s.pmd[1] = FIXED;
	s.table[s.pmd[world->cpu.pmd]].entry[world->cpu.entry] = world->mapped;
	add(search, &s, 0, 0, 0);
}

struct outcome explore(const struct world *world)
{
	struct search search = { .world = world };
	u32 at;

	first_state(&search);
	for (at = 0; at < search.nr; at++) {
		search.out.depth = search.node[at].depth;
		expand(&search, at);
		if (search.nr > MAX_STATES) {
			found_wrong(&search, "there are too many states", at,
				    NR_AGENTS, 0);
			break;
		}
	}
	search.out.states = search.nr;
	free(search.node);
	free(search.slot);
	return search.out;
}
