/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_RCUPDATE_H
#define SIM_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/types.h>

#define rcu_read_lock()			   ((void)0)
#define rcu_read_unlock()		   ((void)0)
#define rcu_assign_pointer(p, v)	   __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define rcu_dereference(p)		   __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_protected(p, held) (p)

/* A grace period lasts until sim_rcu_barrier(): the machine is taken down. */
void sim_rcu_defer(struct rcu_head *head, void *pointer);
void sim_rcu_barrier(void);

#define kfree_rcu(p, member) sim_rcu_defer(&(p)->member, (p))

#endif /* SIM_LINUX_RCUPDATE_H */
