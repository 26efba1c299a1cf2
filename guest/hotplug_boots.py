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
SAYS = ("memmap_init: ondemand is not possible: init_on_free clears free memory; "
        "using deferred")


def unsafe(tests):
    """Memory that cannot be lazy says so once and arrives as in mainline."""
    name = "hotplug unsafe"
    result = tests.clean(name, f"{UNSAFE} init_on_free=1", want="deferred",
                         remember=False, **SMALL)
    if result:
        said = [text for _, text in result.lines if "is not possible" in text]
        tests.report(said == [SAYS], f"{name}: says so once", f"says {said}")
    # Where it is possible, that memory is pristine is seen.
    tests.refuses("hotplug unsafe control", UNSAFE, "online-initialised", **SMALL)


def virtio(tests):
    """Memory blocks that are plugged whole are pristine, others are not."""
    for strategy in ("ondemand", "idle", "parallel"):
        more = {"ondemand": "guest.lazy=1", "idle": "guest.drain=60"}
        tests.clean(f"hotplug virtio {strategy}", f"memmap_init={strategy} "
                    f"{more.get(strategy, '')} {RESIZE}", remember=False,
                    **VIRTIO)
    for safe in "yn":
        tests.clean(f"hotplug virtio big blocks {safe}", "memmap_init=ondemand "
                    f"guest.lazy=1 guest.big=1 {BIG}{safe}", remember=False,
                    **VIRTIO)


def run(tests):
    for strategy in machine.STRATEGIES:
        more = {"ondemand": " guest.lazy=1", "async": " guest.drain=60",
                "idle": " guest.drain=60"}.get(strategy, "")
        tests.clean(f"hotplug {strategy}", f"memmap_init={strategy} "
                    f"guest.node=2 {HOTPLUG}{more}", remember=False, **SMALL)
    tests.clean("hotplug memmap_on_memory", "memmap_init=ondemand guest.node=2 "
                f"guest.lazy=1 {ON_MEMORY} {HOTPLUG}", remember=False, **SMALL)
    tests.clean("hotplug old node", "memmap_init=ondemand guest.node=1 "
                f"guest.lazy=1 {HOTPLUG}", remember=False,
                **SMALL)
    tests.clean("hotplug loads", "memmap_init=idle guest.node=2 guest.drain=5 "
                f"guest.seconds={max(120, tests.churn_s)} {HOTPLUG}", remember=False, **SMALL)
    unsafe(tests)
    virtio(tests)
    # KUnit would find it as well, and stop there.
    tests.control("hotplug noguard", "memmap_init=ondemand memmap_init_noguard "
                  f"kunit.enable=0 guest.node=2 guest.rounds=1 {HOTPLUG}",
                  **SMALL)
