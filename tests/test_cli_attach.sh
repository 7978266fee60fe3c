#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `pyheapspy attach` without a terminal: whom it takes, what it prints.
# shellcheck source=tests/cli.sh
. tests/cli.sh
exec </dev/null

# --- usage -------------------------------------------------------------------

expect 2 'no PID given, and no terminal.*pyheapspy attach --help' attach
expect 2 'more than one PID, name or core file' attach 1 2
expect 2 "unknown option '--jason'" attach --jason 1
expect 2 "is not a PID" attach 0
expect 2 "is not a PID" attach ''
expect 2 "is not a PID" attach 99999999999
for seconds in 0 -1 x '' nan inf 1s 0.01 1e99
do
	expect 2 'interval must be a number from 0.1' attach 1 -i "$seconds"
done
expect 2 'cpu must be a number' attach 1 --cpu=0
for count in 0 -1 x '' 1.5
do
	expect 2 'count must be a number' attach 1 -n "$count"
done
expect 2 'top must be a number' attach 1 --top=many

# --- whom it cannot look into ------------------------------------------------

gone=$(($(cat /proc/sys/kernel/pid_max) + 1))
expect 1 "^pyheapspy: .*$gone" attach $gone
sleep 1000 &
sleeper=$!
pids="$pids $sleeper"
expect 4 "^pyheapspy: .*[Pp]ython" attach $sleeper
expect 2 'no Python process is called' attach nobody-is-called-like-this

# --- a service, by number and by name ----------------------------------------

name=spy-name-$$
mkfifo "$dir/stdin" "$dir/stdout"
"$python" -X "$name" demo/service.py --until-eof \
	<"$dir/stdin" >"$dir/stdout" &
pids="$pids $!"
exec 3>"$dir/stdin" 4<"$dir/stdout"
read -r ready pid port <&4
test "$ready" = ready || {
	echo "FAIL demo/service.py did not start"
	exit 1
}

expect 0 '' attach "$pid" --json -n 2 --interval=0.2
check 'two samples' test "$(grep -c '^{"schema": "pyheapspy.sample/1"' \
	"$dir/out")" = 2
check 'and an event' test "$(grep -c '"event": "attached"' "$dir/out")" = 1
check 'nothing but lines' test "$(wc -l <"$dir/out")" = 3
expect 0 '' attach "$name" --json -n 1
check 'by a part of the command line' grep -q "\"pid\": $pid," "$dir/out"
expect 0 '' attach "$pid" --batch -n 2 -i 0.2 --top=5
check 'the types' grep -q 'Session' "$dir/out"
check 'no escapes in a file' sh -c '! grep -q "$(printf "\033")" "$1"' - \
	"$dir/out"
expect 0 '' attach "$pid" -n 1 --exact
expect 0 '' attach "$pid" -n 1 --ascii
check 'ASCII' sh -c '! LC_ALL=C grep -q "[^ -~	]" "$1"' - "$dir/out"
"$program" attach "$pid" --json 2>"$dir/err" | head -n 2 >/dev/null
check 'who stops reading hears nothing' test ! -s "$dir/err"

# Two of that name: which?
"$python" -X "$name" demo/service.py --until-eof <"$dir/stdin" >/dev/null &
second=$!
pids="$pids $second"
for i in $(seq 600)
do
	"$program" ps | grep "^ *$second " | grep -q 'yes$' && break
	sleep 0.1
done
expect 2 'may be any of these 2' attach "$name"
check 'both are listed' test "$(grep -cE "^ *($pid|$second) " \
	"$dir/err")" = 2
exit $status
