# SPDX-License-Identifier: GPL-2.0-only
# Which kernel: sourced in the repository's root. LINUX= names it; without, it is
# the one that patches/linux names, whose series is patches/ itself. The others
# are the folders of patches/.
# Who sources this file uses these.
# shellcheck shell=bash disable=SC2034

read -r linux_default <patches/linux
linux_others=()
for _series in patches/*/series; do
	[ ! -e "$_series" ] || linux_others+=("$(basename "${_series%/series}")")
done

# PART= names a piece of that series that is sent alone, patches/LINUX/PART. It
# stands on the parts before it in the alphabet.

# each_linux COMMAND...: for every kernel, with LINUX set; KERNEL_SOURCE is the
# default one's.
each_linux() {
	local version bad=0

	LINUX=$linux_default "$@" || bad=1
	for version in "${linux_others[@]}"; do
		KERNEL_SOURCE='' LINUX=$version "$@" || bad=1
	done
	return "$bad"
}

if [ "${LINUX:-$linux_default}" = "$linux_default" ]; then
	LINUX=$linux_default
	linux_series=patches
	linux_build=build/kernel
elif [ -e "patches/$LINUX/series" ]; then
	linux_series=patches/$LINUX
	linux_build=build/kernel/$LINUX
else
	echo "LINUX=$LINUX: there is no series for it; want one of $linux_default ${linux_others[*]}" >&2
	exit 2
fi
linux_parts=()
for _series in "$linux_series"/*/series; do
	[ ! -e "$_series" ] || [ "$linux_series" = patches ] ||
		linux_parts+=("$(basename "${_series%/series}")")
done
if [ -n "${PART:-}" ] && ! printf '%s\n' "${linux_parts[@]}" | grep -qxF "$PART"; then
	echo "PART=$PART: Linux $LINUX has no such part; it has: ${linux_parts[*]:-none}" >&2
	exit 2
fi
linux_before=()
for _part in "${linux_parts[@]}"; do
	[[ -z ${PART:-} || ! $_part < ${PART:-} ]] || linux_before+=("$_part")
done
# The first part has the plain name.
linux_suffix=
[ "${#linux_before[@]}" -eq 0 ] || linux_suffix=-$PART
export LINUX
