# SPDX-License-Identifier: GPL-2.0-only
"""Boots in which memory arrives later, and goes again."""

import machine

HOTPLUG = "guest.job=hotplug"
# Small, so that the rounds are fast; node 2 has neither CPUs nor memory at first.
SMALL = {"mem": 2 << 30, "nodes": 2, "plug": (2 << 30, 2, None)}
# The same, but a device of this kind plugs, a part of it or all.
VIRTIO = {"mem": 2 << 30, "nodes": 2, "plug": (2 << 30, 2, 2)}
RESIZE = f"{HOTPLUG} guest.node=2 guest.virtio=1 memhp_default_state=online_movable"
# virtio-mem in big blocks, of several memory blocks
BIG = f"{RESIZE} virtio_mem.force_bbm=1 virtio_mem.bb_safe_unplug="
ON_MEMORY = "memory_hotplug.memmap_on_memory=1 guest.on_memory=1"


# What is not possible with init_on_free=1: none of it may stay pristine.
UNSAFE = f"memmap_init=ondemand guest.node=2 guest.rounds=3 guest.lazy=-1 {HOTPLUG}"
SAYS = "memmap_init: ondemand is not possible: init_on_free clears free memory"


def unsafe(tests):
    """Memory that cannot be lazy says so once and arrives as in mainline."""
    name = "hotplug unsafe"
    result = tests.clean(name, f"{UNSAFE} init_on_free=1", want="deferred",
                         remember=False, **SMALL)
    if result:
        # What comes instead is a word of its own where there are several.
        said = [text.split(";")[0] for _, text in result.lines
                if "is not possible" in text]
        tests.report(said == [SAYS], f"{name}: says so once", f"says {said}")
    # Where it is possible, that memory is pristine is seen.
    tests.refuses("hotplug unsafe control", UNSAFE, "online-initialised", **SMALL)


def virtio(tests):
    """Memory blocks that are plugged whole are pristine, others are not."""
    more = {"ondemand": "guest.lazy=1 ", "idle": "guest.drain=60 "}
    for strategy in tests.known("ondemand", "idle", "parallel"):
        tests.with_strategy(strategy, "hotplug virtio *", more.get(strategy, "") +
                            RESIZE, remember=False, **VIRTIO)
    for strategy in tests.known("ondemand"):
        for safe in "yn":
            tests.with_strategy(strategy, f"hotplug virtio big blocks {safe} *",
                                f"{more.get(strategy, '')}guest.big=1 {BIG}{safe}",
                                remember=False, **VIRTIO)


def run(tests):
    more = {"ondemand": " guest.lazy=1", "async": " guest.drain=60",
            "idle": " guest.drain=60"}
    for strategy in tests.known(*machine.STRATEGIES):
        tests.with_strategy(strategy, "hotplug *", f"guest.node=2 {HOTPLUG}"
                            f"{more.get(strategy, '')}", remember=False, **SMALL)
    for strategy in tests.known("ondemand"):
        lazy = more.get(strategy, "")
        tests.with_strategy(strategy, "hotplug memmap_on_memory *", "guest.node=2 "
                            f"{ON_MEMORY} {HOTPLUG}{lazy}", remember=False, **SMALL)
        tests.with_strategy(strategy, "hotplug old node *",
                            f"guest.node=1 {HOTPLUG}{lazy}", remember=False, **SMALL)
    # With threads that work meanwhile if there are any.
    tests.with_strategy(tests.known("ondemand", "idle")[-1], "hotplug loads",
                        "guest.node=2 guest.drain=5 "
                        f"guest.seconds={max(120, tests.churn_s)} {HOTPLUG}",
                        remember=False, **SMALL)
    if "ondemand" in tests.strategies:
        unsafe(tests)
    virtio(tests)
    if tests.patched:
        # KUnit would find it as well, and stop there.
        tests.control("hotplug noguard", "memmap_init=ondemand memmap_init_noguard "
                      f"kunit.enable=0 guest.node=2 guest.rounds=1 {HOTPLUG}",
                      **SMALL)
