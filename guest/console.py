# SPDX-License-Identifier: GPL-2.0-only
"""The lines of a console that the kernel and a program of its guest share."""

import re

# A line of the kernel with its time.
KERNEL_LINE = re.compile(r"^\[ *(\d+\.\d+)\] (.*)$")
# It fell into one of the guest's.
CUT = re.compile(r"^(GUEST .*?)\r?(\[ *\d+\.\d{6}\] .*)$")


class Console:
    """Makes lines whole that a message of the kernel has cut.

    The message begins where the guest's line stood when it came, and the rest of
    that line is behind its end, or behind more messages.
    """

    def __init__(self):
        self.cut = None     # what the guest had written

    def feed(self, raw):
        """Take a line as it stands there. Return: the lines that are whole now."""
        raw = raw.rstrip("\r")
        if self.cut is not None and not KERNEL_LINE.match(raw):
            if raw.startswith("GUEST "):
                return [self.rest()] + self.feed(raw)
            raw = self.rest() + raw
        match = CUT.match(raw)
        if not match:
            return [raw]
        self.cut = match[1]
        return [match[2]]

    def rest(self):
        """The part of a line that is still kept; empty without."""
        cut, self.cut = self.cut or "", None
        return cut
