#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run test scripts; 77 means "cannot be tested here", and they say why.
status=0
for t
do
	log=${TMPDIR:-/tmp}/pyheapspy-test.$$
	"$t" >"$log" 2>&1
	case $? in
	0) echo "ok   ${t##*/} ($(grep -c '^ok ' "$log"))" ;;
	77) echo "skip ${t##*/}: $(tail -n 1 "$log")" ;;
	*)
		cat "$log"
		echo "FAIL ${t##*/}"
		status=1
		;;
	esac
	grep '^skip ' "$log"
	rm -f "$log"
done
exit $status
