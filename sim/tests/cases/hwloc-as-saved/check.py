# SPDX-License-Identifier: GPL-2.0-only
import os
import tempfile
import threading

from lib import *

text = open("m.xml").read()
want, found = nodes("m.xml")
want = want["nodes"]
must(found == [(2, 16384)], found)
folder = tempfile.TemporaryDirectory()


def written(name, content):
    path = os.path.join(folder.name, name)
    with open(path, "wb") as f:
        f.write(content)
    return path


def same(spec, stdin=subprocess.DEVNULL):
    rc, out, err = run("machine", "import", spec, stdin=stdin)
    must(rc == 0 and not err, (spec, err))
    must(json.loads(out)["nodes"] == want, (spec, out))


same(written("crlf.xml", text.replace("\n", "\r\n").encode()))
same(written("bom.xml", b"\xef\xbb\xbf" + text.encode()))
same(written("utf16.xml", text.encode("utf-16")))
same(written("named.json", text.encode()))
same(written("named.txt", text.encode()))
same("-", stdin=open("m.xml"))
pipe = os.path.join(folder.name, "pipe.xml")
os.mkfifo(pipe)
threading.Thread(target=lambda: open(pipe, "w").write(text), daemon=True).start()
same(pipe)


def says(content, words):
    rc, out, err = run("machine", "import", written("said.xml", content.encode()))
    must(rc == 0 and words in err, (words, err))


says(text.replace('complete_cpuset="0x00000003"', 'complete_cpuset="0x0000000f"'),
     "2 of 4 CPUs are in it")
says(text.replace('<info name="Architecture" value="x86_64"/>\n', ""), "names no Architecture")
says(text.replace("x86_64", "aarch64").replace('<page_type size="4096" count="4194304"/>', ""),
     "no page_type says how large a page is")
