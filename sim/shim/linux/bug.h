/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_BUG_H
#define SIM_LINUX_BUG_H

#include <stdio.h>
#include <stdlib.h>

/* A warning of the kernel is a failed test here. */
#define WARN_ON_ONCE(condition)                                                \
	({                                                                     \
		bool _bad = !!(condition);                                     \
		if (_bad) {                                                    \
			fprintf(stderr, "%s:%d: WARN_ON_ONCE(%s)\n", __FILE__, \
				__LINE__, #condition);                         \
			abort();                                               \
		}                                                              \
		_bad;                                                          \
	})

#endif /* SIM_LINUX_BUG_H */
