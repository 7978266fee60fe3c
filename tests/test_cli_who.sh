#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Whom the commands take: by the number of a launcher, by names, whatever was
# written over them; families; Pythons that are none of ours.
# shellcheck source=tests/cli.sh
. tests/cli.sh
exec </dev/null

mark=spywho$$
ours=$dir/$mark.py

# Does what it is told, says its PID, and sleeps.  Its arguments are told it,
# not its environment: which process is meant must not depend on that.
cat >"$ours" <<'END'
import os, sys, time
title = os.path.basename(sys.argv[0])[:-3] + "-serves: 127.0.0.1"
def ready():
    with open(sys.argv[1], "a") as f:
        f.write("%d %s\n" % (os.getpid(), os.getppid()))
for what in sys.argv[2:]:
    if what == "comm":
        with open("/proc/self/comm", "w") as f:
            f.write("spy-comm-is-new")
    elif what == "title":
        with open("/proc/self/stat") as f:
            start = int(f.read().rpartition(")")[2].split()[45])
        with open("/proc/self/cmdline", "rb") as f:
            size = len(f.read())
        with open("/proc/self/mem", "r+b", buffering=0) as f:
            f.seek(start)
            f.write(title.encode().ljust(size, b"\0"))
    elif what == "fork":
        data = [bytes(400) for i in range(50000)]
        for i in range(2):
            if os.fork() == 0:
                break
        else:
            while open(sys.argv[1]).read().count("\n") < 2:
                time.sleep(0.01)
ready()
time.sleep(1000)
END

# wait_for COUNT: so many have said their PID in $dir/ready; they are $started.
wait_for()
{
	for i in $(seq 600)
	do
		test "$(grep -c . "$dir/ready")" = "$1" && break
		sleep 0.1
	done
	started=$(cut -d ' ' -f 1 "$dir/ready" | tr '\n' ' ')
	pids="$pids $started"
	test "$(echo "$started" | wc -w)" = "$1" && return
	echo "FAIL $1 Pythons did not start"
	exit 1
}

end_all()
{
	# shellcheck disable=SC2086
	kill $started 2>/dev/null
	: >"$dir/ready"
}

both_streams()
{
	cat "$dir/out" "$dir/err"
}
: >"$dir/ready"

# --- a launcher --------------------------------------------------------------

# The `true` keeps the shell from becoming the Python.
sh -c '"$@"; true' sh "$python" "$ours" "$dir/ready" &
launcher=$!
wait_for 1
pid=${started% }
taken="process $launcher .sh. is no Python: looking into $pid below it"
expect 0 "$taken" dump $launcher --json
check 'the Python below it' grep -q "\"pid\": $pid" "$dir/out"
expect 0 "$taken" stacks $launcher
expect 0 "$taken" attach $launcher --json -n 1
expect 0 '' ps --tree $launcher
check 'ps --tree of a launcher' grep -qE "^ *$pid " "$dir/out"
end_all

sh -c '"$@" & "$@" & wait' sh "$python" "$ours" "$dir/ready" &
launcher=$!
wait_for 2
expect 2 "process $launcher .sh. is no Python; of these 2 below it, which" \
	dump $launcher
for pid in $started
do
	check "names $pid below it" grep -qE "^ *$pid .*$mark" "$dir/err"
done
first=$(echo "$started" | tr ' ' '\n' | grep . | sort -n | head -n 1)
check 'what to type' grep -qE "^ *pyheapspy dump $first$" "$dir/err"
end_all

# --- names -------------------------------------------------------------------

"$python" "$ours" "$dir/ready" comm title &
wait_for 1
pid=${started% }
check 'the title is written' grep -qa "^$mark-serves:" "/proc/$pid/cmdline"
exe=$(basename "$(readlink "/proc/$pid/exe")")
for name in $mark.py spy-comm-is-new "$mark-serves: 127.0.0.1" $mark-serves
do
	expect 0 '' dump "$name" --max-pause=0 --json
	check "dump '$name'" grep -q "\"pid\": $pid" "$dir/out"
	expect 0 '' stacks "$name"
	expect 0 '' attach "$name" --json -n 1
done
"$program" dump "$exe" >"$dir/out" 2>"$dir/err"
check "the executable is a name: $exe" \
	sh -c 'grep -qE "$1" "$2"' - "(process|^) *$pid " \
	"$(both_streams >"$dir/both"; echo "$dir/both")"
end_all
expect 2 'no Python process is called' dump nobody-is-called-like-this
expect 2 'no Python process is called' stacks nobody-is-called-like-this
expect 2 "no Python process is 'nobody" ps --tree nobody-is-called-like-this

# --- a family ----------------------------------------------------------------

"$python" "$ours" "$dir/ready" fork &
wait_for 3
master=$(cut -d ' ' -f 1 "$dir/ready" | tail -n 1)
worker=$(cut -d ' ' -f 1 "$dir/ready" | head -n 1)
expect 0 '' ps
check 'ps: the master' grep -qE "^ *$master .* master .* yes$" "$dir/out"
check 'ps: a worker' grep -qE "^ *$worker .* worker   .* yes$" "$dir/out"
check 'ps: the workers follow it' test "$(grep -A 2 -E "^ *$master " \
	"$dir/out" | grep -c ' worker ')" = 2
expect 2 'may be any of these 3' dump $mark.py
check 'which is which' test "$(grep -cE "^ *($master master|[0-9]+ worker) " \
	"$dir/err")" = 3
check 'what to type' grep -qE "^ *pyheapspy dump $master  *master" "$dir/err"
check 'or for all' grep -qE "pyheapspy ps --tree $master " "$dir/err"
for whom in $mark.py "$master" "$worker"
do
	expect 0 '' ps --tree "$whom"
	check "the family of $whom" test "$(grep -cE \
		"^ *($master master|[0-9]+ worker) .*$mark" "$dir/out")" = 3
	check 'and its sum' grep -qE '^ +all .* 3 processes$' "$dir/out"
done
expect 0 '' ps --tree $mark.py --json
cat >"$dir/check.py" <<'END'
import json, sys
family = json.load(open(sys.argv[1]))["processes"]
master = [row for row in family if row["parent"] is None]
workers = [row for row in family if row["role"] == "worker"]
assert [row["role"] for row in master] == ["master"], family
assert len(family) == 3 and len(workers) == 2, family
for row in family:
    assert row["rss"] == row["uss"] + row["shared"], row
    assert row["objects"] > 50000, row
for row in workers:
    assert row["parent"] == master[0]["pid"], row
    assert row["shared"] > row["uss"], row
END
check 'rss is uss and shared; objects are counted' \
	"$python" "$dir/check.py" "$dir/out"
cp "$dir/out" "$dir/family.json"
end_all

# --- an executable that is gone ----------------------------------------------

home=$("$python" -c 'import sys; print(sys.base_prefix)')
cp "$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')" \
	"$dir/upgraded" && chmod 755 "$dir/upgraded"
if PYTHONHOME=$home LD_LIBRARY_PATH=$home/lib "$dir/upgraded" -c 'import os'
then
	PYTHONHOME=$home LD_LIBRARY_PATH=$home/lib \
		"$dir/upgraded" "$ours" "$dir/ready" &
	wait_for 1
	pid=${started% }
	rm "$dir/upgraded"
	expect 0 '' ps
	check 'it is still a Python' grep -qE "^ *$pid .* yes$" "$dir/out"
	expect 0 '' dump upgraded --max-pause=0 --json
	check 'by its name' grep -q "\"pid\": $pid" "$dir/out"
	end_all
else
	echo 'skip an executable that is gone: a copy of it does not run'
fi

# --- Pythons that are none ---------------------------------------------------

# impostor NAME SOURCE: runs a program called so; $impostor is its PID.
impostor()
{
	echo "$2 #include <unistd.h>
		int main(void) { close(1); for (;;) pause(); }" |
		sed 's/ #include/\n&/' |
		${CC:-cc} -rdynamic -x c -o "$dir/$1" - || return 1
	mkfifo "$dir/$1.up"
	"$dir/$1" >"$dir/$1.up" &
	impostor=$!
	pids="$pids $impostor"
	cat "$dir/$1.up"	# ends once main() has closed it
}

impostor pypy3.10 ''
expect 4 'this is PyPy, not CPython' dump "$impostor"
expect 0 '' ps
check 'ps: PyPy is what it is' \
	grep -qE "^ *$impostor .* PyPy 3.10 .* no: this is PyPy" "$dir/out"
impostor renamed 'int pypy_main_startup(void) { return 0; }'
expect 4 'this is PyPy, not CPython' stacks "$impostor"
expect 0 '' ps --json
check 'ps: also renamed' grep -qE \
	"\"pid\": $impostor,.* \"implementation\": \"PyPy\"" "$dir/out"
cp "$dir/out" "$dir/all.json"
impostor old 'void *_PyThreadState_Current, *PyString_Type, *PyType_Type;
	char version[64] __attribute__((aligned(32))) =
		"2.7.18 (default, Apr 20 2020, 20:30:41)";'
expect 4 'this is Python 2.7.18: only CPython 3.6 and later' dump "$impostor"
expect 0 '' ps
check 'ps: Python 2 is what it is' \
	grep -qE "^ *$impostor .* 2\.7\.18 .* no: this is Python 2" "$dir/out"

jsonschema=$(find_jsonschema)
for file in ${jsonschema:+all family}
do
	check "schema of $file.json" "$jsonschema" tests/validate.py \
		src/report/pyheapspy.ps-1.schema.json "$dir/$file.json"
done
exit $status
