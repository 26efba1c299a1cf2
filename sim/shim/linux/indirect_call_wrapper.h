/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_INDIRECT_CALL_WRAPPER_H
#define SIM_LINUX_INDIRECT_CALL_WRAPPER_H

/* Without retpolines an indirect call costs no more than a direct one. */
#define INDIRECT_CALL_1(function, likely_one, ...) function(__VA_ARGS__)

#endif /* SIM_LINUX_INDIRECT_CALL_WRAPPER_H */
