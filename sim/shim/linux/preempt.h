/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_PREEMPT_H
#define SIM_LINUX_PREEMPT_H

/* A thread of the host cannot keep its CPU, and no NMI comes its way. */
#define preempt_disable() ((void)0)
#define preempt_enable()  ((void)0)
#define in_nmi()	  false

/* Not from here in Linux: kconfig.h is part of every file there. */
#define IS_ENABLED(option) 0

#endif /* SIM_LINUX_PREEMPT_H */
