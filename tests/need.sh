#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Say which Debian packages the build lacks; with --install, and where we may,
# get them.
#
#   tests/need.sh [--install] CC PKG_CONFIG LIBRARY|PROGRAM...
install=
if test "$1" = --install
then
	install=1
	shift
fi
cc=$1 pkg_config=$2
shift 2

package_of()
{
	case $1 in
	libelf | libdw | libbsd | libcmocka | libzstd | liblz4 | liblzma)
		echo "$1-dev" ;;
	cmocka) echo libcmocka-dev ;;
	libunwind-ptrace) echo libunwind-dev ;;
	ncursesw) echo libncurses-dev ;;
	zlib) echo zlib1g-dev ;;
	*python*) echo python3 ;;
	*) echo "$1" ;;
	esac
}

missing()
{
	# ${cc%% *}: CC may carry flags.
	if ! command -v "${cc%% *}" >/dev/null
	then
		test "$cc" = clang && echo clang || echo gcc
	fi
	test -e /usr/include/errno.h || echo libc6-dev
	command -v "$pkg_config" >/dev/null || echo pkg-config
	for what
	do
		"$pkg_config" --exists "$what" 2>/dev/null ||
			command -v "$what" >/dev/null || package_of "$what"
	done
}

packages=$(missing "$@" | tr '\n' ' ')
test -n "$packages" || exit 0
line="apt-get install --no-install-recommends $packages"
if test -n "$install" && test "$(id -u)" = 0 && test -e /etc/debian_version
then
	echo "installing what is missing: $line" >&2
	export DEBIAN_FRONTEND=noninteractive
	# Lists may be absent or old on a fresh machine.
	# shellcheck disable=SC2086
	apt-get -qq -y install --no-install-recommends $packages >/dev/null \
		2>&1 && exit 0
	# shellcheck disable=SC2086
	apt-get -qq update && apt-get -qq -y install \
		--no-install-recommends $packages >/dev/null && exit 0
fi
echo "pyheapspy needs packages that are not installed; as root:" >&2
echo "	$line" >&2
exit 1
