/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_JOB_DNUMA_H
#define GUEST_JOB_DNUMA_H

/* Parts of the tests of dynamic NUMA. */
struct dnuma_layout;

/* Memory blocks are linked with those nodes that have memory of them. */
void dnuma_test_links(const char *name);
/* A block that is not on its first node goes off and on on the one it is on. */
void dnuma_test_offline(const char *name, const struct dnuma_layout *first);
void dnuma_test_cpus(const char *name);

#endif
