/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SCHED_H
#define SIM_LINUX_SCHED_H

#include <sched.h>
#include <unistd.h>

#define cond_resched()				sched_yield()
#define schedule_timeout_uninterruptible(ticks) usleep(1000 * (ticks))

#endif /* SIM_LINUX_SCHED_H */
