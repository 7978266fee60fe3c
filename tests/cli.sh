# SPDX-License-Identifier: MIT
#
# For the scripts that meet the program as a user does: runs it, looks at exit
# status, stderr and files; $dir is gone at the end, and $pids are killed.
# shellcheck shell=sh
program=${PYHEAPSPY:-build/pyheapspy}
python=${PYTHON:-python3}
dir=$(mktemp -d) || exit 1
status=0
pids=

finish()
{
	# shellcheck disable=SC2086
	test -z "$pids" || kill $pids 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

pass()
{
	echo "ok   $*"
}

fail()
{
	echo "FAIL $*"
	sed 's/^/	/' "$dir/err"
	status=1
}

# expect STATUS PATTERN ARGUMENT...: run, look at status and stderr.  How soon
# the limit of a pause is reached is up to the machine, and says nothing of us.
expect()
{
	want=$1 pattern=$2
	shift 2
	"$program" "$@" >"$dir/out" 2>"$dir/err" 3>&- 4>&-
	got=$?
	if test $got != "$want"
	then
		fail "pyheapspy $*: exit status $got, not $want"
	elif test -n "$pattern" && ! grep -qE -e "$pattern" "$dir/err"
	then
		fail "pyheapspy $*: no '$pattern' on stderr"
	elif test -z "$pattern" && grep -qv 'was let go after' "$dir/err"
	then
		fail "pyheapspy $*: chatters"
	elif test "$got" != 0 && test "$got" != 3 && test -s "$dir/out"
	then
		fail "pyheapspy $*: failed, and still printed"
	else
		pass "pyheapspy $*: $want ${pattern:-silent}"
	fi
}

# check WHAT COMMAND...
check()
{
	what=$1
	shift
	if "$@" 2>"$dir/check"
	then
		pass "$what"
	else
		cat "$dir/check" >>"$dir/err"
		fail "$what"
	fi
}

lines_of_stderr()
{
	test "$(wc -l <"$dir/err")" -le "$1"
}

# Somebody else runs a command, who may not look at our processes.
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}

# A Python that can validate JSON; empty: none.
find_jsonschema()
{
	for p in "$python" /usr/bin/python3
	do
		"$p" -c 'import jsonschema' 2>/dev/null && echo "$p" && return
	done
}
