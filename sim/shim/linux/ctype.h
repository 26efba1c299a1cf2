/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_CTYPE_H
#define SIM_LINUX_CTYPE_H

#include <ctype.h>

#endif /* SIM_LINUX_CTYPE_H */
