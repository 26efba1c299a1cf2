# SPDX-License-Identifier: GPL-2.0-only
"""Boots of a kernel that another one has handed memory over to."""

import tempfile

import machine

# Scratch memory: in low memory, anywhere, on each node. The second kernel boots
# in it, and its memmap is there.
SMALL = {"mem": 4 << 30, "nodes": 2, "cpus": 2}
LINE = ("kho=on kho_scratch=128M,128M,256M kunit.enable=0 guest.job=kho "
        "guest.mib=2048 guest.rounds=1")


def run(tests):
    """What is preserved is as it was, and scratch is as in mainline's code."""
    blocks = {}
    with tempfile.TemporaryDirectory(prefix="guest-") as folder:
        initrd = machine.kexec_initrd(tests.kernel, folder)
        for strategy in machine.STRATEGIES:
            name = f"kho {strategy}"
            result = tests.clean(name, f"memmap_init={strategy} {LINE}",
                                 remember=False, initrd=initrd, **SMALL)
            if not result:
                continue
            said = [text for _, text in result.lines if "KHO restore" in text]
            tests.report(said == ["test_kho: KHO restore succeeded"],
                         f"{name}: preserved memory is as it was", f"{said}")
            blocks[strategy] = tuple(result.guest.get(f"cma_blocks_{which}")
                                     for which in ("first", "second"))
    if blocks:
        tests.report(len(set(blocks.values())) == 1,
                     "kho: scratch is the same in every strategy", f"{blocks}")
