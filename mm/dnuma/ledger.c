// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: how many pages each zone of each node has.
 *
 *	present	>= managed >= free + held >= 0	of each account
 *	sum of present, of managed, of free + held: as when it was opened
 *
 * Every entry is double: what one account loses, another gains. An entry that
 * would break a rule is refused and changes nothing, so a bug shows where it is
 * made and not in the statistics an hour later.
 */
#include <linux/dnuma.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>

/**
 * dnuma_ledger_alloc - a ledger with nothing in it
 * @nr_nodes: nodes, numbered from 0
 * @nr_zones: types of zones, numbered from 0
 *
 * Context: process context, allocates memory.
 * Return: the ledger, or NULL.
 */
struct dnuma_ledger *dnuma_ledger_alloc(unsigned int nr_nodes,
					unsigned int nr_zones)
{
	struct dnuma_ledger *ledger;
	size_t bytes = struct_size_t(struct dnuma_ledger, account,
				     (size_t)nr_nodes * nr_zones);

	ledger = kvmalloc(bytes, GFP_KERNEL);
	if (!ledger)
		return NULL;
	memset(ledger, 0, bytes);
	ledger->nr_nodes = nr_nodes;
	ledger->nr_zones = nr_zones;
	return ledger;
}

/**
 * dnuma_ledger_free - give a ledger back
 * @ledger: the ledger; may be NULL
 *
 * Context: process context.
 */
void dnuma_ledger_free(struct dnuma_ledger *ledger)
{
	kvfree(ledger);
}

/**
 * dnuma_ledger_at - the account of a zone
 * @ledger: the ledger
 * @nid: node of the zone
 * @zone: its type
 *
 * Context: the lock of the ledger's owner is held.
 * Return: the account, NULL if the ledger has no such zone.
 */
struct dnuma_account *dnuma_ledger_at(struct dnuma_ledger *ledger, int nid,
				      unsigned int zone)
{
	if (nid < 0 || (unsigned int)nid >= ledger->nr_nodes ||
	    zone >= ledger->nr_zones)
		return NULL;
	return &ledger->account[(size_t)nid * ledger->nr_zones + zone];
}

static bool account_valid(const struct dnuma_account *a)
{
	return a->free >= 0 && a->held >= 0 && a->free <= a->managed &&
	       a->held <= a->managed - a->free && a->managed <= a->present;
}

static struct dnuma_account account_sum(const struct dnuma_account *a,
					const struct dnuma_account *b,
					long times)
{
	return (struct dnuma_account){
		.present = a->present + times * b->present,
		.managed = a->managed + times * b->managed,
		.free = a->free + times * b->free,
		.held = a->held + times * b->held,
	};
}

/**
 * dnuma_ledger_open - say what a zone has; before anything moves
 * @ledger: the ledger
 * @nid: node of the zone
 * @zone: its type
 * @has: added to what was said of it before
 *
 * Context: the lock of the ledger's owner is held.
 * Return: 0, or -EINVAL and the ledger is as it was.
 */
int dnuma_ledger_open(struct dnuma_ledger *ledger, int nid, unsigned int zone,
		      const struct dnuma_account *has)
{
	struct dnuma_account *account = dnuma_ledger_at(ledger, nid, zone);
	struct dnuma_account sum;

	if (!account)
		return -EINVAL;
	sum = account_sum(account, has, 1);
	if (!account_valid(&sum))
		return -EINVAL;
	*account = sum;
	ledger->total = account_sum(&ledger->total, has, 1);
	return 0;
}

/* Move @amount from one account to another, or nothing. */
static int account_move(struct dnuma_account *from, struct dnuma_account *to,
			const struct dnuma_account *amount)
{
	struct dnuma_account less, more;

	if (!from || !to)
		return -EINVAL;
	if (from == to)
		return 0;
	less = account_sum(from, amount, -1);
	more = account_sum(to, amount, 1);
	if (!account_valid(&less) || !account_valid(&more))
		return -EINVAL;
	*from = less;
	*to = more;
	return 0;
}

/**
 * dnuma_ledger_move - free blocks go to the same zone of another node
 * @ledger: the ledger
 * @from: the node that they leave
 * @to: the node that they come to
 * @zone: type of both zones
 * @pages: how many pages; all of them present, managed and free
 *
 * Context: the lock of the ledger's owner is held.
 * Return: 0, or -EINVAL and the ledger is as it was.
 */
int dnuma_ledger_move(struct dnuma_ledger *ledger, int from, int to,
		      unsigned int zone, unsigned long pages)
{
	const struct dnuma_account amount = {
		.present = pages,
		.managed = pages,
		.free = pages,
	};

	return account_move(dnuma_ledger_at(ledger, from, zone),
			    dnuma_ledger_at(ledger, to, zone), &amount);
}

/**
 * dnuma_ledger_migrate - the contents of pages go elsewhere
 * @ledger: the ledger
 * @from: node of the zone whose pages become free
 * @from_zone: type of that zone
 * @to: node of the zone whose free pages are used
 * @to_zone: type of that zone
 * @pages: how many pages
 *
 * Context: the lock of the ledger's owner is held.
 * Return: 0, or -EINVAL and the ledger is as it was.
 */
int dnuma_ledger_migrate(struct dnuma_ledger *ledger, int from,
			 unsigned int from_zone, int to, unsigned int to_zone,
			 unsigned long pages)
{
	const struct dnuma_account amount = { .free = pages };

	return account_move(dnuma_ledger_at(ledger, to, to_zone),
			    dnuma_ledger_at(ledger, from, from_zone), &amount);
}

/**
 * dnuma_ledger_hold - free pages go out of use, or come back
 * @ledger: the ledger
 * @nid: node of the zone
 * @zone: its type
 * @pages: how many pages are held from now on; less than 0: are no longer
 *
 * Context: the lock of the ledger's owner is held.
 * Return: 0, or -EINVAL and the ledger is as it was.
 */
int dnuma_ledger_hold(struct dnuma_ledger *ledger, int nid, unsigned int zone,
		      long pages)
{
	struct dnuma_account *account = dnuma_ledger_at(ledger, nid, zone);
	const struct dnuma_account change = { .free = -pages, .held = pages };
	struct dnuma_account sum;

	if (!account)
		return -EINVAL;
	sum = account_sum(account, &change, 1);
	if (!account_valid(&sum))
		return -EINVAL;
	*account = sum;
	return 0;
}

/**
 * dnuma_ledger_check - do all rules hold?
 * @ledger: the ledger
 * @line: out: the first one that does not
 *
 * Context: the lock of the ledger's owner is held.
 * Return: true if they do.
 */
bool dnuma_ledger_check(const struct dnuma_ledger *ledger,
			char line[DNUMA_LINE])
{
	struct dnuma_account sum = { 0 };
	unsigned int nid, zone;

	for (nid = 0; nid < ledger->nr_nodes; nid++)
		for (zone = 0; zone < ledger->nr_zones; zone++) {
			const struct dnuma_account *a =
				&ledger->account[(size_t)nid * ledger->nr_zones +
						 zone];

			sum = account_sum(&sum, a, 1);
			if (account_valid(a))
				continue;
			snprintf(line, DNUMA_LINE,
				 "node %u zone %u: present %ld managed %ld free %ld held %ld",
				 nid, zone, a->present, a->managed, a->free,
				 a->held);
			return false;
		}
	if (sum.present == ledger->total.present &&
	    sum.managed == ledger->total.managed &&
	    sum.free + sum.held == ledger->total.free + ledger->total.held)
		return true;
	snprintf(line, DNUMA_LINE, "sums: present %+ld managed %+ld free %+ld",
		 sum.present - ledger->total.present,
		 sum.managed - ledger->total.managed,
		 sum.free + sum.held - ledger->total.free - ledger->total.held);
	return false;
}
