# SPDX-License-Identifier: GPL-2.0-only
"""Boots in which page tables of processes move."""

SMALL = {"mem": 2 << 30, "nodes": 2, "cpus": 2}
# What sees a page that is written after it was freed, or mapped twice.
CHECKED = "kunit.enable=0 page_poison=1 page_table_check=on"
TORTURE = f"{CHECKED} guest.job=ptreloc"
WINDOWS = f"{CHECKED} guest.job=ptreloc-windows"
# The tables of a process that lies among eleven that are gone; one run of five.
SPARSE = {"mem": 2 << 30, "nodes": 1, "cpus": 2, "kernel": "patched"}
# Bits of enum ptreloc_spoil: a table is copied before it is locked, with a
# window; an old table is not cleared.
COPY, CLEAR = 1 << 0 | 1 << 5, 1 << 1


def run(tests):
    tests.clean("ptreloc torture", TORTURE, remember=False, **SMALL)
    tests.control("ptreloc copy control", f"{TORTURE} "
                  f"guest.seconds=30 guest.spoil={COPY} guest.window_ms=2",
                  **SMALL)
    tests.clean("ptreloc windows", WINDOWS, remember=False, **SMALL)
    tests.control("ptreloc clear control", f"{WINDOWS} guest.spoil={CLEAR}",
                  **SMALL)
    # Locks of tables are in slab with lockdep, and must not share it.
    tests.clean("ptreloc offline", "kunit.enable=0 slab_nomerge "
                "guest.job=ptreloc-offline", remember=False,
                plug=(512 << 20, 2, None), **SMALL)
    # Without lock debugging, whose locks are slab that stays.
    for run in range(1, 6):
        tests.clean(f"ptreloc sparse {run}", "guest.job=ptreloc-sparse",
                    remember=False, **SPARSE)
    tests.clean("ptreloc sparse baseline", "guest.job=ptreloc-sparse "
                "guest.anywhere=1", remember=False, **SPARSE)
