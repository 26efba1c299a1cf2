/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What part B's table takes of Linux and sim/shim lacks; included before each of
 * its files.
 */
#include <limits.h>
#include <stdlib.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define kzalloc(bytes, gfp) calloc(1, bytes)
