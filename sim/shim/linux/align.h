/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_ALIGN_H
#define SIM_LINUX_ALIGN_H

#define ALIGN(x, a)	 (((x) + (a)-1) / (a) * (a))
#define ALIGN_DOWN(x, a) ((x) / (a) * (a))

#endif /* SIM_LINUX_ALIGN_H */
