#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `pyheapspy stacks` as a user meets it: exit status, messages, files.
# shellcheck source=tests/cli.sh
. tests/cli.sh

# --- usage -------------------------------------------------------------------

expect 2 'no PID, name or core file given .see pyheapspy stacks --help.' stacks
expect 2 'more than one PID' stacks 1 2
expect 2 'is not a PID' stacks 0
expect 2 "unknown option '--jason'" stacks --jason 1
expect 2 "unknown option '-x'" stacks -x 1
expect 2 "option '--fold=x' takes no value" stacks --fold=x 1
expect 2 "option '--watch' needs a value" stacks 1 --watch
expect 2 'exclude each other' stacks 1 --json --fold
expect 2 '--native needs a pause: not --no-stop' stacks 1 --native --no-stop
expect 2 'needs --watch' stacks 1 --count=3
expect 2 'not --tasks' stacks 1 --fold --tasks
expect 2 'not --locals' stacks 1 --fold --locals
expect 2 "order must be first.last, not 'up'" stacks 1 --order=up
for seconds in 0 -1 x '' nan inf 1s 1e99
do
	expect 2 'must be a number of seconds' stacks 1 --watch="$seconds"
done
for count in 0 -1 x '' 1.5
do
	expect 2 'must be a number from 1 on' stacks 1 --watch=1 --count="$count"
done

# --- whom it cannot look into ------------------------------------------------

gone=$(($(cat /proc/sys/kernel/pid_max) + 1))
expect 1 "^pyheapspy: .*$gone" stacks $gone
expect 1 "^pyheapspy: .*$gone" stacks $gone --watch=0.01 --json
sleep 1000 &
sleeper=$!
pids="$pids $sleeper"
expect 4 "^pyheapspy: .*[Pp]ython" stacks $sleeper
cp "$program" "$dir/pyheapspy" && chmod 755 "$dir" "$dir/pyheapspy"
if test "$(id -u)" = 0 && as_nobody true 2>/dev/null
then
	as_nobody "$dir/pyheapspy" stacks $sleeper >"$dir/out" 2>"$dir/err"
	check 'another user: exit status 5' test $? = 5
else
	echo 'skip another user: not root, or no setpriv'
fi

# --- a process ---------------------------------------------------------------

mkfifo "$dir/stdin" "$dir/stdout"
cat >"$dir/target.py" <<'END'
import sys
import threading


class Waiter:
    def wait(self, secret):
        started.set()
        sys.stdin.read()


def worker():
    Waiter().wait("s3cret")


started = threading.Event()
t = threading.Thread(target=worker, name="a;b\n\033[1m", daemon=True)
t.start()
started.wait()
print("ready", flush=True)
t.join()
END
"$python" "$dir/target.py" <"$dir/stdin" >"$dir/stdout" &
pid=$!
pids="$pids $pid"
exec 3>"$dir/stdin" 4<"$dir/stdout"
read -r ready <&4
test "$ready" = ready || {
	echo 'FAIL the target did not start'
	exit 1
}

lines()
{
	grep -cE -e "$1" "$2"
}

expect 0 '' stacks "$pid"
check 'a heading for each thread' test "$(lines '^Thread ' "$dir/out")" = 2
check 'names are escaped' grep -qF 'a;b\n\033[1m' "$dir/out"
check 'the frame, its file and its line' \
	grep -qE "wait.* $dir/target.py:8$" "$dir/out"
check 'no values unless asked for' sh -c '! grep -q s3cret "$1"' - "$dir/out"
check 'no colours in a file' sh -c '! grep -q "$(printf "\033")" "$1"' - \
	"$dir/out"
worker_frames()
{
	sed -n '/a;b/,/^$/p' "$dir/out" | grep -nE "$1" | cut -d: -f1
}
check 'the most recent call first' \
	test "$(worker_frames ' worker ')" = 3
expect 0 '' stacks "$pid" --order=last
check 'the most recent call last' \
	test "$(worker_frames 'wait ')" -gt "$(worker_frames ' worker ')"
expect 0 '' stacks "$pid" --no-stop
check 'the frame, without a pause' \
	grep -qE "wait.* $dir/target.py:8$" "$dir/out"
check 'it says that there was no pause' \
	grep -q 'read while it ran' "$dir/out"

expect 0 '' stacks "$pid" --fold
check 'a line a stack' test "$(wc -l <"$dir/out")" = 2
check 'collapsed' grep -qE \
	'^a.073b.* \([0-9]+\);.*;worker \(.*\);.*wait \(.*:8\) 1$' "$dir/out"
expect 0 '' stacks "$pid" --fold --watch=0.01 --count=5
check 'looks add up' test "$(lines ' 5$' "$dir/out")" = 2

expect 0 '' stacks "$pid" --json -o "$dir/stacks.json"
check 'nothing on stdout with -o' test ! -s "$dir/out"
check 'mode 0600' test "$(stat -c %a "$dir/stacks.json")" = 600
expect 0 '' stacks "$pid" --json --tasks --locals
cp "$dir/out" "$dir/tasks.json"
expect 0 '' stacks "$pid" --json --watch=0.01 --count=3
check 'a line a look' test "$(wc -l <"$dir/out")" = 3
head -n 1 "$dir/out" >"$dir/line.json"
expect 0 '' stacks "$pid" --watch=0.01 --count=3
check 'three looks' test "$(lines '^process ' "$dir/out")" = 3
expect 0 '' stacks "$pid" --strict
expect 1 'No space left' stacks "$pid" -o /dev/full

echo old >"$dir/old"
expect 1 . stacks $gone -o "$dir/old"
check 'a failure leaves the old file' grep -qx old "$dir/old"

# --- ends --------------------------------------------------------------------

# How often it stood: each look stops it.
stops()
{
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status"
}

await_looks()
{
	enough=$(($(stops) + $1))
	for i in $(seq 600)
	do
		test "$(stops)" -ge $enough && return
		sleep 0.1
	done
}

# Interrupted, it prints what it has, whole.
interrupt()
{
	signal=$1
	"$program" stacks "$pid" --fold --watch=0.001 -o "$dir/fold" &
	watcher=$!
	await_looks 20
	kill -"$signal" $watcher
	wait $watcher
}
# An asynchronous command of a script ignores SIGINT, so not from here.
for signal in TERM HUP
do
	rm -f "$dir/fold"
	interrupt $signal 2>"$dir/err"
	check "SIG$signal ends it well" test $? = 0
	check "SIG$signal: nothing is lost" test "$(wc -l <"$dir/fold")" = 2
done
"$program" stacks "$pid" --watch=0.001 2>"$dir/err" | head -n 1 >"$dir/out"
check 'who stops reading hears nothing' test ! -s "$dir/err"

check 'nobody traces it' grep -q '^TracerPid:	0$' "/proc/$pid/status"
check 'no signal is pending' grep -q '^SigPnd:	0*$' "/proc/$pid/status"

# Stopped by somebody else, it can be looked at, and stays stopped.
is_stopped()
{
	grep -q '^State:	T' "/proc/$pid/status"
}
kill -STOP "$pid"
until is_stopped; do :; done
expect 0 '' stacks "$pid"
check 'stopped before' grep -q 'wait.*target.py:8' "$dir/out"
# A moment after we let go: its thread goes back to where it stood by itself.
stops_again()
{
	local tries=600
	until is_stopped; do
		test $((tries -= 1)) -gt 0 || return 1
		sleep 0.1
	done
}
check 'stopped after' stops_again
kill -CONT "$pid"

# It ends while we watch.
"$program" stacks "$pid" --json --watch=0.01 >"$dir/looks" 2>"$dir/err" \
	3>&- 4>&- &
watcher=$!
until test -s "$dir/looks"; do :; done
exec 3>&-
wait $watcher
check 'the end of the process is no failure' test $? = 0
check 'but is said' grep -q 'the process has ended' "$dir/err"
tail -n 1 "$dir/looks" >"$dir/last.json"

# --- schemas -----------------------------------------------------------------

jsonschema=$(find_jsonschema)
schema=src/report/pyheapspy.stacks-1.schema.json
if test -n "$jsonschema"
then
	for file in "$dir/stacks.json" "$dir/tasks.json" "$dir/line.json" \
		"$dir/last.json" tests/golden/stacks.json \
		tests/golden/stacks-line.json
	do
		check "schema of ${file##*/}" "$jsonschema" tests/validate.py \
			$schema "$file"
	done
else
	echo 'skip schemas: apt-get install python3-jsonschema'
fi
exit $status
