// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux 6.12 does with page tables while one of them may move, each actor a
 * list of operations. Names are those of the functions in Linux. A list without
 * a hook is what Linux does as it is.
 */
#include <stddef.h>
#include "ptreloc_ops.h"

/* The page leaves memory; what was written must be known, to be saved. */
static enum verdict drop_page(struct run *run)
{
	struct page *page = page_of(run, run->a->value);

	if (page->written && !page->dirty)
		go_wrong(run, "a write is lost: the page was dropped as clean");
	if (!page->refs)
		page->life = FREED;
	return NEXT;
}

/* zap_pte_range(), and the page is then reclaimed. */
static const struct op zap_ops[] = { MAP_LOCK,
				     { "clears the entry", take },
				     { "unlocks the table", unlock_from },
				     { "unmaps", unmap },
				     { "flushes", flush_page },
				     { "drops the page", drop_page },
				     {} };
const struct program zap = { "zap_pte_range", zap_ops };

/* change_pte_range() */

static enum verdict protect(struct run *run)
{
	return change(run, run->a->value & ~WRITABLE);
}

static enum verdict seal(struct run *run)
{
	page_of(run, run->a->value)->sealed = 1;
	return NEXT;
}

static const struct op mprotect_ops[] = { MAP_LOCK,
					  { "clears the entry", take },
					  { "write-protects it", protect },
					  { "unlocks the table", unlock_from },
					  { "unmaps", unmap },
					  { "flushes", flush_page },
					  { "relies on it", seal },
					  {} };
const struct program mprotect = { "change_pte_range", mprotect_ops };

/* page_vma_mkclean_one(), for writeback of page 1 */

static enum verdict clean(struct run *run)
{
	return change(run, run->a->value & ~(WRITABLE | DIRTY));
}

/* Nobody may write to the page while it is saved, found or not. */
static enum verdict save(struct run *run)
{
	struct page *page = &state_of(run)->page[1];

	page->written = 0;
	page->dirty = 0;
	page->sealed = 1;
	return NEXT;
}

/* The walk has found nothing: what comes next is what comes after it. */
static enum verdict skip_to_save(struct run *run)
{
	leave(run);
	while (run->op[run->a->at + 1].act != save)
		run->a->at++;
	return NEXT;
}

static enum verdict skip_if_none(struct run *run)
{
	return run->a->value ? NEXT : skip_to_save(run);
}

static enum verdict take_or_skip(struct run *run)
{
	return take(run) == LEAVE ? skip_to_save(run) : NEXT;
}

static const struct op mkclean_ops[] = { MAP_LOCK,
					 { "clears the entry", take_or_skip },
					 { "flushes", flush_page },
					 { "write-protects it", clean },
					 { "unlocks the table", unlock_from },
					 { "unmaps", unmap },
					 { "saves the page", save },
					 {} };
const struct program mkclean = { "map_pte, strict", mkclean_ops };

/* map_pte() without PVMW_SYNC */
static const struct op mkclean_unhooked_ops[] = {
	{ "finds the table", map_from },
	{ "reads the entry", load },
	{ "skips it if there is none", skip_if_none },
	{ "locks the table", lock_from },
	{ "clears the entry", take_or_skip },
	{ "flushes", flush_page },
	{ "write-protects it", clean },
	{ "unlocks the table", unlock_from },
	{ "unmaps", unmap },
	{ "saves the page", save },
	{}
};
const struct program mkclean_unhooked = { "map_pte", mkclean_unhooked_ops };

/* handle_pte_fault() */

static enum verdict get_page(struct run *run)
{
	struct page *page = page_of(run, run->a->value);

	if (page->life != LIVE)
		go_wrong(run, "a reference is taken to a page that is free");
	return NEXT;
}

/* do_wp_page(), do_numa_page(): the page is looked at under the lock. */
static const struct op fault_present_ops[] = {
	{ "finds the table", map_from },
	{ "reads the entry", load },
	{ "leaves if there is none", leave_if_none },
	{ "locks the table", lock_from },
	{ "compares the entry", pte_same },
	{ "takes a reference to the page", get_page },
	{ "unlocks the table", unlock_from },
	{ "unmaps", unmap },
	{}
};
const struct program fault_present = { "do_wp_page, copy", fault_present_ops };

static enum verdict reuse(struct run *run)
{
	return change(run, run->a->value | WRITABLE | ACCESSED | DIRTY);
}

/* wp_page_reuse(): the entry is changed under the lock. */
static const struct op fault_reuse_ops[] = {
	{ "finds the table", map_from },
	{ "reads the entry", load },
	{ "leaves if there is none", leave_if_none },
	{ "locks the table", lock_from },
	{ "compares the entry", pte_same },
	{ "makes it writable", reuse },
	{ "unlocks the table", unlock_from },
	{ "unmaps", unmap },
	{}
};
const struct program fault_reuse = { "do_wp_page, reuse", fault_reuse_ops };

/* do_anonymous_page(), finish_fault() */
static const struct op fault_missing_ops[] = {
	{ "finds the table", map_from },
	{ "reads the entry", load },
	{ "leaves if there is one", leave_if_present },
	{ "unmaps", unmap },
	MAP_LOCK,
	{ "reads the entry", load },
	{ "leaves if there is one", leave_if_present },
	{ "installs a page", install },
	{ "unlocks the table", unlock_from },
	{ "unmaps", unmap },
	{}
};
const struct program fault_missing = { "do_anonymous_page", fault_missing_ops };

/* gup_fast_pte_range(): no lock at all, interrupts off */

static enum verdict try_get(struct run *run)
{
	struct page *page = page_of(run, run->a->value);

	if (page->life == FREED)
		return leave(run);
	page->refs = 1;
	return NEXT;
}

static enum verdict put_unless(struct run *run, bool same)
{
	if (same)
		return NEXT;
	page_of(run, run->a->value)->refs = 0;
	return leave(run);
}

static enum verdict gup_pmd_same(struct run *run)
{
	return put_unless(run, *from_pmd(run) == run->a->table);
}

static enum verdict gup_pte_same(struct run *run)
{
	u8 entry = *entry_of(run, run->a->table, run->world->from.entry);

	return put_unless(run, entry == run->a->value);
}

static const struct op gup_fast_ops[] = {
	{ "finds the table", map_from },
	{ "reads the entry", load },
	{ "leaves if there is none", leave_if_none },
	{ "tries to take a reference", try_get },
	{ "looks at the pmd again", gup_pmd_same },
	{ "looks at the entry again", gup_pte_same },
	{ "has the page", get_page },
	{ "unmaps", unmap },
	{}
};
const struct program gup_fast = { "gup_fast_pte_range", gup_fast_ops };

static const struct op gup_fast_unchecked_ops[] = {
	{ "finds the table", map_from },
	{ "reads the entry", load },
	{ "leaves if there is none", leave_if_none },
	{ "tries to take a reference", try_get },
	{ "has the page", get_page },
	{ "unmaps", unmap },
	{}
};
const struct program gup_fast_unchecked = { "gup_fast without a second look",
					    gup_fast_unchecked_ops };

/* walk_pte_range() of MGLRU: a lock, and no second look */

static enum verdict lock_or_leave(struct run *run)
{
	return lock_from(run) == BLOCKED ? leave(run) : NEXT;
}

/* At once: a CPU may set bits at the same time. */
static enum verdict make_old(struct run *run)
{
	load(run);
	return change(run, run->a->value & ~ACCESSED);
}

static const struct op aging_ops[] = { { "finds the table", map_from },
				       { "tries the lock", lock_or_leave },
				       { "reads the entry", load },
				       { "leaves if there is none",
					 leave_if_none },
				       { "makes it old", make_old },
				       { "unlocks the table", unlock_from },
				       { "unmaps", unmap },
				       {} };
const struct program aging = { "walk_pte_range", aging_ops };
