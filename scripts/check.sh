#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every test there is, counted. Silent on success but for one line a test.
# Run through `make check`; CHECK_QUICK=1 leaves out all flavours but gcc.
set -u
cd "$(dirname "$0")/.." || exit 1

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# ok NAME COMMAND...: the command must succeed.
ok() {
	local name=$1

	shift
	if "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		echo "not ok $name"
		tail -n 40 "$log" | sed 's/^/    /'
	fi
}

overlay_leaks() {
	! git grep -nE '_OPENMP|__KERNEL__|<(omp|stdlib|stdio|pthread|unistd|string|stdint|errno)\.h>|(^|[^>.a-z_])(malloc|free|printf)\(' \
		-- init mm arch include
}

# The grep above must be able to fail.
overlay_leaks_control() {
	grep -qE '<(omp|stdio)\.h>' sim/cli/time.c
}

no_long_files() {
	local long

	long=$(git ls-files '*.c' '*.h' '*.cc' '*.sh' '*.py' | xargs wc -l |
		awk '$2 != "total" && $1 > 600')
	[ -z "$long" ] || { echo "$long"; return 1; }
}

spdx() {
	local missing

	missing=$(git ls-files '*.c' '*.h' '*.cc' '*.sh' '*.py' '*.mk' '*.zsh' \
			Makefile completions debian/rules debian/tests/smoke |
		xargs grep -L 'SPDX-License-Identifier: GPL-2.0-only')
	[ -z "$missing" ] || { echo "$missing"; return 1; }
}

# The package is built from what the Makefile needs, and has its version.
package_agrees() {
	local package bad=0

	# shellcheck disable=SC2016 # make expands them
	for package in $(make -s --eval 'deps: ; @echo $(DEPS) $(DEPS_MAN)' deps); do
		case $package in gcc|libc6-dev|make) continue ;; esac
		grep -q "^ *\(Build-Depends: \)\{0,1\}$package\>" debian/control ||
			{ echo "debian/control: Build-Depends lacks $package"; bad=1; }
	done
	grep -qF "\"$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)\"" sim/base/version.h ||
		{ echo "debian/changelog and sim/base/version.h differ"; bad=1; }
	return "$bad"
}

# Who looks for a room or a page finds it.
named() {
	local path bad=0

	for path in $(git ls-files | sed -n 's,/.*,/,p' | sort -u) \
			$(git ls-files sim mm | sed -n 's,^\([^/]*/[^/]*/\).*,\1,p' | sort -u); do
		grep -qF "$path" README.md ||
			{ echo "README.md does not name $path"; bad=1; }
	done
	for path in $(git ls-files 'doc/*.md' 'doc/*.json' '*.md' | sed 's,^doc/,,' | grep -v '/\|^README.md'); do
		grep -qF "$path" doc/README.md ||
			{ echo "doc/README.md does not name $path"; bad=1; }
	done
	return "$bad"
}

ok "README names every room, doc/README.md every page" named
ok "overlay holds no host code" overlay_leaks
ok "overlay grep can fail" overlay_leaks_control
ok "no file over 600 lines" no_long_files
ok "SPDX line in every source" spdx
ok "debian/ agrees with Makefile and version" package_agrees
ok "form of .clang-format and .editorconfig" scripts/format.sh --check
mapfile -t shells < <(git ls-files '*.sh' '*.bash' .ci/run debian/tests/smoke)
ok "shellcheck" shellcheck "${shells[@]}"

flavours="gcc"
[ -n "${CHECK_QUICK:-}" ] || flavours="gcc clang asan tsan"
for flavour in $flavours; do
	# The same results everywhere: one machine is enough for a sanitizer.
	[ "$flavour" = gcc ] || export STABILITY_MACHINES=1
	ok "$flavour: builds without a warning" \
		make -s -j2 FLAVOUR="$flavour" WERROR=-Werror test-bins
	for bin in build/"$flavour"/mm/*/tests/*_kunit build/"$flavour"/sim/tests/*_test; do
		[ -x "$bin" ] || continue
		# Thread sanitizer needs the OpenMP runtime to say when it joins.
		ok "$flavour: ${bin#build/"$flavour"/}" \
			env TSAN_OPTIONS=ignore_noninstrumented_modules=1 \
			timeout 900 "$bin"
	done
done

if [ -e /usr/include/simgrid/s4u.hpp ] && command -v g++ >/dev/null; then
	ok "gcc: flow_simgrid builds" \
		make -s WERROR=-Werror build/gcc/sim/tests/flow_simgrid
	ok "gcc: flow solver agrees with SimGrid's to 1e-6" \
		timeout 900 build/gcc/sim/tests/flow_simgrid --log=root.thresh:error
else
	echo "skipped: flow solver against SimGrid's (apt-get install libsimgrid-dev g++)"
fi

ok "gcc: benchmarks build" make -s WERROR=-Werror build/bench
ok "rooms: each uses lower ones only, no circle of files" \
	scripts/include_graph.py build/gcc
grep ' uses ' "$log" | sed 's/^/    /'
ok "rooms: what that looks for is found" scripts/include_graph.py --self-test
ok "gcc: every benchmark runs" \
	timeout 900 build/bench --benchmark_min_time=0.0001

for script in sim/tests/*_test.sh bench/*_test.sh guest/*_test.sh patches/check.sh patches/fastpath_check.sh; do
	[ -e "$script" ] || continue
	while read -r line; do
		case $line in
		"ok "*) passed=$((passed + 1)); echo "$line" ;;
		"not ok "*) failed=$((failed + 1)); echo "$line" ;;
		*) echo "    $line" ;;
		esac
	done < <(timeout 1800 bash "$script" 2>&1 || echo "not ok $script ended with status $?")
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
