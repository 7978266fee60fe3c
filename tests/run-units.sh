#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run unit tests, each a program; show what it says only if it fails.
status=0
for t
do
	if "$t" >"$t.log" 2>&1
	then
		# cmocka: "[==========] 7 test(s) run."
		n=$(sed -n 's/^\[=*\] \([0-9]*\) test(s) run\..*/\1/p' \
			"$t.log" | awk '{ n += $1 } END { print n + 0 }')
		echo "ok   ${t##*/} ($n)"
	else
		cat "$t.log"
		echo "FAIL ${t##*/}"
		status=1
	fi
done
exit $status
