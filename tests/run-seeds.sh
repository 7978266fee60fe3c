#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Replay the seeds of each fuzz target; each program is told its files.
status=0
for t
do
	name=${t##*/fuzz_}
	seeds=tests/fuzz/seeds/$name
	test -d "$seeds" || seeds=tests/fuzz/seeds/fuzz_$name
	if ! test -d "$seeds"
	then
		echo "FAIL fuzz_$name has no seeds: tests/fuzz/seeds/$name"
		status=1
	elif "$t" "$seeds"/* >"$t.log" 2>&1
	then
		echo "ok   fuzz_$name ($(ls "$seeds" | wc -l) seeds)"
	else
		cat "$t.log"
		echo "FAIL fuzz_$name"
		status=1
	fi
done
exit $status
