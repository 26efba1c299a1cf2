/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SPRINTF_H
#define SIM_LINUX_SPRINTF_H

#include <stdio.h>

#endif /* SIM_LINUX_SPRINTF_H */
