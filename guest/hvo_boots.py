# SPDX-License-Identifier: GPL-2.0-only
"""Boots with gigantic pages on the boot line, most of whose memmap is saved."""

import machine

# As many gigantic pages as fit; with lazy strategies the rest is pristine.
SMALL = {"mem": 8 << 30, "nodes": 2, "cpus": 2}
LINE = ("hugepagesz=1G hugepages=0:1,1:2 kunit.enable=0 guest.job=hvo guest.pages=3 "
        "guest.mib=256 guest.rounds=1 guest.loads=3")


def run(tests):
    """They are there, keep what is written, and can be given back."""
    # 6.12 with DEBUG_VM_PGFLAGS stops at gigantic pages on the boot line.
    kernel = "devmem" if machine.LINUX == machine.LINUX_DEFAULT else tests.kernel
    totals = {}
    for strategy in machine.STRATEGIES:
        lazy = " guest.lazy=1" if strategy == "ondemand" else ""
        result = tests.clean(f"hvo {strategy}", f"memmap_init={strategy} {LINE} "
                             f"hugetlb_free_vmemmap=on{lazy}", remember=False,
                             kernel=kernel, **SMALL)
        if result:
            totals[strategy] = result.guest.get("mem_total_kib")
    if totals:
        tests.report(len(set(totals.values())) == 1,
                     "hvo: MemTotal is the same in every strategy", f"{totals}")
    # Without it their struct pages are all there, and none is written later.
    tests.refuses("hvo off", f"memmap_init=ondemand {LINE} hugetlb_free_vmemmap=off",
                  "hvo-saved", kernel=kernel, **SMALL)
