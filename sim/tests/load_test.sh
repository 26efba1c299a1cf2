#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --load: what it refuses, and a load that leaves its CPUs now and then.
set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/ok.sh load
. scripts/bad.sh

bad "no load 'tents'; did you mean 'tenth'?" advise --load tents
bad "touch='11O%': want a size" advise --load touch=11O%
bad "touch='101%': want a size" advise --load touch=101%
bad "cpus='0': want" advise --load tenth,cpus=0
bad "at='1s': want boot" advise --load tenth,at=1s
bad "at='boot+1h': want boot" advise --load tenth,at=boot+1h
bad "clear='maybe': want yes or no" advise --load tenth,clear=maybe
bad "sleep='100%': want a share below 100%" advise --load tenth,sleep=100%
bad "sleep='60': want a share" sweep --load tenth,sleep=60
bad "sleep='': want a share" sweep --load tenth,sleep=
bad "want clear=yes with it" advise --load tenth,clear=no,sleep=60%
bad "did you mean 'sleep='?" advise --load tenth,slep=60%
bad "did you mean 'touch='?" advise --load tuch=1G
bad "how much? want touch=" advise --load cpus=1
bad "has 1 GiB; want no more" advise --machine microvm-1g --load touch=2G
bad "has 2 CPUs; want no more" advise --machine microvm-1g --load tenth,cpus=3

# Beside a load that is always there, threads in the background wait for its end;
# beside one that sleeps they are done long before, and nothing is lost.
sleeps() {
	for load in tenth tenth,sleep=0% tenth,sleep=95%; do
		$memmap advise --machine server-2s-192c --load "$load" --format json ||
			return
	done >"$dir/advice.json"
	python3 - "$dir/advice.json" <<'END'
import json, sys
text, decoder, found = open(sys.argv[1]).read(), json.JSONDecoder(), []
while text.strip():
    document, end = decoder.raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    found.append((document["load"], {r["strategy"]: r for r in document["results"]}))
(busy, one), (zero, same), (idle, other) = found
assert (busy["sleep_pct"], zero["sleep_pct"], idle["sleep_pct"]) == (0, 0, 95)
assert one == same
assert one["idle"]["complete_ns"] > one["idle"]["load_done_ns"]
assert other["idle"]["complete_ns"] < other["idle"]["load_done_ns"] / 2
assert other["idle"]["pages_pulled"] < other["ondemand"]["pages_pulled"]
END
}
ok "threads of idle have what a load leaves them" sleeps
ok "words say how much" sh -c "$memmap advise --load tenth,sleep=60% | grep -q 'asleep for 60 % of the time'"

# On real memory: the load has its blocks, nothing is lost, and what it takes of
# a strategy that drains nothing is all that is initialised but for early memory.
for_real() {
	for load in tenth all,sleep=50%; do
		$memmap time --mem 256M --runs 1 --verify --load "$load" --format json \
			--cmdline memmap_init=idle --cmdline memmap_init=ondemand || return
	done >"$dir/time.json"
	$memmap time --mem 256M --runs 1 --format json >>"$dir/time.json" || return
	python3 - "$dir/time.json" <<'END'
import json, sys
text, decoder, found = open(sys.argv[1]).read(), json.JSONDecoder(), []
while text.strip():
    document, end = decoder.raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    found.append({r["strategy"]: r for r in document["results"]})
tenth, whole, none = found
for result in list(tenth.values()) + list(whole.values()):
    assert result["verified"] and result["load_done_ns"] > 0
assert all(result["load_done_ns"] is None for result in none.values())
assert tenth["idle"]["complete_ns"] and not tenth["ondemand"]["complete_ns"]
more = tenth["ondemand"]["pages_initialised"] - none["ondemand"]["pages_initialised"]
assert 0 < more <= 6 * 1024 + 1024, more
assert whole["ondemand"]["complete_ns"] >= whole["ondemand"]["load_done_ns"] / 2
END
}
bad "does not fit this host" time --machine server-16s-32t --cmdline memmap_init=ondemand --load tenth
ok "a load runs for real beside the threads of idle" for_real
