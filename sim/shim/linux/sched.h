/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SCHED_H
#define SIM_LINUX_SCHED_H

#include <unistd.h>

/* A host takes the CPU from who has had it for long. */
#define cond_resched()				((void)0)
#define schedule_timeout_uninterruptible(ticks) usleep(1000 * (ticks))

#endif /* SIM_LINUX_SCHED_H */
