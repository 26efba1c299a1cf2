/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SCHED_H
#define SIM_LINUX_SCHED_H

#include <sched.h>

#define cond_resched()	sched_yield()

#endif /* SIM_LINUX_SCHED_H */
