/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_HOST_VERIFY_H
#define SIM_HOST_VERIFY_H

/* Is every page of a machine as it should be once boot is over? */
#include "host/host.h"

/**
 * struct verify_result - every struct page against what mainline leaves
 * @pages: pages compared
 * @pristine: still pristine, so not compared
 * @wrong: pages that differ
 * @first_wrong_pfn: the first of them
 * @lists_ok: free lists are intact and hold every free page exactly once
 * @accounting_ok: managed, free and per-order counts are exact
 */
struct verify_result {
	unsigned long pages;
	unsigned long pristine;
	unsigned long wrong;
	unsigned long first_wrong_pfn;
	bool lists_ok;
	bool accounting_ok;
};

bool host_verify(struct host *host, struct verify_result *result);

#endif /* SIM_HOST_VERIFY_H */
