#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run unit tests, each a program, two at a time; show what one says only if it
# fails.
one()
{
	if "$1" >"$1.log" 2>&1
	then
		# cmocka: "[==========] 7 test(s) run."
		n=$(sed -n 's/^\[=*\] \([0-9]*\) test(s) run\..*/\1/p' \
			"$1.log" | awk '{ n += $1 } END { print n + 0 }')
		echo "ok   ${1##*/} ($n)"
	else
		printf '%s\nFAIL %s\n' "$(cat "$1.log")" "${1##*/}"
		return 1
	fi
}

case $1 in
--one)
	one "$2"
	;;
*)
	printf '%s\0' "$@" | xargs -0 -n 1 -P 2 "$0" --one
	;;
esac
