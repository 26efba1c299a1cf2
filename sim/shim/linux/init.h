/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_INIT_H
#define SIM_LINUX_INIT_H

#define __init
#define __initdata

#endif /* SIM_LINUX_INIT_H */
