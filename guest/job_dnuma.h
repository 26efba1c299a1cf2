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
/* The audit, to be freed; reported if a zone's counters differ from its pages. */
char *dnuma_audit(const char *name);
/* Present and managed pages of each zone in an audit, to be freed. */
char *dnuma_zones_of(const char *audit);
/* The lowest node that has no memory now; -1: all have. */
int dnuma_empty_node(void);
bool dnuma_has_memory(int nid);
/* The number of the memory tier that a node is in; -1: it is in none. */
int dnuma_tier_of(int nid);
/* Take a memory block off or on; 0 or -errno. */
int dnuma_block_state(unsigned long block, const char *state);
unsigned long dnuma_memory_block_bytes(void);

#endif
