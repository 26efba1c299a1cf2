#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""rst_check.py KERNEL FILE...: syntax of the kernel's pages, without Sphinx.

Each kernel-doc directive is replaced by what KERNEL's scripts/kernel-doc makes
of the file that it names, so comments are checked as well. What Sphinx alone
knows is taken as text. Prints what is wrong; status 1 if anything is.
"""

import re
import subprocess
import sys

import docutils.core
import docutils.nodes
import docutils.parsers.rst.directives
import docutils.parsers.rst.roles
import docutils.utils
from docutils.parsers.rst import Directive

DIRECTIVE = re.compile(r"^\.\. kernel-doc:: (\S+)\n((?:   :.*\n)*)", re.M)


class Text(Directive):
    """A directive of Sphinx: its content is parsed, the rest ignored."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        node = docutils.nodes.container()
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def text_role(_name, rawtext, text, *_args, **_kwargs):
    return [docutils.nodes.literal(rawtext, text)], []


def expand(kernel, match, complaints):
    """What the kernel's own script makes of a kernel-doc directive."""
    options = dict(re.findall(r":(\w+): ?(.*)", match[2]))
    select = (["-function", options["doc"]] if "doc" in options
              else ["-no-doc-sections"])
    # The older one, in Perl, would ask Sphinx for its version.
    with open(f"{kernel}/scripts/kernel-doc", encoding="utf-8") as script:
        if "perl" in script.readline():
            select = ["-sphinx-version", "5.3.0", *select]
    done = subprocess.run(["scripts/kernel-doc", "-rst", *select, match[1]],
                          cwd=kernel, capture_output=True, text=True,
                          check=False)
    if done.stderr or not done.stdout:
        complaints.append(done.stderr.strip() or
                          f"{match[1]}: kernel-doc finds nothing")
    # Its anchors and labels are Sphinx's.
    return re.sub(r"^\.\. (LINENO|highlight|_).*\n", "", done.stdout, flags=re.M)


def main():
    kernel, files = sys.argv[1], sys.argv[2:]
    complaints = []
    bad = 0
    for name in ("c:function", "c:struct", "c:enum", "c:macro", "c:type",
                 "toctree"):
        docutils.parsers.rst.directives.register_directive(name, Text)
    for name in ("c:func", "c:type", "c:data", "ref", "doc"):
        docutils.parsers.rst.roles.register_local_role(name, text_role)

    for file in files:
        with open(f"{kernel}/{file}", encoding="utf-8") as source:
            page = DIRECTIVE.sub(
                lambda match: expand(kernel, match, complaints),
                source.read())
        # 3: parsing goes on, and what is at least a warning is printed.
        document = docutils.core.publish_doctree(
            page, source_path=file,
            settings_overrides={"report_level": 2, "halt_level": 5})
        bad += sum(node["level"] >= 2 for node in
                   document.findall(docutils.nodes.system_message))
    for complaint in complaints:
        print(complaint)
    return 1 if bad or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
