/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_STRING_H
#define SIM_LINUX_STRING_H

#include <string.h>

/* glibc declares it for _GNU_SOURCE only. */
char *strchrnul(const char *s, int c);

#endif /* SIM_LINUX_STRING_H */
