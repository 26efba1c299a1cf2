# SPDX-License-Identifier: GPL-2.0-only
"""Boots in which memory arrives later, and goes again."""

import machine

HOTPLUG = "guest.job=hotplug"
# Small, so that the rounds are fast; node 2 has neither CPUs nor memory at first.
SMALL = {"mem": 2 << 30, "nodes": 2, "plug": (2 << 30, 2)}
ON_MEMORY = "memory_hotplug.memmap_on_memory=1 guest.on_memory=1"


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
                f"guest.seconds=120 {HOTPLUG}", remember=False, **SMALL)
    # KUnit would find it as well, and stop there.
    tests.control("hotplug noguard", "memmap_init=ondemand memmap_init_noguard "
                  f"kunit.enable=0 guest.node=2 guest.rounds=1 {HOTPLUG}",
                  **SMALL)
