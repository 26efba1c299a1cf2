/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_PREFETCH_H
#define SIM_LINUX_PREFETCH_H

#define prefetchw(address) __builtin_prefetch(address, 1)

#endif /* SIM_LINUX_PREFETCH_H */
