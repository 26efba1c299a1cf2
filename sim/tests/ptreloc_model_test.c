// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol by which page tables move, in every order of its steps and those
 * of others. It must pass in every world. Each variant of it must fail, and so
 * must each reader without its hook, which passes where no table moves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/kernel.h>
#include <linux/ptreloc.h>
#include "ptreloc_model.h"

/* The page that is mapped in the beginning. */
#define MAPPED	 (1 | WRITABLE)
#define READABLE 1

/* Places: two in the table that moves, one in another. */
#define HERE         \
	{            \
		0, 0 \
	}
#define BESIDE       \
	{            \
		0, 1 \
	}
#define FIXED_TABLE  \
	{            \
		1, 0 \
	}

/* Everybody who may meet a mover, alone and with those who make it worse. */
static const struct world worlds[] = {
	{ "CPUs alone", .nr_cpus = 2, .mapped = MAPPED },
	{ "two movers", .nr_movers = 2, .nr_cpus = 1, .mapped = MAPPED },
	{ "zap", .nr_cpus = 2, .actor = { &zap }, .mapped = MAPPED },
	{ "mprotect", .nr_cpus = 2, .actor = { &mprotect }, .mapped = MAPPED },
	{ "mprotect, zap", .nr_cpus = 1, .actor = { &mprotect, &zap },
	  .mapped = MAPPED },
	{ "mkclean", .nr_cpus = 2, .actor = { &mkclean }, .mapped = MAPPED },
	{ "fault that copies, zap", .nr_cpus = 1,
	  .actor = { &fault_present, &zap }, .mapped = READABLE },
	{ "fault that reuses, zap", .nr_cpus = 1,
	  .actor = { &fault_reuse, &zap }, .mapped = READABLE },
	{ "two missing pages", .nr_cpus = 1,
	  .actor = { &fault_missing, &fault_missing } },
	{ "missing page, zap", .nr_cpus = 1, .actor = { &fault_missing, &zap },
	  .mapped = MAPPED },
	{ "GUP-fast, zap", .nr_cpus = 1, .reuse = true,
	  .actor = { &gup_fast, &zap }, .mapped = MAPPED },
	{ "aging, zap", .nr_cpus = 1, .actor = { &aging, &zap },
	  .mapped = MAPPED },
	{ "collapse", .nr_cpus = 2, .actor = { &collapse }, .mapped = MAPPED },
	{ "collapse, GUP-fast", .nr_cpus = 1, .actor = { &collapse, &gup_fast },
	  .mapped = MAPPED },
	{ "retract, GUP-fast", .nr_cpus = 1, .actor = { &retract, &gup_fast } },
	{ "tables freed", .nr_cpus = 2, .actor = { &free_tables } },
	{ "UFFDIO_MOVE within", .nr_cpus = 1, .actor = { &uffd_move },
	  .from = HERE, .to = BESIDE, .mapped = MAPPED },
	{ "UFFDIO_MOVE out of it", .nr_cpus = 1, .actor = { &uffd_move },
	  .from = HERE, .to = FIXED_TABLE, .mapped = MAPPED },
	{ "UFFDIO_MOVE into it", .nr_cpus = 1, .cpu = FIXED_TABLE,
	  .actor = { &uffd_move }, .from = FIXED_TABLE, .to = HERE,
	  .mapped = MAPPED },
	{ "must_wait", .nr_cpus = 1, .actor = { &must_wait, &uffd_copy } },
};

static struct outcome look_at(const struct world *world, const u8 *protocol)
{
	struct world w = *world;

	w.protocol = protocol;
	if (!w.nr_movers)
		w.nr_movers = 1;
	return explore(&w);
}

static void must_pass(const struct world *world, struct outcome out)
{
	if (out.nr_wrong)
		fail_msg("%s: %s\n%s", world->name, out.wrong[0], out.trace);
	/* Everybody has come to an end. */
	assert_true(out.ends);
}

static bool says(const struct outcome *out, const char *wrong)
{
	unsigned int i;

	for (i = 0; i < out->nr_wrong; i++)
		if (!strncmp(out->wrong[i], wrong, strlen(wrong)))
			return true;
	return false;
}

static void right_protocol_passes(void **unused)
{
	unsigned int i, states = 0;

	print_message("%-28s %9s %6s\n", "world", "states", "steps");
	for (i = 0; i < ARRAY_SIZE(worlds); i++) {
		struct outcome out = look_at(&worlds[i], protocol_of_core);

		print_message("%-28s %9u %6u\n", worlds[i].name, out.states,
			      out.depth);
		must_pass(&worlds[i], out);
		assert_true(out.moved);
		states += out.states;
	}
	print_message("%-28s %9u\n", "all", states);
}

/* Variants of the protocol. */

static unsigned int index_of(const u8 *protocol, enum ptreloc_step step)
{
	unsigned int i = 0;

	while (protocol[i] != step)
		i++;
	return i;
}

static void take_out(u8 *protocol, enum ptreloc_step step)
{
	unsigned int at = index_of(protocol, step);

	memmove(&protocol[at], &protocol[at + 1], protocol_steps - at - 1);
}

static void put_before(u8 *protocol, enum ptreloc_step step,
		       enum ptreloc_step other)
{
	unsigned int at;

	take_out(protocol, step);
	at = index_of(protocol, other);
	memmove(&protocol[at + 1], &protocol[at], protocol_steps - at - 1);
	protocol[at] = step;
}

/**
 * struct variant - a protocol that must fail
 * @name: for the table of results
 * @step: the step that is elsewhere
 * @before: before this one; PTRELOC_END: nowhere
 * @wrong: what must be among the things that go wrong
 */
struct variant {
	const char *name;
	enum ptreloc_step step;
	enum ptreloc_step before;
	const char *wrong;
};

static const struct variant variants[] = {
	{ "no merge", PTRELOC_MERGE, PTRELOC_END, "a write is lost" },
	{ "merge before the flush", PTRELOC_MERGE, PTRELOC_FLUSH,
	  "a write is lost" },
	{ "no flush", PTRELOC_FLUSH, PTRELOC_END, "a write is lost" },
	{ "new lock given before the merge", PTRELOC_UNLOCK_NEW, PTRELOC_FLUSH,
	  "a write is lost" },
	{ "old table not cleared", PTRELOC_CLEAR, PTRELOC_END,
	  "a reference is taken to a page that is free" },
	{ "copy before the old lock", PTRELOC_COPY, PTRELOC_LOCK_OLD,
	  "a reference is taken to a page that is free" },
	{ "cleared before the merge", PTRELOC_CLEAR, PTRELOC_MERGE,
	  "a write is lost" },
	{ "cleared after the old lock", PTRELOC_UNLOCK_OLD, PTRELOC_CLEAR,
	  "a reference is taken to a page that is free" },
	{ "switch before the copy", PTRELOC_SWITCH, PTRELOC_COPY,
	  "somebody waits for ever" },
	{ "switch before the new lock", PTRELOC_SWITCH, PTRELOC_LOCK_NEW,
	  "UFFDIO_MOVE finds a hole" },
	{ "freed before the switch", PTRELOC_RETIRE, PTRELOC_SWITCH,
	  "a freed table is used" },
	{ "pmd unlocked before the switch", PTRELOC_UNLOCK_PMD, PTRELOC_SWITCH,
	  "a table that has entries is dropped" },
};

static void make_variant(const struct variant *variant, u8 *protocol)
{
	memcpy(protocol, protocol_of_core, protocol_steps);
	if (variant->before == PTRELOC_END)
		take_out(protocol, variant->step);
	else
		put_before(protocol, variant->step, variant->before);
}

static void each_variant_fails(void **unused)
{
	unsigned int v, i;

	for (v = 0; v < ARRAY_SIZE(variants); v++) {
		unsigned int failed = 0;
		bool found = false;
		u8 protocol[32];

		make_variant(&variants[v], protocol);
		for (i = 0; i < ARRAY_SIZE(worlds); i++) {
			struct outcome out = look_at(&worlds[i], protocol);

			failed += out.nr_wrong > 0;
			found |= says(&out, variants[v].wrong);
			free(out.trace);
		}
		print_message("%-34s fails in %2u of %zu\n", variants[v].name,
			      failed, ARRAY_SIZE(worlds));
		if (!found)
			fail_msg("%s: nowhere: %s", variants[v].name,
				 variants[v].wrong);
	}
}

/* Readers without their hooks. */

/**
 * struct unhooked - an actor that is right only where no table moves
 * @world: with that actor
 * @wrong: what must be among the things that go wrong when a table moves
 */
struct unhooked {
	struct world world;
	const char *wrong;
};

static const struct unhooked unhooked[] = {
	{ { "map_pte as it is", .nr_cpus = 1, .actor = { &mkclean_unhooked },
	    .mapped = MAPPED },
	  "a CPU writes to a page that was write-protected" },
	{ { "collapse as it is", .nr_cpus = 1, .actor = { &collapse_unhooked },
	    .mapped = MAPPED },
	  "a table that has entries is dropped" },
	/* With its first half only: the lock that it takes again may be gone. */
	{ { "collapse, pmd looked at again", .nr_cpus = 1,
	    .actor = { &collapse_pmd_same }, .mapped = MAPPED },
	  "a freed table is used" },
	{ { "UFFDIO_MOVE as it is, into", .nr_cpus = 1, .cpu = FIXED_TABLE,
	    .actor = { &uffd_move_unhooked }, .from = FIXED_TABLE, .to = HERE,
	    .mapped = MAPPED },
	  "an entry of a table that is out of use is changed" },
	{ { "UFFDIO_MOVE as it is, out of", .nr_cpus = 1,
	    .actor = { &uffd_move_unhooked }, .from = HERE, .to = FIXED_TABLE,
	    .mapped = MAPPED },
	  "UFFDIO_MOVE finds a hole" },
	{ { "UFFDIO_MOVE, pmds under both locks", .nr_cpus = 1,
	    .actor = { &uffd_move_late }, .from = HERE, .to = FIXED_TABLE,
	    .mapped = MAPPED },
	  "UFFDIO_MOVE finds a hole" },
	{ { "must_wait as it is", .nr_cpus = 1,
	    .actor = { &must_wait_unhooked, &uffd_copy } },
	  "somebody waits for ever" },
};

static void hooks_are_needed(void **unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unhooked); i++) {
		const struct world *world = &unhooked[i].world;
		struct outcome out = explore(world);

		/* Without a mover Linux is right as it is. */
		must_pass(world, out);
		out = look_at(world, protocol_of_core);
		if (!says(&out, unhooked[i].wrong))
			fail_msg("%s: does not find that %s", world->name,
				 unhooked[i].wrong);
		print_message("%-34s %s\n", world->name, unhooked[i].wrong);
		free(out.trace);
	}
}

/* What movers and their tables need besides the protocol. */
static const struct unhooked careless[] = {
	{ { "no mmap_lock", .nr_cpus = 1, .no_mmap_lock = true,
	    .actor = { &free_tables } },
	  "a table is freed twice" },
	{ { "no grace period, fault", .nr_cpus = 1, .free_at_once = true,
	    .actor = { &fault_present }, .mapped = READABLE },
	  "a freed table is used" },
	{ { "no grace period, GUP-fast", .nr_cpus = 1, .free_at_once = true,
	    .actor = { &gup_fast }, .mapped = MAPPED },
	  "a freed table is used" },
};

static void care_is_needed(void **unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(careless); i++) {
		struct outcome out = look_at(&careless[i].world,
					     protocol_of_core);

		if (!says(&out, careless[i].wrong))
			fail_msg("%s: does not find that %s",
				 careless[i].world.name, careless[i].wrong);
		free(out.trace);
	}
}

/* GUP-fast that looks once is wrong even where no table moves. */
static void gup_looks_twice(void **unused)
{
	const struct world world = {
		"GUP-fast that looks once",
		.nr_cpus = 1,
		.reuse = true,
		.actor = { &gup_fast_unchecked, &zap },
		.mapped = MAPPED,
	};
	struct outcome out = explore(&world);

	assert_true(says(&out, "a reference is taken to a page that is free"));
	free(out.trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_protocol_passes),
		cmocka_unit_test(each_variant_fails),
		cmocka_unit_test(hooks_are_needed),
		cmocka_unit_test(care_is_needed),
		cmocka_unit_test(gup_looks_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
