# SPDX-License-Identifier: GPL-2.0-only
"""What a guest asks its host for: memory that is plugged and unplugged.

The guest writes "host plug ID MIB NODE", "host unplug ID", "host resize MIB",
"host balloon MIB", "host rss WHEN" and "host reset" on its console; see
job_hotplug.c and job_resident.c. A thread reads that, and tells QEMU through its
machine protocol (QMP) or looks how much memory QEMU has. "host pristine START END",
before "host rss", names memory that the guest has not used.
"""

import json
import os
import socket
import threading
import time

from console import Console

SLOTS = 16
VIRTIO = "virtio"
BALLOON = "balloon"
# Of a q35: more memory than this lies above 4 GiB.
BELOW_4G = 2 << 30


def monitor_options(path):
    return ["-qmp", f"unix:{path},server=on,wait=off"]


def balloon_options(reporting):
    return ["-device", f"virtio-balloon-pci,id={BALLOON},"
            f"free-page-reporting={'on' if reporting else 'off'}"]


def options(mem, most, node, virtio):
    """QEMU's: up to so many bytes more, a node without memory.

    node: None, or the number of a node that has nothing at first; virtio: None,
    or the node of a virtio-mem device that can have all of it.
    """
    cmd = ["-m", f"{mem >> 20}M,slots={SLOTS},maxmem={mem + most >> 20}M"]
    if node is not None:
        cmd += ["-numa", f"node,nodeid={node}"]
    if virtio is not None:
        cmd += ["-object", f"memory-backend-ram,id={VIRTIO}-memory,size={most},"
                "reserve=off",
                "-device", f"virtio-mem-pci,id={VIRTIO},memdev={VIRTIO}-memory,"
                f"node={virtio},requested-size=0"]
    return cmd


def resident(file):
    """Where a memory file has memory: ranges in its order."""
    ranges, end = [], 0
    while True:
        try:
            start = os.lseek(file, end, os.SEEK_DATA)
        except OSError:     # none behind it
            return ranges
        end = os.lseek(file, start, os.SEEK_HOLE)
        ranges.append((start, end))


def overlap(one, other):
    """What is in both of two lists of ranges, each in its order."""
    both, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            both.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return both


def length(ranges):
    return sum(end - start for start, end in ranges)


class Monitor:
    """A QMP connection: commands, and events that somebody waits for."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.file = self.sock.makefile("rw", encoding="utf-8")
        self.file.readline()    # the greeting
        self.events = []
        self.command("qmp_capabilities")

    def _answer(self):
        line = self.file.readline()
        if not line:
            raise EOFError
        return json.loads(line)

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name,
                                    "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = self._answer()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def wait(self, event, device):
        """Until QEMU has said that this happened to the device."""
        while True:
            for seen in self.events:
                if seen["event"] == event and \
                   seen.get("data", {}).get("device") == device:
                    self.events.remove(seen)
                    return
            answer = self._answer()
            if "event" in answer:
                self.events.append(answer)

    def close(self):
        self.file.close()
        self.sock.close()


class Plugger(threading.Thread):
    """Follows a console, and does what the guest asks for."""

    def __init__(self, console, path, mem=0, fds=None):
        super().__init__(daemon=True)
        self.console = console
        self.path = path
        self.mem = mem
        self.fds = fds          # files that the guest's memory lies in
        self.pristine = []      # what the guest has said of it
        self.provided = []      # what the host provided at the last look
        self.ram = {}           # when -> bytes of it that the host provides,
        #                         that are pristine, that are both, and that
        #                         are both and were not provided before
        self.pid = None         # QEMU's
        self.rss = {}           # when -> bytes
        self.plugs = 0
        self.again = ""         # in front of each WHEN, once it was reset
        self.over = threading.Event()
        self.errors = []

    def _connect(self):
        while not self.over.is_set():
            try:
                return Monitor(self.path)
            except OSError:
                time.sleep(0.01)
        return None

    def _look_at_ram(self, when):
        """All of it is in one file."""
        pristine = sorted(
            (max(start, low) - low + at, min(end, high) - low + at)
            for start, end in self.pristine
            for low, high, at in ((0, BELOW_4G, 0), (4 << 30, 1 << 52, BELOW_4G))
            if max(start, low) < min(end, high))
        provided = resident(self.fds[0])
        both = overlap(provided, pristine)
        self.ram[when] = (length(provided), length(pristine), length(both),
                          length(both) - length(overlap(both, self.provided)))
        self.provided = provided
        self.pristine = []

    def _obey(self, monitor, words):
        if words[0] == "plug":
            name, mib, node = words[1], int(words[2]), int(words[3])
            monitor.command("object-add", **{
                "qom-type": "memory-backend-ram", "id": f"{name}-memory",
                "size": mib << 20, "reserve": False})
            # Not the slot of the last one: the guest's kernel may still look
            # whether that is empty.
            monitor.command("device_add", driver="pc-dimm", id=name,
                            memdev=f"{name}-memory", node=node,
                            slot=self.plugs % SLOTS)
            self.plugs += 1
        elif words[0] == "unplug":
            monitor.command("device_del", id=words[1])
            monitor.wait("DEVICE_DELETED", words[1])
            monitor.command("object-del", id=f"{words[1]}-memory")
        elif words[0] == "resize":
            monitor.command("qom-set", path=f"/machine/peripheral/{VIRTIO}",
                            property="requested-size",
                            value=int(words[1]) << 20)
        elif words[0] == "balloon":
            monitor.command("balloon", value=self.mem - (int(words[1]) << 20))
        elif words[0] == "reset":
            # Once. The firmware may ask for another reset on the way.
            if not self.again:
                self.again = "reset-"
                monitor.command("set-action", reboot="reset")
                monitor.command("system_reset")
        elif words[0] == "pristine":
            self.pristine.append((int(words[1]), int(words[2])))
        elif words[0] == "rss":
            if self.fds:
                self._look_at_ram(self.again + words[1])
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
                self.rss[words[1]] = int(file.read().split()[1]) * \
                    os.sysconf("SC_PAGE_SIZE")
        else:
            raise RuntimeError(f"the guest asks for '{' '.join(words)}'")

    def run(self):
        monitor = self._connect()
        whole = Console()
        at = 0
        try:
            while monitor and not self.over.is_set():
                text = b""
                if os.path.exists(self.console):
                    with open(self.console, "rb") as file:
                        file.seek(at)
                        text = file.read()
                # What is behind the last line's end is read again.
                text = text[:text.rfind(b"\n") + 1]
                at += len(text)
                for raw in text.decode(errors="replace").splitlines():
                    for line in whole.feed(raw):
                        words = line.split()
                        if words[:2] == ["GUEST", "host"]:
                            self._obey(monitor, words[2:])
                time.sleep(0.01)
        except (EOFError, ConnectionError):
            pass    # QEMU has ended; what the guest said tells whether well
        except (RuntimeError, OSError) as error:
            self.errors.append(str(error))
        if monitor:
            monitor.close()

    def stop(self):
        self.over.set()
