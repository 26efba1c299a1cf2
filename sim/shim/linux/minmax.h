/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_MINMAX_H
#define SIM_LINUX_MINMAX_H

#undef min
#undef max
#define min(a, b)                             \
	({                                    \
		__typeof__((a) + 0) _a = (a); \
		__typeof__((b) + 0) _b = (b); \
		_a < _b ? _a : _b;            \
	})
#define max(a, b)                             \
	({                                    \
		__typeof__((a) + 0) _a = (a); \
		__typeof__((b) + 0) _b = (b); \
		_a > _b ? _a : _b;            \
	})
#define clamp_t(type, value, low, high) \
	min(max((type)(value), (type)(low)), (type)(high))

#endif /* SIM_LINUX_MINMAX_H */
