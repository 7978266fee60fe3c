#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Fuzz each target for a while, from its seeds; what it finds new stays in
# build/, a crash ends the run and is to become a seed with a name.
#
#   tests/run-fuzz.sh SECONDS PROGRAM...
#
# Beside fuzz_X.c may lie X.dict and X.options (flags of libFuzzer: -max_len).
seconds=$1
shift
for t
do
	name=${t##*/fuzz_}
	name=${name%.fuzz}
	corpus=$t.corpus
	mkdir -p "$corpus"
	set --
	test -e "tests/fuzz/$name.dict" && set -- "-dict=tests/fuzz/$name.dict"
	test -e "tests/fuzz/$name.options" &&
		# shellcheck disable=SC2046
		set -- "$@" $(cat "tests/fuzz/$name.options")
	test -d "tests/fuzz/seeds/$name" &&
		set -- "$@" "tests/fuzz/seeds/$name"
	echo "fuzz $name, $seconds s"
	"$t" -max_total_time="$seconds" -print_final_stats=1 \
		-artifact_prefix="$t." "$corpus" "$@" >"$t.log" 2>&1 || {
		tail -n 60 "$t.log"
		echo "FAIL fuzz_$name; the input lies beside $t"
		exit 1
	}
	grep -E 'number_of_executed_units|peak_rss' "$t.log"
done
