#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program as a user meets it: exit status, messages, files.
# shellcheck source=tests/cli.sh
. tests/cli.sh

# --- usage -------------------------------------------------------------------

expect 2 'no command given .see pyheapspy --help.'
expect 2 "unknown command 'dmup'" dmup
expect 2 "unknown option '--jason'" --jason
expect 2 'did you mean: pyheapspy attach 4711' 4711
expect 2 'no PID, name or core file given .see pyheapspy dump --help.' dump
expect 2 'more than one PID' dump 1 2
for pid in 0 -1 99999999999 ''
do
	expect 2 'is not a PID' dump -- "$pid"
done
expect 2 "unknown option '--jason'" dump --jason 1
expect 2 "unknown option '-x'" dump -x 1
expect 2 "ambiguous option '--o'" dump --o 1
expect 2 "option '--json=x' takes no value" dump --json=x 1
expect 2 "option '--top' needs a value" dump 1 --top
expect 2 "option '-o' needs a value" dump 1 -o
expect 2 "top must be a number, not 'many'" dump 1 --top=many
expect 2 "sort must be bytes.count.name.allocated, not 'size'" \
	dump 1 --sort=size
expect 2 'exclude each other' dump 1 --json --objects
expect 2 'needs a pause' dump 1 --objects --no-stop
expect 2 'needs --objects' dump 1 --refs
expect 2 'names needs --refs' dump 1 --objects --names
expect 2 "unexpected '1'" ps 1
expect 2 "unknown command 'x'" help x
check 'a wrong option is one line' lines_of_stderr 1
expect 0 '' --version
check 'version' grep -qE '^pyheapspy [0-9]+\.[0-9]+\.[0-9]+$' "$dir/out"

# --- whom it cannot look into ------------------------------------------------

# Above the kernel's limit: nobody can have it.
gone=$(($(cat /proc/sys/kernel/pid_max) + 1))
expect 1 "^pyheapspy: .*$gone" dump $gone
check 'what failed and what to do: two lines' lines_of_stderr 2
expect 1 "^pyheapspy: .*ps" dump $gone --json

# A file of that name, packed by its first bytes, is not what a number means.
printf '\037\213\010 that is all' >"$dir/$gone"
binary=$(realpath "$program")
(cd "$dir" && exec "$binary" dump $gone) >"$dir/out" 2>"$dir/err"
check 'a number is a PID, whatever files there are' \
	grep -q "process $gone" "$dir/err"
expect 1 'damaged' dump "$dir/$gone"

sleep 1000 &
sleeper=$!
pids="$pids $sleeper"
expect 4 "^pyheapspy: .*[Pp]ython" dump $sleeper
check 'no more than two lines' lines_of_stderr 2

# Somebody else's process.
cp "$program" "$dir/pyheapspy" && chmod 755 "$dir" "$dir/pyheapspy"
if test "$(id -u)" = 0 && as_nobody true 2>/dev/null
then
	as_nobody "$dir/pyheapspy" dump $sleeper >"$dir/out" 2>"$dir/err"
	got=$?
	check "another user: exit status $got" test $got = 5
	as_nobody "$dir/pyheapspy" dump $sleeper >"$dir/out" 2>"$dir/err"
	check 'another user: says what to do' \
		grep -qE 'root|sudo|user' "$dir/err"
	as_nobody "$dir/pyheapspy" ps >"$dir/out" 2>"$dir/err"
	check 'another user: ps works' test $? = 0
else
	echo 'skip another user: not root, or no setpriv'
fi

# --- a service ---------------------------------------------------------------

mkfifo "$dir/stdin" "$dir/stdout"
"$python" demo/service.py --until-eof <"$dir/stdin" >"$dir/stdout" &
pids="$pids $!"
exec 3>"$dir/stdin" 4<"$dir/stdout"
read -r ready pid port <&4
test "$ready" = ready || {
	echo "FAIL demo/service.py did not start"
	exit 1
}

expect 0 '' dump "$pid"
check 'the table has the class' grep -q '__main__\.Session$' "$dir/out"
check 'the table has its columns' \
	grep -qE '^ *Index +Count +% +Size +% +Cumulative +% +Kind' "$dir/out"
# It may be at work while we look.
check 'the collector' grep -qE '^GC: enabled, (collecting .*, )?counts' \
	"$dir/out"
check 'the memory' grep -qE '^Memory: [0-9.]+ MiB resident' "$dir/out"
check 'no colours in a file' sh -c '! grep -q "$(printf "\033")" "$1"' - \
	"$dir/out"
expect 0 '' dump "$pid" --top=3 --sort=count
check 'three rows' test "$(grep -cE '^ +[0-9]+ ' "$dir/out")" = 3
expect 0 '' dump "$pid" --sort=allocated --top=0
check 'allocated sizes' grep -qE 'Count +% +Allocated' "$dir/out"
expect 0 '' dump "$pid" --kinds --top=0
check 'kinds' grep -q 'dict of module' "$dir/out"

# One that rests: a service that works may be caught at a collection, and the
# machine may be busy; that is said, and here nothing is to be said.
mkfifo "$dir/rests"
"$python" -c 'import time
class Session: pass
kept = [Session() for i in range(100)]
print("ready", flush=True)
time.sleep(100000)' >"$dir/rests" &
still=$!
pids="$pids $still"
read -r ready <"$dir/rests"

# The same with the file name and without.
expect 0 '' dump "$still" --max-pause=0 --json --kinds -o "$dir/dump.json"
check 'nothing on stdout with -o' test ! -s "$dir/out"
check 'mode 0600' test "$(stat -c %a "$dir/dump.json")" = 600
expect 0 '' dump "$still" --max-pause=0 --objects --refs --output="$dir/objects"
check 'all lines are whole' sh -c 'tail -c 3 "$1" | grep -q "}$"' - \
	"$dir/objects"
expect 0 '' dump "$still" --max-pause=0 --json -o -
cp "$dir/out" "$dir/stdout.json"

# A file appears whole or not at all, and what was there stays.
echo old >"$dir/old"
expect 1 . dump $gone -o "$dir/old"
check 'a failure leaves the old file' grep -qx old "$dir/old"
expect 0 '' dump "$still" --max-pause=0 -o "$dir/old"
check 'success replaces it' grep -q Session "$dir/old"
check 'replaced with mode 0600' test "$(stat -c %a "$dir/old")" = 600
expect 1 "cannot write '.*/none/x'" dump "$still" -o "$dir/none/x"
expect 1 "cannot write '.*': Is a directory" dump "$still" -o "$dir"
check 'nothing is left behind' sh -c '! ls -A "$1" | grep -q "^\.."' - "$dir"
expect 1 'No space left' dump "$still" -o /dev/full
expect 0 '' dump "$still" --max-pause=0 -o /dev/null
check '/dev/null is still a device' test -c /dev/null
ln -s "$dir/old" "$dir/link"
expect 0 '' dump "$still" --max-pause=0 -o "$dir/link"
check 'a link stays a link' test -L "$dir/link"

# stdout that is full, closed, or not read to the end.
"$program" dump "$still" >/dev/full 2>"$dir/err"
check 'a full disk is a failure' test $? = 1
(ulimit -f 1; exec "$program" dump "$still" --objects --max-pause=0 \
	-o "$dir/large" 2>"$dir/err")
check 'so is a file that may not grow' test $? = 1
check '... which is said' grep -q 'File too large' "$dir/err"
check '... and leaves nothing' test ! -e "$dir/large"
"$program" dump "$still" >&- 2>"$dir/err"
check 'a closed stdout is a failure' test $? = 1
"$program" dump "$still" --objects 2>"$dir/err" | head -n 1 >/dev/null
check 'who stops reading hears nothing' test ! -s "$dir/err"

# Incomplete is no failure, unless one says so.
expect 0 '' dump "$still" --no-stop
check 'the table warns' grep -q '^Warning: ' "$dir/out"
expect 0 '^pyheapspy: warning: ' dump "$still" --no-stop --json
expect 3 '' dump "$still" --no-stop --strict
expect 0 '' dump "$still" --max-pause=0 --strict

expect 1 'No such file' dump "$pid" --offsets="$dir/none"

expect 0 '' memory "$pid"
check 'the account has a sum' grep -q ' = RSS$' "$dir/out"
expect 0 '' memory "$still" --json
cp "$dir/out" "$dir/memory.json"
expect 0 '' why "$pid"
check 'somebody holds something' grep -qE ' (retains|shares) [0-9.]+ ' \
	"$dir/out"
expect 0 '' why "$still" --json
cp "$dir/out" "$dir/why.json"
expect 0 '' why "$pid" function
check 'functions are held by modules' grep -qE \
	'^ +[0-9,]+  module [a-z.]+ > .* > function$' "$dir/out"
expect 0 '' why "$still" sys.modules --json
cp "$dir/out" "$dir/ways.json"
expect 2 "no object and no type that has objects is called 'nix.da'" \
	why "$pid" nix.da
expect 2 "'0xyz' is no address" why "$pid" 0xyz
expect 2 'no object begins at 0x10' why "$pid" 0x10
expect 2 '--check is of all objects' why "$pid" --check sys.modules
expect 2 '--values needs WHAT' why "$pid" --values
expect 2 'too many arguments' why "$pid" a b
expect 0 '' inspect "$pid" sys.modules
check 'it says what it is' grep -q '^dict at 0x[0-9a-f]*: ' "$dir/out"
check '... and who refers to it' grep -q '^Referred to by (' "$dir/out"
expect 0 '' inspect "$still" sys.path --json --values
cp "$dir/out" "$dir/inspect.json"
expect 2 "no object is called 'nix'" inspect "$pid" nix
expect 2 'no object given' inspect "$pid"
expect 0 '' why "$pid" --check
check 'counts add up' grep -qE ' are larger, [0-9,]+ smaller$' "$dir/out"
expect 0 '' why "$still" --check --json
cp "$dir/out" "$dir/check.json"
expect 0 '' why "$pid" --watch=0.01
check 'what grew' grep -q '^Containers that had more items each time$' \
	"$dir/out"
expect 0 '' why "$pid" --watch=0.01 --looks=2 --no-stop
expect 0 '' why "$still" --watch=0.01 --looks=2 --json
cp "$dir/out" "$dir/watch.json"
expect 2 '--looks needs --watch' why 1 --looks=2
expect 2 'one look alone' why 1 --watch=1 --looks=1
expect 2 'neither --check nor WHAT' why 1 list --watch=1
expect 2 '--watch must be a number' why 1 --watch=x
expect 0 '' garbage "$pid"
check 'how much garbage' grep -qE '^Cyclic garbage: [0-9,]+ objects?, ' \
	"$dir/out"
expect 0 '' garbage "$still" --json --objects
cp "$dir/out" "$dir/garbage.json"
expect 2 '--objects needs --json' garbage 1 --objects
expect 2 'anything may be garbage' garbage 1 --no-stop
expect 0 '' waste "$pid"
check 'what could be saved' grep -qE ', .* could be saved$' "$dir/out"
expect 0 '' waste "$still" --equal --values --json
cp "$dir/out" "$dir/waste.json"
expect 2 '--values needs --equal' waste 1 --values
expect 0 '' waste "$pid" --no-stop

# Of who does not trace there is nothing to tell, and of who does.
expect 0 '' traces "$pid"
check 'it does not trace' grep -q '^tracemalloc does not trace there' \
	"$dir/out"
expect 0 '' traces "$still" --json
cp "$dir/out" "$dir/untraced.json"
mkfifo "$dir/traces"
"$python" -X tracemalloc=3 -c 'import time
class Session: pass
kept = [Session() for i in range(100)]
print("ready", flush=True)
time.sleep(100000)' >"$dir/traces" &
traced=$!
pids="$pids $traced"
read -r ready <"$dir/traces"
expect 0 '' traces "$traced" --top=0
check 'types by line' grep -qE '  <string>:3  .*100 __main__\.Session' "$dir/out"
expect 0 '' traces "$traced" --filter='<str*>' --by=traceback
check 'filters' sh -c '! grep -q "importlib" "$1"' - "$dir/out"
expect 0 '' traces "$traced" --json --blocks --by=traceback
cp "$dir/out" "$dir/traces.json"
expect 0 '' traces "$traced" --watch=0.01 --count=2
check 'the second look tells what changed' \
	grep -qE '^Nothing changed|^ *Change ' "$dir/out"
expect 0 '' traces "$traced" --no-stop
check 'traces are doubtful, too' grep -q 'read while it ran' "$dir/out"
expect 2 '--blocks needs --json' traces 1 --blocks
expect 2 '--by must be line|file|traceback' traces 1 --by=type
expect 2 '--count needs --watch' traces 1 --count=2
expect 0 '' why "$pid" --no-stop
cp "$dir/out" "$dir/live"
expect 0 '' dump "$still" --retained --json
cp "$dir/out" "$dir/retained.json"
check 'JSON has what types retain' grep -q '"dominated_by": "' \
	"$dir/retained.json"
expect 0 '' dump "$pid" --retained
check 'so has the table' grep -q 'Retained  Kind (class) < ' "$dir/out"
expect 2 '--retained is of types' dump 1 --retained --objects
check 'what is read while it runs is doubtful' \
	grep -q 'read while it ran' "$dir/live"
expect 0 '' why "$pid" sys.modules --no-stop
check '... so are ways' grep -q 'read while it ran' "$dir/out"
expect 0 '' inspect "$pid" sys.modules --no-stop
check '... and an object' grep -q 'read while it ran' "$dir/out"
expect 2 '--check needs a pause' why 1 --check --no-stop
expect 0 '' memory "$pid" --watch=0.01 --count=2
check 'the second look tells what changed' grep -q ' resident, [+-]' "$dir/out"
expect 2 '--count needs --watch' memory 1 --count=2
expect 0 '' memory --tree="$still" --json -o "$dir/family.json"
check 'a family has a row for it' grep -q "^  {\"pid\": $still," "$dir/family.json"
expect 0 '' memory --group="$still"
expect 2 'exclude each other' memory --tree=1 --group=x
expect 2 'exclude each other' memory --tree=1 --watch=1
expect 2 'is one too many' memory --group=x 1
expect 2 'must be a PID' memory --tree=0
expect 2 'must be a number' memory --tree=python
expect 2 'is no Python, and none is below it' memory --tree=2147483647
expect 2 "no Python process is called 'no-such-python'" \
	memory --group=no-such-python
expect 2 "max-pause must be a number, not 'x'" memory 1 --max-pause=x

expect 2 '--seconds must be a number of seconds' grow 1 --seconds=x
expect 2 '--until must be a size' grow 1 --until=1Q
expect 2 'exclude each other' grow 1 --json --fold
# It says when it watches; where it may not, it reads stacks instead.
grow() {
	"$program" grow "$pid" --seconds=0.1 "$@" >"$dir/out" 2>"$dir/err" &&
		grep -q 'watching its page faults' "$dir/err"
}
check 'growth as JSON' grow --json
cp "$dir/out" "$dir/grow.json"
check 'growth by the clock' grow --clock --json
check 'by the clock is said' grep -q '"by": "clock"' "$dir/out"
cp "$dir/out" "$dir/clock.json"
check 'growth for flame graphs' grow --fold
check 'growth by stack' grow --by=stack
check 'by how much it grew' grep -qE '^[0-9.]+ s: resident [+-]' "$dir/out"

expect 0 '' ps
check 'ps lists the service' grep -qE "^ *$pid .* yes$" "$dir/out"
check 'ps does not list sleep' sh -c '! grep -qE "^ *$1 " "$2"' - $sleeper \
	"$dir/out"
expect 0 '' ps --json
cp "$dir/out" "$dir/ps.json"

# The service is as it was: it answers, and nobody traces it.
check 'the service runs' kill -0 "$pid"
check 'nobody traces it' grep -q '^TracerPid:	0$' "/proc/$pid/status"
check 'no signal is pending' \
	grep -q '^SigPnd:	0*$' "/proc/$pid/status"
"$python" -c 'import sys, urllib.request as r
print(r.urlopen("http://127.0.0.1:%s/" % sys.argv[1], timeout=10).read())' \
	"$port" >"$dir/out" 2>"$dir/err"
check 'it answers' grep -q hello "$dir/out"

# --- schemas -----------------------------------------------------------------

jsonschema=$(find_jsonschema)
if test -n "$jsonschema"
then
	for pair in dump:dump.json dump:stdout.json dump:retained.json \
		memory:memory.json memory:family.json garbage:garbage.json waste:waste.json \
		traces:traces.json traces:untraced.json \
		why:why.json why:ways.json why:check.json why:watch.json \
		inspect:inspect.json \
		ps:ps.json grow:grow.json grow:clock.json \
		objects:objects
	do
		check "schema of ${pair#*:}" "$jsonschema" tests/validate.py \
			"src/report/pyheapspy.${pair%:*}-1.schema.json" \
			"$dir/${pair#*:}"
	done
	for file in memory family
	do
		check "schema of the golden $file.json" "$jsonschema" \
			tests/validate.py \
			src/report/pyheapspy.memory-1.schema.json \
			"tests/golden/$file.json"
	done
	check 'schema of the golden traces.json' "$jsonschema" tests/validate.py \
		src/report/pyheapspy.traces-1.schema.json \
		tests/golden/traces.json
	for file in dump unknown
	do
		check "schema of $file.json" "$jsonschema" tests/validate.py \
			src/report/pyheapspy.dump-1.schema.json \
			tests/golden/$file.json
	done
else
	echo 'skip schemas: apt-get install python3-jsonschema'
fi
exit $status
