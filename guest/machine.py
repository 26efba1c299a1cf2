# SPDX-License-Identifier: GPL-2.0-only
"""One guest: its QEMU command line, its run, and what its console said."""

import functools
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import hotplug
from console import KERNEL_LINE, Console

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The kernel: see guest/linux.sh.
with open(os.path.join(TOP, "patches", "linux"), encoding="ascii") as _file:
    LINUX_DEFAULT = _file.read().strip()
LINUX = os.environ.get("LINUX") or LINUX_DEFAULT
KERNEL_DIR = os.path.join(TOP, "build", "kernel",
                          "" if LINUX == LINUX_DEFAULT else LINUX)
GUEST_DIR = os.path.join(TOP, "build", "guest")
QEMU = "qemu-system-x86_64"
FLAVOURS = ("patched", "deferred", "nodeferred", "debug", "debug-mainline",
            "devmem", "kcsan", "resident", "resident-mainline",
            "part", "part-debug",
            "bisect")     # the last one: see patches/bisect.sh
# A piece of the series that is sent alone; part and part-debug are its kernels.
# The folders of a piece that is not the first one end in its name.
PART = os.environ.get("PART")
PARTS = sorted(os.path.basename(os.path.dirname(path)) for path in
               glob.glob(os.path.join(TOP, "patches", LINUX, "*", "series")))
PART_SUFFIX = f"-{PART}" if PART and PART not in PARTS[:1] else ""
STRATEGIES = ("serial", "local", "parallel", "async", "ondemand", "idle",
              "deferred")
# The words that a piece has: the first one none, the second one one.
PART_STRATEGIES = {None: (), "a": (), "b": ("ondemand",)}.get(PART, STRATEGIES)

# QEMU's emulator has 40 physical address bits, and the hole below 4 GiB.
MAX_MEM = 960 << 30
MIN_NODE = 256 << 20
# QEMU's kinds of machines: a PC, and one that has next to nothing.
KINDS = ("q35", "microvm")
MIN_MICROVM = 64 << 20
MAX_CPUS = 64          # CONFIG_NR_CPUS
MAX_NODES = 64         # CONFIG_NODES_SHIFT
HZ = 250               # CONFIG_HZ

TCG_NOTE = ("TCG emulates: its times rank the strategies, "
            "they do not time hardware.")

# The CPU of a guest. Not cx16: QEMU 7.2's emulation of cmpxchg16b leaves garbage
# in EFLAGS (make eflags). The guest then dies a moment later of a debug exception
# or a double fault. SLUB uses the instruction often.
CPU = {"tcg": "max,-cx16", "icount": "max,-cx16", "kvm": "host"}
ACCEL = {"tcg": ["tcg,thread=multi"], "kvm": ["kvm"],
         # Time goes on by 2 ns an instruction, whatever else the host does.
         "icount": ["tcg,thread=single", "-icount", "shift=1"]}
ICOUNT_KHZ = 1000000    # QEMU's TSC counts ns then

# What a line that tells of trouble holds.
TROUBLE = re.compile(r"BUG[: ]|WARNING[: ]|Kernel panic|Oops|"
                     r"possible circular locking|inconsistent lock state|"
                     r"possible recursive locking|"
                     r"suspicious RCU usage|soft lockup|hung_task|"
                     r"blocked for more than|rcu.*detected stalls|rcu.*stall|"
                     r"is uninitialized and poisoned|general protection fault|"
                     r"list_(add|del) corruption|bad page|Bad page")


# How a guest dies of its emulator and not of its kernel.
EMULATOR_FAULTS = (
    # Bits from 22 on are always 0 in hardware.
    (re.compile(r"EFLAGS: (?!00[0-3][0-9a-f]{5}\b)[0-9a-f]{8}"),
     "EFLAGS with bits that no CPU sets"),
    # The emulator ran a breakpoint that the kernel had already replaced while
    # it patched its text.
    (re.compile(r"Oops: int3"), "int3 in text that the kernel was patching"),
    (re.compile(r"double fault"), "a double fault"),
)


class UsageError(Exception):
    """A value that makes no sense; the message names it and the remedy."""


def program(main, failed=2, errors=()):
    """Run main and exit. An error is one line; status 2 for arguments that make no
    sense, failed for what went wrong later: RuntimeError, or one of errors."""
    try:
        sys.exit(main())
    except (UsageError, RuntimeError, *errors) as error:
        name = os.path.splitext(os.path.basename(sys.argv[0]))[0].replace("_", "-")
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else failed)


def progress(text):
    print(text, file=sys.stderr, flush=True)


def parse_size(text, name="MEM"):
    match = re.fullmatch(r"(\d+)([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    if not match:
        raise UsageError(f"{name}={text}: not a size; "
                         f"write a number and M, G or T, as in {name}=64G")
    shift = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[match[2].upper()]
    return int(match[1]) << shift


def parse_count(text, name, most):
    if not re.fullmatch(r"\d+", text.strip()) or not 1 <= int(text) <= most:
        raise UsageError(f"{name}={text}: want a number from 1 to {most}")
    return int(text)


def check_linux():
    others = sorted(os.path.basename(os.path.dirname(path)) for path in
                    glob.glob(os.path.join(TOP, "patches", "*", "series")))
    if LINUX not in [LINUX_DEFAULT] + others:
        raise UsageError(f"LINUX={LINUX}: there is no series for it; want one "
                         f"of {LINUX_DEFAULT} {' '.join(others)}")
    if PART and PART not in PARTS:
        raise UsageError(f"PART={PART}: Linux {LINUX} has no such part; it has: "
                         f"{' '.join(PARTS) or 'none'}")


def check_shape(mem, nodes, cpus, kind="q35"):
    """Reject what QEMU or the kernel would trip over later."""
    if kind not in KINDS:
        raise UsageError(f"MACHINE={kind}: want one of {', '.join(KINDS)}")
    if kind == "microvm" and nodes > 1:
        raise UsageError(f"NODES={nodes}: a microvm has one node")
    if mem > MAX_MEM:
        raise UsageError(f"MEM={mem >> 30}G: the emulator's 40 address bits "
                         f"hold at most {MAX_MEM >> 30}G; ask for less")
    if mem % (nodes << 20):
        raise UsageError(f"MEM={mem} bytes and NODES={nodes}: a node must be "
                         "whole MiB; take a multiple of "
                         f"{nodes}M, or fewer nodes")
    least = MIN_MICROVM if kind == "microvm" else MIN_NODE
    if mem // nodes < least:
        raise UsageError(f"MEM={mem >> 20}M and NODES={nodes}: a node needs "
                         f"{least >> 20}M; take MEM={nodes * least >> 20}M"
                         " or more, or fewer nodes")
    # All nodes get the same number of CPUs, or one or none.
    if cpus > nodes and cpus % nodes:
        raise UsageError(f"CPUS={cpus} and NODES={nodes}: CPUs must divide "
                         f"evenly; take CPUS={cpus // nodes * nodes} or "
                         f"CPUS={(cpus // nodes + 1) * nodes}")


def size_text(size):
    for shift, unit in ((40, "T"), (30, "G"), (20, "M")):
        if size >> shift and not size % (1 << shift):
            return f"{size >> shift}{unit}"
    return str(size)


def kernel_file(flavour, name="arch/x86/boot/bzImage"):
    suffix = PART_SUFFIX if flavour.startswith("part") else ""
    path = os.path.join(KERNEL_DIR, flavour + suffix, name)
    if not os.path.exists(path):
        target = {"debug": "kernel-debug", "kcsan": "kcsan",
                  "resident": "resident", "resident-mainline": "resident",
                  "part": "kernel", "part-debug": "kernel-debug",
                  "patched": "kernel"}.get(flavour, "kernel-baseline")
        raise UsageError(f"KERNEL={flavour}: {path} does not exist; "
                         f"build it with: make {target}")
    return path


def kexec_initrd(kernel, folder):
    """The usual one; behind it, as files, the kernel and the usual one."""
    plain = os.path.join(GUEST_DIR, "initrd.cpio")
    os.symlink(kernel_file(kernel), os.path.join(folder, "kernel"))
    os.symlink(plain, os.path.join(folder, "initrd"))
    more = subprocess.run(["cpio", "-o", "-L", "-H", "newc", "--quiet"],
                          cwd=folder, input=b"kernel\ninitrd\n", check=True,
                          stdout=subprocess.PIPE).stdout
    path = os.path.join(folder, "both.cpio")
    with open(plain, "rb") as file, open(path, "wb") as out:
        out.write(file.read() + more)
    return path


def has_config(flavour, symbol):
    with open(kernel_file(flavour, ".config"), encoding="ascii") as file:
        return f"CONFIG_{symbol}=y\n" in file


class Result:
    """What one run left behind."""

    def __init__(self, log, wall_s, peak_rss, timed_out):
        self.log = log
        self.wall_s = wall_s
        self.peak_rss = peak_rss
        self.timed_out = timed_out
        self.guest = {}        # key=value lines of init
        self.notes = []        # its other lines
        self.lines = []        # (seconds, text) of the kernel
        self.init_s = None
        whole = Console()
        for raw in log.splitlines():
            for line in whole.feed(raw):
                self._read(line)
        self._read(whole.rest())

    def _read(self, line):
        if line.startswith("GUEST "):
            text = line[6:]
            match = re.fullmatch(r"(\w+)=(-?\d+)", text)
            if match:
                self.guest[match[1]] = int(match[2])
            else:
                self.notes.append(text)
            return
        match = KERNEL_LINE.match(line)
        if not match:
            return
        when, text = float(match[1]), match[2]
        self.lines.append((when, text))
        if self.init_s is None and re.match(r"Run /init as init", text):
            self.init_s = when

    @property
    def finished(self):
        return "end" in self.notes

    def trouble(self):
        """Lines of the kernel that should not be there."""
        return [text for _, text in self.lines if TROUBLE.search(text)]

    def emulator_fault(self):
        """Why the emulator is to blame; None if it is not."""
        for pattern, name in EMULATOR_FAULTS:
            if any(pattern.search(text) for _, text in self.lines):
                return name
        return None

    def rows(self, what):
        """Lines of init that begin with a word, as dicts of their values."""
        return [dict(pair.split("=", 1) for pair in note.split()[1:])
                for note in self.notes if note.split()[0] == what]

    def _window(self, opens, closes):
        """Seconds from the last line that opens to the next that closes."""
        start = None
        for when, text in self.lines:
            if re.match(opens, text):
                start = when
            elif start is not None and re.match(closes, text):
                return when - start
        return None

    def memmap_s(self):
        """The three places where a boot may wait for the memmap.

        Told by lines that every kernel prints right before and after:
        free_area_init (early, boot CPU), memblock_free_all (the same), and
        page_alloc_init_late (all CPUs).
        """
        early = self._window(r"Initmem setup node",
                             r"(?!Initmem|On node|memmap)")
        free = self._window(r"mem auto-init", r"SLUB:")
        late = self._window(r"smpboot: Total of|smp: Brought up",
                            r"Memory: \d+K")
        parts = (early, free, late)
        return None if None in parts else sum(parts), parts


@functools.lru_cache(maxsize=None)
def clock(accel):
    """Boot parameters for the rate of the clock, which every guest has alike.

    See tsc_khz.c; without its program the guest calibrates, and its log has no
    time before that.
    """
    khz = ICOUNT_KHZ
    try:
        if accel != "icount":
            khz = int(subprocess.check_output(
                [os.path.join(GUEST_DIR, "tsc_khz")]))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ""
    return f"tsc_early_khz={khz} tsc=reliable lpj={khz * 1000 // HZ}"


def dimm_options(mem, dimm):
    """Memory of a node that has none at first; the guest brings it online."""
    size, node = dimm
    return ["-m", f"{mem >> 20}M,slots=1,maxmem={mem + size >> 20}M",
            "-object", f"memory-backend-ram,id=dimm,size={size},reserve=off",
            "-numa", f"node,nodeid={node}",
            "-device", f"pc-dimm,memdev=dimm,node={node}"]


# Of the memory of a node without a CPU, beside that of one with.
SLOW = {"latency": (10, 40), "bandwidth": ("10G", "5G")}


def tier_options(nodes, cpus):
    """Says the HMAT: nodes with a CPU have fast memory, the others slow memory.

    Each of the others is near to one that has a CPU, in the same order.
    """
    options = []
    for node in range(nodes):
        for cpu in range(cpus):
            slow = node >= cpus
            for what, values in SLOW.items():
                options += ["-numa", f"hmat-lb,initiator={cpu},target={node},"
                            f"hierarchy=memory,data-type=access-{what},"
                            f"{what}={values[slow]}"]
        for other in range(node):
            near = node >= cpus > other == node - cpus
            options += ["-numa", f"dist,src={other},dst={node},"
                        f"val={20 if near or node < cpus else 30}"]
    return options


def disk_options():
    """Two: an empty file system, and zeros. What the guest writes is forgotten."""
    options = []
    for name in ("disk", "swap"):
        path = os.path.join(GUEST_DIR, f"{name}.img")
        options += ["-drive", f"file={path},format=raw,if=none,id={name},"
                    "snapshot=on,cache=unsafe",
                    "-device", f"virtio-blk-pci,drive={name}"]
    return options


def qemu_command(flavour, cmdline, mem, nodes, cpus, log, ram_fd=None,
                 accel="tcg", plugin=None, dimm=None, disk=False, plug=None,
                 tiers=False, qmp=None, kind="q35", balloon=None,
                 initrd="initrd.cpio"):
    """The command line.

    ram_fd: a file that all of the guest's RAM lies in; dimm: the size of more
    memory, offline, and its node, the one behind the others, without a CPU;
    disk: there are two, see disk_options(); plug: how much the guest may ask
    for, a node for it that has nothing at first, and the node of a virtio-mem
    device, or None for either (hotplug.py); tiers: see tier_options(); qmp: the
    socket for plug and balloon; kind: one of KINDS; balloon: None, or whether
    memory that is free goes back to the host by itself: with a balloon the host
    can ask for it; initrd: in GUEST_DIR, or a path.
    """
    cmd = [QEMU, "-nodefaults", "-no-user-config", "-display", "none",
           "-no-reboot", "-machine", kind + ",hmat=on" * tiers,
           "-accel", *ACCEL[accel],
           "-cpu", CPU[accel],
           "-m", f"{mem >> 20}M"]
    # A socket of its own for each node, or the kernel warns of the topology.
    sockets = nodes if cpus >= nodes else cpus
    cmd += ["-smp", f"{cpus},sockets={sockets},cores={cpus // sockets},threads=1"]
    per_node = mem // nodes
    for node in range(nodes):
        if ram_fd is None:
            backend = f"memory-backend-ram,id=m{node},size={per_node},reserve=off"
        else:
            backend = (f"memory-backend-file,id=m{node},size={per_node},"
                       f"mem-path=/proc/self/fd/{ram_fd[node]},share=on")
        first = node * cpus // nodes
        last = (node + 1) * cpus // nodes - 1
        if cpus < nodes:
            first = last = node if node < cpus else -1
        owns = (f",cpus={first}-{last}" if 0 <= first <= last else
                f",initiator={node - cpus}" if tiers else "")
        cmd += ["-object", backend]
        if kind == "microvm":
            cmd += ["-machine", f"memory-backend=m{node}"]
        else:
            cmd += ["-numa", f"node,nodeid={node},memdev=m{node}{owns}"]
    # Kernel messages below "debug" on the console; a panic ends the run. On a busy
    # host the emulated timer fails a test of its interrupts.
    line = ("console=ttyS0 panic=-1 loglevel=7 no_timer_check "
            f"{clock(accel)} {cmdline}").strip()
    cmd += ["-kernel", kernel_file(flavour),
            "-initrd", os.path.join(GUEST_DIR, initrd),
            "-append", line,
            "-serial", f"file:{log}",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4"]
    if plugin:
        cmd += ["-plugin", plugin]
    if dimm:
        cmd += dimm_options(mem, dimm)
    if disk:
        cmd += disk_options()
    if tiers:
        cmd += tier_options(nodes, cpus)
    if plug:
        cmd += hotplug.options(mem, *plug)
    if balloon is not None:
        cmd += hotplug.balloon_options(balloon)
    if plug or balloon is not None:
        cmd += hotplug.monitor_options(qmp)
    return cmd


def run(flavour, cmdline, mem, nodes, cpus, ram=None, timeout=600,
        accel="tcg", plugin=None, dimm=None, disk=False, plug=None,
        tiers=False, kind="q35", balloon=None, initrd="initrd.cpio"):
    """Boot a guest, wait for its end, kill it when it has none."""
    if not shutil.which(QEMU):
        raise UsageError(f"{QEMU} is not installed; make boot installs it, or: "
                         "apt-get install qemu-system-x86")
    fds = ram.fds if ram else None
    with tempfile.TemporaryDirectory(prefix="guest-") as scratch:
        log = os.path.join(scratch, "console")
        err = os.path.join(scratch, "stderr")
        qmp = os.path.join(scratch, "qmp")
        cmd = qemu_command(flavour, cmdline, mem, nodes, cpus, log, fds,
                           accel, plugin, dimm, disk, plug, tiers, qmp, kind,
                           balloon, initrd)
        plugger = (hotplug.Plugger(log, qmp, mem, fds)
                   if plug or balloon is not None else None)
        fired = threading.Event()
        with open(err, "wb") as err_file:
            start = time.monotonic()
            child = subprocess.Popen(cmd, stdin=subprocess.DEVNULL,
                                     stdout=err_file, stderr=err_file,
                                     pass_fds=fds or ())

            def kill():
                fired.set()
                os.kill(child.pid, signal.SIGKILL)

            timer = threading.Timer(timeout, kill)
            timer.start()
            if plugger:
                plugger.pid = child.pid
                plugger.start()
            try:
                # Not child.wait(): this one also tells the peak RSS.
                _, status, usage = os.wait4(child.pid, 0)
            except BaseException:
                kill()
                os.wait4(child.pid, 0)
                raise
            finally:
                timer.cancel()
                if plugger:
                    plugger.stop()
            wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        with open(err, encoding="utf-8", errors="replace") as file:
            complaint = file.read()
        text = ""
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as file:
                text = file.read()
        if not text and complaint:
            raise RuntimeError(f"QEMU did not start: {complaint.strip()}")
    if plugger and plugger.errors:
        raise RuntimeError(f"QEMU's monitor: {plugger.errors[0]}")
    result = Result(text, wall, usage.ru_maxrss * 1024, fired.is_set())
    result.rss = plugger.rss if plugger else {}
    result.ram = plugger.ram if plugger else {}
    return result


class Retries:
    """Boots guests, and boots a guest once more if its emulator killed it.

    A bug of the kernel shows again in the second boot. All retries are counted,
    and the caller prints the count.
    """

    def __init__(self):
        self.boots = 0
        self.faults = []

    def run(self, name, *args, accel="tcg", **more):
        self.boots += 1
        result = run(*args, accel=accel, **more)
        fault = result.emulator_fault() if accel == "tcg" else None
        if not fault:
            return result
        self.faults.append(f"{name}: {fault}")
        log = os.path.join(GUEST_DIR, f"emulator-{len(self.faults)}.log")
        with open(log, "w", encoding="utf-8") as file:
            file.write(result.log)
        progress(f"{name}: the emulator died, not the kernel: {fault}; booting "
                 f"once more; console: {log}")
        return run(*args, accel=accel, **more)

    def summary(self):
        """A line for the end of a report; empty if there was no retry."""
        if not self.faults:
            return ""
        return (f"{len(self.faults)} of {self.boots} boots died of the emulator "
                f"and were tried again: " + "; ".join(self.faults))


class SharedRam:
    """Guest RAM in memory files that outlive a guest.

    The host's pages stay where they are from run to run, so no run pays for
    the host's page faults: what a fair comparison of times wants. Peak RSS
    needs the opposite and is measured in runs with RAM of their own.
    """

    def __init__(self, mem, nodes):
        self.fds = []
        for node in range(nodes):
            fd = os.memfd_create(f"guest-node{node}")
            os.ftruncate(fd, mem // nodes)
            self.fds.append(fd)

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.fds = []


def check_accel(want):
    if want not in ("tcg", "kvm", "auto"):
        raise UsageError(f"ACCEL={want}: want tcg, kvm or auto")


def usable_accel(want):
    """kvm only where a stock guest really boots under it."""
    check_accel(want)
    if want == "tcg":
        return "tcg"
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        for flavour in FLAVOURS:
            if os.path.exists(os.path.join(KERNEL_DIR, flavour,
                                           "arch/x86/boot/bzImage")):
                break
        progress("trying /dev/kvm for 30 s at most")
        try:
            if run(flavour, "", 1 << 30, 1, 1, timeout=30,
                   accel="kvm").finished:
                return "kvm"
        except RuntimeError as err:
            progress(str(err))
    if want == "kvm":
        raise UsageError("ACCEL=kvm: a guest does not boot under /dev/kvm "
                         "here; take ACCEL=tcg")
    return "tcg"
