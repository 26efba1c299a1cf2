/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SLAB_H
#define SIM_LINUX_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL		       0
#define kmalloc(bytes, gfp)	       malloc(bytes)
#define kfree(p)		       free(p)
#define kvmalloc(bytes, gfp)	       malloc(bytes)
#define kvmalloc_array(nr, bytes, gfp) calloc(nr, bytes)
#define kvfree(p)		       free(p)

#endif /* SIM_LINUX_SLAB_H */
